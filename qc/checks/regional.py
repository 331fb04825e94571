"""Kinds of checks against the values of the same region, and of oxygen against other variables."""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from qc.checks.base import Check, Scene, Severity, Variable
from qc.physics import regional_statistics as regional
from qc.physics.regional_statistics import Histogram, Statistics
from qc.table.flags import FAIL
from qc.table.profiles import Levels
from qc.types import Floats, Integers, Mask

Edges = Annotated[tuple[float, ...], Field(strict=False, min_length=2)]


class Regional(Check):
    """Values against the robust middle and spread of their region and layer.

    What a region is like only the whole table tells: parts of it are counted apart (`count`), the counts summed, and
    then each part is judged by the same statistics.
    """

    cell: float = Field(gt=0, le=90)
    multiple: float = Field(gt=0)
    casts: int = Field(gt=1)
    spread: float = Field(gt=0)

    def views(self, here: Levels, wanted: dict[str, Mask]) -> dict[str, tuple[Floats, Integers]]:
        """Name the groupings: values and the group of each (-1: none), shape (level,), of what is wanted."""
        raise NotImplementedError

    def count(self, scene: Scene) -> dict[str, Histogram]:
        """Count the table's sound values by "check.view"; judged are all usable ones."""
        views, cast = self.views(scene.levels, scene.sound), scene.levels.cast
        return {f"{self.name}.{name}": Histogram.of(value, group, cast) for name, (value, group) in views.items()}

    def statistics(self, counts: dict[str, Histogram]) -> dict[str, Statistics]:
        """Turn the counts of this check into statistics, by "check.view"."""
        own = {name: found for name, found in counts.items() if name.partition(".")[0] == self.name}
        return {name: Statistics.of(found, self.casts, self.spread) for name, found in own.items()}

    def _far(self, scene: Scene) -> list[Mask]:
        """Find what is far from the middle of its group, one mask a view, in their order."""
        found = []
        for name, (value, group) in self.views(scene.levels, scene.usable).items():
            found.append(scene.regions[f"{self.name}.{name}"].far(value, group, self.multiple))
        return found

    def _group(self, here: Levels, layer: Integers) -> Integers:
        place = regional.cell(here.latitude[here.first], here.longitude[here.first], self.cell)[here.cast]
        return regional.group(place, layer)


class RegionalStatistics(Regional):
    """Oxygen against its region: by a climatology where one knows, else by the table itself.

    By the table a value is odd if it is so both in its layer of pressure, bounded by `edges`, dbar, and in its layer
    of potential density, `step` kg/m3 thick: heaved water is odd in the first only, a front in the second only. Where
    density is unknown nobody is judged. `climatology` is the multiple of a climatology's own standard deviation.
    """

    kind: Literal["regional"]
    edges: Edges
    step: float = Field(gt=0)
    climatology: float = Field(gt=0)

    def views(self, here: Levels, wanted: dict[str, Mask]) -> dict[str, tuple[Floats, Integers]]:
        """Group oxygen by layers of pressure and by layers of density."""
        oxygen = np.where(wanted["oxygen"] & np.isfinite(here.pressure), here.values["oxygen"], np.nan)
        density = _density_layer(here, wanted, self.step)
        layer = np.digitize(here.pressure, self.edges) - 1
        layer[(layer >= len(self.edges) - 1) | (density < 0)] = -1
        density[layer < 0] = -1
        return {"pressure": (oxygen, self._group(here, layer)), "density": (oxygen, self._group(here, density))}

    def _failures(self, scene: Scene) -> Iterator[tuple[str, Mask]]:
        here = scene.levels
        by_pressure, by_density = self._far(scene)
        failed = by_pressure & by_density
        if scene.climatology is not None:
            rows = np.flatnonzero(scene.usable["oxygen"] & np.isfinite(here.pressure))
            mean, deviation = scene.climatology(here.latitude[rows], here.longitude[rows], here.pressure[rows])
            far = np.abs(here.values["oxygen"][rows] - mean) > self.climatology * np.maximum(deviation, self.spread)
            failed[rows] = np.where(np.isfinite(mean) & np.isfinite(deviation), far, failed[rows])
        yield "oxygen", failed


def _density_layer(here: Levels, wanted: dict[str, Mask], step: float) -> Integers:
    """Give each level the number of its layer of potential density, -1 where that is unknown or not wanted."""
    known = wanted["temperature"] & wanted["salinity"] & np.isfinite(here.sigma0)
    number = np.floor(np.nan_to_num(here.sigma0) / step) + np.ceil(100 / step)  # fresh water is below 0
    return np.where(known, number, -1).astype(np.int64)


class Stoichiometry(Regional):
    """PO = O2 + 170 PO4 and NO = O2 + 9 NO3 against their region and layer of potential density.

    `ratios` are umol O2 a umol of the nutrient, `step` the thickness of the layers, kg/m3, `shallowest` the pressure,
    dbar, above which gas exchange makes the sums meaningless.
    """

    kind: Literal["stoichiometry"]
    ratios: dict[Variable, float]
    step: float = Field(gt=0)
    shallowest: float

    def views(self, here: Levels, wanted: dict[str, Mask]) -> dict[str, tuple[Floats, Integers]]:
        """Group each sum of oxygen and a nutrient by layers of density."""
        deep = wanted["oxygen"] & (here.pressure >= self.shallowest)
        group = self._group(here, np.where(deep, _density_layer(here, wanted, self.step), -1))
        found: dict[str, tuple[Floats, Integers]] = {}
        for nutrient, ratio in self.ratios.items():
            total = here.values["oxygen"] + ratio * here.values[nutrient]
            found[nutrient] = (np.where(deep & wanted[nutrient], total, np.nan), group)
        return found

    def _failures(self, scene: Scene) -> Iterator[tuple[str, Mask]]:
        yield "oxygen", np.logical_or.reduce(self._far(scene))


class BadState(Check):
    """Oxygen computed with a temperature or salinity that its archive calls bad: `spoils` says what becomes of it."""

    kind: Literal["bad_state"]
    spoils: dict[Variable, Severity]

    @property
    def verdict(self) -> str:
        """One for each variable of `spoils`; the bit does not tell which of them it was."""
        return ", ".join(f"{severity} by {variable}" for variable, severity in self.spoils.items())

    def failures(self, scene: Scene) -> Iterator[tuple[str, Mask, Severity]]:
        """Yield ("oxygen", mask of shape (level,), severity) of each variable of `spoils`."""
        here = scene.levels
        applies = here.measured_with(self.instruments)
        for variable, severity in self.spoils.items():
            yield "oxygen", (here.flags[variable] == FAIL) & applies, severity
