import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.corrections import float_gains
from qc.errors import InputError
from qc.physics import seawater
from qc.physics.oxygen import in_air, solubility
from qc.table import schema
from tests.support.float_oxygen import PRESSURE, profile


def test_gain_in_air_and_its_reference():
    assert float(float_gains.gain_in_air(200.0, 1013.25, 15)) == pytest.approx(208.67 / 200, abs=3e-5)


@given(st.floats(0.9, 1.3), st.floats(0, 0.4), st.integers(0, 1000))
def test_gain_and_carry_over_come_back_from_data_without_noise(m, c, seed):
    random = np.random.default_rng(seed)
    t, p_atm, water = random.uniform(5, 25, 40), random.uniform(990, 1030, 40), random.uniform(190, 230, 40)
    reference = in_air(0, t, p_atm)
    air = (reference + c * (m * water - reference)) / m
    air[3] = np.nan
    read = {"float": "0019", "time": "2015-01-01", "pO2_air": air, "pO2_water": water, "p_atm": p_atm, "temperature": t}
    gains = float_gains.gain_of_surfacings(pd.DataFrame(read))
    np.testing.assert_allclose(np.delete(gains["gain"].to_numpy(), 3), m)
    np.testing.assert_allclose(gains["carried"], c, atol=1e-8)
    assert set(gains["cruise"]) == {"0019"} and np.isnan(gains["gain"][3])


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
    assert gains["cruise"].tolist() == ["1", "1"] and gains["cast"].tolist() == ["1_002", "1_003"]
    assert gains["gain"][0] == pytest.approx(1.08, abs=2e-3) and np.isnan(gains["gain"][1])
    assert gains.columns[:5].tolist() == ["cruise", "cast", "time", "latitude", "longitude"]
    assert gains["above_freezing"][0] == pytest.approx(18 + 1.95, abs=0.05)

    def ninety_in_the_south(latitude, longitude, time):
        return np.where((latitude < 0) & (longitude == 20) & (time < np.datetime64("2016")), 90.0, np.nan)

    assert float_gains.gain_at_surface(table, ninety_in_the_south)["gain"][0] == pytest.approx(0.9 * gains["gain"][0])


def test_a_reference_is_not_looked_up_where_position_or_time_is_bad():
    def everywhere(latitude, longitude, time):
        return np.where(np.isfinite(latitude) & np.isfinite(longitude) & ~np.isnat(time), 100.0, np.nan)

    for bad in ("position_flag", "time_flag"):
        gains = float_gains.gain_at_surface(profile(**{bad: np.full(5, 4, np.int8)}), everywhere)
        assert np.isnan(gains["gain"][0]) and np.isfinite(gains["saturation"][0])
    assert np.isfinite(float_gains.gain_at_surface(profile(), everywhere)["gain"][0])


def test_below_the_mixed_layer_no_saturation_is_taken():
    layered = {"pressure": np.array([2.0, 8, 14, 22]), "temperature": np.array([20.0, 20, 16, 15]), "salinity": 35.0}
    table = profile(oxygen=np.array([200.0, 200, 300, 310]), **layered)
    upper = profile(
        pressure=np.array([2.0, 8]), temperature=np.full(2, 20.0), salinity=np.full(2, 35.0), oxygen=np.full(2, 200.0)
    )
    assert float_gains.gain_at_surface(table)["gain"][0] == float_gains.gain_at_surface(upper)["gain"][0]


def test_a_gain_at_the_surface_takes_nothing_that_is_flagged_bad_or_adjusted_already():
    sound = float_gains.gain_at_surface(profile())["gain"][0]
    spoilt = {"oxygen": np.array([220.0, 2000, 230, 200, 180]), "oxygen_flag": np.array([3, 4, 2, 2, 2], np.int8)}
    upper = profile(pressure=PRESSURE[[0]], temperature=[18.0], salinity=[35.5], oxygen=[220.0])
    assert float_gains.gain_at_surface(profile(**spoilt))["gain"][0] == float_gains.gain_at_surface(upper)["gain"][0]
    assert float_gains.gain_at_surface(profile(**spoilt))["gain"][0] == pytest.approx(sound, rel=1e-3)
    salt = profile(salinity_flag=np.array([4, 4, 2, 2, 2], np.int8))
    assert np.isnan(float_gains.gain_at_surface(salt)["gain"][0])
    adjusted = profile(oxygen_original_unit=f"micromole/kg{schema.ADJUSTED_NOTE}")
    assert np.isnan(float_gains.gain_at_surface(adjusted)["gain"][0])
