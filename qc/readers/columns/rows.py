"""Rows of text tables: the lines that hold them, and those that do not fit the header and are refused.

A row with a field too many or too few, because of a decimal comma for example, has its values in columns of others.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress

import numpy as np

from qc.errors import InputError
from qc.readers.files.source import Source
from qc.types import Integers, Mask


@dataclass(frozen=True)
class Rows:
    """Rows of a text table.

    Parameters
    ----------
    text : list of str, one a row
        As in the file; a quoted field may hold line ends.
    width : integers, shape (row,)
        Number of fields; negative where a quote is not closed.
    number : integers, shape (row,)
        Number of the row in the file, from 0, refused ones included.
    line : integers, shape (row,)
        Number of its first line, from 1.
    """

    text: list[str]
    width: Integers
    number: Integers
    line: Integers

    def keep(self, fits: Mask, source: Source) -> "Rows":
        """Return some of the rows.

        Parameters
        ----------
        fits : mask, shape (row,)
            False for the rows that were refused.
        source : Source
            The file.

        Returns
        -------
        Rows
            Those that fit.

        Raises
        ------
        InputError
            If there are rows and none fits.
        """
        if fits.all():
            return self
        if not fits.any():
            first = min(source.refused, key=lambda one: one.lines)
            raise InputError(f"{first.what}; no row can be read", f"{source.name}, line {first.lines[0]}")
        return Rows(list(compress(self.text, fits)), self.width[fits], self.number[fits], self.line[fits])

    def of_width(self, fields: int, source: Source) -> "Rows":
        """Refuse the rows with another number of fields.

        Parameters
        ----------
        fields : int
            Number of fields of the header.
        source : Source
            The file, which records what is refused.

        Returns
        -------
        Rows
            The others.

        Raises
        ------
        InputError
            If there are rows and none fits.
        """
        fits = self.width == fields
        for width in np.unique(self.width[~fits]).tolist():
            source.refuse(misfit(width, fields), self.line[self.width == width])
        return self.keep(fits, source)


def misfit(width: int, fields: int) -> str:
    """Describe a row that does not fit its header.

    Parameters
    ----------
    width : int
        As of `Rows`.
    fields : int
        Number of fields of the header.

    Examples
    --------
    >>> misfit(14, 13), misfit(-2, 13)
    ('14 fields instead of 13', 'a quote is not closed')
    """
    return "a quote is not closed" if width < 0 else f"{width} fields instead of {fields}"


def find_rows(lines: Sequence[str], first: int, delimiter: str, fields: int) -> Rows:
    """Find the rows below a header, and count their fields; a row without any content is none.

    Parameters
    ----------
    lines : sequence of str
        All lines of the text, comments replaced by empty ones.
    first : int
        Index of the first line below the header.
    delimiter : str
        One character.
    fields : int
        Number of fields of the header: a quote that is not closed on its line, and whose row then has another number,
        ends with the line.

    Returns
    -------
    Rows
        All rows, whatever their number of fields.

    Examples
    --------
    >>> rows = find_rows(["a,b", "1,2", ",", "3,4,5"], 1, ",", 2)
    >>> rows.text, rows.width.tolist(), rows.line.tolist()
    (['1,2', '3,4,5'], [2, 3], [2, 4])
    """
    blank = f'{delimiter}" \t'
    text, width, line = [], [], []
    at = first
    while at < len(lines):
        row, n, used = lines[at], 0, 1
        if row.strip(blank):
            if '"' in row:
                n, used = _quoted(lines, at, delimiter)
                if used > 1 and n != fields:
                    n, used = -1, 1
                row = "\n".join(lines[at : at + used])
            else:
                n = row.count(delimiter) + 1
            text.append(row)
            width.append(n)
            line.append(at + 1)
        at += used
    return Rows(text, np.array(width, np.int64), np.arange(len(text)), np.array(line, np.int64))


def _quoted(lines: Sequence[str], at: int, delimiter: str) -> tuple[int, int]:
    """Return number of fields and of lines of a row with quotes, which only count at the beginning of a field."""
    ended = (f"{lines[i]}\n" for i in range(at, len(lines)))
    rows = csv.reader(ended, delimiter=delimiter, skipinitialspace=True, strict=True)
    try:
        return len(next(rows)), rows.line_num
    except csv.Error:  # never closed, or text behind the closing quote, which is part of the field
        rows = csv.reader([f"{lines[at]}\n", "\n"], delimiter=delimiter, skipinitialspace=True)
    try:
        n = len(next(rows))
        return (n, 1) if rows.line_num == 1 else (-n, 1)
    except csv.Error:  # a field of many thousand characters
        return 0, 1
