"""From a region and a table to a grid, samples and a domain."""

from dataclasses import dataclass
from typing import Annotated

import numpy as np
import pandas as pd
import pyarrow as pa
import xarray as xr
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from graphs.grid import Grid
from graphs.time_axis import Timeline
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.dataset.vertical import Vertical, extract, to_levels
from oxygen_recon.fields.regrid import axis, nearest
from oxygen_recon.runtime.errors import Mistake

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Pair = Annotated[tuple[float, float], Field(strict=False)]  # YAML knows lists only
Row = Annotated[tuple[float, ...], Field(strict=False)]


class GridConfig(BaseModel):
    """Region, resolution and levels.

    Parameters
    ----------
    latitude : (south, north)
        Degrees north.
    longitude : (west, east)
        Degrees east, west < east, at most 360 apart; [160, 250] crosses the dateline.
    resolution : float
        Degrees; must divide both extents to within a fiftieth of a cell.
    levels : tuple of float
        Level centres, m, increasing.
    level_edges : tuple of float, optional
        Level edges, m; when left out 0, the middles between centres, and half a spacing below the last.
    wet_fraction : float
        Share of a cell that must be deeper than the level centre for the cell to be ocean.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    latitude: Pair
    longitude: Pair
    resolution: float = Field(gt=0)
    levels: Row = Field(min_length=1)
    level_edges: Row | None = None
    wet_fraction: float = Field(default=0.3, ge=0, le=1)

    @model_validator(mode="after")
    def _check(self) -> "GridConfig":
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


@dataclass(frozen=True)
class Coverage:
    """What became of the table on its way to samples.

    Parameters
    ----------
    rows, casts : int
        Rows of the table; casts with an accepted value.
    casts_inside : int
        Of these, casts inside the region and the period.
    values, values_on_land : int
        Cast-level values, and those that fell on a dry cell and were left out.
    samples, groups : int
        Samples, and cruises or platforms among them.
    observed : float
        Share of all (step, cell) pairs with a sample.
    """

    rows: int
    casts: int
    casts_inside: int
    values: int
    values_on_land: int
    samples: int
    groups: int
    observed: float


def make_grid(
    config: GridConfig, relief: xr.DataArray | None = None, wet: xr.DataArray | NDArray[np.bool_] | None = None
) -> Grid:
    """Make the grid of a region.

    Parameters
    ----------
    config : GridConfig
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
    Mistake
        If neither or both of relief and wet are given, the mask has another shape, or the region has no ocean.
    """
    south, north = config.latitude
    west, east = config.longitude
    latitude = np.linspace(south, north, round((north - south) / config.resolution) + 1)
    longitude = np.linspace(west, east, round((east - west) / config.resolution) + 1)
    depth = np.array(config.levels)
    edges = _level_edges(depth) if config.level_edges is None else np.array(config.level_edges)
    if (relief is None) == (wet is None):
        raise Mistake("a grid needs either a relief or a wet mask", "grid", "give one of them")
    shape = (depth.size, latitude.size - 1, longitude.size - 1)
    dry = Grid(latitude, longitude, edges, depth, np.ones(shape, bool))
    if relief is not None:
        mask = _wet_from_relief(dry, relief, config.wet_fraction)
    elif isinstance(wet, xr.DataArray):
        mask = nearest(wet, dry) > 0
    else:
        mask = np.asarray(wet, bool)
    if mask.shape != shape:
        raise Mistake(f"the wet mask has shape {mask.shape}, the grid {shape}", "grid", "give a mask on the grid")
    if not mask.any():
        raise Mistake("the region has no ocean", "grid", "move the region or choose shallower levels")
    return Grid(latitude, longitude, edges, depth, mask)


def grid_samples(
    table: pa.Table | pd.DataFrame,
    grid: Grid,
    timeline: Timeline,
    accept_flags: tuple[int, ...] = (1, 2),
    vertical: Vertical = "pchip",
    gap: float = 50.0,
) -> tuple[Samples, list[str], Coverage]:
    """Turn casts into samples: what one cruise found in one cell during one step.

    Parameters
    ----------
    table : pyarrow.Table or pandas.DataFrame
        Observations (`qc.table.schema.OBSERVATIONS`); duplicates and unaccepted flags are left out.
    grid : Grid
    timeline : Timeline
    accept_flags : tuple of int
        Oxygen flags let through.
    vertical, gap
        As for `profiles.to_levels`.

    Returns
    -------
    samples : Samples
        Mean of the casts, their median from three casts on; count; spread 1.4826 x median absolute deviation.
    groups : list of str
        Name of each group number.
    coverage : Coverage

    Raises
    ------
    Mistake
        If a needed column is missing.
    """
    everything = extract(table, "oxygen", accept_flags)
    row, place = grid.locate(everything.latitude, everything.longitude)
    step = timeline.index(everything.time)
    inside = (row >= 0) & (step >= 0)
    profiles = everything.take(inside)
    row, place, step = row[inside], place[inside], step[inside]
    cast, level, value = to_levels(profiles, grid.depth, grid.depth_edges, vertical, gap)
    cell = grid.number[level, row[cast], place[cast]]
    ocean = cell >= 0
    names, number = np.unique(np.array(profiles.cruise, dtype=str)[cast[ocean]], return_inverse=True)
    samples = _pool(cell[ocean], step[cast[ocean]], number.astype(np.int64), value[ocean])
    pairs = np.unique(samples.step * grid.cells + samples.cell).size
    coverage = Coverage(
        rows=len(table), casts=everything.latitude.size, casts_inside=int(inside.sum()), values=value.size,
        values_on_land=int((~ocean).sum()), samples=len(samples), groups=names.size,
        observed=pairs / (grid.cells * len(timeline)),
    )  # fmt: skip
    return samples, names.tolist(), coverage


def make_domain(grid: Grid, timeline: Timeline, covariates: NDArray[np.floating], names: tuple[str, ...]) -> Domain:
    """Put a grid, a timeline and covariates together.

    Parameters
    ----------
    grid : Grid
    timeline : Timeline
    covariates : array, shape (step, cell, channel)
        Physical units, NaN missing.
    names : tuple of str, length channel

    Returns
    -------
    Domain
    """
    level, row, place = np.nonzero(grid.wet)
    _, column = np.unique(grid.column_of, return_inverse=True)
    return Domain(
        latitude=grid.latitude[row], longitude=grid.longitude[place], depth=grid.depth[level], column=column,
        level=level, volume=grid.volume[grid.wet], years=timeline.years, covariates=covariates, names=tuple(names),
    )  # fmt: skip


def _level_edges(depth: Floats) -> Floats:
    if depth.size == 1:
        return np.array([0.0, 2 * depth[0]])
    middle = 0.5 * (depth[1:] + depth[:-1])
    return np.concatenate([[0.0], middle, [depth[-1] + 0.5 * (depth[-1] - depth[-2])]])


def _wet_from_relief(grid: Grid, relief: xr.DataArray, wet_fraction: float) -> NDArray[np.bool_]:
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


def _pool(cell: Ints, step: Ints, group: Ints, value: Floats) -> Samples:
    """Robust mean, count and spread of the values of each (cell, step, group)."""
    order = np.lexsort((value, group, step, cell))
    cell, step, group, value = cell[order], step[order], group[order], value[order]
    new = np.ones(cell.size, bool)
    new[1:] = (np.diff(cell) != 0) | (np.diff(step) != 0) | (np.diff(group) != 0)
    start = np.flatnonzero(new)
    count = np.diff(np.append(start, cell.size))
    number = np.cumsum(new) - 1
    # The median of one or two casts is their mean.
    centre = _median_of_runs(value, start, count)
    deviation = np.abs(value - centre[number])
    deviation = deviation[np.lexsort((deviation, number))]
    spread = 1.4826 * _median_of_runs(deviation, start, count)
    return Samples(
        cell[start], step[start], group[start], centre, count.astype(np.int64), np.where(count > 1, spread, np.nan)
    )


def _median_of_runs(value: Floats, start: Ints, count: Ints) -> Floats:
    """Median of each run of sorted values."""
    middle: Floats = 0.5 * (value[start + (count - 1) // 2] + value[start + count // 2])
    return middle
