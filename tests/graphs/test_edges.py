import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs import edges
from graphs.grid import Grid
from graphs.sphere import great_circle, unit_vector
from tests.support.grids import ocean


def attribute(found: edges.Edges, name: str) -> np.ndarray:
    return found.attributes[..., found.names.index(name)]


def positions(grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    level, row, place = np.nonzero(grid.wet)
    return level, grid.latitude[row], grid.longitude[place]


@pytest.mark.parametrize(("south", "west"), [(-6.0, 0.0), (75.0, 170.0), (50.0, 350.0)])
def test_near_is_the_brute_force_answer_where_there_is_no_land(south, west):
    grid = ocean(np.ones((2, 12, 20), bool), south, west)
    sender = edges.near(grid, 6).sender
    level, latitude, longitude = positions(grid)
    distance = great_circle(latitude[:, None], longitude[:, None], latitude, longitude)
    distance[level[:, None] != level] = np.inf
    np.fill_diagonal(distance, np.inf)
    found = np.take_along_axis(distance, sender, axis=1)
    np.testing.assert_allclose(found, np.sort(distance, axis=1)[:, :6], rtol=1e-6)
    assert (np.sort(sender, axis=1)[:, 1:] != np.sort(sender, axis=1)[:, :-1]).all()


def test_near_crosses_the_dateline_and_the_pole():
    wet = np.ones((1, 18, 36), bool)
    grid = ocean(wet, -90.0, -180.0, 10.0)
    found = edges.near(grid, 8)
    sender = found.sender
    equator = grid.number[0, 9, 0]
    assert grid.number[0, 9, 35] in sender[equator]  # across the dateline
    slot = list(sender[equator]).index(grid.number[0, 9, 35])
    # ten degrees west, not 350 east
    assert attribute(found, "eastward")[equator, slot] == pytest.approx(-1.108, abs=0.01)
    assert attribute(found, "distance").max() < 1.6
    # With four cells a row, the opposite cell of the ring at 85N (1112 km) is nearer than the next ring.
    grid = Grid(grid.latitude_edges, np.arange(-180.0, 181, 90), grid.depth_edges, grid.depth, wet[:, :, :4])
    pole = edges.near(grid, 3).sender
    np.testing.assert_array_equal(np.sort(pole[grid.number[0, 17, 0]]), grid.number[0, 17, 1:])
    np.testing.assert_array_equal(np.sort(pole[grid.number[0, 0, 2]]), grid.number[0, 0, [0, 1, 3]])


def test_above_links_neighbouring_levels_only():
    wet = np.ones((3, 2, 2), bool)
    wet[1, 0, 0] = False
    wet[2, 0, 1] = False
    grid = ocean(wet)
    found = edges.above(grid)
    sender = found.sender
    n = grid.number
    np.testing.assert_array_equal(sender[n[0, 0, 0]], [-1, -1])
    np.testing.assert_array_equal(sender[n[2, 0, 0]], [-1, -1])
    np.testing.assert_array_equal(sender[n[1, 0, 1]], [n[0, 0, 1], -1])
    np.testing.assert_array_equal(sender[n[1, 1, 1]], [n[0, 1, 1], n[2, 1, 1]])
    up, down = found.attributes[n[1, 1, 1]]
    np.testing.assert_allclose(up, [0, 0, np.log((1 + 50 / 60) / (1 + 150 / 60)), 0, 0], atol=1e-6)
    assert down[edges.OFFSETS.index("downward")] > 0


def test_features_point_from_the_receiver_to_the_sender():
    grid = ocean(np.ones((1, 2, 2), bool), 59.5)
    found = edges.near(grid, 3)
    sender, features = found.sender, found.attributes
    slot = list(sender[0]).index(1)  # the eastern neighbour at 60N: half as far as one degree of latitude
    np.testing.assert_allclose(features[0, slot], [0.1112 / 2, 0, 0, 0.1112 / 2, 1], atol=2e-4)
    slot = list(sender[0]).index(2)
    np.testing.assert_allclose(features[0, slot, :2], [0, 0.1112], atol=2e-4)


@settings(max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(1, 12))
def test_nearest_casts_are_the_brute_force_answer(seed, k):
    rng = np.random.default_rng(seed)
    n = int(rng.integers(0, 9))
    receivers = rng.uniform(-90, 90, 7), rng.uniform(-180, 180, 7), rng.uniform(1990, 2000, 7)
    senders = rng.uniform(-90, 90, n), rng.uniform(-180, 180, n), rng.uniform(1990, 2000, n)
    sender = edges.NearestCasts(senders, 500.0, 2.0).of(receivers, k)
    assert sender.shape == (7, k)
    np.testing.assert_array_equal((sender >= 0).sum(axis=1), min(n, k))
    arc = great_circle(receivers[0][:, None], receivers[1][:, None], senders[0], senders[1]) / 1000
    chord = 2 * 6371 * np.sin(arc / 2 / 6371)
    years = senders[2] - receivers[2][:, None]
    order = np.argsort((chord / 500) ** 2 + (years / 2) ** 2, axis=1)[:, :k]
    np.testing.assert_array_equal(sender[:, : min(n, k)], order)


def test_separation_is_the_chord_its_logarithm_and_decades():
    one, other = (unit_vector([0.0, 0.0], [0.0, 180.0]), np.array([3.0, 4.0])), (unit_vector([0.0], [0.0]), 23.0)
    apart = edges.separation(one, other)
    assert tuple(apart) == edges.SEPARATION
    np.testing.assert_allclose(apart["distance"], [0.0, 2 * 6.371], atol=1e-12)
    np.testing.assert_allclose(apart["log_distance"], np.log1p([0.0, 20 * 6.371]), atol=1e-12)
    np.testing.assert_allclose(apart["years"], [2.0, 1.9])


@pytest.mark.parametrize(
    ("sender", "attributes", "message"),
    [
        (np.array([[1, 1]]), np.zeros((1, 2, 1), np.float32), "twice"),
        (np.array([[1, -2]]), np.zeros((1, 2, 1), np.float32), "below -1"),
        (np.array([[1, 2]]), np.full((1, 2, 1), np.nan, np.float32), "not finite"),
        (np.array([[1, 2]]), np.zeros((1, 2, 2), np.float32), "attributes"),
    ],
)
def test_tables_that_are_no_edges_are_refused(sender: np.ndarray, attributes: np.ndarray, message: str):
    with pytest.raises(ValueError, match=message):
        edges.Edges(sender, attributes, ("distance",))


def test_renumbered_senders_are_the_same_senders():
    table = np.array([[70, -1, 3], [-1, 3, 9]])
    distinct, local = edges.renumber(table, offset=2)
    np.testing.assert_array_equal(distinct, [3, 9, 70])
    np.testing.assert_array_equal(np.where(local >= 0, distinct[local - 2], -1), table)
    assert edges.renumber(np.full((2, 2), -1))[0].size == 0


def test_counted_and_sorted_numbers_are_renumbered_alike():
    table = np.random.default_rng(0).integers(-1, 30, (40, 5))
    far = np.where(table >= 0, 10**9 + 10**6 * table, -1)  # the same order, too far apart to count
    (few, counted), (distinct, ordered) = edges.renumber(table, 3), edges.renumber(far, 3)
    np.testing.assert_array_equal(counted, ordered)
    np.testing.assert_array_equal(10**9 + 10**6 * few, distinct)
