"""Maps of what casts measured besides oxygen, each value with its error, and without the casts that are hidden."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats, Ints
from oxygen_recon.dataset.covariates import climatology_covariates, measured, season_of
from oxygen_recon.dataset.delivered import Subsets, subset_of, without_own_column
from oxygen_recon.dataset.domain import AS_FIELD, NOT_MADE, Domain, Samples, make_domain
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
        Oxygen with its subsets: maps without a subset are made at the steps of its samples, where they are asked for.
    seed : int
        Chooses the pairs that the covariance is fitted to.
    """

    grid: Grid
    time_axis: TimeAxis
    casts: Samples
    subsets: Subsets
    samples: Samples
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
        number, steps, cells = subset_of(self.casts), np.arange(len(self.time_axis)), np.arange(self.grid.cells)
        rest = ~np.isin(number, hidden)
        row = np.full((self.subsets.size, steps.size), NOT_MADE, np.int32)
        row[hidden] = AS_FIELD
        without: list[NDArray[np.float32]] = [np.zeros((0, self.grid.cells, 2 * len(self.casts.values)), np.float32)]
        for subset in np.setdiff1d(np.arange(self.subsets.size), hidden):
            if not (rest & (number == subset)).any():
                row[subset] = AS_FIELD
                continue
            own = np.unique(self.samples.step[subset_of(self.samples) == subset])
            row[subset, own] = sum(map(len, without)) + np.arange(own.size)
            without.append(self._maps(self.casts.take(rest & (number != subset)), own, cells))
        whole = self._maps(self.casts.take(rest), steps, cells)
        domain = make_domain(self.grid, self.time_axis, whole, channels(tuple(self.casts.values)))
        return replace(domain, without=np.concatenate(without), row=row)

    def elsewhere(self) -> Domain:
        """Make the domain of which each cell owes nothing to the casts of its own water column, whatever is held out.

        Returns
        -------
        Domain
        """
        steps = np.arange(len(self.time_axis))
        whole = without_own_column(
            self.grid, self.casts, lambda which, cells: self._maps(self.casts.take(which), steps, cells)
        )
        return make_domain(self.grid, self.time_axis, whole, channels(tuple(self.casts.values)))

    def _maps(self, casts: Samples, steps: Ints, cells: Ints) -> NDArray[np.float32]:
        """Map some casts at some steps and cells, shape (len(steps), len(cells), channel)."""
        names, season = tuple(casts.values), season_of(self.time_axis)
        values = measured(casts, self.grid.cells, len(self.time_axis))
        climatology = climatology_covariates(values, self.grid, self.time_axis)
        places = make_domain(self.grid, self.time_axis, values[..., :0], ())
        result = np.full((steps.size, cells.size, 2 * len(names)), np.nan, np.float32)
        where = (
            np.repeat(cells, steps.size),
            np.tile(steps, cells.size),
        )  # level after level: each has its own neighbours
        for channel in range(len(names)):
            usual = climatology[..., channel]
            step, cell = np.nonzero(np.isfinite(values[..., channel]))
            if not step.size:
                continue
            one = np.ones(step.size)
            data = Anomalies.at(places, cell, step, values[step, cell, channel] - usual[season[step], cell], one)
            covariance = fit_covariance(data, np.arange(step.size), self.seed)
            mapped, explained = map_anomalies(data, places, *where, covariance, NEIGHBOURS)
            error = _signal(data, covariance, places)[places.level[where[0]]] * np.sqrt(1.0 - explained)
            result[..., channel] = usual[season[steps]][:, cells] + mapped.reshape(cells.size, -1).T
            result[..., len(names) + channel] = error.reshape(cells.size, -1).T
        return result


def _signal(data: Anomalies, covariance: Covariance, places: Domain, prior: float = 5.0) -> Floats:
    """Return the standard deviation of the signal by level; a level with few data is drawn to all."""
    levels = int(places.level.max()) + 1
    number, square = np.bincount(data.level, minlength=levels), np.bincount(data.level, np.square(data.value), levels)
    variance: Floats = (square + prior * np.square(data.value).mean()) / (number + prior)
    signal: Floats = np.sqrt(variance / (1.0 + covariance.noise))
    return signal
