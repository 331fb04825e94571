"""Environmental fields on the wet cells: from the casts themselves, smoothed, or from a gridded product."""

import numpy as np
import pandas as pd
import pyarrow as pa
import xarray as xr
from numpy.typing import NDArray
from scipy.interpolate import RegularGridInterpolator
from scipy.spatial import cKDTree

from graphs.grid import EARTH_RADIUS, Grid
from graphs.sphere import unit_vector
from graphs.timeline import Timeline
from oxygen_recon.errors import Mistake
from oxygen_recon.profiles import Vertical, extract, to_levels

Floats = NDArray[np.floating]
_AXES = {
    "latitude": ("latitude", "lat", "degrees_north"),
    "longitude": ("longitude", "lon", "degrees_east"),
    "depth": ("depth", "lev", "level", "olevel", "z"),
    "time": ("time", "year"),
}
_NEIGHBOURS = 32  # observed cells in one local mean


def axis(data: xr.DataArray | xr.Dataset, kind: str) -> str:
    """Find the dimension of a field that is its latitude, longitude, depth or time.

    Parameters
    ----------
    data : DataArray or Dataset
        With one-dimensional coordinates.
    kind : {"latitude", "longitude", "depth", "time"}

    Returns
    -------
    str
        Name of the dimension.

    Raises
    ------
    Mistake
        If no dimension has a coordinate whose name, standard name or unit says so.
    """
    for name in data.dims:
        if name in data.coords:
            attributes = data.coords[name].attrs
            words = (str(name), attributes.get("standard_name", ""), attributes.get("units", ""))
            if any(str(word).lower() in _AXES[kind] for word in words):
                return str(name)
    raise Mistake(f"no axis of {kind} among {', '.join(map(str, data.dims))}", "gridded field", f"name it {kind}")


def nearest(field: xr.DataArray, grid: Grid) -> Floats:
    """Read a static field at the points nearest to the centres of a grid.

    Parameters
    ----------
    field : DataArray
        With axes latitude and longitude (any convention) and, if it has one, depth.
    grid : Grid

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
    level = np.abs(field[order[0]].to_numpy()[:, None] - grid.depth).argmin(axis=0)
    return values[np.ix_(level, row, place)]


def grid_covariates(
    table: pa.Table | pd.DataFrame,
    grid: Grid,
    timeline: Timeline,
    names: tuple[str, ...],
    accept_flags: tuple[int, ...] = (1, 2),
    vertical: Vertical = "pchip",
    gap: float = 50.0,
) -> NDArray[np.float32]:
    """Average what casts measured besides oxygen in each cell and step, casts without oxygen included.

    Parameters
    ----------
    table : pyarrow.Table or pandas.DataFrame
        Observations.
    grid : Grid
    timeline : Timeline
    names : tuple of str
        Variables of the table: temperature, salinity, nitrate, ...
    accept_flags, vertical, gap
        As for `gridding.grid_samples`.

    Returns
    -------
    float32 array, shape (step, cell, channel)
        The table's units; NaN where unobserved.

    Raises
    ------
    Mistake
        If a needed column is missing.
    """
    result = np.full((len(timeline), grid.cells, len(names)), np.nan, np.float32)
    for channel, name in enumerate(names):
        profiles = extract(table, name, accept_flags)
        row, place = grid.locate(profiles.latitude, profiles.longitude)
        step = timeline.index(profiles.time)
        inside = (row >= 0) & (step >= 0)
        profiles, row, place, step = profiles.take(inside), row[inside], place[inside], step[inside]
        cast, level, value = to_levels(profiles, grid.depth, grid.depth_edges, vertical, gap)
        cell = grid.number[level, row[cast], place[cast]]
        ocean = cell >= 0
        key, number = np.unique(step[cast[ocean]] * grid.cells + cell[ocean], return_inverse=True)
        mean = np.bincount(number, value[ocean], key.size) / np.bincount(number, minlength=key.size)
        result[key // grid.cells, key % grid.cells, channel] = mean
    return result


def climatology_covariates(
    covariates: Floats, grid: Grid, timeline: Timeline, length_km: float = 200.0
) -> NDArray[np.float32]:
    """Fill covariates smoothly, so that every wet cell has a background value.

    The mean over all steps is spread within each level by a local mean of the nearest observed cells with weights
    n / (1 + (d/length)^2), n the number of observed steps of the cell up to 10; a level without any value takes
    the nearest level that has some. Where steps are shorter than a year, the departure of each season from that
    mean is spread in the same way and added; a season never observed in a level has no departure. Coasts are ignored.

    Parameters
    ----------
    covariates : array, shape (step, cell, channel)
        As `grid_covariates` returns them, NaN unobserved.
    grid : Grid
    timeline : Timeline
    length_km : float
        Half-weight distance, km.

    Returns
    -------
    float32 array, shape (step, cell, channel)
        Finite; the same in every year.

    Raises
    ------
    Mistake
        If a channel was never observed.
    """
    month = timeline.centre.astype("datetime64[M]").astype(int) % 12
    season = np.unique(month, return_inverse=True)[1]
    position = unit_vector(*_centres(grid)[:2]) * EARTH_RADIUS / 1000.0
    result = np.empty(covariates.shape, np.float32)
    for channel in range(covariates.shape[2]):
        values = covariates[..., channel]
        mean, count = _mean(values)
        if not count.any():
            raise Mistake(f"channel {channel} was never observed", "covariates", "leave it out")
        background = _fill_levels(_spread(mean, count, grid, position, length_km), grid)
        for number in range(season.max() + 1):
            steps = season == number
            departure = np.zeros(grid.cells)
            if season.max() > 0:
                here, count = _mean(values[steps])
                departure = np.nan_to_num(_spread(here - mean, count, grid, position, length_km))
            result[steps, :, channel] = background + departure
    return result


def field_covariates(
    dataset: xr.Dataset, grid: Grid, timeline: Timeline, names: tuple[str, ...], method: str = "linear"
) -> NDArray[np.float32]:
    """Read covariates from a gridded product.

    Parameters
    ----------
    dataset : Dataset
        Fields with axes latitude, longitude (any convention), optionally depth and time; each static or with one
        entry or more a calendar year.
    grid : Grid
    timeline : Timeline
    names : tuple of str
        Variables of the dataset.
    method : {"linear", "nearest"}
        In latitude, longitude and depth. Beside land, where linear interpolation would touch a missing value, the
        nearest value is taken.

    Returns
    -------
    float32 array, shape (step, cell, channel)
        The dataset's units. A step takes the mean of the entries within it, else of its calendar year; NaN where the
        product has none, lies more than one of its cells away, or has land.

    Raises
    ------
    Mistake
        If a variable or an axis is missing.
    """
    missing = sorted(set(names) - set(map(str, dataset.data_vars)))
    if missing:
        raise Mistake(f"no variable {', '.join(missing)}", "gridded field", f"it has {', '.join(map(str, dataset))}")
    result = np.full((len(timeline), grid.cells, len(names)), np.nan, np.float32)
    for channel, name in enumerate(names):
        field = dataset[name]
        if not any(str(dim).lower() in _AXES["time"] for dim in field.dims):
            result[..., channel] = _interpolate(field, grid, method)
            continue
        time = axis(field, "time")
        for step, entries in enumerate(_entries(field[time], timeline)):
            if entries.size:
                result[step, :, channel] = _interpolate(field.isel({time: entries}).mean(time), grid, method)
    return result


def _centres(grid: Grid) -> tuple[Floats, Floats, Floats]:
    level, row, place = np.nonzero(grid.wet)
    return grid.latitude[row], grid.longitude[place], grid.depth[level]


def _mean(values: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """Mean over the first axis of what is finite, and how much that is."""
    finite = np.isfinite(values)
    count = finite.sum(axis=0)
    total = np.where(finite, values, 0.0).sum(axis=0, dtype=float)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan), count


def _spread(values: Floats, count: NDArray[np.int64], grid: Grid, position: Floats, length_km: float) -> Floats:
    """Local mean at every cell of the observed cells of its level; NaN in levels without any."""
    result = np.full(values.size, np.nan)
    known, level_of = (count > 0) & np.isfinite(values), grid.level_of
    for level in np.unique(level_of):
        cells = np.flatnonzero(level_of == level)
        sources = cells[known[cells]]
        if sources.size == 0:
            continue
        k = np.arange(1, min(_NEIGHBOURS, sources.size) + 1)
        distance, found = cKDTree(position[sources]).query(position[cells], k=k)
        weight = np.minimum(count[sources][found], 10) / (1.0 + (distance / length_km) ** 2)
        result[cells] = (weight * values[sources][found]).sum(axis=1) / weight.sum(axis=1)
    return result


def _fill_levels(values: Floats, grid: Grid) -> Floats:
    """Levels without a value take the mean of the nearest level that has values."""
    level_of = grid.level_of
    filled = np.unique(level_of[np.isfinite(values)])
    result = values.copy()
    for level in np.setdiff1d(level_of, filled):
        source = filled[np.abs(grid.depth[filled] - grid.depth[level]).argmin()]
        result[level_of == level] = values[level_of == source].mean()
    return result


def _entries(time: xr.DataArray, timeline: Timeline) -> list[NDArray[np.int64]]:
    """Which entries of a time axis belong to each step."""
    if np.issubdtype(time.dtype, np.datetime64):
        step = timeline.index(time.to_numpy())
        year = time.dt.year.to_numpy()
    elif np.issubdtype(time.dtype, np.number):  # calendar years
        year = time.to_numpy().astype(int)
        step = np.full(year.size, -1)
    else:  # model calendars
        year = time.dt.year.to_numpy()
        month = time.dt.month.to_numpy()
        step = timeline.index(np.array([f"{y:04d}-{m:02d}-15" for y, m in zip(year, month)], "datetime64[D]"))
    chosen = []
    for number, calendar_year in enumerate(timeline.centre.astype("datetime64[Y]").astype(int) + 1970):
        within = np.flatnonzero(step == number)
        chosen.append(within if within.size else np.flatnonzero(year == calendar_year))
    return chosen


def _interpolate(field: xr.DataArray, grid: Grid, method: str) -> Floats:
    """Read a static field at the wet cells, shape (cell,)."""
    latitude, longitude, depth = _centres(grid)
    names = [axis(field, "latitude"), axis(field, "longitude")]
    if field.ndim == 3:
        names = [axis(field, "depth"), *names]
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
    """Repeat the last column before the first and the first behind the last where a field goes round the world."""
    if longitude.size < 2 or longitude[-1] - longitude[0] + 1.5 * np.diff(longitude).max() < 360.0:
        return values, longitude
    wide = np.concatenate([longitude[-1:] - 360.0, longitude, longitude[:1] + 360.0])
    keep = np.concatenate([[True], np.diff(wide) > 0])
    return np.concatenate([values[..., -1:], values, values[..., :1]], axis=-1)[..., keep], wide[keep]
