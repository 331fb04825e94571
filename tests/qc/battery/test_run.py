import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.battery import battery, run
from qc.table import flags, schema
from tests.support.float_profiles import NOW, changed, flag, make, names

SHIPPED = battery.load_battery()
NOTES = np.uint64(sum(1 << check.bit for check in SHIPPED.checks if check.severity == "note"))


def test_clean_profiles_pass_and_are_then_evaluated():
    table = run.run_battery(make(), now=NOW)
    schema.check(table, "test")
    assert (flag(table) == flags.PASS).all()
    assert (flag(table, "temperature") == flags.PASS).all()
    assert (flag(table, "nitrate") == flags.MISSING).all()
    assert not table["oxygen_checks"].to_numpy().any()
    assert (flag(table, "position") == flags.PASS).all() and (flag(table, "time") == flags.PASS).all()


@pytest.mark.parametrize(
    "column, row, value, expected, severity",
    [
        ("latitude", 0, 95.0, {"off_globe"}, 4),
        ("longitude", 0, np.nan, {"no_position"}, 1),
        ("time", 0, np.datetime64("1850-01-01", "ms"), {"impossible_date"}, 4),
        ("time", 0, np.datetime64("2026-01-01", "ms"), {"impossible_date"}, 4),
        ("time", 0, np.datetime64("NaT", "ms"), {"no_date"}, 1),
        ("pressure", 0, -6.0, {"pressure_range"}, 4),
        ("pressure", 0, np.nan, {"pressure_range"}, 4),
        ("pressure", 5, 10.0, {"pressure_order"}, 4),
        ("oxygen", 0, 601.0, {"range", "plausible"}, 4),
        ("oxygen", 0, 500.0, {"plausible", "supersaturation"}, 4),
        ("oxygen", 0, 350.0, {"supersaturation"}, 4),
        ("oxygen", 0, 300.0, {"high_saturation"}, 3),
        ("oxygen", 11, 320.0, {"deep_supersaturation"}, 3),
        ("oxygen", 0, -1.0, {"low_saturation"}, 3),
        ("oxygen", 0, -4.0, {"low_saturation", "plausible"}, 3),
        ("oxygen", 4, 0.0, {"zero_as_missing", "spike"}, 4),
        ("oxygen", 11, 0.0, set(), 1),
        ("temperature_flag", 3, 4, {"bad_temperature_salinity"}, 4),
        ("salinity_flag", 3, 4, {"bad_temperature_salinity"}, 3),
        ("oxygen", 4, 200.0, {"spike"}, 4),
        ("temperature", 0, 45.0, set(), 1),
    ],
)
def test_one_fault_sets_its_bits_and_lowers_the_flag(column, row, value, expected, severity):
    table = run.run_battery(changed(make(), column, row, value), now=NOW)
    assert set(names(table, row)) == expected
    assert flag(table)[row] == severity
    assert (flag(table)[12:] == flags.PASS).all(), "the other casts are untouched"


@pytest.mark.parametrize(
    "column, value, name, own, expected",
    [
        ("longitude", np.nan, "position", flags.MISSING, flags.PASS),
        ("time", np.datetime64("NaT", "ms"), "time", flags.MISSING, flags.PASS),
        ("latitude", 95.0, "position", flags.FAIL, flags.FAIL),
        ("time", np.datetime64("1850-01-01", "ms"), "time", flags.FAIL, flags.FAIL),
        ("position_flag", 3, "position", flags.SUSPECT, flags.PASS),
        ("position_flag", 4, "position", flags.FAIL, flags.PASS),
        ("time_flag", 4, "time", flags.FAIL, flags.PASS),
    ],
)
def test_a_missing_place_or_time_has_a_flag_of_its_own_and_a_wrong_one_counts_for_the_values(
    column, value, name, own, expected
):
    table = changed(make(), column, slice(0, 12), value)
    if own == flags.MISSING:
        table = changed(table, f"{name}_flag", slice(0, 12), 9)
    table = run.run_battery(table, is_land=lambda latitude, longitude: latitude < 0, now=NOW)
    schema.check(table, "test")
    assert set(flag(table, name)[:12]) == {own} and set(flag(table, name)[12:]) == {flags.PASS}
    assert set(flag(table)[:12]) == {expected} and set(flag(table)[12:]) == {flags.PASS}


@given(
    row=st.integers(0, 47), value=st.sampled_from([601.0, 320.0, -4.0, 0.0, 200.0]),
    column=st.sampled_from(["latitude", "longitude", "time"]), casts=st.sets(st.integers(0, 3)),
)  # fmt: skip
def test_a_value_gets_the_flag_that_it_has_where_place_and_time_are_known(row, value, column, casts):
    table = changed(make(), "oxygen", row, value)
    known = flag(run.run_battery(table, now=NOW))
    rows = np.isin(np.arange(48) // 12, list(casts))
    missing = np.datetime64("NaT", "ms") if column == "time" else np.nan
    table = changed(table, column, rows, missing)
    table = changed(table, "time_flag" if column == "time" else "position_flag", rows, 9)
    np.testing.assert_array_equal(flag(run.run_battery(table, now=NOW)), known)


def test_a_bottle_cannot_be_negative_and_a_sensor_may():
    for instrument, expected in (("bottle", flags.FAIL), ("ctd", flags.PASS)):
        table = run.run_battery(changed(make(instrument=instrument), "oxygen", 11, -1.0), now=NOW)
        assert flag(table)[11] == expected


def test_a_wrong_position_flags_every_value_there_and_no_missing_one():
    table = make(latitude=np.zeros(48), longitude=np.zeros(48))
    table = run.run_battery(changed(changed(table, "salinity", 3, np.nan), "salinity_flag", 3, 9), now=NOW)
    for variable in ("temperature", "oxygen"):
        assert names(table, 3, variable) == ("null_island",)
        assert (flag(table, variable) == flags.SUSPECT).all()
    assert names(table, 3, "salinity") == () and flag(table, "salinity")[3] == flags.MISSING
    assert not table["nitrate_checks"].to_numpy().any()


def test_on_land_needs_a_mask():
    assert not run.run_battery(make(), now=NOW)["oxygen_checks"].to_numpy().any()
    table = run.run_battery(make(), is_land=lambda latitude, longitude: longitude < 0, now=NOW)
    assert names(table, 0) == ("on_land",)


def test_equal_pressures_are_two_stops_of_a_bottle_sensor_and_a_fault_of_a_float():
    for instrument, expected in (("ctd", ()), ("float", ("pressure_order",))):
        table = make(instrument=instrument)
        pressure = table["pressure"].to_numpy()[4]
        assert names(run.run_battery(changed(table, "pressure", 5, pressure), now=NOW), 5) == expected


def flat(depth: float):
    return lambda latitude, longitude: (np.full(latitude.shape, depth), np.zeros(latitude.shape))


def test_below_the_floor_needs_a_floor():
    table = run.run_battery(make(), floor=flat(100.0), now=NOW)
    assert names(table, 0) == ("below_floor",) and (flag(table) == flags.SUSPECT).all()


@pytest.mark.parametrize("pressure, check", [(15000.0, "pressure_range"), (1800.0, "pressure_order")])
def test_a_pressure_that_failed_does_not_sink_its_cast(pressure, check):
    table = changed(make(casts=1).take(np.arange(12)[::-1]), "pressure", 4, pressure)
    table = run.run_battery(table, floor=flat(500.0), now=NOW)
    found = {name for row in range(table.num_rows) for name in names(table, row)}
    assert check in found and "below_floor" not in found


def test_one_pressure_too_deep_flags_neither_the_levels_below_it_nor_its_cast():
    table = changed(make(casts=1), "pressure", 4, 1800.0)
    table = run.run_battery(table, floor=flat(500.0), now=NOW)
    assert [names(table, row) for row in range(12)] == [("pressure_order",) if row == 4 else () for row in range(12)]
    assert flag(table).tolist() == [flags.FAIL if row == 4 else flags.PASS for row in range(12)]


def test_a_note_sets_its_bit_and_leaves_the_flag():
    table = run.run_battery(make(casts=4, levels=2), now=NOW)
    assert names(table, 0) == ("few_levels",) and (flag(table) == flags.PASS).all()


def test_saturation_is_unknown_where_salinity_failed():
    table = changed(changed(make(), "oxygen", 0, 300.0), "salinity", 0, 45.0)
    assert names(run.run_battery(table, now=NOW), 0) == ()


def test_values_flagged_bad_by_their_archive_do_not_count_for_the_unit():
    table = make()
    surface = np.flatnonzero(table["pressure"].to_numpy() <= 20)
    table = changed(table, "oxygen", surface, 5.0)
    assert "unit_misreport" in names(run.run_battery(table, now=NOW), 5)
    assert names(run.run_battery(changed(table, "oxygen_flag", surface, flags.FAIL), now=NOW), 5) == ()


def test_density_inversions_are_ones_of_temperature_and_salinity():
    table = run.run_battery(changed(make(), "temperature", 5, 15.0), now=NOW)
    assert names(table, 5, "temperature") == names(table, 4, "salinity") == ("density_inversion",)
    assert flag(table, "temperature")[5] == flags.SUSPECT and flag(table)[5] == flags.PASS


def test_an_original_flag_is_never_raised_to_better():
    table = make()
    original = np.resize([1, 2, 3, 4], table.num_rows)
    table = changed(table, "oxygen_flag", slice(None), original)
    np.testing.assert_array_equal(flag(run.run_battery(table, now=NOW)), np.where(original == 2, 1, original))


def test_nothing_is_passed_without_a_range_check():
    table = changed(changed(make(), "nitrate", slice(None), 10.0), "nitrate_flag", slice(None), 2)
    only = SHIPPED.model_copy(update={"checks": tuple(c for c in SHIPPED.checks if c.kind != "range")})
    assert (flag(run.run_battery(table, only, now=NOW), "nitrate") == flags.NOT_EVALUATED).all()
    assert (flag(run.run_battery(table, now=NOW), "nitrate") == flags.PASS).all()


def test_a_level_its_archive_calls_bad_is_skipped_by_its_neighbours():
    table = changed(make(), "oxygen", 5, 400.0)
    assert "spike" in names(run.run_battery(table, now=NOW), 5)
    table = run.run_battery(changed(table, "oxygen_flag", 5, 4), now=NOW)
    assert not {"spike", "gradient"} & {name for row in range(12) for name in names(table, row)}


def test_the_order_of_levels_in_a_cast_does_not_matter_along_the_vertical():
    table = changed(make(casts=1, instrument="bottle"), "oxygen", 5, 400.0)
    upward = run.run_battery(table.take(np.arange(12)[::-1]), now=NOW).take(np.arange(12)[::-1])
    result = run.run_battery(table, now=NOW)
    for name in ("oxygen_checks", "oxygen_flag", "temperature_flag"):
        assert result[name].equals(upward[name])
    assert "spike_bottle" in names(upward, 5)


@given(st.integers(0, 2**31), st.integers(1, 6), st.integers(1, 9))
@settings(max_examples=30)
def test_wild_tables_keep_their_rows_whatever_the_order_of_casts(seed, casts, levels):
    random = np.random.default_rng(seed)
    n = casts * levels
    wild = random.choice([0.0, 5.0, 250.0, 500.0, -3.0, np.nan], n) + random.choice([0.0, 0.5], n)
    instrument = np.repeat(random.choice(["bottle", "ctd", "float"], casts), levels)
    table = make(casts, levels, oxygen=wild, instrument=instrument, pressure=random.uniform(0, 600, n))
    before = [column.to_pylist() for column in table.columns]
    result = run.run_battery(table, now=NOW)
    schema.check(result, "test")
    assert repr([column.to_pylist() for column in table.columns]) == repr(before), "the table given is not edited"
    for column, name in zip(before, table.column_names):
        if not name.endswith(("_flag", "_checks")):
            assert repr(result[name].to_pylist()) == repr(column)
    failed = result["oxygen_checks"].to_numpy() & ~NOTES > 0
    assert np.isin(flag(result)[failed], (flags.SUSPECT, flags.FAIL)).all()
    assert np.isin(flag(result)[~failed], (flags.PASS, flags.MISSING)).all()
    whole = np.arange(n).reshape(casts, levels)[random.permutation(casts)].ravel()
    interleaved = np.arange(n).reshape(casts, levels).T.ravel()
    for order in (whole, interleaved):
        other = run.run_battery(table.take(order), now=NOW)
        for name in ("oxygen_flag", "oxygen_checks", "temperature_checks"):
            np.testing.assert_array_equal(other[name].to_numpy(), result[name].to_numpy()[order])


def test_an_empty_table_stays_empty():
    table = make().slice(0, 0)
    assert run.run_battery(table, now=NOW).num_rows == 0
