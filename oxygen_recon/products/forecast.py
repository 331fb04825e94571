"""Forecasts as files: one netCDF file a start, by CF and ACDD, with lead time as its first dimension."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from oxygen_recon.dataset.daily.fields import DailyFields
from qc.errors import InputError
from qc.files import replacing

LEAD = "forecast_period"
_STANDARD = {
    "temperature": "sea_water_temperature",
    "salinity": "sea_water_salinity",
    "eastward_velocity": "eastward_sea_water_velocity",
    "northward_velocity": "northward_sea_water_velocity",
    "sea_surface_height": "sea_surface_height_above_geoid",
    "sea_surface_temperature": "sea_surface_temperature",
}
_SINCE = {"units": "days since 1970-01-01", "calendar": "proleptic_gregorian"}


def to_dataset(
    fields: DailyFields, start: np.datetime64, values: NDArray[np.float32], about: Mapping[str, str | int],
    earliest: int = 1,
) -> xr.Dataset:  # fmt: skip
    """Lay out the forecast of one start.

    Parameters
    ----------
    fields : DailyFields
        Gives channels, grid and land.
    start : datetime64[D]
        Date of the state that the forecast starts from.
    values : float32 array, shape (lead, channel, latitude, longitude)
        Units of the channels.
    about : mapping of str to str or int
        Further global attributes: the method, what drives it, the hash of the experiment, ...
    earliest : int
        Days from the start to the first of the values: 0 where the start itself is filled.

    Returns
    -------
    Dataset
        One variable a quantity, shape (forecast_period, depth, latitude, longitude), without depth for the surface;
        NaN is land, and nothing else. `forecast_reference_time` is the start, `time` the date of each lead.

    Raises
    ------
    InputError
        If shapes do not fit, or a value in the ocean is not finite.

    Examples
    --------
    >>> from oxygen_recon.dataset.daily.fields import Channel
    >>> days = np.array(["2002-01-01"], "datetime64[D]")
    >>> axes = np.array([0.0, 1.0]), np.array([5.0]), (Channel("temperature", 0.0, "degC"),)
    >>> fields = DailyFields(np.ones((1, 1, 2, 1), np.float32), np.array([[[True], [False]]]), days, *axes)
    >>> found = to_dataset(fields, days[0], np.ones((3, 1, 2, 1), np.float32), {"method": "persistence"})
    >>> found.temperature.dims, found.temperature.values[2, 0, :, 0].tolist()
    (('forecast_period', 'depth', 'latitude', 'longitude'), [1.0, nan])
    """
    if values.shape[1:] != fields.ocean.shape:
        raise InputError(f"a forecast of shape {values.shape}", str(start), f"give (lead, {fields.ocean.shape})")
    if not np.isfinite(values[:, fields.ocean]).all():
        raise InputError("the forecast is not finite", str(start), "train again, with a lower learning rate")
    leads = np.arange(earliest, earliest + len(values))
    data = xr.Dataset(coords=_coordinates(fields, start, leads))
    seen = np.where(fields.ocean, values, np.float32(np.nan))
    for name in dict.fromkeys(one.name for one in fields.channels):
        rows = [i for i, one in enumerate(fields.channels) if one.name == name]
        depths = [fields.channels[i].depth for i in rows]
        attributes = {"units": fields.channels[rows[0]].unit, "long_name": name.replace("_", " ")}
        attributes |= {"standard_name": _STANDARD[name]} if name in _STANDARD else {}
        if depths == [None]:
            data[name] = ((LEAD, "latitude", "longitude"), seen[:, rows[0]], attributes)
        else:
            levels = _levels(data, np.array(depths, float))
            data[name] = ((LEAD, levels, "latitude", "longitude"), seen[:, rows], attributes)
        data[name].encoding = {"_FillValue": np.float32(np.nan), "zlib": True, "complevel": 1}
    data.attrs = _attributes(fields, start, leads, about)
    return data


def of_members(members: Sequence[xr.Dataset]) -> xr.Dataset:
    """Put the members of an ensemble into one dataset.

    Parameters
    ----------
    members : sequence of Dataset
        As of `to_dataset`, of one start.

    Returns
    -------
    Dataset
        With `realization` as the first dimension of its variables.
    """
    found = xr.concat(
        members, "realization", coords="minimal", compat="override", combine_attrs="override", join="exact"
    )
    found.coords["realization"] = (
        "realization",
        np.arange(len(members), dtype=np.int32),
        {"standard_name": "realization"},
    )
    for name, field in found.data_vars.items():
        field.encoding = dict(members[0][name].encoding)
    return found


def write(path: Path, data: xr.Dataset) -> None:
    """Write a forecast; its file is whole or absent.

    Parameters
    ----------
    path : Path
        netCDF file.
    data : Dataset
        As of `to_dataset`.
    """
    with replacing(path) as partial:
        data.to_netcdf(partial)


def channels_of(data: xr.Dataset, fields: DailyFields) -> NDArray[np.float32]:
    """Lay out a forecast as channels again.

    Parameters
    ----------
    data : Dataset
        As of `to_dataset`, or read from its file.
    fields : DailyFields
        Gives the channels.

    Returns
    -------
    float32 array, shape (lead, channel, latitude, longitude)
        NaN on land.
    """
    parts = []
    for channel in fields.channels:
        field = data[channel.name]
        levels = [str(name) for name in field.dims if str(name).startswith("depth")]
        parts.append(field if not levels else field.sel({levels[0]: channel.depth}))
    return np.stack([part.to_numpy() for part in parts], axis=1).astype(np.float32)


def _levels(data: xr.Dataset, depths: NDArray[np.float64]) -> str:
    """Name the axis of some depths, made where there is none yet."""
    for number in range(len(data.dims)):
        name = "depth" if number == 0 else f"depth_{number + 1}"
        if name not in data.coords:
            attributes = {"standard_name": "depth", "units": "m", "positive": "down", "axis": "Z"}
            data.coords[name] = (name, depths, attributes)
            data[name].encoding = {"_FillValue": None}
        if np.array_equal(data[name].to_numpy(), depths):
            return name
    raise AssertionError("fewer names than axes")


def _coordinates(fields: DailyFields, start: np.datetime64, leads: NDArray[np.int64]) -> dict[str, Any]:
    """Coordinates of CF; dates as numbers, so that every calendar reads them."""
    day = int(start.astype("datetime64[D]").astype(np.int64))
    coordinates: dict[str, Any] = {
        LEAD: (LEAD, leads.astype(np.int32), {"standard_name": "forecast_period", "units": "days"}),
        "forecast_reference_time": ((), day, {"standard_name": "forecast_reference_time"} | _SINCE),
        "time": (LEAD, day + leads, {"standard_name": "time", "axis": "T"} | _SINCE),
    }
    for name, unit, axis in (("latitude", "degrees_north", "Y"), ("longitude", "degrees_east", "X")):
        coordinates[name] = (name, getattr(fields, name), {"standard_name": name, "units": unit, "axis": axis})
    return coordinates


def _attributes(
    fields: DailyFields, start: np.datetime64, leads: NDArray[np.int64], about: Mapping[str, str | int]
) -> dict[str, str | int | float]:
    """Global attributes of ACDD."""
    created = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    attributes: dict[str, str | int | float] = {
        "Conventions": "CF-1.8, ACDD-1.3",
        "keywords": "oceans, ocean forecast",
        "date_created": created,
        "creator_name": f"oxygen-recon {version('oxygen-recon')}",
        "standard_name_vocabulary": "CF Standard Name Table v93",
        "geospatial_lat_min": float(fields.latitude.min()),
        "geospatial_lat_max": float(fields.latitude.max()),
        "geospatial_lon_min": float(fields.longitude.min()),
        "geospatial_lon_max": float(fields.longitude.max()),
        "time_coverage_start": str(start + np.timedelta64(int(leads[0]), "D")),
        "time_coverage_end": str(start + np.timedelta64(int(leads[-1]), "D")),
        "time_coverage_resolution": "P1D",
    }
    attributes.update(about)
    return attributes
