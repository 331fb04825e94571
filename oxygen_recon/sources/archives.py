"""Observations from archive files named by catalogue entries; the sea floor from a relief."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats
from oxygen_recon.fields import grids
from oxygen_recon.observations import catalog
from oxygen_recon.observations.collection import Item, key_of
from oxygen_recon.observations.discover import Archive
from oxygen_recon.sources.interface import SourceSettings, data_folder
from qc.config import Strict
from qc.errors import InputError
from qc.physics import bathymetry
from qc.physics.bathymetry import Relief


class ArchiveSourceConfig(Strict):
    """Observations from archive files named by catalogue entries."""

    kind: Literal["archives"]
    entries: list[str] = Field(min_length=1)
    relief: str  # catalogue entry of a relief (m, positive up): what is sea, and how deep

    def open(self, settings: SourceSettings, folder: Path, data: Path | None) -> ArchiveSource:
        """Open the source; raises InputError if there is no data folder.

        Parameters
        ----------
        settings : SourceSettings
            Settings of the experiment.
        folder : Path
            Not used: nothing is made.
        data : Path or None
            Folder that the catalogue's file patterns start from.

        Returns
        -------
        ArchiveSource
            No file is read yet.

        Raises
        ------
        InputError
            If `data` is None.
        """
        return ArchiveSource(settings, self, data_folder(data, settings.name))


@dataclass(frozen=True)
class ArchiveSource:
    """Observations from archive files named by catalogue entries; the sea floor from a relief.

    Parameters
    ----------
    settings : SourceSettings
    config : ArchiveSourceConfig
    data : Path
        Folder that the catalogue's file patterns start from.
    """

    settings: SourceSettings
    config: ArchiveSourceConfig
    data: Path

    @property
    def has_truth(self) -> bool:
        """Archives hold no true field."""
        return False

    def items(self) -> list[Item]:
        """List the files of the entries."""
        known = catalog.load()
        archives = [
            (name, Archive.of(path, known.entry(name)))
            for name in self.config.entries
            for path in known.resolve(name, self.data)
        ]
        return [archive.item(name) for name, archive in archives]

    def identity(self) -> object:
        """Name the files, the relief among them, by path, size and time of change."""
        return [*(item.key for item in self.items()), key_of("relief", self.relief().path)]

    def relief(self) -> Relief:
        """Return the relief of the catalogue."""
        return Relief(catalog.load().resolve(self.config.relief, self.data)[0])

    def grid(self) -> Grid:
        """Make the grid, wet where the relief is deep enough."""
        return grids.make_grid(self.settings.region(), relief=bathymetry.open_relief(self.relief().path))

    def product(self, grid: Grid, time_axis: TimeAxis, names: tuple[str, ...]) -> Floats:
        """Raise InputError: archives have no gridded product.

        Parameters
        ----------
        grid, time_axis, names : object
            As in `Source.product`; not used.

        Raises
        ------
        InputError
            Always.
        """
        raise InputError("archives have no gridded product", self.settings.name, "use covariates: {kind: observed}")

    def truth(self, grid: Grid, time_axis: TimeAxis) -> None:
        """Return None: the true field is unknown.

        Parameters
        ----------
        grid, time_axis : object
            As in `Source.truth`; not used.
        """
        return None

    def climate_model(self, pattern: str) -> list[Path]:
        """Find the files under the data folder.

        Parameters
        ----------
        pattern : str
            Glob pattern below the data folder.
        """
        return sorted(self.data.glob(pattern))
