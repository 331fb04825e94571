"""Scores by class of target: basin, layer, decade, season and distance to the nearest observation, with intervals."""

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
from oxygen_recon.evaluation.metrics import score
from oxygen_recon.evaluation.predictions import Predictions
from oxygen_recon.evaluation.skill import Found

DISTANCES = (50.0, 100.0, 200.0, 500.0, 1000.0)  # km, borders of the classes of distance
SEASONS = ("January-March", "April-June", "July-September", "October-December")  # as the steps of a season
_REPEATS, _LOW, _HIGH = 1000, 0.025, 0.975  # bootstrap samples; ends of the interval of 95 %
_SCORES = ("n", "bias", "MAE", "RMSE", "coverage_68", "coverage_90")


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
        "basin", "layer", "decade", "season", "distance".
    group : int array, shape (target,)
        Targets of one group are not independent: cruise, year, column or block.
    """

    by: dict[str, Classes]
    group: Ints


def divide(domain: Domain, cell: Ints, step: Ints, distance: Floats) -> dict[str, Classes]:
    """Divide targets by basin, depth layer, decade, season and distance to the nearest observation.

    Parameters
    ----------
    domain : Domain
        Cells and steps.
    cell, step : int array, shape (target,)
        Targets.
    distance : array, shape (target,)
        As from `oxygen_recon.evaluation.distance.nearest_observation`, km.

    Returns
    -------
    dict of str to Classes
        No "decade" in a domain of one step, no "season" where steps are a year or longer.
    """
    found = {
        "basin": Classes(BASINS, basins_of(domain.latitude[cell], domain.longitude[cell])),
        "layer": Classes(tuple(f"{name} m" for name in LAYERS), layer_of(domain.depth[cell])),
        "distance": Classes(_distance_names(), np.digitize(distance, [*DISTANCES, np.inf])),
    }
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
        One row a split, division ("all" first), class and method: n, groups, bias, MAE, RMSE, coverage_68 and
        coverage_90 (`oxygen_recon.evaluation.metrics`); bias_low, bias_high, RMSE_low, RMSE_high, an interval of 95 %:
        the percentiles of 1000 draws of as many groups, with replacement (Efron 1979). No interval (NaN) of one group.
    """
    rows = []
    for split, (by, group) in divided.items():
        everything = {"all": Classes(("all",), np.zeros(group.size, np.int64))}
        methods = {method: p for (s, method), p in predictions.items() if s == split}
        for division, classes in (everything | by).items():
            for number, name in enumerate(classes.names):
                inside = classes.number == number
                if inside.any():
                    label = {"split": split, "division": division, "class": name}
                    draw = np.random.default_rng([seed, zlib.crc32(f"{split}/{division}/{name}".encode())])
                    rows += [label | row for row in _rows(methods, inside, group[inside], draw)]
    return pd.DataFrame(rows)


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
        rows.append(row | _intervals(p.mean - p.truth, mine, times))
    return rows


def _intervals(error: Floats, group: Ints, times: Floats) -> dict[str, float]:
    """Interval of bias and RMSE, from how often each group is drawn, shape (repeat, group)."""
    ends = dict.fromkeys(("bias_low", "bias_high", "RMSE_low", "RMSE_high"), float("nan"))
    if np.unique(group).size < 2:
        return ends
    count, total, square = (
        times @ np.bincount(group, weights, times.shape[1]) for weights in (np.ones(error.size), error, error**2)
    )
    drawn = count > 0
    bias, rmse = total[drawn] / count[drawn], np.sqrt(square[drawn] / count[drawn])
    values = [*np.quantile(bias, (_LOW, _HIGH)), *np.quantile(rmse, (_LOW, _HIGH))]
    return dict(zip(ends, map(float, values)))


def _distance_names() -> tuple[str, ...]:
    """Names of the classes of distance."""
    ends = [0.0, *DISTANCES]
    between = [f"{low:g}-{high:g} km" for low, high in pairwise(ends)]
    return (*between, f"{DISTANCES[-1]:g} km and more", "none within two years")
