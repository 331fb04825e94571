"""Checks along the vertical: many casts at once, concatenated, no loop over casts or levels.

All functions but `pressure_order` take valid levels only (missing and bad ones left out), sorted by cast and, within
a cast, by pressure.
"""

import numpy as np
from numpy.typing import NDArray

from qc.levels import Floats, Integers, Mask


def spike_size(value: Floats) -> Floats:
    """Argo test 9: |V2 - (V1 + V3)/2| - |V3 - V1|/2 of each level and its neighbours.

    Parameters
    ----------
    value : floats, shape (level,)
        Any unit.

    Returns
    -------
    floats, shape (level,)
        Unit of `value`; NaN at both ends. (220, 280, 221) gives 59.0, (220, 170, 100) gives -50.0.
    """
    result = gradient_size(value)
    result[1:-1] -= np.abs(value[2:] - value[:-2]) / 2
    return result


def gradient_size(value: Floats) -> Floats:
    """Argo test 11: |V2 - (V1 + V3)/2| of each level and its neighbours.

    Parameters
    ----------
    value : floats, shape (level,)
        Any unit.

    Returns
    -------
    floats, shape (level,)
        Unit of `value`; NaN at both ends. (220, 280, 221) gives 59.5, (220, 170, 100) gives 10.0.
    """
    result = np.full(len(value), np.nan)
    result[1:-1] = np.abs(value[1:-1] - (value[:-2] + value[2:]) / 2)
    return result


def exceeds(
    size: Floats, pressure: Floats, cast: Integers, limits: tuple[float, float], split: float, max_gap: float
) -> Mask:
    """Find levels whose spike or gradient is above the limit of their layer.

    Parameters
    ----------
    size : floats, shape (level,)
        Result of `spike_size` or `gradient_size`.
    pressure : floats, shape (level,)
        dbar.
    cast : integers, shape (level,)
        Number of the cast.
    limits : (shallow, deep)
        Largest size allowed above and from `split` down, unit of `size`.
    split : float
        dbar.
    max_gap : float
        Neighbours farther apart than this, dbar, are not compared: a run ends there.

    Returns
    -------
    mask, shape (level,)
        Never the first or last level of a run.
    """
    joined = _same_cast(cast) & (np.diff(pressure) <= max_gap)
    middle = np.zeros(len(cast), bool)
    middle[1:-1] = joined[1:] & joined[:-1]
    return middle & (size > np.where(pressure < split, *limits))


def stuck(value: Floats, pressure: Floats, cast: Integers, levels: int, span: float, floor: float) -> Mask:
    """Find runs of identical values that are too long to be water.

    Parameters
    ----------
    value, pressure : floats, shape (level,)
        Any unit; dbar.
    cast : integers, shape (level,)
        Number of the cast.
    levels : int
        A run of more levels than this ...
    span : float
        ... over more than this many dbar is stuck.
    floor : float
        Values up to this may repeat: water without oxygen is reported as so many zeros.

    Returns
    -------
    mask, shape (level,)
        Every level of the run.
    """
    if len(value) == 0:
        return np.zeros(0, bool)
    starts = np.flatnonzero(np.r_[True, ~(_same_cast(cast) & (value[1:] == value[:-1]))])
    length = np.diff(np.r_[starts, len(value)])
    extent = pressure[starts + length - 1] - pressure[starts]
    return np.repeat((length > levels) & (extent > span) & (value[starts] > floor), length)


def zero_as_missing(value: Floats, cast: Integers, neighbour: float) -> Mask:
    """Find single exact zeros between rich levels: an empty field, not empty water.

    Parameters
    ----------
    value : floats, shape (level,)
        Any unit.
    cast : integers, shape (level,)
        Number of the cast.
    neighbour : float
        The level above, where there is one, and the level below must both hold at least this, unit of `value`.

    Returns
    -------
    mask, shape (level,)
        Never the deepest level of a cast: basins may be anoxic at the bottom.
    """
    joined = _same_cast(cast)
    rich = value >= neighbour
    below, above = np.zeros(len(value), bool), np.ones(len(value), bool)
    below[:-1] = joined & rich[1:]
    above[1:] = ~joined | rich[:-1]
    return (value == 0) & below & above


def pressure_order(pressure: Floats, cast: Integers) -> Mask:
    """Find levels that do not go on in their cast's direction, up or down (Argo test 8).

    Parameters
    ----------
    pressure : floats, shape (level,)
        dbar, as delivered, none missing.
    cast : integers, shape (level,)
        Number of the cast, grouped.

    Returns
    -------
    mask, shape (level,)
        Where pressure does not exceed, in the direction in which most of the cast goes, all before it.
    """
    if len(pressure) == 0:
        return np.zeros(0, bool)
    joined = _same_cast(cast)
    starts = np.flatnonzero(np.r_[True, ~joined])
    step = np.zeros(len(pressure))
    step[1:] = np.where(joined, np.sign(np.diff(pressure)), 0)
    direction = np.where(np.add.reduceat(step, starts) < 0, -1.0, 1.0)
    number = np.cumsum(np.r_[False, ~joined])
    # each cast is lifted above the one before, so that one running maximum serves all
    height = 2 * (np.abs(pressure).max() + 1)
    lifted = direction[number] * pressure + height * number
    result = np.zeros(len(pressure), bool)
    result[1:] = joined & (lifted[1:] <= np.maximum.accumulate(lifted)[:-1])
    return result


def _same_cast(cast: Integers) -> NDArray[np.bool_]:
    """Tell whether each level but the first belongs to the cast of the level before, shape (level - 1,)."""
    return cast[1:] == cast[:-1]
