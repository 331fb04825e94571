"""Rows of text files: columns of a part, numbers with all their digits, written by pyarrow."""

from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
from numpy.typing import NDArray

from qc.writers.parts import Profiles


def numbers(values: NDArray[np.float64]) -> pa.Array:
    """Return numbers, null (an empty field) where NaN; they are written with the digits that give the same float64.

    Parameters
    ----------
    values : floats, shape (level,)
        Numbers.

    Returns
    -------
    pyarrow.Array
    """
    return pa.array(values, from_pandas=True)


def times(part: Profiles) -> pa.Array:
    """Return ISO 8601 times, "2001-05-01T10:00:00.000", null where missing.

    Parameters
    ----------
    part : Profiles
        A part of the table.

    Returns
    -------
    pyarrow.Array of str, shape (level,)
    """
    given = part.times()
    return pc.if_else(pa.array(~np.isnat(given)), pa.array(np.datetime_as_string(given, "ms")), None)


def write_rows(columns: dict[str, Any], file: IO[bytes], delimiter: str, quotes: bool) -> None:
    """Write the rows of some columns, without a header.

    Parameters
    ----------
    columns : dict
        Column to array, shape (level,).
    file : binary file
        Where to append them.
    delimiter : str
        Between fields.
    quotes : bool
        Whether to quote texts that need it; otherwise no text may contain the delimiter, a quote or a line end.
    """
    style = "needed" if quotes else "none"
    options = pa.csv.WriteOptions(include_header=False, delimiter=delimiter, quoting_style=style)
    pa.csv.write_csv(pa.table(columns), file, options)
