import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from graphs.sphere import EARTH_RADIUS_KM, unit_vector
from oxygen_recon.products.observations_near import REACH_KM, REACH_YEARS, WITHIN
from oxygen_recon.products.reconstruction import background_alone, far_share


@given(st.integers(0, 2**32 - 1), st.integers(0, 12), st.integers(0, 5))
def test_an_estimate_rests_on_the_background_where_no_observation_of_its_level_is_near(
    small_ocean, seed: int, number: int, start: int
) -> None:
    domain, samples, _, _ = small_ocean()
    some = samples.take(np.random.default_rng(seed).permutation(len(samples))[:number])
    alone = background_alone(domain, some, start, 6)
    assert alone.shape == (6 - start, domain.cells)
    position = unit_vector(domain.latitude, domain.longitude) * EARTH_RADIUS_KM / REACH_KM
    apart = np.linalg.norm(position[:, None] - position[some.cell], axis=-1)
    for step in range(start, 6):
        lag = (domain.years[step] - domain.years[some.step]) / REACH_YEARS
        near = (np.hypot(apart, lag) <= WITHIN) & (domain.level[:, None] == domain.level[some.cell])
        np.testing.assert_array_equal(alone[step - start], ~near.any(axis=1))
    here = some.take(some.step >= start)
    assert not alone[here.step - start, here.cell].any()


def test_the_share_far_from_observations_does_not_depend_on_the_windows_it_is_counted_in(small_ocean, monkeypatch):
    domain, samples, _, _ = small_ocean()
    few = samples.take(np.arange(5))
    expected = background_alone(domain, few, 0, 6).mean()
    for most in (1, 2 * domain.cells, 10**6):
        monkeypatch.setattr("oxygen_recon.products.reconstruction._MOST_CELLS", most)
        assert far_share(domain, few) == expected
