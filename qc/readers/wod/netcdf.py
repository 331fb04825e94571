"""World Ocean Database netCDF: ragged arrays (WODselect `ocldb*.nc`, yearly `wod_osd_*.nc`, IQuOD) and single casts."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.columns.coordinates import Times, calendar, days_since, floats, position, pressure_and_depth, time_flags
from qc.readers.columns.text import strings
from qc.readers.columns.variables import AMOUNTS, Seawater, Values
from qc.readers.files.source import Source, require_variables
from qc.readers.wod.conventions import identity, instrument, with_depth_flags, with_flags
from qc.table import flags, schema
from qc.table.flags import Flags
from qc.types import Floats, Integers

_REQUIRED = ("wod_unique_cast", "lat", "lon", "time", "z")
_VARIABLES = {
    "temperature": "Temperature",
    "salinity": "Salinity",
    "oxygen": "Oxygen",
    "nitrate": "Nitrate",
    "phosphate": "Phosphate",
    "silicate": "Silicate",
}
_VEHICLES = ("float", "glider")  # held out by platform, not by cruise


def read(source: Source, policy: seawater.Policy = "sample") -> pa.Table:
    """Read a ragged multi-cast file or a file of one cast: every level of every cast.

    Oxygen that its originator reported in ml/l was converted by the archive with a constant density; this reader
    recovers the ml/l (`qc.physics.seawater.ML_PER_L_WOD`) and converts them under `policy`.

    Parameters
    ----------
    source : Source
        The file.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume. Under "sample" a value that the archive converted with its constant density keeps
        it where temperature or salinity is missing or bad.

    Returns
    -------
    pyarrow.Table
        Observations; `row` is the number of the level in `z`; `cast` is `wod_unique_cast`.

    Raises
    ------
    InputError
        If the file lacks a required variable, is truncated, or the levels of a variable are not those of `z`.
    """
    with source.netcdf() as dataset:
        require_variables(dataset, _REQUIRED, source)
        size = _row_size(dataset, "z")
        z = _numbers(dataset, "z")
        if z.size != size.sum():
            raise InputError(f"z_row_size adds up to {size.sum()}, z has {z.size} levels", source.name)
        cast = np.repeat(np.arange(size.size), size)
        columns = _casts(dataset, cast, source)
        north, east = columns["latitude"], columns["longitude"]
        variables = {
            ours: _variable(dataset, theirs, size, cast, source)
            for ours, theirs in {**_VARIABLES, "pressure": "Pressure"}.items()
            if theirs in dataset.variables
        }
        measured = variables.pop("pressure").value if "pressure" in variables else np.full(z.shape, np.nan)
        pressure, depth = pressure_and_depth(measured, z, north)
        columns |= {"pressure": pressure, "depth": depth}
        water = Seawater.of(variables, pressure, east, north)
        for name in AMOUNTS:
            if name in variables:
                variables[name] = _in_umol_kg(variables[name], dataset, name, cast, policy, water, source)
        depth_flags = _level_flags(dataset, "z")
        for name, values in variables.items():
            columns |= (values if depth_flags is None else with_depth_flags(values, depth_flags)).columns(name)
    return schema.from_columns(columns, source.name)


def _numbers(dataset: Any, name: str, missing: float = -1e10) -> Floats:
    """Return a variable as a one-dimensional array; files of one cast hold scalars and declare no fill value."""
    numbers = floats(np.ma.atleast_1d(dataset[name][:]))
    return np.where(numbers <= missing / 10, np.nan, numbers)


def _row_size(dataset: Any, variable: str) -> Integers:
    """Return the number of levels of a variable in each cast."""
    if f"{variable}_row_size" not in dataset.variables:  # a file of one cast
        return np.array([dataset[variable].size], np.int64)
    size = np.ma.filled(dataset[f"{variable}_row_size"][:], 0)
    return np.where(size > 0, size, 0).astype(np.int64)


def _strings(dataset: Any, name: str) -> NDArray[np.str_]:
    """Return a text of each cast; empty where the file does not have it."""
    if name not in dataset.variables:
        return np.full(np.atleast_1d(dataset["lat"][:]).shape, "")
    raw = np.asanyarray(dataset[name][:])
    return strings(np.ma.atleast_2d(raw) if raw.dtype == "S1" else raw)  # a file of one cast has one row of characters


def _casts(dataset: Any, cast: Integers, source: Source) -> dict[str, Any]:
    """Return the columns that are constant over a cast, shape (level,)."""
    kind = _strings(dataset, "dataset")
    cruise, platform = _strings(dataset, "WOD_cruise_identifier"), _strings(dataset, "Platform")
    if "WMO_ID" in dataset.variables:
        number = _numbers(dataset, "WMO_ID")
        wmo = np.where(number > 0, np.where(number > 0, number, 0).astype(np.int64).astype(str), "")
        platform = np.where(platform == "", wmo, platform)
        vehicle = np.isin(instrument(kind, source), _VEHICLES) & (wmo != "")
        cruise = np.where(vehicle, wmo, cruise)
    unique = _numbers(dataset, "wod_unique_cast")
    if not (np.abs(unique) < 2**53).all():  # casts of the same name would be merged
        raise InputError("a cast without a number wod_unique_cast", source.name, "is it damaged? get it again")
    north, east = position(_numbers(dataset, "lat"), _numbers(dataset, "lon"))
    unknown = np.full(north.shape, np.nan)
    return identity(
        cast,
        source,
        unique=unique.astype(np.int64).astype(str),
        cruise=cruise,
        accession=_numbers(dataset, "Access_no") if "Access_no" in dataset.variables else unknown,
        platform=platform,
        dataset=kind,
        time=_time(dataset),
        north=north,
        east=east,
    )


def _time(dataset: Any) -> tuple[Times, Flags]:
    """Return the time of each cast and its flag; where it is missing, that of `date` and `GMT_time`.

    Midnight becomes noon where the hour is missing. A time whose `date` has no day is suspect.
    """
    days = _numbers(dataset, "time")
    days[days < 1] = np.nan  # a missing date decodes to the epoch
    time = days_since(days, "1770-01-01")
    if "date" not in dataset.variables:
        return time, time_flags(time)
    date = _numbers(dataset, "date")
    year, month, day = date // 10000, date // 100 % 100, date % 100
    hour = _numbers(dataset, "GMT_time") if "GMT_time" in dataset.variables else np.full(date.shape, np.nan)
    recovered, flag = calendar(year, month, day, hour)
    no_hour = ~np.isfinite(hour) & (days == np.floor(days)) & ~np.isnat(recovered)
    other = np.isnat(time) | no_hour
    assumed = (other & (flag == flags.SUSPECT)) | (day == 0)
    time = np.where(other, recovered, time)
    return time, time_flags(time, assumed)


def _variable(dataset: Any, name: str, size: Integers, cast: Integers, source: Source) -> Values:
    """Return a variable on the levels of z: its row size in a cast is that of z, or 0."""
    own = _row_size(dataset, name)
    if np.any((own > 0) & (own != size)):
        first = int(np.flatnonzero((own > 0) & (own != size))[0])
        raise InputError(f"{name} has {own[first]} levels, z has {size[first]}", f"{source.name}, cast number {first}")
    there = (own > 0)[cast]
    raw = _numbers(dataset, name)
    if raw.size != there.sum():
        raise InputError(f"{name}_row_size adds up to {there.sum()}, {name} has {raw.size} values", source.name)
    value, level = np.full(cast.size, np.nan), _level_flags(dataset, name)
    value[there] = raw
    codes = None
    if level is not None:
        codes = np.full(cast.size, np.nan)
        codes[there] = level
    profile = f"{name}_WODprofileflag"
    profile_flags = _numbers(dataset, profile)[cast] if profile in dataset.variables else None
    return with_flags(value, str(getattr(dataset[name], "units", "1")), codes, profile_flags)


def _level_flags(dataset: Any, name: str) -> Floats | None:
    """Return the WOD or IQuOD flags of the levels of a variable, if the file has any."""
    given = [f"{name}_{kind}" for kind in ("WODflag", "IQUODflag") if f"{name}_{kind}" in dataset.variables]
    return _numbers(dataset, given[0]) if given else None


def _in_umol_kg(
    values: Values,
    dataset: Any,
    name: str,
    cast: Integers,
    policy: seawater.Policy,
    water: Seawater,
    source: Source,
) -> Values:
    """Convert a variable to umol/kg; oxygen that was reported in ml/l is recovered first."""
    column = _VARIABLES[name]
    converted = values.converted(policy, water, column, source.name)
    originally = np.char.lower(_strings(dataset, f"{column}_Original_units"))
    from_volume = np.char.startswith(originally, "ml/l")[cast]
    if name != "oxygen" or seawater.normalise_unit(values.unit) != "umol/kg" or not from_volume.any():
        return converted
    recovered = Values(values.value, values.delivered, "umol/kg from ml/l", values.flag, values.archive_flag)
    return recovered.converted(policy, water, column, source.name).filled_from(converted, ~from_volume)
