"""Means of a field that figures share: maps year by year, means by basin, and the first and the last years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from graphs.basins import BASINS, basin_of
from graphs.grid import Grid
from graphs.types import Floats, Mask

UPPER = 1000.0  # m, lower end of the layer whose mean oxygen is drawn
ALL, EQUATORIAL = "all", "eastern equatorial Pacific"
EQUATORIAL_BOX = (-5.0, 5.0, 210.0, 270.0)  # south, north, west, east: the region Nino 3
_DECADE = 10  # years that are compared, fewer where there are not twice as many
_UNIT = {"units": "umol kg-1", "long_name": "oxygen"}


@dataclass(frozen=True)
class FieldMeans:
    """Means of a field, one value a calendar year, umol kg-1.

    Parameters
    ----------
    levels : DataArray, dims (time, depth, latitude, longitude)
        At some levels.
    upper : DataArray, dims (time, latitude, longitude)
        Mean of the upper 1000 m of each column, by thickness.
    regions : DataArray, dims (region, time, depth)
        Mean by area: "all", the basins that the grid has, and the eastern equatorial Pacific where it has that.
    layer : DataArray, dims (region, time)
        Mean of the upper 1000 m by volume.
    first, last : DataArray, dims (depth, latitude, longitude)
        Mean of the first and of the last years, `years` of them.
    years : int
        Ten, or half of all.
    """

    levels: xr.DataArray
    upper: xr.DataArray
    regions: xr.DataArray
    layer: xr.DataArray
    first: xr.DataArray
    last: xr.DataArray
    years: int


def field_means(field: xr.DataArray, grid: Grid, depths: Sequence[float]) -> FieldMeans:
    """Compute the means of a field, reading one calendar year at a time.

    Parameters
    ----------
    field : DataArray, dims (time, depth, latitude, longitude)
        umol kg-1; NaN is left out of every mean.
    grid : Grid
        Cells of the field.
    depths : sequence of float
        Depths of the maps, m; the nearest level of each, none twice.

    Returns
    -------
    FieldMeans
    """
    near = sorted({int(np.abs(grid.depth - depth).argmin()) for depth in depths})
    share = upper_share(grid)
    names, weights = region_weights(grid)
    year = field["time"].dt.year.to_numpy()
    every = np.unique(year)
    span = max(1, min(_DECADE, every.size // 2))
    parts: dict[str, list[Floats]] = {"levels": [], "upper": [], "regions": [], "layer": []}
    ends = _Ends(grid.shape), _Ends(grid.shape)
    for number, one in enumerate(every):
        values = _mean(field.isel(time=np.flatnonzero(year == one)).to_numpy().astype(np.float64))
        known = np.isfinite(values) & grid.wet
        filled = np.where(known, values, 0.0)
        parts["levels"].append(np.where(known, values, np.nan)[near].astype(np.float32))
        parts["upper"].append(_ratio(np.tensordot(share, filled, 1), np.tensordot(share, known, 1)).astype(np.float32))
        of_level, of_area = (_by_region(one, weights) for one in (filled, known.astype(float)))
        parts["regions"].append(_ratio(of_level, of_area))
        parts["layer"].append(_ratio(of_level @ share, of_area @ share))
        for end, inside in zip(ends, (number < span, number >= every.size - span)):
            if inside:
                end.add(filled, known)
    return _named(parts, [end.mean() for end in ends], field, near, names, every, span)


def upper_share(grid: Grid) -> Floats:
    """Return how much of each level lies within the upper 1000 m.

    Parameters
    ----------
    grid : Grid
        Its levels.

    Returns
    -------
    array, shape (level,)
        m.
    """
    found: Floats = np.maximum(np.minimum(grid.depth_edges[1:], UPPER) - grid.depth_edges[:-1], 0.0)
    return found


def region_weights(grid: Grid) -> tuple[list[str], Floats]:
    """Return the area of each column in each region.

    Parameters
    ----------
    grid : Grid
        Its columns.

    Returns
    -------
    names : list of str
        Regions with ocean: "all", basins, eastern equatorial Pacific.
    weights : array, shape (region, latitude, longitude)
        m2; 0 outside.
    """
    north, east = np.meshgrid(grid.latitude, grid.longitude, indexing="ij")
    basin = basin_of(north.ravel(), east.ravel()).reshape(north.shape)
    south, top, west, right = EQUATORIAL_BOX
    box = (north > south) & (north < top) & (east % 360.0 > west) & (east % 360.0 < right)
    masks: dict[str, Mask] = {ALL: np.ones_like(box)}
    masks |= {name: np.asarray(basin == name) for name in BASINS} | {EQUATORIAL: box}
    ocean = grid.wet.any(axis=0)
    held = {name: mask for name, mask in masks.items() if (mask & ocean).any()}
    return list(held), np.stack([grid.area * mask for mask in held.values()])


class _Ends:
    """Sum of some years."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self.total, self.count = np.zeros(shape), np.zeros(shape)

    def add(self, filled: Floats, known: Mask) -> None:
        """Add a year."""
        self.total += filled
        self.count += known

    def mean(self) -> Floats:
        """Mean of the years with a value."""
        return _ratio(self.total, self.count)


def _mean(values: Floats) -> Floats:
    """Mean over the steps of a year, what is missing left out."""
    if len(values) == 1:
        one: Floats = values[0]
        return one
    known = np.isfinite(values)
    return _ratio(np.where(known, values, 0.0).sum(axis=0), known.sum(axis=0))


def _ratio(total: Floats, count: Floats) -> Floats:
    """Divide; NaN where there is nothing."""
    return np.where(count > 0, total / np.where(count > 0, count, 1.0), np.nan)


def _by_region(values: Floats, weights: Floats) -> Floats:
    """Sum columns by region, shape (region, level)."""
    found: Floats = weights.reshape(len(weights), -1) @ values.reshape(len(values), -1).T
    return found


def _named(
    parts: dict[str, list[Floats]], ends: list[Floats], field: xr.DataArray, near: list[int], names: list[str],
    years: Floats, span: int,
) -> FieldMeans:  # fmt: skip
    """Give means their coordinates."""
    time = np.array([f"{one:04d}-07-02" for one in years], "datetime64[ns]")
    place = {name: field[name].variable for name in ("latitude", "longitude")}
    depth, region = {"depth": field["depth"].variable}, {"region": np.array(names)}

    def array(values: Floats, dims: str, coordinates: Mapping[str, object]) -> xr.DataArray:
        kept = {name: values for name, values in coordinates.items() if name in dims.split()}
        return xr.DataArray(values, kept, dims.split(), "oxygen", _UNIT)

    def stack(name: str, dims: str, axis: int, coordinates: Mapping[str, object]) -> xr.DataArray:
        return array(np.stack(parts[name], axis=axis), dims, {"time": time, **coordinates})

    levels = {"depth": field["depth"].variable[near]}
    first, last = (array(values, "depth latitude longitude", place | depth) for values in ends)
    return FieldMeans(
        stack("levels", "time depth latitude longitude", 0, place | levels),
        stack("upper", "time latitude longitude", 0, place),
        stack("regions", "region time depth", 1, {**region, **depth}),
        stack("layer", "region time", 1, region),
        first,
        last,
        span,
    )
