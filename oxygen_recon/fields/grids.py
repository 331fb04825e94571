"""Grids of a region, of a mask and of a field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

import numpy as np
import xarray as xr
from pydantic import BaseModel, ConfigDict, Field, model_validator

from graphs.grid import Grid
from graphs.types import Floats, Mask
from oxygen_recon.fields import regions
from oxygen_recon.fields.axes import HORIZONTAL_AND_DEPTH, axis, cell_bounds, depths
from oxygen_recon.fields.regrid import nearest
from qc.errors import InputError

Pair = Annotated[tuple[float, float], Field(strict=False)]  # YAML knows lists only


Row = Annotated[tuple[float, ...], Field(strict=False)]
_TURNED = 270.0  # degrees: a wider box that seems to cross the dateline has its numbers in the wrong order


class GridConfig(BaseModel):
    """Region, resolution and levels.

    Parameters
    ----------
    latitude : [south, north] [degrees north]
        May be left out where there is a region: then that of the box around it, widened to whole cells.
    longitude : [west, east] [degrees east]
        At most 360 apart; [140, -120] is [140, 240], across the dateline (up to 270 degrees wide). May be left
        out where there is a region.
    region : str, optional
        A name (`oxygen-recon schema --regions` lists them), a polygon as WKT, or a file from the current folder:
        GeoJSON (.geojson), WKT (.wkt) or a netCDF mask (.nc, .nc:variable or .nc:variable=code). Cells with their
        centre outside it count as land.
    resolution : float [degrees]
        Must divide both extents to within a fiftieth of a cell.
    levels : list of float [m]
        Level centres, increasing.
    level_edges : list of float, optional [m]
        When left out 0, the middles between centres, and half a spacing below the last.
    wet_fraction : float [1]
        Share of a cell that must be deeper than the level centre for the cell to be ocean.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    latitude: Pair
    longitude: Pair
    region: str | None = None
    resolution: float = Field(gt=0)
    levels: Row = Field(min_length=1)
    level_edges: Row | None = None
    wet_fraction: float = Field(default=0.3, ge=0, le=1)

    @model_validator(mode="before")
    @classmethod
    def _frame(cls, settings: Any) -> Any:
        """Fill in the box around a region, and turn longitudes across the dateline so that they increase."""
        if not isinstance(settings, Mapping):
            return settings
        settings = dict(settings)
        region, resolution = settings.get("region"), settings.get("resolution")
        if isinstance(region, str) and isinstance(resolution, int | float) and resolution > 0:
            west, south, east, north = regions.frame(region, resolution)
            settings = {"latitude": (south, north), "longitude": (west, east)} | settings
        match settings.get("longitude"):
            case [int() | float() as west, int() | float() as east] if 360 - _TURNED <= west - east <= 360:
                settings["longitude"] = (west, east + 360.0)
        return settings

    @model_validator(mode="after")
    def _check(self) -> GridConfig:
        """Refuse a region that is no whole number of cells, or levels that do not increase."""
        for name, (low, high), reach in (("latitude", self.latitude, 180.0), ("longitude", self.longitude, 360.0)):
            cells = (high - low) / self.resolution
            if not 0 < high - low <= reach:
                raise ValueError(f"{name} must be [low, high], at most {reach:g} degrees apart")
            if round(cells) < 1 or abs(cells - round(cells)) > 0.02:
                raise ValueError(f"{name} spans {cells:.2f} cells of {self.resolution} degrees, not a whole number")
        if max(map(abs, self.latitude)) > 90:
            raise ValueError("latitude must lie within [-90, 90]")
        if self.levels[0] < 0 or np.any(np.diff(self.levels) <= 0):
            raise ValueError("levels must increase from 0 m or below")
        if len(self.levels) == 1 and self.levels[0] == 0 and self.level_edges is None:
            raise ValueError("a single level at the surface needs level_edges")
        if self.level_edges is not None and len(self.level_edges) != len(self.levels) + 1:
            raise ValueError("level_edges must be one more than levels")
        return self


def make_grid(config: GridConfig, relief: xr.DataArray | None = None, wet: xr.DataArray | Mask | None = None) -> Grid:
    """Make the grid of a region.

    Parameters
    ----------
    config : GridConfig
        Region, resolution and levels.
    relief : DataArray, shape (latitude, longitude), optional
        Height above the sea surface, m, positive up, on any longitude convention. A cell is wet where at least
        `wet_fraction` of the relief's points in it lie deeper than the level centre; where no point lies in a cell
        the nearest decides.
    wet : bool array, shape (level, latitude, longitude), or DataArray with those axes, optional
        Wet mask instead; a DataArray is read at the nearest point.

    Returns
    -------
    Grid

    Raises
    ------
    InputError
        If neither or both of relief and wet are given, the mask has another shape, or the region has no ocean.
    """
    south, north = config.latitude
    west, east = config.longitude
    latitude = np.linspace(south, north, round((north - south) / config.resolution) + 1)
    longitude = np.linspace(west, east, round((east - west) / config.resolution) + 1)
    depth = np.array(config.levels)
    edges = _level_edges(depth) if config.level_edges is None else np.array(config.level_edges)
    if (relief is None) == (wet is None):
        raise InputError("a grid needs either a relief or a wet mask", "grid", "give one of them")
    shape = (depth.size, latitude.size - 1, longitude.size - 1)
    dry = Grid(latitude, longitude, edges, depth, np.ones(shape, bool))
    if relief is not None:
        mask = _wet_from_relief(dry, relief, config.wet_fraction)
    elif isinstance(wet, xr.DataArray):
        mask = nearest(wet, dry) > 0
    else:
        mask = np.asarray(wet, bool)
    if config.region is not None:
        mask = mask & regions.inside(config.region, dry)
    if mask.shape != shape:
        raise InputError(f"the wet mask has shape {mask.shape}, the grid {shape}", "grid", "give a mask on the grid")
    if not mask.any():
        raise InputError("the region has no ocean", "grid", "move the region or choose shallower levels")
    return Grid(latitude, longitude, edges, depth, mask)


def _level_edges(depth: Floats) -> Floats:
    """Edges of levels: the surface, the middles between centres, half a spacing below the last."""
    if depth.size == 1:
        return np.array([0.0, 2 * depth[0]])
    middle = 0.5 * (depth[1:] + depth[:-1])
    return np.concatenate([[0.0], middle, [depth[-1] + 0.5 * (depth[-1] - depth[-2])]])


def _wet_from_relief(grid: Grid, relief: xr.DataArray, wet_fraction: float) -> Mask:
    """Wet cells: at least a share of the relief's points in them lie deeper than the level centre."""
    latitude_name, longitude_name = axis(relief, "latitude"), axis(relief, "longitude")
    relief = relief.transpose(latitude_name, longitude_name)
    latitude, longitude = relief[latitude_name].to_numpy(), relief[longitude_name].to_numpy()
    row, _ = grid.locate(latitude, np.full(latitude.size, grid.longitude[0]))
    _, place = grid.locate(np.full(longitude.size, grid.latitude[0]), longitude)
    bottom = -relief.to_numpy()[np.ix_(row >= 0, place >= 0)].astype(float)
    cell = row[row >= 0][:, None] * grid.shape[2] + place[place >= 0]
    known = np.isfinite(bottom)
    columns = grid.shape[1] * grid.shape[2]
    points = np.bincount(cell[known], minlength=columns).reshape(grid.shape[1:])
    fallback = -nearest(relief, grid)
    wet = np.empty(grid.shape, bool)
    for level, depth in enumerate(grid.depth):
        deeper = np.bincount(cell[known], bottom[known] > depth, columns).reshape(points.shape)
        share = deeper / np.maximum(points, 1)
        wet[level] = np.where(points > 0, (share >= wet_fraction) & (deeper > 0), fallback > depth)
    return wet


def grid_of(field: xr.Dataset | xr.DataArray, use_bounds: bool = True) -> Grid:
    """Take the grid of a field.

    Parameters
    ----------
    field : Dataset or DataArray
        With one-dimensional coordinates latitude, longitude and depth that increase, and, where it has one, the mask
        `wet`, shape (depth, latitude, longitude).
    use_bounds : bool
        Take the edges of the cells from the bounds of an axis that has some; otherwise, and where bounds leave gaps,
        edges lie midway between centres, the first depth edge at the surface.

    Returns
    -------
    Grid
        Wet by the mask; in a DataArray without a mask, where any time has a value.

    Raises
    ------
    InputError
        If an axis is missing, or has a single cell and no bounds; if a Dataset has no mask.

    Examples
    --------
    >>> axes = {"depth": [5.0, 20.0], "lat": [0.5, 1.5], "lon": [10.0, 12.0, 14.0]}
    >>> grid_of(xr.DataArray(np.ones((2, 2, 3)), axes, ("depth", "lat", "lon"))).depth_edges
    array([ 0. , 12.5, 27.5])
    """
    names = {kind: axis(field, kind) for kind in HORIZONTAL_AND_DEPTH}
    found = {kind: _edges_of(field, name) if use_bounds else None for kind, name in names.items()}
    latitude, longitude = (field[names[kind]].to_numpy().astype(float) for kind in ("latitude", "longitude"))
    depth, depth_edges = depths(field[names["depth"]]), found["depth"]
    return Grid(
        latitude_edges=np.clip(_or_midway(found["latitude"], latitude, "latitude"), -90.0, 90.0),
        longitude_edges=_or_midway(found["longitude"], longitude, "longitude"),
        depth_edges=np.append(0.0, _midway(depth, "depth")[1:]) if depth_edges is None else depth_edges,
        depth=depth,
        wet=_wet_of(field, [names["depth"], names["latitude"], names["longitude"]]),
    )


def within(grid: Grid, region: xr.DataArray | Mask) -> Grid:
    """Limit a grid to a region: columns outside it count as land.

    Parameters
    ----------
    grid : Grid
        Grid of the whole field.
    region : bool array, shape (latitude, longitude), or DataArray
        A DataArray with latitude and longitude is read at the points nearest to the grid's.

    Returns
    -------
    Grid

    Raises
    ------
    InputError
        If the region has another shape or no ocean.
    """
    wet = grid.wet & columns_of(grid, region)
    if not wet.any():
        raise InputError("no ocean in it", "region", "move or widen it")
    return replace(grid, wet=wet)


def columns_of(grid: Grid, region: xr.DataArray | Mask) -> Mask:
    """Read a region on a grid.

    Parameters
    ----------
    grid : Grid
        Grid of the whole field.
    region : bool array, shape (latitude, longitude), or DataArray
        As for `within`.

    Returns
    -------
    bool array, shape (latitude, longitude)

    Raises
    ------
    InputError
        If the region has another shape.
    """
    inside = nearest(region, grid) > 0 if isinstance(region, xr.DataArray) else np.asarray(region, bool)
    if inside.shape != grid.shape[1:]:
        raise InputError(f"a region of shape {inside.shape} on a grid of {grid.shape[1:]}", "region", "use its grid")
    return inside


def _edges_of(field: xr.Dataset | xr.DataArray, name: str) -> Floats | None:
    """Edges from the bounds of an axis, None where it has none or they leave gaps."""
    bounds = cell_bounds(field, name)
    if bounds is None or not np.allclose(bounds[1][:-1], bounds[0][1:]):
        return None
    return np.append(bounds[0], bounds[1][-1])


def _or_midway(edges: Floats | None, centre: Floats, name: str) -> Floats:
    """Edges as they are, or midway between centres where there are none."""
    return _midway(centre, name) if edges is None else edges


def _midway(centre: Floats, name: str) -> Floats:
    """Edges midway between centres; the outer ones as far out as the next inner ones."""
    if centre.size == 1:
        raise InputError(f"a single {name} without bounds", "gridded field", f"add the bounds of {name}")
    middle = 0.5 * (centre[1:] + centre[:-1])
    return np.concatenate([[2 * centre[0] - middle[0]], middle, [2 * centre[-1] - middle[-1]]])


def _wet_of(field: xr.Dataset | xr.DataArray, dims: list[str]) -> Mask:
    """Wet mask, shape (level, latitude, longitude): the field's own, or where any value is."""
    if "wet" in field.coords or (isinstance(field, xr.Dataset) and "wet" in field):
        mask = field["wet"]
        mask = mask.isel({dim: 0 for dim in mask.dims if dim not in dims})  # repeated where files were joined in time
        return np.asarray(mask.transpose(*dims).to_numpy().astype(bool))
    if isinstance(field, xr.Dataset):
        raise InputError("no mask `wet`", "gridded field", "give one of its variables instead")
    others = [dim for dim in field.dims if dim not in dims]
    wet: Mask = field.notnull().any(others).transpose(*dims).to_numpy()
    return wet
