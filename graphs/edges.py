"""Edges as fixed-k tables: one row a receiver, one column a sender, with named attributes of every edge."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from graphs.grid import Grid
from graphs.land import crosses_land
from graphs.sphere import EARTH_RADIUS_KM, great_circle, unit_vector, wrap
from graphs.types import Floats, Ints, Mask

OFFSETS = ("eastward", "northward", "downward", "distance", "same_level")  # attributes of an edge between cells
SEPARATION = ("distance", "log_distance", "years")  # attributes of an edge from an observation to a cell
_MEGAMETRE = 1.0e6  # m; distances between neighbours are of order one in this unit
_DEPTH_SCALE = 60.0  # m; ln(1 + z/60 m) makes one unit of depth as different as one unit of distance
_DENSE = 8  # numbers below so many times their count are counted, others sorted


@dataclass(frozen=True)
class Edges:
    """Edges of one kind: row i holds the senders of receiver i.

    Parameters
    ----------
    sender : int array, shape (receiver, k)
        Number of each sender; -1 for none.
    attributes : float32 array, shape (receiver, k, attribute)
        What is known of each edge; ignored where there is no sender.
    names : tuple of str, length attribute
        Names of the attributes.

    Raises
    ------
    ValueError
        If shapes and names disagree, a row holds a sender twice, or an attribute is not finite.

    Examples
    --------
    >>> edges = Edges(np.array([[4, 7], [7, -1]]), np.zeros((2, 2, 1), np.float32), ("distance",))
    >>> edges.index
    array([[4, 7, 7],
           [0, 0, 1]])
    """

    sender: Ints
    attributes: NDArray[np.float32]
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse a table that is no set of edges."""
        if self.attributes.shape != (*self.sender.shape, len(self.names)):
            raise ValueError(
                f"edges have senders {self.sender.shape}, attributes {self.attributes.shape}, names {self.names}"
            )
        if self.sender.min(initial=-1) < -1:
            raise ValueError("edges have a sender below -1")
        ordered = np.sort(self.sender, axis=1)
        if np.any((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] >= 0)):
            raise ValueError("edges hold an edge twice")
        if not np.isfinite(self.attributes).all():
            raise ValueError("edges have attributes that are not finite")

    @property
    def there(self) -> Mask:
        """True where there is an edge, shape (receiver, k)."""
        return self.sender >= 0

    @property
    def index(self) -> Ints:
        """Sender over receiver of every edge, row by row, shape (2, edge): the `edge_index` of PyTorch Geometric."""
        receiver, slot = np.nonzero(self.there)
        return np.stack([self.sender[receiver, slot], receiver])

    def take(self, receiver: Ints, most: int | None = None) -> Edges:
        """Return the edges of some receivers, at most `most` of each.

        Parameters
        ----------
        receiver : int array, shape (row,)
            Numbers of the receivers, in the order of the new rows.
        most : int, optional
            Columns to keep, from the first; all when left out.

        Returns
        -------
        Edges
            One row a chosen receiver; senders keep their numbers.
        """
        return Edges(self.sender[receiver, :most], self.attributes[receiver, :most], self.names)


def near(grid: Grid, k: int) -> Edges:
    """Link every wet cell to the k nearest wet cells of its level that can be reached without crossing land.

    Parameters
    ----------
    grid : Grid
        Grid and wet cells.
    k : int
        Neighbours sought a cell; those behind land are dropped, not replaced.

    Returns
    -------
    Edges
        One row a wet cell, senders are cell numbers, nearest first; attributes as in `offsets`.
    """
    number, row, place = grid.number, *np.nonzero(grid.wet)[1:]
    sender: Ints = np.full((grid.cells, k), -1, np.int64)
    for level in range(grid.shape[0]):
        cells = number[level][grid.wet[level]]
        if cells.size < 2:
            continue
        found = _nearest(grid.latitude[row[cells]], grid.longitude[place[cells]], k)
        receiver, slot = np.nonzero(found >= 0)
        a, b = cells[receiver], cells[found[receiver, slot]]
        free = ~crosses_land(grid, level, (row[a], place[a]), (row[b], place[b]))
        sender[a[free], slot[free]] = b[free]
    sender = _pad_last(sender)
    return Edges(sender, offsets(grid, sender), OFFSETS)


def above(grid: Grid) -> Edges:
    """Link every wet cell to the wet cells directly over and under it.

    Parameters
    ----------
    grid : Grid
        Grid and wet cells.

    Returns
    -------
    Edges
        One row a wet cell: number of the cell one level shallower and of the cell one level deeper; attributes as in
        `offsets`.
    """
    number = grid.number
    land = np.full((1, *grid.shape[1:]), -1)
    over = np.concatenate([land, number[:-1]])
    under = np.concatenate([number[1:], land])
    sender = np.stack([grid.gather(over), grid.gather(under)], axis=1).astype(np.int64)
    return Edges(sender, offsets(grid, sender), OFFSETS)


def offsets(grid: Grid, sender: Ints) -> NDArray[np.float32]:
    """Describe each edge between cells by where its sender lies as seen from its receiver.

    Parameters
    ----------
    grid : Grid
        Grid and wet cells.
    sender : int array, shape (cell, k)
        Cell numbers, -1 for none; the receiver of row i is cell i.

    Returns
    -------
    float32 array, shape (cell, k, 5)
        The columns of `OFFSETS`: eastward offset dlon cos(mean latitude) in 1000 km, northward offset in 1000 km,
        downward offset as the difference of ln(1 + z/60 m), great-circle distance in 1000 km, 1 for an edge within a
        level else 0. Rows without a sender are 0.
    """
    level, row, place = np.nonzero(grid.wet)
    there = np.maximum(sender, 0)
    lat1, lon1, depth1 = (x[:, None] for x in (grid.latitude[row], grid.longitude[place], grid.depth[level]))
    lat2, lon2, depth2 = lat1[there, 0], lon1[there, 0], depth1[there, 0]
    degree = 1000.0 * EARTH_RADIUS_KM * np.pi / 180.0 / _MEGAMETRE
    columns = {
        "eastward": wrap(lon2 - lon1) * np.cos(np.radians(0.5 * (lat1 + lat2))) * degree,
        "northward": (lat2 - lat1) * degree,
        "downward": np.log1p(depth2 / _DEPTH_SCALE) - np.log1p(depth1 / _DEPTH_SCALE),
        "distance": great_circle(lat1, lon1, lat2, lon2) / _MEGAMETRE,
        "same_level": level[there] == level[:, None],
    }
    offset = np.stack([columns[name] for name in OFFSETS], axis=-1).astype(np.float32)
    offset[sender < 0] = 0.0
    return offset


class NearestCasts:
    """Observed casts in scaled space and time: sorted once, then sought for as many receivers as there are.

    Parameters
    ----------
    sender : tuple of arrays (latitude, longitude, years), shape (sender,)
        Degrees north, degrees east, decimal years of the casts; all finite.
    radius_km, years_scale : float
        The distance (km) and the time (years) that count as equally far.

    Examples
    --------
    >>> casts = NearestCasts((np.array([0.0, 50.0]), np.zeros(2), np.full(2, 1990.5)), 500.0, 2.0)
    >>> casts.of((np.array([40.0]), np.zeros(1), np.array([1991.5])), k=3)
    array([[ 1,  0, -1]])
    """

    def __init__(self, sender: tuple[Floats, Floats, Floats], radius_km: float, years_scale: float) -> None:
        self._stretch, self._years_scale = EARTH_RADIUS_KM / radius_km, years_scale
        self._tree = cKDTree(self._points(sender)) if sender[0].size else None

    def of(self, receiver: tuple[Floats, Floats, Floats], k: int) -> Ints:
        """Find for each receiver the k casts that are nearest.

        Parameters
        ----------
        receiver : tuple of arrays (latitude, longitude, years), shape (receiver,)
            Degrees north, degrees east, decimal years.
        k : int
            Casts sought a receiver.

        Returns
        -------
        int64 array, shape (receiver, k)
            Cast numbers, nearest first; -1 where there are fewer than k casts.
        """
        if self._tree is None:
            return np.full((receiver[0].size, k), -1, np.int64)
        _, found = self._tree.query(self._points(receiver), k=np.arange(1, k + 1))
        return np.where(found == self._tree.n, -1, found).astype(np.int64)

    def _points(self, place: tuple[Floats, Floats, Floats]) -> Floats:
        """Places in scaled space and time, shape (place, 4)."""
        latitude, longitude, years = place
        return np.column_stack([unit_vector(latitude, longitude) * self._stretch, years / self._years_scale])


def separation(receiver: tuple[Floats, Floats], sender: tuple[Floats, Floats]) -> dict[str, Floats]:
    """Describe each edge from an observation to a cell by how far its ends are apart.

    Parameters
    ----------
    receiver, sender : tuple of arrays (position, years), shapes (..., 3) and (...), that broadcast together
        Unit-sphere x, y, z and years.

    Returns
    -------
    dict of arrays
        The names of `SEPARATION`: chord in 1000 km, ln(1 + 10 chord), difference in decades without its sign.
    """
    (position, years), (sent_position, sent_years) = receiver, sender
    chord = EARTH_RADIUS_KM / 1000 * np.sqrt(np.square(position - sent_position).sum(axis=-1))
    return {"distance": chord, "log_distance": np.log1p(10 * chord), "years": np.abs(years - sent_years) / 10}


def renumber(table: Ints, offset: int = 0) -> tuple[Ints, Ints]:
    """Replace the senders of a table by new numbers without gaps.

    Parameters
    ----------
    table : int array, shape (receiver, k)
        Senders; -1 for none.
    offset : int
        First new number.

    Returns
    -------
    distinct : int array, shape (sender,)
        Old number of each new one, ascending.
    table : int array, shape (receiver, k)
        The table in new numbers; -1 for none.
    """
    there = table >= 0
    if table.max(initial=-1) < _DENSE * table.size:  # counted in a tenth of the time that sorting takes
        seen = np.zeros(table.max(initial=-1) + 1, bool)
        seen[table[there]] = True
        distinct = np.flatnonzero(seen)
        rank = (np.cumsum(seen) - 1)[table] if distinct.size else table
    else:
        distinct, back = np.unique(table[there], return_inverse=True)
        rank = np.zeros(table.shape, np.int64)
        rank[there] = back
    return distinct, np.where(there, rank + offset, -1)


def _nearest(latitude: Floats, longitude: Floats, k: int) -> Ints:
    """K nearest other points on the sphere, shape (point, k), -1 padded."""
    points = unit_vector(latitude, longitude)
    _, found = cKDTree(points).query(points, k=np.arange(1, k + 2))
    # The point itself is the first hit unless another lies at distance 0; drop it wherever it stands.
    itself = found == np.arange(len(points))[:, None]
    itself[~itself.any(axis=1), -1] = True
    found = found[~itself].reshape(len(points), k)
    return np.where(found == len(points), -1, found).astype(np.int64)


def _pad_last(sender: Ints) -> Ints:
    """Move the -1 of each row behind its senders, keeping their order."""
    return np.take_along_axis(sender, np.argsort(sender < 0, axis=1, kind="stable"), axis=1)
