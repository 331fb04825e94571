import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qc import float_corrections, oxygen_units, readers, response_time, schema, seawater
from qc.errors import InputError

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
    new, change = float_corrections.adjust(table, slope=1.07)
    np.testing.assert_allclose(oxygen(new), 1.07 * oxygen(table))
    np.testing.assert_array_equal(new["oxygen_original"].to_numpy(), oxygen(table))
    assert new["oxygen_original_unit"].to_pylist() == ["umol/kg"] * 5
    assert (change.step, change.levels, change.lost, change.parameters["slope"]) == ("adjust", 5, 0, 1.07)
    assert change.median == pytest.approx(0.07 * 220)
    again, _ = float_corrections.adjust(new, slope=1 / 1.07)
    np.testing.assert_array_equal(again["oxygen_original"].to_numpy(), oxygen(table))
    np.testing.assert_allclose(oxygen(again), oxygen(table))


def test_drift_counts_from_the_launch_in_years():
    new, _ = float_corrections.adjust(profile(), 1.05, drift=-0.5, drift2=0.1, launched=np.datetime64("2011-01-01"))
    years = 1461 / 365.25
    np.testing.assert_allclose(oxygen(new) / oxygen(profile()), 1.05 * (1 - 0.005 * years + 0.001 * years**2))
    with pytest.raises(InputError, match="date of launch"):
        float_corrections.adjust(profile(), drift=0.5)
    undated, change = float_corrections.adjust(
        profile(time=np.datetime64("NaT", "ms")), drift=0.5, launched=np.datetime64("2011-01-01")
    )
    assert change.lost == 5 and np.isnan(change.median) and (undated["oxygen_flag"].to_numpy() == 9).all()


def test_offset_and_incline_act_on_partial_pressure():
    table = profile(salinity=np.array([35.5, 35.5, 35.4, 35, np.nan]))
    new, change = float_corrections.adjust(table, slope=1.02, offset=-3.0, incline=0.001)
    state = [table[name].to_numpy() for name in ("salinity", "temperature", "pressure")]
    density = seawater.potential_density(*state, 20.0, -30.0)
    before = oxygen_units.pO2(oxygen(table) * density, *state)
    after = oxygen_units.pO2(oxygen(new) * density, *state)
    np.testing.assert_allclose(after[:4], -3 + (1.02 + 0.001 * state[1][:4]) * before[:4])
    assert np.isnan(oxygen(new)[4]) and new["oxygen_original"].to_numpy()[4] == 180
    assert (change.levels, change.lost) == (4, 1)


def test_only_floats_or_the_chosen_levels_are_corrected():
    ship = profile(instrument="bottle")
    same, change = float_corrections.adjust(ship, 1.1)
    assert change.levels == 0 and oxygen(same).tolist() == oxygen(ship).tolist()
    assert np.isnan(same["oxygen_original"].to_numpy()).all()
    chosen = np.array([True, False, False, False, False])
    new, change = float_corrections.adjust(ship, 1.1, where=chosen)
    assert change.levels == 1 and oxygen(new)[0] == pytest.approx(242) and oxygen(new)[1] == 220


def test_the_pressure_effect_check_value():
    assert float(float_corrections.foil_factor(5, 1000)) == pytest.approx(1.0430, abs=1e-12)
    new, change = float_corrections.pressure_effect(profile())
    np.testing.assert_allclose(oxygen(new)[4], 180 * (1 + 0.00022 * 4 + 0.0419))
    assert change.source == "Bittig et al. 2015"


def test_gain_in_air_and_its_reference():
    assert float(float_corrections.gain_in_air(200.0, 1013.25, 15)) == pytest.approx(208.67 / 200, abs=3e-5)


@given(st.floats(0.9, 1.3), st.floats(0, 0.4), st.integers(0, 1000))
@settings(deadline=None)
def test_gain_and_carry_over_come_back_from_data_without_noise(m, c, seed):
    random = np.random.default_rng(seed)
    reference, water = random.uniform(205, 212, 40), random.uniform(190, 230, 40)
    air = (reference + c * (m * water - reference)) / m
    air[3] = np.nan
    assert float_corrections.carry_over(air, water, reference) == pytest.approx((m, c), abs=1e-8)
    gains = float_corrections.gain_with_carry_over(air, water, reference, c)
    np.testing.assert_allclose(np.delete(gains, 3), m)


def test_carry_over_needs_surfacings_that_differ():
    with pytest.raises(InputError, match="20 surfacings"):
        float_corrections.carry_over(np.ones(20), np.arange(20), np.arange(20))
    with pytest.raises(InputError, match="do not vary"):
        float_corrections.carry_over(np.full(30, 200.0), np.full(30, 210.0), np.full(30, 208.0))


def test_the_gain_at_the_surface_is_that_of_the_mean_saturation():
    surface = oxygen_units.solubility(35.5, 18) / seawater.potential_density(35.5, 18, 5, 20.0, -30.0)
    low = profile("1_002", oxygen=np.array([surface / 1.08, surface / 1.08, 100, 100, 100]))
    deep = profile("1_003", pressure=PRESSURE + 30)
    ship = profile("9", instrument="bottle")
    table = pa.concat_tables([low, deep, ship]).unify_dictionaries()
    gains = float_corrections.gain_at_surface(table)
    assert gains["cruise"].tolist() == ["1", "1"]
    assert gains["gain"][0] == pytest.approx(1.08, abs=2e-3) and np.isnan(gains["gain"][1])
    ninety = float_corrections.gain_at_surface(table, np.array([90.0, 100, 100]))
    assert ninety["gain"][0] == pytest.approx(0.9 * gains["gain"][0])


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
    new, change = float_corrections.adjust(table, slope=1.023896, where=raw)
    assert change.levels == np.isfinite(oxygen(table)[raw]).sum()
    frame = frame.assign(oxygen=oxygen(new), cycle=frame["cast"].astype(str).str.replace(r"#B[RD]", "#", regex=True))
    joined = frame[raw].merge(frame[~raw], on=["cycle", "pressure"], suffixes=("", "_adjusted"))
    joined = joined.dropna(subset=["oxygen", "oxygen_adjusted"])
    assert len(joined) > 28_000
    np.testing.assert_allclose(joined["oxygen"], joined["oxygen_adjusted"], rtol=2e-6, atol=2e-4)
