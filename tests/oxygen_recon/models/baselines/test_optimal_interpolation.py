"""Optimal interpolation: what it adds to the background."""

import numpy as np

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
