"""The sheet every figure is drawn on: size, type, colours, and the way to disk."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from qc.files import replacing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.colors import Colormap, ListedColormap, Normalize
    from matplotlib.figure import Figure

DPI = 120
HYPOXIC = 60.0  # umol kg-1; below it the oxygen colours are red (2 mg/L is 60.9 umol kg-1)
LAND, SEA_FLOOR, COAST = "0.55", "0.80", "0.25"
# Okabe and Ito (2008), told apart by the colour-blind; black is kept for truth.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8C8C8C", "#B8A900")
OXYGEN, ERROR = "oxygen (µmol kg⁻¹)", "standard error (µmol kg⁻¹)"


def sheet(width: float, height: float) -> Figure:
    """Give an empty figure that owns its canvas, so that no state of matplotlib.pyplot is touched.

    Parameters
    ----------
    width, height : float
        Inches.

    Returns
    -------
    matplotlib.figure.Figure
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    figure = Figure(figsize=(width, height), dpi=DPI, layout=ConstrainedLayoutEngine(h_pad=0.07, w_pad=0.07))
    FigureCanvasAgg(figure)
    return figure


def panels(count: int, wide: float, high: float, room: float) -> tuple[Figure, list[Axes]]:
    """Give a figure of equal panels, four a row; what is left of the last row is not shown.

    Parameters
    ----------
    count : int
        Panels; at least one.
    wide, high : float
        Of a panel, inches.
    room : float
        For heading and note, inches.

    Returns
    -------
    matplotlib.figure.Figure, list of matplotlib.axes.Axes
        No narrower than a heading and a legend need.
    """
    across, rows = min(count, 4), -(-count // 4)
    figure = sheet(max(wide * across + 0.3, 5.4), high * rows + room)
    found = list(figure.subplots(rows, across, squeeze=False).ravel())
    for axes in found[count:]:
        axes.set_visible(False)
    return figure, found


def tidy(axes: Axes, title: str = "") -> None:
    """Give axes the house's look: small type, no upper and right spine, the title at the left.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Changed in place.
    title : str
        Shown above the axes.
    """
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    axes.xaxis.label.set_fontsize(9)
    axes.yaxis.label.set_fontsize(9)
    if title:
        axes.set_title(title, fontsize=9.5, loc="left")


def heading(figure: Figure, title: str, note: str = "") -> None:
    """Write the figure's title above it and a note on how to read it below.

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


def label_bar(bar: Colorbar, label: str) -> None:
    """Write what a colour bar shows, with its unit."""
    bar.set_label(label, fontsize=8.5)
    bar.ax.tick_params(labelsize=8)


def oxygen_colours(values: NDArray[np.floating]) -> tuple[ListedColormap, Normalize]:
    """Make the colours of oxygen: reds below 60 umol kg-1, violet over blue to pale yellow above.

    The idea is that of cmocean's `oxy`, whose red fifth means hypoxic; but `oxy` is grey over most of its length, which
    cannot be told from land, its yellow is meant for supersaturation, which a concentration does not show, and its red
    hardly changes from 0 to 60. So two perceptually uniform maps of cmocean are joined at 60 umol kg-1, whatever the
    limits: `amp` below, `deep` above. Red and blue, and the step in lightness at the seam, are legible to the
    colour-blind. The scale is linear throughout.

    Parameters
    ----------
    values : array, any shape
        Everything that shares the scale, umol kg-1; NaN is passed over.

    Returns
    -------
    ListedColormap, Normalize
        Limits are 0 and the 99.5th percentile rounded up to 20, at least 100 umol kg-1.
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


def error_colours(values: NDArray[np.floating]) -> tuple[Colormap, Normalize]:
    """Give the colours of standard errors.

    Parameters
    ----------
    values : array, any shape
        Everything that shares the scale, umol kg-1; NaN is passed over.

    Returns
    -------
    Colormap, Normalize
        From 0 to `upper_limit`.
    """
    import cmocean
    from matplotlib.colors import Normalize

    return cmocean.cm.tempo, Normalize(0.0, upper_limit(values))


def upper_limit(values: NDArray[np.floating], percentile: float = 99.0) -> float:
    """Find a limit of colours that single wild values do not set.

    Parameters
    ----------
    values : array, any shape
        Non-negative; NaN is passed over.
    percentile : float
        Share of the values that lies below the limit, per cent.

    Returns
    -------
    float
        Rounded up to one significant digit or its half; 1 where no value is finite and positive.
    """
    finite = values[np.isfinite(values)]
    top = float(np.percentile(finite, percentile)) if finite.size else 0.0
    if top <= 0:
        return 1.0
    step = 10.0 ** np.floor(np.log10(top)) / 2
    return float(step * np.ceil(top / step))


def save(figure: Figure, path: Path) -> Path:
    """Write a figure as PNG, whole or not at all.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Left as it is.
    path : Path
        Where to; an older file is replaced.

    Returns
    -------
    Path
        `path`.
    """
    with replacing(path) as partial:
        # Without the software's version the same figure is the same file.
        figure.savefig(partial, format="png", dpi=DPI, metadata={"Software": None})
    return path
