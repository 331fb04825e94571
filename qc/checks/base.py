"""The base classes of all checks: their input, their settings in a battery, their effect on a flag."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from qc.config import Strict
from qc.physics.regional_statistics import Statistics
from qc.table.flags import FAIL, SUSPECT, Flags, merge
from qc.table.profiles import Levels
from qc.table.schema import VARIABLES
from qc.types import Climatology, Floats, Floor, IsLand, Mask

Variable = Literal["temperature", "salinity", "oxygen", "nitrate", "phosphate", "silicate"]
Pair = Annotated[tuple[float, float], Field(strict=False)]
Severity = Literal["note", "suspect", "fail"]
Subject = Literal["position", "date", "level", "value"]
Names = Annotated[tuple[str, ...], Field(strict=False)]
_FLAG = {"suspect": SUSPECT, "fail": FAIL}
FLAG_OF = {"position": "position", "date": "time"}  # by the subject of a check, what has a flag beside those of values


def lowered(flag: ArrayLike, severity: Severity) -> Flags:
    """Lower IODE flags to the severity of a failed check.

    Parameters
    ----------
    flag : int8 array
        Flags of the values that failed.
    severity : {"note", "suspect", "fail"}
        Severity of the check; a note leaves the flag.

    Returns
    -------
    int8 array
        Never better than before.

    Examples
    --------
    >>> [lowered([1, 2, 4], severity).tolist() for severity in ("note", "suspect", "fail")]
    [[1, 2, 4], [3, 3, 4], [4, 4, 4]]
    """
    if severity == "note":
        return np.asarray(flag, np.int8)
    return merge(flag, np.int8(_FLAG[severity]))


@dataclass(frozen=True)
class CheckInput:
    """The input of a check: a table, what earlier checks left of it, and its surroundings.

    Parameters
    ----------
    levels : Levels
        The table.
    usable : dict
        Per variable, a mask of shape (level,): there is a value, and neither its archive nor an earlier check
        of this run flags it bad. Checks along the vertical leave the others out.
    sound : dict
        The same of values that neither flags suspect: statistics of a region are made of these.
    now : datetime64[ms]
        Dates after it are in the future.
    is_land : callable or None
        (degrees north, degrees east) to mask.
    floor : callable or None
        (degrees north, degrees east) to depth of the sea floor, m, 0 on land, NaN where unknown, and how much it
        differs round about, m.
    climatology : callable or None
        (degrees north, degrees east, dbar) to mean and standard deviation of oxygen, umol/kg, NaN where unknown.
    regions : dict
        "check.view" to the statistics of regions; the checks of `qc.checks.regional` need them.
    shared : dict
        What one check has computed and others of the same run need too, by name.
    """

    levels: Levels
    usable: dict[str, Mask]
    sound: dict[str, Mask]
    now: np.datetime64
    is_land: IsLand | None = None
    floor: Floor | None = None
    climatology: Climatology | None = None
    regions: dict[str, Statistics] = field(default_factory=dict)
    shared: dict[str, object] = field(default_factory=dict)

    @property
    def solubility(self) -> Floats:
        """Oxygen at saturation, umol/kg, shape (level,); NaN where temperature or salinity is not usable."""
        known = self.usable["temperature"] & self.usable["salinity"]
        return np.where(known, self.levels.solubility, np.nan)


class CheckEntry(Strict, strict=True):
    """The settings of a bit: a check, or a mark.

    Parameters
    ----------
    name : str
        Name of its bit.
    bit : int
        0 to 63, its place in the `<variable>_checks` columns.
    severity : {"note", "suspect", "fail"}
        Effect of a failure on the flag; a note sets the bit and leaves the flag.
    enabled : bool
        Whether it runs.
    source : str
        Source of its rule and thresholds.
    measured : str, optional
        False alarms and detections with these thresholds, in words: by `experiments/benchmarks/qc_checks.py`.
    """

    # what a failure puts in doubt: position or date of a cast, a level with all its values, or values only
    subject: ClassVar[Subject] = "value"
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    bit: int = Field(ge=0, le=63)
    severity: Severity
    enabled: bool
    source: str = Field(min_length=1)
    measured: str = ""

    @property
    def all_variables(self) -> bool:
        """Whether a failure counts for every variable of a level."""
        return self.subject != "value"

    @property
    def flagged(self) -> tuple[str, ...]:
        """Names of the flags that a failure lowers besides those of values: "position" or "time"."""
        return (FLAG_OF[self.subject],) if self.subject in FLAG_OF else ()

    @property
    def effect(self) -> str:
        """Effect of a failure on the flag, in words."""
        return self.severity


@dataclass(frozen=True)
class BitMasks:
    """Which bits of a checks column mean what.

    Parameters
    ----------
    notes : int
        Bits of checks that leave the flag.
    cross_profile : int
        Bits of cross-profile tests: against the casts of the region and of the cruise.
    bounds : int
        Bits of profile tests of values against bounds: what a cruise in a wrong unit fails.
    """

    notes: int = 0
    cross_profile: int = 0
    bounds: int = 0


class Mark(CheckEntry):
    """The name of a bit that no check sets but another module."""

    severity: Literal["note"]


class Check(CheckEntry):
    """A check of levels.

    Parameters
    ----------
    instruments : tuple of str, optional
        Instruments it applies to; all when left out.
    """

    instruments: Names | None = None

    @property
    def evaluates(self) -> tuple[str, ...]:
        """Variables, "position" or "time" that are evaluated once this check has run."""
        return ()

    def failures(self, data: CheckInput) -> Iterator[tuple[str, Mask, Severity]]:
        """Find the levels at which values fail.

        Parameters
        ----------
        data : CheckInput
            The table and its surroundings.

        Yields
        ------
        tuple of (str, mask of shape (level,), str)
            Variable, "position" or "time", the levels at which it fails, and the severity.
        """
        applies = data.levels.measured_with(self.instruments)
        for variable, failed in self._failures(data):
            yield variable, failed & applies, self.severity

    def _failures(self, data: CheckInput) -> Iterator[tuple[str, Mask]]:
        """Yield the same without regard to instruments."""
        raise NotImplementedError


class AllVariablesCheck(Check):
    """A check of position, date or pressure: a failure counts for every variable of the level."""

    subject: ClassVar[Subject] = "level"

    def _failures(self, data: CheckInput) -> Iterator[tuple[str, Mask]]:
        failed = self._failed(data)
        for name in (*VARIABLES, *self.flagged):
            yield name, failed

    def _failed(self, data: CheckInput) -> Mask:
        """Tell which levels fail, shape (level,)."""
        raise NotImplementedError
