"""The part of a run's grid and period that is chosen by years, region and levels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats, Ints, Mask
from oxygen_recon.fields import regions
from oxygen_recon.observations.downloads.selection import Region, Selection
from oxygen_recon.products.interpolation import TURN
from qc.errors import InputError


@dataclass(frozen=True)
class Part:
    """Part of a grid and of its steps.

    Parameters
    ----------
    steps, levels, rows, columns : int array
        Numbers of the steps, levels, latitudes and longitudes in it; longitudes from west to east.
    turns : array, shape (longitude,)
        What is added to each longitude, degrees, so that they increase across the seam of the grid.
    wet : bool array, shape (level, latitude, longitude)
        Ocean within the region.
    """

    steps: Ints
    levels: Ints
    rows: Ints
    columns: Ints
    turns: Floats
    wet: Mask

    def cells(self, grid: Grid) -> Ints:
        """Return the numbers of its wet cells, in the order of its mask.

        Parameters
        ----------
        grid : Grid
            The whole grid.
        """
        return np.asarray(grid.number[np.ix_(self.levels, self.rows, self.columns)][self.wet])


def choose(
    grid: Grid,
    time_axis: TimeAxis,
    period: tuple[int, int] | None,
    region: str | Sequence[float] | None,
    levels: Sequence[float] | None,
) -> Part:
    """Choose a part of a run.

    Parameters
    ----------
    grid : Grid
        Cells of the run.
    time_axis : TimeAxis
        Steps of the run.
    period : (int, int) or None
        First and last year, both included.
    region : str, sequence of float or None
        A name, polygon or mask file as for `oxygen_recon.fields.regions.box_of`, or a box: "west,east,south,north" or
        those four numbers.
    levels : sequence of float or None
        Levels of the run, m.

    Returns
    -------
    Part
        The whole grid without a region, else cut to the rows and columns that it touches.

    Raises
    ------
    InputError
        If the period reaches beyond the run's, the region holds no ocean of the grid, or there is no such level.
    """
    chosen = np.arange(grid.depth.size) if levels is None else _levels(grid, levels)
    inside = np.ones(grid.shape[1:], bool) if region is None else _inside(grid, region)
    wet = grid.wet[chosen] & inside
    if not wet.any():
        where = "grid" if region is None else region if isinstance(region, str) else ",".join(f"{x:g}" for x in region)
        extent = f"{grid.latitude_edges[0]:g} to {grid.latitude_edges[-1]:g} N"
        extent += f", {grid.longitude_edges[0]:g} to {grid.longitude_edges[-1]:g} E"
        raise InputError("no ocean cell of the run in it", where, f"the run covers {extent}")
    if region is None:
        _, north, east = map(np.arange, grid.shape)
        return Part(_steps(time_axis, period), chosen, north, east, np.zeros(east.size), wet)
    rows = np.arange(np.flatnonzero(wet.any((0, 2)))[0], np.flatnonzero(wet.any((0, 2)))[-1] + 1)
    columns, turns = _columns(grid, np.asarray(wet.any((0, 1))))
    return Part(_steps(time_axis, period), chosen, rows, columns, turns, wet[:, rows][:, :, columns])


def _steps(time_axis: TimeAxis, period: tuple[int, int] | None) -> Ints:
    """Choose the steps that lie in a period."""
    begin, end = (int(edge.astype("datetime64[Y]").astype(int)) + 1970 for edge in time_axis.edges[[0, -1]])
    last = end - (time_axis.edges[-1] == np.datetime64(f"{end:04d}-01-01"))
    first_year, last_year = (begin, last) if period is None else period
    if not begin <= first_year <= last_year <= last:
        raise InputError(f"the run has {begin}-{last}", f"period {first_year}-{last_year}", "choose years of it")
    years = np.array([f"{first_year:04d}-01-01", f"{last_year + 1:04d}-01-01"], "datetime64[D]")
    return np.flatnonzero((time_axis.edges[1:] > years[0]) & (time_axis.edges[:-1] < years[1]))


def _levels(grid: Grid, levels: Sequence[float]) -> Ints:
    """Numbers of the levels at some depths."""
    known = ", ".join(f"{depth:g}" for depth in grid.depth)
    for depth in levels:
        if not np.isclose(grid.depth, depth).any():
            raise InputError("no level of the run", f"level {depth:g}", f"its levels are {known} m")
    return np.array(sorted({int(np.argmin(np.abs(grid.depth - depth))) for depth in levels}), np.int64)


def _inside(grid: Grid, region: str | Sequence[float]) -> Mask:
    """Columns of the grid whose centre lies in a region."""
    if isinstance(region, str) and not _is_box(region):
        return regions.inside(region, grid)
    text = region if isinstance(region, str) else ",".join(map(str, region))
    box = Selection.of(None, text, None).region
    assert isinstance(box, Region)  # a text gives one
    latitude, longitude = np.meshgrid(grid.latitude, grid.longitude, indexing="ij")
    return box.holds(latitude.astype(np.float64), longitude.astype(np.float64))


def _is_box(region: str) -> bool:
    """Tell four numbers from names, polygons and files."""
    return not region.strip(" +-.,0123456789")


def _columns(grid: Grid, used: Mask) -> tuple[Ints, Floats]:
    """Columns from the first to the last that is used; of a grid round the globe behind the widest gap."""
    number = np.flatnonzero(used)
    count = grid.longitude.size
    if grid.longitude_edges[-1] - grid.longitude_edges[0] < TURN:
        columns = np.arange(number[0], number[-1] + 1)
        return columns, np.zeros(columns.size)
    gaps = np.diff(np.append(number, number[0] + count))
    widest = int(np.argmax(gaps)) if gaps.max() > gaps[-1] else gaps.size - 1  # as the grid is, where that is no wider
    start = int(number[(widest + 1) % number.size])
    columns = start + np.arange(count - gaps[widest] + 1)
    return columns % count, 360.0 * (columns >= count)
