"""Inputs of the products: fields on standard axes, their grid and regions, and values a few time steps at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import xarray as xr

from graphs.grid import Grid
from graphs.types import Floats, Mask
from oxygen_recon.fields.cf import DIMENSIONS, STANDARD_NAMES
from oxygen_recon.fields.grids import columns_of, grid_of, within
from oxygen_recon.fields.oxygen_field import oxygen_field, standard_axes
from qc.errors import InputError

BLOCK = 2**18  # values held at a time: what is made of them stays in cache, and more take twice as long


def prepare(
    oxygen: xr.DataArray | xr.Dataset,
    grid: Grid | None,
    region: xr.DataArray | Mask | None = None,
    others: Sequence[xr.DataArray | None] = (),
) -> tuple[xr.DataArray, Grid, list[xr.DataArray | None]]:
    """Bring oxygen and what goes with it to standard axes, and find their grid.

    Parameters
    ----------
    oxygen : DataArray or Dataset
        With time, depth, latitude and longitude, and a `member` for an ensemble.
    grid : Grid or None
        Taken from the bounds and the mask that the field carries when None (`oxygen_recon.fields.grids.grid_of`). With
        a grid, a DataArray must lie on it: dims (time, depth, latitude, longitude) in any order.
    region : bool array or DataArray, shape (latitude, longitude), optional
        Columns that count.
    others : sequence of DataArray or None
        Fields that go with oxygen (its error, temperature, salinity), on the same cells, with or without time.

    Returns
    -------
    oxygen : DataArray, dims ([member,] time, depth, latitude, longitude)
    grid : Grid
    others : list of DataArray or None
        Dims in the order of those of `oxygen`.

    Raises
    ------
    InputError
        If dimensions or shapes do not fit.
    """
    if grid is None or isinstance(oxygen, xr.Dataset):
        field, standardise = oxygen_field(oxygen), True
    else:
        field, standardise = oxygen, False
    where = f"field {field.name or 'oxygen'}"
    if set(field.dims) - {"member"} != set(DIMENSIONS):
        raise InputError(f"dimensions {field.dims}", where, f"expected {DIMENSIONS}")
    field = field.transpose("member", *DIMENSIONS, missing_dims="ignore")
    grid = grid_of(field) if grid is None else grid
    if field.shape[-3:] != grid.shape:
        raise InputError(f"shape {field.shape[-3:]} is not the grid's {grid.shape}", where, "give the field's own grid")
    grid = grid if region is None else within(grid, region)
    return field, grid, [_companion(other, field, standardise) for other in others]


def check_thresholds(oxygen: xr.DataArray, thresholds: Sequence[float], unit: str) -> None:
    """Raise unless thresholds are positive numbers in the unit of the field.

    Parameters
    ----------
    oxygen : DataArray
        With or without the attribute units.
    thresholds : sequence of float
        In `unit`.
    unit : str
        "umol kg-1" or "mmol m-3".

    Raises
    ------
    InputError
        If the unit is another, or not the field's, or a threshold is not a number above zero.
    """
    where = f"field {oxygen.name or 'oxygen'}"
    if unit not in STANDARD_NAMES:
        raise InputError(f"unknown unit {unit!r}", where, f"use one of {list(STANDARD_NAMES)}")
    if oxygen.attrs.get("units", unit) != unit:
        fix = "convert one of them first, or give thresholds in the field's unit (60 umol kg-1 are about 61.6 mmol m-3)"
        raise InputError(f"in {oxygen.attrs['units']}, thresholds in {unit}", where, fix)
    if not thresholds or not all(np.isfinite(t) and t > 0 for t in thresholds):
        raise InputError(f"thresholds {list(thresholds)}", "omz", "give numbers above zero")


def blocks(field: xr.DataArray) -> Iterator[Floats]:
    """Read a few time steps of a field at a time.

    Parameters
    ----------
    field : DataArray, dims (time, depth, latitude, longitude)
        In memory, or lazy.

    Yields
    ------
    float64 array, shape (step, depth, latitude, longitude)
        At most `BLOCK` values, at least one step.
    """
    steps = max(1, BLOCK // int(np.prod(field.shape[1:])))
    for start in range(0, field.sizes["time"], steps):
        yield field.isel(time=slice(start, start + steps)).values.astype(np.float64)


def region_columns(grid: Grid, regions: Mapping[str, xr.DataArray | Mask] | None) -> tuple[list[str], Mask]:
    """Read regions on a grid; the first, "all", is the whole of it.

    Parameters
    ----------
    grid : Grid
        Cells of a field.
    regions : mapping of str to bool DataArray or array, shape (latitude, longitude), or None
        Columns of each region.

    Returns
    -------
    names : list of str
    columns : bool array, shape (region, latitude, longitude)

    Raises
    ------
    InputError
        If a region has no ocean, another shape, or the name "all".
    """
    found, ocean = {"all": np.ones(grid.shape[1:], bool)}, grid.wet.any(axis=0)
    for name, region in (regions or {}).items():
        if name in found:
            raise InputError("the name of the whole grid", f"region {name}", "give it another name")
        found[name] = columns_of(grid, region)
        if not (found[name] & ocean).any():
            raise InputError("no ocean of the grid in it", f"region {name}", "move or widen it, or leave it out")
    return list(found), np.stack(list(found.values()))


def over_regions(columns: Floats | Mask, areas: Floats) -> Floats:
    """Integrate over the columns of each region.

    Parameters
    ----------
    columns : array, shape (..., latitude, longitude)
        Anything.
    areas : array, shape (region, latitude, longitude)
        m2; 0 outside the region.

    Returns
    -------
    array, shape (region, ...)
    """
    flat = columns.reshape(-1, areas[0].size).astype(np.float64) @ areas.reshape(len(areas), -1).T
    return np.asarray(np.moveaxis(flat.reshape(*columns.shape[:-2], len(areas)), -1, 0))


def _companion(field: xr.DataArray | None, oxygen: xr.DataArray, standardise: bool) -> xr.DataArray | None:
    """Bring a field that goes with oxygen to its axes; refuse one of other cells or times."""
    if field is None:
        return None
    field = standard_axes(field) if standardise else field
    order = [name for name in map(str, oxygen.dims) if name in field.dims]
    if set(order) != set(field.dims) or any(field.sizes[name] != oxygen.sizes[name] for name in order):
        where = f"field {field.name}"
        raise InputError(f"dimensions {dict(field.sizes)} are not those of oxygen, {dict(oxygen.sizes)}", where)
    return field.transpose(*order)
