"""Conversion between the flag schemes of the archives and the IODE flags of the observation table."""

import re
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
from qc.table.text_columns import categorical

__all__ = [
    "FAIL", "IODE_MEANINGS", "MISSING", "NOT_EVALUATED", "PASS", "SCHEMES", "SUSPECT",
    "Flag", "Flags", "agree", "from_iode", "is_evaluated", "merge", "original", "to_iode",
]  # fmt: skip

Flags = NDArray[np.int8]
# GLODAP: interpolated or calculated; CalCOFI, whose scheme the catalogue declares: interpolated to a standard depth
_INTERPOLATED = ("glodap:0", "calcofi_recind:7")


def to_iode(flags: ArrayLike, scheme: str) -> Flags:
    """Map an archive's flags to IODE (1 pass, 2 not evaluated, 3 suspect, 4 fail, 9 missing).

    Parameters
    ----------
    flags : array, any shape
        Numbers (NaN is blank; 16 and above are character codes, as in SeaDataNet files), bytes or text. Text that
        spells a digit is that digit: "04", "4.0" and " 4" are 4.
    scheme : str
        A key of `SCHEMES`.

    Returns
    -------
    int8 array of the same shape
        A blank is 2, or 9 in Argo's scheme. A code the scheme does not define is 3: its value is there, and nobody
        knows what its originator thought of it.

    Raises
    ------
    InputError
        If the scheme is unknown.

    Examples
    --------
    >>> to_iode(["2", "3", "4", "9"], "whp_bottle").tolist()
    [1, 3, 4, 9]
    >>> to_iode(["02", "04", "4.0", "24"], "whp_bottle").tolist()
    [1, 4, 4, 3]
    """
    _known(scheme, "to_iode")
    table = {"": NOT_EVALUATED}
    for flag, listed in SCHEMES[scheme].iode.items():
        table |= {character.strip(): flag for character in listed}
    position, codes = _codes(flags)
    return np.array([table.get(code, SUSPECT) for code in codes], np.int8)[position]


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


def _codes(flags: ArrayLike) -> tuple[NDArray[np.int64], list[str]]:
    """Return the index of each flag in the distinct codes, and these as text, empty where blank."""
    if isinstance(flags, np.ma.MaskedArray):
        flags = flags.filled(_blank(flags.dtype))
    array: NDArray[Any] = np.asarray(flags)
    flat = array.ravel()
    if array.dtype.kind == "S":  # pandas hashes integers faster than bytes, and does not know other fixed widths
        flat = flat.view(np.uint8) if array.dtype.itemsize == 1 else np.char.decode(flat, "latin-1").astype(object)
    position, names = pd.factorize(flat, use_na_sentinel=False)
    is_character = array.dtype.kind == "S" and array.dtype.itemsize == 1
    codes = [_code(chr(name) if is_character else name) for name in names]
    return position.reshape(array.shape), codes


def _code(flag: Any) -> str:
    """Write one flag as text: a digit however it is spelled, a character by its number, else the text as delivered."""
    flag = flag.decode("latin-1") if isinstance(flag, bytes) else flag
    if isinstance(flag, str):
        text = flag.strip(" \t\r\n\0")
        digit = re.fullmatch(r"0*([0-9])(\.0*)?", text)
        return digit.group(1) if digit else text
    if pd.isna(flag) or np.isinf(flag):
        return ""
    if flag != int(flag) or not (0 <= flag < 10 or 16 <= flag < 255):
        return f"{flag:g}"
    return str(int(flag)) if flag < 10 else chr(int(flag)).strip()


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
        Null where the flag is blank; a code that the scheme does not define is kept as delivered.
    """
    position, codes = _codes(flags)
    names = sorted(set(codes) - {""})
    place = np.array([names.index(code) if code else -1 for code in codes], np.int64)
    return categorical(place[position], [f"{scheme}:{name}" for name in names])


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


def is_interpolated(text: str) -> bool:
    """Tell whether an original flag means that its value was not measured but interpolated or calculated.

    Parameters
    ----------
    text : str
        "scheme:code", as `original` writes it.

    Returns
    -------
    bool
        False for the codes of schemes whose meaning is not known here.

    Examples
    --------
    >>> [is_interpolated(text) for text in ("argo:8", "calcofi_recind:7", "argo:3", "mine:8")]
    [True, True, False, False]
    """
    scheme, _, code = text.partition(":")
    meaning = SCHEMES[scheme].meanings.get(code, "") if scheme in SCHEMES else ""
    return "interpolated" in meaning or text in _INTERPOLATED


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
        NaN or NaT is missing.

    Returns
    -------
    int8 array
        A value that its archive flags as missing though it is there becomes suspect.
    """
    given = np.asarray(flags, np.int8)
    return np.where(np.isfinite(np.asarray(value)), np.where(given == MISSING, SUSPECT, given), MISSING).astype(np.int8)
