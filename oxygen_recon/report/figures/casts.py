"""Casts as they were measured, with what the checks say of each level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from oxygen_recon.report.figures.canvas import COLOURS, OXYGEN, heading, panels, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Example:
    """One cast and the levels at which a check failed.

    Parameters
    ----------
    name : str
        "source/cast", and what else a reader needs to find it.
    pressure, oxygen : array, shape (level,)
        dbar; umol kg-1, NaN where missing.
    flag : int array, shape (level,)
        IODE flag of oxygen.
    failed : bool array, shape (level,)
        Where the check failed.
    """

    name: str
    pressure: NDArray[np.floating]
    oxygen: NDArray[np.floating]
    flag: NDArray[np.integer]
    failed: NDArray[np.bool_]


def example_profiles(examples: Sequence[Example], title: str, note: str = "") -> Figure:
    """Draw casts beside each other, failed levels ringed.

    Parameters
    ----------
    examples : sequence of Example
        At least one.
    title, note : str
        What the check is; how to read the figure.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure, found = panels(len(examples), 2.3, 2.9, 0.5)
    for axes, example in zip(found, examples):
        _draw(axes, example)
    heading(figure, title, note)
    return figure


def _draw(axes: Axes, example: Example) -> None:
    order = np.argsort(example.pressure, kind="stable")
    p, value, flag, failed = (a[order] for a in (example.pressure, example.oxygen, example.flag, example.failed))
    axes.plot(value, p, color="0.75", linewidth=0.8, zorder=1)
    good = np.isin(flag, (1, 2))
    axes.plot(value[good], p[good], ".", color=COLOURS[0], markersize=3.5, zorder=2)
    axes.plot(value[flag == 3], p[flag == 3], ".", color=COLOURS[1], markersize=4.5, zorder=3)
    axes.plot(value[flag == 4], p[flag == 4], "x", color=COLOURS[5], markersize=4.5, zorder=3)
    axes.plot(value[failed], p[failed], "o", markersize=8, markerfacecolor="none", markeredgecolor=COLOURS[5], zorder=4)
    deepest, top = float(np.nanmax(p, initial=1.0)), min(0.0, float(np.nanmin(p, initial=0.0)))
    room = 0.04 * (deepest - top)
    axes.set_ylim(deepest + room, top - room)  # a marker at the surface is whole
    axes.set_xlabel(OXYGEN)
    axes.set_ylabel("pressure (dbar)")
    tidy(axes)
    axes.set_title(example.name, fontsize=7, loc="left")
