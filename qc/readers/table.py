"""Any delimited text table, read by a description of it instead of by code."""

import csv
import io
import string
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from qc import schema, seawater
from qc.errors import InputError
from qc.readers.coordinates import floats, position, pressure_and_depth
from qc.readers.source import Source, open_all
from qc.readers.table_spec import Layout, Number, TableSpec
from qc.readers.values import State, Values


def read(source: Source, spec: TableSpec, policy: seawater.Policy = "sample") -> pa.Table:
    """Read a table as its description says.

    Parameters
    ----------
    source : Source
        The table; a table to be joined lies in the same folder.
    spec : TableSpec
        The description.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume. Under "sample" they are NaN where temperature or salinity is missing.

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
    rows = np.ones(len(frame), bool)
    for column, accepted in spec.only.items():
        rows &= frame[column].isin(accepted).to_numpy()
    frame = frame[rows]
    number = {name: floats(frame[column]) for name, column in spec.columns.items()}
    nothing = np.full(len(frame), np.nan)
    north, east = position(number["latitude"], number["longitude"])
    pressure, depth = pressure_and_depth(number.get("pressure", nothing), number.get("depth", nothing), north)
    time = _time(frame, spec, source)
    columns: dict[str, object] = {
        "source": spec.archive,
        "file": source.name,
        "row": np.flatnonzero(rows),
        "cast": _filled(spec.cast, frame, time),
        "cruise": _filled(spec.cruise, frame, time),
        "instrument": spec.instrument,
        "time": time,
        "latitude": north,
        "longitude": east,
        "pressure": pressure,
        "depth": depth,
    }
    if spec.platform:
        columns["platform"] = _filled(spec.platform, frame, time)
    return schema.from_columns(
        columns | _values(frame, spec, number, (pressure, north, east), policy, source), source.name
    )


def _values(
    frame: pd.DataFrame,
    spec: TableSpec,
    number: dict[Number, NDArray[np.float64]],
    place: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]],
    policy: seawater.Policy,
    source: Source,
) -> dict[str, object]:
    columns: dict[str, object] = {}
    pressure, north, east = place
    nothing = np.full(len(frame), np.nan)
    t = number.get("temperature", nothing)
    t = seawater.t90_from_t68(t) if spec.temperature_scale == "IPTS-68" else t
    state = State(number.get("salinity", nothing), t, pressure, east, north)
    for name in schema.VARIABLES:
        if name not in spec.columns:
            continue
        code = frame[spec.flags[name]].to_numpy(object) if name in spec.flags else None
        unit = {"temperature": spec.temperature_scale, "salinity": "1"}.get(name) or spec.unit(name)
        values = Values.of(number[name], unit, code, spec.flag_scheme)
        if name == "temperature":
            values = Values(t, values.delivered, unit, values.flag, values.archive_flag)
        elif name != "salinity":
            values = values.converted(policy, state, spec.columns[name], source.name)
        columns |= values.columns(name)
    if "oxygen_uncertainty" in number:
        uncertainty = Values.of(number["oxygen_uncertainty"], spec.units["oxygen_uncertainty"])
        column = spec.columns["oxygen_uncertainty"]
        columns["oxygen_uncertainty"] = uncertainty.converted(policy, state, column, source.name).value
    return columns


def _joined(source: Source, spec: TableSpec) -> pd.DataFrame:
    wanted = spec.texts | set(spec.columns.values())
    if spec.join is None:
        return _frame(source, spec.layout, wanted, spec.texts, require=wanted)
    if source.folder is None:
        raise InputError("has no folder to find the table to be joined in", source.name)
    by = spec.join.by
    first = _frame(source, spec.layout, wanted, spec.texts, require={by})
    other = next(open_all(source.folder / spec.join.file))
    second = _frame(other, spec.join.layout, (wanted - set(first)) | {by}, spec.texts, require={by})
    lacking = sorted(wanted - set(first) - set(second))
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


def _frame(source: Source, layout: Layout, wanted: set[str], texts: set[str], require: set[str]) -> pd.DataFrame:
    text = source.text(layout.encoding)
    header = next(csv.reader(io.StringIO(_line(text, layout.skip_rows)), delimiter=layout.delimiter), [])
    names = layout.names or [name.strip("\ufeff ") for name in header]
    if len(names) != len(header):
        raise InputError(f"has {len(header)} columns, {len(names)} are described", source.name, "is it another table?")
    lacking = sorted(require - set(names))
    if lacking:
        raise InputError(f"no column {', '.join(lacking)}", source.name, f"its columns are {', '.join(names)[:200]}")
    _refuse_ragged(text, layout, len(header), source)
    numbers = [name for name in names if name in wanted - texts]
    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep=layout.delimiter,
            names=names,
            header=None,
            skiprows=layout.skip_rows + 1,
            usecols=[name for name in names if name in wanted],
            dtype=dict.fromkeys(texts & set(names), str),
            na_values=["", *layout.missing],
            keep_default_na=False,
            thousands=layout.thousands,
            index_col=False,
            low_memory=False,
        )
    except (pd.errors.ParserError, ValueError) as error:
        raise InputError(f"not a readable table ({str(error)[:80]})", source.name) from error
    for name in numbers:
        if not pd.api.types.is_numeric_dtype(frame[name]):
            wrong = frame[name][pd.to_numeric(frame[name], errors="coerce").isna() & frame[name].notna()]
            line = int(wrong.index[0]) + layout.skip_rows + 2
            raise InputError(f"{wrong.iloc[0]!r} in column {name} is no number", f"{source.name}, line {line}")
    return frame


def _line(text: str, skip: int) -> str:
    return next(iter(io.StringIO(text[:200_000]).readlines()[skip : skip + 1]), "")


def _refuse_ragged(text: str, layout: Layout, fields: int, source: Source) -> None:
    """Refuse lines with other than `fields` fields: a cut file, a decimal comma. Quoted tables are pandas' to judge."""
    if '"' in text:
        return
    letters = np.frombuffer((text.rstrip("\r\n") + "\n").encode(), np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    delimiters = np.flatnonzero(letters == ord(layout.delimiter))
    found = np.diff(np.searchsorted(delimiters, ends), prepend=0) + 1
    blank = np.diff(ends, prepend=-1) <= 2  # nothing but a line end
    wrong = np.flatnonzero((found != fields) & ~blank)
    wrong = wrong[wrong > layout.skip_rows]
    if wrong.size:
        line = int(wrong[0])
        cut = "; is the file truncated? get it again" if line == ends.size - 1 else ""
        raise InputError(f"{found[line]} fields instead of {fields}{cut}", f"{source.name}, line {line + 1}")


def _time(frame: pd.DataFrame, spec: TableSpec, source: Source) -> NDArray[np.datetime64]:
    text = frame[spec.time.columns[0]]
    for column in spec.time.columns[1:]:
        text = text + " " + frame[column]
    codes, unique = pd.factorize(text)
    times = pd.to_datetime(pd.Series(unique, dtype=object), format=spec.time.format, errors="coerce")
    if times.isna().any():
        wrong = unique[times.isna().to_numpy()][0]
        raise InputError(f"{wrong!r} is no time of the form {spec.time.format}", f"{source.name}, {spec.time.columns}")
    shift = np.timedelta64(round((spec.time.hour - spec.time.utc_offset) * 3_600_000), "ms")
    known = np.append(times.to_numpy("datetime64[ms]") + shift, np.datetime64("NaT", "ms"))
    return known[codes]


def _filled(template: str, frame: pd.DataFrame, time: NDArray[np.datetime64]) -> "pd.Categorical[str]":
    """Fill a template row by row; null where a part is missing."""
    filled: Any = ""
    for text, field, form, _ in string.Formatter().parse(template):
        filled = filled + text
        if field == "time":
            codes, unique = pd.factorize(time)
            names = np.array([*pd.DatetimeIndex(unique).strftime(form or "%Y-%m-%d"), None], object)
            filled = filled + pd.Series(names[codes], frame.index, dtype=object)
        elif field:
            filled = filled + frame[field]
    if isinstance(filled, str):
        filled = pd.Series(filled, frame.index)
    codes, names = pd.factorize(filled)
    return pd.Categorical.from_codes(codes, pd.Index(names, dtype=str))
