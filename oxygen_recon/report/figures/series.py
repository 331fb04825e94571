"""Figures of time series: extent of low oxygen, mean oxygen by region, with error, truth and other products."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from graphs.types import Floats
from oxygen_recon.report.figures.canvas import COLOURS, add_heading, new_figure, style_axes
from qc.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_EXTENT = {"omz_area": (1e12, "area", "area (10⁶ km²)"), "omz_volume": (1e15, "volume", "volume (10⁶ km³)")}


Others = Mapping[str, xr.Dataset]  # name of a climate model or product to its series
_DASHES = ("--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1, 1, 1)))


def omz_series(
    series: xr.Dataset, truth: xr.Dataset | None = None, others: Others | None = None, variable: str = "omz_area"
) -> Figure:
    """Draw the area or volume of water below each threshold of oxygen.

    Parameters
    ----------
    series : Dataset
        As from `oxygen_recon.products.omz.omz_series`: omz_area (m2) and omz_volume (m3), dims time and threshold (umol
        kg-1). <variable>_expected is drawn in its place where it is there; the error is <variable>_members_low and
        <variable>_members_high, else <variable>_low and <variable>_high, or <variable>_standard_error.
    truth : Dataset, optional
        The same of the truth; it may lack thresholds.
    others : mapping of str to Dataset, optional
        The same of climate models and products, by name.
    variable : {"omz_area", "omz_volume"}
        Quantity to draw.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a threshold; each axis begins at zero.

    Raises
    ------
    InputError
        If the series lacks the variable.
    """
    if variable not in series or variable not in _EXTENT:
        raise InputError(f"no variable {variable!r} to draw", "OMZ series", f"use {' or '.join(_EXTENT)}")
    unit, quantity, label = _EXTENT[variable]
    thresholds = series["threshold"].values
    columns = min(3, thresholds.size)
    rows = -(-thresholds.size // columns)
    figure = new_figure(1.0 + 2.9 * columns, 1.0 + 2.3 * rows)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True)
    for axes, threshold in zip(panels.flat, thresholds):
        true, *rest = (_at(other, float(threshold)) for other in (truth, *(others or {}).values()))
        _lines(axes, series.sel(threshold=threshold), true, dict(zip(others or {}, rest)), variable, unit)
        axes.set_ylim(0.0, 1.06 * axes.get_ylim()[1])  # keeps a line at the top visible
        style_axes(axes, f"O₂ < {threshold:g} µmol kg⁻¹")
    for axes in panels.flat[thresholds.size :]:
        axes.set_visible(False)
    for axes in panels.flat[max(0, thresholds.size - columns) : thresholds.size]:
        axes.tick_params(labelbottom=True)
    for axes in panels[:, 0]:
        axes.set_ylabel(label)
    figure.align_ylabels(panels[:, 0])
    _legend(figure)
    add_heading(figure, f"{quantity.capitalize()} of water below each threshold", _note(series, variable))
    return figure


def region_series(
    series: xr.Dataset,
    truth: xr.Dataset | None = None,
    others: Others | None = None,
    heading: str = "",
    note: str = "",
    label: str = "mean oxygen (µmol kg⁻¹)",
) -> Figure:
    """Draw series of several regions.

    Parameters
    ----------
    series : Dataset
        `oxygen`, dims (region, time), umol kg-1; its range is `oxygen_low` and `oxygen_high`.
    truth : Dataset, optional
        `oxygen` of the truth; it may lack regions.
    others : mapping of str to Dataset, optional
        `oxygen` of climate models and products, by name; shaded between `oxygen_low` and `oxygen_high` where they are
        there.
    heading, note : str
        Title of the figure; how to read it.
    label : str
        Quantity and unit.

    Returns
    -------
    matplotlib.figure.Figure
        One panel a region, each with its own limits.

    Raises
    ------
    InputError
        If the series lacks oxygen.

    Examples
    --------
    >>> time = np.array(["1990-07-01", "1991-07-01"], "datetime64[ns]")
    >>> data = xr.Dataset({"oxygen": (("region", "time"), [[150.0, 149.0]])}, {"time": time, "region": ["Arctic"]})
    >>> region_series(data).axes[0].get_title(loc="left")
    'Arctic'
    """
    if "oxygen" not in series:
        names = ", ".join(map(str, series.data_vars)) or "a dataset with variables"
        raise InputError("no variable 'oxygen' to draw", "series of regions", f"rename one of {names}")
    regions = [str(name) for name in series["region"].values]
    columns = min(3, len(regions))
    rows = -(-len(regions) // columns)
    figure = new_figure(8.0 if columns == 1 else 1.0 + 2.9 * columns, 3.8 if columns == 1 else 1.1 + 2.2 * rows)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True)
    for axes, region in zip(panels.flat, regions):
        true, *rest = (_in(other, region) for other in (truth, *(others or {}).values()))
        _lines(axes, series.sel(region=region), true, dict(zip(others or {}, rest)), "oxygen", 1.0)
        style_axes(axes, region)
    for axes in panels.flat[len(regions) :]:
        axes.set_visible(False)
    for axes in panels.flat[max(0, len(regions) - columns) : len(regions)]:
        axes.tick_params(labelbottom=True)
    for axes in panels[:, 0]:
        axes.set_ylabel(label)
    figure.align_ylabels(panels[:, 0])
    _legend(figure)
    add_heading(figure, heading, note)
    return figure


def _in(other: xr.Dataset | None, region: str) -> xr.Dataset | None:
    """Select a region of another series; None where it has none."""
    return other.sel(region=region) if other is not None and region in other["region"].values else None


def _at(other: xr.Dataset | None, threshold: float) -> xr.Dataset | None:
    """Select a threshold of another series; None where it has none."""
    if other is None:
        return None
    (found,) = np.nonzero(np.isclose(other["threshold"].values, threshold))
    return other.isel(threshold=int(found[0])) if found.size else None


def _lines(
    axes: Axes,
    own: xr.Dataset,
    truth: xr.Dataset | None,
    others: Mapping[str, xr.Dataset | None],
    variable: str,
    unit: float,
) -> None:
    """Draw the lines of one panel and the error of the reconstruction."""
    styles = [
        (data, name, COLOURS[1 + i % (len(COLOURS) - 1)], _DASHES[i % len(_DASHES)], 1.1, 2)
        for i, (name, data) in enumerate(others.items())
    ]
    styles += [(truth, "truth", "black", "-", 1.2, 3), (own, "reconstruction", COLOURS[0], "-", 1.4, 4)]
    for data, label, colour, dash, width, order in styles:
        if data is None or variable not in data:
            continue
        year = decimal_years(data["time"])
        drawn = data[_expected(data, variable)]
        axes.plot(
            year, drawn.values / unit, label=label, color=colour, linestyle=dash, linewidth=width,
            marker="o" if year.size == 1 else None, markersize=5, zorder=order,
        )  # fmt: skip
        if f"{variable}_low" in data and data is not own:
            least, most = (data[f"{variable}_{end}"].values / unit for end in ("low", "high"))
            axes.fill_between(year, least, most, color=colour, alpha=0.15, linewidth=0, zorder=1)
    low, high = _range(own, variable)
    year = decimal_years(own["time"])
    if low is not None and high is not None:
        if year.size == 1:
            axes.vlines(year, low / unit, high / unit, color=COLOURS[0], alpha=0.5, linewidth=4)
        axes.fill_between(year, low / unit, high / unit, color=COLOURS[0], alpha=0.22, linewidth=0)
    if year.size == 1:
        axes.set_xlim(year[0] - 1.0, year[0] + 1.0)
        axes.set_xticks(year, [f"{int(year[0])}"])
    else:
        _whole_years(axes, float(year[0]), float(year[-1]))


def _whole_years(axes: Axes, first: float, last: float) -> None:
    """Put ticks at whole years; at all of them, the end included, where there are few."""
    from matplotlib.ticker import FixedLocator, FormatStrFormatter, MaxNLocator

    few = last - first < 5.0
    marks = FixedLocator(np.arange(np.floor(first), np.ceil(last) + 1).tolist())
    axes.xaxis.set_major_locator(marks if few else MaxNLocator(6, steps=[1, 2, 5, 10], integer=True))
    axes.xaxis.set_major_formatter(FormatStrFormatter("%d"))
    if few:
        axes.set_xlim(np.floor(first) - 0.02 * (last - first), np.ceil(last) + 0.02 * (last - first))


def _expected(series: xr.Dataset, variable: str) -> str:
    """Return the name of the expected value of a variable where there is one, else its own."""
    return f"{variable}_expected" if f"{variable}_expected" in series else variable


def _range(own: xr.Dataset, variable: str) -> tuple[Floats | None, Floats | None]:
    """Return the lower and upper end of the error; None where there is none."""
    for kind in ("_members", ""):
        if f"{variable}{kind}_low" in own and f"{variable}{kind}_high" in own:
            return own[f"{variable}{kind}_low"].values, own[f"{variable}{kind}_high"].values
    if f"{variable}_standard_error" in own:
        error = own[f"{variable}_standard_error"].values
        return own[variable].values - error, own[variable].values + error
    return None, None


def _note(series: xr.Dataset, variable: str) -> str:
    """Return how to read line and shading."""
    if f"{variable}_members_low" in series:
        return f"line: expected value; shaded: interval of 90 % of {series.attrs['members']} members"
    if f"{variable}_low" in series and f"{variable}_high" in series:
        line = "line: expected value; " if _expected(series, variable) != variable else ""
        return f"{line}shaded: the whole field one standard error lower or higher (errors fully correlated)"
    return "shaded: one standard error" if f"{variable}_standard_error" in series else ""


def _legend(figure: Figure) -> None:
    """Name each kind of line once for all panels, the reconstruction and the truth first."""
    found = {}
    for axes in figure.axes:
        found.update({label: handle for handle, label in zip(*axes.get_legend_handles_labels())})
    own = [label for label in ("reconstruction", "truth") if label in found]
    labels = own + [label for label in found if label not in own]
    handles = [found[label] for label in labels]
    # Many or long names stand beside the panels, few beside the title.
    few = sum(map(len, labels)) < 45
    if not few:
        figure.set_figwidth(figure.get_figwidth() + 0.08 * max(map(len, labels)) + 0.5)
    columns = 3 if few else 1
    figure.legend(
        handles, labels, loc="outside upper right" if few else "outside right upper", ncols=columns, fontsize=8.5,
        frameon=False,
    )  # fmt: skip


def decimal_years(time: xr.DataArray) -> Floats:
    """Convert times to decimal years.

    Parameters
    ----------
    time : DataArray, shape (time,)
        Times of any CF calendar.

    Returns
    -------
    array, shape (time,)

    Examples
    --------
    >>> decimal_years(xr.DataArray(np.array(["2000-07-02"], "datetime64[ns]"), dims="time")).tolist()
    [2000.5]
    """
    length = np.where(time.dt.is_leap_year.values, 366.0, 365.0)
    return time.dt.year.values + (time.dt.dayofyear.values - 1.0 + time.dt.hour.values / 24.0) / length
