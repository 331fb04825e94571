import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.neighbours import nearest_in_level


@settings(max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 40), st.integers(1, 12))
def test_neighbours_are_those_of_brute_force(seed: int, number: int, k: int) -> None:
    rng = np.random.default_rng(seed)
    data, level = rng.normal(size=(number, 3)), rng.integers(0, 3, number)
    target = rng.normal(size=(7, 3))
    level_of_target = rng.choice(level, 7)
    index, distance = nearest_in_level(data, level, target, level_of_target, k)
    full = np.linalg.norm(data[None] - target[:, None], axis=-1)
    full[level[None] != level_of_target[:, None]] = np.inf
    expected = np.sort(np.hstack([full, np.full((7, k), np.inf)]), axis=1)[:, :k]
    np.testing.assert_allclose(distance, expected)
    there = np.isfinite(distance)
    np.testing.assert_allclose(np.take_along_axis(full, index, 1)[there], distance[there])


def test_a_level_without_data_uses_the_nearest_and_none_at_all_is_refused() -> None:
    index, _ = nearest_in_level(np.eye(3)[:2], np.array([0, 4]), np.eye(3)[:1], np.array([3]), 1)
    assert index[0, 0] == 1
    with pytest.raises(ValueError, match="no data"):
        nearest_in_level(np.zeros((0, 3)), np.zeros(0, int), np.eye(3), np.zeros(3, int), 1)
