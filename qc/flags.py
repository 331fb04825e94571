"""Quality flags of the archives, and what they mean on the one scale of the observation table (IODE)."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from qc.errors import InputError

PASS, NOT_EVALUATED, SUSPECT, FAIL, MISSING = 1, 2, 3, 4, 9
IODE_MEANINGS = {1: "pass", 2: "not evaluated", 3: "suspect", 4: "fail", 9: "missing"}

Flags = NDArray[np.int8]


@dataclass(frozen=True)
class Scheme:
    """One archive's scale.

    Parameters
    ----------
    meanings : dict
        One-character code to its meaning.
    iode : dict
        IODE flag to the codes it stands for, written one after the other. A proposal: no published table is known.
    """

    meanings: dict[str, str]
    iode: dict[int, str]


SCHEMES: dict[str, Scheme] = {
    "iode": Scheme(
        {str(code): meaning for code, meaning in IODE_MEANINGS.items()},
        {PASS: "1", NOT_EVALUATED: "2", SUSPECT: "3", FAIL: "4", MISSING: "9"},
    ),
    "wod": Scheme(
        {
            "0": "accepted",
            "1": "range",
            "2": "inversion",
            "3": "gradient",
            "4": "anomaly or zero gradient",
            "5": "gradient and inversion",
            "6": "range and inversion",
            "7": "range and gradient",
            "8": "range and anomaly",
            "9": "range, inversion and gradient",
        },
        {PASS: "0", SUSPECT: "2345", FAIL: "16789"},
    ),
    "wod_profile": Scheme(
        {
            "0": "accepted",
            "1": "annual standard deviation",
            "2": "density inversion",
            "3": "cruise flagged as a whole",
            "4": "seasonal standard deviation",
            "5": "monthly standard deviation",
            "6": "annual and seasonal standard deviation",
            "7": "anomaly, or annual and monthly standard deviation",
            "8": "seasonal and monthly standard deviation",
            "9": "annual, seasonal and monthly standard deviation",
        },
        {PASS: "0", SUSPECT: "1456789", FAIL: "23"},
    ),
    "whp_bottle": Scheme(
        {
            "0": "none assigned",
            "1": "drawn, analysis not received",
            "2": "acceptable",
            "3": "questionable",
            "4": "bad",
            "5": "not reported",
            "6": "mean of replicates",
            "7": "manual peak",
            "8": "irregular peak",
            "9": "not sampled",
        },
        {PASS: "26", NOT_EVALUATED: "0", SUSPECT: "378", FAIL: "4", MISSING: "159"},
    ),
    "whp_ctd": Scheme(
        {
            "0": "none assigned",
            "1": "not calibrated",
            "2": "acceptable",
            "3": "questionable",
            "4": "bad",
            "5": "not reported",
            "6": "interpolated over more than 2 dbar",
            "7": "despiked",
            "9": "not sampled",
        },
        {PASS: "2", NOT_EVALUATED: "01", SUSPECT: "367", FAIL: "4", MISSING: "59"},
    ),
    "whp_device": Scheme(  # the bottle itself; a leak or a mis-trip makes what was drawn suspect at least
        {
            "1": "no information",
            "2": "no problem",
            "3": "leaking",
            "4": "did not trip",
            "5": "not reported",
            "6": "discrepancy between samplers",
            "7": "unknown problem",
            "8": "pair mis-trip",
            "9": "no samples drawn",
        },
        {PASS: "2", NOT_EVALUATED: "01569", SUSPECT: "3478"},
    ),
    "argo": Scheme(
        {
            "0": "no quality control",
            "1": "good",
            "2": "probably good",
            "3": "bad but potentially correctable",
            "4": "bad",
            "5": "changed",
            "8": "estimated or interpolated",
            "9": "missing",
        },
        {PASS: "125", NOT_EVALUATED: "0", SUSPECT: "38", FAIL: "4", MISSING: "9 "},
    ),
    "glodap": Scheme(
        {"0": "approximated", "2": "good", "9": "missing"},
        {PASS: "2", SUSPECT: "0", MISSING: "9"},
    ),
    "seadatanet": Scheme(
        {
            "0": "no quality control",
            "1": "good",
            "2": "probably good",
            "3": "probably bad",
            "4": "bad",
            "5": "changed",
            "6": "below detection",
            "7": "in excess",
            "8": "interpolated",
            "9": "missing",
            "A": "uncertain",
            "B": "nominal",
            "Q": "below quantification",
        },
        {PASS: "12", NOT_EVALUATED: "0B", SUSPECT: "35678AQ", FAIL: "4", MISSING: "9"},
    ),
}


def _table(scheme: str) -> Flags:
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
    """
    if scheme not in SCHEMES:
        raise InputError(f"unknown flag scheme {scheme!r}", "to_iode", f"known schemes: {', '.join(SCHEMES)}")
    return _table(scheme)[_characters(flags)]


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
    """
    rank = np.full(10, 3, np.int8)
    rank[[MISSING, NOT_EVALUATED, PASS, SUSPECT, FAIL]] = [0, 1, 2, 3, 4]
    back = np.array([MISSING, NOT_EVALUATED, PASS, SUSPECT, FAIL], np.int8)
    highest = rank[np.asarray(flags[0])]
    for other in flags[1:]:
        highest = np.maximum(highest, rank[np.asarray(other)])
    return back[highest]


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
