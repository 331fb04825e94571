"""The kinds of checks a battery can hold: each binds thresholds, which are data, to the function that uses them."""

from typing import Annotated

from pydantic import Field

from qc.checks.base import Check, Entry, Mark, Scene
from qc.checks.position import (
    BelowFloor,
    ImpossibleDate,
    NoDate,
    NullIsland,
    OffGlobe,
    OnLand,
    PressureOrder,
    PressureRange,
)
from qc.checks.regional import BadState, RegionalStatistics, Stoichiometry
from qc.checks.values import EqualsSolubility, Range, Saturation, UnitMisreport
from qc.checks.vertical import DensityInversion, FewLevels, SpikeOrGradient, Stuck, ZeroAsMissing

__all__ = ["AnyCheck", "Check", "Entry", "Mark", "Range", "Scene"]

AnyCheck = Annotated[
    OffGlobe
    | NullIsland
    | OnLand
    | ImpossibleDate
    | NoDate
    | PressureRange
    | PressureOrder
    | Range
    | Saturation
    | UnitMisreport
    | SpikeOrGradient
    | Stuck
    | ZeroAsMissing
    | BelowFloor
    | DensityInversion
    | FewLevels
    | RegionalStatistics
    | Stoichiometry
    | BadState
    | EqualsSolubility,
    Field(discriminator="kind"),
]
