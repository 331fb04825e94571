"""Figures of the observations behind a reconstruction: by year and depth, and maps by decade."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from graphs.types import Floats, Ints
from oxygen_recon.report.figures.canvas import (
    COLOURS,
    add_heading,
    label_colour_bar,
    new_figure,
    short_numbers,
    style_axes,
)
from oxygen_recon.report.figures.map_panels import MapPanel, Scale, map_panels

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_TITLE = "Observations by year and depth"


def observations_by_year(reconstruction: xr.Dataset) -> xr.DataArray:
    """Count observations by year and depth.

    Parameters
    ----------
    reconstruction : Dataset
        observation_count (time, depth, latitude, longitude).

    Returns
    -------
    DataArray, dims (year, depth)
        Number of observations; every year from the first to the last, 0 where there is none.

    Examples
    --------
    >>> time = np.array(["1998-07-01", "2000-07-01"], "datetime64[ns]")
    >>> count = xr.DataArray(np.ones((2, 1, 2, 2)), {"time": time}, ("time", "depth", "latitude", "longitude"))
    >>> observations_by_year(xr.Dataset({"observation_count": count})).values.ravel().tolist()
    [4.0, 0.0, 4.0]
    """
    sums = reconstruction["observation_count"].fillna(0).sum(("latitude", "longitude"))
    counts = sums.groupby("time.year").sum().compute()
    years = np.arange(int(counts["year"].min()), int(counts["year"].max()) + 1)
    return counts.reindex(year=years, fill_value=0).transpose("year", "depth")


def coverage(counts: xr.DataArray) -> Figure:
    """Draw how many observations each year and depth has.

    Parameters
    ----------
    counts : DataArray, dims (year, depth)
        Number of observations, as from `observations_by_year`.

    Returns
    -------
    matplotlib.figure.Figure
        Bars by year above, bars by depth at the right, year and depth together in logarithmic colours. Where all
        observations belong to one year, or to one step of several years, only bars by depth.
    """
    counts = counts.transpose("year", "depth")
    year, depth = counts["year"].values, counts["depth"].values
    values, total = np.nan_to_num(counts.values.astype(float)), f"{float(counts.sum()):,.0f} observations"
    if year.size == 1:
        return _by_depth_only(depth, values[0], total)
    figure = new_figure(9.0, 5.2)
    grid = figure.add_gridspec(2, 2, width_ratios=(5, 1), height_ratios=(1, 2.2))
    body = figure.add_subplot(grid[1, 0])
    above, beside = figure.add_subplot(grid[0, 0], sharex=body), figure.add_subplot(grid[1, 1])
    _years_and_levels(figure, body, year, values)
    above.bar(year, values.sum(axis=1), width=0.9, color=COLOURS[0])
    above.set_ylabel("observations")
    above.tick_params(labelbottom=False)
    short_numbers(above.yaxis)
    _bars_by_level(beside, values.sum(axis=0))
    for axes in (body, beside):
        _level_axis(axes, depth)
    beside.tick_params(labelleft=False)
    beside.set_ylabel("")
    style_axes(above, f"by year: {total}")
    style_axes(body)
    style_axes(beside, "by depth")
    add_heading(figure, _TITLE, "white: none")
    return figure


def coverage_maps(reconstruction: xr.Dataset) -> Figure:
    """Draw in how many years of each decade a column was observed.

    Parameters
    ----------
    reconstruction : Dataset
        observation_count (time, depth, latitude, longitude) and wet (depth, latitude, longitude).

    Returns
    -------
    matplotlib.figure.Figure
        One map a decade, the same colours in all; white: no observation at any depth. Titles have the numbers of
        observations and the share of columns that were observed at least once.
    """
    import cmocean
    from matplotlib.colors import BoundaryNorm, ListedColormap

    years = reconstruction["time"].dt.year.to_numpy()
    ocean = reconstruction["wet"].any("depth").load()
    found, many = [], 1
    for decade in np.unique(years // 10):
        inside = np.flatnonzero(years // 10 == decade)
        count = reconstruction["observation_count"].isel(time=inside).clip(min=0).sum("depth").load()
        seen = (count.groupby("time.year").sum() > 0).sum("year").where(ocean)
        share = 100.0 * float((seen > 0).sum()) / float(ocean.sum())
        title = f"{decade}0s: {float(count.sum()):,.0f} observations, {share:.0f} % of columns"
        found.append(MapPanel(title, seen.where(seen > 0), ocean))
        many = max(many, int(seen.max()))
    columns = min(3, len(found))
    rows = [[*found[i : i + columns]] for i in range(0, len(found), columns)]
    padded = [row + [None] * (columns - len(row)) for row in rows]
    places = [(i, j) for i, row in enumerate(rows) for j in range(len(row))]
    limits = BoundaryNorm(np.arange(0.5, many + 1.0), many)
    colours = ListedColormap(cmocean.cm.tempo(np.linspace(0.2, 1.0, many)))
    scale = Scale(places, colours, limits, "years of the decade with an observation", "neither")
    note = "grey: land; light grey: outside the grid; white: no observation in the decade"
    return map_panels(padded, [scale], "Where oxygen was observed, decade by decade", note)


def _by_depth_only(depth: Floats, values: Floats, total: str) -> Figure:
    """Draw the bars by depth of a single year."""
    figure = new_figure(5.5, 4.6)
    axes = figure.subplots()
    _level_axis(axes, depth)
    _bars_by_level(axes, values)
    style_axes(axes, total)
    add_heading(figure, _TITLE.replace("year and ", ""))
    return figure


def _years_and_levels(figure: Figure, axes: Axes, year: Ints, values: Floats) -> None:
    """Draw the number of observations of each year and level in colours."""
    import cmocean
    from matplotlib.colors import ListedColormap, LogNorm

    # The palest part of the colours is left out: white means none.
    colours = ListedColormap(cmocean.cm.tempo(np.linspace(0.15, 1.0, 256)))
    mesh = axes.pcolormesh(
        np.append(year - 0.5, year[-1] + 0.5), np.arange(values.shape[1] + 1), np.ma.masked_less_equal(values.T, 0),
        cmap=colours, norm=LogNorm(1.0, max(10.0, values.max())),
    )  # fmt: skip
    axes.set_xlabel("year")
    label_colour_bar(
        figure.colorbar(mesh, ax=axes, orientation="horizontal", aspect=40, pad=0.03), "observations a year"
    )


def _bars_by_level(axes: Axes, total: Floats) -> None:
    """Draw one bar a level."""
    axes.barh(np.arange(total.size) + 0.5, total, height=0.9, color=COLOURS[0])
    axes.set_xlabel("observations")
    short_numbers(axes.xaxis)


def _level_axis(axes: Axes, depth: Floats) -> None:
    """Give all levels the same height: on a scale of metres the well-observed upper ones would vanish."""
    ticks = np.unique(np.linspace(0, depth.size - 1, min(8, depth.size)).round().astype(int))
    axes.set_ylim(depth.size, 0)
    axes.set_yticks(ticks + 0.5, [f"{depth[i]:.0f}" for i in ticks])
    axes.set_ylabel("depth of the level (m)")
