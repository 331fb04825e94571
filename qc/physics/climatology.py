"""Climatology of oxygen: mean and standard deviation at any position and pressure, from a CF field."""

import zlib
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cf_xarray  # noqa: F401  (registers `.cf` of datasets and arrays)
import numpy as np
import xarray as xr

from qc.errors import InputError
from qc.physics import seawater
from qc.types import Floats, Integers, Mask

NAMES = ("o_an", "oxygen", "o2", "o_mn")  # of World Ocean Atlas (analysed mean, mean of the data) and of other fields
STANDARD_NAMES = (
    "moles_of_oxygen_per_unit_mass_in_sea_water",
    "mole_concentration_of_dissolved_molecular_oxygen_in_sea_water",
    "volume_fraction_of_oxygen_in_sea_water",
)
_AXES = {
    "latitude": ("latitude", "lat"),
    "longitude": ("longitude", "lon"),
    "vertical": ("depth", "lev", "level", "z"),
}
_METRES = {"m": 1.0, "meter": 1.0, "meters": 1.0, "metre": 1.0, "metres": 1.0, "cm": 0.01, "centimeters": 0.01}


@dataclass(frozen=True)
class GriddedMean:
    """A mean and its standard deviation on a latitude-longitude-depth grid.

    Parameters
    ----------
    latitude, longitude, depth : floats, shape (row,), (column,) and (level,)
        Degrees north, degrees east from 0 to 360, m; each increasing.
    mean, deviation : floats, shape (level, row, column)
        One unit; NaN where unknown.
    """

    latitude: Floats
    longitude: Floats
    depth: Floats
    mean: Floats
    deviation: Floats

    def at(self, latitude: Floats, longitude: Floats, depth: Floats) -> tuple[Floats, Floats]:
        """Interpolate linearly between levels, in the column of the nearest point.

        Parameters
        ----------
        latitude, longitude, depth : floats, shape (position,)
            Degrees north, degrees east in any convention, m.

        Returns
        -------
        mean, deviation : floats, shape (position,)
            NaN where a level is missing, and more than one spacing from any point. Above the first level, and below
            the last one by half the distance from the level before, the values are those of that level; NaN deeper.

        Examples
        --------
        >>> field = GriddedMean(np.array([0.0, 10]), np.array([100.0, 110]), np.array([0.0, 100]),
        ...                     np.array([[[200.0] * 2] * 2, [[100.0] * 2] * 2]), np.full((2, 2, 2), np.nan))
        >>> field.at(np.array([1.0, 1.0]), np.array([-259.0, 150.0]), np.array([25.0, 25.0]))[0].tolist()
        [175.0, nan]
        """
        row, near_row = _nearest(self.latitude, latitude, _spacing(self.latitude))
        around = np.concatenate([self.longitude[-1:] - 360.0, self.longitude, self.longitude[:1] + 360.0])
        column, near_column = _nearest(around, longitude % 360.0, _spacing(self.longitude))
        column = (column - 1) % len(self.longitude)
        bottom = self.depth[-1] + np.diff(self.depth[-2:]).sum() / 2
        known = near_row & near_column & np.isfinite(depth) & (depth <= bottom)
        d = np.clip(np.where(known, depth, self.depth[0]), self.depth[0], self.depth[-1])
        above = np.searchsorted(self.depth, d, side="right") - 1
        below = np.minimum(above + 1, len(self.depth) - 1)
        weight = (d - self.depth[above]) / np.where(below > above, self.depth[below] - self.depth[above], 1.0)
        columns = [
            np.where(weight > 0, one[above, row, column] * (1 - weight) + one[below, row, column] * weight,
                     one[above, row, column])
            for one in (self.mean, self.deviation)
        ]  # fmt: skip
        mean, deviation = (np.where(known, one, np.nan) for one in columns)
        return mean, deviation


def _spacing(points: Floats) -> float:
    """Widest spacing of increasing points; 1 for a single one."""
    return float(np.diff(points).max()) if len(points) > 1 else 1.0


def _nearest(points: Floats, at: Floats, reach: float) -> tuple[Integers, Mask]:
    """Index of the nearest of increasing points, and whether it is no more than `reach` away."""
    index = np.searchsorted((points[1:] + points[:-1]) / 2, np.nan_to_num(at))
    return index, np.abs(points[index] - at) <= reach


@dataclass(frozen=True)
class OxygenClimatology:
    """A climatology of oxygen by the file that holds it: small enough for other processes, which open it once.

    It is the callable `climatology` of `qc.battery.run.run_battery`.

    Parameters
    ----------
    path : Path
        As for `open_climatology`.
    variable : str, optional
        As for `open_climatology`.
    """

    path: Path
    variable: str | None = None

    def __call__(self, latitude: Floats, longitude: Floats, pressure: Floats) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of oxygen; see `GriddedMean.at`.

        Parameters
        ----------
        latitude, longitude, pressure : floats, shape (position,)
            Degrees north, degrees east, dbar.

        Returns
        -------
        mean, deviation : floats, shape (position,)
            umol/kg; NaN where unknown.
        """
        return self.load().at(latitude, longitude, seawater.depth(pressure, latitude))

    def load(self) -> GriddedMean:
        """Return the field, which is read once a process and state of its file.

        Returns
        -------
        GriddedMean
            umol/kg.

        Raises
        ------
        InputError
            As `open_climatology`.
        """
        try:
            state = self.path.stat()
        except OSError as error:
            raise InputError(f"cannot be read ({error.strerror})", str(self.path), "give a netCDF file") from error
        return _load(self.path, self.variable, (state.st_size, state.st_mtime_ns))


@lru_cache(maxsize=2)
def _load(path: Path, variable: str | None, state: tuple[int, int]) -> GriddedMean:
    """Open a climatology once a process and state of its file."""
    return open_climatology(path, variable)


def open_climatology(path: Path, variable: str | None = None) -> GriddedMean:
    """Read the mean of oxygen, and its standard deviation where there is one, from a CF netCDF file.

    Amounts by volume are divided by 1025 kg m-3, the density of the World Ocean Atlas.

    Parameters
    ----------
    path : Path
        netCDF, plain or gzipped classic, on latitudes, longitudes and depths (m or cm), with one time step at most.
    variable : str, optional
        The mean; found by the names `NAMES` in their order, or by its standard name where only one variable has it.

    Returns
    -------
    GriddedMean
        umol/kg. The standard deviation is the variable called `<name>_sd` (World Ocean Atlas: o_sd), or the one that
        CF cell methods declare so; NaN without one.

    Raises
    ------
    InputError
        If the file is unreadable or damaged, no single variable is oxygen, an axis is missing, there are several time
        steps, or a unit is none of amount of oxygen.
    """
    engine = "scipy" if path.suffix == ".gz" else None
    with _naming_damage(path), xr.open_dataset(path, engine=engine, decode_times=False) as data:
        name = variable or _mean_of(data, path)
        if name not in data:
            raise InputError(f"no variable {name}", str(path), f"it has {', '.join(map(str, data.data_vars))}")
        axes = {kind: _axis(data[name], kind, path) for kind in _AXES}
        spread = _deviation_of(data, name)
        arrays = [_amount(data[one], axes, path) for one in (name, spread) if one is not None]
        north, east = (data[axes[kind]].to_numpy().astype(float) for kind in ("latitude", "longitude"))
        depth = _depths(data[axes["vertical"]], path)
    order = np.ix_(*(np.argsort(points) for points in (depth, north, east % 360.0)))
    mean, *rest = (array[order] for array in arrays)
    deviation = rest[0] if rest else np.full(mean.shape, np.nan)
    return GriddedMean(np.sort(north), np.sort(east % 360.0), np.sort(depth), mean, deviation)


@contextmanager
def _naming_damage(path: Path) -> Iterator[None]:
    """Name the file in the errors of one that is no netCDF file, is cut, or has a damaged piece that is read later."""
    try:
        yield
    except InputError:
        raise
    except (EOFError, OSError, RuntimeError, TypeError, ValueError, zlib.error) as error:
        raise InputError(f"not a readable netCDF file ({error})", str(path), "download it again") from error


def _mean_of(data: xr.Dataset, path: Path) -> str:
    """Name of the variable that is the mean of oxygen."""
    by_lower_case = {str(name).lower(): str(name) for name in data.data_vars}
    usual = [by_lower_case[name] for name in NAMES if name in by_lower_case]
    declared = [
        str(name)
        for name in data.data_vars
        if data[name].attrs.get("standard_name") in STANDARD_NAMES and not _is_deviation(data[name])
    ]
    if not usual and len(declared) != 1:
        found = ", ".join(declared) or f"none among {', '.join(map(str, data.data_vars))}"
        raise InputError(f"variables of oxygen: {found}", str(path), f"call the mean one of {', '.join(NAMES)}")
    return (usual or declared)[0]


def _is_deviation(variable: xr.DataArray) -> bool:
    """Tell whether CF cell methods call a variable a standard deviation."""
    return "standard_deviation" in str(variable.attrs.get("cell_methods", ""))


def _deviation_of(data: xr.Dataset, mean: str) -> str | None:
    """Name of the variable that is the standard deviation of a mean, if there is one."""
    names = [f"{mean}_sd", *([f"{mean[:-3]}_sd"] if mean.endswith(("_an", "_mn")) else [])]
    same = data[mean].attrs.get("standard_name")
    deviations = [str(name) for name in data.data_vars if _is_deviation(data[name])]
    names += [name for name in deviations if data[name].attrs.get("standard_name") == same]
    return next((name for name in names if name in data and data[name].dims == data[mean].dims), None)


def _axis(field: xr.DataArray, kind: str, path: Path) -> str:
    """Name of the dimension that is latitude, longitude or depth, by CF attributes or name."""
    declared: set[Hashable] = set(field.cf.coordinates.get(kind, []))
    for name in map(str, field.dims):
        if name in field.coords and (name in declared or name.lower() in _AXES[kind]):
            return name
    words = {"vertical": "depth"}.get(kind, kind)
    raise InputError(f"no axis of {words} among {', '.join(map(str, field.dims))}", str(path), f"name it {words}")


def _depths(vertical: xr.DataArray, path: Path) -> Floats:
    """Give depths in m, positive down; heights and negative depths count from the surface."""
    unit = str(vertical.attrs.get("units", "m")).lower()
    if unit not in _METRES:
        raise InputError(f"depths in {unit!r}", str(path), "give them in m")
    return np.asarray(np.abs(vertical.to_numpy().astype(float)) * _METRES[unit])


def _amount(field: xr.DataArray, axes: dict[str, str], path: Path) -> Floats:
    """Oxygen in umol/kg, shape (depth, latitude, longitude)."""
    order = [axes[kind] for kind in ("vertical", "latitude", "longitude")]
    others = [dim for dim in map(str, field.dims) if dim not in order]
    for dim in others:
        if field.sizes[dim] != 1:
            raise InputError(f"{field.sizes[dim]} steps of {dim}", str(path), "give a climatology of the whole year")
    value = field.isel(dict.fromkeys(others, 0)).transpose(*order).to_numpy().astype(float)
    written = str(field.attrs.get("units", "")).replace("_", " ")
    unit = seawater.normalise_unit(written, str(field.name), str(path))
    return seawater.to_umol_kg(value, unit, "constant_1025", np.nan, np.nan, np.nan, np.nan, np.nan)
