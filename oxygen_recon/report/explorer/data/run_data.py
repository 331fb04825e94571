"""The fields, observations and comparisons of a run, by step, level and place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats
from oxygen_recon.dataset.store import load_grid, load_samples
from oxygen_recon.fields.reconstruction import steps_done
from oxygen_recon.report.explorer.data.observations import Observations
from oxygen_recon.report.explorer.data.stored import ArrayOnDisk, Stored, WetCells
from oxygen_recon.runtime.errors import naming_damage
from qc.errors import InputError

INTERVAL = 1.645  # standard errors: 90 % of a normal distribution lie so near to its mean
TRUTH = "truth"
OXYGEN, ERROR, COUNT, COMPARED, DIFFERENCE = "oxygen", "standard_error", "observations", "compared", "difference"
_STORED = {OXYGEN: "oxygen", ERROR: "oxygen_standard_error", COUNT: "observation_count"}


@dataclass(frozen=True)
class RunFiles:
    """Files of a run that the explorer reads.

    Parameters
    ----------
    name : str
        Name of the run.
    reconstruction : Path
        zarr folder in pieces of whole steps.
    series : Path
        The same in pieces of all steps and few columns; it need not exist.
    grid : Path
        Folder of grid, samples and truth, as `oxygen_recon.dataset.store.save` wrote it.
    compared : sequence of Path
        netCDF files of other fields on the same grid and steps: `oxygen` (umol kg-1), named by their title.
    """

    name: str
    reconstruction: Path
    series: Path
    grid: Path
    compared: Sequence[Path] = ()


@dataclass(frozen=True)
class Column:
    """One column of the grid at all steps.

    Parameters
    ----------
    row, place : int
        Latitude and longitude index.
    latitude, longitude : float
        Centre, degrees.
    oxygen, error : array, shape (step, level)
        umol kg-1; NaN where there is none.
    compared : array, shape (step, level), or None
        Oxygen of the compared field, umol kg-1.
    """

    row: int
    place: int
    latitude: float
    longitude: float
    oxygen: Floats
    error: Floats
    compared: Floats | None

    def interval(self) -> tuple[Floats, Floats]:
        """Return the ends of the 90 % interval, not below 0, umol kg-1, shape (step, level)."""
        return np.maximum(self.oxygen - INTERVAL * self.error, 0.0), self.oxygen + INTERVAL * self.error


@dataclass(frozen=True)
class RunData:
    """What a run found, read when it is asked for.

    Parameters
    ----------
    name : str
        Name of the run.
    grid : Grid
        Cells.
    time_axis : TimeAxis
        Steps.
    fields : mapping
        "oxygen", "standard_error" and "observations" of the reconstruction.
    compared : mapping
        Oxygen of other fields, by name.
    observations : Observations
        Samples by place.
    """

    name: str
    grid: Grid
    time_axis: TimeAxis
    fields: Mapping[str, Stored]
    compared: Mapping[str, Stored]
    observations: Observations
    _limits: dict[object, Floats] = field(default_factory=dict, compare=False, repr=False)

    def labels(self) -> list[str]:
        """Return the name of each step: its year, month or first day, whichever tells them apart."""
        edges = self.time_axis.edges
        for unit in ("Y", "M", "D"):
            names = np.datetime_as_string(edges[:-1], unit=unit)
            exact = edges.astype(f"datetime64[{unit}]").astype("datetime64[D]") == edges
            if exact.all() and np.unique(names).size == names.size:
                break
        return [str(name) for name in names]

    def step_of(self, date: str) -> int:
        """Return the step that holds a date, the nearest for one outside the period.

        Parameters
        ----------
        date : str
            "1994", "1994-07" or "1994-07-02".

        Raises
        ------
        ValueError
            If it is no date.
        """
        day = np.datetime64(date, "D")
        return int(np.clip(np.searchsorted(self.time_axis.edges, day, side="right") - 1, 0, len(self.time_axis) - 1))

    def level_of(self, depth: float) -> int:
        """Return the level nearest to a depth.

        Parameters
        ----------
        depth : float
            m.
        """
        return int(np.argmin(np.abs(self.grid.depth - depth)))

    def step(self, quantity: str, step: int, compare: str | None = None) -> Floats:
        """Read one quantity of a step.

        Parameters
        ----------
        quantity : {"oxygen", "standard_error", "observations", "compared", "difference"}
            "difference" is the reconstruction minus the compared field.
        step : int
            Number of the step.
        compare : str, optional
            Name of the compared field, needed by the last two.

        Returns
        -------
        array, shape (level, latitude, longitude)
            NaN on land and where there is no value.
        """
        if quantity not in (COMPARED, DIFFERENCE):
            return self.fields[quantity].step(step)
        other = self.compared[str(compare)].step(step)
        return other if quantity == COMPARED else self.fields[OXYGEN].step(step) - other

    def column(self, row: int, place: int, compare: str | None = None) -> Column:
        """Read one column at all steps.

        Parameters
        ----------
        row, place : int
            Latitude and longitude index.
        compare : str, optional
            Name of the compared field.
        """
        oxygen, error = (self.fields[name].column(row, place) for name in (OXYGEN, ERROR))
        other = None if compare is None else self.compared[compare].column(row, place)
        latitude, longitude = float(self.grid.latitude[row]), float(self.grid.longitude[place])
        return Column(row, place, latitude, longitude, oxygen, error, other)

    def locate(self, latitude: float, longitude: float) -> tuple[int, int] | None:
        """Find the column of a place; None where the grid has no water.

        Parameters
        ----------
        latitude, longitude : float
            Degrees, any convention.
        """
        row, place = (int(index[0]) for index in self.grid.locate(np.array([latitude]), np.array([longitude])))
        return (row, place) if row >= 0 and self.grid.wet[:, row, place].any() else None

    def typical(self, quantity: str, level: int, compare: str | None = None) -> Floats:
        """Return values of a level at the first, the middle and the last step, which colour limits are taken from.

        One scale for all steps: colours must not change their meaning while the years go by.

        Parameters
        ----------
        quantity, compare : str
            As for `step`.
        level : int
            Number of the level.
        """
        key, last = (quantity, level, compare), len(self.time_axis) - 1
        if key not in self._limits:
            chosen = sorted({0, last // 2, last})
            self._limits[key] = np.stack([self.step(quantity, step, compare)[level] for step in chosen])
        return self._limits[key]


def open_run_data(files: RunFiles) -> RunData:
    """Open the files of a finished run; values are read later.

    Parameters
    ----------
    files : RunFiles
        Where they are.

    Returns
    -------
    RunData

    Raises
    ------
    InputError
        If there is no finished reconstruction, a file is damaged, or a compared field is on another grid.
    """
    if not files.reconstruction.exists():
        raise InputError("no reconstruction here", str(files.reconstruction), "run reconstruct first")
    if not steps_done(files.reconstruction).all():
        raise InputError("some steps are not written", str(files.reconstruction), "run reconstruct again")
    grid, time_axis = load_grid(files.grid)
    shape = (len(time_axis), *grid.shape)
    fields = _reconstruction(files, shape)
    compared: dict[str, Stored] = {}
    if (files.grid / "truth.npy").exists():
        compared[TRUTH] = WetCells(files.grid / "truth.npy", grid)
    for path in files.compared:
        name, stored = _netcdf(path, shape)
        compared[name] = stored
    return RunData(files.name, grid, time_axis, fields, compared, Observations(grid, *load_samples(files.grid)))


def _reconstruction(files: RunFiles, shape: tuple[int, ...]) -> dict[str, Stored]:
    """Open the quantities of the reconstruction."""
    import zarr

    with naming_damage(files.reconstruction):
        maps = zarr.open_group(files.reconstruction, mode="r")
        series = zarr.open_group(files.series, mode="r") if files.series.exists() else {}
        found: dict[str, Stored] = {}
        for quantity, name in _STORED.items():
            columns: Any = series[name] if name in series else None
            found[quantity] = ArrayOnDisk(maps[name], columns, -1.0 if quantity == COUNT else None)
        if maps["oxygen"].shape != shape:
            raise InputError("not on the grid of the run", str(files.reconstruction), "run reconstruct again")
    return found


def _netcdf(path: Path, shape: tuple[int, ...]) -> tuple[str, Stored]:
    """Open a compared field and return its name and oxygen."""
    import netCDF4

    with naming_damage(path):
        file = netCDF4.Dataset(path)
        name = str(getattr(file, "title", path.stem))
        if "oxygen" not in file.variables or file["oxygen"].shape != shape:
            raise InputError("no oxygen on the grid and steps of the run", str(path), "run validate again")
        return name, ArrayOnDisk(file["oxygen"])
