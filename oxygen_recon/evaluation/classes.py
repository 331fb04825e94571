"""Scores by class of target: place, time and how near observations are, with intervals; and the worst year."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from graphs.basins import BASINS
from graphs.types import Floats, Ints, Mask
from oxygen_recon.dataset.domain import LAYERS, Domain, layer_of
from oxygen_recon.dataset.folds import basins_of
from oxygen_recon.evaluation.metrics import INTERVALS, MAPE_FLOOR, crps, score
from oxygen_recon.evaluation.predictions import Predictions
from oxygen_recon.evaluation.skill import Found
from oxygen_recon.models.class_factors import distance_class
from oxygen_recon.models.nearness import DISTANCES, REACH_KM, Nearness

LAGS = {"same step": 0.0, "up to 1 year": 1.0, "1-5 years": 5.0, "5 years and more": np.inf}  # years, upper ends
_LEAP = 0.01  # years; steps whole years apart are so up to 0.0022 decimal years, as leap years fall
THIRDS = ("lowest third", "middle third", "highest third")
SEASONS = ("January-March", "April-June", "July-September", "October-December")  # as the steps of a season
_REPEATS, _LOW, _HIGH = 1000, 0.025, 0.975  # bootstrap samples; ends of the interval of 95 %
_YEAR = 200  # targets of a year whose coverage is looked at
_SCORES = ("n", "bias", "MAE", "RMSE", "MAPE", "R2", "coverage_68", "coverage_90", "CRPS")


class Classes(NamedTuple):
    """One way to divide targets.

    Parameters
    ----------
    names : tuple of str
        Names of the classes, in their order.
    number : int array, shape (target,)
        Class of each target.
    """

    names: tuple[str, ...]
    number: Ints


class Divided(NamedTuple):
    """The targets of a split, divided in several ways, and the groups that are drawn again in the bootstrap.

    Parameters
    ----------
    by : dict of str to Classes
        As from `divide`.
    group : int array, shape (target,)
        Targets of one group are not independent: cruise, year, column or block.
    year : int array, shape (target,)
        Calendar year.
    """

    by: dict[str, Classes]
    group: Ints
    year: Ints


def divide(domain: Domain, cell: Ints, step: Ints, near: Nearness) -> dict[str, Classes]:
    """Divide targets by basin, depth layer, decade, season and how near observations are.

    Parameters
    ----------
    domain : Domain
        Cells and steps.
    cell, step : int array, shape (target,)
        Targets.
    near : Nearness
        How near the observations are that the estimates could use.

    Returns
    -------
    dict of str to Classes
        "basin", "layer", "distance", "lag", "decade", "season"; "error of temperature" and the like, thirds of the
        targets, where covariates are mapped. No "decade" in a domain of one step, no "season" where steps are a year or
        longer.
    """
    found = {
        "basin": Classes(BASINS, basins_of(domain.latitude[cell], domain.longitude[cell])),
        "layer": Classes(tuple(f"{name} m" for name in LAYERS), layer_of(domain.depth[cell])),
        "distance": Classes(_distance_names(), distance_class(near.distance)),
        "lag": Classes((*LAGS, f"none within {REACH_KM:g} km"), _lag(near.lag)),
    }
    for name, error in zip(near.names, near.error.T):
        ends = np.nanquantile(error, [1 / 3, 2 / 3]) if np.isfinite(error).any() else [np.inf, np.inf]
        found[f"error of {name}"] = Classes(
            (*THIRDS, "unknown"), np.where(np.isnan(error), 3, np.digitize(error, ends))
        )
    years = domain.years[step]
    if domain.steps > 1:
        decade, number = np.unique(np.floor(years / 10).astype(np.int64), return_inverse=True)
        found["decade"] = Classes(tuple(f"{ten}0s" for ten in decade), number)
        if np.median(np.diff(domain.years)) < 0.75:
            found["season"] = Classes(SEASONS, np.floor((years % 1.0) * 4).astype(np.int64))
    return found


def skill_by_class(predictions: Found, divided: Mapping[str, Divided], seed: int) -> pd.DataFrame:
    """Score every method in every class of its own targets, with intervals by a bootstrap over whole groups.

    Parameters
    ----------
    predictions : mapping of (split, method) to Predictions
        A target without an estimate is left out for that method only.
    divided : mapping of str to Divided
        The targets of each split, in the order of its predictions.
    seed : int
        Makes the intervals repeatable; the same groups are drawn for all methods.

    Returns
    -------
    pandas.DataFrame
        One row a split, division ("all" first), class and method: n, groups, bias, MAE, RMSE, MAPE, R2, coverage_68,
        coverage_90 and CRPS (`oxygen_recon.evaluation.metrics`); and of each score but n `<score>_low` and
        `<score>_high`, an interval of 95 %: the percentiles of 1000 draws of as many groups, with replacement (Efron
        1979). No interval (NaN) of one group.
        The division "worst year" has of each method the year whose range of 90 % holds least, of those with at least
        200 targets.
    """
    rows = []
    for split, (by, group, year) in divided.items():
        everything = {"all": Classes(("all",), np.zeros(group.size, np.int64))}
        methods = {method: p for (s, method), p in predictions.items() if s == split}
        for division, classes in (everything | by).items():
            for number, name in enumerate(classes.names):
                inside = classes.number == number
                if inside.any():
                    label = {"split": split, "division": division, "class": name}
                    draw = np.random.default_rng([seed, zlib.crc32(f"{split}/{division}/{name}".encode())])
                    rows += [label | row for row in _rows(methods, inside, group[inside], draw)]
        for method, p in methods.items():
            worst = _worst_year(p, year)
            if worst is not None:
                label = {"split": split, "division": "worst year", "class": str(worst)}
                draw = np.random.default_rng([seed, worst])
                rows += [label | row for row in _rows({method: p}, year == worst, group[year == worst], draw)]
    return pd.DataFrame(rows)


def _worst_year(predictions: Predictions, year: Ints) -> int | None:
    """Year of at least `_YEAR` targets whose range of 90 % holds the least share of them; None where none is known."""
    known = np.isfinite(predictions.scale) & np.isfinite(predictions.mean)
    outside = np.abs(predictions.truth - predictions.mean)[known] > INTERVALS["coverage_90"] * predictions.scale[known]
    years, number, count = np.unique(year[known], return_inverse=True, return_counts=True)
    if not (count >= _YEAR).any():
        return None
    share = np.where(count >= _YEAR, np.bincount(number, outside, years.size) / count, -1.0)
    return int(years[share.argmax()])


def _rows(
    methods: Mapping[str, Predictions], inside: Mask, group: Ints, draw: np.random.Generator
) -> list[dict[str, object]]:
    """Score all methods in one class."""
    names, member = np.unique(group, return_inverse=True)
    times = draw.multinomial(names.size, np.full(names.size, 1.0 / names.size), _REPEATS).astype(float)
    rows: list[dict[str, object]] = []
    for method, everywhere in methods.items():
        p = everywhere.take(inside)
        known = np.isfinite(p.mean)
        p, mine = p.take(known), member[known]
        scale = p.scale if p.scale.size and np.isfinite(p.scale).all() else None
        scores = score(p.truth, p.mean, scale)
        row: dict[str, object] = {"method": method, "groups": np.unique(mine).size}
        row |= {name: scores.get(name, np.nan) for name in _SCORES}
        rows.append(row | _intervals(p.truth, p.mean, scale, mine, times))
    return rows


def _intervals(truth: Floats, mean: Floats, scale: Floats | None, group: Ints, times: Floats) -> dict[str, float]:
    """Interval of every score, from how often each group is drawn, shape (repeat, group).

    Scores are ratios of sums over targets: the sums of each group are made once, and added as often as it is drawn.
    """
    ends = [f"{name}_{end}" for name in _SCORES[1:] for end in ("low", "high")]
    if np.unique(group).size < 2:
        return dict.fromkeys(ends, float("nan"))
    error, large = mean - truth, truth >= MAPE_FLOOR
    centred = truth - truth.mean()  # about its own mean: a variance by sums loses no digits
    unknown = np.full(error.size, np.nan)
    parts = {
        "n": np.ones(error.size), "error": error, "absolute": np.abs(error), "square": error**2, "large": large,
        "relative": np.where(large, np.abs(error) / np.where(large, truth, 1.0), 0.0), "truth": centred,
        "variance": centred**2, "CRPS": unknown if scale is None else crps(error, scale),
    }  # fmt: skip
    for name in ("coverage_68", "coverage_90"):
        parts[name] = unknown if scale is None else np.abs(error) <= INTERVALS[name] * scale
    drawn = {name: times @ np.bincount(group, part, times.shape[1]) for name, part in parts.items()}
    with np.errstate(divide="ignore", invalid="ignore"):  # a draw without any target, or without a large one
        n = np.where(drawn["n"] > 0, drawn["n"], np.nan)
        scores = {
            "bias": drawn["error"] / n, "MAE": drawn["absolute"] / n, "RMSE": np.sqrt(drawn["square"] / n),
            "MAPE": 100.0 * drawn["relative"] / drawn["large"],
            "R2": 1.0 - drawn["square"] / (drawn["variance"] - drawn["truth"] ** 2 / n),
        }  # fmt: skip
    scores |= {name: drawn[name] / n for name in ("coverage_68", "coverage_90", "CRPS")}
    return dict(zip(ends, np.concatenate([_ends(scores[name]) for name in _SCORES[1:]]).tolist()))


def _ends(drawn: Floats) -> Floats:
    """Low and high end of the draws that have a value; NaN where none has."""
    known = drawn[np.isfinite(drawn)]
    return np.quantile(known, (_LOW, _HIGH)) if known.size else np.full(2, np.nan)


def _lag(lag: Floats) -> Ints:
    """Class of each lag in `LAGS`; the last where no observation is within reach."""
    ends = list(LAGS.values())[:-1]
    return np.where(np.isfinite(lag), np.searchsorted(ends, lag - _LEAP), len(LAGS))


def _distance_names() -> tuple[str, ...]:
    """Names of the classes of distance."""
    ends = [0.0, *DISTANCES]
    between = [f"{low:g}-{high:g} km" for low, high in pairwise(ends)]
    return (*between, f"{DISTANCES[-1]:g} km and more", "none within two years")
