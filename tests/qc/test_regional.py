import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from qc import regional


@given(st.integers(0, 2**31), st.floats(1, 60))
def test_cells_are_whole_and_about_even(seed, size):
    random = np.random.default_rng(seed)
    latitude, longitude = random.uniform(-90, 90, 50), random.uniform(-180, 180, 50)
    cell = regional.cell(latitude, longitude, size)
    assert (cell >= 0).all()
    np.testing.assert_array_equal(cell, regional.cell(latitude, longitude + 360, size))
    assert regional.cell(np.array([90.0, -90, np.nan, 0]), np.array([0.0, 179.9, 0, np.nan]), size)[2:].tolist() == [
        -1,
        -1,
    ]
    same = cell[:, None] == cell[None, :]
    assert (np.abs(latitude[:, None] - latitude[None, :])[same] <= size + 1e-9).all()


def test_outliers_of_a_group_are_found_and_few_data_judge_nobody():
    random = np.random.default_rng(0)
    value = random.normal(200, 4, 400)
    value[[7, 300]] = 260.0
    group, cast = np.repeat([0, 1], 200), np.arange(400)
    assert np.flatnonzero(regional.outliers(value, group, 2, cast, 6, 30, 1)).tolist() == [7, 300]
    assert not regional.outliers(value, group, 2, cast, 6, 201, 1).any()
    assert not regional.outliers(value, group, 2, cast // 10, 6, 30, 1).any(), "casts count, not levels"
    assert not regional.outliers(value, group, 2, cast, 6, 30, 15).any(), "the smallest spread to be believed"
    assert not regional.outliers(value, np.full(400, -1), 2, cast, 6, 30, 1).any()
    value[:50] = np.nan
    assert np.flatnonzero(regional.outliers(value, group, 2, cast, 6, 30, 1)).tolist() == [300]


def test_groups_are_numbered_without_gaps():
    group, groups = regional.together(np.array([5, 5, -1, 9]), np.array([0, 3, 1, 0]))
    assert groups == 3 and group.tolist() == [0, 1, -1, 2]
    assert regional.together(np.zeros(0, int))[1] == 0
