import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.checks import vertical
from qc.checks.density import density_inversion
from qc.checks.pressure import pressure_order
from qc.physics.statistics import rounded_pairs


@pytest.mark.parametrize(
    "triple, spike, gradient, fails",
    [((220, 280, 221), 59.0, 59.5, (True, True)), ((220, 170, 100), -50.0, 10.0, (False, False))],
)
def test_published_check_values_of_spike_and_gradient(triple, spike, gradient, fails):
    value, pressure, cast = np.array(triple, float), np.array([100.0, 110.0, 120.0]), np.zeros(3, int)
    assert vertical.spike_size(value)[1] == spike
    assert vertical.gradient_size(value)[1] == gradient
    for size, expected in zip((vertical.spike_size(value), vertical.gradient_size(value)), fails):
        failed = vertical.exceeds(size, pressure, cast, (50, 25), 500, 50)
        assert failed.tolist() == [False, expected, False]


def test_limit_changes_at_the_split_pressure():
    value, cast = np.array([200.0, 230.0, 200.0]), np.zeros(3, int)
    for middle, expected in ((499.0, False), (500.0, True)):
        pressure = np.array([490.0, middle, 510.0])
        assert vertical.exceeds(vertical.spike_size(value), pressure, cast, (50, 25), 500, 50)[1] == expected


def test_a_run_ends_at_a_wide_gap_and_at_the_next_cast():
    value = np.array([200.0, 400.0, 200.0])
    size, pressure = vertical.spike_size(value), np.array([0.0, 10.0, 20.0])
    assert vertical.exceeds(size, pressure, np.zeros(3, int), (50, 25), 500, 10)[1]
    assert not vertical.exceeds(size, np.array([0.0, 10.0, 20.1]), np.zeros(3, int), (50, 25), 500, 10).any()
    assert not vertical.exceeds(size, pressure, np.array([0, 0, 1]), (50, 25), 500, 10).any()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_checks_along_the_vertical_take_casts_too_short_for_them(n):
    value, cast = np.full(n, 10.0), np.zeros(n, int)
    for size in (vertical.spike_size(value), vertical.gradient_size(value)):
        assert not vertical.exceeds(size, value, cast, (0, 0), 500, 50).any()
    assert not vertical.stuck(value, value, value, value, cast, 5, 50, 0, 0).any()
    assert not density_inversion(value, value, value, cast, 0.03).any()
    assert not vertical.zero_as_missing(value, cast, 50, 100).any()
    assert len(pressure_order(value, cast, value)) == n


def test_stuck_needs_more_levels_and_more_metres_than_allowed():
    pressure, cast = np.arange(7) * 20.0, np.zeros(7, int)
    six = np.array([210.0, 210, 210, 210, 210, 210, 50])

    def stuck(value, *rules):
        return vertical.stuck(value, value, np.linspace(200, 300, len(value)), *rules, 0.5)

    assert stuck(six, pressure, cast, 5, 50, 5).tolist() == [True] * 6 + [False]
    assert not stuck(six, pressure, cast, 6, 50, 5).any()
    assert not stuck(six, pressure / 10, cast, 5, 50, 5).any()
    assert not stuck(np.zeros(7), pressure, cast, 5, 50, 5).any(), "anoxic water is no stuck sensor"
    assert not stuck(six, pressure, np.array([0, 0, 0, 1, 1, 1, 1]), 5, 50, 5).any()


def test_uniform_oxygen_in_uniform_water_is_not_stuck():
    pressure, cast, value = np.arange(7) * 20.0, np.zeros(7, int), np.full(7, 297.4)
    for spread, expected in ((0.3, False), (10.0, True), (np.nan, True)):
        solubility = 340 - spread * np.linspace(0, 1, 7)
        failed = vertical.stuck(value, value, solubility, pressure, cast, 5, 50, 5, 0.5)
        assert failed.tolist() == [expected] * 7


def test_stuck_compares_what_was_delivered():
    pressure, cast = np.arange(7) * 20.0, np.zeros(7, int)
    converted = 261.3 / (1.025 + 1e-4 * np.arange(7))  # one value per volume, seven densities
    args = (pressure, cast, 5, 50, 5, 0.5)
    assert vertical.stuck(converted, np.full(7, 6.0), np.full(7, np.nan), *args).all()
    assert not vertical.stuck(converted, converted, np.full(7, np.nan), *args).any()


def test_a_zero_between_rich_levels_is_a_missing_one_and_an_anoxic_bottom_is_not():
    cast = np.zeros(5, int)

    def found(*value):
        return np.flatnonzero(vertical.zero_as_missing(np.array(value, float), cast, 25, 100)).tolist()

    assert found(0, 200, 0, 180, 190) == [0, 2]
    assert found(0, 0, 200, 0, 0) == [0, 1, 3, 4], "runs, at the surface and at the end too"
    assert found(200, 68, 0, 0, 0) == [], "a basin loses its oxygen step by step"
    assert found(200, 30, 0, 10, 80) == []
    assert found(0, 0, 0, 0, 0) == []
    value = np.array([200.0, 0, 0, 200, 200])
    assert not vertical.zero_as_missing(value, np.array([0, 0, 1, 1, 1]), 25, 300)[1], "the next cast is another"
    assert vertical.zero_as_missing(value, np.array([0, 0, 1, 1, 1]), 25, 100).tolist() == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_a_run_may_have_wider_gaps_where_it_is_deep():
    value, cast = np.array([150.0, 62, 170]), np.zeros(3, int)
    size = vertical.spike_size(value)
    deep, shallow = np.array([1000.0, 1500, 2050]), np.array([100.0, 600, 1150])
    assert vertical.exceeds(size, deep, cast, (50, 25), 500, 300, 0.4)[1]
    assert not vertical.exceeds(size, shallow, cast, (50, 25), 500, 300, 0.4).any()


def test_a_stuck_sensor_whose_last_digit_alternates():
    """One value in mol per volume, divided by density and rounded to 0.01 ml/l."""
    delivered = np.r_[6.10, 5.62, np.where(np.arange(7) % 3, 5.12, 5.11), 4.85, 4.52]
    pressure, cast = 50 * np.arange(11.0), np.zeros(11, int)
    pairs = rounded_pairs(43.5 * delivered, delivered, cast, 0.45)
    rules = (np.linspace(200, 300, 11), pressure, cast, 6, 40, 5, 2)
    found = np.logical_or(*(vertical.stuck(43.5 * delivered, one, *rules) for one in pairs))
    assert np.flatnonzero(found).tolist() == list(range(2, 9))
    slope = 5.2 - 0.01 * np.arange(11)
    for one in rounded_pairs(43.5 * slope, slope, cast, 0.45):
        assert not vertical.stuck(43.5 * slope, one, *rules).any(), "a slope of one digit a level"
    assert all(np.array_equal(one, delivered) for one in rounded_pairs(43.5 * delivered, delivered, cast, 0.4))


@given(st.lists(st.integers(0, 60), max_size=40), st.integers(0, 3))
def test_rounded_pairs_join_neighbouring_steps_only(values, casts):
    delivered, cast = 0.01 * np.array(values, float), np.sort(np.arange(len(values)) % (casts + 1))
    even, odd = rounded_pairs(43.5 * delivered, delivered, cast, 0.45)
    same = cast[:, None] == cast
    joined = same & ((even[:, None] == even) | (odd[:, None] == odd))
    apart = np.abs(np.subtract.outer(values, values)) if values else np.zeros((0, 0))
    for number in np.unique(cast):
        inside = np.ix_(cast == number, cast == number)
        steps = np.diff(np.unique(np.array(values)[cast == number]))
        if len(steps) and steps.min() == 1:
            assert np.array_equal(joined[inside], apart[inside] <= 1)


def test_rounded_pairs_without_what_was_delivered():
    unknown = np.full(4, np.nan)
    for one in rounded_pairs(np.full(4, 200.0), unknown, np.array([0, 0, 1, 1]), 0.45):
        assert np.isnan(one).all()
