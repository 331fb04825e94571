"""Comparison of pairs of casts level by level, many pairs at once."""

from collections.abc import Callable
from itertools import pairwise
from typing import Annotated

import numpy as np
from pydantic import Field

from qc.config import Strict
from qc.duplicates.cast_index import CastIndex
from qc.duplicates.signatures import Profiles
from qc.physics.interpolation import linear
from qc.physics.sphere import EARTH_RADIUS_KM
from qc.physics.statistics import median_by_group
from qc.types import Floats, Integers, Mask

FETCHED, COMPARED = 10_000_000, 1_000_000  # levels at a time: bounds memory
NEARNESS = 0.1  # tolerances that a distance and a time at their limits count for, each
ROUNDING = 1e-9  # so that 0.01 apart is within 0.01
Fetch = Callable[[Integers], Profiles]
Pair = Annotated[tuple[float, float], Field(strict=False)]


class Rules(Strict, strict=True):
    """Thresholds of the duplicate search.

    Parameters
    ----------
    source, measured : str
        Source of the rules; false alarms and detections with these, in words.
    preference : tuple of str
        Archives, the one to keep first; others follow, see `qc.duplicates.search.find`.
    distance, days : float
        Farthest apart that two copies may be, km and days.
    pressure, pressure_share : float
        Levels are the same within this many dbar, or this share of their pressure.
    bracket : float
        Widest pair of levels, dbar, between which the denser cast is interpolated.
    oxygen, oxygen_share : float
        Values agree within this many umol/kg, or this share.
    oxygen_same_source : float
        The same inside one archive, umol/kg, without share.
    informative : float
        Levels at which both copies hold less, umol/kg, are not counted.
    levels : int
        Fewest common levels.
    agreement : float
        Share of the common levels that must agree.
    factor : (low, high)
        A common factor of the copies that adjustments may have made, across archives only.
    temperature, salinity : float
        Casts without oxygen agree within this many degC and this much salinity.
    anywhere : int
        Casts with the same values at so many levels of different value are copies whatever their positions and
        dates; 0: only casts near each other are compared.
    """

    source: str = Field(min_length=1)
    measured: str = ""
    preference: Annotated[tuple[str, ...], Field(strict=False)]
    distance: float = Field(gt=0)
    days: float = Field(gt=0)
    pressure: float = Field(gt=0)
    pressure_share: float = Field(ge=0)
    bracket: float = Field(ge=0)
    oxygen: float = Field(ge=0)
    oxygen_share: float = Field(ge=0)
    oxygen_same_source: float = Field(ge=0)
    informative: float = Field(ge=0)
    levels: int = Field(ge=1)
    agreement: float = Field(gt=0, le=1)
    factor: Pair
    temperature: float = Field(ge=0)
    salinity: float = Field(ge=0)
    anywhere: int = Field(ge=0)


def matching(index: CastIndex, pairs: Integers, fetch: Fetch, rules: Rules) -> Integers:
    """Keep the pairs of casts whose oxygen agrees; of casts without any, whose temperature and salinity do.

    Parameters
    ----------
    index : CastIndex
        Casts.
    pairs : integers, shape (pair, 2)
        Numbers of two casts each, of one kind.
    fetch : callable
        Rows of the summary to their levels, in that order; called for one piece of the pairs after another,
        each time with increasing rows, each once, of some ten million levels.
    rules : Rules
        Thresholds.

    Returns
    -------
    integers, shape (kept pair, 2)
        Some of the pairs.
    """
    misfit = np.full(len(pairs), np.nan)
    for start, stop in _pieces(_new_levels(index.count, pairs), FETCHED):
        piece = pairs[start:stop]
        casts, place = np.unique(piece, return_inverse=True)
        by_row = np.argsort(index.row[casts])
        place = np.argsort(by_row)[place.reshape(piece.shape)]
        taken = fetch(index.row[casts][by_row])
        inside = index.source[piece[:, 0]] == index.source[piece[:, 1]]
        thermal = index.kind[piece[:, 0]] >= 2
        for a, b in _pieces(index.count[piece].min(axis=1), COMPARED):
            misfit[start + a : start + b] = _misfit(taken, place[a:b], inside[a:b], thermal[a:b], rules)
    agree = np.isfinite(misfit)
    pairs, misfit = pairs[agree], misfit[agree]
    return pairs[_is_best_match(index, pairs, misfit, rules)]


def _new_levels(count: Integers, pairs: Integers) -> Integers:
    """Levels of the casts that no earlier pair names, shape (pair,)."""
    flat = pairs.ravel()
    _, first = np.unique(flat, return_index=True)
    new = np.zeros(len(flat), np.int64)
    new[first] = count[flat[first]]
    return np.asarray(new.reshape(pairs.shape).sum(axis=1))


def _pieces(levels: Integers, limit: int) -> list[tuple[int, int]]:
    """Cut pairs, (first, behind the last), so that no piece has many more levels than the limit."""
    piece = np.cumsum(levels) // limit
    cuts = [0, *(np.flatnonzero(np.diff(piece)) + 1).tolist(), len(levels)]
    return [(start, stop) for start, stop in pairwise(cuts) if stop > start]


def _misfit(taken: Profiles, pairs: Integers, inside: Mask, thermal: Mask, rules: Rules) -> Floats:
    """Measure how far pairs are apart, shape (pair,): mean in tolerances (2 at most), NaN where they do not agree.

    `inside` one archive, `thermal` where there is no oxygen.
    """
    swap = taken.count[pairs[:, 0]] > taken.count[pairs[:, 1]]
    sparser, denser = np.where(swap[:, None], pairs[:, ::-1], pairs).T
    count = taken.count[sparser]
    pair = np.repeat(np.arange(len(pairs)), count)
    row = np.repeat(taken.start[sparser] - np.cumsum(count) + count, count) + np.arange(count.sum())
    above, below, weight = _places(taken, taken.pressure[row], denser[pair], rules)
    mine, theirs = taken.value[row], _between(taken.value, above, below, weight)
    informative = thermal[pair] | (mine >= rules.informative) | (theirs >= rules.informative)
    common = np.isfinite(weight) & informative
    pair, mine, theirs = pair[common], mine[common], theirs[common]
    number = np.bincount(pair, minlength=len(pairs))
    loose = np.where(thermal[pair], rules.temperature, np.maximum(rules.oxygen, rules.oxygen_share * np.abs(mine)))
    plain = np.where(inside[pair] & ~thermal[pair], rules.oxygen_same_source, loose) + ROUNDING
    salt = np.abs(taken.salinity[row[common]] - _between(taken.salinity, *(x[common] for x in (above, below, weight))))
    apart = np.abs(mine - theirs) / plain
    apart[salt > rules.salinity + ROUNDING] = 2.0
    factor = median_by_group(mine / np.maximum(theirs, rules.informative), pair, len(pairs))
    factor[~((factor >= rules.factor[0]) & (factor <= rules.factor[1])) | inside | thermal] = np.nan
    scaled = np.abs(mine - factor[pair] * theirs) / plain
    misfits = np.stack([_mean_misfit(one, pair, number, rules) for one in (apart, scaled)])
    return np.where(number >= rules.levels, np.fmin(*misfits), np.nan)


def _mean_misfit(apart: Floats, pair: Integers, number: Integers, rules: Rules) -> Floats:
    """Mean of differences in tolerances, shape (pair,), NaN where too few levels of a pair agree."""
    share = np.bincount(pair[apart <= 1], minlength=len(number)) / np.maximum(number, 1)
    mean = np.bincount(pair, np.fmin(apart, 2.0), len(number)) / np.maximum(number, 1)
    return np.where(share >= rules.agreement, mean, np.nan)


def _is_best_match(index: CastIndex, pairs: Integers, misfit: Floats, rules: Rules) -> Mask:
    """Tell which pairs are the best match of both casts, shape (pair,).

    In calm water casts of a time series resemble each other as much as copies do. So of the casts of one archive
    that agree with a cast of another, only the most alike and nearest is kept, with those of the same minute and
    position.
    """
    space = np.linalg.norm(index.position[pairs[:, 0]] - index.position[pairs[:, 1]], axis=1) * EARTH_RADIUS_KM
    days = np.abs(index.time[pairs[:, 0]] - index.time[pairs[:, 1]])
    score = misfit + NEARNESS * (space / rules.distance + days / rules.days)
    kept = np.ones(len(pairs), bool)
    for one, other in (pairs.T, pairs[:, ::-1].T):
        key = one * (len(index.sources) + 1) + index.source[other]
        order = np.lexsort((other, score, key))
        best = order[np.searchsorted(key[order], key)]
        rival = other[best]
        together = np.linalg.norm(index.position[rival] - index.position[other], axis=1) * EARTH_RADIUS_KM <= 1
        together &= np.abs(index.time[rival] - index.time[other]) <= 1 / 1440 + ROUNDING
        kept &= together
    return np.asarray(kept | (index.source[pairs[:, 0]] == index.source[pairs[:, 1]]))


def _between(value: Floats, above: Integers, below: Integers, weight: Floats) -> Floats:
    """Values between two levels; the weight, NaN where there is none, is that of the lower one."""
    return np.where(weight == 0, value[above], linear(value[above], value[below], weight))


def _places(taken: Profiles, pressure: Floats, cast: Integers, rules: Rules) -> tuple[Integers, Integers, Floats]:
    """Find where casts hold pressures, all of shape (n,): the rows above and below, and the weight of the lower one.

    The weight is 0 where a level is the same, between 0 and 1 between two levels near each other, else NaN.
    """
    above, below = taken.around(cast, pressure)
    p_above, p_below = taken.pressure[above], taken.pressure[below]
    nearest = np.where(np.abs(p_above - pressure) <= np.abs(p_below - pressure), above, below)
    allowed = np.maximum(rules.pressure, rules.pressure_share * pressure)
    same = np.abs(taken.pressure[nearest] - pressure) <= allowed
    gap = p_below - p_above
    between = (gap > 0) & (gap <= rules.bracket) & (pressure >= p_above) & (pressure <= p_below)
    weight = np.where(between, (pressure - p_above) / np.where(gap > 0, gap, 1), np.nan)
    return np.where(same, nearest, above), below, np.where(same, 0.0, weight)
