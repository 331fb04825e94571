"""GLODAP merged product: csv in the layout of the merged master file, or MATLAB 5; names with or without "G2"."""

import io
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.columns.coordinates import calendar, floats, position, pressure_and_depth
from qc.readers.columns.rows import find_rows
from qc.readers.columns.variables import Values
from qc.readers.files import matlab
from qc.readers.files.source import Source
from qc.table import schema
from qc.table.text_columns import categorical
from qc.types import Floats

_MISSING = -9999.0
_REQUIRED = ("station", "year", "month", "day", "latitude", "longitude", "pressure", "oxygen")
_NAMES = (*_REQUIRED, "expocode", "cruise", "cast", "hour", "minute", "depth", "temperature", "salinity")
_FLAGGED = ("salinity", "oxygen", "nitrate", "phosphate", "silicate")
_READ = {*_NAMES, *_FLAGGED, *(f"{name}f" for name in _FLAGGED)}


def matches(names: list[str]) -> bool:
    """Return whether column names are those of GLODAP, with or without the prefix "G2".

    Parameters
    ----------
    names : list of str
        Names of the columns or variables of a file.
    """
    found = {_without_prefix(name) for name in names}
    return found >= set(_REQUIRED)


def read(source: Source, policy: seawater.Policy = "sample") -> pa.Table:
    """Read samples of one or many cruises; oxygen is bias-adjusted already.

    Parameters
    ----------
    source : Source
        The file. Flags, temperature, salinity, depth and cruise may be absent, as in extracts.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume; GLODAP has none, and all readers have the same parameters.

    Returns
    -------
    pyarrow.Table
        Observations; `row` counts samples, refused ones included; `cruise` is the expocode, or the cruise number where
        there is none, or else the file name; `cast` is "cruise_station_cast".

    Raises
    ------
    InputError
        If a needed column is absent, the file is truncated, or no row of a csv fits its header.
    """
    raw = _from_mat(source) if source.head(4) == b"MATL" else _from_csv(source)
    columns = {
        name: array if name == "expocode" else _numbers(array, name, source)
        for name, array in raw.items()
        if name != "row"
    }
    missing = [name for name in _REQUIRED if name not in columns]
    if missing:
        raise InputError(
            f"no column {', '.join(missing)}", source.name, "names are those of GLODAP, with or without G2"
        )
    n = len(columns["oxygen"])
    cruise = _cruise(columns, source, n)
    north, east = position(_number(columns, "latitude", n), _number(columns, "longitude", n))
    pressure, depth = pressure_and_depth(_number(columns, "pressure", n), _number(columns, "depth", n), north)
    time, time_flag = calendar(*(_number(columns, name, n) for name in ("year", "month", "day", "hour", "minute")))
    table: dict[str, object] = {
        "source": "glodap",
        "file": source.name,
        "row": raw["row"],
        "cast": _cast(columns, cruise, n),
        "cruise": cruise,
        "instrument": "bottle",
        "time": time,
        "time_flag": time_flag,
        "latitude": north,
        "longitude": east,
        "pressure": pressure,
        "depth": depth,
    }
    for name in schema.VARIABLES:
        if name in columns:
            unit = {"temperature": "degC", "salinity": "1"}.get(name, "umol/kg")
            code = columns.get(f"{name}f")
            flag = None if code is None else np.where(np.isnan(code), 9, code)
            table |= Values.of(_number(columns, name, n), unit, flag, "glodap").columns(name)
    return schema.from_columns(table, source.name)


def _without_prefix(name: str) -> str:
    """Return a name in lower case, without "G2"."""
    return name.strip().lower().removeprefix("g2")


def _from_csv(source: Source) -> dict[str, Any]:
    """Return the columns of a csv that are read, and the number of each row, refused ones included."""
    raw = source.bytes().rstrip(b"\x1a\r\n")
    fields = raw.split(b"\n", 1)[0].count(b",") + 1
    if raw.rsplit(b"\n", 1)[-1].count(b",") + 1 < fields:
        raise InputError("the last line is incomplete", source.name, "is it truncated? get it again")
    number = None
    if not all(line.count(b",") + 1 == fields and line.strip(b", \r\n") for line in io.BytesIO(raw)):
        head, *lines = raw.decode("latin-1").replace("\r", "").split("\n")
        rows = find_rows([head, *lines], 1, ",", fields).of_width(fields, source)
        raw, number = "\n".join([head, *rows.text]).encode("latin-1"), rows.number
    try:
        frame = pd.read_csv(io.BytesIO(raw), usecols=lambda name: _without_prefix(name) in _READ, low_memory=False)
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        raise InputError(f"not a readable csv ({str(error)[:80]})", source.name) from error
    if frame.empty:
        raise InputError("no data below the header", source.name, "is it truncated? get it again")
    columns = {_without_prefix(str(name)): frame[name].to_numpy() for name in frame}
    return columns | {"row": np.arange(len(frame)) if number is None else number}


def _from_mat(source: Source) -> dict[str, Any]:
    """Return the variables of a MATLAB file that are read."""
    names = [name for name in matlab.names(source) if _without_prefix(name) in _READ]
    columns = {_without_prefix(name): array for name, array in matlab.arrays(source, names).items()}
    if len({array.size for array in columns.values()}) > 1:
        raise InputError("variables of different lengths", source.name, "get it again")
    return columns | {"row": np.arange(next(iter(columns.values()), np.empty(0)).size)}


def _numbers(array: Any, name: str, source: Source) -> Floats:
    """Return a column as numbers, NaN where missing."""
    if np.iscomplexobj(array):
        raise InputError(f"column {name} holds complex numbers", source.name)
    try:
        return floats(array, _MISSING)
    except (TypeError, ValueError) as error:
        raise InputError(f"column {name} holds text ({str(error)[:60]})", source.name) from error


def _number(columns: dict[str, Any], name: str, n: int) -> Floats:
    """Return a column, all NaN where the file does not have it."""
    return np.asarray(columns.get(name, np.full(n, np.nan)))


def _whole(number: Floats) -> NDArray[np.str_]:
    """Return numbers as text without a trailing ".0": cruises and casts are integers, stations may be decimal."""
    unique, code = np.unique(number, return_inverse=True)
    return np.array([f"{value:.10g}" for value in unique], dtype=str)[code]


def _cruise(columns: dict[str, Any], source: Source, n: int) -> Any:
    """Return the cruise of each sample: expocode, cruise number or file name."""
    if "expocode" in columns and columns["expocode"].dtype.kind in "OU":
        return pd.Categorical(pd.Series(columns["expocode"]).astype(str).str.strip())
    if "cruise" in columns:
        return pd.Categorical(_whole(_number(columns, "cruise", n)))
    return categorical(np.zeros(n, int), [source.stem])


def _cast(columns: dict[str, Any], cruise: Any, n: int) -> Any:
    """Return the name of the cast of each sample, "cruise_station_cast"."""
    station = _number(columns, "station", n)
    cast = _number(columns, "cast", n) if "cast" in columns else np.ones(n)
    key = pd.DataFrame({"cruise": cruise.codes, "station": station, "cast": cast})
    codes = key.groupby(["cruise", "station", "cast"], sort=False, dropna=False).ngroup().to_numpy()
    _, first = np.unique(codes, return_index=True)
    parts = zip(np.asarray(cruise)[first], _whole(station[first]), _whole(cast[first]))
    return categorical(codes, ["_".join(map(str, part)) for part in parts])
