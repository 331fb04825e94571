"""Groups: cruises, floats and gliders, each held out as a whole, one under all the names that archives give it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from graphs.types import Ints, Mask
from qc.checks.cruises.cruise_table import linked_copies
from qc.table.text_columns import dictionary_codes

SAME = " = "  # between the names of one group
_DRIFTING = ("float", "glider")
_MOST_NAMED = 8


def held_out_together(table: pa.Table) -> tuple[Ints, Ints, list[str]]:
    """Find the group of every row: its cruise; where there is none its platform, else the cast itself.

    Copies (`duplicate_of`) link the cruises that they lie in: two archives' names of one cruise are one group, also for
    its casts that only one archive has, where a tenth of the casts of the smaller are copies
    (`qc.checks.cruises.cruise_table.linked_copies`): a single one was filed under a wrong name. A ship without a cruise
    name links nothing, for it would merge all cruises of that ship: only its casts that are copies, or have copies,
    join the group of those.

    Parameters
    ----------
    table : pyarrow.Table
        Text columns source, cast, cruise, platform, duplicate_of and, if known, instrument of the observation table,
        copies included.

    Returns
    -------
    cast, group : int array, shape (row,)
        Number of the cast and of the group.
    names : list of str
        Name of each group; those of one group under several names are joined by " = ".

    Examples
    --------
    >>> columns = {"source": ["a", "a", "b", "b"], "cast": ["1", "2", "1", "2"], "cruise": ["X", "X", "Y", "Y"]}
    >>> columns |= {"platform": [None] * 4, "duplicate_of": [None, None, "a/1", None]}
    >>> held_out_together(pa.table(columns))[1:]
    (array([0, 0, 0, 0]), ['X = Y'])
    """
    codes = {name: text_codes(table[name]) for name in ("source", "cast", "cruise", "platform")}
    key = codes["source"][0] * (len(codes["cast"][1]) + 1) + codes["cast"][0]
    _, first, cast = np.unique(key, return_index=True, return_inverse=True)
    own, names, by_name = _own_names(codes, first, _drifting(table, first))
    merged = _linked(table, first, cast, np.where(by_name, own, len(names) + np.arange(first.size)), len(names))
    joined = np.full(len(names), -1)
    joined[own[by_name]] = merged[by_name]
    # a cast of a ship without a cruise name that is linked to no cruise stays with that ship
    alone = ~np.isin(merged, joined[joined >= 0])
    merged[alone] = joined[own[alone]]
    members: dict[int, list[str]] = {}
    for group, name in zip(joined.tolist(), names):  # names are in order
        members.setdefault(group, []).append(name)
    texts = [names[name] if group < 0 else SAME.join(members[group]) for group, name in zip(merged.tolist(), own)]
    order, number = np.unique(np.array(texts, dtype=str), return_inverse=True)
    return cast, number.astype(np.int64)[cast], order.tolist()


def words_of(table: pa.Table) -> str:
    """Return what the groups of a table are called in a sentence: cruises, floats, or both.

    Parameters
    ----------
    table : pyarrow.Table
        Observations; only instrument is used.

    Examples
    --------
    >>> words_of(pa.table({"instrument": ["bottle", "ctd"]})), words_of(pa.table({"instrument": ["float", "ctd"]}))
    ('cruises', 'cruises and floats')
    """
    found = set(pc.unique(table["instrument"]).to_pylist())
    drifting, ships = not found.isdisjoint(_DRIFTING), not found <= set(_DRIFTING)
    return "cruises and floats" if drifting and ships else "floats" if drifting else "cruises"


def several_names(groups: Sequence[str], words: str) -> list[str]:
    """Name the groups that archives give several names, which are held out as one.

    Parameters
    ----------
    groups : sequence of str
        Names of groups, as from `held_out_together`.
    words : str
        What they are called, as from `words_of`.

    Returns
    -------
    list of str
        One line; nothing where every group has one name.

    Examples
    --------
    >>> several_names(["352 = 33RR20070204", "353"], "cruises")
    ['1 of 2 cruises stand under several names, and are held out as one: 352 = 33RR20070204']
    """
    found = [name for name in groups if SAME in name]
    if not found:
        return []
    more = f"; {len(found) - _MOST_NAMED} more in grid/coverage.json" if len(found) > _MOST_NAMED else ""
    what = f"{len(found)} of {len(groups)} {words} stand under several names, and are held out as one"
    return [f"{what}: {'; '.join(found[:_MOST_NAMED])}{more}"]


def text_codes(column: pa.ChunkedArray) -> tuple[Ints, list[str]]:
    """Decode a text column, stored as codes of names or as text.

    Parameters
    ----------
    column : pyarrow.ChunkedArray
        Of text.

    Returns
    -------
    codes : int array, shape (row,)
        Index into `names`, -1 where null.
    names : list of str
    """
    if not pa.types.is_dictionary(column.type):
        column = column.cast(pa.string()).dictionary_encode()
    return dictionary_codes(column)


def _drifting(table: pa.Table, first: Ints) -> Mask:
    """Tell which casts are of floats and gliders, whose platform is what is held out."""
    if "instrument" not in table.column_names:
        return np.zeros(first.size, bool)
    instrument, names = text_codes(table["instrument"])
    return np.array([name in _DRIFTING for name in [*names, ""]])[instrument[first]]  # -1, missing, finds the last


def _own_names(codes: dict[str, tuple[Ints, list[str]]], first: Ints, drifting: Mask) -> tuple[Ints, list[str], Mask]:
    """Find the own name of each cast, numbered; the names; and whether all casts of that name are one cruise."""
    cruise, platform, source, cast = (
        [[*codes[name][1], ""][code] for code in codes[name][0][first]]
        for name in ("cruise", "platform", "source", "cast")
    )
    own = [a or b or f"{c}/{d}" for a, b, c, d in zip(cruise, platform, source, cast)]
    by_name = np.array([bool(a) or not b for a, b in zip(cruise, platform)], bool) | drifting
    names, number = np.unique(np.array(own, dtype=str), return_inverse=True)
    return number.astype(np.int64), names.tolist(), by_name


def _linked(table: pa.Table, first: Ints, cast: Ints, node: Ints, names: int) -> Ints:
    """Merge the names and single casts that copies link; shape (cast,)."""
    copy_of, _ = text_codes(table["duplicate_of"])
    rows = np.flatnonzero(copy_of >= 0)
    _, pair = np.unique(cast[rows] * (copy_of.max(initial=0) + 1) + copy_of[rows], return_index=True)
    rows = rows[pair]
    at = np.append(first, rows)
    is_copy = np.arange(at.size) >= first.size
    casts = pa.table({name: table[name].take(pa.array(at)) for name in ("source", "cast")})
    original = table["duplicate_of"].cast(pa.string()).take(pa.array(at, mask=~is_copy))
    merged, _ = linked_copies(
        casts.append_column("duplicate_of", original), is_copy, np.append(node, node[cast[rows]]),
        np.ones(at.size, bool), np.bincount(node, minlength=names + first.size),
    )  # fmt: skip
    return merged[: first.size]
