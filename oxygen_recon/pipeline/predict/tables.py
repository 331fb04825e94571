"""Tables of places that estimates are made at: CSV or Parquet, columns found by the names usual in the field."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from graphs.types import Floats
from oxygen_recon.pipeline.predict.values import Times, dates_of, numbers_of, refuse_rows
from qc.errors import InputError
from qc.physics import seawater

_NAMES = {  # letters of a column's name, without its unit
    "latitude": ("latitude", "lat", "declat", "latdec", "decimallatitude"),
    "longitude": ("longitude", "lon", "long", "lng", "declon", "londec", "decimallongitude"),
    "depth": ("depth", "z", "sampledepth"),
    "pressure": ("pressure", "pres", "press", "prs", "ctdprs", "ctdpres", "seapressure"),
    "date": ("date", "dates", "datetime", "dateandtime", "timestamp", "isodate", "yyyymmdd", "yyyymmddthhmm"),
    "time": ("time", "times", "utc", "timeutc", "datetimeutc", "timeofday", "hhmm"),
    "year": ("year", "yyyy", "yr"),
    "month": ("month", "mm", "mon"),
    "day": ("day", "dd", "dy"),
}
_UNITS = {  # letters of the unit in brackets, where there is one
    "latitude": "(deg(rees?)?)?(north|n)?", "longitude": "(deg(rees?)?)?(east|e)?", "depth": "(m|met(er|re)s?)?",
    "pressure": "(db(ar)?s?|decibars?)?",
}  # fmt: skip
_LIMITS = {
    "latitude": (-90.0, 90.0),
    "longitude": (-180.0, 360.0),
    "depth": (0.0, 12_000.0),
    "pressure": (0.0, 12_000.0),
}
_FIXES = {
    "latitude": "give degrees north; are latitude and longitude exchanged?",
    "longitude": "give degrees east, -180 to 360",
    "depth": "give metres, positive down",
    "pressure": "give dbar (1 dbar is 10,000 Pa)",
}


@dataclass(frozen=True)
class Places:
    """Places, depths and dates, with the table that they come from.

    Parameters
    ----------
    table : DataFrame
        As given, one row a place.
    used : tuple of str
        Its columns of position and date.
    latitude, longitude, depth : array, shape (row,)
        Degrees north, degrees east, m; NaN where missing, depth also where the table has none.
    time : array of datetime64[ms], shape (row,)
        UTC; NaT where missing.
    """

    table: pd.DataFrame
    used: tuple[str, ...]
    latitude: Floats
    longitude: Floats
    depth: Floats
    time: Times


def read_places(source: str | Path | pd.DataFrame, needs_depth: bool = True, date: str | None = None) -> Places:
    """Read a table of places.

    Parameters
    ----------
    source : str, Path or DataFrame
        CSV (comma, semicolon or tab; lines above the names that begin with # are comments), Parquet (.parquet), or the
        table itself.
    needs_depth : bool
        Whether it must have a depth (m) or a pressure (dbar; converted by GSW).
    date : str, optional
        Date of all rows, in place of a column.

    Returns
    -------
    Places

    Raises
    ------
    InputError
        If the file is missing, empty or no table; lacks a column; or a value is no number, no date, beyond what there
        can be, or in another unit.

    Examples
    --------
    >>> casts = pd.DataFrame({"Lat [deg N]": [10.0], "LON": [340.0], "CTDPRS": [1000.0], "date": ["19950703"]})
    >>> places = read_places(casts)
    >>> places.depth.round(), places.time.astype("datetime64[h]")
    (array([992.]), array(['1995-07-03T12'], dtype='datetime64[h]'))
    """
    where = "table of places" if isinstance(source, pd.DataFrame) else str(source)
    table = source.reset_index(drop=True) if isinstance(source, pd.DataFrame) else _read(Path(source))
    table = table.set_axis([str(name) for name in table.columns], axis=1)
    if table.empty:
        raise InputError("no row in it", where, "give one row a place, below a line of names")
    found = _columns(table, where)
    _require(found, table, where, needs_depth, date)
    numbers = {name: _numbers(table[found[name]], name, where) for name in _LIMITS if name in found}
    depth = np.full(len(table), np.nan)
    if "pressure" in numbers:
        depth = np.asarray(seawater.depth(numbers["pressure"], numbers["latitude"]), np.float64)
    if "depth" in numbers:
        depth = np.where(np.isfinite(numbers["depth"]), numbers["depth"], depth)
    time = dates_of(table, found, date, where)
    return Places(table, tuple(found.values()), numbers["latitude"], numbers["longitude"], depth, time)


def _read(path: Path) -> pd.DataFrame:
    """Read a file; fields of CSV stay texts."""
    if not path.is_file():
        raise InputError("no such file", str(path), "name a CSV or Parquet file of places")
    if path.suffix.lower() in (".parquet", ".pq"):
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise InputError(f"not a Parquet file ({str(error)[:80]})", str(path)) from error
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InputError("no text in UTF-8", str(path), "save it as CSV in UTF-8") from error
    first = next((i for i, line in enumerate(lines) if line.strip() and not line.startswith("#")), len(lines))
    if first == len(lines):
        raise InputError("an empty file", str(path), "give a line of names and one row a place")
    delimiter = max(",;\t", key=lines[first].count)
    reader = csv.reader(lines[first:], delimiter=delimiter, skipinitialspace=True)
    header, *rows = ((first + reader.line_num, row) for row in reader if any(field.strip() for field in row))
    for line, row in rows:
        if len(row) != len(header[1]):
            what = f"{len(row)} fields instead of {len(header[1])}"
            raise InputError(what, f"{path}, line {line}", "give every row a field for every name")
    return pd.DataFrame([row for _, row in rows], columns=header[1], dtype=str)


def _columns(table: pd.DataFrame, where: str) -> dict[str, str]:
    """Find the columns of position and date by their names, and refuse units that are not converted."""
    found: dict[str, str] = {}
    for column in table.columns:
        plain, unit = re.match(r"([^\[(]*)[\[(]?([^\])]*)", column).groups()  # type: ignore[union-attr]
        letters = re.sub("[^a-z]", "", plain.lower().removeprefix("g2"))  # of GLODAP
        for name, known in _NAMES.items():
            if letters not in known:
                continue
            if name in found:
                raise InputError(f"{found[name]} and {column} are both its {name}", where, "rename one of them")
            if name in _UNITS and not re.fullmatch(_UNITS[name], re.sub("[^a-z]", "", unit.lower())):
                raise InputError(f"{column}: its unit is not understood", where, _FIXES[name])
            found[name] = column
    return found


def _require(found: dict[str, str], table: pd.DataFrame, where: str, needs_depth: bool, date: str | None) -> None:
    """Refuse a table that lacks a column."""
    needed: list[Sequence[str]] = [("latitude",), ("longitude",)]
    needed += [("depth", "pressure")] if needs_depth else []
    needed += [] if date is not None or {"year", "month", "day"} <= found.keys() else [("date", "time")]
    for names in needed:
        if not found.keys() & set(names):
            columns = ", ".join(table.columns)[:120]
            also = ", or year, month and day" if "date" in names else ""
            raise InputError(
                f"no column of {' or '.join(names)}", where, f"name one {' or '.join(names)}{also}; there are {columns}"
            )


def _numbers(column: pd.Series, name: str, where: str) -> Floats:
    """Read a coordinate, within what there can be."""
    values, (low, high) = numbers_of(column, where), _LIMITS[name]
    with np.errstate(invalid="ignore"):
        refuse_rows((values < low) | (values > high), column, where, f"no {name} of the ocean", _FIXES[name])
    return values
