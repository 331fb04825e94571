"""Boxes of longitude and latitude on a globe that goes round."""

from __future__ import annotations

import numpy as np

from graphs.grid import Grid
from graphs.types import Floats, Mask

Box = tuple[float, float, float, float]
"""West, south, east, north, degrees; east is beyond west, and beyond 180 where the box crosses it."""


def within(box: Box, grid: Grid) -> Mask:
    """Tell which columns of a grid have their centre in a box.

    Parameters
    ----------
    box : tuple of float
        West, south, east, north, degrees.
    grid : Grid
        Of any longitude convention.

    Returns
    -------
    bool array, shape (latitude, longitude)
    """
    west, south, east, north = box
    rows = (grid.latitude >= south) & (grid.latitude <= north)
    return np.asarray(rows[:, None] & (np.mod(grid.longitude - west, 360.0) <= east - west))


def around(spans: list[tuple[float, float]]) -> tuple[float, float]:
    """Return the shortest stretch of longitudes that holds all spans: it begins behind the widest gap.

    Parameters
    ----------
    spans : list of (west, east)
        Degrees, east beyond west.

    Examples
    --------
    >>> around([(170.0, 180.0), (-180.0, -170.0)])
    (170.0, 190.0)
    """
    west, east = np.array(sorted(spans, key=lambda span: span[0] % 360.0), dtype=float).T
    starts = np.concatenate([west % 360.0, west % 360.0 + 360.0])  # two turns: a span may end beyond the first
    ends = np.maximum.accumulate(starts + np.tile(east - west, 2))
    gaps = starts[west.size :] - ends[west.size - 1 : -1]  # before each span of the second turn
    first = int(np.argmax(gaps))
    if gaps[first] <= 0:
        return -180.0, 180.0
    return float(west[first]), round(float(west[first] + 360.0 - gaps[first]), 9)


def around_points(latitude: Floats, longitude: Floats, found: Mask) -> Box:
    """Return the box around some points of a regular grid, half a spacing wider.

    Parameters
    ----------
    latitude, longitude : array, shape (row,) and (column,)
        Degrees; two of each or more.
    found : bool array, shape (row, column)
        The points; one or more.
    """
    rows, places = latitude[found.any(1)], longitude[found.any(0)]
    tall, wide = (0.5 * abs(float(points[1] - points[0])) for points in (latitude, longitude))
    west, east = around([(place - wide, place + wide) for place in places])
    return west, max(float(rows.min()) - tall, -90.0), east, min(float(rows.max()) + tall, 90.0)
