"""Kinds of checks against the values of the same region, and of oxygen against other variables."""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from qc import regional
from qc.flags import FAIL
from qc.kinds.base import Check, Scene, Severity, Variable
from qc.levels import Floats, Integers, Levels, Mask

Edges = Annotated[tuple[float, ...], Field(strict=False, min_length=2)]


class _Regional(Check):
    """Values against the robust middle and spread of their region and layer; see `qc.regional.outliers`."""

    cell: float = Field(gt=0, le=90)
    multiple: float = Field(gt=0)
    casts: int = Field(gt=1)
    spread: float = Field(gt=0)

    def _place(self, here: Levels) -> Integers:
        return regional.cell(here.latitude[here.first], here.longitude[here.first], self.cell)[here.cast]

    def _outliers(self, here: Levels, value: Floats, place: Integers, layer: Integers) -> Mask:
        group, groups = regional.together(place, np.where(np.isfinite(value), layer, -1))
        return regional.outliers(value, group, groups, here.cast, self.multiple, self.casts, self.spread)


class RegionalStatistics(_Regional):
    """Oxygen against its region: by a climatology where one knows, else by the table itself.

    By the table a value is odd if it is so both in its layer of pressure, bounded by `edges`, dbar, and in its layer
    of potential density, `step` kg/m3 thick: heaved water is odd in the first only, a front in the second only. Where
    density is unknown nobody is judged. `climatology` is the multiple of a climatology's own standard deviation.
    """

    kind: Literal["regional"]
    edges: Edges
    step: float = Field(gt=0)
    climatology: float = Field(gt=0)

    def _failures(self, scene: Scene) -> Iterator[tuple[str, Mask]]:
        here = scene.levels
        oxygen = np.where(scene.usable["oxygen"] & np.isfinite(here.pressure), here.values["oxygen"], np.nan)
        judged = np.zeros(len(oxygen), bool)
        failed = judged.copy()
        if scene.climatology is not None:
            rows = np.flatnonzero(np.isfinite(oxygen))
            mean, deviation = scene.climatology(here.latitude[rows], here.longitude[rows], here.pressure[rows])
            sigma = np.maximum(deviation, self.spread)
            judged[rows] = np.isfinite(mean) & np.isfinite(deviation)
            failed[rows] = np.abs(oxygen[rows] - mean) > self.climatology * sigma  # false where either is unknown
        layer = np.digitize(here.pressure, self.edges) - 1
        layer[judged | (layer >= len(self.edges) - 1) | np.isnan(here.sigma0)] = -1
        place = self._place(here)
        odd = self._outliers(here, oxygen, place, layer)
        layer = np.where((layer >= 0) & np.isin(place, place[odd]), _density_layer(here, self.step), -1)
        odd &= self._outliers(here, oxygen, place, layer)
        yield "oxygen", failed | odd


def _density_layer(here: Levels, step: float) -> Integers:
    """Give each level the number of its layer of potential density, -1 where that is unknown."""
    number = np.floor(np.nan_to_num(here.sigma0) / step) + np.ceil(100 / step)  # fresh water is below 0
    return np.where(np.isfinite(here.sigma0), number, -1).astype(np.int64)


class Stoichiometry(_Regional):
    """PO = O2 + 170 PO4 and NO = O2 + 9 NO3 against their region and layer of potential density.

    `ratios` are umol O2 a umol of the nutrient, `step` the thickness of the layers, kg/m3, `shallowest` the pressure,
    dbar, above which gas exchange makes the sums meaningless.
    """

    kind: Literal["stoichiometry"]
    ratios: dict[Variable, float]
    step: float = Field(gt=0)
    shallowest: float

    def _failures(self, scene: Scene) -> Iterator[tuple[str, Mask]]:
        here = scene.levels
        deep = scene.usable["oxygen"] & np.isfinite(here.sigma0) & (here.pressure >= self.shallowest)
        layer = np.where(deep, _density_layer(here, self.step), -1)
        failed, place = np.zeros(len(layer), bool), self._place(here)
        for nutrient, ratio in self.ratios.items():
            both = deep & scene.usable[nutrient]
            value = np.where(both, here.values["oxygen"] + ratio * here.values[nutrient], np.nan)
            failed |= self._outliers(here, value, place, layer)
        yield "oxygen", failed


class BadState(Check):
    """Oxygen computed with a temperature or salinity that its archive calls bad: `spoils` says what becomes of it."""

    kind: Literal["bad_state"]
    spoils: dict[Variable, Severity]

    def failures(self, scene: Scene) -> Iterator[tuple[str, Mask, Severity]]:
        """Yield ("oxygen", mask of shape (level,), severity) of each variable of `spoils`."""
        here = scene.levels
        applies = here.measured_with(self.instruments)
        for variable, severity in self.spoils.items():
            yield "oxygen", (here.flags[variable] == FAIL) & applies, severity
