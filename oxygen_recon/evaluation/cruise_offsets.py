"""Offsets of whole cruises: the mean residual of each against everybody else's observations, and its significance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from scipy.stats import false_discovery_control, norm

from graphs.sphere import EARTH_RADIUS_KM, unit_vector
from graphs.types import Floats, Ints, Mask
from oxygen_recon.dataset.domain import Domain
from oxygen_recon.evaluation.predictions import Predictions

# Proposals, measured by experiments/planted_offsets.py. Twin ocean: 1 of 289 cruises tested stands out by itself,
# 10.6 umol/kg off the truth; of 30 planted ones 5, 24 and 30 are found at 10, 20 and 30 umol/kg. Korean surveys, month
# steps: 13 of 822; of 30 planted ones 2, 23 and 30 are found at 20, 40 and 60. Others stand out for 1 in 30 at most.
ALPHA = 0.05  # share of the flagged that may be flagged by chance
_FEWEST, _FEWEST_CRUISES = 3, 8  # casts of a cruise, and cruises, below which nothing is tested
_KM, _YEARS = 200.0, 0.5  # what counts as near, at least: on a coarse grid the spacing of its columns, and its step
_REACH, _MOST = 2.0, 64  # how many times as far neighbours are sought, and how many casts at most
_ACCOMPANIED = 0.5  # share of its casts that must have a cast of another cruise in reach for a cruise to be tested
_PAIRED, _SUMMED = 60, 400  # casts of a cruise that are paired, and summed over, at most: evenly spaced ones
_BINS = np.array([0.0, 1, 30, 60, 100, 150, 200, 300])  # km
_LENGTHS = np.geomspace(10.0, 100.0, 15)  # km; what reaches farther is common to a cruise, and in the spread of cruises
_MOST_PASSES = 100


@dataclass(frozen=True)
class _Casts:
    """What one cruise found in one water column during one step: residual and standard error, means over its levels."""

    residual: Floats
    scale: Floats
    levels: Ints
    xyz: Floats
    years: Floats
    cruise: Ints

    @classmethod
    def of(cls, domain: Domain, found: Predictions, cruise: Ints) -> _Casts:
        key = domain.column[found.cell].astype(np.int64) * domain.steps + found.step
        _, first, cast = np.unique(key * (cruise.max(initial=0) + 1) + cruise, return_index=True, return_inverse=True)
        levels = np.bincount(cast, minlength=first.size)
        cell, years = found.cell[first], np.asarray(domain.years, float)[found.step[first]]
        xyz = unit_vector(domain.latitude[cell], domain.longitude[cell]) * EARTH_RADIUS_KM
        residual = np.bincount(cast, found.truth - found.mean, first.size) / levels
        scale = np.bincount(cast, found.scale, first.size) / levels
        return cls(residual, scale, levels, xyz, years, cruise[first])

    def of_each(self) -> list[Ints]:
        """List the casts of each cruise that has any, in the order of the cruises' numbers, each in order of time."""
        order = np.lexsort((self.years, self.cruise))
        return np.split(order, np.flatnonzero(np.diff(self.cruise[order])) + 1) if order.size else []


def cruise_offsets(domain: Domain, found: Predictions, cruise: Ints, names: Sequence[str], whole: Mask) -> pd.DataFrame:
    """Measure how far the observations of each cruise are from what all others say.

    The residuals of a cast, observed less estimated without it, are averaged over its levels, which count as one value.
    From each cast's mean the residuals of other cruises near it in space and time are taken off, for where whole years
    are held out the year's own anomaly is in all of them (Gaussian weights of 200 km and half a year, or the spacing of
    the columns and the step where these are more; a weight of one for none). Casts of a cruise are correlated: the
    variance of their mean is a sum over pairs of an exponential covariance with a nugget, fitted to the squared
    differences of casts of one cruise up to 300 km apart, in units of the estimates' standard errors; casts at other
    times are no more independent for it. Cruises scatter by more than that, because the ocean and calibrations vary:
    by `spread`, the same for all in these units, and such that half of the cruises are within 0.6745 of their standard
    errors of the median (Paule and Mandel 1982 find it by squares, which the biased ones would decide). A cruise is
    tested against both, and p is adjusted for the number of cruises (Benjamini and Hochberg 1995). The most significant
    cruise then counts among the others no longer, until no further one is significant: a biased cruise makes its
    neighbours look biased the other way.

    Parameters
    ----------
    domain : Domain
        Place and time of cells and steps.
    found : Predictions
        Held-out estimates.
    cruise : int array, shape (target,)
        Cruise of each target.
    names : sequence of str
        Name of each cruise number.
    whole : bool array, shape (cruise,)
        Whether a cruise was held out as a whole: where its other casts were known, its offset is larger than it seems.

    Returns
    -------
    pandas.DataFrame
        One row a cruise, most significant first: cruise; casts, values (numbers); first_year, last_year; mean_residual;
        offset (less those of its neighbours); standard_error and spread; all umol kg-1; z, p, and q (p adjusted);
        significant (q below 0.05); whole. z, p and q are missing where too little is known: for cruises of fewer than 3
        casts, or with no other cruise within reach of half of their casts, and where fewer than 8 cruises are left.

    Examples
    --------
    >>> from graphs.grid import Grid
    >>> from graphs.time_axis import TimeAxis
    >>> from oxygen_recon.dataset.domain import make_domain
    >>> edges = np.arange(11.0), np.arange(11.0), np.array([0.0, 10])
    >>> grid, years = Grid(*edges, np.array([5.0]), np.ones((1, 10, 10), bool)), TimeAxis.regular(2000, 2000, "year")
    >>> domain, cell = make_domain(grid, years, np.zeros((1, 100, 0)), ()), np.arange(100)
    >>> cruise, zero = cell // 10, np.zeros(100, int)
    >>> residual = np.random.default_rng(0).normal(0, 2, 100) + 30.0 * (cruise == 4)
    >>> found = Predictions(cell, zero, zero, 200 + residual, zero + 200.0, zero + 2.0)
    >>> table = cruise_offsets(domain, found, cruise, list("abcdefghij"), np.ones(10, bool))
    >>> table["cruise"][table["significant"]].tolist()
    ['e']
    """
    casts = _Casts.of(domain, found, cruise)
    number, own = np.unique(casts.cruise, return_inverse=True)
    size = np.bincount(own)
    near, apart = _Neighbours.of(casts, *_near(domain)), np.zeros(len(names), bool)

    def mean(values: Floats | Mask) -> Floats:
        return np.bincount(own, values, number.size) / size

    variance = _variances(casts, near.less_of_others(casts, apart)) if number.size else np.zeros(0)
    for _ in range(_MOST_PASSES):
        offset, others = mean(near.less_of_others(casts, apart)), mean(near.accompanied(casts, apart))
        tested = (size >= _FEWEST) & (others >= _ACCOMPANIED)
        spread, z, p, q = _tested(offset, variance, mean(casts.scale), tested)
        new = np.flatnonzero((q < ALPHA) & ~apart[number])
        if not new.size:
            break
        apart[number[new[p[new].argmin()]]] = True
    years = [np.floor(casts.years[one][[0, -1]]).astype(np.int64) for one in casts.of_each()]
    first, last = np.array(years, np.int64).reshape(-1, 2).T
    values = np.bincount(own, casts.levels, number.size).astype(np.int64)
    table = pd.DataFrame(
        {
            "cruise": [names[i] for i in number], "casts": size, "values": values, "first_year": first,
            "last_year": last, "mean_residual": mean(casts.residual), "offset": offset,
            "standard_error": np.sqrt(variance), "spread": spread, "z": z, "p": p, "q": q, "significant": q < ALPHA,
            "whole": whole[number],
        }
    )  # fmt: skip
    return table.sort_values(["p", "cruise"], ignore_index=True)


@dataclass(frozen=True)
class _Neighbours:
    """Casts of other cruises near each cast, and their weights, shape (cast, neighbour); 0 where there is none."""

    number: Ints
    weight: Floats

    @classmethod
    def of(cls, casts: _Casts, km: float, years: float) -> _Neighbours:
        if not casts.residual.size:
            return cls(np.zeros((0, 0), np.int64), np.zeros((0, 0)))
        points = np.column_stack([casts.xyz / km, casts.years / years])
        most = np.arange(1, min(_MOST, casts.residual.size) + 1)
        distance, number = cKDTree(points).query(points, k=most, distance_upper_bound=_REACH)
        there = np.isfinite(distance)
        number = np.where(there, number, 0)
        there &= casts.cruise[number] != casts.cruise[:, None]
        return cls(number, np.where(there, np.exp(-0.5 * np.where(there, distance, 0.0) ** 2), 0.0))

    def accompanied(self, casts: _Casts, apart: Mask) -> Mask:
        """Tell which casts have one of another cruise in reach that is not set apart, shape (cast,)."""
        return np.asarray(((self.weight > 0) & ~apart[casts.cruise[self.number]]).any(axis=1))

    def less_of_others(self, casts: _Casts, apart: Mask) -> Floats:
        """Take the mean of other cruises' residuals near each cast off its own; those set apart do not count."""
        weight = self.weight * ~apart[casts.cruise[self.number]]
        mean: Floats = (weight * casts.residual[self.number]).sum(axis=1) / (weight.sum(axis=1) + 1.0)
        return casts.residual - mean


def _near(domain: Domain) -> tuple[float, float]:
    """Return what counts as near in a domain: km, at least the spacing of its columns; years, at least its step."""
    _, one = np.unique(domain.column, return_index=True)
    places = unit_vector(domain.latitude[one], domain.longitude[one]) * EARTH_RADIUS_KM
    spacing = np.median(cKDTree(places).query(places, k=[2])[0]) if one.size > 1 else 0.0
    step = float(np.median(np.diff(domain.years))) if domain.steps > 1 else 0.0
    return max(_KM, float(spacing)), max(_YEARS, step)


def _variances(casts: _Casts, residual: Floats) -> Floats:
    """Variance of the mean of each cruise's casts, from the covariance of casts of one cruise."""
    each = casts.of_each()
    variance, shared, length = _covariance(casts, each, residual)
    found = np.empty(len(each))
    for i, one in enumerate(each):
        some = _spaced(one, _SUMMED)
        places, scale = casts.xyz[some], casts.scale[some]
        apart = np.linalg.norm(places[:, None] - places[None], axis=-1)
        correlation = shared * np.exp(-apart / length) + np.eye(some.size) * (1.0 - shared)
        found[i] = variance * float(scale @ correlation @ scale) / some.size**2
    return found


def _covariance(casts: _Casts, each: list[Ints], residual: Floats) -> tuple[float, float, float]:
    """Fit variance, the share of it that near casts of one cruise have in common, and its length, km.

    Where too few distances have pairs to tell, all casts of a cruise count as one.
    """
    unit = residual / casts.scale
    number, total = np.zeros(_BINS.size + 1), np.zeros(_BINS.size + 1)
    distance = np.zeros(_BINS.size + 1)
    for one in each:
        some = _spaced(one, _PAIRED)
        first, second = (some[side] for side in np.triu_indices(some.size, 1))
        km = np.linalg.norm(casts.xyz[first] - casts.xyz[second], axis=1)
        place = np.digitize(km, _BINS)
        number += np.bincount(place, minlength=number.size)
        distance += np.bincount(place, km, number.size)
        total += np.bincount(place, 0.5 * (unit[first] - unit[second]) ** 2, number.size)
    known = (number > 0) & (np.arange(number.size) < _BINS.size)  # not those beyond the last bin
    if known.sum() < 3:
        return float(unit.var()) if unit.size else 0.0, 1.0, np.inf
    n, half, km = number[known], total[known] / number[known], distance[known] / number[known]
    best = (np.inf, float(unit.var()), 1.0, np.inf)
    for length in _LENGTHS:
        design = np.column_stack([np.ones(km.size), -np.exp(-km / length)]) * np.sqrt(n)[:, None]
        (sill, fall), *_ = np.linalg.lstsq(design, half * np.sqrt(n), rcond=None)
        error = float((n * (sill - fall * np.exp(-km / length) - half) ** 2).sum())
        if sill > 0 and error < best[0]:
            best = (error, float(sill), float(np.clip(fall / sill, 0.0, 1.0)), float(length))
    return best[1:]


def _spaced(numbers: Ints, most: int) -> Ints:
    """Take evenly spaced ones of many numbers."""
    return numbers if numbers.size <= most else numbers[np.linspace(0, numbers.size - 1, most).round().astype(np.int64)]


def _tested(offset: Floats, variance: Floats, scale: Floats, tested: Mask) -> tuple[Floats, Floats, Floats, Floats]:
    """Return the scatter of cruises beyond their standard errors, and z, p and adjusted p, NaN where not tested."""
    spread, z, p, q = (np.full(offset.size, np.nan) for _ in range(4))
    if tested.sum() < _FEWEST_CRUISES:
        return spread, z, p, q
    away, own, square = offset[tested] - np.median(offset[tested]), variance[tested], scale[tested] ** 2
    low, high = 0.0, float((away**2 / square).max())
    for _ in range(60):  # of scatter the median of away over its standard error falls
        middle = 0.5 * (low + high)
        wide = np.median(np.abs(away) / np.sqrt(own + middle * square)) > norm.ppf(0.75)
        low, high = (middle, high) if wide else (low, middle)
    z[tested] = away / np.sqrt(own + high * square)
    p[tested] = 2 * norm.sf(np.abs(z[tested]))
    q[tested] = false_discovery_control(p[tested])
    return np.sqrt(high) * scale, z, p, q
