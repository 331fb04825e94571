"""Columns of a delimited text: its header, comments and missing values, and one-line errors for what is no table."""

import csv
import io
import re
from collections import Counter

import pandas as pd

from qc.errors import InputError
from qc.readers.columns.rows import Rows, find_rows, misfit
from qc.readers.delimited.description_parts import Layout
from qc.readers.files.file_types import file_type
from qc.readers.files.source import Source


def read(
    source: Source, layout: Layout, columns: set[str], texts: set[str], require: set[str]
) -> tuple[pd.DataFrame, Rows]:
    """Read columns of a delimited text; rows with too few or too many fields are refused.

    Parameters
    ----------
    source : Source
        The text.
    layout : Layout
        Its layout.
    columns, texts, require : set of str
        Columns to read if the text has them; which of them are text; which the text must have.

    Returns
    -------
    pandas.DataFrame, one row a data line
        Texts as str, the others as numbers; NaN is missing. The index is the number of the row, refused ones included.
    Rows
        Where its rows are in the file.

    Raises
    ------
    InputError
        If a required column is missing, the last line is incomplete, no row fits the header, or a field is not a
        number.
    """
    if (found := file_type(source.head())) != "text":
        raise InputError(f"is no text: {found}", source.name, "a description is for delimited text")
    text, line, fields, names = read_header(source, layout)
    if len(names) != len(fields):
        raise InputError(f"has {len(fields)} columns, {len(names)} are described", source.name, "is it another table?")
    missing = sorted(require - set(names))
    if missing:
        raise InputError(f"no column {', '.join(missing)}", source.name, f"its columns are {', '.join(names)[:200]}")
    rows = _rows(text, layout, len(fields), line, source)
    try:
        frame = pd.read_csv(
            io.StringIO("\n".join(rows.text)),
            sep=layout.delimiter,
            names=names,
            header=None,
            usecols=[name for name in names if name in columns],
            dtype=dict.fromkeys(texts & set(names), str),
            na_values=["", *layout.missing],
            keep_default_na=False,
            thousands=layout.thousands,
            skipinitialspace=True,
            index_col=False,
            low_memory=False,
        )
    except (pd.errors.ParserError, ValueError) as error:
        raise InputError(f"not a readable table ({str(error)[:80]})", source.name) from error
    if len(frame) != len(rows.text):
        raise InputError(f"{len(rows.text)} rows, but {len(frame)} are read", source.name, "are its quotes closed?")
    _check_numbers([name for name in names if name in columns - texts], frame, rows, source)
    return frame.set_axis(pd.Index(rows.number)), rows


def read_header(source: Source, layout: Layout) -> tuple[str, int, list[str], list[str]]:
    """Find the header of a delimited text.

    Parameters
    ----------
    source : Source
        The text, or the beginning of one.
    layout : Layout
        Its layout.

    Returns
    -------
    text : str
        With comments replaced by empty lines, so that lines keep their numbers.
    line : int
        Number of the header, from 0.
    fields, names : list of str
        The header as written; the names of its columns, from it or from the layout.
    """
    text = (
        source.text(layout.encoding).removeprefix("\ufeff").removeprefix("\xef\xbb\xbf")
    )  # byte order mark, also as Latin-1
    if layout.comment:
        text = re.sub(rf"(?m)^{re.escape(layout.comment)}.*$", "", text)
    line, header = _header(text, layout)
    fields = split(header, layout.delimiter)
    return text, line, fields, layout.names or unique_names(fields)


def split(line: str, delimiter: str) -> list[str]:
    """Split a line into its fields.

    Parameters
    ----------
    line : str
        A line, which may have quoted fields.
    delimiter : str
        One character.

    Returns
    -------
    list of str
        The fields; a line that is not one of a table is one field.
    """
    try:
        return next(csv.reader([line.strip("\r\n")], delimiter=delimiter), [])
    except csv.Error:  # a carriage return inside, or a field of many thousand characters
        return [" ".join(line.split())]


def unique_names(fields: list[str]) -> list[str]:
    """Return unique names of columns: a name that repeats (QF, QV:SEADATANET) belongs to the column on its left.

    Parameters
    ----------
    fields : list of str
        Header as written.

    Returns
    -------
    list of str
        Stripped; a repeated name is put after that of the nearest column to its left that is not, "Oxygen QF".
    """
    plain = [name.strip("\ufeff ") for name in fields]
    number = Counter(plain)
    names: list[str] = []
    taken: set[str] = set()
    left = ""
    for name in plain:
        if number[name] == 1:
            left = name
        else:
            name = f"{left} {name}"
        names.append(name if name not in taken else f"{name} {len(names)}")
        taken.add(names[-1])
    return names


def header_line(text: str, comment: str) -> str:
    """Return the first line of a text that is neither blank nor a comment.

    Parameters
    ----------
    text : str
        The text.
    comment : str
        Beginning of comment lines.

    Returns
    -------
    str
        Empty where there is no such line.
    """
    lines = (line.rstrip("\r\n") for line in io.StringIO(text))
    return next((line for line in lines if line.strip() and not line.startswith(comment)), "")


def _header(text: str, layout: Layout) -> tuple[int, str]:
    """Return number, from 0, and text of the first line that is not blank."""
    for number, line in enumerate(io.StringIO(text)):
        if number >= layout.skip_rows and line.strip("\r\n"):
            return number, line
    return 0, ""


def _rows(text: str, layout: Layout, fields: int, header_line: int, source: Source) -> Rows:
    """Return the rows with as many fields as the header; refuse a file whose last line is cut."""
    rows = find_rows(text.split("\n"), header_line + 1, layout.delimiter, fields)
    if not rows.text:
        raise InputError("no data below the header", source.name, "is it truncated? get it again")
    if rows.width[-1] < fields and not text.endswith("\n"):
        what = misfit(int(rows.width[-1]), fields)
        raise InputError(what, f"{source.name}, line {rows.line[-1]}", "is the file truncated? get it again")
    return rows.of_width(fields, source)


def _check_numbers(numbers: list[str], frame: pd.DataFrame, rows: Rows, source: Source) -> None:
    """Refuse a column of numbers that holds other text, naming the line."""
    for name in numbers:
        if pd.api.types.is_numeric_dtype(frame[name]):
            continue
        wrong = frame[name][pd.to_numeric(frame[name], errors="coerce").isna() & frame[name].notna()]
        if wrong.empty:  # numbers that overflow an integer
            frame[name] = pd.to_numeric(frame[name]).astype(float)
            continue
        line = rows.line[int(wrong.index[0])]
        raise InputError(f"{wrong.iloc[0]!r} in column {name} is no number", f"{source.name}, line {line}")
