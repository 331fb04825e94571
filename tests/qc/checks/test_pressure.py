import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from qc.checks.pressure import below_floor, pressure_order


def test_pressure_order_accepts_up_and_down_casts_and_finds_the_reversals():
    cast = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, 2, 2])
    pressure = np.array([0, 10, 5, 20, 300.0, 200, 100, 10, 10, 20, 15])
    assert np.flatnonzero(pressure_order(pressure, cast, np.zeros(11))).tolist() == [2, 8, 10]
    assert np.flatnonzero(pressure_order(pressure, cast, np.full(11, 0.1))).tolist() == [2, 10]


def wrong_order(pressure, reversal=0.0) -> list[int]:
    p = np.asarray(pressure, float)
    return np.flatnonzero(pressure_order(p, np.zeros(len(p), int), np.full(len(p), reversal))).tolist()


@pytest.mark.parametrize(
    ("pressure", "flagged"),
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
def test_the_level_at_fault_is_flagged_and_not_those_that_follow_it(pressure, flagged):
    assert wrong_order(pressure) == flagged


@pytest.mark.parametrize(
    ("pressure", "flagged"),
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
def test_heave_at_a_stop_is_no_disorder(pressure, flagged):
    assert wrong_order(pressure, 2.0) == flagged


@given(st.integers(3, 40), st.data())
def test_one_wild_pressure_inside_a_cast_is_the_only_one_flagged(n, data):
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
def test_what_is_left_of_a_cast_is_in_order_and_casts_are_evaluated_apart(pressure, casts, reversal):
    cast = np.sort(np.arange(len(pressure)) % casts)
    pressure = np.round(pressure)  # the common axis of all casts resolves about 1e-9 dbar
    found = pressure_order(pressure, cast, np.full(len(cast), reversal))
    for one in np.unique(cast):
        rows = np.flatnonzero(cast == one)
        p = pressure[rows]
        sign = -1 if np.clip(np.diff(p) / (reversal or 1), -1, 1).sum() < 0 else 1  # pressures are whole numbers
        back = np.maximum.accumulate(sign * p)[:-1] - sign * p[1:]
        left = sign * p[~found[rows]]
        assert (np.maximum.accumulate(left)[:-1] - left[1:] < (reversal or 1e-6)).all()
        assert reversal or (np.diff(left) > 0).all()
        assert found[rows].any() == (back >= reversal).any()
        apart = pressure_order(p, np.zeros(len(p), int), np.full(len(p), reversal))
        np.testing.assert_array_equal(found[rows], apart)


def test_what_lies_below_the_floor_by_more_than_the_margins_takes_its_cast_along():
    latitude, longitude = np.array([10.0, 10, 20, 20, np.nan]), np.zeros(5)
    pressure, cast = np.array([5.0, 1700, 5, 1000, 9000]), np.array([0, 0, 1, 1, 2])
    first = np.array([0, 2, 4])
    floors = []

    def floor(north, east):
        floors.append(north.tolist())
        return np.full(north.shape, 1000.0), np.full(north.shape, 300.0)

    find = (latitude, longitude, pressure, cast, first, floor)
    assert below_floor(*find, 100, 0.5, 0).tolist() == [True, True, False, False, False]
    assert floors == [[10.0, 20.0]], "one question a cast on the globe"
    assert not below_floor(*find, 100, 0.7, 0).any()
    assert not below_floor(*find, 100, 0.5, 0.5).any(), "beside a slope"
    nowhere = (latitude, longitude, pressure, cast, first, lambda north, east: (np.full(north.shape, np.nan),) * 2)
    assert not below_floor(*nowhere, 0, 0, 0).any(), "an unknown sea floor flags nothing"
