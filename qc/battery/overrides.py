"""Decisions of an expert on single values, applied after all checks: a file of lines, and what they change."""

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from qc.battery.battery import Battery, load_battery
from qc.battery.counts import EXPERT
from qc.errors import InputError
from qc.table import schema
from qc.table.schema import VARIABLES
from qc.table.text_columns import dictionary_codes
from qc.types import Integers

COLUMNS = ("source", "cast", "level", "variable", "flag", "who", "why")
_FLAGS = ("1", "2", "3", "4")
_ROW = re.compile(r"\d+")
_RANGE = re.compile(r"([\d.]+)\s*-\s*([\d.]+)\s*dbar")


@dataclass(frozen=True)
class Override:
    """One decision: the flag of a variable at some levels of a cast.

    Parameters
    ----------
    line : int
        Its line in the file, from 1.
    source, cast : str
        As in the observation table.
    row : int or None
        Row of the level in its archive file, as in the column `row`; None for a range of pressure.
    top, bottom : float
        Range of pressure, dbar, both ends included; all levels, also those without pressure, where infinite.
    variable : str
        One of `qc.table.schema.VARIABLES`.
    flag : int
        1 pass, 2 not evaluated, 3 suspect, 4 fail.
    who, why : str
        Who decided, and the reason.
    """

    line: int
    source: str
    cast: str
    row: int | None
    top: float
    bottom: float
    variable: str
    flag: int
    who: str
    why: str


def read(path: Path) -> tuple[Override, ...]:
    r"""Read a file of decisions.

    Parameters
    ----------
    path : Path
        CSV in UTF-8 with the columns source, cast, level, variable, flag, who, why. `level` is empty for the whole
        cast, a row of the archive file ("17"), or a range of pressure ("100-250 dbar").

    Returns
    -------
    tuple of Override
        In the order of the file.

    Raises
    ------
    InputError
        If the file is missing or no such table, or a line is malformed; the line is named.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp(), "overrides.csv")
    >>> _ = path.write_text("source,cast,level,variable,flag,who,why\ncchdo,A_1_1,17,oxygen,4,J. Doe,bottle leaked\n")
    >>> read(path)[0].row, read(path)[0].flag
    (17, 4)
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.reader(file, strict=True)
            header = tuple(name.strip() for name in next(lines, []))
            if header != COLUMNS:
                raise InputError(f"the columns are {', '.join(header)[:80]}", str(path), f"write {','.join(COLUMNS)}")
            return tuple(_override(fields, lines.line_num, path) for fields in lines if any(map(str.strip, fields)))
    except FileNotFoundError as error:
        raise InputError("no such file", str(path), "name a file of decisions") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"no readable table ({error})", str(path), "write it as CSV in UTF-8") from error


def _override(fields: Sequence[str], line: int, path: Path) -> Override:
    """Read one line."""
    where = f"{path}, line {line}"
    if len(fields) != len(COLUMNS):
        raise InputError(f"{len(fields)} fields instead of {len(COLUMNS)}", where, "quote a text that has a comma")
    source, cast, level, variable, flag, who, why = (text.strip() for text in fields)
    if variable not in VARIABLES:
        raise InputError(f"no variable {variable!r}", where, f"choose from {', '.join(VARIABLES)}")
    if flag not in _FLAGS:
        raise InputError(f"no flag {flag!r}", where, "1 pass, 2 not evaluated, 3 suspect, 4 fail")
    for name, text in (("source", source), ("cast", cast), ("who", who), ("why", why)):
        if not text:
            raise InputError(f"{name} is empty", where, "a decision names a cast, a person and a reason")
    row, top, bottom = None, -np.inf, np.inf
    if span := _RANGE.fullmatch(level):
        top, bottom = _number(span[1], where), _number(span[2], where)
    elif _ROW.fullmatch(level):
        row = int(level)
    elif level:
        raise InputError(f"level {level!r}", where, 'leave it empty, or write a row ("17") or "100-250 dbar"')
    return Override(line, source, cast, row, top, bottom, variable, int(flag), who, why)


def _number(text: str, where: str) -> float:
    """Read a pressure."""
    try:
        return float(text)
    except ValueError as error:
        raise InputError(f"{text!r} is no pressure", where, 'write "100-250 dbar"') from error


def of_casts(overrides: Iterable[Override], table: pa.Table) -> tuple[Override, ...]:
    """Choose the decisions on casts of a table.

    Parameters
    ----------
    overrides : iterable of Override
        Decisions.
    table : pyarrow.Table
        With the columns source and cast: observations, or one row a cast.

    Returns
    -------
    tuple of Override
    """
    given = _Rows(table)
    return tuple(one for one in overrides if given.of(one).size)


def levels(table: pa.Table, override: Override) -> Integers:
    """Find the levels that a decision is about.

    Parameters
    ----------
    table : pyarrow.Table
        Observations.
    override : Override
        The decision.

    Returns
    -------
    integers
        Rows of the table where the variable has a value.
    """
    return _levels(table, _Rows(table), override)


def apply(table: pa.Table, overrides: Sequence[Override], battery: Battery | None = None) -> pa.Table:
    """Set the flags that an expert decided on, and their bit; a later line overrules an earlier one.

    The bits of failed checks are kept, and so are the value, unit and flag as delivered: what the checks found can be
    seen beside the decision.

    Parameters
    ----------
    table : pyarrow.Table
        Observations after quality control; not edited.
    overrides : sequence of Override
        Decisions; those on casts of other tables change nothing.
    battery : Battery, optional
        Names the bit by its mark "expert"; the shipped one when left out.

    Returns
    -------
    pyarrow.Table
        The same rows in the same order.

    Raises
    ------
    InputError
        If the battery has no mark "expert".

    Examples
    --------
    >>> import qc
    >>> table = qc.from_columns({"source": "mine", "cast": "1", "latitude": [10.0] * 2, "longitude": [20.0] * 2,
    ...                          "pressure": [5.0, 50], "oxygen": [230.0, 900]}, "example")
    >>> decided = Override(2, "mine", "1", None, 0.0, 10.0, "oxygen", 4, "J. Doe", "bubbles")
    >>> flagged = apply(table, [decided])
    >>> flagged["oxygen_flag"].to_pylist(), qc.bit_names(flagged["oxygen_checks"][0].as_py())
    ([4, 2], ('expert',))
    """
    if not overrides:
        return table
    bit = np.uint64(1 << expert_bit(load_battery() if battery is None else battery))
    rows = _Rows(table)
    for name in dict.fromkeys(one.variable for one in overrides):
        flag, checks = (table[f"{name}_{what}"].to_numpy().copy() for what in ("flag", "checks"))
        for one in overrides:
            if one.variable == name:
                at = _levels(table, rows, one)
                flag[at] = one.flag
                checks[at] |= bit
        table = schema.replaced(schema.replaced(table, f"{name}_flag", flag), f"{name}_checks", checks)
    return table


def expert_bit(battery: Battery) -> int:
    """Return the bit of the mark "expert".

    Parameters
    ----------
    battery : Battery
        Its marks.

    Raises
    ------
    InputError
        If there is none.
    """
    found = [mark.bit for mark in battery.marks if mark.name == EXPERT]
    if not found:
        raise InputError("no mark expert", "battery", "copy it from the marks of qc/battery/battery.yaml")
    return found[0]


class _Rows:
    """Rows of a table by source and cast."""

    def __init__(self, table: pa.Table) -> None:
        (source, sources), (cast, casts) = (dictionary_codes(table[name]) for name in ("source", "cast"))
        self.sources, self.casts = ({name: i for i, name in enumerate(names)} for names in (sources, casts))
        code = np.where((source < 0) | (cast < 0), -1, source * len(casts) + cast)
        self.order = np.argsort(code, kind="stable")
        self.code = code[self.order]

    def of(self, one: Override) -> Integers:
        """Return the rows of the cast of a decision, in the order of the table."""
        if one.source not in self.sources or one.cast not in self.casts:
            return np.zeros(0, np.int64)
        code = self.sources[one.source] * len(self.casts) + self.casts[one.cast]
        a, b = np.searchsorted(self.code, [code, code + 1])
        return np.asarray(self.order[a:b])


def _levels(table: pa.Table, rows: _Rows, one: Override) -> Integers:
    """Return the rows that a decision is about."""
    at = rows.of(one)
    take = pa.array(at)
    chosen = np.isfinite(table[one.variable].take(take).to_numpy())
    if one.row is not None:
        chosen &= table["row"].take(take).to_numpy() == one.row
    elif np.isfinite(one.bottom):
        pressure = table["pressure"].take(take).to_numpy()
        chosen &= (pressure >= one.top) & (pressure <= one.bottom)
    return np.asarray(at[chosen])
