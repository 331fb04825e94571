"""Taylor diagrams: correlation, standard deviation and centred error of several methods at once (Taylor 2001)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from graphs.types import Floats
from oxygen_recon.report.figures.canvas import COLOURS, add_heading, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.projections.polar import PolarAxes

MARKERS = "osD^vPXp<>h*"
_CORRELATIONS = np.array([0.0, 0.2, 0.4, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99])


def taylor_points(truth: Floats, mean: Floats) -> tuple[float, float]:
    """Return where a method stands in a Taylor diagram.

    Parameters
    ----------
    truth, mean : array, shape (target,)
        Of one unit.

    Returns
    -------
    ratio : float
        Standard deviation of the estimate over that of the truth.
    correlation : float
        Of estimate and truth.

    Examples
    --------
    >>> truth = np.array([1.0, 2.0, 3.0])
    >>> ratio, correlation = taylor_points(truth, 2 * truth)
    >>> round(ratio, 6), round(correlation, 6)
    (2.0, 1.0)
    """
    return float(mean.std() / truth.std()), float(np.corrcoef(truth, mean)[0, 1])


def taylor_diagrams(
    panels: Sequence[Mapping[str, Mapping[str, tuple[float, float]]]], heading: str, note: str = ""
) -> Figure:
    """Draw Taylor diagrams in rows.

    Parameters
    ----------
    panels : sequence of mappings of str to (mapping of str to (ratio, correlation))
        Row by row, title to method to its place, as from `taylor_points`.
    heading, note : str
        Title of the figure; how to read it.

    Returns
    -------
    matplotlib.figure.Figure
        The truth is the star; the distance to it is the root mean square of the centred error over the standard
        deviation of the truth. A negative correlation is drawn at 0, as the note then says.
    """
    methods = list(dict.fromkeys(name for row in panels for one in row.values() for name in one))
    rows, columns = len(panels), max(map(len, panels))
    figure = new_figure(max(6.0, 4.8 * columns), 4.5 * rows + 0.7)
    below = False
    every = [(i * columns + j + 1, *one) for i, row in enumerate(panels) for j, one in enumerate(row.items())]
    for number, title, places in every:
        axes: PolarAxes = figure.add_subplot(rows, columns, number, projection="polar")  # type: ignore[assignment]
        reach = 1.15 * max([1.1, *(ratio for ratio, _ in places.values() if np.isfinite(ratio))])
        _sector(axes, reach)
        for name, (ratio, correlation) in places.items():
            below |= correlation < 0
            which = methods.index(name)
            axes.plot(
                np.arccos(np.clip(correlation, 0.0, 1.0)), ratio, MARKERS[which % len(MARKERS)], markersize=8,
                color=COLOURS[which % len(COLOURS)], markeredgecolor="white", markeredgewidth=0.6, label=name,
                zorder=4, clip_on=False,
            )  # fmt: skip
        axes.set_title(title, fontsize=9.5, loc="left", pad=18)
    handles = {label: handle for axes in figure.axes for handle, label in zip(*axes.get_legend_handles_labels())}
    figure.legend(handles.values(), handles.keys(), loc="outside upper right", fontsize=8.5, frameon=False, ncols=6)
    more = "; a negative correlation is drawn at 0" if below else ""
    add_heading(figure, heading, note + more)
    return figure


def _sector(axes: PolarAxes, reach: float) -> None:
    """Draw the axes of a diagram: correlations around, ratios along, circles of the error about the truth."""
    axes.set_thetalim(0.0, np.pi / 2)
    axes.set_rlim(0.0, reach)
    axes.set_thetagrids(np.degrees(np.arccos(_CORRELATIONS)), [f"{one:g}" for one in _CORRELATIONS], fontsize=7.5)
    steps = np.arange(0.25, reach, 0.25)
    axes.set_rgrids(steps, [f"{one:g}" for one in steps])
    axes.tick_params(labelsize=7.5)
    axes.grid(color="0.85", linewidth=0.5)
    axes.text(np.pi / 4, 1.17 * reach, "correlation", rotation=-45, ha="center", va="center", fontsize=8.5)
    axes.text(
        0.5, -0.11, "standard deviation / that of the truth", ha="center", va="top", fontsize=8.5,
        transform=axes.transAxes,
    )  # fmt: skip
    round_ = np.linspace(0.0, 2 * np.pi, 361)
    for radius in (0.25, 0.5, 0.75, 1.0):
        x, y = 1.0 + radius * np.cos(round_), radius * np.sin(round_)
        inside = (y >= 0) & (x >= 0) & (np.hypot(x, y) <= reach)
        angle, distance = np.arctan2(y, x), np.hypot(x, y)
        axes.plot(np.where(inside, angle, np.nan), distance, color="#009E73", linewidth=0.7, linestyle="--", zorder=1)
        if inside.any():
            last = np.flatnonzero(inside)[-1]
            axes.annotate(
                f"{radius:g}", (angle[last], distance[last]), (0, 3), textcoords="offset points", fontsize=6.5,
                color="#007A59", ha="center",
            )  # fmt: skip
    along = np.linspace(0.0, np.pi / 2, 91)
    axes.plot(along, np.ones(91), color="0.45", linewidth=0.8, zorder=1)
    axes.plot(0.0, 1.0, "*", color="black", markersize=12, clip_on=False, zorder=5, label="truth")
