"""The kinds of checks that need the company of other casts: each binds thresholds to the function that uses them."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from qc.checks import cruise_offset as background
from qc.checks import tracks
from qc.checks.base import Entry
from qc.checks.cruise_table import Fleet
from qc.physics.statistics import MEDIAN_ERROR
from qc.types import Mask


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
    """See `qc.checks.tracks.odd_dates`."""

    kind: Literal["date_apart"]
    gap: float = Field(gt=0)
    spans: float = Field(ge=0)
    body: float = Field(gt=0.5, le=1)

    def failures(self, here: Fleet) -> Mask:
        """Find casts dated far from their cruise."""
        return tracks.odd_dates(here.tracks, ~here.aside, self.gap, self.spans, self.body)


class Way(_CruiseCheck):
    """See `qc.checks.tracks.odd_places`.

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
    """Casts of cruises whose deep oxygen differs from all around; see `qc.checks.cruise_offset`.

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
