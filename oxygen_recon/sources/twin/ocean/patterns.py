"""Regular patterns of the twin ocean: seasonal cycle, ENSO-like mode, trend, and where variability is strong."""

import numpy as np

from graphs.types import Floats

SEASONAL_DEPTH = 200.0  # m; no seasonal cycle below


def ventilation_loss(latitude: Floats, depth: Floats, share: dict[str, Floats]) -> Floats:
    """Return the loss of ventilation outside the low-oxygen zones by 2020, as AOU.

    Parameters
    ----------
    latitude, depth : array, shape (point,)
        Degrees north, metres (positive down).
    share : dict of array, shape (point,)
        Weight of each basin, from `atlas.basin_weights`.

    Returns
    -------
    array, shape (point,)
        umol kg-1: strongest in the subarctic Pacific and the Southern Ocean's upper kilometre.
    """
    body = variability_profile(depth)
    subarctic = share["pacific"] * np.exp(-(((latitude - 48) / 11) ** 2))
    southern = np.exp(-(((latitude + 56) / 9) ** 2))
    return body * (1.5 + 4.0 * subarctic + 6.0 * southern) + 0.4 * (1 - np.exp(-depth / 800))


def trend(year: Floats) -> Floats:
    """Return the course of warming and deoxygenation: slow at first, faster since the 1960s.

    Parameters
    ----------
    year : array, any shape
        Decimal years.

    Returns
    -------
    array
        0 in 1920, 1 in 2020.
    """
    start, end = (np.logaddexp(0, (np.array(y) - 1968.0) / 14) for y in (1920.0, 2020.0))
    bend = (np.logaddexp(0, (np.asarray(year, float) - 1968.0) / 14) - start) / (end - start)
    return np.asarray(0.2 * (np.asarray(year, float) - 1920.0) / 100 + 0.8 * bend)


def variability_profile(depth: Floats) -> Floats:
    """Return the relative strength of the decadal variability of oxygen at a depth.

    Parameters
    ----------
    depth : array, any shape
        Metres, positive down.

    Returns
    -------
    array
        Near 1 at 150-500 m, 0.15 at the surface, 0.45 at 1000 m, 0.12 in the abyss.
    """
    rise = 0.15 + 0.85 / (1 + np.exp(-(depth - 90) / 30))
    return np.asarray(rise * (0.12 + 0.88 / (1 + (depth / 850) ** 2.2)))


def seasonal_cycle(latitude: Floats, depth: Floats, year: Floats) -> tuple[Floats, Floats]:
    """Return the seasonal cycle of temperature and of AOU.

    Parameters
    ----------
    latitude, depth : array, shape (point,)
        Degrees north, metres (positive down).
    year : array, any shape that broadcasts with latitude and depth
        Decimal years.

    Returns
    -------
    temperature, aou : array
        Anomalies with no yearly mean: degC, largest at the surface in late summer at 40 degrees; umol kg-1, largest
        below the summer's mixed layer in autumn, and negative at the surface in summer.
    """
    hemisphere = np.tanh(latitude / 8)
    size = 0.4 + 5.0 * np.exp(-(((np.abs(latitude) - 40) / 15) ** 2)) * np.where(latitude > 0, 1.0, 0.65)
    wave = np.cos(2 * np.pi * (year - 0.66)) * hemisphere
    later = np.cos(2 * np.pi * (year - 0.80)) * hemisphere
    fade = np.clip(1 - depth / SEASONAL_DEPTH, 0, 1)
    below = np.exp(-(((depth - 75) / 45) ** 2))
    return size * np.exp(-depth / 60) * fade * wave, (
        1.6 * size * below * later - 0.5 * size * np.exp(-depth / 30) * wave
    ) * fade


def enso(latitude: Floats, longitude: Floats, depth: Floats, share: dict[str, Floats]) -> tuple[Floats, Floats]:
    """Return the pattern of the ENSO-like mode.

    Parameters
    ----------
    latitude, longitude, depth : array, shape (point,)
        Degrees north, degrees east, metres (positive down).
    share : dict of array, shape (point,)
        Weight of each basin, from `atlas.basin_weights`.

    Returns
    -------
    temperature, aou : array, shape (point,)
        degC and umol kg-1 for an index of 1: warm and oxygenated thermocline in the east, the reverse in the west.
    """
    east = (np.asarray(longitude) + 360) % 360
    see_saw = np.tanh((east - 195) / 25)
    equator = np.exp(-((latitude / 9) ** 2)) * share["pacific"]
    layer = np.exp(-(((depth - 110) / 90) ** 2)) + 0.35 * np.exp(-depth / 60)
    pattern = equator * see_saw * layer
    return 1.3 * pattern, -13.0 * pattern


def eddy_strength(latitude: Floats, depth: Floats) -> Floats:
    """Return the relative strength of mesoscale noise.

    Parameters
    ----------
    latitude, depth : array, shape (point,)
        Degrees north, metres (positive down).

    Returns
    -------
    array, shape (point,)
        Factor: 1 in the mid-latitude thermocline, less elsewhere.
    """
    return (0.55 + 0.45 * np.exp(-(((np.abs(latitude) - 38) / 12) ** 2))) * variability_profile(depth)
