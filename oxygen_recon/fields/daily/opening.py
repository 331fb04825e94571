"""Daily ocean fields of any layout as one lazy dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import xarray as xr

from graphs.types import Floats
from oxygen_recon.fields.daily.days import Sampling, agreed, one_a_day, sampling_of, times_of
from oxygen_recon.fields.daily.files import listed, opened, with_axes
from oxygen_recon.fields.daily.layout import UNITS, alike, standard, variables_of
from oxygen_recon.fields.daily.roms import at_centres, is_roms
from qc.errors import InputError

_DAY = np.timedelta64(1, "D")
_SLACK = 0.01  # of a spacing: files of one product differ in the last digits of their coordinates


@dataclass(frozen=True)
class _Part:
    """One quantity in one file."""

    field: xr.DataArray
    sampling: Sampling
    path: Path


def open_daily(
    paths: Path | str | Sequence[Path | str],
    names: Sequence[str] | None = None,
    *,
    sampling: Sampling | None = None,
    within_day: int | Literal["mean"] | None = None,
    variables: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    depths: Sequence[float] | None = None,
    gaps: bool = False,
) -> xr.Dataset:
    """Open daily fields of the ocean, or of its forcing, lazily.

    Layouts that are known: HYCOM/GOFS, GLORYS and others of Copernicus, ROMS, GlobCurrent, DUACS, maps of sea surface
    temperature, ERA5, and any CF file; netCDF and zarr; a file may hold one day or many, one quantity or all.

    Parameters
    ----------
    paths : path or sequence of path
        Files, zarr stores, or folders of them, in any order.
    names : sequence of str, optional
        Quantities of `oxygen_recon.fields.daily.layout.UNITS`, or other variables by their own names; all those of
        `UNITS` that the files have when left out.
    sampling : {"daily mean", "instantaneous"}, optional
        What values are, where the files do not say so (`oxygen_recon.fields.daily.days.sampling_of`).
    within_day : int or "mean", optional
        Of several times a day, take that of an hour (UTC), or the mean of all.
    variables, units : mapping of str to str, optional
        By quantity: the name of its variable where it is none of the usual ones, its unit where the file has none.
    depths : sequence of float, optional
        m, increasing: what levels that follow the sea floor are interpolated to (`oxygen_recon.fields.daily.roms`).
    gaps : bool
        Days may be missing between the first and the last: windows of days then end there.

    Returns
    -------
    Dataset
        Dims (time, depth, latitude, longitude), fields of the surface without depth; float32 in dask arrays. Time is
        the date. degC (temperature as the product has it: in situ, potential or conservative, attribute
        `temperature_kind`), practical salinity (1e-3), m s-1, m, Pa. Latitude, longitude and depth (m, positive down)
        increase. NaN is land or missing. The attribute `sampling` says "daily mean" or "instantaneous".

    Raises
    ------
    InputError
        If a file cannot be read; a quantity, its unit or an axis is missing; a day is repeated, or missing without
        `gaps`; files or quantities are on different grids or have different days; daily means are mixed with
        instantaneous values, or nothing says which they are.
    """
    files = listed(paths)
    parts: dict[str, list[_Part]] = {}
    for path in files:
        found = _parts(path, tuple(names or UNITS), variables or {}, units or {}, sampling, within_day, depths)
        for name, part in found.items():
            parts.setdefault(name, []).append(part)
    if lacking := [name for name in names or () if name not in parts]:
        raise InputError(f"no variable of {', '.join(lacking)}", _where(files), _has(files[0]))
    if not parts:
        raise InputError("no quantity that is known", _where(files), _has(files[0]))
    _one_kind([part for some in parts.values() for part in some])
    joined = {name: _joined(name, parts[name]) for name in names or UNITS if name in parts}
    data = _merged(joined, _where(files))
    if not gaps:
        _refuse_gaps(data["time"].to_numpy(), _where(files))
    first = next(iter(parts.values()))[0]
    data.attrs = {"sampling": "daily mean" if within_day == "mean" else first.sampling}
    return data


def _parts(
    path: Path, names: tuple[str, ...], variables: Mapping[str, str], units: Mapping[str, str],
    sampling: Sampling | None, within_day: int | Literal["mean"] | None, depths: Sequence[float] | None,
) -> dict[str, _Part]:  # fmt: skip
    """Read what one file has."""
    data, parts = opened(path), {}
    try:
        if is_roms(data):
            some = variables_of(data, names, variables).values()
            data = with_axes(at_centres(data, list(some), depths, str(path)))
        for found in alike(data, variables_of(data, names, variables)):
            times = times_of(data, data[next(iter(found.values()))], str(path))
            fields = standard(data, found, units, str(path))
            fields = one_a_day(fields, times.when, within_day, str(path))
            for name, chosen in found.items():
                kind = agreed(sampling, sampling_of(data, data[chosen], times), str(path))
                parts[name] = _Part(fields[name], kind, path)
    except InputError as error:
        raise InputError(error.what, str(path), error.fix) from error
    return parts


def _one_kind(parts: list[_Part]) -> None:
    """Refuse daily means beside instantaneous values."""
    for part in parts:
        if part.sampling != parts[0].sampling:
            what = f"{part.sampling} values beside those of {parts[0].path.name}, {parts[0].sampling}"
            raise InputError(what, str(part.path), "open files of one kind")


def _joined(name: str, parts: list[_Part]) -> xr.DataArray:
    """Join one quantity in time, ordered by its dates."""
    fields = [_on_grid_of(parts[0], part) for part in parts]
    joined = xr.concat(fields, "time", coords="minimal", compat="override", join="override", combine_attrs="override")
    order = np.argsort(joined["time"].to_numpy(), kind="stable")
    if (np.diff(order) != 1).any():
        joined = joined.isel(time=order)
    dates = joined["time"].to_numpy()
    if (same := np.diff(dates) == np.timedelta64(0)).any():
        day = dates[1:][same][0]
        files = [part.path.name for part in parts if day in part.field["time"].to_numpy()]
        what = f"{name} of {day.astype('datetime64[D]')} is in {', '.join(files)}"
        raise InputError(what, str(parts[0].path.parent), "leave out the repeated day")
    return joined


def _on_grid_of(first: _Part, part: _Part) -> xr.DataArray:
    """Refuse a part on another grid; give it the coordinates of the first, from which its last digits may differ."""
    if first.field.attrs != part.field.attrs:
        what = f"{part.field.name} is {_attributes(part)}, in {first.path.name} {_attributes(first)}"
        raise InputError(what, str(part.path), "open files of one product")
    other = _differing(first.field, part.field)
    if other is not None:
        raise InputError(f"{other} of another grid than in {first.path.name}", str(part.path), "give files of one grid")
    return part.field.assign_coords({name: first.field[name] for name in first.field.coords if name != "time"})


def _attributes(part: _Part) -> str:
    """Say what kind of quantity a part holds."""
    return ", ".join(str(part.field.attrs[key]) for key in part.field.attrs if key != "units")


def _differing(first: xr.DataArray, other: xr.DataArray) -> str | None:
    """Name of an axis that two fields of one grid differ in, beyond the last digits."""
    for name in ("depth", "latitude", "longitude"):
        if (name in first.coords) != (name in other.coords):
            return name
        if name not in first.coords:
            continue
        one, two = first[name].to_numpy(), other[name].to_numpy()
        if one.shape != two.shape:
            return name
        spacing = np.abs(np.diff(one, axis=-1)).min(initial=np.inf) if one.size > 1 else 1.0
        if not np.all(np.abs(one - two) <= _SLACK * spacing):
            return name
    return None


def _merged(joined: dict[str, xr.DataArray], where: str) -> xr.Dataset:
    """Put quantities of the same days and grid together."""
    (name, first), *others = joined.items()
    for other, field in others:
        ours, theirs = (one["time"].to_numpy().astype("datetime64[D]") for one in (first, field))
        if (missing := np.setxor1d(ours, theirs)).size:
            without, having = (other, name) if missing[0] in ours else (name, other)
            what = f"no {without} on {missing[0]}, of which there is {having} ({missing.size} such days)"
            raise InputError(what, where, "give files of the same days, or open the quantities apart")
        for axis in ("latitude", "longitude", "depth"):
            if axis in first.coords and axis in field.coords and _differing(first[axis], field[axis]) is not None:
                what = f"{other} on another grid than {name}: {axis} differs"
                raise InputError(what, where, "open them apart, and bring one to the grid of the other")
        shared = [axis for axis in ("latitude", "longitude", "depth") if axis in first.coords and axis in field.coords]
        joined[other] = field.assign_coords({axis: first[axis] for axis in shared})
    return xr.Dataset(joined)


def _refuse_gaps(dates: Floats, where: str) -> None:
    """Refuse missing days."""
    if (wide := np.diff(dates) > _DAY).any():
        day = dates[:-1][wide][0].astype("datetime64[D]")
        number = int((np.diff(dates)[wide][0] // _DAY) - 1)
        what = f"{number} days missing after {day}" if number > 1 else f"{day + 1} is missing"
        raise InputError(what, where, "add its file, or set gaps to true: no window of days will cross it")


def _where(files: list[Path]) -> str:
    """Name the files in a message."""
    return str(files[0]) if len(files) == 1 else f"{files[0].parent} ({len(files)} files)"


def _has(path: Path) -> str:
    """List the variables of a file, as a hint."""
    return f"{path.name} has {', '.join(map(str, opened(path).data_vars)) or 'no variables'}; name them under variables"
