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
from oxygen_recon.dataset.domain import Samples
from oxygen_recon.dataset.vertical import Vertical, extract, to_levels

_NEIGHBOURS = 32  # observed cells in one local mean


def cast_values(
    table: pa.Table | pd.DataFrame,
    grid: Grid,
    time_axis: TimeAxis,
    names: tuple[str, ...],
    groups: list[str],
    accept_flags: tuple[int, ...] = (1, 2),
    vertical: Vertical = "pchip",
    gap: float = 50.0,
) -> Samples:
    """Average variables other than oxygen by cell, step and cruise, also from casts without oxygen.

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
    groups : list of str
        Name of each group number of the oxygen samples (`oxygen_recon.dataset.samples.grid_samples`); cruises without
        oxygen are numbered after them.
    accept_flags, vertical, gap
        As for `oxygen_recon.dataset.samples.grid_samples`.

    Returns
    -------
    Samples
        Means in the table's units, `values[name]`; NaN where the cruise did not measure a variable there. `count` is
        the number of casts, of the variable that most casts have. Spreads are not computed.

    Raises
    ------
    InputError
        If a needed column is missing.
    """
    number = {name: i for i, name in enumerate(groups)}
    rows = []
    for channel, name in enumerate(names):
        profiles = extract(table, name, accept_flags)
        row, place = grid.locate(profiles.latitude, profiles.longitude)
        step = time_axis.index(profiles.time)
        inside = (row >= 0) & (step >= 0)
        profiles, row, place, step = profiles.take(inside), row[inside], place[inside], step[inside]
        group = np.array([number.setdefault(cruise, len(number)) for cruise in profiles.cruise], np.int64)
        cast, level, value = to_levels(profiles, grid.depth, grid.depth_edges, vertical, gap)
        cell = grid.number[level, row[cast], place[cast]]
        found = np.stack([cell, step[cast], group[cast], np.full(cell.size, channel), value])
        rows.append(found[:, cell >= 0])
    return _by_cruise(np.concatenate(rows, axis=1), names)


def _by_cruise(rows: Floats, names: tuple[str, ...]) -> Samples:
    """Means by cell, step and group of rows (cell, step, group, channel, value), which float64 holds exactly."""
    cell, step, group, channel = rows[:4].astype(np.int64)
    shape = tuple(int(n.max(initial=0)) + 1 for n in (step, cell, group))
    places, number = np.unique(np.ravel_multi_index((step, cell, group), shape), return_inverse=True)
    step, cell, group = np.unravel_index(places, shape)
    at, size = number * len(names) + channel, places.size * len(names)
    count = np.bincount(at, minlength=size).reshape(-1, len(names))
    total = np.bincount(at, rows[4], size).reshape(count.shape)
    mean = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    values = {name: mean[:, i] for i, name in enumerate(names)}
    spread = {name: np.full(len(mean), np.nan) for name in names}
    return Samples(cell, step, group, values, count.max(axis=1, initial=0), spread)


def measured(casts: Samples, cells: int, steps: int) -> NDArray[np.float32]:
    """Merge the values of all cruises in each cell and step.

    Parameters
    ----------
    casts : Samples
        As `cast_values` returns them, or some of them.
    cells, steps : int
        Numbers of cells and steps of the domain.

    Returns
    -------
    float32 array, shape (step, cell, channel)
        Mean over cruises weighted by casts; NaN where unobserved.
    """
    result = np.full((steps * cells, len(casts.values)), np.nan, np.float32)
    for channel, value in enumerate(casts.values.values()):
        known = np.isfinite(value)
        place, number = np.unique((casts.step * cells + casts.cell)[known], return_inverse=True)
        weight = casts.count[known]
        result[place, channel] = np.bincount(number, weight * value[known]) / np.bincount(number, weight)
    return result.reshape(steps, cells, -1)


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
        As `measured` returns them, NaN unobserved.
    grid : Grid
        Its wet cells are filled.
    time_axis : TimeAxis
        Steps of the covariates.
    length_km : float
        Half-weight distance, km.

    Returns
    -------
    float32 array, shape (season, cell, channel)
        One field for each season of `season_of`; NaN throughout where a channel was never observed.
    """
    season = season_of(time_axis)
    _, row, place = np.nonzero(grid.wet)
    # km, by way of metres: the last digit decides between cells that are equally far
    position = unit_vector(grid.latitude[row], grid.longitude[place]) * (1000.0 * EARTH_RADIUS_KM) / 1000.0
    result = np.full((int(season.max()) + 1, *covariates.shape[1:]), np.nan, np.float32)
    for channel in range(covariates.shape[2]):
        values = covariates[..., channel]
        mean, count = _mean(values)
        if not count.any():
            continue
        background = _fill_levels(_spread(mean, count, grid, position, length_km), grid)
        for number in range(len(result)):
            departure = np.zeros(grid.cells)
            if len(result) > 1:
                here, count = _mean(values[season == number])
                departure = np.nan_to_num(_spread(here - mean, count, grid, position, length_km))
            result[number, :, channel] = background + departure
    return result


def season_of(time_axis: TimeAxis) -> Ints:
    """Tell which season each step lies in, by the month of its middle.

    Parameters
    ----------
    time_axis : TimeAxis
        Steps.

    Returns
    -------
    int array, shape (step,)
        0 for the first of the calendar year; all 0 where a step is a year or longer.

    Examples
    --------
    >>> season_of(TimeAxis.regular(2000, 2001, "season"))
    array([0, 1, 2, 3, 0, 1, 2, 3])
    """
    month = time_axis.centre.astype("datetime64[M]").astype(int) % 12
    return np.asarray(np.unique(month, return_inverse=True)[1], np.int64)


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
