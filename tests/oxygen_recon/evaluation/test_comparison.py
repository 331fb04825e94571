import numpy as np
import pytest

from oxygen_recon.evaluation.comparison import (
    HELD_OUT,
    NEVER_SAMPLED,
    ComparisonTask,
    collect_predictions,
    run_task,
    settings_table,
)
from oxygen_recon.evaluation.predictions import Targets
from oxygen_recon.models.interface import Estimate, Tuned
from oxygen_recon.models.nearness import nearness


class Overconfident:
    """Estimates the truth with an error of 10 umol/kg and a standard error of 2."""

    def __init__(self, truth):
        self.truth = truth

    def fit(self, domain, samples, seed):
        self.noise = np.random.default_rng(seed).normal(0, 10, self.truth.shape)

    def predict(self, domain, context, cell, step):
        mean = (self.truth + self.noise)[step, cell][:, None]
        return Estimate(("oxygen",), mean, np.full_like(mean, 2.0))


def test_errors_are_calibrated_alike_at_held_out_and_at_never_sampled_targets(small_ocean, tmp_path):
    domain, samples, _, truth = small_ocean()
    fold = samples.group % 3
    known = np.ones(truth.shape, bool)
    known[samples.step, samples.cell] = False
    step, cell = np.nonzero(known)
    targets = Targets(cell, step, truth[step, cell])
    tasks = [ComparisonTask("overconfident", i) for i in (None, 0, 1, 2)]
    for task in tasks:
        run_task(Overconfident(truth), tmp_path, task, domain, samples, fold, targets, 0)
    held = np.concatenate([np.flatnonzero(fold == i) for i in range(3)])
    places = {HELD_OUT: (samples.cell[held], samples.step[held]), NEVER_SAMPLED: (cell, step)}
    group = samples.group[held]
    found = collect_predictions(tmp_path, tasks, domain, lambda one: nearness(domain, samples, *places[one]), group)
    assert set(found) == {HELD_OUT, NEVER_SAMPLED}
    for split, predictions in found.items():
        inside = np.abs(predictions.mean - predictions.truth) < predictions.scale
        assert 0.6 < inside.mean() < 0.76, split


def test_without_a_truth_there_are_only_held_out_targets(small_ocean, tmp_path):
    domain, samples, _, truth = small_ocean()
    tasks = [ComparisonTask("overconfident", i) for i in range(3)]
    for task in tasks:
        run_task(Overconfident(truth), tmp_path, task, domain, samples, samples.group % 3, None, 0)
    found = collect_predictions(
        tmp_path, tasks, domain, lambda _: nearness(domain, samples, samples.cell, samples.step), samples.group
    )
    assert list(found) == [HELD_OUT] and len(found[HELD_OUT].truth) == len(samples)
    with pytest.raises(ValueError, match="truth"):
        task = ComparisonTask("overconfident", None)
        run_task(Overconfident(truth), tmp_path, task, domain, samples, samples.group % 3, None, 0)


class Choosy(Overconfident):
    """Chooses settings, one of them at the end of its range."""

    tuned = Tuned({"length": 3200.0, "noise": 0.5}, ("length",))


def test_the_settings_of_each_fit_are_kept_and_ends_of_ranges_are_marked(small_ocean, tmp_path):
    domain, samples, _, truth = small_ocean()
    tasks = [ComparisonTask("choosy", i) for i in range(3)]
    for task in tasks:
        run_task(Choosy(truth), tmp_path, task, domain, samples, samples.group % 3, None, 0)
    table = settings_table(tmp_path, tasks)
    assert table["fit"].tolist() == ["fold0", "fold0", "fold1", "fold1", "fold2", "fold2"]
    assert table["value"].tolist() == [3200.0, 0.5] * 3 and table["at_end"].tolist() == [True, False] * 3
    for task in tasks:
        run_task(Overconfident(truth), tmp_path, task, domain, samples, samples.group % 3, None, 0)
    assert settings_table(tmp_path, tasks).empty
