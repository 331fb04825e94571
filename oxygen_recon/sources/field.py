"""A gridded field as the truth: sampled as casts at some columns, and scored in every other cell."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import xarray as xr
from pydantic import Field

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats
from oxygen_recon.fields import grids, regrid
from oxygen_recon.observations.collection import Item, key_of
from oxygen_recon.sources.interface import SourceSettings, data_folder
from qc.config import Strict
from qc.errors import Refused
from qc.physics.seawater import RHO_CONSTANT
from qc.table import schema


def sampled_columns(observed: xr.DataArray, keep: float, seed: int) -> np.ndarray:
    """Choose the water columns that are sampled.

    Parameters
    ----------
    observed : xarray.DataArray
        Observed values, shape (depth, lat, lon); a column counts as observed where any level is finite.
    keep : float
        Share of the observed columns that is sampled.
    seed : int
        Seed of `numpy.random.default_rng`, drawn once for the whole (lat, lon) array.

    Returns
    -------
    bool array, shape (lat, lon)
        True where the column is sampled.
    """
    found = np.isfinite(observed.to_numpy()).any(axis=0)
    return np.asarray(found & (np.random.default_rng(seed).random(found.shape) < keep))


def casts(field: xr.Dataset, truth: str, observed: str, keep: float, seed: int, name: str, year: int) -> pa.Table:
    """Write the sampled cells as observations, one cast a column.

    Parameters
    ----------
    field : xarray.Dataset
        As `oxygen_recon.fields.regrid.open_field` returns it.
    truth, observed : str
        Variable that is sampled (mmol m-3), and variable whose finite cells are the places of the samples.
    keep : float
        Share of the observed columns that is sampled.
    seed : int
        See `sampled_columns`.
    name : str
        Source and file name in the table.
    year : int
        The casts are dated to 1 July of this year.

    Returns
    -------
    pyarrow.Table
        Observations; oxygen in umol/kg by the constant density 1.025 kg/L, original value and unit kept.
    """
    sampled = np.isfinite(field[observed].to_numpy()) & field["wet"].to_numpy().astype(bool)
    sampled &= sampled_columns(field[observed], keep, seed)
    level, row, column = np.nonzero(sampled)
    longitude = (field["lon"].to_numpy()[column].astype(float) + 180.0) % 360.0 - 180.0
    value = field[truth].to_numpy()[sampled].astype(float)
    identity = [f"{i}-{j}" for i, j in zip(row, column)]
    return schema.from_columns(
        {
            "source": name,
            "file": name,
            "cast": identity,
            "cruise": identity,
            "instrument": "field",
            "time": np.full(value.size, np.datetime64(f"{year}-07-01", "ms")),
            "latitude": field["lat"].to_numpy()[row].astype(float),
            "longitude": longitude,
            "depth": field["depth"].to_numpy()[level].astype(float),
            "oxygen": value / RHO_CONSTANT,
            "oxygen_original": value,
            "oxygen_original_unit": "mmol m-3",
        },
        name,
    )


class FieldSourceConfig(Strict):
    """A gridded field as the truth, sampled at some of the columns of a second, observed field.

    Parameters
    ----------
    kind : "field"
        A known field is sampled, and the reconstruction compared with it.
    entry : str
        Dataset of the catalogue that holds both fields.
    truth : str
        Variable that is to be reconstructed.
    observed : str
        Variable whose finite cells are the places of observations.
    keep_columns : float [1]
        Share of the observed columns that is sampled.
    """

    kind: Literal["field"]
    entry: str
    truth: str
    observed: str
    keep_columns: float = Field(gt=0, le=1)

    def open(self, settings: SourceSettings, folder: Path, data: Path | None) -> FieldSource:
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
        FieldSource
            No file is read yet.

        Raises
        ------
        InputError
            If `data` is None.
        """
        return FieldSource(settings, self, data_folder(data, settings.name))


@dataclass(frozen=True)
class FieldSource:
    """A gridded field sampled at some columns.

    Parameters
    ----------
    settings : SourceSettings
    config : FieldSourceConfig
    data : Path
        Folder that the catalogue's file patterns start from.
    """

    settings: SourceSettings
    config: FieldSourceConfig
    data: Path

    @property
    def has_truth(self) -> bool:
        """The field itself is the truth."""
        return True

    def _field(self) -> xr.Dataset:
        return regrid.open_field(self._path(), [self.config.truth, self.config.observed, *self.settings.product])

    def _path(self) -> Path:
        return self.settings.catalogue().resolve(self.config.entry, self.data)[0]

    def items(self) -> list[Item]:
        """List the one table of sampled columns."""
        key = f"{self.config.entry}-seed{self.settings.seed}"
        return [Item(key, str(self._path()), self._casts)]

    def _casts(self, refused: list[Refused]) -> pa.Table:
        source, seed, year = self.config, self.settings.seed, self.settings.start
        return casts(self._field(), source.truth, source.observed, source.keep_columns, seed, source.entry, year)

    def identity(self) -> object:
        """Name the file by name, size and time of change, and the year of its casts."""
        return [key_of(self.config.entry, self._path(), by_name=True), self.settings.start]

    def relief(self) -> None:
        """Return none: the casts are the field's own wet columns."""
        return None

    def grid(self) -> Grid:
        """Return the field's own grid, its edges from the bounds of the file where it has some."""
        return grids.grid_of(self._field())

    def product(self, grid: Grid, time_axis: TimeAxis, names: tuple[str, ...]) -> Floats:
        """Read other variables of the same file.

        Parameters
        ----------
        grid : Grid
            Cells, in the order of `Grid.gather`.
        time_axis : TimeAxis
            Steps.
        names : tuple of str, length channel
            Variables of the file.

        Returns
        -------
        float32 array, shape (step, cell, channel)
            The file's units; NaN is missing.

        Raises
        ------
        InputError
            If the file lacks a variable.
        """
        return regrid.field_covariates(self._field(), grid, time_axis, names, method="nearest")

    def truth(self, grid: Grid, time_axis: TimeAxis) -> Floats:
        """Return the field in umol kg-1, the same at every step.

        Parameters
        ----------
        grid : Grid
            The field's own grid.
        time_axis : TimeAxis
            Steps.

        Returns
        -------
        array, shape (step, cell)
            Converted from mmol m-3 by the constant density 1.025 kg/L.
        """
        values = self._field()[self.config.truth].to_numpy().astype(float) / RHO_CONSTANT
        return np.broadcast_to(grid.gather(values), (len(time_axis), grid.cells))

    @property
    def files(self) -> Path:
        """Folder that the patterns of files start from."""
        return self.data
