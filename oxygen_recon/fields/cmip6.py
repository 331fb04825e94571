"""Oxygen of climate models from CMIP6 files, on any grid and calendar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cftime
import gsw
import numpy as np
import xarray as xr

from graphs.types import Floats
from oxygen_recon.fields.axes import METRES, NAMES, Kind, coordinates, depths
from oxygen_recon.fields.cf import PER_MASS, PER_VOLUME, is_oxygen
from qc.errors import InputError
from qc.physics.seawater import RHO_CONSTANT

CONSTANT_DENSITY = 1000.0 * RHO_CONSTANT  # kg m-3, the usual choice of studies of oxygen minimum zones in CMIP6
_LIMITS: dict[Kind, float] = {"latitude": 90.001, "longitude": 720.001}  # beyond them lie fill values


@dataclass(frozen=True)
class ClimateModel:
    """Oxygen of one model run, read time by time.

    Parameters
    ----------
    steps : tuple of (DataArray, DataArray or None, DataArray or None, int)
        For each time, in order: oxygen, potential temperature (degC) and salinity of its file, dims (time, level,
        row, column), and the number of the time in them.
    years : array, shape (time,)
        Decimal years in the model's own calendar, increasing.
    depth : array, shape (level,)
        m, increasing.
    latitude, longitude : array, shape (row, column)
        Degrees north and east; NaN where the file has none.
    factor : float
        Turns a stored value into umol m-3, or into umol kg-1 where `density` is "per mass".
    density : {"constant 1025 kg m-3", "potential density of thetao and so", "per mass"}
        How a volume became a mass.
    name : str
        Model, experiment, member and grid label as the file states them.
    """

    steps: tuple[tuple[xr.DataArray, xr.DataArray | None, xr.DataArray | None, int], ...]
    years: Floats
    depth: Floats
    latitude: Floats
    longitude: Floats
    factor: float
    density: str
    name: str

    def field(self, time: int) -> Floats:
        """Read oxygen at one time.

        Parameters
        ----------
        time : int
            Number of the time in `years`.

        Returns
        -------
        array, shape (level, row, column)
            umol kg-1; NaN on land.
        """
        oxygen, temperature, salinity, index = self.steps[time]
        values = _values(oxygen, index) * self.factor
        if self.density == "per mass":
            return values
        if temperature is None or salinity is None:
            return values / CONSTANT_DENSITY
        absolute = gsw.SR_from_SP(_values(salinity, index))
        conservative = gsw.CT_from_pt(absolute, _values(temperature, index))
        return np.asarray(values / gsw.rho(absolute, conservative, 0.0))


def open_oxygen(paths: Sequence[Path], temperature: Sequence[Path] = (), salinity: Sequence[Path] = ()) -> ClimateModel:
    """Open the oxygen of a model run.

    Parameters
    ----------
    paths : sequence of Path
        Files of `o2` (Omon or Oyr) of one run, for instance historical and a scenario; where times overlap the
        earlier file counts.
    temperature, salinity : sequence of Path
        Files of `thetao` (degC) and `so` with the same times and cells, one for each of `paths`. With them moles per
        volume become moles per mass by potential density (that of a Boussinesq ocean's volume), else by 1025 kg m-3.

    Returns
    -------
    ClimateModel

    Raises
    ------
    InputError
        If a file is unreadable, holds no oxygen, has no latitude, longitude, time or depth coordinate or an unknown
        unit, or if the files do not lie on one grid.
    """
    if not paths:
        raise InputError("no file of climate model oxygen given", "cmip6")
    if (temperature or salinity) and not len(temperature) == len(salinity) == len(paths):
        raise InputError("temperature and salinity need one file for each file of oxygen", str(paths[0]))
    parts = [_part(path) for path in paths]
    first = parts[0]
    for path, part in zip(paths, parts):
        same = part.oxygen.shape[1:] == first.oxygen.shape[1:] and part.oxygen.units == first.oxygen.units
        if not (same and np.allclose(part.latitude, first.latitude, equal_nan=True)):
            raise InputError(f"another grid or unit than {paths[0].name}", str(path), "give files of one run")
    companions: list[tuple[xr.DataArray | None, xr.DataArray | None]] = [
        (_companion(warm, "thetao", part), _companion(salt, "so", part))
        for warm, salt, part in zip(temperature, salinity, parts)
    ]
    companions = companions or [(None, None) for _ in parts]
    rows: dict[float, tuple[xr.DataArray, xr.DataArray | None, xr.DataArray | None, int]] = {}
    for number in np.argsort([part.years[0] for part in parts]):
        for index, year in enumerate(parts[number].years):
            rows.setdefault(round(float(year), 4), (parts[number].oxygen, *companions[number], index))
    unit = str(first.oxygen.attrs["units"])
    density = "constant 1025 kg m-3" if not temperature else "potential density of thetao and so"
    return ClimateModel(
        steps=tuple(rows[year] for year in sorted(rows)),
        years=np.array(sorted(rows)),
        depth=first.depth,
        latitude=first.latitude,
        longitude=first.longitude,
        factor=PER_VOLUME.get(unit) or PER_MASS[unit],
        density=density if unit in PER_VOLUME else "per mass",
        name=first.name,
    )


@dataclass(frozen=True)
class _Part:
    """Oxygen of one file of a run."""

    oxygen: xr.DataArray
    years: Floats
    depth: Floats
    latitude: Floats
    longitude: Floats
    name: str


def _open(path: Path) -> xr.Dataset:
    """Open a file with times in its own calendar."""
    try:
        return xr.open_dataset(path, decode_times=xr.coders.CFDatetimeCoder(use_cftime=True), decode_timedelta=False)
    except (OSError, ValueError) as error:
        raise InputError(f"not a readable netCDF file ({error})", str(path), "download it again") from error


def _part(path: Path) -> _Part:
    """Find oxygen, its coordinates and its name in one file."""
    data = _open(path)
    named = [name for name in data.data_vars if name == "o2" or is_oxygen(data[name])]
    if not named:
        raise InputError("no variable o2", str(path), f"it has {', '.join(map(str, data.data_vars))}")
    oxygen = data[named[0]]
    unit = oxygen.attrs.get("units")
    if unit not in {*PER_VOLUME, *PER_MASS}:
        raise InputError(f"unit of oxygen {unit!r}", str(path), f"known are {[*PER_VOLUME, *PER_MASS]}")
    level, time = _dimension(data, oxygen, "depth", path), _dimension(data, oxygen, "time", path)
    rest = [dim for dim in oxygen.dims if dim not in (level, time)]
    if len(rest) != 2:
        raise InputError(f"dimensions {oxygen.dims}", str(path), "expected time, level and two horizontal ones")
    latitude, longitude = _horizontal(data, [str(dim) for dim in rest], path)
    depth = _depth(data[level], path)
    order = np.argsort(depth)
    oxygen = oxygen.transpose(time, level, *rest).isel({level: order})
    attributes = (data.attrs.get(key) for key in ("source_id", "experiment_id", "variant_label", "grid_label"))
    name = " ".join(str(value) for value in attributes if value) or path.stem
    return _Part(oxygen, _decimal_years(data[time], path), depth[order], latitude, longitude, name)


def _dimension(data: xr.Dataset, oxygen: xr.DataArray, kind: Kind, path: Path) -> str:
    """Find the dimension of oxygen that is its depth or time."""
    for dim in map(str, oxygen.dims):
        if dim in coordinates(data, kind):
            return dim
    known = f"known names: {NAMES[kind]}"
    raise InputError(f"no {kind} coordinate among dimensions {oxygen.dims}", str(path), known)


def _horizontal(data: xr.Dataset, dims: list[str], path: Path) -> tuple[Floats, Floats]:
    """Latitude and longitude of every column, shape (row, column), NaN where they are fill values."""
    found = []
    for kind, limit in _LIMITS.items():
        known = [data[name] for name in coordinates(data, kind)]
        known = [variable for variable in known if variable.ndim > 0 and set(variable.dims) <= set(dims)]
        if not known:
            raise InputError(f"no {kind} for dimensions {dims}", str(path), f"known names: {NAMES[kind]}")
        # A curvilinear grid may carry nominal axes besides: the two-dimensional coordinate is the true one.
        best = max(known, key=lambda variable: variable.ndim)
        found.append(best.where(np.abs(best) <= limit).astype(np.float64))
    latitude, longitude = xr.broadcast(*found)
    return latitude.transpose(*dims).values, longitude.transpose(*dims).values


def _depth(level: xr.DataArray, path: Path) -> Floats:
    """Depth of the levels, m, positive down."""
    unit = str(level.attrs.get("units", "m"))
    if unit not in METRES:
        raise InputError(f"levels {level.name} in {unit!r} are no depths", str(path), "choose output on depth levels")
    return depths(level)


def _decimal_years(time: xr.DataArray, path: Path) -> Floats:
    """Decimal years in the file's calendar, shape (time,)."""
    dates = np.atleast_1d(time.values)
    if dates.size == 0 or not isinstance(dates[0], cftime.datetime):
        raise InputError("no dates in its time coordinate", str(path), "it needs units such as days since 1850-01-01")
    starts = [cftime.datetime(date.year, 1, 1, calendar=date.calendar) for date in dates]
    ends = [cftime.datetime(date.year + 1, 1, 1, calendar=date.calendar) for date in dates]
    return np.array([date.year + (date - start) / (end - start) for date, start, end in zip(dates, starts, ends)])


def _companion(path: Path, name: str, part: _Part) -> xr.DataArray:
    """Open temperature or salinity that goes with a part."""
    data = _open(path)
    if name not in data:
        raise InputError(f"no variable {name}", str(path), f"it has {', '.join(map(str, data.data_vars))}")
    time, level, *rest = part.oxygen.dims
    if set(data[name].dims) != set(part.oxygen.dims):
        raise InputError(f"dimensions {data[name].dims} of {name} are not those of oxygen", str(path))
    values = data[name].transpose(time, level, *rest).isel({level: np.argsort(_depth(data[level], path))})
    if values.shape != part.oxygen.shape or not np.allclose(_decimal_years(data[time], path), part.years):
        raise InputError(f"{name} has other times or cells than oxygen", str(path))
    return values


def _values(field: xr.DataArray, index: int) -> Floats:
    """One time of a field, shape (level, row, column); fill values not declared as such become NaN too."""
    values = field[index].values.astype(np.float64)
    return np.where(np.abs(values) < 1e10, values, np.nan)
