from dataclasses import replace

import numpy as np
import torch

from oxygen_recon.models.oxygraph.casts import Anomalies, Casts
from oxygen_recon.models.oxygraph.config import CastsConfig, ColumnTrainingConfig, OxyGraphConfig
from oxygen_recon.models.oxygraph.estimator import build
from oxygen_recon.models.oxygraph.profiles import Profiles
from oxygen_recon.models.oxygraph.sampler import HoldoutBatches


def with_phosphate(ocean, share=0.6):
    """Samples of which some have phosphate, all of which falls as oxygen rises."""
    domain, samples, graph, _ = ocean
    phosphate = 3.0 - samples.values["oxygen"] / 120
    phosphate[np.random.default_rng(1).random(len(samples)) > share] = np.nan
    values = samples.values | {"phosphate": phosphate, "nitrate": np.full(len(samples), np.nan)}
    return domain, replace(samples, values=values, spread=dict.fromkeys(values, samples.spread["oxygen"])), graph


def batches_of(domain, samples, nutrients=0.5) -> HoldoutBatches:
    casts, training = Casts.of(domain, samples), ColumnTrainingConfig(columns=16, nutrients=nutrients)
    return HoldoutBatches(
        Profiles(domain, samples), casts, Anomalies(casts, False), CastsConfig(casts=6), training, seed=3
    )


def network_of(batches: HoldoutBatches) -> torch.nn.Module:
    config, names = OxyGraphConfig(training=batches.training), tuple(batches.casts.nutrients)
    return build(config, len(batches.profiles.names), batches.profiles.levels, 0, nutrients=names)


def test_casts_keep_the_nutrients_that_any_has(small_ocean) -> None:
    domain, samples, _ = with_phosphate(small_ocean())
    casts = Casts.of(domain, samples)
    assert set(casts.nutrients) == {"phosphate"}
    both = np.isfinite(casts.nutrients["phosphate"])
    assert both.sum() == np.isfinite(samples.values["phosphate"]).sum()
    np.testing.assert_allclose(casts.nutrients["phosphate"][both], 3.0 - casts.oxygen[both] / 120)
    some = casts.take(np.arange(5)).of_nutrient("phosphate")
    np.testing.assert_array_equal(some.oxygen, casts.nutrients["phosphate"][:5])


def test_the_loss_leaves_out_what_was_not_measured(small_ocean) -> None:
    domain, samples, _ = with_phosphate(small_ocean())
    batches = batches_of(domain, samples)
    network, batch = network_of(batches), batches[0]
    known = torch.isfinite(batch.nutrients[:, 0])
    assert batch.nutrients.shape == (len(batch.target), 1) and 0 < known.sum() < len(known)
    found, _ = network.further(network.backbone(batch).features)
    plain, error = network.loss(replace(batch, nutrients=None)), (found - batch.nutrients)[known].square().mean()
    torch.testing.assert_close(network.loss(batch), plain + 0.5 * error)
    network.loss(batch).backward()
    assert all(torch.isfinite(weight.grad).all() for weight in network.parameters())
    assert network.further.mean.weight.grad.abs().sum() > 0
    nothing = replace(batch, nutrients=torch.full_like(batch.nutrients, torch.nan))
    assert torch.equal(network.loss(nothing), plain)


def test_without_a_weight_nutrients_of_samples_change_nothing(small_ocean) -> None:
    domain, samples, graph = with_phosphate(small_ocean())
    config = OxyGraphConfig(training=ColumnTrainingConfig(steps=3, columns=16))
    results = []
    for some in (
        samples,
        replace(samples, values={"oxygen": samples.values["oxygen"]}, spread={"oxygen": samples.spread["oxygen"]}),
    ):
        method = config.build(graph)
        method.fit(domain, some, seed=0)
        results.append(method.predict(domain, some, samples.cell[:50], samples.step[:50]))
    np.testing.assert_array_equal(results[0].mean, results[1].mean)


def test_nutrients_are_learned_and_oxygen_is_what_is_returned(small_ocean) -> None:
    domain, samples, graph = with_phosphate(small_ocean())
    config = OxyGraphConfig(training=ColumnTrainingConfig(steps=60, columns=16, nutrients=0.5))
    method = config.build(graph)
    method.fit(domain, samples, seed=0)
    assert method.predict(domain, samples, samples.cell[:9], samples.step[:9]).names == ("oxygen",)
    batch = batches_of(domain, samples)[1000]
    with torch.no_grad():
        found = method.network.further(method.network.backbone(batch).features)[0]
    known = torch.isfinite(batch.nutrients)
    assert (found - batch.nutrients)[known].square().mean() < 0.5 * batch.nutrients[known].square().mean()
