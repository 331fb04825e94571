"""Checks of cruises for dates and positions that were misread or mistyped."""

from typing import Literal

from pydantic import Field

from qc.checks.base import Pair
from qc.checks.cruises.cruise import CruiseCheck
from qc.checks.cruises.cruise_table import CruiseTable
from qc.checks.misread.dates import Limits, misread_dates
from qc.checks.misread.expocode import away_from_departure
from qc.checks.misread.places import LineLimits, misread_places
from qc.types import Mask


class ExpocodeDate(CruiseCheck):
    """See `qc.checks.misread.expocode.away_from_departure`."""

    subject = "date"
    kind: Literal["expocode_date"]
    early: float = Field(ge=0)
    late: float = Field(gt=0)
    gap: float = Field(gt=0)

    def failures(self, table: CruiseTable) -> Mask:
        """Find casts whose date contradicts the expocode of their cruise.

        Parameters
        ----------
        table : CruiseTable
            All casts.

        Returns
        -------
        mask, shape (cast,)
        """
        return away_from_departure(table.tracks, table.departed, ~table.excluded, self.early, self.late, self.gap)


class MisreadDate(CruiseCheck):
    """See `qc.checks.misread.dates`, with the speed of ships in m/s."""

    subject = "date"
    kind: Literal["misread_date"]
    gap: float = Field(gt=0)
    body: float = Field(ge=0.5, lt=1)
    length: float = Field(gt=0)
    pause: float = Field(ge=0)
    speed: float = Field(gt=0)
    reach: float = Field(ge=0)
    station: float = Field(ge=0)

    def failures(self, table: CruiseTable) -> Mask:
        """Find casts of ships whose date was misread.

        Parameters
        ----------
        table : CruiseTable
            All casts.

        Returns
        -------
        mask, shape (cast,)
        """
        limits = Limits(self.gap, self.body, self.length, self.pause, self.speed * 86.4, self.reach, self.station)
        return misread_dates(table.tracks, ~table.excluded & ~table.drifting, limits)


class MisreadPosition(CruiseCheck):
    """See `qc.checks.misread.places`."""

    subject = "position"
    kind: Literal["misread_position"]
    detour: float = Field(gt=0)
    pace: float = Field(ge=0)
    aside: float = Field(gt=0)
    times: float = Field(ge=1)
    straight: float = Field(ge=0)
    bend: Pair
    chord: float = Field(gt=0)
    sign: Pair
    station: float = Field(ge=0)

    def failures(self, table: CruiseTable) -> Mask:
        """Find casts of ships whose position was misread.

        Parameters
        ----------
        table : CruiseTable
            All casts.

        Returns
        -------
        mask, shape (cast,)
        """
        limits = LineLimits(**{name: getattr(self, name) for name in LineLimits.__dataclass_fields__})
        return misread_places(table.tracks, ~table.excluded & ~table.drifting, limits)
