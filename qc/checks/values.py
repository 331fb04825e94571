"""Kinds of checks of single values and of the surface of a cast."""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from qc.checks import gross as checks
from qc.checks.base import Check, Pair, Scene, Variable
from qc.physics import seawater
from qc.table.profiles import Mask


class Range(Check):
    """Values outside their limits; see `qc.checks.gross.outside`. Passing it makes a value evaluated."""

    kind: Literal["range"]
    limits: dict[Variable, Pair]

    def _failures(self, scene: Scene) -> Iterator[tuple[str, Mask]]:
        for variable, limits in self.limits.items():
            yield variable, checks.outside(scene.levels.values[variable], *limits)


class Saturation(Check):
    """See `qc.checks.gross.saturation_outside`: `percent` allowed within `layer`, dbar."""

    kind: Literal["saturation"]
    percent: Pair
    layer: Pair

    def _failures(self, scene: Scene) -> Iterator[tuple[str, Mask]]:
        here = scene.levels
        oxygen = np.where(scene.usable["oxygen"], here.values["oxygen"], np.nan)
        yield "oxygen", checks.saturation_outside(oxygen, scene.solubility, here.pressure, self.percent, self.layer)


class EqualsSolubility(Check):
    """See `qc.checks.gross.equals_solubility`."""

    kind: Literal["equals_solubility"]
    levels: int = Field(gt=1)
    share: float = Field(gt=0.5, le=1)
    tolerance: float = Field(gt=0)
    change: float = Field(gt=0)

    def _failures(self, scene: Scene) -> Iterator[tuple[str, Mask]]:
        here = scene.levels
        oxygen = np.where(scene.usable["oxygen"], here.values["oxygen"], np.nan)
        rules = (self.levels, self.share, self.tolerance, self.change)
        yield "oxygen", checks.equals_solubility(oxygen, scene.solubility, here.cast, *rules)


class UnitMisreport(Check):
    """See `qc.checks.gross.unit_misreport`; where T or S is unknown, solubility at 15 degC and 35 is the reference."""

    kind: Literal["unit_misreport"]
    ratios: Annotated[tuple[float, ...], Field(strict=False, min_length=1)]
    factor: float = Field(gt=1)
    surface: float = Field(gt=0)

    def _failures(self, scene: Scene) -> Iterator[tuple[str, Mask]]:
        here = scene.levels
        oxygen = np.where(scene.usable["oxygen"], here.values["oxygen"], np.nan)
        known = scene.solubility
        reference = np.where(np.isfinite(known), known, seawater.O2sol(35.0, 15.0))
        fits = (self.ratios, self.factor, self.surface)
        yield "oxygen", checks.unit_misreport(oxygen, reference, here.pressure, here.cast, *fits)
