import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.dataset.folds import FoldConfig, folds, groups, leave
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


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 2**32 - 1), st.sampled_from(["cruise", "year", "column", "block", "last_years"]), st.integers(0, 5)
)
def test_no_group_stands_on_both_sides(seed, by, order):
    domain, samples = history(seed)
    config = FoldConfig(by=by, n=4, seed=order, block=30.0, years=2)
    fold = folds(config, domain, samples)
    group = groups(config, domain, samples)
    assert set(fold) == ({-1, 0} if by == "last_years" else {0, 1, 2, 3})
    for i in range(fold.max() + 1):
        kept, held = leave(samples, fold, i)
        assert len(kept) + len(held) == len(samples)
        assert not set(group[fold == i]) & set(group[fold != i])
    np.testing.assert_array_equal(fold, folds(config, domain, samples))


def test_folds_are_balanced_and_depend_on_the_seed():
    domain, samples = history(1, 3000)
    dealt = [folds(FoldConfig(by="cruise", seed=seed), domain, samples) for seed in (0, 1)]
    for fold in dealt:
        assert np.bincount(fold).max() < 1.15 * np.bincount(fold).min()
    assert (dealt[0] != dealt[1]).any()


def test_year_folds_interleave_whole_calendar_years():
    domain, samples = history(2, 3000)
    fold = folds(FoldConfig(by="year", n=5), domain, samples)
    year = np.floor(domain.years[samples.step]).astype(int)
    np.testing.assert_array_equal(fold, (year - year.min()) % 5)


def test_last_years_come_after_all_others():
    domain, samples = history(3)
    fold = folds(FoldConfig(by="last_years", years=3), domain, samples)
    year = np.floor(domain.years[samples.step])
    assert year[fold == 0].min() > year[fold == -1].max()
    assert year[fold == 0].min() == year.max() - 2


def test_impossible_folds_say_so():
    domain, samples = history(4)
    one = samples.take(samples.group == samples.group[0])
    with pytest.raises(InputError, match="1 groups by cruise"):
        folds(FoldConfig(by="cruise"), domain, one)
    with pytest.raises(InputError, match="last 50 years"):
        folds(FoldConfig(by="last_years", years=50), domain, samples)
    with pytest.raises(ValidationError):
        FoldConfig.model_validate({"by": "cruise", "m": 4})
