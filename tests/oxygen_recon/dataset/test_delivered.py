from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphs.grid import Grid
from oxygen_recon.dataset.delivered import DeliveredCovariates, Subsets
from oxygen_recon.dataset.domain import Samples
from oxygen_recon.fields.grids import make_grid
from tests.support.gridded_casts import REGION, YEARS


def covariates_of_casts(grid: Grid, group: np.ndarray, seed: int) -> Samples:
    """Temperature and salinity of casts at random places, one row for each element of `group`."""
    rng, n = np.random.default_rng(seed), group.size
    values = {"temperature": rng.normal(10, 3, n), "salinity": rng.normal(35, 1, n)}
    spread = {name: np.full(n, np.nan) for name in values}
    cell, step = rng.integers(grid.cells, size=n), rng.integers(len(YEARS), size=n)
    return Samples(cell, step, group, values, rng.integers(1, 4, n), spread)


def wild(casts: Samples, which: np.ndarray) -> Samples:
    return replace(casts, values={name: np.where(which, 39.0, v) for name, v in casts.values.items()})


@given(st.integers(0, 10_000), st.integers(2, 40), st.integers(2, 5))
def test_subsets_hold_whole_groups_of_one_fold(seed: int, groups: int, folds: int):
    rng = np.random.default_rng(seed)
    group = rng.integers(groups, size=100)
    fold = rng.integers(-1, folds, groups)[group]
    subsets = Subsets.of(group, fold)
    number = subsets.at(group)
    assert (number >= 0).all() and (subsets.at(np.array([-5, groups, 10**9])) == -1).all()
    for one in np.unique(group):
        assert np.unique(number[group == one]).size == 1
    for one in np.unique(number):
        assert np.unique(fold[number == one]).size == 1
    for i in np.unique(fold):
        assert set(subsets.of_fold(i).tolist()) == set(number[fold == i].tolist())


@given(st.integers(0, 10_000), st.integers(4, 30), st.integers(2, 4))
def test_neither_hidden_casts_nor_those_of_a_rows_own_group_have_a_part_in_its_covariates(seed, groups, folds):
    rng = np.random.default_rng(seed)
    grid = make_grid(REGION, wet=np.ones((4, 2, 3), bool))
    group = rng.integers(groups, size=120)
    fold = (np.arange(groups) % folds)[group]
    casts, subsets = covariates_of_casts(grid, group, seed), Subsets.of(group, fold)
    casts = replace(casts, subset=subsets.at(casts.group))
    hidden, cell, step = subsets.of_fold(0), np.arange(grid.cells), np.arange(grid.cells) % len(YEARS)
    domain = DeliveredCovariates(grid, YEARS, casts, subsets).domain(hidden)
    other = DeliveredCovariates(grid, YEARS, wild(casts, np.isin(casts.subset, hidden)), subsets).domain(hidden)
    np.testing.assert_array_equal(domain.covariates, other.covariates)
    np.testing.assert_array_equal(domain.without, other.without)
    own = int(rng.choice(group[fold > 0]))
    subset = np.repeat(subsets.at(np.array([own])), cell.size)
    other = DeliveredCovariates(grid, YEARS, wild(casts, casts.group == own), subsets).domain(hidden)
    np.testing.assert_array_equal(domain.at(cell, step, subset), other.at(cell, step, subset))
    assert not np.array_equal(domain.at(cell, step), other.at(cell, step)), "other rows do see them"
    assert domain.channels == ("temperature", "salinity", "saturation")


def test_a_variable_that_only_the_hidden_casts_measured_is_missing_and_not_zero():
    grid = make_grid(REGION, wet=np.ones((4, 2, 3), bool))
    group = np.arange(60) % 6
    casts = covariates_of_casts(grid, group, 0)
    subsets = Subsets.of(group, group % 2)
    values = casts.values | {"salinity": np.where(group == 0, casts.values["salinity"], np.nan)}
    background = DeliveredCovariates(grid, YEARS, replace(casts, values=values, subset=subsets.at(group)), subsets)
    assert np.isnan(background.domain(subsets.of_fold(0)).covariates[..., 1]).all()
    whole = background.domain(np.zeros(0, int))
    assert np.isfinite(whole.covariates).all()
    nothing = np.zeros(3, int)
    assert np.isnan(whole.at(nothing, nothing, np.full(3, subsets.at(np.array([0]))[0]))[:, 1]).all()
    with pytest.raises(ValueError, match="without subsets"):
        DeliveredCovariates(grid, YEARS, casts, subsets).domain(nothing)
