"""Profile and time series at a place, with their 90 % interval, a compared field and the observations near."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from bokeh.models import ColumnDataSource, HoverTool, Range1d, Span
from bokeh.plotting import figure

from graphs.types import Floats, Mask
from oxygen_recon.report.explorer.data.run_data import Column, RunData
from oxygen_recon.report.explorer.map_figure import LOW
from oxygen_recon.report.explorer.scales import UNIT, DepthAxis, plain
from oxygen_recon.report.explorer.view import View
from oxygen_recon.report.figures.canvas import COLOURS

_OWN, _OTHER = COLOURS[0], COLOURS[5]
_TIPS = [
    ("cruise", "@cruise"), ("time", "@time"), ("depth", "@depth{0} m"), ("oxygen", f"@oxygen{{0.0}} {UNIT}"),
    ("distance", "@distance{0} km"), ("casts", "@casts"),
]  # fmt: skip


class _Curve:
    """A figure with a band, a line, a compared line and observations; x and y are named by the figure."""

    def __init__(self, drawn: Any, along: str) -> None:
        self.figure, self._along = drawn, along
        self.line = ColumnDataSource({"at": [], "oxygen": [], "low": [], "high": []})
        self.other = ColumnDataSource({"at": [], "oxygen": []})
        self.points = ColumnDataSource({"at": [], "oxygen": []})
        x, y = ("oxygen", "at") if along == "y" else ("at", "oxygen")
        band, ends = (drawn.harea, ("x1", "x2", "y")) if along == "y" else (drawn.varea, ("y1", "y2", "x"))
        band(**dict(zip(ends, ("low", "high", "at"))), source=self.line, color=_OWN, alpha=0.2, legend_label="90 %")
        seen = drawn.scatter(
            x, y, source=self.points, size=6, fill_color="white", line_color="black", alpha=0.8,
            legend_label="observed near",
        )  # fmt: skip
        drawn.line(
            x, y, source=self.line, color=_OWN, line_width=2, legend_label="reconstruction", name="reconstruction"
        )
        drawn.scatter(x, y, source=self.line, color=_OWN, size=4)
        drawn.line(x, y, source=self.other, color=_OTHER, line_width=1.5, line_dash="dashed", legend_label="compared")
        drawn.add_tools(HoverTool(renderers=[seen], tooltips=_TIPS, visible=False))
        self.now = Span(dimension="width" if along == "y" else "height", line_color="#555555", line_dash="dotted")
        self.threshold = Span(dimension="height" if along == "y" else "width", line_color=LOW, line_dash="dashed")
        drawn.add_layout(self.now)
        drawn.add_layout(self.threshold)
        plain(drawn)
        drawn.legend.update(
            orientation="horizontal", label_text_font_size="11px", padding=2, spacing=8, glyph_width=16,
            border_line_alpha=0.0, background_fill_alpha=0.0, margin=0,
        )  # fmt: skip
        drawn.add_layout(drawn.legend[0], "above")

    def clear(self, text: str) -> None:
        """Show no curve, and say why."""
        for source in (self.line, self.other, self.points):
            source.data = {name: [] for name in source.data}
        self.figure.title.text = text

    def name_other(self, name: str | None) -> None:
        """Name the compared line in the legend; hide it where there is none."""
        items = self.figure.legend[0].items
        items[-1].update(label={"value": name or "compared"}, visible=name is not None)
        items[1].visible = len(self.points.data["at"]) > 0


class PlaceFigures:
    """The profile and the series.

    Parameters
    ----------
    data : RunData
        The run.
    """

    def __init__(self, data: RunData) -> None:
        self._data, self._axis = data, DepthAxis.of(data.grid)
        self._time = data.time_axis.centre.astype("datetime64[ms]")
        common = {"sizing_mode": "stretch_both", "tools": "pan,box_zoom,reset,save", "active_drag": None,
                  "toolbar_location": "above"}  # fmt: skip
        oxygen = f"oxygen ({UNIT})"
        profile = figure(name="profile_figure", **common, x_axis_label=oxygen, x_range=Range1d(0, 1))
        self._axis.apply(profile)
        edges = data.time_axis.edges.astype("datetime64[ms]")
        series = figure(
            name="series_figure", **common, x_axis_type="datetime", x_axis_label="time", y_axis_label=oxygen,
            x_range=Range1d(edges[0], edges[-1]), y_range=Range1d(0, 1),
        )  # fmt: skip
        self.profile, self.series = _Curve(profile, "y"), _Curve(series, "x")

    def show(self, view: View, column: Column | None, near: pd.DataFrame, over_time: pd.DataFrame) -> None:
        """Show a column.

        Parameters
        ----------
        view : View
            What is chosen.
        column : Column or None
            None where there is no water.
        near, over_time : pandas.DataFrame
            Observations of the profile and of the series.
        """
        if column is None:
            self.profile.clear("no water of the grid at this place")
            self.series.clear("no water of the grid at this place")
            return
        self._show_profile(view, column, near)
        self._show_series(view, column, over_time)
        for curve in (self.profile, self.series):
            curve.threshold.location = view.threshold
            curve.name_other(view.compare)

    def _show_profile(self, view: View, column: Column, near: pd.DataFrame) -> None:
        """Show the profile at the step."""
        wet = self._data.grid.wet[:, column.row, column.place]
        depth = self._axis.place(self._data.grid.depth[wet])
        _fill(self.profile, depth, column, view.step, wet, self._points(near, "depth"))
        self.profile.now.location = float(self._axis.place(float(self._data.grid.depth[view.level])))
        self.profile.figure.title.text = f"Profile, {self._data.labels()[view.step]}"
        start, end = _limits(self.profile, zero=True)
        self.profile.figure.x_range.update(start=start, end=end)

    def _show_series(self, view: View, column: Column, over_time: pd.DataFrame) -> None:
        """Show the series at the level."""
        depth = self._data.grid.depth[view.level]
        if not self._data.grid.wet[view.level, column.row, column.place]:
            self.series.clear(f"Series: no water at {depth:g} m here")
            return
        every = np.ones(len(self._data.time_axis), bool)
        _fill(self.series, self._time, column, (slice(None), view.level), every, self._points(over_time, "time"))
        self.series.now.location = self._time[view.step].astype(float)
        self.series.figure.title.text = f"Series at {depth:g} m"
        start, end = _limits(self.series, zero=False)
        self.series.figure.y_range.update(start=start, end=end)

    def _points(self, found: pd.DataFrame, along: str) -> dict[str, Any]:
        """Make the points of observations, with what is shown beside them."""
        step, level = found["step"].to_numpy(np.int64), found["level"].to_numpy(np.int64)
        depth = self._data.grid.depth[level]
        names = np.array(self._data.labels(), dtype=object)
        columns = {name: found[name].to_numpy() for name in ("oxygen", "distance", "casts", "cruise")}
        at = self._axis.place(depth) if along == "depth" else self._time[step]
        return columns | {"at": at, "time": names[step], "depth": depth}


def _fill(curve: _Curve, at: Floats, column: Column, index: Any, wet: Mask, points: dict[str, Any]) -> None:
    """Fill the lines and the points of a curve."""
    low, high = column.interval()
    names = {"oxygen": column.oxygen, "low": low, "high": high}
    curve.line.data = {"at": at} | {name: values[index][wet].astype(float) for name, values in names.items()}
    other = np.full(len(at), np.nan) if column.compared is None else column.compared[index][wet].astype(float)
    curve.other.data = {"at": at, "oxygen": other}
    curve.points.data = points


def _limits(curve: _Curve, zero: bool) -> tuple[float, float]:
    """Return limits that hold the band, the compared line and the observations."""
    found = [np.asarray(curve.line.data[name], float) for name in ("low", "high")]
    found += [np.asarray(source.data["oxygen"], float) for source in (curve.other, curve.points)]
    values = np.concatenate(found)
    values = values[np.isfinite(values)]
    if values.size == 0:
        return 0.0, 1.0
    low, high = (0.0 if zero else float(values.min())), float(values.max())
    margin = 0.05 * max(high - low, 1.0)
    return (0.0 if zero else max(low - margin, 0.0)), high + margin
