"""Oxygen of any CF dataset, with standard names, units, directions and the bounds of its cells."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import xarray as xr

from oxygen_recon.fields.axes import EDGES, HORIZONTAL_AND_DEPTH, axis, carry_bounds, depths, has_axis
from oxygen_recon.fields.cf import DIMENSIONS, PER_MASS, PER_VOLUME, is_oxygen
from qc.errors import InputError


def open_oxygen_field(path: Path, variable: str | None = None) -> xr.DataArray:
    """Open the oxygen of a netCDF file on a latitude-longitude-depth grid, lazily.

    Parameters
    ----------
    path : Path
        CF netCDF file.
    variable : str, optional
        Its oxygen; found by standard name, else by the names oxygen and o2, when left out.

    Returns
    -------
    DataArray, dims (time, depth, latitude, longitude)
        As `oxygen_field` gives it; a file without time has one step.

    Raises
    ------
    InputError
        If the file is unreadable, or its oxygen or an axis is not found.
    """
    try:
        data = xr.open_dataset(path, chunks={})
    except (OSError, ValueError) as error:
        raise InputError(f"not a readable netCDF file ({error})", str(path), "download it again") from error
    try:
        oxygen = oxygen_field(data, variable)
    except InputError as error:
        raise InputError(error.what, str(path), error.fix) from error
    return oxygen if "time" in oxygen.dims else oxygen.expand_dims("time")


def oxygen_field(data: xr.Dataset | xr.DataArray, variable: str | None = None) -> xr.DataArray:
    """Give oxygen standard names of its axes, increasing coordinates and one spelling of its unit.

    Parameters
    ----------
    data : Dataset or DataArray
        Axes by any CF names, in any order and direction, depths in m or cm, longitudes of any convention. The bounds
        and the mask `wet` of a Dataset go with its oxygen.
    variable : str, optional
        The oxygen of a Dataset; found by standard name, else by the names oxygen and o2, when left out.

    Returns
    -------
    DataArray, dims ([member,] [time,] depth, latitude, longitude)
        Units "umol kg-1" or "mmol m-3" where the file's unit is one that can be made so without a density, else as
        they are.

    Raises
    ------
    InputError
        If the oxygen or a horizontal or vertical axis is not found.

    Examples
    --------
    >>> axes = {"lev": [5.0, 50.0], "lat": [10.5, 9.5], "lon": [0.5, 1.5]}
    >>> file = xr.Dataset({"o2": (("lat", "lon", "lev"), np.full((2, 2, 2), 0.2), {"units": "mol m-3"})}, axes)
    >>> oxygen = oxygen_field(file)
    >>> oxygen.dims, oxygen.latitude.values, oxygen.max().item(), oxygen.units
    (('depth', 'latitude', 'longitude'), array([ 9.5, 10.5]), 200.0, 'mmol m-3')
    """
    field = _pick(carry_bounds(data), variable) if isinstance(data, xr.Dataset) else data
    field = standard_axes(field)
    unit = str(field.attrs.get("units", ""))
    target, factor = unit, 1.0
    if unit in PER_MASS:
        target, factor = "umol kg-1", PER_MASS[unit]
    elif unit in PER_VOLUME:
        target, factor = "mmol m-3", PER_VOLUME[unit] / 1e3
    if factor != 1.0:
        field = (field * factor).assign_attrs(field.attrs)
    return field.assign_attrs(units=target) if target != unit else field


def standard_axes(field: xr.DataArray) -> xr.DataArray:
    """Give a field standard names of its axes, increasing coordinates, and depths in metres.

    Parameters
    ----------
    field : DataArray
        Axes by any CF names, in any order and direction; it may carry bounds (`oxygen_recon.fields.axes.carry_bounds`).

    Returns
    -------
    DataArray, dims ([member,] [time,] depth, latitude, longitude)

    Raises
    ------
    InputError
        If a horizontal or vertical axis is not found.
    """
    return _increasing(_in_metres(_renamed(field)))


def _pick(data: xr.Dataset, variable: str | None) -> xr.DataArray:
    """Choose the oxygen of a dataset."""
    if variable is not None and variable not in data:
        raise InputError(f"no variable {variable}", "oxygen field", f"it has {', '.join(map(str, data.data_vars))}")
    named = [str(name) for name in data.data_vars if is_oxygen(data[name])]
    named += [name for name in ("oxygen", "o2") if name in data and name not in named]
    chosen = variable or (named[0] if len(named) == 1 else next((n for n in ("oxygen", "o2") if n in named), None))
    if chosen is None:
        found = ", ".join(named) or f"none among {', '.join(map(str, data.data_vars))}"
        raise InputError(f"variables of oxygen: {found}", "oxygen field", "name the one that is meant")
    return data[chosen]


def _renamed(field: xr.DataArray) -> xr.DataArray:
    """Call the axes, and the coordinates that carry their bounds, by their standard names."""
    names = {axis(field, kind): kind for kind in HORIZONTAL_AND_DEPTH}
    if has_axis(field, "time"):
        names[axis(field, "time")] = "time"
    carried = {f"{old}_{end}": f"{new}_{end}" for old, new in names.items() for end in EDGES}
    new_names = {old: new for old, new in (names | carried).items() if old != new and (old in field.coords)}
    if new_names:
        field = field.drop_vars(set(new_names.values()) & set(map(str, field.coords))).rename(new_names)
    return field.transpose(..., *(name for name in DIMENSIONS if name in field.dims))


def _in_metres(field: xr.DataArray) -> xr.DataArray:
    """Give depths in metres, positive down."""
    names = ["depth", *(f"depth_{end}" for end in EDGES if f"depth_{end}" in field.coords)]
    unit, first = field["depth"].attrs, field["depth"]
    metres = {name: depths(field[name].assign_attrs(unit)) for name in names}
    if np.array_equal(metres["depth"], first.values):
        return field
    if len(names) > 1:  # a height's upper edge is the smaller depth
        lower, upper = np.sort([metres[name] for name in names[1:]], axis=0)
        metres |= {names[1]: lower, names[2]: upper}
    described = {"units": "m", "positive": "down", "standard_name": "depth", "axis": "Z"}
    return field.assign_coords({name: ("depth", values) for name, values in metres.items()}).assign_coords(
        depth=("depth", metres["depth"], described)
    )


def _increasing(field: xr.DataArray) -> xr.DataArray:
    """Let latitude, longitude and depth increase; a region across the end of the longitudes goes on beyond it."""
    field = _unwrapped(field)
    for name in HORIZONTAL_AND_DEPTH:
        if (np.diff(field[name].values) <= 0).any():
            field = field.sortby(name)
    return field


def _unwrapped(field: xr.DataArray) -> xr.DataArray:
    """Let longitudes run on where they jump from 359 to 0 or from 179 to -180."""
    longitude = field["longitude"].values
    turned = np.unwrap(longitude.astype(np.float64), period=360.0)
    if (np.diff(longitude) > 0).all() or not (np.diff(turned) > 0).all():
        return field
    moved = {"longitude": ("longitude", turned, field["longitude"].attrs)}
    names = [f"longitude_{end}" for end in EDGES if f"longitude_{end}" in field.coords]
    edges = [field[name].values.astype(np.float64) for name in names]
    edges = [edge + 360.0 * np.round((turned - edge) / 360.0) for edge in edges]
    moved |= {name: ("longitude", edge, {}) for name, edge in zip(names, np.sort(edges, axis=0))}
    return field.assign_coords(moved)
