"""Kinds of checks along the vertical."""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from qc.checks import profile
from qc.checks.base import Check, Pair, Scene, Variable
from qc.table.profiles import Integers, Mask


class Vertical(Check):
    """A check along the vertical of usable values, each variable for itself."""

    variables: Annotated[tuple[Variable, ...], Field(strict=False, min_length=1)]

    def _failures(self, scene: Scene) -> Iterator[tuple[str, Mask]]:
        here = scene.levels
        for variable in self.variables:
            wanted = scene.usable[variable] & np.isfinite(here.pressure)
            rows = here.by_pressure[wanted[here.by_pressure]]
            result = np.zeros(len(here.cast), bool)
            result[rows] = self._failed(scene, variable, rows)
            yield variable, result

    def _failed(self, scene: Scene, variable: str, rows: Integers) -> Mask:
        """Tell which of the usable levels, given by their rows, by cast and pressure, fail."""
        raise NotImplementedError


class SpikeOrGradient(Vertical):
    """See `qc.checks.profile.exceeds`."""

    kind: Literal["spike", "gradient"]
    limits: Pair
    split: float
    max_gap: float = Field(gt=0)
    gap_share: float = Field(ge=0, default=0.0)

    def _failed(self, scene: Scene, variable: str, rows: Integers) -> Mask:
        here, value = scene.levels, scene.levels.values[variable][rows]
        size = profile.spike_size(value) if self.kind == "spike" else profile.gradient_size(value)
        rules = (self.limits, self.split, self.max_gap, self.gap_share)
        return profile.exceeds(size, here.pressure[rows], here.cast[rows], *rules)


class Stuck(Vertical):
    """See `qc.checks.profile.stuck`."""

    kind: Literal["stuck"]
    levels: int = Field(gt=1)
    span: float
    floor: float
    change: float = Field(ge=0)

    def _failed(self, scene: Scene, variable: str, rows: Integers) -> Mask:
        here = scene.levels
        value, delivered = here.values[variable][rows], here.originals[variable][rows]
        place = (scene.solubility[rows], here.pressure[rows], here.cast[rows])
        return profile.stuck(value, delivered, *place, self.levels, self.span, self.floor, self.change)


class ZeroAsMissing(Vertical):
    """See `qc.checks.profile.zero_as_missing`."""

    kind: Literal["zero_as_missing"]
    neighbour: float = Field(gt=0)
    above_last: float = Field(gt=0)

    def _failed(self, scene: Scene, variable: str, rows: Integers) -> Mask:
        value = scene.levels.values[variable][rows]
        return profile.zero_as_missing(value, scene.levels.cast[rows], self.neighbour, self.above_last)


class DensityInversion(Check):
    """See `qc.checks.profile.density_inversion`; a failure is one of the `variables` named."""

    kind: Literal["density_inversion"]
    variables: Annotated[tuple[Variable, ...], Field(strict=False, min_length=1)]
    threshold: float = Field(gt=0)

    def _failures(self, scene: Scene) -> Iterator[tuple[str, Mask]]:
        here = scene.levels
        known, SA, pt = here.water
        place = np.full(len(here.cast), -1)
        place[known] = np.arange(len(known))
        wanted = scene.usable["temperature"] & scene.usable["salinity"] & here.measured_with(self.instruments)
        place[~wanted] = -1
        rows = here.by_pressure[place[here.by_pressure] >= 0]
        result, at = np.zeros(len(here.cast), bool), place[rows]
        result[rows] = profile.density_inversion(SA[at], pt[at], here.pressure[rows], here.cast[rows], self.threshold)
        for variable in self.variables:
            yield variable, result


class FewLevels(Check):
    """Casts with fewer usable values of a variable than `least`: what checks along the vertical cannot judge."""

    kind: Literal["few_levels"]
    variables: Annotated[tuple[Variable, ...], Field(strict=False, min_length=1)]
    least: int = Field(gt=1)

    def _failures(self, scene: Scene) -> Iterator[tuple[str, Mask]]:
        cast = scene.levels.cast
        for variable in self.variables:
            count = np.bincount(cast[scene.usable[variable]], minlength=len(scene.levels.first))
            yield variable, (count < self.least)[cast] & scene.usable[variable]
