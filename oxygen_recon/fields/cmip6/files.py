"""One file of a climate model: a variable on any grid and calendar, and the run that it belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cftime
import numpy as np
import xarray as xr

from graphs.types import Floats, Mask
from oxygen_recon.fields.axes import METRES, NAMES, Kind, coordinates, depths
from oxygen_recon.fields.cf import is_oxygen
from qc.errors import InputError

_LIMITS: dict[Kind, float] = {"latitude": 90.001, "longitude": 720.001}  # beyond them lie fill values
_FILL = 1e10  # larger values are fill values, declared as such or not
_FIXED_FILL = 1e19  # of areas and volumes, m2 and m3, which are large themselves
MESH = "*.mesh.diag.nc"  # FESOM keeps the coordinates of its nodes in a file of their own


class RunName(NamedTuple):
    """The run that a file belongs to, as the file or its name states it; empty where neither does.

    Parameters
    ----------
    model, experiment, member, table, grid : str
        As CMIP6 names them: source_id, experiment_id, variant_label, table_id (Omon, Oyr), grid_label.
    """

    model: str
    experiment: str
    member: str
    table: str
    grid: str


@dataclass(frozen=True)
class ModelFile:
    """A variable of one file.

    Parameters
    ----------
    path : Path
        The file.
    values : DataArray, dims (time, level, row, column) or (time, level, node)
        As stored, in the unit of the file; levels downward.
    years : array, shape (time,)
        Decimal years in the file's own calendar.
    depth : array, shape (level,)
        m, increasing.
    latitude, longitude : array, shape (row, column) or (node,)
        Degrees north and east; NaN where the file has none.
    land : bool array, shape (level, row, column) or (level, node)
        Where the file says by exact zeros that there is no water; nowhere if it has missing values.
    run : RunName
        Which run.
    """

    path: Path
    values: xr.DataArray
    years: Floats
    depth: Floats
    latitude: Floats
    longitude: Floats
    land: Mask
    run: RunName

    def read(self, time: int) -> Floats:
        """Read one time.

        Parameters
        ----------
        time : int
            Number of the time in the file.

        Returns
        -------
        array, shape (level, row, column) or (level, node)
            In the unit of the file; NaN on land, and where fill values were not declared as such.
        """
        return np.where(self.land, np.nan, _finite(self.values[time]))


def open_file(path: Path, variable: str = "o2") -> ModelFile:
    """Open a variable of a climate model.

    Parameters
    ----------
    path : Path
        netCDF file of any layout: tripolar, rotated, regular or unstructured (with its coordinates beside the variable,
        or in a file `*.mesh.diag.nc` of the same folder), depths in m or cm, any calendar.
    variable : str
        Name of the variable, whatever its case; oxygen is found by its standard name too.

    Returns
    -------
    ModelFile
        Its values are not read yet, but for those of the first time where land may be marked by zeros.

    Raises
    ------
    InputError
        If the file is unreadable, lacks the variable, or has no latitude, longitude, time or depth coordinate.
    """
    data = _open(path)
    values = data[_variable(data, variable, path)]
    level, time = _dimension(data, values, "depth", path), _dimension(data, values, "time", path)
    rest = [str(dim) for dim in values.dims if dim not in (level, time)]
    if len(rest) not in (1, 2):
        raise InputError(f"dimensions {values.dims}", str(path), "expected time, level and one or two horizontal ones")
    latitude, longitude = _horizontal(data, rest, path)
    depth = _depth(data[level], path)
    order = np.argsort(depth)
    values = values.transpose(time, level, *rest).isel({level: order})
    years = _decimal_years(data, time, path)
    return ModelFile(path, values, years, depth[order], latitude, longitude, _zero_land(values), _run(data, path))


def open_fixed(oxygen: Path, variable: str, path: Path | None = None) -> Floats | None:
    """Read a field of a model that does not change with time, such as the areas of its cells.

    Parameters
    ----------
    oxygen : Path
        File of the model's oxygen, beside which the field is looked for.
    variable : str
        "areacello" (m2) or "volcello" (m3).
    path : Path, optional
        Its file, where it lies elsewhere or has another name.

    Returns
    -------
    array or None
        Its values in the order of the file, a first time or level axis included, NaN where it has none; None where no
        file named `<variable>_*` with the model's name lies in the folder of oxygen.

    Raises
    ------
    InputError
        If a file that is named is unreadable or lacks the variable.
    """
    if path is None:
        model = open_file(oxygen).run.model
        beside = sorted(oxygen.parent.glob(f"{variable}_*_{model}_*.nc"))
        if not beside:
            return None
        path = beside[0]
    data = _open(path)
    values = data[_variable(data, variable, path)]
    for dim in [dim for dim in values.dims if dim in coordinates(data, "time")]:
        values = values.isel({dim: 0})
    for dim in [dim for dim in values.dims if dim in coordinates(data, "depth")]:
        values = values.isel({dim: np.argsort(depths(data[dim]))})
    found = values.values.astype(np.float64)
    return np.where(np.abs(found) < _FIXED_FILL, found, np.nan)


def _open(path: Path) -> xr.Dataset:
    """Open a file with times in its own calendar."""
    try:
        return xr.open_dataset(path, decode_times=xr.coders.CFDatetimeCoder(use_cftime=True), decode_timedelta=False)
    except (OSError, ValueError) as error:
        why = " ".join(str(error).split())
        raise InputError(f"not a readable netCDF file ({why})", str(path), "download it again") from error


def _variable(data: xr.Dataset, variable: str, path: Path) -> str:
    """Name the variable in a file."""
    for name in map(str, data.data_vars):
        if name.lower() == variable or (variable == "o2" and is_oxygen(data[name]) and data[name].ndim > 2):
            return name
    raise InputError(f"no variable {variable}", str(path), f"it has {', '.join(map(str, data.data_vars))}")


def _dimension(data: xr.Dataset, values: xr.DataArray, kind: Kind, path: Path) -> str:
    """Find the dimension of a variable that is its depth or time."""
    for dim in map(str, values.dims):
        if dim in coordinates(data, kind):
            return dim
    known = f"known names: {', '.join(NAMES[kind])}"
    raise InputError(f"no {kind} coordinate among dimensions {', '.join(map(str, values.dims))}", str(path), known)


def _horizontal(data: xr.Dataset, dims: list[str], path: Path) -> tuple[Floats, Floats]:
    """Latitude and longitude of every column, shape (row, column) or (node,), NaN where they are fill values."""
    mesh = sorted(path.parent.glob(MESH)) if len(dims) == 1 and not coordinates(data, "latitude") else []
    for other in mesh:
        coordinates_of = _open(other)
        if coordinates_of.sizes.get(dims[0]) == data.sizes[dims[0]]:
            data = coordinates_of
    found = []
    for kind, limit in _LIMITS.items():
        known = [data[name] for name in coordinates(data, kind)]
        known = [variable for variable in known if variable.ndim > 0 and set(variable.dims) <= set(dims)]
        if not known:
            raise InputError(f"no {kind} for dimensions {', '.join(dims)}", str(path), f"known names: {NAMES[kind]}")
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


def _decimal_years(data: xr.Dataset, time: str, path: Path) -> Floats:
    """Decimal years in the file's calendar, shape (time,): the middle of the bounds, for some stamp the end."""
    dates = np.atleast_1d(data[time].values)
    if dates.size == 0 or not isinstance(dates[0], cftime.datetime):
        raise InputError("no dates in its time coordinate", str(path), "it needs units such as days since 1850-01-01")
    name = data[time].attrs.get("bounds") or data[time].encoding.get("bounds")
    bounds = data[name].values if name in data.variables and data[name].shape == (dates.size, 2) else None
    if bounds is not None and isinstance(bounds[0, 0], cftime.datetime) and (bounds[:, 1] > bounds[:, 0]).all():
        dates = bounds[:, 0] + (bounds[:, 1] - bounds[:, 0]) / 2
    starts = [cftime.datetime(date.year, 1, 1, calendar=date.calendar) for date in dates]
    ends = [cftime.datetime(date.year + 1, 1, 1, calendar=date.calendar) for date in dates]
    return np.array([date.year + (date - start) / (end - start) for date, start, end in zip(dates, starts, ends)])


def _finite(values: xr.DataArray) -> Floats:
    """Values with NaN for missing ones, those that are not declared as such too."""
    found = values.values.astype(np.float64)
    return np.where(np.abs(found) < _FILL, found, np.nan)


def _zero_land(values: xr.DataArray) -> Mask:
    """Find land that is marked by zeros: from a level down to the last, in a file that has no missing value.

    A zero with water below it is a zero: models clip the oxygen of their minimum zones.
    """
    first = _finite(values[0])
    if np.isnan(first).any():
        return np.zeros(first.shape, bool)
    return np.logical_and.accumulate((first == 0.0)[::-1])[::-1]


def _run(data: xr.Dataset, path: Path) -> RunName:
    """Read which run a file belongs to: from its attributes of CMIP6 or CMIP5, else from its name or its title."""
    numbers = [data.attrs.get(name) for name in ("realization", "initialization_method", "physics_version")]
    cmip5 = "r{}i{}p{}".format(*numbers) if None not in numbers else ""
    parts = path.stem.split("_")  # o2_Omon_MODEL_experiment_member[_grid]_times
    named = parts[1:5] if len(parts) >= 5 and re.match(r"r\d+i\d+p\d+", parts[4]) else ["", "", "", ""]
    labelled = parts[5] if len(parts) > 5 and parts[5].startswith("g") else ""
    model = data.attrs.get("source_id") or data.attrs.get("model_id") or named[1]
    if not model:  # POP writes the name of its case; FESOM nothing at all
        model = data.attrs.get("title") or re.sub(r"[._]?\d{4,}(-\d+)?$", "", path.stem)
    return RunName(
        model=str(model),
        experiment=str(data.attrs.get("experiment_id") or named[2]),
        member=str(data.attrs.get("variant_label") or cmip5 or named[3]),
        table=named[0] or re.sub(r"^Table (\w+) .*", r"\1", str(data.attrs.get("table_id", ""))),
        grid=str(data.attrs.get("grid_label") or labelled),
    )
