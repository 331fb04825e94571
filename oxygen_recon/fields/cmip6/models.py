"""Oxygen of climate models: the files of each run joined in time, as moles per mass; no two runs are merged."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Literal

import gsw
import numpy as np

from graphs.types import Floats
from oxygen_recon.fields.cf import PER_MASS, PER_VOLUME
from oxygen_recon.fields.cmip6.files import MESH, ModelFile, RunName, open_file
from qc.errors import InputError
from qc.physics.seawater import RHO_CONSTANT

CONSTANT_DENSITY = 1000.0 * RHO_CONSTANT  # kg m-3, the usual choice of studies of oxygen minimum zones in CMIP6
# What a scenario goes on from: forced by concentrations, or by emissions of carbon, in CMIP6 and in CMIP5.
_GOES_ON = {"historical": ("ssp", "rcp"), "esm-hist": ("esm-ssp",), "esmHistorical": ("esmrcp",)}
_SAME_TIME = 3  # decimals of a year: a third of a day

Step = tuple[ModelFile, int]


@dataclass(frozen=True)
class ClimateModel:
    """Oxygen of one model run, read time by time.

    Parameters
    ----------
    oxygen : tuple of (ModelFile, int)
        For each time, in order: the file, and the number of the time in it.
    water : mapping of float to ((ModelFile, int), (ModelFile, int))
        Potential temperature (degC) and practical salinity by year; empty where they are not known.
    years : array, shape (time,)
        Decimal years in the model's own calendar, increasing.
    depth : array, shape (level,)
        m, increasing.
    latitude, longitude : array, shape (row, column) or (node,)
        Degrees north and east; NaN where the file has none.
    factor : float
        Turns a stored value into umol m-3, or into umol kg-1 where `density` is "per mass".
    density : {"constant 1025 kg m-3", "potential density of thetao and so", "per mass"}
        How a volume became a mass.
    run : RunName
        Model, experiment (of the last file where a scenario goes on), member and grid.
    name : str
        What tells the run from others that were opened with it, for tables.
    """

    oxygen: tuple[Step, ...]
    water: Mapping[float, tuple[Step, Step]]
    years: Floats
    depth: Floats
    latitude: Floats
    longitude: Floats
    factor: float
    density: str
    run: RunName
    name: str

    @property
    def period(self) -> str:
        """First and last year, such as "1850-2014"."""
        return f"{int(self.years[0])}-{int(self.years[-1])}"

    def field(self, time: int) -> Floats:
        """Read oxygen at one time.

        Parameters
        ----------
        time : int
            Number of the time in `years`.

        Returns
        -------
        array, shape (level, row, column) or (level, node)
            umol kg-1; NaN on land. Negative values, which some models have, stay.
        """
        file, index = self.oxygen[time]
        values = file.read(index) * self.factor
        if self.density == "per mass":
            return values
        if not self.water:
            return values / CONSTANT_DENSITY
        temperature, salinity = (one.read(number) for one, number in self.water[_key(self.years[time])])
        absolute = gsw.SR_from_SP(salinity)
        return np.asarray(values / gsw.rho(absolute, gsw.CT_from_pt(absolute, temperature), 0.0))

    def companion(self, name: Literal["thetao", "so"]) -> ClimateModel:
        """Return temperature or salinity of the same run, which is read as oxygen is.

        Parameters
        ----------
        name : {"thetao", "so"}
            Potential temperature (degC) or practical salinity; there are none where `water` is empty.
        """
        which = ("thetao", "so").index(name)
        steps = tuple(self.water[_key(year)][which] for year in self.years)
        return replace(self, oxygen=steps, water={}, factor=1.0, density="per mass")


def open_models(
    paths: Sequence[Path], temperature: Sequence[Path] = (), salinity: Sequence[Path] = ()
) -> list[ClimateModel]:
    """Open the oxygen of every run in some files: each model, member and grid is one of its own.

    Parameters
    ----------
    paths : sequence of Path
        Files of `o2` (Omon or Oyr). A historical run is joined to each scenario of its member; where times overlap the
        file that begins earlier counts.
    temperature, salinity : sequence of Path
        Files of `thetao` (degC) and `so` of these runs, in any cut of time. When left out, those that lie beside the
        files of oxygen with the same names but for the variable, or in its folder's place in a CMIP6 tree
        (`beside`). With them moles per volume become moles per mass by potential density (that of a Boussinesq
        ocean's volume), else by 1025 kg m-3.

    Returns
    -------
    list of ClimateModel
        In order of their names: model and member, with the scenario, the table (Omon, Oyr) or the grid where two differ
        in nothing else.

    Raises
    ------
    InputError
        If there is no file, or one is unreadable, holds no oxygen, has no latitude, longitude, time or depth
        coordinate or an unknown unit; if the files of a run do not lie on one grid, or temperature or salinity lack
        one of its times.
    """
    if not paths:
        raise InputError("no file of climate model oxygen given", "climate_models", "name the files of o2")
    if bool(temperature) != bool(salinity):
        raise InputError("temperature without salinity or the reverse", "climate_models", "give both or none")
    files = sorted((open_file(path) for path in paths), key=lambda file: (file.run, file.years[0]))
    parts = {run: list(some) for run, some in groupby(files, key=lambda file: file.run)}
    pair = [[open_file(path, name) for path in some] for some, name in ((temperature, "thetao"), (salinity, "so"))]
    models = []
    for run, own in parts.items():
        if any(_goes_on(other, run) for other in parts):
            continue  # it is joined to each scenario
        before = [file for other, some in parts.items() if _goes_on(run, other) for file in some]
        models.append(_joined(run, sorted([*before, *own], key=lambda file: file.years[0]), pair))
    return _named(models)


def beside(path: Path, variable: str) -> Path | None:
    """Find the file of another variable that goes with one of oxygen.

    Parameters
    ----------
    path : Path
        File of oxygen, its name beginning with `o2_`.
    variable : str
        "thetao" or "so".

    Returns
    -------
    Path or None
        The file of the same name but for the variable: in the same folder, or in the folder of the variable in a CMIP6
        tree (`.../Omon/o2/gn/v20190308/o2_Omon_...`), of its last version; None where there is none.
    """
    if not path.name.lower().startswith("o2_"):
        return None
    name = f"{variable}{path.name[2:]}"
    if (path.parent / name).is_file():
        return path.parent / name
    folders = path.parts[:-1]
    if "o2" not in folders[-3:]:
        return None
    at = len(folders) - 1 - folders[::-1].index("o2")
    found = sorted(Path(*folders[:at], variable).glob(f"**/{name}"))
    return found[-1] if found else None


def read_with(path: Path) -> list[Path]:
    """List the files that are read with one of oxygen without being named: water beside it, and its mesh.

    Parameters
    ----------
    path : Path
        File of oxygen.
    """
    water = [beside(path, name) for name in ("thetao", "so")]
    return [*(one for one in water if one is not None), *sorted(path.parent.glob(MESH))]


def _goes_on(scenario: RunName, historical: RunName) -> bool:
    """Tell whether a run goes on from a historical one."""
    beginnings = _GOES_ON.get(historical.experiment, ())
    return _same_run(scenario, historical) and scenario.experiment.startswith(beginnings)


def _joined(run: RunName, files: list[ModelFile], pair: list[list[ModelFile]]) -> ClimateModel:
    """Join the files of a run in time."""
    first, unit = files[0], str(files[0].values.attrs.get("units"))
    if unit not in {*PER_VOLUME, *PER_MASS}:
        known = ", ".join([*PER_VOLUME, *PER_MASS])
        raise InputError(f"unit of oxygen {unit!r}", str(first.path), f"known are {known}")
    for file in files:
        same = file.values.shape[1:] == first.values.shape[1:] and file.values.attrs.get("units") == unit
        if not (same and np.allclose(file.latitude, first.latitude, equal_nan=True)):
            raise InputError(f"another grid or unit than {first.path.name}", str(file.path), "give files of one run")
    steps = _steps(files)
    water = {} if unit in PER_MASS else _water(files, steps, pair)
    density = "per mass" if unit in PER_MASS else f"constant {CONSTANT_DENSITY:.0f} kg m-3"
    return ClimateModel(
        oxygen=tuple(steps[year] for year in sorted(steps)),
        water=water,
        years=np.array([steps[year][0].years[steps[year][1]] for year in sorted(steps)]),
        depth=first.depth,
        latitude=first.latitude,
        longitude=first.longitude,
        factor=PER_VOLUME.get(unit) or PER_MASS[unit],
        density="potential density of thetao and so" if water else density,
        run=run,
        name="",
    )


def _key(year: float) -> float:
    """Round a time so that those of two files are equal."""
    return round(float(year), _SAME_TIME)


def _steps(files: Sequence[ModelFile]) -> dict[float, Step]:
    """List the times of some files; of those that two have, that of the file that comes first."""
    steps: dict[float, Step] = {}
    for file in files:
        for index, year in enumerate(file.years):
            steps.setdefault(_key(year), (file, index))
    return steps


def _water(
    files: Sequence[ModelFile], steps: Mapping[float, Step], pair: list[list[ModelFile]]
) -> dict[float, tuple[Step, Step]]:
    """Find temperature and salinity at the times of oxygen: in the files given, else in those beside it."""
    given = [[file for file in some if _same_water(file.run, files[-1].run)] for some in pair]
    if not any(pair):
        found = [[beside(file.path, name) for file in files] for name in ("thetao", "so")]
        if any(path is None for some in found for path in some):
            return {}
        given = [[open_file(p, name) for p in some if p] for name, some in zip(("thetao", "so"), found)]
    result = []
    for name, some in zip(("thetao", "so"), given):
        at = _steps(some)
        lacking = sorted({*steps} - {*at})
        where = str(some[0].path if some else files[0].path)
        if lacking:
            fix = f"name files of {name} with the times of oxygen, or none"
            raise InputError(f"no {name} of {files[-1].run.model} at {lacking[0]:.2f}", where, fix)
        if some[0].values.shape[1:] != files[0].values.shape[1:]:
            raise InputError(f"{name} has other cells than oxygen", where, "name files on its grid, or none")
        result.append(at)
    return {year: (result[0][year], result[1][year]) for year in steps}


def _same_run(one: RunName, other: RunName) -> bool:
    """Tell runs of one model, member and grid; a scenario's history is of another experiment."""
    return one._replace(experiment="") == other._replace(experiment="")


def _same_water(one: RunName, other: RunName) -> bool:
    """Tell whether water of a file can belong to oxygen of another; times and cells are compared besides."""
    return (one.model, one.member) == (other.model, other.member)


def _named(models: list[ClimateModel]) -> list[ClimateModel]:
    """Name each run by its model and member, and by grid and scenario where these tell it from another."""

    def text(run: RunName, *parts: str) -> str:
        return " ".join(part for part in (run.model, run.member, *parts) if part)

    named = []
    for model in models:
        run = model.run
        short = [other.run for other in models if text(other.run) == text(run)]
        parts = ("experiment", "table", "grid")
        telling = [part for part in parts if len({getattr(other, part) for other in short}) > 1]
        named.append(replace(model, name=text(run, *(getattr(run, part) for part in telling))))
    return sorted(named, key=lambda model: model.name)
