"""Water columns below an oxygen threshold: thickness, upper and lower boundary, and core."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr

from graphs.grid import Grid
from graphs.types import Floats, Ints, Mask
from oxygen_recon.fields.cf import STANDARD_NAMES
from oxygen_recon.products.inputs import blocks, check_thresholds, prepare

_LONG_NAMES = {
    "thickness": "thickness of water below the oxygen threshold",
    "upper_boundary": "depth where oxygen falls below the threshold, above the column minimum",
    "lower_boundary": "depth where oxygen rises above the threshold, below the column minimum",
    "core_depth": "depth of the column's oxygen minimum",
    "core_oxygen": "oxygen at the column's minimum",
}


def omz_columns(
    oxygen: xr.DataArray | xr.Dataset,
    threshold: float,
    *,
    grid: Grid | None = None,
    region: xr.DataArray | Mask | None = None,
    unit: str = "umol kg-1",
) -> xr.Dataset:
    """Describe the oxygen minimum zone of each water column.

    Parameters
    ----------
    oxygen : DataArray or Dataset
        Oxygen in `unit` with time, depth, latitude and longitude; NaN in an ocean cell is missing.
    threshold : float
        In `unit`.
    grid : Grid, optional
        Cells of the field; as for `oxygen_recon.products.omz.omz_series` when left out.
    region : bool DataArray or array, shape (latitude, longitude), optional
        Columns that count; all when left out.
    unit : {"umol kg-1", "mmol m-3"}
        Unit of field and threshold alike.

    Returns
    -------
    Dataset
        dims (time, latitude, longitude), NaN where no value is below the threshold: `thickness` (m, all layers of the
        column together), `upper_boundary` and `lower_boundary` (m: the crossings nearest to the minimum, linear in
        depth; surface or sea floor where there is none; NaN where a missing cell comes first), `core_depth` (m) and
        `core_oxygen` (in `unit`), those of the column's minimum.

    Raises
    ------
    InputError
        If dimensions, shape or unit do not fit, or the threshold is not a number above zero.
    """
    oxygen, grid, _ = prepare(oxygen, grid, region)
    check_thresholds(oxygen, [threshold], unit)
    parts = [_describe(values, threshold, grid) for values in blocks(oxygen)]
    dims, meaning = ("time", "latitude", "longitude"), _LONG_NAMES
    data = {name: (dims, np.concatenate([part[name] for part in parts])) for name in meaning}
    result = xr.Dataset(data, {name: oxygen[name].variable for name in dims if name in oxygen.coords})
    for name, long_name in meaning.items():
        result[name].attrs = {"long_name": long_name, "units": unit if name == "core_oxygen" else "m"}
    result["core_oxygen"].attrs["standard_name"] = STANDARD_NAMES[unit]
    scalar = xr.Variable((), float(threshold), {"units": unit, "standard_name": STANDARD_NAMES[unit]})
    return result.assign_coords(threshold=scalar).assign_attrs(Conventions="CF-1.8")


def thickness(values: Floats, valid: Mask, threshold: float, grid: Grid, subcell: bool) -> Floats:
    """Measure how thick the water below a threshold is in each column.

    Parameters
    ----------
    values : array, shape (time, level, latitude, longitude)
        In the unit of the threshold.
    valid : bool array, same shape
        Ocean with a value; all else counts for nothing.
    threshold : float
        In the unit of `values`.
    grid : Grid
        Cells of the field.
    subcell : bool
        Let the profile run linearly between level centres, constant to the cell's edge where no neighbour continues
        it; otherwise whole cells count.

    Returns
    -------
    array, shape (time, latitude, longitude)
        m, all layers of the column together.
    """
    excess = np.where(valid, values - threshold, 0.0)
    below = valid & (excess < 0)
    if not subcell:
        whole: Floats = (below * grid.thickness[:, None, None]).sum(axis=1)
        return whole
    upper, lower = excess[:, :-1], excess[:, 1:]
    pair = valid[:, :-1] & valid[:, 1:]
    span = np.abs(upper) + np.abs(lower)
    share = (np.maximum(-upper, 0.0) + np.maximum(-lower, 0.0)) / np.where(span > 0, span, 1.0)
    total: Floats = (pair * share * np.diff(grid.depth)[:, None, None]).sum(axis=1)
    # Where no neighbour continues the profile (surface, sea floor, missing cell) it is constant to the cell's edge.
    none = np.zeros_like(pair[:, :1])
    above, beneath = np.concatenate([none, pair], axis=1), np.concatenate([pair, none], axis=1)
    to_top = (grid.depth - grid.depth_edges[:-1])[:, None, None]
    to_bottom = (grid.depth_edges[1:] - grid.depth)[:, None, None]
    total += (below * (~above * to_top + ~beneath * to_bottom)).sum(axis=1)
    return total


def extent(
    values: Floats, thresholds: Sequence[float], grid: Grid, subcell: bool, level_area: bool
) -> dict[str, Floats]:
    """Measure the water below each threshold.

    Parameters
    ----------
    values : array, shape (time, level, latitude, longitude)
        In the unit of the thresholds; NaN in an ocean cell is missing.
    thresholds : sequence of float
        In the unit of `values`.
    grid : Grid
        Cells of the field.
    subcell : bool
        As for `thickness`.
    level_area : bool
        Also measure level by level.

    Returns
    -------
    dict of array
        `omz_volume` (m3), `omz_area` (m2) and `omz_area_percent`, shape (threshold, time); `missing_percent`, shape
        (time,); `omz_level_area` (m2), shape (threshold, time, level).
    """
    area, ocean, volume = grid.area, grid.wet.any(axis=0), grid.volume
    valid = np.isfinite(values) & grid.wet
    below = [valid & (np.where(valid, values, 0.0) < threshold) for threshold in thresholds]
    thick = [_thickness_where(b, values, valid, t, grid, subcell) for b, t in zip(below, thresholds)]
    found = {
        "omz_volume": np.stack([(t * area).sum(axis=(-2, -1)) for t in thick]),
        "omz_area": np.stack([(b.any(axis=1) * area).sum(axis=(-2, -1)) for b in below]),
        "missing_percent": 100 * ((grid.wet & ~valid) * volume).sum(axis=(-3, -2, -1)) / volume[grid.wet].sum(),
    }
    found["omz_area_percent"] = 100 * found["omz_area"] / area[ocean].sum()
    if level_area:
        found["omz_level_area"] = np.stack([(b * area).sum(axis=(-2, -1)) for b in below])
    return found


def _thickness_where(below: Mask, values: Floats, valid: Mask, threshold: float, grid: Grid, subcell: bool) -> Floats:
    """Measure `thickness` in the columns that have a value below the threshold; 0 elsewhere."""
    there = np.asarray(below.any(axis=1))
    found = np.zeros(there.shape)
    inside, known = np.moveaxis(values, 1, 0)[None, :, there, None], np.moveaxis(valid, 1, 0)[None, :, there, None]
    found[there] = thickness(inside, known, threshold, grid, subcell)[0, :, 0]
    return found


def _describe(values: Floats, threshold: float, grid: Grid) -> dict[str, Floats]:
    """Where in each column the water below a threshold lies, name to (time, latitude, longitude)."""
    valid = np.isfinite(values) & grid.wet
    filled = np.where(valid, values, np.inf)
    core = filled.argmin(axis=1)
    lowest = np.take_along_axis(filled, core[:, None], axis=1)[:, 0]
    found = lowest < threshold
    result = {
        "thickness": thickness(values, valid, threshold, grid, True),
        "upper_boundary": _boundary(values, valid, core, threshold, grid, -1),
        "lower_boundary": _boundary(values, valid, core, threshold, grid, +1),
        "core_depth": grid.depth[core],
        "core_oxygen": lowest,
    }
    return {name: np.where(found, value, np.nan) for name, value in result.items()}


def _boundary(values: Floats, valid: Mask, core: Ints, threshold: float, grid: Grid, direction: int) -> Floats:
    """Walk from the core up (direction -1) or down (+1) to the first crossing, m, shape (time, latitude, longitude)."""
    levels = values.shape[1]
    edge = grid.depth_edges[:-1] if direction < 0 else grid.depth_edges[1:]
    result = edge[core].astype(float)
    walking = np.take_along_axis(np.where(valid, values, np.inf), core[:, None], axis=1)[:, 0] < threshold
    for level in range(levels - 2, -1, -1) if direction < 0 else range(1, levels):
        before = level - direction  # the level nearer to the core
        here = walking & ((core > level) if direction < 0 else (core < level))
        crossed = here & valid[:, level] & (values[:, level] >= threshold)
        near, far = values[:, before], values[:, level]
        part = (threshold - near) / np.where(crossed, far - near, 1.0)
        depth = grid.depth[before] + part * (grid.depth[level] - grid.depth[before])
        lost = here & grid.wet[level] & ~valid[:, level]  # a missing cell hides the boundary
        on = here & valid[:, level] & ~crossed
        result = np.where(crossed, depth, np.where(lost, np.nan, np.where(on, edge[level], result)))
        walking &= ~here | on
    return result
