"""Checks of cruises: casts misplaced or misdated within their cruise, and cruises whose oxygen is off as a whole."""

from typing import Literal

import numpy as np
from pydantic import Field

from qc.checks.base import CheckEntry, Pair
from qc.checks.cruises import tracks
from qc.checks.cruises.cruise_offset import cruise_offsets, log_ratios
from qc.checks.cruises.cruise_table import CruiseTable
from qc.physics.statistics import MEDIAN_ERROR, median_by_group
from qc.types import Floats, Integers, Mask


class CruiseCheck(CheckEntry):
    """A check of cruises."""

    def failures(self, table: CruiseTable) -> Mask:
        """Find the casts that fail.

        Parameters
        ----------
        table : CruiseTable
            All casts.

        Returns
        -------
        mask, shape (cast,)
        """
        raise NotImplementedError


class DateOutlier(CruiseCheck):
    """See `qc.checks.cruises.tracks.odd_dates`."""

    subject = "date"
    kind: Literal["date_outlier"]
    gap: float = Field(gt=0)
    spans: float = Field(ge=0)
    body: float = Field(gt=0.5, le=1)

    def failures(self, table: CruiseTable) -> Mask:
        """Find casts dated far from their cruise.

        Parameters
        ----------
        table : CruiseTable
            All casts.

        Returns
        -------
        mask, shape (cast,)
        """
        return tracks.odd_dates(table.tracks, ~table.excluded, self.gap, self.spans, self.body)


class ImpossibleSpeed(CruiseCheck):
    """See `qc.checks.cruises.tracks.odd_places`.

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

    subject = "position"
    kind: Literal["impossible_speed"]
    speed: float = Field(gt=0)
    drift: float = Field(gt=0)
    reach: float = Field(ge=0)
    steps: float = Field(ge=0)
    share: float = Field(gt=0, le=0.5)

    def failures(self, table: CruiseTable) -> Mask:
        """Find casts that their cruise cannot have reached in time.

        Parameters
        ----------
        table : CruiseTable
            All casts.

        Returns
        -------
        mask, shape (cast,)
        """
        track = table.tracks
        among = track.placed() & ~table.excluded
        speed = np.where(table.drifting, self.drift, self.speed) * 86.4  # km/day
        usual = np.append(self.steps * tracks.usual_step(track, among), 0.0)[track.cruise]
        return tracks.odd_places(track, among, speed, np.fmax(usual, self.reach), self.share)


class CruiseFlagged(CruiseCheck):
    """Casts of cruises of which more than `share` of at least `levels` oxygen levels, on `casts` casts, failed."""

    kind: Literal["cruise_flagged"]
    share: float = Field(gt=0, le=1)
    levels: int = Field(ge=1)
    casts: int = Field(ge=1)

    def failures(self, table: CruiseTable) -> Mask:
        """Find casts of cruises that are flagged for the most part.

        Parameters
        ----------
        table : CruiseTable
            All casts.

        Returns
        -------
        mask, shape (cast,)
        """
        cruise, n = table.tracks.cruise, table.tracks.cruises
        counted = (cruise >= 0) & (table.levels > 0) & ~table.excluded
        levels, failed, casts = (
            np.bincount(cruise[counted], weight[counted], minlength=n)
            for weight in (table.levels, table.failed, np.ones(len(cruise)))
        )
        cruise_fails = (failed > self.share * levels) & (levels >= self.levels) & (casts >= self.casts)
        return np.append(cruise_fails, False)[cruise]


class CruiseOffset(CruiseCheck):
    """Casts of cruises whose deep oxygen differs from that of others around; see `qc.checks.cruises.cruise_offset`.

    A copy is evaluated by its own values, which may differ from those of the cast that is kept. No cast is compared
    with a copy, nor with a cast of its own cruise in another archive.

    Parameters
    ----------
    factor : float
        Largest ratio, or its inverse, that is natural.
    significance : float
        Standard errors by which the offset must exceed it.
    distance : float
        Largest distance of a neighbouring cast of another cruise, km.
    others, casts : int
        Fewest other cruises at a cast, and casts of the cruise.
    """

    kind: Literal["cruise_offset"]
    factor: float = Field(gt=1)
    significance: float = Field(gt=0)
    distance: float = Field(gt=0)
    others: int = Field(ge=1)
    casts: int = Field(ge=2)

    def failures(self, table: CruiseTable) -> Mask:
        """Find casts of cruises that are off as a whole.

        Parameters
        ----------
        table : CruiseTable
            All casts.

        Returns
        -------
        mask, shape (cast,)
        """
        track = table.tracks
        cruise, merged = (np.where(table.excluded, -1, number) for number in (track.cruise, table.merged_cruise))
        place = (table.deep, track.latitude, track.longitude)
        ratio = log_ratios(*place, merged, ~table.is_copy, self.distance, self.others)
        offset, spread, casts = cruise_offsets(ratio, cruise, track.cruises)
        error = MEDIAN_ERROR * spread / np.sqrt(np.maximum(casts, 1))
        off = np.abs(offset) - np.log(self.factor) > self.significance * error
        return np.append(off & (casts >= self.casts), False)[track.cruise]


class CruiseSaturation(CruiseCheck):
    """Casts of cruises whose surface is too far from saturation as a whole: the median over casts is outside `percent`.

    A surface is in contact with the air, so that a wrong unit or factor shows there. Single casts in upwelling or under
    ice may be lower; the median of a cruise is not. Where temperature or salinity is unknown, saturation is that at
    the mean temperature of the latitude, for which the bounds are wider.

    Parameters
    ----------
    percent : (low, high)
        Allowed median of the casts with temperature and salinity.
    by_latitude : (low, high)
        The same of the casts without, for cruises that have no others.
    casts : int
        Fewest casts.
    """

    kind: Literal["cruise_saturation"]
    percent: Pair
    by_latitude: Pair
    casts: int = Field(ge=1)

    def failures(self, table: CruiseTable) -> Mask:
        """Find casts of cruises whose surface is too far from saturation.

        Parameters
        ----------
        table : CruiseTable
            All casts.

        Returns
        -------
        mask, shape (cast,)
        """
        measured, count = _cruise_median(table, np.where(table.by_latitude, np.nan, table.saturation))
        assumed, others = _cruise_median(table, np.where(table.by_latitude, table.saturation, np.nan))
        off = (count >= self.casts) & ((measured < self.percent[0]) | (measured > self.percent[1]))
        unknown = (count == 0) & (others >= self.casts)
        off |= unknown & ((assumed < self.by_latitude[0]) | (assumed > self.by_latitude[1]))
        return np.append(off, False)[table.tracks.cruise]


class CruiseClimatology(CruiseCheck):
    """Casts of cruises whose oxygen differs from a climatology by more than `factor` in the median of `casts` casts."""

    kind: Literal["cruise_climatology"]
    factor: float = Field(gt=1)
    casts: int = Field(ge=1)

    def failures(self, table: CruiseTable) -> Mask:
        """Find casts of cruises that differ from a climatology by a factor.

        Parameters
        ----------
        table : CruiseTable
            All casts; those of no known ratio pass.

        Returns
        -------
        mask, shape (cast,)
        """
        ratio, count = _cruise_median(table, table.climatology_ratio)
        off = (np.abs(ratio) > np.log(self.factor)) & (count >= self.casts)
        return np.append(off, False)[table.tracks.cruise]


def _cruise_median(table: CruiseTable, value: Floats) -> tuple[Floats, Integers]:
    """Median over the casts of each cruise, and how many casts have a value; both of shape (cruise,)."""
    cruise, n = table.tracks.cruise, table.tracks.cruises
    known = np.isfinite(value) & (cruise >= 0) & ~table.excluded
    return median_by_group(value[known], cruise[known], n), np.bincount(cruise[known], minlength=n)
