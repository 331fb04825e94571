"""Targets, and one method's predictions at targets whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr

from graphs.grid import Grid
from graphs.types import Floats, Ints, Mask
from oxygen_recon.runtime.errors import naming_damage
from qc.files import replacing


@dataclass(frozen=True)
class Targets:
    """Cells and steps whose true oxygen is known.

    Parameters
    ----------
    cell, step : int array, shape (target,)
        Where and when in the domain.
    truth : array, shape (target,)
        Oxygen, umol kg-1.
    """

    cell: Ints
    step: Ints
    truth: Floats


@dataclass(frozen=True)
class Predictions:
    """One method's estimates at targets, with the truth.

    Parameters
    ----------
    cell, step : int array, shape (target,)
        Where and when in the domain.
    fold : int array, shape (target,)
        Fold in which the target was held out; -1 at never-sampled cells.
    truth, mean, scale : array, shape (target,)
        Oxygen, estimate and standard error, umol kg-1; mean and scale are NaN where a climate model has no ocean.

    Examples
    --------
    >>> number, value = np.arange(3), np.array([200.0, 210.0, 220.0])
    >>> Predictions(number, number, number, value, value + 1, value * 0 + 5).take(number > 0).truth
    array([210., 220.])
    """

    cell: Ints
    step: Ints
    fold: Ints
    truth: Floats
    mean: Floats
    scale: Floats

    def take(self, which: Mask | Ints) -> Predictions:
        """Select targets.

        Parameters
        ----------
        which : bool array, shape (target,), or int array
            Mask, or numbers of the targets in their new order.

        Returns
        -------
        Predictions
        """
        return Predictions(
            self.cell[which], self.step[which], self.fold[which], self.truth[which], self.mean[which], self.scale[which]
        )


def concatenate(parts: list[Predictions]) -> Predictions:
    """Put the predictions of several folds after each other.

    Parameters
    ----------
    parts : list of Predictions
        At least one.

    Returns
    -------
    Predictions
    """
    names = ("cell", "step", "fold", "truth", "mean", "scale")
    return Predictions(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def save(predictions: Predictions, path: Path) -> None:
    """Write predictions to a file, whole or not at all.

    Parameters
    ----------
    predictions : Predictions
        What is written.
    path : Path
        Ends in .npz.
    """
    with replacing(path) as partial, partial.open("wb") as stream:
        np.savez_compressed(stream, **vars(predictions))


def load(path: Path) -> Predictions:
    """Read predictions written by `save`.

    Parameters
    ----------
    path : Path
        Ends in .npz.

    Returns
    -------
    Predictions

    Raises
    ------
    InputError
        If the file is damaged.
    """
    with naming_damage(path), np.load(path, allow_pickle=False) as arrays:
        return Predictions(**arrays)


def look_up(field: xr.Dataset, grid: Grid, targets: Targets) -> Predictions:
    """Read a reconstruction at targets.

    Parameters
    ----------
    field : xarray.Dataset
        `oxygen` and `oxygen_standard_error`, umol kg-1, dims (time, depth, latitude, longitude).
    grid : Grid
        Cells of the field.
    targets : Targets
        Cells and steps with their truth.

    Returns
    -------
    Predictions
        Fold -1.
    """
    values = [np.empty(targets.cell.size), np.empty(targets.cell.size)]
    for step in np.unique(targets.step):
        here = targets.step == step
        for array, name in zip(values, ("oxygen", "oxygen_standard_error")):
            array[here] = grid.gather(field[name][int(step)].to_numpy())[targets.cell[here]]
    return Predictions(targets.cell, targets.step, np.full(targets.cell.size, -1), targets.truth, *values)
