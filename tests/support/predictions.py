"""A column of 40 cells over 6 steps, samples in it, and predictions of a known error."""

import numpy as np

from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.evaluation.predictions import Predictions


def domain(cells=40, steps=6):
    depth = np.linspace(0, 1000, cells)
    return Domain(
        np.zeros(cells), np.arange(cells) * 1.0, depth, np.arange(cells), np.zeros(cells, int), np.ones(cells),
        1950.0 + np.arange(steps), np.zeros((steps, cells, 0)), (),
    )  # fmt: skip


def samples(n=60, seed=0):
    rng = np.random.default_rng(seed)
    where = rng.choice(240, n, replace=False)
    values, spread = {"oxygen": rng.normal(200, 30, n)}, {"oxygen": np.full(n, np.nan)}
    return Samples(where % 40, where // 40, where % 7, values, np.ones(n, int), spread)


def predictions(n=4000, blow=1.0, seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.normal(200, 30, n)
    return Predictions(
        rng.integers(0, 40, n), rng.integers(0, 6, n), rng.integers(0, 4, n),
        truth, truth + rng.normal(0, 10 * blow, n), np.full(n, 10.0),
    )  # fmt: skip
