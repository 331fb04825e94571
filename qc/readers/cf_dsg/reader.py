"""CF netCDF of profiles: discrete sampling geometries in any of their layouts, found by standard names and units.

Format: CF conventions 1.8, chapter 9 and appendix H. Layouts: contiguous ragged array (`sample_dimension`), indexed
ragged array (`instance_dimension`), both together, orthogonal and incomplete multidimensional arrays, a single profile.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.cf_dsg.flag_words import as_delivered, flag_variables, iode
from qc.readers.cf_dsg.levels import Levels
from qc.readers.columns.coordinates import floats, position, pressure_and_depth
from qc.readers.columns.text import repeat_for_levels
from qc.readers.columns.units import in_celsius
from qc.readers.columns.variables import AMOUNTS, Seawater, Values
from qc.readers.files.source import Source
from qc.table import flags, schema
from qc.types import Floats, Mask

FEATURES = ("profile", "trajectoryprofile", "timeseriesprofile")
_NUTRIENTS = {"nitrate": "nitrate", "phosphate": "phosphate", "silicate": "silicate"}
# standard names, the preferred first: an amount by mass needs no density
_NAMES = {
    "time": ("time",),
    "latitude": ("latitude",),
    "longitude": ("longitude",),
    "pressure": ("sea_water_pressure", "sea_water_pressure_due_to_sea_water"),
    "depth": ("depth", "height", "altitude"),
    "temperature": ("sea_water_temperature",),
    "salinity": ("sea_water_practical_salinity", "sea_water_salinity"),
    "oxygen": (
        "moles_of_oxygen_per_unit_mass_in_sea_water",
        "mole_concentration_of_dissolved_molecular_oxygen_in_sea_water",
        "volume_fraction_of_oxygen_in_sea_water",
        "mass_concentration_of_oxygen_in_sea_water",
    ),
} | {
    ours: (f"moles_of_{name}_per_unit_mass_in_sea_water", f"mole_concentration_of_{name}_in_sea_water")
    for ours, name in _NUTRIENTS.items()
}
# factor to dbar, m or seconds; degC and 1 need none
_SCALES = {
    "pressure": {"dbar": 1.0, "decibar": 1.0, "decibars": 1.0, "pa": 1e-4, "hpa": 1e-2, "bar": 10.0, "mpa": 100.0},
    "depth": {"m": 1.0, "meter": 1.0, "meters": 1.0, "metre": 1.0, "metres": 1.0, "km": 1e3, "cm": 1e-2},
}
_SECONDS = {"day": 86400.0, "d": 86400.0, "hour": 3600.0, "h": 3600.0, "hr": 3600.0, "minute": 60.0, "min": 60.0}
_SECONDS |= {"second": 1.0, "sec": 1.0, "s": 1.0, "millisecond": 1e-3, "msec": 1e-3, "ms": 1e-3}
_CALENDARS = ("standard", "gregorian", "proleptic_gregorian")
# PSS-78; parts per thousand are how it was written before it had no unit
_SALINITY = r"|1(\.0)?|1e-0?3|0?\.001|g[ /]kg(-1|\^-1)?|ppt|p?psu|pss(-?78)?|psal|practical[ _]salinity[ _]units?"
_INSTRUMENTS = ("bottle", "ctd", "float", "glider")


def matches(dataset: Any) -> bool:
    """Return whether a dataset declares to hold profiles.

    Parameters
    ----------
    dataset : netCDF4.Dataset
        The open file.
    """
    return str(getattr(dataset, "featureType", "")).strip().lower() in FEATURES


def read(source: Source, policy: seawater.Policy = "sample") -> pa.Table:
    """Read all profiles of a file.

    Of several variables of one standard name that of the preferred unit (by mass) is read, then the first. Flags are
    read from `ancillary_variables` that have flag_meanings, by these words.

    Parameters
    ----------
    source : Source
        The file.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume.

    Returns
    -------
    pyarrow.Table
        Observations; `row` counts levels in the file; the cast is the text variable `cast`, or else the profile_id, or
        else the number of the profile; source, cruise, platform and instrument are text variables of these names
        where there are any ("cf_dsg", none, none and "ctd" otherwise).

    Raises
    ------
    InputError
        If there is no oxygen, position or vertical coordinate by standard name, no time by standard name, axis or unit
        ("days since ..."), the levels of the profiles do not add up, or a unit is unknown.
    """
    with source.netcdf() as dataset:
        found = {name: list(_candidates(dataset, name)) for name in _NAMES}
        found["time"] = found["time"] or _times(dataset)
        if not found["oxygen"]:
            raise InputError("no variable with a standard name of oxygen", source.name, "give it one of CF")
        levels = Levels(dataset, found["oxygen"][0], source)
        chosen = {name: one for name in found if (one := next(filter(levels.has, found[name]), None)) is not None}
        lacking = [name for name in ("time", "latitude", "longitude", "oxygen") if name not in chosen]
        if "pressure" not in chosen and "depth" not in chosen:
            lacking.append("sea_water_pressure or depth")
        if lacking:
            raise InputError(f"no variable with standard name {', '.join(lacking)} at its levels", source.name)
        columns = _identity(dataset, levels, source) | _coordinates(found, levels, source)
        numbers = {name: _values(chosen[name], name, levels, source) for name in schema.VARIABLES if name in chosen}
    place = {name: np.asarray(columns[name], np.float64) for name in ("pressure", "longitude", "latitude")}
    water = Seawater.of(numbers, place["pressure"], place["longitude"], place["latitude"])
    for name, values in numbers.items():
        converted = values.converted(policy, water, name, source.name) if name in AMOUNTS else values
        columns |= converted.columns(name)
    table = schema.from_columns(columns, source.name)
    return table if levels.ragged else table.filter(pa.array(_there(table)))


def _there(table: pa.Table) -> Mask:
    """Tell the levels of profiles from what fills up a rectangular array."""
    given = [np.isfinite(table[name].to_numpy()) for name in ("pressure", *schema.VARIABLES)]
    return np.asarray(np.any(given, axis=0))


def _candidates(dataset: Any, name: str) -> Iterator[Any]:
    """Give the variables of one of the standard names, the preferred name first."""
    for standard in _NAMES[name]:
        for variable in dataset.variables.values():
            if str(getattr(variable, "standard_name", "")).strip() == standard and variable.dtype != str:
                if name not in AMOUNTS or _known_unit(variable):
                    yield variable


def _times(dataset: Any) -> list[Any]:
    """Return the time of a file that gives it no standard name: of axis T, or the only one with a unit of time."""
    dated = [
        variable
        for variable in dataset.variables.values()
        if " since " in str(getattr(variable, "units", "")) and not hasattr(variable, "standard_name")
    ]
    axes = [variable for variable in dated if str(getattr(variable, "axis", "")).strip().upper() == "T"]
    return axes or (dated if len(dated) == 1 else [])


def _known_unit(variable: Any) -> bool:
    """Tell whether the unit of a variable can be converted to umol/kg."""
    try:
        seawater.normalise_unit(str(getattr(variable, "units", "")))
    except InputError:
        return False
    return True


def _identity(dataset: Any, levels: Levels, source: Source) -> dict[str, object]:
    """Return file, row and names of each level."""
    profiles, of = len(levels.first), dataset.variables
    text = {name: levels.names(_text(of.get(name))) for name in ("source", "cruise", "platform", "instrument", "cast")}
    ids = next((levels.names(v) for v in of.values() if getattr(v, "cf_role", "") == "profile_id"), None)
    if ids is None or len(set(ids)) < profiles:
        ids = np.arange(profiles).astype(str).astype(object)
    cast = ids if text["cast"] is None else text["cast"]
    archive = _replaced(text["source"], profiles, lambda name: name or "cf_dsg")
    instrument = _replaced(text["instrument"], profiles, lambda name: name if name in _INSTRUMENTS else "ctd")
    same = pd.DataFrame({"s": archive, "c": cast, "i": instrument}).duplicated(keep=False).to_numpy()
    cast = np.where(same, cast + " (" + ids + ")", cast)  # two profiles of one name are two casts
    named = {"source": archive, "cast": cast, "instrument": instrument}
    named |= {name: names for name in ("cruise", "platform") if (names := text[name]) is not None}
    columns: dict[str, object] = {"file": source.name, "row": np.arange(levels.size)}
    return columns | {
        name: repeat_for_levels([one or None for one in names], levels.profile) for name, names in named.items()
    }


def _text(variable: Any) -> Any:
    """Return a variable of text; a number only carries attributes, as in the templates of NCEI, and is no name."""
    return variable if variable is not None and (variable.dtype == str or variable.dtype.kind == "S") else None


def _replaced(names: NDArray[np.object_] | None, n: int, name: Callable[[str], str]) -> NDArray[np.object_]:
    """Map names; without any, that of an empty one n times."""
    return np.array([name(one) for one in ([""] * n if names is None else names)], object)


def _coordinates(found: dict[str, list[Any]], levels: Levels, source: Source) -> dict[str, object]:
    """Return time, position, vertical coordinates, and the flags of the first two."""
    numbers = {name: _numbers(found[name], name, levels, source) for name in ("latitude", "longitude")}
    numbers |= {name: _numbers(found[name], name, levels, source) for name in ("pressure", "depth")}
    north, east = position(numbers["latitude"], numbers["longitude"])
    pressure, depth = pressure_and_depth(numbers["pressure"], numbers["depth"], north)
    seconds = _numbers(found["time"], "time", levels, source)
    time = np.where(np.isfinite(seconds), np.round(seconds * 1e3), np.nan)
    stamps = np.where(np.isfinite(time), np.nan_to_num(time).astype("datetime64[ms]"), np.datetime64("NaT", "ms"))
    columns: dict[str, object] = {"time": stamps, "latitude": north, "longitude": east}
    for name, variable, value in (("time", "time", time), ("position", "latitude", north + east)):
        linked = [flag for one in found[variable] for flag in flag_variables(one, levels)]
        if linked:
            columns[f"{name}_flag"] = flags.agree(
                _finest(linked, lambda v: iode(v, levels), levels, flags.MISSING), value
            )
    return columns | {"pressure": pressure, "depth": depth}


def _numbers(variables: list[Any], name: str, levels: Levels, source: Source) -> Floats:
    """Return a coordinate in the unit of the observation table, time in seconds since 1970; NaN where missing."""
    given = [variable for variable in variables if levels.has(variable)]
    if not given:
        return np.full(levels.size, np.nan)
    return np.asarray(_finest(given, lambda variable: _scaled(variable, name, levels, source), levels, np.nan))


def _finest(variables: list[Any], values: Callable[[Any], Any], levels: Levels, missing: float) -> Any:
    """Return what each profile has once; where it has a value for each level as well, those."""
    coarse = [one for one in variables if not levels.is_of_levels(one)]
    fine = [one for one in variables if levels.is_of_levels(one)]
    if not coarse or not fine:
        return values(variables[0])
    detailed = values(fine[0])
    known = np.isfinite(detailed) if missing != missing else detailed != missing
    has_details = np.bincount(levels.profile, known, len(levels.first))[levels.profile] > 0
    return np.where(has_details, detailed, values(coarse[0]))


def _scaled(variable: Any, name: str, levels: Levels, source: Source) -> Floats:
    """Return the numbers of a coordinate, converted from its unit."""
    number, unit = floats(levels.take(variable)), str(getattr(variable, "units", "")).strip()
    if name == "time":
        return _seconds(number, unit, str(getattr(variable, "calendar", "standard")), source)
    if name in _SCALES:
        factor = _SCALES[name].get(unit.lower())
        if factor is None:
            raise InputError(f"{variable.name} in {unit!r}", source.name, f"units of {name} that are known: dbar, m")
        usual = "down" if str(getattr(variable, "standard_name", "")) in ("depth", *_NAMES["pressure"]) else "up"
        return number * (-factor if getattr(variable, "positive", usual) == "up" else factor)
    return number


def _seconds(number: Floats, unit: str, calendar: str, source: Source) -> Floats:
    """Return seconds since 1970 of "days since 1950-01-01" and its like."""
    word, _, since = unit.partition(" since ")
    factor = _SECONDS.get(word.strip().lower().rstrip("s") or "s", _SECONDS.get(word.strip().lower()))
    epoch = pd.to_datetime(since.strip().removesuffix("UTC").strip(), errors="coerce", utc=True)
    if factor is None or pd.isna(epoch) or calendar.lower() not in _CALENDARS:
        raise InputError(f"unknown unit of time {unit!r}, calendar {calendar}", source.name, "days since 1950-01-01")
    start = float(np.datetime64(epoch.tz_localize(None), "ms").astype(np.int64)) / 1e3
    return number * factor + start


def _values(variable: Any, name: str, levels: Levels, source: Source) -> Values:
    """Return a variable with its flags."""
    number, unit = floats(levels.take(variable)), str(getattr(variable, "units", "1"))
    values = Values.of(number, unit)
    for flag in flag_variables(variable, levels)[:1]:
        values = replace(values, flag=iode(flag, levels), archive_flag=as_delivered(flag, levels))
    if name == "temperature":
        return in_celsius(values, str(variable.name), source.name)
    if name == "salinity" and np.isfinite(number).any() and not re.fullmatch(_SALINITY, unit.strip().lower()):
        raise InputError(
            f"{variable.name} in {unit!r}, which is not that of PSS-78", source.name, "convert it to PSS-78"
        )
    return values
