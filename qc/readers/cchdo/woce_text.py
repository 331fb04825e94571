"""Original WOCE text: bottle files (`.hyd`, `*hy.txt`) and CTD casts (`.ctd`), columns 8 characters wide."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.cchdo import sheet as whp_sheet
from qc.readers.cchdo import station_summary as woce_sum
from qc.readers.cchdo import whp
from qc.readers.files.source import Source
from qc.table import flags

WIDTH = 8
_NINES = re.compile(r"-(?:9+(?:\.9+)?|9\.0+)")  # -999.99, -99.999, -9, -9.0
_POSITIVE_NINES = re.compile(r"9+(?:\.9+)?")  # 99.9999: missing where its flag says so, see _NOT_SO_HIGH
_TWO_NINES = re.compile(r"99+(?:\.9+)?")
# columns where 99 and more is no value; a single nine may be one (9.9999 degC)
_NOT_SO_HIGH = ("CTDTMP", "CTDSAL", "SALNTY")
_SCHEME = {True: "whp_ctd", False: "whp_bottle"}


@dataclass(frozen=True)
class _Page:
    """Data lines cut into columns, by WHP name."""

    source: Source
    columns: dict[str, NDArray[np.str_]]
    units: dict[str, str]
    codes: dict[str, NDArray[np.bytes_]]
    line: int  # number of the first data line, from 1


def looks_like_it(head: str) -> bool:
    """Tell whether text begins as a WOCE bottle or CTD file."""
    lines = head.splitlines()[:20]
    # columns of fixed width: a tab or a comma makes another table of the same names
    names = next((line.upper().split() for line in lines if "CTDPRS" in line.upper() and "\t" not in line), [])
    quality = any(name.startswith("QUALT") for name in names)
    return quality and "EXPOCODE" in head[:400].upper() and "," not in "".join(names)


def read(source: Source, policy: seawater.Policy = "sample") -> pa.Table:
    """Read a bottle file or one CTD cast, with positions and times of the station summary that lies beside it.

    A bottle stop gives a row of instrument "bottle" (OXYGEN) and, where the sensor has a value, one of instrument
    "ctd" (CTDOXY): see `qc.readers.cchdo.whp`. Flags are those of the word QUALT1, a digit for each column under which
    the asterisk row has asterisks; QUALT2, of a later evaluator, is not read. A label ML/L over numbers of umol/kg size
    is kept in the unit as delivered and not believed.

    Parameters
    ----------
    source : Source
        The file.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume.

    Returns
    -------
    pyarrow.Table
        Observations, named as `qc.readers.cchdo.whp.to_table` says; `row` counts data lines. A cast that the summary
        does not name has no position.

    Raises
    ------
    InputError
        If the file is no such file, no summary lies beside it, or a line does not fit the header.
    """
    lines = source.text().rstrip("\x00\x1a \r\n").splitlines()
    top = next((i for i, line in enumerate(lines[:20]) if "CTDPRS" in line.upper()), None)
    title = "\n".join(lines[:top])
    found = re.search(r"EXPOCODE\s+(\S+)", title, re.IGNORECASE)
    if top is None or found is None:
        raise InputError("no header with EXPOCODE and CTDPRS", source.name, "is it a WOCE .hyd or .ctd file?")
    page = _page(lines, top, source)
    station, cast, profile = _stations(page, title)
    ctd = "STNNBR" not in page.columns
    expocode = found[1].replace("/", "_")
    where = woce_sum.beside(source, expocode, station, cast)
    sheet = whp_sheet.Sheet(
        source=source,
        expocode=[expocode] * len(station),
        station=station,
        cast=cast,
        profile=profile,
        ctd=np.full(profile.shape, ctd),
        row=np.arange(profile.size),
        time=where.time[profile],
        latitude=where.latitude[profile],
        longitude=where.longitude[profile],
        values={name: _number(page, name, ctd) for name in whp_sheet.COLUMNS if name in page.columns},
        units=page.units,
        codes=page.codes,
    )
    return whp.to_table(sheet, policy)


def _stations(page: _Page, title: str) -> tuple[list[str], list[str], NDArray[np.int64]]:
    """Return station and cast of each profile, and the profile of each line: of columns, or of a CTD cast's title."""
    n = page.columns["CTDPRS"].size
    if {"STNNBR", "CASTNO"} <= set(page.columns):
        ids = pd.DataFrame({name: page.columns[name] for name in ("STNNBR", "CASTNO")})
        profile = ids.groupby(list(ids), sort=False).ngroup().to_numpy().astype(np.int64)
        _, first = np.unique(profile, return_index=True)
        return ids["STNNBR"].iloc[first].tolist(), ids["CASTNO"].iloc[first].tolist(), profile
    found = re.search(r"STNNBR\s+(\S+)\s+CASTNO\s+(\S+)", title, re.IGNORECASE)
    if found is None:
        raise InputError("no STNNBR and CASTNO", page.source.name)
    return [found[1]], [found[2]], np.zeros(n, np.int64)


def _page(lines: list[str], top: int, source: Source) -> _Page:
    """Cut the data lines below the three header lines: names, units, asterisks."""
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
    digits = _quality_words(data, len(names) * WIDTH, len(starred), source)
    cells = _cells([line for _, line in data], len(names))
    return _Page(
        source,
        {name: cells[:, k] for k, name in enumerate(names) if name},
        dict(zip(names, _cells([lines[top + 1]], len(names))[0].tolist())),
        {name: digits[:, k] for k, name in enumerate(starred) if name in (*whp_sheet.COLUMNS, whp_sheet.BOTTLE)},
        data[0][0] + 1,
    )


def _cells(lines: list[str], n: int) -> NDArray[np.str_]:
    """Cut lines into `n` stripped cells, shape (line, cell)."""
    width = n * WIDTH
    return np.char.strip(np.array([line[:width].ljust(width) for line in lines]).view(f"U{WIDTH}").reshape(-1, n))


def _quality_words(data: list[tuple[int, str]], edge: int, n: int, source: Source) -> NDArray[np.bytes_]:
    """Return the digits of the word QUALT1, which stands behind column `edge`, shape (line, digit)."""
    words = [line[edge:].split()[:1] for _, line in data]
    wrong = next(
        (i for (i, _), word in zip(data, words) if not word or len(word[0]) != n or not word[0].isascii()), None
    )
    if wrong is not None:
        what = f"the quality word should have {n} digits, one for each column with asterisks"
        raise InputError(what, f"{source.name}, line {wrong + 1}", "is it truncated? get it again")
    return np.array([word[0] for word in words], f"S{n}").view("S1").reshape(len(data), n)


def _number(page: _Page, name: str, ctd: bool) -> NDArray[np.float64]:
    """Return a column as numbers, NaN where blank or of nothing but nines.

    Each column has its own code of nines. With a minus sign it is missing; without, as 99.9999, it may be a value.
    """
    texts, code = np.unique(page.columns[name], return_inverse=True)
    missing = np.array([text == "" or _NINES.fullmatch(text) is not None for text in texts])[code]
    high = np.array([_POSITIVE_NINES.fullmatch(text) is not None for text in texts])[code]
    if name in page.codes:
        scheme = _SCHEME[ctd or name.startswith("CTD")]
        missing |= high & (flags.to_iode(page.codes[name], scheme) == flags.MISSING)
    if name in _NOT_SO_HIGH:
        missing |= np.array([_TWO_NINES.fullmatch(text) is not None for text in texts])[code]
    numbers = whp_sheet.parse(texts)[code]
    wrong = np.flatnonzero(np.isnan(numbers) & ~missing)
    if wrong.size:
        where = f"{page.source.name}, line {page.line + wrong[0]}"
        raise InputError(f"{str(page.columns[name][wrong[0]])!r} in column {name} is no number", where)
    return np.where(missing, np.nan, numbers)
