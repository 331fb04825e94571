"""The kinds of checks a battery can hold: each binds thresholds, which are data, to the function that uses them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from qc import checks, profile, seawater
from qc.levels import Floats, Integers, IsLand, Levels, Mask
from qc.schema import VARIABLES

Variable = Literal["temperature", "salinity", "oxygen", "nitrate", "phosphate", "silicate"]
Pair = Annotated[tuple[float, float], Field(strict=False)]
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
    now : datetime64[ms]
        Dates after it are in the future.
    is_land : callable or None
        (degrees north, degrees east) to mask.
    """

    levels: Levels
    usable: dict[str, Mask]
    now: np.datetime64
    is_land: IsLand | None


class _Check(BaseModel):
    """What every check says of itself.

    Parameters
    ----------
    name : str
        Name of its bit.
    bit : int
        0 to 31, its place in the `<variable>_checks` columns.
    severity : {"suspect", "fail"}
        What its failure makes of a flag.
    enabled : bool
        Whether it runs.
    source : str
        Where its rule and thresholds come from.
    instruments : tuple of str, optional
        Instruments it applies to; all when left out.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    bit: int = Field(ge=0, le=31)
    severity: Literal["suspect", "fail"]
    enabled: bool
    source: str = Field(min_length=1)
    instruments: Names | None = None

    def failures(self, scene: Scene) -> Iterator[tuple[str, Mask]]:
        """Yield (variable, mask of shape (level,)): the levels at which values of that variable fail.

        Parameters
        ----------
        scene : Scene
            The table and its surroundings.
        """
        applies = scene.levels.measured_with(self.instruments)
        for variable, failed in self._failures(scene):
            yield variable, failed & applies

    def _failures(self, scene: Scene) -> Iterator[tuple[str, Mask]]:
        """Yield the same without regard to instruments."""
        raise NotImplementedError


class _OfPlace(_Check):
    """A check of where and when a level is: its failure is one of all variables there."""

    def _failures(self, scene: Scene) -> Iterator[tuple[str, Mask]]:
        failed = self._failed(scene)
        for variable in VARIABLES:
            yield variable, failed

    def _failed(self, scene: Scene) -> Mask:
        """Tell which levels fail, shape (level,)."""
        raise NotImplementedError


class OffGlobe(_OfPlace):
    """See `qc.checks.off_globe`."""

    kind: Literal["off_globe"]

    def _failed(self, scene: Scene) -> Mask:
        return checks.off_globe(scene.levels.latitude, scene.levels.longitude)


class NullIsland(_OfPlace):
    """See `qc.checks.null_island`."""

    kind: Literal["null_island"]

    def _failed(self, scene: Scene) -> Mask:
        return checks.null_island(scene.levels.latitude, scene.levels.longitude)


class OnLand(_OfPlace):
    """See `qc.checks.on_land`; does not run where no `is_land` is given."""

    kind: Literal["on_land"]

    def _failed(self, scene: Scene) -> Mask:
        here = scene.levels
        if scene.is_land is None:
            return np.zeros(len(here.cast), bool)
        return checks.on_land(here.latitude, here.longitude, here.cast, here.first, scene.is_land)


class ImpossibleDate(_OfPlace):
    """See `qc.checks.impossible_date`; the latest date is that of the run."""

    kind: Literal["impossible_date"]
    earliest: date

    def _failed(self, scene: Scene) -> Mask:
        return checks.impossible_date(scene.levels.time, np.datetime64(self.earliest), scene.now)


class NoDate(_OfPlace):
    """See `qc.checks.no_date`."""

    kind: Literal["no_date"]

    def _failed(self, scene: Scene) -> Mask:
        return checks.no_date(scene.levels.time)


class PressureRange(_OfPlace):
    """Pressures, dbar, outside `limits` or missing; see `qc.checks.outside`."""

    kind: Literal["pressure_range"]
    limits: Pair

    def _failed(self, scene: Scene) -> Mask:
        p = scene.levels.pressure
        return np.isnan(p) | checks.outside(p, *self.limits)


class PressureOrder(_OfPlace):
    """See `qc.profile.pressure_order`; pressures of 20 km of water and more are left to the range check."""

    kind: Literal["pressure_order"]

    def _failed(self, scene: Scene) -> Mask:
        here = scene.levels
        rows = here.delivered[(np.abs(here.pressure) < 2e4)[here.delivered]]
        result = np.zeros(len(here.cast), bool)
        result[rows] = profile.pressure_order(here.pressure[rows], here.cast[rows])
        return result


class Range(_Check):
    """Values outside their limits; see `qc.checks.outside`. Passing it makes a value evaluated."""

    kind: Literal["range"]
    limits: dict[Variable, Pair]

    def _failures(self, scene: Scene) -> Iterator[tuple[str, Mask]]:
        for variable, limits in self.limits.items():
            yield variable, checks.outside(scene.levels.values[variable], *limits)


class Saturation(_Check):
    """See `qc.checks.saturation_outside`: `percent` allowed within `layer`, dbar."""

    kind: Literal["saturation"]
    percent: Pair
    layer: Pair

    def _failures(self, scene: Scene) -> Iterator[tuple[str, Mask]]:
        here = scene.levels
        oxygen = np.where(scene.usable["oxygen"], here.values["oxygen"], np.nan)
        yield "oxygen", checks.saturation_outside(oxygen, here.solubility, here.pressure, self.percent, self.layer)


class UnitMisreport(_Check):
    """See `qc.checks.unit_misreport`; where T or S is unknown, solubility at 15 degC and 35 is the reference."""

    kind: Literal["unit_misreport"]
    ratios: Annotated[tuple[float, ...], Field(strict=False, min_length=1)]
    factor: float = Field(gt=1)
    surface: float = Field(gt=0)

    def _failures(self, scene: Scene) -> Iterator[tuple[str, Mask]]:
        here = scene.levels
        reference = np.where(np.isfinite(here.solubility), here.solubility, seawater.O2sol(35.0, 15.0))
        fits = (self.ratios, self.factor, self.surface)
        yield "oxygen", checks.unit_misreport(here.values["oxygen"], reference, here.pressure, here.cast, *fits)


class _Vertical(_Check):
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


class SpikeOrGradient(_Vertical):
    """See `qc.profile.exceeds`."""

    kind: Literal["spike", "gradient"]
    limits: Pair
    split: float
    max_gap: float = Field(gt=0)

    def _failed(self, value: Floats, pressure: Floats, cast: Integers) -> Mask:
        size = profile.spike_size(value) if self.kind == "spike" else profile.gradient_size(value)
        return profile.exceeds(size, pressure, cast, self.limits, self.split, self.max_gap)


class Stuck(_Vertical):
    """See `qc.profile.stuck`."""

    kind: Literal["stuck"]
    levels: int = Field(gt=1)
    span: float
    floor: float

    def _failed(self, value: Floats, pressure: Floats, cast: Integers) -> Mask:
        return profile.stuck(value, pressure, cast, self.levels, self.span, self.floor)


class ZeroAsMissing(_Vertical):
    """See `qc.profile.zero_as_missing`."""

    kind: Literal["zero_as_missing"]
    neighbour: float = Field(gt=0)

    def _failed(self, value: Floats, pressure: Floats, cast: Integers) -> Mask:
        return profile.zero_as_missing(value, cast, self.neighbour)


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
