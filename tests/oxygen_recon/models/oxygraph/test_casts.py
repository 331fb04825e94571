import numpy as np

from oxygen_recon.models.oxygraph.casts import Anomalies, Casts
from oxygen_recon.models.oxygraph.config import CastsConfig
from oxygen_recon.models.oxygraph.context import Context
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


def context_of(ocean, **settings):
    domain, samples, *_ = ocean
    profiles, casts = Profiles(domain, samples), Casts.of(domain, samples)
    return Context(profiles, casts, Anomalies(casts, False).of(casts.oxygen), CastsConfig(**settings))


def test_the_nearest_casts_that_reach_the_level_inform(small_ocean) -> None:
    context = context_of(small_ocean(), casts=4)
    profiles, casts, years = context.profiles, context.casts, context.profiles.domain.years
    column, step = np.arange(9), np.full(9, 3)
    profile, level = np.repeat(np.arange(9), 4), np.tile(np.arange(4), 9)
    chosen = context.informing((column, step), profile, level)
    assert chosen.shape == (36, 4)
    away = profiles.position[casts.column] - profiles.position[column][:, None].astype(float)
    apart = np.hypot(6371.0 * np.linalg.norm(away, axis=-1) / 500.0, (years[casts.step] - years[3]) / 3.0)
    for row, one, height in zip(chosen, profile, level):
        there = row[row >= 0]
        reach = np.isfinite(context.oxygen[:, height])
        assert np.unique(there).size == there.size and reach[there].all()
        last = np.sort(apart[one])[3]  # twice as many are sought, half by this measure
        surely = reach & (apart[one] < last - 1e-4)
        assert there.size == 4 or surely.sum() <= there.size
        if surely.any():
            nearest = np.flatnonzero(surely)[apart[one][surely].argmin()]
            assert apart[one][there].min() <= apart[one][nearest] + 1e-4


def test_without_casts_nothing_informs(small_ocean) -> None:
    context = context_of(small_ocean())
    nothing = Context(context.profiles, context.casts.take(np.zeros(0, int)), context.oxygen[:0], context.config)
    assert (nothing.informing((np.arange(3), np.zeros(3, int)), np.arange(3), np.zeros(3, int)) == -1).all()
