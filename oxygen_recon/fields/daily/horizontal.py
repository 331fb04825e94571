"""Daily fields brought to another grid of latitude and longitude, from one of two-dimensional coordinates too."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import xarray as xr
from scipy.sparse import csr_array
from scipy.spatial import Delaunay

from graphs.sphere import unit_vector
from graphs.types import Floats
from qc.errors import InputError

VECTORS = (("eastward_velocity", "northward_velocity"), ("eastward_wind", "northward_wind"))
_LEAST_SHARE = 0.5  # weight of the points that have a value, as in `oxygen_recon.fields.regrid`
_WIDEST = 80.0  # degrees from its middle: a wider curvilinear grid has no plane that it is triangulated in
_LONGEST_EDGE = 3.0  # times the median spacing: a triangle with a longer one lies outside the grid
_SLACK = 1e-9


def onto_grid(data: xr.Dataset, latitude: Sequence[float] | Floats, longitude: Sequence[float] | Floats) -> xr.Dataset:
    """Interpolate daily fields linearly to other points, lazily.

    Parameters
    ----------
    data : Dataset
        As `oxygen_recon.fields.daily.opening.open_daily` gives it: on latitude and longitude, or curvilinear.
    latitude, longitude : array
        Degrees north and east, increasing; longitudes in any convention.

    Returns
    -------
    Dataset
        On the new points. Beside land linear interpolation is that of the points with a value, with their weights made
        one, where they have half of the weight at least; NaN elsewhere and outside the grid. Components of velocity
        along the axes of a curvilinear grid are turned to east and north.

    Raises
    ------
    InputError
        If a curvilinear grid is wider than a hemisphere or has one component of a velocity along its axes without the
        other, or no point lies within the grid.

    Examples
    --------
    >>> axes = {"time": [0], "latitude": [0.0, 1.0], "longitude": [0.0, 1.0]}
    >>> plane = xr.DataArray([[[0.0, 1.0], [2.0, 3.0]]], axes, tuple(axes), attrs={"units": "m"})
    >>> onto_grid(xr.Dataset({"sea_surface_height": plane}), [0.5], [0.25]).sea_surface_height.values.ravel()
    array([1.25], dtype=float32)
    """
    target = np.asarray(latitude, float), np.asarray(longitude, float)
    if curved := data["latitude"].ndim == 2:
        data = _turned(data)
        places, weights = _triangles(data["latitude"].to_numpy(), data["longitude"].to_numpy(), *target)
        dims = [str(dim) for dim in data["latitude"].dims]
    else:
        places, weights = _corners(data["latitude"].to_numpy(), data["longitude"].to_numpy(), *target)
        dims = ["latitude", "longitude"]
    if not weights.any():
        raise InputError("no point of the grid asked for lies within it", "daily fields", "choose one inside")
    number = int(np.prod([data.sizes[dim] for dim in dims]))
    rows = np.repeat(np.arange(len(places)), places.shape[1])
    matrix = csr_array((weights.ravel(), (rows, places.ravel())), shape=(len(places), number))
    shape = target[0].size, target[1].size
    result: xr.Dataset = xr.apply_ufunc(
        lambda values: _apply(matrix, values, shape),
        data.drop_vars(["latitude", "longitude"]) if curved else data,
        input_core_dims=[dims], output_core_dims=[["row", "column"]], exclude_dims=set(dims), dask="parallelized",
        output_dtypes=[np.float32], keep_attrs=True,
        dask_gufunc_kwargs={"allow_rechunk": True, "output_sizes": {"row": shape[0], "column": shape[1]}},
    )  # fmt: skip
    result = result.rename({"row": "latitude", "column": "longitude"})
    return result.assign_coords(latitude=target[0], longitude=target[1])


def _apply(matrix: csr_array, values: Floats, shape: tuple[int, int]) -> Floats:
    """Interpolate fields of shape (..., row, column), those that are missing left out."""
    flat = values.reshape(-1, matrix.shape[1]).T
    known = np.isfinite(flat)
    total, share = matrix @ np.where(known, flat, 0.0), matrix @ known.astype(np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        found = np.where(share >= _LEAST_SHARE - _SLACK, total / share, np.nan)
    return np.asarray(found.T.reshape(*values.shape[:-2], *shape), np.float32)


def _corners(row: Floats, column: Floats, latitude: Floats, longitude: Floats) -> tuple[Floats, Floats]:
    """Give the four points around each new point and their weights; 0 outside the grid."""
    around = 360.0 - (column[-1] - column[0])
    closed = column.size > 1 and around < 1.5 * float(np.median(np.diff(column)))
    points = np.append(column, column[0] + 360.0) if closed else column
    turned = np.mod(longitude - column[0] + _SLACK, 360.0) - _SLACK + column[0]
    south, north = _between(row, latitude)
    west, east = _between(points, turned)
    numbers = [np.clip(np.searchsorted(axis, at, "right") - 1, 0, max(axis.size - 2, 0)) for axis, at in
               ((row, latitude), (points, turned))]  # fmt: skip
    places, weights = [], []
    for step, by_row in enumerate((south, north)):
        for move, by_column in enumerate((west, east)):
            line = np.minimum(numbers[0] + step, row.size - 1)
            place = (numbers[1] + move) % column.size
            places.append((line[:, None] * column.size + place).ravel())
            weights.append((by_row[:, None] * by_column).ravel())
    return np.stack(places, axis=1), np.stack(weights, axis=1)


def _between(axis: Floats, at: Floats) -> tuple[Floats, Floats]:
    """Weights of the points before and after; 0 for both more than half a spacing beyond the ends."""
    if axis.size == 1:
        inside = (np.abs(at - axis[0]) < _SLACK).astype(float)
        return inside, np.zeros_like(inside)
    low = np.clip(np.searchsorted(axis, at, "right") - 1, 0, axis.size - 2)
    spacing = axis[low + 1] - axis[low]
    share = (at - axis[low]) / spacing
    inside = (share >= -0.5 - _SLACK) & (share <= 1.5 + _SLACK)
    share = np.clip(share, 0.0, 1.0)
    return np.where(inside, 1.0 - share, 0.0), np.where(inside, share, 0.0)


def _triangles(row: Floats, column: Floats, latitude: Floats, longitude: Floats) -> tuple[Floats, Floats]:
    """Give the three points around each new point and their weights, in a stereographic plane; 0 outside the grid."""
    points = unit_vector(row, column).reshape(-1, 3)
    middle = points.mean(axis=0) / np.linalg.norm(points.mean(axis=0))
    if (points @ middle).min() < np.cos(np.radians(_WIDEST)):
        what = f"a curvilinear grid that reaches more than {_WIDEST:g} degrees from its middle"
        raise InputError(what, "daily fields", "cut a region from it, or bring it to latitude and longitude first")
    plane = _stereographic(points, middle)
    grid = plane.reshape(*row.shape, 2)
    spacing = np.median(np.linalg.norm(np.diff(grid, axis=-2), axis=-1))
    wanted = _stereographic(unit_vector(latitude[:, None], longitude[None, :]).reshape(-1, 3), middle)
    mesh = Delaunay(plane)
    simplex = mesh.find_simplex(wanted)
    corners = mesh.simplices[simplex]
    edges = plane[corners] - plane[np.roll(corners, 1, axis=1)]
    inside = (simplex >= 0) & (np.linalg.norm(edges, axis=-1).max(axis=1) < _LONGEST_EDGE * spacing)
    part = np.einsum("nij,nj->ni", mesh.transform[simplex, :2], wanted - mesh.transform[simplex, 2])
    weights = np.column_stack([part, 1.0 - part.sum(axis=1)])
    return corners, np.where(inside[:, None], weights, 0.0)


def _stereographic(points: Floats, middle: Floats) -> Floats:
    """Project unit vectors from the point opposite to the middle of the grid."""
    east = np.cross([0.0, 0.0, 1.0], middle) if abs(middle[2]) < 0.999 else np.array([1.0, 0.0, 0.0])
    east = east / np.linalg.norm(east)
    axes = np.stack([east, np.cross(middle, east)], axis=1)
    return np.asarray((points @ axes) / np.maximum(1.0 + points @ middle, 0.05)[:, None])


def _turned(data: xr.Dataset) -> xr.Dataset:
    """Turn components along the axes of the grid to east and north; those that are named eastward are so already."""
    data = data.copy()
    for east, north in VECTORS:
        there = [name for name in (east, north) if name in data]
        along_grid = [name for name in there if not str(data[name].attrs.get("standard_name", "")).startswith(name[:8])]
        if along_grid and len(there) == 1:
            what = f"{there[0]} is a component along the axes of a curvilinear grid"
            raise InputError(what, "daily fields", f"read {east} and {north}: both are needed to turn it")
        if along_grid:
            angle = _angle(data)
            cosine, sine = np.cos(angle), np.sin(angle)
            along, across = data[east], data[north]
            both = along * cosine - across * sine, along * sine + across * cosine
            for name, field, direction in zip((east, north), both, ("eastward", "northward")):
                data[name] = field.transpose(*along.dims).assign_attrs(_named(data[name], direction))
    return data


def _named(field: xr.DataArray, direction: str) -> dict[str, str]:
    """Attributes of a component that is turned."""
    kept = {str(key): str(value) for key, value in field.attrs.items() if key != "standard_name"}
    return kept | {"standard_name": f"{direction}_sea_water_velocity"} if "velocity" in str(field.name) else kept


def _angle(data: xr.Dataset) -> xr.DataArray:
    """Angle from east to the second axis of the grid, counterclockwise, radians."""
    latitude, longitude = (np.radians(data[name].to_numpy().astype(float)) for name in ("latitude", "longitude"))
    along = np.gradient(np.unwrap(longitude, axis=1), axis=1) * np.cos(latitude)
    angle = np.arctan2(np.gradient(latitude, axis=1), along)
    return xr.DataArray(angle.astype(np.float32), dims=data["latitude"].dims)
