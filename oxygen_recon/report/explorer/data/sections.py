"""Sections along a great circle: the cells of the grid that it crosses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphs.grid import Grid
from graphs.sphere import EARTH_RADIUS_KM, great_circle, unit_vector
from graphs.types import Floats, Ints

_FINENESS = 0.25  # of the smallest side of a cell: the distance of points along a section
_MOST = 1200  # points of a section; a screen shows no more


@dataclass(frozen=True)
class Track:
    """Points at equal distances along a great circle.

    Parameters
    ----------
    distance : array, shape (point,)
        From the start, km.
    latitude, longitude : array, shape (point,)
        Degrees.
    row, place : int array, shape (point,)
        Latitude and longitude index of the column that holds each point; -1 outside the grid.
    """

    distance: Floats
    latitude: Floats
    longitude: Floats
    row: Ints
    place: Ints

    def take(self, values: Floats) -> Floats:
        """Return the values of the columns along the track: those of its cells, not interpolated.

        Parameters
        ----------
        values : array, shape (level, latitude, longitude)
            Any unit.

        Returns
        -------
        array, shape (level, point)
            NaN outside the grid.
        """
        found = np.asarray(values, np.float64)[:, self.row, self.place]
        found[:, self.row < 0] = np.nan
        return found


def great_circle_track(grid: Grid, start: tuple[float, float], end: tuple[float, float]) -> Track:
    """Lay points along the great circle between two places, denser than the cells.

    Parameters
    ----------
    grid : Grid
        Cells that are crossed.
    start, end : (latitude, longitude)
        Degrees.

    Returns
    -------
    Track
        The shorter way round; the meridian of `start` between opposite places.

    Examples
    --------
    >>> wet = np.ones((1, 4, 4), bool)
    >>> grid = Grid(np.linspace(-2, 2, 5), np.linspace(0, 4, 5), np.array([0.0, 10]), np.array([5.0]), wet)
    >>> track = great_circle_track(grid, (0.5, 0.5), (0.5, 3.5))
    >>> round(float(track.distance[-1]), 1), track.place.min(), track.place.max()
    (333.6, np.int64(0), np.int64(3))
    """
    first, last = unit_vector(*start), unit_vector(*end)
    angle = float(great_circle(*start, *end)) / (1000.0 * EARTH_RADIUS_KM)
    towards = last - np.dot(last, first) * first
    if np.linalg.norm(towards) < 1e-9:  # the same place, or the opposite one: along the meridian
        towards = unit_vector(start[0] + 90.0, start[1])
    towards = towards / np.linalg.norm(towards)
    side = np.radians(min(np.diff(grid.latitude_edges).min(), np.diff(grid.longitude_edges).min()))
    number = int(np.clip(np.ceil(angle / (_FINENESS * side)), 2, _MOST)) + 1
    along = np.linspace(0.0, angle, number)[:, None]
    x, y, z = (np.cos(along) * first + np.sin(along) * towards).T
    latitude, longitude = np.degrees(np.arcsin(np.clip(z, -1.0, 1.0))), np.degrees(np.arctan2(y, x))
    row, place = grid.locate(latitude, longitude)
    return Track(along[:, 0] * EARTH_RADIUS_KM, latitude, longitude, row, place)
