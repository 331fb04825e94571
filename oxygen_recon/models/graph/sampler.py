"""From samples to batches: gather nodes with their neighbours, and hide whole groups to learn from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from graphs.build import Graph
from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Samples
from oxygen_recon.models.graph.batch import Batch, Edges
from oxygen_recon.models.graph.context import Shown, number_casts
from oxygen_recon.models.graph.features import Describer
from oxygen_recon.models.graph.network import OxyGeneratorConfig

EDGE_FEATURES = 5


@dataclass(frozen=True)
class Targets:
    """What is asked: cells and steps, and for training their truth and group.

    Parameters
    ----------
    cell, step : int array, shape (target,)
    oxygen : array, shape (target,), optional
        Standardised anomaly; None where nothing is scored.
    group : int array, shape (target,), optional
    """

    cell: Ints
    step: Ints
    oxygen: Floats | None = None
    group: Ints | None = None


def assemble(describer: Describer, shown: Shown, graph: Graph, targets: Targets, config: OxyGeneratorConfig) -> Batch:
    """Build the batch of targets, their neighbouring cells and the observations that inform them.

    Parameters
    ----------
    describer : Describer
    shown : Shown
        Observations that may be seen.
    graph : Graph
        Neighbour tables of the domain's cells.
    targets : Targets
        Receivers.
    config : OxyGeneratorConfig

    Returns
    -------
    Batch
        Nodes in order: targets, neighbouring cells at the same step, observations.
    """
    near = graph.near[:, : config.neighbours], graph.near_features[:, : config.neighbours]
    table = np.concatenate([near[0][targets.cell], graph.above[targets.cell]], axis=1)
    features = np.concatenate([near[1][targets.cell], graph.above_features[targets.cell]], axis=1)
    cells = describer.domain.cells
    key = np.where(table >= 0, table + targets.step[:, None].astype(np.int64) * cells, -1)
    neighbours, beside = _compact(key, targets.cell.size)
    chosen = shown.informing(targets.cell, targets.step, config)
    observations, informing = _compact(chosen, targets.cell.size + neighbours.size)
    cell = np.concatenate([targets.cell, neighbours % cells])
    step = np.concatenate([targets.step, neighbours // cells])
    m = cell.size
    inputs = np.concatenate([describer.inputs(cell, step), shown.inputs[observations]])
    place = np.concatenate([describer.place(cell, step), shown.place[observations]])
    zoning = describer.zoning(inputs)
    oxygen, group = _labels(shown, targets, observations, m)
    position = np.arange(len(inputs))
    return Batch(
        names=describer.names,
        inputs=torch.from_numpy(inputs)[None],
        zoning=torch.from_numpy(zoning)[None],
        place=torch.from_numpy(place)[None],
        history=torch.from_numpy(shown.history(cell, step, config.history))[None],
        oxygen=torch.from_numpy(oxygen)[None, :, None],
        seen=torch.from_numpy(position >= m)[None],
        scored=torch.from_numpy((position < m) & np.isfinite(oxygen))[None],
        group=torch.from_numpy(group)[None],
        beside=Edges(torch.from_numpy(beside), torch.from_numpy(features)),
        informs=Edges(torch.from_numpy(informing), torch.from_numpy(_informing_features(place, zoning, informing))),
    )


def _labels(shown: Shown, targets: Targets, observations: Ints, offset: int) -> tuple[NDArray[np.float32], Ints]:
    """Oxygen (NaN where unknown) and group (-1 where none) of every node."""
    oxygen = np.full(offset + observations.size, np.nan, np.float32)
    group = np.full(oxygen.size, -1)
    oxygen[offset:], group[offset:] = shown.oxygen[observations], shown.group[observations]
    if targets.oxygen is not None and targets.group is not None:
        oxygen[: targets.cell.size], group[: targets.cell.size] = targets.oxygen, targets.group
    return oxygen, group


class Episodes(Dataset[Batch]):
    """Training by hold-out: every step hides whole groups and asks for some of what they found.

    Step i of a seed is the same whenever it is made, so an interrupted training goes on as if nothing had happened.

    Parameters
    ----------
    describer : Describer
    graph : Graph
    samples : Samples
        Everything that may be learned from.
    config : OxyGeneratorConfig
    seed : int
    """

    def __init__(
        self, describer: Describer, graph: Graph, samples: Samples, config: OxyGeneratorConfig, seed: int
    ) -> None:
        self.describer, self.graph, self.config, self.seed = describer, graph, config, seed
        domain = describer.domain
        self.samples = samples
        names, self.unit = np.unique(samples.group, return_inverse=True)
        if names.size < 12:  # too few groups to hide some and learn from the others: hide water columns
            names, self.unit = np.unique(domain.column[samples.cell], return_inverse=True)
            self.samples = replace(samples, group=self.unit)
        self.units = names.size
        self.inputs = describer.inputs(self.samples.cell, self.samples.step)

    def __len__(self) -> int:
        return self.config.steps

    def __getitem__(self, step: int) -> Batch:
        """Make the batch of an optimiser step."""
        random = np.random.default_rng((self.seed, step))
        share = random.uniform(0.2, 1.0) * self.config.hide
        hidden = random.random(self.units) < share
        hidden[random.integers(self.units)] = True
        hidden[random.integers(self.units)] = False
        asked = np.flatnonzero(hidden[self.unit])
        rest = ~hidden[self.unit]
        shown = Shown(self.describer, self.samples.take(rest), self.config.window, self.inputs[rest])
        held = self.samples.take(asked)
        cast, _ = number_casts(self.describer.domain.column[held.cell], held.step, held.group)
        held = held.take(np.argsort(random.permutation(cast.max() + 1)[cast], kind="stable")[: self.config.targets])
        oxygen = self.describer.anomaly(held.oxygen, held.cell, held.step)
        targets = Targets(held.cell, held.step, oxygen, held.group)
        return assemble(self.describer, shown, self.graph, targets, self.config)


def _informing_features(place: NDArray[np.float32], zoning: NDArray[np.float32], sender: Ints) -> NDArray[np.float32]:
    """Distance (1000 km), its logarithm, years / 10, and differences of the first two covariates (standardised)."""
    n = sender.shape[0]
    a, b = place[:n, None], place[sender]
    distance = 6.371 * np.sqrt(np.square(a[..., :3] - b[..., :3]).sum(axis=-1))
    columns = [distance, np.log1p(10 * distance), np.abs(a[..., 3] - b[..., 3]) / 10]
    columns += [np.abs(zoning[:n, None, i] - zoning[sender][..., i]) for i in (5, 6)]
    return np.stack(columns, axis=-1).astype(np.float32)


def _compact(table: Ints, offset: int) -> tuple[Ints, Ints]:
    """Distinct entries of a table with -1 for none, and the table with entries replaced by offset + their rank."""
    distinct, back = np.unique(table, return_inverse=True)
    none = int(distinct.size > 0 and distinct[0] < 0)
    rank = back.reshape(table.shape) - none
    return distinct[none:], np.where(rank >= 0, rank + offset, -1)
