import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.sources.dynamical_twin.ocean.levels import LEVELS, profile, surface_drift


@given(st.lists(st.floats(-2, 30, width=32), min_size=4, max_size=4), st.floats(10, 200, width=32))
def test_a_profile_stays_within_the_values_of_its_boxes(values, mixed):
    values = sorted(values, reverse=True)
    boxes, deep = np.array(values[:3], np.float32), np.float32(values[3])
    levels = profile(boxes, deep, np.float32(mixed), np.array([260, 300], np.float32))
    assert (np.diff(levels) <= 1e-4).all()
    assert values[3] - 1e-3 <= levels.min() and levels.max() <= values[0] + 1e-3


def test_a_deeper_interface_makes_the_levels_near_it_warmer():
    boxes = np.array([[20.0] * 2, [15.0] * 2, [8.0] * 2], np.float32)
    layers = np.array([[250.0, 320.0], [350.0, 350.0]], np.float32)
    levels = profile(boxes, np.full(2, 4, np.float32), np.full(2, 40, np.float32), layers)
    change = levels[:, 1] - levels[:, 0]
    assert change[LEVELS == 0] == pytest.approx(0, abs=0.05)
    assert change[LEVELS == 300] > 2 and change[LEVELS == 500] > 0.2


def test_drift_is_to_the_right_in_the_north_and_has_no_mean():
    stress = np.zeros((2, 2, 1))
    stress[0] = 0.1
    coriolis = np.array([[1e-4], [-1e-4]])
    levels = np.arange(0, 300.0)
    drift = surface_drift(stress, coriolis, np.full((2, 1), 300.0), levels)
    assert drift[1, 0, 0, 0] < 0 < drift[1, 0, 1, 0]
    assert drift[:, 0].max() < 0.2
    assert np.abs(drift.mean(1)).max() < 0.02 * np.abs(drift[:, 0]).max()
