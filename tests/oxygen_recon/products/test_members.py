"""Members of an ensemble: variance 1, the covariance asked for, and the one that was found in held-out points."""

import numpy as np
import pytest

from graphs.sphere import positions
from oxygen_recon.dataset.mapping import Covariance
from oxygen_recon.products.members import (
    ErrorCovariance,
    Waves,
    fit_error_covariance,
    grid_error,
    point_error,
)

COVARIANCE = ErrorCovariance(Covariance((500.0, 2000.0), (3.0, 20.0), (0.6, 0.4), 0.25), 0.8)


def expected(distance, lag, height):
    """Covariance of the waves."""
    signal = COVARIANCE.signal
    parts = zip(signal.length, signal.years, signal.share)
    return sum(share * np.exp(-distance / km - lag / years) for km, years, share in parts) * np.exp(-height / 0.8)


def test_errors_of_many_members_have_the_covariance_in_space_time_and_depth():
    latitude, longitude = np.array([0.0, 0.0, 0.0, 30.0]), np.array([0.0, 3.0, 12.0, 0.0])
    depth, years = np.array([0.0, 100.0, 1000.0]), np.array([2000.0, 2002.0, 2020.0])
    many = np.stack([grid_error(COVARIANCE, latitude, longitude, depth, years, [1, i]) for i in range(3000)])
    flat = many.reshape(3000, -1)
    step, level, column = (index.ravel() for index in np.indices(many.shape[1:]))
    xyz, height = positions(latitude, longitude)[column], np.log1p(depth / 100)[level]
    apart = np.linalg.norm(xyz[:, None] - xyz[None], axis=-1)
    lag, up = np.abs(years[step][:, None] - years[step]), np.abs(height[:, None] - height)
    own = np.where((column[:, None] == column) & (step[:, None] == step), np.exp(-up / 0.8), 0.0)
    np.testing.assert_allclose(flat.mean(axis=0), 0, atol=0.08)
    np.testing.assert_allclose(np.cov(flat.T), 0.8 * expected(apart, lag, up) + 0.2 * own, atol=0.1)


def test_points_have_the_errors_of_the_grid_but_for_what_a_column_has_for_itself():
    latitude, longitude = np.array([-10.0, 20.0]), np.array([170.0, -170.0])
    depth, years = np.array([0.0, 300.0]), np.array([1990.5, 1991.5, 2000.0])
    waves = Waves.draw(COVARIANCE, np.random.default_rng(4))
    grid = waves.on_grid(latitude, longitude, depth, years)
    step, level, column = (index.ravel() for index in np.indices(grid.shape))
    points = waves.at(latitude[column], longitude[column], depth[level], years[step])
    np.testing.assert_allclose(points, grid.ravel(), atol=1e-4)


def test_levels_of_one_cast_share_what_a_column_has_for_itself_in_any_order():
    alone = ErrorCovariance(Covariance((25.0,), (0.1,), (1.0,), 1e6), 0.8)
    place = (np.array([0.0, 5.0, 0.0]), np.zeros(3), np.array([1000.0, 0.0, 900.0]), np.full(3, 2000.0))
    many = np.stack([point_error(alone, *place, [2, i]) for i in range(2000)])
    found = np.corrcoef(many.T)
    near = np.exp(-np.log(1100 / 1000) / 0.8)
    np.testing.assert_allclose(found, [[1, 0, near], [0, 1, 0], [near, 0, 1]], atol=0.07)


def test_the_covariance_is_that_of_held_out_points_hidden_together(small_ocean):
    domain, samples, _, _ = small_ocean(cruises=400)
    truth = grid_error(COVARIANCE, *columns(domain), domain_depths(domain), domain.years, [0, 0])
    error = truth[samples.step, domain.level[samples.cell], domain.column[samples.cell]]
    fold = samples.group % 2
    found = fit_error_covariance(domain, samples.cell, samples.step, fold, samples.group, error, 0)
    assert found.vertical == pytest.approx(0.8, rel=0.4) and 0.4 < found.shared <= 1
    white = np.random.default_rng(0).normal(size=error.size)
    nothing = fit_error_covariance(domain, samples.cell, samples.step, fold, samples.group, white, 0)
    assert nothing.shared < 0.1 and nothing.vertical < 0.3
    # what two folds have in common was seen by each other's models: it is no pair
    offset = np.where(fold == 0, 1.0, -1.0) + 0.1 * white
    assert fit_error_covariance(domain, samples.cell, samples.step, fold, samples.group, offset, 0).shared > 0.9


def columns(domain):
    """Latitude and longitude of each column number, those without water at 0."""
    latitude, longitude = np.zeros(60), np.zeros(60)
    latitude[domain.column], longitude[domain.column] = domain.latitude, domain.longitude
    return latitude, longitude


def domain_depths(domain):
    return np.unique(domain.depth)
