"""The canvas of every figure: size, type, colours, and writing to disk."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from graphs.types import Floats
from qc.files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.colorbar import Colorbar
    from matplotlib.colors import Colormap, ListedColormap, Normalize
    from matplotlib.figure import Figure

DPI, VECTOR_DPI = 120, 90  # of PNG files; of the images within SVG files
_PATH, _DIGITS = re.compile(r' d="[^"]*"'), re.compile(r"(\d\.\d)\d+")
HYPOXIC = 60.0  # umol kg-1; values below it are drawn in red (2 mg/L is 60.9 umol kg-1)
LAND, SEA_FLOOR, COAST = "0.76", "0.89", "0.2"
# Okabe and Ito (2008), distinguishable with colour blindness; black is kept for truth.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C8C8C", "#B8A900")
OXYGEN, ERROR = "oxygen (µmol kg⁻¹)", "standard error (µmol kg⁻¹)"


def new_figure(width: float, height: float) -> Figure:
    """Make an empty figure that owns its canvas and leaves the state of matplotlib.pyplot untouched.

    Parameters
    ----------
    width, height : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
        Without axes, with constrained layout.

    Examples
    --------
    >>> new_figure(4.0, 3.0).get_size_inches().tolist()
    [4.0, 3.0]
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    figure = Figure(figsize=(width, height), dpi=DPI, layout=ConstrainedLayoutEngine(h_pad=0.07, w_pad=0.07))
    FigureCanvasAgg(figure)
    return figure


def panels(count: int, width: float, height: float, margin: float) -> tuple[Figure, list[Axes]]:
    """Make a figure of equal panels, four to a row; unused places of the last row are hidden.

    Parameters
    ----------
    count : int
        Number of panels; at least one.
    width, height : float
        Size of a panel, inches.
    margin : float
        Height left for heading and note, inches.

    Returns
    -------
    matplotlib.figure.Figure
        At least as wide as a heading and a legend need.
    list of matplotlib.axes.Axes
        The visible panels first, row by row.

    Examples
    --------
    >>> figure, axes = panels(5, 2.0, 2.0, 0.5)
    >>> [one.get_visible() for one in axes]
    [True, True, True, True, True, False, False, False]
    """
    across, rows = min(count, 4), -(-count // 4)
    figure = new_figure(max(width * across + 0.3, 5.4), height * rows + margin)
    every = list(figure.subplots(rows, across, squeeze=False).ravel())
    for axes in every[count:]:
        axes.set_visible(False)
    return figure, every


def style_axes(axes: Axes, title: str = "") -> None:
    """Apply the style of the package: small type, no upper and right spine, the title at the left.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Changed in place.
    title : str
        Shown above the axes; none where empty.
    """
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    axes.xaxis.label.set_fontsize(9)
    axes.yaxis.label.set_fontsize(9)
    if title:
        axes.set_title(title, fontsize=9.5, loc="left")


def add_heading(figure: Figure, title: str, note: str = "") -> None:
    """Write the title above a figure and a note on how to read it below.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Changed in place.
    title, note : str
        One line each.
    """
    figure.suptitle(title, fontsize=11.5, x=0.01, ha="left")
    if note:
        figure.supxlabel(note, fontsize=7.5, color="0.35", x=0.01, ha="left")


def label_colour_bar(bar: Colorbar, label: str) -> None:
    """Label a colour bar.

    Parameters
    ----------
    bar : matplotlib.colorbar.Colorbar
        Changed in place.
    label : str
        Quantity and unit.
    """
    bar.set_label(label, fontsize=8.5)
    bar.ax.tick_params(labelsize=8)


def oxygen_colours(values: Floats) -> tuple[ListedColormap, Normalize]:
    """Return the colours of oxygen: reds below 60 umol kg-1, violet over blue to pale yellow above.

    Two perceptually uniform maps of cmocean meet at 60 umol kg-1, independent of the limits: `amp` below, `deep` above.
    Their hues and the step in lightness between them stay legible with colour blindness. The scale is linear.
    cmocean's own map of oxygen, `oxy`, also shows hypoxic water in red, but it is grey over most of its length, as land
    is, it reserves yellow for supersaturation, and its red hardly changes from 0 to 60 umol kg-1.

    Parameters
    ----------
    values : array, any shape
        All values that share the scale, umol kg-1; NaN is ignored.

    Returns
    -------
    ListedColormap, Normalize
        Limits are 0 and the 99.5th percentile rounded up to a multiple of 20, at least 100 umol kg-1.

    Examples
    --------
    >>> _, limits = oxygen_colours(np.array([10.0, 205.0, np.nan]))
    >>> float(limits.vmin), float(limits.vmax)
    (0.0, 220.0)
    """
    import cmocean
    from matplotlib.colors import ListedColormap, Normalize

    finite = values[np.isfinite(values)]
    top = max(100.0, 20.0 * np.ceil(np.percentile(finite, 99.5) / 20.0)) if finite.size else 300.0
    shades = 512
    hypoxic = round(shades * HYPOXIC / top)
    red = cmocean.cm.amp_r(np.linspace(0.0, 0.6, hypoxic))
    rest = cmocean.cm.deep_r(np.linspace(0.12, 1.0, shades - hypoxic))
    return ListedColormap(np.vstack([red, rest]), name="oxygen"), Normalize(0.0, top)


def error_colours(values: Floats) -> tuple[Colormap, Normalize]:
    """Return the colours of standard errors.

    Parameters
    ----------
    values : array, any shape
        All values that share the scale, umol kg-1; NaN is ignored.

    Returns
    -------
    Colormap, Normalize
        From 0 to `upper_limit`.
    """
    import cmocean
    from matplotlib.colors import Normalize

    return cmocean.cm.tempo, Normalize(0.0, upper_limit(values))


def upper_limit(values: Floats, percentile: float = 99.0) -> float:
    """Return the upper limit of a colour scale; single extreme values do not change it.

    Parameters
    ----------
    values : array, any shape
        Non-negative; NaN is ignored.
    percentile : float
        Share of the values below the limit, per cent.

    Returns
    -------
    float
        Rounded up to one significant digit or its half; 1 where no value is finite and positive.

    Examples
    --------
    >>> upper_limit(np.array([13.2]))
    15.0
    """
    finite = values[np.isfinite(values)]
    top = float(np.percentile(finite, percentile)) if finite.size else 0.0
    if top <= 0:
        return 1.0
    step = 10.0 ** np.floor(np.log10(top)) / 2
    return float(step * np.ceil(top / step))


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG; the file is complete or absent.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Not changed.
    path : Path
        The file; an older one is replaced.

    Returns
    -------
    Path
        `path`.
    """
    with replacing(path) as partial:
        # Without the version of the software in it, the file is reproducible.
        figure.savefig(partial, format="png", dpi=DPI, metadata={"Software": None})
    return path


def save_vector(figure: Figure, path: Path) -> Path:
    """Write a figure as SVG, its maps as images within; the file is complete or absent.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn by `save` before: its layout is kept as it is.
    path : Path
        The file; an older one is replaced.

    Returns
    -------
    Path
        `path`.
    """
    import matplotlib as mpl

    figure.set_layout_engine("none")  # laid out once already, which takes longer than drawing
    drawn = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "oxygen-recon"}):
        # Without date and version the file is reproducible.
        figure.savefig(drawn, format="svg", dpi=VECTOR_DPI, metadata={"Date": None, "Creator": None})
    with replacing(path) as partial:
        # Lines are exact to a tenth of a point: maps with shorelines become half as large.
        partial.write_text(_PATH.sub(_shortened, drawn.getvalue()), encoding="utf-8")
    return path


def _shortened(path: re.Match[str]) -> str:
    """Leave out all digits of a path of SVG but one behind the point."""
    return _DIGITS.sub(r"\1", path[0])


def short_numbers(axis: Axis) -> None:
    """Label an axis with few ticks and SI prefixes: 3k for 3000.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
        Changed in place.
    """
    from matplotlib.ticker import EngFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(4))
    axis.set_major_formatter(EngFormatter(sep=""))
