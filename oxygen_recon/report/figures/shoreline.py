"""The shoreline of maps: land as polygons at two scales, part of the package."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np
import shapely
from numpy.typing import NDArray

from graphs.types import Floats

Scale = Literal["global", "regional"]

UNIT = 0.01  # degrees: +-180 then fit two bytes, and 1.1 km is finer than either scale
_WIDE = 60.0  # degrees of longitude: a wider map is drawn at the global scale


def scale_of(west: float, east: float) -> Scale:
    """Return the scale that suits the width of a map.

    Parameters
    ----------
    west, east : float
        Its ends, degrees east.

    Returns
    -------
    {"global", "regional"}
        "global" (details of a quarter of a degree) for more than 60 degrees, else "regional" (of 0.04 degrees).

    Examples
    --------
    >>> scale_of(20.0, 380.0), scale_of(125.0, 145.0)
    ('global', 'regional')
    """
    return "global" if east - west > _WIDE else "regional"


def land(west: float, south: float, east: float, north: float, scale: Scale | None = None) -> list[shapely.Polygon]:
    """Return the land of a box as polygons.

    From the elevation model GLOBE (Hastings & Dunbar 1999) by the mask of global-land-mask (MIT); lakes are land, seas
    that the scale closes off are holes. `experiments/shoreline.py` makes the data.

    Parameters
    ----------
    west, south, east, north : float
        Degrees; longitudes of any convention, `east` at most 360 east of `west`.
    scale : {"global", "regional"}, optional
        That of `scale_of` when left out.

    Returns
    -------
    list of shapely.Polygon
        Cut at the sides of the box, longitudes between `west` and `east`.

    Examples
    --------
    >>> parts = land(120.0, 20.0, 122.5, 26.0)  # the strait and the island of Taiwan
    >>> max(parts, key=lambda part: part.area).contains(shapely.Point(121.0, 24.0))
    True
    """
    found = _polygons(scale or scale_of(west, east))
    first, last = int(np.floor((west + 180.0) / 360.0)), int(np.floor((east + 180.0) / 360.0))
    pieces: list[shapely.Polygon] = []
    for turn in range(first, last + 1):
        shift = 360.0 * turn
        box = shapely.box(west - shift, south, east - shift, north)
        near = [one for one in found if one.intersects(box)]
        cut = shapely.get_parts(shapely.intersection(near, box))
        moved = shapely.transform(cut, lambda xy, shift=shift: xy + np.array([shift, 0.0]))
        pieces += [one for one in moved if one.geom_type == "Polygon" and one.area > 0]
    return pieces


def shorelines(west: float, south: float, east: float, north: float, scale: Scale | None = None) -> list[Floats]:
    """Return the shoreline of a box as lines, without the sides of the box and the dateline.

    Parameters
    ----------
    west, south, east, north, scale
        As for `land`.

    Returns
    -------
    list of array, shape (point, 2)
        Degrees east and north.
    """
    lines: list[Floats] = []
    for part in land(west, south, east, north, scale):
        for ring in (part.exterior, *part.interiors):
            lines += _without_cuts(shapely.get_coordinates(ring), (west, south, east, north))
    return lines


def packed(polygons: Sequence[shapely.Polygon]) -> dict[str, NDArray[np.generic]]:
    """Pack polygons as they are kept in the package.

    Parameters
    ----------
    polygons : sequence of Polygon
        Within [-180, 180] and [-90, 90].

    Returns
    -------
    dict of array
        `points` of each ring, `hole` where it bounds a hole of the polygon before it, and `steps` (int16, shape
        (point, 2)) from one point to the next in hundredths of a degree, which may overflow and add up all the same.

    Examples
    --------
    >>> kept = packed([shapely.box(-180.0, -90.0, 180.0, -70.0)])
    >>> unpacked(**kept)[0].bounds
    (-180.0, -90.0, 180.0, -70.0)
    """
    rings = [(ring, number > 0) for one in polygons for number, ring in enumerate((one.exterior, *one.interiors))]
    each = [np.round(shapely.get_coordinates(ring) / UNIT).astype(np.int16) for ring, _ in rings]
    whole = np.concatenate(each)
    return {
        "points": np.array([len(points) for points in each], np.int32),
        "hole": np.array([hole for _, hole in rings]),
        "steps": np.diff(whole, axis=0, prepend=np.zeros((1, 2), np.int16)),
    }


def unpacked(points: NDArray[np.int32], hole: NDArray[np.bool_], steps: NDArray[np.int16]) -> list[shapely.Polygon]:
    """Unpack polygons.

    Parameters
    ----------
    points, hole, steps : array
        As from `packed`.

    Returns
    -------
    list of Polygon
    """
    whole = np.cumsum(steps, axis=0, dtype=np.int16) * UNIT
    rings = np.split(whole, np.cumsum(points)[:-1])
    first = np.flatnonzero(~hole)
    return [
        shapely.Polygon(rings[start], rings[start + 1 : stop])
        for start, stop in zip(first, np.append(first[1:], len(rings)))
    ]


@cache
def _polygons(scale: Scale) -> list[shapely.Polygon]:
    """Read the land of one scale."""
    with np.load(Path(__file__).parent / "shoreline.npz", allow_pickle=False) as kept:
        return unpacked(*(kept[f"{scale}_{name}"] for name in ("points", "hole", "steps")))


def _without_cuts(points: Floats, box: tuple[float, float, float, float]) -> list[Floats]:
    """Split a ring where it follows a side of the box, the dateline or the south pole."""
    (x, y), (west, south, east, north) = points.T, box
    sides = [np.isclose(x, value) for value in (west, east)] + [np.isclose(y, value) for value in (south, north, -90.0)]
    sides += [np.isclose(np.abs((x + 180.0) % 360.0 - 180.0), 180.0)]
    cut = np.any([side[1:] & side[:-1] for side in sides], axis=0)
    pieces = np.split(np.arange(len(points)), np.flatnonzero(cut) + 1)
    return [points[piece] for piece in pieces if piece.size > 1]
