"""The box around a region, and the columns of a grid in it."""

from __future__ import annotations

import hashlib
import math
from pathlib import Path

import numpy as np

from graphs.basins import BASINS, basin_of
from graphs.grid import Grid
from graphs.types import Mask
from oxygen_recon.fields.regions.boxes import Box, around, around_points, within
from oxygen_recon.fields.regions.masks import box_of_mask, inside_mask
from oxygen_recon.fields.regions.named import named
from oxygen_recon.fields.regions.polygons import parts, polygon
from oxygen_recon.fields.regions.written import existing, is_mask, is_wkt

_SLACK = 1e-9  # of a cell: an edge this near to a multiple of the resolution is one


def box_of(region: str) -> Box:
    """Return the box around a region.

    Parameters
    ----------
    region : str
        A name of `named`; a basin of `graphs.basins.BASINS`; a polygon as WKT; a file of one (.geojson, .json, .wkt);
        or a netCDF mask (.nc), above 0 inside, its variable behind a colon where there are several (masks.nc:indian),
        and codes behind "=" where those alone are meant (masks.nc:basin=2, or =2+3). Of a mask with levels the first
        counts.

    Returns
    -------
    tuple of float
        West, south, east, north, degrees; east is beyond west.

    Raises
    ------
    InputError
        If there is no such name or file, it holds no polygon, the polygon crosses itself, or the mask is empty.

    Examples
    --------
    >>> box_of("bering_sea")
    (160.0, 51.0, 203.0, 67.0)
    >>> box_of("POLYGON ((170 -5, 190 -5, 190 5, 170 5, 170 -5))")
    (170.0, -5.0, 190.0, 5.0)
    """
    if region in named():
        west, south, east, north = named()[region].box
        return west, south, east + 360.0 * (east <= west), north
    if region in BASINS:
        latitude, longitude = np.arange(-89.75, 90.0, 0.5), np.arange(-179.75, 180.0, 0.5)
        rows, places = np.meshgrid(latitude, longitude, indexing="ij")
        return around_points(latitude, longitude, basin_of(rows.ravel(), places.ravel()).reshape(rows.shape) == region)
    if is_mask(region):
        return box_of_mask(region)
    bounds = [part.bounds for part in parts(polygon(region))]
    west, east = around([(one[0], one[2]) for one in bounds])
    return west, min(one[1] for one in bounds), east, max(one[3] for one in bounds)


def inside(region: str, grid: Grid) -> Mask:
    """Tell which columns of a grid have their centre in a region.

    Parameters
    ----------
    region : str
        As for `box_of`.
    grid : Grid
        Of any longitude convention.

    Returns
    -------
    bool array, shape (latitude, longitude)
        A centre on the boundary is inside. A mask is read at its nearest point, and has none beyond.

    Raises
    ------
    InputError
        As for `box_of`.
    """
    if region in named():
        return within(box_of(region), grid)
    if is_mask(region):
        return inside_mask(region, grid)
    latitude, longitude = np.meshgrid(grid.latitude, grid.longitude, indexing="ij")
    if region in BASINS:
        return np.asarray(basin_of(latitude.ravel(), longitude.ravel()).reshape(latitude.shape) == region)
    import shapely

    shape = polygon(region)
    turns = [shapely.intersects_xy(shape, longitude + turn, latitude) for turn in (-360.0, 0.0, 360.0)]
    return np.asarray(np.any(turns, axis=0))


def content(region: str) -> str:
    """Return a hash that changes with what a region covers, for a file that changes under its name.

    Parameters
    ----------
    region : str
        As for `box_of`.
    """
    if region in named():
        covered = repr(named()[region].box).encode()
    elif region in BASINS or is_wkt(region):
        covered = region.encode()
    else:
        covered = Path(region).name.partition(":")[2].encode() + existing(region).read_bytes()
    return hashlib.sha256(covered).hexdigest()[:16]


def frame(region: str, resolution: float) -> Box:
    """Widen the box around a region to multiples of a resolution, within the poles and one turn.

    Parameters
    ----------
    region : str
        As for `box_of`.
    resolution : float
        Degrees.

    Raises
    ------
    InputError
        As for `box_of`.

    Examples
    --------
    >>> frame("baltic_sea", 2.0)
    (8.0, 52.0, 32.0, 66.0)
    """
    west, south, east, north = (edge / resolution for edge in box_of(region))  # in cells
    turn, pole = (math.floor(reach / resolution + _SLACK) for reach in (360.0, 90.0))
    first, last = math.floor(west + _SLACK), math.ceil(east - _SLACK)
    low, high = max(math.floor(south + _SLACK), -pole), min(math.ceil(north - _SLACK), pole)
    edges = (first, low, min(last, first + turn), high)
    return tuple(round(edge * resolution, 9) for edge in edges)  # type: ignore[return-value]
