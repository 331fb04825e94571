"""The cruise table: the casts of a collection by cruise, and the cruises that several archives hold."""

import re
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components

from qc.checks.cruises import tracks
from qc.checks.cruises.cast_summary import SURFACES
from qc.checks.cruises.tracks import DAY, Tracks
from qc.table.text_columns import dictionary_codes
from qc.types import Floats, Integers, Mask

_NAMES = ("source", "cruise", "platform")
_DRIFTING = ("float", "glider")
# Proposal: share of the casts of the smaller cruise that copies must be before it is the larger one under another name.
# In 76,432 casts of the archives of experiments/global_archives.yaml copies link 16 pairs of names: 5 by 1 or 2 casts,
# 4 % of the smaller at most, filed under a wrong name; 11 by two thirds or more, five of GLODAP in two archives.
_SAME_CRUISE = 0.1
# ship (NODC or ICES, four characters), year, month, day, and _1, _2 of a cruise with several; older codes without a day
_EXPOCODE = re.compile(r"[0-9A-Z]{4}((?:19|20)\d\d)([01]\d)([0-3]\d)?(?:_\d+)?")


@dataclass(frozen=True)
class CruiseTable:
    """Casts by cruise; every array has shape (cast,) unless noted.

    Parameters
    ----------
    tracks : Tracks
        Cruise, position and time of each cast.
    merged_cruise : integers
        Equal for cruises of different archives that are linked by copies, and so are one cruise; -1 for none.
    departed : floats
        Day of departure that the name of the cruise says, days since 1970; NaN where it is no expocode.
    is_copy : mask
        Whether another cast is kept in its place.
    representative : integers
        The cast itself, or the cast of its own cruise that it is a copy of, whose flags it shares.
    excluded : mask
        Casts that are left out: copies inside a cruise, and casts that earlier checks found misplaced or misdated.
    drifting : mask
        Whether a float or glider, not a ship.
    levels, failed : integers
        Levels with oxygen, and how many of them failed a profile test.
    deep : floats, shape (cast, surface)
        Oxygen at `qc.checks.cruises.cast_summary.SURFACES`, umol kg-1.
    saturation : floats
        Of the surface, percent; NaN where unknown.
    by_latitude : mask
        Whether that is made with the mean temperature of the latitude.
    climatology_ratio : floats
        Median of log(oxygen / climatology); NaN where unknown.
    """

    tracks: Tracks
    merged_cruise: Integers
    departed: Floats
    is_copy: Mask
    representative: Integers
    excluded: Mask
    drifting: Mask
    levels: Integers
    failed: Integers
    deep: Floats
    saturation: Floats
    by_latitude: Mask
    climatology_ratio: Floats


def from_casts(casts: pa.Table) -> CruiseTable:
    """Build the cruise table of summarised casts.

    Parameters
    ----------
    casts : pyarrow.Table
        As from `qc.checks.cruises.cast_summary.summarise`.

    Returns
    -------
    CruiseTable
        A cruise is one name in `cruise`, or in `platform` where there is none, of one source; a cast without either
        belongs to no cruise.
    """
    (source, _), (own, cruise_names), (platform, _) = map(dictionary_codes, (casts[name] for name in _NAMES))
    named = np.where(own >= 0, 2 * own, 2 * platform + 1)
    key = (source + 1) * (named.max(initial=0) + 1) + named
    names, cruise = np.unique(key, return_inverse=True)
    cruise = np.where(named >= 0, cruise, -1)
    time = casts["time"].to_numpy().astype("datetime64[ms]")
    day = np.where(np.isnat(time), np.nan, time.astype(np.int64) / DAY)
    track = Tracks(
        cruise, len(names), day, tracks.slack(day, 1 / 48), casts["latitude"].to_numpy(), casts["longitude"].to_numpy()
    )
    departed = np.array([departure(name) for name in cruise_names] + [np.nan])[own]  # -1, no name, finds the last
    deep = [casts[f"oxygen_{surface:.0f}"].to_numpy().astype(float) for surface in SURFACES]
    levels, failed = (casts[name].to_numpy().astype(np.int64) for name in ("levels", "failed"))
    instrument, instruments = dictionary_codes(casts["instrument"])
    drifting = np.array([name in _DRIFTING for name in [*instruments, ""]])[instrument]  # -1, missing, finds the last
    is_copy = casts["duplicate_of"].is_valid().to_numpy()
    size = np.bincount(cruise[cruise >= 0], minlength=len(names))
    merged, representative = linked_copies(casts, is_copy, cruise, own >= 0, size)
    excluded = representative != np.arange(len(representative))
    saturation, ratio = (casts[name].to_numpy().astype(float) for name in ("surface_saturation", "climatology_ratio"))
    return CruiseTable(
        track, merged, departed, is_copy, representative, excluded, drifting, levels, failed, np.column_stack(deep),
        saturation, casts["by_latitude"].to_numpy(), ratio,
    )  # fmt: skip


def departure(name: str) -> float:
    """Read the day of departure from an expocode.

    Parameters
    ----------
    name : str
        Name of a cruise.

    Returns
    -------
    float
        Days since 1970; the first of the month where the code has no day; NaN where the name is no expocode.

    Examples
    --------
    >>> departure("318M19700102"), departure("49KA197002_1"), departure("RUCT40_1"), departure("318M19709999")
    (1.0, 31.0, nan, nan)
    """
    match = _EXPOCODE.fullmatch(name.strip().upper())
    if match is None:
        return np.nan
    year, month, day = (int(part or 1) for part in match.groups())
    try:
        return float(date(year, month, day).toordinal() - date(1970, 1, 1).toordinal())
    except ValueError:
        return np.nan


def linked_copies(
    casts: pa.Table, is_copy: Mask, cruise: Integers, links: Mask, size: Integers
) -> tuple[Integers, Integers]:
    """Find the cruises that copies link, so that one cruise under several names is known as one.

    Two cruises are one where a tenth of the casts of the smaller are in both: a single cast in common was filed under a
    wrong name, and says nothing of the others. Cruises that are one with a third are one with each other.

    Parameters
    ----------
    casts : pyarrow.Table
        Text columns source, cast and duplicate_of ("source/cast" of the cast that it is a copy of).
    is_copy : mask, shape (cast,)
        Whether another cast is kept in its place.
    cruise : integers, shape (cast,)
        Number of its cruise, -1 for none.
    links : mask, shape (cast,)
        Whether its copies link its cruise to theirs.
    size : integers, shape (cruise,)
        Casts of each cruise.

    Returns
    -------
    merged_cruise, representative : integers, shape (cast,)
        As in `CruiseTable`.
    """
    own = np.arange(len(is_copy))
    if not is_copy.any():
        return cruise, own
    text = pa.string()
    original = casts["duplicate_of"].cast(text)
    names = pc.unique(original.drop_null())
    mine = pc.binary_join_element_wise(
        *(casts[name].cast(text) for name in ("source", "cast")), "/", null_handling="replace", null_replacement=""
    )
    # numbers of names, in which a cast and the copies of it agree; -1 where nothing is a copy of it
    mine, of = (pc.fill_null(pc.index_in(column, names), -1).to_numpy().astype(np.int64) for column in (mine, original))
    source = np.flatnonzero((mine >= 0) & ~is_copy & (cruise >= 0))
    copy = np.flatnonzero(is_copy & (cruise >= 0))
    # a platform without a cruise name links nothing: it would merge all cruises of that ship
    one, other = source[links[source]], copy[links[copy]]
    merged = np.append(_one_cruise(np.r_[cruise[one], cruise[other]], np.r_[mine[one], of[other]], size), -1)[cruise]
    nodes = len(names)
    known, first = np.unique(cruise[source] * nodes + mine[source], return_index=True)
    names_of_copies = cruise[copy] * nodes + of[copy]
    inside = np.isin(names_of_copies, known)
    own[copy[inside]] = source[first[np.searchsorted(known, names_of_copies[inside])]]
    return merged, own


def _one_cruise(cruise: Integers, cast: Integers, size: Integers) -> Integers:
    """Find the cruises that are one, from pairs of a cruise and a cast it has under any name; shape (cruise,)."""
    pairs = np.unique(np.stack([cruise, cast]), axis=1)
    has = csr_array((np.ones(pairs.shape[1]), pairs), shape=(size.size, cast.max(initial=-1) + 1))
    common = (has @ has.T).tocoo()
    smaller = np.minimum(size[common.row], size[common.col])
    same = common.data >= _SAME_CRUISE * smaller
    links = coo_array((common.data[same], (common.row[same], common.col[same])), shape=common.shape)
    number: Integers = connected_components(links, directed=False)[1].astype(np.int64)
    return number
