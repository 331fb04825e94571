"""The embedded twin ocean as a source: native archive files, gridded analyses and a truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import xarray as xr
from pydantic import ValidationError

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats
from oxygen_recon.fields import grids, regrid
from oxygen_recon.observations.collection import Item
from oxygen_recon.observations.discover import Archive
from oxygen_recon.sources import twin
from oxygen_recon.sources.interface import SourceSettings
from oxygen_recon.sources.twin import TwinConfig
from qc.config import Strict
from qc.errors import InputError
from qc.physics.bathymetry import Relief


class TwinSourceConfig(Strict):
    """Observations from the embedded twin ocean, written as native archive files first.

    Parameters
    ----------
    kind : "twin"
        Observations of a synthetic ocean whose oxygen is known everywhere.
    twin : TwinConfig
        Settings of the twin; seed, period, resolution and levels are those of the experiment.
    """

    kind: Literal["twin"]
    twin: TwinConfig = TwinConfig()

    def open(self, settings: SourceSettings, folder: Path, data: Path | None) -> TwinSource:
        """Open the source, its files in `folder`; makes none yet.

        Parameters
        ----------
        settings : SourceSettings
            Settings of the experiment.
        folder : Path
            Where the twin's files are made.
        data : Path or None
            Not used.
        """
        return TwinSource(settings, self, folder)


@dataclass(frozen=True)
class TwinSource:
    """The embedded twin ocean, on the grid and over the period of the experiment.

    Parameters
    ----------
    settings : SourceSettings
    config : TwinSourceConfig
    folder : Path
        Where the twin's files are made.
    """

    settings: SourceSettings
    config: TwinSourceConfig
    folder: Path

    @property
    def has_truth(self) -> bool:
        """The twin's oxygen is known everywhere."""
        return True

    def twin_config(self) -> TwinConfig:
        """Return the twin's settings, with seed, grid and period of the experiment."""
        grid = self.settings.region()
        of_experiment = {
            "seed": self.config.twin.seed + self.settings.seed,
            "start": self.settings.start,
            "end": self.settings.end,
            "resolution": grid.resolution,
            "levels": grid.levels,
        }
        try:
            return TwinConfig.model_validate(self.config.twin.model_dump() | of_experiment)
        except ValidationError as error:
            fault = error.errors()[0]["msg"].removeprefix("Value error, ")
            raise InputError(fault, f"{self.settings.name}: twin ocean", "change the period or the grid") from error

    def items(self) -> list[Item]:
        """List the archive files, after making them where they are missing or of other settings."""
        config = self.twin_config()
        made = self.folder / "twin.json"
        if not made.exists() or made.read_text() != config.model_dump_json(indent=1) + "\n":
            twin.make(config, self.folder)
        files = sorted(path for path in (self.folder / "archives").rglob("*") if path.is_file())
        return [Item(f"twin-{path.name}", str(path), Archive(path)) for path in files]

    def identity(self) -> object:
        """Return the settings of the twin."""
        return self.twin_config().model_dump(mode="json")

    def relief(self) -> Relief:
        """Return the twin's relief."""
        return Relief(self.folder / "relief.nc")

    def grid(self) -> Grid:
        """Make the grid, wet where the true field has water."""
        return grids.make_grid(self.settings.region(), wet=self._truth()["wet"])

    def product(self, grid: Grid, time_axis: TimeAxis, names: tuple[str, ...]) -> Floats:
        """Read the analysis of temperature and salinity and the nutrient climatology; they have errors.

        Parameters
        ----------
        grid : Grid
            Cells, in the order of `Grid.gather`.
        time_axis : TimeAxis
            Steps.
        names : tuple of str, length channel
            Variables of the analysis.

        Returns
        -------
        float32 array, shape (step, cell, channel)
            The analysis's units; NaN is missing.

        Raises
        ------
        InputError
            If the analysis lacks a variable.
        """
        with xr.open_dataset(self.folder / "analysis.nc") as dataset:
            return regrid.field_covariates(dataset, grid, time_axis, names, method="nearest")

    def truth(self, grid: Grid, time_axis: TimeAxis) -> Floats:
        """Read the true yearly means.

        Parameters
        ----------
        grid : Grid
            Cells, in the order of `Grid.gather`.
        time_axis : TimeAxis
            Steps.

        Returns
        -------
        float32 array, shape (step, cell)
            Oxygen, umol kg-1.
        """
        return regrid.field_covariates(self._truth(), grid, time_axis, ("oxygen",), method="nearest")[..., 0]

    @property
    def files(self) -> Path:
        """Folder that the patterns of files start from."""
        return self.folder

    def _truth(self) -> xr.Dataset:
        return xr.open_dataset(self.folder / "truth" / "truth.nc")
