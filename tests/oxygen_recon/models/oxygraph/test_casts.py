import numpy as np

from oxygen_recon.models.oxygraph.casts import Anomalies, Casts, neighbours, reaching
from oxygen_recon.models.oxygraph.config import CastsConfig
from oxygen_recon.models.oxygraph.profiles import Profiles


def test_casts_hold_every_sample_once(small_ocean) -> None:
    domain, samples, *_ = small_ocean()
    casts = Casts.of(domain, samples)
    assert np.isfinite(casts.oxygen).sum() == len(samples)
    assert np.isclose(np.nansum(casts.oxygen), samples.values["oxygen"].sum())
    level = domain.level[samples.cell]
    for i in np.random.default_rng(0).permutation(len(samples))[:20]:
        mine = (casts.column == domain.column[samples.cell[i]]) & (casts.step == samples.step[i])
        assert samples.values["oxygen"][i] in casts.oxygen[mine, level[i]]


def test_anomalies_come_back_and_departures_keep_their_zero(small_ocean) -> None:
    domain, samples, *_ = small_ocean()
    casts = Casts.of(domain, samples)
    for departures in (False, True):
        anomalies = Anomalies(casts, departures)
        back = anomalies.of(casts.oxygen) * anomalies.spread + anomalies.mean
        np.testing.assert_allclose(back, casts.oxygen, rtol=1e-5)
        assert (anomalies.mean == 0).all() == departures


def test_neighbours_are_the_nearest_and_reach_the_level(small_ocean) -> None:
    domain, samples, *_ = small_ocean()
    profiles, casts = Profiles(domain, samples), Casts.of(domain, samples)
    config = CastsConfig(casts=4)
    column, step = np.arange(9), np.full(9, 3)
    near = neighbours(profiles, casts, column, step, config)
    assert near.shape == (9, 8)
    for row in near:
        there = row[row >= 0]
        assert np.unique(there).size == there.size
    # The first is the nearest in space and time, by brute force.
    chord = np.linalg.norm(profiles.position[casts.column] - profiles.position[column][:, None], axis=-1)
    angle = 2 * np.arcsin(chord / 2) * 6371.0 / config.radius_km
    apart = np.hypot(2 * np.sin(angle * config.radius_km / 6371.0 / 2) * 6371.0 / config.radius_km,
                     (domain.years[casts.step] - domain.years[3]) / config.years_near)  # fmt: skip
    np.testing.assert_allclose(np.take_along_axis(apart, near[:, :1], 1)[:, 0], apart.min(axis=1), rtol=1e-5)
    profile, level = np.repeat(np.arange(9), 4), np.tile(np.arange(4), 9)
    chosen = reaching(casts, near, profile, level, 4)
    for row, one, height in zip(chosen, near[profile], level):
        wanted = [i for i in one if i >= 0 and np.isfinite(casts.oxygen[i, height])][:4]
        assert row[row >= 0].tolist() == wanted
