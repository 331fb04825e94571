from dataclasses import replace

import numpy as np
import pytest

from oxygen_recon.evaluation.osse.observations import (
    ObservationErrors,
    columns_within,
    estimate_steps,
    observe,
    spread_of_levels,
)
from oxygen_recon.models.interface import Estimate

NONE = ObservationErrors(cruise=0, sample=0, spread=0)


def test_without_errors_the_truth_is_what_is_observed(small_ocean):
    domain, history, _, truth = small_ocean()
    found = observe(domain, history, truth, NONE, seed=1)
    assert np.array_equal(found.values["oxygen"], truth[history.step, history.cell])
    for name in ("cell", "step", "group", "count"):
        assert np.array_equal(getattr(found, name), getattr(history, name))


def test_what_history_found_is_not_read(small_ocean):
    domain, history, _, truth = small_ocean()
    other = replace(history, values={"oxygen": history.values["oxygen"] + 100})
    both = [observe(domain, one, truth, ObservationErrors(), seed=1).values["oxygen"] for one in (history, other)]
    assert np.array_equal(*both)


def test_realisations_differ_and_are_repeatable(small_ocean):
    domain, history, _, truth = small_ocean()
    first, again, other = (observe(domain, history, truth, ObservationErrors(), seed) for seed in (1, 1, 2))
    assert np.array_equal(first.values["oxygen"], again.values["oxygen"])
    assert np.abs(first.values["oxygen"] - other.values["oxygen"]).min() > 0


def test_errors_have_the_stated_size_and_are_shared_as_stated(small_ocean):
    domain, history, _, truth = small_ocean(cruises=400)
    true = truth[history.step, history.cell]
    of_cruise = observe(domain, history, truth, ObservationErrors(cruise=2, sample=0, spread=0), 3)
    bias = of_cruise.values["oxygen"] / true - 1
    by_cruise = np.array([bias[history.group == one].mean() for one in np.unique(history.group)])
    assert np.allclose(bias, by_cruise[np.searchsorted(np.unique(history.group), history.group)])
    assert by_cruise.std() == pytest.approx(0.02, rel=0.15)
    own = observe(domain, history, truth, ObservationErrors(cruise=0, sample=1, spread=0), 3)
    assert (own.values["oxygen"] / true - 1).std() == pytest.approx(0.01, rel=0.1)


def test_a_cast_departs_from_its_cell_as_casts_of_history_did(small_ocean):
    domain, history, _, truth = small_ocean(cruises=400)
    count = np.where(history.group % 2, 4, 1)
    spread = {"oxygen": np.where(count > 1, 2.0 + domain.level[history.cell], np.nan)}
    history = replace(history, count=count, spread=spread)
    assert spread_of_levels(domain, history).tolist() == [2.0, 3.0, 4.0, 5.0]
    found = observe(domain, history, truth, ObservationErrors(cruise=0, sample=0), 3)
    departure = (found.values["oxygen"] - truth[history.step, history.cell]) * np.sqrt(count)
    departure /= 2.0 + domain.level[history.cell]
    assert departure.std() == pytest.approx(1.0, rel=0.1)
    cast = np.column_stack([history.group, domain.column[history.cell], history.step])
    _, number = np.unique(cast, axis=0, return_inverse=True)
    assert all(np.ptp(departure[number == one]) < 1e-9 for one in range(50))


def test_no_spread_known_is_none(small_ocean):
    domain, history, _, _ = small_ocean()
    assert not spread_of_levels(domain, history).any()


def test_nothing_is_sampled_where_there_is_no_truth_and_nothing_is_below_zero(small_ocean):
    domain, history, _, truth = small_ocean()
    truth = np.where(domain.level == 0, np.nan, 0.01)[None] + 0 * truth
    found = observe(domain, replace(history, count=history.count), truth, ObservationErrors(cruise=90, sample=90), 0)
    assert len(found) == (domain.level[history.cell] > 0).sum()
    assert found.values["oxygen"].min() == 0


def test_cruises_are_drawn_whole_with_replacement(small_ocean):
    domain, history, _, truth = small_ocean()
    found = observe(domain, history, truth, ObservationErrors(), 5, resampled=True)
    names, size = np.unique(history.group, return_counts=True)
    drawn, number = np.unique(found.group, return_counts=True)
    times = number / size[np.searchsorted(names, drawn)]
    assert np.array_equal(times, np.round(times)) and times.sum() == names.size and drawn.size < names.size


def test_fewer_columns_are_among_more(small_ocean):
    domain, *_ = small_ocean()
    columns = np.unique(domain.column)
    domain = replace(domain, column=np.searchsorted(columns, domain.column))
    every = domain.cells * domain.steps
    assert columns_within(domain, every, 0).size == columns.size
    few, more = (columns_within(domain, every // one, 0) for one in (8, 3))
    assert 0 < few.size < more.size < columns.size and set(few) < set(more)
    assert columns_within(domain, 1, 0).size == 1


def test_blocks_of_steps_give_the_whole(small_ocean, monkeypatch):
    domain, history, _, truth = small_ocean()

    class Known:
        def predict(self, domain, context, cell, step):
            calls.append(cell.size)
            return Estimate(("oxygen",), truth[step, cell][:, None], np.ones((cell.size, 1)))

    calls: list[int] = []
    cell, step = np.arange(3, domain.cells), np.array([0, 2, 3, 5])
    monkeypatch.setattr("oxygen_recon.evaluation.osse.observations._AT_ONCE", 2 * cell.size)
    found = estimate_steps(Known(), domain, history, cell, step)
    assert np.allclose(found, truth[np.ix_(step, cell)], rtol=1e-6) and calls == [2 * cell.size] * 2
