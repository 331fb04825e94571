"""Checks of cruises for dates and positions that were misread or mistyped."""

from typing import Literal

from pydantic import Field

from qc.checks.cruise import CruiseCheck
from qc.checks.cruise_table import CruiseTable
from qc.checks.misread.expocode import away_from_departure
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
