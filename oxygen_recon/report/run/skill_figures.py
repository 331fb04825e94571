"""Figures of skill and of observations of a run."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from graphs.basins import BASINS, basin_of
from graphs.types import Floats, Ints
from oxygen_recon.evaluation.predictions import Predictions
from oxygen_recon.report import figures
from oxygen_recon.report.figures.diagrams.classes import class_table
from oxygen_recon.report.figures.diagrams.reliability import observed_shares
from oxygen_recon.report.figures.diagrams.taylor import taylor_points
from oxygen_recon.report.run.plot import Plot
from oxygen_recon.report.run.results import RunResults
from oxygen_recon.report.skill_table import named

_IN_CELL = 5  # targets that a cell needs for anomalies in time


def scores(results: RunResults) -> Iterator[Plot]:
    """Draw the scores of all methods.

    Parameters
    ----------
    results : RunResults
        Results of the run.

    Yields
    ------
    Plot
    """
    if not results.skill.empty:
        n = ", ".join(f"{split} n = {count:,.0f}" for split, count in _counts(results.skill).items())
        caption = f"Root mean square error (µmol kg⁻¹) of every method at all of its own targets; {n}."
        yield Plot("skill", "skill", figures.skill_bars(results.skill), caption)
    yield from _through_time(results)
    yield from _by_basin(results)
    yield from _taylor(results)
    yield from _reliability(results)
    held_out = held_out_table(results)
    if not held_out.empty:
        caption = (
            f"{_title(results.method)}: errors at held-out observations (µmol kg⁻¹; n = {len(held_out):,}), by depth "
            "and year, and their ratio to the standard error."
        )
        yield Plot("skill", "residuals", figures.residuals(held_out), caption)


def observations(results: RunResults) -> Iterator[Plot]:
    """Draw how much was observed: by year and depth, and maps by decade.

    Parameters
    ----------
    results : RunResults
        Results of the run.

    Yields
    ------
    Plot
    """
    counts = figures.observations_by_year(results.reconstruction)
    span = f"{results.years[0]}–{results.years[-1]}"
    caption = f"Observations by year and depth, {span}: casts that a cell holds, n = {float(counts.sum()):,.0f}."
    yield Plot("data", "coverage", figures.coverage(counts), caption)
    caption = (
        f"Number of years of each decade in which a column was observed at any depth, {span}; the titles give the "
        "observations of the decade (casts and levels) and the share of all columns with one."
    )
    yield Plot("data", "coverage_maps", figures.coverage_maps(results.reconstruction), caption)


def held_out_table(results: RunResults) -> pd.DataFrame:
    """Return the held-out points of the model as a table.

    Parameters
    ----------
    results : RunResults
        Results of the run.

    Returns
    -------
    DataFrame
        As for `oxygen_recon.report.figures.residuals`; empty where nothing was held out.
    """
    found = results.points.get((_first_split(results), results.method))
    if found is None or not np.isfinite(found.mean).any():
        return pd.DataFrame()
    known = found.take(np.isfinite(found.mean))
    depth, year = results.grid.depth[results.grid.level_of[known.cell]], step_years(results)[known.step]
    return pd.DataFrame({"depth": depth, "year": year, "truth": known.truth, "mean": known.mean, "scale": known.scale})


def step_years(results: RunResults) -> Ints:
    """Return the calendar year of each step.

    Parameters
    ----------
    results : RunResults
        Results of the run.

    Returns
    -------
    int array, shape (step,)
    """
    found: Ints = results.reconstruction["time"].dt.year.to_numpy()
    return found


def best_rival(results: RunResults) -> str | None:
    """Return the method with the lowest error of those besides the model that have all held-out targets.

    Parameters
    ----------
    results : RunResults
        Results of the run.

    Returns
    -------
    str or None
        Its name; None where there is no other.
    """
    split = _first_split(results)
    own = results.points.get((split, results.method))
    if own is None:
        return None
    error = {
        method: float(np.sqrt(np.mean((one.mean - one.truth) ** 2)))
        for (of, method), one in results.points.items()
        if of == split and method != results.method and np.isfinite(one.mean).all()
    }
    return min(error, key=error.__getitem__) if error else None


def _through_time(results: RunResults) -> Iterator[Plot]:
    """Draw the error of every method decade by decade."""
    if results.by_class.empty:
        return
    rows = named(results.by_class)
    rows = rows[rows["division"] == "decade"]
    if rows["class"].nunique() < 2:
        return
    caption = (
        "Root mean square error (µmol kg⁻¹) of every method decade by decade, at all of its own targets; bars: "
        "interval of 95 % by a bootstrap over whole groups (what is held out together; blocks of 10° of never-sampled "
        "cells); the numbers of targets stand below the decades."
    )
    note = "bars: interval of 95 %, bootstrap over whole groups"
    yield Plot("skill", "skill_decades", figures.through_time(rows, "Skill through the century", note), caption)


def _by_basin(results: RunResults) -> Iterator[Plot]:
    """Draw error and bias by basin and decade, of the model and its best rival."""
    split = _first_split(results)
    chosen = [name for name in (results.method, best_rival(results)) if name and (split, name) in results.points]
    if not chosen:
        return
    tables = {}
    for method in chosen:
        found = results.points[split, method]
        found = found.take(np.isfinite(found.mean))
        decade = step_years(results) // 10
        columns = np.unique(decade[results.points[split, chosen[0]].step])
        row, column = _basin_numbers(results)[found.cell], np.searchsorted(columns, decade[found.step])
        held = np.unique(row)
        tables[_title(method)] = class_table(
            found.mean - found.truth, np.searchsorted(held, row), column,
            [BASINS[number] for number in held], [f"{ten}0s" for ten in columns],
        )  # fmt: skip
    n = int(next(iter(tables.values())).n.sum())
    caption = (
        f"Root mean square error and bias (estimate − observation, µmol kg⁻¹) by basin and decade at {split} targets "
        f"(n = {n:,}) of the model and of its best rival; in each cell the score above, the number of targets below."
    )
    heading = f"Skill by basin and decade, {split}"
    yield Plot(
        "skill", "skill_basins", figures.class_maps(tables, heading, "below each score: number of targets"), caption
    )


def _taylor(results: RunResults) -> Iterator[Plot]:
    """Draw Taylor diagrams of all methods, one a split: differences in space, and in time."""
    rows = []
    for how, anomalies in (("in space and time", _from_basin), ("in time", _from_cell)):
        row = {}
        for split in _splits(results):
            pairs = {method: anomalies(results, found) for method, found in _methods(results, split)}
            known = {
                method: pair for method, pair in pairs.items() if pair[0].size > 2 and min(map(np.ptp, pair)) > 1e-3
            }
            if known:
                n = max(truth.size for truth, _ in known.values())
                row[f"{split}, {how}, n = {n:,}"] = {_title(name): taylor_points(*pair) for name, pair in known.items()}
        if row:
            rows.append(row)
    if not rows:
        return
    caption = (
        "Taylor diagrams of all methods: correlation with the truth (angle), standard deviation over that of truth "
        "(distance from the origin), root mean square of the centred difference over it (dashed circles about the "
        "star, the truth); each method at all of its own targets. In space and time: anomalies from the mean of the "
        "truth in each basin and at each level, whose differences all methods know. In time: anomalies of truth and "
        f"estimate from their own mean in each cell, of cells with at least {_IN_CELL} targets."
    )
    note = "dashed: root mean square of the centred difference / standard deviation of the truth"
    drawn = figures.taylor_diagrams(rows, "Taylor diagrams", note)
    yield Plot("skill", "taylor", drawn, caption)


def _reliability(results: RunResults) -> Iterator[Plot]:
    """Draw how often the truth lies within the stated ranges, of every method that states them."""
    panels = {}
    for split in _splits(results):
        shares = {}
        for method, found in _methods(results, split):
            known = found.take(np.isfinite(found.scale) & (found.scale > 0))
            if known.mean.size:
                shares[_title(method)] = observed_shares(known.mean - known.truth, known.scale)
        if shares:
            panels[f"{split}, n = {_most(results, split):,}"] = shares
    if not panels:
        return
    caption = (
        "Reliability of every method that states a standard error: share of truths within its central ranges of 5 to "
        "95 %, and that share less the nominal one; below the black line ranges are too narrow, above it too wide."
    )
    note = "ranges of a Gaussian estimate; below the black line: too narrow, above: too wide"
    yield Plot("skill", "reliability", figures.reliability_diagrams(panels, "Reliability", note), caption)


def _from_basin(results: RunResults, found: Predictions) -> tuple[Floats, Floats]:
    """Truth and estimate less the mean of the truth in each basin and at each level."""
    place = results.grid.level_of[found.cell] * len(BASINS) + _basin_numbers(results)[found.cell]
    _, number = np.unique(place, return_inverse=True)
    mean = (np.bincount(number, found.truth) / np.bincount(number))[number]
    return found.truth - mean, found.mean - mean


def _from_cell(results: RunResults, found: Predictions) -> tuple[Floats, Floats]:
    """Truth and estimate less their own mean in each cell, of cells with enough targets."""
    _, number, count = np.unique(found.cell, return_inverse=True, return_counts=True)
    enough = count[number] >= _IN_CELL
    means = [(np.bincount(number, one) / count)[number] for one in (found.truth, found.mean)]
    return (found.truth - means[0])[enough], (found.mean - means[1])[enough]


def _basin_numbers(results: RunResults) -> Ints:
    """Basin of each wet cell, by its place in `BASINS`."""
    row, place = np.divmod(results.grid.column_of, results.grid.shape[2])
    names = basin_of(results.grid.latitude[row], results.grid.longitude[place])
    found: Ints = np.array(list(map(BASINS.index, names.tolist())))
    return found


def _methods(results: RunResults, split: str) -> Iterator[tuple[str, Predictions]]:
    """Methods of a split with what they estimate."""
    for (of, method), found in results.points.items():
        if of == split and (known := np.isfinite(found.mean)).any():
            yield method, found.take(known)


def _splits(results: RunResults) -> list[str]:
    """Names of the splits, in their order."""
    return list(dict.fromkeys(split for split, _ in results.points))


def _first_split(results: RunResults) -> str:
    """Name of the first split: what was held out."""
    return next(iter(_splits(results)), "")


def _most(results: RunResults, split: str) -> int:
    """Most targets of any method of a split."""
    return max(found.mean.size for _, found in _methods(results, split))


def _counts(skill: pd.DataFrame) -> dict[str, float]:
    """Most targets of any method, by split."""
    rows = named(skill)
    if "n" not in rows:
        return {}
    most = rows[rows["layer"] == "all"].groupby("split", sort=False)["n"].max()
    return {str(split): float(count) for split, count in most.items()}


def _title(method: str) -> str:
    """Name a method as the tables do."""
    return method.replace("_", " ")
