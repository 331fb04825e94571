"""Checks of position and date."""

from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from qc.checks.base import AllVariablesCheck, CheckInput
from qc.physics.sphere import off_globe
from qc.types import Floats, Integers, IsLand, Mask


class OffGlobe(AllVariablesCheck):
    """See `qc.physics.sphere.off_globe`; a missing position, which says nothing about a value, passes."""

    subject = "position"
    kind: Literal["off_globe"]

    @property
    def evaluates(self) -> tuple[str, ...]:
        """The position."""
        return self.flagged

    def _failed(self, data: CheckInput) -> Mask:
        north, east = data.levels.latitude, data.levels.longitude
        return off_globe(north, east) & ~no_position(north, east)


class NoPosition(AllVariablesCheck):
    """See `qc.checks.position.no_position`."""

    kind: Literal["no_position"]

    def _failed(self, data: CheckInput) -> Mask:
        return no_position(data.levels.latitude, data.levels.longitude)


class NullIsland(AllVariablesCheck):
    """See `qc.checks.position.null_island`."""

    subject = "position"
    kind: Literal["null_island"]

    def _failed(self, data: CheckInput) -> Mask:
        return null_island(data.levels.latitude, data.levels.longitude)


class OnLand(AllVariablesCheck):
    """See `qc.checks.position.on_land`; does not run where no `is_land` is given."""

    subject = "position"
    kind: Literal["on_land"]

    def _failed(self, data: CheckInput) -> Mask:
        levels = data.levels
        if data.is_land is None:
            return np.zeros(len(levels.cast), bool)
        return on_land(levels.latitude, levels.longitude, levels.cast, levels.first, data.is_land)


class ImpossibleDate(AllVariablesCheck):
    """See `qc.checks.position.impossible_date`; the latest date is that of the run."""

    subject = "date"
    kind: Literal["impossible_date"]
    earliest: date

    @property
    def evaluates(self) -> tuple[str, ...]:
        """The date."""
        return self.flagged

    def _failed(self, data: CheckInput) -> Mask:
        return impossible_date(data.levels.time, np.datetime64(self.earliest), data.now)


class NoDate(AllVariablesCheck):
    """See `qc.checks.position.no_date`."""

    kind: Literal["no_date"]

    def _failed(self, data: CheckInput) -> Mask:
        return no_date(data.levels.time)


def no_position(latitude: Floats, longitude: Floats) -> Mask:
    """Find positions that are missing; to the checks one that its archive flags bad is missing too.

    Parameters
    ----------
    latitude, longitude : floats, any shape
        Degrees north, degrees east.

    Returns
    -------
    mask of that shape
        True where either is NaN.
    """
    return np.asarray(np.isnan(latitude) | np.isnan(longitude))


def null_island(latitude: Floats, longitude: Floats) -> Mask:
    """Find positions at exactly 0 N 0 E, which are more often unfilled fields than stations.

    Parameters
    ----------
    latitude, longitude : floats, any shape
        Degrees north, degrees east.

    Returns
    -------
    mask of that shape
        True at 0 N 0 E.
    """
    return np.asarray((latitude == 0) & (longitude == 0))


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


def impossible_date(time: NDArray[np.datetime64], earliest: np.datetime64, latest: np.datetime64) -> Mask:
    """Find dates before the first oxygen measurements or after the run (Argo test 2, with other bounds).

    Parameters
    ----------
    time : datetime64, any shape
        UTC; NaT, a missing date, passes: `no_date` finds it.
    earliest, latest : datetime64
        Bounds, themselves allowed.

    Returns
    -------
    mask of the shape of `time`
        True outside the bounds.
    """
    return (time < earliest) | (time > latest)


def no_date(time: NDArray[np.datetime64]) -> Mask:
    """Find missing dates.

    Parameters
    ----------
    time : datetime64, any shape
        UTC.

    Returns
    -------
    mask of that shape
        True where it is NaT.
    """
    return np.isnat(time)
