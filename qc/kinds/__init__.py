"""The kinds of checks a battery can hold: each binds thresholds, which are data, to the function that uses them."""

from typing import Annotated

from pydantic import Field

from qc.kinds.base import Check, OfPlace, Scene
from qc.kinds.places import ImpossibleDate, NoDate, NullIsland, OffGlobe, OnLand, PressureOrder, PressureRange
from qc.kinds.values import Range, Saturation, UnitMisreport
from qc.kinds.vertical import SpikeOrGradient, Stuck, ZeroAsMissing

__all__ = ["AnyCheck", "Check", "OfPlace", "Range", "Scene"]

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
    | ZeroAsMissing,
    Field(discriminator="kind"),
]
