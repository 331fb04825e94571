"""Climate models at given points: nearest wet columns, linear in depth, averaged in time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from graphs.sphere import EARTH_RADIUS_KM, unit_vector
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


def sample(
    model: ClimateModel, latitude: Floats, longitude: Floats, depth: Floats, years: Floats, span: float = 0.0
) -> Floats:
    """Read a model at points: near in the horizontal, linear in depth and time.

    Parameters
    ----------
    model : ClimateModel
        From `oxygen_recon.fields.cmip6.models.open_models`.
    latitude, longitude, depth, years : array, shape (point,)
        Degrees north, degrees east, m (positive down), decimal years.
    span : float
        As for `at_times`.

    Returns
    -------
    array, shape (point,)
        umol kg-1, as `Places.read`; NaN at times that `at_times` leaves out.
    """
    result = np.full(latitude.size, np.nan)
    if latitude.size:
        places, times = Places.of(model, latitude, longitude, depth), np.unique(years)
        for year, field in zip(times, at_times(model, times, span)):
            if field is not None:
                here = years == year
                result[here] = places.read(field)[here]
    return result


def at_times(model: ClimateModel, years: Floats, span: float = 0.0) -> Iterator[Floats | None]:
    """Read the fields of a model at some times, each of its own times once.

    Parameters
    ----------
    model : ClimateModel
        From `oxygen_recon.fields.cmip6.models.open_models`.
    years : array, shape (time,)
        Decimal years, increasing.
    span : float
        Years over which a value is a mean: the model's times within half of it either side are averaged, so that a
        yearly value is compared with a year and not with July. Linear interpolation where there is none.

    Yields
    ------
    array, shape (level, row, column) or (level, node), or None
        umol kg-1; None where the model has no time near (`reaches`).
    """
    kept: dict[int, Floats] = {}  # neighbouring years share times
    for year, within in zip(years, reaches(model, years)):
        if not within:
            yield None
            continue
        weights = _times(model.years, float(year), span)
        kept = {time: kept[time] if time in kept else model.field(time) for time, _ in weights}
        yield sum((weight * kept[time] for time, weight in weights), np.zeros(()))


def reaches(model: ClimateModel, years: Floats) -> Mask:
    """Tell which times a model reaches: within its step of one of its own.

    Parameters
    ----------
    model : ClimateModel
        From `oxygen_recon.fields.cmip6.models.open_models`.
    years : array, any shape
        Decimal years.

    Returns
    -------
    bool array of that shape
        From half a step before the first to half a step after the last; not within a gap, as of files left out.
    """
    own = model.years
    step = float(np.median(np.diff(own))) if own.size > 1 else 1.0
    after = np.clip(np.searchsorted(own, years), 1, max(own.size - 1, 1))
    before, behind = own[after - 1], own[np.minimum(after, own.size - 1)]
    inside: Mask = np.minimum(np.abs(years - before), np.abs(years - behind)) <= 0.5 * step + 1e-3
    whole: Mask = (years >= before) & (years <= behind) & (behind - before <= 1.5 * step)
    return inside | whole


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


def _times(years: Floats, year: float, span: float) -> list[tuple[int, float]]:
    """Choose the times that make up a year, and their weights: all within the span, or the two either side."""
    within = np.flatnonzero(np.abs(years - year) < 0.5 * span)
    if within.size:
        return [(int(time), 1.0 / within.size) for time in within]
    position = float(np.interp(year, years, np.arange(years.size)))
    low, part = int(position), position % 1.0
    return [(low, 1.0 - part), (low + 1, part)] if part > 0 else [(low, 1.0)]
