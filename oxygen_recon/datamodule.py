"""From samples to batches: describe nodes, find who informs whom, and hide whole groups to learn from."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import Dataset

from graphs.build import Graph
from graphs.edges import informs
from graphs.sphere import unit_vector
from oxygen_recon.batch import Batch, Domain, Edges, Floats, Ints, Samples
from oxygen_recon.models.oxygenerator import OxyGeneratorConfig
from oxygen_recon.models.solubility import saturation

ZONES = 7  # unit-sphere x, y, z, depth, year, and the first two covariates
EDGE_FEATURES = 5


class Describer:
    """Turns cells and steps into standardised features, and oxygen into standardised anomalies and back.

    Parameters
    ----------
    domain : Domain
        Gives the statistics of the covariates, over all steps, by level.
    samples : Samples
        Gives the mean of oxygen by level and its spread.
    """

    def __init__(self, domain: Domain, samples: Samples) -> None:
        self.domain = domain
        self.levels = int(domain.level.max()) + 1
        self.mean, self.spread = self._covariate_statistics()
        level = domain.level[samples.cell]
        self.oxygen_mean = _level_mean(samples.oxygen, level, self.levels)
        self.oxygen_spread = max(float(np.std(samples.oxygen - self.oxygen_mean[level])), 1e-3)
        self.position = unit_vector(domain.latitude, domain.longitude).astype(np.float32)
        self.year_centre = float(domain.years.mean())
        self.year_spread = max(float(np.ptp(domain.years)) / 2, 1.0)
        self.gaps = not np.isfinite(domain.covariates).all()

    def _covariate_statistics(self) -> tuple[Floats, Floats]:
        """Mean and standard deviation of each channel by level, shape (2 views, level + 1, channel): last row all."""
        channels = len(self._covariates(np.zeros(1, int), np.zeros(1, int))[0])
        moments = np.zeros((3, self.levels + 1, channels))
        cells = np.arange(self.domain.cells)
        for step in range(self.domain.steps):
            values = self._covariates(cells, np.full_like(cells, step))
            known = np.isfinite(values)
            filled = np.where(known, values, 0.0)
            for row, weight in enumerate((known, filled, filled**2)):
                for c in range(channels):
                    moments[row, :-1, c] += np.bincount(self.domain.level, weight[:, c], self.levels)
        moments[:, -1] = moments[:, :-1].sum(axis=1)
        number = np.maximum(moments[0], 1)
        mean = moments[1] / number
        spread = np.sqrt(np.maximum(moments[2] / number - mean**2, 0.0))
        return mean, np.maximum(spread, 1e-3 * spread[-1] + 1e-6)

    def _covariates(self, cell: Ints, step: Ints) -> Floats:
        """Covariates, and oxygen at saturation where temperature and salinity are known, shape (node, channel)."""
        values = self.domain.covariates[step, cell].astype(np.float64)
        names = self.domain.names
        if "temperature" in names and "salinity" in names:
            s, t = values[:, names.index("salinity")], values[:, names.index("temperature")]
            values = np.column_stack([values, saturation(s, t)])
        return values

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the feature channels."""
        domain = self.domain.names
        both = (*domain, "saturation") if {"temperature", "salinity"} <= set(domain) else domain
        return (
            *both, *(f"{name}_in_level" for name in both), *(f"{name}_known" for name in both),
            "x", "y", "z", "root_depth", "log_depth", "year", "level_oxygen",
        )  # fmt: skip

    def inputs(self, cell: Ints, step: Ints) -> NDArray[np.float32]:
        """Describe nodes.

        Parameters
        ----------
        cell, step : int array, shape (node,)

        Returns
        -------
        float32 array, shape (node, channel)
            Channels as in `names`; a missing covariate is 0 with its "known" channel 0.
        """
        domain, level = self.domain, self.domain.level[cell]
        values = self._covariates(cell, step)
        known = np.isfinite(values)
        overall = np.where(known, (values - self.mean[-1]) / self.spread[-1], 0.0)
        in_level = np.where(known, (values - self.mean[level]) / self.spread[level], 0.0)
        depth = domain.depth[cell]
        oxygen = (self.oxygen_mean[level] - self.oxygen_mean.mean()) / self.oxygen_spread
        rest = (np.sqrt(depth) / 40 - 1, np.log1p(depth) / 4 - 1, self._year(step), oxygen)
        columns = [overall, in_level.clip(-8, 8), known, self.position[cell], *(c[:, None] for c in rest)]
        return np.concatenate(columns, axis=1, dtype=np.float32)

    def zoning(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the seven components that steer the zoning-varying layers out of the features.

        Parameters
        ----------
        inputs : float32 array, shape (node, channel)

        Returns
        -------
        float32 array, shape (node, 7)
            x, y, z, root of depth, year, and the first two covariates (0 where there are fewer).
        """
        at = self.names.index
        first = [at(name) for name in self.domain.names[:2]]
        chosen = inputs[:, [at("x"), at("y"), at("z"), at("root_depth"), at("year"), *first]]
        return np.pad(chosen, ((0, 0), (0, ZONES - chosen.shape[1])))

    def place(self, cell: Ints, step: Ints) -> NDArray[np.float32]:
        """Give unit-sphere x, y, z and years since 1970, shape (node, 4)."""
        return np.column_stack([self.position[cell], self.domain.years[step] - 1970.0]).astype(np.float32)

    def anomaly(self, oxygen: Floats, cell: Ints) -> NDArray[np.float32]:
        """Standardise oxygen, umol kg-1: subtract the mean of the level, divide by the common spread."""
        return ((oxygen - self.oxygen_mean[self.domain.level[cell]]) / self.oxygen_spread).astype(np.float32)

    def physical(self, mean: Floats, scale: Floats, cell: Ints) -> tuple[Floats, Floats]:
        """Undo `anomaly` for a mean and a scale; results in umol kg-1."""
        return mean * self.oxygen_spread + self.oxygen_mean[self.domain.level[cell]], scale * self.oxygen_spread

    def _year(self, step: Ints) -> Floats:
        return (self.domain.years[step] - self.year_centre) / self.year_spread


class Shown:
    """Observations a model may look at: as casts that inform, and as histories of cells.

    A cast is what one group found in one water column during one step, over all levels; whoever looks for
    neighbours looks for casts, and hears each at its own level.

    Parameters
    ----------
    describer : Describer
    samples : Samples
        Everything that may be seen.
    """

    def __init__(self, describer: Describer, samples: Samples) -> None:
        domain = describer.domain
        self.describer, self.samples = describer, samples
        self.oxygen = describer.anomaly(samples.oxygen, samples.cell)
        column, level = domain.column[samples.cell], domain.level[samples.cell]
        cast, first = _cast_numbers(column, samples.step, samples.group)
        self.latitude = np.asarray(domain.latitude[samples.cell[first]], float)
        self.longitude = np.asarray(domain.longitude[samples.cell[first]], float)
        self.years = np.asarray(domain.years[samples.step[first]], float)
        self.sample = np.full((first.size, describer.levels), -1)
        self.sample[cast, level] = np.arange(len(samples))
        self.key, where = np.unique(samples.cell.astype(np.int64) * domain.steps + samples.step, return_inverse=True)
        self.at_key = np.bincount(where, self.oxygen) / np.maximum(np.bincount(where), 1)

    def history(self, cell: Ints, step: Ints, reach: int) -> NDArray[np.float32]:
        """Collect the oxygen of the steps around; the centre is left out, for it may be what is asked.

        Parameters
        ----------
        cell, step : int array, shape (node,)
        reach : int
            Steps before and after.

        Returns
        -------
        float32 array, shape (node, 2 * reach + 1, 2)
            Standardised anomaly (0 where missing) and 1 where it is there.
        """
        offset = np.arange(-reach, reach + 1)
        result = np.zeros((cell.size, offset.size, 2), np.float32)
        around = step[:, None] + offset
        steps = self.describer.domain.steps
        inside = (around >= 0) & (around < steps) & (offset != 0)
        if self.key.size == 0:
            return result
        wanted = (cell[:, None].astype(np.int64) * steps + around)[inside]
        at = np.searchsorted(self.key, wanted).clip(max=self.key.size - 1)
        there = self.key[at] == wanted
        result[inside] = np.column_stack([np.where(there, self.at_key[at], 0.0), there])
        return result

    def informing(self, cell: Ints, step: Ints, config: OxyGeneratorConfig) -> Ints:
        """Choose the observations that inform nodes: half near in space, half near in space and time.

        Parameters
        ----------
        cell, step : int array, shape (node,)
        config : OxyGeneratorConfig

        Returns
        -------
        int array, shape (node, k)
            Sample numbers, each once in a row; -1 where there are fewer.
        """
        domain = self.describer.domain
        if self.latitude.size == 0:
            return np.full((cell.size, config.observations), -1)
        key, first, back = np.unique(
            domain.column[cell].astype(np.int64) * domain.steps + step, return_index=True, return_inverse=True
        )
        here = [np.asarray(a, float) for a in (domain.latitude[cell[first]], domain.longitude[cell[first]])]
        now = np.asarray(domain.years[step[first]], float)
        there = (self.latitude, self.longitude, self.years)
        k = min(2 * config.observations, self.latitude.size)
        found = np.full((key.size, 0), -1)
        for years in (config.years_near, config.years_far):
            casts, _, _ = informs(here[0], here[1], now, *there, k, config.radius_km, years)
            found = np.concatenate([found, casts], axis=1)
        level = domain.level[cell]
        candidates = np.where(found[back] >= 0, self.sample[found[back], level[:, None]], -1)
        half = config.observations // 2
        near = _first_ones(candidates[:, :k], half)
        far = candidates[:, k:]
        again = (far[:, :, None] == near[:, None, :]).any(axis=2)
        return np.concatenate([near, _first_ones(np.where(again, -1, far), config.observations - half)], axis=1)


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


def assemble(shown: Shown, graph: Graph, targets: Targets, config: OxyGeneratorConfig) -> Batch:
    """Build the batch of targets, their neighbouring cells and the observations that inform them.

    Parameters
    ----------
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
    describer = shown.describer
    table = np.concatenate([graph.near[targets.cell], graph.above[targets.cell]], axis=1)
    features = np.concatenate([graph.near_features[targets.cell], graph.above_features[targets.cell]], axis=1)
    cells = describer.domain.cells
    key = np.where(table >= 0, table + targets.step[:, None].astype(np.int64) * cells, -1)
    neighbours, beside = _compact(key, targets.cell.size)
    chosen = shown.informing(targets.cell, targets.step, config)
    observations, informing = _compact(chosen, targets.cell.size + neighbours.size)
    cell = np.concatenate([targets.cell, neighbours % cells, shown.samples.cell[observations]])
    step = np.concatenate([targets.step, neighbours // cells, shown.samples.step[observations]])
    m = targets.cell.size + neighbours.size
    inputs, place = describer.inputs(cell, step), describer.place(cell, step)
    zoning = describer.zoning(inputs)
    oxygen, group = _labels(shown, targets, observations, m)
    position = np.arange(cell.size)
    return Batch(
        names=describer.names,
        inputs=torch.from_numpy(inputs)[None],
        zoning=torch.from_numpy(zoning)[None],
        place=torch.from_numpy(place)[None],
        history=torch.from_numpy(shown.history(cell[:m], step[:m], config.history))[None],
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
    oxygen[offset:], group[offset:] = shown.oxygen[observations], shown.samples.group[observations]
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
        shown = Shown(self.describer, self.samples.take(~hidden[self.unit]))
        held = self.samples.take(asked)
        cast, _ = _cast_numbers(self.describer.domain.column[held.cell], held.step, held.group)
        held = held.take(np.argsort(random.permutation(cast.max() + 1)[cast], kind="stable")[: self.config.targets])
        oxygen = self.describer.anomaly(held.oxygen, held.cell)
        return assemble(shown, self.graph, Targets(held.cell, held.step, oxygen, held.group), self.config)


def _informing_features(place: NDArray[np.float32], zoning: NDArray[np.float32], sender: Ints) -> NDArray[np.float32]:
    """Distance (1000 km), its logarithm, years / 10, and differences of the first two covariates (standardised)."""
    n = sender.shape[0]
    a, b = place[:n, None], place[sender]
    distance = 6.371 * np.sqrt(np.square(a[..., :3] - b[..., :3]).sum(axis=-1))
    columns = [distance, np.log1p(10 * distance), np.abs(a[..., 3] - b[..., 3]) / 10]
    columns += [np.abs(zoning[:n, None, i] - zoning[sender][..., i]) for i in (5, 6)]
    return np.stack(columns, axis=-1).astype(np.float32)


def _cast_numbers(column: Ints, step: Ints, group: Ints) -> tuple[Ints, Ints]:
    """Give each sample the number of its cast: cast of each sample, and the first sample of each cast."""
    if column.size == 0:
        return np.zeros(0, int), np.zeros(0, int)
    key = (column.astype(np.int64) * (int(step.max()) + 1) + step) * (int(group.max()) + 1) + group
    _, first, cast = np.unique(key, return_index=True, return_inverse=True)
    return cast, first


def _compact(table: Ints, offset: int) -> tuple[Ints, Ints]:
    """Distinct entries of a table with -1 for none, and the table with entries replaced by offset + their rank."""
    distinct, back = np.unique(table, return_inverse=True)
    none = int(distinct.size > 0 and distinct[0] < 0)
    rank = back.reshape(table.shape) - none
    return distinct[none:], np.where(rank >= 0, rank + offset, -1)


def _first_ones(table: Ints, k: int) -> Ints:
    """First k entries of each row that are not -1, -1 padded at the end."""
    order = np.argsort(table < 0, axis=1, kind="stable")[:, :k]
    return np.pad(
        np.take_along_axis(table, order, axis=1), ((0, 0), (0, max(k - table.shape[1], 0))), constant_values=-1
    )


def _level_mean(oxygen: Floats, level: Ints, levels: int, prior: float = 5.0) -> Floats:
    """Mean by level, drawn to that of the nearest levels where there are few samples."""
    number = np.bincount(level, minlength=levels)
    total = np.bincount(level, oxygen, minlength=levels)
    near = np.exp(-np.abs(np.arange(levels)[:, None] - np.arange(levels)))
    background = (near @ total) / np.maximum(near @ number, 1e-12)
    mean: Floats = (total + prior * background) / (number + prior)
    return mean
