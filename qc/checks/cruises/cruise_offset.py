"""Offset of the deep oxygen of a cruise from that of other cruises around it."""

import numpy as np
from scipy.spatial import cKDTree

from qc.physics.sphere import EARTH_RADIUS_KM, points
from qc.physics.statistics import median_by_group, spread_by_group
from qc.types import Floats, Integers, Mask

_NEIGHBOURS = 64  # per cast and surface, those of its own cruise among them: bounds the work
_CHUNK = 50_000  # casts at a time: bounds memory


def log_ratios(
    oxygen: Floats,
    latitude: Floats,
    longitude: Floats,
    cruise: Integers,
    reference: Mask,
    distance: float,
    others: int,
) -> Floats:
    """Compare each cast's deep oxygen with the median of neighbouring casts of other cruises, each cruise counted once.

    Parameters
    ----------
    oxygen : floats, shape (cast, surface)
        Oxygen at some pressures, umol kg-1; NaN where unknown.
    latitude, longitude : floats, shape (cast,)
        Degrees north and east.
    cruise : integers, shape (cast,)
        Number of the cruise; casts with -1 are left out.
    reference : mask, shape (cast,)
        Casts that others may be compared with: all but copies.
    distance : float
        Largest distance of a neighbour, km.
    others : int
        Fewest other cruises.

    Returns
    -------
    floats, shape (cast, surface)
        log(oxygen / background); NaN where there is too little to compare with.
    """
    result = np.full(oxygen.shape, np.nan)
    xyz = EARTH_RADIUS_KM * points(latitude, longitude)
    for surface in range(oxygen.shape[1]):
        known = (oxygen[:, surface] > 0) & (cruise >= 0) & np.isfinite(xyz).all(axis=1)
        there, compared = np.flatnonzero(known), np.flatnonzero(known & reference)
        if not len(compared):
            continue
        tree, value = cKDTree(xyz[compared]), np.log(oxygen[compared, surface])
        for start in range(0, len(there), _CHUNK):
            here = there[start : start + _CHUNK]
            around = _around(tree, value, cruise[compared], xyz[here], cruise[here], distance, others)
            result[here, surface] = np.log(oxygen[here, surface]) - around
    return result


def _around(
    tree: cKDTree, value: Floats, cruise: Integers, xyz: Floats, own: Integers, distance: float, others: int
) -> Floats:
    """Median over other cruises of each one's nearest value; NaN if there are fewer than `others`."""
    k = max(2, min(_NEIGHBOURS + 1, len(value)))  # for one neighbour a tree returns another shape
    far, near = tree.query(xyz, k=k, distance_upper_bound=distance)
    near = np.where(np.isfinite(far), near, 0)
    other = np.where(np.isfinite(far), cruise[near], -1)
    other = np.where(other == own[:, None], -1, other)
    row, column = np.nonzero(other >= 0)
    _, nearest = np.unique(row * (cruise.max() + 1) + other[row, column], return_index=True)
    row, column = row[nearest], column[nearest]
    middle = median_by_group(value[near[row, column]], row, len(own))
    enough = np.bincount(row, minlength=len(own)) >= others
    return np.where(enough, middle, np.nan)


def cruise_offsets(ratio: Floats, cruise: Integers, cruises: int) -> tuple[Floats, Floats, Integers]:
    """Summarise log ratios by cruise.

    Parameters
    ----------
    ratio : floats, shape (cast, surface)
        As from `log_ratios`.
    cruise : integers, shape (cast,)
        Number of the cruise.
    cruises : int
        How many there are.

    Returns
    -------
    offset, spread : floats, shape (cruise,)
        Median over casts of each cast's median over surfaces, and the robust standard deviation of those; NaN for a
        cruise that cannot be compared.
    casts : integers, shape (cruise,)
        Casts compared.
    """
    row, column = np.nonzero(np.isfinite(ratio))
    each = median_by_group(ratio[row, column], row, len(ratio))
    known: Mask = np.isfinite(each)
    value, of = each[known], cruise[known]
    offset = median_by_group(value, of, cruises)
    return offset, spread_by_group(value, offset, of), np.bincount(of, minlength=cruises)
