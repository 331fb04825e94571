import numpy as np
import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.battery import battery, run
from qc.battery.counts import by_name
from qc.errors import InputError
from qc.table import flags, schema

NOW = np.datetime64("2025-01-01", "ms")
SHIPPED = battery.load_battery()
NOTES = np.uint32(sum(1 << check.bit for check in SHIPPED.checks if check.severity == "note"))


def make(casts: int = 4, levels: int = 12, **columns: object) -> pa.Table:
    """Clean profiles of a float; columns replace what is there."""
    n = casts * levels
    pressure = np.tile(np.linspace(2, 400, levels), casts)
    decay = np.exp(-pressure / 150)
    base = {
        "source": "argo",
        "file": "profiles.nc",
        "cast": np.repeat([f"c{i}" for i in range(casts)], levels),
        "cruise": "5900001",
        "instrument": "float",
        "time": np.full(n, np.datetime64("2010-06-01", "ms")),
        "latitude": np.full(n, 20.0),
        "longitude": np.full(n, -150.0),
        "pressure": pressure,
        "temperature": 5 + 15 * decay,
        "salinity": np.full(n, 35.0),
        "oxygen": 60 + 160 * decay,
    }
    return schema.from_columns(base | columns, "test")


def changed(table: pa.Table, column: str, rows: object, value: object) -> pa.Table:
    values = table[column].to_numpy().copy()
    values[rows] = value
    field = table.schema.field(column)
    return table.set_column(table.schema.get_field_index(column), field, pa.array(values, field.type))


def names(table: pa.Table, row: int, variable: str = "oxygen") -> tuple[str, ...]:
    return battery.bit_names(table[f"{variable}_checks"][row].as_py())


def flag(table: pa.Table, variable: str = "oxygen") -> np.ndarray:
    return table[f"{variable}_flag"].to_numpy()


def test_clean_profiles_pass_and_are_then_evaluated():
    table = run.run_battery(make(), now=NOW)
    schema.check(table, "test")
    assert (flag(table) == flags.PASS).all()
    assert (flag(table, "temperature") == flags.PASS).all()
    assert (flag(table, "nitrate") == flags.MISSING).all()
    assert not table["oxygen_checks"].to_numpy().any()


@pytest.mark.parametrize(
    "column, row, value, expected, severity",
    [
        ("latitude", 0, 95.0, {"off_globe"}, 4),
        ("longitude", 0, np.nan, {"off_globe"}, 4),
        ("time", 0, np.datetime64("1850-01-01", "ms"), {"impossible_date"}, 4),
        ("time", 0, np.datetime64("2026-01-01", "ms"), {"impossible_date"}, 4),
        ("time", 0, np.datetime64("NaT", "ms"), {"no_date"}, 3),
        ("pressure", 0, -6.0, {"pressure_range"}, 4),
        ("pressure", 0, np.nan, {"pressure_range"}, 4),
        ("pressure", 5, 10.0, {"pressure_order"}, 4),
        ("oxygen", 0, 601.0, {"range", "plausible"}, 4),
        ("oxygen", 0, 500.0, {"plausible", "supersaturation"}, 4),
        ("oxygen", 0, 350.0, {"supersaturation"}, 4),
        ("oxygen", 0, 300.0, {"high_saturation"}, 3),
        ("oxygen", 11, 320.0, {"deep_supersaturation"}, 3),
        ("oxygen", 0, -1.0, set(), 1),
        ("oxygen", 0, -4.0, {"plausible"}, 3),
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


def test_a_bottle_cannot_be_negative_and_a_sensor_may():
    for instrument, expected in (("bottle", flags.FAIL), ("ctd", flags.PASS)):
        table = run.run_battery(changed(make(instrument=instrument), "oxygen", 11, -1.0), now=NOW)
        assert flag(table)[11] == expected


def test_faults_of_place_hit_every_value_there_and_nothing_that_is_missing():
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


def test_one_pressure_too_deep_accuses_neither_the_levels_below_it_nor_its_cast():
    table = changed(make(casts=1), "pressure", 4, 1800.0)
    table = run.run_battery(table, floor=flat(500.0), now=NOW)
    assert [names(table, row) for row in range(12)] == [("pressure_order",) if row == 4 else () for row in range(12)]
    assert flag(table).tolist() == [flags.FAIL if row == 4 else flags.PASS for row in range(12)]


def test_a_note_sets_its_bit_and_leaves_the_flag():
    table = run.run_battery(make(casts=4, levels=2), now=NOW)
    assert names(table, 0) == ("few_levels",) and (flag(table) == flags.PASS).all()


def test_parts_judged_by_the_statistics_of_all_are_the_whole():
    """A cast that is odd among all others, in a part with too few of them to tell."""
    table = changed(make(casts=40), "oxygen", 5 * 12 + 1, 150.0)
    table = changed(changed(table, "oxygen", 20 * 12 + 1, 150.0), "salinity", 20 * 12 + 1, 45.0)
    checks = battery.load_battery()
    cuts = [table.slice(0, 3 * 12), table.slice(3 * 12, 10 * 12), table.slice(13 * 12)]
    heard, counts = zip(*(run.run_profile_tests(part, checks, now=NOW) for part in cuts))
    regions = run.regional_statistics(counts, checks)
    together = pa.concat_tables([run.run_regional_tests(part, checks, regions) for part in heard])
    whole = run.run_battery(table, now=NOW)
    assert names(whole, 61) == ("regional",)
    assert names(whole, 241) == (), "without salinity nobody knows its density"
    for column in ("oxygen_flag", "oxygen_checks", "temperature_flag", "salinity_flag"):
        np.testing.assert_array_equal(together[column].to_numpy(), whole[column].to_numpy())


def test_suspect_values_are_judged_by_their_region_and_do_not_define_it():
    rows = np.arange(25 * 12).reshape(25, 12)[:, 1]  # most of the 40 casts hold one wrong value
    table = changed(make(casts=40), "oxygen", rows, 150.0)
    crowd = run.run_battery(table, now=NOW)
    assert names(crowd, 1) == () and names(crowd, 30 * 12 + 1) == ("regional",)
    crowd = run.run_battery(changed(table, "oxygen_flag", rows, flags.SUSPECT), now=NOW)
    assert names(crowd, 1) == () and names(crowd, 30 * 12 + 1) == (), "fifteen sound casts are too few to tell"
    rows = rows[:15]
    table = changed(changed(make(casts=40), "oxygen", rows, 150.0), "oxygen_flag", rows, flags.SUSPECT)
    judged = run.run_battery(table, now=NOW)
    assert names(judged, 1) == ("regional",) and names(judged, 30 * 12 + 1) == ()


def test_saturation_is_unknown_where_salinity_failed():
    table = changed(changed(make(), "oxygen", 0, 300.0), "salinity", 0, 45.0)
    assert names(run.run_battery(table, now=NOW), 0) == ()


def test_values_that_their_archive_calls_bad_say_nothing_of_the_unit():
    table = make()
    surface = np.flatnonzero(table["pressure"].to_numpy() <= 20)
    table = changed(table, "oxygen", surface, 5.0)
    assert "unit_misreport" in names(run.run_battery(table, now=NOW), 5)
    assert names(run.run_battery(changed(table, "oxygen_flag", surface, flags.FAIL), now=NOW), 5) == ()


def test_a_climatology_judges_where_it_knows_and_the_table_elsewhere():
    table = changed(make(casts=40), "oxygen", 5 * 12 + 1, 150.0)  # no spike, but 34 lower than in the other casts
    assert names(run.run_battery(table, now=NOW), 61) == ("regional",)

    def mean_and_spread(latitude, longitude, pressure):
        assert latitude.shape == longitude.shape == pressure.shape
        known = pressure > 200
        return np.where(known, 60.0, np.nan), np.where(known, 5.0, np.nan)

    result = run.run_battery(table, now=NOW, climatology=mean_and_spread)
    expected = (table["pressure"].to_numpy() > 200) & (np.abs(table["oxygen"].to_numpy() - 60) > 15)
    expected[61] = True
    found = np.array(["regional" in names(result, row) for row in range(result.num_rows)])
    np.testing.assert_array_equal(found, expected)


def test_density_inversions_are_ones_of_temperature_and_salinity():
    table = run.run_battery(changed(make(), "temperature", 5, 15.0), now=NOW)
    assert names(table, 5, "temperature") == names(table, 4, "salinity") == ("density_inversion",)
    assert flag(table, "temperature")[5] == flags.SUSPECT and flag(table)[5] == flags.PASS


def test_sums_of_oxygen_and_nutrients_that_no_neighbour_has_are_suspect():
    only = SHIPPED.model_copy(
        update={"checks": tuple(c.model_copy(update={"enabled": c.name == "stoichiometry"}) for c in SHIPPED.checks)}
    )
    oxygen = make(casts=30)["oxygen"].to_numpy()
    table = make(casts=30, oxygen=oxygen, phosphate=(600 - oxygen) / 170)
    odd = 7 * 12 + 11
    result = run.run_battery(changed(table, "oxygen", odd, 110.0), only, now=NOW)
    assert np.flatnonzero(result["oxygen_checks"].to_numpy()).tolist() == [odd]
    assert (
        not run.run_battery(changed(table, "phosphate", odd, 5.0), only, now=NOW)["phosphate_checks"].to_numpy().any()
    )


def test_an_original_flag_is_never_raised_to_better():
    table = make()
    original = np.resize([1, 2, 3, 4], table.num_rows)
    table = changed(table, "oxygen_flag", slice(None), original)
    np.testing.assert_array_equal(flag(run.run_battery(table, now=NOW)), np.where(original == 2, 1, original))


def test_nothing_is_passed_that_no_range_check_judged():
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
@settings(max_examples=30, deadline=None)
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


def test_names_and_reasons_of_bits():
    bits = 1 << 8 | 1 << 16 | 1 << 31
    without = SHIPPED.model_copy(update={"marks": ()})
    assert battery.bit_names(bits, without) == ("range", "spike", "bit 31")
    assert "Argo real-time test 9" in battery.explain(bits)
    assert battery.explain(0) == "no check failed"
    spoilt = battery.explain(1 << 24)
    assert spoilt.startswith("bad_temperature_salinity (fail by temperature, suspect by salinity): ")


def test_tally_accounts_for_every_level():
    table = changed(make(), "oxygen", [5, 20], [400.0, 700.0])
    table = changed(changed(table, "oxygen", 40, np.nan), "oxygen_flag", 40, 9)
    counts = by_name(run.run_battery(table, now=NOW)).loc["argo"]
    assert counts["levels"] == 48 and counts["missing"] == 1 and counts["bad"] == 2
    assert counts[["good", "suspect", "bad", "missing", "not_evaluated"]].sum() == 48
    assert counts["range"] == 1 and counts["spike"] == 1, "what is out of range is not compared again"
    assert by_name(table, by="cruise").index.tolist() == ["5900001"]
    for bad in ({"variable": "oxygenn"}, {"by": "latitude"}):
        with pytest.raises(InputError):
            by_name(table, **bad)


def test_every_check_of_the_shipped_battery_is_cited_and_disabled_ones_do_not_run():
    assert all(check.source for check in SHIPPED.checks)
    assert "stoichiometry" not in [check.name for check in SHIPPED.enabled]


@pytest.mark.parametrize(
    "spoil, message",
    [
        (lambda b: b["checks"][0].update(thresh=3), "thresh"),
        (lambda b: b["checks"][0].update(bit=1), "bit 1"),
        (lambda b: b["checks"][0].update(bit=32), "bit"),
        (lambda b: b["checks"][0].update(severity="bad"), "severity"),
        (lambda b: b["checks"][0].update(kind="magic"), "kind"),
        (lambda b: b["checks"][0].pop("source"), "source"),
        (lambda b: b["duplicates"].update(agreement=2), "agreement"),
        (lambda b: b.pop("duplicates"), "duplicates"),
    ],
)
def test_a_battery_file_at_fault_gets_one_clear_line(tmp_path, spoil, message):
    content = yaml.safe_load(battery.SHIPPED.read_text())
    spoil(content)
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(content))
    with pytest.raises(InputError, match=message) as error:
        battery.load_battery(path)
    assert "\n" not in str(error.value) and "mine.yaml" in str(error.value)


def test_a_battery_file_that_is_none(tmp_path):
    path = tmp_path / "mine.yaml"
    with pytest.raises(InputError, match="no such battery"):
        battery.load_battery(path)
    path.write_text("checks: [")
    with pytest.raises(InputError, match="not a YAML"):
        battery.load_battery(path)


def test_a_custom_battery_is_obeyed(tmp_path):
    content = yaml.safe_load(battery.SHIPPED.read_text())
    content["checks"] = [c for c in content["checks"] if c["name"] == "range"]
    content["checks"][0]["limits"]["oxygen"] = [0, 100]
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(content))
    mine = battery.load_battery(path)
    table = run.run_battery(make(), mine, now=NOW)
    high = table["oxygen"].to_numpy() > 100
    np.testing.assert_array_equal(flag(table) == flags.FAIL, high)
