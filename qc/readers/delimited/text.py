"""Columns of a delimited text: its header, comments and missing values, and one-line errors for what is no table."""

import csv
import io
import re
from collections import Counter

import numpy as np
import pandas as pd

from qc.errors import InputError
from qc.readers.delimited.description_parts import Layout
from qc.readers.files.source import Source, file_type


def read(source: Source, layout: Layout, columns: set[str], texts: set[str], require: set[str]) -> pd.DataFrame:
    """Read columns of a delimited text.

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
        Texts as str, the others as numbers; NaN is missing.

    Raises
    ------
    InputError
        If a required column is missing, a line has too few or too many fields, or a field is not a number.
    """
    if (found := file_type(source.head())) != "text":
        raise InputError(f"is no text: {found}", source.name, "a description is for delimited text")
    text, line, fields, names = read_header(source, layout)
    if len(names) != len(fields):
        raise InputError(f"has {len(fields)} columns, {len(names)} are described", source.name, "is it another table?")
    missing = sorted(require - set(names))
    if missing:
        raise InputError(f"no column {', '.join(missing)}", source.name, f"its columns are {', '.join(names)[:200]}")
    _refuse_ragged(text, layout, len(fields), line, source)
    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep=layout.delimiter,
            names=names,
            header=None,
            skiprows=line + 1,
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
    if frame.empty:
        raise InputError("no data below the header", source.name, "is it truncated? get it again")
    _check_numbers([name for name in names if name in columns - texts], frame, text, line, source)
    return frame


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


def _refuse_ragged(text: str, layout: Layout, fields: int, header_line: int, source: Source) -> None:
    """Refuse lines with another number of fields: a truncated file, or decimal commas.

    In tables with quotes, pandas checks the lines and fills up short ones; only the last one, of a truncated file, is
    checked here.
    """
    if '"' in text:
        last = text.rstrip("\r\n").rsplit("\n", 1)[-1].replace("\r", " ")
        n = len(next(csv.reader([last], delimiter=layout.delimiter), []))
        if last.count('"') % 2 or n < fields:  # an open quote, or missing fields
            what = f"the last line has {n} fields instead of {fields}"
            raise InputError(what, source.name, "is the file truncated? get it again")
        return
    characters = np.frombuffer((text.rstrip("\r\n") + "\n").encode(), np.uint8)
    ends = np.flatnonzero(characters == ord("\n"))
    starts = np.append(0, ends[:-1] + 1)
    number = np.add.reduceat(characters == ord(layout.delimiter), starts, dtype=np.int64) + 1
    blank = np.diff(ends, prepend=-1) <= 2  # a line end only
    wrong = np.flatnonzero((number != fields) & ~blank)
    wrong = wrong[wrong > header_line]
    if wrong.size:
        line = int(wrong[0])
        fix = "; is the file truncated? get it again" if line == ends.size - 1 else ""
        raise InputError(f"{number[line]} fields instead of {fields}{fix}", f"{source.name}, line {line + 1}")


def _check_numbers(numbers: list[str], frame: pd.DataFrame, text: str, header_line: int, source: Source) -> None:
    """Refuse a column of numbers that holds other text, naming the line."""
    for name in numbers:
        if pd.api.types.is_numeric_dtype(frame[name]):
            continue
        wrong = frame[name][pd.to_numeric(frame[name], errors="coerce").isna() & frame[name].notna()]
        if wrong.empty:  # numbers that overflow an integer
            frame[name] = pd.to_numeric(frame[name]).astype(float)
            continue
        lines = [i for i, line in enumerate(io.StringIO(text)) if i > header_line and line.strip("\r\n")]
        line = lines[int(wrong.index[0])] + 1
        raise InputError(f"{wrong.iloc[0]!r} in column {name} is no number", f"{source.name}, line {line}")
