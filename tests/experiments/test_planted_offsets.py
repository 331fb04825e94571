"""`experiments/planted_offsets.py`: surveys that are far off are found, and nothing else for it."""

import numpy as np

from experiments.planted_offsets import planted
from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.dataset.domain import make_domain
from oxygen_recon.evaluation.predictions import Predictions


def test_large_offsets_are_found_and_none_is_not():
    edges = np.arange(11.0), np.arange(21.0), np.array([0.0, 10])
    grid = Grid(*edges, np.array([5.0]), np.ones((1, 10, 20), bool))
    domain = make_domain(grid, TimeAxis.regular(2000, 2000, "year"), np.zeros((1, 200, 0)), ())
    cell, zero = np.arange(200), np.zeros(200, int)
    residual = np.random.default_rng(0).normal(0, 2, 200)
    found = Predictions(cell, zero, zero, 200 + residual, zero + 200.0, zero + 2.0)
    names = [f"c{number}" for number in range(20)]
    assert planted(domain, found, cell // 10, names, 40.0, 6) == (20, 0, 6, 6, 0.0)
    assert planted(domain, found, cell // 10, names, 0.0, 6) == (20, 0, 6, 0, 0.0)
