"""Dates of ships that another reading, of the year or of day and month, puts back on the track of their cruise."""

from dataclasses import dataclass

import numpy as np

from qc.checks.cruises.tracks import Tracks, in_time
from qc.physics.sphere import distance
from qc.types import Floats, Integers, Mask

_YEAR = 365.25  # days


@dataclass(frozen=True)
class Limits:
    """What a ship can do.

    Parameters
    ----------
    gap : float
        Days without a cast after which a cruise falls apart.
    body : float
        Least share of a cruise's casts in its body.
    length : float
        Longest body, days.
    pause : float
        Days between the rest of a cruise and casts that are put before or behind it.
    speed, reach : float
        km/day, and km that need no time.
    station : float
        Casts closer than this are at one station, km.
    """

    gap: float
    body: float
    length: float
    pause: float
    speed: float
    reach: float
    station: float


def in_year(day: Floats, years: int) -> Floats:
    """Move dates by whole years, keeping month, day and time of day.

    Parameters
    ----------
    day : floats, any shape
        Days since 1970.
    years : int
        To add.

    Returns
    -------
    floats of that shape
        The 29 February becomes the 1 March where a year has none.

    Examples
    --------
    >>> in_year(np.array([0.25, 789.0]), 2).tolist()  # 1 January 1970, 29 February 1972
    [730.25, 1520.0]
    """
    whole = np.floor(day).astype("datetime64[D]")
    month = whole.astype("datetime64[M]")
    return np.asarray(
        (month + 12 * years).astype("datetime64[D]").astype(float) + (day - month.astype("datetime64[D]").astype(float))
    )


def exchanged(day: Floats) -> Floats:
    """Read the day of dates as month and the month as day.

    Parameters
    ----------
    day : floats, any shape
        Days since 1970.

    Returns
    -------
    floats of that shape
        NaN where the day is not the number of another month.

    Examples
    --------
    >>> exchanged(np.array([31.25, 0.0, 20.0])).tolist()  # 1 February, 1 January, 21 January 1970
    [1.25, nan, nan]
    """
    whole = np.floor(day).astype("datetime64[D]")
    month, year = whole.astype("datetime64[M]"), whole.astype("datetime64[Y]")
    number = (month - year.astype("datetime64[M]")).astype(int)
    of_month = (whole - month.astype("datetime64[D]")).astype(int)
    other = (year.astype("datetime64[M]") + of_month).astype("datetime64[D]").astype(float) + number
    return np.where((of_month < 12) & (of_month != number), other + (day - np.floor(day)), np.nan)


def misread_dates(track: Tracks, among: Mask, limits: Limits) -> Mask:
    """Find casts that are dated apart from their cruise and fit into its track once their date is read otherwise.

    In order of time a cruise falls apart at its gaps; its body is the part with the share `body` of the casts. Another
    part has a wrong year if it fits into or onto the body when it is moved by whole years; it has day and month
    exchanged if all of it fits into the body when they are exchanged back. A cast fits if the ship had time to come
    from the cast before it and to go on to the next one. Parts that visit the stations of the body again are repeats
    of it in another year, and true. Which of two parts is wrong is known from the number of their casts only.

    Parameters
    ----------
    track : Tracks
        Casts of cruises.
    among : mask, shape (cast,)
        Casts of ships to compare; those without place or date are left out in any case.
    limits : Limits
        What a ship can do.

    Returns
    -------
    mask, shape (cast,)
        Never half of a cruise or more.
    """
    result = np.zeros(len(track.day), bool)
    order = in_time(track, among & track.placed())
    cruise, day = track.cruise[order], track.day[order]
    apart = (np.diff(day) > limits.gap) & (cruise[1:] == cruise[:-1])
    for number in np.unique(cruise[1:][apart]):
        begin, end = np.searchsorted(cruise, [number, number + 1])
        rows = order[begin:end]
        part = np.r_[0, np.cumsum(apart[begin : end - 1])]
        body = rows[part == np.bincount(part).argmax()]
        if len(body) > limits.body * len(rows) and np.ptp(track.day[body]) <= limits.length:
            for other in np.unique(part):
                mine = rows[part == other]
                if not np.isin(mine[0], body):
                    result[mine] = _misread(track, body, mine, limits)
    return result


def _misread(track: Tracks, body: Integers, mine: Integers, limits: Limits) -> Mask:
    """Tell which casts of a part were misread."""
    day, middle = track.day[mine], np.median(track.day[body])
    away = distance(
        track.latitude[mine][:, None], track.longitude[mine][:, None], track.latitude[body], track.longitude[body]
    )
    new = away.min(axis=1) > limits.station
    years = round((middle - np.median(day)) / _YEAR)
    if years and 2 * new.sum() >= len(new) and _fits(track, body, mine, in_year(day, years), limits).mean() >= 0.9:
        return np.ones(len(mine), bool)
    other = exchanged(day)
    inside = (other > track.day[body].min()) & (other < track.day[body].max()) & new
    return np.full(len(mine), inside.all() and _fits(track, body, mine, other, limits).all())


def _fits(track: Tracks, body: Integers, mine: Integers, day: Floats, limits: Limits) -> Mask:
    """Tell which casts of a part a ship can have taken on other days, between those of the body."""
    rows, days = np.r_[body, mine], np.r_[track.day[body], day]
    order = np.argsort(days, kind="stable")
    here, there = rows[order[:-1]], rows[order[1:]]
    slack = track.slack[here] + track.slack[there]
    step = distance(track.latitude[here], track.longitude[here], track.latitude[there], track.longitude[there])
    time = np.diff(days[order])
    # inside the body pauses are as they are
    first, last = track.day[body].min(), track.day[body].max()
    outside = (days[order[:-1]] < first) | (days[order[1:]] > last)
    joint = np.diff(order < len(body))
    if (outside & joint & (time > limits.pause)).any():
        return np.zeros(len(mine), bool)
    agrees = step <= np.maximum(limits.reach, limits.speed * (time + slack))
    both = np.r_[True, agrees] & np.r_[agrees, True]
    result = np.zeros(len(rows), bool)
    result[order] = both
    return result[len(body) :]
