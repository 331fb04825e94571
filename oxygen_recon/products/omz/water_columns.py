"""Water columns below an oxygen threshold: thickness, upper and lower boundary, and core."""

from __future__ import annotations

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
    parts = [describe(values, threshold, grid) for values in blocks(oxygen)]
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


def describe(values: Floats, threshold: float, grid: Grid) -> dict[str, Floats]:
    """Tell where in each column the water below a threshold lies.

    Parameters
    ----------
    values : array, shape (time, level, latitude, longitude)
        In the unit of the threshold; NaN in an ocean cell is missing.
    threshold : float
        In the unit of `values`.
    grid : Grid
        Cells of the field.

    Returns
    -------
    dict of array, shape (time, latitude, longitude)
        The variables of `omz_columns`.
    """
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
