import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from oxygen_recon.evaluation.metrics import score


def test_scores_by_hand():
    result = score(np.array([2.0, 10.0, 20.0]), np.array([3.0, 8.0, 25.0]))
    assert result["n"] == 3
    assert result["bias"] == pytest.approx(4 / 3)
    assert result["MAE"] == pytest.approx(8 / 3)
    assert result["RMSE"] == pytest.approx(np.sqrt(10))
    assert result["MAPE"] == pytest.approx(100 * (0.2 + 0.25) / 2)  # the truth of 2 is under the floor
    assert result["R2"] == pytest.approx(1 - 30 / ((2 - 32 / 3) ** 2 + (10 - 32 / 3) ** 2 + (20 - 32 / 3) ** 2))


def test_crps_is_the_integral_it_stands_for():
    truth, mean, scale = 3.0, 1.0, 2.5
    x = np.linspace(-60, 60, 400_001)
    integral = np.trapezoid((norm.cdf(x, mean, scale) - (x >= truth)) ** 2, x)
    result = score(np.array([truth]), np.array([mean]), np.array([scale]))
    assert result["CRPS"] == pytest.approx(integral, abs=1e-3)


def test_coverage_of_an_honest_error_is_nominal():
    rng = np.random.default_rng(0)
    truth, scale = rng.normal(200, 50, 200_000), rng.uniform(1, 20, 200_000)
    result = score(truth, truth + scale * rng.normal(size=truth.size), scale)
    assert result["coverage_68"] == pytest.approx(0.6827, abs=0.005)
    assert result["coverage_95"] == pytest.approx(0.95, abs=0.003)


@given(st.lists(st.tuples(st.floats(0, 400), st.floats(0, 400), st.integers(1, 4)), min_size=1, max_size=20))
def test_a_weight_is_a_repetition(rows):
    truth, mean, times = map(np.array, zip(*rows))
    weighted = score(truth, mean, np.full(truth.size, 7.0), times.astype(float))
    repeated = score(np.repeat(truth, times), np.repeat(mean, times), np.full(times.sum(), 7.0))
    for name in ("bias", "MAE", "RMSE", "MAPE", "coverage_68", "CRPS"):
        assert weighted[name] == pytest.approx(repeated[name], rel=1e-9, abs=1e-6, nan_ok=True)


def test_nothing_scores_nan_and_nonsense_is_refused():
    empty = score(np.zeros(0), np.zeros(0), np.zeros(0))
    assert empty["n"] == 0
    assert np.isnan([empty["RMSE"], empty["R2"], empty["CRPS"], empty["MAPE"]]).all()
    with pytest.raises(ValueError, match="finite"):
        score(np.array([1.0]), np.array([np.nan]))
    with pytest.raises(ValueError, match="positive"):
        score(np.array([1.0]), np.array([1.0]), np.array([0.0]))
    with pytest.raises(ValueError, match="shapes"):
        score(np.zeros(3), np.zeros(2))
