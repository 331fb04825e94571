"""Gridded products read on another grid, whatever their axes are called and wherever their longitude begins."""

from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.interpolate import RegularGridInterpolator

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats, Ints
from oxygen_recon.fields.axes import axis, depths, has_axis
from qc.errors import InputError


def nearest(field: xr.DataArray, grid: Grid) -> Floats:
    """Read a static field at the points nearest to the centres of a grid.

    Parameters
    ----------
    field : DataArray
        With axes latitude and longitude (any convention) and, if it has one, depth.
    grid : Grid
        Points are its cell centres.

    Returns
    -------
    array, shape ([level,] latitude, longitude)
        Land included.
    """
    latitude, longitude = axis(field, "latitude"), axis(field, "longitude")
    order = [latitude, longitude] if field.ndim == 2 else [axis(field, "depth"), latitude, longitude]
    values = field.transpose(*order).to_numpy().astype(float)
    row = np.abs(field[latitude].to_numpy()[:, None] - grid.latitude).argmin(axis=0)
    turn = np.mod(field[longitude].to_numpy()[:, None] - grid.longitude + 180.0, 360.0) - 180.0
    place = np.abs(turn).argmin(axis=0)
    if field.ndim == 2:
        return values[np.ix_(row, place)]
    level = np.abs(depths(field[order[0]])[:, None] - grid.depth).argmin(axis=0)
    return values[np.ix_(level, row, place)]


def field_covariates(
    dataset: xr.Dataset, grid: Grid, time_axis: TimeAxis, names: tuple[str, ...], method: str = "linear"
) -> NDArray[np.float32]:
    """Read covariates from a gridded product.

    Parameters
    ----------
    dataset : Dataset
        Fields with axes latitude, longitude (any convention), optionally depth and time; each static or with one
        time or more a calendar year.
    grid : Grid
        Points are the centres of its wet cells.
    time_axis : TimeAxis
        Steps.
    names : tuple of str
        Variables of the dataset.
    method : {"linear", "nearest"}
        In latitude, longitude and depth. Beside land, where linear interpolation would touch a missing value, the
        nearest value is taken.

    Returns
    -------
    float32 array, shape (step, cell, channel)
        The dataset's units. A step takes the mean of the times within it, else of its calendar year; NaN where the
        product has none, lies more than one of its cells away, or has land.

    Raises
    ------
    InputError
        If a variable or an axis is missing.
    """
    missing = sorted(set(names) - set(map(str, dataset.data_vars)))
    if missing:
        raise InputError(f"no variable {', '.join(missing)}", "gridded field", f"it has {', '.join(map(str, dataset))}")
    result = np.full((len(time_axis), grid.cells, len(names)), np.nan, np.float32)
    for channel, name in enumerate(names):
        field = dataset[name]
        if not has_axis(field, "time"):
            result[..., channel] = _interpolate(field, grid, method)
            continue
        time = axis(field, "time")
        for step, times in enumerate(_times_of(field[time], time_axis)):
            if times.size:
                result[step, :, channel] = _interpolate(field.isel({time: times}).mean(time), grid, method)
    return result


def _times_of(time: xr.DataArray, time_axis: TimeAxis) -> list[Ints]:
    """Numbers of the times that belong to each step."""
    if np.issubdtype(time.dtype, np.datetime64):
        step = time_axis.index(time.to_numpy())
        year = time.dt.year.to_numpy()
    elif np.issubdtype(time.dtype, np.number):  # calendar years
        year = time.to_numpy().astype(int)
        step = np.full(year.size, -1)
    else:  # model calendars
        year = time.dt.year.to_numpy()
        month = time.dt.month.to_numpy()
        step = time_axis.index(np.array([f"{y:04d}-{m:02d}-15" for y, m in zip(year, month)], "datetime64[D]"))
    chosen: list[Ints] = []
    for number, calendar_year in enumerate(time_axis.centre.astype("datetime64[Y]").astype(int) + 1970):
        within = np.flatnonzero(step == number)
        chosen.append(within if within.size else np.flatnonzero(year == calendar_year))
    return chosen


def _interpolate(field: xr.DataArray, grid: Grid, method: str) -> Floats:
    """Read a static field at the wet cells, shape (cell,)."""
    level, row, place = np.nonzero(grid.wet)
    latitude, longitude, depth = grid.latitude[row], grid.longitude[place], grid.depth[level]
    names = [axis(field, "latitude"), axis(field, "longitude")]
    if field.ndim == 3:
        names = [axis(field, "depth"), *names]
        field = field.assign_coords({names[0]: depths(field[names[0]])})
    field = field.transpose(*names).sortby([*names])
    west = float(field[names[-1]][0])
    values, axes = field.to_numpy().astype(float), [field[name].to_numpy().astype(float) for name in names]
    values, axes[-1] = _around(values, axes[-1])
    east = west + np.mod(longitude - west, 360.0)
    points = [latitude, np.where(east - axes[-1][-1] > 180.0, east - 360.0, east)]
    if field.ndim == 3:
        points = [np.maximum(depth, axes[0][0]), *points]  # above the first level: the first level
    inside = np.ones(grid.cells, bool)
    for number, coordinate in enumerate(axes):
        reach = np.abs(np.diff(coordinate)).max() if coordinate.size > 1 else 0.0
        inside &= (points[number] >= coordinate[0] - reach) & (points[number] <= coordinate[-1] + reach)
        points[number] = np.clip(points[number], coordinate[0], coordinate[-1])
    stacked = np.stack(points, axis=-1)
    result = RegularGridInterpolator(axes, values, method="nearest")(stacked)
    if method == "linear":
        smooth = RegularGridInterpolator(axes, values, method="linear")(stacked)
        result = np.where(np.isfinite(smooth), smooth, result)
    return np.where(inside, result, np.nan)


def _around(values: Floats, longitude: Floats) -> tuple[Floats, Floats]:
    """Repeat the last column before the first and the first behind the last where a field goes round the globe."""
    if longitude.size < 2 or longitude[-1] - longitude[0] + 1.5 * np.diff(longitude).max() < 360.0:
        return values, longitude
    wide = np.concatenate([longitude[-1:] - 360.0, longitude, longitude[:1] + 360.0])
    keep = np.concatenate([[True], np.diff(wide) > 0])
    return np.concatenate([values[..., -1:], values, values[..., :1]], axis=-1)[..., keep], wide[keep]


def open_field(path: Path, needed: list[str]) -> xr.Dataset:
    """Open a gridded field whose dimensions are depth, lat and lon, with a `wet` mask.

    Parameters
    ----------
    path : Path
        netCDF file.
    needed : list of str
        Variables that must be there.

    Returns
    -------
    xarray.Dataset

    Raises
    ------
    InputError
        If the file is unreadable or lacks a variable.
    """
    try:
        field = xr.open_dataset(path)
    except (OSError, ValueError) as error:
        raise InputError(f"not a readable netCDF file ({error})", str(path)) from error
    missing = sorted({*needed, "wet"} - set(field.variables))
    if missing:
        raise InputError(
            f"no variable {', '.join(missing)}", str(path), f"it has {', '.join(map(str, field.data_vars))}"
        )
    return field
