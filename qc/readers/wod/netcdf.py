"""World Ocean Database netCDF: ragged (WODselect `ocldb*.nc`, yearly `wod_osd_*.nc`, IQuOD) and single casts.

Also what these share with the native ASCII form (`qc.readers.wod.ascii`): identity of casts, and flags.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.columns.coordinates import calendar, days_since, floats, position, pressure_and_depth
from qc.readers.columns.text import words
from qc.readers.columns.variables import State, Values
from qc.readers.files.source import Source, need
from qc.table import flags, schema

_REQUIRED = ("wod_unique_cast", "lat", "lon", "time", "z")
_VARIABLES = {
    "temperature": "Temperature",
    "salinity": "Salinity",
    "oxygen": "Oxygen",
    "nitrate": "Nitrate",
    "phosphate": "Phosphate",
    "silicate": "Silicate",
}
_DATASETS = {"bottle": "bottle", "ctd": "ctd", "profiling float": "float", "glider": "glider"}
_FILES = {"osd": "bottle", "ctd": "ctd", "pfl": "float", "gld": "glider"}  # a part of the file's name
_VEHICLES = ("float", "glider")  # held out by platform, not by cruise


def read(source: Source, policy: seawater.Policy = "sample") -> pa.Table:
    """Read a ragged multi-cast file or a file of one cast: every level of every cast.

    Oxygen that its originator reported in ml/l was converted by the archive with a constant density; it is taken
    back (divided by 43.570) and converted again under `policy`.

    Parameters
    ----------
    source : Source
        The file.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume. Under "sample" what the archive made with its constant density stays so where
        temperature or salinity is missing or bad.

    Returns
    -------
    pyarrow.Table
        Observations; `row` is the number of the level in `z`; `cast` is `wod_unique_cast`.

    Raises
    ------
    InputError
        If the file is no such file, is truncated, or the levels of a variable are not those of `z`.
    """
    with source.netcdf() as dataset:
        need(dataset, _REQUIRED, source)
        size = _row_size(dataset, "z")
        z = _numbers(dataset, "z")
        if z.size != size.sum():
            raise InputError(f"z_row_size adds up to {size.sum()}, z has {z.size} levels", source.name)
        cast = np.repeat(np.arange(size.size), size)
        columns = _casts(dataset, cast, source)
        north, east = columns["latitude"], columns["longitude"]
        there = {**_VARIABLES, "pressure": "Pressure"}.items()
        variables = {
            ours: _variable(dataset, theirs, size, cast, source)
            for ours, theirs in there
            if theirs in dataset.variables
        }
        measured = variables.pop("pressure").value if "pressure" in variables else np.full(z.shape, np.nan)
        pressure, depth = pressure_and_depth(measured, z, north)  # type: ignore[arg-type]
        columns |= {"pressure": pressure, "depth": depth}
        nothing = np.full(z.shape, np.nan)
        SP, t = (variables[name].usable if name in variables else nothing for name in ("salinity", "temperature"))
        state = State(SP, t, pressure, east, north)  # type: ignore[arg-type]
        for name in schema.VARIABLES[2:]:
            if name in variables:
                variables[name] = _in_umol_kg(variables[name], dataset, name, cast, policy, state, source)
        doubtful = _level_flags(dataset, "z")
        for name, values in variables.items():
            columns |= (values if doubtful is None else with_depth_flag(values, doubtful)).columns(name)
    return schema.from_columns(columns, source.name)


def identity(
    cast: NDArray[np.int64],
    source: Source,
    *,
    unique: NDArray[np.str_],
    cruise: NDArray[np.str_],
    accession: NDArray[np.float64],
    platform: NDArray[np.str_],
    dataset: NDArray[np.str_],
    time: NDArray[np.datetime64],
    north: NDArray[np.float64],
    east: NDArray[np.float64],
) -> dict[str, object]:
    """Make the columns that are constant over a cast, one entry a level.

    Parameters
    ----------
    cast : integers, shape (level,)
        Order number of each level's cast.
    source : Source
        The file; its name tells the instrument where `dataset` is empty.
    unique, cruise, platform, dataset : text, shape (cast,)
        WOD unique cast number; country and cruise; ship; name of the dataset. Empty where missing.
    accession : floats, shape (cast,)
        Delivery to the archive, NaN where unknown: what came in one stays together where no cruise is named.
    time, north, east : arrays, shape (cast,)
        UTC; degrees north and east, longitude in [-180, 180).
    """
    delivered = np.isfinite(accession) & (accession >= 0)
    delivery = np.char.add("accession ", np.where(delivered, accession, 0).astype(np.int64).astype(str))
    cruise = np.where((cruise == "") & delivered, delivery, cruise)
    cruise = np.where(cruise == "", np.char.add("cast ", unique), cruise)
    return {
        "source": "wod",
        "file": source.name,
        "row": np.arange(cast.size),
        "cast": _spread(unique, cast),
        "cruise": _spread(cruise, cast),
        "platform": _spread(platform, cast),
        "instrument": _spread(_instrument(dataset, source), cast),
        "time": time[cast],
        "latitude": north[cast],
        "longitude": east[cast],
    }


def flagged(
    value: NDArray[np.float64], unit: str, codes: ArrayLike | None, whole: ArrayLike | None, doubt: ArrayLike = False
) -> Values:
    """Give a variable its flags: the level's, or that of the whole profile where it is worse.

    Parameters
    ----------
    value : floats, shape (level,)
        As delivered.
    unit : str
        As delivered.
    codes, whole : array, shape (level,), optional
        WOD flag of the level, and that of its profile.
    doubt : mask, shape (level,)
        Where the value is suspect whatever its flags.
    """
    values = Values.of(value, unit, codes, "wod")
    flag = values.flag if whole is None else flags.merge(values.flag, flags.to_iode(whole, "wod_profile"))
    flag = np.where(doubt, flags.merge(flag, np.int8(flags.SUSPECT)), flag).astype(np.int8)
    return Values(value, value, unit, flag, values.archive_flag)


def with_depth_flag(values: Values, codes: NDArray[Any]) -> Values:
    """Make values suspect at least where WOD flags their depth: 1 repeated or inverted, 2 density inversion."""
    doubtful = np.isin(flags.to_iode(codes, "wod"), (flags.SUSPECT, flags.FAIL))  # any code but 0 and blank
    flag = np.where(doubtful, flags.merge(values.flag, np.int8(flags.SUSPECT)), values.flag).astype(np.int8)
    return replace(values, flag=flag)


def _numbers(dataset: Any, name: str, missing: float = -1e10) -> NDArray[np.float64]:
    """Return a variable as floats, one-dimensional; the files of one cast have scalars, and no fill value declared."""
    numbers = floats(np.ma.atleast_1d(dataset[name][:]))
    return np.where(numbers <= missing / 10, np.nan, numbers)


def _row_size(dataset: Any, variable: str) -> NDArray[np.int64]:
    if f"{variable}_row_size" not in dataset.variables:  # the file of one cast
        return np.array([dataset[variable].size], np.int64)
    size = np.ma.filled(dataset[f"{variable}_row_size"][:], 0)
    return np.where(size > 0, size, 0).astype(np.int64)


def _texts(dataset: Any, name: str) -> NDArray[np.str_]:
    """Return a per-cast text; empty where the file does not have it."""
    if name not in dataset.variables:
        return np.full(np.atleast_1d(dataset["lat"][:]).shape, "")
    raw = np.asanyarray(dataset[name][:])
    return words(np.ma.atleast_2d(raw) if raw.dtype == "S1" else raw)  # the file of one cast has one row of characters


def _casts(dataset: Any, cast: NDArray[np.int64], source: Source) -> dict[str, object]:
    kind = _texts(dataset, "dataset")
    cruise, platform = _texts(dataset, "WOD_cruise_identifier"), _texts(dataset, "Platform")
    if "WMO_ID" in dataset.variables:
        number = _numbers(dataset, "WMO_ID")
        wmo = np.where(number > 0, np.where(number > 0, number, 0).astype(np.int64).astype(str), "")
        platform = np.where(platform == "", wmo, platform)
        vehicle = np.isin(_instrument(kind, source), _VEHICLES) & (wmo != "")
        cruise = np.where(vehicle, wmo, cruise)
    unique = _numbers(dataset, "wod_unique_cast")
    if not (np.abs(unique) < 2**53).all():  # one name for several casts would make them one
        raise InputError("a cast without a number wod_unique_cast", source.name, "is it damaged? get it again")
    north, east = position(_numbers(dataset, "lat"), _numbers(dataset, "lon"))
    nowhere = np.full(north.shape, np.nan)
    return identity(
        cast,
        source,
        unique=unique.astype(np.int64).astype(str),
        cruise=cruise,
        accession=_numbers(dataset, "Access_no") if "Access_no" in dataset.variables else nowhere,
        platform=platform,
        dataset=kind,
        time=_time(dataset),
        north=north,
        east=east,
    )


def _spread(text: NDArray[np.str_], cast: NDArray[np.int64]) -> Any:
    codes, names = pd.factorize(text)
    given = np.where(names[codes] == "", -1, codes) if names.size else codes
    return pd.Categorical.from_codes(given[cast], pd.Index(names, dtype=str))


def _instrument(dataset: NDArray[np.str_], source: Source) -> NDArray[np.str_]:
    text = np.char.lower(dataset)
    name = source.stem.lower()
    default = next((instrument for part, instrument in _FILES.items() if part in name), "")
    instrument = np.where(text == "", default, text).astype("U40")
    for part, ours in _DATASETS.items():
        instrument[np.char.find(text, part) >= 0] = ours
    return instrument


def _time(dataset: Any) -> NDArray[np.datetime64]:
    """Time of each cast; a missing one is recovered from `date` and `GMT_time`, day 0 as the middle of the month.

    Midnight is noon where the hour is missing.
    """
    days = _numbers(dataset, "time")
    days[days < 1] = np.nan  # a missing date decodes to the epoch
    time = days_since(days, "1770-01-01")
    if "date" not in dataset.variables:
        return time
    date = _numbers(dataset, "date")
    year, month, day = date // 10000, date // 100 % 100, date % 100
    hour = _numbers(dataset, "GMT_time") if "GMT_time" in dataset.variables else np.full(date.shape, np.nan)
    recovered = calendar(year, month, np.where(day == 0, 15, day), hour)
    no_hour = ~np.isfinite(hour) & (days == np.floor(days)) & ~np.isnat(recovered)
    return np.where(np.isnat(time) | no_hour, recovered, time)


def _variable(dataset: Any, name: str, size: NDArray[np.int64], cast: NDArray[np.int64], source: Source) -> Values:
    """Put a variable on the levels of z: its row size in a cast is that of z, or nought."""
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
    whole = _numbers(dataset, profile)[cast] if profile in dataset.variables else None
    return flagged(value, str(getattr(dataset[name], "units", "1")), codes, whole)


def _level_flags(dataset: Any, name: str) -> NDArray[np.float64] | None:
    given = [f"{name}_{kind}" for kind in ("WODflag", "IQUODflag") if f"{name}_{kind}" in dataset.variables]
    return _numbers(dataset, given[0]) if given else None


def _in_umol_kg(
    values: Values,
    dataset: Any,
    name: str,
    cast: NDArray[np.int64],
    policy: seawater.Policy,
    state: State,
    source: Source,
) -> Values:
    column = _VARIABLES[name]
    plain = values.converted(policy, state, column, source.name)
    originally = np.char.lower(_texts(dataset, f"{column}_Original_units"))
    from_volume = np.char.startswith(originally, "ml/l")[cast]
    if name != "oxygen" or seawater.normalise_unit(values.unit) != "umol/kg" or not from_volume.any():
        return plain
    recovered = Values(values.value, values.delivered, "umol/kg from ml/l", values.flag, values.archive_flag)
    return recovered.converted(policy, state, column, source.name).or_else(plain, ~from_volume)
