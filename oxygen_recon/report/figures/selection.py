"""Parts of datasets that figures show: periods, means over time, cell edges, longitudes."""

from __future__ import annotations

import numpy as np
import xarray as xr

from graphs.types import Floats
from qc.errors import InputError

SEAM = 20.0  # degrees east; a map of the globe begins here, in Africa, and cuts no ocean


def select_period(reconstruction: xr.Dataset, times: slice | None) -> xr.Dataset:
    """Select the time steps of a period.

    Parameters
    ----------
    reconstruction : Dataset
        Has the dimension time.
    times : slice or None
        Labels of the first and last time; None selects all.

    Returns
    -------
    Dataset
        At least one step.

    Raises
    ------
    InputError
        If no step lies within `times`.
    """
    chosen = reconstruction if times is None else reconstruction.sel(time=times)
    if chosen.sizes["time"] == 0:
        assert times is not None
        raise InputError(
            f"no time between {times.start} and {times.stop}", "reconstruction", "choose a period it covers"
        )
    return chosen


def time_mean(data: xr.Dataset) -> xr.Dataset:
    """Average fields over time, missing values left out.

    Parameters
    ----------
    data : Dataset
        Fields with dimension time; other variables are kept, bounds of time are dropped.

    Returns
    -------
    Dataset
        Without dimension time, in memory; NaN where no time has a value.
    """
    fields = [str(name) for name in data.data_vars if set(data[name].dims) >= {"time", "latitude", "longitude"}]
    count = {name: data[name].notnull().sum("time") for name in fields}
    mean = {name: data[name].sum("time", min_count=1) / count[name].where(count[name] > 0) for name in fields}
    return data.drop_dims("time").assign(mean).compute()


def period_name(data: xr.Dataset) -> str:
    """Name the period of a dataset.

    Parameters
    ----------
    data : Dataset
        Has the coordinate time; its CF bounds are used where they are there.

    Returns
    -------
    str
        "1998", or "mean of 1990–2000".

    Examples
    --------
    >>> period_name(xr.Dataset(coords={"time": np.array(["1990-07-01", "2000-07-01"], "datetime64[ns]")}))
    'mean of 1990–2000'
    """
    time = data["time"]
    first, last = time.dt.year.values[0], time.dt.year.values[-1]
    if (bounds := time.attrs.get("bounds")) in data:
        # A step ends where the next one begins: the end of 1999 is written as 2000-01-01.
        edge = data[bounds].dt
        first, ended = edge.year.values[0, 0], edge.dayofyear.values[-1, 1] == 1
        last = edge.year.values[-1, 1] - int(ended)
    return f"{first}" if first == last else f"mean of {first}–{last}"


def on_same_cells(reconstruction: xr.Dataset, truth: xr.Dataset) -> xr.DataArray:
    """Return the oxygen of the truth at the times of a reconstruction.

    Parameters
    ----------
    reconstruction, truth : Dataset
        Have oxygen on the same depth, latitude and longitude, equal within 1e-3 degree or metre.

    Returns
    -------
    DataArray
        Truth with the coordinates of the reconstruction, umol kg-1.

    Raises
    ------
    InputError
        If the cells differ or there is no common time.
    """
    known = truth["oxygen"]
    for name in ("depth", "latitude", "longitude"):
        ours, theirs = reconstruction[name].values, known[name].values
        if ours.shape != theirs.shape or not np.allclose(ours, theirs, atol=1e-3):
            raise InputError(f"{name} differs from that of the reconstruction", "truth", "regrid the truth first")
        known = known.assign_coords({name: reconstruction[name]})
    if "time" in known.dims:
        common = np.intersect1d(known["time"].values, reconstruction["time"].values)
        if common.size == 0:
            raise InputError("no time in common with the reconstruction", "truth", "choose a period that both cover")
        known = known.sel(time=common)
    return known


def cell_edges(data: xr.Dataset | xr.DataArray, name: str) -> Floats:
    """Return the cell edges of an axis.

    Parameters
    ----------
    data : Dataset or DataArray
        Has the coordinate `name`; its CF bounds are used where they are there.
    name : {"latitude", "longitude", "depth"}
        Axis.

    Returns
    -------
    array, shape (cell + 1,)
        Bounds; without them, midpoints between centres and symmetric outer cells, latitude within [-90, 90], depth from
        0. A single cell is one degree wide, or reaches from the surface to twice its depth.

    Examples
    --------
    >>> cell_edges(xr.Dataset(coords={"latitude": [10.0, 20.0, 30.0]}), "latitude").tolist()
    [5.0, 15.0, 25.0, 35.0]
    """
    axis = data[name]
    bounds = axis.attrs.get("bounds")
    if bounds in data.coords or (isinstance(data, xr.Dataset) and bounds in data):
        pair = np.asarray(data[bounds], np.float64)
        return np.append(pair[:, 0], pair[-1, 1])
    centre = np.asarray(axis, np.float64)
    middle = 0.5 * (centre[1:] + centre[:-1])
    first, last = (middle[0], middle[-1]) if middle.size else (centre[0] + 0.5, centre[0] - 0.5)
    found = np.concatenate([[2 * centre[0] - first], middle, [2 * centre[-1] - last]])
    if name == "depth":
        found[0], found[-1] = 0.0, max(found[-1], 2 * centre[0] if centre.size == 1 else 0.0)
    return np.clip(found, -90.0, 90.0) if name == "latitude" else found


def is_global(data: xr.Dataset) -> bool:
    """Return whether a dataset covers all longitudes.

    Parameters
    ----------
    data : Dataset
        Has the coordinate longitude, degrees east.

    Returns
    -------
    bool
    """
    edges = cell_edges(data, "longitude")
    return bool(edges[-1] - edges[0] > 359.0)


def recentred(data: xr.Dataset) -> xr.Dataset:
    """Make a global dataset begin at 20 degrees east; a regional one is returned unchanged.

    Parameters
    ----------
    data : Dataset
        Has the coordinate longitude, degrees east.

    Returns
    -------
    Dataset
        Longitude rises from 20 to 380 where it covers the globe.
    """
    if not is_global(data):
        return data
    longitude = data["longitude"]
    moved = (longitude - SEAM) % 360.0 + SEAM
    # The bounds still follow the old order, so edges are computed from the moved centres.
    moved.attrs = {name: value for name, value in longitude.attrs.items() if name != "bounds"}
    return data.assign_coords(longitude=moved).sortby("longitude")
