"""Oxygen minimum zones: area and volume below thresholds, step by step, and their files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from scipy.stats import norm

from graphs.grid import Grid
from graphs.types import Floats, Mask
from oxygen_recon.fields.cf import STANDARD_NAMES
from oxygen_recon.products.inputs import blocks, check_thresholds, prepare
from oxygen_recon.products.water_columns import extent
from qc.files import replacing

# Standard errors by which a field is shifted for a mean over its error, and their weights: the middles of parts of the
# normal distribution that are finer in its tails, where a low threshold lies.
_PARTS = np.array([0.0, 0.004, 0.015, 0.04, 0.08, 0.14, 0.22, 0.32, 0.44])
_PARTS = np.append(_PARTS, 1.0 - _PARTS[::-1])
_SHIFTS, _WEIGHTS = tuple(norm.ppf((_PARTS[:-1] + _PARTS[1:]) / 2).tolist()), np.diff(_PARTS)


def omz_series(
    oxygen: xr.DataArray | xr.Dataset,
    thresholds: Sequence[float],
    standard_error: xr.DataArray | None = None,
    *,
    grid: Grid | None = None,
    region: xr.DataArray | Mask | None = None,
    unit: str = "umol kg-1",
    subcell: bool = True,
    level_area: bool = False,
) -> xr.Dataset:
    """Compute area and volume below each oxygen threshold at each time.

    Parameters
    ----------
    oxygen : DataArray or Dataset
        Oxygen in `unit` with time, depth, latitude, longitude, and a `member` for an ensemble; axes by any CF names.
        NaN in an ocean cell is missing, never oxygenated. Read a few time steps at a time.
    thresholds : sequence of float
        In `unit`.
    standard_error : DataArray, dims as `oxygen`, optional
        Its one-sigma error. The range returned is that of a shift of the whole field by one sigma up or down, that is
        of errors wholly correlated in space; independent errors of cells would give absurdly narrow ranges.
    grid : Grid, optional
        Cells of the field; when left out, edges are read from the bounds of a CF dataset, or from those that an array
        of `oxygen_recon.fields.reconstruction.open_reconstruction` or `oxygen_recon.fields.axes.carry_bounds`
        carries, and lie midway between centres where there are none. Ocean is where its mask `wet` is 1, else
        where any time has a value.
    region : bool DataArray or array, shape (latitude, longitude), optional
        Columns that count; all when left out.
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
        (m2, dims (threshold, time, depth)) with `level_area`; with a `standard_error`, `<name>_low`, `<name>_high` and
        `<name>_expected`: a best estimate of oxygen is smoother than the ocean and rarely as low, so counting its
        cells finds too little below a low threshold, most where it is least certain; the expected value counts what
        the error leaves possible (of a column's area the least that it leaves, for its levels may err apart).
        `<name>_standard_error` over the members of an ensemble.

    Raises
    ------
    InputError
        If dimensions, shape or unit do not fit, or a threshold is not a number above zero.

    Examples
    --------
    >>> axes = {"time": [2000], "depth": [50.0, 150.0], "lat": [0.5], "lon": [0.5]}
    >>> bounds = {"lat_bnds": (("lat", "two"), [[0, 1]]), "lon_bnds": (("lon", "two"), [[0, 1]])}
    >>> profile = xr.DataArray([[[[100.0]], [[10.0]]]], axes, ("time", "depth", "lat", "lon"))
    >>> data = xr.Dataset(bounds | {"oxygen": profile.assign_attrs(units="umol kg-1")})
    >>> data["lat"].attrs["bounds"], data["lon"].attrs["bounds"] = "lat_bnds", "lon_bnds"
    >>> found = omz_series(data, [55.0])
    >>> round(float(found.omz_volume.item() / found.omz_area.item()), 6)  # from 100 m down to 200 m
    100.0
    """
    oxygen, grid, (error,) = prepare(oxygen, grid, region, [standard_error])
    check_thresholds(oxygen, thresholds, unit)
    if "member" in oxygen.dims:
        return _ensemble(oxygen, thresholds, grid, unit, subcell, level_area)
    result = _dataset(oxygen, thresholds, grid, unit, subcell)
    (plain,) = _measure(oxygen, None, (0.0,), thresholds, grid, subcell, level_area)
    for name, values in plain.items():
        result[name] = _variable(name, values)
    if level_area:
        attributes = {"units": "m", "standard_name": "depth", "positive": "down", "axis": "Z"}
        result = result.assign_coords(depth=xr.Variable(("depth",), grid.depth, attributes))
    return result if error is None else result.assign(_range(oxygen, error, thresholds, grid, unit, subcell))


def to_csv(result: xr.Dataset, path: Path) -> None:
    """Write a series as a table, one row a time and threshold, units in the column names.

    Parameters
    ----------
    result : Dataset
        From `omz_series`; variables with a depth are left out.
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
    """Write a series, column maps or an inventory as CF netCDF.

    Parameters
    ----------
    result : Dataset
        From `omz_series`, `omz_columns` or `oxygen_inventory`.
    path : Path
        Target file, written whole or not at all.
    """
    encoding = {"time": {"units": "days since 1900-01-01", "dtype": "float64", "_FillValue": None}}
    dated = np.issubdtype(result["time"].dtype, np.datetime64) if "time" in result.coords else False
    with replacing(path) as partial:
        result.to_netcdf(partial, engine="netcdf4", encoding=encoding if dated else {})


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
    """One measure with its dimensions and attributes."""
    dims = {"missing_percent": ("time",), "omz_level_area": ("threshold", "time", "depth")}
    attributes = dict(_ATTRIBUTES[name])
    attributes["long_name"] += suffix
    return xr.Variable(dims.get(name, ("threshold", "time")), values, attributes)


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


def _range(
    oxygen: xr.DataArray, error: xr.DataArray, thresholds: Sequence[float], grid: Grid, unit: str, subcell: bool
) -> dict[str, xr.Variable]:
    """Low end, high end and expected value of each measure, from shifts of the field by standard errors."""
    check_thresholds(error, thresholds, unit)
    error = error if error.dims == oxygen.dims else error.broadcast_like(oxygen).transpose(*oxygen.dims)
    shifts = (1.0, -1.0, *_SHIFTS)
    low, high, *shifted = _measure(oxygen, error, shifts, thresholds, grid, subcell, False)
    result = {}
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
    errors = blocks(error) if error is not None else None
    for values in blocks(oxygen):
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
        omz_series(
            oxygen.isel(member=number, drop=True),
            thresholds,
            grid=grid,
            unit=unit,
            subcell=subcell,
            level_area=level_area,
        )
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
