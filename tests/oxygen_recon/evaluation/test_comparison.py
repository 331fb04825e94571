import numpy as np
import pytest

from oxygen_recon.evaluation import comparison as contest
from oxygen_recon.models.interface import Estimate


class Overconfident:
    """Knows the truth up to noise of 10 umol/kg and says 2."""

    def __init__(self, truth):
        self.truth = truth

    def fit(self, domain, samples, seed):
        self.noise = np.random.default_rng(seed).normal(0, 10, self.truth.shape)

    def predict(self, domain, seen, cell, step):
        mean = (self.truth + self.noise)[step, cell][:, None]
        return Estimate(("oxygen",), mean, np.full_like(mean, 2.0))


def test_errors_are_calibrated_alike_at_held_out_and_at_never_sampled_targets(small_ocean, tmp_path):
    domain, samples, _, truth = small_ocean()
    fold = samples.group % 3
    known = np.ones(truth.shape, bool)
    known[samples.step, samples.cell] = False
    step, cell = np.nonzero(known)
    entries = [contest.Entry("overconfident", i) for i in (None, 0, 1, 2)]
    for entry in entries:
        contest.answer(Overconfident(truth), tmp_path, entry, domain, samples, fold, (cell, step, truth), 0)
    answers = contest.answers(tmp_path, entries, domain)
    assert set(answers) == {contest.HELD_OUT, contest.UNSEEN}
    for split, points in answers.items():
        inside = np.abs(points.mean - points.truth) < points.scale
        assert 0.6 < inside.mean() < 0.76, split


def test_without_a_truth_there_are_only_held_out_targets(small_ocean, tmp_path):
    domain, samples, _, truth = small_ocean()
    entries = [contest.Entry("overconfident", i) for i in range(3)]
    for entry in entries:
        contest.answer(Overconfident(truth), tmp_path, entry, domain, samples, samples.group % 3, None, 0)
    answers = contest.answers(tmp_path, entries, domain)
    assert list(answers) == [contest.HELD_OUT] and len(answers[contest.HELD_OUT].truth) == len(samples)
    with pytest.raises(ValueError, match="truth"):
        unseen = contest.Entry("overconfident", None)
        contest.answer(Overconfident(truth), tmp_path, unseen, domain, samples, samples.group % 3, None, 0)
