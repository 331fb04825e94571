import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.evaluation.forecasts.metrics import anomaly_correlation, latitude_weights, mean_square


def test_weights_are_those_published() -> None:
    latitude = 90.0 - 0.25 * np.arange(720)
    weights = latitude_weights(latitude)
    assert weights.mean() == pytest.approx(1.0) and weights[360] == pytest.approx(1.5708, abs=1e-4)


@given(st.integers(0, 1000))
def test_land_never_counts_and_the_sum_is_that_of_the_formula(seed: int) -> None:
    rng = np.random.default_rng(seed)
    ocean = rng.random((2, 4, 5)) < 0.6
    ocean[:, 0, 0] = True
    error, weights = rng.normal(size=(3, 2, 4, 5)), latitude_weights(np.array([-60.0, -20.0, 20.0, 60.0]))
    noisy = np.where(ocean, error, np.nan)
    found = mean_square(noisy, ocean, weights)
    for day in range(3):
        for channel in range(2):
            cells = [(i, j) for i in range(4) for j in range(5) if ocean[channel, i, j]]
            total = sum(weights[i] * error[day, channel, i, j] ** 2 for i, j in cells)
            assert found[day, channel] == pytest.approx(total / len(cells))


def test_correlation_is_that_of_anomalies_and_undefined_for_the_climatology() -> None:
    rng = np.random.default_rng(0)
    truth, other = rng.normal(size=(2, 1, 6, 7))
    climatology, ocean = rng.normal(size=(1, 6, 7)), np.ones((1, 6, 7), bool)
    a, b = (other - climatology).ravel(), (truth - climatology).ravel()
    expected = a @ b / np.sqrt((a @ a) * (b @ b))
    assert anomaly_correlation(other, truth, climatology, ocean)[0] == pytest.approx(expected)
    assert anomaly_correlation(truth, truth, climatology, ocean)[0] == pytest.approx(1.0)
    assert np.isnan(anomaly_correlation(climatology, truth, climatology, ocean)[0])
