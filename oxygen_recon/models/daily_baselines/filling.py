"""Fields filled by patterns: those of other days, or of what is seen itself (EOF filling)."""

from __future__ import annotations

import numpy as np

from graphs.types import Floats, Mask
from qc.errors import InputError

_STEPS, _STILL = 300, 1e-4  # iterations at most; change, in standard deviations, below which they end


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
    >>> whole = np.outer(np.arange(-5.0, 6.0), [1.0, 2.0, 3.0, 4.0])
    >>> gappy = whole.copy()
    >>> gappy[8, 1] = np.nan
    >>> float(whole[8, 1]), float(eof_filling(gappy, 1)[8, 1].round(1))
    (6.0, 5.9)
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
