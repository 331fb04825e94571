"""Reliability diagrams: how often the truth lies within the range that an estimate states."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtri

from graphs.types import Floats
from oxygen_recon.report.figures.canvas import COLOURS, add_heading, new_figure, style_axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NOMINAL = np.linspace(0.05, 0.95, 19)  # shares of the central ranges that are tested


def observed_shares(error: Floats, scale: Floats) -> Floats:
    """Return the share of truths within each central range of a Gaussian estimate.

    Parameters
    ----------
    error, scale : array, shape (target,)
        Estimate minus truth, and the standard error, positive, in one unit.

    Returns
    -------
    array, shape (range,)
        Shares 0-1 for the ranges of `NOMINAL`; a calibrated estimate has those (Gneiting et al. 2007, section 3.1).

    Examples
    --------
    >>> float(observed_shares(np.zeros(3), np.ones(3)).min())
    1.0
    """
    reach = ndtri(0.5 + NOMINAL / 2)
    found: Floats = np.searchsorted(np.sort(np.abs(error / scale)), reach, side="right") / error.size
    return found


def reliability_diagrams(panels: Mapping[str, Mapping[str, Floats]], heading: str, note: str = "") -> Figure:
    """Draw reliability diagrams side by side: shares observed less shares stated.

    Parameters
    ----------
    panels : mapping of str to (mapping of str to array)
        Title to method to the shares of `observed_shares`.
    heading, note : str
        Title of the figure; how to read it.

    Returns
    -------
    matplotlib.figure.Figure
        Above, observed against stated share; below, their difference, in which methods can be distinguished.
    """
    from matplotlib.ticker import PercentFormatter

    methods = list(dict.fromkeys(name for one in panels.values() for name in one))
    figure = new_figure(max(6.0, 4.8 * len(panels)), 6.0)
    places = figure.subplots(2, len(panels), squeeze=False, sharex=True, sharey="row", height_ratios=(2.0, 1.0))
    for column, (title, shares) in zip(places.T, panels.items()):
        for axes, off in zip(column, (np.zeros_like(NOMINAL), NOMINAL)):
            axes.plot(NOMINAL, NOMINAL - off, color="black", linewidth=1.0, label="calibrated")
            for name, share in shares.items():
                which = methods.index(name)
                axes.plot(
                    NOMINAL, share - off, label=name, color=COLOURS[which % len(COLOURS)], linewidth=1.4, marker="o",
                    markersize=2.6,
                )  # fmt: skip
            axes.xaxis.set_major_formatter(PercentFormatter(1.0, 0))
            axes.yaxis.set_major_formatter(PercentFormatter(1.0, 0))
        style_axes(column[0], title)
        style_axes(column[1])
        column[1].set_xlabel("nominal share of the central range")
    places[0, 0].set_ylabel("share of truths within")
    places[1, 0].set_ylabel("observed − nominal")
    places[1, 0].set_ylim(*_about_zero(places[1]))
    handles = {label: handle for axes in figure.axes for handle, label in zip(*axes.get_legend_handles_labels())}
    figure.legend(handles.values(), handles.keys(), loc="outside upper right", ncols=6, fontsize=8.5, frameon=False)
    add_heading(figure, heading, note)
    return figure


def _about_zero(row: object) -> tuple[float, float]:
    """Return limits that hold all lines and 5 % either side of zero: noise then looks small."""
    lines = [line for axes in np.ravel(np.asarray(row, object)) for line in axes.get_lines()]
    values = np.concatenate([[-0.05, 0.05], *(np.asarray(line.get_ydata(), float) for line in lines)])
    return 1.08 * float(values.min()), 1.08 * float(values.max())
