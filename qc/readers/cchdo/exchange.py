"""WHP-Exchange text of CCHDO: bottle files (`*_hy1.csv`) and CTD casts (`*_ct1.csv`)."""

import io

import numpy as np
import pandas as pd
import pyarrow as pa

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.cchdo import whp, whp_columns
from qc.readers.columns.coordinates import Times
from qc.readers.columns.rows import Rows, find_rows, misfit
from qc.readers.columns.text import split_lines
from qc.readers.files.source import Source
from qc.table.flags import Flags
from qc.types import Floats

_ID = ("EXPOCODE", "STNNBR", "CASTNO", "DATE", "TIME", "LATITUDE", "LONGITUDE")
_REQUIRED = ("STNNBR", "CASTNO", "DATE", "LATITUDE", "LONGITUDE", "CTDPRS")
_FLAG = "_FLAG_W"
_CODE = r"(?i:0?\d(?:\.0*)?|-9(?:99?)?(?:\.0*)?|nan)?"  # a digit, as spreadsheets may write it, or missing
_READ = {*_ID, *whp_columns.COLUMNS, *(f"{name}{_FLAG}" for name in (*whp_columns.COLUMNS, whp_columns.BOTTLE))}


def read(source: Source, policy: seawater.Policy = "sample") -> pa.Table:
    """Read a bottle file or one CTD cast.

    A bottle stop gives a row of instrument "bottle" (OXYGEN) and, where the sensor has a value, one of instrument
    "ctd" (CTDOXY): see `qc.readers.cchdo.whp`. DEPTH, the depth of the bottom, and lines after END_DATA are not read.
    Rows that do not fit the header are refused: those with another number of fields, or with something in a column of
    flags that is no flag.

    Parameters
    ----------
    source : Source
        The file.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume.

    Returns
    -------
    pyarrow.Table
        Observations, named as in `qc.readers.cchdo.whp.to_table`; `row` counts data lines, refused ones included.

    Raises
    ------
    InputError
        If the file does not begin with BOTTLE or CTD, is truncated (no END_DATA), lacks a required column, has an
        unknown unit, or no row fits its header.
    """
    frame, rows, units, ctd = _frame(source)
    ids = frame[["EXPOCODE", "STNNBR", "CASTNO"]]
    profile, first = whp_columns.number_profiles(ids)
    expocode, station, cast = (ids[name].iloc[first].tolist() for name in ids)
    time, time_flag = _time(frame, source)
    columns = whp_columns.WhpColumns(
        source=source,
        expocode=expocode,
        station=station,
        cast=cast,
        profile=profile,
        ctd=np.full(len(frame), ctd),
        row=rows.number,
        time=time,
        time_flag=time_flag,
        latitude=_number(frame, "LATITUDE", source),
        longitude=_number(frame, "LONGITUDE", source),
        values={name: _number(frame, name, source) for name in whp_columns.COLUMNS if name in frame},
        units=units,
        codes={
            name: frame[f"{name}_FLAG_W"].to_numpy(object)
            for name in (*whp_columns.COLUMNS, whp_columns.BOTTLE)
            if f"{name}_FLAG_W" in frame
        },
    )
    return whp.to_table(columns, policy)


def _frame(source: Source) -> tuple[pd.DataFrame, Rows, dict[str, str], bool]:
    """Return the columns as text, their rows, the unit row, and whether it is a CTD cast."""
    lines = split_lines(source.text())
    lines[0] = lines[0].lstrip("\ufeff")
    kind = lines[0].split(",")[0].strip().upper()
    if kind not in ("BOTTLE", "CTD"):
        raise InputError("does not begin with BOTTLE or CTD", source.name, "is it a WHP-Exchange file?")
    end = next((i for i, line in enumerate(lines) if line.startswith("END_DATA")), None)
    if end is None:
        raise InputError("no END_DATA line", source.name, "is it truncated? get it again")
    body = ["" if line.lstrip('" ').startswith("#") else line for line in lines[:end]]
    top, keys = _header(body, kind == "CTD")
    below = next((i for i in range(top + 1, end) if body[i].strip()), end)  # the units, which may all be blank
    header = [name.strip().upper() for name in body[top].split(",")] if top < end else []
    units = dict(zip(header, (unit.strip() for unit in body[below].split(",")))) if below < end else {}
    frame, rows = _table(header, body, below + 1, source)
    for key in _ID:
        if key in keys and key not in frame:
            frame[key] = keys[key]
    missing = [name for name in _REQUIRED if name not in frame]
    if missing:
        raise InputError(f"no column {', '.join(missing)}", source.name)
    return frame if "EXPOCODE" in frame else frame.assign(EXPOCODE=""), rows, units, kind == "CTD"


def _header(body: list[str], ctd: bool) -> tuple[int, dict[str, str]]:
    """Return the index of the line with the names of columns, and the keys above it in a CTD file."""
    keys: dict[str, str] = {}
    for i, line in enumerate(body[1:], start=1):
        if ctd and "=" in line:
            key, _, value = line.partition("=")
            keys[key.strip().upper()] = value.strip(" ,")
        elif line.strip(" ,"):
            return i, keys
    return len(body), keys


def _table(header: list[str], body: list[str], first: int, source: Source) -> tuple[pd.DataFrame, Rows]:
    """Return the columns that are read, as stripped text, and their rows; of columns of the same name the first."""
    rows = find_rows(body, first, ",", len(header))
    if not rows.text:
        raise InputError("no data between header and END_DATA", source.name)
    rows = _fitting(header, rows, source)
    codes = {name for name in header if name.endswith(_FLAG)}
    positions = {name: i for i, name in reversed(list(enumerate(header))) if name in _READ | codes}
    names = [name if positions.get(name) == i else f"{i}" for i, name in enumerate(header)]
    names = [*names, *(f"{i}" for i in range(len(names), int(rows.width[0])))][: int(rows.width[0])]
    try:
        frame = pd.read_csv(
            io.StringIO("\n".join(rows.text)),
            names=names,
            usecols=sorted(positions),
            dtype=str,
            na_filter=False,
            skipinitialspace=True,
        )
    except (pd.errors.ParserError, ValueError) as error:
        raise InputError(f"not a readable table ({str(error)[:80]})", source.name) from error
    frame = frame.apply(lambda column: column.str.strip())
    fits = np.ones(len(frame), bool)
    for name in sorted(codes):
        wrong = fits & ~frame[name].str.fullmatch(_CODE).to_numpy(bool)
        if wrong.any():
            source.refuse(f"{frame[name][wrong].iloc[0]!r} in column {name} is no flag", rows.line[wrong])
        fits &= ~wrong
    return frame[fits].reset_index(drop=True), rows.keep(fits, source)


def _fitting(header: list[str], rows: Rows, source: Source) -> Rows:
    """Refuse rows with another number of fields than the header, and those with content beyond the named columns.

    If every row has the same blank fields more than the header and flags prove its columns, they are trailing commas;
    so are blank names at the end of the header that no row has a field for.
    """
    width, named = len(header), max((i + 1 for i, name in enumerate(header) if name), default=0)
    if (rows.width == named).all():
        width = named
    elif (rows.width == rows.width[0]).all() and any(name.endswith(_FLAG) for name in header):
        width = max(width, int(rows.width[0]))
    rows = rows.of_width(width, source)
    if width == named:
        return rows
    filled = np.array(["".join(text.split(",")[named:]).strip(' "') != "" for text in rows.text])
    source.refuse(misfit(width, named), rows.line[filled])
    return rows.keep(~filled, source)


def _time(frame: pd.DataFrame, source: Source) -> tuple[Times, Flags]:
    """Return the times and their flags; a time of day of five or six digits has seconds."""
    clock = _number(frame, "TIME", source)
    long = frame["TIME"].str.fullmatch(r"\d{5,6}(?:\.0*)?").to_numpy(bool) if "TIME" in frame else np.isinf(clock)
    return whp_columns.time_of(_number(frame, "DATE", source), clock, long)


def _number(frame: pd.DataFrame, name: str, source: Source) -> Floats:
    """Return a column as numbers; blanks and values beginning with -999 are NaN."""
    if name not in frame:
        return np.full(len(frame), np.nan)
    text = frame[name]
    text = text.where(~text.str.startswith("-999") & (text != ""), other=None)
    numbers = whp_columns.parse(text)
    wrong = np.isnan(numbers) & text.notna().to_numpy()
    if wrong.any():
        raise InputError(f"{text[wrong].iloc[0]!r} in column {name} is no number", source.name)
    return numbers
