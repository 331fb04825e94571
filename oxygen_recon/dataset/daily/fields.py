"""Daily fields on one horizontal grid, channel by channel, and the windows of days without a gap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats, Ints, Mask
from qc.errors import InputError

Dates = NDArray[np.datetime64]
_DAY = np.timedelta64(1, "D")
_BLOCK = 1 << 24  # values that are looked at together: 64 MiB of float32


@dataclass(frozen=True)
class Channel:
    """One quantity at one depth.

    Parameters
    ----------
    name : str
        "temperature", "eastward_velocity", ...
    depth : float or None
        m, positive down; None for a field of the surface without a depth, as sea surface height.
    unit : str
        Of its values.

    Examples
    --------
    >>> print(Channel("temperature", 10.0, "degC"))
    temperature at 10 m
    """

    name: str
    depth: float | None
    unit: str

    def __str__(self) -> str:
        """Name and depth, for messages and tables."""
        return self.name if self.depth is None else f"{self.name} at {self.depth:g} m"


@dataclass(frozen=True)
class DailyFields:
    """Days of ocean fields; never NaN: on land are values that no score counts.

    Parameters
    ----------
    values : float32 array, shape (day, channel, latitude, longitude)
        Units of the channels; land is filled (`oxygen_recon.dataset.daily.land.fill_land`). May be mapped from a file.
    ocean : bool array, shape (channel, latitude, longitude)
        What is ocean, by channel and so by depth.
    dates : datetime64[D] array, shape (day,)
        Strictly increasing; more than a day apart where days are missing.
    latitude, longitude : float64 array
        Degrees north and east, each strictly monotone.
    channels : tuple of Channel
        No two of one name and depth.

    Raises
    ------
    InputError
        If shapes disagree, dates or axes are not monotone, a channel is named twice or has no ocean, or a value is NaN.

    Examples
    --------
    >>> days = np.array(["2002-01-01", "2002-01-02", "2002-01-05"], "datetime64[D]")
    >>> speed = Channel("eastward_velocity", 0.0, "m s-1")
    >>> axes = np.array([-40.0, -39.0]), np.array([15.0, 16.0, 17.0])
    >>> some = DailyFields(np.zeros((3, 1, 2, 3), np.float32), np.ones((1, 2, 3), bool), days, *axes, (speed,))
    >>> some.index("eastward_velocity"), some.runs
    (0, [(0, 2), (2, 3)])
    """

    values: NDArray[np.float32]
    ocean: Mask
    dates: Dates
    latitude: Floats
    longitude: Floats
    channels: tuple[Channel, ...]

    def __post_init__(self) -> None:
        """Refuse what is not days of fields on one grid."""
        shape = (self.dates.size, len(self.channels), self.latitude.size, self.longitude.size)
        if self.values.shape != shape or self.values.dtype != np.float32:
            what = f"values {self.values.shape} {self.values.dtype}, not {shape} float32"
            raise InputError(what, "daily fields", "give (day, channel, latitude, longitude)")
        if self.ocean.shape != shape[1:] or self.ocean.dtype != np.bool_:
            what = f"mask of the ocean {self.ocean.shape} {self.ocean.dtype}, not {shape[1:]} bool"
            raise InputError(what, "daily fields", "give one mask a channel")
        _check_dates(self.dates)
        for name, points in (("latitude", self.latitude), ("longitude", self.longitude)):
            steps = np.diff(points)
            if not (np.all(steps > 0) or np.all(steps < 0)):
                raise InputError(f"{name} is not monotone", "daily fields", "order its points")
        _check_channels(self.channels, self.ocean)
        for days in blocks(self):
            if not np.isfinite(self.values[days]).all():
                day, channel = np.argwhere(~np.isfinite(self.values[days]).all(axis=(2, 3)))[0]
                what = f"missing values of {self.channels[channel]} on {self.dates[days][day]}"
                raise InputError(what, "daily fields", "fill land, and leave out days with gaps in the ocean")

    @cached_property
    def runs(self) -> list[tuple[int, int]]:
        """First day and the day after the last of each stretch without a missing day."""
        cut = np.flatnonzero(np.diff(self.dates) != _DAY) + 1
        edges = [0, *cut.tolist(), self.dates.size]
        return list(pairwise(edges))

    def index(self, name: str, depth: float | None = None) -> int:
        """Find a channel.

        Parameters
        ----------
        name : str
            Its quantity.
        depth : float, optional
            m; may be left out where the quantity has one channel.

        Returns
        -------
        int

        Raises
        ------
        InputError
            If there is none, or more than one.
        """
        found = [i for i, one in enumerate(self.channels) if one.name == name and depth in (None, one.depth)]
        if len(found) != 1:
            asked = str(Channel(name, depth, ""))
            what = f"no channel {asked}" if not found else f"{len(found)} channels {asked}"
            raise InputError(what, "daily fields", f"there are {', '.join(map(str, self.channels))}")
        return found[0]

    def places(self, dates: Dates) -> Ints:
        """Find days by their dates.

        Parameters
        ----------
        dates : datetime64[D] array
            In any order.

        Returns
        -------
        int array
            Numbers of the days.

        Raises
        ------
        InputError
            If a date is not among the days.
        """
        dates = np.asarray(dates, "datetime64[D]")
        place = np.minimum(np.searchsorted(self.dates, dates), self.dates.size - 1)
        if (missing := self.dates[place] != dates).any():
            what = f"no field of {dates[missing][0]}"
            raise InputError(what, "daily fields", f"the days are {self.dates[0]} to {self.dates[-1]}")
        return place

    def during(self, dates: Dates) -> DailyFields:
        """Take some of the days.

        Parameters
        ----------
        dates : datetime64[D] array
            Strictly increasing, all among the days.

        Returns
        -------
        DailyFields
        """
        place = self.places(dates)
        return replace(self, values=self.values[place], dates=self.dates[place])


def windows(fields: DailyFields, length: int, among: Dates | None = None) -> Ints:
    """List the windows of consecutive days.

    Parameters
    ----------
    fields : DailyFields
        The days.
    length : int
        Days of a window, its first included: 1 + leads.
    among : datetime64[D] array, optional
        Every day of a window is one of these; all days when left out.

    Returns
    -------
    int64 array
        Number of the first day of each window, increasing. No window has a gap in it.

    Examples
    --------
    >>> days = np.array(["2002-01-01", "2002-01-02", "2002-01-05", "2002-01-06"], "datetime64[D]")
    >>> axes = np.array([-40.0, -39.0]), np.array([15.0])
    >>> height = (Channel("sea_surface_height", None, "m"),)
    >>> some = DailyFields(np.zeros((4, 1, 2, 1), np.float32), np.ones((1, 2, 1), bool), days, *axes, height)
    >>> windows(some, 2)
    array([0, 2])
    """
    if length < 1:
        raise ValueError(f"a window of {length} days")
    allowed = np.ones(fields.dates.size, bool) if among is None else np.isin(fields.dates, among)
    starts = np.arange(max(fields.dates.size - length + 1, 0))
    whole = fields.dates[starts + length - 1] - fields.dates[starts] == (length - 1) * _DAY
    before = np.append(0, np.cumsum(allowed))
    found: Ints = starts[whole & (before[starts + length] - before[starts] == length)]
    return found


def blocks(fields: DailyFields) -> Iterator[slice]:
    """Divide the days into parts that fit into memory, where values are mapped from a file.

    Parameters
    ----------
    fields : DailyFields
        The days.

    Yields
    ------
    slice
        Of consecutive days, in order; together all of them.
    """
    size = max(1, _BLOCK // max(1, int(np.prod(fields.values.shape[1:]))))
    for first in range(0, fields.dates.size, size):
        yield slice(first, min(first + size, fields.dates.size))


def exclude(training: Dates, tested: Dates, what: str) -> None:
    """Refuse test days among the training days.

    Parameters
    ----------
    training : datetime64[D] array
        Days that statistics or weights were made from.
    tested : datetime64[D] array
        Days that a forecast is scored on.
    what : str
        What was made from them, for the message.

    Raises
    ------
    InputError
        If a day is in both.

    Examples
    --------
    >>> exclude(np.array(["2002-01-01"], "datetime64[D]"), np.array(["2002-01-01"], "datetime64[D]"), "scaling")
    Traceback (most recent call last):
    qc.errors.InputError: scaling: 1 of its training days are test days, 2002-01-01 first; make it without them
    """
    both = np.intersect1d(np.asarray(training, "datetime64[D]"), np.asarray(tested, "datetime64[D]"))
    if both.size:
        raise InputError(
            f"{both.size} of its training days are test days, {both[0]} first", what, "make it without them"
        )


def _check_dates(dates: Dates) -> None:
    """Refuse no dates, dates of another resolution, and dates that do not increase."""
    if dates.dtype != np.dtype("datetime64[D]") or dates.ndim != 1 or not dates.size or np.isnat(dates).any():
        raise InputError(f"dates {dates.shape} {dates.dtype}", "daily fields", "give one datetime64[D] a day")
    if (steps := np.diff(dates) < _DAY).any():
        again = dates[1:][steps][0]
        what = "given twice" if (dates == again).sum() > 1 else "out of order"
        raise InputError(f"{again} is {what}", "daily fields", "give each day once, in order")


def _check_channels(channels: tuple[Channel, ...], ocean: Mask) -> None:
    """Refuse a channel that is there twice, or on land everywhere."""
    named = [(one.name, one.depth) for one in channels]
    for i, one in enumerate(channels):
        if named.count(named[i]) > 1:
            raise InputError(f"two channels {one}", "daily fields", "give each once")
        if not ocean[i].any():
            raise InputError(f"{one} has no ocean", "daily fields", "leave the channel out, or take a larger region")
