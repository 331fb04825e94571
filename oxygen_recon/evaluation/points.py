"""Targets with their truth and one method's estimate."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from graphs.grid import Grid
from graphs.types import Floats, Ints
from oxygen_recon.runtime.errors import naming_damage
from qc.files import replacing


@dataclass(frozen=True)
class Points:
    """Targets with their truth and one method's estimate.

    Parameters
    ----------
    cell, step : int array, shape (target,)
        Where and when in the domain.
    fold : int array, shape (target,)
        Fold in which the target was held out; -1 at never-sampled cells.
    truth, mean, scale : array, shape (target,)
        Oxygen, estimate and standard error, umol kg-1; mean and scale are NaN where a climate model has no ocean.
    """

    cell: Ints
    step: Ints
    fold: Ints
    truth: Floats
    mean: Floats
    scale: Floats


def select(points: Points, which: NDArray[np.bool_]) -> Points:
    """Return the points a mask selects."""
    return Points(
        points.cell[which], points.step[which], points.fold[which],
        points.truth[which], points.mean[which], points.scale[which],
    )  # fmt: skip


def join(parts: list[Points]) -> Points:
    """Put the points of several folds after each other."""
    names = ("cell", "step", "fold", "truth", "mean", "scale")
    return Points(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def save(points: Points, path: Path) -> None:
    """Write points to a .npz file, whole or not at all."""
    with replacing(path) as partial, partial.open("wb") as stream:
        np.savez_compressed(stream, **vars(points))


def load(path: Path) -> Points:
    """Read points written by `save`; raises InputError if the file is damaged."""
    with naming_damage(path), np.load(path, allow_pickle=False) as arrays:
        return Points(**arrays)


def look_up(field: xr.Dataset, grid: Grid, cell: Ints, step: Ints, truth: Floats) -> Points:
    """Read a reconstruction at cells and steps whose truth is known.

    Parameters
    ----------
    field : xarray.Dataset
        `oxygen` and `oxygen_standard_error`, umol kg-1, dims (time, depth, latitude, longitude).
    grid : Grid
    cell, step : int array, shape (target,)
    truth : array, shape (step, cell)
        umol kg-1.

    Returns
    -------
    Points
    """
    values = [np.empty(cell.size), np.empty(cell.size)]
    for at in np.unique(step):
        here = step == at
        for array, name in zip(values, ("oxygen", "oxygen_standard_error")):
            array[here] = grid.gather(field[name][int(at)].to_numpy())[cell[here]]
    return Points(cell, step, np.full(cell.size, -1), truth[step, cell], *values)
