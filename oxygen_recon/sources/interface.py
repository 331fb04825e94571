"""What every source of observations offers, and what it is told of the experiment."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats
from oxygen_recon.fields.grids import GridConfig
from oxygen_recon.observations.collection import Item
from qc.errors import InputError
from qc.physics.bathymetry import Relief


@dataclass(frozen=True)
class SourceSettings:
    """What a source is told of the experiment.

    Parameters
    ----------
    name : str
        Of the experiment, for messages.
    seed : int
        Decides what is left to chance.
    start, end : int
        First and last year.
    grid : GridConfig or None
        Region, resolution and levels; None for the source's own grid.
    product : tuple of str
        Covariates that are read from the source's gridded product.
    """

    name: str
    seed: int
    start: int
    end: int
    grid: GridConfig | None
    product: tuple[str, ...] = ()

    def region(self) -> GridConfig:
        """Return the grid's settings; raises InputError if the experiment leaves the grid to its source."""
        if self.grid is None:
            raise InputError('grid "source" needs a field source', self.name, "give a region, resolution and levels")
        return self.grid


def data_folder(data: Path | None, name: str) -> Path:
    """Return the folder that the catalogue's file patterns start from; raises InputError if there is none."""
    if data is None:
        raise InputError("this experiment reads archives", name, "say where they are with --data FOLDER")
    return data


class Source(Protocol):
    """Where observations, grid, covariates and truth come from."""

    def items(self) -> list[Item]:
        """List what is to be ingested; makes the files first where they are synthetic."""
        ...

    def identity(self) -> object:
        """Return what, besides the experiment's source and seed, decides the observations; goes into JSON."""
        ...

    def relief(self) -> Relief | None:
        """Return what tells land from water and how deep it is, or None where nothing does."""
        ...

    def grid(self) -> Grid:
        """Return the grid with its wet cells."""
        ...

    def product(self, grid: Grid, time_axis: TimeAxis, names: tuple[str, ...]) -> Floats:
        """Return covariates of a gridded product, shape (step, cell, channel)."""
        ...

    def truth(self, grid: Grid, time_axis: TimeAxis) -> Floats | None:
        """Return true oxygen, umol kg-1, shape (step, cell), or None where nobody knows it."""
        ...

    def climate_model(self, pattern: str) -> list[Path]:
        """Return the climate model's oxygen files that match a pattern."""
        ...
