import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qc.physics import regional_statistics, statistics
from qc.physics.regional_statistics import Histogram, Statistics


@given(st.integers(0, 2**31), st.floats(1, 60))
def test_cells_are_whole_and_about_even(seed, size):
    random = np.random.default_rng(seed)
    latitude, longitude = random.uniform(-90, 90, 50), random.uniform(-180, 180, 50)
    cell = regional_statistics.cell(latitude, longitude, size)
    assert (cell >= 0).all()
    np.testing.assert_array_equal(cell, regional_statistics.cell(latitude, longitude + 360, size))
    assert regional_statistics.cell(np.array([90.0, -90, np.nan, 0]), np.array([0.0, 179.9, 0, np.nan]), size)[
        2:
    ].tolist() == [
        -1,
        -1,
    ]
    same = cell[:, None] == cell[None, :]
    assert (np.abs(latitude[:, None] - latitude[None, :])[same] <= size + 1e-9).all()


def far(value, group, cast, multiple, casts, spread, parts=1):
    """Which rows lie far out, the table counted in so many parts."""
    cut = np.arange(value.size) * parts // value.size
    counted = [Histogram.of(value[cut == i], group[cut == i], cast[cut == i]) for i in range(parts)]
    known = Statistics.of(Histogram.total(counted), casts, spread)
    return np.flatnonzero(known.far(value, group, multiple)).tolist()


def test_outliers_of_a_group_are_found_and_few_data_flag_nothing():
    random = np.random.default_rng(0)
    value = random.normal(200, 4, 400)
    value[[7, 300]] = 260.0
    group, cast = np.repeat([3, 10**9], 200), np.arange(400)
    assert far(value, group, cast, 6, 30, 1) == [7, 300]
    assert not far(value, group, cast, 6, 201, 1)
    assert not far(value, group, cast // 10, 6, 30, 1), "casts count, not levels"
    assert not far(value, group, cast, 6, 30, 15), "the smallest spread to be believed"
    assert not far(value, np.full(400, -1), cast, 6, 30, 1)
    value[:50] = np.nan
    assert far(value, group, cast, 6, 30, 1) == [300]


@given(st.integers(0, 2**31), st.integers(1, 9))
def test_parts_counted_apart_are_the_whole_and_the_middle_is_the_median(seed, parts):
    random = np.random.default_rng(seed)
    cast = np.sort(random.integers(0, 60, 500))
    group = random.integers(-1, 4, 60)[cast] * 7
    group[group < 0] = -1
    value = random.normal(group * 20.0 - 30, 10.0)
    cut = random.integers(0, parts, 60)[cast]  # a cast lies in one part
    whole = Histogram.of(value, group, cast)
    summed = Histogram.total([Histogram.of(value[cut == i], group[cut == i], cast[cut == i]) for i in range(parts)])
    for name in ("group", "bin", "count"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(summed, name))
    known = Statistics.of(whole, 1, 0.0)
    assert known.group.tolist() == sorted(set(group[group >= 0].tolist()))
    for number, middle, sigma in zip(known.group, known.middle, known.sigma):
        own = np.sort(value[group == number])
        away = np.sort(np.abs(own - middle))
        below, above = (own.size - 1) // 2, own.size // 2  # the two in the middle, or the one
        assert own[below] - 1 <= middle <= own[above] + 1
        low, high = (
            max(statistics.MAD_TO_SIGMA * away[half], statistics.Q90_TO_SIGMA * away[most])
            for half, most in ((below, int(0.9 * (own.size - 1))), (above, min(int(0.9 * own.size) + 1, own.size - 1)))
        )
        assert low - 1.5 <= sigma <= high + 1.5


def test_a_twentieth_of_wrong_values_does_not_hide_itself_and_a_second_water_mass_is_no_error():
    random = np.random.default_rng(0)
    wrong = np.r_[random.normal(200, 4, 190), random.normal(90, 2, 10)]
    group, cast = np.zeros(200, np.int64), np.arange(200)
    assert far(wrong, group, cast, 6, 30, 1) == list(range(190, 200))
    two = np.r_[random.normal(200, 4, 160), random.normal(140, 4, 40)]
    assert far(two, group, cast, 6, 30, 1) == []


def test_nothing_has_no_statistics():
    empty = np.zeros(0)
    nothing = Statistics.of(Histogram.total([Histogram.of(empty, empty.astype(int), empty.astype(int))]), 1, 1.0)
    assert nothing.group.size == 0 and not nothing.far(np.ones(3), np.zeros(3, int), 1.0).any()
    assert Statistics.of(Histogram.total([]), 1, 1.0).group.size == 0


def test_a_group_is_a_place_and_a_layer():
    found = regional_statistics.group(np.array([5, 5, -1, 9]), np.array([0, 3, 1, -1]))
    assert len(set(found[:2].tolist())) == 2 and found[2:].tolist() == [-1, -1]
