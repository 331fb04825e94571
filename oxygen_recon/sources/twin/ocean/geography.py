"""Coastlines and sea floor of the twin ocean: real coastlines at one degree, an idealised relief under them."""

from functools import lru_cache
from pathlib import Path

import numpy as np
from scipy import ndimage
from scipy.spatial import cKDTree

from graphs.sphere import EARTH_RADIUS_KM, unit_vector
from graphs.types import Floats, Mask

LATITUDE = np.arange(-89.5, 90.0)  # degrees north, centres of the one-degree cells of `sea_fraction` and `relief`
LONGITUDE = np.arange(-179.5, 180.0)  # degrees east

# Enclosed seas whose oxygen follows no basin table count as land (south, north, west, east).
_ENCLOSED_SEAS = (
    (30.0, 47.0, 0.0, 42.0),  # Mediterranean and Black Sea
    (30.0, 42.0, -5.5, 0.0),  # Alboran Sea
    (53.0, 66.0, 10.0, 31.0),  # Baltic
    (12.5, 30.0, 32.0, 43.3),  # Red Sea
    (23.5, 31.0, 47.0, 56.5),  # Persian Gulf
    (51.0, 66.0, -95.0, -70.0),  # Hudson Bay
)
# Broad shelves: centre latitude, longitude, half widths in degrees, how many times wider than elsewhere.
_SHELVES = (
    (74.0, 110.0, 6.0, 75.0, 7.0),  # Siberia
    (60.0, -172.0, 5.0, 9.0, 5.0),  # Bering Sea
    (55.0, 3.0, 5.0, 7.0, 6.0),  # North Sea
    (2.0, 108.0, 8.0, 8.0, 6.0),  # Sunda
    (33.0, 122.0, 7.0, 4.0, 5.0),  # Yellow and East China Seas
    (-13.0, 133.0, 5.0, 10.0, 5.0),  # Sahul
    (-47.0, -64.0, 8.0, 4.0, 5.0),  # Patagonia
    (46.0, -53.0, 4.0, 6.0, 4.0),  # Grand Banks
)


@lru_cache(maxsize=1)
def sea_fraction() -> Floats:
    """Return the share of sea in each one-degree cell, from real coastlines.

    Enclosed seas (Mediterranean, Black, Baltic, Red, Persian Gulf, Hudson, Caspian) count as land.

    Returns
    -------
    array, shape (180, 360)
        Fractions 0-1 on `LATITUDE` x `LONGITUDE`; read-only. What coastline.npz says (`experiments/coastline.py` makes
        it), which counts the points of sea among the sixteen of each cell.
    """
    with np.load(Path(__file__).parent / "coastline.npz", allow_pickle=False) as kept:
        fraction: Floats = kept["sea"] / 16.0
    for south, north, west, east in _ENCLOSED_SEAS:
        inside = ((LATITUDE > south) & (LATITUDE < north))[:, None] & (LONGITUDE > west) & (LONGITUDE < east)
        fraction[inside] = 0.0
    fraction[~_largest(fraction >= 0.5) & (fraction >= 0.5)] = 0.0
    fraction.setflags(write=False)
    return fraction


def _largest(sea: Mask) -> Mask:
    """Keep the largest connected sea, connected across the dateline too."""
    label, _ = ndimage.label(np.concatenate([sea, sea], axis=1), structure=np.ones((3, 3)))
    biggest = np.argmax(np.bincount(label.ravel())[1:]) + 1
    return np.asarray((label[:, :360] == biggest) | (label[:, 360:] == biggest))


@lru_cache(maxsize=1)
def relief() -> Floats:
    """Return the height of sea floor and land: shelf, slope and abyss by distance to the coast, and mid-ocean ridges.

    Returns
    -------
    array, shape (180, 360)
        Metres, positive up, on `LATITUDE` x `LONGITUDE`; negative exactly where `sea_fraction` >= 0.5; read-only.
    """
    latitude, longitude = np.meshgrid(LATITUDE, LONGITUDE, indexing="ij")
    sea = sea_fraction() >= 0.5
    xyz = unit_vector(latitude, longitude)
    to_land = EARTH_RADIUS_KM * cKDTree(xyz[~sea]).query(xyz)[0]
    to_sea = EARTH_RADIUS_KM * cKDTree(xyz[sea]).query(xyz)[0]
    wide = np.ones_like(latitude)
    for lat0, lon0, dlat, dlon, factor in _SHELVES:
        east = (longitude - lon0 + 180) % 360 - 180
        wide += (factor - 1) * np.exp(-(((latitude - lat0) / dlat) ** 4) - (east / dlon) ** 4)
    rough = _hills(xyz)
    from_shelf = to_land / wide
    slope = 0.5 * (1 + np.tanh((from_shelf - 230) / 90))
    depth = 60 + 110 * np.clip(from_shelf / 150, 0, 1) + slope * (4700 + 450 * rough - _ridges(latitude, longitude))
    depth = np.where(latitude > 66, np.minimum(depth, 3800), depth)
    height: Floats = np.where(sea, -np.maximum(depth, 30.0), 50 + 0.6 * to_sea)
    height.setflags(write=False)
    return height


def _hills(xyz: Floats) -> Floats:
    """Evaluate abyssal hills: a random field of unit variance and a length of about 500 km."""
    rng = np.random.default_rng(1492)
    vectors, phase = rng.normal(0, EARTH_RADIUS_KM / 500, (48, 3)), rng.uniform(0, 2 * np.pi, 48)
    return np.asarray(np.sqrt(2 / 48) * np.cos(xyz @ vectors.T + phase).sum(-1))


def _ridges(latitude: Floats, longitude: Floats) -> Floats:
    """Height of the mid-ocean ridges above the abyssal plain, m."""
    atlantic = np.interp(latitude, [-55, -30, -5, 5, 20, 35, 50, 65], [0, -14, -13, -30, -46, -36, -29, -20])
    indian = np.interp(latitude, [-50, -25, 0, 20], [90, 70, 68, 60])
    pacific = np.interp(latitude, [-60, -50, -35, 0, 20], [-150, -118, -110, -103, -106])
    height = np.zeros_like(latitude)
    for axis, south, north, top in (
        (atlantic, -55, 66, 2100.0),
        (indian, -50, 20, 1700.0),
        (pacific, -60, 20, 1600.0),
    ):
        across = ((longitude - axis + 180) % 360 - 180) * np.cos(np.radians(latitude))
        along = np.clip((latitude - south) / 5, 0, 1) * np.clip((north - latitude) / 5, 0, 1)
        height += top * along * np.exp(-np.abs(across / 6))
    return height


def water_depth(latitude: Floats, longitude: Floats) -> Floats:
    """Look up the water depth of the one-degree cell that a position lies in.

    Parameters
    ----------
    latitude, longitude : array, any shapes that broadcast together
        Degrees north and degrees east; any longitude convention.

    Returns
    -------
    array
        Metres, positive down; 0 on land.
    """
    row = np.clip(np.floor(np.asarray(latitude) + 90).astype(int), 0, 179)
    column = np.floor((np.asarray(longitude) + 180) % 360).astype(int) % 360
    return np.asarray(np.maximum(-relief()[row, column], 0.0))


def wet_fraction_of_cells(latitude: Floats, longitude: Floats, depth: Floats) -> Floats:
    """Return the share of each grid cell whose sea floor lies below a level.

    Parameters
    ----------
    latitude, longitude : array, shape (latitude,), (longitude,)
        Cell centres, degrees north and degrees east, evenly spaced.
    depth : array, shape (level,)
        Level centres, m.

    Returns
    -------
    array, shape (level, latitude, longitude)
        Area fractions 0-1, from the one-degree relief sampled at least every degree inside a cell.
    """
    lat_step, lon_step = (abs(float(x[1] - x[0])) if len(x) > 1 else 1.0 for x in (latitude, longitude))
    n, m = max(1, round(lat_step)), max(1, round(lon_step))
    lat = np.asarray(latitude)[:, None] + lat_step * ((np.arange(n) + 0.5) / n - 0.5)
    lon = np.asarray(longitude)[:, None] + lon_step * ((np.arange(m) + 0.5) / m - 0.5)
    water = water_depth(np.clip(lat, -90, 90)[:, :, None, None], lon)
    weight = np.cos(np.radians(lat))[:, :, None, None] * np.ones_like(water)
    deep = water > np.asarray(depth)[:, None, None, None, None]
    return np.asarray((deep * weight).sum((2, 4)) / weight.sum((1, 3))[None])
