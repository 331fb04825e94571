"""The graph of an ocean grid: which cells are neighbours, and the part of it around the cells of a mini-batch."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graphs import edges
from graphs.edges import OFFSETS, Edges
from graphs.grid import Grid
from graphs.land import crosses_land
from graphs.types import Ints

GRID = ("latitude_edges", "longitude_edges", "depth_edges", "depth", "wet")  # the arrays that define a grid


@dataclass(frozen=True)
class Neighbourhood:
    """Cells of a mini-batch at their steps: the receivers, then the neighbours of theirs, and the edges between them.

    Parameters
    ----------
    cell, step : int array, shape (node,)
        Cell and step of each node; receivers first.
    near, above : Edges
        One row a receiver; senders are numbers of nodes.
    """

    cell: Ints
    step: Ints
    near: Edges
    above: Edges


@dataclass(frozen=True)
class Graph:
    """Neighbours of every wet cell of a grid.

    Time has no edges of its own here: what lies before and after a cell is the same cell at other steps
    (`steps_before_and_after`).

    Parameters
    ----------
    grid : Grid
        Grid and wet cells.
    near : Edges
        Cells of the same level (`edges.near`), one row a wet cell.
    above : Edges
        Cells one level up and one level down (`edges.above`), one row a wet cell.
    recipe : dict
        The settings that the edges were made with.

    Raises
    ------
    ValueError
        If edges do not fit the grid: a row too many, a sender that is no cell, a cell linked to itself or twice to
        another, an edge that leaves its level or its water column, an edge across land.

    Examples
    --------
    >>> grid = Grid(np.arange(4.0), np.arange(5.0), np.array([0.0, 50.0]), np.array([10.0]), np.ones((1, 3, 4), bool))
    >>> graph = build(grid, near=2)
    >>> graph.near.sender[0]
    array([1, 4])
    """

    grid: Grid
    near: Edges
    above: Edges
    recipe: dict[str, int]

    def __post_init__(self) -> None:
        """Refuse edges that break an invariant."""
        cells = self.grid.cells
        for name, table in (("near", self.near), ("above", self.above)):
            if table.sender.shape[0] != cells or table.names != OFFSETS:
                raise ValueError(f"{name} does not have one row a wet cell with the attributes {', '.join(OFFSETS)}")
            if table.sender.max(initial=-1) >= cells:
                raise ValueError(f"{name} names a sender that is no cell")
            if np.any(table.sender == np.arange(cells)[:, None]):
                raise ValueError(f"{name} links a cell to itself")
        self._check_levels()
        self._check_land()

    def _check_levels(self) -> None:
        """Refuse near edges between levels, and above edges that are not one level up or down in a column."""
        level, column = self.grid.level_of, self.grid.column_of
        sender, receiver = self.near.index
        if np.any(level[sender] != level[receiver]):
            raise ValueError("near links cells of two levels")
        sender, receiver = self.above.index
        if np.any(np.abs(level[sender] - level[receiver]) != 1) or np.any(column[sender] != column[receiver]):
            raise ValueError("above links cells that do not lie one over the other")

    def _check_land(self) -> None:
        """Refuse near edges across land."""
        level, row, place = np.nonzero(self.grid.wet)
        sender, receiver = self.near.index
        for at in range(self.grid.shape[0]):
            a, b = (end[level[receiver] == at] for end in (receiver, sender))
            if crosses_land(self.grid, at, (row[a], place[a]), (row[b], place[b])).any():
                raise ValueError("near links cells across land")

    @cached_property
    def hash(self) -> str:
        """SHA-256 in hexadecimal digits: of the grid's arrays (type, shape, bytes) and the recipe as sorted JSON."""
        digest = hashlib.sha256(json.dumps(self.recipe, sort_keys=True).encode())
        for name in GRID:
            array = np.ascontiguousarray(getattr(self.grid, name))
            digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
            digest.update(array.tobytes())
        return digest.hexdigest()

    def around(self, cell: Ints, step: Ints, neighbours: int, shared: bool = False) -> Neighbourhood:
        """Take the part of the graph that some receivers read: themselves and their neighbours at the same step.

        Parameters
        ----------
        cell, step : int array, shape (receiver,)
            Receivers.
        neighbours : int
            Near neighbours of each, at most; the nearest are taken.
        shared : bool
            Let a receiver that is also a neighbour be one node: there are fewer, but what is derived by the inputs of
            receivers then goes through those of neighbours too.

        Returns
        -------
        Neighbourhood
            A neighbour is listed once, in ascending order of step and cell, also where it is itself a receiver, unless
            `shared`.
        """
        near, above, cells = self.near.take(cell, neighbours), self.above.take(cell), self.grid.cells
        table = np.concatenate([near.sender, above.sender], axis=1)
        key = np.where(table >= 0, table + step[:, None].astype(np.int64) * cells, -1)
        others, local = edges.renumber(key, cell.size)
        if shared:
            others, local = _without_receivers(others, local, cell + step.astype(np.int64) * cells)
        width = near.sender.shape[1]
        return Neighbourhood(
            np.concatenate([cell, others % cells]),
            np.concatenate([step, others // cells]),
            Edges(local[:, :width], near.attributes, OFFSETS),
            Edges(local[:, width:], above.attributes, OFFSETS),
        )


def _without_receivers(others: Ints, local: Ints, receivers: Ints) -> tuple[Ints, Ints]:
    """Leave out the neighbours that are receivers, and put the numbers of these in the table of senders."""
    order = np.argsort(receivers)
    at = order[np.searchsorted(receivers, others, sorter=order).clip(max=receivers.size - 1)]
    same = receivers[at] == others
    number = np.append(np.where(same, at, receivers.size + np.cumsum(~same) - 1), -1)  # the last stands for none
    return others[~same], number[np.where(local >= 0, local - receivers.size, -1)]


def build(grid: Grid, near: int = 8) -> Graph:
    """Link the wet cells of a grid.

    Parameters
    ----------
    grid : Grid
        Grid and wet cells.
    near : int
        Neighbours sought within the level.

    Returns
    -------
    Graph
        Neighbours of every wet cell.

    Raises
    ------
    ValueError
        If `near` is not positive.
    """
    if near < 1:
        raise ValueError(f"near must be at least 1, not {near}")
    # Raise the version when the same settings begin to make other edges.
    return Graph(grid, edges.near(grid, near), edges.above(grid), {"near": near, "version": 1})


def steps_before_and_after(step: Ints, reach: int, steps: int) -> tuple[Ints, Ints]:
    """List the steps before and after those of some nodes.

    Parameters
    ----------
    step : int array, shape (node,)
        Step of each node.
    reach : int
        Steps to go back, and forward.
    steps : int
        Steps of the time axis.

    Returns
    -------
    before, after : int array, shape (node, reach)
        Steps, earliest first; -1 where they leave the axis. A node's own step is in neither.

    Examples
    --------
    >>> steps_before_and_after(np.array([1]), reach=2, steps=9)
    (array([[-1,  0]]), array([[2, 3]]))
    """
    before = step[:, None] + np.arange(-reach, 0)
    after = step[:, None] + np.arange(1, reach + 1)
    return np.where(before >= 0, before, -1), np.where(after < steps, after, -1)
