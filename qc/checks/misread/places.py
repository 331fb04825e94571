"""Positions on straight lines of stations that another reading of the degrees puts back on the line."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from qc.checks.cruises.tracks import Tracks, in_time
from qc.physics.sphere import distance
from qc.physics.statistics import median_by_group
from qc.types import Floats, Integers, Mask

_LONGEST = 3  # stations in a row that one clerical error misplaces
_LEAST = 10  # stations of a cruise, of a wrong sign between two others, that show what is usual for it
_SHARE = 0.1  # of the stations of a cruise; where more would be odd it is no line
Place = NDArray[np.float64]  # degrees north and east, shape (2, ...)


@dataclass(frozen=True)
class LineLimits:
    """What tells a station off its line from one that was occupied there.

    Parameters
    ----------
    detour : float
        The track is shorter by this with the other reading, km; where the ship had to be fast for it.
    pace : float
        Fast is this share of the speed that it exceeds on one step in ten.
    aside, times : float
        Or the station is farther than `aside` km from the line of its neighbours and `times` farther than is usual.
    straight : float
        With the other reading it is within this many km of the line, or nearer than is usual.
    bend : (first, second)
        With it the track through two stations before and after is at most this many times as long as the way; by the
        first and the second of these rules.
    chord : float
        Longest distance of the stations before and after, km.
    sign : (far, near)
        Or, at any distance of those, it is farther than `far` times what is usual, and than `far` times the distance
        with another sign, from where the ship should have been then; and with that sign it is nearer by `detour` km and
        within `near` times what is usual, or `straight`. Usual is the median of these distances of the cruise.
    station : float
        Casts closer than this are at one station, km.
    """

    detour: float
    pace: float
    aside: float
    times: float
    straight: float
    bend: tuple[float, float]
    chord: float
    sign: tuple[float, float]
    station: float


def readings(place: Place) -> Iterator[Place]:
    """Yield what positions are when they were read or typed otherwise.

    Parameters
    ----------
    place : floats, shape (2, ...)
        Degrees north and east.

    Yields
    ------
    floats of that shape
        One degree more or less; of latitude, longitude or both the other sign, and minutes that were taken for
        decimals (12 degrees 45 minutes, read as 12.45, is 12.75); NaN where there is no such reading.
    """
    for row in (0, 1):
        for degrees in (1.0, -1.0):
            moved = place.copy()
            moved[row] += degrees
            yield moved
    whole = np.trunc(place)
    share = (place - whole) / 0.6
    yield from _either(place, -place)
    yield from _either(place, np.where(np.abs(share) < 1, whole + share, np.nan))


def _either(place: Place, reading: Place) -> Iterator[Place]:
    """Yield a reading of both coordinates, of latitude alone and of longitude alone."""
    yield reading
    yield np.stack([reading[0], place[1]])
    yield np.stack([place[0], reading[1]])


def misread_places(track: Tracks, among: Mask, limits: LineLimits) -> Mask:
    """Find casts off a straight line of stations that another reading of their position puts back on it.

    Parameters
    ----------
    track : Tracks
        Casts of cruises.
    among : mask, shape (cast,)
        Casts of ships to compare; those without place or date are left out in any case.
    limits : LineLimits
        What tells a station off its line.

    Returns
    -------
    mask, shape (cast,)
        Of one to three stations in a row, never of more than a tenth, or three, of those of a cruise. Its first and
        last station are never found, the second and last but one by their sign only.
    """
    result = np.zeros(len(track.day), bool)
    order = in_time(track, among & track.placed())
    lat, lon, cruise = track.latitude[order], track.longitude[order], track.cruise[order]
    moves = (cruise[1:] != cruise[:-1]) | (distance(lat[1:], lon[1:], lat[:-1], lon[:-1]) >= limits.station)
    station = np.cumsum(np.r_[0, moves][: len(order)])
    first = order[np.flatnonzero(np.r_[True, moves][: len(order)])]
    last = order[np.flatnonzero(np.r_[moves, True][: len(order)])]
    odd = _wrong_signs(track, first, last, limits)
    pace, usual = _usual(track, first)
    for size in range(1, _LONGEST + 1):
        for start in _odd_blocks(track, first, size, pace, usual, limits):
            odd[start : start + size] = True
    count, total = (
        np.bincount(track.cruise[first[mask]], minlength=track.cruises) for mask in (odd, np.ones_like(odd))
    )
    odd &= (count <= np.maximum(_LONGEST, _SHARE * total))[track.cruise[first]]
    result[order] = odd[station]
    return result


def _odd_blocks(track: Tracks, first: Integers, size: int, pace: Floats, usual: Floats, limits: LineLimits) -> Integers:
    """Find where blocks of `size` stations that were misread begin."""
    start = np.arange(2, len(first) - size - 1)
    if not len(start):
        return start
    start = start[track.cruise[first[start - 2]] == track.cruise[first[start + size + 1]]]
    every = np.stack([track.latitude[first], track.longitude[first]])
    outer, before, after, beyond = (every[:, start + k] for k in (-2, -1, size, size + 1))
    block = every[:, start[:, None] + np.arange(size)]
    usual = usual[track.cruise[first[start]]]
    fast = np.maximum(pace[start], pace[start + size]) > limits.pace
    # of more stations than one the line may have a corner
    aside = _along_line(before, block[..., 0], after)[1]
    strange = (size == 1) & (aside > np.maximum(limits.aside, limits.times * usual))
    given, direct = _path(before, block, after), np.maximum(_km(outer, beyond), 1.0)
    found = np.zeros(len(start), bool)
    for other in readings(block):
        path = _path(before, other, after)
        bend = (_km(outer, before) + path + _km(after, beyond)) / direct
        shorter = fast & (given - path > limits.detour) & (bend <= limits.bend[0])
        near = _along_line(before, other[..., 0], after)[1] <= np.maximum(limits.straight, usual)
        apart = np.minimum(_km(before, other[..., 0]), _km(other[..., -1], after)) > limits.station
        found |= apart & (shorter | strange & near & (bend <= limits.bend[1]))
    return np.asarray(start[found & (_km(before, after) <= limits.chord)])


def _wrong_signs(track: Tracks, first: Integers, last: Integers, limits: LineLimits) -> Mask:
    """Find stations that with another sign are where the ship should have been then; mask, shape (station,)."""
    place, cruise = np.stack([track.latitude[first], track.longitude[first]]), track.cruise[first]
    arrived, left, slack = track.day[first], track.day[last], track.slack[first]
    inner = np.arange(1, len(first) - 1)
    inner = inner[cruise[inner - 1] == cruise[inner + 1]]
    before, here, after = (place[:, inner + k] for k in (-1, 0, 1))
    to, fro = arrived[inner] - left[inner - 1], arrived[inner + 1] - left[inner]  # without what it stayed at stations
    span = np.maximum(to + fro, 1e-3)
    part = to / span
    doubt = (slack[inner] + np.maximum(slack[inner - 1], slack[inner + 1])) / span

    def off(other: Place) -> Floats:
        """Distance from the part of the line through the neighbours that the ship can have been on, km."""
        along, across = _along_line(before, other, after)
        whole = _km(before, after)
        return np.asarray(np.hypot(across, np.maximum(np.abs(along - part * whole) - doubt * whole, 0)))

    given, nearest = off(here), np.min([off(other) for other in _either(here, -here)], axis=0)
    usual = np.where(
        np.bincount(cruise[inner], minlength=track.cruises) < _LEAST,
        np.inf,
        median_by_group(given, cruise[inner], track.cruises),
    )[cruise[inner]]
    far, near = limits.sign
    odd = (given > far * np.maximum(usual, nearest)) & (nearest <= np.maximum(near * usual, limits.straight))
    gain = np.zeros(len(first))
    gain[inner] = np.where(odd, given - nearest, 0)
    # its neighbours are also beside the line that leads to it
    return np.asarray((gain > limits.detour) & (gain >= np.maximum(np.r_[0, gain[:-1]], np.r_[gain[1:], 0])))


def _path(before: Place, block: Place, after: Place) -> Floats:
    """Length of the track through blocks of stations, km; `block` has shape (2, block, station)."""
    inside = _km(block[..., :-1], block[..., 1:]).sum(axis=1)
    return np.asarray(_km(before, block[..., 0]) + inside + _km(block[..., -1], after))


def _km(here: Place, there: Place) -> Floats:
    """Distance, km."""
    return distance(here[0], here[1], there[0], there[1])


def _along_line(before: Place, place: Place, after: Place) -> tuple[Floats, Floats]:
    """Distances of places along and across the lines between two others, km, as on a plane."""
    to, whole = _km(before, place), np.maximum(_km(before, after), 1.0)
    along = (to**2 + whole**2 - _km(place, after) ** 2) / (2 * whole)
    return along, np.sqrt(np.maximum(to**2 - along**2, 0))


def _usual(track: Tracks, first: Integers) -> tuple[Floats, Floats]:
    """Speed to each station, as a share of a fast step of its cruise, and usual distance of a cruise off its lines."""
    place, cruise = np.stack([track.latitude[first], track.longitude[first]]), track.cruise[first]
    same = np.r_[False, cruise[1:] == cruise[:-1]][: len(first)]
    days = np.diff(track.day[first], prepend=0) + track.slack[first] + np.roll(track.slack[first], 1)
    speed = np.where(same, _km(np.roll(place, 1, axis=1), place) / days, np.nan)
    middle = same & np.roll(same, -1)
    off = np.where(middle, _along_line(np.roll(place, 1, axis=1), place, np.roll(place, -1, axis=1))[1], np.nan)
    fast, usual = np.full(track.cruises, np.inf), np.full(track.cruises, np.inf)
    begin = np.r_[np.flatnonzero(~same), len(first)]
    for i, j in pairwise(begin):
        if j - i >= _LEAST:
            fast[cruise[i]], usual[cruise[i]] = np.nanquantile(speed[i:j], 0.9), np.nanmedian(off[i:j])
    return speed / fast[cruise], usual
