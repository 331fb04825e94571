import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.corrections import float_gains
from qc.errors import InputError
from qc.physics import seawater
from qc.physics.oxygen import solubility
from tests.support.float_oxygen import PRESSURE, profile


def test_gain_in_air_and_its_reference():
    assert float(float_gains.gain_in_air(200.0, 1013.25, 15)) == pytest.approx(208.67 / 200, abs=3e-5)


@given(st.floats(0.9, 1.3), st.floats(0, 0.4), st.integers(0, 1000))
def test_gain_and_carry_over_come_back_from_data_without_noise(m, c, seed):
    random = np.random.default_rng(seed)
    reference, water = random.uniform(205, 212, 40), random.uniform(190, 230, 40)
    air = (reference + c * (m * water - reference)) / m
    air[3] = np.nan
    assert float_gains.carry_over(air, water, reference) == pytest.approx((m, c), abs=1e-8)
    gains = float_gains.gain_with_carry_over(air, water, reference, c)
    np.testing.assert_allclose(np.delete(gains, 3), m)


def test_carry_over_needs_surfacings_that_differ():
    with pytest.raises(InputError, match="20 surfacings"):
        float_gains.carry_over(np.ones(20), np.arange(20), np.arange(20))
    with pytest.raises(InputError, match="do not vary"):
        float_gains.carry_over(np.full(30, 200.0), np.full(30, 210.0), np.full(30, 208.0))


def test_the_gain_at_the_surface_is_that_of_the_mean_saturation():
    surface = solubility(35.5, 18) / seawater.potential_density(35.5, 18, 5, 20.0, -30.0)
    low = profile("1_002", oxygen=np.array([surface / 1.08, surface / 1.08, 100, 100, 100]))
    deep = profile("1_003", pressure=PRESSURE + 30)
    ship = profile("9", instrument="bottle")
    table = pa.concat_tables([low, deep, ship]).unify_dictionaries()
    gains = float_gains.gain_at_surface(table)
    assert gains["cruise"].tolist() == ["1", "1"]
    assert gains["gain"][0] == pytest.approx(1.08, abs=2e-3) and np.isnan(gains["gain"][1])
    ninety = float_gains.gain_at_surface(table, np.array([90.0, 100, 100]))
    assert ninety["gain"][0] == pytest.approx(0.9 * gains["gain"][0])


def test_a_gain_at_the_surface_takes_nothing_that_is_flagged_bad():
    sound = float_gains.gain_at_surface(profile())["gain"][0]
    spoilt = {"oxygen": np.array([220.0, 2000, 230, 200, 180]), "oxygen_flag": np.array([3, 4, 2, 2, 2], np.int8)}
    upper = profile(pressure=PRESSURE[[0]], temperature=[18.0], salinity=[35.5], oxygen=[220.0])
    assert float_gains.gain_at_surface(profile(**spoilt))["gain"][0] == float_gains.gain_at_surface(upper)["gain"][0]
    assert float_gains.gain_at_surface(profile(**spoilt))["gain"][0] == pytest.approx(sound, rel=1e-3)
    salt = profile(salinity_flag=np.array([4, 4, 2, 2, 2], np.int8))
    assert np.isnan(float_gains.gain_at_surface(salt)["gain"][0])
