"""Mapping of anomalies: published check values, covariances that come back."""

import numpy as np
import pytest

from graphs.sphere import arc, positions
from oxygen_recon.dataset import mapping
from oxygen_recon.dataset.mapping import (
    Anomalies,
    Covariance,
    fit_covariance,
    interpolate_anomalies,
    map_anomalies,
)


def line(*east: float) -> np.ndarray:
    return positions(np.full(len(east), 0.5), np.array(east))


def test_exponential_covariance_in_great_circle_distance_and_lag() -> None:
    chord = 2 * 6371.0 * np.sin(np.array([500.0, 1000.0, 2000.0]) / (2 * 6371.0))
    one = Covariance((1000.0,), (2.0,), (1.0,), 0.2)
    np.testing.assert_allclose(one(chord, np.zeros(3)), np.exp([-0.5, -1.0, -2.0]))
    two = Covariance((1000.0, 100.0), (2.0, 8.0), (0.25, 0.75), 0.2)
    np.testing.assert_allclose(two(chord[:1], np.array([4.0])), 0.25 * np.exp(-2.5) + 0.75 * np.exp(-5.5))
    assert one.reach == pytest.approx((1000 * np.log(2), 2 * np.log(2)), rel=0.03)


def test_one_isolated_datum_has_weight_five_sixths() -> None:
    mapped, explained, weights = interpolate_anomalies(np.ones((1, 1)), np.ones(1), np.array([6.0]), np.array([0.2]))
    assert weights[0] == pytest.approx(0.833333, abs=1e-6)
    assert explained == pytest.approx(0.833333, abs=1e-6)
    assert mapped == pytest.approx(5.0)


def test_three_data_give_the_published_map() -> None:
    data, target = line(0.5, 10.5, 20.5), line(5.5)
    among = arc(np.linalg.norm(data[:, None] - data[None], axis=-1))
    towards = arc(np.linalg.norm(data - target, axis=-1))
    gauss = [np.exp(-0.5 * np.square(distance / 1000.0)) for distance in (among, towards)]
    mapped, explained, weights = interpolate_anomalies(*gauss, np.array([1.0, 2.0, -1.0]), np.full(3, 0.2))
    assert mapped == pytest.approx(1.595756, abs=1e-6)
    assert explained == pytest.approx(0.847975, abs=1e-6)
    np.testing.assert_allclose(weights, [0.482433, 0.525411, -0.062501], atol=1e-6)


def cruises(truth: Covariance, offset: float, rng: np.random.Generator) -> tuple[Anomalies, np.ndarray]:
    """Draw a field with a covariance, measured by forty cruises that are each off by something."""
    group = np.repeat(np.arange(40), 60)
    xyz = positions(rng.uniform(-10.0, 10.0, group.size), rng.uniform(0.0, 60.0, group.size))
    years = 0.5 * rng.permutation(40)[group].astype(float)
    apart = np.linalg.norm(xyz[:, None] - xyz[None], axis=-1)
    matrix = truth(apart, years[:, None] - years[None]) + truth.noise * np.eye(group.size)
    value = np.linalg.cholesky(matrix) @ rng.normal(size=group.size) + offset * rng.normal(size=40)[group]
    return Anomalies(xyz, years, value, np.ones(group.size), np.zeros(group.size, int)), group


def test_a_covariance_comes_back_and_the_offsets_of_cruises_are_noise_in_it() -> None:
    truth = Covariance((400.0, 1600.0), (2.5, 12.0), (0.5, 0.5), 0.5)
    data, group = cruises(truth, 0.7, np.random.default_rng(3))
    found = fit_covariance(data, group, 0)
    assert sum(found.share) == pytest.approx(1.0)
    assert 0.6 < found.noise < 1.6  # 0.5 of the casts and 0.49 of the cruises
    assert found.reach == pytest.approx(truth.reach, rel=0.5)


def test_noise_alone_and_a_single_cruise_have_no_covariance() -> None:
    data, group = cruises(Covariance((400.0,), (2.5,), (1e-9,), 1.0), 0.0, np.random.default_rng(0))
    found = fit_covariance(data, group, 0)
    assert found.noise > 4 and found.reach[0] < 100  # next to nothing, and that at the nearest pairs by chance
    assert fit_covariance(data, np.zeros_like(group), 0).noise == pytest.approx(99.0)


def test_of_few_data_no_pair_counts_twice() -> None:
    """Forty data are 780 pairs, however often they are drawn: too few to take their noise for a signal."""
    noise = []
    for seed in range(24):
        rng = np.random.default_rng(seed)
        xyz = positions(rng.uniform(-1, 1, 40), rng.uniform(0, 2, 40))
        data = Anomalies(xyz, rng.uniform(0, 5, 40), rng.normal(size=40), np.ones(40), np.zeros(40, int))
        noise.append(fit_covariance(data, np.arange(40), seed).noise)
    assert min(noise) > 3 and np.median(noise) > 50


def test_maps_are_the_same_to_the_last_digit_however_many_targets_are_mapped_at_a_time(
    small_ocean, monkeypatch
) -> None:
    domain, samples, _, _ = small_ocean()
    data = Anomalies.at(domain, samples.cell, samples.step, samples.values["oxygen"] - 200.0, np.ones(len(samples)))
    cell, step = np.arange(domain.cells), np.arange(domain.cells) % domain.steps
    known = Covariance((800.0,), (3.0,), (1.0,), 0.2)
    found = []
    for targets in (7, 4000):
        monkeypatch.setattr(mapping, "CHUNK", targets)
        found.append(map_anomalies(data, domain, cell, step, known, 8))
    for one, other in zip(*found, strict=True):
        assert np.array_equal(one, other)
