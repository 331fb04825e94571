"""Observations from archive files, of catalogue entries and of the user's own; the sea floor from a relief."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats
from oxygen_recon.fields import grids
from oxygen_recon.observations import discover
from oxygen_recon.observations.collection import Item, key_of
from oxygen_recon.observations.discover import Archive
from oxygen_recon.sources.interface import SourceSettings, data_folder
from qc.config import Strict
from qc.errors import InputError
from qc.physics import bathymetry
from qc.physics.bathymetry import Relief


class ArchiveSourceConfig(Strict):
    """Observations from archive files, of catalogue entries and of the user's own.

    Parameters
    ----------
    kind : "archives"
        Observations are read from archive files.
    entries : list of str
        Datasets of the catalogue (`oxygen-recon fetch` lists them), whose files lie in the folder of `--data`.
    paths : list of Path
        Files of your own, folders or patterns, from the current folder; their format is found by their content.
    tables : list of str
        YAML files (or entries) that describe the delimited text tables among `paths`: which column is what.
    relief : str
        Entry of the catalogue, or netCDF file (m, positive up), that tells sea from land and how deep it is.
    """

    kind: Literal["archives"]
    entries: list[str] = Field(default=[])
    paths: list[Path] = Field(default=[])
    tables: list[str] = Field(default=[])
    relief: str

    @model_validator(mode="after")
    def _of_something(self) -> ArchiveSourceConfig:
        """Refuse a source without files, and a description of none."""
        if not self.entries and not self.paths:
            raise ValueError("no observations; name entries of the catalogue, or paths of files of your own")
        if self.tables and not self.paths:
            raise ValueError("tables describe the files of paths; name these files under paths")
        return self

    @property
    def own_relief(self) -> bool:
        """Whether the relief is a file of the user's own, not an entry of the catalogue."""
        return Path(self.relief).suffix in (".nc", ".cdf", ".gz", ".grd")

    def open(self, settings: SourceSettings, folder: Path, data: Path | None) -> ArchiveSource:
        """Open the source; raises InputError if it needs a data folder and there is none.

        Parameters
        ----------
        settings : SourceSettings
            Settings of the experiment.
        folder : Path
            Of the source, in the run's: what lies in the folder of runs is no archive.
        data : Path or None
            Folder that the catalogue's file patterns start from.

        Returns
        -------
        ArchiveSource
            No file is read yet.

        Raises
        ------
        InputError
            If `data` is None, and observations or relief are of the catalogue.
        """
        if self.entries:
            data_folder(data, settings.name)
        if data is None and not self.own_relief:
            what = f"relief {self.relief} is an entry of the catalogue, and is looked for under --data FOLDER"
            raise InputError(what, settings.name, "name the folder with --data, or a netCDF file as relief")
        return ArchiveSource(settings, self, data, folder.absolute().parent.parent)


@dataclass(frozen=True)
class ArchiveSource:
    """Observations from archive files, of catalogue entries and of the user's own; the sea floor from a relief.

    Parameters
    ----------
    settings : SourceSettings
    config : ArchiveSourceConfig
    data : Path or None
        Folder that the catalogue's file patterns start from; None where nothing is of the catalogue.
    runs : Path, optional
        Folder of runs, whose files are no archives, unless `paths` names one in it.
    """

    settings: SourceSettings
    config: ArchiveSourceConfig
    data: Path | None
    runs: Path | None = None

    @property
    def has_truth(self) -> bool:
        """Archives hold no true field."""
        return False

    def items(self) -> list[Item]:
        """List the files of the entries, and those of the user's own that are not among them."""
        known = self.settings.catalogue()
        archives = [
            (name, Archive.of(path, known.entry(name)))
            for name in self.config.entries
            for path in known.resolve(name, data_folder(self.data, self.settings.name))
        ]
        items = [archive.item(name) for name, archive in archives]
        of_entries = {archive.path.resolve() for _, archive in archives}
        paths = [str(path) for path in self.config.paths]
        own = discover.find(paths, self.config.tables, self._left_out(), own=self.settings.catalog)
        return items + [item for item in own if Path(item.file).resolve() not in of_entries]

    def _left_out(self) -> Path | None:
        """Return the folder of runs; of runs that lie beside the archives, that of this one only."""
        if self.runs is None or not any(path.absolute().is_relative_to(self.runs) for path in self.config.paths):
            return self.runs
        return self.runs / self.settings.name

    def identity(self) -> object:
        """Name the files, the relief among them, by name, size, time of change and how they are read."""
        read = [(item.key.split("-")[0], item.read) for item in self.items()]
        keys = [one.key(name, by_name=True) if isinstance(one, Archive) else str(one) for name, one in read]
        return [*sorted(keys), key_of("relief", self.relief().path, by_name=True)]

    def relief(self) -> Relief:
        """Return the relief of the catalogue, or the user's own."""
        if not self.config.own_relief:
            data = data_folder(self.data, self.settings.name)
            return Relief(self.settings.catalogue().resolve(self.config.relief, data)[0])
        if not Path(self.config.relief).is_file():
            raise InputError("no such relief", self.config.relief, "name a netCDF file, or an entry of the catalogue")
        return Relief(Path(self.config.relief).absolute())  # workers elsewhere start from another place

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

    @property
    def files(self) -> Path:
        """Folder that the patterns of files start from."""
        return data_folder(self.data, self.settings.name)
