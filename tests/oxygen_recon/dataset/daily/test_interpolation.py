"""Optimal interpolation of anomalies of days."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.dataset.daily.interpolation import Interpolation, fit_interpolations
from qc.errors import InputError


def matern(distance: np.ndarray) -> np.ndarray:
    return (1 + np.sqrt(3) * distance) * np.exp(-np.sqrt(3) * distance)


@given(st.integers(0, 2**32 - 1))
def test_interpolation_is_that_of_all_points_where_all_are_neighbours(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points, targets = rng.uniform(0, 10, (12, 3)), rng.uniform(0, 10, (5, 3))
    values, scales = rng.normal(size=(12, 2)), np.array([3.0, 2.0, 5.0])
    apart = np.linalg.norm((points[:, None] - points) / scales, axis=-1)
    to = np.linalg.norm((targets[:, None] - points) / scales, axis=-1)
    expected = matern(to) @ np.linalg.solve(matern(apart) + 0.1 * np.eye(12), values)
    assert np.allclose(Interpolation(tuple(scales), 0.1, 40)(points, values, targets), expected, atol=1e-4)


def test_interpolation_goes_round_the_globe_and_is_0_without_points() -> None:
    rng = np.random.default_rng(0)
    points, values = np.column_stack([rng.uniform(0, 10, 20), rng.uniform(0, 5, 20)]), rng.normal(size=(20, 1))
    targets = np.column_stack([rng.uniform(0, 10, 9), rng.uniform(0, 5, 9)])
    one = Interpolation((2.0, 2.0), 0.05, 20, period=10.0)
    moved = [np.column_stack([(x[:, 0] + 4.3) % 10, x[:, 1]]) for x in (points, targets)]
    assert np.allclose(one(points, values, targets), one(moved[0], values, moved[1]), atol=1e-4)
    assert not one(points[:0], values[:0], targets).any()


def test_scales_are_found_from_what_is_withheld() -> None:
    rng = np.random.default_rng(1)
    points = np.column_stack([rng.uniform(0, 40, (300, 2)), np.zeros(300)])
    apart = np.linalg.norm(points[:, None] - points, axis=-1)
    long, short = (np.linalg.cholesky(matern(apart / r) + 1e-6 * np.eye(300)) @ rng.normal(size=300) for r in (9, 2))
    values = np.column_stack([long, short])
    case = points[:200], values[:200], points[200:], values[200:]
    found = fit_interpolations([case], [2.0, 9.0], [1.0], [1e-3])
    assert [one.scales[0] for one in found] == [9.0, 2.0]
    with pytest.raises(InputError, match="nothing to fit"):
        fit_interpolations([], [1.0], [1.0], [1.0])


def test_what_is_explained_is_all_at_a_point_and_nothing_far_from_all() -> None:
    one = Interpolation((2.0, 2.0), 1e-6, 4)
    _, share = one.explained(np.zeros((1, 2)), np.ones((1, 1)), np.array([[0.0, 0.0], [1.0, 0.0], [90.0, 0.0]]))
    assert share[0] == pytest.approx(1.0, abs=1e-5) and 0.3 < share[1] < 0.9 and share[2] < 1e-6
