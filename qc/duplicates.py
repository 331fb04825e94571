"""Casts that several archives, or one twice, hold: one copy is kept, the others are told whose copies they are."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from qc import battery, levels
from qc.checks import off_globe
from qc.flags import NOT_EVALUATED
from qc.levels import Floats, Integers, Levels, Mask, dictionary_codes
from qc.matching import Casts, Rules, matching

EARTH_RADIUS = 6371.0  # km


def find(table: pa.Table, rules: Rules | None = None, preference: Sequence[str] | None = None) -> pd.DataFrame:
    """Find the casts that are copies of another cast.

    Copies have the same archive, cast name and kind of instrument, or lie within `rules.distance` and `rules.days` of
    each other and agree in oxygen level by level, if need be after a common factor. Bottles and sensors of one
    station are calibration pairs, not copies. A cast without position, date or oxygen is compared by name only.

    Parameters
    ----------
    table : pyarrow.Table
        Observations of any number of archives.
    rules : Rules, optional
        Thresholds; those of the shipped battery when left out.
    preference : sequence of str, optional
        Archives, the one to keep first; that of `rules` when left out. Inside an archive a whole cast is
        kept rather than its parts, then the copy with more values that are not suspect, then with more values, then
        the first in the table.

    Returns
    -------
    pandas.DataFrame
        One row a cast that is a copy, in table order: `cast` (its number in `qc.levels.Levels.cast`), `name`
        ("source/cast"), `duplicate_of` (the same of the copy that is kept), `reason` ("name" or "levels").

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """
    rules = battery.load().duplicates if rules is None else rules
    here = levels.from_table(table, ["oxygen"])
    casts, sources, names = _summarise(table, here)
    by_name = _same_name(casts)
    by_levels = matching(casts, _candidates(casts, rules), rules)
    n = len(casts.source)
    edges = np.concatenate([by_name, by_levels])
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(n, n))
    _, group = connected_components(graph, directed=False)
    kept = _best(group, _order(casts, sources, rules.preference if preference is None else preference))
    lost = np.flatnonzero(kept != np.arange(n))
    named = np.isin(lost, by_name)
    return pd.DataFrame(
        {
            "cast": lost,
            "name": [names[i] for i in lost],
            "duplicate_of": [names[i] for i in kept[lost]],
            "reason": np.where(named, "name", "levels"),
        }
    )


def mark(table: pa.Table, rules: Rules | None = None, preference: Sequence[str] | None = None) -> pa.Table:
    """Write into `duplicate_of` whose copy each level is; nothing is deleted.

    Parameters
    ----------
    table : pyarrow.Table
        Observations; not edited.
    rules : Rules, optional
        Thresholds; those of the shipped battery when left out.
    preference : sequence of str, optional
        As for `find`.

    Returns
    -------
    pyarrow.Table
        The same rows in the same order; `duplicate_of` is "source/cast" of the copy that is kept, null where
        this is it. The kept copy of two files with one cast name bears the same name.

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """
    lost = find(table, rules, preference)
    cast = levels.from_table(table, []).cast
    codes = np.full(cast.max(initial=-1) + 1, -1, np.int32)
    codes[lost["cast"].to_numpy()] = np.arange(len(lost))
    code = codes[cast]
    text = pa.array(lost["duplicate_of"], pa.string())
    column = pa.DictionaryArray.from_arrays(pa.array(code, mask=code < 0), text).cast(pa.string())
    return table.set_column(table.schema.get_field_index("duplicate_of"), "duplicate_of", column)


def _summarise(table: pa.Table, here: Levels) -> tuple[Casts, list[str], list[str]]:
    """Return the casts, the names of the archives, and "source/cast" of each cast."""
    first = here.first
    source, sources = dictionary_codes(table["source"])
    cast, names = dictionary_codes(table["cast"])
    source, cast = source[first], cast[first]
    sensor = ~here.measured_with(["bottle"])[first]
    oxygen = here.values["oxygen"]
    rows = here.by_pressure[(np.isfinite(oxygen) & np.isfinite(here.pressure))[here.by_pressure]]
    count = np.bincount(here.cast[rows], minlength=len(first))
    unsuspected = rows[here.flags["oxygen"][rows] <= NOT_EVALUATED]
    time = here.time[first]
    days = np.where(np.isnat(time), np.nan, time.astype(np.int64) / 86_400_000)
    casts = Casts(
        source=source,
        identity=_identity(source, sensor, cast, names),
        part=np.array(["#" in name for name in [*names, ""]])[cast],
        sensor=sensor,
        latitude=here.latitude[first],
        longitude=here.longitude[first],
        time=days,
        usable=np.bincount(here.cast[unsuspected], minlength=len(first)),
        start=np.cumsum(count) - count,
        count=count,
        pressure=here.pressure[rows],
        oxygen=oxygen[rows],
    )
    names.append("")  # index -1, a missing name, finds it
    return casts, sources, [f"{sources[s]}/{names[c]}" for s, c in zip(source, cast)]


def _identity(source: Integers, sensor: Mask, cast: Integers, names: list[str]) -> Integers:
    """Give casts that archive, kind of instrument and name call the same one number, shape (cast,).

    A cast name may end in "#", letters and a number: the way it was processed and the part of the cast it is, as in
    "4901784_012#BD1". Two ways to process one part are the same cast; all parts are if the whole, without "#", exists.
    """
    text = pd.Series([*names, ""], dtype=object)
    whole, wholes = pd.factorize(text.str.partition("#")[0])
    part, _ = pd.factorize(text.str.replace(r"#[A-Za-z]*", "#", regex=True))
    prefix = (source * 2 + sensor) * (len(text) + 1)
    by_whole = prefix + whole[cast]
    is_whole = (text.to_numpy() == wholes.to_numpy()[whole])[cast]
    offset = by_whole.max(initial=0) + 1
    return np.where(np.isin(by_whole, by_whole[is_whole]), by_whole, offset + prefix + part[cast])


def _same_name(casts: Casts) -> Integers:
    """Pairs (cast, cast), shape (pair, 2): each cast with the next of the same identity."""
    order = np.argsort(casts.identity, kind="stable")
    same = casts.identity[order][1:] == casts.identity[order][:-1]
    return np.stack([order[:-1][same], order[1:][same]], axis=1)


def _candidates(casts: Casts, rules: Rules) -> Integers:
    """Pairs of casts of one kind, shape (pair, 2), near in place and time, each with enough oxygen to compare."""
    known = ~off_globe(casts.latitude, casts.longitude) & np.isfinite(casts.time) & (casts.count >= rules.levels)
    known &= (casts.latitude != 0) | (casts.longitude != 0)  # unfilled positions: all would be neighbours
    chosen = np.flatnonzero(known)
    xyz = _unit_sphere(casts.latitude[chosen], casts.longitude[chosen]) * (EARTH_RADIUS / rules.distance)
    time = casts.time[chosen] / rules.days
    # bottles and sensors are kept apart by a fifth coordinate
    points = np.column_stack([xyz, time, 2.0 * casts.sensor[chosen]])
    tree = cKDTree(points)
    pairs = tree.query_pairs(1.0, p=np.inf, output_type="ndarray")
    near = np.linalg.norm(xyz[pairs[:, 0]] - xyz[pairs[:, 1]], axis=1) <= 1
    return chosen[pairs[near]].astype(np.int64)


def _unit_sphere(latitude: Floats, longitude: Floats) -> Floats:
    """Positions as unit vectors, shape (n, 3): the dateline and the poles are then no special places."""
    phi, lam = np.deg2rad(latitude), np.deg2rad(longitude)
    return np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


def _order(casts: Casts, sources: list[str], preference: Sequence[str]) -> Integers:
    """Rank of each cast, 0 the one to keep first, shape (cast,)."""
    ranked = [*preference, *sorted(set(sources) - set(preference))]
    rank = np.array([ranked.index(name) for name in sources] + [len(ranked)])[casts.source]
    order = np.lexsort((np.arange(len(rank)), -casts.count, -casts.usable, casts.part, rank))
    result = np.empty(len(rank), np.int64)
    result[order] = np.arange(len(rank))
    return result


def _best(group: NDArray[np.int32], rank: Integers) -> Integers:
    """Cast of lowest rank in the group of each cast, shape (cast,)."""
    by_rank = np.argsort(rank)
    best = np.full(group.max(initial=-1) + 1, -1, np.int64)
    best[group[by_rank][::-1]] = by_rank[::-1]  # the last written, of lowest rank, stays
    return best[group]
