"""Batches of samples: targets with their neighbours and the context, and hold-out batches to train on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Dataset

from graphs.build import Graph, Neighbourhood
from graphs.edges import SEPARATION, Edges, renumber, separation
from graphs.hetero import ABOVE, AFTER, BEFORE, CELL, INFORMS, NEAR, OBSERVATION, RECORD, to_hetero
from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Samples
from oxygen_recon.models.graph.batch import GraphBatch
from oxygen_recon.models.graph.config import ContextConfig, GraphTrainingConfig
from oxygen_recon.models.graph.context import ContextObservations, number_casts
from oxygen_recon.models.graph.features import INFORMING, ZONING, NodeFeatures

Nodes = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Targets:
    """Cells and steps to be estimated, and for training their truth and group.

    Parameters
    ----------
    cell, step : int array, shape (target,)
        Where and when.
    oxygen : array, shape (target,), optional
        Standardised anomaly; None where nothing is scored.
    group : int array, shape (target,), optional
        What is hidden together with the truth, as its cruise.
    subset : int array, shape (target,), optional
        Subset of groups of the truth, whose casts have no part in the covariates of the target and its neighbours.
    """

    cell: Ints
    step: Ints
    oxygen: Floats | None = None
    group: Ints | None = None
    subset: Ints | None = None


def assemble(
    features: NodeFeatures, context: ContextObservations, graph: Graph, targets: Targets, config: ContextConfig
) -> GraphBatch:
    """Build the batch of targets, their neighbouring cells and the observations that inform them.

    Parameters
    ----------
    features : NodeFeatures
        Features and standard units of the domain.
    context : ContextObservations
        Observations that may be read.
    graph : Graph
        Neighbours of the domain's cells.
    targets : Targets
        Receivers.
    config : ContextConfig
        How many neighbours, observations and steps of history are read.

    Returns
    -------
    GraphBatch
        Cells in order: targets, neighbouring cells at the same step.
    """
    # A neighbour is another node for each subset that its covariates do without: subset and step make one number.
    steps, subset = features.domain.steps, np.full(targets.cell.size, -1) if targets.subset is None else targets.subset
    shared = targets.oxygen is None  # in training the slopes of receivers are not to go through their neighbours
    around = graph.around(targets.cell, targets.step + steps * (subset + 1), config.neighbours, shared)
    subset, around = around.step // steps - 1, replace(around, step=around.step % steps)
    sources, informing = renumber(context.informing(targets.cell, targets.step, config))
    cells, observations = _cells(features, around, targets, subset), _observations(features, context, sources)
    before, after = context.before_and_after(around.cell, around.step, config.history)
    informs = Edges(informing, _informing(features, cells, observations, informing), INFORMING)
    edges = {NEAR: around.near, ABOVE: around.above, BEFORE: before, AFTER: after, INFORMS: informs}
    nodes: dict[str, Nodes] = {CELL: cells, OBSERVATION: observations, RECORD: {"oxygen": context.records}}
    return GraphBatch(to_hetero(nodes, edges), features.names)


class HoldoutBatches(Dataset[GraphBatch]):
    """Training by hold-out: every step hides what is held out together, and the targets are some of those samples.

    Batch i of a seed is the same whenever it is made, so an interrupted training goes on as if nothing had happened.

    Parameters
    ----------
    features : NodeFeatures
        Features and standard units of the domain.
    graph : Graph
        Neighbours of the domain's cells.
    samples : Samples
        Everything that may be learned from.
    context : ContextConfig
        What a target reads.
    training : GraphTrainingConfig
        What each step hides.
    seed : int
        Decides what is hidden.
    """

    def __init__(
        self,
        features: NodeFeatures,
        graph: Graph,
        samples: Samples,
        context: ContextConfig,
        training: GraphTrainingConfig,
        seed: int,
    ) -> None:
        self.features, self.graph, self.seed = features, graph, seed
        self.context, self.training = context, training
        domain = features.domain
        self.samples = samples
        names, self.unit = np.unique(samples.held_together, return_inverse=True)
        if names.size < 12:  # too few to hide some and learn from the others: hide water columns
            names, self.unit = np.unique(domain.column[samples.cell], return_inverse=True)
            self.samples = replace(samples, unit=self.unit)
        self.units = names.size
        self.inputs = features.inputs(self.samples.cell, self.samples.step, self.samples.subset)

    def __len__(self) -> int:
        return self.training.steps

    def __getitem__(self, step: int) -> GraphBatch:
        """Make the batch of an optimiser step."""
        random = np.random.default_rng((self.seed, step))
        share = random.uniform(0.2, 1.0) * self.training.hide
        hidden = random.random(self.units) < share
        some, other = random.integers(self.units), random.integers(self.units)
        hidden[some], hidden[other] = True, False
        if not hidden.any():
            hidden[some] = True
        rest = ~hidden[self.unit]
        context = ContextObservations(self.features, self.samples.take(rest), self.context.window, self.inputs[rest])
        held = self.samples.take(np.flatnonzero(hidden[self.unit]))
        cast, _ = number_casts(self.features.domain.column[held.cell], held.step, held.group)
        order = np.argsort(random.permutation(cast.max() + 1)[cast], kind="stable")
        held = held.take(order[: self.training.targets])
        oxygen = self.features.anomaly(held.values["oxygen"], held.cell, held.step, held.subset)
        targets = Targets(held.cell, held.step, oxygen, held.held_together, held.subset)
        return assemble(self.features, context, self.graph, targets, self.context)


def _cells(features: NodeFeatures, around: Neighbourhood, targets: Targets, subset: Ints) -> Nodes:
    """Attributes of the targets and their neighbours, as `GraphBatch` lists them."""
    inputs = features.inputs(around.cell, around.step, subset)
    oxygen, group = np.full(around.cell.size, np.nan, np.float32), np.full(around.cell.size, -1)
    if targets.oxygen is not None and targets.group is not None:
        oxygen[: targets.cell.size], group[: targets.cell.size] = targets.oxygen, targets.group
    return {
        "inputs": inputs, "zoning": features.zoning(inputs), "position": features.position(around.cell),
        "years": features.years(around.step), "visits": np.zeros(oxygen.size, np.float32), "oxygen": oxygen,
        "context": np.zeros(oxygen.size, bool), "target": np.isfinite(oxygen), "group": group,
    }  # fmt: skip


def _observations(features: NodeFeatures, context: ContextObservations, sources: Ints) -> Nodes:
    """Attributes of the observations that inform, as `GraphBatch` lists them."""
    inputs = context.inputs[sources]
    return {
        "inputs": inputs, "zoning": features.zoning(inputs), "position": context.position[sources],
        "years": context.years[sources], "visits": context.visits[sources], "oxygen": context.oxygen[sources],
        "context": np.ones(sources.size, bool), "target": np.zeros(sources.size, bool),
        "group": context.group[sources],
    }  # fmt: skip


def _informing(features: NodeFeatures, cells: Nodes, observations: Nodes, sender: Ints) -> NDArray[np.float32]:
    """Attributes `INFORMING` of the edges from observations: separation, difference of the first two covariates.

    The difference is 0 where a covariate is missing at either end, as between two of the same water: that it is missing
    stands in the inputs of both nodes, not in the edge, so that edges have the same attributes with and without gaps.
    """
    n = sender.shape[0]
    there = np.where(sender >= 0, sender, 0)
    if sender.max(initial=-1) < 0:
        return np.zeros((*sender.shape, len(INFORMING)), np.float32)
    receiver = {name: cells[name][:n, None] for name in ("position", "years", "zoning")}
    sent = {name: observations[name][there] for name in ("position", "years", "zoning")}
    columns = separation((receiver["position"], receiver["years"]), (sent["position"], sent["years"]))
    known = features.known(cells["inputs"][:n]) > 0, features.known(observations["inputs"]) > 0
    for channel, name in enumerate(INFORMING[len(SEPARATION) :]):
        at = ZONING.index(name)
        columns[name] = np.abs(receiver["zoning"][..., at] - sent["zoning"][..., at])
        if channel < len(features.domain.names):
            columns[name] = columns[name] * (known[0][:, None, channel] & known[1][there, channel])
    return np.stack([columns[name] for name in INFORMING], axis=-1).astype(np.float32)
