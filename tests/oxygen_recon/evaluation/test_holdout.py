from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.evaluation.holdout import calibrated, calibration_of, hold_out, never_sampled, widened
from oxygen_recon.evaluation.predictions import Predictions
from oxygen_recon.models.interface import Estimate, estimate
from oxygen_recon.models.nearness import Nearness
from tests.support.predictions import domain, predictions, samples

DEPTH, NEAR = np.full(4000, 100.0), Nearness(np.zeros(4000), np.zeros(4000), np.zeros((4000, 0)))


class Mean:
    """Estimates the mean of the samples it was fitted to; keeps its context."""

    def fit(self, domain, samples, seed):
        self.fitted = samples

    def predict(self, domain, context, cell, step):
        self.context = context
        value = np.full((cell.size, 1), self.fitted.values["oxygen"].mean() - 1000.0 * (cell[:, None] == 0))
        return Estimate(("oxygen",), value, np.full_like(value, 30.0))


def test_the_held_out_fold_is_neither_fitted_nor_context():
    data, method = samples(), Mean()
    found = hold_out(method, domain(), data, data.group % 3, 1, 0)
    held = data.group % 3 == 1
    assert len(method.fitted) == len(method.context) == (~held).sum()
    assert not np.isin(method.fitted.group, data.group[held]).any()
    assert np.array_equal(found.truth, data.values["oxygen"][held]) and (found.fold == 1).all()


def test_estimates_do_not_depend_on_the_chunk_and_are_never_negative():
    method = Mean()
    method.fit(domain(), samples(), 0)
    cell, step = np.arange(30), np.zeros(30, int)
    whole, parts = (estimate(method, domain(), samples(), cell, step, chunk)[0] for chunk in (1000, 7))
    assert np.array_equal(whole, parts) and whole[0] == 0 and (whole[1:] > 100).all()


@given(st.integers(0, 1000), st.integers(1, 300))
def test_never_sampled_cells_are_never_sampled(seed, most):
    data, truth = samples(seed=seed), np.random.default_rng(seed).normal(200, 30, (6, 40))
    truth[2, 3] = np.nan
    targets = never_sampled(domain(), data, truth, most, seed)
    sampled = set(zip(data.cell.tolist(), data.step.tolist()))
    found = list(zip(targets.cell.tolist(), targets.step.tolist()))
    assert len(set(found)) == len(found) <= most
    assert not sampled & set(found) and (3, 2) not in found
    np.testing.assert_array_equal(targets.truth, truth[targets.step, targets.cell])
    if most >= 240:
        assert len(found) == 240 - len(sampled | {(3, 2)})


def test_calibration_finds_how_much_too_small_errors_are():
    found = calibration_of(predictions(blow=2.5), DEPTH, NEAR)
    factor = found.multiplier(np.array([0.0, 100.0, 1000.0]), NEAR.take(np.arange(3)))
    assert factor[1] == pytest.approx(2.5, rel=0.1)
    assert 1.8 < factor[0] == factor[2] < factor[1]  # layers without held-out points: nearly what the others share
    p = calibrated(predictions(blow=2.5), DEPTH, NEAR, np.arange(4000) % 7)
    assert np.mean(np.abs(p.truth - p.mean) < p.scale) == pytest.approx(0.68, abs=0.03)


def test_no_group_has_a_part_in_its_own_calibration():
    p, group = predictions(), np.arange(4000) % 7
    before = calibrated(p, DEPTH, NEAR, group).scale
    wild = Predictions(p.cell, p.step, p.fold, p.truth, np.where(group == 2, p.mean + 500, p.mean), p.scale)
    after = calibrated(wild, DEPTH, NEAR, group).scale
    assert np.array_equal(before[group == 2], after[group == 2])
    assert (after[group != 2] > before[group != 2]).all()


def test_targets_far_from_observations_hold_also_where_all_are_of_one_fold():
    """Errors grow with distance; the far targets are of fold 0 only, but of several groups."""
    rng = np.random.default_rng(0)
    p, group = predictions(), np.arange(4000) % 20
    distance = np.where(p.fold == 0, 600.0, 20.0)
    error = rng.normal(0, 10, 4000) * np.where(p.fold == 0, 4.0, 1.0)
    found = calibrated(replace(p, mean=p.truth + error), DEPTH, NEAR._replace(distance=distance), group)
    far = p.fold == 0
    assert np.mean(np.abs(error[far]) < found.scale[far]) == pytest.approx(0.68, abs=0.05)


def test_a_single_group_calibrates_itself():
    p = calibrated(predictions(blow=2.5), DEPTH, NEAR, np.zeros(4000, int))
    assert np.mean(np.abs(p.truth - p.mean) < p.scale) == pytest.approx(0.68, abs=0.03)


def test_a_calibration_found_elsewhere_scales_by_layer():
    p, held = predictions(200), predictions(blow=2.5)
    depth, near = domain().depth[p.cell], NEAR.take(np.arange(200))
    found = calibration_of(held, domain().depth[held.cell], NEAR)
    wide = widened(p, depth, near, found)
    np.testing.assert_array_equal(wide.scale, p.scale * found.multiplier(depth, near))
    assert np.unique(wide.scale).size == 4 and wide.mean is p.mean
