"""A section along a great circle: distance by depth, the upper ocean stretched."""

from __future__ import annotations

from typing import Any

import numpy as np
import panel as pn
from bokeh.models import ColorBar, ColumnDataSource, HoverTool, LinearColorMapper, Range1d
from bokeh.plotting import figure

from graphs.types import Floats
from oxygen_recon.report.explorer.data.low_oxygen import sides
from oxygen_recon.report.explorer.data.run_data import COUNT, RunData
from oxygen_recon.report.explorer.data.sections import Track, great_circle_track
from oxygen_recon.report.explorer.map_figure import LOW
from oxygen_recon.report.explorer.scales import LAND, MISSING, SEA_FLOOR, DepthAxis, colours_of, place_name, plain
from oxygen_recon.report.explorer.view import View

_ROWS = 240  # pixels of the depth axis


class SectionFigure:
    """The section.

    Parameters
    ----------
    data : RunData
        The run.
    """

    def __init__(self, data: RunData) -> None:
        self._data, self._axis = data, DepthAxis.of(data.grid)
        bottom = float(self._axis.place(self._axis.bottom))
        depth = self._axis.depth((np.arange(_ROWS) + 0.5) * bottom / _ROWS)
        top = len(data.grid.depth) - 1
        self._level = np.clip(np.searchsorted(data.grid.depth_edges, depth, side="right") - 1, 0, top)
        self._depth = depth
        self.figure = figure(
            name="section_figure", sizing_mode="stretch_width", height=360, tools="pan,box_zoom,reset,save",
            min_border_right=18, toolbar_location="above", active_drag=None,
            x_axis_label="distance (km)", x_range=Range1d(0, 1),
        )  # fmt: skip
        self._axis.apply(self.figure)
        self.figure.grid.visible = False
        plain(self.figure)
        self._ground = self._image(LinearColorMapper([LAND, SEA_FLOOR, MISSING], low=0, high=2))
        self._colours = LinearColorMapper(["#000000"], nan_color=(0, 0, 0, 0.0))
        self._image_source = self._image(self._colours)
        hover = HoverTool(renderers=[self.figure.renderers[-1]], point_policy="follow_mouse", visible=False)
        self._low = ColumnDataSource({name: [] for name in ("x0", "y0", "x1", "y1")})
        self.figure.segment("x0", "y0", "x1", "y1", source=self._low, color=LOW, line_width=2)
        self._bar = ColorBar(color_mapper=self._colours, title_text_font_style="normal", height=10, margin=0, padding=4)
        self.figure.add_layout(self._bar, "below")
        hover.tooltips = [
            ("value", "@image{0.0}"), ("distance", "$x{0} km"), ("depth", "@depth{0} m"),
            ("latitude, longitude", "@latitude{0.0}, @longitude{0.0}"),
        ]  # fmt: skip
        self.figure.add_tools(hover)
        drawn = pn.pane.Bokeh(self.figure, sizing_mode="stretch_width", margin=0)
        self.pane = pn.Column(drawn, sizing_mode="stretch_width", margin=0, visible=False)
        self.track: Track | None = None
        self.values: Floats | None = None

    def _image(self, mapper: LinearColorMapper) -> ColumnDataSource:
        """Add an image without values yet."""
        source = ColumnDataSource({name: [] for name in ("image", "dw", "depth", "latitude", "longitude")})
        bottom = float(self._axis.place(self._axis.bottom))
        self.figure.image("image", x=0, y=0, dw="dw", dh=bottom, source=source, color_mapper=mapper)
        return source

    def show(self, view: View) -> None:
        """Show the section of a view.

        Parameters
        ----------
        view : View
            With a section.
        """
        self.pane.visible = view.section is not None
        if view.section is None:
            self.track = self.values = None
            return
        data = self._data
        self.track = track = great_circle_track(data.grid, *view.section)
        self.values = track.take(data.step(view.quantity, view.step, view.compare))
        wet = track.take(data.grid.wet.astype(float)) == 1
        ocean = wet.any(axis=0)
        colours = colours_of(view.quantity, self.values, view.compare)
        self._colours.update(palette=list(colours.palette), low=colours.low, high=colours.high)
        self._bar.title = colours.label
        shown = np.where(self.values > 0, self.values, np.nan) if view.quantity == COUNT else self.values
        ground = np.where(wet, 2, np.where(ocean, 1, 0)).astype(np.uint8)
        self._fill(track, ground, shown)
        below = track.take(data.step("oxygen", view.step)) < view.threshold
        edges = np.append(track.distance - 0.5 * track.distance[1], track.distance[-1] + 0.5 * track.distance[1])
        found = sides(below, np.clip(edges, 0.0, track.distance[-1]), self._axis.place(data.grid.depth_edges))
        self._low.data = found._asdict()
        ends = " to ".join(place_name(*end) for end in view.section)
        self.figure.title.text = f"Section {ends}, {data.labels()[view.step]}"

    def _fill(self, track: Track, ground: np.ndarray[Any, Any], values: Floats) -> None:
        """Fill the images, stretched along the depth axis."""
        length = float(track.distance[-1])
        self.figure.x_range.update(start=0.0, end=length)
        shape = (_ROWS, track.distance.size)
        beside = {
            "depth": [np.broadcast_to(self._depth[:, None], shape).astype(np.float32)],
            "latitude": [np.broadcast_to(track.latitude, shape).astype(np.float32)],
            "longitude": [np.broadcast_to(track.longitude, shape).astype(np.float32)],
            "dw": [length],
        }
        self._ground.data = {"image": [np.ascontiguousarray(ground[self._level])]} | beside
        self._image_source.data = {"image": [np.ascontiguousarray(values[self._level].astype(np.float32))]} | beside
