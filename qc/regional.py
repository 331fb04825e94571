"""Statistics of a region: what is far from the middle of its neighbours in place and depth, many casts at once."""

import numpy as np

from qc.checks import median_by_group
from qc.levels import Floats, Integers, Mask

MAD_TO_SIGMA = 1.4826  # of a normal distribution


def cell(latitude: Floats, longitude: Floats, size: float) -> Integers:
    """Find the cell of each position on a grid that is even in kilometres: bands of latitude, cut at one width.

    Parameters
    ----------
    latitude, longitude : floats, any shape
        Degrees north, degrees east.
    size : float
        Height of the bands and width of the cells at the equator, degrees.

    Returns
    -------
    integers of that shape
        -1 where the position is none.
    """
    known = (np.abs(latitude) <= 90) & np.isfinite(longitude)
    bands = int(np.ceil(180 / size))
    band = np.minimum(((np.where(known, latitude, 0.0) + 90) / size).astype(np.int64), bands - 1)
    middle = np.radians(-90 + size * (np.arange(bands) + 0.5))
    columns = np.maximum(1, np.round(360 * np.maximum(np.cos(middle), 0.0) / size)).astype(np.int64)
    turn = (np.where(known, longitude, 0.0) + 180) % 360 / 360
    column = np.minimum((turn * columns[band]).astype(np.int64), columns[band] - 1)
    return np.where(known, (np.cumsum(columns) - columns)[band] + column, -1)


def together(*codes: Integers) -> tuple[Integers, int]:
    """Join several codings into one, numbered without gaps.

    Parameters
    ----------
    *codes : integers, shape (level,)
        Any of them -1: no group.

    Returns
    -------
    group : integers, shape (level,)
        -1 where there is none.
    groups : int
        How many there are.
    """
    key = np.zeros(len(codes[0]), np.int64)
    known = np.ones(len(key), bool)
    for code in codes:
        key = key * (int(code.max(initial=-1)) + 2) + code + 1
        known &= code >= 0
    used, dense = np.unique(key[known], return_inverse=True)
    group = np.full(len(key), -1, np.int64)
    group[known] = dense
    return group, len(used)


def outliers(
    value: Floats, group: Integers, groups: int, cast: Integers, multiple: float, casts: int, spread: float
) -> Mask:
    """Find values far from the median of their group, in units of its robust spread.

    Parameters
    ----------
    value : floats, shape (level,)
        Any unit; NaN takes no part.
    group : integers, shape (level,)
        0 to `groups` - 1; -1 takes no part.
    groups : int
        Number of groups.
    cast : integers, shape (level,)
        Number of the cast.
    multiple : float
        How many standard deviations, 1.4826 times the median absolute deviation, are allowed.
    casts : int
        Groups with values of fewer casts pass.
    spread : float
        Smallest standard deviation to be believed, unit of `value`.

    Returns
    -------
    mask, shape (level,)
        Of a value that takes no part: false.
    """
    rows = np.flatnonzero(np.isfinite(value) & (group >= 0))
    v, g = value[rows], group[rows]
    width = int(cast.max(initial=0)) + 1
    pair = np.sort(g * width + cast[rows])
    distinct = pair[np.diff(pair, prepend=-1) > 0] // width
    enough = np.bincount(distinct, minlength=groups) >= casts
    keep = enough[g]
    rows, v, g = rows[keep], v[keep], g[keep]
    distance = np.abs(v - median_by_group(v, g, groups)[g])
    # where nobody is far by the smallest spread, the true one need not be known
    wide = np.bincount(g[distance > multiple * spread], minlength=groups) > 0
    rows, g, distance = rows[wide[g]], g[wide[g]], distance[wide[g]]
    sigma = np.maximum(MAD_TO_SIGMA * median_by_group(distance, g, groups), spread)
    result = np.zeros(len(value), bool)
    result[rows] = distance > multiple * sigma[g]
    return result
