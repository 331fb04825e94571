"""The explorer without a browser: what a click, a choice and an address change."""

from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("panel")

from panel.io.location import Location

from oxygen_recon.report.explorer.app import Explorer
from oxygen_recon.report.explorer.controls import SECTION
from oxygen_recon.report.explorer.data.run_data import TRUTH
from oxygen_recon.report.explorer.layout import page
from oxygen_recon.report.explorer.map_figure import MapFigure
from tests.support.explored_run import CRUISES, MODEL, oxygen_of


@pytest.fixture
def location():
    return Location(search="?time=2001&depth=300&place=20,70")


@pytest.fixture
def explorer(data, location):
    return Explorer(data, location)


def tap(explorer, latitude, longitude):
    explorer._tapped(SimpleNamespace(x=longitude, y=latitude))


def lines(curve):
    return {name: np.asarray(values) for name, values in curve.line.data.items()}


def test_profile_and_series_are_those_of_the_place_with_their_interval(explorer, data):
    column = oxygen_of(data.grid, 6)[:, :, 5, 12]
    profile, series = lines(explorer.places.profile), lines(explorer.places.series)
    assert np.allclose(profile["oxygen"], column[1]) and np.allclose(series["oxygen"], column[:, 2])
    assert np.allclose(profile["high"] - profile["oxygen"], 1.645 * 5.0)
    assert np.allclose(series["high"] - series["oxygen"], 1.645 * (4.0 + np.arange(6)), rtol=1e-5)
    assert "2001" in explorer.places.profile.figure.title.text
    assert "300 m" in explorer.places.series.figure.title.text


def test_observations_near_are_shown_with_cruise_time_and_distance(explorer):
    points = explorer.places.profile.points.data
    assert set(points["cruise"]) == {CRUISES[0]} and set(points["time"]) == {"2001"}
    assert np.allclose(points["distance"], 0) and points["depth"].tolist() == [10, 100, 300, 1000]
    explorer.change(reach=1000.0, place=(0.0, 90.0))
    assert set(explorer.places.series.points.data["cruise"]) == {CRUISES[1]}


def test_a_click_moves_the_place_and_the_address(explorer, location, data):
    tap(explorer, -41.0, -99.0)
    assert "place=-41,-99" in location.search and explorer.controls.place.value == "-41,-99"
    assert np.allclose(lines(explorer.places.series)["oxygen"], oxygen_of(data.grid, 6)[:, 2, 2, 4])


def test_a_click_on_land_says_so(explorer):
    tap(explorer, 0.0, 10.0)
    assert explorer.column is None and len(explorer.places.profile.line.data["at"]) == 0
    assert explorer.places.profile.figure.title.text == "no water of the grid at this place"


def test_a_place_too_shallow_has_a_profile_and_no_series(explorer):
    tap(explorer, -80.0, 70.0)
    assert len(explorer.places.profile.line.data["at"]) == 1
    assert "no water at 300 m" in explorer.places.series.figure.title.text


def test_two_clicks_draw_a_section(explorer, location):
    assert not explorer.section.pane.visible
    explorer.controls.click.value = SECTION
    tap(explorer, 10.0, -160.0)
    assert "section=" not in location.search and "other end" in explorer.said.object
    tap(explorer, 10.0, -90.0)
    assert "section=10,-160;10,-90" in location.search and explorer.section.pane.visible
    assert np.isfinite(explorer.section.values).any() and explorer.controls.no_section.visible
    explorer.controls.no_section.clicks += 1
    assert "section=" not in location.search and not explorer.section.pane.visible


def test_comparing_adds_a_line_a_map_and_the_area(explorer, location):
    explorer.controls.compare.value = TRUTH
    column = explorer.column
    assert np.allclose(explorer.places.series.other.data["oxygen"], column.oxygen[:, 2] + 3)
    assert f"By {TRUTH}" in explorer.low.object
    explorer.controls.quantity.value = "difference"
    image = explorer.map._values.data["image"][0]
    assert np.nanmin(image) == pytest.approx(-3.0, abs=1e-3) and np.nanmax(image) == pytest.approx(-3.0, abs=1e-3)
    assert "show=difference" in location.search and "compare=truth" in location.search
    explorer.controls.compare.value = "nothing"
    assert explorer.view.quantity == "oxygen" and "compare" not in location.search


def test_missing_is_never_a_value_on_the_map(explorer, data):
    explorer.change(compare=MODEL, quantity="compared")
    image, ground = explorer.map._values.data["image"][0], explorer.map._ground.data["image"][0]
    assert np.isnan(image[-1]).all() and (ground[-1] == 2).all()
    assert np.isnan(image[~data.grid.wet[2]]).all() and set(ground[~data.grid.wet[2]]) == {0, 1}
    explorer.change(quantity="observations", step=1)
    counts = explorer.map._values.data["image"][0]
    assert np.nanmin(counts) >= 1 and np.isnan(counts).any()


def test_the_threshold_changes_outline_and_area(explorer):
    explorer.change(outline="level", threshold=20.0)
    assert "0.00 million km²" in explorer.low.object and len(explorer.map._low.data["x0"]) == 0
    explorer.change(threshold=100.0)
    assert "0.00 million" not in explorer.low.object and len(explorer.map._low.data["x0"]) > 0
    assert explorer.places.profile.threshold.location == 100.0
    explorer.change(outline="none")
    assert explorer.low.object == "" and len(explorer.map._low.data["x0"]) == 0


def test_the_player_keeps_the_colours(explorer):
    explorer.change(step=0)
    first = explorer.map._colours.low, explorer.map._colours.high
    explorer.controls.time.value = 4
    assert explorer.view.step == 4 and (explorer.map._colours.low, explorer.map._colours.high) == first


def test_going_back_in_the_browser_brings_the_view_back(explorer, location, data):
    before = explorer.view
    tap(explorer, -41.0, -99.0)
    location.search = before.address(data)
    assert explorer.view == before and explorer.controls.place.value == "20,70"


def test_what_is_typed_wrongly_is_answered_and_changes_nothing(explorer):
    before = explorer.view
    explorer.controls.place.value = "<b>north</b>"
    assert explorer.view == before and "not understood" in explorer.said.object
    assert "<b>north" not in explorer.said.object
    explorer.controls.place.value = "0, 90"
    assert explorer.view.place == (0.0, 90.0) and explorer.said.object == ""


def test_the_page_offers_what_is_shown_as_files(explorer):
    explorer.change(section=((10.0, -160.0), (10.0, -90.0)))
    template = page(explorer)
    buttons = {one.filename: one.callback for part in template.select() for one in [part] if hasattr(part, "filename")}
    assert set(buttons) == {"profile.csv", "series.csv", "section.csv", "map.nc"}
    heads = {name: make().getvalue()[:3] for name, make in buttons.items()}
    assert heads["map.nc"] == b"CDF" and heads["profile.csv"] == b"lat" and heads["section.csv"] == b"dis"


def test_observations_are_marked_on_the_map_once_for_each_column(data):
    figure = MapFigure(data)
    explorer = Explorer(data)
    figure.show_places(explorer.view, data.observations.near(5, 12, 0.0))
    assert figure._found.data["longitude"].tolist() == [70.0]
