"""Maps of a reconstruction, of its standard error, and of its difference from a known truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from graphs.types import Floats, Mask
from oxygen_recon.report.figures.canvas import (
    ERROR,
    OXYGEN,
    add_heading,
    error_colours,
    label_colour_bar,
    new_figure,
    oxygen_colours,
    upper_limit,
)
from oxygen_recon.report.figures.projection import MapProjection
from oxygen_recon.report.figures.selection import (
    on_same_cells,
    period_name,
    recentred,
    select_period,
    time_mean,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure

NOTE = "grey: land; light grey: sea floor above this depth, or outside the grid; white: no estimate"


def maps(reconstruction: xr.Dataset, depths: Sequence[float], times: slice | None = None) -> Figure:
    """Draw oxygen and its standard error side by side at several depths, averaged over time.

    Parameters
    ----------
    reconstruction : Dataset
        oxygen and oxygen_standard_error (time, depth, latitude, longitude), umol kg-1, and wet (depth, latitude,
        longitude).
    depths : sequence of float
        Depths, m; the nearest level of each is shown, no level twice.
    times : slice, optional
        Labels of the first and last time, for instance slice("2000", "2009"); all times when left out.

    Returns
    -------
    matplotlib.figure.Figure
        One row a depth, the same colours in every row. The error shown is the mean of the standard errors, which is
        the error of the mean for errors fully correlated in time.

    Raises
    ------
    InputError
        If no time lies within `times`.
    """
    chosen = select_period(reconstruction, times)
    levels = sorted({float(chosen["depth"].sel(depth=depth, method="nearest")) for depth in depths})
    mean = recentred(time_mean(chosen.sel(depth=levels)))
    projection = MapProjection.from_dataset(mean)
    oxygen, error = mean["oxygen"].values, mean["oxygen_standard_error"].values
    width = 4.7 if projection.globe else 3.4
    figure = new_figure(2 * width, len(levels) * width * projection.shape + 1.3)
    axes = figure.subplots(len(levels), 2, squeeze=False)
    scales = (oxygen_colours(oxygen), error_colours(error))
    for column, (values, scale, label) in enumerate(zip((oxygen, error), scales, (OXYGEN, ERROR))):
        for row, level in enumerate(levels):
            wet = mean["wet"].values[row] == 1
            title = f"{('oxygen', 'standard error')[column]} at {level:.0f} m"
            _panel(axes[row, column], projection, values[row], scale, wet, title)
        _bar(figure, list(axes[:, column]), scale, label)
    add_heading(figure, f"Oxygen and its standard error, {period_name(chosen)}", NOTE)
    return figure


def truth_comparison(reconstruction: xr.Dataset, truth: xr.Dataset, depth: float, times: slice | None = None) -> Figure:
    """Draw truth, reconstruction, their difference and the standard error, at one depth.

    Parameters
    ----------
    reconstruction : Dataset
        As in `maps`.
    truth : Dataset
        oxygen (time, depth, latitude, longitude) or (depth, latitude, longitude), umol kg-1, on the same cells; times
        that the reconstruction lacks are ignored.
    depth : float
        Depth, m; the nearest level is shown.
    times : slice, optional
        As in `maps`.

    Returns
    -------
    matplotlib.figure.Figure
        Truth and reconstruction share a colour scale; difference and standard error share their upper limit. Means
        are over the times that both have.

    Raises
    ------
    InputError
        If truth and reconstruction share no time or do not lie on the same cells.
    """
    import cmocean
    from matplotlib.colors import Normalize

    chosen = select_period(reconstruction, times).sel(depth=[depth], method="nearest")
    level = float(chosen["depth"][0])
    known = on_same_cells(chosen, truth.sel(depth=[depth], method="nearest"))
    chosen = chosen.sel(time=known["time"]) if "time" in known.dims else chosen
    both = chosen.assign(truth=known.broadcast_like(chosen["oxygen"]))
    mean = recentred(time_mean(both.assign(difference=both["oxygen"] - both["truth"])))
    projection, wet = MapProjection.from_dataset(mean), mean["wet"].values[0] == 1
    true, estimate, difference, error = (
        mean[name].values[0] for name in ("truth", "oxygen", "difference", "oxygen_standard_error")
    )
    top = upper_limit(np.abs(np.stack([difference, error])), 98.0)
    oxygen, positive = oxygen_colours(np.stack([true, estimate])), (cmocean.cm.tempo, Normalize(0.0, top))
    signed = (cmocean.cm.balance, Normalize(-top, top))
    width = 4.7 if projection.globe else 3.4
    figure = new_figure(2 * width, 2 * width * projection.shape + 1.9)
    axes = figure.subplots(2, 2)
    _panel(axes[0, 0], projection, true, oxygen, wet, "truth")
    _panel(axes[0, 1], projection, estimate, oxygen, wet, "reconstruction")
    _panel(axes[1, 0], projection, difference, signed, wet, "reconstruction − truth")
    _panel(axes[1, 1], projection, error, positive, wet, "standard error")
    _bar(figure, list(axes[0]), oxygen, OXYGEN)
    _bar(figure, [axes[1, 0]], signed, "difference (µmol kg⁻¹)", "both")
    _bar(figure, [axes[1, 1]], positive, ERROR)
    add_heading(figure, f"Truth and reconstruction at {level:.0f} m, {period_name(both)}", NOTE)
    return figure


def _panel(
    axes: Axes,
    projection: MapProjection,
    values: Floats,
    scale: tuple[Colormap, Normalize],
    wet: Mask,
    title: str,
) -> None:
    """Draw one map."""
    projection.draw_cells(axes, np.where(wet, values, np.nan), *scale)
    projection.draw_background(axes, wet)
    axes.set_title(title, fontsize=9.5, loc="left")
    if not (wet & np.isfinite(values)).any():
        axes.text(0.5, 0.5, "no estimate at this depth", transform=axes.transAxes, ha="center", va="center", fontsize=9)


def _bar(figure: Figure, axes: list[Axes], scale: tuple[Colormap, Normalize], label: str, extend: str = "max") -> None:
    """Draw a colour bar below some axes."""
    from matplotlib.cm import ScalarMappable

    bar = figure.colorbar(
        ScalarMappable(scale[1], scale[0]), ax=axes, orientation="horizontal",
        fraction=0.05, pad=0.02, aspect=35, shrink=0.8, extend=extend,
    )  # fmt: skip
    label_colour_bar(bar, label)
