"""The extent of a map in plain degrees: where it begins, what it shows, its axes and its land."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graphs.types import Floats
from oxygen_recon.report.figures.degrees import meridian_name, parallel_name
from oxygen_recon.report.figures.drawings.vector import Axis, Marks, ticks
from oxygen_recon.report.figures.selection import SEAM
from qc.types import IsLand

LAND, BEYOND = "#8c8c8c", "#eee"  # colours of land, and of latitudes beyond the poles
_LAND_CELLS = 240  # cells of the land's raster along each side
_LEAST_HEIGHT = 2.0  # degrees of latitude that a map shows at least
_WIDE_GAP = 60.0  # degrees of longitude without data, behind which a map may begin


class Extent(NamedTuple):
    """Limits of a map.

    Parameters
    ----------
    west, east : float
        Degrees east; `east` may exceed 180.
    south, north : float
        Degrees north; beyond 90 where data are.
    """

    west: float
    east: float
    south: float
    north: float

    @classmethod
    def around(cls, latitude: Floats, longitude: Floats, margin: float) -> Extent:
        """Return the extent that holds all places.

        Parameters
        ----------
        latitude, longitude : array, shape (place,)
            Degrees, finite, longitude continuous (see `from_seam`).
        margin : float
            Degrees added on each side.

        Returns
        -------
        Extent
            All longitudes where the places span more than 300 degrees; at least 2 degrees high.

        Examples
        --------
        >>> Extent.around(np.array([10.0, 20.0]), np.array([170.0, 190.0]), 1.0)
        Extent(west=169.0, east=191.0, south=9.0, north=21.0)
        """
        south, top = float(latitude.min()), float(latitude.max())
        margin = max(margin, (_LEAST_HEIGHT - (top - south)) / 2, 0.1)
        west, right = float(longitude.min()), float(longitude.max())
        if right - west > 300.0:
            west, right = west - (360.0 - (right - west)) / 2, right + (360.0 - (right - west)) / 2
        else:
            west, right = west - margin, right + margin
        limit = 90.0 if max(abs(south), abs(top)) <= 90.0 else np.inf
        return cls(west, right, float(max(south - margin, -limit)), float(min(top + margin, limit)))

    @property
    def aspect(self) -> float:
        """Height of a degree of latitude over the width of a degree of longitude."""
        middle = np.clip((self.south + self.north) / 2, -80.0, 80.0)
        return 1.0 if self.east - self.west > 200.0 else float(1.0 / np.cos(np.radians(middle)))

    def square(self) -> Extent:
        """Return the extent widened until it is as wide as high, in kilometres.

        Returns
        -------
        Extent
            Within 90 degrees of latitude unless a place lies beyond.
        """
        west, east, south, north = self
        wide, high = east - west, (north - south) * self.aspect
        if wide < high:
            return Extent(west - (high - wide) / 2, east + (high - wide) / 2, south, north)
        middle, half = (north + south) / 2, wide / self.aspect / 2
        if max(abs(south), abs(north)) <= 90.0:
            half = min(half, 90.0)
            middle = float(np.clip(middle, half - 90.0, 90.0 - half))
        return Extent(west, east, middle - half, middle + half)


def find_seam(longitude: Floats) -> float:
    """Find the meridian at which a map begins: behind the widest gap between longitudes, or 20 E.

    Parameters
    ----------
    longitude : array, shape (place,)
        Degrees east, any convention.

    Returns
    -------
    float
        Degrees east in (-180, 180]; 20 where no gap is at least 60 degrees wide.

    Examples
    --------
    >>> find_seam(np.array([170.0, 175.0, -170.0]))
    169.0
    """
    turned = np.unique(longitude % 360.0)
    gap = np.diff(np.append(turned, turned[0] + 360.0))
    widest = int(gap.argmax())
    if gap[widest] < _WIDE_GAP:
        return SEAM
    first = float(turned[(widest + 1) % turned.size]) - 1.0  # one degree into the gap: rounding crosses no seam
    return first - 360.0 if first > 180.0 else first


def from_seam(longitude: Floats, seam: float) -> Floats:
    """Return longitudes within 360 degrees east of a seam.

    Parameters
    ----------
    longitude : array, any shape
        Degrees east, any convention.
    seam : float
        Degrees east.

    Returns
    -------
    array, same shape
        In [seam, seam + 360).

    Examples
    --------
    >>> from_seam(np.array([-170.0, 175.0]), 169.0).tolist()
    [190.0, 175.0]
    """
    return (longitude - seam) % 360.0 + seam


def extent_axes(extent: Extent, most: int = 7) -> tuple[Axis, Axis]:
    """Return the axes of a map in degrees with the hemisphere.

    Parameters
    ----------
    extent : Extent
        What the map shows.
    most : int
        Number of intervals between ticks at most.

    Returns
    -------
    Axis, Axis
        Of longitude, of latitude.
    """
    wide = max(extent.east - extent.west, extent.north - extent.south) > 60.0
    steps = (1, 3, 6, 10) if wide else (1, 2, 5, 10)
    x, y = ticks(extent.west, extent.east, most, steps), ticks(extent.south, extent.north, most, steps)
    return (
        Axis(extent.west, extent.east, "", x, meridian_name),
        Axis(extent.north, extent.south, "", y, parallel_name),
    )


def extent_marks(extent: Extent, is_land: IsLand | None) -> list[Marks]:
    """Return the land of a map, and the latitudes beyond the poles.

    Parameters
    ----------
    extent : Extent
        What the map shows.
    is_land : callable or None
        (degrees north, degrees east) to mask; without it no land is drawn.

    Returns
    -------
    list of Marks
        To be drawn behind all others.
    """
    west, east, south, north = extent
    beyond = np.array([ends for ends in ((south, -90.0), (90.0, north)) if ends[0] < ends[1]]).reshape(-1, 2)
    ends = np.full(len(beyond), west), np.full(len(beyond), east)
    found = [_rectangles(*ends, beyond[:, 0], beyond[:, 1], BEYOND)]
    return found if is_land is None else [*found, _land(extent, is_land)]


def _land(extent: Extent, is_land: IsLand) -> Marks:
    """Return the cells whose centre is on land, those beside each other as one rectangle."""
    x = np.linspace(extent.west, extent.east, _LAND_CELLS + 1)
    y = np.linspace(max(extent.south, -90.0), min(extent.north, 90.0), _LAND_CELLS + 1)
    north, east = np.meshgrid((y[1:] + y[:-1]) / 2, (x[1:] + x[:-1]) / 2, indexing="ij")
    dry = is_land(north.ravel(), (east.ravel() + 180.0) % 360.0 - 180.0).reshape(north.shape)
    change = np.diff(np.pad(dry, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    (row, first), (_, last) = np.nonzero(change == 1), np.nonzero(change == -1)
    return _rectangles(x[first], x[last], y[row], y[row + 1], LAND)


def _rectangles(west: Floats, east: Floats, south: Floats, north: Floats, colour: str) -> Marks:
    """Return rectangles, shape (rectangle,) each side, as one mark."""
    x, y = np.full((len(west), 5), np.nan), np.full((len(west), 5), np.nan)
    x[:, 0], x[:, 1], x[:, 2], x[:, 3] = west, east, east, west
    y[:, 0], y[:, 1], y[:, 2], y[:, 3] = south, south, north, north
    return Marks("areas", x.ravel(), y.ravel(), colour)
