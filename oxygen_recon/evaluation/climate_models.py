"""Climate models at given points and steps: nearest wet columns, linear in depth, averaged in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.spatial import cKDTree

from graphs.sphere import EARTH_RADIUS_KM, unit_vector
from graphs.time_axis import TimeAxis, decimal_years
from graphs.types import Floats, Ints, Mask
from oxygen_recon.fields.cmip6.models import ClimateModel

NEAREST = 4  # wet columns averaged, by inverse square distance
CELLS_AWAY = 2.0  # a point farther from any wet cell than so many cell widths has no value


@dataclass(frozen=True)
class Places:
    """Points in the grid of a climate model: which of its cells each is read from.

    Parameters
    ----------
    near : tuple of (int array, array), length 2
        Of the levels above and below each point: cells of a field, level by level, and their weights, each of shape
        (point, 4).
    share : array, shape (point,)
        Weight of the level below.
    """

    near: tuple[tuple[Ints, Floats], tuple[Ints, Floats]]
    share: Floats

    @classmethod
    def of(cls, model: ClimateModel, latitude: Floats, longitude: Floats, depth: Floats) -> Places:
        """Find the nearest wet columns of each point, at the levels above and below it.

        Parameters
        ----------
        model : ClimateModel
            From `oxygen_recon.fields.cmip6.models.open_models`.
        latitude, longitude, depth : array, shape (point,)
            Degrees north, degrees east, m (positive down).
        """
        place = EARTH_RADIUS_KM * unit_vector(model.latitude, model.longitude)
        known = np.isfinite(model.latitude + model.longitude)
        wet = (np.isfinite(model.field(0)) & known).reshape(model.depth.size, -1)
        upper, lower, share = _levels(model.depth, np.asarray(depth, np.float64))
        points, width = EARTH_RADIUS_KM * unit_vector(latitude, longitude), _widths(place, known).ravel()
        above, below = (_columns(place.reshape(-1, 3), width, wet, points, level) for level in (upper, lower))
        return cls((above, below), share)

    def read(self, field: Floats) -> Floats:
        """Read a field at the points.

        Parameters
        ----------
        field : array, shape (level, row, column) or (level, node)
            On the cells of the model.

        Returns
        -------
        array, shape (point,)
            Inverse-distance mean of the 4 nearest wet columns of a level, linear in depth. NaN where the model has no
            ocean within 2 cells.
        """
        above, below = (_mean(field, index, weight) for index, weight in self.near)
        # Near the sea floor the level beneath is land: only the one above counts.
        share = np.where(np.isnan(below), 0.0, self.share)
        found: Floats = above + share * (np.where(np.isnan(below), above, below) - above)
        return found


def on_steps(model: ClimateModel, time_axis: TimeAxis) -> Iterator[Floats | None]:
    """Read the fields of a model as means over the steps of a run.

    Parameters
    ----------
    model : ClimateModel
        From `oxygen_recon.fields.cmip6.models.open_models`.
    time_axis : TimeAxis
        Steps.

    Yields
    ------
    array, shape (level, row, column) or (level, node), or None
        umol kg-1, as `times_of_steps` says; None where the model has no time.
    """
    kept: dict[int, Floats] = {}  # of steps shorter than the model's, neighbours share times
    for weights in times_of_steps(model.years, decimal_years(time_axis.edges.astype("datetime64[ns]"))):
        total: Floats = np.zeros(())
        for time, weight in weights:
            if time not in kept:
                kept = {**dict(list(kept.items())[-1:]), time: model.field(time)}
            total = total + weight * kept[time]
        yield total if weights else None


def times_of_steps(years: Floats, edges: Floats) -> list[list[tuple[int, float]]]:
    """Choose the times of a model that make up each step, and their weights.

    Parameters
    ----------
    years : array, shape (time,)
        Times of the model, decimal years, increasing.
    edges : array, shape (step + 1,)
        Edges of the steps, decimal years.

    Returns
    -------
    list of list of (int, float)
        All times within a step alike, so that a year is compared with a year and not with July. Where there are none
        the two around its middle, linearly, if they are neighbours (no gap, as of files left out), or one that lies
        within half of the model's step. Else none.

    Examples
    --------
    >>> times_of_steps(np.array([2000.25, 2000.75, 2001.25]), np.array([2000.0, 2001.0, 2002.0, 2003.0]))
    [[(0, 0.5), (1, 0.5)], [(2, 1.0)], []]
    """
    usual = float(np.median(np.diff(years))) if years.size > 1 else 1.0
    found: list[list[tuple[int, float]]] = []
    for start, end in pairwise(edges):
        within, middle = np.flatnonzero((years >= start) & (years < end)), 0.5 * (start + end)
        after = int(np.searchsorted(years, middle))
        nearest = int(np.abs(years - middle).argmin())
        if within.size:
            found.append([(int(time), 1.0 / within.size) for time in within])
        elif 0 < after < years.size and years[after] - years[after - 1] <= 1.5 * usual:
            part = float((middle - years[after - 1]) / (years[after] - years[after - 1]))
            found.append([(after - 1, 1.0 - part), (after, part)])
        else:
            found.append([(nearest, 1.0)] if abs(years[nearest] - middle) <= 0.5 * usual + 1e-3 else [])
    return found


def _levels(levels: Floats, depth: Floats) -> tuple[Ints, Ints, Floats]:
    """Levels above and below each depth and the share of the lower one; -1 below the bottom of the last level."""
    position = np.interp(depth, levels, np.arange(levels.size))
    upper = np.floor(position).astype(np.int64)
    lower = np.minimum(upper + 1, levels.size - 1)
    half = 0.5 * (levels[-1] - levels[-2]) if levels.size > 1 else np.inf
    upper = np.where(depth > levels[-1] + half, -1, upper)
    return upper, lower, position - np.floor(position)


def _columns(place: Floats, width: Floats, wet: Mask, points: Floats, level: Ints) -> tuple[Ints, Floats]:
    """Cells of a field and their weights for each point, each of shape (point, 4); weight 0 where there is no ocean."""
    index, weight = np.zeros((level.size, NEAREST), np.int64), np.zeros((level.size, NEAREST))
    for number in np.unique(level[level >= 0]):
        here, ocean = np.flatnonzero(level == number), np.flatnonzero(wet[number])
        if ocean.size == 0:
            continue
        # Halo columns and fold rows repeat cells: each place counts once.
        _, once = np.unique(np.round(place[ocean], 3), axis=0, return_index=True)
        ocean = ocean[once]
        k = min(NEAREST, ocean.size)
        far, near = cKDTree(place[ocean]).query(points[here], k=np.arange(1, k + 1))
        reach = CELLS_AWAY * width[ocean[near[:, :1]]]
        index[here, :k] = number * width.size + ocean[near]
        weight[here, :k] = np.where(far <= reach, 1.0 / (far + 1e-3) ** 2, 0.0)
    return index, weight


def _widths(place: Floats, known: Mask) -> Floats:
    """Width of each cell, km, shape (row, column) or (node,), never far above the usual one.

    The larger of its two steps on a grid of rows; of a node among others without order the distance to its fourth
    nearest.
    """
    if known.ndim == 1:
        width = np.full(known.size, np.nan)
        width[known] = cKDTree(place[known]).query(place[known], k=[min(5, int(known.sum()))])[0][:, 0]
    else:
        step = np.full((2, *known.shape), np.nan)
        step[0, :-1] = np.linalg.norm(np.diff(place, axis=0), axis=-1)
        step[1, :, :-1] = np.linalg.norm(np.diff(place, axis=1), axis=-1)
        width = np.fmax(step[0], step[1])
    usual = float(np.nanmedian(width))
    return np.minimum(np.where(np.isnan(width), usual, width), 3 * usual)


def _mean(field: Floats, index: Ints, weight: Floats) -> Floats:
    """Weighted mean of cells of a field, shape (point,); NaN where no weight falls on a value."""
    values = field.ravel()[index]
    weight = np.where(np.isfinite(values), weight, 0.0)
    total = weight.sum(axis=1)
    mean: Floats = (weight * np.where(weight > 0, values, 0.0)).sum(axis=1) / np.where(total > 0, total, np.nan)
    return mean
