"""Where an experiment's world comes from: archive files, the twin ocean, or a field that plays the truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
import pyarrow as pa
import xarray as xr
from pydantic import ValidationError

from graphs.grid import Grid
from graphs.time_axis import Timeline
from oxygen_recon.dataset import samples as gridding
from oxygen_recon.dataset.domain import Floats
from oxygen_recon.fields import regrid as gridded
from oxygen_recon.observations import catalog
from oxygen_recon.observations.collection import Item, key_of
from oxygen_recon.observations.discover import Archive
from oxygen_recon.pipeline.experiment import ArchiveSource, Experiment, FieldSource, TwinSource
from oxygen_recon.runtime.errors import Mistake
from oxygen_recon.sources import field as field_source
from oxygen_recon.sources import twin
from oxygen_recon.sources.field import Relief


class World(Protocol):
    """What the stages ask of a source."""

    def items(self) -> list[Item]:
        """List what is to be ingested; makes the files first where the world is synthetic."""
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

    def product(self, grid: Grid, timeline: Timeline, names: tuple[str, ...]) -> Floats:
        """Return covariates of a gridded product, shape (step, cell, channel)."""
        ...

    def truth(self, grid: Grid, timeline: Timeline) -> Floats | None:
        """Return true oxygen, umol kg-1, shape (step, cell), or None where nobody knows it."""
        ...

    def climate_model(self, pattern: str) -> list[Path]:
        """Return the climate model's oxygen files that match a pattern."""
        ...


def world(experiment: Experiment, folder: Path, data: Path | None) -> World:
    """Open the world of an experiment.

    Parameters
    ----------
    experiment : Experiment
    folder : Path
        Where a synthetic world keeps its files.
    data : Path or None
        Root of the catalogue's file patterns.

    Returns
    -------
    World

    Raises
    ------
    Mistake
        If the experiment needs data and no folder is given.
    """
    if isinstance(experiment.source, TwinSource):
        return TwinWorld(experiment, experiment.source, folder)
    if data is None:
        raise Mistake("this experiment reads archives", experiment.name, "say where they are with --data FOLDER")
    if isinstance(experiment.source, FieldSource):
        return FieldWorld(experiment, experiment.source, data)
    return ArchiveWorld(experiment, experiment.source, data)


def _grid_config(experiment: Experiment) -> gridding.GridConfig:
    if isinstance(experiment.grid, str):
        raise Mistake('grid "source" needs a field source', experiment.name, "give a region, resolution and levels")
    return experiment.grid


@dataclass(frozen=True)
class TwinWorld:
    """The embedded twin ocean, on the grid and over the period of the experiment."""

    experiment: Experiment
    source: TwinSource
    folder: Path

    def config(self) -> twin.TwinConfig:
        """Settle the twin's seed, grid and period by the experiment."""
        grid, period = _grid_config(self.experiment), self.experiment.period
        settled = {
            "seed": self.source.twin.seed + self.experiment.seed,
            "start": period.start,
            "end": period.end,
            "resolution": grid.resolution,
            "levels": grid.levels,
        }
        try:
            return twin.TwinConfig.model_validate(self.source.twin.model_dump() | settled)
        except ValidationError as error:
            fault = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise Mistake(fault, f"{self.experiment.name}: twin ocean", "change the period or the grid") from error

    def items(self) -> list[Item]:
        """List the archive files, making them first where they are missing or another twin's."""
        config = self.config()
        mark = self.folder / "twin.json"
        if not mark.exists() or mark.read_text() != config.model_dump_json(indent=1) + "\n":
            twin.make(config, self.folder)
        files = sorted(path for path in (self.folder / "archives").rglob("*") if path.is_file())
        return [Item(f"twin-{path.name}", str(path), Archive(path)) for path in files]

    def identity(self) -> object:
        """Return the settings of the twin."""
        return self.config().model_dump(mode="json")

    def relief(self) -> Relief:
        """Return the twin's relief."""
        return Relief(self.folder / "relief.nc")

    def grid(self) -> Grid:
        """Make the grid, wet where the twin's truth is."""
        return gridding.make_grid(_grid_config(self.experiment), wet=self._truth()["wet"])

    def product(self, grid: Grid, timeline: Timeline, names: tuple[str, ...]) -> Floats:
        """Read the analysis of temperature and salinity and the nutrient climatology; they have errors."""
        with xr.open_dataset(self.folder / "analysis.nc") as dataset:
            return gridded.field_covariates(dataset, grid, timeline, names, method="nearest")

    def truth(self, grid: Grid, timeline: Timeline) -> Floats:
        """Read the true yearly means."""
        return gridded.field_covariates(self._truth(), grid, timeline, ("oxygen",), method="nearest")[..., 0]

    def climate_model(self, pattern: str) -> list[Path]:
        """Find the files of the twin's climate model."""
        return sorted(self.folder.glob(pattern))

    def _truth(self) -> xr.Dataset:
        return xr.open_dataset(self.folder / "truth" / "truth.nc")


@dataclass(frozen=True)
class ArchiveWorld:
    """Observations from archive files named by catalogue entries; the sea floor from a relief."""

    experiment: Experiment
    source: ArchiveSource
    data: Path

    def items(self) -> list[Item]:
        """List the files of the entries."""
        known = catalog.load()
        archives = [
            (name, Archive.of(path, known.entry(name)))
            for name in self.source.entries
            for path in known.resolve(name, self.data)
        ]
        return [Item(archive.key(name), str(archive.path), archive) for name, archive in archives]

    def identity(self) -> object:
        """Name the files, the relief among them, by path, size and time of change."""
        return [*(item.key for item in self.items()), key_of("relief", self.relief().path)]

    def relief(self) -> Relief:
        """Return the relief of the catalogue."""
        return Relief(catalog.load().resolve(self.source.relief, self.data)[0])

    def grid(self) -> Grid:
        """Make the grid, wet where the relief is deep enough."""
        return gridding.make_grid(_grid_config(self.experiment), relief=field_source.open_relief(self.relief().path))

    def product(self, grid: Grid, timeline: Timeline, names: tuple[str, ...]) -> Floats:
        """Refuse: archives bring no gridded product."""
        raise Mistake("archives bring no gridded product", self.experiment.name, "use covariates: {kind: observed}")

    def truth(self, grid: Grid, timeline: Timeline) -> None:
        """Nobody knows it."""
        return None

    def climate_model(self, pattern: str) -> list[Path]:
        """Find the files under the data folder."""
        return sorted(self.data.glob(pattern))


@dataclass(frozen=True)
class FieldWorld:
    """A gridded field shown at some columns."""

    experiment: Experiment
    source: FieldSource
    data: Path

    def _field(self) -> xr.Dataset:
        covariates = self.experiment.covariates
        asked = covariates.names if covariates.kind == "product" else []
        return field_source.open_field(self._path(), [self.source.truth, self.source.observed, *asked])

    def _path(self) -> Path:
        return catalog.load().resolve(self.source.entry, self.data)[0]

    def items(self) -> list[Item]:
        """List the one table of shown columns."""
        key = f"{self.source.entry}-seed{self.experiment.seed}"
        return [Item(key, str(self._path()), self._shown)]

    def _shown(self) -> pa.Table:
        source, seed, year = self.source, self.experiment.seed, self.experiment.period.start
        return field_source.casts(
            self._field(), source.truth, source.observed, source.keep_columns, seed, source.entry, year
        )

    def identity(self) -> object:
        """Name the file by path, size and time of change, and the year that its casts are dated to."""
        return [key_of(self.source.entry, self._path()), self.experiment.period.start]

    def relief(self) -> None:
        """Return none: the casts are the field's own wet columns."""
        return None

    def grid(self) -> Grid:
        """Return the field's own grid."""
        return field_source.grid_of(self._field())

    def product(self, grid: Grid, timeline: Timeline, names: tuple[str, ...]) -> Floats:
        """Read other variables of the same file."""
        return gridded.field_covariates(self._field(), grid, timeline, names, method="nearest")

    def truth(self, grid: Grid, timeline: Timeline) -> Floats:
        """Return the field that plays the truth."""
        values = self._field()[self.source.truth].to_numpy().astype(float) / field_source.CONSTANT_DENSITY
        return np.broadcast_to(grid.gather(values), (len(timeline), grid.cells))

    def climate_model(self, pattern: str) -> list[Path]:
        """Find the files under the data folder."""
        return sorted(self.data.glob(pattern))
