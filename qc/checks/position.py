"""Kinds of checks of where and when a level is."""

from datetime import date
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from qc.checks import gross as checks
from qc.checks import profile
from qc.checks.base import OfPlace, Pair, Scene
from qc.table.profiles import Mask


class OffGlobe(OfPlace):
    """See `qc.checks.gross.off_globe`."""

    kind: Literal["off_globe"]

    def _failed(self, scene: Scene) -> Mask:
        return checks.off_globe(scene.levels.latitude, scene.levels.longitude)


class NullIsland(OfPlace):
    """See `qc.checks.gross.null_island`."""

    kind: Literal["null_island"]

    def _failed(self, scene: Scene) -> Mask:
        return checks.null_island(scene.levels.latitude, scene.levels.longitude)


class OnLand(OfPlace):
    """See `qc.checks.gross.on_land`; does not run where no `is_land` is given."""

    kind: Literal["on_land"]

    def _failed(self, scene: Scene) -> Mask:
        here = scene.levels
        if scene.is_land is None:
            return np.zeros(len(here.cast), bool)
        return checks.on_land(here.latitude, here.longitude, here.cast, here.first, scene.is_land)


class BelowFloor(OfPlace):
    """See `qc.checks.gross.below_floor`; does not run where no `floor` is given.

    Only pressures at which some value is usable count: a wrong one does not condemn its cast.
    """

    kind: Literal["below_floor"]
    margin: float = Field(ge=0)
    share: float = Field(ge=0)
    slope: float = Field(ge=0)

    def _failed(self, scene: Scene) -> Mask:
        here = scene.levels
        if scene.floor is None:
            return np.zeros(len(here.cast), bool)
        pressure = np.where(np.logical_or.reduce(list(scene.usable.values())), here.pressure, np.nan)
        place = (here.latitude, here.longitude, pressure, here.cast, here.first)
        return checks.below_floor(*place, scene.floor, self.margin, self.share, self.slope)


class ImpossibleDate(OfPlace):
    """See `qc.checks.gross.impossible_date`; the latest date is that of the run."""

    kind: Literal["impossible_date"]
    earliest: date

    def _failed(self, scene: Scene) -> Mask:
        return checks.impossible_date(scene.levels.time, np.datetime64(self.earliest), scene.now)


class NoDate(OfPlace):
    """See `qc.checks.gross.no_date`."""

    kind: Literal["no_date"]

    def _failed(self, scene: Scene) -> Mask:
        return checks.no_date(scene.levels.time)


class PressureRange(OfPlace):
    """Pressures, dbar, outside `limits` or missing; see `qc.checks.gross.outside`."""

    kind: Literal["pressure_range"]
    limits: Pair

    def _failed(self, scene: Scene) -> Mask:
        p = scene.levels.pressure
        return np.isnan(p) | checks.outside(p, *self.limits)


class PressureOrder(OfPlace):
    """See `qc.checks.profile.pressure_order`; pressures of 20 km of water and more are left to the range check.

    `heave` gives, by instrument, the dbar by which a level must lie back to fail; others fail when they are equal.
    """

    kind: Literal["pressure_order"]
    heave: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)

    def _failed(self, scene: Scene) -> Mask:
        here = scene.levels
        rows = here.delivered[(np.abs(here.pressure) < 2e4)[here.delivered]]
        reversal = np.array([self.heave.get(name, 0.0) for name in (*here.instruments, "")])[here.instrument]
        result = np.zeros(len(here.cast), bool)
        result[rows] = profile.pressure_order(here.pressure[rows], here.cast[rows], reversal[rows])
        return result
