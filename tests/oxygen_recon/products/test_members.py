"""Members of an ensemble: variance 1, the covariance asked for, and the same errors whatever else is asked for."""

import numpy as np

from graphs.sphere import positions
from oxygen_recon.products.error_covariance import ErrorCovariance, Part
from oxygen_recon.products.members import Waves, grid_error, point_error

COVARIANCE = ErrorCovariance(
    (Part(0.5, 0.8, 500.0, 3.0), Part(0.3, 2.0, 2000.0, 20.0)), (Part(0.1, 0.8), Part(0.1, 0.0))
)


def test_errors_of_many_members_have_the_covariance_in_space_time_and_depth():
    latitude, longitude = np.array([0.0, 0.0, 0.0, 30.0]), np.array([0.0, 3.0, 12.0, 0.0])
    depth, years = np.array([0.0, 100.0, 1000.0]), np.array([2000.0, 2002.0, 2020.0])
    many = np.stack([grid_error(COVARIANCE, latitude, longitude, depth, years, [1, i]) for i in range(3000)])
    flat = many.reshape(3000, -1)
    step, level, column = (index.ravel() for index in np.indices(many.shape[1:]))
    xyz, height = positions(latitude, longitude)[column], np.log1p(depth / 100)[level]
    apart = np.linalg.norm(xyz[:, None] - xyz[None], axis=-1)
    lag, up = np.abs(years[step][:, None] - years[step]), np.abs(height[:, None] - height)
    own = np.where((column[:, None] == column) & (step[:, None] == step), np.exp(-up / 0.8) + (up == 0), 0.0)
    np.testing.assert_allclose(flat.mean(axis=0), 0, atol=0.08)
    np.testing.assert_allclose(np.cov(flat.T), COVARIANCE(apart, lag, up) + 0.1 * own, atol=0.1)


def test_points_have_the_errors_of_the_grid_but_for_what_a_column_has_for_itself():
    latitude, longitude = np.array([-10.0, 20.0]), np.array([170.0, -170.0])
    depth, years = np.array([0.0, 300.0]), np.array([1990.5, 1991.5, 2000.0])
    waves = Waves.draw(COVARIANCE, np.random.default_rng(4))
    grid = waves.on_grid(latitude, longitude, depth, years)
    step, level, column = (index.ravel() for index in np.indices(grid.shape))
    points = waves.at(latitude[column], longitude[column], depth[level], years[step])
    np.testing.assert_allclose(points, grid.ravel(), atol=1e-4)


def test_levels_of_one_cast_share_what_a_column_has_for_itself_in_any_order():
    alone = ErrorCovariance((), (Part(1.0, 0.8),))
    place = (np.array([0.0, 5.0, 0.0]), np.zeros(3), np.array([1000.0, 0.0, 900.0]), np.full(3, 2000.0))
    many = np.stack([point_error(alone, *place, [2, i]) for i in range(2000)])
    found = np.corrcoef(many.T)
    near = np.exp(-np.log(1100 / 1000) / 0.8)
    np.testing.assert_allclose(found, [[1, 0, near], [0, 1, 0], [near, 0, 1]], atol=0.07)


def test_a_step_has_the_same_errors_whichever_others_are_asked_for():
    place = np.array([0.0, 10.0]), np.array([5.0, 5.0]), np.array([0.0, 500.0])
    all_years = np.array([1990.5, 1991.5, 2000.5])
    found = grid_error(COVARIANCE, *place, all_years, [3, 1])
    np.testing.assert_allclose(grid_error(COVARIANCE, *place, all_years[1:2], [3, 1]), found[1:2], atol=1e-4)
