"""Scales of the explorer's figures: colours of each quantity, the stretched depth axis, degrees of a map."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cmocean
import numpy as np
from bokeh.models import CustomJSTickFormatter, FixedTicker, Range1d
from matplotlib.colors import Colormap, rgb2hex

from graphs.grid import Grid
from graphs.types import Floats
from oxygen_recon.report.explorer.data.run_data import COUNT, DIFFERENCE, ERROR
from oxygen_recon.report.figures.canvas import error_colours, oxygen_colours, upper_limit

UNIT = "µmol kg⁻¹"
_BREAK = 500.0  # m; the upper ocean takes half of a depth axis, as in the sections of the report
_SHADES = 256
# Land, sea floor and ocean without a value: three greys, so that none of them is taken for a value.
LAND, SEA_FLOOR, MISSING = "#8c8c8c", "#bdbdbd", "#e6e6e6"


@dataclass(frozen=True)
class Colours:
    """Colours of a quantity.

    Parameters
    ----------
    palette : tuple of str
        From low to high.
    low, high : float
        Limits.
    label : str
        Quantity and unit.
    """

    palette: tuple[str, ...]
    low: float
    high: float
    label: str


def colours_of(quantity: str, values: Floats, compare: str | None) -> Colours:
    """Choose the colours of a quantity: cmocean's, as in the report.

    Parameters
    ----------
    quantity : str
        One of the quantities of `oxygen_recon.report.explorer.view.QUANTITIES`.
    values : array, any shape
        Values that share the scale; NaN is ignored.
    compare : str or None
        Name of the compared field.
    """
    if quantity == COUNT:
        return Colours(_palette(cmocean.cm.matter), 1.0, max(5.0, upper_limit(values)), "observed casts in a cell")
    if quantity == ERROR:
        colours, limits = error_colours(values)
        return Colours(_palette(colours), float(limits.vmin or 0), float(limits.vmax or 1), f"standard error ({UNIT})")
    if quantity == DIFFERENCE:
        top = upper_limit(np.abs(values), 98.0)
        return Colours(_palette(cmocean.cm.balance), -top, top, f"reconstruction minus {compare} ({UNIT})")
    shades, limits = oxygen_colours(values)
    label = "oxygen" if quantity == "oxygen" else f"oxygen of {compare}"
    return Colours(_palette(shades), float(limits.vmin or 0), float(limits.vmax or 1), f"{label} ({UNIT})")


def _palette(colours: Colormap) -> tuple[str, ...]:
    """Turn a colour map into a palette of Bokeh."""
    return tuple(rgb2hex(colour) for colour in colours(np.linspace(0.0, 1.0, _SHADES)))


@dataclass(frozen=True)
class DepthAxis:
    """A depth axis on which the upper 500 m take half of the length.

    Parameters
    ----------
    bottom : float
        Its lower end, m.
    """

    bottom: float

    @classmethod
    def of(cls, grid: Grid) -> DepthAxis:
        """Make the axis of a grid, down to its deepest water."""
        return cls(float(grid.depth_edges[1:][grid.wet.any(axis=(1, 2))][-1]))

    def place(self, depth: Floats | float) -> Floats:
        """Return where depths lie on the axis.

        Parameters
        ----------
        depth : array, any shape
            m.

        Examples
        --------
        >>> DepthAxis(4500.0).place(np.array([100.0, 500.0, 4500.0])).tolist()
        [100.0, 500.0, 1000.0]
        """
        depth = np.asarray(depth, float)
        share = max((self.bottom - _BREAK) / _BREAK, 1.0)
        return np.where(depth < _BREAK, depth, _BREAK + (depth - _BREAK) / share)

    def depth(self, place: Floats | float) -> Floats:
        """Return the depths of places on the axis, m.

        Parameters
        ----------
        place : array, any shape
            As `place` returns them.
        """
        place = np.asarray(place, float)
        share = max((self.bottom - _BREAK) / _BREAK, 1.0)
        return np.where(place < _BREAK, place, _BREAK + (place - _BREAK) * share)

    def apply(self, figure: Any) -> None:
        """Give a figure this axis.

        Parameters
        ----------
        figure : bokeh.plotting.figure
            Changed in place.
        """
        ticks = [z for z in (0, 100, 200, 300, 400, 500, 1000, 2000, 3000, 4000, 5000, 6000) if z <= self.bottom]
        figure.y_range = Range1d(float(self.place(self.bottom)), 0.0)
        figure.yaxis.ticker = FixedTicker(ticks=[float(self.place(float(z))) for z in ticks])
        figure.yaxis.major_label_overrides = {float(self.place(float(z))): str(z) for z in ticks}
        figure.yaxis.axis_label = "depth (m)"


def degrees(letters: str) -> CustomJSTickFormatter:
    """Write degrees as 140°W.

    Parameters
    ----------
    letters : {"NS", "EW"}
        Letters of positive and negative degrees.
    """
    wrap = "((tick + 180) % 360 + 360) % 360 - 180" if letters == "EW" else "tick"
    code = f"""
        const value = {wrap}
        const size = Math.round(Math.abs(value) * 100) / 100
        const plain = size == 0 || size == 180
        return `${{size}}°` + (plain ? '' : value > 0 ? '{letters[0]}' : '{letters[1]}')
    """
    return CustomJSTickFormatter(code=code)


def place_name(latitude: float, longitude: float) -> str:
    """Write a place as in a title.

    Parameters
    ----------
    latitude, longitude : float
        Degrees.

    Examples
    --------
    >>> place_name(-12.5, 220.0)
    '12.5°S, 140°W'
    """
    east = (longitude + 180.0) % 360.0 - 180.0
    north_south, east_west = "N" if latitude >= 0 else "S", "E" if east >= 0 else "W"
    return f"{abs(latitude):.4g}°{north_south}, {abs(east):.5g}°{east_west}"


def raster(edges: Floats, most: int = 2000) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Return the cell that each of equally wide pixels shows, so that an image may draw cells of any width.

    Parameters
    ----------
    edges : array, shape (cell + 1,)
        Strictly increasing.
    most : int
        Pixels at most.

    Examples
    --------
    >>> raster(np.array([0.0, 1.0, 2.0, 4.0])).tolist()
    [0, 1, 2, 2]
    """
    width = np.diff(edges)
    number = min(most, int(np.ceil((edges[-1] - edges[0]) / width.min() - 1e-6)))
    centre = edges[0] + (np.arange(number) + 0.5) * (edges[-1] - edges[0]) / number
    return np.asarray(np.clip(np.searchsorted(edges, centre, side="right") - 1, 0, width.size - 1))


def plain(figure: Any) -> None:
    """Take away a figure's logo and slanted letters.

    Parameters
    ----------
    figure : bokeh.plotting.figure
        Changed in place.
    """
    figure.toolbar.logo = None
    figure.axis.axis_label_text_font_style = "normal"
    figure.axis.axis_label_text_font_size = "12px"
    figure.title.text_font_size = "13px"
