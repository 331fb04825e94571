from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import norm

from oxygen_recon.evaluation.osse.scoring import (
    ALL,
    NEVER_SEEN,
    UNSEEN,
    interval,
    parts_of,
    scores,
    unseen,
    volume_means,
)


@pytest.fixture
def three_columns(small_ocean):
    """An ocean of which history saw the first column in step 0, the second in step 1, and nothing else."""
    domain, history, *_ = small_ocean()
    columns = np.unique(domain.column)[:2]
    cells = np.array([np.flatnonzero(domain.column == one)[0] for one in columns])
    seen = history.take(np.arange(2))
    return domain, replace(seen, cell=cells, step=np.array([0, 1])), columns


def test_a_column_without_a_sample_in_the_step_is_unseen(three_columns):
    domain, samples, (first, second) = three_columns
    cell, step = np.arange(domain.cells), np.array([0, 1, 4])
    found = unseen(domain, samples, cell, step)
    expected = np.ones((3, domain.cells), bool)
    expected[0, domain.column == first] = expected[1, domain.column == second] = False
    assert np.array_equal(found[UNSEEN], expected)
    assert np.array_equal(found[NEVER_SEEN], np.tile(~np.isin(domain.column, [first, second]), (3, 1)))


def test_only_what_was_not_seen_is_scored(three_columns):
    domain, samples, (first, _) = three_columns
    cell, step = np.arange(domain.cells), np.array([0])
    truth = np.full((1, domain.cells), 200.0)
    found = np.where(domain.column == first, 0.0, 203.0)[None]  # a large error where it was seen
    where, parts = unseen(domain, samples, cell, step), parts_of(domain, cell)
    table = scores(truth, found, domain.volume, where, parts)
    assert set(table["where"]) == {UNSEEN, NEVER_SEEN} and table["RMSE"].to_numpy() == pytest.approx(3.0)
    every = table[(table["layer"] == "all depths") & (table["basin"] == ALL)].set_index("where")["n"]
    assert every[UNSEEN] == (domain.column != first).sum() > every[NEVER_SEEN]


def test_where_all_was_seen_there_is_no_score(three_columns):
    domain, *_ = three_columns
    seen = {UNSEEN: np.zeros((1, domain.cells), bool)}
    values = np.ones((1, domain.cells))
    assert scores(values, values, domain.volume, seen, parts_of(domain, np.arange(domain.cells))).empty


def test_parts_are_basins_and_layers_and_the_layers_fill_the_whole(small_ocean):
    domain, *_ = small_ocean()
    cell = np.arange(5, domain.cells)
    parts = parts_of(domain, cell)
    assert {basin for basin, _ in parts} == {ALL}  # all lies in the Pacific
    whole = parts[ALL, "all depths"]
    assert whole.all() and np.array_equal(parts[ALL, "0-200 m"] | parts[ALL, "200-1000 m"], whole)
    assert (ALL, "below 1000 m") not in parts
    twice = replace(domain, longitude=np.where(domain.column % 2, -30.0, domain.longitude))
    both = parts_of(twice, cell)
    assert {basin for basin, _ in both} == {ALL, "Atlantic", "Pacific"}
    assert np.array_equal(both["Atlantic", "all depths"] | both["Pacific", "all depths"], whole)


def test_means_are_weighted_by_volume():
    parts = {(ALL, "all depths"): np.array([True, True, True]), (ALL, "0-200 m"): np.array([True, True, False])}
    found = volume_means(np.array([[1.0, 2.0, 4.0], [0.0, 0.0, 8.0]]), np.array([1.0, 1.0, 2.0]), parts)
    assert np.allclose(found, [[2.75, 4.0], [1.5, 0.0]])


def test_the_interval_holds_a_further_realisation():
    rng = np.random.default_rng(0)
    draws = rng.normal(3.0, 2.0, (4000, 6))
    found = np.array([interval(one[:5]) for one in draws])
    inside = (draws[:, 5] > found[:, 1]) & (draws[:, 5] < found[:, 2])
    assert inside.mean() == pytest.approx(0.90, abs=0.015)
    assert np.allclose(found[:, 0], draws[:, :5].mean(axis=1))
    wide = interval(rng.normal(0, 1, 100_000), 0.68)
    assert wide[2] == pytest.approx(norm.ppf(0.84), abs=0.02)


def test_a_single_realisation_has_no_interval():
    mean, low, high = interval(np.array([0.6]))
    assert mean == 0.6 and np.isnan(low) and np.isnan(high)
