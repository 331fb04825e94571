"""A gridded field that plays the truth: shown as casts at some columns, scored in every other cell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import xarray as xr
from scipy import ndimage

from graphs.grid import Grid
from oxygen_recon.runtime.errors import Mistake
from qc.physics.bathymetry import deepest_nearby
from qc.table import schema
from qc.table.profiles import Floor

CONSTANT_DENSITY = 1.025  # kg/L; umol/kg = mmol m-3 / 1.025, the constant policy of WOD and of CMIP6 oxygen studies


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
    Mistake
        If the file is unreadable or lacks a variable.
    """
    try:
        field = xr.open_dataset(path)
    except (OSError, ValueError) as error:
        raise Mistake(f"not a readable netCDF file ({error})", str(path)) from error
    missing = sorted({*needed, "wet"} - set(field.variables))
    if missing:
        raise Mistake(f"no variable {', '.join(missing)}", str(path), f"it has {', '.join(map(str, field.data_vars))}")
    return field


def open_relief(path: Path) -> xr.DataArray:
    """Open a relief: of a netCDF file, plain or gzipped classic, "relief" or the one two-dimensional variable.

    Parameters
    ----------
    path : Path

    Returns
    -------
    xarray.DataArray, shape (latitude, longitude)
        Height above the sea surface, m, positive up.

    Raises
    ------
    Mistake
        If the file is unreadable or holds no such variable, or several.
    """
    try:
        with xr.open_dataset(path, engine="scipy" if path.suffix == ".gz" else None) as dataset:
            flat = [name for name in dataset.data_vars if dataset[name].ndim == 2]
            found = [dataset[name].load() for name in (["relief"] if "relief" in flat else flat)]
    except (OSError, ValueError, TypeError) as error:
        raise Mistake(f"not a readable netCDF file ({error})", str(path)) from error
    if len(found) != 1:
        raise Mistake(f"{len(found)} two-dimensional variables instead of one relief", str(path))
    return found[0]


@dataclass(frozen=True)
class Relief:
    """A relief by the file that holds it: small enough to be sent to other processes, each of which opens it once.

    Parameters
    ----------
    path : Path
        As for `open_relief`.
    """

    path: Path

    def is_land(self, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
        """Tell which positions lie on land; see `on_land`."""
        return on_land(_heights(self.path, self._state()), latitude, longitude)

    def floor(self, latitude: np.ndarray, longitude: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the depth of the sea floor and how much it differs round about, m."""
        return _floor(self.path, self._state())(latitude, longitude)

    def _state(self) -> tuple[int, int]:
        """Size and time of change: another file of the same name is opened anew."""
        found = self.path.stat()
        return found.st_size, found.st_mtime_ns


@lru_cache(maxsize=2)
def _heights(path: Path, state: tuple[int, int]) -> xr.DataArray:
    return open_relief(path)


@lru_cache(maxsize=2)
def _floor(path: Path, state: tuple[int, int]) -> Floor:
    height = _heights(path, state)
    north, east = (height[dim].to_numpy() for dim in height.dims)
    return deepest_nearby(north, east, height.to_numpy())


def on_land(relief: xr.DataArray, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
    """Tell which positions lie on land with land all around in the relief.

    Parameters
    ----------
    relief : DataArray, shape (latitude, longitude)
        m, positive up, on a regular global grid.
    latitude, longitude : array, shape (position,)
        Degrees north and east, any longitude convention; NaN is not on land.

    Returns
    -------
    bool array, shape (position,)
        True where the nearest point and its eight neighbours are at or above the sea surface: a coast drawn
        too coarsely must not condemn a coastal station.
    """
    y, x = (relief[dim].to_numpy().astype(float) for dim in relief.dims)
    dry = relief.to_numpy() >= 0
    all_dry = ndimage.minimum_filter(dry, size=3, mode=("nearest", "wrap"))
    known = np.isfinite(latitude) & np.isfinite(longitude)
    row = np.clip(np.rint((np.where(known, latitude, 0.0) - y[0]) / (y[1] - y[0])), 0, y.size - 1).astype(int)
    turn = (np.where(known, longitude, 0.0) - x[0] + 0.5 * (x[1] - x[0])) % 360.0
    column = np.minimum((turn / (x[1] - x[0])).astype(int), x.size - 1)
    return np.asarray(known & all_dry[row, column])


def grid_of(field: xr.Dataset) -> Grid:
    """Take the grid of a field; edges lie midway between centres.

    Parameters
    ----------
    field : xarray.Dataset
        With coordinates depth (m), lat, lon and the mask `wet` (depth, lat, lon).

    Returns
    -------
    Grid
    """
    latitude, longitude, depth = (field[name].to_numpy().astype(float) for name in ("lat", "lon", "depth"))
    return Grid(
        latitude_edges=np.clip(_edges(latitude), -90.0, 90.0),
        longitude_edges=_edges(longitude),
        depth_edges=np.concatenate([[0.0], _edges(depth)[1:]]),
        depth=depth,
        wet=field["wet"].to_numpy().astype(bool),
    )


def shown_columns(observed: xr.DataArray, keep: float, seed: int) -> np.ndarray:
    """Choose the water columns whose truth is shown.

    Parameters
    ----------
    observed : xarray.DataArray
        (depth, lat, lon); a column counts as visited where any level is finite.
    keep : float
        Share of the visited columns that is kept.
    seed : int
        Of `numpy.random.default_rng`, drawn once for the whole (lat, lon) array.

    Returns
    -------
    bool array, shape (lat, lon)
    """
    visited = np.isfinite(observed.to_numpy()).any(axis=0)
    return np.asarray(visited & (np.random.default_rng(seed).random(visited.shape) < keep))


def casts(field: xr.Dataset, truth: str, observed: str, keep: float, seed: int, name: str, year: int) -> pa.Table:
    """Write the shown cells as observations, one cast a column.

    Parameters
    ----------
    field : xarray.Dataset
        From `open_field`.
    truth, observed : str
        Variable that is shown (mmol m-3) and variable whose finite cells say where.
    keep : float
        Share of the visited columns.
    seed : int
        See `shown_columns`.
    name : str
        Source and file name in the table.
    year : int
        Year the casts are dated to, 1 July.

    Returns
    -------
    pyarrow.Table
        Observations; oxygen in umol/kg by the constant density 1.025 kg/L, original value and unit kept.
    """
    seen = np.isfinite(field[observed].to_numpy()) & field["wet"].to_numpy().astype(bool)
    seen &= shown_columns(field[observed], keep, seed)
    level, row, column = np.nonzero(seen)
    longitude = (field["lon"].to_numpy()[column].astype(float) + 180.0) % 360.0 - 180.0
    value = field[truth].to_numpy()[seen].astype(float)
    identity = [f"{i}-{j}" for i, j in zip(row, column)]
    return schema.from_columns(
        {
            "source": name,
            "file": name,
            "cast": identity,
            "cruise": identity,
            "instrument": "field",
            "time": np.full(value.size, np.datetime64(f"{year}-07-01", "ms")),
            "latitude": field["lat"].to_numpy()[row].astype(float),
            "longitude": longitude,
            "depth": field["depth"].to_numpy()[level].astype(float),
            "oxygen": value / CONSTANT_DENSITY,
            "oxygen_original": value,
            "oxygen_original_unit": "mmol m-3",
        },
        name,
    )


def _edges(centre: np.ndarray) -> np.ndarray:
    """Edges midway between centres; the outer ones as far out as the next inner ones."""
    middle = 0.5 * (centre[1:] + centre[:-1])
    return np.concatenate([[2 * centre[0] - middle[0]], middle, [2 * centre[-1] - middle[-1]]])
