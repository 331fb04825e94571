"""Reader of delimited text tables by their descriptions."""

import re
import string
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.columns.coordinates import MIDDLE, NOON, Times, floats, position, pressure_and_depth, time_flags
from qc.readers.columns.variables import AMOUNTS, Seawater, Values
from qc.readers.delimited import text
from qc.readers.delimited.description import Number, TableSpec
from qc.readers.delimited.description_parts import Time
from qc.readers.files.source import Source, open_all
from qc.table import flags, schema
from qc.table.flags import Flags
from qc.table.text_columns import categorical
from qc.types import Floats, Mask


def read(source: Source, spec: TableSpec, policy: seawater.Policy = "sample") -> pa.Table:
    """Read a delimited text table.

    Parameters
    ----------
    source : Source
        The table; a table to join is in the same folder.
    spec : TableSpec
        Its description.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume.

    Returns
    -------
    pyarrow.Table
        Observations; `row` counts data lines, refused ones included.

    Raises
    ------
    InputError
        If a column is missing, a field is no number or no date, the file is truncated, or a key of the join is unknown.
    """
    frame = _joined(source, spec)
    absent = {str(name) for name in spec.optional if spec.columns.get(name) not in frame}
    return observations(frame, spec.without(absent) if absent else spec, policy, source.name)


def observations(frame: pd.DataFrame, spec: TableSpec, policy: seawater.Policy, file: str) -> pa.Table:
    """Convert the columns of a table into observations.

    Parameters
    ----------
    frame : pandas.DataFrame, one row a data line, whose index is its number
        Columns of the description: `TableSpec.text_columns` as text, `TableSpec.number_columns` as numbers, NaN where
        missing.
    spec : TableSpec
        The description.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume.
    file : str
        Name of the file.

    Returns
    -------
    pyarrow.Table
        Observations: all rows, then those with a second oxygen a second time, as a separate cast.

    Raises
    ------
    InputError
        If a date has another format, or the policy refuses a unit.
    """
    rows = np.ones(len(frame), bool)
    for column, accepted in spec.only.items():
        rows &= frame[column].isin(accepted).to_numpy()
    first = _observations(frame[rows], spec, policy, file)
    if spec.second_oxygen is None:
        return first
    rows &= frame[spec.second_oxygen.column].notna().to_numpy()
    second = _observations(frame[rows], spec.second_cast, policy, file)
    return pa.concat_tables([first, second]).unify_dictionaries().combine_chunks().cast(schema.OBSERVATIONS)


def _observations(frame: pd.DataFrame, spec: TableSpec, policy: seawater.Policy, file: str) -> pa.Table:
    """Return the observations of one oxygen."""
    number = {name: _numbers(frame[column], file) for name, column in spec.columns.items()}
    missing = np.full(len(frame), np.nan)
    north, east = position(number["latitude"], number["longitude"])
    pressure, depth = pressure_and_depth(number.get("pressure", missing), number.get("depth", missing), north)
    time, time_flag = _time(frame, spec.time, file)
    columns: dict[str, object] = {
        "source": spec.archive,
        "file": file,
        "row": frame.index.to_numpy(np.int64),
        "cast": _fill_template(spec.cast, frame, time, blank=True),
        "cruise": _fill_template(spec.cruise, frame, time),
        "instrument": _fill_template(spec.instrument, frame, time),
        "time": time,
        "time_flag": time_flag,
        "latitude": north,
        "longitude": east,
        "pressure": pressure,
        "depth": depth,
    }
    for name, known in (("position", np.isfinite(north)), ("time", ~np.isnat(time))):
        if spec.flag(name):
            flagged = _flagged(frame, spec, name, np.where(known, 0.0, np.nan), "")
            flag = flags.agree(flagged.flag, flagged.value)
            columns[f"{name}_flag"] = flags.merge(flag, time_flag) if name == "time" else flag
    if spec.platform:
        columns["platform"] = _fill_template(spec.platform, frame, time)
    return schema.from_columns(columns | _values(frame, spec, number, (pressure, north, east), policy, file), file)


def _numbers(column: "pd.Series[Any]", file: str) -> Floats:
    """Return a column as numbers; one that is text because a name or a time is made of it, too, must hold numbers."""
    numbers = pd.to_numeric(column, errors="coerce")
    wrong = column[numbers.isna() & column.notna()]
    if not wrong.empty:
        what = f"{wrong.iloc[0]!r} in column {column.name} is no number"
        raise InputError(what, f"{file}, row {wrong.index[0]}", "name another column in the description")
    return floats(numbers)


def _values(
    frame: pd.DataFrame,
    spec: TableSpec,
    number: dict[Number, Floats],
    coordinates: tuple[Floats, Floats, Floats],
    policy: seawater.Policy,
    file: str,
) -> dict[str, object]:
    """Return the columns of all variables; `coordinates` are pressure, degrees north and degrees east."""
    pressure, north, east = coordinates
    units = {"temperature": spec.temperature_scale, "salinity": "1", **{name: spec.unit(name) for name in AMOUNTS}}
    given = {str(name): array for name, array in number.items()}
    variables = {
        name: _flagged(frame, spec, name, given[name], units[name]) for name in schema.VARIABLES if name in given
    }
    if "temperature" in variables and spec.temperature_scale == "IPTS-68":
        temperature = variables["temperature"]
        variables["temperature"] = replace(temperature, value=seawater.t90_from_t68(temperature.value))
    water = Seawater.of(variables, pressure, east, north)
    columns: dict[str, object] = {}
    for name, values in variables.items():
        if name in AMOUNTS:
            values = values.converted(policy, water, spec.number_columns[name], file)
        if name == "oxygen":
            values = values.uncalibrated_as_suspect()
            values = values.noted(schema.ADJUSTED_NOTE) if spec.adjusted else values
            values = _noted(values, frame[spec.notes]) if spec.notes else values
        columns |= values.columns(name)
    if "oxygen_uncertainty" in number:
        uncertainty = Values.of(number["oxygen_uncertainty"], spec.units["oxygen_uncertainty"])
        column = spec.columns["oxygen_uncertainty"]
        columns["oxygen_uncertainty"] = uncertainty.converted(policy, water, column, file).value
    return columns


def _flagged(frame: pd.DataFrame, spec: TableSpec, name: str, number: Floats, unit: str) -> Values:
    """Return values with their flags, by a scheme of the archives or of the description."""
    column = spec.flag(name)
    if column is None:
        return Values.of(number, unit)
    codes = frame[column.column]
    if column.digit is not None:
        codes = codes.str[column.digit - (column.digit > 0)]
    if column.scheme not in spec.schemes:
        return Values.of(number, unit, codes.to_numpy(object), column.scheme)
    text = flags.original(codes.to_numpy(object), column.scheme)
    schemes = spec.schemes[column.scheme].items()
    iode = {code: flag for flag, listed in schemes for code in (listed.split() if " " in listed else listed)}
    of_category = [iode.get(str(category).partition(":")[2], flags.SUSPECT) for category in text.categories]
    flag = np.array([*of_category, flags.NOT_EVALUATED], np.int8)[text.codes]
    return Values(number, number, unit, flag, text)


def _noted(values: Values, given: "pd.Series[str]") -> Values:
    """Write the notes behind a unit as delivered, from its first semicolon, behind the unit of this table."""
    codes, units = pd.factorize(given)
    for i, unit in enumerate(units):
        _, semicolon, note = str(unit).partition(";")
        values = values.noted(semicolon + note, codes == i) if semicolon else values
    return values


def _joined(source: Source, spec: TableSpec) -> pd.DataFrame:
    """Read the columns of a table, and those of a second table that it joins."""
    used, required, texts = spec.used_columns, spec.required_columns, spec.text_columns
    if spec.join is None:
        return text.read(source, spec.layout, used, texts, require=required)[0]
    if source.folder is None:
        raise InputError("has no folder in which the table to join could be found", source.name)
    by = spec.join.by
    first, rows = text.read(source, spec.layout, used, texts, require={by})
    path = spec.join.path_in(source.folder)
    if not path.is_file():
        rest = ", ".join(sorted(required - set(first)))
        what = f"needs {spec.join.file} beside it, for the other columns of each {by} ({rest})"
        raise InputError(what, source.name, "put both into one folder")
    other, *_ = open_all(path)
    second, _ = text.read(other, spec.join.layout, (used - set(first)) | {by}, texts, require={by})
    source.refused.extend(other.refused)
    missing = sorted(required - set(first) - set(second))
    if missing:
        raise InputError(f"no column {', '.join(missing)}", f"{source.name} and {other.name}")
    keys = pd.Index(second[by])
    if not keys.is_unique:
        raise InputError(f"{by} {keys[keys.duplicated()][0]} occurs twice", other.name, "join on a unique column")
    row = keys.get_indexer(first[by])
    if (unknown := row < 0).any():
        what = f"no row with {by} = {first[by][unknown].iloc[0]}"
        if not other.refused or unknown.all():
            raise InputError(what, other.name)
        source.refuse(f"{what} in {other.name}, of which rows are refused", rows.line[unknown])
        first, row = first[~unknown], row[~unknown]
    more = second.drop(columns=by).take(row).set_index(first.index)
    return pd.concat([first, more], axis=1)


def _time(frame: pd.DataFrame, spec: Time, file: str) -> tuple[Times, Flags]:
    """Return the time of each row and its flag; a text that is not of the format raises an error."""
    parts = [frame[column] for column in spec.columns]
    if spec.pad:
        parts = [part.str.zfill(width) for part, width in zip(parts, spec.pad)]
    joined = parts[0]
    for part in parts[1:]:
        joined = joined + " " + part
    codes, unique = pd.factorize(joined)
    stamps = pd.Series(unique, dtype=object).astype(str).str.strip()
    times, assumed, wrong = _parse(stamps, spec)
    if wrong.any():
        raise InputError(f"{unique[wrong][0]!r} is no time of the form {spec.format}", f"{file}, {spec.columns}")
    known = np.append(times, np.datetime64("NaT", "ms"))[codes]
    flag = time_flags(known, np.append(assumed, False)[codes])
    if spec.otherwise is None or (codes >= 0).all():
        return known, flag
    time, other = _time(frame, spec.otherwise, file)
    return np.where(codes >= 0, known, time), np.where(codes >= 0, flag, other)


def _parse(stamps: "pd.Series[str]", spec: Time) -> tuple[Times, Mask, Mask]:
    """Return times, UTC, where the day is assumed, and which texts are no time; a year without a month is NaT."""
    parsed = pd.to_datetime(stamps, format=spec.format, errors="coerce", utc=True)
    times = parsed.dt.tz_localize(None).to_numpy("datetime64[ms]")
    if spec.format == "ISO8601":
        bare = stamps.str.fullmatch(r"\d{4}[-/]?\d{1,2}[-/]?\d{1,2}").to_numpy(bool)
        no_day = stamps.str.fullmatch(r"\d{4}[-/]\d{1,2}").to_numpy(bool)
        no_month = stamps.str.fullmatch(r"\d{4}").to_numpy(bool)
        times[stamps.str.fullmatch(r"\d{4}\.\d*").to_numpy(bool)] = np.datetime64("NaT")  # a decimal year
        hour = np.where(bare | no_day, NOON, spec.hour or 0.0)
    else:
        no_day = np.full(len(stamps), re.search("%[djcxDFs]", spec.format) is None)
        no_month = no_day & (re.search("%[mbB]", spec.format) is None)
        by_day = re.search("%[HIcXTRrs]", spec.format) is None  # the format has no time of day
        hour = np.full(len(stamps), NOON * by_day if spec.hour is None else spec.hour)
    wrong = np.isnat(times)
    times = times + np.round((hour - spec.utc_offset) * 3_600_000).astype("timedelta64[ms]")
    times = np.where(no_day, times + np.timedelta64(MIDDLE - 1, "D"), times)
    return np.where(no_month, np.datetime64("NaT", "ms"), times), no_day, wrong


def _fill_template(template: str, frame: pd.DataFrame, time: Times, blank: bool = False) -> "pd.Categorical[str]":
    """Return a template filled in for each row; a missing part is left blank or, if not `blank`, gives null."""
    filled: Any = ""
    for literal, field, time_format, _ in string.Formatter().parse(template):
        filled = filled + literal
        part: Any = None
        if field == "time":
            codes, unique = pd.factorize(time)
            names = np.array([*pd.DatetimeIndex(unique).strftime(time_format or "%Y-%m-%d"), None], object)
            part = pd.Series(names[codes], frame.index, dtype=object)
        elif field:
            part = frame[field]
        if part is not None:
            filled = filled + (part.fillna("") if blank else part)
    if isinstance(filled, str):
        filled = pd.Series(filled, frame.index)
    codes, names = pd.factorize(filled)
    return categorical(codes, names)
