"""Original WOCE text: bottle files (`.hyd`, `*hy.txt`) and CTD casts (`.ctd`), with columns of 8 characters."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.cchdo import station_summary, whp, whp_columns
from qc.readers.columns.text import split_lines
from qc.readers.files.source import Source
from qc.table import flags
from qc.types import Floats, Integers

WIDTH = 8
_NINES = re.compile(r"-(?:9+(?:\.9+)?|9\.0+)")  # -999.99, -99.999, -9, -9.0
_POSITIVE_NINES = re.compile(r"9+(?:\.9+)?")  # 99.9999: missing where its flag is 9, see _BELOW_99
_TWO_NINES = re.compile(r"99+(?:\.9+)?")
# columns where 99 and more is missing; a single nine before the point may be a value (9.9999 degC)
_BELOW_99 = ("CTDTMP", "CTDSAL", "SALNTY")
_SCHEME = {True: "whp_ctd", False: "whp_bottle"}


@dataclass(frozen=True)
class _Lines:
    """Data lines split into columns, by WHP name."""

    source: Source
    columns: dict[str, NDArray[np.str_]]
    units: dict[str, str]
    codes: dict[str, NDArray[np.bytes_]]
    number: Integers  # of each data line, refused ones included, from 0
    line: Integers  # of each data line in the file, from 1


def matches(head: str) -> bool:
    """Return whether a text begins like a WOCE bottle or CTD file.

    Parameters
    ----------
    head : str
        Beginning of the text, 20 lines if it has them.
    """
    lines = split_lines(head)[:20]
    # columns of fixed width: tabs or commas are another table with the same names
    names = next((line.upper().split() for line in lines if "CTDPRS" in line.upper() and "\t" not in line), [])
    quality = any(name.startswith("QUALT") for name in names)
    return quality and "EXPOCODE" in head[:400].upper() and "," not in "".join(names)


def read(source: Source, policy: seawater.Policy = "sample") -> pa.Table:
    """Read a bottle file or one CTD cast, with positions and times of the station summary in the same folder.

    A bottle stop gives a row of instrument "bottle" (OXYGEN) and, where the sensor has a value, one of instrument
    "ctd" (CTDOXY): see `qc.readers.cchdo.whp`. Flags are those of the quality word QUALT1, a digit for each column
    with asterisks in the asterisk row; QUALT2, of a later evaluator, is not read. A label ML/L above values of the size
    of umol/kg is ignored, and recorded in the unit as delivered. A line whose quality word is not where it belongs is
    refused.

    Parameters
    ----------
    source : Source
        The file.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume.

    Returns
    -------
    pyarrow.Table
        Observations, named as in `qc.readers.cchdo.whp.to_table`; `row` counts data lines, refused ones included. A
        cast that is not in the summary has no position.

    Raises
    ------
    InputError
        If the file has no WOCE header, there is no summary of its cruise, or the last line does not fit the header.
    """
    lines = split_lines(source.text().rstrip("\x00 \n"))
    top = next((i for i, line in enumerate(lines[:20]) if "CTDPRS" in line.upper()), None)
    title = "\n".join(lines[:top])
    found = re.search(r"EXPOCODE\s+(\S+)", title, re.IGNORECASE)
    if top is None or found is None:
        raise InputError("no header with EXPOCODE and CTDPRS", source.name, "is it a WOCE .hyd or .ctd file?")
    data = _split_lines(lines, top, source)
    station, cast, profile = _stations(data, title)
    ctd = "STNNBR" not in data.columns
    expocode = found[1].replace("/", "_")
    events = station_summary.find_casts(source, expocode, station, cast)
    columns = whp_columns.WhpColumns(
        source=source,
        expocode=[expocode] * len(station),
        station=station,
        cast=cast,
        profile=profile,
        ctd=np.full(profile.shape, ctd),
        row=data.number,
        time=events.time[profile],
        time_flag=events.time_flag[profile],
        latitude=events.latitude[profile],
        longitude=events.longitude[profile],
        values={name: _number(data, name, ctd) for name in whp_columns.COLUMNS if name in data.columns},
        units=data.units,
        codes=data.codes,
    )
    return whp.to_table(columns, policy)


def _stations(data: _Lines, title: str) -> tuple[list[str], list[str], Integers]:
    """Return station and cast of each profile, and the profile of each line; a CTD cast has them in its title."""
    n = data.columns["CTDPRS"].size
    if {"STNNBR", "CASTNO"} <= set(data.columns):
        ids = pd.DataFrame({name: data.columns[name] for name in ("STNNBR", "CASTNO")})
        profile, first = whp_columns.number_profiles(ids)
        return ids["STNNBR"].iloc[first].tolist(), ids["CASTNO"].iloc[first].tolist(), profile
    found = re.search(r"STNNBR\s+(\S+)\s+CASTNO\s+(\S+)", title, re.IGNORECASE)
    if found is None:
        raise InputError("no STNNBR and CASTNO", data.source.name)
    return [found[1]], [found[2]], np.zeros(n, np.int64)


def _split_lines(lines: list[str], top: int, source: Source) -> _Lines:
    """Split the data lines below the three header lines: names, units, asterisks."""
    header = lines[top].upper()
    quality = header.find("QUALT")
    names = [header[i : i + WIDTH].strip() for i in range(0, quality // WIDTH * WIDTH, WIDTH)]
    while names and not names[-1]:
        names.pop()
    if "CTDPRS" not in names or any(" " in name for name in names):
        raise InputError(f"columns are not {WIDTH} characters wide", f"{source.name}, line {top + 1}")
    stars = next(
        (i for i in range(top + 1, min(top + 4, len(lines))) if re.fullmatch(r"[\s*]*\*[\s*]*", lines[i])), top
    )
    data = [(i, line) for i, line in enumerate(lines) if i > stars and line.strip()]
    if stars == top or not data:
        raise InputError("no asterisk row and data below the header", source.name, "is it truncated? get it again")
    starred = [name for name, mark in zip(names, _cells([lines[stars]], len(names))[0]) if "*" in mark]
    line = np.array([i + 1 for i, _ in data])
    words = _quality_words([text for _, text in data], line, len(names) * WIDTH, len(starred), source)
    number = np.array([k for k, word in enumerate(words) if word is not None])
    digits = np.array([words[k] for k in number], f"S{len(starred)}").view("S1").reshape(number.size, len(starred))
    cells = _cells([data[k][1] for k in number], len(names))
    return _Lines(
        source,
        {name: cells[:, k] for k, name in enumerate(names) if name},
        dict(zip(names, _cells([lines[top + 1]], len(names))[0].tolist())),
        {name: digits[:, k] for k, name in enumerate(starred) if name in (*whp_columns.COLUMNS, whp_columns.BOTTLE)},
        number,
        line[number],
    )


def _cells(lines: list[str], n: int) -> NDArray[np.str_]:
    """Split lines into `n` stripped fields, shape (line, field)."""
    width = n * WIDTH
    return np.char.strip(np.array([line[:width].ljust(width) for line in lines]).view(f"U{WIDTH}").reshape(-1, n))


def _quality_words(data: list[str], line: Integers, edge: int, n: int, source: Source) -> list[str | None]:
    """Return the quality word QUALT1 of each line, behind character `edge`; None where the line is refused."""
    found = [text[edge:].split()[:1] for text in data]
    words = [word[0] if word and len(word[0]) == n and word[0].isascii() else None for word in found]
    what = f"the quality word should have {n} digits, one for each column with asterisks"
    if words[-1] is None:
        raise InputError(what, f"{source.name}, line {line[-1]}", "is it truncated? get it again")
    source.refuse(what, [number for number, word in zip(line.tolist(), words) if word is None])
    return words


def _number(data: _Lines, name: str, ctd: bool) -> Floats:
    """Return a column as numbers, NaN where blank or a code of nines.

    Each column has its own code of nines. With a minus sign it is missing; without, as 99.9999, it may be a value.
    """
    texts, code = np.unique(data.columns[name], return_inverse=True)
    missing = np.array([text == "" or _NINES.fullmatch(text) is not None for text in texts])[code]
    high = np.array([_POSITIVE_NINES.fullmatch(text) is not None for text in texts])[code]
    if name in data.codes:
        scheme = _SCHEME[ctd or name.startswith("CTD")]
        missing |= high & (flags.to_iode(data.codes[name], scheme) == flags.MISSING)
    if name in _BELOW_99:
        missing |= np.array([_TWO_NINES.fullmatch(text) is not None for text in texts])[code]
    numbers = whp_columns.parse(texts)[code]
    wrong = np.flatnonzero(np.isnan(numbers) & ~missing)
    if wrong.size:
        where = f"{data.source.name}, line {data.line[wrong[0]]}"
        raise InputError(f"{str(data.columns[name][wrong[0]])!r} in column {name} is no number", where)
    return np.where(missing, np.nan, numbers)
