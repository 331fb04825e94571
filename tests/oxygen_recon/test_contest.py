import numpy as np

from oxygen_recon import contest
from oxygen_recon.batch import Estimate


class Overconfident:
    """Knows the truth up to noise of 10 umol/kg and says 2."""

    def __init__(self, truth):
        self.truth = truth

    def fit(self, domain, samples, seed):
        self.noise = np.random.default_rng(seed).normal(0, 10, self.truth.shape)

    def predict(self, domain, seen, cell, step):
        mean = (self.truth + self.noise)[step, cell][:, None]
        return Estimate(("oxygen",), mean, np.full_like(mean, 2.0))


def test_errors_are_calibrated_alike_at_held_out_and_at_never_sampled_targets(small_world, tmp_path):
    domain, samples, _, truth = small_world()
    fold = samples.group % 3
    known = np.ones(truth.shape, bool)
    known[samples.step, samples.cell] = False
    step, cell = np.nonzero(known)
    builds = []

    def build():
        builds.append(1)
        return Overconfident(truth)

    answers = contest.enter(build, tmp_path, domain, samples, fold, (cell, step, truth), 0)
    for split, points in answers.items():
        inside = np.abs(points.mean - points.truth) < points.scale
        assert 0.6 < inside.mean() < 0.76, split
    asked = len(builds)
    again = contest.enter(build, tmp_path, domain, samples, fold, (cell, step, truth), 0)
    assert len(builds) - asked == 1  # only the method at hand for never-sampled cells is built, nothing is fitted again
    for split, points in answers.items():
        assert np.array_equal(points.scale, again[split].scale)


def test_without_a_truth_there_are_only_held_out_targets(small_world, tmp_path):
    domain, samples, _, truth = small_world()
    answers = contest.enter(lambda: Overconfident(truth), tmp_path, domain, samples, samples.group % 3, None, 0)
    assert list(answers) == [contest.HELD_OUT] and len(answers[contest.HELD_OUT].truth) == len(samples)
