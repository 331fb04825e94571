"""Hovmoeller diagrams: anomalies of oxygen by time and depth or latitude, with their standard error."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr

from oxygen_recon.report.figures.canvas import (
    SEA_FLOOR,
    add_heading,
    error_colours,
    label_colour_bar,
    new_figure,
    style_axes,
)
from oxygen_recon.report.figures.degrees import degree_axis
from oxygen_recon.report.figures.map_panels import around_zero
from oxygen_recon.report.figures.selection import cell_edges

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure

_TICKS = (0.0, 100.0, 300.0, 600.0, 1000.0, 2000.0, 3000.0, 4000.0, 5000.0)  # m


def hovmoeller(rows: Mapping[str, tuple[xr.DataArray, xr.DataArray]], heading: str, note: str = "") -> Figure:
    """Draw anomalies and their standard error over time.

    Parameters
    ----------
    rows : mapping of str to (DataArray, DataArray)
        Title to anomaly and standard error, umol kg-1, dims time and depth or latitude.
    heading, note : str
        Title of the figure; how to read it.

    Returns
    -------
    matplotlib.figure.Figure
        One row each, with its own limits. Depths are drawn by their square root.
    """
    figure = new_figure(10.0, 2.9 * len(rows) + 0.8)
    places = figure.subplots(len(rows), 2, squeeze=False, sharex=True)
    for (title, (anomaly, error)), (left, right) in zip(rows.items(), places):
        signed, positive = around_zero(anomaly), error_colours(error.to_numpy())
        for axes, values, scale, what in (
            (left, anomaly, signed, "anomaly"), (right, error, positive, "standard error")
        ):  # fmt: skip
            _panel(axes, values, scale)
            style_axes(axes, f"{title}: {what}")
            _bar(figure, axes, scale, f"{what} (µmol kg⁻¹)", "both" if axes is left else "max")
    for axes in places[-1]:
        axes.set_xlabel("year")
    add_heading(figure, heading, note)
    return figure


def _panel(axes: Axes, values: xr.DataArray, scale: tuple[Colormap, Normalize]) -> None:
    """Draw one diagram."""
    from matplotlib.ticker import MaxNLocator

    (other,) = (str(name) for name in values.dims if name != "time")
    years = values["time"].dt.year.to_numpy().astype(float)
    step = float(np.median(np.diff(years)))
    across = np.append(years, years[-1] + step)
    drawn = np.ma.masked_invalid(values.transpose(other, "time").to_numpy())
    axes.set_facecolor(SEA_FLOOR)
    up = cell_edges(values, other)
    axes.pcolormesh(across, up, drawn, cmap=scale[0], norm=scale[1], rasterized=True)
    if other == "depth":
        axes.set_yscale("function", functions=(lambda x: np.sqrt(np.maximum(x, 0.0)), np.square))
        axes.set_ylim(up[-1], up[0])
        ticks = [tick for tick in _TICKS if tick <= up[-1]]
        axes.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
        axes.set_ylabel("depth (m)")
    else:
        degree_axis(axes.yaxis, "latitude")
        axes.set_ylabel("latitude")
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10], integer=True))


def _bar(
    figure: Figure, axes: Axes, scale: tuple[Colormap, Normalize], label: str, extend: Literal["both", "max"]
) -> None:
    """Draw a colour bar beside a diagram."""
    from matplotlib.cm import ScalarMappable

    bar = figure.colorbar(ScalarMappable(scale[1], scale[0]), ax=axes, pad=0.01, aspect=18, shrink=0.9, extend=extend)
    label_colour_bar(bar, label)
