"""Samples from an observation table: casts on the levels and cells of a grid, averaged by cruise."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Samples
from oxygen_recon.dataset.vertical import Vertical, extract, to_levels
from qc.physics.statistics import MAD_TO_SIGMA


@dataclass(frozen=True)
class Coverage:
    """Counts of the rows, casts and values that became samples.

    Parameters
    ----------
    rows, casts : int
        Rows of the table; casts with an accepted value.
    casts_without_position, casts_without_time : int
        Of these, casts that cannot be gridded: without a position, or else without a time, or with one flagged bad.
    casts_inside : int
        Of these, casts inside the region and the period.
    values, values_on_land : int
        Cast-level values, and those that fell on a dry cell and were left out.
    samples, groups : int
        Samples, and cruises or platforms among them.
    observed : float
        Share of all (step, cell) pairs with a sample.
    """

    rows: int
    casts: int
    casts_without_position: int
    casts_without_time: int
    casts_inside: int
    values: int
    values_on_land: int
    samples: int
    groups: int
    observed: float


def grid_samples(
    table: pa.Table | pd.DataFrame,
    grid: Grid,
    time_axis: TimeAxis,
    accept_flags: tuple[int, ...] = (1, 2),
    vertical: Vertical = "pchip",
    gap: float = 50.0,
) -> tuple[Samples, list[str], Coverage]:
    """Turn casts into samples: what one cruise found in one cell during one step.

    Parameters
    ----------
    table : pyarrow.Table or pandas.DataFrame
        Observations (`qc.table.schema.OBSERVATIONS`); duplicates and unaccepted flags are left out, and so are casts
        whose position or time is missing or flagged bad: `accept_flags` are those of values.
    grid : Grid
        Cells; values on land are left out.
    time_axis : TimeAxis
        Steps; casts outside the period are left out.
    accept_flags : tuple of int
        Oxygen flags let through.
    vertical, gap
        As for `oxygen_recon.dataset.vertical.to_levels`.

    Returns
    -------
    samples : Samples
        Mean of the casts, their median from three casts on; count; spread 1.4826 x median absolute deviation.
    groups : list of str
        Name of each group number.
    coverage : Coverage

    Raises
    ------
    InputError
        If a needed column is missing.
    """
    everything = extract(table, "oxygen", accept_flags)
    row, place = grid.locate(everything.latitude, everything.longitude)
    step = time_axis.index(everything.time)
    inside = (row >= 0) & (step >= 0)
    profiles = everything.take(inside)
    row, place, step = row[inside], place[inside], step[inside]
    cast, level, value = to_levels(profiles, grid.depth, grid.depth_edges, vertical, gap)
    cell = grid.number[level, row[cast], place[cast]]
    ocean = cell >= 0
    names, number = np.unique(np.array(profiles.cruise, dtype=str)[cast[ocean]], return_inverse=True)
    samples = _pool(cell[ocean], step[cast[ocean]], number.astype(np.int64), value[ocean])
    pairs = np.unique(samples.step * grid.cells + samples.cell).size
    coverage = Coverage(
        rows=len(table), casts=everything.latitude.size + everything.unplaced + everything.undated,
        casts_without_position=everything.unplaced, casts_without_time=everything.undated,
        casts_inside=int(inside.sum()), values=value.size, values_on_land=int((~ocean).sum()), samples=len(samples),
        groups=names.size,
        observed=pairs / (grid.cells * len(time_axis)),
    )  # fmt: skip
    return samples, names.tolist(), coverage


def with_quantities(samples: Samples, casts: Samples) -> Samples:
    """Add further quantities to samples of oxygen.

    Parameters
    ----------
    samples : Samples
        Observations of oxygen.
    casts : Samples
        What cruises measured besides, one row a cell, step and group (`oxygen_recon.dataset.covariates.cast_values`),
        with the same numbers of groups.

    Returns
    -------
    Samples
        The same rows; a quantity is NaN where the cruise did not measure it in the cell and step. What was measured
        without oxygen is left out.
    """
    both = [np.stack([one.step, one.cell, one.group]) for one in (samples, casts)]
    _, key = np.unique(np.concatenate(both, axis=1), axis=1, return_inverse=True)
    row = np.full(key.max(initial=-1) + 1, -1)
    row[key[len(samples) :]] = np.arange(len(casts))
    at = row[key[: len(samples)]]

    def looked_up(values: dict[str, Floats]) -> dict[str, Floats]:
        return {name: np.where(at < 0, np.nan, column[at]) for name, column in values.items()}

    values, spread = samples.values | looked_up(casts.values), samples.spread | looked_up(casts.spread)
    return replace(samples, values=values, spread=spread)


def merge(samples: Samples, cells: int, steps: int) -> tuple[Floats, Floats, NDArray[np.int32]]:
    """Merge the samples of all cruises.

    Parameters
    ----------
    samples : Samples
        Observations of all cruises.
    cells, steps : int
        Numbers of cells and steps of the domain.

    Returns
    -------
    mean, spread, count : array, shape (step, cell)
        umol kg-1, mean over cruises weighted by casts, NaN where unobserved; spread of casts within and between
        cruises, NaN for a single cast; number of casts.
    """
    shape = (steps, cells)
    place = samples.step * cells + samples.cell
    oxygen = samples.values["oxygen"]
    count = np.bincount(place, samples.count, steps * cells)
    observed = count > 0
    mean = np.full(count.shape, np.nan)
    mean[observed] = np.bincount(place, samples.count * oxygen, count.size)[observed] / count[observed]
    square = np.nan_to_num(samples.spread["oxygen"]) ** 2 + (oxygen - mean[place]) ** 2
    spread = np.full(count.shape, np.nan)
    several = count > 1
    spread[several] = np.sqrt(np.bincount(place, samples.count * square, count.size)[several] / count[several])
    return mean.reshape(shape), spread.reshape(shape), count.reshape(shape).astype(np.int32)


def _pool(cell: Ints, step: Ints, group: Ints, value: Floats) -> Samples:
    """Robust mean, count and spread of the values of each (cell, step, group)."""
    order = np.lexsort((value, group, step, cell))
    cell, step, group, value = cell[order], step[order], group[order], value[order]
    new = np.ones(cell.size, bool)
    new[1:] = (np.diff(cell) != 0) | (np.diff(step) != 0) | (np.diff(group) != 0)
    start = np.flatnonzero(new)
    count = np.diff(np.append(start, cell.size))
    number = np.cumsum(new) - 1
    # The median of one or two casts is their mean.
    centre = _median_of_runs(value, start, count)
    deviation = np.abs(value - centre[number])
    deviation = deviation[np.lexsort((deviation, number))]
    spread = MAD_TO_SIGMA * _median_of_runs(deviation, start, count)
    values, spreads = {"oxygen": centre}, {"oxygen": np.where(count > 1, spread, np.nan)}
    return Samples(cell[start], step[start], group[start], values, count.astype(np.int64), spreads)


def _median_of_runs(value: Floats, start: Ints, count: Ints) -> Floats:
    """Median of each run of sorted values."""
    middle: Floats = 0.5 * (value[start + (count - 1) // 2] + value[start + count // 2])
    return middle
