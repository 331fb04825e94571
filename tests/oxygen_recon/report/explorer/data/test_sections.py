"""Sections: great circles, and the cells that they cross."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.sphere import great_circle, unit_vector
from oxygen_recon.report.explorer.data.sections import great_circle_track
from tests.support.explored_run import oxygen_of, small_grid

latitudes, longitudes = st.floats(-89.0, 89.0), st.floats(-180.0, 180.0)


@given(latitudes, longitudes, latitudes, longitudes)
def test_points_lie_on_the_great_circle_at_equal_distances(south, west, north, east):
    track = great_circle_track(small_grid(), (south, west), (north, east))
    length = float(great_circle(south, west, north, east)) / 1000
    assert track.distance[-1] == pytest.approx(length, abs=1e-6)
    steps = great_circle(track.latitude[:-1], track.longitude[:-1], track.latitude[1:], track.longitude[1:]) / 1000
    assert np.allclose(steps, length / (track.distance.size - 1), atol=1e-3)
    assert np.allclose(unit_vector(track.latitude[0], track.longitude[0]), unit_vector(south, west), atol=1e-9)
    if length < 20000:  # nearly opposite places have no great circle of their own
        assert np.allclose(unit_vector(track.latitude[-1], track.longitude[-1]), unit_vector(north, east), atol=1e-7)


def test_the_shorter_way_crosses_the_dateline():
    track = great_circle_track(small_grid(), (0.0, 170.0), (0.0, -170.0))
    assert track.distance[-1] == pytest.approx(2223.9, abs=0.1)
    assert {*track.place.tolist()} == {17, 0}


def test_values_are_those_of_the_cells_and_missing_outside():
    grid = small_grid()
    oxygen = oxygen_of(grid, 1)[0]
    track = great_circle_track(grid, (20.0, 70.0), (20.0, 71.0))
    assert np.array_equal(track.take(oxygen)[:, 0], oxygen[:, 5, 12].astype(float))
    land = great_circle_track(grid, (0.0, 5.0), (0.0, 15.0))
    assert np.isnan(land.take(oxygen)).all()
    south = np.array([-95.0])
    assert grid.locate(south, south)[0][0] == -1
