"""The page of the explorer: controls, map, profile, series and section, all following one view."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import panel as pn
from bokeh.events import Tap

from oxygen_recon.report.explorer.controls import SECTION, Controls
from oxygen_recon.report.explorer.data.low_oxygen import area_of, columns_below
from oxygen_recon.report.explorer.data.run_data import COMPARED, Column, RunData
from oxygen_recon.report.explorer.map_figure import MapFigure, level_of
from oxygen_recon.report.explorer.place_figures import PlaceFigures
from oxygen_recon.report.explorer.section_figure import SectionFigure
from oxygen_recon.report.explorer.view import Place, View, from_address

_YEARS = 2.0  # either side of the step: observations shown beside a profile
_MOST_BESIDE_PROFILE = 12  # of each level
_NO_OBSERVATIONS = ["step", "level", "latitude", "longitude", "distance", "oxygen", "casts", "cruise"]


class Explorer:
    """One visitor's explorer.

    Parameters
    ----------
    data : RunData
        The run, shared by all visitors.
    location : panel.io.location.Location, optional
        Address of the page, which carries the view.
    """

    def __init__(self, data: RunData, location: Any = None) -> None:
        self.data, self._location = data, location
        self.view = from_address("" if location is None else location.search, data)
        self.column: Column | None = None
        self._first_end: Place | None = None
        self.low = pn.pane.HTML("", sizing_mode="stretch_width", css_classes=["low"])
        self.said = pn.pane.HTML("", sizing_mode="stretch_width", css_classes=["said"])
        self.map, self.places, self.section = MapFigure(data), PlaceFigures(data), SectionFigure(data)
        self.controls = Controls(data, self.view, self.change, self.say)
        self.map.figure.on_event(Tap, self._tapped)
        self._refresh(None, self.view)
        if location is not None:
            location.param.watch(self._address_changed, "search")

    def say(self, line: str) -> None:
        """Show a line to the user.

        Parameters
        ----------
        line : str
            Empty for none.
        """
        self.said.object = f'<p role="status" style="margin: 0">{html.escape(line)}</p>' if line else ""

    def change(self, **parts: Any) -> None:
        """Change parts of the view, and show it.

        Parameters
        ----------
        **parts : object
            Fields of the view.
        """
        self.say("")
        self._first_end = None
        self._go(replace(self.view, **parts))

    def _go(self, view: View) -> None:
        """Show a view, and write it in the address."""
        if view != self.view:
            old, self.view = self.view, view
            self._refresh(old, view)
            self.controls.follow(view)
            if self._location is not None:
                self._location.search = view.address(self.data)

    def _address_changed(self, event: Any) -> None:
        """Follow the buttons back and forward of the browser."""
        if event.new != self.view.address(self.data):
            self._go(from_address(event.new, self.data))

    def _tapped(self, event: Any) -> None:
        """Follow a click on the map."""
        if event.x is None or event.y is None:
            return
        place = round(float(event.y), 2), round(float(event.x), 2)
        if abs(place[0]) > 90:
            return
        if self.controls.click.value != SECTION:
            self.change(place=place)
        elif self._first_end is None:
            self._first_end = place
            self.say("The section begins here; click on its other end.")
        elif self._first_end != place:
            self.change(section=(self._first_end, place))

    def _refresh(self, old: View | None, new: View) -> None:
        """Draw anew what differs between two views; everything at first."""

        def differs(*names: str) -> bool:
            return old is None or any(getattr(old, name) != getattr(new, name) for name in names)

        if differs("step", "level", "quantity", "compare"):
            self.map.show_values(new)
        if differs("step", "level", "threshold", "outline", "compare"):
            self._show_low(new)
        if differs("step", "level", "compare", "threshold", "reach", "place", "section"):
            self._show_place(new)
        if differs("step", "quantity", "compare", "threshold", "section"):
            self.section.show(new)

    def _show_low(self, view: View) -> None:
        """Outline low oxygen and say how large its area is."""
        below = self.map.show_low(view)
        if below is None:
            self.low.object = ""
            return
        grid, where = self.data.grid, "at any depth" if view.outline == "column" else f"at {self._depth(view)}"
        area, ocean = area_of(below, grid), area_of(np.asarray(grid.wet.any(axis=0)), grid)
        line = (
            f"<b>{area / 1e12:.2f} million km²</b> ({100 * area / ocean:.1f} % of the ocean here) have less than "
            f"{view.threshold:g} µmol kg⁻¹ {where} in {self.data.labels()[view.step]}: whole cells, in the outline"
        )
        if view.compare is not None:
            other = columns_below(self.data.step(COMPARED, view.step, view.compare), view.threshold, level_of(view))
            line += f". By {html.escape(view.compare)}: {area_of(other, grid) / 1e12:.2f} million km²"
        self.low.object = f'<p style="margin: 0">{line}.</p>'

    def _depth(self, view: View) -> str:
        """Return the depth shown, as text."""
        return f"{self.data.grid.depth[view.level]:g} m"

    def _show_place(self, view: View) -> None:
        """Show profile, series and observations of the place."""
        where = None if view.place is None else self.data.locate(*view.place)
        near = over_time = pd.DataFrame(columns=_NO_OBSERVATIONS)
        self.column = None
        if where is not None:
            self.column = self.data.column(*where, view.compare)
            over_time = self.data.observations.near(*where, view.reach, level=view.level)
            near = self.data.observations.near(*where, view.reach, steps=self._around(view), most=_MOST_BESIDE_PROFILE)
        self.places.show(view, self.column, near, over_time)
        self.map.show_places(view, pd.concat([near, over_time]) if len(near) else over_time)

    def _around(self, view: View) -> tuple[int, int]:
        """Return the first and last step within some years of the step shown."""
        years = self.data.time_axis.years
        (within,) = np.nonzero(np.abs(years - years[view.step]) <= _YEARS + 0.01)
        return int(within[0]), int(within[-1])
