"""Who tells whom: fixed-k neighbour tables, one row a receiver, each entry the number of a sender."""

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from graphs.grid import Grid
from graphs.sphere import EARTH_RADIUS_KM, great_circle, unit_vector, wrap
from graphs.types import Floats, Ints

FEATURES = ("eastward", "northward", "downward", "distance", "same_level")
_MEGAMETRE = 1.0e6  # m; distances between neighbours are of order one in this unit
_DEPTH_SCALE = 60.0  # m; ln(1 + z/60 m) makes one unit of depth as different as one unit of distance


def near(grid: Grid, k: int) -> tuple[Ints, NDArray[np.float32]]:
    """Link every wet cell to the k nearest wet cells of its level that can be reached without crossing land.

    Parameters
    ----------
    grid : Grid
    k : int
        Neighbours sought a cell; those behind land are dropped, not replaced.

    Returns
    -------
    sender : int64 array, shape (cell, k)
        Cell numbers, nearest first; -1 pads the end of a row.
    features : float32 array, shape (cell, k, 5)
        As `edge_features` returns them; 0 where padded.
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
    return sender, edge_features(grid, sender)


def above(grid: Grid) -> tuple[Ints, NDArray[np.float32]]:
    """Link every wet cell to the wet cells directly over and under it.

    Parameters
    ----------
    grid : Grid

    Returns
    -------
    sender : int64 array, shape (cell, 2)
        Number of the cell one level shallower and of the cell one level deeper; -1 where there is none.
    features : float32 array, shape (cell, 2, 5)
        As `edge_features` returns them; 0 where there is no sender.
    """
    number = grid.number
    land = np.full((1, *grid.shape[1:]), -1)
    over = np.concatenate([land, number[:-1]])
    under = np.concatenate([number[1:], land])
    sender = np.stack([grid.gather(over), grid.gather(under)], axis=1).astype(np.int64)
    return sender, edge_features(grid, sender)


def edge_features(grid: Grid, sender: Ints) -> NDArray[np.float32]:
    """Describe each edge by where its sender lies as seen from its receiver.

    Parameters
    ----------
    grid : Grid
    sender : int array, shape (cell, k)
        Cell numbers, -1 for none; the receiver of row i is cell i.

    Returns
    -------
    float32 array, shape (cell, k, 5)
        Eastward offset dlon cos(mean latitude) in 1000 km, northward offset in 1000 km, downward offset as the
        difference of ln(1 + z/60 m), great-circle distance in 1000 km, 1 for an edge within a level else 0.
        Rows without a sender are 0.
    """
    level, row, place = np.nonzero(grid.wet)
    latitude, longitude, depth = grid.latitude[row], grid.longitude[place], grid.depth[level]
    there = np.maximum(sender, 0)
    offset = place_features(
        (latitude[:, None], longitude[:, None], depth[:, None]), (latitude[there], longitude[there], depth[there])
    )
    offset[..., 4] = level[there] == level[:, None]
    offset[sender < 0] = 0.0
    return offset


def place_features(
    receiver: tuple[Floats, Floats, Floats], sender: tuple[Floats, Floats, Floats]
) -> NDArray[np.float32]:
    """Describe where senders lie as seen from receivers.

    Parameters
    ----------
    receiver, sender : tuple of arrays (latitude, longitude, depth), shapes that broadcast together
        Degrees north, degrees east, metres.

    Returns
    -------
    float32 array, shape (..., 5)
        The columns of `edge_features`; the last is 1 where the depths are equal.
    """
    (lat1, lon1, depth1), (lat2, lon2, depth2) = receiver, sender
    degree = 1000.0 * EARTH_RADIUS_KM * np.pi / 180.0 / _MEGAMETRE
    columns = (
        wrap(lon2 - lon1) * np.cos(np.radians(0.5 * (lat1 + lat2))) * degree,
        (lat2 - lat1) * degree,
        np.log1p(depth2 / _DEPTH_SCALE) - np.log1p(depth1 / _DEPTH_SCALE),
        great_circle(lat1, lon1, lat2, lon2) / _MEGAMETRE,
        depth2 == depth1,
    )
    return np.stack(np.broadcast_arrays(*columns), axis=-1).astype(np.float32)


def crosses_land(grid: Grid, level: int, receiver: tuple[Ints, Ints], sender: tuple[Ints, Ints]) -> NDArray[np.bool_]:
    """Tell which edges of a level pass over land, sampling each great circle every half cell or finer.

    A step from one cell to a diagonal neighbour counts as crossing when both cells beside the corner are land,
    so an isthmus one cell wide is closed in every direction. Points outside the grid do not block.

    Parameters
    ----------
    grid : Grid
    level : int
    receiver, sender : tuple of int arrays (row, place), shape (edge,)
        Latitude and longitude indices of the two ends, both wet.

    Returns
    -------
    bool array, shape (edge,)
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


def informs(
    receiver_latitude: Floats,
    receiver_longitude: Floats,
    receiver_years: Floats,
    sender_latitude: Floats,
    sender_longitude: Floats,
    sender_years: Floats,
    k: int,
    radius_km: float,
    years_scale: float,
) -> tuple[Ints, Floats, Floats]:
    """Find for each receiver the k observed casts nearest in scaled space and time.

    Parameters
    ----------
    receiver_latitude, receiver_longitude, receiver_years : array, shape (receiver,)
        Degrees north, degrees east, decimal years.
    sender_latitude, sender_longitude, sender_years : array, shape (sender,)
        The same of the observations; all finite.
    k : int
        Observations sought a receiver.
    radius_km, years_scale : float
        The distance (km) and the time (years) that count as equally far.

    Returns
    -------
    sender : int64 array, shape (receiver, k)
        Observation numbers, nearest first; -1 where there are fewer than k observations.
    distance_km : array, shape (receiver, k)
        Great-circle distance, km; NaN where there is no sender.
    dyears : array, shape (receiver, k)
        Years of the sender minus years of the receiver; NaN where there is no sender.
    """
    shape = (receiver_latitude.size, k)
    if sender_latitude.size == 0:
        return np.full(shape, -1, np.int64), np.full(shape, np.nan), np.full(shape, np.nan)
    stretch = EARTH_RADIUS_KM / radius_km
    tree = cKDTree(
        np.column_stack([unit_vector(sender_latitude, sender_longitude) * stretch, sender_years / years_scale])
    )
    query = np.column_stack(
        [unit_vector(receiver_latitude, receiver_longitude) * stretch, receiver_years / years_scale]
    )
    _, found = tree.query(query, k=np.arange(1, k + 1))
    missing = found == tree.n
    there = np.where(missing, 0, found)
    distance = great_circle(
        receiver_latitude[:, None], receiver_longitude[:, None], sender_latitude[there], sender_longitude[there]
    )
    dyears = sender_years[there] - receiver_years[:, None]
    return (
        np.where(missing, -1, found).astype(np.int64),
        np.where(missing, np.nan, distance / 1000.0),
        np.where(missing, np.nan, dyears),
    )


def _nearest(latitude: Floats, longitude: Floats, k: int) -> Ints:
    """K nearest other points on the sphere, shape (point, k), -1 padded."""
    points = unit_vector(latitude, longitude)
    _, found = cKDTree(points).query(points, k=np.arange(1, k + 2))
    # The point itself is the first hit unless another lies at distance 0; drop it wherever it stands.
    itself = found == np.arange(len(points))[:, None]
    itself[~itself.any(axis=1), -1] = True
    found = found[~itself].reshape(len(points), k)
    return np.where(found == len(points), -1, found).astype(np.int64)


def _fractions(pieces: Ints) -> tuple[Ints, Floats]:
    """Points 0, 1/n, ... 1 of every edge in one flat list: which edge, and how far along it."""
    edge = np.repeat(np.arange(pieces.size), pieces + 1)
    first = np.concatenate([[0], np.cumsum(pieces + 1)[:-1]])
    return edge, (np.arange(edge.size) - first[edge]) / pieces[edge]


def _pad_last(sender: Ints) -> Ints:
    """Move the -1 of each row behind its senders, keeping their order."""
    return np.take_along_axis(sender, np.argsort(sender < 0, axis=1, kind="stable"), axis=1)
