"""Every baseline: protocol, invariants and configuration."""

import numpy as np
import pytest
from pydantic import ValidationError

from oxygen_recon.dataset.domain import Samples
from oxygen_recon.models.baselines.boosting import LightGBMConfig
from oxygen_recon.models.baselines.climatology import ClimatologyConfig
from oxygen_recon.models.baselines.extra_trees import ExtraTreesConfig
from oxygen_recon.models.baselines.optimal_interpolation import OptimalInterpolationConfig
from oxygen_recon.models.baselines.perceptron import PerceptronConfig
from tests.support.small_ocean import everywhere, small_ocean

METHODS = (
    ClimatologyConfig(),
    OptimalInterpolationConfig(neighbours=16),
    ExtraTreesConfig(trees=8, threads=1),
    LightGBMConfig(rounds=80),
    PerceptronConfig(epochs=30),
)


@pytest.mark.parametrize("config", METHODS, ids=lambda config: config.kind)
@pytest.mark.parametrize("steps_a_year", [1, 4])
def test_every_method_keeps_the_protocol(config, steps_a_year: int) -> None:
    domain, samples, truth = small_ocean(steps_a_year)
    cell, step = everywhere(domain)
    method = config.build()
    method.fit(domain, samples, 3)
    estimate = method.predict(domain, samples, cell, step)
    assert estimate.names == ("oxygen",)
    assert estimate.mean.shape == estimate.scale.shape == (cell.size, 1)
    error = estimate.mean[:, 0] - truth[step, cell]
    assert np.sqrt((error**2).mean()) < 0.5 * truth.std()
    assert 0.5 < np.sqrt(np.square(error / estimate.scale[:, 0]).mean()) < 1.5
    again = config.build()
    again.fit(domain, samples, 3)
    some = np.arange(cell.size)[::-97]  # other targets in other order: the same values
    part = again.predict(domain, samples, cell[some], step[some])
    np.testing.assert_allclose(part.mean, estimate.mean[some], rtol=1e-12)
    np.testing.assert_allclose(part.scale, estimate.scale[some], rtol=1e-9)


@pytest.mark.parametrize("config", METHODS, ids=lambda config: config.kind)
def test_a_constant_ocean_stays_constant(config) -> None:
    domain, samples, _ = small_ocean()
    flat = Samples(
        samples.cell,
        samples.step,
        samples.group,
        {"oxygen": np.full(len(samples), 123.0)},
        samples.count,
        samples.spread,
    )
    method = config.build()
    method.fit(domain, flat, 0)
    estimate = method.predict(domain, flat, *everywhere(domain))
    np.testing.assert_allclose(estimate.mean, 123.0, atol=1e-6)


@pytest.mark.parametrize("config", METHODS, ids=lambda config: config.kind)
def test_a_single_sample_is_enough_to_estimate(config) -> None:
    domain, samples, _ = small_ocean()
    method = config.build()
    method.fit(domain, samples.take(np.array([0])), 0)
    estimate = method.predict(domain, samples.take(np.array([0])), *everywhere(domain))
    np.testing.assert_allclose(estimate.mean, samples.values["oxygen"][0], atol=1e-6)


@pytest.mark.parametrize("config", METHODS, ids=lambda config: config.kind)
def test_no_sample_at_all_is_refused(config) -> None:
    domain, samples, _ = small_ocean()
    with pytest.raises(ValueError, match="no samples"):
        config.build().fit(domain, samples.take(np.zeros(0, int)), 0)


def test_configurations_refuse_unknown_keys() -> None:
    for config in METHODS:
        with pytest.raises(ValidationError):
            type(config).model_validate({"kind": config.kind, "leafs": 3})
    with pytest.raises(ValidationError):
        ExtraTreesConfig.model_validate({"kind": "climatology"})
