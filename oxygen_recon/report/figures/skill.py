"""Which method errs least, and whether the difference is more than the spread."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from oxygen_recon.report.figures.canvas import COLOURS, heading, sheet, tidy
from qc.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def skill_bars(table: pd.DataFrame, score: str = "RMSE") -> Figure:
    """Draw a score of every method in every split.

    Parameters
    ----------
    table : DataFrame
        method, split and the score (umol kg-1); rows with a `layer` other than "all" are passed over; several rows a
        method and split (seeds, folds) become a bar at their mean with their range; else <score>_spread, one
        standard deviation over folds, gives the whisker where it is there.
    score : str
        Column to draw; lower is better.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    InputError
        If a needed column is missing or no row is left.
    """
    missing = [name for name in ("method", "split", score) if name not in table]
    rows = table[table["layer"] == "all"] if "layer" in table else table
    if missing or rows.empty:
        raise InputError(f"no column {', '.join(missing)}" if missing else "no row to draw", "skill table")
    methods, splits = list(dict.fromkeys(rows["method"])), list(dict.fromkeys(rows["split"]))
    figure = sheet(max(6.0, 2.2 + 0.75 * len(methods) * len(splits)), 3.9)
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
    tidy(axes)
    figure.legend(loc="outside right upper", fontsize=8.5, frameon=False)
    several = rows.groupby(["split", "method"]).size().max() > 1
    whiskers = "range over runs" if several else "one standard deviation over folds"
    heading(figure, f"{score} where the truth was hidden", f"whiskers: {whiskers}; lower is better")
    return figure


def _whiskers(
    axes: Axes,
    place: NDArray[np.floating],
    mean: NDArray[np.floating],
    down: NDArray[np.floating],
    up: NDArray[np.floating],
) -> None:
    reach = np.nan_to_num([down, up])
    axes.errorbar(place, mean, reach, fmt="none", ecolor="0.2", elinewidth=0.9, capsize=2.5)
    for x, value, top in zip(place, mean, mean + reach[1]):
        if np.isfinite(value):
            axes.annotate(
                f"{value:.1f}", (x, top), (0, 2), textcoords="offset points", ha="center", fontsize=7.5
            )  # fmt: skip


def _heights(
    rows: pd.DataFrame, splits: list[str], score: str
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Mean of a method's score in each split and how far its whiskers reach down and up; NaN is unknown."""
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
