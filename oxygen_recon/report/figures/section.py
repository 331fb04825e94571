"""A vertical section of oxygen and its standard error along a meridian or a parallel."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr

from graphs.sphere import EARTH_RADIUS_KM
from oxygen_recon.report.figures.canvas import (
    COAST,
    ERROR,
    HYPOXIC,
    LAND,
    OXYGEN,
    error_colours,
    heading,
    label_bar,
    oxygen_colours,
    sheet,
    tidy,
)
from oxygen_recon.report.figures.maps import average, period, years
from oxygen_recon.report.figures.projection import degrees, edges, meridian_name, parallel_name, unrolled
from qc.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure

BREAK = 500.0  # m; the upper ocean above it takes half of the axis
ISOLINES = (20.0, 60.0, 120.0)  # umol kg-1; regimes of the oxygen minimum (Busecke et al. 2022)

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
        Labels of the first and last time; all where not given.
    through : {"lowest", "densest"}
        Which line is chosen: the one with the most oxygen missing below 60 umol kg-1, or the one with the most
        observations.
    along : (str, float), optional
        Chooses by hand: ("longitude", -110.0) is the meridian nearest to 110 W.

    Returns
    -------
    matplotlib.figure.Figure
        Half of the depth axis shows the upper 500 m where the section is deeper than 600 m; lines at 20, 60 and 120
        umol kg-1.

    Raises
    ------
    InputError
        If no time lies within `times` or no oxygen is known.
    """
    chosen = period(reconstruction, times)
    mean = unrolled(average(chosen))
    if not mean["oxygen"].notnull().any():
        raise InputError("no oxygen estimate in the period", "reconstruction", "choose another period")
    name, value = along or choose_line(mean, through)
    if name == "longitude" and mean["longitude"].values[0] >= 0:
        value %= 360.0
    cut = mean.sel({name: value}, method="nearest")
    axis: Line = "latitude" if name == "longitude" else "longitude"
    cut = _shorten(cut.transpose("depth", axis, ...), axis)
    oxygen, error = cut["oxygen"].values, cut["oxygen_standard_error"].values
    figure = sheet(9.0, 7.2)
    axes = figure.subplots(2, 1, sharex=True, sharey=True)
    shades, claimed = oxygen_colours(oxygen), error_colours(error)
    split = _cut(axes[0], cut, axis, oxygen, shades, OXYGEN)
    _isolines(axes[0], cut, axis)
    _cut(axes[1], cut, axis, error, claimed, ERROR)
    degrees(axes[1].xaxis, axis)
    axes[1].set_xlabel(axis)
    where = (meridian_name if name == "longitude" else parallel_name)(round(float(cut[name]), 1))
    why = "" if along else f" ({'lowest oxygen' if through == 'lowest' else 'most observations'})"
    note = "grey: sea floor and land; white: no estimate"
    note += f"; the upper {BREAK:.0f} m take half of the axis" if split else ""
    heading(figure, f"Section along {where}{why}, {years(chosen)}", note)
    return figure


def choose_line(mean: xr.Dataset, through: Literal["lowest", "densest"]) -> tuple[Line, float]:
    """Choose the meridian or parallel that crosses the most oxygen-poor water or the most observations.

    Parameters
    ----------
    mean : Dataset
        oxygen (umol kg-1) and observation_count on (depth, latitude, longitude).
    through : {"lowest", "densest"}
        Lowest weighs each line by the oxygen missing below 60 umol kg-1 (below the tenth percentile where none is
        that low), integrated over depth and distance; densest by its number of observations.

    Returns
    -------
    name : {"longitude", "latitude"}
        What is constant along the line.
    value : float
        Degrees, a centre of the grid.
    """
    if through == "densest":
        weight = mean["observation_count"].fillna(0.0).sum("depth")
        north = east = xr.ones_like(mean["latitude"], dtype=float)
    else:
        oxygen = mean["oxygen"]
        threshold = HYPOXIC if float(oxygen.min()) < HYPOXIC else float(np.nanpercentile(oxygen.values, 10.0))
        thickness = xr.DataArray(np.diff(edges(mean, "depth")), dims="depth")
        weight = ((threshold - oxygen).clip(min=0.0).fillna(0.0) * thickness).sum("depth")
        arc = np.radians(1.0) * (1000.0 * EARTH_RADIUS_KM)
        north = xr.DataArray(np.diff(edges(mean, "latitude")) * arc, dims="latitude")
        step = float(np.diff(edges(mean, "longitude")).mean())
        east = np.cos(np.radians(mean["latitude"])) * step * arc
    meridians, parallels = (weight * north).sum("latitude"), (weight * east).sum("longitude")
    if float(meridians.max()) >= float(parallels.max()):
        return "longitude", float(meridians.idxmax())
    return "latitude", float(parallels.idxmax())


def _shorten(cut: xr.Dataset, axis: Line) -> xr.Dataset:
    """Leave off land at either end of the section."""
    (wet,) = np.nonzero((cut["wet"].values == 1).any(axis=0))
    return cut.isel({axis: slice(max(wet[0] - 1, 0), wet[-1] + 2)})


def _cut(
    axes: Axes, cut: xr.Dataset, axis: Line, values: np.ndarray, look: tuple[Colormap, Normalize], label: str
) -> bool:
    """Draw one panel; say whether its depth axis is split."""
    from matplotlib.colors import ListedColormap

    x, depth = edges(cut, axis), edges(cut, "depth")
    wet = cut["wet"].values == 1
    mesh = axes.pcolormesh(x, depth, np.ma.masked_invalid(np.where(wet, values, np.nan)), cmap=look[0], norm=look[1])
    axes.pcolormesh(x, depth, np.ma.masked_where(wet, np.zeros(wet.shape)), cmap=ListedColormap([LAND]))
    bottom = depth[-1]
    if wet.any():
        bottom = min(bottom, depth[1:][wet.any(axis=1)][-1] + 0.02 * bottom)
    _sea_floor(axes, x, depth, wet)
    split = bool(bottom > 1.2 * BREAK)
    if split:
        share = (bottom - BREAK) / BREAK
        axes.set_yscale(
            "function",
            functions=(
                lambda z: np.where(z < BREAK, z, BREAK + (z - BREAK) / share),
                lambda s: np.where(s < BREAK, s, BREAK + (s - BREAK) * share),
            ),
        )
        axes.axhline(BREAK, color="0.2", linewidth=0.5, linestyle=(0, (6, 4)))
        below = [t for t in (1000, 2000, 3000, 4000, 5000, 6000) if BREAK < t < bottom]
        axes.set_yticks([0, 100, 200, 300, 400, 500, *below])
    axes.set_xlim(x[0], x[-1])
    axes.set_ylim(bottom, 0.0)
    axes.set_ylabel("depth (m)")
    tidy(axes)
    label_bar(axes.figure.colorbar(mesh, ax=axes, pad=0.015, aspect=18, extend="max"), label)
    return split


def _sea_floor(axes: Axes, x: np.ndarray, depth: np.ndarray, wet: np.ndarray) -> None:
    floor = np.where(wet.any(axis=0), depth[wet.shape[0] - np.argmax(wet[::-1], axis=0)], 0.0)
    axes.stairs(floor, x, baseline=None, color=COAST, linewidth=0.7)


def _isolines(axes: Axes, cut: xr.Dataset, axis: Line) -> None:
    oxygen = np.ma.masked_invalid(np.where((cut["wet"].values == 1), cut["oxygen"].values, np.nan))
    if min(oxygen.shape) < 2 or oxygen.count() == 0:
        return
    shown = [level for level in ISOLINES if oxygen.min() < level < oxygen.max()]
    if shown:
        lines = axes.contour(
            cut[axis].values, cut["depth"].values, oxygen, levels=shown, colors="white", linewidths=0.8
        )
        axes.clabel(lines, fmt="%g", fontsize=7)
