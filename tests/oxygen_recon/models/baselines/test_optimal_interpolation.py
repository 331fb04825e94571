"""Optimal interpolation: what it adds to the background."""

import numpy as np

from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.baselines.climatology import ClimatologyConfig
from oxygen_recon.models.baselines.optimal_interpolation import OptimalInterpolationConfig
from tests.support.small_ocean import everywhere, small_ocean


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


def test_few_columns_far_apart_are_interpolated_not_averaged() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-180, 180, 3000), np.degrees(np.arcsin(rng.uniform(-0.9, 0.9, 3000)))
    east, north = np.radians(x), np.radians(y)
    truth = 200 + 60 * np.sin(2 * east) * np.cos(north) ** 2 + 40 * np.sin(3 * north)
    cells, zero = np.arange(3000), np.zeros(3000)
    domain = Domain(y, x, zero, cells, 0 * cells, zero + 1e12, np.array([2000.5]), np.zeros((1, 3000, 0)), ())
    cell = np.arange(250)
    values = {"oxygen": truth[cell]}
    samples = Samples(cell, 0 * cell, cell, values, 1 + 0 * cell, {"oxygen": np.full(250, np.nan)})
    error, hidden = {}, np.arange(250, 3000)
    for config in (ClimatologyConfig(), OptimalInterpolationConfig()):
        method = config.build()
        method.fit(domain, samples, 0)
        error[config.kind] = method.predict(domain, samples, hidden, 0 * hidden).mean[:, 0] - truth[hidden]
    usual, mapped = (float(np.sqrt(np.square(one).mean())) for one in error.values())
    assert mapped < 0.6 * usual
    assert method.tuned.values["noise"] < 1.0 < method.tuned.values["widen"]
