from dataclasses import replace

import numpy as np
import pytest
import torch

from oxygen_recon.dataset.domain import Samples
from oxygen_recon.models.graph.config import ContextConfig, GraphTrainingConfig, OxyGeneratorConfig
from oxygen_recon.models.graph.context import ContextObservations
from oxygen_recon.models.graph.estimator import build
from oxygen_recon.models.graph.features import INFORMING, NodeFeatures
from oxygen_recon.models.graph.sampler import HoldoutBatches, Targets, assemble

CONTEXT, TRAINING = ContextConfig(observations=6), GraphTrainingConfig(targets=40, steps=20)


def test_hold_out_batches_never_leak_and_are_the_same_whenever_made(small_ocean) -> None:
    domain, samples, graph, _ = small_ocean()
    batches = HoldoutBatches(NodeFeatures(domain, samples), graph, samples, CONTEXT, TRAINING, seed=3)
    for step in range(20):
        batch = batches[step]  # construction itself refuses leakage
        assert 1 <= int(batch.nodes("target").sum()) <= 40
        assert int(batch.nodes("context").sum()) > 0
        assert batch.nodes("inputs").isfinite().all()
    again, other = batches[4], HoldoutBatches(batches.features, graph, samples, CONTEXT, TRAINING, seed=4)[4]
    first, second, third = (batch.nodes("inputs") for batch in (batches[4], again, other))
    assert torch.equal(first, second)
    assert first.shape != third.shape or not torch.equal(first, third)


def test_what_the_comparison_holds_out_together_is_hidden_together(small_ocean) -> None:
    """Every cruise spans several casts; hidden by cast, some of a cruise inform its others."""
    domain, samples, graph, _ = small_ocean()
    units = replace(samples, unit=domain.column[samples.cell] * domain.steps + samples.step)
    batches = HoldoutBatches(NodeFeatures(domain, units), graph, units, CONTEXT, TRAINING, seed=3)
    for step in range(4):
        batch = batches[step]
        hidden = set(batch.nodes("group")[batch.nodes("target")].tolist())
        read = set(batch.nodes("group")[batch.nodes("context")].tolist())
        assert hidden and not hidden & read and hidden <= set(units.held_together.tolist())
    two = replace(samples, unit=np.arange(len(samples)) % 12)
    batches = HoldoutBatches(NodeFeatures(domain, two), graph, two, CONTEXT, TRAINING, seed=0)
    assert all(bool(batches[step].nodes("target").any()) for step in range(40))  # something is hidden at every step


def test_few_groups_are_replaced_by_water_columns(small_ocean) -> None:
    domain, samples, graph, _ = small_ocean()
    one = Samples(
        samples.cell, samples.step, np.zeros_like(samples.group), samples.values, samples.count, samples.spread
    )
    batch = HoldoutBatches(NodeFeatures(domain, one), graph, one, CONTEXT, TRAINING, seed=0)[0]
    columns = np.unique(domain.column[samples.cell]).size
    group = batch.nodes("group")
    target, context = (set(group[batch.nodes(name)].tolist()) for name in ("target", "context"))
    assert target and target <= set(range(columns)) and not target & context


def test_the_history_holds_the_neighbouring_steps_and_never_the_centre(small_ocean) -> None:
    domain, samples, graph, _ = small_ocean()
    features = NodeFeatures(domain, samples)
    context = ContextObservations(features, samples, 25.0)
    cell, step = samples.cell[:50], samples.step[:50]
    batch = assemble(features, context, graph, Targets(cell, step), ContextConfig(history=2))
    history = batch.history()[:50].numpy()
    assert (history[:, 2] == 0).all()
    for i in range(50):
        for offset in (-2, -1, 1, 2):
            same = (samples.cell == cell[i]) & (samples.step == step[i] + offset)
            value, there = history[i, 2 + offset]
            assert there == same.any()
            if same.any():
                expected = features.anomaly(
                    samples.values["oxygen"][same], samples.cell[same], samples.step[same]
                ).mean()
                np.testing.assert_allclose(value, expected, rtol=1e-5)


@pytest.mark.parametrize("number", [0, 1])
def test_targets_with_hardly_any_context_make_a_batch(small_ocean, number: int) -> None:
    domain, samples, graph, _ = small_ocean()
    features = NodeFeatures(domain, samples)
    context = ContextObservations(features, samples.take(np.arange(number)), 25.0)
    batch = assemble(features, context, graph, Targets(np.arange(9), np.zeros(9, int)), CONTEXT)
    assert batch.receivers == 9
    assert int(batch.nodes("context").sum()) == 2 * number  # the sample, and the mean over its window
    assert not batch.nodes("target").any()
    with torch.no_grad():
        mean, scale = build(OxyGeneratorConfig(), len(features.names), 0)(batch)
    assert mean.isfinite().all() and (scale > 0).all()


def test_water_is_not_unlike_where_a_covariate_is_missing(small_ocean) -> None:
    """A missing covariate was a zero: an observation in warm water looked unlike every cell without temperature."""
    domain, samples, graph, _ = small_ocean()
    covariates = np.array(domain.covariates)
    covariates[:3, :, 0] = np.nan  # no temperature in the first steps
    features = NodeFeatures(replace(domain, covariates=covariates), samples)
    late = samples.take(samples.step >= 3)
    context = ContextObservations(features, late, 25.0)
    column = INFORMING.index("first_covariate")
    for step, unlike in ((0, False), (4, True)):
        targets = Targets(np.arange(40), np.full(40, step))
        edges = assemble(features, context, graph, targets, CONTEXT)
        found = edges.edges(("observation", "informs", "cell")).attributes[..., column]
        assert bool((found != 0).any()) is unlike


def test_estimates_are_the_same_whether_receivers_serve_as_neighbours_or_not(small_ocean) -> None:
    domain, samples, graph, _ = small_ocean()
    features = NodeFeatures(domain, samples)
    context = ContextObservations(features, samples, 25.0)
    cell = np.arange(60)
    network = build(OxyGeneratorConfig(), len(features.names), 0)
    known = np.zeros(cell.size, np.float32)
    alone = assemble(features, context, graph, Targets(cell, np.zeros(60, int)), CONTEXT)
    hidden = assemble(features, context, graph, Targets(cell, np.zeros(60, int), known, np.full(60, 10**6)), CONTEXT)
    assert alone.cells < hidden.cells
    with torch.no_grad():
        for one, other in zip(network(alone), network(hidden), strict=True):
            assert torch.allclose(one, other, atol=1e-5)
