"""Headers of casts in World Ocean Database ASCII, as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qc.errors import InputError
from qc.readers.wod.ascii_fields import CastCursors
from qc.types import Floats, Integers, Mask

ACCESSION, PLATFORM, PROBE = 1, 3, 29  # codes of the secondary header


@dataclass(frozen=True)
class Headers:
    """Headers of casts.

    Parameters
    ----------
    number : integers, shape (cast,)
        WOD unique cast number.
    country : text, shape (cast,)
        Country code of the cruise.
    cruise : integers, shape (cast,)
        Cruise number of the country, -1 where missing.
    date : three arrays of integers, shape (cast,)
        Year, month, day.
    hour : floats, shape (cast,)
        Hours UTC.
    position : two arrays of floats, shape (cast,)
        Degrees north, degrees east.
    levels, variables : integers, shape (cast,)
        Number of levels, and of variables.
    uncertain : mask, shape (cast,)
        Whether every value has an uncertainty (version Q).
    code, profile_flag : integers, shape (cast, slot)
        Code of each variable, and WOD flag of its whole profile; -1 in slots that the cast does not use.
    secondary : dict
        Code of the secondary header to floats, shape (cast,).
    """

    number: Integers
    country: NDArray[np.str_]
    cruise: Integers
    date: tuple[Integers, Integers, Integers]
    hour: Floats
    position: tuple[Floats, Floats]
    levels: Integers
    variables: Integers
    uncertain: Mask
    code: Integers
    profile_flag: Integers
    secondary: dict[int, Floats]


def read_headers(cursors: CastCursors) -> Headers:
    """Read the headers of all casts of a batch.

    Parameters
    ----------
    cursors : CastCursors
        A batch of `qc.readers.wod.ascii_batches.read_batches`; the cursors are moved to the first levels.

    Returns
    -------
    Headers
        Primary and secondary headers.

    Raises
    ------
    InputError
        If a header is damaged, or a cast is on standard levels.
    """
    casts = np.arange(cursors.start.size)
    uncertain = cursors.characters[cursors.start] == ord("Q")
    cursors.skip(casts, 1)
    cursors.counted(casts)  # characters of the cast, which are known
    cursors.number_of[:] = cursors.counted(casts)
    cursors.require(casts, cursors.number_of >= 0, "a cast without a number")
    country = np.char.decode(cursors.characters[cursors.at[:, None] + np.arange(2)].view("S2")[:, 0], "latin-1")
    cursors.skip(casts, 2)
    cruise = cursors.counted(casts)
    date = (cursors.integer(casts, 4), cursors.integer(casts, 2), cursors.integer(casts, 2))
    hour = cursors.number(casts)
    latitude = cursors.number(casts)
    cursors.number(casts[uncertain])  # its uncertainty
    longitude = cursors.number(casts)
    cursors.number(casts[uncertain])
    levels = np.maximum(cursors.counted(casts), 0)
    cursors.require(casts, levels <= cursors.end - cursors.at, "more levels than the cast has characters")
    kind = cursors.integer(casts, 1)
    _refuse_standard_levels(cursors, kind)
    variables = np.maximum(cursors.integer(casts, 2), 0)
    code, profile_flag = _variables(cursors, variables, uncertain)
    _skip_block(cursors, casts)  # character data
    secondary = _secondary(cursors, uncertain)
    _skip_block(cursors, casts)  # biological header
    return Headers(
        number=cursors.number_of,
        country=country,
        cruise=cruise,
        date=date,
        hour=hour,
        position=(latitude, longitude),
        levels=levels,
        variables=variables,
        uncertain=uncertain,
        code=code,
        profile_flag=profile_flag,
        secondary=secondary,
    )


def _refuse_standard_levels(cursors: CastCursors, kind: Integers) -> None:
    """Refuse casts on standard levels (kind 1): their values are interpolated."""
    if np.any(kind == 1):
        first = cursors.number_of[np.argmax(kind == 1)]
        what = f"{np.sum(kind == 1)} casts on standard levels, whose values are interpolated"
        raise InputError(what, f"{cursors.name}, cast {first}", "get the observed levels")


def _variables(cursors: CastCursors, variables: Integers, uncertain: Mask) -> tuple[Integers, Integers]:
    """Read code and profile flag of each variable, shape (cast, slot), -1 where there is none."""
    code = np.full((variables.size, int(variables.max(initial=0))), -1, np.int64)
    profile_flag = code.copy()
    for slot in range(code.shape[1]):
        casts = np.flatnonzero(variables > slot)
        code[casts, slot] = cursors.counted(casts)
        profile_flag[casts, slot] = cursors.integer(casts, 1)
        _pairs(cursors, casts, cursors.counted(casts), uncertain, {})
    return code, profile_flag


def _pairs(cursors: CastCursors, casts: Integers, count: Integers, uncertain: Mask, kept: dict[int, Floats]) -> None:
    """Read pairs of code and value; values of the codes in `kept` are written there, shape (cast,)."""
    for pair in range(int(count.max(initial=0))):
        more = casts[count > pair]
        code, value = cursors.counted(more), cursors.number(more)
        cursors.integer(more[uncertain[more]], 1)
        for key, values in kept.items():
            values[more[code == key]] = value[code == key]


def _skip_block(cursors: CastCursors, casts: Integers) -> None:
    """Skip a block, which begins with its number of characters."""
    cursors.skip(casts, np.maximum(cursors.counted(casts), 0))


def _secondary(cursors: CastCursors, uncertain: Mask) -> dict[int, Floats]:
    """Read accession, platform and probe of each cast, NaN where missing."""
    n = cursors.start.size
    found = {key: np.full(n, np.nan) for key in (ACCESSION, PLATFORM, PROBE)}
    size = cursors.counted(np.arange(n))
    casts = np.flatnonzero(size > 0)
    end = cursors.at[casts] + size[casts]
    _pairs(cursors, casts, cursors.counted(casts), uncertain, found)
    cursors.require(casts, cursors.at[casts] == end, "the length of the secondary header is wrong")
    return found
