"""The layout of the page: beside each other on a desktop, below each other on a telephone."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import panel as pn

from oxygen_recon.report.explorer.data import downloads
from oxygen_recon.report.explorer.scales import LAND, MISSING, SEA_FLOOR

if TYPE_CHECKING:
    from oxygen_recon.report.explorer.app import Explorer

# On a telephone the three choices that change the map stand beside each other, so that the map is seen below them.
_ROW_WHERE_NARROW = """
@media (max-width: 900px) { :host { flex-direction: row !important; } :host > div, .bk-panel-models-widgets-CustomSelect
  { flex: 1 1 0 !important; min-width: 0; width: auto !important; } }
"""


def page(explorer: Explorer) -> Any:
    """Lay out the page.

    Parameters
    ----------
    explorer : Explorer
        The figures and controls.
    """
    controls, places, data = explorer.controls, explorer.places, explorer.data
    template = pn.Template(files("oxygen_recon.report").joinpath("templates/explorer.html").read_text())
    template.location = True  # the model that writes the address is embedded by the template
    labels = data.labels()
    shape = f"{data.grid.shape[1]} x {data.grid.shape[2]} cells, {data.grid.shape[0]} levels, {len(labels)} steps"
    template.add_variable("run", data.name)
    template.add_variable("period", f"{labels[0]} to {labels[-1]}; {shape}")
    more = (
        controls.threshold, controls.outline, controls.reach, controls.click, controls.place, controls.section,
        controls.no_section, *_downloads(explorer),
    )  # fmt: skip
    for area, content in {
        "choose": _stack(controls.quantity, controls.level, controls.compare, stylesheets=[_ROW_WHERE_NARROW]),
        "more": _stack(*more),
        "time": _stack(controls.time),
        "map": _filling(explorer.map.figure),
        "low": _stack(explorer.said, explorer.low, _key()),
        "profile": _filling(places.profile.figure),
        "series": _filling(places.series.figure),
        "section": _stack(explorer.section.pane),
    }.items():
        template.add_panel(area, content)
    return template


def _stack(*parts: Any, **style: Any) -> Any:
    """Put controls below each other."""
    return pn.Column(*parts, sizing_mode="stretch_width", margin=0, **style)


def _filling(figure: Any) -> Any:
    """Hold a figure that fills its part of the page."""
    return pn.pane.Bokeh(figure, sizing_mode="stretch_both", margin=0)


def _key() -> Any:
    """Say what the greys are."""
    swatch = '<span style="display:inline-block;width:1em;height:1em;border:1px solid #555;background:{}"></span> {}'
    greys = ((LAND, "land"), (SEA_FLOOR, "below the sea floor"), (MISSING, "no value, or no cast"))
    text = "&ensp;".join(swatch.format(colour, name) for colour, name in greys)
    return pn.pane.HTML(f'<p style="margin: 0">{text}</p>', sizing_mode="stretch_width")


def _downloads(explorer: Explorer) -> list[Any]:
    """Make the buttons that save what is shown."""

    def button(label: str, filename: str, make: Callable[[], Any]) -> Any:
        return pn.widgets.FileDownload(
            label=label, filename=filename, callback=make, sizing_mode="stretch_width", margin=(2, 8)
        )

    def profile() -> Any:
        view, column = explorer.view, explorer.column
        return column and downloads.as_csv(downloads.profile_table(explorer.data, column, view.step, view.compare))

    def series() -> Any:
        view, column = explorer.view, explorer.column
        return column and downloads.as_csv(downloads.series_table(explorer.data, column, view.level, view.compare))

    def section() -> Any:
        drawn, view = explorer.section, explorer.view
        if drawn.track is None or drawn.values is None:
            return None
        return downloads.as_csv(downloads.section_table(explorer.data, drawn.track, drawn.values, view.quantity))

    def the_map() -> Any:
        view = explorer.view
        shown = downloads.map_dataset(explorer.data, view.quantity, view.step, view.level, view.compare)
        return downloads.as_netcdf(shown)

    return [
        button("Save the profile (CSV)", "profile.csv", profile),
        button("Save the series (CSV)", "series.csv", series),
        button("Save the section (CSV)", "section.csv", section),
        button("Save the map (netCDF)", "map.nc", the_map),
    ]
