"""Node features: standardised covariates and place of a cell and step, and oxygen in standard units and back."""

from __future__ import annotations

import copy

import numpy as np
from numpy.typing import NDArray

from graphs.edges import SEPARATION
from graphs.sphere import unit_vector
from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples

ZONING = ("x", "y", "z", "root_depth", "log_depth", "first_covariate", "second_covariate")
INFORMING = (*SEPARATION, *ZONING[-2:])  # attributes of an edge from an observation: also how unlike the water is
_CHANNELS = ("x", "y", "z", "root_depth", "log_depth", "season_cos", "season_sin", "level_oxygen")  # of every domain


class NodeFeatures:
    """Standardises what is known of cells and steps, and oxygen as an anomaly.

    Parameters
    ----------
    domain : Domain
        Gives the statistics of the covariates, over all steps, by level.
    samples : Samples
        Gives the mean of oxygen and of its excess over saturation by level, and the spread of what is left.
    """

    def __init__(self, domain: Domain, samples: Samples) -> None:
        self.domain = domain
        self.levels = int(domain.level.max()) + 1
        self.mean, self.spread = self._covariate_statistics()
        level = domain.level[samples.cell]
        self.oxygen_mean = level_mean(samples.values["oxygen"], level, self.levels)
        where = (samples.cell, samples.step, samples.subset)
        excess = samples.values["oxygen"] - self._saturation(*where)
        known = np.isfinite(excess)
        self.excess_mean = level_mean(excess[known], level[known], self.levels)
        residual = samples.values["oxygen"] - self.expected(*where)
        self.oxygen_spread = max(float(np.std(residual)), 1e-3)
        self._position = unit_vector(domain.latitude, domain.longitude).astype(np.float32)
        # A region is a small patch of the sphere: within it position must count as much as it does globally.
        self._spot = (self._position - self._position.mean(axis=0)) / (self._position.std(axis=0) + 1e-3)

    def _covariate_statistics(self) -> tuple[Floats, Floats]:
        """Mean and standard deviation of each channel by level, shape (level + 1, channel): last row over all."""
        channels = len(self.domain.channels)
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

    def on(self, domain: Domain) -> NodeFeatures:
        """Return the same standard units on a domain of the same cells and steps, for instance with other covariates.

        Parameters
        ----------
        domain : Domain
            Where features are to be computed.

        Returns
        -------
        NodeFeatures
        """
        other = copy.copy(self)
        other.domain = domain
        return other

    def _covariates(self, cell: Ints, step: Ints, subset: Ints | None = None) -> Floats:
        """Channels of the domain in double precision, shape (node, channel)."""
        return self.domain.at(cell, step, subset, np.float64)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the features."""
        both = self.domain.channels
        return (*both, *(f"{name}_in_level" for name in both), *(f"{name}_known" for name in both), *_CHANNELS)

    def inputs(self, cell: Ints, step: Ints, subset: Ints | None = None) -> NDArray[np.float32]:
        """Compute the features of nodes.

        Parameters
        ----------
        cell, step : int array, shape (node,)
            Where and when.
        subset : int array, shape (node,), optional
            Subset of groups whose casts have no part in the covariates (`Domain.at`).

        Returns
        -------
        float32 array, shape (node, feature)
            Columns as in `names`; a missing covariate is 0 with its "known" feature 0.
        """
        domain, level = self.domain, self.domain.level[cell]
        values = self._covariates(cell, step, subset)
        known = np.isfinite(values)
        overall = np.where(known, (values - self.mean[-1]) / self.spread[-1], 0.0)
        in_level = np.where(known, (values - self.mean[level]) / self.spread[level], 0.0)
        depth = domain.depth[cell]
        oxygen = (self.oxygen_mean[level] - self.oxygen_mean.mean()) / self.oxygen_spread
        season = 2 * np.pi * self.domain.years[step]  # of yearly steps it is the same everywhere
        rest = (np.sqrt(depth) / 40 - 1, np.log1p(depth) / 4 - 1, np.cos(season), np.sin(season), oxygen)
        columns = [overall, 3 * np.tanh(in_level / 3), known, self._spot[cell], *(c[:, None] for c in rest)]
        return np.concatenate(columns, axis=1, dtype=np.float32)

    def known(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the share of visits in which each channel was known out of the features: 0 or 1 for a single one.

        Parameters
        ----------
        inputs : float32 array, shape (node, feature)
            As `inputs` returns them, or means of such rows.

        Returns
        -------
        float32 array, shape (node, channel)
        """
        channels = len(self.domain.channels)
        return inputs[:, 2 * channels : 3 * channels]

    def of_known_visits(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Turn means over visits into means over those in which a covariate was known: a missing one is no zero.

        Parameters
        ----------
        inputs : float32 array, shape (node, feature)
            Means of rows as `inputs` returns them.

        Returns
        -------
        float32 array, shape (node, feature)
            A covariate that was never known stays 0.
        """
        share = np.tile(self.known(inputs), 2)
        if (share == 1).all():
            return inputs
        mean = inputs[:, : share.shape[1]] / np.where(share > 0, share, 1)
        return np.concatenate([mean, inputs[:, share.shape[1] :]], axis=1)

    def zoning(self, inputs: NDArray[np.float32]) -> NDArray[np.float32]:
        """Take the seven components that the weights of the zoning-varying layers depend on out of the features.

        Parameters
        ----------
        inputs : float32 array, shape (node, feature)
            As `inputs` returns them.

        Returns
        -------
        float32 array, shape (node, 7)
            Columns as in `ZONING`; a covariate that the domain does not have is 0.
        """
        covariates = dict(zip(ZONING[-2:], self.domain.names))
        chosen = [self.names.index(covariates.get(name, name)) for name in ZONING[: 5 + len(covariates)]]
        return np.pad(inputs[:, chosen], ((0, 0), (0, len(ZONING) - len(chosen))))

    def position(self, cell: Ints) -> NDArray[np.float32]:
        """Return unit-sphere x, y, z of cells, shape (node, 3).

        Parameters
        ----------
        cell : int array, shape (node,)
            Cells of the domain.
        """
        return self._position[cell]

    def years(self, step: Ints) -> NDArray[np.float32]:
        """Return decimal years since 1970 of steps, shape (node,).

        Parameters
        ----------
        step : int array, shape (node,)
            Steps of the domain.
        """
        return np.asarray(self.domain.years[step] - 1970.0, np.float32)

    def expected(self, cell: Ints, step: Ints, subset: Ints | None = None) -> Floats:
        """Return the oxygen that anomalies count from, umol kg-1, shape (node,).

        Saturation plus the level's mean excess over it (minus the mean apparent oxygen utilisation), so that what
        warming and salt explain is not left to be learned, nor to be extrapolated; the level's mean oxygen where
        temperature or salinity is missing, and everywhere where they are mapped: the error of a map would go into the
        anomaly itself (California, a fifth of the casts hidden, one fold: 16.28 with saturation, 16.16 without; whole
        years whose temperature is known nearby: 16.78 and 16.74). 0 where oxygen is a departure from a background: far
        from observations the background is left as it is.

        Parameters
        ----------
        cell, step : int array, shape (node,)
            Where and when.
        subset : int array, shape (node,), optional
            Subset of groups whose casts have no part in the covariates (`Domain.at`).
        """
        level = self.domain.level[cell]
        if self.domain.departures:
            return np.zeros(level.size)
        saturated = self._saturation(cell, step, subset)
        value = np.where(np.isfinite(saturated), saturated + self.excess_mean[level], self.oxygen_mean[level])
        return np.asarray(value)

    def _saturation(self, cell: Ints, step: Ints, subset: Ints | None = None) -> Floats:
        if "saturation" not in self.domain.channels or "temperature" in self.domain.maps:
            return np.full(cell.size, np.nan)
        return self._covariates(cell, step, subset)[:, self.domain.channels.index("saturation")]

    def anomaly(self, oxygen: Floats, cell: Ints, step: Ints, subset: Ints | None = None) -> NDArray[np.float32]:
        """Standardise oxygen, umol kg-1: subtract what is expected, divide by the common spread.

        Parameters
        ----------
        oxygen : array, shape (node,)
            Oxygen, umol kg-1; NaN is missing.
        cell, step : int array, shape (node,)
            Where and when.
        subset : int array, shape (node,), optional
            Subset of groups whose casts have no part in the covariates (`Domain.at`).

        Returns
        -------
        float32 array, shape (node,)
            Standardised units.
        """
        return np.asarray((oxygen - self.expected(cell, step, subset)) / self.oxygen_spread, np.float32)

    def physical(self, mean: Floats, scale: Floats, cell: Ints, step: Ints) -> tuple[Floats, Floats]:
        """Undo `anomaly` for a mean and a scale; results in umol kg-1.

        Parameters
        ----------
        mean, scale : array, shape (node,)
            Of the anomaly, in standardised units.
        cell, step : int array, shape (node,)
            Where and when.

        Returns
        -------
        mean, scale : array, shape (node,)
            Of oxygen, umol kg-1.
        """
        return mean * self.oxygen_spread + self.expected(cell, step), scale * self.oxygen_spread


def level_mean(oxygen: Floats, level: Ints, levels: int, prior: float = 5.0) -> Floats:
    """Average by level, drawn to the mean of the nearest levels where there are few samples; 0 without any.

    Parameters
    ----------
    oxygen, level : array, shape (sample,)
        Finite values, and their levels.
    levels : int
        Number of levels.
    prior : float
        Weight of the nearest levels, in samples: a proposal.

    Returns
    -------
    array, shape (levels,)
    """
    number = np.bincount(level, minlength=levels)
    total = np.bincount(level, oxygen, minlength=levels)
    near = np.exp(-np.abs(np.arange(levels)[:, None] - np.arange(levels)))
    background = (near @ total) / np.maximum(near @ number, 1e-12)
    mean: Floats = (total + prior * background) / (number + prior)
    return mean
