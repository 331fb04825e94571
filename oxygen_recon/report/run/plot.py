"""One figure of the page of a run, before it is written."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Section = Literal["results", "skill", "data"]


class Plot(NamedTuple):
    """A figure with its name, place and caption.

    Parameters
    ----------
    section : {"results", "skill", "data"}
        Where it stands on the page.
    name : str
        Of its files, without suffix.
    figure : matplotlib.figure.Figure
        The figure.
    caption : str
        What it shows: quantity, unit, period, number.
    """

    section: Section
    name: str
    figure: Figure
    caption: str
