"""Sea floor and land under positions, from a relief on a grid."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from qc.errors import InputError
from qc.types import Floats, Floor, Integers, Mask


def deepest_neighbour(latitude: Floats, longitude: Floats, height: Floats) -> Floor:
    """Make the callable `floor` of `qc.battery.run.run_battery` from a global relief.

    Parameters
    ----------
    latitude, longitude : floats, shape (row,) and (column,)
        Evenly spaced points, degrees north and east, any longitude convention.
    height : floats, shape (row, column)
        Height above the sea surface, m, positive up.

    Returns
    -------
    callable
        (degrees north, degrees east), both of shape (position,), to the depth, m, of the deepest of the nearest
        point and its eight neighbours, 0 where all are land, and to how much shallower the shallowest of them is, m:
        a coarsely drawn slope must not flag a cast.

    Raises
    ------
    InputError
        If the points are fewer than three a side, unevenly spaced or do not match the heights.

    Examples
    --------
    >>> north, east = np.arange(-80.0, 81, 20), np.arange(0.0, 360, 20)
    >>> floor = deepest_neighbour(north, east, np.full((9, 18), -4000.0))
    >>> [depth.tolist() for depth in floor(np.array([35.0]), np.array([-30.0]))]
    [[4000.0], [0.0]]
    """
    y, x, z = (np.asarray(array, np.float64) for array in (latitude, longitude, height))
    for points in (y, x):
        step = np.diff(points)
        if points.size < 3 or not np.allclose(step, step[0], rtol=0.01) or step[0] == 0:
            raise InputError("points of the relief are not evenly spaced", "relief", "put it on a regular grid")
    if z.shape != (y.size, x.size):
        raise InputError(f"heights of shape {z.shape} on {y.size} latitudes and {x.size} longitudes", "relief")
    depth = np.maximum(-z, 0.0)
    deepest = _neighbourhood(np.fmax, depth)
    difference = deepest - _neighbourhood(np.fmin, depth)

    def floor(north: Floats, east: Floats) -> tuple[Floats, Floats]:
        row, column = _nearest(y, x, north, east)
        return deepest[row, column], difference[row, column]

    return floor


def _nearest(y: Floats, x: Floats, north: Floats, east: Floats) -> tuple[Integers, Integers]:
    """Row and column of the point nearest to each position, whichever way the axes run."""
    row = np.clip(np.rint((north - y[0]) / (y[1] - y[0])), 0, y.size - 1).astype(int)
    turn = ((east - x[0]) * np.sign(x[1] - x[0]) + 0.5 * abs(x[1] - x[0])) % 360.0
    return row, np.minimum((turn / abs(x[1] - x[0])).astype(int), x.size - 1)


def _neighbourhood(extreme: np.ufunc, values: NDArray[Any]) -> NDArray[Any]:
    """Extreme of each point and its eight neighbours, around the globe, shape (row, column)."""
    wide = np.pad(values, ((1, 1), (0, 0)), mode="edge")
    tall = extreme(extreme(wide[:-2], wide[1:-1]), wide[2:])
    return np.asarray(extreme(extreme(np.roll(tall, 1, axis=1), tall), np.roll(tall, -1, axis=1)))


def open_relief(path: Path) -> xr.DataArray:
    """Open a relief: of a netCDF file, plain or gzipped classic, "relief" or the one two-dimensional variable.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    xarray.DataArray, shape (latitude, longitude)
        Height above the sea surface, m, positive up.

    Raises
    ------
    InputError
        If the file is unreadable or holds no such variable, or several.
    """
    try:
        with xr.open_dataset(path, engine="scipy" if path.suffix == ".gz" else None) as dataset:
            flat = [name for name in dataset.data_vars if dataset[name].ndim == 2]
            found = [dataset[name].load() for name in (["relief"] if "relief" in flat else flat)]
    except (OSError, ValueError, TypeError) as error:
        raise InputError(f"not a readable netCDF file ({error})", str(path)) from error
    if len(found) != 1:
        raise InputError(f"{len(found)} two-dimensional variables instead of one relief", str(path))
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

    def is_land(self, latitude: Floats, longitude: Floats) -> Mask:
        """Tell which positions lie on land; see `on_land`.

        Parameters
        ----------
        latitude, longitude : floats, shape (position,)
            Degrees north and east.

        Returns
        -------
        mask, shape (position,)
        """
        return on_land(_heights(self.path, self._state()), latitude, longitude)

    def floor(self, latitude: Floats, longitude: Floats) -> tuple[Floats, Floats]:
        """Return the depth of the sea floor; see `deepest_neighbour`.

        Parameters
        ----------
        latitude, longitude : floats, shape (position,)
            Degrees north and east.

        Returns
        -------
        depth, difference : floats, shape (position,)
            m.
        """
        return _floor(self.path, self._state())(latitude, longitude)

    def _state(self) -> tuple[int, int]:
        """Size and time of change: another file of the same name is opened anew."""
        found = self.path.stat()
        return found.st_size, found.st_mtime_ns


@lru_cache(maxsize=2)
def _heights(path: Path, state: tuple[int, int]) -> xr.DataArray:
    """Open a relief once a process and state of its file."""
    return open_relief(path)


@lru_cache(maxsize=2)
def _floor(path: Path, state: tuple[int, int]) -> Floor:
    """Make the callable of `deepest_neighbour` once a process and state of the file."""
    height = _heights(path, state)
    north, east = (height[dim].to_numpy() for dim in height.dims)
    return deepest_neighbour(north, east, height.to_numpy())


def on_land(relief: xr.DataArray, latitude: Floats, longitude: Floats) -> Mask:
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
        True where the nearest point and its eight neighbours are at or above the sea surface: a coarsely drawn
        coast must not flag a coastal station.
    """
    y, x = (relief[dim].to_numpy().astype(float) for dim in relief.dims)
    all_dry = _neighbourhood(np.logical_and, relief.to_numpy() >= 0)
    known = np.isfinite(latitude) & np.isfinite(longitude)
    row, column = _nearest(y, x, np.where(known, latitude, 0.0), np.where(known, longitude, 0.0))
    return np.asarray(known & all_dry[row, column])
