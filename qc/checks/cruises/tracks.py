"""Tracks of ships and floats: casts whose position or date contradicts the other casts of their cruise."""

from dataclasses import dataclass

import numpy as np

from qc.physics.sphere import distance, off_globe
from qc.physics.statistics import median_by_group
from qc.types import Floats, Integers, Mask

DAY = 86_400_000  # milliseconds
_LONGEST = 5  # casts that one clerical error misplaces


@dataclass(frozen=True)
class Tracks:
    """Casts of cruises, shape (cast,) each.

    Parameters
    ----------
    cruise : integers
        Cruise of the cast; -1 for none.
    cruises : int
        How many cruises there are.
    day : floats
        Days since 1970; NaN where unknown.
    slack : floats
        Uncertainty of `day`, days: half a day where a date has no time of day.
    latitude, longitude : floats
        Degrees north and east; NaN where unknown.
    """

    cruise: Integers
    cruises: int
    day: Floats
    slack: Floats
    latitude: Floats
    longitude: Floats

    def placed(self) -> Mask:
        """Tell which casts have a cruise, a position and a date.

        Returns
        -------
        mask, shape (cast,)
        """
        return (self.cruise >= 0) & np.isfinite(self.day) & ~off_globe(self.latitude, self.longitude)


def slack(day: Floats, usual: float) -> Floats:
    """Estimate the uncertainty of times: exactly noon or midnight is more often a date without a time of day.

    Parameters
    ----------
    day : floats, any shape
        Days since 1970.
    usual : float
        Of a date with a time of day, days.

    Returns
    -------
    floats of that shape
        Days: `usual`; half a day at noon, as the readers write a date alone; one day at midnight.
    """
    fraction = np.mod(day, 1.0)
    return np.where(fraction == 0.5, np.maximum(usual, 0.5), np.where(fraction == 0, np.maximum(usual, 1.0), usual))


def usual_step(tracks: Tracks, among: Mask) -> Floats:
    """Median distance from each cast of a cruise to its next one elsewhere.

    Parameters
    ----------
    tracks : Tracks
        Casts of cruises.
    among : mask, shape (cast,)
        Casts to use.

    Returns
    -------
    floats, shape (cruise,)
        km; NaN where there is none.
    """
    order = in_time(tracks, among)
    here, there = order[:-1], order[1:]
    step = _between(tracks, here, there)
    counted = (tracks.cruise[here] == tracks.cruise[there]) & (step > 1)  # casts at one station are no steps
    return median_by_group(step[counted], tracks.cruise[here][counted], tracks.cruises)


def odd_places(tracks: Tracks, among: Mask, speed: Floats, reach: Floats, share: float) -> Mask:
    """Find casts that a vessel cannot have reached between the other casts of their cruise.

    Two casts agree if their distance is within `reach` or can be covered at `speed`. In order of time a cruise
    falls into stretches at the steps that do not agree. A stretch is odd if it is short (a third of what surrounds
    it and five casts at most), its neighbours agree with each other, and the distance through it is three times the
    distance without it. At an end of the cruise there is one neighbour and less evidence: the stretch must be a sixth
    of it at most and disagree with it at twice the speed and reach. This is repeated without the odd ones until
    nothing changes. So a misplaced cast is found and its neighbours are not, and where two halves of a cruise
    contradict each other neither is flagged.

    Parameters
    ----------
    tracks : Tracks
        Casts of cruises.
    among : mask, shape (cast,)
        Casts to compare; those without place or date are left out in any case.
    speed : floats, shape (cast,)
        Highest speed of the cast's vessel, km/day.
    reach : floats, shape (cast,)
        Distance that needs no time, km.
    share : float
        A cruise is not flagged if more than this share, and more than two casts, would be odd, or if as many steps
        still disagree without them: most likely several ships share its name.

    Returns
    -------
    mask, shape (cast,)
    """
    order = in_time(tracks, among & tracks.placed())
    total = np.bincount(tracks.cruise[order], minlength=tracks.cruises)
    odd = np.zeros(len(tracks.day), bool)
    idle = 0
    for together in (False, True) * 10:  # a bound: each round finds what the last one uncovered
        found = _odd_stretches(tracks, order, speed, reach, together)
        odd[order[found]] = True
        order = order[~found]
        idle = 0 if found.any() else idle + 1
        if idle == 2:
            break
    count = np.bincount(tracks.cruise[odd], minlength=tracks.cruises)
    here, there = order[:-1], order[1:]
    left = ~_agree(tracks, here, there, speed, reach) & (tracks.cruise[here] == tracks.cruise[there])
    breaks = np.bincount(tracks.cruise[here[left]], minlength=tracks.cruises)
    coherent = (count <= np.maximum(2, share * total)) & (breaks < count)
    return np.asarray(odd & np.append(coherent, False)[tracks.cruise])


def _odd_stretches(tracks: Tracks, order: Integers, speed: Floats, reach: Floats, together: bool) -> Mask:
    """Find the odd casts of one round, shape (order,); `together` takes stretches of one cast side by side as one."""
    if len(order) < 2:
        return np.zeros(len(order), bool)
    begins = np.r_[True, ~_agree(tracks, order[:-1], order[1:], speed, reach)]
    if together:
        size = np.diff(np.r_[np.flatnonzero(begins), len(order)])
        single = np.repeat(size == 1, size)
        begins[1:] &= ~(single[1:] & single[:-1] & (tracks.cruise[order[1:]] == tracks.cruise[order[:-1]]))
    start = np.flatnonzero(begins)
    size = np.diff(np.r_[start, len(order)])
    cruise = tracks.cruise[order[start]]
    same = np.r_[False, cruise[1:] == cruise[:-1], False]  # whether stretch i continues the cruise of i - 1
    before, after = same[:-1], same[1:]
    around = before * np.r_[0, size[:-1]] + after * np.r_[size[1:], 0]
    odd = (before | after) & (np.where(before & after, 3, 6) * size <= around) & (size <= _LONGEST)
    first, last = order[start], order[start + size - 1]
    middle, opening, closing = (np.flatnonzero(odd & mask) for mask in (before & after, ~before, ~after))
    left, right = last[middle - 1], first[middle + 1]
    detour = _between(tracks, left, first[middle]) + _between(tracks, last[middle], right)
    odd[middle] = _agree(tracks, left, right, speed, reach) & (detour >= 3 * _between(tracks, left, right))
    odd[opening] = ~_agree(tracks, last[opening], first[opening + 1], 2 * speed, 2 * reach)
    odd[closing] = ~_agree(tracks, last[closing - 1], first[closing], 2 * speed, 2 * reach)
    return np.repeat(odd, size)


def _agree(tracks: Tracks, here: Integers, there: Integers, speed: Floats, reach: Floats) -> Mask:
    """Tell which casts of one cruise leave time for the distance between them."""
    days = np.abs(tracks.day[there] - tracks.day[here]) + tracks.slack[here] + tracks.slack[there]
    allowed = np.maximum(np.minimum(reach[here], reach[there]), np.minimum(speed[here], speed[there]) * days)
    return np.asarray((tracks.cruise[here] == tracks.cruise[there]) & (_between(tracks, here, there) <= allowed))


def _between(tracks: Tracks, here: Integers, there: Integers) -> Floats:
    """Distance between two casts each, km."""
    north, east = tracks.latitude, tracks.longitude
    return distance(north[here], east[here], north[there], east[there])


def in_time(tracks: Tracks, among: Mask) -> Integers:
    """Order casts cruise after cruise by time, ties as in the table.

    Parameters
    ----------
    tracks : Tracks
        Casts of cruises.
    among : mask, shape (cast,)
        Casts to order; those without cruise or date are left out in any case.

    Returns
    -------
    integers, shape (chosen cast,)
        Places in `tracks`.
    """
    chosen = np.flatnonzero(among & (tracks.cruise >= 0) & np.isfinite(tracks.day))
    return chosen[np.lexsort((tracks.day[chosen], tracks.cruise[chosen]))]


def odd_dates(tracks: Tracks, among: Mask, gap: float, spans: float, body: float) -> Mask:
    """Find casts dated far from all others of their cruise.

    In order of time a cruise falls apart at every gap. Its body is the part with the most casts; where that holds
    nearly all of them, other parts, of five casts at most, are odd if they are far from it for that cruise too.
    Longer parts are more often true: floats come back from under the ice after a winter or two.

    Parameters
    ----------
    tracks : Tracks
        Casts of cruises.
    among : mask, shape (cast,)
        Casts to compare; those without a date are left out in any case.
    gap : float
        Shortest gap, days.
    spans : float
        Shortest gap, as a multiple of the duration of the body.
    body : float
        Least share of the cruise's casts in the body.

    Returns
    -------
    mask, shape (cast,)
    """
    result = np.zeros(len(tracks.day), bool)
    order = in_time(tracks, among)
    if not len(order):
        return result
    cruise, day = tracks.cruise[order], tracks.day[order]
    start = np.flatnonzero(np.r_[True, (cruise[1:] != cruise[:-1]) | (np.diff(day) > gap)])
    size = np.diff(np.r_[start, len(order)])
    of = cruise[start]
    by_size = np.lexsort((size, of))
    last = np.r_[of[by_size][1:] != of[by_size][:-1], True]  # of each cruise the largest part
    begin, end, share = (np.full(tracks.cruises, np.nan) for _ in range(3))
    largest = by_size[last]
    begin[of[largest]] = day[start[largest]]
    end[of[largest]] = day[start[largest] + size[largest] - 1]
    share[of[largest]] = size[largest] / np.bincount(of, size, minlength=tracks.cruises)[of[largest]]
    # of each part, how far its near edge is from the body
    away = np.maximum(begin[of] - day[start + size - 1], day[start] - end[of])
    odd = (away > gap) & (away > spans * (end - begin)[of]) & (share >= body)[of] & (size <= _LONGEST)
    result[order] = np.repeat(odd, size)
    return result
