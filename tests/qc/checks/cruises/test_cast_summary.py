import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from qc.battery import battery, cruises, run
from qc.checks.cruises import cast_summary
from qc.duplicates import search
from qc.errors import InputError
from qc.table import schema
from tests.support.cruise_sections import cruise, join

BITS = battery.load_battery().bits
TIME = np.datetime64("1995-05-05T06:30", "ms")


def profile(name: str, pressure: list[float], oxygen: list[float], **columns: object) -> pa.Table:
    n = len(pressure)
    base: dict[str, object] = {"source": "wod", "file": "f", "cast": name, "cruise": "c", "instrument": "bottle"}
    base |= {"time": np.full(n, TIME), "latitude": np.full(n, 10.0), "longitude": np.full(n, -20.0)}
    return schema.from_columns(base | {"pressure": np.array(pressure), "oxygen": np.array(oxygen)} | columns, "test")


def test_a_row_holds_what_the_levels_say():
    table = profile("1", [0.0, 100.0, 2400.0, 2800.0], [240.0, 1000.0, 200.0, 210.0])
    table = pa.concat_tables([table, profile("2", [10.0, np.nan], [np.nan, np.nan])]).unify_dictionaries()
    row, empty = cast_summary.summarise(run.run_battery(table), BITS).to_pylist()
    assert (row["cast"], row["cruise"], row["platform"], row["time"]) == ("1", "c", None, TIME.astype(object))
    assert (row["latitude"], row["longitude"], row["duplicate_of"]) == (10.0, -20.0, None)
    assert (row["levels"], row["failed"]) == (4, 1)
    assert row["oxygen_2500"] == pytest.approx(202.5) and np.isnan(row["oxygen_3000"])
    assert (empty["levels"], empty["failed"]) == (0, 0)


def test_deep_oxygen_is_not_interpolated_over_wide_gaps_nor_from_bad_values():
    wide = profile("1", [1500.0, 2600.0], [200.0, 200.0])
    bad = profile("2", [2400.0, 2450.0, 2600.0], [200.0, 900.0, 230.0])
    table = run.run_battery(pa.concat_tables([wide, bad]).unify_dictionaries())
    first, second = cast_summary.summarise(table, BITS)["oxygen_2500"].to_pylist()
    assert np.isnan(first) and second == pytest.approx(215.0)


@pytest.mark.parametrize("pressure", [[2400.0, 2500.0], [2500.0, 2600.0], [1500.0, 2500.0, 2600.0]])
def test_a_level_at_the_surface_itself_counts_wherever_it_lies(pressure):
    oxygen = [200.0 if p == 2500 else 100.0 for p in pressure]
    assert cast_summary.summarise(profile("1", pressure, oxygen), BITS)["oxygen_2500"].to_pylist() == [200.0]


def test_parts_summarised_apart_make_the_summary_of_the_whole():
    parts = [profile(str(i), [10.0, 2400.0, 2600.0], [250.0, 190.0 + i, 200.0]) for i in range(5)]
    whole = cast_summary.summarise(pa.concat_tables(parts).unify_dictionaries(), BITS)
    joined = pa.concat_tables([cast_summary.summarise(part, BITS) for part in parts]).unify_dictionaries()
    assert joined.schema.equals(cast_summary.CASTS)
    pd.testing.assert_frame_equal(joined.to_pandas(), whole.to_pandas(), check_categorical=False)


def test_notes_are_no_failures():
    table = run.run_battery(profile("1", [10.0, 20.0], [250.0, 240.0], oxygen_flag=np.array([3, 1])))
    assert table["oxygen_checks"].to_pylist() == [1 << 14] * 2, "few levels"
    assert cast_summary.summarise(table, BITS)["failed"].to_pylist() == [0]


def test_a_summary_is_the_same_before_and_after_the_cross_profile_tests():
    """Oxygen odd in its region, and elsewhere out of range."""
    n, checks = 40, battery.load_battery()
    checks = checks.model_copy(update={"checks": [one for one in checks.checks if "bottle_" not in one.name]})
    deep = np.array([10.0, 500.0, 2400.0, 2600.0])
    oxygen = np.tile([240.0, 180.0, 200.0, 210.0], (n, 1))
    oxygen[7, 2:], oxygen[9, 1] = 150.0, 700.0
    place = {"temperature": np.tile([20.0, 8, 4, 1], n), "salinity": np.full(4 * n, 35.0)}
    table = profile("1", np.tile(deep, n), oxygen.ravel(), **place | {"cast": np.repeat(np.arange(n).astype(str), 4)})
    tested, _ = run.run_profile_tests(table, checks)
    whole = run.run_battery(table, checks)
    regional = np.uint64(sum(1 << check.bit for check in checks.regional))
    assert (whole["oxygen_checks"].to_numpy() & regional > 0).sum() == 2
    expected = cast_summary.summarise(tested, BITS)
    assert expected["oxygen_2500"][7].as_py() == pytest.approx(150) and sum(expected["failed"].to_pylist()) == 1
    for table in (whole, cruises.check_cruises(whole)):
        pd.testing.assert_frame_equal(cast_summary.summarise(table, BITS).to_pandas(), expected.to_pandas())


def test_no_rows_no_casts():
    assert cast_summary.summarise(profile("1", [1.0], [1.0]).slice(0, 0), BITS).num_rows == 0


def test_another_table_is_refused():
    with pytest.raises(InputError, match="observation schema"):
        cast_summary.summarise(pa.table({"oxygen": [1.0]}), BITS)


def test_copies_written_into_a_summary_are_those_of_the_marked_table():
    table = join(cruise("X", source="glodap"), cruise("Y"), cruise("B", lon=10.0))
    rules = battery.load_battery().duplicates
    written = cast_summary.with_copies(cast_summary.summarise(table, BITS), search.find(table, rules))
    assert written.schema.equals(cast_summary.CASTS) and written["duplicate_of"].null_count == 40
    marked = cast_summary.summarise(search.mark(table, rules), BITS)
    pd.testing.assert_frame_equal(written.to_pandas(), marked.to_pandas(), check_categorical=False)


def test_the_surface_is_the_upper_ten_dbar_or_twenty_and_only_what_the_archive_accepts():
    water = {"temperature": np.full(4, 10.0), "salinity": np.full(4, 35.0)}
    true = 274.5957  # of Garcia and Gordon (1992) at 10 degC and 35
    near = profile("1", [0.0, 5.0, 15.0, 500.0], [true, 1.1 * true, 2 * true, 100.0], **water)
    lower = profile("2", [12.0, 18.0, 30.0, 500.0], [1.2 * true, 1.4 * true, 0.5 * true, 100.0], **water)
    no_water = profile("3", [0.0, 30.0, 40.0, 500.0], [200.0, 100.0, 100.0, 100.0])
    bad = profile("4", [0.0, 5.0, 10.0, 500.0], [0.1, 1.0, true, 100.0], oxygen_flag=np.array([4, 4, 1, 1]), **water)
    failed = profile("5", [0.0, 5.0, 10.0, 500.0], [10 * true] * 4, **water)
    none = profile("6", [30.0, 50.0, 60.0, 500.0], [200.0] * 4, **water)
    table = run.run_battery(pa.concat_tables([near, lower, no_water, bad, failed, none]).unify_dictionaries())
    rows = cast_summary.summarise(table, BITS).to_pylist()
    saturation = [row["surface_saturation"] for row in rows]
    assert saturation[:2] == pytest.approx([105, 130], abs=0.1)
    assert saturation[3:5] == pytest.approx([100, 1000], abs=0.1)
    assert saturation[2] == pytest.approx(100 * 200 / 199.8, abs=1), "27.5 degC at 10 N"
    assert np.isnan(saturation[5]) and [row["by_latitude"] for row in rows] == [False, False, True, False, False, True]


def test_the_ratio_to_a_climatology_is_the_median_of_the_cast_and_unknown_without_one():
    table = profile("1", [10.0, 500.0, 1000.0, 2000.0, 3000.0], [240.0, 120.0, 240.0, 1.0, np.nan])
    fields = {10.0: 200.0, 500.0: 100.0, 1000.0: 100.0, 2000.0: 5.0}  # where it is so low a ratio says nothing

    def climatology(north: np.ndarray, east: np.ndarray, dbar: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.array([fields[p] for p in dbar]), np.full(len(dbar), np.nan)

    found = cast_summary.summarise(table, BITS, climatology)["climatology_ratio"].to_pylist()
    assert np.exp(found[0]) == pytest.approx(1.2)
    assert np.isnan(cast_summary.summarise(table, BITS)["climatology_ratio"].to_pylist()[0])


@pytest.mark.parametrize("outlier", [20.0, 500.0])
def test_doubted_values_do_not_count_because_another_test_flags_one_of_them_too(outlier):
    doubted = profile("1", [10.0, 40.0, 70.0], [240.0, outlier, 240.0], oxygen_flag=np.full(3, 3), instrument="ctd")
    accepted = profile("2", [10.0, 40.0, 70.0], [240.0, outlier, 240.0], instrument="ctd")
    table = run.run_battery(pa.concat_tables([doubted, accepted]).unify_dictionaries())
    assert all(table["oxygen_checks"][row].as_py() >> 16 & 1 for row in (1, 4)), "spike"

    def climatology(north: np.ndarray, east: np.ndarray, dbar: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return np.full(len(dbar), 240.0), np.full(len(dbar), np.nan)

    ratios = cast_summary.summarise(table, BITS, climatology)["climatology_ratio"].to_pylist()
    assert np.isnan(ratios[0]) and ratios[1] == pytest.approx(0)
