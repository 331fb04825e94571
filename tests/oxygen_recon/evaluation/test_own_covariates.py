"""What a held-out cast is estimated with: the covariates that the field would have there without it."""

from dataclasses import replace

import numpy as np
import pytest

from graphs.hetero import ABOVE, NEAR
from graphs.time_axis import TimeAxis
from oxygen_recon.dataset.covariates import measured
from oxygen_recon.dataset.delivered import DeliveredCovariates, Subsets
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.evaluation.holdout import hold_out
from oxygen_recon.models.baselines.extra_trees import ExtraTreesConfig
from oxygen_recon.models.graph.config import ContextConfig, OxyGeneratorConfig
from oxygen_recon.models.graph.context import ContextObservations
from oxygen_recon.models.graph.features import NodeFeatures
from oxygen_recon.models.graph.sampler import Targets, assemble

STEPS = TimeAxis.regular(1990, 1995, "year")
SHORT = {"training": {"steps": 4, "targets": 64}, "network": {"width": 16, "hidden": 8, "units": 4, "embedding": 3}}


@pytest.fixture(scope="module")
def ocean(small_ocean):
    """Samples with their subsets, folds, the casts' temperature and salinity, subsets, and the graph."""
    domain, samples, graph, _ = small_ocean()
    fold = samples.group % 3
    subsets = Subsets.of(samples.group, fold)
    samples = replace(samples, subset=subsets.at(samples.group))
    temperature, salinity = domain.covariates[samples.step, samples.cell].T
    values = {"temperature": temperature, "salinity": salinity}
    casts = replace(samples, values=values, spread={name: np.full(len(samples), np.nan) for name in values})
    return samples, fold, casts, subsets, graph


def method(kind, graph):
    if kind == "extra_trees":
        return ExtraTreesConfig(trees=5).build()
    return OxyGeneratorConfig.model_validate({"kind": kind, **SHORT}).build(graph)


def estimated(kind: str, ocean, casts: Samples, mode: str) -> np.ndarray:
    samples, fold, _, subsets, graph = ocean
    background = DeliveredCovariates(graph.grid, STEPS, casts, subsets)
    domain: Domain = background.domain(subsets.of_fold(0))
    if mode == "at_casts":
        whole = background.domain(np.zeros(0, int)).covariates
        values = measured(casts, domain.cells, domain.steps)
        domain = replace(domain, covariates=np.where(np.isfinite(values), values, whole), without=None, row=None)
    found = hold_out(method(kind, graph), domain, samples, fold, 0, 0)
    return np.stack([found.mean, found.scale])


@pytest.mark.parametrize("kind", ["extra_trees", "oxygenerator"])
def test_temperature_and_salinity_of_hidden_casts_change_nothing_unless_the_mode_is_at_casts(kind, ocean):
    _, fold, casts, *_ = ocean
    wild = {name: np.where(fold == 0, value + 15.0, value) for name, value in casts.values.items()}
    changed = replace(casts, values=wild)
    for mode, same in (("delivered", True), ("at_casts", False)):
        first, second = (estimated(kind, ocean, c, mode) for c in (casts, changed))
        assert np.array_equal(first, second) == same, mode


@pytest.mark.parametrize("kind", ["extra_trees", "oxygenerator"])
def test_a_training_row_sees_nothing_that_its_own_group_measured(kind, ocean, monkeypatch):
    """Each asks the domain for the covariates of its rows without their own subsets, and nothing else while it fits."""
    samples, fold, casts, subsets, graph = ocean
    domain, rest = (
        DeliveredCovariates(graph.grid, STEPS, casts, subsets).domain(subsets.of_fold(0)),
        samples.take(fold > 0),
    )
    asked = []
    plain = Domain.at

    def at(self, cell, step, subset=None, dtype=None, refuse=True):
        asked.append((np.asarray(cell), None if subset is None else np.asarray(subset)))
        return plain(self, cell, step, subset, dtype, refuse)

    monkeypatch.setattr(Domain, "at", at)
    method(kind, graph).fit(domain, rest, 0)
    rows = [(cell, subset) for cell, subset in asked if cell.size != domain.cells]  # but for means over whole steps
    assert rows and all(subset is not None and (subset >= 0).all() for _, subset in rows)


def test_a_neighbour_of_targets_of_two_subsets_is_a_node_for_each(ocean):
    samples, fold, casts, subsets, graph = ocean
    domain, rest = (
        DeliveredCovariates(graph.grid, STEPS, casts, subsets).domain(subsets.of_fold(0)),
        samples.take(fold > 0),
    )
    features, two = NodeFeatures(domain, rest), np.unique(rest.subset)[:2]
    targets = Targets(np.full(2, 13), np.full(2, 3), subset=two)
    context = ContextObservations(features, rest.take(~np.isin(rest.subset, two)), 25.0)
    batch = assemble(features, context, graph, targets, ContextConfig(observations=6))
    first, second = (sender[sender >= 0].numpy() for sender in batch.edges(NEAR, ABOVE).sender)
    assert first.size == second.size > 0 and not set(first.tolist()) & set(second.tolist())
    around = graph.around(targets.cell[:1], targets.step[:1], ContextConfig().neighbours)
    cell, step = around.cell[1:], around.step[1:]
    for nodes, subset in ((first, two[0]), (second, two[1])):
        expected = features.inputs(cell, step, np.full(cell.size, subset))
        np.testing.assert_array_equal(
            np.unique(batch.nodes("inputs")[nodes].numpy(), axis=0), np.unique(expected, axis=0)
        )
