"""Optimal interpolation: published check values of the formulas, and what it adds to the background."""

import numpy as np
import pytest

from oxygen_recon.models.baselines.climatology import ClimatologyConfig
from oxygen_recon.models.baselines.neighbours import arc, positions
from oxygen_recon.models.baselines.optimal_interpolation import (
    Covariance,
    OptimalInterpolationConfig,
    interpolate_anomalies,
)
from tests.support.small_ocean import everywhere, small_ocean


def line(*east: float) -> np.ndarray:
    return positions(np.full(len(east), 0.5), np.array(east))


def covariances(length: float) -> tuple[np.ndarray, np.ndarray]:
    data, target = line(0.5, 10.5, 20.5), line(5.5)
    covariance = Covariance(length, 1.0, 0.2)
    among = np.linalg.norm(data[:, None] - data[None], axis=-1)
    towards = np.linalg.norm(data - target, axis=-1)
    return covariance(among, np.zeros((3, 3))), covariance(towards, np.zeros(3))


def test_gaussian_covariance_in_great_circle_distance() -> None:
    chord = 2 * 6371.0 * np.sin(np.array([500.0, 1000.0, 2000.0]) / (2 * 6371.0))
    np.testing.assert_allclose(arc(chord), [500, 1000, 2000])
    expected = [0.882497, 0.606531, 0.135335]
    np.testing.assert_allclose(Covariance(1000.0, 1.0, 0.2)(chord, np.zeros(3)), expected, atol=5e-7)
    assert Covariance(1000.0, 2.0, 0.2)(np.zeros(1), np.array([2.0])) == pytest.approx(np.exp(-0.5))


def test_one_isolated_datum_has_weight_five_sixths() -> None:
    mapped, explained, weights = interpolate_anomalies(np.ones((1, 1)), np.ones(1), np.array([6.0]), np.array([0.2]))
    assert weights[0] == pytest.approx(0.833333, abs=1e-6)
    assert explained == pytest.approx(0.833333, abs=1e-6)
    assert mapped == pytest.approx(5.0)


def test_three_data_give_the_published_map() -> None:
    among, towards = covariances(1000.0)
    mapped, explained, weights = interpolate_anomalies(among, towards, np.array([1.0, 2.0, -1.0]), np.full(3, 0.2))
    assert mapped == pytest.approx(1.595756, abs=1e-6)
    assert explained == pytest.approx(0.847975, abs=1e-6)
    np.testing.assert_allclose(weights, [0.482433, 0.525411, -0.062501], atol=1e-6)


def test_interpolation_uses_its_context_and_without_it_falls_back_to_the_background() -> None:
    domain, samples, truth = small_ocean(years=8)
    cell, step = everywhere(domain)
    usual, mapped = ClimatologyConfig().build(), OptimalInterpolationConfig().build()
    usual.fit(domain, samples, 0)
    mapped.fit(domain, samples, 0)
    blind = mapped.predict(domain, samples.take(np.zeros(0, int)), cell, step)
    full = mapped.predict(domain, samples, cell, step)

    def rmse(estimate) -> float:
        return float(np.sqrt(np.square(estimate.mean[:, 0] - truth[step, cell]).mean()))

    assert rmse(full) < 0.9 * min(rmse(blind), rmse(usual.predict(domain, samples, cell, step)))
    assert (full.scale <= blind.scale + 1e-12).all()
    assert full.scale.mean() < 0.95 * blind.scale.mean()
