import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.grid import Grid
from graphs.sphere import EARTH_RADIUS_KM, wrap

EARTH_RADIUS = 1000.0 * EARTH_RADIUS_KM  # m


def globe(resolution: float = 1.0, wet: np.ndarray | None = None) -> Grid:
    latitude = np.arange(-90, 90 + resolution / 2, resolution)
    longitude = np.arange(-180, 180 + resolution / 2, resolution)
    shape = (1, latitude.size - 1, longitude.size - 1)
    return Grid(
        latitude, longitude, np.array([0.0, 10.0]), np.array([5.0]), np.ones(shape, bool) if wet is None else wet
    )


def test_areas_are_those_of_the_sphere():
    grid = globe()
    area = grid.area[:, 0] / 1e6
    assert area[grid.latitude == 0.5] == pytest.approx(12363.68, abs=0.01)
    assert area[grid.latitude == 60.5] == pytest.approx(6088.40, abs=0.01)
    assert grid.area.sum() / 1e12 == pytest.approx(510.06, abs=0.01)
    assert grid.area.sum() == pytest.approx(4 * np.pi * EARTH_RADIUS**2)


@given(st.integers(0, 2**32 - 1))
def test_gather_undoes_scatter(seed):
    rng = np.random.default_rng(seed)
    wet = rng.random((3, 4, 5)) < 0.5
    wet[0, 0, 0] = True
    grid = Grid(np.arange(5.0), np.arange(6.0), np.arange(4.0), np.arange(3) + 0.5, wet)
    values = rng.normal(size=(2, grid.cells))
    field = grid.scatter(values)
    np.testing.assert_array_equal(grid.gather(field), values)
    assert np.isnan(field[:, ~wet]).all()
    np.testing.assert_array_equal(grid.gather(grid.number), np.arange(grid.cells))
    row, place = np.divmod(grid.column_of, grid.shape[2])
    np.testing.assert_array_equal(grid.number[grid.level_of, row, place], np.arange(grid.cells))


@given(st.floats(-90, 90), st.floats(-720, 720))
def test_locate_finds_the_cell_that_holds_the_point(latitude, longitude):
    grid = globe(2.5)
    row, place = grid.locate(np.array([latitude]), np.array([longitude]))
    south, west = grid.latitude_edges[row], grid.longitude_edges[place]
    assert south <= latitude <= south + 2.5
    assert abs(float(wrap(longitude - west - 1.25)[0])) <= 1.25 + 1e-9


def test_locate_across_the_dateline_and_outside():
    grid = Grid(np.array([0.0, 10, 20]), np.array([160.0, 170, 180, 190, 200]), np.array([0.0, 1]), np.array([0.5]),
                np.ones((1, 2, 4), bool))  # fmt: skip
    row, place = grid.locate(
        np.array([5.0, 5, 5, 20, 25, 5, np.nan]), np.array([-175.0, 185, 160, 170, 170, -159, 170])
    )
    np.testing.assert_array_equal(place, [2, 2, 0, 1, -1, -1, -1])
    np.testing.assert_array_equal(row, [0, 0, 0, 1, -1, -1, -1])


def test_grid_refuses_what_is_no_grid():
    edges, depth = np.array([0.0, 10.0]), np.array([5.0])
    with pytest.raises(ValueError, match="increase strictly"):
        Grid(np.array([1.0, 1.0]), edges, edges, depth, np.ones((1, 1, 1), bool))
    with pytest.raises(ValueError, match="no cell"):
        Grid(edges, edges, edges, depth, np.zeros((1, 1, 1), bool))
    with pytest.raises(ValueError, match="more than 360"):
        Grid(edges, np.array([0.0, 361.0]), edges, depth, np.ones((1, 1, 1), bool))
