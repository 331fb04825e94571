"""The map of one level at one step, with coasts, the outline of low oxygen, the place, the section and observations."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from bokeh.models import BasicTicker, ColorBar, ColumnDataSource, HoverTool, LinearColorMapper, Range1d
from bokeh.plotting import figure

from graphs.types import Mask
from oxygen_recon.report.explorer.data.low_oxygen import columns_below, outline
from oxygen_recon.report.explorer.data.run_data import COUNT, RunData
from oxygen_recon.report.explorer.data.sections import great_circle_track
from oxygen_recon.report.explorer.scales import LAND, MISSING, SEA_FLOOR, colours_of, degrees, plain, raster
from oxygen_recon.report.explorer.view import View
from oxygen_recon.report.figures.shoreline import shorelines

LOW, MARK = "#e000c8", "#00e5ff"  # in no palette of the explorer, so that lines are not taken for values


class MapFigure:
    """The map.

    Parameters
    ----------
    data : RunData
        The run.
    """

    def __init__(self, data: RunData) -> None:
        self._data = data
        self._ocean: Mask = np.asarray(data.grid.wet.any(axis=0))
        self._rows, self._places = raster(data.grid.latitude_edges), raster(data.grid.longitude_edges)
        self.figure = self._empty()
        self._ground = self._image(LinearColorMapper([LAND, SEA_FLOOR, MISSING], low=0, high=2))
        self._colours = LinearColorMapper(["#000000"], nan_color=(0, 0, 0, 0.0))
        self._values = self._image(self._colours)
        self._hover = HoverTool(renderers=[self.figure.renderers[-1]], point_policy="follow_mouse", visible=False)
        self._segments("#555555", 0.5, outline(self._ocean, data.grid)._asdict())
        self._draw_shoreline()
        self._low = self._segments(LOW, 2.0, {name: [] for name in ("x0", "y0", "x1", "y1")})
        self._draw_marks()
        self._bar = ColorBar(color_mapper=self._colours, title_text_font_style="normal", padding=4, margin=0)
        self._bar.update(height=10, title_standoff=3, label_standoff=4, background_fill_alpha=0.0)
        self.figure.add_layout(self._bar, "below")
        self.figure.add_tools(self._hover)

    def _empty(self) -> Any:
        """Make the figure without values."""
        x, y = self._data.grid.longitude_edges, self._data.grid.latitude_edges
        made = figure(
            name="map_figure", sizing_mode="stretch_both", tools="pan,box_zoom,wheel_zoom,reset,save", active_drag=None,
            x_range=Range1d(x[0], x[-1], bounds=(x[0], x[-1])), y_range=Range1d(y[0], y[-1], bounds=(y[0], y[-1])),
            x_axis_label="longitude", y_axis_label="latitude", toolbar_location="above", min_border_right=18,
            output_backend="canvas",
        )  # fmt: skip
        made.xaxis.formatter, made.yaxis.formatter = degrees("EW"), degrees("NS")
        made.grid.visible = False
        plain(made)
        return made

    def _image(self, mapper: LinearColorMapper) -> ColumnDataSource:
        """Add an image of the grid, without values yet."""
        x, y = self._data.grid.longitude_edges, self._data.grid.latitude_edges
        source = ColumnDataSource({"image": []})
        self.figure.image("image", x=x[0], y=y[0], dw=x[-1] - x[0], dh=y[-1] - y[0], source=source, color_mapper=mapper)
        return source

    def _segments(self, colour: str, width: float, ends: dict[str, Any]) -> ColumnDataSource:
        """Add lines between pairs of points."""
        source = ColumnDataSource(ends)
        self.figure.segment("x0", "y0", "x1", "y1", source=source, color=colour, line_width=width)
        return source

    def _draw_shoreline(self) -> None:
        """Add the real shoreline; land on the map is that of the grid's cells."""
        grid = self._data.grid
        west, south, east, north = (
            float(edges[end]) for end in (0, -1) for edges in (grid.longitude_edges, grid.latitude_edges)
        )
        lines = shorelines(west, south, east, north)
        self.figure.multi_line(
            [line[:, 0] for line in lines], [line[:, 1] for line in lines], color="#222222", line_width=0.9
        )

    def _draw_marks(self) -> None:
        """Add observations, section and place, without any yet."""
        self._found = ColumnDataSource({"longitude": [], "latitude": []})
        self._track = ColumnDataSource({"longitude": [], "latitude": []})
        self._place = ColumnDataSource({"longitude": [], "latitude": []})
        draw, ends = self.figure, {"x": "longitude", "y": "latitude"}
        draw.scatter(**ends, source=self._found, size=4, fill_color="white", line_color="black", line_width=0.5)
        draw.scatter(**ends, source=self._track, size=3, color="black")
        draw.scatter(**ends, source=self._track, size=1.5, color="white")
        draw.scatter(**ends, source=self._place, size=17, marker="cross", color="black", line_width=5)
        draw.scatter(**ends, source=self._place, size=15, marker="cross", color=MARK, line_width=2)

    def _pixels(self, values: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        """Bring cells to the pixels of an image."""
        return np.ascontiguousarray(values[np.ix_(self._rows, self._places)])

    def show_values(self, view: View) -> None:
        """Show a quantity at a step and level.

        Parameters
        ----------
        view : View
            What is chosen.
        """
        data, level = self._data, view.level
        values = data.step(view.quantity, view.step, view.compare)[level]
        typical = data.typical(view.quantity, level, view.compare)
        if view.quantity == COUNT:  # where nothing was observed there is no colour, as where there is no value
            values = np.where(values > 0, values, np.nan)
        colours = colours_of(view.quantity, typical, view.compare)
        self._colours.update(palette=list(colours.palette), low=colours.low, high=colours.high)
        self._bar.update(title=colours.label, ticker=BasicTicker(min_interval=1 if view.quantity == COUNT else 0))
        depth = f"{data.grid.depth[level]:g} m"
        self.figure.title.text = f"{colours.label.split(' (')[0].capitalize()} at {depth}, {data.labels()[view.step]}"
        self._hover.tooltips = [
            (colours.label.split(" (")[0], "@image{0.0}" if view.quantity != COUNT else "@image{0}"),
            ("latitude, longitude", "$y{0.0}, $x{0.0}"),
        ]
        ground = np.where(data.grid.wet[level], 2, np.where(self._ocean, 1, 0)).astype(np.uint8)
        self._ground.data = {"image": [self._pixels(ground)]}
        self._values.data = {"image": [self._pixels(values.astype(np.float32))]}

    def show_low(self, view: View) -> Mask | None:
        """Outline the cells with low oxygen and return them; None where no outline is chosen.

        Parameters
        ----------
        view : View
            What is chosen.
        """
        if view.outline == "none":
            self._low.data = {name: [] for name in ("x0", "y0", "x1", "y1")}
            return None
        oxygen = self._data.step("oxygen", view.step)
        below = columns_below(oxygen, view.threshold, level_of(view))
        self._low.data = outline(below, self._data.grid)._asdict()
        return below

    def show_places(self, view: View, found: pd.DataFrame) -> None:
        """Mark the place, the section and the observations.

        Parameters
        ----------
        view : View
            What is chosen.
        found : pandas.DataFrame
            Observations, with `latitude` and `longitude`.
        """
        once = found.drop_duplicates(["latitude", "longitude"])
        self._found.data = {name: once[name].to_numpy() for name in ("longitude", "latitude")}
        latitude, longitude = ([], []) if view.place is None else ([view.place[0]], [view.place[1]])
        self._place.data = {"longitude": self._on_map(np.array(longitude)), "latitude": latitude}
        self._track.data = {"longitude": [], "latitude": []}
        if view.section is not None:
            track = great_circle_track(self._data.grid, *view.section)
            self._track.data = {"longitude": self._on_map(track.longitude), "latitude": track.latitude}

    def _on_map(self, longitude: np.ndarray) -> np.ndarray:  # type: ignore[type-arg]
        """Bring longitudes to the convention of the map."""
        west = self._data.grid.longitude_edges[0]
        return np.asarray(west + np.mod(longitude - west, 360.0))


def level_of(view: View) -> int | None:
    """Return the level whose low oxygen is outlined; None for that of any depth.

    Parameters
    ----------
    view : View
        What is chosen.
    """
    return view.level if view.outline == "level" else None
