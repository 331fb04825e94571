"""What stands behind a reconstruction: where observations are, how it errs at held-out ones, and who does better."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from oxygen_recon.report.figures.canvas import COLOURS, heading, label_bar, sheet, tidy, upper_limit
from qc.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_MOST_LEVELS = 60  # levels that are shown each for itself
_RESIDUAL = "estimate − observation (µmol kg⁻¹)"


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
        Number of observations, as `observations_by_year` gives it.

    Returns
    -------
    matplotlib.figure.Figure
        Bars by year above, bars by depth at the right, year and depth together in logarithmic colours; of a single
        year, or a single step of many years, only the bars by depth.
    """
    counts = counts.transpose("year", "depth")
    values, total = np.nan_to_num(counts.values.astype(float)), f"{float(counts.sum()):,.0f} observations"
    if counts.sizes["year"] == 1:
        figure = sheet(5.5, 4.6)
        alone = figure.subplots()
        _levels(alone, counts["depth"].values)
        _bars_by_level(alone, values.sum(axis=0))
        tidy(alone, total)
        heading(figure, "Where the observations are")
        return figure
    figure = sheet(9.0, 5.2)
    grid = figure.add_gridspec(2, 2, width_ratios=(5, 1), height_ratios=(1, 2.2))
    body = figure.add_subplot(grid[1, 0])
    above, beside = figure.add_subplot(grid[0, 0], sharex=body), figure.add_subplot(grid[1, 1])
    _years_and_levels(figure, body, counts["year"].values, values)
    above.bar(counts["year"].values, values.sum(axis=1), width=0.9, color=COLOURS[0])
    above.set_ylabel("observations")
    above.tick_params(labelbottom=False)
    _short_numbers(above.yaxis)
    _bars_by_level(beside, values.sum(axis=0))
    for axes in (body, beside):
        _levels(axes, counts["depth"].values)
    beside.tick_params(labelleft=False)
    beside.set_ylabel("")
    tidy(above, f"by year: {total}")
    tidy(body)
    tidy(beside, "by depth")
    heading(figure, "Where the observations are", "white: none")
    return figure


def _years_and_levels(figure: Figure, axes: Axes, year: NDArray[np.integer], values: NDArray[np.float64]) -> None:
    import cmocean
    from matplotlib.colors import ListedColormap, LogNorm

    # The palest part of the colours is left out: white means none.
    colours = ListedColormap(cmocean.cm.tempo(np.linspace(0.15, 1.0, 256)))
    mesh = axes.pcolormesh(
        np.append(year - 0.5, year[-1] + 0.5), np.arange(values.shape[1] + 1), np.ma.masked_less_equal(values.T, 0),
        cmap=colours, norm=LogNorm(1.0, max(10.0, values.max())),
    )  # fmt: skip
    axes.set_xlabel("year")
    label_bar(figure.colorbar(mesh, ax=axes, orientation="horizontal", aspect=40, pad=0.03), "observations a year")


def _bars_by_level(axes: Axes, total: NDArray[np.float64]) -> None:
    axes.barh(np.arange(total.size) + 0.5, total, height=0.9, color=COLOURS[0])
    axes.set_xlabel("observations")
    _short_numbers(axes.xaxis)


def _levels(axes: Axes, depth: NDArray[np.float64]) -> None:
    """Make an axis of levels equally high: in metres the well-observed upper ones would vanish."""
    ticks = np.unique(np.linspace(0, depth.size - 1, min(8, depth.size)).round().astype(int))
    axes.set_ylim(depth.size, 0)
    axes.set_yticks(ticks + 0.5, [f"{depth[i]:.0f}" for i in ticks])
    axes.set_ylabel("depth of the level (m)")


def residuals(oof: pd.DataFrame) -> Figure:
    """Draw how estimates err at observations that were held out.

    Parameters
    ----------
    oof : DataFrame
        depth (m), year, truth, mean and scale (umol kg-1), a row a held-out observation.

    Returns
    -------
    matplotlib.figure.Figure
        Histogram; median and quartiles by depth and by year; histogram of (estimate - observation) / standard error
        beside the normal distribution it should have.

    Raises
    ------
    InputError
        If no row has both an observation and an estimate.
    """
    known = oof[np.isfinite(oof["truth"]) & np.isfinite(oof["mean"])]
    if known.empty:
        raise InputError("no held-out observation has an estimate", "out-of-fold table")
    error = (known["mean"] - known["truth"]).to_numpy(float)
    figure = sheet(9.0, 6.6)
    (a, b), (c, d) = figure.subplots(2, 2)
    top = upper_limit(np.abs(error), 99.0)
    a.hist(np.clip(error, -top, top), bins=61, range=(-top, top), color=COLOURS[0])
    a.axvline(0.0, color="black", linewidth=0.8)
    a.set(xlabel=_RESIDUAL, ylabel="held-out observations", xlim=(-top, top))
    _short_numbers(a.yaxis)
    tidy(a, f"bias {error.mean():+.1f}, RMSE {np.sqrt(np.mean(error**2)):.1f}, n {error.size:,}")
    _by_depth(b, known["depth"].to_numpy(float), error)
    _by_year(c, known["year"].to_numpy(float), error)
    _reliability(d, error / known["scale"].to_numpy(float))
    heading(
        figure,
        "Errors at held-out observations",
        "dark: median; shaded: middle half; ends of histograms gather what lies beyond",
    )
    return figure


def _by_depth(axes: Axes, depth: NDArray[np.float64], error: NDArray[np.float64]) -> None:
    levels = np.unique(depth)
    if levels.size <= _MOST_LEVELS:  # those of a grid: each is its own bin, however few observations it has
        marks, title = levels, "by depth, level by level"
    else:
        marks = np.unique(np.quantile(depth, np.linspace(0.0, 1.0, 21)))[:-1]
        title = "by depth, in twentieths of the observations"
    middle, quartiles = _quartiles(depth, error, marks)
    axes.fill_betweenx(middle, quartiles[0], quartiles[2], color=COLOURS[0], alpha=0.25, linewidth=0)
    axes.plot(quartiles[1], middle, color=COLOURS[0], linewidth=1.4, marker="o", markersize=2.5)
    axes.axvline(0.0, color="black", linewidth=0.8)
    axes.set_yscale("symlog", linthresh=100.0)
    axes.set_yticks([t for t in (0, 50, 100, 200, 500, 1000, 2000, 5000) if t <= max(100.0, 1.3 * depth.max())])
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.minorticks_off()
    deepest = max(100.0, depth.max())
    axes.set_ylim(1.12 * deepest, -4.0)  # markers at either end are whole
    axes.set(xlabel=_RESIDUAL, ylabel="depth (m)")
    tidy(axes, title)


def _by_year(axes: Axes, year: NDArray[np.float64], error: NDArray[np.float64]) -> None:
    from matplotlib.ticker import MaxNLocator

    first, last = np.floor(year.min()), np.floor(year.max())
    step = max(1.0, np.ceil((last - first + 1) / 40.0))
    middle, quartiles = _quartiles(year, error, np.arange(first, last + step + 1, step))
    axes.fill_between(middle, quartiles[0], quartiles[2], color=COLOURS[0], alpha=0.25, linewidth=0)
    axes.plot(middle, quartiles[1], color=COLOURS[0], linewidth=1.4, marker="o", markersize=2.5)
    axes.axhline(0.0, color="black", linewidth=0.8)
    if middle.size == 1:
        axes.set_xticks(middle, [f"{first:.0f}"])
    else:
        axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10], integer=True))
    axes.set(xlabel="year", ylabel=_RESIDUAL)
    tidy(axes, "by year" if step == 1 else f"in steps of {step:.0f} years")


def _quartiles(
    position: NDArray[np.float64], error: NDArray[np.float64], marks: NDArray[np.float64] | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Median position and quartiles of the errors in each bin that holds any, shapes (bin,) and (3, bin)."""
    which = np.zeros(position.size, int) if marks is None else np.digitize(position, marks)
    found = np.unique(which)
    middle = np.array([np.median(position[which == i]) for i in found])
    return middle, np.stack([np.quantile(error[which == i], (0.25, 0.5, 0.75)) for i in found], axis=1)


def _reliability(axes: Axes, z: NDArray[np.float64]) -> None:
    z = z[np.isfinite(z)]
    grid = np.linspace(-4.0, 4.0, 161)
    axes.plot(grid, np.exp(-0.5 * grid**2) / np.sqrt(2.0 * np.pi), color="black", linewidth=1.1, label="normal")
    title = "no standard error given"
    if z.size:
        axes.hist(np.clip(z, -4.0, 4.0), bins=49, range=(-4.0, 4.0), density=True, color=COLOURS[0], alpha=0.8)
        one, two = (100.0 * np.mean(np.abs(z) < sigma) for sigma in (1, 2))
        title = f"within 1 σ: {one:.0f} % (68), within 2 σ: {two:.0f} % (95)"
    axes.legend(fontsize=8, frameon=False)
    axes.set(xlabel="(estimate − observation) / standard error", ylabel="density", xlim=(-4.0, 4.0))
    tidy(axes, title)


def _short_numbers(axis: object) -> None:
    from matplotlib.axis import Axis
    from matplotlib.ticker import EngFormatter, MaxNLocator

    assert isinstance(axis, Axis)
    axis.set_major_locator(MaxNLocator(4))
    axis.set_major_formatter(EngFormatter(sep=""))
