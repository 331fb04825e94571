import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.corrections import response_time
from qc.errors import InputError
from tests.support.float_oxygen import oxygen, profile


def noise_of_one(tau: float, dt: float) -> float:
    """Factor on white noise in the middle between two samples."""
    a, b = response_time.coefficients(tau, dt)
    return float(np.sqrt(1 + a**2) / (2 * b))


def test_response_time_check_values():
    a, b = response_time.coefficients(60, 2)
    assert (float(b), float(a)) == pytest.approx((0.0163934, 0.9672131), abs=1e-7)
    assert noise_of_one(60, 2) == pytest.approx(42, abs=0.5)


@given(st.lists(st.floats(0, 400), min_size=2, max_size=40), st.floats(0, 200), st.floats(0.5, 60))
def test_undoing_the_lag_is_the_exact_inverse_of_the_filter(truth, tau, dt):
    truth = np.array(truth)
    a, b = response_time.coefficients(tau, dt)
    lagged = truth.copy()
    for i in range(len(truth) - 1):
        lagged[i + 1] = a * lagged[i] + b * (truth[i] + truth[i + 1])
    np.testing.assert_allclose((lagged[1:] - a * lagged[:-1]) / (2 * b), (truth[1:] + truth[:-1]) / 2, atol=1e-6)


@pytest.mark.parametrize("tau", [0.0, 20.0, 60.0])
def test_the_noise_of_no_level_grows_by_more_than_its_change_states(tau):
    """Levels at uneven distances: each has a factor of its own, the uncertainty holds it, the change the largest."""
    random, casts = np.random.default_rng(1), 4000
    pressure = np.array([2.0, 4, 5, 12, 13, 40])
    noise = random.normal(0, 1, (casts, 6))
    names = np.repeat([f"1_{i}" for i in range(casts)], 6)
    given = {"pressure": np.tile(pressure, casts), "oxygen": 200 + noise.ravel(), "cast": names}
    given |= {"temperature": np.full(6 * casts, 10.0), "salinity": np.full(6 * casts, 35.0)}
    new, change = response_time.correct(profile(oxygen_uncertainty=np.ones(6 * casts), **given), tau, 0.1)
    grown = oxygen(new).reshape(casts, 6).std(axis=0)
    reported = new["oxygen_uncertainty"].to_numpy().reshape(casts, 6)[0]
    np.testing.assert_allclose(np.maximum(grown, 1), reported, rtol=0.05)  # 4000 casts: 1.1 % standard error
    assert grown.max() == pytest.approx(float(change.parameters["noise"]), rel=0.05)


def test_a_lagging_profile_comes_back_from_below_upwards():
    pressure = np.arange(2.0, 402, 2)
    truth = 230 - 80 / (1 + np.exp(-(pressure - 120) / 15))
    lagged, (a, b) = truth[::-1].copy(), response_time.coefficients(60, 20)
    for i in range(len(lagged) - 1):
        lagged[i + 1] = a * lagged[i] + b * (truth[::-1][i] + truth[::-1][i + 1])
    columns = {"pressure": pressure, "temperature": np.full(200, 10.0), "salinity": np.full(200, 35.0)}
    tables = [profile(f"1_{i}", oxygen=lagged[::-1] + i, **columns) for i in (0, 1)]
    new, change = response_time.correct(pa.concat_tables(tables).unify_dictionaries(), 60.0, 0.1)
    expected = np.r_[truth, truth + 1]
    assert np.abs(np.r_[lagged[::-1], lagged[::-1] + 1] - expected).max() > 3
    np.testing.assert_allclose(oxygen(new), expected, atol=0.15)
    assert change.parameters["noise"] == pytest.approx(noise_of_one(60, 20))
    with pytest.raises(InputError, match="positive"):
        response_time.correct(tables[0], 60, 0)
