"""Regions by name, as a polygon or as a mask file: the box around one, and the columns of a grid in it."""

from __future__ import annotations

import hashlib
import json
import math
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import xarray as xr
from pydantic import Field

from graphs.grid import Grid
from graphs.types import Mask
from oxygen_recon.fields.axes import axis
from oxygen_recon.fields.regrid import nearest
from qc.config import Strict, read_yaml, validate
from qc.errors import InputError

Box = tuple[float, float, float, float]
"""West, south, east, north, degrees; east is beyond west, and beyond 180 where the box crosses it."""
Shape = Any
"""A geometry of shapely, which is imported only where a region is a polygon."""

_SLACK = 1e-9  # of a cell: an edge this near to a multiple of the resolution is one
_POLYGONS = (".geojson", ".json", ".wkt", ".txt")
_MASKS = (".nc", ".cdf", ".nc4")


class NamedRegion(Strict):
    """A region of `regions.yaml`.

    Parameters
    ----------
    title : str
        What it is.
    box : tuple of float, length 4
        West, south, east, north, degrees; west beyond east crosses 180.
    source : str
        What the box holds, and whose it is.
    """

    title: str
    box: Annotated[Box, Field(strict=False)]
    source: str


@cache
def named() -> dict[str, NamedRegion]:
    """Return the regions that have a name.

    Examples
    --------
    >>> named()["bering_sea"].box
    (160.0, 51.0, -157.0, 67.0)
    """
    path = Path(str(files("oxygen_recon.fields") / "regions.yaml"))
    return validate(dict[str, NamedRegion], read_yaml(path, "table of regions"), str(path))


def box_of(region: str) -> Box:
    """Return the box around a region.

    Parameters
    ----------
    region : str
        A name of `named`; a polygon as WKT; a file of one (.geojson, .json, .wkt); or a netCDF mask (.nc), 1 inside,
        its variable behind a colon where there are several (masks.nc:indian).

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
    if _is_mask(region):
        return _box_of_mask(region)
    parts = [part.bounds for part in _parts(_polygon(region))]
    west, east = _around([(one[0], one[2]) for one in parts])
    return west, min(one[1] for one in parts), east, max(one[3] for one in parts)


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
        return _within(box_of(region), grid)
    if _is_mask(region):  # a grid may reach beyond the mask, whose edge is no coast
        return np.asarray(_within(box_of(region), grid) & (nearest(_mask(region), grid) > 0))
    import shapely

    polygon = _polygon(region)
    latitude, longitude = np.meshgrid(grid.latitude, grid.longitude, indexing="ij")
    turns = [shapely.intersects_xy(polygon, longitude + turn, latitude) for turn in (-360.0, 0.0, 360.0)]
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
    else:
        covered = region.encode() if _is_wkt(region) else _existing(region).read_bytes()
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


def _is_wkt(region: str) -> bool:
    """Tell a polygon written as WKT."""
    return region.lstrip().upper().startswith(("POLYGON", "MULTIPOLYGON"))


def _is_mask(region: str) -> bool:
    """Tell the name of a mask file."""
    return not _is_wkt(region) and _file_of(region).suffix in _MASKS


def _file_of(region: str) -> Path:
    """Return the path of a file, without the variable behind it."""
    path = Path(region)
    return path.with_name(path.name.rpartition(":")[0]) if ":" in path.name else path


def _existing(region: str) -> Path:
    """Return the file of a region."""
    path = _file_of(region)
    if path.suffix not in (*_POLYGONS, *_MASKS):
        from difflib import get_close_matches

        close = get_close_matches(region, named(), 1)
        meant = f"did you mean {close[0]}?" if close else f"one of {', '.join(named())}; or a polygon or mask file"
        raise InputError("no such region", region, meant)
    if not path.is_file():
        raise InputError("no such file of a region", region, "check the name; it starts from the current folder")
    return path


def _polygon(region: str) -> Shape:
    """Read a polygon that does not cross itself."""
    import shapely

    where = "polygon" if _is_wkt(region) else region
    path = None if _is_wkt(region) else _existing(region)
    try:
        text = region if path is None else path.read_text(encoding="utf-8")
        found = [shapely.from_wkt(text)] if _is_wkt(text) else _of_geojson(json.loads(text))
    except (shapely.errors.ShapelyError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        why = " ".join(str(error).split())
        raise InputError(f"no polygon in it ({why})", where, "give GeoJSON or WKT, longitude first") from error
    if not found:
        raise InputError("no polygon in it", where, "give a collection of one feature or more")
    for one in found:
        if one.geom_type not in ("Polygon", "MultiPolygon") or one.is_empty:
            raise InputError(f"a {one.geom_type} is no region", where, "give a Polygon or a MultiPolygon")
        if not one.is_valid:
            fix = "give its corners in the order of its boundary"
            raise InputError(f"the polygon is not valid: {shapely.is_valid_reason(one)}", where, fix)
        _refuse_long_edges(one, where)
    west, south, east, north = shapely.total_bounds(found)
    if max(abs(south), abs(north)) > 90 or east - west > 360:
        raise InputError("latitudes beyond 90, or more than 360 degrees wide", where, "give longitude before latitude")
    return shapely.union_all(found)


def _of_geojson(content: Any) -> list[Shape]:
    """List the shapes of a GeoJSON geometry, feature or collection."""
    from shapely.geometry import shape

    return [shape(one.get("geometry", one)) for one in content.get("features", [content])]


def _parts(geometry: Shape) -> list[Shape]:
    """List the polygons of a geometry."""
    return list(getattr(geometry, "geoms", [geometry]))


def _refuse_long_edges(geometry: Shape, where: str) -> None:
    """Refuse an edge of 180 to 360 degrees of longitude: it was meant across 180, the other way round."""
    for ring in (ring for part in _parts(geometry) for ring in (part.exterior, *part.interiors)):
        longitude = np.asarray(ring.coords)[:, 0]
        wide = np.abs(np.diff(longitude))
        for i in np.flatnonzero((wide > 180.0) & (wide < 360.0))[:1]:
            what = f"an edge from {longitude[i]:g} to {longitude[i + 1]:g} goes round most of the globe"
            raise InputError(what, where, "write 190 for -170, or split at 180; if it is meant, put a corner between")


def _within(box: Box, grid: Grid) -> Mask:
    """Tell which columns of a grid have their centre in a box."""
    west, south, east, north = box
    rows = (grid.latitude >= south) & (grid.latitude <= north)
    return np.asarray(rows[:, None] & (np.mod(grid.longitude - west, 360.0) <= east - west))


def _around(spans: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the shortest stretch of longitudes that holds all spans: it begins behind the widest gap."""
    west, east = np.array(sorted(spans, key=lambda span: span[0] % 360.0), dtype=float).T
    starts = np.concatenate([west % 360.0, west % 360.0 + 360.0])  # two turns: a span may end beyond the first
    ends = np.maximum.accumulate(starts + np.tile(east - west, 2))
    gaps = starts[west.size :] - ends[west.size - 1 : -1]  # before each span of the second turn
    first = int(np.argmax(gaps))
    if gaps[first] <= 0:
        return -180.0, 180.0
    return float(west[first]), round(float(west[first] + 360.0 - gaps[first]), 9)


def _mask(region: str) -> xr.DataArray:
    """Read the two-dimensional variable of a mask file that is named, or the only one."""
    path, variable = _existing(region), Path(region).name.partition(":")[2]
    try:
        with xr.open_dataset(path) as dataset:
            flat = [str(name) for name in dataset.data_vars if dataset[name].ndim == 2 and "bnds" not in str(name)]
            chosen = [name for name in flat if variable in ("", name)]
            if len(chosen) == 1:
                return dataset[chosen[0]].load().fillna(0)
    except (OSError, ValueError) as error:
        raise InputError(f"not a readable netCDF file ({error})", region) from error
    fix = f"name one: {', '.join(f'{path}:{name}' for name in flat)}" if flat else "give one of latitude and longitude"
    raise InputError(f"{len(chosen)} masks in it instead of one", region, fix)


def _box_of_mask(region: str) -> Box:
    """Return the box around the points inside a mask, half a spacing wider."""
    mask = _mask(region)
    names = axis(mask, "latitude"), axis(mask, "longitude")
    latitude, longitude = (mask[name].to_numpy().astype(float) for name in names)
    found = mask.transpose(*names).to_numpy() > 0
    if not found.any() or min(latitude.size, longitude.size) < 2:
        raise InputError("a mask without a point inside", region, "give 1 inside and 0 outside")
    rows, places = latitude[found.any(1)], longitude[found.any(0)]
    tall, wide = (0.5 * abs(float(points[1] - points[0])) for points in (latitude, longitude))
    west, east = _around([(place - wide, place + wide) for place in places])
    return west, max(float(rows.min()) - tall, -90.0), east, min(float(rows.max()) + tall, 90.0)
