import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.interpolate import PchipInterpolator

from qc.physics.interpolation import hermite, linear, monotone_slopes, to_surfaces

SURFACES = np.linspace(-1, 11, 49)
PROFILE = st.lists(st.tuples(st.floats(0.01, 3), st.floats(-100, 400)), min_size=2, max_size=9)


@settings(max_examples=100)
@given(st.lists(PROFILE, min_size=1, max_size=4))
@example([[(1.0, 0.0), (1.0, 5e-324), (1.0, 10.0)]])  # the harmonic mean of a denormal slope
@example([[(1.0, 0.0), (1.0, 1e-308), (1.0, 1e-308 + 1e-322), (2.0, 1.0)], [(1.0, 1.0), (3.0, 1.0 + 2e-16)]])
def test_many_profiles_at_once_are_each_as_scipy_has_them(profiles):
    x = [np.cumsum([step for step, _ in p]) for p in profiles]
    y = [np.array([value for _, value in p]) for p in profiles]
    number = np.repeat(np.arange(len(profiles)), [len(p) for p in profiles])
    found = to_surfaces(np.concatenate(x), np.concatenate(y), number, SURFACES)
    with np.errstate(over="ignore"):  # scipy's own warning of a denormal slope
        expected = [PchipInterpolator(a, b, extrapolate=False)(SURFACES) for a, b in zip(x, y)]
    np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)


def test_gaps_not_to_be_bridged_stay_empty():
    x, y = np.array([0.0, 1, 5, 6]), np.array([10.0, 11, 15, 16])
    found = to_surfaces(x, y, np.zeros(4, int), np.array([0.5, 3, 5.5]), np.array([True, False, True, True]))
    assert found[0] == pytest.approx([10.5, np.nan, 15.5], nan_ok=True)


def test_a_single_level_and_none_give_nothing():
    assert np.isnan(to_surfaces(np.array([1.0]), np.array([2.0]), np.zeros(1, int), np.array([0.9, 1.1]))).all()
    assert to_surfaces(np.zeros(0), np.zeros(0), np.zeros(0, int), SURFACES).shape == (0, 49)


def test_slopes_are_those_of_scipy_and_a_single_level_has_none():
    x, y = np.array([0.0, 1, 3, 4, 7]), np.array([1.0, 2, 5, 5, 4])
    found = monotone_slopes(np.array([0, 0, 0, 0, 0, 1, 2, 2]), np.r_[x, 5, 0, 2], np.r_[y, 9, 1, 7])
    np.testing.assert_allclose(found[:5], PchipInterpolator(x, y).derivative()(x), rtol=1e-12, atol=1e-12)
    assert found[5:].tolist() == [0.0, 3.0, 3.0]


def test_a_cubic_is_met_exactly_and_a_line_by_its_weights():
    x = np.array([1.0, 4.0])
    y, slope = x**3 - x, 3 * x**2 - 1
    lower, upper = np.zeros(7, int), np.ones(7, int)
    distance = np.linspace(0, 3, 7)
    np.testing.assert_allclose(hermite(x, y, slope, lower, upper, distance), (1 + distance) ** 3 - (1 + distance))
    assert linear(np.array([2.0, 2.0]), np.array([6.0, 6.0]), np.array([0.25, 1.0])).tolist() == [3.0, 6.0]
