"""Delimited text into columns: header, comments, missing values, and a plain word about what is no table."""

import csv
import io
import re
from collections import Counter

import numpy as np
import pandas as pd

from qc.errors import InputError
from qc.readers.delimited.description import Layout
from qc.readers.files.source import Source, form


def read(source: Source, layout: Layout, wanted: set[str], texts: set[str], require: set[str]) -> pd.DataFrame:
    """Read the wanted columns of a delimited text.

    Parameters
    ----------
    source : Source
        The text.
    layout : Layout
        How it is laid out.
    wanted, texts, require : set of str
        Columns to read where they are there; which of them are text; which must be there.

    Returns
    -------
    pandas.DataFrame, one row a data line
        Texts as str, the others as numbers; NaN is missing.

    Raises
    ------
    InputError
        If a required column is absent, a line has too few or too many fields, or a number is none.
    """
    if (kind := form(source.head())) != "text":
        raise InputError(f"is no text: {kind}", source.name, "a description is for delimited text")
    text, line, fields, names = headed(source, layout)
    if len(names) != len(fields):
        raise InputError(f"has {len(fields)} columns, {len(names)} are described", source.name, "is it another table?")
    lacking = sorted(require - set(names))
    if lacking:
        raise InputError(f"no column {', '.join(lacking)}", source.name, f"its columns are {', '.join(names)[:200]}")
    _refuse_ragged(text, layout, len(fields), line, source)
    try:
        frame = pd.read_csv(
            io.StringIO(text),
            sep=layout.delimiter,
            names=names,
            header=None,
            skiprows=line + 1,
            usecols=[name for name in names if name in wanted],
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
    _refuse_words([name for name in names if name in wanted - texts], frame, text, line, source)
    return frame


def headed(source: Source, layout: Layout) -> tuple[str, int, list[str], list[str]]:
    """Find the header of a delimited text.

    Parameters
    ----------
    source : Source
        The text, or the beginning of one.
    layout : Layout
        How it is laid out.

    Returns
    -------
    text : str
        With comments blanked, not cut out: lines keep their numbers.
    line : int
        Number of the header, from 0.
    fields, names : list of str
        The header as it stands; what its columns are called, by it or by the layout.
    """
    text = source.text(layout.encoding).removeprefix("\ufeff").removeprefix("\xef\xbb\xbf")  # the mark, of Latin-1 too
    if layout.comment:
        text = re.sub(rf"(?m)^{re.escape(layout.comment)}.*$", "", text)
    line, header = _header(text, layout)
    fields = split(header, layout.delimiter)
    return text, line, fields, layout.names or unique_names(fields)


def split(line: str, delimiter: str) -> list[str]:
    """Split a line into its fields, quoted ones too; a line that is none of a table is one field."""
    try:
        return next(csv.reader([line.strip("\r\n")], delimiter=delimiter), [])
    except csv.Error:  # a carriage return inside, a field of many thousand letters
        return [" ".join(line.split())]


def unique_names(fields: list[str]) -> list[str]:
    """Name the columns of a header: one that repeats (QF, QV:SEADATANET) belongs to the column on its left.

    Parameters
    ----------
    fields : list of str
        Header as it stands.

    Returns
    -------
    list of str
        Stripped; a repeated name follows that of the nearest column to its left that is not repeated, "Oxygen QF".
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
    """Return the first line of a text that is neither blank nor a comment; empty where there is none."""
    lines = (line.rstrip("\r\n") for line in io.StringIO(text))
    return next((line for line in lines if line.strip() and not line.startswith(comment)), "")


def _header(text: str, layout: Layout) -> tuple[int, str]:
    """Find the number, from 0, and text of the first line that is not blank."""
    for number, line in enumerate(io.StringIO(text)):
        if number >= layout.skip_rows and line.strip("\r\n"):
            return number, line
    return 0, ""


def _refuse_ragged(text: str, layout: Layout, fields: int, header_line: int, source: Source) -> None:
    """Refuse lines with other than `fields` fields: a cut file, a decimal comma.

    Lines of quoted tables are pandas' to judge, which fills up those that are too short: but not the last one, of a cut
    file.
    """
    if '"' in text:
        last = text.rstrip("\r\n").rsplit("\n", 1)[-1].replace("\r", " ")
        n = len(next(csv.reader([last], delimiter=layout.delimiter), []))
        if last.count('"') % 2 or n < fields:  # a quote is open, or fields are lacking
            what = f"the last line has {n} fields instead of {fields}"
            raise InputError(what, source.name, "is the file truncated? get it again")
        return
    letters = np.frombuffer((text.rstrip("\r\n") + "\n").encode(), np.uint8)
    ends = np.flatnonzero(letters == ord("\n"))
    starts = np.append(0, ends[:-1] + 1)
    found = np.add.reduceat(letters == ord(layout.delimiter), starts, dtype=np.int64) + 1
    blank = np.diff(ends, prepend=-1) <= 2  # nothing but a line end
    wrong = np.flatnonzero((found != fields) & ~blank)
    wrong = wrong[wrong > header_line]
    if wrong.size:
        line = int(wrong[0])
        cut = "; is the file truncated? get it again" if line == ends.size - 1 else ""
        raise InputError(f"{found[line]} fields instead of {fields}{cut}", f"{source.name}, line {line + 1}")


def _refuse_words(numbers: list[str], frame: pd.DataFrame, text: str, header_line: int, source: Source) -> None:
    for name in numbers:
        if pd.api.types.is_numeric_dtype(frame[name]):
            continue
        wrong = frame[name][pd.to_numeric(frame[name], errors="coerce").isna() & frame[name].notna()]
        if wrong.empty:  # numbers too long for an integer
            frame[name] = pd.to_numeric(frame[name]).astype(float)
            continue
        lines = [i for i, line in enumerate(io.StringIO(text)) if i > header_line and line.strip("\r\n")]
        line = lines[int(wrong.index[0])] + 1
        raise InputError(f"{wrong.iloc[0]!r} in column {name} is no number", f"{source.name}, line {line}")
