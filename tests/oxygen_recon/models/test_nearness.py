import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphs.sphere import great_circle
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.nearness import REACH_KM, YEARS, nearness


def ocean(seed: int, names: tuple[str, ...] = ()) -> tuple[Domain, Samples]:
    rng = np.random.default_rng(seed)
    cells, steps, n = 30, 40, 60
    domain = Domain(
        rng.uniform(-8, 8, cells), rng.uniform(172, 188, cells), np.zeros(cells), np.arange(cells),
        rng.integers(0, 3, cells), np.ones(cells), 1990 + (np.arange(steps) + 0.5) / 2,
        rng.normal(size=(steps, cells, len(names))), names,
    )  # fmt: skip
    values, spread = {"oxygen": np.full(n, 200.0)}, {"oxygen": np.full(n, np.nan)}
    samples = Samples(
        rng.integers(0, cells, n), rng.integers(0, steps, n), np.arange(n), values, np.ones(n, int), spread
    )
    return domain, samples


@given(st.integers(0, 2**16))
def test_the_nearest_is_that_of_a_search_over_all_pairs(seed):
    domain, samples = ocean(seed)
    rng = np.random.default_rng(seed + 1)
    cell, step = rng.integers(0, 30, 25), rng.integers(0, 40, 25)
    found = nearness(domain, samples, cell, step)
    year = np.floor(domain.years)
    for i in range(25):
        level = domain.level[samples.cell] == domain.level[cell[i]]
        place = domain.latitude[samples.cell], domain.longitude[samples.cell]
        far = great_circle(domain.latitude[cell[i]], domain.longitude[cell[i]], *place) / 1000
        soon = np.abs(year[samples.step] - year[step[i]]) <= YEARS
        np.testing.assert_allclose(found.distance[i], np.min(far[level & soon], initial=np.inf), rtol=1e-6, atol=1e-3)
        gap = np.abs(domain.years[samples.step] - domain.years[step[i]])
        np.testing.assert_allclose(found.lag[i], np.min(gap[level & (far <= REACH_KM)], initial=np.inf))


def test_a_cell_with_an_observation_at_the_step_is_as_near_as_can_be():
    domain, samples = ocean(3)
    found = nearness(domain, samples, samples.cell, samples.step)
    assert (found.distance == 0).all() and (found.lag == 0).all() and found.error.shape == (60, 0)


def test_without_observations_nothing_is_near():
    domain, samples = ocean(4)
    found = nearness(domain, samples.take(np.zeros(60, bool)), samples.cell, samples.step)
    assert np.isinf(found.distance).all() and np.isinf(found.lag).all()


def test_errors_of_mapped_covariates_are_those_the_estimate_has():
    names = ("temperature", "salinity", "temperature_error", "salinity_error")
    domain, samples = ocean(5, names)
    found = nearness(domain, samples, samples.cell, samples.step).take(np.arange(9))
    assert found.names == ("temperature", "salinity")
    np.testing.assert_array_equal(found.error, domain.covariates[samples.step, samples.cell][:9, 2:])


def test_a_covariate_whose_name_merely_ends_so_is_no_error_of_a_map():
    domain, samples = ocean(5, ("temperature", "temperature_error", "analysis_error"))
    assert nearness(domain, samples, samples.cell, samples.step).names == ("temperature",)
