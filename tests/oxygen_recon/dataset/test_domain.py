from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.dataset.domain import AS_FIELD, LAYERS, NOT_MADE, Samples, layer_of, make_domain
from oxygen_recon.fields.grids import make_grid
from tests.support.gridded_casts import REGION, YEARS


def test_a_boundary_belongs_to_the_layer_below_it():
    depth = np.array([0.0, 49.9, 50.0, 50.1, 199.0, 200.0, 499.0, 500.0, 4000.0])
    assert layer_of(depth).tolist() == [0, 0, 1, 1, 1, 2, 2, 3, 3]
    for number, (top, bottom) in enumerate(LAYERS.values()):
        assert np.array_equal(layer_of(depth) == number, (depth >= top) & (depth < bottom))


def test_samples_hold_several_quantities_a_missing_one_as_nan():
    number, nan = np.arange(3), np.nan
    values = {"oxygen": np.array([200.0, nan, 190.0]), "nitrate": np.array([nan, 12.0, 14.0])}
    spread = {name: np.full(3, nan) for name in values}
    samples = Samples(number, number, number, values, number + 1, spread)
    some = samples.take(number > 0)
    assert len(some) == 2 and some.count.tolist() == [2, 3]
    np.testing.assert_array_equal(some.values["oxygen"], [nan, 190])
    np.testing.assert_array_equal(some.values["nitrate"], [12, 14])
    with pytest.raises(ValueError, match="finite value"):
        Samples(number, number, number, {"oxygen": values["oxygen"]}, number, {"oxygen": spread["oxygen"]})
    with pytest.raises(ValueError, match="spread"):
        Samples(number, number, number, values, number, {"oxygen": spread["oxygen"]})
    with pytest.raises(ValueError, match="nitrate"):
        Samples(number, number, number, values | {"nitrate": values["nitrate"][1:]}, number, spread)


def test_a_domain_has_its_columns():
    grid = make_grid(REGION, wet=np.ones((4, 2, 3), bool))
    domain = make_domain(grid, YEARS, np.zeros((4, grid.cells, 1)), ("temperature",))
    assert domain.column.max() == 5
    np.testing.assert_allclose(domain.volume.sum(), grid.volume.sum())
    for column in range(6):
        inside = domain.column == column
        assert np.unique(domain.latitude[inside]).size == np.unique(domain.longitude[inside]).size == 1
        np.testing.assert_array_equal(domain.level[inside], [0, 1, 2, 3])


@given(st.integers(0, 10_000), st.integers(1, 5))
def test_sparse_rows_give_what_all_steps_without_each_subset_would(seed, subsets):
    rng, grid = np.random.default_rng(seed), make_grid(REGION, wet=np.ones((4, 2, 3), bool))
    field = rng.normal(size=(len(YEARS), grid.cells, 2)).astype(np.float32)
    dense = np.broadcast_to(field, (subsets, *field.shape)).copy()
    row, rows = np.full((subsets, len(YEARS)), AS_FIELD), []
    for subset, step in np.argwhere(rng.random(row.shape) < 0.5):
        dense[subset, step] = rng.normal(size=field.shape[1:])
        row[subset, step] = len(rows)
        rows.append(dense[subset, step])
    domain = make_domain(grid, YEARS, field, ("temperature", "oxygen"))
    domain = replace(domain, without=np.array(rows, np.float32).reshape(-1, *field.shape[1:]), row=row)
    cell, step = rng.integers(grid.cells, size=50), rng.integers(len(YEARS), size=50)
    subset = rng.integers(-1, subsets, 50)
    expected = np.where(subset[:, None] < 0, field[step, cell], dense[subset, step, cell])
    if rows:
        np.testing.assert_array_equal(domain.at(cell, step, subset), expected)
    np.testing.assert_array_equal(domain.at(cell, step), field[step, cell])


def test_what_was_never_made_without_a_subset_is_not_answered_with_its_casts():
    grid, one = make_grid(REGION, wet=np.ones((4, 2, 3), bool)), np.ones(1, int)
    domain = make_domain(grid, YEARS, np.zeros((4, grid.cells, 1), np.float32), ("temperature",))
    row = np.array([[0, NOT_MADE, 0, 0], [0, 0, 0, 0]])
    domain = replace(domain, without=np.ones((1, grid.cells, 1), np.float32), row=row)
    assert domain.at(one, one, one).item() == 1.0
    with pytest.raises(ValueError, match="without a subset"):
        domain.at(one, one, 0 * one)
