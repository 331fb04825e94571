import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import edges
from graphs.land import crosses_land
from tests.support.grids import ocean


@pytest.mark.parametrize("isthmus", ["meridian", "diagonal", "antidiagonal"])
def test_no_edge_crosses_an_isthmus(isthmus):
    wet = np.ones((2, 12, 12), bool)
    step = np.arange(12)
    wet[0, step, {"meridian": np.full(12, 6), "diagonal": step, "antidiagonal": 11 - step}[isthmus]] = False
    grid = ocean(wet, -6.0)
    sender = edges.near(grid, 12).sender
    level, row, place = np.nonzero(wet)
    side = {"meridian": place > 6, "diagonal": place > row, "antidiagonal": place > 11 - row}[isthmus]
    receiver, slot = np.nonzero((sender >= 0) & (level == 0)[:, None])
    assert receiver.size > 400
    np.testing.assert_array_equal(side[sender[receiver, slot]], side[receiver])
    deep, slot = np.nonzero((sender >= 0) & (level == 1)[:, None])
    assert (side[sender[deep, slot]] != side[deep]).any()  # the level below is open


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_edges_that_remain_are_symmetric_free_and_well_padded(seed):
    rng = np.random.default_rng(seed)
    wet = rng.random((2, 8, 9)) < 0.6
    wet[0, :2, :2] = True
    grid = ocean(wet, 40.0, 176.0)
    found = edges.near(grid, 5)
    sender, features = found.sender, found.attributes
    level, row, place = np.nonzero(wet)
    receiver, slot = np.nonzero(sender >= 0)
    assert (np.diff((sender >= 0).astype(int), axis=1) <= 0).all()
    assert (level[sender[receiver, slot]] == level[receiver]).all()
    assert np.isfinite(features).all()
    assert (features[sender < 0] == 0).all()
    for at in (0, 1):
        a, b = np.nonzero((level[:, None] == at) & (level[None, :] == at))
        there = crosses_land(grid, at, (row[a], place[a]), (row[b], place[b]))
        back = crosses_land(grid, at, (row[b], place[b]), (row[a], place[a]))
        np.testing.assert_array_equal(there, back)
