import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import cross_val_score

from graphs.basins import basin_of
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.dataset.folds import BalancedGroupKFold, FoldConfig, assign_folds, groups_of
from qc.errors import InputError


def history(seed: int, n: int = 300) -> tuple[Domain, Samples]:
    rng = np.random.default_rng(seed)
    columns, levels, steps = 40, 3, 48
    column, level = np.divmod(np.arange(columns * levels), levels)
    latitude, longitude = rng.uniform(-80, 80, columns), rng.uniform(-180, 360, columns)
    domain = Domain(
        latitude[column], longitude[column], level * 50.0, column, level, np.ones(column.size),
        2000 + (np.arange(steps) + 0.5) / 4, np.zeros((steps, column.size, 0)), (),
    )  # fmt: skip
    group = np.sort(rng.integers(0, 30, n))
    step = np.clip(group + rng.integers(0, 18, n), 0, steps - 1)
    cell = rng.integers(0, column.size, n)
    values, spread = {"oxygen": rng.normal(200, 30, n)}, {"oxygen": np.full(n, np.nan)}
    return domain, Samples(cell, step, group, values, np.ones(n, int), spread)


@settings(max_examples=60)
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from(["cruise", "year", "column", "cast", "block", "basin", "last_years", "year_block", "random"]),
    st.integers(0, 5),
)
def test_no_group_stands_on_both_sides(seed, by, order):
    domain, samples = history(seed)
    config = FoldConfig(by=by, n=4, seed=order, block=30.0, years=2)
    fold = assign_folds(config, domain, samples)
    group = groups_of(config, domain, samples)
    assert set(fold) == ({-1, 0} if by == "last_years" else {0, 1, 2, 3})
    for i in range(fold.max() + 1):
        kept, held = samples.take(fold != i), samples.take(fold == i)
        assert len(kept) + len(held) == len(samples)
        assert not set(group[fold == i]) & set(group[fold != i])
    np.testing.assert_array_equal(fold, assign_folds(config, domain, samples))


def test_folds_are_balanced_and_depend_on_the_seed():
    domain, samples = history(1, 3000)
    assigned = [assign_folds(FoldConfig(by="cruise", seed=seed), domain, samples) for seed in (0, 1)]
    for fold in assigned:
        assert np.bincount(fold).max() < 1.15 * np.bincount(fold).min()
    assert (assigned[0] != assigned[1]).any()


def test_year_folds_interleave_whole_calendar_years():
    domain, samples = history(2, 3000)
    fold = assign_folds(FoldConfig(by="year", n=5), domain, samples)
    year = np.floor(domain.years[samples.step]).astype(int)
    np.testing.assert_array_equal(fold, (year - year.min()) % 5)


def test_last_years_come_after_all_others():
    domain, samples = history(3)
    fold = assign_folds(FoldConfig(by="last_years", years=3), domain, samples)
    year = np.floor(domain.years[samples.step])
    assert year[fold == 0].min() > year[fold == -1].max()
    assert year[fold == 0].min() == year.max() - 2


def test_folds_by_basin_hold_out_whole_basins_of_about_equal_size():
    domain, samples = history(7, 3000)
    fold = assign_folds(FoldConfig(by="basin", n=3), domain, samples)
    basin = basin_of(domain.latitude[samples.cell], domain.longitude[samples.cell])
    where = {str(name): np.unique(fold[basin == name]) for name in np.unique(basin)}
    assert all(folds.size == 1 for folds in where.values()) and len(where) > 3
    largest = max(np.mean(basin == name) for name in where)
    assert np.bincount(fold).max() / fold.size <= max(largest, 0.5)


def test_a_year_block_is_one_block_in_one_calendar_year_and_its_other_years_are_known():
    domain, samples = history(8, 3000)
    config = FoldConfig(by="year_block", n=4, block=45)
    fold, group = assign_folds(config, domain, samples), groups_of(config, domain, samples)
    block = groups_of(FoldConfig(by="block", block=45), domain, samples)
    year = np.floor(domain.years[samples.step]).astype(int)
    pairs = {(int(one), int(when)): int(number) for one, when, number in zip(block, year, group)}
    assert len(set(pairs.values())) == len(pairs) == np.unique(group).size
    assert np.bincount(fold).max() < 1.1 * np.bincount(fold).min()
    held = fold == 0
    assert set(block[held]) <= set(block[~held]) and set(year[held]) <= set(year[~held])


def test_a_random_split_holds_out_single_samples_whatever_their_order():
    domain, samples = history(9, 3000)
    config = FoldConfig(by="random", n=3)
    group, order = groups_of(config, domain, samples), np.random.default_rng(0).permutation(len(samples))
    np.testing.assert_array_equal(groups_of(config, domain, samples.take(order)), group[order])
    same = np.unique(np.column_stack([samples.cell, samples.step, samples.group]), axis=0)
    assert np.unique(group).size == len(same)
    first, other = (assign_folds(FoldConfig(by="random", n=3, seed=seed), domain, samples) for seed in (0, 1))
    assert (first != other).mean() == pytest.approx(2 / 3, abs=0.05)
    assert np.bincount(first).max() - np.bincount(first).min() < 10
    assert set(samples.group[first == 0]) <= set(samples.group[first != 0])  # of each cruise the rest is known


def test_a_single_fold_is_refused_in_plain_words():
    with pytest.raises(ValidationError, match="1 would leave nothing to learn from: 2 or more; by: last_years has one"):
        FoldConfig(by="cruise", n=1)


def test_impossible_folds_say_so():
    domain, samples = history(4)
    one = samples.take(samples.group == samples.group[0])
    with pytest.raises(InputError, match="1 groups by cruise"):
        assign_folds(FoldConfig(by="cruise"), domain, one)
    with pytest.raises(InputError, match="groups by basin cannot make 7 folds"):
        assign_folds(FoldConfig(by="basin", n=7), domain, samples)
    with pytest.raises(InputError, match="last 50 years"):
        assign_folds(FoldConfig(by="last_years", years=50), domain, samples)
    with pytest.raises(ValidationError):
        FoldConfig.model_validate({"by": "cruise", "m": 4})


@pytest.mark.parametrize("by", ["cruise", "column", "block"])
def test_assignments_are_those_of_the_splitter_and_stay_as_they_were(by):
    domain, samples = history(5)
    fold = assign_folds(FoldConfig(by=by, n=3, seed=2, block=30.0), domain, samples)
    group = groups_of(FoldConfig(by=by, block=30.0), domain, samples)
    splitter = BalancedGroupKFold(3, seed=2)
    assert splitter.get_n_splits() == 3
    for i, (train, test) in enumerate(splitter.split(group, groups=group)):
        np.testing.assert_array_equal(np.flatnonzero(fold == i), test)
        np.testing.assert_array_equal(np.flatnonzero(fold != i), train)
    # of version 0.2: every table of results follows from the folds
    known = {"cruise": 4586, "column": 5293, "block": 5399}
    assert int((fold * np.arange(1, fold.size + 1)).sum() % 9973) == known[by]


def test_the_splitter_serves_scikit_learn_and_needs_enough_groups():
    rng = np.random.default_rng(0)
    x, group = rng.normal(size=(90, 2)), rng.integers(0, 12, 90)
    scores = cross_val_score(LinearRegression(), x, x @ [1.0, 2.0], groups=group, cv=BalancedGroupKFold(4))
    np.testing.assert_allclose(scores, [1, 1, 1, 1])
    with pytest.raises(ValueError, match="2 groups cannot make 3 folds"):
        next(BalancedGroupKFold(3).split(x, groups=[0, 1]))
    with pytest.raises(ValueError, match="needs the groups"):
        next(BalancedGroupKFold(3).split(x))
