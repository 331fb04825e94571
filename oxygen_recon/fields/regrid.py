"""Gridded products read on another grid, whatever their axes are called and wherever their longitude begins."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats, Ints
from oxygen_recon.fields.axes import axis, depths
from oxygen_recon.fields.times import TimeSlice, of_steps, slices, time_bounds
from qc.errors import InputError

_LEAST_SHARE = 0.5  # weight of the points that have a value, of 1: below it most of the cells around the place are land
_AT_A_TIME = 31  # times of one file that are in memory together: a month of days
_SLACK = 1e-9  # of a spacing, and of a weight: a place on an edge is inside


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
        Fields with axes latitude, longitude (any convention), optionally depth and time.
    grid : Grid
        Points are the centres of its wet cells.
    time_axis : TimeAxis
        Steps.
    names : tuple of str
        Variables of the dataset.
    method : {"linear", "nearest"}
        In latitude, longitude and depth. Beside land, linear interpolation is that of the points that have a value,
        with their weights made one, where they have half of the weight at least. A cell wider than the product's takes
        the mean of as many places in it as the product has points there, those without a value left out.

    Returns
    -------
    float32 array, shape (step, cell, channel)
        The dataset's units. Steps as for `on_steps`; NaN where the product has none or mostly land, and outside its
        cells: more than half a spacing beyond its outermost points or below its last level. Its first level holds up
        to the surface where it is not deeper than the second is below it.

    Raises
    ------
    InputError
        If a variable or an axis is missing.
    """
    missing = sorted(set(names) - set(map(str, dataset.data_vars)))
    if missing:
        raise InputError(f"no variable {', '.join(missing)}", "gridded field", f"it has {', '.join(map(str, dataset))}")
    found = [
        on_steps(slices(dataset[name], time_bounds(dataset, dataset[name])), grid, time_axis, method) for name in names
    ]
    return np.stack(found, axis=-1) if found else np.zeros((len(time_axis), grid.cells, 0), np.float32)


def on_steps(
    found: Sequence[TimeSlice], grid: Grid, time_axis: TimeAxis, method: str = "linear"
) -> NDArray[np.float32]:
    """Read one quantity, from one or many files of one product, at cells and steps.

    Parameters
    ----------
    found : sequence of TimeSlice
        Its times, in any order; those that one step is a mean over are on one grid.
    grid, time_axis, method
        As for `field_covariates`.

    Returns
    -------
    float32 array, shape (step, cell)
        Unit of the slices. A step takes the mean of the dates within it, if they cover half of it, of a yearly series
        that of its calendar year;
        of a climatology the mean of its months, in every year, else of its seasons, else that of the year
        (`oxygen_recon.fields.times`): so does a cell below the last level of the months. NaN where there is none.
    """
    return all_on_steps({"": found}, grid, time_axis, method)[""]


def all_on_steps(
    found: Mapping[str, Sequence[TimeSlice]], grid: Grid, time_axis: TimeAxis, method: str = "linear"
) -> dict[str, NDArray[np.float32]]:
    """Read several quantities of one product, all of a step before the next: a file may be dear to open.

    Parameters
    ----------
    found : mapping of str to sequence of TimeSlice
        The times of each quantity.
    grid, time_axis, method
        As for `field_covariates`.

    Returns
    -------
    dict of str to float32 array, shape (step, cell)
        As `on_steps` returns them.
    """
    result = {name: np.full((len(time_axis), grid.cells), np.nan, np.float32) for name in found}
    choices = {name: of_steps(of, time_axis) for name, of in found.items()}
    known: dict[tuple[str, bytes, bytes], Floats] = {}  # a climatology is the same in every year
    for step in range(len(time_axis)):
        for name, values in result.items():
            for which, weight in choices[name][step]:
                key = (name, which.tobytes(), weight.tobytes())
                if key not in known:
                    known[key] = _interpolate(_mean([found[name][i] for i in which], weight), grid, method)
                values[step] = np.where(np.isfinite(values[step]), values[step], known[key])
    return result


def _mean(found: list[TimeSlice], weight: Ints) -> xr.DataArray:
    """Mean of times of one grid over those with a value; NaN where these are less than half, by weight."""
    if len(found) == 1:
        return found[0].read([found[0].number]).isel(slice=0)
    total, known = xr.DataArray(0.0), xr.DataArray(0.0)
    with xr.set_options(arithmetic_join="exact"):  # type: ignore[no-untyped-call]
        for field, weights in _by_file(found, weight):
            try:
                total = total + (field.fillna(0.0) * weights).sum("slice")
                known = known + (field.notnull() * weights).sum("slice")
            except ValueError as error:
                raise InputError(
                    "files of different grids", "gridded field", "give the files of one product"
                ) from error
    return (total / known).where(known >= (0.5 - _SLACK) * weight.sum())


def _by_file(found: list[TimeSlice], weight: Ints) -> Iterator[tuple[xr.DataArray, xr.DataArray]]:
    """Read times of one file together, a few at a time, each with its weight."""
    files: dict[int, list[int]] = {}
    for i, one in enumerate(found):
        files.setdefault(id(one.read), []).append(i)
    for of_file in files.values():
        for start in range(0, len(of_file), _AT_A_TIME):
            some = of_file[start : start + _AT_A_TIME]
            field = found[some[0]].read([found[i].number for i in some])
            yield field.astype(float), xr.DataArray(weight[some].astype(float), dims="slice")


def _interpolate(field: xr.DataArray, grid: Grid, method: str) -> Floats:
    """Read a static field at the wet cells, shape (cell,)."""
    from scipy.interpolate import RegularGridInterpolator  # a third of a second, which a check has not

    level, row, place = np.nonzero(grid.wet)
    latitude, longitude, depth = grid.latitude[row], grid.longitude[place], grid.depth[level]
    names = [axis(field, "latitude"), axis(field, "longitude")]
    if field.ndim == 3:
        names = [axis(field, "depth"), *names]
        field = field.assign_coords({names[0]: depths(field[names[0]])})
    if len(names) != field.ndim:
        raise InputError(f"dimensions {', '.join(map(str, field.dims))}", "gridded field", "one time, depth at most")
    field = field.transpose(*names).sortby([*names])
    values, axes = field.to_numpy().astype(float), [field[name].to_numpy().astype(float) for name in names]
    values, axes[-1] = _around(*_from_its_western_edge(values, axes[-1]))
    known = np.isfinite(values)
    if method == "nearest":
        read = [RegularGridInterpolator(axes, values, method="nearest")]
    else:
        read = [RegularGridInterpolator(axes, one) for one in (np.where(known, values, 0.0), known.astype(float))]
    total, count = np.zeros(grid.cells), np.zeros(grid.cells)
    for north, east in _within_cell(grid, axes) if method == "linear" else [(0.0, 0.0)]:
        found = _at(read, axes, [latitude + north, longitude + east, *([depth] if field.ndim == 3 else [])])
        total += np.nan_to_num(found)
        count += np.isfinite(found)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _within_cell(grid: Grid, axes: list[Floats]) -> list[tuple[float, float]]:
    """Offsets from the centre of a cell, degrees, at which a finer product is read: as many as it has points in one."""
    offsets = []
    for edges, coordinate in ((grid.latitude_edges, axes[-2]), (grid.longitude_edges, axes[-1])):
        width, spacing = np.diff(edges).min(), np.diff(coordinate).max(initial=0.0)
        number = max(1, round(width / spacing)) if spacing > 0 else 1
        offsets.append(width * ((np.arange(number) + 0.5) / number - 0.5))
    return [(float(north), float(east)) for north in offsets[0] for east in offsets[1]]


def _at(read: list[Callable[[Floats], Floats]], axes: list[Floats], place: list[Floats]) -> Floats:
    """Read values, or values and the weight of those that are known, at latitudes, longitudes and depths."""
    latitude, longitude, *depth = place
    west = axes[-1][0]
    east = west + np.mod(longitude - west, 360.0)
    beyond = east - axes[-1][-1]  # of the eastern edge; nearer to the western one it is before that
    points = [latitude, np.where(beyond > west - (east - 360.0), east - 360.0, east)]
    points = [*depth, *points]
    inside = np.ones(latitude.size, bool)
    for number, coordinate in enumerate(axes):
        first, last = np.diff(coordinate)[[0, -1]] * (0.5 + _SLACK) if coordinate.size > 1 else (0.0, 0.0)
        first *= 2 if depth and number == 0 else 1  # the first level holds up to the surface
        inside &= (points[number] >= coordinate[0] - first) & (points[number] <= coordinate[-1] + last)
        points[number] = np.clip(points[number], coordinate[0], coordinate[-1])
    result, *share = (one(np.stack(points, axis=-1)) for one in read)
    for weight in share:
        result = np.where(weight > _LEAST_SHARE - _SLACK, result / np.maximum(weight, _LEAST_SHARE / 2), np.nan)
    return np.where(inside, result, np.nan)


def _from_its_western_edge(values: Floats, longitude: Floats) -> tuple[Floats, Floats]:
    """Begin behind the widest gap: a region across 0 or 180 degrees may be written with its east first."""
    step = np.diff(longitude)
    if step.size < 2 or step.max() <= max(2 * np.median(step), longitude[0] + 360.0 - longitude[-1]):
        return values, longitude
    first = int(step.argmax()) + 1
    longitude = np.concatenate([longitude[first:], longitude[:first] + 360.0])
    return np.roll(values, -first, axis=-1), longitude


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
