"""Whether two casts hold the same oxygen: level by level, all pairs at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from qc.checks import median_by_group
from qc.levels import Floats, Integers, Mask

CHUNK = 1_000_000  # levels compared at a time: bounds memory
Pair = Annotated[tuple[float, float], Field(strict=False)]


class Rules(BaseModel):
    """Thresholds of the duplicate search.

    Parameters
    ----------
    source : str
        Where the rules come from.
    preference : tuple of str
        Archives, the one to keep first; others follow in alphabetical order.
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
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    source: str = Field(min_length=1)
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


@dataclass(frozen=True)
class Casts:
    """Casts of a table, and their oxygen levels one cast after the other by increasing pressure.

    Parameters
    ----------
    source : integers, shape (cast,)
        Archive.
    identity : integers, shape (cast,)
        Equal where archive, kind of instrument and name say that the cast is the same.
    part : mask, shape (cast,)
        Whether the name tells of a part of a cast or a way to process it.
    sensor : mask, shape (cast,)
        Whether a sensor, not a bottle.
    latitude, longitude : floats, shape (cast,)
        Degrees north and east.
    time : floats, shape (cast,)
        Days, NaN where unknown.
    usable : integers, shape (cast,)
        Number of values that are not suspect or worse.
    start, count : integers, shape (cast,)
        First level and number of levels in `pressure` and `oxygen`.
    pressure, oxygen : floats, shape (level,)
        dbar and umol/kg, none missing.
    """

    source: Integers
    identity: Integers
    part: Mask
    sensor: Mask
    latitude: Floats
    longitude: Floats
    time: Floats
    usable: Integers
    start: Integers
    count: Integers
    pressure: Floats
    oxygen: Floats


def matching(casts: Casts, pairs: Integers, rules: Rules) -> Integers:
    """Keep the pairs of casts whose oxygen agrees.

    Parameters
    ----------
    casts : Casts
        Casts and their levels.
    pairs : integers, shape (pair, 2)
        Numbers of two casts each.
    rules : Rules
        Thresholds.

    Returns
    -------
    integers, shape (kept pair, 2)
        The sparser cast of each first.
    """
    swap = casts.count[pairs[:, 0]] > casts.count[pairs[:, 1]]
    pairs = np.where(swap[:, None], pairs[:, ::-1], pairs)  # sparser, denser
    if len(pairs) == 0:
        return pairs
    height = 2 * np.abs(casts.pressure).max() + 1e5  # one increasing axis on which every cast has its own stretch
    number = np.repeat(np.arange(len(casts.count)), casts.count)
    axis = casts.pressure + number * height
    return np.concatenate([chunk[_agree(casts, chunk, axis, height, rules)] for chunk in _chunks(casts, pairs)])


def _chunks(casts: Casts, pairs: Integers) -> Iterator[Integers]:
    """Cut the pairs so that no piece has many more than CHUNK levels to compare."""
    piece = np.cumsum(casts.count[pairs[:, 0]]) // CHUNK
    yield from np.split(pairs, np.flatnonzero(np.diff(piece)) + 1)


def _agree(casts: Casts, pairs: Integers, axis: Floats, height: float, rules: Rules) -> Mask:
    """Tell which pairs (sparser, denser) agree in oxygen, shape (pair,)."""
    count = casts.count[pairs[:, 0]]
    pair = np.repeat(np.arange(len(pairs)), count)
    within = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    row = casts.start[pairs[pair, 0]] + within
    mine, theirs = casts.oxygen[row], _at(casts, casts.pressure[row], pairs[pair, 1], axis, height, rules)
    common = np.isfinite(theirs) & ((mine >= rules.informative) | (theirs >= rules.informative))
    pair, mine, theirs = pair[common], mine[common], theirs[common]
    inside = (casts.source[pairs[:, 0]] == casts.source[pairs[:, 1]])[pair]
    plain = np.where(inside, rules.oxygen_same_source, np.maximum(rules.oxygen, rules.oxygen_share * np.abs(mine)))
    number = np.bincount(pair, minlength=len(pairs))
    equal = _share(np.abs(mine - theirs) <= plain, pair, number)
    factor = median_by_group(mine / np.maximum(theirs, rules.informative), pair, len(pairs))
    allowed = (factor >= rules.factor[0]) & (factor <= rules.factor[1])
    scaled = np.abs(mine - factor[pair] * theirs) <= plain
    adjusted = allowed & (_share(scaled & ~inside, pair, number) >= rules.agreement)
    return (number >= rules.levels) & ((equal >= rules.agreement) | adjusted)


def _share(hit: Mask, pair: Integers, number: NDArray[np.int64]) -> Floats:
    """Share of the common levels of each pair that are hit, shape (pair,)."""
    return np.bincount(pair[hit], minlength=len(number)) / np.maximum(number, 1)


def _at(casts: Casts, pressure: Floats, cast: Integers, axis: Floats, height: float, rules: Rules) -> Floats:
    """Oxygen of casts at pressures, both of shape (n,): of the same level, else interpolated, else NaN."""
    low, high = casts.start[cast], casts.start[cast] + casts.count[cast] - 1
    after = np.searchsorted(axis, pressure + cast * height)
    below, above = np.clip(after, low, high), np.clip(after - 1, low, high)
    p_above, p_below = casts.pressure[above], casts.pressure[below]
    nearest = np.where(np.abs(p_above - pressure) <= np.abs(p_below - pressure), above, below)
    same = np.abs(casts.pressure[nearest] - pressure) <= np.maximum(rules.pressure, rules.pressure_share * pressure)
    gap = p_below - p_above
    between = (gap > 0) & (gap <= rules.bracket) & (pressure >= p_above) & (pressure <= p_below)
    weight = np.where(between, (pressure - p_above) / np.where(gap > 0, gap, 1), 0)
    interpolated = casts.oxygen[above] * (1 - weight) + casts.oxygen[below] * weight
    return np.where(same, casts.oxygen[nearest], np.where(between, interpolated, np.nan))
