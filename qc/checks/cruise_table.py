"""Casts as a fleet: whose they are, where they went, and which of them are one voyage in several archives."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from qc.checks import tracks
from qc.checks.cast_summary import SURFACES
from qc.checks.tracks import DAY, Tracks
from qc.table.profiles import dictionary_codes
from qc.types import Floats, Integers, Mask

_DRIFTING = ("float", "glider")


@dataclass(frozen=True)
class Fleet:
    """Casts in the company of their cruises; every array has shape (cast,) unless said.

    Parameters
    ----------
    tracks : Tracks
        Where, when, and whose.
    voyage : integers
        Equal for cruises that are one in different archives, as their copies tell; -1 for none.
    lost : mask
        Whether another cast is kept in its place.
    kept : integers
        The cast itself, or the one of its own cruise that it is a copy of: its verdict is the copy's too.
    aside : mask
        Casts that are left out: copies inside a cruise, and what earlier checks found misplaced or misdated.
    drifting : mask
        Whether a float or glider, not a ship.
    levels, failed : integers
        Levels with oxygen, and how many of them a check of the battery made suspect or bad.
    deep : floats, shape (cast, surface)
        Oxygen at `qc.checks.cast_summary.SURFACES`, umol kg-1.
    """

    tracks: Tracks
    voyage: Integers
    lost: Mask
    kept: Integers
    aside: Mask
    drifting: Mask
    levels: Integers
    failed: Integers
    deep: Floats


def gather(casts: pa.Table) -> Fleet:
    """Take the table of casts apart.

    Parameters
    ----------
    casts : pyarrow.Table
        As from `qc.checks.cast_summary.summarise`.

    Returns
    -------
    Fleet
        A cruise is one name in `cruise`, or in `platform` where there is none, of one source; a cast without either
        has no company.
    """
    codes = {name: dictionary_codes(casts[name])[0] for name in ("source", "cruise", "platform")}
    named = np.where(codes["cruise"] >= 0, 2 * codes["cruise"], 2 * codes["platform"] + 1)
    key = (codes["source"] + 1) * (named.max(initial=0) + 1) + named
    names, cruise = np.unique(key, return_inverse=True)
    cruise = np.where(named >= 0, cruise, -1)
    time = casts["time"].to_numpy().astype("datetime64[ms]")
    day = np.where(np.isnat(time), np.nan, time.astype(np.int64) / DAY)
    way = Tracks(
        cruise, len(names), day, tracks.slack(day, 1 / 48), casts["latitude"].to_numpy(), casts["longitude"].to_numpy()
    )
    deep = [casts[f"oxygen_{surface:.0f}"].to_numpy().astype(float) for surface in SURFACES]
    levels, failed = (casts[name].to_numpy().astype(np.int64) for name in ("levels", "failed"))
    instrument, instruments = dictionary_codes(casts["instrument"])
    drifting = np.array([name in _DRIFTING for name in [*instruments, ""]])[instrument]  # -1, missing, finds the last
    lost = casts["duplicate_of"].is_valid().to_numpy()
    voyage, kept = _kin(casts, lost, cruise, codes["cruise"] >= 0, len(names))
    aside = kept != np.arange(len(kept))
    return Fleet(way, voyage, lost, kept, aside, drifting, levels, failed, np.column_stack(deep))


def _kin(casts: pa.Table, lost: Mask, cruise: Integers, named: Mask, cruises: int) -> tuple[Integers, Integers]:
    """Voyage of each cast, and the cast whose verdict it shares: see `Fleet`; both of shape (cast,)."""
    own = np.arange(len(lost))
    if not lost.any():
        return cruise, own
    text = pa.string()
    original = casts["duplicate_of"].cast(text)
    names = pc.unique(original.drop_null())
    mine = pc.binary_join_element_wise(
        *(casts[name].cast(text) for name in ("source", "cast")), "/", null_handling="replace", null_replacement=""
    )
    # numbers of names, in which a cast and the copies of it agree; -1 where nothing is a copy of it
    mine, of = (pc.fill_null(pc.index_in(column, names), -1).to_numpy().astype(np.int64) for column in (mine, original))
    source = np.flatnonzero((mine >= 0) & ~lost & (cruise >= 0))
    copy = np.flatnonzero(lost & (cruise >= 0))
    # a ship alone, without a cruise, makes no voyage: it would join all that the ship ever sailed
    one, other = source[named[source]], copy[named[copy]]
    ends = np.r_[cruise[one], cruise[other]], cruises + np.r_[mine[one], of[other]]
    nodes = cruises + len(names)
    graph = coo_array((np.ones(len(ends[0])), ends), shape=(nodes, nodes))
    voyage = np.append(connected_components(graph, directed=False)[1][:cruises].astype(np.int64), -1)[cruise]
    known, first = np.unique(cruise[source] * nodes + mine[source], return_index=True)
    wanted = cruise[copy] * nodes + of[copy]
    inside = np.isin(wanted, known)
    own[copy[inside]] = source[first[np.searchsorted(known, wanted[inside])]]
    return voyage, own
