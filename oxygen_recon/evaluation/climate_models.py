"""Climate models at given points: nearest wet columns, linear in depth, averaged in time."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.spatial import cKDTree

from graphs.sphere import EARTH_RADIUS_KM, unit_vector
from graphs.types import Floats, Ints, Mask
from oxygen_recon.fields.cmip6 import ClimateModel

NEAREST = 4  # wet columns averaged, by inverse square distance
CELLS_AWAY = 2.0  # a point farther from any wet cell than so many cell widths has no value


def sample(
    model: ClimateModel, latitude: Floats, longitude: Floats, depth: Floats, years: Floats, span: float = 0.0
) -> Floats:
    """Read a model at points: near in the horizontal, linear in depth and time.

    Parameters
    ----------
    model : ClimateModel
        From `open_oxygen`.
    latitude, longitude, depth, years : array, shape (point,)
        Degrees north, degrees east, m (positive down), decimal years.
    span : float
        Years over which the points are means: the model's times within half of it either side are averaged, so that a
        yearly value is compared with a year and not with July. Linear interpolation where there is none.

    Returns
    -------
    array, shape (point,)
        umol kg-1; inverse-distance mean of the 4 nearest wet columns of a level. NaN where the model has no ocean
        within 2 cells, and before its first or after its last time by more than half of its step.
    """
    result = np.full(latitude.size, np.nan)
    if latitude.size == 0:
        return result
    wet = np.isfinite(model.field(0)) & np.isfinite(model.latitude + model.longitude)
    upper, lower, share = _levels(model.depth, np.asarray(depth, np.float64))
    points = EARTH_RADIUS_KM * unit_vector(latitude, longitude)
    near = [_columns(model, wet, points, level) for level in (upper, lower)]
    for year, field in _fields(model, np.unique(years), span):
        here = np.flatnonzero(years == year)
        above, below = (_mean(field, index[here], weight[here]) for index, weight in near)
        # Near the sea floor the level beneath is land: only the one above counts.
        part = np.where(np.isnan(below), 0.0, share[here])
        result[here] = above + part * (np.where(np.isnan(below), above, below) - above)
    return result


def reaches(model: ClimateModel, years: Floats) -> Mask:
    """Tell which times a model reaches: from its first to its last, and half of its step beyond.

    Parameters
    ----------
    model : ClimateModel
        From `open_oxygen`.
    years : array, any shape
        Decimal years.

    Returns
    -------
    bool array of that shape
    """
    half_step = 0.5 * float(np.median(np.diff(model.years))) if model.years.size > 1 else 0.5
    inside: Mask = (years >= model.years[0] - half_step - 1e-3) & (years <= model.years[-1] + half_step + 1e-3)
    return inside


def _levels(levels: Floats, depth: Floats) -> tuple[Ints, Ints, Floats]:
    """Levels above and below each depth and the share of the lower one; -1 below the bottom of the last level."""
    position = np.interp(depth, levels, np.arange(levels.size))
    upper = np.floor(position).astype(np.int64)
    lower = np.minimum(upper + 1, levels.size - 1)
    half = 0.5 * (levels[-1] - levels[-2]) if levels.size > 1 else np.inf
    upper = np.where(depth > levels[-1] + half, -1, upper)
    return upper, lower, position - np.floor(position)


def _columns(model: ClimateModel, wet: Mask, points: Floats, level: Ints) -> tuple[Ints, Floats]:
    """Cells of a field and their weights for each point, each of shape (point, 4); weight 0 where there is no ocean."""
    place = EARTH_RADIUS_KM * unit_vector(model.latitude, model.longitude)
    width = _widths(place)
    index, weight = np.zeros((level.size, NEAREST), np.int64), np.zeros((level.size, NEAREST))
    for number in np.unique(level[level >= 0]):
        here, ocean = np.flatnonzero(level == number), np.flatnonzero(wet[number])
        if ocean.size == 0:
            continue
        # Halo columns and fold rows repeat cells: each place counts once.
        _, once = np.unique(np.round(place.reshape(-1, 3)[ocean], 3), axis=0, return_index=True)
        ocean = ocean[once]
        k = min(NEAREST, ocean.size)
        far, near = cKDTree(place.reshape(-1, 3)[ocean]).query(points[here], k=np.arange(1, k + 1))
        reach = CELLS_AWAY * width.ravel()[ocean[near[:, :1]]]
        index[here, :k] = number * width.size + ocean[near]
        weight[here, :k] = np.where(far <= reach, 1.0 / (far + 1e-3) ** 2, 0.0)
    return index, weight


def _widths(place: Floats) -> Floats:
    """Width of each cell, km, shape (row, column): the larger of its two steps, never far above the usual one."""
    step = np.full((2, *place.shape[:2]), np.nan)
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


def _fields(model: ClimateModel, years: Floats, span: float) -> Iterator[tuple[float, Floats]]:
    """Oxygen at each of the given years; those the model does not reach are left out."""
    last = -1
    field: Floats = np.empty(0)
    for year in years[reaches(model, years)]:
        total: Floats = np.zeros(())
        for time, weight in _times(model.years, float(year), span):
            if time != last:  # neighbouring years share a time: it is read once
                last, field = time, model.field(time)
            total = total + weight * field
        yield float(year), total


def _times(years: Floats, year: float, span: float) -> list[tuple[int, float]]:
    """Choose the times that make up a year, and their weights: all within the span, or the two either side."""
    within = np.flatnonzero(np.abs(years - year) < 0.5 * span)
    if within.size:
        return [(int(time), 1.0 / within.size) for time in within]
    position = float(np.interp(year, years, np.arange(years.size)))
    low, part = int(position), position % 1.0
    return [(low, 1.0 - part), (low + 1, part)] if part > 0 else [(low, 1.0)]
