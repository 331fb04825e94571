"""Figures of skill: scores of all methods, and errors at held-out observations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from graphs.types import Floats
from oxygen_recon.report.figures.canvas import COLOURS, add_heading, new_figure, short_numbers, style_axes, upper_limit
from qc.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def skill_bars(table: pd.DataFrame, score: str = "RMSE") -> Figure:
    """Draw a score of every method in every split.

    Parameters
    ----------
    table : DataFrame
        method, split and the score (umol kg-1); rows with a `layer` other than "all" are ignored. Several rows of a
        method and split (seeds, folds) become one bar at their mean, with whiskers over their range; for single rows
        the whiskers show <score>_spread, one standard deviation over folds, where it is there.
    score : str
        Column to draw; lower is better.

    Returns
    -------
    matplotlib.figure.Figure
        One group of bars a split, one colour a method.

    Raises
    ------
    InputError
        If a needed column is missing or no row is left.

    Examples
    --------
    >>> table = pd.DataFrame({"split": "held out", "method": ["graph", "climatology"], "RMSE": [8.0, 10.5]})
    >>> [float(bar.get_height()) for bar in skill_bars(table).axes[0].patches]
    [8.0, 10.5]
    """
    missing = [name for name in ("method", "split", score) if name not in table]
    rows = table[table["layer"] == "all"] if "layer" in table else table
    if missing or rows.empty:
        what = f"no column {', '.join(missing)}" if missing else "no row to draw"
        raise InputError(what, "skill table", "use the table that validate writes")
    methods, splits = list(dict.fromkeys(rows["method"])), list(dict.fromkeys(rows["split"]))
    figure = new_figure(max(6.0, 2.2 + 0.75 * len(methods) * len(splits)), 3.9)
    axes = figure.subplots()
    for i, method in enumerate(methods):
        place = np.arange(len(splits)) + (i - (len(methods) - 1) / 2) * 0.8 / len(methods)
        heights = _heights(rows[rows["method"] == method], splits, score)
        axes.bar(
            place, heights[0], 0.74 / len(methods),
            color=COLOURS[i % len(COLOURS)], label=str(method).replace("_", " "),
        )  # fmt: skip
        _whiskers(axes, place, *heights)
    axes.set_xticks(range(len(splits)), [str(split).replace("_", " ") for split in splits])
    axes.set_ylabel(f"{score} (µmol kg⁻¹)")
    axes.margins(y=0.12)
    style_axes(axes)
    figure.legend(loc="outside right upper", fontsize=8.5, frameon=False)
    several = rows.groupby(["split", "method"]).size().max() > 1
    whiskers = "range over runs" if several else "one standard deviation over folds"
    add_heading(figure, f"{score} at held-out targets", f"whiskers: {whiskers}; lower is better")
    return figure


def _whiskers(
    axes: Axes,
    place: Floats,
    mean: Floats,
    down: Floats,
    up: Floats,
) -> None:
    """Draw whiskers and write the mean above each bar."""
    axes.errorbar(place, mean, [down, up], fmt="none", ecolor="0.2", elinewidth=0.9, capsize=2.5)
    for x, value, top in zip(place, mean, mean + np.nan_to_num(up)):
        if np.isfinite(value):
            axes.annotate(
                f"{value:.1f}", (x, top), (0, 2), textcoords="offset points", ha="center", fontsize=7.5
            )  # fmt: skip


def _heights(rows: pd.DataFrame, splits: list[str], score: str) -> tuple[Floats, Floats, Floats]:
    """Return the mean score of a method in each split and the lengths of its whiskers, NaN where unknown."""
    found = np.full((3, len(splits)), np.nan)
    for j, split in enumerate(splits):
        one = rows[rows["split"] == split]
        value = one[score].to_numpy(float)
        value = value[np.isfinite(value)]
        if value.size > 1:
            found[:, j] = value.mean(), np.ptp([value.min(), value.mean()]), np.ptp([value.mean(), value.max()])
        elif value.size == 1:
            spread = float(one[f"{score}_spread"].iloc[0]) if f"{score}_spread" in one else np.nan
            found[:, j] = value[0], spread, spread
    return found[0], found[1], found[2]


_MOST_LEVELS = 60  # with more different depths than this, depths are binned


_RESIDUAL = "estimate − observation (µmol kg⁻¹)"


def residuals(held_out: pd.DataFrame) -> Figure:
    """Draw the errors of estimates at held-out observations.

    Parameters
    ----------
    held_out : DataFrame
        One row a held-out observation: depth (m), year, truth (the observation), mean (the estimate) and scale (its
        standard error), umol kg-1.

    Returns
    -------
    matplotlib.figure.Figure
        Histogram; median and quartiles by depth and by year; histogram of (estimate - observation) / standard error
        with the standard normal distribution.

    Raises
    ------
    InputError
        If no row has both an observation and an estimate.
    """
    known = held_out[np.isfinite(held_out["truth"]) & np.isfinite(held_out["mean"])]
    if known.empty:
        raise InputError("no held-out observation has an estimate", "out-of-fold table", "run the validation first")
    error = (known["mean"] - known["truth"]).to_numpy(float)
    figure = new_figure(9.0, 6.6)
    (a, b), (c, d) = figure.subplots(2, 2)
    _histogram(a, error)
    _by_depth(b, known["depth"].to_numpy(float), error)
    _by_year(c, known["year"].to_numpy(float), error)
    _reliability(d, error / known["scale"].to_numpy(float))
    add_heading(
        figure,
        "Errors at held-out observations",
        "line: median; shaded: interquartile range; the outermost bars of the histograms hold all values beyond",
    )
    return figure


def _histogram(axes: Axes, error: Floats) -> None:
    """Draw the distribution of the errors."""
    top = upper_limit(np.abs(error), 99.0)
    axes.hist(np.clip(error, -top, top), bins=61, range=(-top, top), color=COLOURS[0])
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set(xlabel=_RESIDUAL, ylabel="held-out observations", xlim=(-top, top))
    short_numbers(axes.yaxis)
    style_axes(axes, f"bias {error.mean():+.1f}, RMSE {np.sqrt(np.mean(error**2)):.1f}, n {error.size:,}")


def _by_depth(axes: Axes, depth: Floats, error: Floats) -> None:
    """Draw median and quartiles of the errors against depth."""
    levels = np.unique(depth)
    if levels.size <= _MOST_LEVELS:  # levels of a grid: each is a bin, however few its observations
        marks, title = levels, "by depth, one point a level"
    else:
        marks = np.unique(np.quantile(depth, np.linspace(0.0, 1.0, 21)))[:-1]
        title = "by depth, 20 bins with equal counts"
    middle, quartiles = _quartiles(depth, error, marks)
    axes.fill_betweenx(middle, quartiles[0], quartiles[2], color=COLOURS[0], alpha=0.25, linewidth=0)
    axes.plot(quartiles[1], middle, color=COLOURS[0], linewidth=1.4, marker="o", markersize=2.5)
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set_yscale("symlog", linthresh=100.0)
    axes.set_yticks([t for t in (0, 50, 100, 200, 500, 1000, 2000, 5000) if t <= max(100.0, 1.3 * depth.max())])
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.minorticks_off()
    deepest = max(100.0, depth.max())
    axes.set_ylim(1.12 * deepest, -4.0)  # shows whole markers at both ends
    axes.set(xlabel=_RESIDUAL, ylabel="depth (m)")
    style_axes(axes, title)


def _by_year(axes: Axes, year: Floats, error: Floats) -> None:
    """Draw median and quartiles of the errors over time, in at most 40 bins."""
    from matplotlib.ticker import MaxNLocator

    first, last = np.floor(year.min()), np.floor(year.max())
    step = max(1.0, np.ceil((last - first + 1) / 40.0))
    middle, quartiles = _quartiles(year, error, np.arange(first, last + step + 1, step))
    axes.fill_between(middle, quartiles[0], quartiles[2], color=COLOURS[0], alpha=0.25, linewidth=0)
    axes.plot(middle, quartiles[1], color=COLOURS[0], linewidth=1.4, marker="o", markersize=2.5)
    axes.axhline(0.0, color="black", linewidth=0.8)
    if middle.size == 1:
        axes.set_xticks(middle, [f"{first:.0f}"])
    else:
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10], integer=True))
    axes.set(xlabel="year", ylabel=_RESIDUAL)
    style_axes(axes, "by year" if step == 1 else f"in steps of {step:.0f} years")


def _quartiles(position: Floats, error: Floats, marks: Floats) -> tuple[Floats, Floats]:
    """Return the median position and the quartiles of the errors of each bin with data, shapes (bin,) and (3, bin)."""
    which = np.digitize(position, marks)
    found = np.unique(which)
    middle = np.array([np.median(position[which == i]) for i in found])
    return middle, np.stack([np.quantile(error[which == i], (0.25, 0.5, 0.75)) for i in found], axis=1)


def _reliability(axes: Axes, z: Floats) -> None:
    """Draw the distribution of errors divided by their standard error, with the normal distribution."""
    z = z[np.isfinite(z)]
    grid = np.linspace(-4.0, 4.0, 161)
    axes.plot(grid, np.exp(-0.5 * grid**2) / np.sqrt(2.0 * np.pi), color="black", linewidth=1.1, label="normal")
    title = "no standard error given"
    if z.size:
        axes.hist(np.clip(z, -4.0, 4.0), bins=49, range=(-4.0, 4.0), density=True, color=COLOURS[0], alpha=0.8)
        one, two = (100.0 * np.mean(np.abs(z) < sigma) for sigma in (1, 2))
        title = f"within 1 σ: {one:.0f} % (68), within 2 σ: {two:.0f} % (95)"
    axes.legend(fontsize=8, frameon=False)
    axes.set(xlabel="(estimate − observation) / standard error", ylabel="density", xlim=(-4.0, 4.0))
    style_axes(axes, title)
