"""What a model may look at: casts, means over many years, and the history of each cell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphs.edges import informs
from graphs.types import Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.graph.features import Describer
from oxygen_recon.models.graph.network import OxyGeneratorConfig


@dataclass(frozen=True)
class Casts:
    """Sources sorted into casts: whoever looks for neighbours looks for casts, and hears each at its own level.

    Parameters
    ----------
    latitude, longitude, years : array, shape (cast,)
        Degrees north, degrees east, decimal years.
    source : int array, shape (cast, level)
        Number of the source at each level; -1 for none.
    """

    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    years: NDArray[np.float64]
    source: Ints

    @classmethod
    def of(cls, describer: Describer, cell: Ints, step: Ints, group: Ints, offset: int) -> Casts:
        """Sort sources, numbered from `offset`, by water column, step and group."""
        domain = describer.domain
        cast, first = number_casts(domain.column[cell], step, group)
        source = np.full((first.size, describer.levels), -1)
        source[cast, domain.level[cell]] = np.arange(cell.size) + offset
        latitude = np.asarray(domain.latitude[cell[first]], np.float64)
        longitude = np.asarray(domain.longitude[cell[first]], np.float64)
        return cls(latitude, longitude, np.asarray(domain.years[step[first]], np.float64), source)

    def nearest(self, domain: Domain, cell: Ints, step: Ints, k: int, radius_km: float, years: float) -> Ints:
        """Find the k sources of each node's own level that are nearest when `radius_km` counts as `years`.

        Twice as many casts are asked for, for not every cast reaches every level.

        Returns
        -------
        int array, shape (node, k)
            Source numbers, nearest first; -1 where there are fewer.
        """
        if k == 0 or self.years.size == 0:
            return np.full((cell.size, k), -1)
        key = domain.column[cell].astype(np.int64) * domain.steps + step
        _, first, back = np.unique(key, return_index=True, return_inverse=True)
        latitude, longitude = np.asarray(domain.latitude, float), np.asarray(domain.longitude, float)
        here = (latitude[cell[first]], longitude[cell[first]], np.asarray(domain.years, float)[step[first]])
        asked = min(2 * k, self.years.size)
        found, _, _ = informs(*here, self.latitude, self.longitude, self.years, asked, radius_km, years)
        candidates = self.source[found[back], domain.level[cell][:, None]]
        order = np.argsort(candidates < 0, axis=1, kind="stable")[:, :k]
        chosen = np.take_along_axis(candidates, order, axis=1)
        return np.pad(chosen, ((0, 0), (0, k - chosen.shape[1])), constant_values=-1)


class Shown:
    """Everything a model may see, as numbered sources: the samples first, then means of a cell over a long window.

    A mean is many noisy visits in one entry; its features and its time are those of its visits, averaged.

    Parameters
    ----------
    describer : Describer
    samples : Samples
        What may be seen.
    window : float
        Years a mean covers.
    inputs : float32 array, shape (sample, channel), optional
        Features of the samples where they are known already.

    Attributes
    ----------
    oxygen, inputs, place, group : array, one row a source
        Standardised anomaly; features; unit-sphere x, y, z, years since 1970 and number of visits averaged (0 for a
        sample); cruise or platform (-1 for a mean).
    """

    def __init__(
        self, describer: Describer, samples: Samples, window: float, inputs: NDArray[np.float32] | None = None
    ) -> None:
        domain = describer.domain
        self.domain, self.samples = domain, samples
        oxygen = describer.anomaly(samples.oxygen, samples.cell, samples.step)
        inputs = describer.inputs(samples.cell, samples.step) if inputs is None else inputs
        place = describer.place(samples.cell, samples.step)
        moment = samples.cell.astype(np.int64) * domain.steps + samples.step
        self.moments, row, _ = _runs(moment)
        self.at_moment = _average(oxygen, row, moment)
        period = ((domain.years - domain.years[0]) // window).astype(np.int64)
        era = samples.cell.astype(np.int64) * (period[-1] + 1) + period[samples.step]
        eras, row, visits = _runs(era)
        cell, middle = eras // (period[-1] + 1), np.searchsorted(period, eras % (period[-1] + 1))
        self.casts = Casts.of(describer, samples.cell, samples.step, samples.group, 0)
        self.means = Casts.of(describer, cell, middle, np.zeros_like(cell), len(samples))
        averaged = _average(place, row, era)
        averaged[:, 4] = visits
        self.oxygen = np.concatenate([oxygen, _average(oxygen, row, era)])
        self.inputs = np.concatenate([inputs, _average(inputs, row, era)])
        self.place = np.concatenate([place, averaged])
        self.group = np.concatenate([samples.group, np.full(cell.size, -1)])

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
        steps = self.domain.steps
        inside = (around >= 0) & (around < steps) & (offset != 0)
        if self.moments.size == 0:
            return result
        wanted = (cell[:, None].astype(np.int64) * steps + around)[inside]
        at = np.searchsorted(self.moments, wanted).clip(max=self.moments.size - 1)
        there = self.moments[at] == wanted
        result[inside] = np.column_stack([np.where(there, self.at_moment[at], 0.0), there])
        return result

    def informing(self, cell: Ints, step: Ints, config: OxyGeneratorConfig) -> Ints:
        """Choose the sources that inform nodes: half casts near in space and time, half means near in space.

        With a single step a mean is no more than a cast: then all are casts.

        Parameters
        ----------
        cell, step : int array, shape (node,)
        config : OxyGeneratorConfig

        Returns
        -------
        int array, shape (node, config.observations)
            Source numbers, each once in a row; -1 where there are fewer.
        """
        half = config.observations // 2 if self.domain.steps > 1 else config.observations
        near = self.casts.nearest(self.domain, cell, step, half, config.radius_km, config.years_near)
        rest = config.observations - half
        far = self.means.nearest(self.domain, cell, step, rest, config.radius_km, config.years_far)
        return np.concatenate([near, far], axis=1)


def number_casts(column: Ints, step: Ints, group: Ints) -> tuple[Ints, Ints]:
    """Tell which samples belong to one cast.

    Parameters
    ----------
    column, step, group : int array, shape (sample,)
        What makes a cast.

    Returns
    -------
    cast : int array, shape (sample,)
        Number of the cast each sample belongs to.
    first : int array, shape (cast,)
        One sample of each cast.
    """
    if column.size == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    key = (column.astype(np.int64) * (int(step.max()) + 1) + step) * (int(group.max()) + 1) + group
    _, first, cast = np.unique(key, return_index=True, return_inverse=True)
    return cast, first


def _runs(key: Ints) -> tuple[Ints, Ints, Ints]:
    """Distinct keys, where each begins once the keys are sorted, and how often each occurs."""
    distinct, count = np.unique(key, return_counts=True)
    return distinct, np.cumsum(count) - count, count


def _average(values: NDArray[np.float32], start: Ints, key: Ints) -> NDArray[np.float32]:
    """Mean of the rows that share a key, in order of keys, `start` as `_runs` gives it."""
    if key.size == 0:
        return values
    order = np.argsort(key, kind="stable")
    count = np.diff(np.append(start, key.size)).reshape(-1, *(1,) * (values.ndim - 1))
    return (np.add.reduceat(values[order], start, axis=0) / count).astype(np.float32)
