"""Zonal-mean sections of temperature, salinity and oxygen utilisation in three basins, and the basins themselves.

The tables were written by hand from the textbook picture of the ocean (thermocline, intermediate and deep waters, old
water in the deep North Pacific), by latitude and depth; oxygen utilisation was then raised a little in each basin, so
that the mean oxygen of a level resembles that of the World Ocean Atlas. They are copied from no data set: the twin
needs a plausible ocean, not the true one.
"""

from functools import lru_cache

import numpy as np
from scipy.interpolate import PchipInterpolator
from scipy.ndimage import map_coordinates

from graphs.types import Floats

BASINS = ("atlantic", "indian", "pacific")
_DEPTH = np.array([0.0, 100, 200, 400, 700, 1000, 1500, 2500, 4000, 6000])  # m

_Rows = dict[str, dict[int, tuple[float, ...]]]  # basin, then latitude

# Potential temperature, degC: one row a latitude, one column a depth of _DEPTH.
_THETA: _Rows = {
    "atlantic": {
        -78: (-1.7, -1.5, -0.9, 0.2, 0.4, 0.3, 0.2, 0.0, -0.5, -0.8),
        -60: (0.0, -0.5, 0.3, 0.8, 0.7, 0.5, 0.4, 0.1, -0.4, -0.8),
        -50: (5.0, 4.0, 3.5, 3.0, 2.7, 2.4, 2.2, 1.7, 0.5, 0.0),
        -40: (14, 12, 10.5, 8, 5, 3.6, 2.9, 2.5, 1.2, 0.4),
        -30: (20, 17, 14.5, 11, 6.5, 4.2, 3.2, 2.8, 1.4, 0.6),
        -20: (24, 20, 16, 10.5, 5.6, 3.8, 3.4, 2.9, 1.7, 0.9),
        -10: (26, 19.5, 13.5, 8.8, 5.2, 3.9, 3.7, 3, 2, 1.2),
        0: (27, 17.5, 13.5, 8.5, 5.4, 4.6, 4.0, 3.0, 2.1, 1.5),
        10: (27, 18.5, 13, 9.2, 6.4, 5.4, 4.4, 3.1, 2.2, 1.9),
        20: (25, 22, 18, 12.5, 8.5, 6.4, 4.8, 3.2, 2.3, 2.0),
        30: (22.5, 20, 18, 15.5, 11, 7.8, 5.2, 3.3, 2.3, 2.1),
        40: (18, 15.5, 14.5, 12.5, 9.8, 7.5, 4.8, 3.3, 2.4, 2.2),
        50: (11, 9.5, 9, 8, 6.5, 5.2, 3.9, 3.2, 2.6, 2.4),
        60: (8, 7.3, 7, 6.2, 5.2, 4.5, 3.6, 2.8, 2, 1.9),
        70: (4, 3.5, 3, 2, 0.6, -0.2, -0.6, -0.9, -1, -1),
        82: (-1.6, -1.3, 0.6, 0.9, 0.3, -0.1, -0.4, -0.7, -0.8, -0.8),
    },
    "indian": {
        -78: (-1.7, -1.4, -0.6, 0.5, 0.6, 0.5, 0.4, 0.1, -0.3, -0.5),
        -60: (0.8, 0.2, 1, 1.6, 1.6, 1.5, 1.3, 0.7, 0.1, -0.2),
        -50: (4, 3.3, 3, 2.8, 2.6, 2.4, 2.1, 1.5, 0.6, 0.2),
        -40: (14, 12, 11, 9.8, 7.8, 5, 3, 2, 1, 0.6),
        -30: (21, 18, 15.5, 12, 8.5, 5.2, 3, 1.9, 1.1, 0.8),
        -20: (25, 21.5, 18, 12, 7.8, 5, 3.2, 1.9, 1.1, 0.8),
        -10: (27.5, 21, 14.5, 9.8, 7, 5.3, 3.5, 1.9, 1.2, 0.9),
        0: (28.5, 21.5, 13.5, 10.3, 8, 6.3, 4, 2, 1.3, 1),
        10: (28.5, 23, 15, 11.5, 9.2, 7.5, 4.5, 2.1, 1.4, 1.2),
        25: (26.5, 22.5, 18, 14, 11.4, 9, 5.2, 2.2, 1.4, 1.3),
    },
    "pacific": {
        -78: (-1.6, -1.2, -0.3, 0.8, 0.9, 0.7, 0.5, 0.2, -0.2, -0.3),
        -60: (1.0, 0.5, 1.0, 1.9, 1.9, 1.8, 1.6, 1.0, 0.4, 0.2),
        -50: (7.5, 7, 6.8, 6.3, 5, 3.6, 2.6, 1.8, 1.0, 0.8),
        -40: (14, 12.5, 11, 9, 6.8, 4.8, 3, 1.9, 1.2, 0.8),
        -30: (20, 18, 15.5, 11.5, 7, 4.6, 2.9, 1.9, 1.2, 0.8),
        -20: (25, 23, 20, 12, 6.5, 4.5, 2.8, 1.8, 1.2, 0.85),
        -10: (27.5, 25, 18.5, 9.5, 5.8, 4.4, 2.8, 1.8, 1.2, 0.9),
        0: (27, 22.5, 14, 9, 5.8, 4.4, 2.8, 1.8, 1.2, 0.95),
        10: (28, 21.5, 12.5, 8.8, 6, 4.5, 2.8, 1.7, 1.15, 1),
        20: (26.5, 22, 17, 10, 5.9, 4.2, 2.7, 1.7, 1.1, 1),
        30: (22.5, 19, 16, 11.5, 6, 3.9, 2.5, 1.6, 1.1, 1.05),
        40: (15, 11.5, 9.5, 7, 4.4, 3.3, 2.3, 1.6, 1.1, 1.05),
        50: (7.5, 4.5, 4, 3.8, 3.3, 2.8, 2.1, 1.55, 1.1, 1.1),
        66: (1.5, 0.5, 2, 3.2, 3, 2.6, 2, 1.5, 1.3, 1.2),
    },
}
# Salinity, PSS-78.
_SALINITY: _Rows = {
    "atlantic": {
        -78: (33.9, 34.2, 34.4, 34.62, 34.67, 34.68, 34.68, 34.66, 34.65, 34.65),
        -60: (33.9, 34.1, 34.4, 34.65, 34.68, 34.69, 34.69, 34.67, 34.66, 34.65),
        -50: (34.0, 34.05, 34.15, 34.25, 34.35, 34.5, 34.65, 34.75, 34.7, 34.67),
        -40: (35.0, 35, 34.9, 34.6, 34.35, 34.35, 34.6, 34.85, 34.75, 34.68),
        -30: (36, 35.6, 35.3, 34.9, 34.42, 34.38, 34.65, 34.9, 34.78, 34.7),
        -20: (36.8, 36.1, 35.4, 34.8, 34.4, 34.42, 34.75, 34.93, 34.83, 34.75),
        -10: (36.4, 35.9, 35.2, 34.68, 34.45, 34.55, 34.87, 34.94, 34.88, 34.8),
        0: (35.6, 35.8, 35.2, 34.7, 34.5, 34.65, 34.95, 34.94, 34.9, 34.85),
        10: (35.6, 36, 35.3, 34.85, 34.65, 34.8, 34.98, 34.94, 34.89, 34.87),
        20: (36.8, 36.8, 36.3, 35.4, 35, 35, 35.03, 34.95, 34.89, 34.87),
        30: (36.8, 36.6, 36.4, 36, 35.4, 35.25, 35.12, 34.95, 34.89, 34.87),
        40: (35.8, 35.9, 35.75, 35.5, 35.25, 35.2, 35.08, 34.95, 34.9, 34.88),
        50: (34.6, 34.9, 35, 35.05, 35, 34.97, 34.93, 34.93, 34.92, 34.9),
        60: (34.7, 35, 35.05, 35.05, 35, 34.95, 34.93, 34.93, 34.93, 34.93),
        70: (34.3, 34.8, 34.95, 34.97, 34.93, 34.91, 34.91, 34.91, 34.91, 34.91),
        82: (31.8, 33.5, 34.6, 34.86, 34.87, 34.88, 34.89, 34.92, 34.93, 34.94),
    },
    "indian": {
        -78: (33.9, 34.2, 34.4, 34.63, 34.68, 34.69, 34.7, 34.69, 34.67, 34.66),
        -60: (33.9, 34.0, 34.3, 34.6, 34.7, 34.72, 34.72, 34.7, 34.68, 34.67),
        -50: (33.8, 33.85, 34, 34.25, 34.45, 34.6, 34.72, 34.76, 34.71, 34.68),
        -40: (34.9, 34.95, 34.95, 34.8, 34.5, 34.37, 34.55, 34.73, 34.73, 34.7),
        -30: (35.7, 35.7, 35.5, 35, 34.6, 34.42, 34.58, 34.72, 34.73, 34.72),
        -20: (35.3, 35.5, 35.4, 35, 34.65, 34.55, 34.65, 34.72, 34.73, 34.72),
        -10: (34.5, 34.9, 35, 34.85, 34.72, 34.7, 34.7, 34.72, 34.73, 34.72),
        0: (34.8, 35.2, 35.1, 35, 34.93, 34.9, 34.85, 34.76, 34.73, 34.73),
        10: (34.8, 35.3, 35.2, 35.1, 35.1, 35.05, 34.93, 34.78, 34.74, 34.73),
        25: (35.6, 36.0, 35.7, 35.5, 35.5, 35.4, 35.05, 34.8, 34.75, 34.74),
    },
    "pacific": {
        -78: (33.9, 34.2, 34.4, 34.65, 34.7, 34.71, 34.72, 34.71, 34.7, 34.7),
        -60: (33.9, 34.0, 34.2, 34.55, 34.68, 34.72, 34.73, 34.72, 34.7, 34.7),
        -50: (34.3, 34.3, 34.35, 34.35, 34.3, 34.35, 34.55, 34.7, 34.71, 34.71),
        -40: (34.8, 34.85, 34.85, 34.7, 34.45, 34.35, 34.5, 34.66, 34.71, 34.71),
        -30: (35.4, 35.35, 35.2, 34.85, 34.45, 34.35, 34.5, 34.65, 34.7, 34.71),
        -20: (35.8, 35.9, 35.6, 34.8, 34.42, 34.42, 34.55, 34.65, 34.69, 34.7),
        -10: (35.4, 35.7, 35.4, 34.75, 34.5, 34.52, 34.59, 34.65, 34.69, 34.7),
        0: (34.8, 35.1, 34.98, 34.7, 34.55, 34.55, 34.6, 34.65, 34.68, 34.69),
        10: (34.0, 34.6, 34.75, 34.65, 34.54, 34.55, 34.6, 34.65, 34.68, 34.69),
        20: (34.8, 34.9, 34.75, 34.3, 34.35, 34.47, 34.58, 34.64, 34.68, 34.69),
        30: (34.8, 34.7, 34.5, 34.2, 34.08, 34.3, 34.53, 34.63, 34.68, 34.69),
        40: (33.9, 33.95, 34.0, 34.02, 34.15, 34.33, 34.52, 34.63, 34.68, 34.69),
        50: (32.7, 33.0, 33.6, 34.0, 34.23, 34.37, 34.52, 34.63, 34.68, 34.69),
        66: (32.0, 32.6, 33.4, 34, 34.25, 34.4, 34.53, 34.63, 34.68, 34.69),
    },
}
# Apparent oxygen utilisation outside the low-oxygen zones, umol/kg.
_AOU: _Rows = {
    "atlantic": {
        -78: (30, 61, 92, 118, 124, 123, 115, 107, 97, 92),
        -60: (15, 41, 82, 128, 134, 133, 125, 117, 107, 100),
        -50: (3, 17, 40, 78, 115, 142, 148, 130, 120, 113),
        -40: (-2, 12, 30, 53, 85, 127, 148, 110, 115, 117),
        -30: (-4, 12, 35, 63, 90, 132, 143, 100, 100, 115),
        -20: (-4, 27, 65, 118, 140, 152, 133, 90, 90, 105),
        -10: (-3, 47, 115, 158, 160, 152, 113, 85, 87, 97),
        0: (-2, 72, 125, 158, 160, 147, 103, 83, 85, 90),
        10: (-3, 72, 135, 163, 165, 147, 103, 83, 85, 87),
        20: (-4, 22, 65, 118, 150, 142, 98, 80, 85, 87),
        30: (-4, 10, 30, 58, 105, 117, 83, 75, 83, 85),
        40: (-4, 12, 30, 58, 90, 92, 68, 70, 80, 83),
        50: (-3, 12, 25, 43, 60, 62, 53, 60, 70, 75),
        60: (-2, 12, 25, 40, 52, 57, 48, 53, 60, 63),
        70: (-5, 11, 20, 28, 34, 40, 43, 50, 54, 57),
        82: (0, 21, 37, 43, 46, 50, 53, 57, 60, 62),
    },
    "indian": {
        -78: (30, 66, 102, 132, 138, 136, 132, 123, 112, 107),
        -60: (12, 36, 77, 132, 153, 154, 149, 133, 122, 117),
        -50: (3, 17, 39, 81, 128, 155, 165, 148, 136, 131),
        -40: (-2, 10, 24, 41, 68, 115, 170, 158, 146, 141),
        -30: (-4, 8, 24, 46, 68, 115, 175, 168, 156, 151),
        -20: (-4, 14, 44, 66, 93, 145, 185, 178, 166, 161),
        -10: (-3, 47, 99, 131, 158, 180, 195, 183, 171, 166),
        0: (-2, 67, 134, 166, 188, 200, 205, 193, 176, 166),
        10: (-3, 92, 169, 191, 203, 215, 215, 198, 178, 171),
        25: (-3, 112, 184, 201, 213, 222, 225, 203, 181, 174),
    },
    "pacific": {
        -78: (30, 72, 113, 145, 151, 151, 146, 133, 122, 117),
        -60: (10, 32, 73, 135, 156, 156, 151, 138, 127, 122),
        -50: (2, 16, 33, 57, 89, 126, 169, 163, 146, 136),
        -40: (-2, 14, 33, 52, 79, 116, 174, 173, 156, 146),
        -30: (-4, 9, 28, 57, 84, 126, 179, 183, 161, 151),
        -20: (-4, 14, 48, 97, 119, 146, 184, 188, 166, 151),
        -10: (-3, 34, 93, 152, 164, 176, 189, 188, 166, 151),
        0: (0, 54, 118, 167, 189, 196, 199, 188, 166, 151),
        10: (-3, 74, 158, 197, 214, 221, 214, 193, 171, 161),
        20: (-4, 19, 58, 162, 244, 256, 234, 203, 176, 166),
        30: (-4, 12, 38, 107, 234, 276, 259, 213, 181, 171),
        40: (-4, 19, 48, 122, 249, 291, 274, 223, 186, 176),
        50: (-2, 44, 128, 232, 284, 296, 279, 228, 191, 181),
        66: (0, 52, 153, 245, 281, 286, 268, 223, 192, 182),
    },
}
_TABLES = {"theta": _THETA, "salinity": _SALINITY, "aou": _AOU}
_STEPS = 240  # levels of the fine tables, even in the stretched depth


def stretched(depth: Floats) -> Floats:
    """Stretch depth so that the thermocline is resolved: ln(1 + z / 100 m).

    Parameters
    ----------
    depth : array, any shape
        Metres, positive down.

    Returns
    -------
    array
        Dimensionless, 0 at the surface, 4.1 at 6000 m.
    """
    return np.log1p(np.asarray(depth, float) / 100.0)


@lru_cache(maxsize=1)
def _fine() -> dict[tuple[str, str], Floats]:
    """Interpolate each table to every degree of latitude and `_STEPS` levels, by monotone cubics."""
    latitude = np.arange(-90.0, 91.0)
    depth = 100.0 * np.expm1(np.linspace(0, stretched(np.array(6000.0)), _STEPS))
    tables = {}
    for name, basins in _TABLES.items():
        for basin, rows in basins.items():
            knots, values = np.array(list(rows), float), np.array(list(rows.values()), float)
            across = np.clip(latitude, knots[0], knots[-1])
            tables[name, basin] = PchipInterpolator(_DEPTH, PchipInterpolator(knots, values)(across), axis=1)(depth)
    return tables


def zonal_mean(name: str, basin: str, latitude: Floats, depth: Floats) -> Floats:
    """Evaluate a zonal-mean section by linear interpolation in the fine table.

    Parameters
    ----------
    name : {"theta", "salinity", "aou"}
        Potential temperature (degC), practical salinity, apparent oxygen utilisation (umol kg-1).
    basin : {"atlantic", "indian", "pacific"}
        The Arctic belongs to the Atlantic; beyond the first and last row the table is constant.
    latitude, depth : array, shape (point,)
        Degrees north; metres, positive down.

    Returns
    -------
    array, shape (point,)
    """
    row = np.clip(latitude, -90, 90) + 90
    column = stretched(np.clip(depth, 0, 6000)) * ((_STEPS - 1) / stretched(np.array(6000.0)))
    return np.asarray(map_coordinates(_fine()[name, basin], [row, column], order=1, mode="nearest"))


def _boundary(latitude: Floats, knots: list[float], longitudes: list[float]) -> Floats:
    """Return the longitude of a boundary that is given at some latitudes."""
    return np.interp(latitude, knots, longitudes)


def east_coast(basin: str, latitude: Floats) -> Floats:
    """Return the longitude of a basin's eastern coast, smoothed.

    Parameters
    ----------
    basin : {"atlantic", "indian", "pacific"}
        Name of the basin.
    latitude : array, any shape
        Degrees north.

    Returns
    -------
    array
        Degrees east; the Pacific's is below 0.
    """
    if basin == "pacific":
        knots = [-55.0, -40, -18, -5, 0, 5, 10, 15, 20, 23, 30, 40, 50, 60]
        return _boundary(
            latitude, knots, [-72.0, -73, -70.5, -81, -80, -78, -85, -95, -105, -109, -116, -124, -128, -145]
        )
    if basin == "atlantic":
        knots = [-55.0, -35, -20, -10, 0, 5, 10, 15, 30, 43, 50, 60]
        return _boundary(latitude, knots, [20.0, 19, 13, 13, 9, 2, -14, -17, -10, -9, -3, 5])
    return _boundary(latitude, [-45.0, -35, -20, -8, 0, 10, 22], [147.0, 116, 114, 107, 100, 98, 92])


def basin_weights(latitude: Floats, longitude: Floats) -> dict[str, Floats]:
    """Return the weight of each basin; the change is sharp at continents and gradual in the Southern Ocean.

    Parameters
    ----------
    latitude, longitude : array, shape (point,)
        Degrees north and degrees east.

    Returns
    -------
    dict of array, shape (point,)
        One weight per basin, in [0, 1]; they add up to 1.
    """
    width = np.interp(latitude, [-55, -30], [9.0, 0.7])
    americas = _boundary(
        latitude,
        [-55.0, -30, 0, 7, 8, 9, 10, 14, 17, 19, 25, 66],
        [-70.0, -68, -72, -77, -78.5, -80.3, -84, -87, -93, -98, -102, -120],
    )
    africa = np.where(latitude > 31, 45.0, 20.0)
    asia = _boundary(latitude, [-45.0, -11, -9, -6, 0, 6, 9, 30], [147.0, 142, 122, 105.5, 103, 100.5, 99, 99])
    west, south, east = (_east_of(longitude, bound, width) for bound in (americas, africa, asia))
    atlantic = west * (1 - south)
    indian = south * (1 - east) * (latitude < 31)
    # North of Bering Strait, and of Scandinavia and Siberia, all is the Arctic of the Atlantic tables.
    arctic = 1 / (1 + np.exp(-(latitude - 67.0) / 0.7))
    atlantic, indian = atlantic * (1 - arctic) + arctic, indian * (1 - arctic)
    return {"atlantic": atlantic, "indian": indian, "pacific": np.clip(1 - atlantic - indian, 0, 1)}


def _east_of(longitude: Floats, bound: Floats, width: Floats) -> Floats:
    """Return 0 west of a boundary and 1 east of it, with a smooth change also at the dateline."""
    east = (np.asarray(longitude) + 180) % 360 - 180
    return 0.5 * (1 + np.tanh((east - bound) / width))
