"""Estimates of a trained run at places, depths and dates of a table, and along a section, as CF datasets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from graphs.sphere import great_circle
from graphs.time_axis import decimal_years
from graphs.types import Floats, Ints
from oxygen_recon.fields.cf import TIME_ENCODING, global_attributes, variables
from oxygen_recon.pipeline.predict.tables import Places
from oxygen_recon.pipeline.predict.trained import TrainedRun
from oxygen_recon.pipeline.predict.values import Times
from oxygen_recon.products.interpolation import OK, STATUS, stencil
from oxygen_recon.products.observations_near import REACH_KM, REACH_YEARS, observations_near
from qc.errors import InputError

_COORDINATES: dict[str, dict[str, Any]] = {
    "latitude": {"standard_name": "latitude", "long_name": "latitude", "units": "degrees_north", "axis": "Y"},
    "longitude": {"standard_name": "longitude", "long_name": "longitude", "units": "degrees_east", "axis": "X"},
    "depth": {"standard_name": "depth", "long_name": "depth", "units": "m", "positive": "down", "axis": "Z"},
    "time": {"standard_name": "time", "long_name": "time", "axis": "T"},
}
_NEAR = "nearest observation of the level"
_MORE: dict[str, dict[str, Any]] = {
    "status": {
        "standard_name": "status_flag",
        "long_name": "why there is no estimate",
        "flag_values": np.arange(len(STATUS), dtype=np.int8),
        "flag_meanings": " ".join(re.sub(r"\W+", "_", name) for name in STATUS),
        "units": "1",
    },
    "distance_to_observation": {"long_name": f"distance over ground to the {_NEAR}", "units": "km"},
    "years_to_observation": {"long_name": f"time to the {_NEAR}", "units": "year"},
    "observations_near": {
        "standard_name": "number_of_observations",
        "long_name": f"observations of the level within {REACH_KM:g} km or {REACH_YEARS:g} years",
        "units": "1",
    },
}
_OF_CELLS = ("cell_methods", "cell_measures", "ancillary_variables")  # attributes that points do not have
_FLAGS = ("status", "background_only")
ESTIMATES = ("oxygen", "oxygen_standard_error", *_MORE, "background_only")  # variables of points and sections


def predict_points(run: TrainedRun, places: Places) -> xr.Dataset:
    """Estimate oxygen at places, depths and dates.

    Parameters
    ----------
    run : TrainedRun
        The run.
    places : Places
        One row a point.

    Returns
    -------
    xarray.Dataset
        Dimension `point` (CF discrete sampling geometry), one a row in its order: oxygen and oxygen_standard_error,
        umol kg-1, NaN where `status` is not 0; distance_to_observation (km), years_to_observation, observations_near;
        background_only where the run has a background; and the other columns of the table.

    Raises
    ------
    InputError
        If a file of the run is damaged, or its models are of other data.
    """
    found, shares = _estimates(run, places.latitude, places.longitude, places.depth, places.time)
    data = _dataset(run, "points", found, shares, ("point",))
    where = {name: getattr(places, name) for name in ("latitude", "longitude", "depth")}
    for name, values in (where | {"time": places.time.astype("datetime64[ns]")}).items():
        data = _with_coordinate(data, name, ("point",), values)
    data.attrs["featureType"] = "point"
    for column in places.table.columns:
        if column not in places.used:
            name = given_name(re.sub(r"\W+", "_", column).strip("_") or "column", data)
            data[name] = ("point", _plain(places.table[column]), {"long_name": column})
    return data


def predict_section(run: TrainedRun, places: Places, levels: Sequence[float] | None, where: str) -> xr.Dataset:
    """Estimate oxygen along a section.

    Parameters
    ----------
    run : TrainedRun
        The run.
    places : Places
        Stations in their order; the depth has no meaning.
    levels : sequence of float or None
        Depths, m; the levels of the run when None.
    where : str
        Name of the table, for messages.

    Returns
    -------
    xarray.Dataset
        Dimensions (station, depth), with the variables of `predict_points` and `along_track_distance`, km over ground
        from the first station.

    Raises
    ------
    InputError
        If a station has no position or date, or a depth is above the surface.
    """
    depth = np.asarray(run.grid.depth if levels is None else sorted(set(levels)), np.float64)
    if (depth < 0).any() or not np.isfinite(depth).all():
        raise InputError(f"a level of {depth.min():g} m", "levels", "give depths in metres, positive down")
    unknown = np.isnan(places.latitude) | np.isnan(places.longitude) | np.isnat(places.time)
    if unknown.any():
        what = "no position or no date"
        raise InputError(what, f"{where}, row {int(np.argmax(unknown)) + 1}", "give one, or leave the station out")
    shape, dims = (places.latitude.size, depth.size), ("station", "depth")
    latitude, longitude = (np.repeat(part, depth.size) for part in (places.latitude, places.longitude))
    time = np.repeat(places.time, depth.size)
    found, shares = _estimates(run, latitude, longitude, np.tile(depth, shape[0]), time)
    data = _dataset(run, "section", {name: values.reshape(shape) for name, values in found.items()}, shares, dims)
    data = _with_coordinate(data, "depth", ("depth",), depth)
    for name, values in {"latitude": places.latitude, "longitude": places.longitude, "time": places.time}.items():
        data = _with_coordinate(data, name, ("station",), values)
    step = great_circle(places.latitude[:-1], places.longitude[:-1], places.latitude[1:], places.longitude[1:]) / 1000.0
    along = np.concatenate([[0.0], np.cumsum(step)])
    attributes = {"long_name": "distance over ground from the first station", "units": "km"}
    data = data.assign_coords(along_track_distance=("station", along, attributes))
    data["station"] = (
        "station",
        np.arange(shape[0], dtype=np.int32),
        {"cf_role": "profile_id", "long_name": "station"},
    )
    data.attrs["featureType"] = "profile"
    return data


def given_name(name: str, taken: Any) -> str:
    """Return a name for a column of the table that is not one of the estimates.

    Parameters
    ----------
    name : str
        Its own.
    taken : container of str
        Names of the estimates.

    Examples
    --------
    >>> given_name("oxygen", {"oxygen"}), given_name("cruise", {"oxygen"})
    ('oxygen_given', 'cruise')
    """
    while name in taken:
        name = f"{name}_given"
    return name


def _estimates(
    run: TrainedRun, latitude: Floats, longitude: Floats, depth: Floats, time: Times
) -> tuple[dict[str, Floats | Ints], dict[str, float]]:
    """Estimate at points; return the variables, and the shares of estimates that are observed and far."""
    around = stencil(run.grid, run.time_axis, latitude, longitude, depth, time)
    cell, step = around.pairs()
    mean, error = run.estimate(cell, step) if cell.size else (np.zeros(0), np.zeros(0))
    found: dict[str, Floats | Ints] = {
        "oxygen": around.apply(cell, step, mean),
        "oxygen_standard_error": np.sqrt(around.apply(cell, step, np.square(error, dtype=np.float64))),
        "status": around.status.astype(np.int8),
    }
    ok = np.flatnonzero(around.status == OK)
    years = decimal_years(time[ok])
    near = observations_near(run.domain, run.samples, latitude[ok], longitude[ok], years, around.level[ok])
    of_points = {
        "distance_to_observation": np.where(np.isfinite(near.distance), near.distance, np.nan),
        "years_to_observation": np.where(np.isfinite(near.years), near.years, np.nan),
        "observations_near": near.number,
        "background_only": near.number == 0,
    }
    for name, values in of_points.items():
        found[name] = np.full(latitude.size, np.nan)
        found[name][ok] = values
    row, column = run.grid.locate(latitude[ok], longitude[ok])
    own = run.grid.number[around.level[ok], row, column] * len(run.time_axis) + run.time_axis.index(time[ok])
    observed = np.isin(own, run.samples.cell * len(run.time_axis) + run.samples.step)
    some = ok.size > 0
    return found, {
        "observed_share": float(observed.mean()) if some else 0.0,
        "far_share": float((near.number == 0).mean()) if some else 0.0,
    }


def _dataset(
    run: TrainedRun, what: str, found: dict[str, Floats | Ints], shares: dict[str, float], dims: tuple[str, ...]
) -> xr.Dataset:
    """Lay out the variables with their attributes."""
    attributes = global_attributes(run.grid, run.time_axis, run.provenance(what))
    attributes = {
        name: text for name, text in attributes.items() if not name.startswith(("geospatial", "time_coverage"))
    }
    data = xr.Dataset(attrs=attributes | shares)
    described = variables(attributes) | _MORE
    for name in ESTIMATES:
        if name in described:
            attrs = {key: text for key, text in described[name].items() if key not in _OF_CELLS}
            data[name] = (dims, found[name], attrs)
            fill = np.int8(-1) if name in _FLAGS else np.int32(-1)
            whole = name in (*_FLAGS, "observations_near")
            data[name].encoding = {"dtype": fill.dtype, "_FillValue": fill} if whole else {"_FillValue": np.nan}
    data["oxygen"].attrs["ancillary_variables"] = "oxygen_standard_error status"
    return data


def _with_coordinate(data: xr.Dataset, name: str, dims: tuple[str, ...], values: Any) -> xr.Dataset:
    """Add a coordinate of a place or a time, and its extent to the global attributes."""
    data = data.assign_coords({name: (dims, values, _COORDINATES[name])})
    data[name].encoding = {"_FillValue": None if dims == (name,) else np.nan} | (
        TIME_ENCODING if name == "time" else {}
    )
    known = values[~pd.isna(values)]
    if known.size:
        ends, short = (
            {"min": known.min(), "max": known.max()},
            {"latitude": "lat", "longitude": "lon"}.get(name, "vertical"),
        )
        if name == "time":
            data.attrs |= {"time_coverage_start": _second(ends["min"]), "time_coverage_end": _second(ends["max"])}
        else:
            data.attrs |= {f"geospatial_{short}_{end}": float(value) for end, value in ends.items()}
    return data


def _second(time: np.datetime64) -> str:
    """Write a time by ISO 8601."""
    return str(time.astype("datetime64[s]"))


def _plain(column: pd.Series[Any]) -> Any:
    """Return a column as numbers where all that it holds are, else as texts, dates by ISO 8601."""
    if pd.api.types.is_datetime64_any_dtype(column):
        return column.map(pd.Timestamp.isoformat, na_action="ignore").astype(object).fillna("").to_numpy(object)
    numbers = pd.to_numeric(column.replace("", np.nan), errors="coerce")
    if numbers.notna().equals(column.notna() & (column.astype(str) != "")):
        return numbers.to_numpy(np.float64)
    return column.fillna("").astype(str).to_numpy(object)
