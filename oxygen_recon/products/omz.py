"""Oxygen minimum zones: how much ocean lies below a threshold, and where in the water column."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import norm

from graphs.grid import Grid
from graphs.types import Floats
from oxygen_recon.fields.cf import DIMENSIONS, OXYGEN
from oxygen_recon.products.water_columns import describe, extent
from qc.errors import InputError
from qc.files import replacing

STANDARD_NAMES = {
    "umol kg-1": OXYGEN,
    "mmol m-3": "mole_concentration_of_dissolved_molecular_oxygen_in_sea_water",
}
BLOCK = 2**22  # values held at a time
# Standard errors by which a field is shifted for a mean over its error, and their weights: the middles of parts of the
# normal distribution that are finer in its tails, where a low threshold lies.
_PARTS = np.array([0.0, 0.004, 0.015, 0.04, 0.08, 0.14, 0.22, 0.32, 0.44])
_PARTS = np.append(_PARTS, 1.0 - _PARTS[::-1])
_SHIFTS, _WEIGHTS = tuple(norm.ppf((_PARTS[:-1] + _PARTS[1:]) / 2).tolist()), np.diff(_PARTS)


def series(
    oxygen: xr.DataArray,
    thresholds: Sequence[float],
    grid: Grid,
    standard_error: xr.DataArray | None = None,
    unit: str = "umol kg-1",
    subcell: bool = True,
    level_area: bool = False,
) -> xr.Dataset:
    """Compute area and volume below each threshold at each time.

    Parameters
    ----------
    oxygen : DataArray, dims (time, depth, latitude, longitude), with a leading `member` for an ensemble
        Oxygen in `unit`; NaN in an ocean cell is missing, never oxygenated. Read a few time steps at a time.
    thresholds : sequence of float
        In `unit`.
    grid : Grid
        The grid of the field.
    standard_error : DataArray, same dims as `oxygen`, optional
        Its one-sigma error. The range returned is that of a shift of the whole field by one sigma either way, that is
        of errors wholly correlated in space; independent errors of cells would give absurdly narrow ranges.
    unit : {"umol kg-1", "mmol m-3"}
        Unit of field and thresholds alike.
    subcell : bool
        Let the profile run linearly between level centres, so that the volume does not jump with the level spacing;
        otherwise whole cells count.
    level_area : bool
        Also give the area below the threshold at each level.

    Returns
    -------
    Dataset
        `omz_volume` (m3), `omz_area` (m2, columns whose minimum is below the threshold) and `omz_area_percent` of the
        ocean's area, dims (threshold, time); `missing_percent` of the ocean's volume, dims (time,); `omz_level_area`
        (m2, dims (threshold, time, depth)) if asked for; with a `standard_error`, `<name>_low`, `<name>_high` and
        `<name>_expected`: a best estimate of oxygen is smoother than the ocean and rarely as low, so counting its
        cells finds too little below a low threshold, most where it is least certain; the expected value counts what
        the error leaves possible (of a column's area the least that it leaves, for its levels may err apart).
        `<name>_standard_error` over the members of an ensemble.

    Raises
    ------
    InputError
        If dimensions, shape or unit do not fit, or a threshold is not a number above zero.
    """
    oxygen = _checked(oxygen, thresholds, grid, unit)
    if "member" in oxygen.dims:
        return _ensemble(oxygen, thresholds, grid, unit, subcell, level_area)
    result = _dataset(oxygen, thresholds, grid, unit, subcell)
    (plain,) = _measure(oxygen, None, (0.0,), thresholds, grid, subcell, level_area)
    for name, values in plain.items():
        result[name] = _variable(name, values)
    if level_area:
        attributes = {"units": "m", "standard_name": "depth", "positive": "down", "axis": "Z"}
        result = result.assign_coords(depth=xr.Variable(("depth",), grid.depth, attributes))
    if standard_error is None:
        return result
    standard_error = _checked(standard_error, thresholds, grid, unit)
    shifts = (1.0, -1.0, *_SHIFTS)
    low, high, *shifted = _measure(oxygen, standard_error, shifts, thresholds, grid, subcell, False)
    for name in ("omz_volume", "omz_area", "omz_area_percent"):
        expected = np.tensordot(_WEIGHTS, [one[name] for one in shifted], axes=1)
        kinds = (
            ("low", low[name], "low end of the range", "one standard error more oxygen everywhere"),
            ("high", high[name], "high end of the range", "one standard error less oxygen everywhere"),
            ("expected", expected, "expected value", "mean over normally distributed shifts of the whole field"),
        )
        for suffix, values, what, how in kinds:
            result[f"{name}_{suffix}"] = _variable(name, values, f", {what}")
            result[f"{name}_{suffix}"].attrs["comment"] = f"{how}: errors wholly correlated in space"
    return result


def columns(oxygen: xr.DataArray, threshold: float, grid: Grid, unit: str = "umol kg-1") -> xr.Dataset:
    """Describe the oxygen minimum zone of each water column.

    Parameters
    ----------
    oxygen : DataArray, dims (time, depth, latitude, longitude)
        Oxygen in `unit`; NaN in an ocean cell is missing.
    threshold : float
        In `unit`.
    grid : Grid
        The grid of the field.
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
    oxygen = _checked(oxygen, [threshold], grid, unit)
    parts = [describe(values, threshold, grid) for values in _blocks(oxygen)]
    dims, meaning = ("time", "latitude", "longitude"), _COLUMN_NAMES
    data = {name: (dims, np.concatenate([part[name] for part in parts])) for name in meaning}
    result = xr.Dataset(data, {name: oxygen[name] for name in dims if name in oxygen.coords})
    for name, long_name in meaning.items():
        result[name].attrs = {"long_name": long_name, "units": unit if name == "core_oxygen" else "m"}
    result["core_oxygen"].attrs["standard_name"] = STANDARD_NAMES[unit]
    scalar = xr.Variable((), float(threshold), {"units": unit, "standard_name": STANDARD_NAMES[unit]})
    return result.assign_coords(threshold=scalar).assign_attrs(Conventions="CF-1.8")


def to_csv(result: xr.Dataset, path: Path) -> None:
    """Write a series as a table, one row a time and threshold, units in the column names.

    Parameters
    ----------
    result : Dataset
        From `series`; variables with a depth are left out.
    path : Path
        Target file, written whole or not at all.
    """
    flat = result.drop_vars([name for name in result.data_vars if "depth" in result[name].dims])
    flat = flat.drop_vars([name for name in flat.coords if name not in ("time", "threshold")])
    units = {name: flat[name].attrs["units"] for name in (*flat.data_vars, "threshold")}
    table = pd.DataFrame(flat.to_dataframe(dim_order=["time", "threshold"]).reset_index())
    with replacing(path) as partial:
        table.rename(columns={name: f"{name} ({unit})" for name, unit in units.items()}).to_csv(partial, index=False)


def to_netcdf(result: xr.Dataset, path: Path) -> None:
    """Write a series or column maps as CF netCDF.

    Parameters
    ----------
    result : Dataset
        From `series` or `columns`.
    path : Path
        Target file, written whole or not at all.
    """
    encoding = {"time": {"units": "days since 1900-01-01", "dtype": "float64", "_FillValue": None}}
    dated = np.issubdtype(result["time"].dtype, np.datetime64) if "time" in result.coords else False
    with replacing(path) as partial:
        result.to_netcdf(partial, engine="netcdf4", encoding=encoding if dated else {})


_COLUMN_NAMES = {
    "thickness": "thickness of water below the oxygen threshold",
    "upper_boundary": "depth where oxygen falls below the threshold, above the column minimum",
    "lower_boundary": "depth where oxygen rises above the threshold, below the column minimum",
    "core_depth": "depth of the column's oxygen minimum",
    "core_oxygen": "oxygen at the column's minimum",
}
_ATTRIBUTES = {
    "omz_volume": {"standard_name": "ocean_volume", "units": "m3", "long_name": "volume below the oxygen threshold"},
    "omz_area": {
        "standard_name": "sea_area",
        "units": "m2",
        "long_name": "area of columns whose oxygen minimum is below the threshold",
    },
    "omz_area_percent": {
        "units": "%",
        "long_name": "share of the ocean area whose oxygen minimum is below the threshold",
    },
    "omz_level_area": {
        "standard_name": "sea_area",
        "units": "m2",
        "long_name": "area below the oxygen threshold at one level",
    },
    "missing_percent": {"units": "%", "long_name": "share of the ocean volume without an oxygen value"},
}


def _variable(name: str, values: Floats, suffix: str = "") -> xr.Variable:
    dims = {"missing_percent": ("time",), "omz_level_area": ("threshold", "time", "depth")}
    attributes = dict(_ATTRIBUTES[name])
    attributes["long_name"] += suffix
    return xr.Variable(dims.get(name, ("threshold", "time")), values, attributes)


def _checked(oxygen: xr.DataArray, thresholds: Sequence[float], grid: Grid, unit: str) -> xr.DataArray:
    where = f"field {oxygen.name or 'oxygen'}"
    if unit not in STANDARD_NAMES:
        raise InputError(f"unknown unit {unit!r}", where, f"use one of {list(STANDARD_NAMES)}")
    if oxygen.attrs.get("units", unit) != unit:
        raise InputError(f"in {oxygen.attrs['units']}, thresholds in {unit}", where, "convert one of them first")
    if not thresholds or not all(np.isfinite(t) and t > 0 for t in thresholds):
        raise InputError(f"thresholds {list(thresholds)}", "omz", "give numbers above zero")
    extra = set(oxygen.dims) - {"member"}
    if extra != set(DIMENSIONS):
        raise InputError(f"dimensions {oxygen.dims}", where, f"expected {DIMENSIONS}")
    oxygen = oxygen.transpose("member", *DIMENSIONS, missing_dims="ignore")
    if oxygen.shape[-3:] != grid.shape:
        raise InputError(f"shape {oxygen.shape[-3:]} is not the grid's {grid.shape}", where)
    return oxygen


def _dataset(oxygen: xr.DataArray, thresholds: Sequence[float], grid: Grid, unit: str, subcell: bool) -> xr.Dataset:
    """Coordinates and attributes of a series, no variables yet."""
    threshold = xr.Variable(
        ("threshold",),
        np.asarray(thresholds, float),
        {"units": unit, "standard_name": STANDARD_NAMES[unit], "long_name": "oxygen threshold"},
    )
    result = xr.Dataset(coords={"threshold": threshold})
    if "time" in oxygen.coords:
        result = result.assign_coords(time=oxygen["time"].variable)
    result.attrs = {
        "Conventions": "CF-1.8, ACDD-1.3",
        "title": "Oxygen minimum zones: area and volume below thresholds",
        "summary": "Volume and projected area of ocean whose dissolved oxygen is below each threshold, step by step.",
        "keywords": "dissolved oxygen, oxygen minimum zone, deoxygenation",
        "cell_profile": "linear between level centres" if subcell else "whole cells",
        "ocean_area_m2": float(grid.area[grid.wet.any(axis=0)].sum()),
        "ocean_volume_m3": float(grid.volume[grid.wet].sum()),
    }
    return result


def _blocks(field: xr.DataArray) -> Iterator[Floats]:
    """Values of a few time steps at a time, shape (time, depth, latitude, longitude)."""
    steps = max(1, BLOCK // int(np.prod(field.shape[1:])))
    for start in range(0, field.sizes["time"], steps):
        yield field.isel(time=slice(start, start + steps)).values.astype(np.float64)


def _measure(
    oxygen: xr.DataArray,
    error: xr.DataArray | None,
    shifts: Sequence[float],
    thresholds: Sequence[float],
    grid: Grid,
    subcell: bool,
    level_area: bool,
) -> list[dict[str, Floats]]:
    """Measure the field at every time, once for each shift by so many standard errors; name to array."""
    rows: list[list[dict[str, Floats]]] = [[] for _ in shifts]
    errors = _blocks(error) if error is not None else None
    for values in _blocks(oxygen):
        sigma = 0.0 if errors is None else next(errors)
        for row, shift in zip(rows, shifts):
            row.append(extent(values + shift * sigma, thresholds, grid, subcell, level_area))
    return [
        {
            name: np.concatenate([part[name] for part in row], axis=0 if name == "missing_percent" else 1)
            for name in row[0]
        }
        for row in rows
    ]


def _ensemble(
    oxygen: xr.DataArray, thresholds: Sequence[float], grid: Grid, unit: str, subcell: bool, level_area: bool
) -> xr.Dataset:
    """Mean over members of each measure, and its standard deviation as `<name>_standard_error`."""
    members = [
        series(oxygen.isel(member=number, drop=True), thresholds, grid, None, unit, subcell, level_area)
        for number in range(oxygen.sizes["member"])
    ]
    result = members[0].copy()
    for name in members[0].data_vars:
        stack = np.stack([member[name].values for member in members])
        result[name] = members[0][name].copy(data=stack.mean(axis=0))
        if name != "missing_percent" and len(members) > 1:
            attributes = {
                **members[0][name].attrs,
                "long_name": members[0][name].attrs["long_name"] + ", standard error",
            }
            result[f"{name}_standard_error"] = (result[name].dims, stack.std(axis=0, ddof=1), attributes)
    return result
