"""Maps of what casts measured besides oxygen, each value with its error, and without the casts that are hidden."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats, Ints, Mask
from oxygen_recon.dataset.covariates import climatology_covariates, measured, season_of
from oxygen_recon.dataset.delivered import Subsets, subset_of, without_own_column
from oxygen_recon.dataset.domain import AS_FIELD, NOT_MADE, UNASKED, Domain, Samples, make_domain
from oxygen_recon.dataset.mapping import Anomalies, Covariance, fit_covariance, map_anomalies

NEIGHBOURS = 12  # casts that inform a value


def channels(names: tuple[str, ...]) -> tuple[str, ...]:
    """Name the channels of maps.

    Parameters
    ----------
    names : tuple of str
        What is mapped.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> channels(("temperature", "salinity"))
    ('temperature', 'salinity', 'temperature_error', 'salinity_error')
    """
    return (*names, *(f"{name}_error" for name in names))


@dataclass(frozen=True)
class MappedCovariates:
    """Maps of what casts measured besides oxygen, at every cell and step, and how well each value is known.

    A value is the climatology of the casts (`oxygen_recon.dataset.covariates.climatology_covariates`) and the anomalies
    of the nearest casts, interpolated within a level (`oxygen_recon.dataset.mapping`). Its error is the standard error
    of the mapped anomaly, in the unit of the value: small beside a cast, the spread of the anomalies of the level far
    from any. Casts without oxygen have their part. Climatology, anomalies, covariance and spread are made anew without
    whatever is hidden: the casts of a held-out fold, and those of a row's own subset.

    Parameters
    ----------
    grid : Grid
        Cells.
    time_axis : TimeAxis
        Steps.
    casts : Samples
        Covariates of the casts (`oxygen_recon.dataset.covariates.cast_values`) with their subsets.
    subsets : Subsets
        Of the groups of the folds.
    samples : Samples
        Oxygen with its subsets: maps without a subset are made at its samples, where they are asked for.
    beside : int array, shape (cell, neighbour), optional
        Cells that a method reads beside each cell, -1 for none: maps without a subset are made there too, and nowhere
        else. All cells of a step when None.
    seed : int
        Chooses the pairs that the covariance is fitted to.
    """

    grid: Grid
    time_axis: TimeAxis
    casts: Samples
    subsets: Subsets
    samples: Samples
    beside: Ints | None = None
    seed: int = 0

    def domain(self, hidden: Ints) -> Domain:
        """Make the domain whose maps do without some subsets, and without one more for each row of samples.

        Parameters
        ----------
        hidden : int array
            Subsets whose casts take no part at all: those of the held-out fold; none for the delivered field.

        Returns
        -------
        Domain
            Channels as `channels` names them. `Domain.at` gives those of samples without their own subset.
        """
        number, shape = subset_of(self.casts), (len(self.time_axis), self.grid.cells)
        rest = ~np.isin(number, hidden)
        row = np.full((self.subsets.size, shape[0]), NOT_MADE, np.int32)
        row[hidden] = AS_FIELD
        without: list[NDArray[np.float32]] = [np.zeros((0, shape[1], 2 * len(self.casts.values)), np.float32)]
        for subset in np.setdiff1d(np.arange(self.subsets.size), hidden):
            if not (rest & (number == subset)).any():
                row[subset] = AS_FIELD
                continue
            cell, step = self._asked(int(subset))
            own, place = np.unique(step, return_inverse=True)
            row[subset, own] = sum(map(len, without)) + np.arange(own.size)
            some = np.full((own.size, *without[0].shape[1:]), UNASKED, np.float32)
            some[place, cell] = self._maps(self.casts.take(rest & (number != subset)), cell, step)
            without.append(some)
        everywhere = np.indices(shape[::-1]).reshape(2, -1)
        whole = self._maps(self.casts.take(rest), *everywhere).reshape(*shape[::-1], -1).swapaxes(0, 1)
        domain = make_domain(self.grid, self.time_axis, whole, channels(tuple(self.casts.values)))
        return replace(domain, without=np.concatenate(without), row=row)

    def elsewhere(self) -> Domain:
        """Make the domain of which each cell owes nothing to the casts of its own water column, whatever is held out.

        Returns
        -------
        Domain
        """
        steps = len(self.time_axis)

        def fields(which: Mask, cells: Ints) -> NDArray[np.float32]:
            where = np.repeat(cells, steps), np.tile(np.arange(steps), cells.size)
            return self._maps(self.casts.take(which), *where).reshape(cells.size, steps, -1).swapaxes(0, 1)

        whole = without_own_column(self.grid, self.casts, fields)
        return make_domain(self.grid, self.time_axis, whole, channels(tuple(self.casts.values)))

    def _asked(self, subset: int) -> tuple[Ints, Ints]:
        """Return cells and steps at which a subset's samples, and what is read beside them, ask for maps."""
        own, cells, steps = self.samples.take(subset_of(self.samples) == subset), self.grid.cells, len(self.time_axis)
        if self.beside is None:
            step = np.unique(own.step)
            return np.repeat(np.arange(cells), step.size), np.tile(step, cells)
        read = np.column_stack([own.cell, self.beside[own.cell]])
        key = np.unique((read * steps + own.step[:, None])[read >= 0])
        return key // steps, key % steps

    def _maps(self, casts: Samples, at: Ints, when: Ints) -> NDArray[np.float32]:
        """Map some casts at some cells and steps, shape (target, channel); faster where the cells are in order."""
        names, season = tuple(casts.values), season_of(self.time_axis)
        values = measured(casts, self.grid.cells, len(self.time_axis))
        climatology = climatology_covariates(values, self.grid, self.time_axis)
        places = make_domain(self.grid, self.time_axis, values[..., :0], ())
        result = np.full((at.size, 2 * len(names)), np.nan, np.float32)
        for channel in range(len(names)):
            usual = climatology[..., channel]
            step, cell = np.nonzero(np.isfinite(values[..., channel]))
            if not step.size:
                continue
            one = np.ones(step.size)
            data = Anomalies.at(places, cell, step, values[step, cell, channel] - usual[season[step], cell], one)
            covariance = fit_covariance(data, np.arange(step.size), self.seed)
            mapped, explained = map_anomalies(data, places, at, when, covariance, NEIGHBOURS)
            result[:, channel] = usual[season[when], at] + mapped
            error = _signal(data, covariance, places)[places.level[at]] * np.sqrt(1.0 - explained)
            result[:, len(names) + channel] = error
        return result


def _signal(data: Anomalies, covariance: Covariance, places: Domain, prior: float = 5.0) -> Floats:
    """Return the standard deviation of the signal by level; a level with few data is drawn to all."""
    levels = int(places.level.max()) + 1
    number, square = np.bincount(data.level, minlength=levels), np.bincount(data.level, np.square(data.value), levels)
    variance: Floats = (square + prior * np.square(data.value).mean()) / (number + prior)
    signal: Floats = np.sqrt(variance / (1.0 + covariance.noise))
    return signal
