"""Several maps in rows and columns: each with its own title, colour bars for those that share a scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr

from graphs.types import Floats
from oxygen_recon.report.figures.canvas import add_heading, label_colour_bar, new_figure, upper_limit
from oxygen_recon.report.figures.maps import NOTE
from oxygen_recon.report.figures.projection import MapProjection
from oxygen_recon.report.figures.selection import recentred

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap, Normalize
    from matplotlib.figure import Figure

_PANEL = {True: 4.3, False: 3.2}  # inches, width of a map of the globe, of a region
_MIDDLE = 99.0  # per cent of the values of a scale around zero that lie within its limits


@dataclass(frozen=True)
class MapPanel:
    """One map.

    Parameters
    ----------
    title : str
        What it shows, with its depth and period.
    values : DataArray, dims (latitude, longitude)
        NaN is not drawn.
    wet : DataArray, dims (latitude, longitude)
        True for ocean at the depth of the map.
    dots : DataArray, dims (latitude, longitude), optional
        True where dots are drawn on the values.
    """

    title: str
    values: xr.DataArray
    wet: xr.DataArray
    dots: xr.DataArray | None = None


@dataclass(frozen=True)
class Scale:
    """Colours that some maps share, and their bar.

    Parameters
    ----------
    panels : sequence of (row, column)
        Places of the maps.
    colours : Colormap
        Colours.
    limits : Normalize
        Of the values.
    label : str
        Quantity and unit.
    extend : {"neither", "min", "max", "both"}
        Ends beyond which there are values.
    side : {"bottom", "right"}
        Where the bar stands.
    """

    panels: Sequence[tuple[int, int]]
    colours: Colormap
    limits: Normalize
    label: str
    extend: Literal["neither", "min", "max", "both"] = "both"
    side: Literal["bottom", "right"] = "bottom"


def around_zero(*values: xr.DataArray | Floats) -> tuple[Colormap, Normalize]:
    """Return the colours of differences, the same on both sides of zero.

    Parameters
    ----------
    *values : DataArray or array
        All that share the scale; NaN is ignored.

    Returns
    -------
    Colormap, Normalize
        cmocean's `balance`.

    Examples
    --------
    >>> _, limits = around_zero(np.array([-3.0, 1.0]))
    >>> limits.vmin, limits.vmax
    (-3.0, 3.0)
    """
    import cmocean
    from matplotlib.colors import Normalize

    top = upper_limit(np.abs(np.concatenate([np.ravel(np.asarray(one, float)) for one in values])), _MIDDLE)
    return cmocean.cm.balance, Normalize(-top, top)


def map_panels(
    panels: Sequence[Sequence[MapPanel | None]], scales: Sequence[Scale], heading: str, note: str = NOTE
) -> Figure:
    """Draw maps in rows and columns.

    Parameters
    ----------
    panels : sequence of rows
        Of the same length; None leaves a place empty. All on one grid.
    scales : sequence of Scale
        Each panel belongs to one.
    heading : str
        Title of the figure.
    note : str
        How to read it; what the greys are when left out.

    Returns
    -------
    matplotlib.figure.Figure
    """
    drawn = {(i, j): one for i, row in enumerate(panels) for j, one in enumerate(row) if one is not None}
    first = recentred(next(iter(drawn.values())).values.to_dataset(name="values"))
    projection = MapProjection.from_dataset(first)
    width, rows, columns = _PANEL[projection.globe], len(panels), max(map(len, panels))
    width = width * (0.73 if columns > 2 else 1.0)
    bars = 0.6 if any(scale.side == "bottom" for scale in scales) else 0.0
    figure = new_figure(max(width * columns, 5.0) + 0.9, rows * (width * projection.shape + 0.33) + 0.8 + bars)
    places = figure.subplots(rows, columns, squeeze=False)
    for axes in places.flat:
        axes.set_axis_off()
    for scale in scales:
        for place in scale.panels:
            _draw(places[place], projection, drawn[place], scale)
        _bar(figure, [places[place] for place in scale.panels], scale)
    add_heading(figure, heading, note)
    return figure


def _draw(axes: Axes, projection: MapProjection, panel: MapPanel, scale: Scale) -> None:
    """Draw one map."""
    axes.set_axis_on()
    data = {"values": panel.values, "wet": panel.wet.astype(float)}
    if panel.dots is not None:
        data["dots"] = panel.dots.astype(float)
    ready = recentred(xr.Dataset({name: one.transpose("latitude", "longitude") for name, one in data.items()}))
    wet = ready["wet"].to_numpy() > 0
    projection.draw_cells(axes, np.where(wet, ready["values"].to_numpy(), np.nan), scale.colours, scale.limits)
    if panel.dots is not None:
        projection.draw_dots(axes, wet & (ready["dots"].to_numpy() > 0))
    projection.draw_background(axes, wet)
    axes.set_title(panel.title, fontsize=9, loc="left")


def _bar(figure: Figure, axes: list[Axes], scale: Scale) -> None:
    """Draw the colour bar of a scale; that of counts has its ticks in the middle of its colours."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import BoundaryNorm

    below = scale.side == "bottom"
    bar = figure.colorbar(
        ScalarMappable(scale.limits, scale.colours), ax=axes, extend=scale.extend, location=scale.side,
        fraction=0.05 if below else 0.04, pad=0.02, aspect=35 if below else 14, shrink=0.8,
    )  # fmt: skip
    if isinstance(scale.limits, BoundaryNorm):
        ends = np.asarray(scale.limits.boundaries)
        bar.set_ticks(((ends[1:] + ends[:-1]) / 2).tolist())
        bar.minorticks_off()
    label_colour_bar(bar, scale.label)
