"""A vertical section of oxygen and its standard error along a meridian or a parallel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr

from graphs.sphere import EARTH_RADIUS_KM
from graphs.types import Floats, Mask
from oxygen_recon.report.figures.canvas import (
    COAST,
    ERROR,
    HYPOXIC,
    LAND,
    OXYGEN,
    add_heading,
    error_colours,
    label_colour_bar,
    new_figure,
    oxygen_colours,
    style_axes,
)
from oxygen_recon.report.figures.degrees import degree_axis, meridian_name, parallel_name
from oxygen_recon.report.figures.selection import cell_edges, period_name, recentred, select_period, time_mean
from qc.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure

_BREAK = 500.0  # m; water above it takes half of the depth axis
_ISOLINES = (20.0, 60.0, 120.0)  # umol kg-1; regimes of the oxygen minimum (Busecke et al. 2022)

Line = Literal["longitude", "latitude"]


def section(
    reconstruction: xr.Dataset,
    times: slice | None = None,
    through: Literal["lowest", "densest"] = "lowest",
    along: tuple[Line, float] | None = None,
) -> Figure:
    """Draw oxygen and its standard error on a section, averaged over time.

    Parameters
    ----------
    reconstruction : Dataset
        oxygen, oxygen_standard_error, observation_count (time, depth, latitude, longitude) and wet (depth, latitude,
        longitude).
    times : slice, optional
        Labels of the first and last time; all times when left out.
    through : {"lowest", "densest"}
        Line to draw: the one with the largest oxygen deficit below 60 umol kg-1, or the one with the most
        observations.
    along : (str, float), optional
        Line to draw instead: ("longitude", -110.0) is the meridian nearest to 110 W.

    Returns
    -------
    matplotlib.figure.Figure
        Half of the depth axis shows the upper 500 m where the section is deeper than 600 m; isolines at 20, 60 and
        120 umol kg-1.

    Raises
    ------
    InputError
        If no time lies within `times` or there is no estimate of oxygen.
    """
    chosen = select_period(reconstruction, times)
    mean = recentred(time_mean(chosen))
    if not mean["oxygen"].notnull().any():
        raise InputError("no oxygen estimate in the period", "reconstruction", "choose another period")
    name, value = along or choose_line(mean, through)
    if name == "longitude" and mean["longitude"].values[0] >= 0:
        value %= 360.0
    cut = mean.sel({name: value}, method="nearest")
    axis: Line = "latitude" if name == "longitude" else "longitude"
    cut = _trim(cut.transpose("depth", axis, ...), axis)
    oxygen, error = cut["oxygen"].values, cut["oxygen_standard_error"].values
    figure = new_figure(9.0, 7.2)
    axes = figure.subplots(2, 1, sharex=True, sharey=True)
    split = _panel(axes[0], cut, axis, oxygen, oxygen_colours(oxygen), OXYGEN)
    _isolines(axes[0], cut, axis)
    _panel(axes[1], cut, axis, error, error_colours(error), ERROR)
    degree_axis(axes[1].xaxis, axis)
    axes[1].set_xlabel(axis)
    where = (meridian_name if name == "longitude" else parallel_name)(round(float(cut[name]), 1))
    why = "" if along else f" ({'lowest oxygen' if through == 'lowest' else 'most observations'})"
    note = "grey: sea floor and land; white: no estimate"
    note += f"; the upper {_BREAK:.0f} m take half of the axis" if split else ""
    add_heading(figure, f"Section along {where}{why}, {period_name(chosen)}", note)
    return figure


def choose_line(mean: xr.Dataset, through: Literal["lowest", "densest"]) -> tuple[Line, float]:
    """Choose the meridian or parallel with the most oxygen-poor water or the most observations.

    Parameters
    ----------
    mean : Dataset
        oxygen (umol kg-1) and observation_count on (depth, latitude, longitude).
    through : {"lowest", "densest"}
        "lowest" compares the oxygen deficit below 60 umol kg-1 (below the tenth percentile where no oxygen is that
        low), integrated over depth and distance; "densest" compares numbers of observations.

    Returns
    -------
    name : {"longitude", "latitude"}
        Coordinate that is constant along the line.
    value : float
        Degrees; a cell centre of the grid.
    """
    if through == "densest":
        weight = mean["observation_count"].fillna(0.0).sum("depth")
        north = east = xr.ones_like(mean["latitude"], dtype=float)
    else:
        oxygen = mean["oxygen"]
        threshold = HYPOXIC if float(oxygen.min()) < HYPOXIC else float(np.nanpercentile(oxygen.values, 10.0))
        thickness = xr.DataArray(np.diff(cell_edges(mean, "depth")), dims="depth")
        weight = ((threshold - oxygen).clip(min=0.0).fillna(0.0) * thickness).sum("depth")
        arc = np.radians(1.0) * (1000.0 * EARTH_RADIUS_KM)
        north = xr.DataArray(np.diff(cell_edges(mean, "latitude")) * arc, dims="latitude")
        step = float(np.diff(cell_edges(mean, "longitude")).mean())
        east = np.cos(np.radians(mean["latitude"])) * step * arc
    meridians, parallels = (weight * north).sum("latitude"), (weight * east).sum("longitude")
    if float(meridians.max()) >= float(parallels.max()):
        return "longitude", float(meridians.idxmax())
    return "latitude", float(parallels.idxmax())


def _trim(cut: xr.Dataset, axis: Line) -> xr.Dataset:
    """Return the section without the land at its ends."""
    (wet,) = np.nonzero((cut["wet"].values == 1).any(axis=0))
    return cut.isel({axis: slice(max(wet[0] - 1, 0), wet[-1] + 2)})


def _panel(
    axes: Axes, cut: xr.Dataset, axis: Line, values: Floats, scale: tuple[Colormap, Normalize], label: str
) -> bool:
    """Draw one panel; return whether its depth axis is split."""
    from matplotlib.colors import ListedColormap

    x, depth = cell_edges(cut, axis), cell_edges(cut, "depth")
    wet = cut["wet"].values == 1
    mesh = axes.pcolormesh(
        x, depth, np.ma.masked_invalid(np.where(wet, values, np.nan)), cmap=scale[0], norm=scale[1], rasterized=True
    )
    axes.pcolormesh(
        x, depth, np.ma.masked_where(wet, np.zeros(wet.shape)), cmap=ListedColormap([LAND]), rasterized=True
    )
    bottom = depth[-1]
    if wet.any():
        bottom = min(bottom, depth[1:][wet.any(axis=1)][-1] + 0.02 * bottom)
    _sea_floor(axes, x, depth, wet)
    split = bool(bottom > 1.2 * _BREAK)
    if split:
        _split_depth_axis(axes, float(bottom))
    axes.set_xlim(x[0], x[-1])
    axes.set_ylim(bottom, 0.0)
    axes.set_ylabel("depth (m)")
    style_axes(axes)
    label_colour_bar(axes.figure.colorbar(mesh, ax=axes, pad=0.015, aspect=18, extend="max"), label)
    return split


def _split_depth_axis(axes: Axes, bottom: float) -> None:
    """Give half of the depth axis to the upper ocean."""
    share = (bottom - _BREAK) / _BREAK
    axes.set_yscale(
        "function",
        functions=(
            lambda z: np.where(z < _BREAK, z, _BREAK + (z - _BREAK) / share),
            lambda s: np.where(s < _BREAK, s, _BREAK + (s - _BREAK) * share),
        ),
    )
    axes.axhline(_BREAK, color="0.2", linewidth=0.5, linestyle=(0, (6, 4)))
    below = [t for t in (1000, 2000, 3000, 4000, 5000, 6000) if _BREAK < t < bottom]
    axes.set_yticks([0, 100, 200, 300, 400, 500, *below])


def _sea_floor(axes: Axes, x: Floats, depth: Floats, wet: Mask) -> None:
    """Draw the lower edge of the deepest wet cell of each column."""
    floor = np.where(wet.any(axis=0), depth[wet.shape[0] - np.argmax(wet[::-1], axis=0)], 0.0)
    axes.stairs(floor, x, baseline=None, color=COAST, linewidth=0.7)


def _isolines(axes: Axes, cut: xr.Dataset, axis: Line) -> None:
    """Draw and label isolines of oxygen."""
    oxygen = np.ma.masked_invalid(np.where((cut["wet"].values == 1), cut["oxygen"].values, np.nan))
    if min(oxygen.shape) < 2 or oxygen.count() == 0:
        return
    shown = [level for level in _ISOLINES if oxygen.min() < level < oxygen.max()]
    if shown:
        lines = axes.contour(
            cut[axis].values, cut["depth"].values, oxygen, levels=shown, colors="white", linewidths=0.8
        )
        axes.clabel(lines, fmt="%g", fontsize=7)
