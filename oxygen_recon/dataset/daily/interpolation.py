"""Optimal interpolation of anomalies of days, from their nearest neighbours in space and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.spatial import cKDTree

from graphs.types import Floats
from qc.errors import InputError

_CHUNK = 2_000  # targets at a time: their covariance matrices stay small


@dataclass(frozen=True)
class Interpolation:
    """Optimal interpolation of anomalies from their nearest neighbours in scaled space and time.

    The covariance is (1 + sqrt(3) d) exp(-sqrt(3) d) of the distance d in units of the scales (Matern 3/2), and the
    mean is 0 (Bretherton, Davis and Fandry 1976).

    Parameters
    ----------
    scales : tuple of float
        Of each coordinate: along longitude, along latitude, in time; units of the points.
    noise : float
        Variance of the noise of what is seen over that of the signal.
    neighbours : int
        Values that one is made of.
    period : float, optional
        The first coordinate goes round after so much.

    Examples
    --------
    >>> one = Interpolation((2.0, 2.0), 1e-6, neighbours=1, period=10.0)
    >>> one(np.array([[0.0, 0.0]]), np.array([[2.0]]), np.array([[0.0, 0.0], [9.0, 0.0]])).round(2)
    array([[2.  ],
           [1.57]])
    """

    scales: tuple[float, ...]
    noise: float
    neighbours: int = 32
    period: float | None = None

    def __call__(self, points: Floats, values: Floats, targets: Floats) -> Floats:
        """Interpolate.

        Parameters
        ----------
        points : array, shape (point, coordinate)
            Where something is seen; the first coordinate within 0 and the period.
        values : array, shape (point, channel)
            Anomalies there, of channels that are seen together.
        targets : array, shape (target, coordinate)
            Where they are wanted.

        Returns
        -------
        array, shape (target, channel)
            0 far from all points.
        """
        return self.explained(points, values, targets)[0]

    def explained(self, points: Floats, values: Floats, targets: Floats) -> tuple[Floats, Floats]:
        """Interpolate, and say how much of the variance is explained.

        Parameters
        ----------
        points, values, targets : array
            As of `__call__`.

        Returns
        -------
        array, shape (target, channel)
            As of `__call__`.
        array, shape (target,)
            Share of the variance of the signal, 0 to 1.
        """
        result, share = np.zeros((len(targets), values.shape[1])), np.zeros(len(targets))
        scales = np.array(self.scales)
        if not len(points):
            return result, share
        number = min(self.neighbours, len(points))
        box = None if self.period is None else [self.period / scales[0], *[0.0] * (scales.size - 1)]
        tree = cKDTree(points / scales, boxsize=box)
        for first in range(0, len(targets), _CHUNK):
            wanted = targets[first : first + _CHUNK]
            _, near = tree.query(wanted / scales, number)
            near = near.reshape(len(wanted), number)
            about = (points[near] - wanted[:, None]).astype(np.float32)  # from the target on: keeps digits
            among = self._covariance(about[:, :, None] - about[:, None])
            to = self._covariance(about)
            among[:, np.arange(number), np.arange(number)] += np.float32(self.noise)
            weights = np.linalg.solve(among, to[..., None])[..., 0]
            result[first : first + _CHUNK] = np.einsum("tn,tnc->tc", weights, values[near])
            share[first : first + _CHUNK] = (weights * to).sum(axis=1)
        return result, share.clip(0.0, 1.0)

    def _covariance(self, apart: Floats) -> Floats:
        """Covariance of points so far apart, shape (..., coordinate)."""
        if self.period is not None:
            apart[..., 0] -= self.period * np.round(apart[..., 0] / self.period)
        scaled = apart / np.array(self.scales, np.float32)
        distance = np.sqrt(np.float32(3.0) * np.einsum("...i,...i->...", scaled, scaled))
        result: Floats = (1 + distance) * np.exp(-distance)
        return result


def trials(
    lengths: Sequence[float], times: Sequence[float], noises: Sequence[float], period: float | None, neighbours: int
) -> list[Interpolation]:
    """List interpolations of all these scales, of two coordinates of space and one of time.

    Parameters
    ----------
    lengths, times, noises : sequence of float
        Values that are tried, all together.
    period, neighbours : object
        As for `Interpolation`.

    Returns
    -------
    list of Interpolation
    """
    return [
        Interpolation((length, length, time), noise, neighbours, period)
        for length, time, noise in product(lengths, times, noises)
    ]


def fit_interpolations(
    cases: list[tuple[Floats, Floats, Floats, Floats]], lengths: Sequence[float],
    times: Sequence[float], noises: Sequence[float],
    period: float | None = None, neighbours: int = 32,
) -> list[Interpolation]:  # fmt: skip
    """Choose the scales of each channel by the error at points that are withheld.

    Parameters
    ----------
    cases : list of (points, values, targets, truth)
        Of training days: as for `Interpolation`, and what the targets are, shape (target, channel). Coordinates are two
        of space and one of time.
    lengths, times, noises : sequence of float
        Values that are tried, all together.
    period, neighbours : object
        As for `Interpolation`.

    Returns
    -------
    list of Interpolation
        One for each channel.

    Raises
    ------
    InputError
        If there is no case.
    """
    if not cases:
        raise InputError("nothing to fit scales to", "optimal interpolation", "give days of training")
    tried = trials(lengths, times, noises, period, neighbours)
    errors = [
        sum(np.square(one(points, values, targets) - truth).sum(axis=0) for points, values, targets, truth in cases)
        for one in tried
    ]
    return [tried[int(best)] for best in np.argmin(errors, axis=0)]
