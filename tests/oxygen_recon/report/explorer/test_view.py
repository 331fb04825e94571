"""The view in the address: it comes back, and nothing in an address stops the page."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.report.explorer.view import View, first_view, from_address, read_place, read_section
from tests.support.explored_run import MODEL


def test_a_view_comes_back_from_its_address(data):
    view = View(2, 3, "difference", MODEL, 35.0, "level", 1000.0, (-12.5, 140.25), ((10.0, -140.0), (10.0, -90.0)))
    assert from_address(view.address(data), data) == view
    assert "time=2002&depth=1000&show=difference" in view.address(data)
    assert "place=-12.5,140.25" in view.address(data) and "section=10,-140;10,-90" in view.address(data)


def test_the_first_view_shows_the_last_step_and_the_lowest_oxygen(data):
    view = first_view(data)
    assert (view.step, data.grid.depth[view.level], view.quantity, view.compare) == (5, 300.0, "oxygen", None)
    row, place = data.locate(*view.place)
    assert data.step("oxygen", 5)[2, row, place] == pytest.approx(float(np.nanmin(data.step("oxygen", 5)[2])))
    assert from_address("", data) == view


@pytest.mark.parametrize(
    "query",
    ["?time=soon", "?depth=nan", "?show=temperature", "?compare=nobody&show=difference", "?threshold=inf",
     "?place=95,0", "?place=1", "?section=1,2;1,2", "?section=1,2", "?near=close", "?outline=all", "?show=difference",
     "?time=2000-13"],
)  # fmt: skip
def test_what_cannot_be_read_is_as_at_first(data, query):
    assert from_address(query, data) == first_view(data)


def test_what_is_out_of_range_is_brought_into_it(data):
    view = from_address("?time=1900&depth=99999&threshold=1e9&near=700", data)
    assert (view.step, view.level, view.threshold, view.reach) == (0, 3, 150.0, 500.0)


@given(text=st.text(max_size=60))
def test_no_address_raises(view_data, text):
    from_address(f"?{text}", view_data)
    for name in ("time", "depth", "place", "section", "threshold", "near"):
        from_address(f"?{name}={text}", view_data)


@pytest.fixture(scope="module")
def view_data(small_files):
    from oxygen_recon.report.explorer.data.run_data import open_run_data

    return open_run_data(small_files)


def test_places_and_sections_are_read_with_spaces():
    assert read_place(" 12.5, -140 ") == (12.5, -140.0)
    assert read_section("10, -140; 10, -90") == ((10.0, -140.0), (10.0, -90.0))
    for wrong in ("north", "1,2,3", "91,0", "nan,0"):
        with pytest.raises(ValueError):
            read_place(wrong)
