"""Linear interpolation of estimates between the centres of wet cells, levels and steps, at any place and date."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats, Ints, Mask

STATUS = (
    "ok",
    "outside the region",
    "outside the period",
    "on land",
    "above the shallowest level",
    "below the deepest level",
    "no position, depth or date",
)
OK, REGION, PERIOD, LAND, ABOVE, BELOW, MISSING = range(len(STATUS))
TURN = 360.0 - 1e-6  # degrees: a grid as wide as this goes on across its seam


@dataclass(frozen=True)
class Stencil:
    """The cells and steps that an estimate at each point is interpolated from.

    Parameters
    ----------
    cell, step : int array, shape (point, 16)
        Cell and step of each corner; 0 where its weight is 0.
    weight : array, shape (point, 16)
        Sums to 1 where there is an estimate, and is 0 elsewhere.
    level : int array, shape (point,)
        Level whose edges hold the point; -1 where there is no estimate.
    status : int array, shape (point,)
        Number in `STATUS`: 0 where there is an estimate, else why there is none.
    """

    cell: Ints
    step: Ints
    weight: Floats
    level: Ints
    status: Ints

    def pairs(self) -> tuple[Ints, Ints]:
        """List each cell and step that has a weight anywhere once, step after step."""
        used, width = self.weight > 0, int(self.cell.max(initial=0)) + 1
        step, cell = np.divmod(np.unique(self.step[used] * width + self.cell[used]), width)
        return cell, step

    def apply(self, cell: Ints, step: Ints, value: Floats) -> Floats:
        """Interpolate values that are known at the pairs.

        Parameters
        ----------
        cell, step : int array, shape (pair,)
            As from `pairs`.
        value : array, shape (pair,)
            Any unit.

        Returns
        -------
        array, shape (point,)
            NaN where there is no estimate.
        """
        if not cell.size:
            return np.full(self.status.size, np.nan)
        width = int(cell.max()) + 1
        key = step * width + cell
        at = np.searchsorted(key, self.step * width + self.cell).clip(max=key.size - 1)
        return np.where(self.status == OK, (self.weight * value[at]).sum(axis=1), np.nan)


def stencil(
    grid: Grid,
    time_axis: TimeAxis,
    latitude: Floats,
    longitude: Floats,
    depth: Floats,
    time: NDArray[np.datetime64],
) -> Stencil:
    """Find the cells and steps around points, and their weights.

    Weights are linear in latitude, longitude, depth and time between the centres of cells and levels and the middles of
    steps, so that the estimate at a centre and a middle is that of the cell and step. Of the four cells around a point
    only wet ones count, and a diagonal one only where a wet cell joins it to the point's own: none across land. Between
    the outermost centre or middle and the edge beyond it the value is that of the outermost; a grid of 360 degrees goes
    on across its seam.

    Parameters
    ----------
    grid : Grid
        Cells.
    time_axis : TimeAxis
        Steps.
    latitude, longitude, depth : array, shape (point,)
        Degrees north, degrees east in any convention, metres (positive down); NaN is missing.
    time : array of datetime64, shape (point,)
        NaT is missing.

    Returns
    -------
    Stencil

    Examples
    --------
    >>> edges = np.arange(4.0), np.arange(4.0), np.array([0.0, 10.0, 30.0])
    >>> grid = Grid(*edges, np.array([5.0, 20.0]), np.ones((2, 3, 3), bool))
    >>> years = TimeAxis.regular(2000, 2001, "year")
    >>> found = stencil(grid, years, np.array([1.5]), np.array([1.75]), np.array([12.5]), years.centre[:1])
    >>> cell, step = found.pairs()
    >>> cell, found.apply(cell, step, grid.longitude[cell % 3])
    (array([ 4,  5, 13, 14]), array([1.75]))
    """
    level = _holding(grid.depth_edges, depth)
    row, place = grid.locate(latitude, longitude)
    status = _status(grid, time_axis, (row, place, level), (latitude, longitude, depth), time)
    ok = np.flatnonzero(status == OK)
    count = status.size
    cell, step, weight = np.zeros((count, 16), np.int64), np.zeros((count, 16), np.int64), np.zeros((count, 16))
    levels, share = _between(grid.depth, depth[ok])
    steps, part = _between(time_axis.centre.astype(np.float64), time[ok].astype("datetime64[s]").astype(np.float64))
    own, corners = (row[ok], place[ok]), _corners(grid, latitude[ok], longitude[ok])
    number = grid.number
    for i in range(2):
        cells, flat = _wet_corners(grid, number, levels[i], own, corners)
        known = grid.wet[levels[i], own[0], own[1]]
        other = grid.wet[levels[1 - i], own[0], own[1]]
        vertical = np.where(known, np.where(other, share[i], 1.0), 0.0)  # a level without water here leaves it all
        for j in range(2):
            at = slice(8 * i + 4 * j, 8 * i + 4 * j + 4)
            weight[ok, at] = flat * (vertical * part[j])[:, None]
            cell[ok, at], step[ok, at] = cells, steps[j][:, None]
    return Stencil(
        np.where(weight > 0, cell, 0), np.where(weight > 0, step, 0), weight, np.where(status == OK, level, -1), status
    )


def _status(
    grid: Grid,
    time_axis: TimeAxis,
    index: tuple[Ints, Ints, Ints],
    place: tuple[Floats, Floats, Floats],
    time: NDArray[np.datetime64],
) -> Ints:
    """Tell why there is no estimate, the first of several reasons."""
    row, column, level = index
    depth = place[2]
    water = grid.wet[:, row, column]  # of the last column where there is none: overwritten below
    deepest = grid.shape[0] - 1 - np.argmax(water[::-1], axis=0)
    status = np.where(water[level, np.arange(level.size)], OK, LAND)
    status[water.any(axis=0) & (level > deepest)] = BELOW
    status[~water.any(axis=0)] = LAND
    with np.errstate(invalid="ignore"):
        status[depth > grid.depth_edges[-1]] = BELOW
        status[depth < grid.depth_edges[0]] = ABOVE
    status[time_axis.index(time) < 0] = PERIOD
    status[row < 0] = REGION
    status[np.isnan(np.stack(place)).any(axis=0) | np.isnat(time)] = MISSING
    return status


def _holding(edges: Floats, value: Floats) -> Ints:
    """Find the interval that holds each value, the nearest for one outside; an inner edge belongs to the next."""
    return (np.searchsorted(edges, value, side="right") - 1).clip(0, edges.size - 2)


def _between(centre: Floats, value: Floats) -> tuple[tuple[Ints, Ints], tuple[Floats, Floats]]:
    """Find the centres around each value, and their weights; beyond the outermost all is the outermost's."""
    at = np.interp(value, centre, np.arange(centre.size))
    first = np.floor(at).astype(np.int64).clip(max=max(centre.size - 2, 0))
    second = np.minimum(first + 1, centre.size - 1)
    share = at - first
    return (first, second), (1.0 - share, share)


def _corners(grid: Grid, latitude: Floats, longitude: Floats) -> tuple[Ints, Ints, Floats]:
    """Find row, column and weight of the four cells around each point, shape (point, 4), land not yet looked at."""
    rows, up = _between(grid.latitude, latitude)
    west, span = grid.longitude_edges[0], grid.longitude_edges[-1] - grid.longitude_edges[0]
    east = west + np.mod(longitude - west, 360.0)
    if span < TURN:
        columns, along = _between(grid.longitude, east)
    else:  # one more centre on either side of the seam
        turned = np.concatenate([grid.longitude[-1:] - 360.0, grid.longitude, grid.longitude[:1] + 360.0])
        (first, second), along = _between(turned, east)
        columns = (first - 1) % grid.longitude.size, (second - 1) % grid.longitude.size
    pairs = [(i, j) for i in range(2) for j in range(2)]
    return (
        np.stack([rows[i] for i, _ in pairs], axis=1),
        np.stack([columns[j] for _, j in pairs], axis=1),
        np.stack([up[i] * along[j] for i, j in pairs], axis=1),
    )


def _wet_corners(
    grid: Grid, number: NDArray[np.int64], level: Ints, own: tuple[Ints, Ints], corners: tuple[Ints, Ints, Floats]
) -> tuple[Ints, Floats]:
    """Cells of the four corners at one level, and weights that sum to 1 over those the point is joined to by water."""
    rows, columns, weight = corners
    own_row, own_column, at = own[0][:, None], own[1][:, None], level[:, None]
    joined: Mask = (rows == own_row) | (columns == own_column)
    joined |= grid.wet[at, rows, own_column] | grid.wet[at, own_row, columns]
    weight = np.where(grid.wet[at, rows, columns] & joined, weight, 0.0)
    total = weight.sum(axis=1, keepdims=True)
    return number[at, rows, columns], weight / np.where(total > 0, total, 1.0)
