"""Context observations: what a model may read, as casts, means over many years, and records of each cell and step."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from graphs.build import steps_before_and_after
from graphs.edges import Edges, NearestCasts
from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.graph.config import ContextConfig
from oxygen_recon.models.graph.features import NodeFeatures


@dataclass(frozen=True)
class Casts:
    """Sources sorted into casts: neighbours are sought among casts, and each cast informs at the receiver's own level.

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
    _sorted: dict[tuple[float, float], NearestCasts] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(
        cls, features: NodeFeatures, cell: Ints, step: Ints, group: Ints, offset: int, visits: Ints, years: Floats
    ) -> Casts:
        """Sort sources, numbered from `offset`, by water column, step and group.

        Parameters
        ----------
        features : NodeFeatures
            Gives the domain and its number of levels.
        cell, step, group : int array, shape (source,)
            Where, when (or in which window of steps), and by which cruise or platform.
        offset : int
            Number of the first source.
        visits : int array, shape (source,)
            Observations that each source is a mean of.
        years : array, shape (source,)
            Time of each source, decimal years.

        Returns
        -------
        Casts
            Its place is that of its water column, its time the mean time of its observations.
        """
        domain = features.domain
        cast, first = number_casts(domain.column[cell], step, group)
        source = np.full((first.size, features.levels), -1)
        source[cast, domain.level[cell]] = np.arange(cell.size) + offset
        latitude = np.asarray(domain.latitude[cell[first]], np.float64)
        longitude = np.asarray(domain.longitude[cell[first]], np.float64)
        start = np.asarray(years, np.float64)[first]  # times count from it: of equal ones the mean is exact
        later = np.bincount(cast, visits * (years - start[cast]), first.size)
        return cls(latitude, longitude, start + later / np.bincount(cast, visits, first.size), source)

    def nearest(self, domain: Domain, cell: Ints, step: Ints, k: int, radius_km: float, years: float) -> Ints:
        """Find the k sources of each node's own level that are nearest when `radius_km` counts as `years`.

        Twice as many casts are sought, for not every cast reaches every level.

        Parameters
        ----------
        domain : Domain
            Places of the cells and times of the steps.
        cell, step : int array, shape (node,)
            Where and when.
        k : int
            Sources sought a node.
        radius_km, years : float
            The distance (km) and the time (years) that count as equally far.

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
        most = min(2 * k, self.years.size)
        if (radius_km, years) not in self._sorted:  # once, however many chunks of nodes ask
            place = self.latitude, self.longitude, self.years
            self._sorted[radius_km, years] = NearestCasts(place, radius_km, years)
        found = self._sorted[radius_km, years].of(here, most)
        candidates = self.source[found[back], domain.level[cell][:, None]]
        return _first_there(candidates, k)


class ContextObservations:
    """Everything a model may read, as numbered sources: the samples first, then means of a cell over a long window.

    A mean is many noisy visits in one source; its features and its time are those of its visits, averaged.

    Parameters
    ----------
    features : NodeFeatures
        Features and standard units of the domain.
    samples : Samples
        What may be read.
    window : float
        Years a mean covers.
    inputs : float32 array, shape (sample, feature), optional
        Features of the samples where they are known already.

    Attributes
    ----------
    oxygen, visits : float32 array, shape (source,)
        Standardised anomaly; number of visits averaged (0 for a sample).
    inputs, position : float32 array, shape (source, feature) and (source, 3)
        Features; unit-sphere x, y, z.
    years : float32 array, shape (source,)
        Decimal years since 1970.
    group : int array, shape (source,)
        What is hidden together (`Samples.held_together`); -1 for a mean.
    records : float32 array, shape (record,)
        Standardised anomaly of each cell and step that has samples, over all groups.
    """

    def __init__(
        self, features: NodeFeatures, samples: Samples, window: float, inputs: NDArray[np.float32] | None = None
    ) -> None:
        domain = features.domain
        self.domain = domain
        where = (samples.cell, samples.step, samples.subset)
        oxygen = features.anomaly(samples.values["oxygen"], *where)
        inputs = features.inputs(*where) if inputs is None else inputs
        moment = samples.cell.astype(np.int64) * domain.steps + samples.step
        visited = _Visits.of(moment)
        self._moments, self.records = visited.key, visited.average(oxygen)
        period = ((domain.years - domain.years[0]) // window).astype(np.int64)
        era = samples.cell.astype(np.int64) * (period[-1] + 1) + period[samples.step]
        eras = _Visits.of(era)
        cell, window_of = eras.key // (period[-1] + 1), eras.key % (period[-1] + 1)
        place = np.column_stack([features.position(samples.cell), features.years(samples.step)])
        of_means = eras.average(place)
        single, years = np.ones(len(samples), np.int64), np.asarray(domain.years, np.float64)
        self.casts = Casts.of(features, samples.cell, samples.step, samples.group, 0, single, years[samples.step])
        all_groups, time = np.zeros_like(cell), of_means[:, 3].astype(np.float64) + 1970.0
        self.means = Casts.of(features, cell, window_of, all_groups, len(samples), eras.number, time)
        self.oxygen = np.concatenate([oxygen, eras.average(oxygen)])
        self.inputs = np.concatenate([inputs, features.of_known_visits(eras.average(inputs))])
        place = np.concatenate([place, of_means])
        self.position, self.years = np.ascontiguousarray(place[:, :3]), np.ascontiguousarray(place[:, 3])
        self.visits = np.concatenate([np.zeros(len(samples)), eras.number]).astype(np.float32)
        self.group = np.concatenate([samples.held_together, np.full(cell.size, -1)])

    def before_and_after(self, cell: Ints, step: Ints, reach: int) -> tuple[Edges, Edges]:
        """Link nodes to the records of the same cell at the steps around; none to that of their own step.

        Parameters
        ----------
        cell, step : int array, shape (node,)
            Where and when.
        reach : int
            Steps before, and steps after.

        Returns
        -------
        before, after : Edges
            One row a node, earliest step first; senders are numbers of `records`.
        """
        tables = []
        for around in steps_before_and_after(step, reach, self.domain.steps):
            moment = np.where(around >= 0, cell[:, None].astype(np.int64) * self.domain.steps + around, -1)
            sender = np.full(moment.shape, -1)
            if self._moments.size > 0:
                at = np.searchsorted(self._moments, moment).clip(max=self._moments.size - 1)
                sender = np.where(self._moments[at] == moment, at, -1)
            tables.append(Edges(sender, np.zeros((*sender.shape, 0), np.float32), ()))
        return tables[0], tables[1]

    def informing(self, cell: Ints, step: Ints, config: ContextConfig) -> Ints:
        """Choose the sources that inform nodes: half casts near in space and time, half means near in space.

        With a single step a mean is no more than a cast: then all are casts.

        Parameters
        ----------
        cell, step : int array, shape (node,)
            Where and when.
        config : ContextConfig
            How many, and how distance compares with time.

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
    """Sort samples into casts.

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


@dataclass(frozen=True)
class _Visits:
    """Rows that share a key: the distinct keys, ascending, how many rows have each, and the rows in order of keys."""

    key: Ints
    number: Ints
    order: Ints

    @classmethod
    def of(cls, key: Ints) -> _Visits:
        """Sort rows by their keys, shape (row,)."""
        order = np.argsort(key, kind="stable")
        ordered = key[order]
        start = np.flatnonzero(np.diff(ordered, prepend=-1))  # a key is not negative
        return cls(ordered[start], np.diff(np.append(start, key.size)), order)

    def average(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Mean of the rows of each key, shape (key, ...)."""
        if self.order.size == 0:
            return values
        total = np.add.reduceat(values[self.order], np.cumsum(self.number) - self.number, axis=0)
        mean: NDArray[np.float32] = (total / self.number.reshape(-1, *(1,) * (values.ndim - 1))).astype(np.float32)
        return mean


def _first_there(table: Ints, k: int) -> Ints:
    """Take the first k numbers of each row that are not -1, in their order; -1 where there are fewer."""
    there = table >= 0
    rank = np.cumsum(there, axis=1) - 1
    row, slot = np.nonzero(there & (rank < k))
    chosen = np.full((table.shape[0], k), -1)
    chosen[row, rank[row, slot]] = table[row, slot]
    return chosen
