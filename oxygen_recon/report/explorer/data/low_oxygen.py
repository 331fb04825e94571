"""Water below a threshold of oxygen: where it is on the map, its area, and the outline of the cells that count."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from graphs.grid import Grid
from graphs.types import Floats, Mask


def columns_below(oxygen: Floats, threshold: float, level: int | None = None) -> Mask:
    """Find the columns with water below a threshold.

    Parameters
    ----------
    oxygen : array, shape (level, latitude, longitude)
        umol kg-1; NaN counts as no value, never as low.
    threshold : float
        umol kg-1.
    level : int, optional
        Only this level counts; the lowest value of the column when left out, as in the series of oxygen minimum zones.

    Returns
    -------
    bool array, shape (latitude, longitude)
    """
    below = np.isfinite(oxygen) & (np.nan_to_num(oxygen, nan=np.inf) < threshold)
    return np.asarray(below.any(axis=0) if level is None else below[level])


def area_of(columns: Mask, grid: Grid) -> float:
    """Return the area of whole cells, m2.

    Parameters
    ----------
    columns : bool array, shape (latitude, longitude)
        Cells that count.
    grid : Grid
        The grid.
    """
    return float(grid.area[columns].sum())


def outline(columns: Mask, grid: Grid) -> Sides:
    """Return the sides between cells that are in and cells that are out.

    Parameters
    ----------
    columns : bool array, shape (latitude, longitude)
        Cells that are in.
    grid : Grid
        The grid; its edge is a side, too, but for the meridian where a globe closes.

    Examples
    --------
    >>> edges = np.array([0.0, 1, 2])
    >>> grid = Grid(edges, edges, np.array([0.0, 9]), np.array([5.0]), np.ones((1, 2, 2), bool))
    >>> outline(np.array([[True, False], [False, False]]), grid).x0.tolist()
    [0.0, 0.0, 0.0, 1.0]
    """
    x = grid.longitude_edges
    return sides(columns, x, grid.latitude_edges, bool(x[-1] - x[0] > 360 - 1e-6))


class Sides(NamedTuple):
    """Sides of cells, from (x0, y0) to (x1, y1); arrays of shape (side,)."""

    x0: Floats
    y0: Floats
    x1: Floats
    y1: Floats


def sides(inside: Mask, x: Floats, y: Floats, closed: bool = False) -> Sides:
    """Return the sides between cells that are in and cells that are out.

    Parameters
    ----------
    inside : bool array, shape (row, place)
        Cells that are in.
    x, y : array, shape (place + 1,), (row + 1,)
        Edges.
    closed : bool
        Whether the last place is beside the first.
    """
    over = np.diff(np.pad(inside, ((1, 1), (0, 0))).astype(np.int8), axis=0) != 0
    beside = np.pad(inside, ((0, 0), (1, 1)), mode="wrap" if closed else "constant")
    row, place = np.nonzero(over)
    side_row, side = np.nonzero(np.diff(beside.astype(np.int8), axis=1) != 0)
    return Sides(
        np.concatenate([x[place], x[side]]),
        np.concatenate([y[row], y[side_row]]),
        np.concatenate([x[place + 1], x[side]]),
        np.concatenate([y[row], y[side_row + 1]]),
    )
