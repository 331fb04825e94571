"""Layouts of daily files: their quantities by the project's names, units and axes."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import xarray as xr

from graphs.sphere import wrap
from oxygen_recon.fields.axes import Kind, axis, coordinates, depths, has_axis
from oxygen_recon.fields.quantities import NAMES, conversion, kind_of, variable_of
from qc.errors import InputError

UNITS = {
    "temperature": "degC",
    "salinity": "1e-3",
    "eastward_velocity": "m s-1",
    "northward_velocity": "m s-1",
    "sea_surface_height": "m",
    "sea_surface_temperature": "degC",
    "eastward_wind": "m s-1",
    "northward_wind": "m s-1",
    "air_temperature": "degC",
    "mean_sea_level_pressure": "Pa",
    "surface_pressure": "Pa",
}
"""Quantities of daily fields, and the unit that each is brought to."""
AMOUNT = "umol kg-1"
"""Unit of the other quantities of `oxygen_recon.fields.quantities.NAMES`: oxygen and nutrients."""
LIMITS = {
    "temperature": (-5.0, 50.0),
    "salinity": (0.0, 50.0),
    "eastward_velocity": (-10.0, 10.0),
    "northward_velocity": (-10.0, 10.0),
    "sea_surface_height": (-20.0, 20.0),
    "sea_surface_temperature": (-5.0, 50.0),
    "eastward_wind": (-120.0, 120.0),
    "northward_wind": (-120.0, 120.0),
    "air_temperature": (-100.0, 70.0),
    "mean_sea_level_pressure": (80e3, 115e3),
    "surface_pressure": (30e3, 115e3),
}
"""What no value is outside of, in these units: far beyond any water or weather, so that only another unit than stated
(K for degC, hPa for Pa, cm s-1 for m s-1) or a fill value that no attribute names lies there."""
FORCING = ("eastward_wind", "northward_wind", "air_temperature", "mean_sea_level_pressure", "surface_pressure")
SURFACE = ("sea_surface_height", "sea_surface_temperature", *FORCING)
DIMENSIONS = ("time", "depth", "latitude", "longitude")
_UNMARKED = 1e10  # of any quantity in any unit: HYCOM's 1.27e30 and others that no attribute declares as missing


def variables_of(data: xr.Dataset, names: tuple[str, ...], variables: Mapping[str, str]) -> dict[str, str]:
    """Find the variables of some quantities in a file.

    Parameters
    ----------
    data : Dataset
        The file.
    names : tuple of str
        Quantities of `UNITS`, or any other variable by its own name.
    variables : mapping of str to str
        Names of variables that have other than the usual ones.

    Returns
    -------
    dict of str to str
        Of the quantities that the file has.
    """
    found = {name: variables.get(name) or variable_of(data, name) for name in names}
    return {name: chosen for name, chosen in found.items() if chosen is not None and chosen in data}


def alike(data: xr.Dataset, found: Mapping[str, str]) -> list[dict[str, str]]:
    """Divide the quantities of a file into those of the same axes.

    Parameters
    ----------
    data : Dataset
        The file.
    found : mapping of str to str
        Its variables by quantity.

    Returns
    -------
    list of dict of str to str
        Quantities that `standard` brings to the project's axes together.
    """
    groups: dict[tuple[object, ...], dict[str, str]] = {}
    for name, chosen in found.items():
        groups.setdefault((name in SURFACE, *data[chosen].dims), {})[name] = chosen
    return list(groups.values())


def standard(data: xr.Dataset, found: Mapping[str, str], units: Mapping[str, str], where: str) -> xr.Dataset:
    """Bring variables of the same axes to the project's names, units and axes, lazily.

    Parameters
    ----------
    data : Dataset
        The file, as `oxygen_recon.fields.daily.files.opened` gives it.
    found : mapping of str to str
        Variables by quantity, one of the groups of `alike`.
    units : mapping of str to str
        Units of quantities for which the file has none.
    where : str
        Names the file, for messages.

    Returns
    -------
    Dataset
        float32, some of (time, depth, latitude, longitude) in this order, or (time, depth, two axes) with
        two-dimensional coordinates latitude and longitude where the grid is curvilinear. Latitude, longitude and depth
        (m, positive down) increase; longitudes begin in [-180, 180), at the edge of a region across the dateline. NaN
        is missing: what attributes declare so, and what is larger than 1e10. Time keeps the numbers of the file.

    Raises
    ------
    InputError
        If a unit is unknown, an axis is missing, or a dimension is left.
    """
    fields = {name: _converted(data[chosen], name, units.get(name), where) for name, chosen in found.items()}
    named = _named(xr.Dataset(fields), where)
    curved = named["latitude"].ndim == 2
    result = named if curved else _increasing(named)
    return result.transpose(*(one for one in DIMENSIONS if one in result.dims), ...)


def _converted(field: xr.DataArray, name: str, unit: str | None, where: str) -> xr.DataArray:
    """Convert one variable to the unit of its quantity."""
    if unit is not None and not field.attrs.get("units"):
        field = field.assign_attrs(units=unit)
    kind = {"temperature_kind": kind_of(field)} if name == "temperature" else {}
    standard_name = {"standard_name": str(field.attrs["standard_name"])} if "standard_name" in field.attrs else {}
    converted = conversion(field, name, where)(field).astype("float32")
    converted = converted.where(abs(converted) < _UNMARKED)
    of_file = AMOUNT if name in NAMES else str(field.attrs.get("units", ""))  # `conversion` brings amounts to one unit
    converted.attrs = {"units": UNITS.get(name, of_file)} | standard_name | kind
    return converted.rename(name)


def _named(data: xr.Dataset, where: str) -> xr.Dataset:
    """Rename the axes of fields, and drop what else they carry."""
    name = next(iter(data.data_vars))
    try:
        axes = {_horizontal(data, kind): kind for kind in ("latitude", "longitude")} | {axis(data, "time"): "time"}
    except InputError as error:
        raise InputError(f"{name}: {error.what}", where, error.fix) from error
    level = axis(data, "depth") if has_axis(data, "depth") else None
    if level is not None and name in SURFACE:
        if data.sizes[level] > 1:
            raise InputError(f"{name} has {data.sizes[level]} levels", where, "give a field of the surface")
        data, level = data.isel({level: 0}, drop=True), None
    if level is not None:
        data = data.assign_coords({level: depths(data[level])})
        axes[level] = "depth"
    own = {dim for one in axes for dim in data[one].dims}
    others = [dim for dim in data.dims if dim not in own]
    if any(data.sizes[dim] > 1 for dim in others):
        raise InputError(f"{name} has the dimension {others[0]}", where, "select one of it first")
    data = data.drop_vars([one for one in data.coords if one not in axes]).squeeze(others, drop=True)
    return data.rename({old: new for old, new in axes.items() if old != new})


def _horizontal(data: xr.Dataset, kind: Kind) -> str:
    """Name of the latitude or longitude of fields: an axis, or a coordinate of two dimensions."""
    known = coordinates(data, kind)
    chosen = [name for name in known if name in data.dims] or [name for name in known if data[name].ndim == 2]
    return chosen[0] if chosen else axis(data, kind)


def _increasing(field: xr.Dataset) -> xr.Dataset:
    """Order latitude, depth and longitude; longitudes begin after the widest gap between them."""
    for name in ("latitude", "depth"):
        if name in field.dims:
            field = field.assign_coords({name: field[name].astype("float64")}).sortby(name)
    turned = np.asarray(wrap(field["longitude"].to_numpy().astype(float)))
    order = np.argsort(turned, kind="stable")
    sorted_ = turned[order]
    gaps = np.diff(sorted_, append=sorted_[0] + 360.0)
    if turned.size > 1 and gaps.max() > 1.5 * np.median(gaps):  # a region: it begins after the gap
        first = (int(gaps.argmax()) + 1) % turned.size
        order, sorted_ = np.roll(order, -first), np.roll(sorted_, -first)
        sorted_ = np.where(sorted_ < sorted_[0], sorted_ + 360.0, sorted_)
    if (np.diff(order) != 1).any():
        field = field.isel(longitude=order)
    return field.assign_coords(longitude=sorted_)


assert set(UNITS) == set(LIMITS) <= set(NAMES)
