"""Robust statistics of many groups at once: median, median absolute deviation, steps of rounding."""

import numpy as np

from qc.types import Floats, Integers, Mask

MAD_TO_SIGMA = 1.4826  # median absolute deviation to standard deviation, of a normal distribution
Q90_TO_SIGMA = 1 / 1.6449  # 90 % quantile of absolute deviations to standard deviation, of a normal distribution
MEDIAN_ERROR = 1.2533  # standard error of a median by that of a mean, of normal values: sqrt(pi / 2)


def median_by_group(value: Floats, group: Integers, groups: int) -> Floats:
    """Median of the values of each group.

    Parameters
    ----------
    value : floats, shape (n,)
        Finite values, any unit.
    group : integers, shape (n,)
        Group of each value, 0 to `groups` - 1, in any order.
    groups : int
        Number of groups.

    Returns
    -------
    floats, shape (groups,)
        NaN for an empty group.

    Examples
    --------
    >>> median_by_group(np.array([1.0, 9, 2, 4]), np.array([0, 1, 0, 0]), 3).tolist()
    [2.0, 9.0, nan]
    """
    # sorting numbers is ten times as fast as sorting rows by two keys: group and rank make one number
    n, order = max(len(value), 1), np.argsort(value)
    place = np.empty(len(value), np.int64)
    place[order] = np.asarray(group)[order] * n
    place[order] += np.arange(len(value))
    place.sort()
    ordered = value[order[place % n]]
    count = np.bincount(group, minlength=groups)
    start = np.cumsum(count) - count
    result = np.full(groups, np.nan)
    full = count > 0
    low, high = (start + (count - 1) // 2)[full], (start + count // 2)[full]
    result[full] = (ordered[low] + ordered[high]) / 2
    return result


def spread_by_group(value: Floats, middle: Floats, group: Integers) -> Floats:
    """Robust standard deviation of each group: 1.4826 times the median absolute deviation.

    Parameters
    ----------
    value : floats, shape (n,)
        Finite values, any unit.
    middle : floats, shape (groups,)
        As from `median_by_group`.
    group : integers, shape (n,)
        Group of each value.

    Returns
    -------
    floats, shape (groups,)
        Unit of the values; NaN for an empty group.
    """
    return MAD_TO_SIGMA * median_by_group(np.abs(value - middle[group]), group, len(middle))


def blocks(value: Floats, group: Integers, member: Mask, size: int) -> Integers:
    """Divide each group into blocks of neighbouring values.

    Parameters
    ----------
    value : floats, shape (n,)
        Finite values, any unit.
    group : integers, shape (n,)
        Group of each value, from 0.
    member : mask, shape (n,)
        Values that count for the size of a block; the others get the block that they lie in.
    size : int
        Fewest members of a block; a group of fewer is one block.

    Returns
    -------
    integers, shape (n,)
        Block of each value, from 0; those of a group are consecutive and have the same number of members, or one more.

    Examples
    --------
    >>> blocks(np.array([5.0, 1, 9, 3, 7]), np.array([0, 0, 0, 0, 1]), np.ones(5, bool), 2).tolist()
    [1, 0, 1, 0, 2]
    """
    if len(value) == 0:
        return np.zeros(0, np.int64)
    order = np.lexsort((value, group))
    of, counts = np.asarray(group)[order], np.asarray(member)[order]
    count = np.bincount(of, weights=counts).astype(np.int64)
    number = np.maximum(count // size, 1)
    rank = np.cumsum(counts) - counts - (np.cumsum(count) - count)[of]
    own = np.minimum(rank * number[of] // np.maximum(count, 1)[of], number[of] - 1)
    result = np.empty(len(value), np.int64)
    result[order] = (np.cumsum(number) - number)[of] + own
    return result


def rounded_pairs(value: Floats, delivered: Floats, cast: Integers, step: float) -> tuple[Floats, Floats]:
    """Give values that differ by one step of rounding the same number.

    A stuck sensor whose values were converted before they were rounded alternates between two last digits.

    Parameters
    ----------
    value : floats, shape (level,)
        umol/kg.
    delivered : floats, shape (level,)
        The same as delivered, rounded to steps: the smallest difference of two levels of a cast; NaN where unknown.
    cast : integers, shape (level,)
        Number of the cast, in ascending order.
    step : float
        Largest step, umol/kg; values of coarser or no steps are left as delivered.

    Returns
    -------
    tuple of two floats, shape (level,)
        Pairs of an even step and the next one, and of an odd step and the next one.

    Examples
    --------
    >>> x = np.array([5.11, 5.12, 5.11, 5.14])
    >>> [pairs.tolist() for pairs in rounded_pairs(x, x, np.zeros(4, int), 0.45)]
    [[0.0, 0.0, 0.0, 1.0], [0.0, 1.0, 0.0, 2.0]]
    """
    order = np.lexsort((delivered, cast))
    sorted_, of = delivered[order], cast[order]
    # less than 0.001 is an error of a float
    steps = np.where((of[1:] == of[:-1]) & (np.diff(sorted_) > 1e-3), np.diff(sorted_), np.inf)
    least, finest = np.full((2, cast.max(initial=-1) + 1), np.inf)
    np.minimum.at(finest, of[1:], steps)
    np.fmin.at(least, of, sorted_)
    size = np.where(np.isfinite(finest), finest, np.nan)[cast]
    number = (delivered - least[cast]) / size
    whole = np.rint(number)
    known = (np.abs(number - whole) < 0.2) & (size * np.abs(value) <= step * np.abs(delivered))
    even, odd = (np.where(known, np.floor((whole + first) / 2), delivered) for first in (0, 1))
    return even, odd
