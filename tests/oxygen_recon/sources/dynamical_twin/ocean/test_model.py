from dataclasses import fields

import numpy as np
import pytest

from oxygen_recon.sources.dynamical_twin.acceptance import towards
from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig
from oxygen_recon.sources.dynamical_twin.ocean.model import Ocean
from qc.errors import InputError

CONFIG = DynamicalTwinConfig(rows=32, seed=5)


@pytest.fixture(scope="module")
def ocean():
    """Twelve days, with the state after ten of them."""
    ocean = Ocean(CONFIG)
    for _ in ocean.days(10):
        pass
    return ocean, ocean.state(), [ocean.day(), ocean.day()]


def same(first, second):
    return all(np.array_equal(getattr(first, field.name), getattr(second, field.name)) for field in fields(first))


def test_a_seed_gives_the_same_bits_and_a_state_leads_on_to_the_same_days(ocean):
    _, state, days = ocean
    again = Ocean(CONFIG)
    for _ in again.days(10):
        pass
    assert same(again.state(), state)
    resumed = Ocean(CONFIG, state)
    assert all(same(resumed.day(), day) for day in days)


def test_another_seed_gives_another_ocean(ocean):
    other = Ocean(CONFIG.model_copy(update={"seed": 6}))
    for _ in other.days(10):
        pass
    assert not np.allclose(other.state().current, ocean[1].current)


def test_fields_are_finite_and_of_the_size_of_an_ocean(ocean):
    day, basin = ocean[2][-1], ocean[0].basin
    assert day.day == 11
    assert np.isfinite(day.thickness).all() and (day.thickness[:, basin.wet] > 100).all()
    speed = np.hypot(day.eastward, day.northward)
    assert 0.01 < speed[0, basin.wet].mean() < 0.5 and not speed[:, ~basin.wet].any()
    assert 0.005 < day.sea_surface_height[basin.wet].std() < 0.5


def test_without_wind_and_restoring_the_volume_is_kept():
    still = Ocean(CONFIG.model_copy(update={"wind_stress": 0.0}))
    still.slow.restoring = False
    wet = still.basin.wet
    before = still.basin.square(still.flow.thickness)[:, wet].sum(1, dtype=float)
    for _ in still.days(5):
        pass
    after = still.basin.square(still.flow.thickness)[:, wet].sum(1, dtype=float)
    assert after == pytest.approx(before, rel=1e-6)


def test_a_state_moved_towards_an_earlier_one_lies_between(ocean):
    start, later = Ocean(CONFIG).state(), ocean[1]
    assert same(towards(later, start, 0.0), later)
    half = towards(later, start, 0.5)
    assert half.day == 10
    assert np.allclose(half.thickness, (later.thickness + start.thickness) / 2, rtol=1e-5)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_an_unstable_flow_is_named():
    wild = Ocean(CONFIG)
    wild.flow.current[:] = np.nan
    with pytest.raises(InputError, match=r"unstable on day 0; lower wind_stress"):
        wild.day()
