"""Nearest neighbours, level by level."""

import numpy as np
from scipy.spatial import cKDTree

from graphs.types import Floats, Ints


def nearest_in_level(data: Floats, data_level: Ints, target: Floats, target_level: Ints, k: int) -> tuple[Ints, Floats]:
    """Find the k nearest data of each target's own level.

    A level without any data uses those of the nearest level (by number) that has some.

    Parameters
    ----------
    data, target : array, shape (datum, coordinate) and (target, coordinate)
        Coordinates in one unit, for instance `positions` with a scaled time beside them.
    data_level, target_level : int array, shape (datum,) and (target,)
        Level numbers.
    k : int
        Number of neighbours.

    Returns
    -------
    index : int array, shape (target, k)
        Data numbers, nearest first; 0 where the level holds fewer than k data.
    distance : array, shape (target, k)
        Distances; infinite where the level holds fewer than k data.

    Raises
    ------
    ValueError
        If there are no data.
    """
    if data_level.size == 0:
        raise ValueError("no data to look for neighbours in")
    levels = np.unique(data_level)
    source = levels[np.abs(target_level[:, None] - levels[None, :]).argmin(axis=1)]
    index = np.zeros((target_level.size, k), np.int64)
    distance = np.full((target_level.size, k), np.inf)
    for level in np.unique(source):
        here, there = np.flatnonzero(data_level == level), np.flatnonzero(source == level)
        count = min(k, here.size)
        # The whole list of neighbours 1 ... count, so that the answer keeps two axes when count is 1.
        tree = cKDTree(data[here], compact_nodes=False, balanced_tree=False)  # a third of the time to build
        far, near = tree.query(target[there], k=np.arange(1, count + 1))
        index[there, :count], distance[there, :count] = here[near], far
    return index, distance
