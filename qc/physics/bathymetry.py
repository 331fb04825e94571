"""The sea floor under a cast, from a relief on a grid."""

import numpy as np

from qc.errors import InputError
from qc.table.profiles import Floats, Floor


def deepest_nearby(latitude: Floats, longitude: Floats, height: Floats) -> Floor:
    """Make the `floor` that `qc.battery.battery.run` asks, out of a global relief.

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
        a slope drawn too coarsely must not condemn a cast.

    Raises
    ------
    InputError
        If the points are fewer than three a side, unevenly spaced or do not match the heights.
    """
    y, x, z = (np.asarray(array, np.float64) for array in (latitude, longitude, height))
    for points in (y, x):
        step = np.diff(points)
        if points.size < 3 or not np.allclose(step, step[0], rtol=0.01) or step[0] == 0:
            raise InputError("points of the relief are not evenly spaced", "relief", "put it on a regular grid")
    if z.shape != (y.size, x.size):
        raise InputError(f"heights of shape {z.shape} on {y.size} latitudes and {x.size} longitudes", "relief")
    depth = np.maximum(-z, 0.0)
    deepest = _around(np.fmax, depth)
    difference = deepest - _around(np.fmin, depth)

    def floor(north: Floats, east: Floats) -> tuple[Floats, Floats]:
        row = np.clip(np.rint((north - y[0]) / (y[1] - y[0])), 0, y.size - 1).astype(int)
        turn = ((east - x[0]) * np.sign(x[1] - x[0]) + 0.5 * abs(x[1] - x[0])) % 360.0
        column = np.minimum((turn / abs(x[1] - x[0])).astype(int), x.size - 1)
        return deepest[row, column], difference[row, column]

    return floor


def _around(extreme: np.ufunc, depth: Floats) -> Floats:
    """Largest or smallest depth of each point and its eight neighbours, shape (row, column)."""
    wide = np.pad(depth, ((1, 1), (0, 0)), mode="edge")
    tall = extreme(extreme(wide[:-2], wide[1:-1]), wide[2:])
    return np.asarray(extreme(extreme(np.roll(tall, 1, axis=1), tall), np.roll(tall, -1, axis=1)))
