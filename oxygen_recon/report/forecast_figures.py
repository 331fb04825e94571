"""Figures of daily forecasts: skill against lead, and maps of one start beside the truth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from graphs.types import Floats
from oxygen_recon.report.figures.canvas import (
    COLOURS,
    LAND,
    add_heading,
    label_colour_bar,
    new_figure,
    panels,
    style_axes,
    upper_limit,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def skill_against_lead(table: pd.DataFrame, reference: str) -> Figure:
    """Draw the RMSE of every method against lead, a panel a variable, as its ratio to that of one of them.

    Parameters
    ----------
    table : DataFrame
        As of `oxygen_recon.evaluation.forecasts.table.score_table`, by variable.
    reference : str
        The method that errors are divided by.

    Returns
    -------
    matplotlib.figure.Figure
        Shaded: 90 % of the draws over starts.
    """
    variables, methods = list(dict.fromkeys(table["variable"])), list(dict.fromkeys(table["method"]))
    figure, every = panels(len(variables), 3.4, 2.9, 1.0)
    for axes, variable in zip(every, variables, strict=False):
        for i, method in enumerate(methods):
            rows = table[(table["variable"] == variable) & (table["method"] == method)]
            colour, width = COLOURS[i % len(COLOURS)], 1.0 if method == reference else 1.8
            label = str(method).replace("_", " ")
            axes.plot(rows["lead"], rows["relative"], color=colour, linewidth=width, label=label)
            axes.fill_between(rows["lead"], rows["relative_low"], rows["relative_high"], color=colour, alpha=0.15)
        shown = table[(table["variable"] == variable) & (table["relative"] < 3)]["relative"]
        axes.set_ylim(0.95 * float(shown.min()), min(2.0, 1.05 * float(shown.max())))
        axes.set_xlabel("lead (days)")
        style_axes(axes, variable.replace("_", " "))
    every[0].set_ylabel(f"RMSE / {reference.replace('_', ' ')}")
    handles, labels = every[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper", fontsize=8.5, frameon=False)
    add_heading(figure, "Error against lead", "shaded: 90 % of the draws over starts; lower is better; cut at 2")
    return figure


def forecast_maps(
    rows: Mapping[str, Sequence[Floats]], leads: Sequence[int], axes_of: tuple[Floats, Floats], label: str, title: str
) -> Figure:
    """Draw one quantity of the truth and of several methods at some leads.

    Parameters
    ----------
    rows : mapping of str to sequence of array, shape (latitude, longitude)
        By name, the truth first: a field for each lead; NaN is land.
    leads : sequence of int [day]
        One column each.
    axes_of : (latitude, longitude)
        Degrees.
    label : str
        Quantity and unit.
    title : str
        Heading.

    Returns
    -------
    matplotlib.figure.Figure
        One scale of colours for all.
    """
    import cmocean

    latitude, longitude = axes_of
    values = np.concatenate([np.ravel(field) for fields in rows.values() for field in fields])
    signed = bool(np.nanmin(values) < 0)
    low, high = np.nanpercentile(values, (0.5, 99.5))
    limit = upper_limit(np.abs(values))
    scale = {"vmin": -limit, "vmax": limit} if signed else {"vmin": low, "vmax": high}
    colours = cmocean.cm.balance if signed else cmocean.cm.thermal
    wide = float(np.ptp(longitude)) / max(float(np.ptp(latitude)), 1e-6)
    figure = new_figure(2.6 * len(leads) + 0.8, (2.6 / min(max(wide, 0.8), 2.4) + 0.35) * len(rows) + 1.0)
    every = figure.subplots(len(rows), len(leads), squeeze=False)
    for line, (name, fields) in zip(every, rows.items(), strict=True):
        for axes, lead, field in zip(line, leads, fields, strict=True):
            axes.set_facecolor(LAND)
            drawn = axes.pcolormesh(longitude, latitude, field, shading="nearest", cmap=colours, **scale)
            style_axes(axes, f"{name.replace('_', ' ')}, day {lead}")
    bar = figure.colorbar(drawn, ax=every, orientation="horizontal", shrink=0.5, aspect=40)
    label_colour_bar(bar, label)
    add_heading(figure, title, "grey: land")
    return figure


def spectra_beside_truth(table: pd.DataFrame) -> Figure:
    """Draw the power of forecasts over the truth's against wavelength, a panel a variable.

    Parameters
    ----------
    table : DataFrame
        Columns variable, method, wavelength (cells), power and truth.

    Returns
    -------
    matplotlib.figure.Figure
    """
    variables, methods = list(dict.fromkeys(table["variable"])), list(dict.fromkeys(table["method"]))
    figure, every = panels(len(variables), 3.4, 2.9, 1.0)
    for axes, variable in zip(every, variables, strict=False):
        axes.axhline(1.0, color="black", linewidth=1.0)
        for i, method in enumerate(methods):
            rows = table[(table["variable"] == variable) & (table["method"] == method)]
            colour, label = COLOURS[i % len(COLOURS)], str(method).replace("_", " ")
            axes.plot(rows["wavelength"], rows["power"] / rows["truth"], color=colour, linewidth=1.6, label=label)
        axes.set_xscale("log")
        axes.set_yscale("log")
        axes.set_ylim(1e-3, 10)
        longest = float(table["wavelength"].max())
        axes.set_xticks([], minor=True)
        ticks = [cells for cells in (2, 4, 8, 16, 32, 64) if cells <= longest]
        axes.set_xticks(ticks, labels=[str(cells) for cells in ticks])
        axes.set_xlabel("wavelength (cells)")
        style_axes(axes, variable.replace("_", " "))
    every[0].set_ylabel("power / truth")
    handles, labels = every[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside right upper", fontsize=8.5, frameon=False)
    add_heading(figure, "Spectra along rows", "1: as much power as the truth; cut at 0.001 and 10")
    return figure
