"""Kinds of checks along the vertical."""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from qc import profile
from qc.kinds.base import Check, Pair, Scene, Variable
from qc.levels import Floats, Integers, Mask


class Vertical(Check):
    """A check along the vertical of usable values, each variable for itself."""

    variables: Annotated[tuple[Variable, ...], Field(strict=False, min_length=1)]

    def _failures(self, scene: Scene) -> Iterator[tuple[str, Mask]]:
        here = scene.levels
        for variable in self.variables:
            wanted = scene.usable[variable] & np.isfinite(here.pressure)
            rows = here.by_pressure[wanted[here.by_pressure]]
            result = np.zeros(len(here.cast), bool)
            result[rows] = self._failed(here.values[variable][rows], here.pressure[rows], here.cast[rows])
            yield variable, result

    def _failed(self, value: Floats, pressure: Floats, cast: Integers) -> Mask:
        """Tell which of the usable levels, by cast and pressure, fail."""
        raise NotImplementedError


class SpikeOrGradient(Vertical):
    """See `qc.profile.exceeds`."""

    kind: Literal["spike", "gradient"]
    limits: Pair
    split: float
    max_gap: float = Field(gt=0)

    def _failed(self, value: Floats, pressure: Floats, cast: Integers) -> Mask:
        size = profile.spike_size(value) if self.kind == "spike" else profile.gradient_size(value)
        return profile.exceeds(size, pressure, cast, self.limits, self.split, self.max_gap)


class Stuck(Vertical):
    """See `qc.profile.stuck`."""

    kind: Literal["stuck"]
    levels: int = Field(gt=1)
    span: float
    floor: float

    def _failed(self, value: Floats, pressure: Floats, cast: Integers) -> Mask:
        return profile.stuck(value, pressure, cast, self.levels, self.span, self.floor)


class ZeroAsMissing(Vertical):
    """See `qc.profile.zero_as_missing`."""

    kind: Literal["zero_as_missing"]
    neighbour: float = Field(gt=0)

    def _failed(self, value: Floats, pressure: Floats, cast: Integers) -> Mask:
        return profile.zero_as_missing(value, cast, self.neighbour)
