import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphs.sphere import great_circle
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.evaluation.distance import YEARS, nearest_observation


def ocean(seed: int) -> tuple[Domain, Samples, np.ndarray]:
    rng = np.random.default_rng(seed)
    cells, steps, n = 30, 40, 60
    domain = Domain(
        rng.uniform(-80, 80, cells), rng.uniform(-180, 180, cells), np.zeros(cells), np.arange(cells),
        rng.integers(0, 3, cells), np.ones(cells), 1990 + (np.arange(steps) + 0.5) / 2, np.zeros((steps, cells, 0)), (),
    )  # fmt: skip
    values, spread = {"oxygen": np.full(n, 200.0)}, {"oxygen": np.full(n, np.nan)}
    samples = Samples(
        rng.integers(0, cells, n), rng.integers(0, steps, n), np.arange(n), values, np.ones(n, int), spread
    )
    return domain, samples, rng.integers(-1, 3, n)


@given(st.integers(0, 2**16))
def test_the_nearest_is_that_of_a_search_over_all_pairs(seed):
    domain, samples, sample_fold = ocean(seed)
    rng = np.random.default_rng(seed + 1)
    cell, step, fold = rng.integers(0, 30, 25), rng.integers(0, 40, 25), rng.integers(-1, 3, 25)
    found = nearest_observation(domain, samples, sample_fold, cell, step, fold)
    year = np.floor(domain.years)
    for i in range(25):
        counts = (domain.level[samples.cell] == domain.level[cell[i]]) & ((fold[i] < 0) | (sample_fold != fold[i]))
        counts &= np.abs(year[samples.step] - year[step[i]]) <= YEARS
        there = samples.cell[counts]
        far = great_circle(
            domain.latitude[cell[i]], domain.longitude[cell[i]], domain.latitude[there], domain.longitude[there]
        )
        np.testing.assert_allclose(found[i], np.min(far, initial=np.inf) / 1000, rtol=1e-6, atol=1e-3)
