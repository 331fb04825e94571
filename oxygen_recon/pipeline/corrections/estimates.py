"""Tables of numbers by float or cruise, as estimated or edited by the user: each line is checked before it is used."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Collection
from pathlib import Path

import pandas as pd

from qc.errors import InputError

_MISSING = ("", "nan", "na")
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ].*)?")


def read_estimates(
    path: Path,
    needed: list[str],
    fix: str,
    *,
    numbers: Collection[str] = (),
    positive: Collection[str] = (),
    dates: Collection[str] = (),
    once: Callable[[str], str] | None = None,
) -> pd.DataFrame:
    r"""Read a table of numbers by float or cruise, and refuse the first line that cannot be meant so.

    Parameters
    ----------
    path : Path
        CSV file.
    needed : list of str
        Columns that it must have; the first names the float or cruise, and is never blank.
    fix : str
        What the user can do where it is missing.
    numbers, positive, dates : collection of str
        Columns of finite numbers, of numbers above 0 (also among `numbers`), and of dates to the day, UTC, where the
        file has them; blank is missing, which a date that is needed must not be. Others are text.
    once : callable, optional
        Spells a name so that equal ones agree, where each may stand in one line only.

    Returns
    -------
    pandas.DataFrame
        A row a line that is not blank.

    Raises
    ------
    qc.errors.InputError
        If the file is missing, cannot be read or lacks a column, or for the first line at fault.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "gains.csv")
    >>> _ = path.write_text("float,gain\n0019,1.5\n")
    >>> read_estimates(path, ["float", "gain"], "", numbers=["gain"]).to_dict("records")
    [{'float': '0019', 'gain': 1.5}]
    """
    header, lines = _lines(path, fix)
    if lacking := [name for name in needed if name not in header]:
        raise InputError(f"no column {lacking[0]}", str(path), fix)
    seen: dict[str, int] = {}
    found = []
    for number, fields in lines:
        where = f"{path}, line {number}"
        if len(fields) != len(header):
            what = f"{len(fields)} fields below {len(header)} names of columns"
            raise InputError(what, where, "part fields by commas, and write decimals with a point")
        row: dict[str, object] = dict(zip(header, fields))
        name = str(row[needed[0]])
        if not name:
            raise InputError(f"no {needed[0]}", where, "name it, or remove the line")
        if once is not None and (first := seen.setdefault(once(name), number)) != number:
            raise InputError(f"{needed[0]} {name} is in line {first} already", where, "keep one of them")
        row |= {one: _number(row[one], one, where, one in positive) for one in header if one in numbers}
        found.append(row | {one: _date(row[one], one, where, one in needed) for one in header if one in dates})
    return pd.DataFrame(found, columns=pd.Index(header))


def _lines(path: Path, fix: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """Return the header, and the fields of each line that is not blank, with its number."""
    if not path.is_file():
        raise InputError("no such file", str(path), fix)
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.reader(file)
            lines = [(reader.line_num, [field.strip() for field in fields]) for fields in reader]
    except (csv.Error, UnicodeDecodeError) as error:
        raise InputError(f"no readable table ({' '.join(str(error).split())[:80]})", str(path), fix) from error
    lines = [(number, fields) for number, fields in lines if any(fields)]
    if not lines:
        raise InputError("no readable table (it is empty)", str(path), fix)
    return lines[0][1], lines[1:]


def _number(text: object, name: str, where: str, positive: bool) -> float:
    """Read a number, NaN where it is missing."""
    try:
        value = math.nan if str(text).lower() in _MISSING else float(str(text))
    except ValueError:
        value = math.inf
    if math.isinf(value):
        raise InputError(f"{name} is no number ({text})", where, "correct it")
    if positive and value <= 0:
        raise InputError(f"{name} is not above 0 ({text})", where, "correct it, or leave it blank to change nothing")
    return value


def _date(text: object, name: str, where: str, needed: bool) -> pd.Timestamp:
    """Read a date, UTC; NaT where it is missing."""
    if not needed and str(text).lower() in _MISSING:
        return pd.Timestamp("NaT")
    date = pd.to_datetime(str(text), errors="coerce", format="ISO8601", utc=True)
    if not _DATE.fullmatch(str(text)) or pd.isna(date):
        raise InputError(f"no readable {name} ({text})", where, "write it as 2015-01-31 or 2015-01-31T12:00")
    return date.tz_localize(None)
