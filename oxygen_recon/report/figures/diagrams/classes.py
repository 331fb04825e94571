"""Skill by class of targets: tables in colours of two divisions, and scores through the century with intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from graphs.types import Floats, Ints
from oxygen_recon.report.figures.canvas import (
    COLOURS,
    add_heading,
    label_colour_bar,
    new_figure,
    style_axes,
    upper_limit,
)
from oxygen_recon.report.figures.diagrams.taylor import MARKERS
from oxygen_recon.report.figures.map_panels import around_zero

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class ClassTable:
    """Scores of one method by two divisions of its targets.

    Parameters
    ----------
    rows, columns : sequence of str
        Names of the classes.
    n : int array, shape (row, column)
        Number of targets.
    bias, rmse : array, shape (row, column)
        umol kg-1; NaN where there is no target.
    """

    rows: Sequence[str]
    columns: Sequence[str]
    n: Floats
    bias: Floats
    rmse: Floats


def class_table(error: Floats, row: Ints, column: Ints, rows: Sequence[str], columns: Sequence[str]) -> ClassTable:
    """Score errors by two divisions.

    Parameters
    ----------
    error : array, shape (target,)
        Estimate minus truth, umol kg-1, finite.
    row, column : int array, shape (target,)
        Classes of each target.
    rows, columns : sequence of str
        Names of the classes.

    Returns
    -------
    ClassTable

    Examples
    --------
    >>> one = class_table(np.array([3.0, -1.0]), np.array([0, 0]), np.array([0, 0]), ["Arctic"], ["1990s"])
    >>> one.n.item(), one.bias.item()
    (2.0, 1.0)
    """
    place, size = row * len(columns) + column, len(rows) * len(columns)
    sums = [np.bincount(place, weights, size) for weights in (np.ones(error.size), error, error**2)]
    n, total, square = (one.astype(float).reshape(len(rows), len(columns)) for one in sums)
    many = np.where(n > 0, n, np.nan)
    return ClassTable(rows, columns, n, total / many, np.sqrt(square / many))


def class_maps(tables: Mapping[str, ClassTable], heading: str, note: str = "") -> Figure:
    """Draw root mean square error and bias by two divisions in colours, one table a method.

    Parameters
    ----------
    tables : mapping of str to ClassTable
        Method to its scores; all of the same classes.
    heading, note : str
        Title of the figure; how to read it.

    Returns
    -------
    matplotlib.figure.Figure
        The same limits for all methods; in each cell the score above and the number of targets below.
    """
    import cmocean
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import ListedColormap, Normalize

    every = list(tables.values())
    rows, columns = len(every[0].rows), len(every[0].columns)
    pale = ListedColormap(cmocean.cm.tempo(np.linspace(0.0, 0.75, 256)))
    positive = pale, Normalize(0.0, upper_limit(np.concatenate([one.rmse.ravel() for one in every])))
    scales = positive, around_zero(*(one.bias for one in every))
    figure = new_figure(1.9 + 0.68 * columns, 2 * (0.42 + 0.36 * rows) * len(every) + 0.9)
    places = figure.subplots(2 * len(every), 1, squeeze=False, sharex=True)[:, 0]
    for number, what in enumerate(("RMSE", "bias")):
        of_score = places[number * len(every) : (number + 1) * len(every)]
        for axes, (method, table) in zip(of_score, tables.items()):
            values, form = (table.rmse, "{:.1f}") if what == "RMSE" else (table.bias, "{:+.1f}")
            _cells(axes, table, values, scales[number], form)
            axes.set_title(f"{what}, {method}", fontsize=9.5, loc="left")
        bar = figure.colorbar(
            ScalarMappable(*scales[number][::-1]), ax=list(of_score), location="right", fraction=0.05, pad=0.01,
            aspect=25, shrink=0.9, extend="both" if what == "bias" else "max",
        )  # fmt: skip
        label_colour_bar(bar, f"{what} (µmol kg⁻¹)")
    add_heading(figure, heading, note)
    return figure


def _cells(axes: Axes, table: ClassTable, values: Floats, scale: tuple[Colormap, Normalize], form: str) -> None:
    """Draw one table in colours, with its numbers."""
    colours, limits = scale
    axes.set_facecolor("white")
    axes.pcolormesh(np.ma.masked_invalid(values), cmap=colours, norm=limits, edgecolors="white", linewidth=0.8)
    axes.set_ylim(len(table.rows), 0)
    axes.set_yticks(np.arange(len(table.rows)) + 0.5, list(table.rows))
    axes.set_xticks(np.arange(len(table.columns)) + 0.5, list(table.columns))
    axes.tick_params(labelsize=8, length=0)
    axes.spines[:].set_visible(False)
    for (i, j), value in np.ndenumerate(values):
        if np.isfinite(value):
            red, green, blue, _ = colours(limits(value))
            dark = 0.30 * red + 0.59 * green + 0.11 * blue < 0.45
            shown = form.format(value).replace("-0.0", "0.0").replace("+0.0", "0.0")
            text = f"{shown}\n{_short(float(table.n[i, j]))}"
            axes.text(
                j + 0.5, i + 0.5, text, ha="center", va="center", fontsize=7, linespacing=1.05,
                color="white" if dark else "0.1",
            )  # fmt: skip


def _short(number: float) -> str:
    """Write a count in few characters: 3.4k for 3421."""
    return f"{number:.0f}" if number < 1000 else f"{number / 1000:.1f}k" if number < 10000 else f"{number / 1000:.0f}k"


def through_time(skill: pd.DataFrame, heading: str, note: str = "") -> Figure:
    """Draw the root mean square error of every method decade by decade, with intervals.

    Parameters
    ----------
    skill : DataFrame
        split, class (the decade), method, n, RMSE, RMSE_low and RMSE_high, umol kg-1.
    heading, note : str
        Title of the figure; how to read it.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a split; the number of targets of the decade (the most of any method) stands below.
    """
    splits, methods = list(dict.fromkeys(skill["split"])), list(dict.fromkeys(skill["method"]))
    figure = new_figure(max(6.0, 4.9 * len(splits)), 4.3)
    places = figure.subplots(1, len(splits), squeeze=False, sharey=True)[0]
    for axes, split in zip(places, splits):
        rows = skill[skill["split"] == split]
        decades = sorted(set(rows["class"]))
        count = rows.groupby("class")["n"].max()
        for which, method in enumerate(methods):
            one = rows[rows["method"] == method].set_index("class").reindex(decades)
            place = np.arange(len(decades)) + (which - (len(methods) - 1) / 2) * 0.5 / len(methods)
            value, low, high = (one[name].to_numpy(float) for name in ("RMSE", "RMSE_low", "RMSE_high"))
            axes.errorbar(
                place, value, np.nan_to_num([value - low, high - value]).clip(min=0.0), label=method, capsize=2,
                color=COLOURS[which % len(COLOURS)], marker=MARKERS[which % len(MARKERS)], markersize=4.5,
                linewidth=1.0, elinewidth=0.8,
            )  # fmt: skip
        names = [f"{decade}\n{_short(count[decade])}" for decade in decades]
        axes.set_xticks(range(len(decades)), names)
        axes.set_xlabel("decade; number of targets")
        style_axes(axes, split)
        axes.tick_params(axis="x", labelsize=7.5)
    places[0].set_ylabel("RMSE (µmol kg⁻¹)")
    places[0].set_ylim(bottom=0.0)
    handles = {label: handle for axes in figure.axes for handle, label in zip(*axes.get_legend_handles_labels())}
    figure.legend(handles.values(), handles.keys(), loc="outside upper right", fontsize=8.5, frameon=False, ncols=6)
    add_heading(figure, heading, note)
    return figure
