"""What the explorer shows, as files to keep: tables of a profile, a series and a section, a map as netCDF or table."""

from __future__ import annotations

import io
from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

from graphs.types import Floats
from oxygen_recon.report.explorer.data.run_data import COMPARED, COUNT, DIFFERENCE, ERROR, OXYGEN, Column, RunData
from oxygen_recon.report.explorer.data.sections import Track

UNIT = "umol kg-1"
NAMES = {
    OXYGEN: "oxygen",
    ERROR: "oxygen_standard_error",
    COUNT: "observation_count",
    COMPARED: "oxygen_compared",
    DIFFERENCE: "oxygen_difference",
}
UNITS = dict.fromkeys(NAMES, UNIT) | {COUNT: "1"}


def profile_table(data: RunData, column: Column, step: int, compare: str | None) -> pd.DataFrame:
    """Make the table of a profile, one row a level with water.

    Parameters
    ----------
    data : RunData
        The run.
    column : Column
        The column.
    step : int
        Number of the step.
    compare : str or None
        Name of the compared field.

    Returns
    -------
    pandas.DataFrame
        Units in the names of the columns.
    """
    wet = data.grid.wet[:, column.row, column.place]
    table = _estimates(column, compare, lambda values: values[step][wet])
    depth = pd.DataFrame({"depth (m)": data.grid.depth[wet]})
    return _located(pd.concat([depth, table], axis=1), column, {"time": data.labels()[step]})


def series_table(data: RunData, column: Column, level: int, compare: str | None) -> pd.DataFrame:
    """Make the table of a time series, one row a step.

    Parameters
    ----------
    data : RunData
        The run.
    column : Column
        The column.
    level : int
        Number of the level.
    compare : str or None
        Name of the compared field.

    Returns
    -------
    pandas.DataFrame
        Units in the names of the columns.
    """
    table = _estimates(column, compare, lambda values: values[:, level])
    return _located(
        pd.concat([pd.DataFrame({"time": data.labels()}), table], axis=1),
        column,
        {"depth (m)": float(data.grid.depth[level])},
    )


def section_table(data: RunData, track: Track, values: Floats, quantity: str) -> pd.DataFrame:
    """Make the table of a section, one row a point and level with a value.

    Parameters
    ----------
    data : RunData
        The run.
    track : Track
        Points of the section.
    values : array, shape (level, point)
        Values along it.
    quantity : str
        Which quantity it is.
    """
    level, point = np.nonzero(np.isfinite(values))
    return pd.DataFrame(
        {
            "distance (km)": track.distance[point],
            "latitude (degrees_north)": track.latitude[point],
            "longitude (degrees_east)": track.longitude[point],
            "depth (m)": data.grid.depth[level],
            f"{NAMES[quantity]} ({UNITS[quantity]})": values[level, point],
        }
    )


def map_dataset(data: RunData, quantity: str, step: int, level: int, compare: str | None) -> xr.Dataset:
    """Make a dataset of the map that is shown, by CF.

    Parameters
    ----------
    data : RunData
        The run.
    quantity : str
        Which quantity.
    step, level : int
        Numbers of step and level.
    compare : str or None
        Name of the compared field.

    Returns
    -------
    xarray.Dataset
        Dims (time, depth, latitude, longitude), the first two of size 1; NaN is missing.
    """
    values = data.step(quantity, step, compare)[level]
    grid, edges = data.grid, data.time_axis.edges.astype("datetime64[ns]")
    attributes = {"units": UNITS[quantity], "long_name": _long_name(quantity, compare)}
    found = xr.Dataset(
        {NAMES[quantity]: (("time", "depth", "latitude", "longitude"), values[None, None], attributes)},
        attrs={"Conventions": "CF-1.8", "title": f"{_long_name(quantity, compare)} of the run {data.name}"},
    )
    pairs = {
        "time": (data.time_axis.centre.astype("datetime64[ns]")[step : step + 1], edges[step : step + 2]),
        "depth": (grid.depth[level : level + 1], grid.depth_edges[level : level + 2]),
        "latitude": (grid.latitude, grid.latitude_edges),
        "longitude": (grid.longitude, grid.longitude_edges),
    }
    about: Mapping[str, dict[str, str]] = {
        "time": {"standard_name": "time", "axis": "T"},
        "depth": {"standard_name": "depth", "units": "m", "positive": "down", "axis": "Z"},
        "latitude": {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"},
        "longitude": {"standard_name": "longitude", "units": "degrees_east", "axis": "X"},
    }
    for name, (centre, edge) in pairs.items():
        found.coords[name] = (name, centre, about[name] | {"bounds": f"{name}_bnds"})
        found[f"{name}_bnds"] = ((name, "bnds"), np.stack([edge[:-1], edge[1:]], axis=1))
    return found


def as_netcdf(dataset: xr.Dataset) -> io.BytesIO:
    """Write a dataset as netCDF-3, in memory.

    Parameters
    ----------
    dataset : xarray.Dataset
        From `map_dataset`.
    """
    plain = {name: {"_FillValue": None} for name in dataset.variables if dataset[name].ndim < 4}
    days = {"units": "days since 1900-01-01", "dtype": "float64", "_FillValue": None}
    content = dataset.to_netcdf(encoding=plain | {"time": days, "time_bnds": days}, engine="scipy")
    return io.BytesIO(bytes(content))


def as_csv(table: pd.DataFrame) -> io.BytesIO:
    """Write a table as CSV, in memory.

    Parameters
    ----------
    table : pandas.DataFrame
        Any table; missing is empty.
    """
    return io.BytesIO(table.to_csv(index=False, float_format="%.6g").encode())


def _estimates(column: Column, compare: str | None, take: object) -> pd.DataFrame:
    """Make the columns of estimate, error, interval and compared field."""
    low, high = column.interval()
    values = {"oxygen": column.oxygen, "oxygen_standard_error": column.error}
    values |= {"oxygen_90_percent_low": low, "oxygen_90_percent_high": high}
    if compare is not None and column.compared is not None:
        values[f"oxygen of {compare}"] = column.compared
    return pd.DataFrame({f"{name} ({UNIT})": take(one) for name, one in values.items()})  # type: ignore[operator]


def _located(table: pd.DataFrame, column: Column, constant: Mapping[str, str | float]) -> pd.DataFrame:
    """Put the place, and what all rows share, in front."""
    place: dict[str, str | float] = {
        "latitude (degrees_north)": column.latitude,
        "longitude (degrees_east)": column.longitude,
    }
    for position, (name, value) in enumerate({**place, **constant}.items()):
        table.insert(position, name, value)
    return table


def _long_name(quantity: str, compare: str | None) -> str:
    """Say what a quantity is."""
    return {
        OXYGEN: "dissolved oxygen",
        ERROR: "standard error of dissolved oxygen",
        COUNT: "number of casts observed in the cell",
        COMPARED: f"dissolved oxygen of {compare}",
        DIFFERENCE: f"dissolved oxygen minus that of {compare}",
    }[quantity]
