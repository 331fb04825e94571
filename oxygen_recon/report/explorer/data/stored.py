"""Gridded quantities as they lie on disk: one step of the whole grid, or all steps of one column, whichever is read."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from graphs.grid import Grid
from graphs.types import Floats
from qc.errors import InputError

_KEPT = (
    6  # steps and columns of a quantity that stay in memory: the player goes back and forth, and a click is repeated
)
_WHOLE = 2 * 1024**3  # bytes; a smaller quantity in pieces of whole steps is held in memory once a column of it is read


class Stored(Protocol):
    """One quantity of a grid, on disk."""

    def step(self, step: int) -> Floats:
        """Read one step.

        Parameters
        ----------
        step : int
            Number of the step.

        Returns
        -------
        array, shape (level, latitude, longitude)
            NaN where there is no value.
        """
        ...

    def column(self, row: int, place: int) -> Floats:
        """Read all steps of one column.

        Parameters
        ----------
        row, place : int
            Latitude and longitude index.

        Returns
        -------
        array, shape (step, level)
            NaN where there is no value.
        """
        ...


class _Kept:
    """The last results of a reader."""

    def __init__(self) -> None:
        self._results: OrderedDict[Hashable, Floats] = OrderedDict()

    def get(self, key: Hashable, read: Callable[[], Floats]) -> Floats:
        """Return a result, read if it is not among the last ones."""
        if key not in self._results:
            self._results[key] = read()
            while len(self._results) > _KEPT:
                self._results.popitem(last=False)
        self._results.move_to_end(key)
        return self._results[key]


class ArrayOnDisk:
    """A quantity in an array of (time, depth, latitude, longitude) that is read in parts.

    Parameters
    ----------
    steps : array
        Any object with a shape and slices: a zarr array or a netCDF variable, in pieces of whole steps.
    columns : array, optional
        The same values in pieces of few columns. Without it, all steps are read once and stay in memory, where they
        fit, when a column is asked for first.
    missing : float, optional
        Value that stands for none, beside NaN and masked ones.
    """

    def __init__(self, steps: Any, columns: Any = None, missing: float | None = None) -> None:
        self._steps, self._columns, self._missing = steps, columns, missing
        self._whole: Floats | None = None
        self._kept_steps, self._kept_columns = _Kept(), _Kept()

    @property
    def shape(self) -> tuple[int, ...]:
        """(time, depth, latitude, longitude)."""
        return tuple(self._steps.shape)

    def step(self, step: int) -> Floats:
        """Read one step; see `Stored.step`.

        Parameters
        ----------
        step : int
            Number of the step.
        """
        if self._whole is not None:
            return np.asarray(self._whole[step])
        return self._kept_steps.get(step, lambda: self._values(self._steps[step]))

    def column(self, row: int, place: int) -> Floats:
        """Read all steps of one column; see `Stored.column`.

        Parameters
        ----------
        row, place : int
            Latitude and longitude index.
        """
        return self._kept_columns.get((row, place), lambda: self._column(row, place))

    def _column(self, row: int, place: int) -> Floats:
        """Read a column from where it is quickest."""
        if self._columns is not None:
            return self._values(self._columns[:, :, row, place])
        if self._whole is None and 4 * int(np.prod(self.shape)) <= _WHOLE:
            self._whole = np.stack([self._values(self._steps[step]) for step in range(self.shape[0])])
        if self._whole is not None:
            return self._whole[:, :, row, place]
        return np.stack([self._values(self._steps[step])[:, row, place] for step in range(self.shape[0])])

    def _values(self, read: Any) -> Floats:
        """Turn what was read into numbers, NaN where there is none."""
        values: Floats = np.ma.filled(np.ma.asarray(read).astype(np.float32), np.nan)
        if self._missing is not None:
            values[values == self._missing] = np.nan
        return values


class WetCells:
    """A quantity in an array of (step, wet cell), as the store of gridded observations has the truth.

    Parameters
    ----------
    path : Path
        npy file of shape (step, cell), cells in the order of `Grid.gather`.
    grid : Grid
        The grid.
    """

    def __init__(self, path: Path, grid: Grid) -> None:
        self._values = np.load(path, mmap_mode="r", allow_pickle=False)
        if self._values.ndim != 2 or self._values.shape[1] != grid.cells:
            raise InputError("does not have the cells of the run's grid", str(path), "run the stage grid again")
        self._grid, self._number = grid, grid.number

    def step(self, step: int) -> Floats:
        """Read one step; see `Stored.step`.

        Parameters
        ----------
        step : int
            Number of the step.
        """
        return np.asarray(self._grid.scatter(np.asarray(self._values[step], np.float32)), np.float32)

    def column(self, row: int, place: int) -> Floats:
        """Read all steps of one column; see `Stored.column`.

        Parameters
        ----------
        row, place : int
            Latitude and longitude index.
        """
        number = self._number[:, row, place]
        found = np.full((self._values.shape[0], number.size), np.nan, np.float32)
        found[:, number >= 0] = self._values[:, number[number >= 0]]
        return found
