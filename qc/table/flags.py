"""Conversion between the flag schemes of the archives and the IODE flags of the observation table."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from qc.errors import InputError
from qc.table.flag_schemes import (
    FAIL,
    IODE_MEANINGS,
    MISSING,
    NOT_EVALUATED,
    PASS,
    SCHEMES,
    SUSPECT,
    Flag,
)

__all__ = [
    "FAIL", "IODE_MEANINGS", "MISSING", "NOT_EVALUATED", "PASS", "SCHEMES", "SUSPECT",
    "Flag", "Flags", "agree", "from_iode", "is_evaluated", "merge", "original", "to_iode",
]  # fmt: skip

Flags = NDArray[np.int8]


def _table(scheme: str) -> Flags:
    """Make the table of the IODE flag of each character code, shape (256,)."""
    table = np.full(256, SUSPECT, np.int8)
    table[[0, 32]] = NOT_EVALUATED
    for flag, characters in SCHEMES[scheme].iode.items():
        table[[ord(character) for character in characters]] = flag
    return table


def to_iode(flags: ArrayLike, scheme: str) -> Flags:
    """Map an archive's flags to IODE (1 pass, 2 not evaluated, 3 suspect, 4 fail, 9 missing).

    Parameters
    ----------
    flags : array, any shape
        Numbers (NaN is blank; 16 and above are character codes, as in SeaDataNet files), bytes or text, of which
        the first character counts.
    scheme : str
        A key of `SCHEMES`.

    Returns
    -------
    int8 array of the same shape
        A blank is 2, or 9 in Argo's scheme; a code the scheme does not define is 3.

    Raises
    ------
    InputError
        If the scheme is unknown.

    Examples
    --------
    >>> to_iode(["2", "3", "4", "9"], "whp_bottle").tolist()
    [1, 3, 4, 9]
    """
    _known(scheme, "to_iode")
    return _table(scheme)[_characters(flags)]


def from_iode(flags: ArrayLike, scheme: str) -> NDArray[np.str_]:
    """Map IODE flags to an archive's scheme.

    Parameters
    ----------
    flags : int8 array, any shape
        IODE flags: 1, 2, 3, 4 or 9.
    scheme : str
        A key of `SCHEMES`.

    Returns
    -------
    array of one-character text, same shape
        The code that `to_iode` maps back to the same flag, as far as the scheme has one. Codes that name a reason are
        written as the plainest one: a suspect value of the World Ocean Database is an "anomaly" (4), a bad one out of
        "range" (1). Where the scheme has no code for a flag it is blank; a bad value that a scheme cannot name
        (GLODAP's) is missing there, because such archives withhold it.

    Raises
    ------
    InputError
        If the scheme is unknown or a flag is no IODE flag.
    """
    _known(scheme, "from_iode")
    given = np.asarray(flags)
    if not np.isin(given, list(IODE_MEANINGS)).all():
        raise InputError("flags outside 1, 2, 3, 4, 9", "from_iode", "map them with to_iode first")
    codes = SCHEMES[scheme].iode
    table = np.full(10, " ")
    table[list(codes)] = [characters[0] for characters in codes.values()]
    if FAIL not in codes:
        table[FAIL] = table[MISSING]
    return np.asarray(table[given])


def _known(scheme: str, where: str) -> None:
    """Raise unless there is such a scheme."""
    if scheme not in SCHEMES:
        raise InputError(f"unknown flag scheme {scheme!r}", where, f"known schemes: {', '.join(SCHEMES)}")


def _characters(flags: ArrayLike) -> NDArray[np.uint8]:
    """Return the character code of each flag, 32 where it is blank and 255 where it cannot be one."""
    if isinstance(flags, np.ma.MaskedArray):
        flags = flags.filled(_blank(flags.dtype))
    array: NDArray[Any] = np.asarray(flags)
    if array.dtype.kind == "S":
        first = array.astype("S1").view(np.uint8).reshape(array.shape)
        return np.where(first == 0, 32, first).astype(np.uint8)
    if array.dtype.kind in "iufb":
        number = array.astype(np.float64)
        blank = ~np.isfinite(number)
        number = np.where(blank, 0, number)
        code = np.where(number < 10, 48 + number, number)
        valid = (number >= 0) & (number < 255) & (number == np.floor(number)) & ~((number >= 10) & (number < 16))
        return np.where(blank, 32, np.where(valid, code, 255)).astype(np.uint8)
    codes, names = pd.factorize(array.ravel())
    text = [str(name).strip()[:1] or " " for name in names]
    table = np.array([min(ord(character), 255) for character in text] + [32], np.uint8)
    return table[codes].reshape(array.shape)


def _blank(dtype: np.dtype[Any]) -> Any:
    """Return the fill value of masked flags."""
    return {"S": b" ", "f": np.nan, "U": " ", "O": None}.get(dtype.kind, 32)


def original(flags: ArrayLike, scheme: str) -> "pd.Categorical[str]":
    """Write flags as the observation table keeps them, "scheme:code".

    Parameters
    ----------
    flags : array, shape (level,)
        As for `to_iode`.
    scheme : str
        A key of `SCHEMES`.

    Returns
    -------
    pandas.Categorical, shape (level,)
        Null where the flag is blank.
    """
    characters = _characters(flags)
    codes, names = pd.factorize(characters, sort=True)
    kept = names != 32
    position: NDArray[np.int64] = np.where(kept, np.cumsum(kept) - 1, -1)
    categories = pd.Index([f"{scheme}:{chr(code)}" for code in names[kept]], dtype=str)
    return pd.Categorical.from_codes(position[codes], categories)


def is_evaluated(text: str) -> bool:
    """Tell whether an original flag means that its value was evaluated.

    Parameters
    ----------
    text : str
        "scheme:code", as `original` writes it.

    Returns
    -------
    bool
        False where the code means not evaluated or missing; True for every code of a scheme that is not in `SCHEMES`,
        a table description's own.
    """
    scheme, _, code = text.partition(":")
    return scheme not in SCHEMES or int(to_iode(code, scheme)) not in (NOT_EVALUATED, MISSING)


def merge(*flags: ArrayLike) -> Flags:
    """Merge IODE flags of the same values: missing < not evaluated < pass < suspect < fail (QARTOD's order).

    Parameters
    ----------
    *flags : int8 array
        Arrays of one shape, or broadcastable.

    Returns
    -------
    int8 array
        The flag of highest precedence.

    Examples
    --------
    >>> merge([1, 2, 9], [3, 1, 2]).tolist()
    [3, 1, 2]
    """
    rank = np.full(10, 3, np.int8)
    rank[[MISSING, NOT_EVALUATED, PASS, SUSPECT, FAIL]] = [0, 1, 2, 3, 4]
    back = np.array([MISSING, NOT_EVALUATED, PASS, SUSPECT, FAIL], np.int8)
    highest = rank[np.asarray(flags[0])]
    for other in flags[1:]:
        highest = np.maximum(highest, rank[np.asarray(other)])
    return np.asarray(back[highest])


def agree(flags: ArrayLike, value: ArrayLike) -> Flags:
    """Make flag and value agree: 9 exactly where the value is missing.

    Parameters
    ----------
    flags : int8 array
        IODE flags.
    value : array of the same shape
        NaN is missing.

    Returns
    -------
    int8 array
        A value that its archive flags as missing though it is there becomes suspect.
    """
    given = np.asarray(flags, np.int8)
    return np.where(np.isfinite(np.asarray(value)), np.where(given == MISSING, SUSPECT, given), MISSING).astype(np.int8)
