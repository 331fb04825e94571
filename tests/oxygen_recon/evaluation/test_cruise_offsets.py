"""Offsets of whole cruises: a planted one is found, nothing else is, and every target is in the table."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.dataset.domain import Domain, make_domain
from oxygen_recon.evaluation.cruise_offsets import cruise_offsets
from oxygen_recon.evaluation.predictions import Predictions

SIDE, LEVELS, YEARS = 12, 3, 4


@pytest.fixture(scope="module")
def domain() -> Domain:
    edges = np.arange(SIDE + 1.0), np.arange(SIDE + 1.0), np.arange(LEVELS + 1) * 50.0
    grid = Grid(*edges, np.arange(LEVELS) * 50.0 + 25, np.ones((LEVELS, SIDE, SIDE), bool))
    steps = TimeAxis.regular(2000, 2000 + YEARS - 1, "year")
    return make_domain(grid, steps, np.zeros((YEARS, grid.cells, 0)), ())


def surveys(domain: Domain, seed: int, common: float = 0.0) -> tuple[Predictions, np.ndarray]:
    """Sections along a row of columns, each a cruise; errors of casts correlated, an offset of 2 a cruise, and one of
    `common` for all cruises of a year."""
    rng = np.random.default_rng(seed)
    rows, number = [], 0
    for step in range(YEARS):
        for _ in range(12):
            columns = rng.integers(SIDE) * SIDE + np.arange(SIDE // 2) + rng.integers(SIDE // 2)
            cells = np.flatnonzero(np.isin(domain.column, columns))
            error = rng.normal(0, 2) + np.cumsum(rng.normal(0, 1, domain.column.max() + 1))[domain.column[cells]] * 0.3
            error += rng.normal(0, 1, cells.size)
            rows += [(cell, step, number, one) for cell, one in zip(cells, error - error.mean() + rng.normal(0, 2))]
            number += 1
    cell, step, cruise, error = (np.array(column) for column in zip(*rows))
    error = error + common * (step % 2)
    return Predictions(cell, step, step, 200.0 + error, np.full(cell.size, 200.0), np.full(cell.size, 4.0)), cruise


def names(cruise: np.ndarray) -> list[str]:
    return [f"c{number}" for number in range(cruise.max() + 1)]


@given(st.integers(0, 2**32 - 1), st.integers(0, 47), st.sampled_from([-60.0, 40.0]))
@settings(max_examples=25)
def test_a_planted_offset_is_found_and_every_target_is_counted(domain, seed, which, planted) -> None:
    found, cruise = surveys(domain, seed)
    before = cruise_offsets(domain, found, cruise, names(cruise), np.ones(48, bool))
    found = replace(found, truth=found.truth + planted * (cruise == which))
    table = cruise_offsets(domain, found, cruise, names(cruise), np.ones(48, bool)).set_index("cruise")
    assert table["values"].sum() == cruise.size and sorted(table.index) == sorted(names(cruise))
    out = set(table.index[table["significant"]])
    assert f"c{which}" in out and out <= {f"c{which}"} | set(before["cruise"][before["significant"]])
    assert abs(table["offset"][f"c{which}"] - planted) < 15
    assert (table["standard_error"] > 0).all() and (table["spread"] >= 0).all()
    assert ((table["q"] >= table["p"]) | table["q"].isna()).all()


def test_by_chance_few_cruises_stand_out(domain) -> None:
    out = [
        cruise_offsets(domain, *surveys(domain, seed), [str(i) for i in range(48)], np.ones(48, bool))["significant"]
        for seed in range(20)
    ]
    assert np.mean(out) < 0.01


def test_an_anomaly_that_all_cruises_of_a_year_saw_is_no_offset_of_one(domain) -> None:
    found, cruise = surveys(domain, 3, common=25.0)
    table = cruise_offsets(domain, found, cruise, names(cruise), np.ones(48, bool))
    assert not table["significant"].any()
    assert table["mean_residual"].abs().max() > 20 > table["offset"].abs().max()


def test_a_biased_cruise_does_not_make_its_only_neighbour_look_biased(domain) -> None:
    """The neighbour has no other cruise in its year: all that is near it is biased."""
    found, cruise = surveys(domain, 5)
    two = np.isin(cruise, (0, 1))
    found = replace(found, step=np.where(two, 3, np.minimum(found.step, 1)), truth=found.truth - 80.0 * (cruise == 0))
    table = cruise_offsets(domain, found, cruise, names(cruise), np.ones(48, bool)).set_index("cruise")
    assert table.index[table["significant"]].tolist() == ["c0"]
    assert np.isnan(table["q"]["c1"]), "with nobody else near it is not tested"
    assert table["offset"]["c1"] == pytest.approx(table["mean_residual"]["c1"])


def test_where_nobody_else_was_near_nothing_is_tested(domain) -> None:
    found, cruise = surveys(domain, 1)
    one = cruise == 0
    table = cruise_offsets(domain, found.take(one), cruise[one], names(cruise), np.ones(48, bool))
    assert len(table) == 1 and table["q"].isna().all() and not table["significant"].any()


def test_without_targets_the_table_is_empty(domain) -> None:
    found, cruise = surveys(domain, 1)
    none = np.zeros(cruise.size, bool)
    assert cruise_offsets(domain, found.take(none), cruise[none], [], np.zeros(0, bool)).empty
