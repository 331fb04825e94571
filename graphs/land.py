"""Edges over land: which great circles between two cells of a level pass over cells that are not ocean."""

import numpy as np

from graphs.grid import Grid
from graphs.sphere import unit_vector
from graphs.types import Floats, Ints, Mask


def crosses_land(grid: Grid, level: int, receiver: tuple[Ints, Ints], sender: tuple[Ints, Ints]) -> Mask:
    """Find which edges of a level pass over land, sampling each great circle every half cell or finer.

    A step from one cell to a diagonal neighbour counts as crossing when both cells beside the corner are land,
    so an isthmus one cell wide is closed in every direction. Points outside the grid do not block.

    Parameters
    ----------
    grid : Grid
        Grid and wet cells.
    level : int
        Level of the grid.
    receiver, sender : tuple of int arrays (row, place), shape (edge,)
        Latitude and longitude indices of the two ends, both wet.

    Returns
    -------
    bool array, shape (edge,)
        True where the edge passes over land.
    """
    wet = grid.wet[level]
    (row1, place1), (row2, place2) = receiver, sender
    columns = np.abs(place2 - place1)
    if np.isclose(grid.longitude_edges[-1] - grid.longitude_edges[0], 360.0):
        columns = np.minimum(columns, grid.shape[2] - columns)
    pieces = 2 * np.maximum(np.abs(row2 - row1), columns) + 1
    edge, fraction = _fractions(pieces)
    start = unit_vector(grid.latitude[row1], grid.longitude[place1])[edge]
    stop = unit_vector(grid.latitude[row2], grid.longitude[place2])[edge]
    # Points of the chord lie under the great circle: no need to normalise for a latitude and a longitude.
    x, y, z = (start + fraction[:, None] * (stop - start)).T
    row, place = grid.locate(np.degrees(np.arctan2(z, np.hypot(x, y))), np.degrees(np.arctan2(y, x)))
    known = row >= 0
    blocked = known & ~wet[row, place]
    same = known[1:] & known[:-1] & (edge[1:] == edge[:-1])
    corner = same & (row[1:] != row[:-1]) & (place[1:] != place[:-1])
    blocked[1:] |= corner & ~wet[row[:-1], place[1:]] & ~wet[row[1:], place[:-1]]
    return np.bincount(edge, blocked, minlength=pieces.size) > 0


def _fractions(pieces: Ints) -> tuple[Ints, Floats]:
    """Points 0, 1/n, ... 1 of every edge in one flat list: which edge, and how far along it."""
    edge = np.repeat(np.arange(pieces.size), pieces + 1)
    first = np.concatenate([[0], np.cumsum(pieces + 1)[:-1]])
    return edge, (np.arange(edge.size) - first[edge]) / pieces[edge]
