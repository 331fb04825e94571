"""Intervals of scores over starts."""

from __future__ import annotations

import numpy as np

from graphs.types import Floats, Ints


def resamples(number: int, draws: int = 1000, block: int = 1, seed: int = 0) -> Ints:
    """Draw starts with replacement, in blocks of neighbours (circular block bootstrap, Politis and Romano 1992).

    Parameters
    ----------
    number : int
        Starts.
    draws : int
        Samples.
    block : int
        Starts that are drawn together: those nearer in time than errors decorrelate are not independent.
    seed : int
        Of the draws.

    Returns
    -------
    int64 array, shape (draws, number)

    Examples
    --------
    >>> resamples(4, draws=1, block=2, seed=0).tolist()
    [[3, 0, 2, 3]]
    """
    random = np.random.default_rng(seed)
    first = random.integers(0, number, (draws, -(-number // block)))
    return np.asarray(((first[..., None] + np.arange(block)) % number).reshape(draws, -1)[:, :number])


def rmse_interval(
    square: Floats,
    reference: Floats | None = None,
    share: float = 0.9,
    block: int = 1,
    draws: int = 1000,
    seed: int = 0,
) -> tuple[Floats, Floats]:
    """Bound a root-mean-square error, or its ratio to that of a reference, over starts.

    Parameters
    ----------
    square : array, shape (start, ...)
        Mean squared errors; NaN where there is none.
    reference : array of the same shape, optional
        Those of the method that the ratio is taken to: both are drawn together.
    share : float
        Of the draws that lie within the bounds.
    block, draws, seed
        As for `resamples`.

    Returns
    -------
    low, high : array, shape (...)
        NaN where fewer than two starts have a value.

    Examples
    --------
    >>> low, high = rmse_interval(np.array([[1.0], [4.0], [1.0], [4.0]]))
    >>> bool(low[0] < np.sqrt(2.5) < high[0])
    True
    """
    flat = square.reshape(len(square), -1)
    other = np.ones_like(flat) if reference is None else reference.reshape(flat.shape)
    bounds = np.full((2, flat.shape[1]), np.nan)
    known = np.isfinite(flat) & np.isfinite(other)
    tail = 50.0 * (1.0 - share)
    for rows in np.unique(known, axis=1).T:
        starts = np.flatnonzero(rows)
        same = np.flatnonzero((known == rows[:, None]).all(axis=0))
        if starts.size < 2:
            continue
        drawn = starts[resamples(starts.size, draws, min(block, starts.size), seed)]
        ratio = np.sqrt(flat[:, same][drawn].mean(axis=1) / other[:, same][drawn].mean(axis=1))
        bounds[:, same] = np.percentile(ratio, [tail, 100.0 - tail], axis=0)
    return bounds[0].reshape(square.shape[1:]), bounds[1].reshape(square.shape[1:])
