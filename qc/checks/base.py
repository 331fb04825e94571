"""What every kind of check has in common: what it sees, and what it says of itself."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from qc.physics.regional_statistics import Statistics
from qc.table.profiles import Levels
from qc.table.schema import VARIABLES
from qc.types import Climatology, Floats, Floor, IsLand, Mask

Variable = Literal["temperature", "salinity", "oxygen", "nitrate", "phosphate", "silicate"]
Pair = Annotated[tuple[float, float], Field(strict=False)]
Severity = Literal["note", "suspect", "fail"]
Names = Annotated[tuple[str, ...], Field(strict=False)]


@dataclass(frozen=True)
class Scene:
    """What a check sees.

    Parameters
    ----------
    levels : Levels
        The table.
    usable : dict
        Per variable, a mask of shape (level,): there is a value, and neither its archive nor an earlier check
        of this run calls it bad. Checks along the vertical leave the others out.
    sound : dict
        The same of what neither calls suspect: the values that say what a region is like.
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
    """

    levels: Levels
    usable: dict[str, Mask]
    sound: dict[str, Mask]
    now: np.datetime64
    is_land: IsLand | None = None
    floor: Floor | None = None
    climatology: Climatology | None = None
    regions: dict[str, Statistics] = field(default_factory=dict)

    @property
    def solubility(self) -> Floats:
        """Oxygen at saturation, umol/kg, shape (level,); NaN where temperature or salinity is not usable."""
        known = self.usable["temperature"] & self.usable["salinity"]
        return np.where(known, self.levels.solubility, np.nan)


class Entry(BaseModel):
    """What all that has a bit says of itself.

    Parameters
    ----------
    name : str
        Name of its bit.
    bit : int
        0 to 31, its place in the `<variable>_checks` columns.
    severity : {"note", "suspect", "fail"}
        What its failure makes of a flag; a note sets the bit and leaves the flag.
    enabled : bool
        Whether it runs.
    source : str
        Where its rule and thresholds come from.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    bit: int = Field(ge=0, le=31)
    severity: Severity
    enabled: bool
    source: str = Field(min_length=1)

    @property
    def verdict(self) -> str:
        """What its failure makes of a flag, in words."""
        return self.severity


@dataclass(frozen=True)
class BitMasks:
    """Which bits of a checks column mean what.

    Parameters
    ----------
    notes : int
        Bits of checks that inform and leave the flag.
    cross_profile : int
        Bits of checks against other casts: of the region and of the cruise.
    """

    notes: int = 0
    cross_profile: int = 0


class Mark(Entry):
    """The name of a bit that no check sets but another module."""

    severity: Literal["note"]


class Check(Entry):
    """A check of levels.

    Parameters
    ----------
    instruments : tuple of str, optional
        Instruments it applies to; all when left out.
    """

    instruments: Names | None = None

    def failures(self, scene: Scene) -> Iterator[tuple[str, Mask, Severity]]:
        """Yield (variable, mask of shape (level,), severity): the levels at which values of that variable fail.

        Parameters
        ----------
        scene : Scene
            The table and its surroundings.
        """
        applies = scene.levels.measured_with(self.instruments)
        for variable, failed in self._failures(scene):
            yield variable, failed & applies, self.severity

    def _failures(self, scene: Scene) -> Iterator[tuple[str, Mask]]:
        """Yield the same without regard to instruments."""
        raise NotImplementedError


class OfPlace(Check):
    """A check of where and when a level is: its failure is one of all variables there."""

    def _failures(self, scene: Scene) -> Iterator[tuple[str, Mask]]:
        failed = self._failed(scene)
        for variable in VARIABLES:
            yield variable, failed

    def _failed(self, scene: Scene) -> Mask:
        """Tell which levels fail, shape (level,)."""
        raise NotImplementedError
