"""The interface of every source of observations, and the settings of the experiment that a source receives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats
from oxygen_recon.fields.grids import GridConfig
from oxygen_recon.observations import catalog
from oxygen_recon.observations.catalog import Catalog
from oxygen_recon.observations.collection import Item
from qc.errors import InputError
from qc.physics.bathymetry import Relief


@dataclass(frozen=True)
class SourceSettings:
    """The settings of an experiment that its source depends on.

    Parameters
    ----------
    name : str
        Name of the experiment, for messages.
    seed : int
        Seed of everything the source draws at random.
    start, end : int
        First and last year.
    grid : GridConfig or None
        Region, resolution and levels; None for the source's own grid.
    product : tuple of str
        Covariates that are read from the source's gridded product.
    catalog : Path, optional
        YAML file of catalogue entries of the user's own.
    """

    name: str
    seed: int
    start: int
    end: int
    grid: GridConfig | None
    product: tuple[str, ...] = ()
    catalog: Path | None = None

    def catalogue(self) -> Catalog:
        """Return the datasets of the catalogue, the user's own among them."""
        return catalog.load(own=self.catalog)

    def region(self) -> GridConfig:
        """Return the settings of the grid; raises InputError if the experiment leaves the grid to its source."""
        if self.grid is None:
            raise InputError('grid "source" needs a field source', self.name, "give a region, resolution and levels")
        return self.grid


def data_folder(data: Path | None, name: str) -> Path:
    """Return the data folder, or raise where an experiment that needs one has none.

    Parameters
    ----------
    data : Path or None
        Folder that the catalogue's file patterns start from.
    name : str
        Name of the experiment, for the message.

    Returns
    -------
    Path

    Raises
    ------
    InputError
        If `data` is None.
    """
    if data is None:
        raise InputError("this experiment reads archives", name, "name their folder with --data FOLDER")
    return data


class Source(Protocol):
    """Where observations, grid, covariates and truth come from."""

    @property
    def has_truth(self) -> bool:
        """Whether the source holds the true field, so that never-sampled cells can be scored."""
        ...

    def items(self) -> list[Item]:
        """List the files to ingest; makes them first where they are synthetic."""
        ...

    def identity(self) -> object:
        """Return, fit for JSON, all that decides the observations besides the experiment's source and seed."""
        ...

    def relief(self) -> Relief | None:
        """Return the relief that tells land from water and gives the sea floor, or None where there is none."""
        ...

    def grid(self) -> Grid:
        """Return the grid with its wet cells."""
        ...

    def product(self, grid: Grid, time_axis: TimeAxis, names: tuple[str, ...]) -> Floats:
        """Return covariates of a gridded product, shape (step, cell, channel).

        Parameters
        ----------
        grid : Grid
            Cells, in the order of `Grid.gather`.
        time_axis : TimeAxis
            Steps.
        names : tuple of str, length channel
            Names of the covariates.

        Returns
        -------
        array, shape (step, cell, channel)
            Units as in `Domain.covariates`; NaN is missing.

        Raises
        ------
        InputError
            If the source has no product, or the product lacks a covariate.
        """
        ...

    def truth(self, grid: Grid, time_axis: TimeAxis) -> Floats | None:
        """Return true oxygen, umol kg-1, shape (step, cell), or None where it is unknown.

        Parameters
        ----------
        grid : Grid
            Cells, in the order of `Grid.gather`.
        time_axis : TimeAxis
            Steps.
        """
        ...

    @property
    def files(self) -> Path:
        """Folder that the patterns of files start from, such as those of climate models."""
        ...
