"""Lines of texts, strings of netCDF files, and strings of profiles repeated for each of their levels."""

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from qc.table.text_columns import categorical


def split_lines(text: str) -> list[str]:
    r"""Split a text into lines, which end at a line feed or carriage return and nowhere else.

    `str.splitlines` also ends them at characters that occur inside comments, such as U+0085 and U+2028.

    Parameters
    ----------
    text : str
        The text.

    Returns
    -------
    list of str
        Without line ends.

    Examples
    --------
    >>> split_lines("one\x85two\r\nthree\n")
    ['one\x85two', 'three']
    """
    return re.split(r"\r\n|\n|\r", text.removesuffix("\n"))


def strings(array: Any, encoding: str = "latin-1") -> NDArray[np.str_]:
    """Return the values of a netCDF variable as strings, stripped of blanks and zeros.

    Parameters
    ----------
    array : array
        Characters, which are joined along the last axis of two or more; strings; or numbers. A masked character is
        blank.
    encoding : str
        Encoding of the characters; bytes that are not in it become U+FFFD, the replacement character.

    Returns
    -------
    array of str
        One axis less for joined characters.
    """
    raw = np.ma.filled(array, b" ") if np.asarray(array).dtype.kind == "S" else np.ma.filled(array)
    if raw.dtype == "S1" and raw.ndim > 1:
        raw = np.ascontiguousarray(raw).view(f"S{raw.shape[-1]}")[..., 0]
    if raw.dtype.kind == "S":
        raw = np.char.decode(raw, encoding, "replace")
    return np.char.strip(raw.astype(str), " \x00")


def repeat_for_levels(names: Any, index: NDArray[np.int64]) -> "pd.Categorical[str]":
    """Return for each level the name of its profile.

    Parameters
    ----------
    names : sequence of str, shape (profile,)
        Names of the profiles.
    index : integers, shape (level,)
        Number of the profile.

    Returns
    -------
    pandas.Categorical, shape (level,)
        Equal names are one category; categories are in order of appearance.
    """
    codes, categories = pd.factorize(np.asarray(names, object))
    return categorical(codes[index], categories)
