"""Candidates for copies: pairs of casts near each other, found by a tree and, in crowds, by their signatures."""

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from qc.duplicates.cast_index import CastIndex
from qc.duplicates.compare import Rules
from qc.duplicates.signatures import PRESSURES
from qc.physics.sphere import EARTH_RADIUS_KM
from qc.types import Floats, Integers, Mask

CROWD = 32  # casts within one distance and one time: more are a crowd, of which not all pairs are looked at
NEAREST = 12  # casts of a crowd that each of its casts is compared with, in each set of coordinates
_APART = 1e6  # larger than any difference inside a group
_SPREAD = 1e-6  # smaller than any difference that matters
_BANDS = (slice(0, 4), slice(4, 8), slice(8, 12))  # of qc.duplicates.signatures.PRESSURES
# cosines down the cast: without the mean, so that a common factor does not matter
_WAVES = np.cos(np.pi * np.outer(np.arange(len(PRESSURES)) + 0.5, np.arange(1, 7)) / len(PRESSURES))


def candidates(index: CastIndex, rules: Rules) -> Integers:
    """Pairs of casts of one kind, near in place and time, each with enough levels to compare.

    Where more than `CROWD` casts share a place and time (a mooring, a harbour, a parked float) a cast is paired only
    with the `NEAREST` ones in place and time, in the values of the upper, middle and deep water, and in the shape of
    the whole cast, so that the number of pairs grows as that of casts. A copy is missed only if that many
    others are nearer in each of these at once.

    Parameters
    ----------
    index : CastIndex
        Casts.
    rules : Rules
        Thresholds.

    Returns
    -------
    integers, shape (pair, 2)
        Rows of the index, the smaller first, sorted, each pair once.
    """
    known = np.isfinite(index.position[:, 0]) & np.isfinite(index.time) & (index.count >= rules.levels)
    chosen = np.flatnonzero(known)
    points = np.column_stack(
        [index.position[chosen] * (EARTH_RADIUS_KM / rules.distance), index.time[chosen] / rules.days]
    )
    kind = index.kind[chosen]
    core = _crowded(points, kind)
    sparse = np.flatnonzero(~core)
    tree = cKDTree(np.column_stack([points, 2.0 * kind])[sparse])
    found = [sparse[tree.query_pairs(1.0, p=np.inf, output_type="ndarray")], _alike(index, chosen)]
    if core.any():
        crowd, group = _crowds(points, core)
        window = np.floor(points[crowd, 3:] / 2 + [0.0, 0.5])  # two days long: a pair within one shares one of them
        for column in window.T:
            label = _number(np.column_stack([group, column, kind[crowd]]))
            for near in _coordinates(points[crowd], index.coarse[chosen[crowd]]):
                found.append(crowd[_nearest(near, label)])
    pairs = np.concatenate(found).astype(np.int64)
    apart = points[pairs[:, 0]] - points[pairs[:, 1]]
    near = (np.linalg.norm(apart[:, :3], axis=1) <= 1) & (np.abs(apart[:, 3]) <= 1)
    return _unique(chosen[pairs[near]], len(known))


def _alike(index: CastIndex, chosen: Integers) -> Integers:
    """Pair each cast with the next in time that holds the same values, shape (pair, 2)."""
    order = np.lexsort((index.time[chosen], index.kind[chosen], index.content[chosen]))
    content, kind = index.content[chosen[order]], index.kind[chosen[order]]
    same = (content[1:] == content[:-1]) & (kind[1:] == kind[:-1])
    return np.column_stack([order[:-1][same], order[1:][same]])


def _unique(pairs: Integers, n: int) -> Integers:
    """Each pair once, the smaller number first, sorted."""
    key = np.unique(pairs.min(axis=1, initial=n) * n + pairs.max(axis=1, initial=0)) if len(pairs) else pairs[:, 0]
    return np.column_stack([key // n, key % n]) if len(pairs) else pairs


def _number(rows: Floats) -> Integers:
    """Give the distinct rows of a table numbers, shape (n,)."""
    order = np.lexsort(rows.T)
    new = np.r_[0, np.any(rows[order][1:] != rows[order][:-1], axis=1)].cumsum()[: len(rows)]
    result = np.empty(len(rows), np.int64)
    result[order] = new
    return result


def _crowded(points: Floats, kind: Integers) -> Mask:
    """Tell which casts share their cell of one distance and one time with more than `CROWD` others, shape (cast,)."""
    if not len(points):
        return np.zeros(0, bool)
    cell = _number(np.column_stack([np.floor(points), kind]))
    return np.bincount(cell)[cell] > CROWD


def _crowds(points: Floats, core: Mask) -> tuple[Integers, Integers]:
    """Casts of crowds and all within one distance and time of them, and a number of their place: both shape (n,).

    Places are one if their cells are at most four distances apart: the two casts of a pair are then of one place.
    """
    inside, outside = np.flatnonzero(core), np.flatnonzero(~core)
    cell = _number(np.floor(points[inside, :3]))
    _, first = np.unique(cell, return_index=True)
    centres = np.floor(points[inside[first], :3])
    edges = cKDTree(centres).query_pairs(4.0, output_type="ndarray")
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(len(first), len(first)))
    place = connected_components(graph, directed=False)[1].astype(np.int64)[cell]
    distance, nearest = cKDTree(points[inside]).query(points[outside], p=np.inf, distance_upper_bound=1 + 1e-9)
    fringe = np.isfinite(distance)
    return np.r_[inside, outside[fringe]], np.r_[place, place[nearest[fringe]]]


def _coordinates(points: Floats, values: NDArray[np.float32]) -> list[Floats]:
    """Coordinates in which copies lie near each other, each of shape (cast, dimension)."""
    logs = np.log(np.maximum(values.astype(float), 1.0))
    return [points, *(values[:, band].astype(float) for band in _BANDS), logs @ _WAVES]


def _nearest(coordinates: Floats, group: Integers) -> Integers:
    """Pair each point with its nearest ones of the same group, shape (pair, 2)."""
    coordinates = coordinates.copy()  # a tree of equal points is no tree: they are spread out along two axes
    coordinates[:, :2] += np.random.default_rng(0).uniform(0, _SPREAD, (len(group), 2))
    tree = cKDTree(np.column_stack([coordinates, group * _APART]))
    # eps: one that is nearer than half the distance of the last one is found all the same
    distance, other = tree.query(tree.data, k=min(NEAREST + 1, len(group)), eps=1.0, workers=1)
    if distance.ndim == 1:
        return np.zeros((0, 2), np.int64)
    mine = np.broadcast_to(np.arange(len(group))[:, None], other.shape)
    hit = (other != mine) & (distance < _APART / 2)
    return np.column_stack([mine[hit], other[hit]])
