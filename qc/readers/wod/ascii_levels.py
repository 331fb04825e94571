"""Levels of casts in World Ocean Database ASCII, as arrays."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from qc.readers.columns.variables import Values
from qc.readers.wod.ascii_fields import MINUS, Bytes, CastCursors
from qc.readers.wod.ascii_headers import Headers
from qc.readers.wod.conventions import with_flags
from qc.types import Floats, Integers, Mask

CODES = {"temperature": 1, "salinity": 2, "oxygen": 3, "phosphate": 4, "silicate": 6, "nitrate": 8, "pressure": 25}
_UNITS = {"temperature": "degree_C", "pressure": "dbar"}


@dataclass(frozen=True)
class Levels:
    """Levels of casts, cast after cast.

    Parameters
    ----------
    cast : integers, shape (level,)
        Index into the casts of `Headers`.
    depth, depth_flag : array, shape (level,)
        m, positive down, NaN where missing; WOD flag, blank where missing.
    values : dict
        Names of `CODES` to values in the units of the file.
    """

    cast: Integers
    depth: Floats
    depth_flag: NDArray[np.bytes_]
    values: dict[str, Values]


def read_levels(cursors: CastCursors, headers: Headers) -> Levels:
    """Read the levels of all casts: first the position of every field, then all numbers of a variable together.

    Parameters
    ----------
    cursors : CastCursors
        Each cursor is at the first level of its cast, and is moved to its end.
    headers : Headers
        Headers of the casts.

    Returns
    -------
    Levels
        Depth and variables.

    Raises
    ------
    InputError
        If a cast is damaged.
    """
    cast = np.repeat(np.arange(headers.levels.size), headers.levels)
    first = np.cumsum(headers.levels) - headers.levels
    slots, repeated = _slots(headers)
    positions = {name: np.full(cast.size, cursors.missing_position, np.int64) for name in ("depth", *slots)}
    groups = headers.variables * 2 + headers.uncertain
    steps = {bool(version): _field_lengths(cursors, bool(version)) for version in np.unique(headers.uncertain)}
    for group in np.unique(groups):
        casts = np.flatnonzero(groups == group)
        step = steps[bool(group % 2)]
        index, level, position = _field_positions(cursors, casts, headers.levels[casts], int(group) // 2, step)
        row = first[casts][index] + level
        positions["depth"][row] = position[0]
        for name, slot in slots.items():
            has = np.flatnonzero(slot[casts][index] >= 0)
            positions[name][row[has]] = position[slot[casts][index[has]] + 1, has]
    casts = np.arange(headers.levels.size)
    cursors.require(casts, cursors.at == cursors.end, "the length of the cast differs from its header")
    depth, flag = _decoded(cursors, cast, positions.pop("depth"))
    values = {}
    for name, position in positions.items():
        value, code = _decoded(cursors, cast, position)
        slot = slots[name]
        profile_flag = np.where(slot >= 0, np.take_along_axis(headers.profile_flag, slot[:, None], 1)[:, 0], 0)
        values[name] = with_flags(value, _UNITS.get(name, "1"), code, profile_flag[cast], repeated[name][cast])
    return Levels(cast, depth, flag, values)


def _slots(headers: Headers) -> tuple[dict[str, Integers], dict[str, Mask]]:
    """Return the slot of each variable in each cast, -1 where it has none, and the casts in which it has several."""
    slots, repeated = {}, {}
    for name, code in CODES.items():
        here = headers.code == code
        if here.any():
            slots[name] = np.where(here.any(axis=1), np.argmax(here, axis=1), -1)
            repeated[name] = here.sum(axis=1) > 1
    return slots, repeated


def _decoded(cursors: CastCursors, cast: Integers, position: Integers) -> tuple[Floats, NDArray[np.bytes_]]:
    """Decode the numbers at positions and the WOD flag after each, blank where there is none."""
    value, code = np.full(position.shape, np.nan), np.full(position.shape, b" ", "S1")
    there = np.flatnonzero(cursors.characters[position] != MINUS)
    value[there] = cursors.decoded(cast[there], position[there])
    code[there] = cursors.characters[position[there] + cursors.steps(position[there])].view("S1")
    return value, code


def _field_positions(
    cursors: CastCursors, casts: Integers, levels: Integers, variables: int, step: Bytes
) -> tuple[Integers, Integers, Integers]:
    """Return the position of every field of casts that have the same number of variables.

    A missing depth omits the rest of its level, a missing value its flags.

    Parameters
    ----------
    cursors : CastCursors
        Each cursor is at the first level, and is moved past the last.
    casts, levels : integers, shape (cast,)
        Casts, and the number of levels of each.
    variables : int
        Number of variables of each.
    step : uint8 array
        `_field_lengths` of this version.

    Returns
    -------
    index, level : integers, shape (level,)
        Index into `casts`, and number of the level in its cast.
    position : integers, shape (1 + variables, level)
        Position of the depth and of each variable; `cursors.missing_position` where there is none.
    """
    order = np.argsort(-levels, kind="stable")
    most = int(levels.max(initial=0))
    active = np.searchsorted(-levels[order], -np.arange(most), side="left")  # casts that have level k
    first = np.r_[0, np.cumsum(active)]
    position = np.full((1 + variables, first[-1]), cursors.missing_position, np.int64)
    cursor, end = cursors.at[casts][order], cursors.end[casts][order]
    for k, n in enumerate(active):
        here = slice(first[k], first[k] + n)
        begin = cursor[:n].copy()
        position[0, here] = begin
        at = begin + step[begin]
        missing = cursors.characters[begin] == MINUS
        any_missing = bool(missing.any())
        for j in range(1, 1 + variables):
            position[j, here] = np.where(missing, cursors.missing_position, at) if any_missing else at
            at += np.where(missing, 0, step[at]) if any_missing else step[at]
        if np.any(at > end[:n]):
            cursors.require(casts[order[:n]], at <= end[:n], f"level {k} extends past the end of the cast", begin)
        cursor[:n] = at
    cursors.at[casts[order]] = cursor
    level = np.repeat(np.arange(most), active)
    index = order[np.arange(first[-1]) - np.repeat(first[:-1], active)] if most else np.zeros(0, np.int64)
    return index, level, position


def _field_lengths(cursors: CastCursors, uncertain: bool) -> Bytes:
    """Return for every position the number of characters of a value with its flags that would begin there.

    Parameters
    ----------
    cursors : CastCursors
        The batch.
    uncertain : bool
        Whether every value is followed by its uncertainty (version Q).

    Returns
    -------
    uint8 array, shape (character,)
        Number of characters.
    """
    characters = cursors.characters
    missing = characters == MINUS
    step = np.ones(characters.size, np.uint8)
    step[:-1] = np.where(missing[:-1], 1, 3 + np.minimum(characters[1:] - np.uint8(48), 9))
    if not uncertain:
        return np.where(missing, 1, step + 2).astype(np.uint8)
    after = np.minimum(np.arange(step.size) + step + 2, step.size - 1)
    return np.where(missing, 1, step + 2 + step[after]).astype(np.uint8)
