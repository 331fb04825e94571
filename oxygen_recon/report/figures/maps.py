"""Maps of a reconstruction, of its standard error, and of its difference from a known truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from oxygen_recon.report.figures.canvas import (
    ERROR,
    OXYGEN,
    error_colours,
    heading,
    label_bar,
    oxygen_colours,
    sheet,
    upper_limit,
)
from oxygen_recon.report.figures.projection import Plane, unrolled
from qc.errors import InputError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure

NOTE = "grey: land; light grey: sea floor above this depth; white: no estimate"


def maps(reconstruction: xr.Dataset, depths: Sequence[float], times: slice | None = None) -> Figure:
    """Draw oxygen and its standard error side by side at several depths, averaged over time.

    Parameters
    ----------
    reconstruction : Dataset
        oxygen and oxygen_standard_error (time, depth, latitude, longitude), umol kg-1, and wet (depth, latitude,
        longitude).
    depths : sequence of float
        m; the nearest level is shown, each level once.
    times : slice, optional
        Labels of the first and last time, for instance slice("2000", "2009"); all where not given.

    Returns
    -------
    matplotlib.figure.Figure
        One row a depth, the same colours in every row. The error shown is the mean of the standard errors, the error
        of the mean when errors of different times go together.

    Raises
    ------
    InputError
        If no time lies within `times`.
    """
    chosen = period(reconstruction, times)
    levels = sorted({float(chosen["depth"].sel(depth=depth, method="nearest")) for depth in depths})
    mean = unrolled(average(chosen.sel(depth=levels)))
    plane, oxygen, error = Plane.of(mean), mean["oxygen"].values, mean["oxygen_standard_error"].values
    width = 4.7 if plane.globe else 3.4
    figure = sheet(2 * width, len(levels) * width * plane.shape + 1.3)
    axes = figure.subplots(len(levels), 2, squeeze=False)
    ocean = ocean_columns(reconstruction)
    looks = (oxygen_colours(oxygen), error_colours(error))
    for column, (values, look, label) in enumerate(zip((oxygen, error), looks, (OXYGEN, ERROR))):
        for row, level in enumerate(levels):
            wet = mean["wet"].values[row] == 1
            title = f"{('oxygen', 'standard error')[column]} at {level:.0f} m"
            _panel(axes[row, column], plane, values[row], look, wet, ocean, title)
        _bar(figure, list(axes[:, column]), look, label)
    heading(figure, f"Oxygen and its standard error, {years(chosen)}", NOTE)
    return figure


def truth_comparison(reconstruction: xr.Dataset, truth: xr.Dataset, depth: float, times: slice | None = None) -> Figure:
    """Draw truth, reconstruction, their difference and the standard error claimed, at one depth.

    Parameters
    ----------
    reconstruction : Dataset
        As in `maps`.
    truth : Dataset
        oxygen (time, depth, latitude, longitude) or (depth, latitude, longitude), umol kg-1, on the same cells; may
        have more times.
    depth : float
        m; the nearest level is shown.
    times : slice, optional
        As in `maps`.

    Returns
    -------
    matplotlib.figure.Figure
        Truth and reconstruction share their colours; so does the size of the difference with the standard error.
        Only times of both are averaged.

    Raises
    ------
    InputError
        If truth and reconstruction share no time or do not lie on the same cells.
    """
    import cmocean
    from matplotlib.colors import Normalize

    chosen = period(reconstruction, times).sel(depth=[depth], method="nearest")
    level = float(chosen["depth"][0])
    known = same_cells(chosen, truth.sel(depth=[depth], method="nearest"))
    chosen = chosen.sel(time=known["time"]) if "time" in known.dims else chosen
    both = chosen.assign(truth=known.broadcast_like(chosen["oxygen"]))
    mean = unrolled(average(both.assign(difference=both["oxygen"] - both["truth"])))
    plane, wet = Plane.of(mean), mean["wet"].values[0] == 1
    ocean = ocean_columns(reconstruction)
    true, found, difference, error = (
        mean[name].values[0] for name in ("truth", "oxygen", "difference", "oxygen_standard_error")
    )
    top = upper_limit(np.abs(np.stack([difference, error])), 98.0)
    shades, claimed = oxygen_colours(np.stack([true, found])), (cmocean.cm.tempo, Normalize(0.0, top))
    signed = (cmocean.cm.balance, Normalize(-top, top))
    width = 4.7 if plane.globe else 3.4
    figure = sheet(2 * width, 2 * width * plane.shape + 1.9)
    axes = figure.subplots(2, 2)
    _panel(axes[0, 0], plane, true, shades, wet, ocean, "truth")
    _panel(axes[0, 1], plane, found, shades, wet, ocean, "reconstruction")
    _panel(axes[1, 0], plane, difference, signed, wet, ocean, "reconstruction − truth")
    _panel(axes[1, 1], plane, error, claimed, wet, ocean, "standard error claimed")
    _bar(figure, list(axes[0]), shades, OXYGEN)
    _bar(figure, [axes[1, 0]], signed, "difference (µmol kg⁻¹)", "both")
    _bar(figure, [axes[1, 1]], claimed, ERROR)
    heading(figure, f"Against truth at {level:.0f} m, {years(both)}", NOTE)
    return figure


def period(reconstruction: xr.Dataset, times: slice | None) -> xr.Dataset:
    """Take the steps of a period.

    Parameters
    ----------
    reconstruction : Dataset
        With dimension time.
    times : slice or None
        Labels of the first and last time; None is all.

    Returns
    -------
    Dataset

    Raises
    ------
    InputError
        If none is left.
    """
    chosen = reconstruction if times is None else reconstruction.sel(time=times)
    if chosen.sizes["time"] == 0:
        assert times is not None
        raise InputError(
            f"no time between {times.start} and {times.stop}", "reconstruction", "choose a period it covers"
        )
    return chosen


def average(data: xr.Dataset) -> xr.Dataset:
    """Average fields over time where they are known; what has no time is kept, bounds of time are dropped."""
    fields = [str(name) for name in data.data_vars if set(data[name].dims) >= {"time", "latitude", "longitude"}]
    count = {name: data[name].notnull().sum("time") for name in fields}
    mean = {name: data[name].sum("time", min_count=1) / count[name].where(count[name] > 0) for name in fields}
    return data.drop_dims("time").assign(mean).compute()


def years(data: xr.Dataset) -> str:
    """Name the period of a dataset, by the bounds of time where they come along: "1998" or "mean of 1990–2000"."""
    time = data["time"]
    first, last = time.dt.year.values[0], time.dt.year.values[-1]
    if (bounds := time.attrs.get("bounds")) in data:
        # A step ends where the next one begins: the last moment of 1999 is written as the first of 2000.
        edge = data[bounds].dt
        first, ended = edge.year.values[0, 0], edge.dayofyear.values[-1, 1] == 1
        last = edge.year.values[-1, 1] - int(ended)
    return f"{first}" if first == last else f"mean of {first}–{last}"


def same_cells(reconstruction: xr.Dataset, truth: xr.Dataset) -> xr.DataArray:
    """Take the truth's oxygen at the times of a reconstruction.

    Parameters
    ----------
    reconstruction, truth : Dataset
        With oxygen on the same depth, latitude and longitude, to 1e-3 of a degree or metre.

    Returns
    -------
    DataArray
        The truth with the coordinates of the reconstruction, umol kg-1.

    Raises
    ------
    InputError
        If cells differ or no time is common.
    """
    known = truth["oxygen"]
    for name in ("depth", "latitude", "longitude"):
        ours, theirs = reconstruction[name].values, known[name].values
        if ours.shape != theirs.shape or not np.allclose(ours, theirs, atol=1e-3):
            raise InputError(f"{name} differs from the reconstruction's", "truth", "regrid the truth first")
        known = known.assign_coords({name: reconstruction[name]})
    if "time" in known.dims:
        common = np.intersect1d(known["time"].values, reconstruction["time"].values)
        if common.size == 0:
            raise InputError("no time in common with the reconstruction", "truth", "choose a period both cover")
        known = known.sel(time=common)
    return known


def ocean_columns(reconstruction: xr.Dataset) -> NDArray[np.bool_]:
    """Say where a reconstruction, unrolled, has ocean at any depth, shape (latitude, longitude)."""
    return np.asarray((unrolled(reconstruction[["wet"]])["wet"].values == 1).any(axis=0))


def _panel(
    axes: Axes,
    plane: Plane,
    values: NDArray[np.floating],
    look: tuple[Colormap, Normalize],
    wet: NDArray[np.bool_],
    ocean: NDArray[np.bool_],
    title: str,
) -> None:
    plane.paint(axes, np.where(wet, values, np.nan), *look)
    plane.ground(axes, wet, ocean)
    axes.set_title(title, fontsize=9.5, loc="left")
    if not (wet & np.isfinite(values)).any():
        axes.text(0.5, 0.5, "no estimate at this depth", transform=axes.transAxes, ha="center", va="center", fontsize=9)


def _bar(figure: Figure, axes: list[Axes], look: tuple[Colormap, Normalize], label: str, extend: str = "max") -> None:
    from matplotlib.cm import ScalarMappable

    bar = figure.colorbar(
        ScalarMappable(look[1], look[0]), ax=axes, orientation="horizontal",
        fraction=0.05, pad=0.02, aspect=35, shrink=0.8, extend=extend,
    )  # fmt: skip
    label_bar(bar, label)
