"""Fields filled from what is seen of them: optimal interpolation, patterns of other days, and both without training."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np
from scipy.spatial import cKDTree

from graphs.types import Floats, Mask
from qc.errors import InputError

_CHUNK = 2_000  # targets at a time: their covariance matrices stay small
_STEPS, _STILL = 300, 1e-4  # iterations at most; change, in standard deviations, below which they end


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
    >>> points, values = np.array([[0.0, 0.0], [9.0, 0.0]]), np.array([[2.0], [0.0]])
    >>> Interpolation((2.0, 2.0), 1e-6, 2, period=10.0)(points, values, np.array([[0.0, 0.0], [5.0, 0.0]])).round(2)
    array([[2.  ],
           [0.14]])
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
        result, scales = np.zeros((len(targets), values.shape[1])), np.array(self.scales)
        if not len(points):
            return result
        number = min(self.neighbours, len(points))
        box = None if self.period is None else [self.period / scales[0], *[0.0] * (scales.size - 1)]
        tree = cKDTree(points / scales, boxsize=box)
        for first in range(0, len(targets), _CHUNK):
            wanted = targets[first : first + _CHUNK]
            _, near = tree.query(wanted / scales, number)
            near = near.reshape(len(wanted), number)
            among = self._covariance(points[near][:, :, None] - points[near][:, None])
            to = self._covariance(points[near] - wanted[:, None])
            weights = np.linalg.solve(among + self.noise * np.eye(number), to[..., None])[..., 0]
            result[first : first + _CHUNK] = np.einsum("tn,tnc->tc", weights, values[near])
        return result

    def _covariance(self, apart: Floats) -> Floats:
        """Covariance of points so far apart, shape (..., coordinate)."""
        if self.period is not None:
            apart[..., 0] -= self.period * np.round(apart[..., 0] / self.period)
        distance = np.sqrt(3.0 * np.square(apart / np.array(self.scales)).sum(axis=-1))
        result: Floats = (1 + distance) * np.exp(-distance)
        return result


def fit_interpolations(
    cases: list[tuple[Floats, Floats, Floats, Floats]], lengths: Floats, times: Floats, noises: Floats,
    period: float | None = None, neighbours: int = 32,
) -> list[Interpolation]:  # fmt: skip
    """Choose the scales of each channel by the error at points that are withheld.

    Parameters
    ----------
    cases : list of (points, values, targets, truth)
        Of training days: as for `Interpolation`, and what the targets are, shape (target, channel). Coordinates are two
        of space and one of time.
    lengths, times, noises : array
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
    tried = [
        Interpolation((length, length, time), noise, neighbours, period)
        for length, time, noise in product(lengths, times, noises)
    ]
    errors = [
        sum(np.square(one(points, values, targets) - truth).sum(axis=0) for points, values, targets, truth in cases)
        for one in tried
    ]
    return [tried[int(best)] for best in np.argmin(errors, axis=0)]


def fill_by_patterns(patterns: Floats, values: Floats, seen: Mask, ridge: float = 1e-3) -> Floats:
    """Fill a field by the patterns of other days: their amounts are fitted to what is seen.

    Where the iteration of DINEOF ends (Beckers and Rixen 2003), for patterns that stay as they are and a small penalty.

    Parameters
    ----------
    patterns : array, shape (pattern, cell)
        Orthonormal.
    values : array, shape (cell,)
        Anomalies, anything where nothing is seen.
    seen : bool array, shape (cell,)
        Where something is.
    ridge : float
        Penalty on the amounts, as a share of the cells seen.

    Returns
    -------
    array, shape (cell,)
        What is seen as it is.
    """
    some = patterns[:, seen]
    square = some @ some.T
    penalty = ridge * np.trace(square) / len(square) * np.eye(len(square))
    amounts = np.linalg.solve(square + penalty, some @ values[seen])
    return np.where(seen, values, amounts @ patterns)


def eof_filling(values: Floats, rank: int) -> Floats:
    """Fill gaps by empirical orthogonal functions found with them: DINEOF (Beckers and Rixen 2003).

    Gaps begin as the mean; a truncated singular value decomposition is taken of the whole, and its values replace the
    gaps, until they stay.

    Parameters
    ----------
    values : array, shape (cell, day)
        NaN where nothing is seen; each day has something.
    rank : int
        Functions.

    Returns
    -------
    array, shape (cell, day)
        What is seen as it is.

    Raises
    ------
    InputError
        If a day has nothing, or there are no more days than functions.

    Examples
    --------
    >>> whole = np.outer(np.arange(6.0), [1.0, 2.0, 3.0])
    >>> gappy = whole.copy()
    >>> gappy[4, 1] = np.nan
    >>> float(eof_filling(gappy, 1)[4, 1].round(1))
    8.0
    """
    seen = np.isfinite(values)
    if not seen.any(axis=0).all() or not 1 <= rank < values.shape[1]:
        what = f"{rank} functions of {values.shape[1]} days, {int((~seen.any(axis=0)).sum())} of them empty"
        raise InputError(what, "EOF filling", "give more days than functions, each with something seen")
    mean, deviation = values[seen].mean(), max(float(values[seen].std()), np.finfo(float).tiny)
    filled = np.where(seen, values - mean, 0.0)
    for _ in range(_STEPS):
        left, size, right = np.linalg.svd(filled, full_matrices=False)
        after = np.where(seen, filled, (left[:, :rank] * size[:rank]) @ right[:rank])
        moved = float(np.sqrt(np.square(after - filled).mean()))
        filled = after
        if moved < _STILL * deviation:
            break
    result: Floats = filled + mean
    return result
