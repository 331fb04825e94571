"""Any delimited text table, read by a description of it instead of by code."""

import string
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.columns.coordinates import NOON, floats, position, pressure_and_depth
from qc.readers.columns.variables import State, Values
from qc.readers.delimited import text as delimited
from qc.readers.delimited.description import Number, TableSpec, Time
from qc.readers.files.source import Source, open_all
from qc.table import flags as qc_flags
from qc.table import schema
from qc.types import Floats


def read(source: Source, spec: TableSpec, policy: seawater.Policy = "sample") -> pa.Table:
    """Read a table as its description says.

    Parameters
    ----------
    source : Source
        The table; a table to be joined lies in the same folder.
    spec : TableSpec
        The description.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume.

    Returns
    -------
    pyarrow.Table
        Observations; `row` counts data lines.

    Raises
    ------
    InputError
        If a column is absent, a number or date is none, the file is truncated, or a key of the join is unknown.
    """
    frame = _joined(source, spec)
    absent = {str(name) for name in spec.optional if spec.columns.get(name) not in frame}
    return observations(frame, spec.without(absent) if absent else spec, policy, source.name)


def observations(frame: pd.DataFrame, spec: TableSpec, policy: seawater.Policy, file: str) -> pa.Table:
    """Turn the columns of a table into observations.

    Parameters
    ----------
    frame : pandas.DataFrame, one row a data line, whose index is its number
        Columns the description names: `TableSpec.texts` as text, `TableSpec.numbers` as numbers, NaN where missing.
    spec : TableSpec
        The description.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume.
    file : str
        Name of the file.

    Returns
    -------
    pyarrow.Table
        Observations: all rows, then once more, as a cast of their own, those that have a second oxygen.

    Raises
    ------
    InputError
        If a date is none, or the policy refuses a unit.
    """
    rows = np.ones(len(frame), bool)
    for column, accepted in spec.only.items():
        rows &= frame[column].isin(accepted).to_numpy()
    first = _observations(frame[rows], spec, policy, file)
    if spec.second_oxygen is None:
        return first
    rows &= frame[spec.second_oxygen.column].notna().to_numpy()
    second = _observations(frame[rows], spec.of_second_oxygen, policy, file)
    return pa.concat_tables([first, second]).unify_dictionaries().combine_chunks().cast(schema.OBSERVATIONS)


def _observations(frame: pd.DataFrame, spec: TableSpec, policy: seawater.Policy, file: str) -> pa.Table:
    number = {name: floats(frame[column]) for name, column in spec.columns.items()}
    nothing = np.full(len(frame), np.nan)
    north, east = position(number["latitude"], number["longitude"])
    pressure, depth = pressure_and_depth(number.get("pressure", nothing), number.get("depth", nothing), north)
    time = _time(frame, spec.time, file)
    columns: dict[str, object] = {
        "source": spec.archive,
        "file": file,
        "row": frame.index.to_numpy(np.int64),
        "cast": _filled(spec.cast, frame, time, blank=True),
        "cruise": _filled(spec.cruise, frame, time),
        "instrument": _filled(spec.instrument, frame, time),
        "time": time,
        "latitude": north,
        "longitude": east,
        "pressure": pressure,
        "depth": depth,
    }
    if spec.platform:
        columns["platform"] = _filled(spec.platform, frame, time)
    return schema.from_columns(columns | _values(frame, spec, number, (pressure, north, east), policy, file), file)


def _values(
    frame: pd.DataFrame,
    spec: TableSpec,
    number: dict[Number, Floats],
    place: tuple[Floats, Floats, Floats],
    policy: seawater.Policy,
    file: str,
) -> dict[str, object]:
    columns: dict[str, object] = {}
    pressure, north, east = place
    nothing = np.full(len(frame), np.nan)
    water = {"temperature": Values.of(nothing, spec.temperature_scale), "salinity": Values.of(nothing, "1")}
    for name, absent in water.items():
        if name in spec.columns:
            water[name] = _flagged(frame, spec, name, number[name], absent.unit)
    if spec.temperature_scale == "IPTS-68":
        water["temperature"] = replace(water["temperature"], value=seawater.t90_from_t68(water["temperature"].value))
    state = State(water["salinity"].usable, water["temperature"].usable, pressure, east, north)
    for name in schema.VARIABLES:
        if name not in spec.columns:
            continue
        if name in water:
            values = water[name]
        else:
            values = _flagged(frame, spec, name, number[name], spec.unit(name))
            values = values.converted(policy, state, spec.columns[name], file)
        if name == "oxygen":
            values = values.less_uncalibrated()
        columns |= values.columns(name)
    if "oxygen_uncertainty" in number:
        uncertainty = Values.of(number["oxygen_uncertainty"], spec.units["oxygen_uncertainty"])
        column = spec.columns["oxygen_uncertainty"]
        columns["oxygen_uncertainty"] = uncertainty.converted(policy, state, column, file).value
    return columns


def _flagged(frame: pd.DataFrame, spec: TableSpec, name: str, number: Floats, unit: str) -> Values:
    """Give numbers their unit and flags, by a scheme of the archives or one of the table's own."""
    where = spec.flag(name)
    if where is None:
        return Values.of(number, unit)
    codes = frame[where.column]
    if where.digit is not None:
        codes = codes.str[where.digit - (where.digit > 0)]
    if where.scheme not in spec.schemes:
        return Values.of(number, unit, codes.to_numpy(object), where.scheme)
    text = qc_flags.original(codes.to_numpy(object), where.scheme)
    iode = {code: flag for flag, listed in spec.schemes[where.scheme].items() for code in listed}
    meant = [iode.get(str(category)[-1], qc_flags.SUSPECT) for category in text.categories]
    flag = np.array([*meant, qc_flags.NOT_EVALUATED], np.int8)[text.codes]
    return Values(number, number, unit, flag, text)


def _joined(source: Source, spec: TableSpec) -> pd.DataFrame:
    wanted, needed = spec.used, spec.needed
    if spec.join is None:
        return delimited.read(source, spec.layout, wanted, spec.texts, require=needed)
    if source.folder is None:
        raise InputError("has no folder to find the table to be joined in", source.name)
    by = spec.join.by
    first = delimited.read(source, spec.layout, wanted, spec.texts, require={by})
    companion = spec.join.beside(source.folder)
    if not companion.is_file():
        rest = ", ".join(sorted(needed - set(first)))
        what = f"needs {spec.join.file} beside it, for what else is known of each {by} ({rest})"
        raise InputError(what, source.name, "put both into one folder")
    other, *_ = open_all(companion)
    second = delimited.read(other, spec.join.layout, (wanted - set(first)) | {by}, spec.texts, require={by})
    lacking = sorted(needed - set(first) - set(second))
    if lacking:
        raise InputError(f"no column {', '.join(lacking)}", f"{source.name} and {other.name}")
    keys = pd.Index(second[by])
    if not keys.is_unique:
        raise InputError(f"{by} {keys[keys.duplicated()][0]} occurs twice", other.name, "join on a unique column")
    at = keys.get_indexer(first[by])
    if (at < 0).any():
        raise InputError(f"no row with {by} = {first[by][at < 0].iloc[0]}", other.name)
    more = second.drop(columns=by).take(at).set_index(first.index)
    return pd.concat([first, more], axis=1)


def _time(frame: pd.DataFrame, spec: Time, file: str) -> NDArray[np.datetime64]:
    texts = [frame[column] for column in spec.columns]
    if spec.pad:
        texts = [text.str.zfill(width) for text, width in zip(texts, spec.pad)]
    text = texts[0]
    for more in texts[1:]:
        text = text + " " + more
    codes, unique = pd.factorize(text)
    stamps = pd.Series(unique, dtype=object).astype(str)
    times = pd.to_datetime(stamps, format=spec.format, errors="coerce", utc=True)
    if times.isna().any():
        wrong = unique[times.isna().to_numpy()][0]
        raise InputError(f"{wrong!r} is no time of the form {spec.format}", f"{file}, {spec.columns}")
    hours = np.where((spec.format == "ISO8601") & ~stamps.str.contains(":"), NOON, spec.hour) - spec.utc_offset
    shift = np.round(hours * 3_600_000).astype("timedelta64[ms]")
    naive = times.dt.tz_localize(None).to_numpy("datetime64[ms]")
    known = np.append(naive + shift, np.datetime64("NaT", "ms"))
    if spec.otherwise is None or (codes >= 0).all():
        return known[codes]
    return np.where(codes >= 0, known[codes], _time(frame, spec.otherwise, file))


def _filled(
    template: str, frame: pd.DataFrame, time: NDArray[np.datetime64], blank: bool = False
) -> "pd.Categorical[str]":
    """Fill a template row by row; where a part is missing, leave it blank or, if not `blank`, give null."""
    filled: Any = ""
    for text, field, form, _ in string.Formatter().parse(template):
        filled = filled + text
        part: Any = None
        if field == "time":
            codes, unique = pd.factorize(time)
            names = np.array([*pd.DatetimeIndex(unique).strftime(form or "%Y-%m-%d"), None], object)
            part = pd.Series(names[codes], frame.index, dtype=object)
        elif field:
            part = frame[field]
        if part is not None:
            filled = filled + (part.fillna("") if blank else part)
    if isinstance(filled, str):
        filled = pd.Series(filled, frame.index)
    codes, names = pd.factorize(filled)
    return pd.Categorical.from_codes(codes, pd.Index(names, dtype=str))
