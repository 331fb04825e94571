import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import edges
from graphs.grid import Grid
from graphs.sphere import great_circle


def ocean(wet: np.ndarray, south: float = 0.0, west: float = 0.0, size: float = 1.0) -> Grid:
    levels, rows, places = wet.shape
    depth_edges = np.linspace(0, 100 * levels, levels + 1)
    return Grid(
        south + size * np.arange(rows + 1),
        west + size * np.arange(places + 1),
        depth_edges,
        0.5 * (depth_edges[1:] + depth_edges[:-1]),
        wet,
    )


def positions(grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    level, row, place = np.nonzero(grid.wet)
    return level, grid.latitude[row], grid.longitude[place]


@pytest.mark.parametrize(("south", "west"), [(-6.0, 0.0), (75.0, 170.0), (50.0, 350.0)])
def test_near_is_the_brute_force_answer_where_there_is_no_land(south, west):
    grid = ocean(np.ones((2, 12, 20), bool), south, west)
    sender, _ = edges.near(grid, 6)
    level, latitude, longitude = positions(grid)
    distance = great_circle(latitude[:, None], longitude[:, None], latitude, longitude)
    distance[level[:, None] != level] = np.inf
    np.fill_diagonal(distance, np.inf)
    found = np.take_along_axis(distance, sender, axis=1)
    np.testing.assert_allclose(found, np.sort(distance, axis=1)[:, :6], rtol=1e-6)
    assert (np.sort(sender, axis=1)[:, 1:] != np.sort(sender, axis=1)[:, :-1]).all()


def test_near_goes_round_the_world_and_over_the_pole():
    wet = np.ones((1, 18, 36), bool)
    grid = ocean(wet, -90.0, -180.0, 10.0)
    sender, features = edges.near(grid, 8)
    equator = grid.number[0, 9, 0]
    assert grid.number[0, 9, 35] in sender[equator]  # across the dateline
    slot = list(sender[equator]).index(grid.number[0, 9, 35])
    assert features[equator, slot, 0] == pytest.approx(-1.108, abs=0.01)  # ten degrees west, not 350 east
    assert features[..., 3].max() < 1.6
    # With four cells a row, the opposite cell of the ring at 85N (1112 km) is nearer than the next ring.
    grid = Grid(grid.latitude_edges, np.arange(-180.0, 181, 90), grid.depth_edges, grid.depth, wet[:, :, :4])
    pole, _ = edges.near(grid, 3)
    np.testing.assert_array_equal(np.sort(pole[grid.number[0, 17, 0]]), grid.number[0, 17, 1:])
    np.testing.assert_array_equal(np.sort(pole[grid.number[0, 0, 2]]), grid.number[0, 0, [0, 1, 3]])


@pytest.mark.parametrize("isthmus", ["meridian", "diagonal", "antidiagonal"])
def test_no_edge_crosses_an_isthmus(isthmus):
    wet = np.ones((2, 12, 12), bool)
    step = np.arange(12)
    wet[0, step, {"meridian": np.full(12, 6), "diagonal": step, "antidiagonal": 11 - step}[isthmus]] = False
    grid = ocean(wet, -6.0)
    sender, _ = edges.near(grid, 12)
    level, row, place = np.nonzero(wet)
    side = {"meridian": place > 6, "diagonal": place > row, "antidiagonal": place > 11 - row}[isthmus]
    receiver, slot = np.nonzero((sender >= 0) & (level == 0)[:, None])
    assert receiver.size > 400
    np.testing.assert_array_equal(side[sender[receiver, slot]], side[receiver])
    deep, slot = np.nonzero((sender >= 0) & (level == 1)[:, None])
    assert (side[sender[deep, slot]] != side[deep]).any()  # the level below is open


@settings(max_examples=30)
@given(st.integers(0, 2**32 - 1))
def test_edges_that_remain_are_symmetric_free_and_well_padded(seed):
    rng = np.random.default_rng(seed)
    wet = rng.random((2, 8, 9)) < 0.6
    wet[0, :2, :2] = True
    grid = ocean(wet, 40.0, 176.0)
    sender, features = edges.near(grid, 5)
    level, row, place = np.nonzero(wet)
    receiver, slot = np.nonzero(sender >= 0)
    assert (np.diff((sender >= 0).astype(int), axis=1) <= 0).all()
    assert (level[sender[receiver, slot]] == level[receiver]).all()
    assert np.isfinite(features).all()
    assert (features[sender < 0] == 0).all()
    for at in (0, 1):
        a, b = np.nonzero((level[:, None] == at) & (level[None, :] == at))
        there = edges.crosses_land(grid, at, (row[a], place[a]), (row[b], place[b]))
        back = edges.crosses_land(grid, at, (row[b], place[b]), (row[a], place[a]))
        np.testing.assert_array_equal(there, back)


def test_above_links_neighbouring_levels_only():
    wet = np.ones((3, 2, 2), bool)
    wet[1, 0, 0] = False
    wet[2, 0, 1] = False
    grid = ocean(wet)
    sender, features = edges.above(grid)
    n = grid.number
    np.testing.assert_array_equal(sender[n[0, 0, 0]], [-1, -1])
    np.testing.assert_array_equal(sender[n[2, 0, 0]], [-1, -1])
    np.testing.assert_array_equal(sender[n[1, 0, 1]], [n[0, 0, 1], -1])
    np.testing.assert_array_equal(sender[n[1, 1, 1]], [n[0, 1, 1], n[2, 1, 1]])
    up, down = features[n[1, 1, 1]]
    np.testing.assert_allclose(up, [0, 0, np.log((1 + 50 / 60) / (1 + 150 / 60)), 0, 0], atol=1e-6)
    assert down[2] > 0


def test_features_point_from_the_receiver_to_the_sender():
    grid = ocean(np.ones((1, 2, 2), bool), 59.5)
    sender, features = edges.near(grid, 3)
    slot = list(sender[0]).index(1)  # the eastern neighbour at 60N: half as far as one degree of latitude
    np.testing.assert_allclose(features[0, slot], [0.1112 / 2, 0, 0, 0.1112 / 2, 1], atol=2e-4)
    slot = list(sender[0]).index(2)
    np.testing.assert_allclose(features[0, slot, :2], [0, 0.1112], atol=2e-4)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_informs_is_the_brute_force_answer(seed, k):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(0, 9))
    receivers = rng.uniform(-90, 90, 7), rng.uniform(-180, 180, 7), rng.uniform(1990, 2000, 7)
    senders = rng.uniform(-90, 90, n), rng.uniform(-180, 180, n), rng.uniform(1990, 2000, n)
    sender, distance, dyears = edges.informs(*receivers, *senders, k, 500.0, 2.0)
    assert sender.shape == distance.shape == dyears.shape == (7, k)
    np.testing.assert_array_equal(sender < 0, np.isnan(distance))
    np.testing.assert_array_equal((sender >= 0).sum(axis=1), min(n, k))
    arc = great_circle(receivers[0][:, None], receivers[1][:, None], senders[0], senders[1]) / 1000
    chord = 2 * 6371 * np.sin(arc / 2 / 6371)
    years = senders[2] - receivers[2][:, None]
    order = np.argsort((chord / 500) ** 2 + (years / 2) ** 2, axis=1)[:, :k]
    np.testing.assert_array_equal(sender[:, : min(n, k)], order)
    np.testing.assert_allclose(distance[:, : min(n, k)], np.take_along_axis(arc, order, axis=1), rtol=1e-6)
    np.testing.assert_allclose(dyears[:, : min(n, k)], np.take_along_axis(years, order, axis=1))
