"""Fields filled by optimal interpolation and by patterns."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.models.daily_baselines.filling import (
    Interpolation,
    eof_filling,
    fill_by_patterns,
    fit_interpolations,
)
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
    assert np.allclose(Interpolation(tuple(scales), 0.1, 40)(points, values, targets), expected)


def test_interpolation_goes_round_the_globe_and_is_0_without_points() -> None:
    rng = np.random.default_rng(0)
    points, values = np.column_stack([rng.uniform(0, 10, 20), rng.uniform(0, 5, 20)]), rng.normal(size=(20, 1))
    targets = np.column_stack([rng.uniform(0, 10, 9), rng.uniform(0, 5, 9)])
    one = Interpolation((2.0, 2.0), 0.05, 20, period=10.0)
    moved = [np.column_stack([(x[:, 0] + 4.3) % 10, x[:, 1]]) for x in (points, targets)]
    assert np.allclose(one(points, values, targets), one(moved[0], values, moved[1]))
    assert not one(points[:0], values[:0], targets).any()


def test_scales_are_found_from_what_is_withheld() -> None:
    rng = np.random.default_rng(1)
    points = np.column_stack([rng.uniform(0, 40, (300, 2)), np.zeros(300)])
    apart = np.linalg.norm(points[:, None] - points, axis=-1)
    long, short = (np.linalg.cholesky(matern(apart / r) + 1e-6 * np.eye(300)) @ rng.normal(size=300) for r in (9, 2))
    values = np.column_stack([long, short])
    case = points[:200], values[:200], points[200:], values[200:]
    found = fit_interpolations([case], np.array([2.0, 9.0]), np.array([1.0]), np.array([1e-3]))
    assert [one.scales[0] for one in found] == [9.0, 2.0]
    with pytest.raises(InputError, match="nothing to fit"):
        fit_interpolations([], np.array([1.0]), np.array([1.0]), np.array([1.0]))


@given(st.integers(0, 2**32 - 1))
def test_patterns_give_back_a_field_that_is_made_of_them_and_keep_what_is_seen(seed: int) -> None:
    rng = np.random.default_rng(seed)
    patterns = np.linalg.qr(rng.normal(size=(60, 4)))[0].T
    field, seen = rng.normal(size=4) @ patterns, rng.permutation(60) < 30
    found = fill_by_patterns(patterns, np.where(seen, field, 99.0), seen, ridge=1e-9)
    assert np.allclose(found, field, atol=1e-5)
    other = fill_by_patterns(patterns, field + 1.0, seen)
    assert np.array_equal(other[seen], field[seen] + 1.0)


@given(st.integers(0, 2**32 - 1))
def test_eof_filling_keeps_what_is_seen_and_finds_a_field_of_few_patterns(seed: int) -> None:
    rng = np.random.default_rng(seed)
    whole = np.outer(rng.normal(size=80), rng.uniform(0.5, 1.5, 10))
    whole -= whole.mean()
    gappy = np.where(rng.random(whole.shape) < 0.2, np.nan, whole)
    found = eof_filling(gappy, 1)
    seen = np.isfinite(gappy)
    assert np.allclose(found[seen], whole[seen])
    assert np.abs(found - whole)[~seen].mean() < 0.25 * np.abs(whole)[~seen].mean()


def test_days_without_anything_are_refused() -> None:
    with pytest.raises(InputError, match="2 functions of 3 days, 1 of them empty"):
        eof_filling(np.array([[1.0, np.nan, 2.0], [1.0, np.nan, 3.0]]), 2)
