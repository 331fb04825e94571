"""Texts of netCDF files, and one text a profile spread over its levels: for all readers alike."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray


def words(array: Any, encoding: str = "latin-1") -> NDArray[np.str_]:
    """Return the values of a netCDF variable as texts, without blanks and zeros around them.

    Parameters
    ----------
    array : array
        Characters, which are joined along the last axis of two or more; texts; or numbers. A masked character is blank.
    encoding : str
        Of characters; what it does not know becomes a question mark in a diamond.

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


def spread(texts: Any, index: NDArray[np.int64]) -> "pd.Categorical[str]":
    """Give each level the text of its profile.

    Parameters
    ----------
    texts : sequence of str, shape (profile,)
        Equal ones become one category; in order of appearance.
    index : integers, shape (level,)
        Number of the profile.
    """
    codes, names = pd.factorize(np.asarray(texts, object))
    return pd.Categorical.from_codes(codes[index], pd.Index(names, dtype=str))
