"""Profiles of water columns: standardised covariates of every level, and where and when a column is."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from graphs.sphere import unit_vector
from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.dataset.seawater import potential_density
from oxygen_recon.models.baselines.climatology import seasons

_MOST = 3.0  # standard deviations of its level within which a covariate counts as it is
_PLACE = ("x", "y", "z", "root_depth", "log_depth", "season_cos", "season_sin", "half_cos", "half_sin", "year", "wet")
_YEARS = 20.0  # of one unit of time


class Profiles:
    """Standardises what is known of water columns.

    Parameters
    ----------
    domain : Domain
        Cells, steps and covariates.
    samples : Samples
        Their water columns give mean and spread of each covariate, by level and over all; their times say where in the
        record a step is (`times_among`).
    time : bool
        Whether features say when a profile is, beside the season; else the feature "year" is 0.
    anomaly_steps : sequence of int
        Steps, counted from that of a profile, of which features say how far the temperature of a level departs from its
        mean over all steps of the same part of the year.
    """

    def __init__(self, domain: Domain, samples: Samples, time: bool = True, anomaly_steps: Sequence[int] = ()) -> None:
        self.domain = domain
        self.levels = domain.cell_of.shape[1]
        self.depth = np.zeros(self.levels)
        self.depth[domain.level] = domain.depth
        first = domain.cell_of.max(axis=1)
        self.latitude = np.asarray(domain.latitude[first], np.float64)
        self.longitude = np.asarray(domain.longitude[first], np.float64)
        self.position = unit_vector(self.latitude, self.longitude).astype(np.float32)
        # A region is a small patch of the sphere: within it position must count as much as it does globally.
        self._spot = (self.position - self.position.mean(axis=0)) / (self.position.std(axis=0) + 1e-3)
        subset = np.full(len(samples), -1) if samples.subset is None else samples.subset
        column = np.unique(np.stack([domain.column[samples.cell], samples.step, subset]), axis=1)
        self._time = times_among(domain.years, column[1]) * time / _YEARS
        values = self._covariates(column[0], column[1], column[2])
        self.mean, self.spread = _moments(values)
        self._anomaly_steps = tuple(anomaly_steps)
        if self._anomaly_steps:
            _, self._season = seasons(domain)
            self._usual = _usual(domain.covariates, domain.names.index("temperature"), self._season)
            self._departing = _moments(self._departure(column[0], column[1])[..., None])[1][:-1, 0]

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the covariates: those of the domain, and "sigma0" where temperature and salinity are among them."""
        known = {"temperature", "salinity"} <= set(self.domain.names)
        return (*self.domain.channels, "sigma0") if known else self.domain.channels

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features of a level."""
        both = self.channels
        departing = tuple(f"temperature_anomaly{offset:+d}" for offset in self._anomaly_steps)
        known = tuple(f"{name}_known" for name in both)
        return (*(f"{name}_in_level" for name in both), *both, *known, *departing, *_PLACE)

    def on(self, domain: Domain) -> Profiles:
        """Return the same standard units on a domain of the same cells and steps, with other covariates.

        Parameters
        ----------
        domain : Domain
            Where features are to be computed.

        Returns
        -------
        Profiles
        """
        other = copy.copy(self)
        other.domain = domain
        return other

    def inputs(self, column: Ints, step: Ints, subset: Ints | None = None) -> NDArray[np.float32]:
        """Compute the features of every level of water columns.

        Parameters
        ----------
        column, step : int array, shape (profile,)
            Which water column (`Domain.column`), and when.
        subset : int array, shape (profile,), optional
            Subset of groups whose casts have no part in the covariates (`Domain.at`).

        Returns
        -------
        float32 array, shape (profile, level, feature)
            Columns as in `names`; a missing covariate is 0 with its "known" feature 0, and so is a level on land.
        """
        values = self._covariates(column, step, subset)
        known = np.isfinite(values)
        in_level = np.where(known, (values - self.mean[:-1]) / self.spread[:-1], 0.0)
        overall = np.where(known, (values - self.mean[-1]) / self.spread[-1], 0.0)
        here = np.broadcast_to(self._spot[column][:, None], (*values.shape[:2], 3))
        depth = np.stack([np.sqrt(self.depth) / 40 - 1, np.log1p(self.depth) / 4 - 1], axis=-1)
        down = np.broadcast_to(depth, (*values.shape[:2], 2))
        season = 2 * np.pi * self.domain.years[step]  # of yearly steps it is the same everywhere
        now = [np.cos(season), np.sin(season), np.cos(2 * season), np.sin(2 * season), self._time[step]]
        when = np.broadcast_to(np.stack(now, axis=-1)[:, None], (*values.shape[:2], len(now)))
        wet = (self.domain.cell_of[column] >= 0)[..., None]
        columns = [
            _MOST * np.tanh(in_level / _MOST),
            overall,
            known,
            *self._anomalies(column, step),
            here,
            down,
            when,
            wet,
        ]
        return np.concatenate(columns, axis=-1, dtype=np.float32)

    def without_covariates(self, inputs: NDArray[np.float32], which: NDArray[np.bool_]) -> NDArray[np.float32]:
        """Return features as they are where no covariate is known.

        Parameters
        ----------
        inputs : float32 array, shape (profile, level, feature)
            As `inputs` returns them.
        which : bool array, shape (profile,)
            Profiles that lose their covariates.

        Returns
        -------
        float32 array, shape (profile, level, feature)
        """
        covariates = np.arange(inputs.shape[-1]) < len(self.names) - len(_PLACE)
        return np.where(which[:, None, None] & covariates, np.float32(0.0), inputs)

    def blurred(self, inputs: NDArray[np.float32], years: Floats) -> NDArray[np.float32]:
        """Return features of profiles at other times, as far as features say when a profile is; seasons stay.

        Parameters
        ----------
        inputs : float32 array, shape (profile, level, feature)
            As `inputs` returns them.
        years : array, shape (profile,)
            By how much each profile is later.

        Returns
        -------
        float32 array, shape (profile, level, feature)
        """
        shifted = inputs.copy()
        shifted[..., self.names.index("year")] += (years / _YEARS).astype(np.float32)[:, None]
        return shifted

    def rates(self, name: str, inputs: NDArray[np.float32], level: Ints) -> tuple[list[int], Floats]:
        """Tell by how much the features of a covariate grow with it.

        Parameters
        ----------
        name : str
            Of the covariate.
        inputs : float32 array, shape (node, feature)
            As `inputs` returns them, of some levels.
        level : int array, shape (node,)
            Number of their levels.

        Returns
        -------
        features : list of int
            Numbers of the two features of the covariate, NAME_in_level and NAME.
        rates : array, shape (node, 2)
            Derivatives of these by the covariate, per unit of it.
        """
        channel, both = self.channels.index(name), len(self.channels)
        in_level = (1 - np.square(inputs[:, channel] / _MOST)) / self.spread[level, channel]  # of the tanh in `inputs`
        overall = np.full(level.size, 1 / self.spread[-1, channel])
        return [channel, both + channel], np.stack([in_level, overall], axis=-1)

    def _anomalies(self, column: Ints, step: Ints) -> list[Floats]:
        """Standardised departures of temperature from its mean, one of shape (profile, level, 1) for each step read.

        Before the first and after the last step, and where none is known at a step, that of the profile's own.
        """
        if not self._anomaly_steps:
            return []
        own, found = self._departure(column, step), []
        for at in (step + offset for offset in self._anomaly_steps):
            apart = self._departure(column, np.where((at >= 0) & (at < self.domain.steps), at, step))
            apart = np.where(np.isfinite(apart), apart, own) / self._departing
            found.append(np.where(np.isfinite(apart), _MOST * np.tanh(apart / _MOST), 0.0)[..., None])
        return found

    def _departure(self, column: Ints, step: Ints) -> Floats:
        """Temperature less its mean of the same part of the year, shape (profile, level); NaN is missing, or land."""
        cell, channel = self.domain.cell_of[column], self.domain.names.index("temperature")
        temperature = self.domain.covariates[step[:, None], cell, channel].astype(np.float64)
        return np.where(cell >= 0, temperature - self._usual[self._season[step][:, None], cell], np.nan)

    def _covariates(self, column: Ints, step: Ints, subset: Ints | None) -> Floats:
        """Covariates of every level in double precision, shape (profile, level, channel); NaN is missing, or land."""
        cell = self.domain.cell_of[column]
        row, level = np.nonzero(cell >= 0)
        found = np.full((*cell.shape, len(self.channels)), np.nan)
        own = None if subset is None else subset[row]
        known = self.domain.at(cell[row, level], step[row], own, np.float64, refuse=False)
        if "sigma0" in self.channels:
            salinity, temperature = (known[:, self.channels.index(name)] for name in ("salinity", "temperature"))
            density = potential_density(salinity, temperature, self.depth[level], self.latitude[column[row]])
            known = np.column_stack([known, density])
        found[row, level] = known
        return found


def times_among(years: Floats, step: Ints) -> Floats:
    """Place steps in time by the share of water columns that were sampled until then.

    A network continues what well-sampled years teach it into decades that nobody sampled, as far as the time it reads
    goes on there. On the twin, whose casts are few before 1950, the trend of the volume mean of a tenth of the columns
    is 1.6 times the true one with the calendar, 1.3 times with this, and 0.9 times without any time.

    Parameters
    ----------
    years : array, shape (step,)
        Decimal years of the steps.
    step : int array, shape (sampled,)
        Steps of sampled water columns.

    Returns
    -------
    array, shape (step,)
        Years from the middle of the record; those of the calendar where all steps are sampled alike.

    Examples
    --------
    >>> times_among(np.array([1990.0, 1991.0, 1992.0]), np.array([0, 1, 2])).round(2).tolist()
    [-1.0, 0.0, 1.0]
    >>> times_among(np.array([1990.0, 1991.0, 1992.0]), np.array([1, 2, 2])).round(2).tolist()
    [-1.5, -1.0, 0.5]
    """
    number = np.bincount(step, minlength=years.size).astype(np.float64)
    share = (np.cumsum(number) - 0.5 * number) / number.sum()
    length = (years[-1] - years[0]) * years.size / max(years.size - 1, 1)  # with half a step at either end
    return np.asarray(length * (share - 0.5))


def _usual(covariates: Floats, channel: int, season: Ints) -> Floats:
    """Mean of a covariate over steps, shape (part of the year, cell), a step held at a time; NaN if never known."""
    total, number = np.zeros((2, season.max() + 1, covariates.shape[1]))
    for part, values in zip(season, covariates[..., channel]):
        known = np.isfinite(values)
        total[part] += np.where(known, values, 0.0)
        number[part] += known
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)


def _moments(values: Floats) -> tuple[Floats, Floats]:
    """Mean and spread of each channel by level, shape (level + 1, channel): the last row over all levels."""
    known = np.isfinite(values)
    filled = np.where(known, values, 0.0)
    sums = [np.sum(one, axis=0, dtype=np.float64) for one in (known, filled, filled**2)]
    number, total, square = (np.concatenate([one, one.sum(axis=0, keepdims=True)]) for one in sums)
    mean = total / np.maximum(number, 1)
    spread = np.sqrt(np.maximum(square / np.maximum(number, 1) - mean**2, 0.0))
    return mean, np.maximum(spread, 1e-3 * spread[-1] + 1e-6)
