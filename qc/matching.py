"""Whether two casts hold the same values: level by level, many pairs at once."""

from collections.abc import Callable, Iterator
from typing import Annotated

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from qc.checks import median_by_group
from qc.fingerprints import Profiles
from qc.levels import Floats, Integers, Mask
from qc.roster import Roster

CHUNK = 2_000_000  # levels of the casts compared at a time: bounds memory
ROUNDING = 1e-9  # so that 0.01 apart is within 0.01
Fetch = Callable[[Integers], Profiles]
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
    temperature, salinity : float
        Casts without oxygen agree within this many degC and this much salinity.
    anywhere : int
        Casts that hold the same values at so many levels of different value are copies wherever and whenever they
        claim to be; 0 looks at near casts only.
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
    temperature: float = Field(ge=0)
    salinity: float = Field(ge=0)
    anywhere: int = Field(ge=0)


def matching(roster: Roster, pairs: Integers, fetch: Fetch, rules: Rules) -> Integers:
    """Keep the pairs of casts whose oxygen agrees; of casts without any, whose temperature and salinity do.

    Parameters
    ----------
    roster : Roster
        Casts.
    pairs : integers, shape (pair, 2)
        Numbers of two casts each, of one kind.
    fetch : callable
        Rows of the summary to their levels, in the order asked for; called for one piece of the pairs after another,
        each time with increasing rows, each once.
    rules : Rules
        Thresholds.

    Returns
    -------
    integers, shape (kept pair, 2)
        Some of the pairs.
    """
    kept = [pairs[:0]]
    for piece in _pieces(roster.count, pairs):
        casts, place = np.unique(piece, return_inverse=True)
        by_row = np.argsort(roster.row[casts])
        place = np.argsort(by_row)[place.reshape(piece.shape)]
        taken = fetch(roster.row[casts][by_row])
        inside = roster.source[piece[:, 0]] == roster.source[piece[:, 1]]
        thermal = roster.kind[piece[:, 0]] >= 2
        kept.append(piece[_agree(taken, place, inside, thermal, rules)])
    return np.concatenate(kept)


def _pieces(count: Integers, pairs: Integers) -> Iterator[Integers]:
    """Cut the pairs so that no piece has many more than CHUNK levels to fetch."""
    piece = np.cumsum(count[pairs].sum(axis=1)) // CHUNK
    cuts = np.flatnonzero(np.diff(piece)) + 1
    yield from (part for part in np.split(pairs, cuts) if len(part))


def _agree(taken: Profiles, pairs: Integers, inside: Mask, thermal: Mask, rules: Rules) -> Mask:
    """Tell which pairs agree, shape (pair,): `inside` one archive, `thermal` where there is no oxygen."""
    swap = taken.count[pairs[:, 0]] > taken.count[pairs[:, 1]]
    sparser, denser = np.where(swap[:, None], pairs[:, ::-1], pairs).T
    start, count = np.cumsum(taken.count) - taken.count, taken.count[sparser]
    pair = np.repeat(np.arange(len(pairs)), count)
    row = np.repeat(start[sparser] - np.cumsum(count) + count, count) + np.arange(count.sum())
    above, below, weight = _places(taken, taken.pressure[row], denser[pair], start, rules)
    mine, theirs = taken.value[row], _between(taken.value, above, below, weight)
    informative = thermal[pair] | (mine >= rules.informative) | (theirs >= rules.informative)
    common = np.isfinite(weight) & informative
    pair, mine, theirs = pair[common], mine[common], theirs[common]
    number = np.bincount(pair, minlength=len(pairs))
    loose = np.where(thermal[pair], rules.temperature, np.maximum(rules.oxygen, rules.oxygen_share * np.abs(mine)))
    plain = np.where(inside[pair] & ~thermal[pair], rules.oxygen_same_source, loose)
    salt = np.abs(taken.salinity[row[common]] - _between(taken.salinity, *(x[common] for x in (above, below, weight))))
    hit = (np.abs(mine - theirs) <= plain + ROUNDING) & ~(salt > rules.salinity + ROUNDING)
    equal = _share(hit, pair, number) >= rules.agreement
    open_ = ~(equal | inside | thermal)  # the others need no factor
    return (number >= rules.levels) & (equal | _scaled(pair, mine, theirs, plain, open_, number, rules))


def _scaled(
    pair: Integers, mine: Floats, theirs: Floats, plain: Floats, wanted: Mask, number: Integers, rules: Rules
) -> Mask:
    """Tell which of the wanted pairs agree after a common factor, shape (pair,)."""
    use = wanted[pair]
    pair, mine, theirs, plain = pair[use], mine[use], theirs[use], plain[use]
    factor = median_by_group(mine / np.maximum(theirs, rules.informative), pair, len(number))
    allowed = (factor >= rules.factor[0]) & (factor <= rules.factor[1])
    close = np.abs(mine - factor[pair] * theirs) <= plain
    return allowed & (_share(close, pair, number) >= rules.agreement)


def _share(hit: Mask, pair: Integers, number: Integers) -> Floats:
    """Share of the common levels of each pair that are hit, shape (pair,)."""
    return np.bincount(pair[hit], minlength=len(number)) / np.maximum(number, 1)


def _between(value: Floats, above: Integers, below: Integers, weight: Floats) -> Floats:
    """Values between two levels; the weight, NaN where there is none, is that of the lower one."""
    return np.where(weight == 0, value[above], value[above] * (1 - weight) + value[below] * weight)


def _places(
    taken: Profiles, pressure: Floats, cast: Integers, start: Integers, rules: Rules
) -> tuple[Integers, Integers, Floats]:
    """Find where casts hold pressures, all of shape (n,): the rows above and below, and the weight of the lower one.

    The weight is 0 where a level is the same, between 0 and 1 between two levels near each other, else NaN.
    """
    height = 2 * np.abs(taken.pressure).max(initial=0) + 1e5  # one axis on which every cast has its own stretch
    axis = taken.pressure + np.repeat(np.arange(len(start)), taken.count) * height
    low, high = start[cast], start[cast] + taken.count[cast] - 1
    after = np.searchsorted(axis, pressure + cast * height)
    below, above = np.clip(after, low, high), np.clip(after - 1, low, high)
    p_above, p_below = taken.pressure[above], taken.pressure[below]
    nearest = np.where(np.abs(p_above - pressure) <= np.abs(p_below - pressure), above, below)
    allowed = np.maximum(rules.pressure, rules.pressure_share * pressure)
    same = np.abs(taken.pressure[nearest] - pressure) <= allowed
    gap = p_below - p_above
    between = (gap > 0) & (gap <= rules.bracket) & (pressure >= p_above) & (pressure <= p_below)
    weight = np.where(between, (pressure - p_above) / np.where(gap > 0, gap, 1), np.nan)
    return np.where(same, nearest, above), below, np.where(same, 0.0, weight)
