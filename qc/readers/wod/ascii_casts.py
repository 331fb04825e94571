"""Casts of World Ocean Database ASCII: what their headers say, and their levels as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qc.errors import InputError
from qc.readers.columns.variables import Values
from qc.readers.wod import netcdf as wod
from qc.readers.wod.ascii_fields import Bytes, Text
from qc.types import Floats, Integers

CODES = {"temperature": 1, "salinity": 2, "oxygen": 3, "phosphate": 4, "silicate": 6, "nitrate": 8, "pressure": 25}
ACCESSION, PLATFORM, PROBE = 1, 3, 29  # codes of the secondary header
_UNITS = {"temperature": "degree_C", "pressure": "dbar"}
_MINUS = ord("-")
Walked = tuple[Integers, Integers, Integers]


@dataclass(frozen=True)
class Casts:
    """What the headers say; arrays of shape (cast,), or (cast, slot) where there is one entry a variable."""

    number: Integers  # WOD unique cast number
    country: NDArray[np.str_]
    cruise: Integers
    date: tuple[Integers, Integers, Integers]
    hour: Floats
    place: tuple[Floats, Floats]  # degrees north, degrees east
    levels: Integers
    variables: Integers
    uncertain: NDArray[np.bool_]
    code: Integers
    whole: Integers
    secondary: dict[int, Floats]


@dataclass(frozen=True)
class Levels:
    """What was measured; arrays of shape (level,), cast after cast."""

    cast: Integers  # index into the casts
    depth: Floats
    depth_flag: NDArray[np.bytes_]
    values: dict[str, Values]  # names of `CODES`, in the units of the file


def decode(text: Text) -> tuple[Casts, Levels]:
    """Decode all casts of a text.

    Parameters
    ----------
    text : Text
        As `qc.readers.wod.ascii_fields.lay_out` gives it; its cursors are moved to the ends of the casts.

    Raises
    ------
    InputError
        If a cast is damaged, or on standard levels.
    """
    casts = _headers(text)
    return casts, _levels(text, casts)


def _headers(text: Text) -> Casts:
    lanes = np.arange(text.start.size)
    uncertain = text.characters[text.start] == ord("Q")
    text.skip(lanes, 1)
    text.counted(lanes)  # characters of the cast: known
    text.number_of[:] = text.counted(lanes)
    text.require(lanes, text.number_of >= 0, "a cast without a number")
    country = np.char.decode(text.characters[text.at[:, None] + np.arange(2)].view("S2")[:, 0], "latin-1")
    text.skip(lanes, 2)
    cruise = text.counted(lanes)
    date = (text.integer(lanes, 4), text.integer(lanes, 2), text.integer(lanes, 2))
    hour = text.number(lanes)
    latitude = text.number(lanes)
    text.number(lanes[uncertain])  # how uncertain it is
    longitude = text.number(lanes)
    text.number(lanes[uncertain])
    levels = np.maximum(text.counted(lanes), 0)
    text.require(lanes, levels <= text.end - text.at, "more levels than the cast has characters")
    kind = text.integer(lanes, 1)
    _refuse_standard_levels(text, kind)
    variables = np.maximum(text.integer(lanes, 2), 0)
    code, whole = _variables(text, variables, uncertain)
    _pass_over(text, lanes)  # character data
    secondary = _secondary(text, uncertain)
    _pass_over(text, lanes)  # biological header
    place = (latitude, longitude)
    number = text.number_of
    return Casts(number, country, cruise, date, hour, place, levels, variables, uncertain, code, whole, secondary)


def _refuse_standard_levels(text: Text, kind: Integers) -> None:
    if np.any(kind == 1):
        first = text.number_of[np.argmax(kind == 1)]
        what = f"{np.sum(kind == 1)} casts on standard levels, interpolated between what was measured"
        raise InputError(what, f"{text.name}, cast {first}", "get the observed levels")


def _variables(text: Text, variables: Integers, uncertain: NDArray[np.bool_]) -> tuple[Integers, Integers]:
    """Read code and whole-profile flag of each variable, shape (cast, variable), -1 where there is none."""
    code = np.full((variables.size, int(variables.max(initial=0))), -1, np.int64)
    whole = code.copy()
    for slot in range(code.shape[1]):
        lanes = np.flatnonzero(variables > slot)
        code[lanes, slot] = text.counted(lanes)
        whole[lanes, slot] = text.integer(lanes, 1)
        _entries(text, lanes, text.counted(lanes), uncertain, {})
    return code, whole


def _entries(
    text: Text, lanes: Integers, count: Integers, uncertain: NDArray[np.bool_], wanted: dict[int, Floats]
) -> None:
    """Read pairs of code and value, keeping the `wanted` values of each cast."""
    for entry in range(int(count.max(initial=0))):
        more = lanes[count > entry]
        code, value = text.counted(more), text.number(more)
        text.integer(more[uncertain[more]], 1)
        for key, kept in wanted.items():
            kept[more[code == key]] = value[code == key]


def _pass_over(text: Text, lanes: Integers) -> None:
    """Step over a block by the number of its characters."""
    text.skip(lanes, np.maximum(text.counted(lanes), 0))


def _secondary(text: Text, uncertain: NDArray[np.bool_]) -> dict[int, Floats]:
    n = text.start.size
    found = {key: np.full(n, np.nan) for key in (ACCESSION, PLATFORM, PROBE)}
    size = text.counted(np.arange(n))
    lanes = np.flatnonzero(size > 0)
    behind = text.at[lanes] + size[lanes]
    _entries(text, lanes, text.counted(lanes), uncertain, found)
    text.require(lanes, text.at[lanes] == behind, "the secondary header is not as long as it says")
    return found


def _levels(text: Text, casts: Casts) -> Levels:
    cast = np.repeat(np.arange(casts.levels.size), casts.levels)
    first = np.cumsum(casts.levels) - casts.levels
    slots, twice = _slots(casts)
    at = {name: np.full(cast.size, text.nowhere, np.int64) for name in ("depth", *slots)}
    groups = casts.variables * 2 + casts.uncertain
    steps = {bool(version): _steps_of_fields(text, bool(version)) for version in np.unique(casts.uncertain)}
    for group in np.unique(groups):
        lanes = np.flatnonzero(groups == group)
        lane, level, place = _walk(text, lanes, casts.levels[lanes], int(group) // 2, steps[bool(group % 2)])
        row = first[lanes][lane] + level
        at["depth"][row] = place[0]
        for name, slot in slots.items():
            has = np.flatnonzero(slot[lanes][lane] >= 0)
            at[name][row[has]] = place[slot[lanes][lane[has]] + 1, has]
    lanes = np.arange(casts.levels.size)
    text.require(lanes, text.at == text.end, "the cast is not as long as its header says")
    depth, flag = _decoded(text, cast, at.pop("depth"))
    values = {}
    for name, place in at.items():
        value, code = _decoded(text, cast, place)
        whole = np.where(slots[name] >= 0, np.take_along_axis(casts.whole, slots[name][:, None], 1)[:, 0], 0)
        unit = _UNITS.get(name, "1")
        values[name] = wod.flagged(value, unit, code, whole[cast], twice[name][cast])
    return Levels(cast, depth, flag, values)


def _slots(casts: Casts) -> tuple[dict[str, Integers], dict[str, NDArray[np.bool_]]]:
    """Find the slot of each variable in each cast, -1 where it has none, and where it has two."""
    slots, twice = {}, {}
    for name, code in CODES.items():
        here = casts.code == code
        if here.any():
            slots[name] = np.where(here.any(axis=1), np.argmax(here, axis=1), -1)
            twice[name] = here.sum(axis=1) > 1
    return slots, twice


def _decoded(text: Text, cast: Integers, place: Integers) -> tuple[Floats, NDArray[np.bytes_]]:
    """Decode the numbers at these places, and the WOD flag behind each, blank where there is none."""
    value, code = np.full(place.shape, np.nan), np.full(place.shape, b" ", "S1")
    there = np.flatnonzero(text.characters[place] != _MINUS)
    value[there] = text.decoded(cast[there], place[there])
    code[there] = text.characters[place[there] + text.steps(place[there])].view("S1")
    return value, code


def _walk(text: Text, lanes: Integers, levels: Integers, variables: int, step: Bytes) -> Walked:
    """Step through the levels of casts that have the same number of variables.

    A missing depth omits the rest of its level, a missing value its flags.

    Parameters
    ----------
    text : Text
        Its cursors stand on the first level and are moved behind the last.
    lanes, levels : integers, shape (cast,)
        Casts, and how many levels each has.
    variables : int
        Number of variables of each.
    step : uint8 array
        `_steps_of_fields` of this version.

    Returns
    -------
    lane, level : integers, shape (level,)
        Index into `lanes`, and number of the level in its cast.
    position : integers, shape (1 + variables, level)
        Where the depth and each variable stand; `text.nowhere` where there is none.
    """
    order = np.argsort(-levels, kind="stable")
    most = int(levels.max(initial=0))
    active = np.searchsorted(-levels[order], -np.arange(most), side="left")  # lanes that have level k
    first = np.r_[0, np.cumsum(active)]
    position = np.full((1 + variables, first[-1]), text.nowhere, np.int64)
    cursor, end = text.at[lanes][order], text.end[lanes][order]
    for k, n in enumerate(active):
        here = slice(first[k], first[k] + n)
        begin = cursor[:n].copy()
        position[0, here] = begin
        at = begin + step[begin]
        gone = text.characters[begin] == _MINUS
        some_gone = bool(gone.any())
        for j in range(1, 1 + variables):
            position[j, here] = np.where(gone, text.nowhere, at) if some_gone else at
            at += np.where(gone, 0, step[at]) if some_gone else step[at]
        if np.any(at > end[:n]):
            text.require(lanes[order[:n]], at <= end[:n], f"level {k} runs over the end of the cast", begin)
        cursor[:n] = at
    text.at[lanes[order]] = cursor
    level = np.repeat(np.arange(most), active)
    lane = order[np.arange(first[-1]) - np.repeat(first[:-1], active)] if most else np.zeros(0, np.int64)
    return lane, level, position


def _steps_of_fields(text: Text, uncertain: bool) -> Bytes:
    """Count, for every position of the text, the characters of a value with its flags, were one to begin there.

    Parameters
    ----------
    text : Text
        The file.
    uncertain : bool
        Whether every value is followed by its uncertainty (version Q).
    """
    characters = text.characters
    missing = characters == _MINUS
    step = np.ones(characters.size, np.uint8)
    step[:-1] = np.where(missing[:-1], 1, 3 + np.minimum(characters[1:] - np.uint8(48), 9))
    if not uncertain:
        return np.where(missing, 1, step + 2).astype(np.uint8)
    behind = np.minimum(np.arange(step.size) + step + 2, step.size - 1)
    return np.where(missing, 1, step + 2 + step[behind]).astype(np.uint8)
