"""Checks of pressure: range, order within a cast, and depth of the sea floor."""

from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from qc.checks import values
from qc.checks.base import AllVariablesCheck, CheckInput, Pair
from qc.physics import seawater
from qc.physics.sphere import off_globe
from qc.table.profiles import same_cast
from qc.types import Floats, Floor, Integers, Mask


class BelowFloor(AllVariablesCheck):
    """See `qc.checks.pressure.below_floor`; does not run where no `floor` is given.

    Only pressures at which some value is usable count: a wrong one does not flag its cast.
    """

    kind: Literal["below_floor"]
    margin: float = Field(ge=0)
    share: float = Field(ge=0)
    slope: float = Field(ge=0)

    def _failed(self, data: CheckInput) -> Mask:
        levels = data.levels
        if data.floor is None:
            return np.zeros(len(levels.cast), bool)
        pressure = np.where(np.logical_or.reduce(list(data.usable.values())), levels.pressure, np.nan)
        place = (levels.latitude, levels.longitude, pressure, levels.cast, levels.first)
        return below_floor(*place, data.floor, self.margin, self.share, self.slope)


class PressureRange(AllVariablesCheck):
    """Pressures, dbar, outside `limits` or missing; see `qc.checks.values.outside`."""

    kind: Literal["pressure_range"]
    limits: Pair

    def _failed(self, data: CheckInput) -> Mask:
        p = data.levels.pressure
        return np.isnan(p) | values.outside(p, *self.limits)


class PressureOrder(AllVariablesCheck):
    """See `qc.checks.pressure.pressure_order`; pressures of 20 km of water and more are left to the range check.

    `heave` gives, by instrument, the dbar by which a level must lie back to fail; others fail when they are equal.
    """

    kind: Literal["pressure_order"]
    heave: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)

    def _failed(self, data: CheckInput) -> Mask:
        levels = data.levels
        rows = levels.delivered[(np.abs(levels.pressure) < 2e4)[levels.delivered]]
        reversal = np.array([self.heave.get(name, 0.0) for name in (*levels.instruments, "")])[levels.instrument]
        result = np.zeros(len(levels.cast), bool)
        result[rows] = pressure_order(levels.pressure[rows], levels.cast[rows], reversal[rows])
        return result


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
    """Find casts that reach below the sea floor: position or depth is wrong.

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
        How far a cast may reach below it, because reliefs are coarse: dbar, plus a share of the depth of the sea
        floor, plus a share of that difference.

    Returns
    -------
    mask, shape (level,)
        All levels of a cast whose deepest one lies below the sea floor by more than that.
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


def pressure_order(pressure: Floats, cast: Integers, reversal: Floats) -> Mask:
    """Find levels that do not go on in their cast's direction, up or down (Argo test 8).

    Argo flags every level that does not exceed all before it, and so, after one level that is far too deep, the rest
    of the cast. Here only the level itself is flagged if it is out of order with its neighbours, while these are in
    order with each other and with theirs. The remaining disorder falls into tangles, which are in order with each
    other. In each, Argo's levels are flagged, or the levels that lie below them, if these are at most half as many.

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

    Examples
    --------
    >>> pressure = np.array([10.0, 20, 30, 4000, 50, 60])
    >>> np.flatnonzero(pressure_order(pressure, np.zeros(6, int), np.zeros(6))).tolist()
    [3]
    """
    if len(pressure) == 0:
        return np.zeros(0, bool)
    lifted = _lifted(pressure, cast, reversal)
    padded = np.r_[-np.inf, lifted, np.inf]
    follows = np.r_[True, lifted[:-1] - lifted[1:] < reversal[1:], True]
    astray = ~(follows[:-1] & follows[1:]) & (padded[:-2] - padded[2:] < reversal)  # in order without it
    # where a neighbour is astray too, or out of order with the one beyond, either of them may be wrong
    joined = same_cast(cast)
    result = astray.copy()
    result[1:] &= ~joined | (~astray[:-1] & follows[:-2])
    result[:-1] &= ~joined | (~astray[1:] & follows[2:])
    left = np.flatnonzero(~result)
    result[left] = _tangled(lifted[left], reversal[left])
    return np.asarray(result)


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
    return np.asarray(direction[number] * pressure + height * number)


def _tangled(lifted: Floats, reversal: Floats) -> Mask:
    """Find levels without which the others increase, shape (level,): see `pressure_order`."""
    before = np.r_[-np.inf, np.maximum.accumulate(lifted)[:-1]]
    after = np.r_[np.minimum.accumulate(lifted[::-1])[::-1][1:], np.inf]
    late, early = before - lifted >= reversal, lifted - after >= reversal
    # a tangle ends where all so far are in order with all that follow
    tangle = np.cumsum(np.r_[False, (np.maximum(before, lifted) - after < reversal)[:-1]])
    count_late, count_early = (np.bincount(tangle, mask) for mask in (late, early))
    return np.asarray(np.where((2 * count_early <= count_late)[tangle], early, late))
