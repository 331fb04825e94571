"""Kinds of checks of where and when a level is."""

from datetime import date
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from qc.checks import values
from qc.checks.base import OfPlace, Pair, Scene
from qc.physics import seawater, sphere
from qc.physics.sphere import off_globe
from qc.table.profiles import same_cast
from qc.types import Floats, Floor, Integers, IsLand, Mask


class OffGlobe(OfPlace):
    """See `qc.physics.sphere.off_globe`."""

    kind: Literal["off_globe"]

    def _failed(self, scene: Scene) -> Mask:
        return sphere.off_globe(scene.levels.latitude, scene.levels.longitude)


class NullIsland(OfPlace):
    """See `qc.checks.position.null_island`."""

    kind: Literal["null_island"]

    def _failed(self, scene: Scene) -> Mask:
        return null_island(scene.levels.latitude, scene.levels.longitude)


class OnLand(OfPlace):
    """See `qc.checks.position.on_land`; does not run where no `is_land` is given."""

    kind: Literal["on_land"]

    def _failed(self, scene: Scene) -> Mask:
        here = scene.levels
        if scene.is_land is None:
            return np.zeros(len(here.cast), bool)
        return on_land(here.latitude, here.longitude, here.cast, here.first, scene.is_land)


class BelowFloor(OfPlace):
    """See `qc.checks.position.below_floor`; does not run where no `floor` is given.

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
        return below_floor(*place, scene.floor, self.margin, self.share, self.slope)


class ImpossibleDate(OfPlace):
    """See `qc.checks.position.impossible_date`; the latest date is that of the run."""

    kind: Literal["impossible_date"]
    earliest: date

    def _failed(self, scene: Scene) -> Mask:
        return impossible_date(scene.levels.time, np.datetime64(self.earliest), scene.now)


class NoDate(OfPlace):
    """See `qc.checks.position.no_date`."""

    kind: Literal["no_date"]

    def _failed(self, scene: Scene) -> Mask:
        return no_date(scene.levels.time)


class PressureRange(OfPlace):
    """Pressures, dbar, outside `limits` or missing; see `qc.checks.values.outside`."""

    kind: Literal["pressure_range"]
    limits: Pair

    def _failed(self, scene: Scene) -> Mask:
        p = scene.levels.pressure
        return np.isnan(p) | values.outside(p, *self.limits)


class PressureOrder(OfPlace):
    """See `qc.checks.position.pressure_order`; pressures of 20 km of water and more are left to the range check.

    `heave` gives, by instrument, the dbar by which a level must lie back to fail; others fail when they are equal.
    """

    kind: Literal["pressure_order"]
    heave: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)

    def _failed(self, scene: Scene) -> Mask:
        here = scene.levels
        rows = here.delivered[(np.abs(here.pressure) < 2e4)[here.delivered]]
        reversal = np.array([self.heave.get(name, 0.0) for name in (*here.instruments, "")])[here.instrument]
        result = np.zeros(len(here.cast), bool)
        result[rows] = pressure_order(here.pressure[rows], here.cast[rows], reversal[rows])
        return result


def null_island(latitude: Floats, longitude: Floats) -> Mask:
    """Find positions at exactly 0 N 0 E, which are more often unfilled fields than stations.

    Parameters
    ----------
    latitude, longitude : floats, any shape
        Degrees north, degrees east.
    """
    return (latitude == 0) & (longitude == 0)


def on_land(latitude: Floats, longitude: Floats, cast: Integers, first: Integers, is_land: IsLand) -> Mask:
    """Find casts whose first position is on land (Argo test 4).

    Parameters
    ----------
    latitude, longitude : floats, shape (level,)
        Degrees north, degrees east.
    cast : integers, shape (level,)
        Number of the cast.
    first : integers, shape (cast,)
        First row of each cast.
    is_land : callable
        (degrees north, degrees east) to mask; called once, with one position a cast, of those on the globe.

    Returns
    -------
    mask, shape (level,)
        All levels of a cast on land.
    """
    lat, lon = latitude[first], longitude[first]
    known = ~off_globe(lat, lon)
    result = np.zeros(len(first), bool)
    if known.any():
        result[known] = np.asarray(is_land(lat[known], lon[known]), bool)
    return result[cast]


def below_floor(
    latitude: Floats,
    longitude: Floats,
    pressure: Floats,
    cast: Integers,
    first: Integers,
    floor: Floor,
    margin: float,
    share: float,
    slope: float,
) -> Mask:
    """Find casts that reach below the sea floor: place or depth is wrong.

    Parameters
    ----------
    latitude, longitude, pressure : floats, shape (level,)
        Degrees north, degrees east, dbar.
    cast : integers, shape (level,)
        Number of the cast.
    first : integers, shape (cast,)
        First row of each cast.
    floor : callable
        (degrees north, degrees east) to depth of the sea floor, m, 0 on land, NaN where unknown, and how much it
        differs round about, m; called once, with one position a cast, of those on the globe.
    margin, share, slope : float
        How far, in dbar, as a share of the floor's depth and as a share of that difference, all added, a cast may
        reach below it: reliefs are coarse.

    Returns
    -------
    mask, shape (level,)
        All levels of a cast whose deepest one lies below the floor by more than that.
    """
    lat, lon = latitude[first], longitude[first]
    known = ~off_globe(lat, lon)
    deepest = np.full(len(first), -np.inf)
    np.maximum.at(deepest, cast, np.nan_to_num(pressure, nan=-np.inf))
    result = np.zeros(len(first), bool)
    if known.any():
        depth, difference = (np.asarray(part, float) for part in floor(lat[known], lon[known]))
        lowest = seawater.pressure(depth * (1 + share) + difference * slope, lat[known])
        result[known] = deepest[known] > lowest + margin
    return result[cast]


def impossible_date(time: NDArray[np.datetime64], earliest: np.datetime64, latest: np.datetime64) -> Mask:
    """Find dates before the first oxygen measurements or after the run (Argo test 2, with other bounds).

    Parameters
    ----------
    time : datetime64, any shape
        UTC; NaT, a missing date, passes: `no_date` finds it.
    earliest, latest : datetime64
        Bounds, themselves allowed.
    """
    return (time < earliest) | (time > latest)


def no_date(time: NDArray[np.datetime64]) -> Mask:
    """Find missing dates; `time` is datetime64 of any shape."""
    return np.isnat(time)


def pressure_order(pressure: Floats, cast: Integers, reversal: Floats) -> Mask:
    """Find levels that do not go on in their cast's direction, up or down (Argo test 8).

    Argo accuses every level that does not exceed all before it, and so, after one level that is far too deep, the rest
    of the cast. Here a level that is out of order with its neighbours, while these are in order with each other and
    with theirs, is accused alone. What disorder is left falls into tangles, which are in order with each other. Of
    each, Argo's levels are accused, or else the levels that lie below them, if these are at most half as many.

    Parameters
    ----------
    pressure : floats, shape (level,)
        dbar, as delivered, none missing.
    cast : integers, shape (level,)
        Number of the cast, grouped.
    reversal : floats, shape (level,)
        How far back, dbar, a level must be of one before it to be out of order, the same throughout a cast: 0, where
        equal pressures are (Argo); more for a sensor that moves up and down with its ship at a stop.

    Returns
    -------
    mask, shape (level,)
        Without these levels no level lies so far back, in the direction in which most of the cast goes, of one before.
    """
    if len(pressure) == 0:
        return np.zeros(0, bool)
    lifted = _lifted(pressure, cast, reversal)
    padded = np.r_[-np.inf, lifted, np.inf]
    follows = np.r_[True, lifted[:-1] - lifted[1:] < reversal[1:], True]
    astray = ~(follows[:-1] & follows[1:]) & (padded[:-2] - padded[2:] < reversal)  # in order without it
    # where a neighbour is astray too, or out of order with the one beyond, nobody knows which of them is wrong
    joined = same_cast(cast)
    result = astray.copy()
    result[1:] &= ~joined | (~astray[:-1] & follows[:-2])
    result[:-1] &= ~joined | (~astray[1:] & follows[2:])
    left = np.flatnonzero(~result)
    result[left] = _tangled(lifted[left], reversal[left])
    return result


def _lifted(pressure: Floats, cast: Integers, reversal: Floats) -> Floats:
    """Pressure in the direction of each cast, and each cast above the one before: one axis for all."""
    joined = same_cast(cast)
    step = np.zeros(len(pressure))
    # a step counts for no more than one, however wrong it is, and less where it may be heave
    step[1:] = np.where(joined, np.clip(np.diff(pressure) / np.maximum(reversal[1:], 1e-12), -1, 1), 0)
    starts = np.flatnonzero(np.r_[True, ~joined])
    direction = np.where(np.add.reduceat(step, starts) < 0, -1.0, 1.0)
    number = np.cumsum(np.r_[False, ~joined])
    height = 2 * (np.abs(pressure).max() + 1)
    return direction[number] * pressure + height * number


def _tangled(lifted: Floats, reversal: Floats) -> Mask:
    """Find levels without which the others increase, shape (level,): see `pressure_order`."""
    before = np.r_[-np.inf, np.maximum.accumulate(lifted)[:-1]]
    after = np.r_[np.minimum.accumulate(lifted[::-1])[::-1][1:], np.inf]
    late, early = before - lifted >= reversal, lifted - after >= reversal
    # a tangle ends where all so far are in order with all that follow
    tangle = np.cumsum(np.r_[False, (np.maximum(before, lifted) - after < reversal)[:-1]])
    count_late, count_early = (np.bincount(tangle, mask) for mask in (late, early))
    return np.where((2 * count_early <= count_late)[tangle], early, late)
