from dataclasses import replace

import numpy as np
import pytest
import torch

from oxygen_recon.models.oxygraph.batch import ColumnBatch
from oxygen_recon.models.oxygraph.casts import Anomalies, Casts
from oxygen_recon.models.oxygraph.config import CastsConfig, ColumnTrainingConfig, OxyGraphConfig, SlopeConfig
from oxygen_recon.models.oxygraph.estimator import build
from oxygen_recon.models.oxygraph.profiles import Profiles
from oxygen_recon.models.oxygraph.sampler import HoldoutBatches
from oxygen_recon.models.oxygraph.slopes import RATIOS, penalty, relative_slopes

NAMES = ("temperature", "salinity", "phosphate")


def batches_of(small_ocean, names=NAMES, nutrients=lambda values: values, **slopes) -> HoldoutBatches:
    domain, samples, *_ = small_ocean(names=NAMES[: len(names)])
    domain = replace(domain, covariates=nutrients(domain.covariates), names=names)
    casts = Casts.of(domain, samples)
    training = ColumnTrainingConfig(columns=16, slopes=SlopeConfig(**slopes))
    return HoldoutBatches(
        Profiles(domain, samples), casts, Anomalies(casts, False), CastsConfig(casts=6), training, seed=3
    )


def network_of(batches: HoldoutBatches) -> torch.nn.Module:
    config = OxyGraphConfig(training=batches.training)
    return build(config, len(batches.profiles.names), batches.profiles.levels, seed=0)


def with_nitrate(values):
    return np.concatenate([values, 16 * values[..., 2:] - 2], axis=-1)


def linear(batches: HoldoutBatches, batch: ColumnBatch, per_unit: dict[str, float]) -> torch.Tensor:
    """Relative slopes of an estimate whose oxygen grows by so many mol per mol of nutrients, whatever the feature."""
    profiles, level = batches.profiles, np.arange(batches.profiles.levels)

    def estimate(some: ColumnBatch) -> torch.Tensor:
        oxygen = 0.0
        for turn, (name, slope) in enumerate(per_unit.items()):
            channel, both = profiles.channels.index(name), len(profiles.channels)
            mean, spread = profiles.mean[-1, channel], profiles.spread[-1, channel]
            value = some.inputs[..., both + channel] * spread + mean
            if turn % 2:  # from the score within the level, of which the feature is a tanh
                mean, spread = (torch.from_numpy(one[level, channel]) for one in (profiles.mean, profiles.spread))
                value = 3 * torch.atanh(some.inputs[..., channel] / 3) * spread + mean
            oxygen = oxygen + slope * value
        # what other levels add to an estimate is no slope of its own level
        return (oxygen + 5 * torch.roll(oxygen, 1, dims=1))[some.profile, some.level] / batches.spread

    return relative_slopes(estimate, replace(batch, inputs=batch.inputs.double())).detach()


def test_the_slope_of_a_linear_estimate_is_exact_in_physical_units(small_ocean) -> None:
    batches = batches_of(small_ocean, weight=1.0)
    found = linear(batches, batches[0], {"phosphate": -85.0})
    assert len(found) > 5
    np.testing.assert_allclose(found * RATIOS["phosphate"], -85.0, rtol=1e-5)
    assert penalty(found, "ratio").item() == pytest.approx(0.25, rel=1e-5)
    assert penalty(found, "variance").item() == pytest.approx(0.0, abs=1e-9)


def test_both_nutrients_contribute_to_the_slope_along_remineralisation(small_ocean) -> None:
    batches = batches_of(small_ocean, (*NAMES, "nitrate"), with_nitrate, weight=1.0)
    found = linear(batches, batches[1], {"phosphate": -60.0, "nitrate": -5.0})
    np.testing.assert_allclose(found, (-60.0 - 5.0 * 16) / -170.0, rtol=1e-4)


def test_slopes_are_taken_below_the_depth_where_the_nutrient_is_known_and_once_a_profile(small_ocean) -> None:
    def gaps(values):
        values = np.array(values)
        values[::2, :, 2] = np.nan
        return values

    batches = batches_of(small_ocean, nutrients=gaps, weight=1.0, depth=100.0)
    found = [batches[i] for i in range(10)]
    assert sum(len(batch.slopes.node) for batch in found) > 10
    for batch in found:
        node = batch.slopes.node
        assert (batches.profiles.depth[batch.level[node]] > 100).all()
        assert torch.unique(batch.profile[node]).numel() == node.numel()
        known = batches.profiles.names.index("phosphate_known")
        assert (batch.inputs[batch.profile[node], batch.level[node], known] == 1).all()


def test_the_slope_of_the_network_is_that_of_finite_differences(small_ocean) -> None:
    batches = batches_of(small_ocean, weight=1.0)
    batch, network = batches[0], network_of(batches).double()
    network.head.mean.weight.data.normal_()
    casts = type(batch.casts)(*(value.double() for value in batch.casts))
    real = {"position": batch.position.double(), "years": batch.years.double(), "casts": casts}
    batch = replace(batch, inputs=batch.inputs.double(), **real)
    found = relative_slopes(lambda some: network(some)[0][:, 0], batch).detach()
    step = 1e-5
    for number, node in enumerate(batch.slopes.node[:4]):
        profile, level = batch.profile[node], batch.level[node]
        moved = batch.inputs.clone()
        moved[profile, level, batch.slopes.feature] += step * batch.slopes.rate[number]
        with torch.no_grad():
            change = network(replace(batch, inputs=moved))[0][node] - network(batch)[0][node]
        torch.testing.assert_close(change[0] / step, found[number], rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("form", ["variance", "ratio"])
def test_a_training_step_along_its_gradient_lowers_the_penalty(small_ocean, form) -> None:
    batches = batches_of(small_ocean, weight=1.0, form=form)
    batch, network = batches[0], network_of(batches)

    def value() -> torch.Tensor:
        return penalty(relative_slopes(lambda some: network(some)[0][:, 0], batch), form)

    plain = network.loss(replace(batch, slopes=None))
    torch.testing.assert_close(network.loss(batch) - plain, value(), rtol=1e-3, atol=1e-5)
    before, optimiser = value(), torch.optim.SGD(network.parameters(), 1e-3)
    before.backward()
    optimiser.step()
    assert value() < before


@pytest.mark.parametrize("weight", [0.0, 1.0])
def test_no_weight_or_no_nutrient_changes_nothing(small_ocean, weight) -> None:
    names = NAMES if weight == 0 else NAMES[:2]
    plain, other = batches_of(small_ocean, names), batches_of(small_ocean, names, weight=weight, form="variance")
    network = network_of(other)
    for step in range(3):
        one, same = plain[step], other[step]
        assert same.slopes is None and torch.equal(one.inputs, same.inputs) and torch.equal(one.sender, same.sender)
        assert torch.equal(network_of(plain).loss(one), network.loss(same))


def test_a_step_in_which_no_nutrient_is_known_has_no_term(small_ocean) -> None:
    def unknown(values):
        return np.where(np.arange(3) == 2, np.nan, values)

    batches = batches_of(small_ocean, nutrients=unknown, weight=1.0)
    network, batch = network_of(batches), batches[0]
    assert len(batch.slopes.node) == 0
    assert torch.equal(network.loss(batch), network.loss(replace(batch, slopes=None)))
    assert penalty(torch.zeros(1), "variance") == 0
