"""Vector figures: panels of points, lines and areas, written as SVG by a template."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from graphs.types import Floats
from oxygen_recon.report.html import render
from qc.files import replacing

_TOP, _LEFT, _RIGHT, _BELOW, _LINE = 34.0, 56.0, 14.0, 44.0, 12.0  # px around a panel; height of a line of its title
_ACROSS, _LEAST_WIDTH, _NOTE = 4, 660.0, 22.0
_SHAPES = {
    "dots": "M{0} {1}h0",
    "crosses": "M{0} {1}m-2.5-2.5l5 5m0-5l-5 5",
    "rings": "M{0} {1}m-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0",
}


@dataclass(frozen=True)
class Marks:
    """Points, a line, or areas of one colour.

    Parameters
    ----------
    kind : {"dots", "crosses", "rings", "line", "areas"}
        How they are drawn.
    x, y : array, shape (point,)
        In the units of the axes. NaN ends a line or an area, and a point with it is not drawn.
    colour : str
        Of SVG.
    width : float
        Of lines, or diameter of dots, px.
    dashes : str, optional
        As SVG's stroke-dasharray.
    opacity : float
        1 is opaque.
    """

    kind: Literal["dots", "crosses", "rings", "line", "areas"]
    x: Floats
    y: Floats
    colour: str
    width: float = 1.0
    dashes: str = ""
    opacity: float = 1.0


def _digits(value: float) -> str:
    """Write a number by as many digits as it needs."""
    return f"{value:.10g}"


@dataclass(frozen=True)
class Axis:
    """One axis of a panel.

    Parameters
    ----------
    first, last : float
        Values at its left or upper end, and at the other.
    label : str
        Quantity and unit.
    ticks : array, shape (tick,)
        Values with a tick.
    names : callable
        Value to the text at its tick; may hold line breaks.
    """

    first: float
    last: float
    label: str
    ticks: Floats
    names: Callable[[float], str] = _digits

    def pixels(self, value: Floats, size: float) -> Floats:
        """Return the distance of values from the first end, px.

        Parameters
        ----------
        value : array, any shape
            In the unit of the axis.
        size : float
            Length of the axis, px.
        """
        return (value - self.first) / (self.last - self.first) * size


@dataclass(frozen=True)
class Panel:
    """One panel of a figure.

    Parameters
    ----------
    title : str
        Above it; may hold line breaks.
    x, y : Axis
        To the right and downwards.
    marks : sequence of Marks
        From back to front.
    width, height : float
        Of its axes, px.
    message : str
        Written in its middle.
    """

    title: str
    x: Axis
    y: Axis
    marks: Sequence[Marks]
    width: float = 188.0
    height: float = 230.0
    message: str = ""


@dataclass(frozen=True)
class Drawing:
    """A figure of panels, four to a row; notebooks show it.

    Parameters
    ----------
    panels : sequence of Panel
        At least one, of equal size.
    title, note : str
        Above the figure, and how to read it below.
    legend : sequence of (str, str)
        Names and colours, at the right.

    Examples
    --------
    >>> axis = Axis(0.0, 10.0, "m", ticks(0.0, 10.0, 4))
    >>> panel = Panel("a < b", axis, axis, [Marks("dots", np.array([5.0]), np.array([2.5]), "red", 3.0)])
    >>> text = Drawing([panel], "One point").svg()
    >>> 'd="M94.0 57.5h0"' in text, "a &lt; b" in text
    (True, True)
    """

    panels: Sequence[Panel]
    title: str
    note: str = ""
    legend: Sequence[tuple[str, str]] = field(default=())

    def svg(self) -> str:
        """Return the text of the SVG file."""
        one, lines = self.panels[0], max(len(panel.title.split("\n")) for panel in self.panels)
        wide, high = one.width + _LEFT + _RIGHT, one.height + _LINE * lines + _BELOW
        across, rows = min(len(self.panels), _ACROSS), -(-len(self.panels) // _ACROSS)
        placed = [
            _placed(panel, _LEFT + wide * (i % _ACROSS), _TOP + _LINE * lines + high * (i // _ACROSS))
            for i, panel in enumerate(self.panels)
        ]
        beside = 8.0 * max((len(name) for name, _ in self.legend), default=0)
        width = max(across * wide + beside, _LEAST_WIDTH, 5.6 * len(self.note) + 8)
        return render(
            "panels.svg", title=self.title, note=self.note, panels=placed, legend=self.legend,
            legend_left=across * wide, width=round(width), height=round(_TOP + rows * high + _NOTE),
        )  # fmt: skip

    def _repr_svg_(self) -> str:
        """Return what notebooks show."""
        return self.svg()

    def save(self, path: Path) -> Path:
        """Write the figure; the file is complete or absent.

        Parameters
        ----------
        path : Path
            The SVG file; an older one is replaced.

        Returns
        -------
        Path
            `path`.
        """
        with replacing(path) as partial:
            partial.write_text(self.svg(), encoding="utf-8")
        return path


def ticks(low: float, high: float, most: int, steps: Sequence[float] = (1, 2, 2.5, 5, 10)) -> Floats:
    """Return round values between two limits.

    Parameters
    ----------
    low, high : float
        Limits, in either order.
    most : int
        Number of intervals that they make at most.
    steps : sequence of float
        First digits of the distance between two values; the last is 10.

    Returns
    -------
    array, shape (tick,)

    Examples
    --------
    >>> ticks(3.0, 61.0, 4).tolist()
    [20.0, 40.0, 60.0]
    """
    low, high = min(low, high), max(low, high)
    least = max(high - low, 1e-9) / most
    power = 10.0 ** np.floor(np.log10(least))
    step = next(step for step in steps if step * power >= least * (1 - 1e-9)) * power
    return np.asarray(np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1) * step + 0.0, np.float64)


def _placed(panel: Panel, left: float, top: float) -> dict[str, object]:
    """Return what the template needs of a panel at a place of the figure."""
    x, y = _named_ticks(panel.x, panel.width), _named_ticks(panel.y, panel.height)
    marks = "".join(f"M{place} {panel.height}v4" for place, _ in x) + "".join(f"M0 {place}h-4" for place, _ in y)
    return {
        "left": round(left, 1), "top": round(top, 1), "width": panel.width, "height": panel.height,
        "title": panel.title.split("\n"), "shapes": [_shape(one, panel) for one in panel.marks if one.x.size],
        "message": panel.message, "tick_marks": marks, "across": x, "down": y, "x_label": panel.x.label,
        "y_label": panel.y.label,
    }  # fmt: skip


def _named_ticks(axis: Axis, size: float) -> list[tuple[float, str]]:
    """Return the places of ticks, px, and the texts at them."""
    places = axis.pixels(axis.ticks, size).round(1).tolist()
    return [(place, axis.names(value)) for place, value in zip(places, axis.ticks.tolist())]


def _shape(marks: Marks, panel: Panel) -> dict[str, object]:
    """Return the path of marks and how it is drawn."""
    x, y = panel.x.pixels(marks.x, panel.width).round(1), panel.y.pixels(marks.y, panel.height).round(1)
    areas = marks.kind == "areas"
    return {
        "path": _points(marks.kind, x, y) if marks.kind in _SHAPES else _lines(x, y, "z" if areas else ""),
        "fill": marks.colour if areas else "none", "stroke": "none" if areas else marks.colour,
        "width": marks.width, "cap": "round" if marks.kind == "dots" else "butt", "dashes": marks.dashes,
        "opacity": marks.opacity,
    }  # fmt: skip


def _points(kind: str, x: Floats, y: Floats) -> str:
    """Return the path of points; those that cover each other are one."""
    known = np.isfinite(x) & np.isfinite(y)
    shape = _SHAPES[kind].format
    return "".join(shape(*place) for place in dict.fromkeys(zip(x[known].tolist(), y[known].tolist())))


def _lines(x: Floats, y: Floats, end: str) -> str:
    """Return the path of lines that NaN separates; points that cover the one before are left out."""
    known = np.isfinite(x) & np.isfinite(y)
    new = np.ones(x.size, bool)
    new[1:] = (x[1:] != x[:-1]) | (y[1:] != y[:-1])
    path: list[str] = []
    starts = True
    for drawn, a, b in zip(known[new].tolist(), x[new].tolist(), y[new].tolist()):
        if drawn:
            path.append(f"{end if starts and path else ''}{'M' if starts else 'L'}{a} {b}")
        starts = not drawn
    return "".join(path) + (end if path else "")
