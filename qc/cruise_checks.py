"""The kinds of checks that need the company of other casts: each binds thresholds to the function that uses them."""

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from qc import background, tracks
from qc.casts import SURFACES
from qc.kinds import Entry
from qc.levels import Floats, Integers, Mask, dictionary_codes
from qc.robust import MEDIAN_ERROR
from qc.tracks import DAY, Tracks

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
        Oxygen at `qc.casts.SURFACES`, umol kg-1.
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


def fleet(casts: pa.Table) -> Fleet:
    """Take the table of casts apart.

    Parameters
    ----------
    casts : pyarrow.Table
        As from `qc.casts.summarise`.

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
    voyage, kept = _kin(casts, lost, cruise, len(names))
    aside = kept != np.arange(len(kept))
    return Fleet(way, voyage, lost, kept, aside, drifting, levels, failed, np.column_stack(deep))


def _kin(casts: pa.Table, lost: Mask, cruise: Integers, cruises: int) -> tuple[Integers, Integers]:
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
    ends = np.r_[cruise[source], cruise[copy]], cruises + np.r_[mine[source], of[copy]]
    nodes = cruises + len(names)
    graph = coo_array((np.ones(len(ends[0])), ends), shape=(nodes, nodes))
    voyage = np.append(connected_components(graph, directed=False)[1][:cruises].astype(np.int64), -1)[cruise]
    known, first = np.unique(cruise[source] * nodes + mine[source], return_index=True)
    wanted = cruise[copy] * nodes + of[copy]
    inside = np.isin(wanted, known)
    own[copy[inside]] = source[first[np.searchsorted(known, wanted[inside])]]
    return voyage, own


class _CruiseCheck(Entry):
    """A check of cruises."""

    @property
    def of_place(self) -> bool:
        """Whether its failure is one of place or date, and so of all variables; else of oxygen alone."""
        return True

    def failures(self, here: Fleet) -> Mask:
        """Tell which casts fail, shape (cast,)."""
        raise NotImplementedError


class DateApart(_CruiseCheck):
    """See `qc.tracks.odd_dates`."""

    kind: Literal["date_apart"]
    gap: float = Field(gt=0)
    spans: float = Field(ge=0)
    body: float = Field(gt=0.5, le=1)

    def failures(self, here: Fleet) -> Mask:
        """Find casts dated far from their cruise."""
        return tracks.odd_dates(here.tracks, ~here.aside, self.gap, self.spans, self.body)


class Way(_CruiseCheck):
    """See `qc.tracks.odd_places`.

    Parameters
    ----------
    speed : float
        Of ships, m/s.
    drift : float
        Of floats and gliders, m/s.
    reach : float
        Distance that needs no time, km.
    steps : float
        The same in usual steps of the cruise; the larger of both counts.
    share : float
        Largest share of odd casts in a cruise.
    """

    kind: Literal["way"]
    speed: float = Field(gt=0)
    drift: float = Field(gt=0)
    reach: float = Field(ge=0)
    steps: float = Field(ge=0)
    share: float = Field(gt=0, le=0.5)

    def failures(self, here: Fleet) -> Mask:
        """Find casts that their cruise leaves no time for."""
        way = here.tracks
        among = way.placed() & ~here.aside
        speed = np.where(here.drifting, self.drift, self.speed) * 86.4  # km/day
        usual = np.append(self.steps * tracks.usual_step(way, among), 0.0)[way.cruise]
        return tracks.odd_places(way, among, speed, np.fmax(usual, self.reach), self.share)


class CruiseFlagged(_CruiseCheck):
    """Casts of cruises of which more than `share` of at least `levels` oxygen levels, on `casts` casts, failed."""

    kind: Literal["cruise_flagged"]
    share: float = Field(gt=0, le=1)
    levels: int = Field(ge=1)
    casts: int = Field(ge=1)

    @property
    def of_place(self) -> bool:
        """Oxygen alone."""
        return False

    def failures(self, here: Fleet) -> Mask:
        """Find casts of cruises that are flagged for the most part."""
        cruise, n = here.tracks.cruise, here.tracks.cruises
        counted = (cruise >= 0) & (here.levels > 0) & ~here.aside
        levels, failed, casts = (
            np.bincount(cruise[counted], weight[counted], minlength=n)
            for weight in (here.levels, here.failed, np.ones(len(cruise)))
        )
        cruise_fails = (failed > self.share * levels) & (levels >= self.levels) & (casts >= self.casts)
        return np.append(cruise_fails, False)[cruise]


class CruiseOffset(_CruiseCheck):
    """Casts of cruises whose deep oxygen differs from all around; see `qc.background`.

    A copy is judged by its own values, which may be others than those of the cast that is kept, but no cast is
    compared with a copy, nor with what other archives hold of its own cruise.

    Parameters
    ----------
    factor : float
        Largest ratio, or its inverse, that is natural.
    significance : float
        The offset must exceed this many standard errors too.
    distance : float
        How far a cast of another cruise is a neighbour, km.
    others, casts : int
        Fewest other cruises at a cast, and casts of the cruise.
    """

    kind: Literal["cruise_offset"]
    factor: float = Field(gt=1)
    significance: float = Field(gt=0)
    distance: float = Field(gt=0)
    others: int = Field(ge=1)
    casts: int = Field(ge=2)

    @property
    def of_place(self) -> bool:
        """Oxygen alone."""
        return False

    def failures(self, here: Fleet) -> Mask:
        """Find casts of cruises that are off as a whole."""
        way = here.tracks
        cruise, voyage = (np.where(here.aside, -1, number) for number in (way.cruise, here.voyage))
        place = (here.deep, way.latitude, way.longitude)
        ratio = background.log_ratios(*place, voyage, ~here.lost, self.distance, self.others)
        offset, spread, casts = background.cruise_offsets(ratio, cruise, way.cruises)
        error = MEDIAN_ERROR * spread / np.sqrt(np.maximum(casts, 1))
        off = (np.abs(offset) > np.log(self.factor)) & (np.abs(offset) > self.significance * error)
        return np.append(off & (casts >= self.casts), False)[way.cruise]


AnyCruiseCheck = Annotated[DateApart | Way | CruiseFlagged | CruiseOffset, Field(discriminator="kind")]
Cruises = Annotated[tuple[AnyCruiseCheck, ...], Field(strict=False)]
