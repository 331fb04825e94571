"""Axes of gridded files: which coordinate is latitude, longitude, depth or time, and the edges of its cells."""

from __future__ import annotations

from typing import Literal

import cf_xarray  # noqa: F401  (registers `.cf` of datasets and arrays)
import numpy as np
import xarray as xr

from graphs.types import Floats
from qc.errors import InputError

Kind = Literal["latitude", "longitude", "depth", "time"]

# Names of a coordinate where a file has no CF attributes, in lower case.
NAMES: dict[Kind, tuple[str, ...]] = {
    "latitude": ("latitude", "lat", "nav_lat", "tlat", "geolat", "lat_rho"),
    "longitude": ("longitude", "lon", "nav_lon", "tlong", "geolon", "lon_rho"),
    "depth": ("depth", "lev", "level", "olevel", "olev", "zlev", "deptht", "z_t", "nz1", "z"),
    "time": ("time", "time_counter", "ocean_time", "valid_time", "year", "month"),
}
METRES = dict.fromkeys(("m", "metre", "metres", "meter", "meters"), 1.0)
METRES |= dict.fromkeys(("cm", "centimeter", "centimeters", "centimetre", "centimetres"), 0.01)
HORIZONTAL_AND_DEPTH: tuple[Kind, Kind, Kind] = ("latitude", "longitude", "depth")
EDGES = ("lower_edge", "upper_edge")  # endings of the coordinates by which an array carries the bounds of its dataset


def coordinates(data: xr.Dataset | xr.DataArray, kind: Kind) -> list[str]:
    """List the variables that are the latitude, longitude, depth or time of a file.

    Parameters
    ----------
    data : Dataset or DataArray
        Of one or two horizontal dimensions.
    kind : {"latitude", "longitude", "depth", "time"}
        Which coordinate.

    Returns
    -------
    list of str
        In the order of the file: those that CF attributes (standard name, units, axis, positive) declare, and those
        with a usual name.

    Examples
    --------
    >>> coordinates(xr.Dataset(coords={"nav_lat": ("y", [1.0]), "nav_lon": ("y", [2.0])}), "latitude")
    ['nav_lat']
    """
    if isinstance(data, xr.Dataset):  # a file without the attribute `coordinates` holds them among its variables
        data = data.set_coords(list(data.data_vars))
    declared = {str(name) for name in data.cf.coordinates.get("vertical" if kind == "depth" else kind, [])}
    if kind == "depth":  # pressure and height above ground are vertical, too
        declared = {name for name in declared if str(data[name].attrs.get("units", "m")) in METRES}
    found = {str(name): str(name) in declared or str(name).lower() in NAMES[kind] for name in data.coords}
    return [name for name, chosen in found.items() if chosen]


def axis(data: xr.Dataset | xr.DataArray, kind: Kind) -> str:
    """Find the dimension of a field that is its latitude, longitude, depth or time.

    Parameters
    ----------
    data : Dataset or DataArray
        With one-dimensional coordinates.
    kind : {"latitude", "longitude", "depth", "time"}
        Which dimension.

    Returns
    -------
    str
        Name of the dimension.

    Raises
    ------
    InputError
        If no dimension has a coordinate of that kind by CF attributes or name.

    Examples
    --------
    >>> axis(xr.DataArray([0.0, 1.0], {"y": ("y", [10.0, 20.0], {"units": "degrees_north"})}), "latitude")
    'y'
    """
    known = coordinates(data, kind)
    for name in map(str, data.dims):
        if name in known:
            return name
    raise InputError(f"no axis of {kind} among {', '.join(map(str, data.dims))}", "gridded field", f"name it {kind}")


def has_axis(data: xr.Dataset | xr.DataArray, kind: Kind) -> bool:
    """Tell whether a field has a dimension that is its latitude, longitude, depth or time.

    Parameters
    ----------
    data : Dataset or DataArray
        With one-dimensional coordinates.
    kind : {"latitude", "longitude", "depth", "time"}
        Which dimension.

    Returns
    -------
    bool
    """
    return not {*map(str, data.dims)}.isdisjoint(coordinates(data, kind))


def depths(vertical: xr.DataArray) -> Floats:
    """Give a vertical coordinate in metres, positive down.

    Parameters
    ----------
    vertical : DataArray, shape (level,)
        Depth or height in one of the units of `METRES`; metres where it has none or another. Heights, which CF marks
        by `positive: up`, and files without the mark count down from the surface by negative numbers.

    Returns
    -------
    array, shape (level,)
        m.

    Examples
    --------
    >>> depths(xr.DataArray([-50.0, -1000.0], dims="z", attrs={"units": "cm", "positive": "up"}))
    array([ 0.5, 10. ])
    """
    return np.abs(vertical.values.astype(np.float64)) * METRES.get(str(vertical.attrs.get("units", "m")), 1.0)


def cut_around(data: xr.DataArray, latitude_edges: Floats, longitude_edges: Floats) -> xr.DataArray:
    """Cut a field to a box and two of its points around it, so that no more of a file is read.

    Parameters
    ----------
    data : DataArray
        With axes of latitude and longitude, in any convention and order.
    latitude_edges, longitude_edges : array
        Degrees; the first and the last count.

    Returns
    -------
    DataArray
        Whole along an axis of which less than two points would be left, or points with a gap between them.

    Examples
    --------
    >>> field = xr.DataArray(np.zeros((4, 360)), {"lat": [0, 1, 2, 3], "lon": np.arange(360)}, ("lat", "lon"))
    >>> cut_around(field, np.array([0.0, 9.0]), np.array([-1.0, 1.0]))["lon"].values.tolist()
    [0, 1, 2, 3, 357, 358, 359]
    """
    for kind, edges in (("latitude", latitude_edges), ("longitude", longitude_edges)):
        name = axis(data, kind)  # type: ignore[arg-type]
        points = data[name].values.astype(np.float64)
        margin = 2.0 * float(np.median(np.abs(np.diff(points)))) if points.size > 1 else 0.0
        beyond = points - edges[0] + margin
        width = edges[-1] - edges[0] + 2.0 * margin
        beyond = np.mod(beyond, 360.0) if kind == "longitude" and width < 360.0 else beyond
        kept = np.flatnonzero((beyond >= 0.0) & (beyond <= width))
        gap = np.diff(np.sort(beyond[kept])).max(initial=0.0) > margin
        if kept.size >= 2 and not gap and not (kind == "longitude" and width >= 360.0):
            together = kept.size == kept[-1] - kept[0] + 1
            data = data.isel({name: slice(kept[0], kept[-1] + 1) if together else kept})
    return data


def cell_bounds(data: xr.Dataset | xr.DataArray, name: str) -> tuple[Floats, Floats] | None:
    """Read the bounds of the cells along one axis.

    Parameters
    ----------
    data : Dataset or DataArray
        With CF bounds. A DataArray cannot hold them; it may carry them as `carry_bounds` leaves them.
    name : str
        Dimension.

    Returns
    -------
    (array, array) or None
        The smaller and the larger bound of each cell, each of shape (cell,), in the unit of the coordinate; None where
        there are none.
    """
    if {f"{name}_{end}" for end in EDGES} <= set(map(str, data.coords)):
        lower, upper = (data[f"{name}_{end}"].values.astype(np.float64) for end in EDGES)
        return lower, upper
    if isinstance(data, xr.Dataset) and data[name].attrs.get("bounds") in data.variables:
        bounds = data[data[name].attrs["bounds"]]
        bounds = bounds.isel({dim: 0 for dim in bounds.dims[:-1] if dim != name})  # repeated where files were joined
        pair = np.sort(bounds.values.astype(np.float64), axis=-1)
        return pair[:, 0], pair[:, 1]
    return None


def carry_bounds(data: xr.Dataset) -> xr.Dataset:
    """Let the arrays of a dataset carry the bounds of their cells and the wet mask.

    Parameters
    ----------
    data : Dataset
        With axes latitude, longitude and depth; one without CF bounds is left as it is.

    Returns
    -------
    Dataset
        With coordinates `<axis>_lower_edge` and `<axis>_upper_edge`, and `wet` as a coordinate where there is one.

    Examples
    --------
    >>> bounds = {"lat_bnds": (("lat", "two"), [[0.0, 1.0], [1.0, 3.0]])}
    >>> data = xr.Dataset(bounds, {"lat": ("lat", [0.5, 2.0], {"standard_name": "latitude", "bounds": "lat_bnds"})})
    >>> carry_bounds(data)["lat_upper_edge"].values
    array([1., 3.])
    """
    for kind in HORIZONTAL_AND_DEPTH:
        for name in [axis(data, kind)] if has_axis(data, kind) else []:
            bounds = cell_bounds(data, name)
            if bounds is not None:
                data = data.assign_coords({f"{name}_{end}": (name, part) for end, part in zip(EDGES, bounds)})
    return data.set_coords("wet") if "wet" in data else data
