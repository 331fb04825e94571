"""Checks of single levels and of positions and dates: arrays in, a mask of what failed out."""

import numpy as np
from numpy.typing import NDArray

from qc.physics import seawater
from qc.physics.statistics import median_by_group
from qc.table.profiles import Floats, Floor, Integers, IsLand, Mask


def off_globe(latitude: Floats, longitude: Floats) -> Mask:
    """Find positions that are missing or not on the globe (Argo test 3).

    Parameters
    ----------
    latitude, longitude : floats, any shape
        Degrees north, degrees east.

    Returns
    -------
    mask of that shape
        Where latitude lies outside [-90, 90], longitude outside [-180, 360), or either is missing.
    """
    return ~((np.abs(latitude) <= 90) & (longitude >= -180) & (longitude < 360))


def null_island(latitude: Floats, longitude: Floats) -> Mask:
    """Find positions at exactly 0 N 0 E, which are more often unfilled fields than stations.

    Parameters
    ----------
    latitude, longitude : floats, any shape
        Degrees north, degrees east.
    """
    return (latitude == 0) & (longitude == 0)


def on_land(latitude: Floats, longitude: Floats, cast: Integers, first: Integers, is_land: IsLand) -> Mask:
    """Find casts whose first position is on land (Argo test 4).

    Parameters
    ----------
    latitude, longitude : floats, shape (level,)
        Degrees north, degrees east.
    cast : integers, shape (level,)
        Number of the cast.
    first : integers, shape (cast,)
        First row of each cast.
    is_land : callable
        (degrees north, degrees east) to mask; called once, with one position a cast, of those on the globe.

    Returns
    -------
    mask, shape (level,)
        All levels of a cast on land.
    """
    lat, lon = latitude[first], longitude[first]
    known = ~off_globe(lat, lon)
    result = np.zeros(len(first), bool)
    if known.any():
        result[known] = np.asarray(is_land(lat[known], lon[known]), bool)
    return result[cast]


def below_floor(
    latitude: Floats,
    longitude: Floats,
    pressure: Floats,
    cast: Integers,
    first: Integers,
    floor: Floor,
    margin: float,
    share: float,
    slope: float,
) -> Mask:
    """Find casts that reach below the sea floor: place or depth is wrong.

    Parameters
    ----------
    latitude, longitude, pressure : floats, shape (level,)
        Degrees north, degrees east, dbar.
    cast : integers, shape (level,)
        Number of the cast.
    first : integers, shape (cast,)
        First row of each cast.
    floor : callable
        (degrees north, degrees east) to depth of the sea floor, m, 0 on land, NaN where unknown, and how much it
        differs round about, m; called once, with one position a cast, of those on the globe.
    margin, share, slope : float
        How far, in dbar, as a share of the floor's depth and as a share of that difference, all added, a cast may
        reach below it: reliefs are coarse.

    Returns
    -------
    mask, shape (level,)
        All levels of a cast whose deepest one lies below the floor by more than that.
    """
    lat, lon = latitude[first], longitude[first]
    known = ~off_globe(lat, lon)
    deepest = np.full(len(first), -np.inf)
    np.maximum.at(deepest, cast, np.nan_to_num(pressure, nan=-np.inf))
    result = np.zeros(len(first), bool)
    if known.any():
        depth, difference = (np.asarray(part, float) for part in floor(lat[known], lon[known]))
        lowest = seawater.pressure(depth * (1 + share) + difference * slope, lat[known])
        result[known] = deepest[known] > lowest + margin
    return result[cast]


def impossible_date(time: NDArray[np.datetime64], earliest: np.datetime64, latest: np.datetime64) -> Mask:
    """Find dates before the first oxygen measurements or after the run (Argo test 2, with other bounds).

    Parameters
    ----------
    time : datetime64, any shape
        UTC; NaT, a missing date, passes: `no_date` finds it.
    earliest, latest : datetime64
        Bounds, themselves allowed.
    """
    return (time < earliest) | (time > latest)


def no_date(time: NDArray[np.datetime64]) -> Mask:
    """Find missing dates; `time` is datetime64 of any shape."""
    return np.isnat(time)


def outside(value: Floats, low: float, high: float) -> Mask:
    """Find values outside closed bounds; NaN passes.

    Parameters
    ----------
    value : floats, any shape
        Any unit.
    low, high : float
        Bounds in the unit of `value`.
    """
    return (value < low) | (value > high)


def saturation_outside(
    oxygen: Floats, solubility: Floats, pressure: Floats, percent: tuple[float, float], layer: tuple[float, float]
) -> Mask:
    """Find oxygen too far from saturation inside a layer; passes where anything is missing.

    Parameters
    ----------
    oxygen, solubility : floats, shape (level,)
        umol/kg; solubility of Garcia and Gordon (1992) at salinity and potential temperature.
    pressure : floats, shape (level,)
        dbar.
    percent : (low, high)
        Allowed percentage of saturation.
    layer : (low, high)
        Pressures, dbar, at which the check applies; bounds included.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        saturation = 100 * oxygen / solubility
    return outside(saturation, *percent) & (pressure >= layer[0]) & (pressure <= layer[1])


def unit_misreport(
    oxygen: Floats,
    reference: Floats,
    pressure: Floats,
    cast: Integers,
    ratios: tuple[float, ...],
    factor: float,
    surface: float,
) -> Mask:
    """Find casts that hold another unit under the name umol/kg: their surface is a known fraction of saturation.

    Only the surface tells, because deep water may be truly without oxygen while the surface, in contact with the
    air, is not: a cast without oxygen near the surface passes.

    Parameters
    ----------
    oxygen : floats, shape (level,)
        Values as delivered, thought to be umol/kg; NaN where missing or not to be used.
    reference : floats, shape (level,)
        Oxygen to expect at the surface, umol/kg.
    pressure : floats, shape (level,)
        dbar.
    cast : integers, shape (level,)
        Number of the cast.
    ratios : tuple of float
        What one umol/kg is in the units suspected: 0.0230 ml/l, 0.0328 mg/l, 0.0020 mg-at/kg.
    factor : float
        How far, as a factor, the cast's median ratio may be from one of `ratios`.
    surface : float
        Deepest pressure, dbar, that counts as surface.

    Returns
    -------
    mask, shape (level,)
        All levels of a cast whose surface fits one of the units.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = oxygen / reference
        usable = np.isfinite(ratio) & (pressure <= surface)
    middle = median_by_group(ratio[usable], cast[usable], int(cast.max(initial=-1)) + 1)
    target = np.asarray(ratios)
    low, high = middle[:, None] >= target / factor, middle[:, None] <= target * factor
    fits: Mask = np.any(low & high, axis=1)
    return fits[cast]


def equals_solubility(
    oxygen: Floats, solubility: Floats, cast: Integers, levels: int, share: float, tolerance: float, change: float
) -> Mask:
    """Find casts that hold solubility under the name of oxygen: calculated, not measured.

    Parameters
    ----------
    oxygen, solubility : floats, shape (level,)
        umol/kg; NaN where missing or not to be used.
    cast : integers, shape (level,)
        Number of the cast.
    levels : int
        Casts of fewer levels with both pass.
    share : float
        Of the levels, so many must be within `tolerance`.
    tolerance : float
        Percent of saturation, about the cast's median, which must itself be so close to 100.
    change : float
        Percent by which solubility must differ over those levels: a mixed layer is truly at saturation.

    Returns
    -------
    mask, shape (level,)
        All levels of such a cast.
    """
    groups = int(cast.max(initial=-1)) + 1
    with np.errstate(invalid="ignore", divide="ignore"):
        percent = 100 * oxygen / solubility
    rows = np.flatnonzero(np.isfinite(percent))
    count = np.bincount(cast[rows], minlength=groups)
    # who is not within twice the tolerance of 100 cannot be within it of a median so near: spares most medians
    close = np.bincount(cast[rows[np.abs(percent[rows] - 100) <= 2 * tolerance]], minlength=groups)
    rows = rows[(close >= np.maximum(levels, share * count))[cast[rows]]]
    middle = median_by_group(percent[rows], cast[rows], groups)
    near = rows[
        (np.abs(percent[rows] - middle[cast[rows]]) <= tolerance) & (np.abs(middle[cast[rows]] - 100) <= tolerance)
    ]
    low, high = np.full(groups, np.inf), np.full(groups, -np.inf)
    np.minimum.at(low, cast[near], solubility[near])
    np.maximum.at(high, cast[near], solubility[near])
    most = np.bincount(cast[near], minlength=groups) >= np.maximum(levels, share * count)
    found: Mask = most & (high > (1 + change / 100) * low)
    return found[cast]
