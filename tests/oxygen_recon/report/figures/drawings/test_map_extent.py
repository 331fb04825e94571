"""Maps begin behind the widest gap, hold every place, and stay within the poles where the places do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.report.figures.drawings.map_extent import Extent, find_seam, from_seam
from oxygen_recon.report.figures.selection import SEAM

PLACES = st.lists(st.tuples(st.floats(-90.0, 90.0), st.floats(-180.0, 180.0)), min_size=1, max_size=8)


@given(PLACES)
def test_every_extent_holds_its_places(places):
    north, east = np.array(places).T
    seam = find_seam(east)
    moved = from_seam(east, seam)
    extent = Extent.around(north, moved, 1.0)
    assert extent.west <= moved.min() and moved.max() <= extent.east and extent.east - extent.west <= 360.0 + 1e-9
    assert -90.0 <= extent.south <= north.min() and north.max() <= extent.north <= 90.0
    square = extent.square()
    assert square.west <= extent.west and extent.east <= square.east
    assert -90.0 <= square.south + 1e-9 and square.north - 1e-9 <= 90.0


def test_a_map_begins_behind_the_widest_gap_or_in_africa():
    assert find_seam(np.array([170.0, -170.0])) == 169.0
    assert find_seam(np.arange(-180.0, 180.0, 30.0)) == SEAM
    np.testing.assert_allclose(from_seam(np.array([-170.0, 170.0]), 169.0), [190.0, 170.0])


def test_a_single_place_has_a_map_of_two_degrees_and_a_square_is_square_in_kilometres():
    extent = Extent.around(np.array([60.0]), np.array([5.0]), 0.0)
    assert extent.north - extent.south == pytest.approx(2.0)
    square = extent.square()
    assert (square.east - square.west) * np.cos(np.radians(60.0)) == pytest.approx(square.north - square.south)


def test_a_place_beyond_the_pole_stays_on_the_map():
    extent = Extent.around(np.array([80.0, 99.0]), np.array([0.0, 1.0]), 2.0)
    assert extent.north == pytest.approx(101.0)
