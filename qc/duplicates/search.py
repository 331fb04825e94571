"""The search for copies: casts that several archives, or one archive twice, hold, of which one is kept.

A search needs one row a cast first (`qc.duplicates.signatures.summarise`: names, position, time, counts and digests of
the values), which may be concatenated from the parts of a collection of any size, and then the levels only of the casts
that may have a copy. Results do not depend on the order of casts or parts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from qc.duplicates.candidates import candidates
from qc.duplicates.cast_index import CastIndex, decode
from qc.duplicates.compare import Fetch, Rules, matching
from qc.duplicates.repeats import repeated
from qc.duplicates.signatures import both
from qc.table.profiles import from_table
from qc.types import Integers, Mask

REASONS = ("name", "values", "levels")


def find(table: pa.Table, rules: Rules, preference: Sequence[str] | None = None) -> pd.DataFrame:
    """Find the casts that are copies of another cast.

    Copies have the same archive, cast name and kind of instrument; or the same values at `rules.anywhere` different
    levels, whatever their positions; or they lie within `rules.distance` and `rules.days` of each other and agree in
    oxygen level by level, if need be after a common factor. Casts that have no oxygen at all are compared by
    temperature and salinity with each other. Bottles and sensors of one station are calibration pairs, not copies.

    Parameters
    ----------
    table : pyarrow.Table
        Observations of any number of archives.
    rules : Rules
        Thresholds: `duplicates` of a battery.
    preference : sequence of str, optional
        Archives, the one to keep first; that of `rules` when left out. Before that, a copy that its originator has
        evaluated is kept rather than one without flags, whatever the archives: values that the originator doubts would
        be good in the other. Then a copy with a value better than suspect comes before one without any, then the
        archives in this order. Inside an archive, and among those that are not named, a whole cast is kept rather than
        its parts, then that of the archive first by name, then the copy with more values that are not suspect, then
        with more values, then the first by cast name, file and instrument.

    Returns
    -------
    pandas.DataFrame
        One row a cast that is a copy, in table order: `cast` (its number in `qc.table.profiles.Levels.cast`), `name`
        ("source/cast"), `duplicate_of` (the same of the copy that is kept), `reason` (one of `REASONS`).

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """
    summary, taken = both(table)
    return settle(plan(summary, rules), taken.take, preference)


def mark(table: pa.Table, rules: Rules, preference: Sequence[str] | None = None) -> pa.Table:
    """Write into `duplicate_of` of which cast each level is a copy; nothing is deleted.

    Parameters
    ----------
    table : pyarrow.Table
        Observations; not edited.
    rules : Rules
        Thresholds: `duplicates` of a battery.
    preference : sequence of str, optional
        As for `find`.

    Returns
    -------
    pyarrow.Table
        The same rows in the same order; `duplicate_of` is "source/cast" of the copy that is kept, null where
        this is it. The kept copy of two files with one cast name bears the same name, and so does the cast of a
        row that stands twice in it (`qc.duplicates.repeats.repeated`).

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """
    return write(table, find(table, rules, preference))


def write(table: pa.Table, lost: pd.DataFrame) -> pa.Table:
    """Write what `find` or `settle` found into `duplicate_of`, and find the rows that stand twice in one cast.

    Parameters
    ----------
    table : pyarrow.Table
        Observations; not edited. Of a collection, one part at a time.
    lost : pandas.DataFrame
        `cast`, its number in this table, and `duplicate_of`.

    Returns
    -------
    pyarrow.Table
        As from `mark`.

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """
    here, again = from_table(table, []), repeated(table)
    twice = np.setdiff1d(here.cast[again], lost["cast"].to_numpy())
    codes = np.full(len(here.first), -1, np.int32)
    codes[lost["cast"].to_numpy()] = np.arange(len(lost))
    codes[twice] = len(lost) + np.arange(len(twice))
    own = [f"{source}/{cast}" for source, cast in zip(*_names(table, here.first[twice]))]
    code = np.where(again | ~np.isin(here.cast, twice), codes[here.cast], -1)
    text = pa.array([*lost["duplicate_of"], *own], pa.string())
    column = pa.DictionaryArray.from_arrays(pa.array(code, mask=code < 0), text).cast(pa.string())
    return table.set_column(table.schema.get_field_index("duplicate_of"), "duplicate_of", column)


def _names(table: pa.Table, rows: Integers) -> list[list[str]]:
    """Archive and cast at rows of a table, two lists of shape (n,)."""
    return [pc.fill_null(table[name].take(rows).cast(pa.string()), "").to_pylist() for name in ("source", "cast")]


@dataclass(frozen=True)
class Plan:
    """The copies found by the rows of a summary, and the pairs whose levels must be compared.

    Parameters
    ----------
    index : CastIndex
        Casts, sorted by names.
    rules : Rules
        Thresholds.
    by_name, by_values : integers, shape (pair, 2)
        Copies for certain: of one archive, kind of instrument and name; of the same values throughout.
    pairs : integers, shape (pair, 2)
        Other pairs near enough to be copies, whose levels must be compared.
    """

    index: CastIndex
    rules: Rules
    by_name: Integers
    by_values: Integers
    pairs: Integers

    @cached_property
    def rows(self) -> Integers:
        """Rows of the summary whose levels `settle` fetches, increasing, each once."""
        return np.sort(self.index.row[np.unique(self.pairs)])


def plan(summary: pa.Table, rules: Rules) -> Plan:
    """Find the casts that may be copies, by one row a cast.

    Parameters
    ----------
    summary : pyarrow.Table
        Columns of `qc.duplicates.signatures.SUMMARY`; a cast is one row, whichever part of a collection it comes from.
    rules : Rules
        Thresholds: `duplicates` of a battery.

    Returns
    -------
    Plan
        For `settle`, with the levels of the casts in `Plan.rows`.

    Raises
    ------
    InputError
        If a column is missing.
    """
    index = decode(summary)
    by_name = _chain(index.identity)
    full = index.varied >= rules.anywhere if rules.anywhere else np.zeros(len(index.row), bool)
    same = index.content ^ index.kind.astype(np.uint64)
    by_values = _chain(same, full)
    pairs = candidates(index, rules)
    # pairs of equal values are compared too: they are better matches than less alike ones
    named = index.identity[pairs[:, 0]] == index.identity[pairs[:, 1]]
    return Plan(index, rules, by_name, by_values, pairs[~named])


def settle(plan: Plan, fetch: Fetch, preference: Sequence[str] | None = None) -> pd.DataFrame:
    """Compare the levels of the casts that may be copies, and choose the one of each group to keep.

    Parameters
    ----------
    plan : Plan
        Of the whole collection.
    fetch : callable
        Rows of the summary (increasing, each once) to their `qc.duplicates.signatures.Profiles`, in that order. It is
        called for pieces of some ten million levels.
    preference : sequence of str, optional
        As for `find`.

    Returns
    -------
    pandas.DataFrame
        As `find`; `cast` is the row of the summary.
    """
    index = plan.index
    n = len(index.row)
    by_levels = matching(index, plan.pairs, fetch, plan.rules)
    edges = np.concatenate([plan.by_name, plan.by_values, by_levels])
    graph = coo_array((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), shape=(n, n))
    _, group = connected_components(graph, directed=False)
    kept = _best(group, _order(index, plan.rules.preference if preference is None else preference))
    lost = np.flatnonzero(kept != np.arange(n))
    lost = lost[np.argsort(index.row[lost])]
    reason = np.select([np.isin(lost, plan.by_name), np.isin(lost, plan.by_values)], [0, 1], 2)
    return pd.DataFrame(
        {
            "cast": index.row[lost],
            "name": index.names(lost),
            "duplicate_of": index.names(kept[lost]),
            "reason": np.array(REASONS, object)[reason],
        }
    )


def _chain(key: NDArray[np.generic], use: Mask | None = None) -> Integers:
    """Pair each cast with the next of the same key, shape (pair, 2)."""
    order = np.argsort(key, kind="stable")
    order = order if use is None else order[use[order]]
    same = key[order][1:] == key[order][:-1]
    return np.stack([order[:-1][same], order[1:][same]], axis=1)


def _order(index: CastIndex, preference: Sequence[str]) -> Integers:
    """Rank of each cast, 0 the one to keep first, shape (cast,)."""
    place = {name: number for number, name in enumerate(preference)}
    rank = np.array([place.get(name, len(place)) for name in (*index.sources, "")])[index.source]
    archive = np.where(index.source < 0, len(index.sources), index.source)  # -1, a missing name, comes last
    worthless = index.usable == 0  # raw values of a float must not take the place of a good copy elsewhere
    # a copy without flags comes last even if the other has no good value: there its originator doubts them all
    whole = (index.part, index.kind >= 2, rank, worthless, ~index.flagged)
    order = np.lexsort((np.arange(len(rank)), -index.count, -index.usable, archive, *whole))
    result = np.empty(len(rank), np.int64)
    result[order] = np.arange(len(rank))
    return result


def _best(group: NDArray[np.int32], rank: Integers) -> Integers:
    """Cast of lowest rank in the group of each cast, shape (cast,)."""
    by_rank = np.argsort(rank)
    best = np.full(group.max(initial=-1) + 1, -1, np.int64)
    best[group[by_rank][::-1]] = by_rank[::-1]  # the last written, of lowest rank, stays
    return best[group]
