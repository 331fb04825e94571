"""Deep oxygen of a cruise against that of all other cruises around it."""

import numpy as np
from scipy.spatial import cKDTree

from qc.checks import median_by_group
from qc.levels import Floats, Integers, Mask
from qc.tracks import EARTH_RADIUS

_NEIGHBOURS = 64  # asked for per cast and surface, those of its own cruise among them: bounds the work
_CHUNK = 50_000  # casts at a time: bounds memory


def log_ratios(
    oxygen: Floats, latitude: Floats, longitude: Floats, cruise: Integers, distance: float, others: int
) -> Floats:
    """Compare each cast's deep oxygen with the median of nearby casts of other cruises, each cruise counted once.

    Parameters
    ----------
    oxygen : floats, shape (cast, surface)
        Oxygen at some pressures, umol kg-1; NaN where unknown.
    latitude, longitude : floats, shape (cast,)
        Degrees north and east.
    cruise : integers, shape (cast,)
        Number of the cruise; casts with -1 are left out.
    distance : float
        How far a cast is a neighbour, km.
    others : int
        Fewest other cruises.

    Returns
    -------
    floats, shape (cast, surface)
        log(oxygen / background); NaN where there is too little to compare with.
    """
    result = np.full(oxygen.shape, np.nan)
    phi, lam = np.deg2rad(latitude), np.deg2rad(longitude)
    xyz = EARTH_RADIUS * np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])
    for surface in range(oxygen.shape[1]):
        known = np.flatnonzero((oxygen[:, surface] > 0) & (cruise >= 0) & np.isfinite(xyz).all(axis=1))
        if len(known) > 1:
            value = np.log(oxygen[known, surface])
            result[known, surface] = value - _around(xyz[known], value, cruise[known], distance, others)
    return result


def _around(xyz: Floats, value: Floats, cruise: Integers, distance: float, others: int) -> Floats:
    """Median over other cruises of each one's nearest value; NaN if there are fewer than `others`."""
    tree = cKDTree(xyz)
    result = np.full(len(value), np.nan)
    for start in range(0, len(value), _CHUNK):
        part = slice(start, start + _CHUNK)
        result[part] = _around_part(tree, xyz[part], value, cruise, cruise[part], distance, others)
    return result


def _around_part(
    tree: cKDTree, xyz: Floats, value: Floats, cruise: Integers, own: Integers, distance: float, others: int
) -> Floats:
    k = min(_NEIGHBOURS + 1, len(value))
    far, near = tree.query(xyz, k=k, distance_upper_bound=distance)
    near = np.where(np.isfinite(far), near, 0)
    whose = np.where(np.isfinite(far), cruise[near], -1)
    whose = np.where(whose == own[:, None], -1, whose)
    row, column = np.nonzero(whose >= 0)
    _, nearest = np.unique(row * (cruise.max() + 1) + whose[row, column], return_index=True)
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
        Median over casts of each cast's median over surfaces, and the robust standard deviation of those
        (1.4826 times the median absolute deviation); NaN for a cruise that cannot be compared.
    casts : integers, shape (cruise,)
        Casts compared.
    """
    row, column = np.nonzero(np.isfinite(ratio))
    each = median_by_group(ratio[row, column], row, len(ratio))
    known: Mask = np.isfinite(each)
    value, of = each[known], cruise[known]
    offset = median_by_group(value, of, cruises)
    spread = 1.4826 * median_by_group(np.abs(value - offset[of]), of, cruises)
    return offset, spread, np.bincount(of, minlength=cruises)
