import numpy as np
import pyarrow as pa
import pytest

from qc.corrections import float_oxygen, response_time
from qc.errors import InputError
from qc.physics import seawater
from qc.physics.oxygen import pO2
from qc.readers import registry as readers
from qc.table import schema
from tests.support.float_oxygen import oxygen, profile


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
    given = np.array([2.0, 2, np.nan, 2, 2])
    table = profile(oxygen_uncertainty=given, salinity=np.array([35.5, 35.5, 35.4, 35, np.nan]))
    new, _ = float_oxygen.adjust(table, 1.07)
    np.testing.assert_allclose(new["oxygen_uncertainty"].to_numpy(), 1.07 * given)
    new, change = float_oxygen.adjust(table, 1.07, slope_error=0.01)
    expected = np.hypot(1.07 * np.nan_to_num(given), 0.01 * oxygen(table))  # all that raw oxygen has
    np.testing.assert_allclose(new["oxygen_uncertainty"].to_numpy(), expected)
    assert change.parameters["slope_error"] == 0.01
    new, _ = float_oxygen.adjust(table, 1.02, offset=-3, incline=0.001)  # where the value is lost, so is this
    factor = 1.02 + 0.001 * table["temperature"].to_numpy()
    np.testing.assert_allclose(new["oxygen_uncertainty"].to_numpy(), factor * given * [1, 1, 1, 1, np.nan])
    new, _ = float_oxygen.pressure_effect(table)
    np.testing.assert_allclose(new["oxygen_uncertainty"].to_numpy()[4], 2 * oxygen(new)[4] / 180)
    ship, _ = float_oxygen.adjust(profile(oxygen_uncertainty=given, instrument="bottle"), 1.07)
    np.testing.assert_array_equal(ship["oxygen_uncertainty"].to_numpy(), given)


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


def test_what_its_operator_adjusted_is_left_alone():
    table = profile(oxygen_original_unit=f"micromole/kg{schema.ADJUSTED_NOTE}")
    new, change = float_oxygen.adjust(table, 1.07)
    assert new.to_pandas().equals(table.to_pandas()) and change.levels == 0


def test_adjusted_oxygen_is_no_longer_suspect_for_being_raw():
    original = np.array(["argo:3", "argo:4", "argo:3", "argo:3", "whp_ctd:3"])
    flag = np.array([3, 4, 3, 3, 3], np.int8)
    checks = np.array([0, 0, 1, 0, 0], np.uint64)
    table = profile(oxygen_original_flag=original, oxygen_flag=flag, oxygen_checks=checks)
    new, change = float_oxygen.adjust(table, 1.07)
    assert new["oxygen_flag"].to_pylist() == [2, 4, 3, 2, 3] and change.evaluable == 2
    assert new["oxygen_original_flag"].to_pylist() == original.tolist()
    same, _ = float_oxygen.pressure_effect(table)
    assert same["oxygen_flag"].to_pylist() == flag.tolist(), "only a gain makes raw oxygen calibrated"
