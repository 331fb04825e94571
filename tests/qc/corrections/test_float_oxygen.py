import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.corrections import float_gains, float_oxygen, response_time
from qc.errors import InputError
from qc.physics import seawater
from qc.physics.oxygen import pO2, solubility
from qc.readers import registry as readers
from qc.table import schema

PRESSURE = np.array([5.0, 15, 50, 200, 1000])


def profile(name: str = "1_001", n: int = 1, **columns: object) -> pa.Table:
    base = {
        "source": "argo",
        "file": "x.nc",
        "cast": name,
        "cruise": "1",
        "instrument": "float",
        "time": np.datetime64("2015-01-01", "ms"),
        "latitude": -30.0,
        "longitude": 20.0,
        "pressure": PRESSURE,
        "temperature": np.array([18.0, 18, 15, 10, 4]),
        "salinity": np.array([35.5, 35.5, 35.4, 35, 34.6]),
        "oxygen": np.array([220.0, 220, 230, 200, 180]),
    } | columns
    size = len(np.asarray(base["pressure"]))
    return schema.from_columns(
        {k: v if isinstance(v, str) or np.ndim(v) else np.full(size, v) for k, v in base.items()}, "test"
    )


def oxygen(table: pa.Table) -> np.ndarray:
    return table["oxygen"].to_numpy()


def test_a_gain_is_a_factor_and_the_original_is_kept():
    table = profile()
    new, change = float_oxygen.adjust(table, slope=1.07)
    np.testing.assert_allclose(oxygen(new), 1.07 * oxygen(table))
    np.testing.assert_array_equal(new["oxygen_original"].to_numpy(), oxygen(table))
    assert new["oxygen_original_unit"].to_pylist() == ["umol/kg; adjust"] * 5
    assert (change.step, change.levels, change.lost, change.parameters["slope"]) == ("adjust", 5, 0, 1.07)
    assert change.median == pytest.approx(0.07 * 220)
    by_volume = schema.replaced(table, "oxygen_original_unit", np.array(["umol/l; density 1025"] * 5, object))
    by_volume = schema.replaced(by_volume, "oxygen_original", oxygen(table) * 1.025)
    new, _ = float_oxygen.adjust(by_volume, slope=1.07)
    assert new["oxygen_original_unit"].to_pylist() == ["umol/l; density 1025; adjust"] * 5


def test_no_level_has_the_same_step_twice_wherever_the_table_went(tmp_path):
    table = profile()
    half = np.arange(5) < 2
    once, _ = float_oxygen.adjust(table, 1.07, where=half)
    schema.write(once, tmp_path / "once.parquet")
    once = pa.concat_tables([schema.read(tmp_path / "once.parquet"), table]).unify_dictionaries()
    for slope in (1.07, 1.02):
        with pytest.raises(InputError, match="adjust: 2 of these levels had this step before"):
            float_oxygen.adjust(once, slope)
    rest, change = float_oxygen.adjust(once, 1.02, where=np.r_[~half, np.ones(5, bool)])
    np.testing.assert_allclose(oxygen(rest) / np.tile(oxygen(table), 2), np.where([*half, *[0] * 5], 1.07, 1.02))
    assert change.levels == 8
    other, change = float_oxygen.pressure_effect(rest)  # another step is welcome, once
    assert change.levels == 10 and other["oxygen_original_unit"][0].as_py() == "umol/kg; adjust; pressure_effect"
    np.testing.assert_array_equal(other["oxygen_original"].to_numpy(), np.tile(oxygen(table), 2))
    with pytest.raises(InputError, match="pressure_effect: 10 of"):
        float_oxygen.pressure_effect(other)
    slow, _ = response_time.correct(table, 60.0, 0.1)  # the upper two are alike: the first has no lag
    with pytest.raises(InputError, match="response_time: 4 of"):
        response_time.correct(slow, 60.0, 0.1)


def test_what_is_flagged_bad_is_neither_used_nor_changed():
    flag = np.array([2, 4, 3, 2, 2], np.int8)
    table = profile(oxygen_flag=flag, oxygen=np.array([220.0, 2000, 230, 200, 180]))
    for new, change in (
        float_oxygen.adjust(table, 1.07),
        float_oxygen.adjust(table, 1.07, offset=1.0),
        float_oxygen.pressure_effect(table),
        response_time.correct(table, 60.0, 0.1),
    ):
        assert (oxygen(new)[1], change.levels, change.left) == (2000, 4, 1)
        np.testing.assert_array_equal(new["oxygen_flag"].to_numpy(), flag)
        without = table.filter(pa.array(flag != 4))
        step = {"adjust": float_oxygen.adjust, "pressure_effect": float_oxygen.pressure_effect}.get(
            change.step, response_time.correct
        )
        given = {k: v for k, v in change.parameters.items() if k != "noise"}
        np.testing.assert_array_equal(oxygen(step(without, **given)[0]), oxygen(new)[flag != 4])


def test_a_bad_temperature_is_none():
    table = profile(temperature_flag=np.array([2, 2, 4, 2, 2], np.int8))
    new, change = float_oxygen.adjust(table, incline=0.001)
    assert np.isnan(oxygen(new)).tolist() == [False, False, True, False, False] and change.lost == 1
    assert float_oxygen.adjust(table, 1.1)[1].lost == 0  # a gain needs none


def test_the_uncertainty_grows_with_the_value_and_by_that_of_the_gain():
    told = np.array([2.0, 2, np.nan, 2, 2])
    table = profile(oxygen_uncertainty=told, salinity=np.array([35.5, 35.5, 35.4, 35, np.nan]))
    new, _ = float_oxygen.adjust(table, 1.07)
    np.testing.assert_allclose(new["oxygen_uncertainty"].to_numpy(), 1.07 * told)
    new, change = float_oxygen.adjust(table, 1.07, slope_error=0.01)
    np.testing.assert_allclose(new["oxygen_uncertainty"].to_numpy(), np.hypot(1.07 * told, 0.01 * oxygen(table)))
    assert change.parameters["slope_error"] == 0.01
    new, _ = float_oxygen.adjust(table, 1.02, offset=-3, incline=0.001)  # where the value is lost, so is this
    factor = 1.02 + 0.001 * table["temperature"].to_numpy()
    np.testing.assert_allclose(new["oxygen_uncertainty"].to_numpy(), factor * told * [1, 1, 1, 1, np.nan])
    new, _ = float_oxygen.pressure_effect(table)
    np.testing.assert_allclose(new["oxygen_uncertainty"].to_numpy()[4], 2 * oxygen(new)[4] / 180)
    ship, _ = float_oxygen.adjust(profile(oxygen_uncertainty=told, instrument="bottle"), 1.07)
    np.testing.assert_array_equal(ship["oxygen_uncertainty"].to_numpy(), told)


def test_drift_counts_from_the_launch_in_years():
    new, _ = float_oxygen.adjust(profile(), 1.05, drift=-0.5, drift2=0.1, launched=np.datetime64("2011-01-01"))
    years = 1461 / 365.25
    np.testing.assert_allclose(oxygen(new) / oxygen(profile()), 1.05 * (1 - 0.005 * years + 0.001 * years**2))
    with pytest.raises(InputError, match="date of launch"):
        float_oxygen.adjust(profile(), drift=0.5)
    undated, change = float_oxygen.adjust(
        profile(time=np.datetime64("NaT", "ms")), drift=0.5, launched=np.datetime64("2011-01-01")
    )
    assert change.lost == 5 and np.isnan(change.median) and (undated["oxygen_flag"].to_numpy() == 9).all()


def test_offset_and_incline_act_on_partial_pressure():
    table = profile(salinity=np.array([35.5, 35.5, 35.4, 35, np.nan]))
    new, change = float_oxygen.adjust(table, slope=1.02, offset=-3.0, incline=0.001)
    state = [table[name].to_numpy() for name in ("salinity", "temperature", "pressure")]
    density = seawater.potential_density(*state, 20.0, -30.0)
    before = pO2(oxygen(table) * density, *state)
    after = pO2(oxygen(new) * density, *state)
    np.testing.assert_allclose(after[:4], -3 + (1.02 + 0.001 * state[1][:4]) * before[:4])
    assert np.isnan(oxygen(new)[4]) and new["oxygen_original"].to_numpy()[4] == 180
    assert (change.levels, change.lost) == (4, 1)


def test_only_floats_or_the_chosen_levels_are_corrected():
    ship = profile(instrument="bottle")
    same, change = float_oxygen.adjust(ship, 1.1)
    assert change.levels == 0 and oxygen(same).tolist() == oxygen(ship).tolist()
    assert np.isnan(same["oxygen_original"].to_numpy()).all()
    chosen = np.array([True, False, False, False, False])
    new, change = float_oxygen.adjust(ship, 1.1, where=chosen)
    assert change.levels == 1 and oxygen(new)[0] == pytest.approx(242) and oxygen(new)[1] == 220


def test_the_pressure_effect_check_value():
    assert float(float_oxygen.foil_factor(5, 1000)) == pytest.approx(1.0430, abs=1e-12)
    new, change = float_oxygen.pressure_effect(profile())
    np.testing.assert_allclose(oxygen(new)[4], 180 * (1 + 0.00022 * 4 + 0.0419))
    assert change.source == "Bittig et al. 2015"


def test_gain_in_air_and_its_reference():
    assert float(float_gains.gain_in_air(200.0, 1013.25, 15)) == pytest.approx(208.67 / 200, abs=3e-5)


@given(st.floats(0.9, 1.3), st.floats(0, 0.4), st.integers(0, 1000))
@settings(deadline=None)
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


def test_response_time_check_values():
    a, b = response_time.coefficients(60, 2)
    assert (float(b), float(a)) == pytest.approx((0.0163934, 0.9672131), abs=1e-7)
    assert float(response_time.noise_amplification(60, 2)) == pytest.approx(42, abs=0.5)
    layers = response_time.boundary_layer([0, 0.095, -0.095, 0.0951, 1])
    np.testing.assert_allclose(layers, [210, 100, 100, 100, 20], atol=0.02)


@given(st.lists(st.floats(0, 400), min_size=2, max_size=40), st.floats(0, 200), st.floats(0.5, 60))
def test_undoing_the_lag_is_the_exact_inverse_of_the_filter(truth, tau, dt):
    truth = np.array(truth)
    a, b = response_time.coefficients(tau, dt)
    seen = truth.copy()
    for i in range(len(truth) - 1):
        seen[i + 1] = a * seen[i] + b * (truth[i] + truth[i + 1])
    np.testing.assert_allclose(response_time.undelayed(seen, tau, dt), (truth[1:] + truth[:-1]) / 2, atol=1e-6)


def test_noise_grows_as_stated():
    noise = np.random.default_rng(0).normal(0, 1, 200_000)
    grown = response_time.undelayed(noise, 30.0, 5.0).std()
    assert grown == pytest.approx(float(response_time.noise_amplification(30, 5)), rel=0.01)


@pytest.mark.parametrize("tau", [0.0, 20.0, 60.0])
def test_the_noise_of_no_level_grows_by_more_than_its_change_says(tau):
    """Levels at uneven distances: each has a factor of its own, the uncertainty tells it, the change the largest."""
    random, casts = np.random.default_rng(1), 4000
    pressure = np.array([2.0, 4, 5, 12, 13, 40])
    noise = random.normal(0, 1, (casts, 6))
    names = np.repeat([f"1_{i}" for i in range(casts)], 6)
    given = {"pressure": np.tile(pressure, casts), "oxygen": 200 + noise.ravel(), "cast": names}
    given |= {"temperature": np.full(6 * casts, 10.0), "salinity": np.full(6 * casts, 35.0)}
    new, change = response_time.correct(profile(oxygen_uncertainty=np.ones(6 * casts), **given), tau, 0.1)
    grown = oxygen(new).reshape(casts, 6).std(axis=0)
    told = new["oxygen_uncertainty"].to_numpy().reshape(casts, 6)[0]
    np.testing.assert_allclose(np.maximum(grown, 1), told, rtol=0.05)  # 4000 casts: 1.1 % standard error
    assert grown.max() == pytest.approx(float(change.parameters["noise"]), rel=0.05)


def test_a_lagging_profile_comes_back_from_below_upwards():
    pressure = np.arange(2.0, 402, 2)
    truth = 230 - 80 / (1 + np.exp(-(pressure - 120) / 15))
    seen, (a, b) = truth[::-1].copy(), response_time.coefficients(60, 20)
    for i in range(len(seen) - 1):
        seen[i + 1] = a * seen[i] + b * (truth[::-1][i] + truth[::-1][i + 1])
    columns = {"pressure": pressure, "temperature": np.full(200, 10.0), "salinity": np.full(200, 35.0)}
    tables = [profile(f"1_{i}", oxygen=seen[::-1] + i, **columns) for i in (0, 1)]
    new, change = response_time.correct(pa.concat_tables(tables).unify_dictionaries(), 60.0, 0.1)
    expected = np.r_[truth, truth + 1]
    assert np.abs(np.r_[seen[::-1], seen[::-1] + 1] - expected).max() > 3
    np.testing.assert_allclose(oxygen(new), expected, atol=0.15)
    assert change.parameters["noise"] == pytest.approx(float(response_time.noise_amplification(60, 20)))
    with pytest.raises(InputError, match="positive"):
        response_time.correct(tables[0], 60, 0)


def test_the_gain_of_a_real_float_makes_its_adjusted_values_of_its_raw_ones(data_root):
    table = readers.read(data_root / "observations/argo/3902131_BR_BD_D_profiles.tar.gz")
    frame = table.select(["cast", "pressure", "oxygen"]).to_pandas()
    raw = frame["cast"].astype(str).str.contains("#BR").to_numpy()
    new, change = float_oxygen.adjust(table, slope=1.023896, where=raw)
    bad = table["oxygen_flag"].to_numpy() == 4
    assert change.levels == (np.isfinite(oxygen(table)) & raw & ~bad).sum() and change.left == (raw & bad).sum()
    assert (oxygen(new) == oxygen(table))[bad].all()
    frame = frame.assign(
        oxygen=np.where(bad, np.nan, oxygen(new)),
        cycle=frame["cast"].astype(str).str.replace(r"#B[RD]", "#", regex=True),
    )
    joined = frame[raw].merge(frame[~raw], on=["cycle", "pressure"], suffixes=("", "_adjusted"))
    joined = joined.dropna(subset=["oxygen", "oxygen_adjusted"])
    assert len(joined) > 28_000
    np.testing.assert_allclose(joined["oxygen"], joined["oxygen_adjusted"], rtol=2e-6, atol=2e-4)
