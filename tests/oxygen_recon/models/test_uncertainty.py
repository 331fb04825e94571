import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.models.nearness import Nearness
from oxygen_recon.models.uncertainty import Calibration, calibrate


def held_out(n: int, seed: int, tail: bool = False) -> tuple[np.ndarray, Nearness]:
    """Errors that grow with distance, lag and the error of a mapped covariate, of points of which most are near."""
    rng = np.random.default_rng(seed)
    distance, lag = rng.exponential(150, n), rng.choice([0.0, 1.0, 10.0], n)
    mapped = rng.uniform(0.2, 2.0, (n, 1))
    true = 8 * (1 + distance / 50) ** 0.4 * (1 + lag) ** 0.1 * mapped[:, 0] ** 0.5
    error = true * (rng.standard_t(3, n) if tail else rng.normal(size=n))
    return error, Nearness(distance, lag, mapped, ("temperature",))


def fitted(error: np.ndarray, near: Nearness) -> Calibration:
    n = error.size
    return calibrate(200 + error, np.full(n, 200.0), np.full(n, 8.0), np.full(n, 100.0), near)


@pytest.mark.parametrize("tail", [False, True])
def test_the_ranges_hold_what_they_state_in_every_class_of_distance_lag_and_mapping_error(tail):
    found = fitted(*held_out(20_000, 0, tail))
    error, near = held_out(20_000, 1, tail)
    ratio = np.abs(error) / (8.0 * found.multiplier(np.full(error.size, 100.0), near))
    classes = [near.distance > d for d in (-1, 50, 150, 400)]
    classes += [near.distance < 50, near.lag == 10, near.error[:, 0] < 0.8, near.error[:, 0] > 1.4]
    for inside in classes:
        assert np.mean(ratio[inside] < 1) == pytest.approx(0.683, abs=0.04)
        assert np.mean(ratio[inside] < 1.645) == pytest.approx(0.9, abs=0.04)


def test_one_factor_a_layer_holds_far_too_little_far_from_observations():
    """Why distance is in the calibration: one factor for all, as it was before, fails there."""
    error, near = held_out(20_000, 2)
    factor = np.sqrt(np.mean(error**2))
    assert np.mean(np.abs(error[near.distance > 400]) < factor) < 0.55


@given(st.integers(0, 30), st.booleans())
def test_farther_than_any_held_out_point_the_error_never_falls_and_it_is_said_so(seed, falls):
    """Also where the error of a method is too large far from observations, and its multiplier falls with distance."""
    error, near = held_out(3000, seed)
    found = fitted(error / (1 + near.distance / 50) if falls else error, near)
    _, long, most = found.farthest
    far = near.distance.max()
    distance, lag = far * np.array([1, 1.01, 1.5, 5, np.inf]), np.array([long, long, 20, 40, np.inf])
    there = Nearness(distance, lag, np.array([[most, most, 5, 9, 99]]).T, ("temperature",))
    factor = found.multiplier(np.full(5, 100.0), there)
    assert (np.diff(factor) >= 0).all() and np.isfinite(factor).all()
    assert found.beyond(there).tolist() == [False, True, True, True, True]


def test_the_trend_goes_on_beyond_the_held_out_points():
    """Held out are points up to 200 km; the errors of those farther away are met all the same."""
    error, near = held_out(20_000, 5)
    few = near.distance < 200
    found = fitted(error[few], near.take(few))
    far = near.distance > 400
    factor = found.multiplier(np.full(20_000, 100.0), near)
    assert np.mean(np.abs(error[far]) < 8 * factor[far]) == pytest.approx(0.683, abs=0.06)


def test_an_unknown_mapping_error_counts_as_the_usual_one():
    found = fitted(*held_out(5000, 4))
    near = Nearness(np.zeros(2), np.zeros(2), np.array([[np.nan], found.usual]), ("temperature",))
    factor = found.multiplier(np.full(2, 100.0), near)
    assert factor[0] == factor[1]


@given(st.integers(0, 30), st.sampled_from([100, 150, 3000]))
def test_smaller_mapping_errors_than_those_of_held_out_points_change_nothing(seed, n):
    """As in cells whose own casts are in the map, which they are for no held-out point."""
    error, near = held_out(n, seed)
    found = fitted(error, near)
    least = np.sort(near.error[:, 0])[: min(99, n - 100) + 1]
    mapped = np.array([[least[-1], least[0], 0.02, 1e-6, 0.0]]).T
    factor = found.multiplier(np.full(5, 100.0), Nearness(np.zeros(5), np.zeros(5), mapped, ("temperature",)))
    np.testing.assert_allclose(factor, factor[0], rtol=1e-12)


def test_beyond_is_what_is_farther_than_any_held_out_point():
    error, near = held_out(3000, 3)
    assert not fitted(error, near).beyond(near).any()
    few = near.take(np.arange(50))
    assert not fitted(error[:50], few).beyond(few).any()


@given(st.integers(0, 100), st.sampled_from(["none", "few", "holes"]))
def test_few_points_change_little_and_missing_estimates_nothing(seed, case):
    error, near = held_out({"none": 0, "few": 5, "holes": 3000}[case], seed)
    n = error.size
    mean, scale = np.full(n, 200.0), np.full(n, 8.0)
    depth = np.full(n, 100.0)
    if case == "holes":
        known = np.arange(n) % 2 == 0
        missing = calibrate(200 + error, np.where(known, mean, np.nan), np.where(known, scale, np.nan), depth, near)
        half = calibrate(200 + error[known], mean[known], scale[known], depth[known], near.take(known))
        np.testing.assert_array_equal(missing.coefficients, half.coefficients)
    else:
        found = calibrate(200 + error, mean, scale, depth, near)
        places = Nearness(np.array([0.0, 1e4]), np.array([0.0, np.inf]), np.ones((2, 1)), ("temperature",))
        assert (np.abs(np.log(found.multiplier(np.array([0.0, 100.0]), places))) < 1.0).all()
