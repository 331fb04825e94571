import gsw
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qc.checks import position, values, vertical
from qc.physics import sphere

NONE = np.zeros(3, bool)


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
    assert not vertical.density_inversion(value, value, value, cast, 0.03).any()
    assert not vertical.zero_as_missing(value, cast, 50, 100).any()
    assert len(position.pressure_order(value, cast, value)) == n


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


def test_pressure_order_accepts_up_and_down_casts_and_finds_who_turns_back():
    cast = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2])
    pressure = np.array([0, 10, 5, 20, 300.0, 200, 100, 10, 10, 20, 15])
    assert np.flatnonzero(position.pressure_order(pressure, cast, np.zeros(11))).tolist() == [2, 8, 10]
    assert np.flatnonzero(position.pressure_order(pressure, cast, np.full(11, 0.1))).tolist() == [2, 10]


def wrong_order(pressure, reversal=0.0) -> list[int]:
    p = np.asarray(pressure, float)
    return np.flatnonzero(position.pressure_order(p, np.zeros(len(p), int), np.full(len(p), reversal))).tolist()


@pytest.mark.parametrize(
    ("pressure", "accused"),
    [
        ([10, 20, 30, 4000, 50, 60, 70, 80], [3]),  # by Argo's rule all that follow
        ([10, 20, 30, 4000, 50, 60, 5000, 80, 90, 100, 110, 2, 120], [3, 6, 11]),
        ([4000, 10, 20, 30, 40], [0]),
        ([10, 20, 30, 4000, 4001, 50, 60, 70, 80, 90], [3, 4]),
        ([80, 70, 60, 4000, 50, 40, 30], [3]),  # an upcast
        ([10, 20, 30, 4000], []),  # no order is broken: see the sea floor
        ([10, 20, 4000, 30], [3]),  # one against one: the later one, as Argo has it
        ([10, 20, 30, 40, 25, 28, 50, 60], [4, 5]),  # it went up, and down again
        ([10, 20, 20, 30, 30, 30, 40], [2, 4, 5]),
        ([10, 20, 30, 40, 50, 45, 35, 25], [5, 6, 7]),  # down, and up again at the end
    ],
)
def test_the_level_at_fault_is_accused_and_not_those_that_follow_it(pressure, accused):
    assert wrong_order(pressure) == accused


@pytest.mark.parametrize(
    ("pressure", "accused"),
    [
        ([4.4, 8.9, 8.9, 8.8, 8.8, 23.8, 23.9, 23.6, 44.7], []),
        ([7.1, 7.0, 6.9, 6.8, 6.7, 25, 24.8, 75, 74.9, 74.8], []),  # down, though most of its steps are up
        ([74.8, 75, 25, 25.2, 24.9, 25, 25.1, 7], []),
        ([25.0, 25.3, 4000, 25.1, 45], [2]),
        ([25, 24, 23, 22, 45, 60], [2, 3]),  # no farther back than heave of all before, not of the last one
        ([24, 45, 25, 60], [2]),
        ([*range(1, 40), 4], [39]),
        ([*range(40, 1, -1), 90], [39]),
    ],
)
def test_heave_at_a_stop_is_no_disorder(pressure, accused):
    assert wrong_order(pressure, 2.0) == accused


@given(st.integers(3, 40), st.data())
def test_one_wild_pressure_inside_a_cast_is_the_only_one_accused(n, data):
    pressure = 10.0 * np.arange(1, n + 1) * data.draw(st.sampled_from([1, -1]))
    at = data.draw(st.integers(1, n - 2))
    low, high = sorted((pressure[at - 1], pressure[at + 1]))
    pressure[at] = data.draw(st.one_of(st.floats(low - 5000, low - 1), st.floats(high + 1, high + 5000)))
    found = wrong_order(pressure)
    assert len(found) == 1 and abs(found[0] - at) <= 1  # at the ends, and near them, the one beside may be as good


@given(
    arrays(np.float64, st.integers(1, 60), elements=st.floats(-100, 12000)),
    st.integers(1, 6),
    st.sampled_from([0, 0.5, 32]),
)
def test_what_is_left_of_a_cast_is_in_order_and_casts_are_judged_apart(pressure, casts, reversal):
    cast = np.sort(np.arange(len(pressure)) % casts)
    pressure = np.round(pressure)  # the common axis of all casts resolves about 1e-9 dbar
    found = position.pressure_order(pressure, cast, np.full(len(cast), reversal))
    for one in np.unique(cast):
        rows = np.flatnonzero(cast == one)
        p = pressure[rows]
        sign = -1 if np.clip(np.diff(p) / (reversal or 1), -1, 1).sum() < 0 else 1  # pressures are whole numbers
        back = np.maximum.accumulate(sign * p)[:-1] - sign * p[1:]
        left = sign * p[~found[rows]]
        assert (np.maximum.accumulate(left)[:-1] - left[1:] < (reversal or 1e-6)).all()
        assert reversal or (np.diff(left) > 0).all()
        assert found[rows].any() == (back >= reversal).any()
        apart = position.pressure_order(p, np.zeros(len(p), int), np.full(len(p), reversal))
        np.testing.assert_array_equal(found[rows], apart)


def test_places_and_dates():
    latitude, longitude = np.array([0.0, 91, np.nan, -90]), np.array([0.0, 0, 0, 359.9])
    assert sphere.off_globe(latitude, longitude).tolist() == [False, True, True, False]
    assert position.null_island(latitude, longitude).tolist() == [True, False, False, False]
    time = np.array(["1869-12-31", "1870-01-01", "NaT", "2030-01-01"], "datetime64[ms]")
    earliest, latest = np.datetime64("1870-01-01"), np.datetime64("2025-01-01")
    assert position.impossible_date(time, earliest, latest).tolist() == [True, False, False, True]
    assert position.no_date(time).tolist() == [False, False, True, False]


def test_land_is_asked_once_for_the_casts_on_the_globe():
    asked = []

    def is_land(latitude, longitude):
        asked.append(latitude.tolist())
        return latitude > 45

    latitude = np.array([50.0, 50, 40, np.nan])
    failed = position.on_land(latitude, np.zeros(4), np.array([0, 0, 1, 2]), np.array([0, 2, 3]), is_land)
    assert failed.tolist() == [True, True, False, False]
    assert asked == [[50.0, 40.0]]


def test_bounds_are_allowed_and_missing_passes():
    assert values.outside(np.array([-5.1, -5, 600, 600.1, np.nan]), -5, 600).tolist() == [
        True,
        False,
        False,
        True,
        False,
    ]


def test_saturation_only_inside_its_layer():
    oxygen, solubility = np.array([300.0, 300, 300, 300]), np.array([274.6, 274.6, np.nan, 274.6])
    pressure = np.array([10.0, 500, 500, np.nan])
    failed = values.saturation_outside(oxygen, solubility, pressure, (-np.inf, 100), (300, np.inf))
    assert failed.tolist() == [False, True, False, False]


@pytest.mark.parametrize("ratio", [0.0230, 0.0328, 0.0020])
@pytest.mark.parametrize("saturation", [0.75, 1.0, 1.3])
def test_other_units_are_told_from_umol_per_kg_by_the_surface(ratio, saturation):
    pressure = np.array([0.0, 10, 20, 200, 1000])
    true = np.array([saturation * 250, 245, 240, 20, 2])
    cast = np.zeros(5, int)
    reference = np.full(5, 250.0)
    find = (pressure, cast, (0.0230, 0.0328, 0.0020), 1.6, 20)
    assert values.unit_misreport(true * ratio, reference, *find).all()
    assert not values.unit_misreport(true, reference, *find).any()


def test_true_anoxia_is_no_unit_error():
    pressure = np.tile([5.0, 15, 250, 400, 1000], 2)
    basin = np.array([205.0, 210, 3, 0, 0, np.nan, np.nan, 6, 5, 7])  # the second cast has no surface
    cast = np.repeat([0, 1], 5)
    assert not values.unit_misreport(basin, np.full(10, 210.0), pressure, cast, (0.0230, 0.0328), 1.6, 20).any()


def test_a_density_inversion_is_one_of_both_levels_and_not_of_compression():
    SA, pt, pressure, cast = (
        np.full(4, 35.0),
        np.array([10.0, 10.1, 9.0, 2.0]),
        np.array([0.0, 10, 20, 4000]),
        np.zeros(4, int),
    )
    size = gsw.rho(35.0, gsw.CT_from_pt(35.0, 10.0), 5.0) - gsw.rho(35.0, gsw.CT_from_pt(35.0, 10.1), 5.0)
    for threshold, expected in ((size - 1e-6, [True, True, False, False]), (size + 1e-6, [False] * 4)):
        assert vertical.density_inversion(SA, pt, pressure, cast, threshold).tolist() == expected
    assert not vertical.density_inversion(SA, pt, pressure, np.array([0, 1, 1, 1]), size / 2).any()


def test_a_run_may_have_wider_gaps_where_it_is_deep():
    value, cast = np.array([150.0, 62, 170]), np.zeros(3, int)
    size = vertical.spike_size(value)
    deep, shallow = np.array([1000.0, 1500, 2050]), np.array([100.0, 600, 1150])
    assert vertical.exceeds(size, deep, cast, (50, 25), 500, 300, 0.4)[1]
    assert not vertical.exceeds(size, shallow, cast, (50, 25), 500, 300, 0.4).any()


def test_what_lies_below_the_floor_by_more_than_the_margins_takes_its_cast_along():
    latitude, longitude = np.array([10.0, 10, 20, 20, np.nan]), np.zeros(5)
    pressure, cast = np.array([5.0, 1700, 5, 1000, 9000]), np.array([0, 0, 1, 1, 2])
    first = np.array([0, 2, 4])
    floors = []

    def floor(north, east):
        floors.append(north.tolist())
        return np.full(north.shape, 1000.0), np.full(north.shape, 300.0)

    find = (latitude, longitude, pressure, cast, first, floor)
    assert position.below_floor(*find, 100, 0.5, 0).tolist() == [True, True, False, False, False]
    assert floors == [[10.0, 20.0]], "one question a cast on the globe"
    assert not position.below_floor(*find, 100, 0.7, 0).any()
    assert not position.below_floor(*find, 100, 0.5, 0.5).any(), "beside a slope"
    nowhere = (latitude, longitude, pressure, cast, first, lambda north, east: (np.full(north.shape, np.nan),) * 2)
    assert not position.below_floor(*nowhere, 0, 0, 0).any(), "an unknown floor condemns nothing"


def test_calculated_saturation_is_told_from_measured():
    solubility = np.array([230.0, 235, 250, 300, 330, 340])
    cast = np.zeros(6, int)
    rules = (cast, 5, 0.8, 1.0, 10.0)
    assert values.equals_solubility(solubility * 1.003, solubility, *rules).all()
    measured = solubility * np.array([1.03, 1.02, 0.98, 0.9, 0.7, 0.66])
    assert not values.equals_solubility(measured, solubility, *rules).any()
    mixed = np.linspace(250, 255, 6)
    assert not values.equals_solubility(mixed, mixed, *rules).any(), "a mixed layer is at saturation"
    assert not values.equals_solubility(solubility * 1.1, solubility, *rules).any()
    few = np.where(np.arange(6) < 2, np.nan, solubility)
    assert not values.equals_solubility(few, solubility, *rules).any()
    one = np.where(np.arange(6) == 0, 320.0, solubility)
    assert values.equals_solubility(one, solubility, *rules).all(), "one level may be another's"
