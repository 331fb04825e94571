"""Checks along the vertical: many casts at once, concatenated, no loop over casts or levels.

All functions but `pressure_order` take valid levels only (missing and bad ones left out), sorted by cast and, within
a cast, by pressure.
"""

import gsw
import numpy as np
from numpy.typing import NDArray

from qc.table.profiles import Floats, Integers, Mask


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
    size: Floats,
    pressure: Floats,
    cast: Integers,
    limits: tuple[float, float],
    split: float,
    max_gap: float,
    gap_share: float = 0.0,
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
    max_gap, gap_share : float
        Neighbours farther apart than `max_gap`, dbar, and than this share of the lower one's pressure are not
        compared: a run ends there. Water changes over longer distances the deeper it lies.

    Returns
    -------
    mask, shape (level,)
        Never the first or last level of a run.
    """
    joined = _same_cast(cast) & (np.diff(pressure) <= np.maximum(max_gap, gap_share * pressure[1:]))
    middle = np.zeros(len(cast), bool)
    middle[1:-1] = joined[1:] & joined[:-1]
    return middle & (size > np.where(pressure < split, *limits))


def stuck(
    value: Floats,
    delivered: Floats,
    solubility: Floats,
    pressure: Floats,
    cast: Integers,
    levels: int,
    span: float,
    floor: float,
    change: float,
) -> Mask:
    """Find runs of identical values through water that changes.

    Parameters
    ----------
    value : floats, shape (level,)
        Oxygen, umol/kg.
    delivered : floats, shape (level,)
        The same as the archive has it: a conversion by density makes equal values differ.
    solubility : floats, shape (level,)
        Oxygen at saturation, umol/kg; NaN where unknown.
    pressure : floats, shape (level,)
        dbar.
    cast : integers, shape (level,)
        Number of the cast.
    levels : int
        A run of more levels than this ...
    span : float
        ... over more than this many dbar ...
    floor : float
        ... of values above this, umol/kg: water without oxygen is reported as so many zeros ...
    change : float
        ... is stuck where solubility differs by more than this many percent over the run, or is unknown: mixed
        layers and the bottom waters of basins hold uniform oxygen at uniform temperature.

    Returns
    -------
    mask, shape (level,)
        Every level of the run.
    """
    if len(value) == 0:
        return np.zeros(0, bool)
    starts = np.flatnonzero(np.r_[True, ~(_same_cast(cast) & (delivered[1:] == delivered[:-1]))])
    length = np.diff(np.r_[starts, len(value)])
    extent = pressure[starts + length - 1] - pressure[starts]
    least, most = np.fmin.reduceat(solubility, starts), np.fmax.reduceat(solubility, starts)
    uniform = most <= (1 + change / 100) * least  # false where unknown
    failed = (length > levels) & (extent > span) & (value[starts] > floor) & ~uniform
    return np.repeat(failed, length)


def zero_as_missing(value: Floats, cast: Integers, neighbour: float, above_last: float) -> Mask:
    """Find runs of exact zeros next to rich levels: empty fields, not empty water.

    Parameters
    ----------
    value : floats, shape (level,)
        Any unit.
    cast : integers, shape (level,)
        Number of the cast.
    neighbour : float
        The level above the run, where there is one, and the level below it must both hold at least this, unit of
        `value` ...
    above_last : float
        ... or, where the run goes on to the deepest level, the level above must hold at least this: basins may be
        anoxic at the bottom, but not at one stroke.

    Returns
    -------
    mask, shape (level,)
        Never a cast of zeros only.
    """
    n = len(value)
    if n == 0:
        return np.zeros(0, bool)
    zero = value == 0
    starts = np.flatnonzero(np.r_[True, ~(_same_cast(cast) & (zero[1:] == zero[:-1]))])
    length = np.diff(np.r_[starts, n])
    before, after = starts - 1, np.minimum(starts + length, n - 1)
    begins = (starts == 0) | (cast[before] != cast[starts])
    ends = (starts + length == n) | (cast[after] != cast[starts])
    between = (begins | (value[before] >= neighbour)) & ~ends & (value[after] >= neighbour)
    last = ~begins & ends & (value[before] >= above_last)
    return np.repeat(zero[starts] & (between | last), length)


def density_inversion(SA: Floats, pt: Floats, pressure: Floats, cast: Integers, threshold: float) -> Mask:
    """Argo test 14: find neighbouring levels of which the upper is denser than the lower.

    Parameters
    ----------
    SA, pt : floats, shape (level,)
        Absolute salinity, g/kg; potential temperature at 0 dbar, degC.
    pressure : floats, shape (level,)
        dbar.
    cast : integers, shape (level,)
        Number of the cast.
    threshold : float
        Largest inversion allowed, kg/m3, of densities that both levels would have midway between their pressures.

    Returns
    -------
    mask, shape (level,)
        Both levels of a pair.
    """
    result = np.zeros(len(cast), bool)
    if len(cast) < 2:
        return result
    CT = np.asarray(gsw.CT_from_pt(SA, pt))
    middle = np.maximum((pressure[1:] + pressure[:-1]) / 2, 0.0)
    upper, lower = gsw.rho(SA[:-1], CT[:-1], middle), gsw.rho(SA[1:], CT[1:], middle)
    unstable = _same_cast(cast) & (upper - lower > threshold)
    result[:-1] |= unstable
    result[1:] |= unstable
    return result


def pressure_order(pressure: Floats, cast: Integers, reversal: Floats) -> Mask:
    """Find levels that do not go on in their cast's direction, up or down (Argo test 8).

    Argo accuses every level that does not exceed all before it, and so, after one level that is far too deep, the rest
    of the cast. Here a level that is out of order with its neighbours, while these are in order with each other and
    with theirs, is accused alone. What disorder is left falls into tangles, which are in order with each other. Of
    each, Argo's levels are accused, or else the levels that lie below them, if these are at most half as many.

    Parameters
    ----------
    pressure : floats, shape (level,)
        dbar, as delivered, none missing.
    cast : integers, shape (level,)
        Number of the cast, grouped.
    reversal : floats, shape (level,)
        How far back, dbar, a level must be of one before it to be out of order, the same throughout a cast: 0, where
        equal pressures are (Argo); more for a sensor that moves up and down with its ship at a stop.

    Returns
    -------
    mask, shape (level,)
        Without these levels no level lies so far back, in the direction in which most of the cast goes, of one before.
    """
    if len(pressure) == 0:
        return np.zeros(0, bool)
    lifted = _lifted(pressure, cast, reversal)
    padded = np.r_[-np.inf, lifted, np.inf]
    follows = np.r_[True, lifted[:-1] - lifted[1:] < reversal[1:], True]
    astray = ~(follows[:-1] & follows[1:]) & (padded[:-2] - padded[2:] < reversal)  # in order without it
    # where a neighbour is astray too, or out of order with the one beyond, nobody knows which of them is wrong
    joined = _same_cast(cast)
    result = astray.copy()
    result[1:] &= ~joined | (~astray[:-1] & follows[:-2])
    result[:-1] &= ~joined | (~astray[1:] & follows[2:])
    left = np.flatnonzero(~result)
    result[left] = _tangled(lifted[left], reversal[left])
    return result


def _lifted(pressure: Floats, cast: Integers, reversal: Floats) -> Floats:
    """Pressure in the direction of each cast, and each cast above the one before: one axis for all."""
    joined = _same_cast(cast)
    step = np.zeros(len(pressure))
    # a step counts for no more than one, however wrong it is, and less where it may be heave
    step[1:] = np.where(joined, np.clip(np.diff(pressure) / np.maximum(reversal[1:], 1e-12), -1, 1), 0)
    starts = np.flatnonzero(np.r_[True, ~joined])
    direction = np.where(np.add.reduceat(step, starts) < 0, -1.0, 1.0)
    number = np.cumsum(np.r_[False, ~joined])
    height = 2 * (np.abs(pressure).max() + 1)
    return direction[number] * pressure + height * number


def _tangled(lifted: Floats, reversal: Floats) -> Mask:
    """Find levels without which the others increase, shape (level,): see `pressure_order`."""
    before = np.r_[-np.inf, np.maximum.accumulate(lifted)[:-1]]
    after = np.r_[np.minimum.accumulate(lifted[::-1])[::-1][1:], np.inf]
    late, early = before - lifted >= reversal, lifted - after >= reversal
    # a tangle ends where all so far are in order with all that follow
    tangle = np.cumsum(np.r_[False, (np.maximum(before, lifted) - after < reversal)[:-1]])
    count_late, count_early = (np.bincount(tangle, mask) for mask in (late, early))
    return np.where((2 * count_early <= count_late)[tangle], early, late)


def _same_cast(cast: Integers) -> NDArray[np.bool_]:
    """Tell whether each level but the first belongs to the cast of the level before, shape (level - 1,)."""
    return cast[1:] == cast[:-1]
