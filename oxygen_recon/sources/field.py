"""A gridded field that plays the truth: shown as casts at some columns, scored in every other cell."""

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
from oxygen_recon.fields import grids
from oxygen_recon.fields import regrid as gridded
from oxygen_recon.observations import catalog
from oxygen_recon.observations.collection import Item, key_of
from oxygen_recon.sources.interface import SourceSettings, data_folder
from qc.config import Strict
from qc.table import schema

CONSTANT_DENSITY = 1.025  # kg/L; umol/kg = mmol m-3 / 1.025, the constant policy of WOD and of CMIP6 oxygen studies


def shown_columns(observed: xr.DataArray, keep: float, seed: int) -> np.ndarray:
    """Choose the water columns whose truth is shown.

    Parameters
    ----------
    observed : xarray.DataArray
        (depth, lat, lon); a column counts as visited where any level is finite.
    keep : float
        Share of the visited columns that is kept.
    seed : int
        Of `numpy.random.default_rng`, drawn once for the whole (lat, lon) array.

    Returns
    -------
    bool array, shape (lat, lon)
    """
    visited = np.isfinite(observed.to_numpy()).any(axis=0)
    return np.asarray(visited & (np.random.default_rng(seed).random(visited.shape) < keep))


def casts(field: xr.Dataset, truth: str, observed: str, keep: float, seed: int, name: str, year: int) -> pa.Table:
    """Write the shown cells as observations, one cast a column.

    Parameters
    ----------
    field : xarray.Dataset
        From `open_field`.
    truth, observed : str
        Variable that is shown (mmol m-3) and variable whose finite cells say where.
    keep : float
        Share of the visited columns.
    seed : int
        See `shown_columns`.
    name : str
        Source and file name in the table.
    year : int
        Year the casts are dated to, 1 July.

    Returns
    -------
    pyarrow.Table
        Observations; oxygen in umol/kg by the constant density 1.025 kg/L, original value and unit kept.
    """
    seen = np.isfinite(field[observed].to_numpy()) & field["wet"].to_numpy().astype(bool)
    seen &= shown_columns(field[observed], keep, seed)
    level, row, column = np.nonzero(seen)
    longitude = (field["lon"].to_numpy()[column].astype(float) + 180.0) % 360.0 - 180.0
    value = field[truth].to_numpy()[seen].astype(float)
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
            "oxygen": value / CONSTANT_DENSITY,
            "oxygen_original": value,
            "oxygen_original_unit": "mmol m-3",
        },
        name,
    )


class FieldSourceConfig(Strict):
    """A gridded field that plays the truth, shown only at some of the columns of a second, observed field."""

    kind: Literal["field"]
    entry: str
    truth: str  # variable that is to be reconstructed
    observed: str  # variable whose finite cells say where observations exist
    keep_columns: float = Field(gt=0, le=1)  # share of those columns that is shown

    def open(self, settings: SourceSettings, folder: Path, data: Path | None) -> FieldSource:
        """Open the source; raises InputError if there is no data folder."""
        return FieldSource(settings, self, data_folder(data, settings.name))


@dataclass(frozen=True)
class FieldSource:
    """A gridded field shown at some columns."""

    settings: SourceSettings
    config: FieldSourceConfig
    data: Path

    def _field(self) -> xr.Dataset:
        return gridded.open_field(self._path(), [self.config.truth, self.config.observed, *self.settings.product])

    def _path(self) -> Path:
        return catalog.load().resolve(self.config.entry, self.data)[0]

    def items(self) -> list[Item]:
        """List the one table of shown columns."""
        key = f"{self.config.entry}-seed{self.settings.seed}"
        return [Item(key, str(self._path()), self._shown)]

    def _shown(self) -> pa.Table:
        source, seed, year = self.config, self.settings.seed, self.settings.start
        return casts(self._field(), source.truth, source.observed, source.keep_columns, seed, source.entry, year)

    def identity(self) -> object:
        """Name the file by path, size and time of change, and the year that its casts are dated to."""
        return [key_of(self.config.entry, self._path()), self.settings.start]

    def relief(self) -> None:
        """Return none: the casts are the field's own wet columns."""
        return None

    def grid(self) -> Grid:
        """Return the field's own grid."""
        return grids.grid_of(self._field(), use_bounds=False)  # the published tables are made with edges midway

    def product(self, grid: Grid, time_axis: TimeAxis, names: tuple[str, ...]) -> Floats:
        """Read other variables of the same file."""
        return gridded.field_covariates(self._field(), grid, time_axis, names, method="nearest")

    def truth(self, grid: Grid, time_axis: TimeAxis) -> Floats:
        """Return the field that plays the truth."""
        values = self._field()[self.config.truth].to_numpy().astype(float) / CONSTANT_DENSITY
        return np.broadcast_to(grid.gather(values), (len(time_axis), grid.cells))

    def climate_model(self, pattern: str) -> list[Path]:
        """Find the files under the data folder."""
        return sorted(self.data.glob(pattern))
