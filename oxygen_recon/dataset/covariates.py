"""Covariates from casts: temperature, salinity and nutrients averaged in each cell, and filled smoothly."""

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from graphs.grid import Grid
from graphs.sphere import EARTH_RADIUS_KM, unit_vector
from graphs.time_axis import TimeAxis
from graphs.types import Floats, Ints
from oxygen_recon.dataset.vertical import Vertical, extract, to_levels
from qc.errors import InputError

_NEIGHBOURS = 32  # observed cells in one local mean


def grid_covariates(
    table: pa.Table | pd.DataFrame,
    grid: Grid,
    time_axis: TimeAxis,
    names: tuple[str, ...],
    accept_flags: tuple[int, ...] = (1, 2),
    vertical: Vertical = "pchip",
    gap: float = 50.0,
) -> NDArray[np.float32]:
    """Average variables other than oxygen in each cell and step, also from casts without oxygen.

    Parameters
    ----------
    table : pyarrow.Table or pandas.DataFrame
        Observations.
    grid : Grid
        Cells; values on land are left out.
    time_axis : TimeAxis
        Steps.
    names : tuple of str
        Variables of the table: temperature, salinity, nitrate, ...
    accept_flags, vertical, gap
        As for `oxygen_recon.dataset.samples.grid_samples`.

    Returns
    -------
    float32 array, shape (step, cell, channel)
        The table's units; NaN where unobserved.

    Raises
    ------
    InputError
        If a needed column is missing.
    """
    result = np.full((len(time_axis), grid.cells, len(names)), np.nan, np.float32)
    for channel, name in enumerate(names):
        profiles = extract(table, name, accept_flags)
        row, place = grid.locate(profiles.latitude, profiles.longitude)
        step = time_axis.index(profiles.time)
        inside = (row >= 0) & (step >= 0)
        profiles, row, place, step = profiles.take(inside), row[inside], place[inside], step[inside]
        cast, level, value = to_levels(profiles, grid.depth, grid.depth_edges, vertical, gap)
        cell = grid.number[level, row[cast], place[cast]]
        ocean = cell >= 0
        key, number = np.unique(step[cast[ocean]] * grid.cells + cell[ocean], return_inverse=True)
        mean = np.bincount(number, value[ocean], key.size) / np.bincount(number, minlength=key.size)
        result[key // grid.cells, key % grid.cells, channel] = mean
    return result


def climatology_covariates(
    covariates: Floats, grid: Grid, time_axis: TimeAxis, length_km: float = 200.0
) -> NDArray[np.float32]:
    """Fill covariates smoothly, so that every wet cell has a background value.

    The mean over all steps is spread within each level by a local mean of the nearest observed cells with weights
    n / (1 + (d/length)^2), n the number of observed steps of the cell up to 10; a level without any value takes
    the nearest level that has some. Where steps are shorter than a year, the departure of each season from that
    mean is spread in the same way and added; a season never observed in a level has no departure. Coasts are ignored.

    Parameters
    ----------
    covariates : array, shape (step, cell, channel)
        As `grid_covariates` returns them, NaN unobserved.
    grid : Grid
        Its wet cells are filled.
    time_axis : TimeAxis
        Steps of the covariates.
    length_km : float
        Half-weight distance, km.

    Returns
    -------
    float32 array, shape (step, cell, channel)
        Finite; the same in every year.

    Raises
    ------
    InputError
        If a channel was never observed.
    """
    month = time_axis.centre.astype("datetime64[M]").astype(int) % 12
    season = np.unique(month, return_inverse=True)[1]
    _, row, place = np.nonzero(grid.wet)
    # km, by way of metres: the last digit decides between cells that are equally far
    position = unit_vector(grid.latitude[row], grid.longitude[place]) * (1000.0 * EARTH_RADIUS_KM) / 1000.0
    result = np.empty(covariates.shape, np.float32)
    for channel in range(covariates.shape[2]):
        values = covariates[..., channel]
        mean, count = _mean(values)
        if not count.any():
            raise InputError(f"channel {channel} was never observed", "covariates", "leave it out")
        background = _fill_levels(_spread(mean, count, grid, position, length_km), grid)
        for number in range(season.max() + 1):
            steps = season == number
            departure = np.zeros(grid.cells)
            if season.max() > 0:
                here, count = _mean(values[steps])
                departure = np.nan_to_num(_spread(here - mean, count, grid, position, length_km))
            result[steps, :, channel] = background + departure
    return result


def _mean(values: Floats) -> tuple[Floats, Ints]:
    """Mean over the first axis of the finite values, and their number."""
    finite = np.isfinite(values)
    count = finite.sum(axis=0)
    total = np.where(finite, values, 0.0).sum(axis=0, dtype=float)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan), count


def _spread(values: Floats, count: Ints, grid: Grid, position: Floats, length_km: float) -> Floats:
    """Local mean at every cell of the observed cells of its level; NaN in levels without any."""
    result = np.full(values.size, np.nan)
    known, level_of = (count > 0) & np.isfinite(values), grid.level_of
    for level in np.unique(level_of):
        cells = np.flatnonzero(level_of == level)
        sources = cells[known[cells]]
        if sources.size == 0:
            continue
        k = np.arange(1, min(_NEIGHBOURS, sources.size) + 1)
        distance, found = cKDTree(position[sources]).query(position[cells], k=k)
        weight = np.minimum(count[sources][found], 10) / (1.0 + (distance / length_km) ** 2)
        result[cells] = (weight * values[sources][found]).sum(axis=1) / weight.sum(axis=1)
    return result


def _fill_levels(values: Floats, grid: Grid) -> Floats:
    """Levels without a value take the mean of the nearest level that has values."""
    level_of = grid.level_of
    filled = np.unique(level_of[np.isfinite(values)])
    result = values.copy()
    for level in np.setdiff1d(level_of, filled):
        source = filled[np.abs(grid.depth[filled] - grid.depth[level]).argmin()]
        result[level_of == level] = values[level_of == source].mean()
    return result
