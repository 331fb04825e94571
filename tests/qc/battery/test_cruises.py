from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pydantic import ValidationError

from oxygen_recon.sources import twin
from qc.battery import battery, cruises, run
from qc.battery.battery import Battery
from qc.checks import cast_summary
from qc.duplicates import search
from qc.readers import registry as readers
from qc.table import flags, profiles, schema

BITS = battery.load_battery().bits
RULES = battery.load_battery().duplicates

SHIPPED = battery.load_battery()
BIT = {check.name: np.uint32(1 << check.bit) for check in SHIPPED.cruises}
NOW = np.datetime64("2024-01-01", "ms")
DEEP = np.array([10.0, 500.0, 2400.0, 2900.0, 3400.0, 3900.0])


def cruise(
    name: str = "A", n: int = 20, lat=None, lon=-30.0, start="1995-05-05T01:17", factor=1.0, **columns
) -> pa.Table:
    """A section of one degree and half a day a station; deep oxygen by latitude."""
    lat = np.arange(n, dtype=float) if lat is None else np.asarray(lat, float)
    time = np.datetime64(start, "ms") + (12 * 3_600_000 * np.arange(n)).astype("timedelta64[ms]")
    cast = np.repeat(np.arange(n), len(DEEP))
    true = np.arange(n)[cast] + np.tile([260.0, 180, 220, 225, 230, 235], n)
    base: dict[str, object] = {"source": "wod", "file": f"{name}.nc", "cruise": name, "instrument": "bottle"}
    base |= {"cast": [f"{name}{i}" for i in cast], "latitude": lat[cast], "longitude": np.full(n * len(DEEP), lon)}
    base |= {"time": columns.pop("time", time)[cast], "pressure": np.tile(DEEP, n), "oxygen": factor * true}
    return schema.from_columns(base | {"temperature": np.full(len(cast), 5.0)} | columns, "test")


def join(*tables: pa.Table) -> pa.Table:
    return pa.concat_tables(tables).unify_dictionaries()


def bits(table: pa.Table, variable: str = "oxygen") -> np.ndarray:
    return table[f"{variable}_checks"].to_numpy()


def cast_names(table: pa.Table, check: str) -> set[str]:
    return set(table.filter(pa.array(bits(table) & BIT[check] > 0))["cast"].to_pylist())


def test_bits_are_the_reserved_ones_and_collisions_are_refused():
    assert [entry.bit for entry in (*SHIPPED.cruises, *SHIPPED.marks)] == [26, 27, 28, 29, 30, 31]
    twice = SHIPPED.model_dump() | {"cruises": [SHIPPED.cruises[0].model_dump() | {"bit": SHIPPED.checks[0].bit}]}
    with pytest.raises(ValidationError, match="more than one check"):
        Battery.model_validate(twice)


def test_a_misplaced_cast_is_suspect_in_every_variable_and_nothing_else_changes():
    lat = np.arange(20.0)
    lat[7] = -60
    before = run.run_battery(cruise(lat=lat), now=NOW)
    table = cruises.check_cruises(before)
    schema.check(table, "test")
    assert cast_names(table, "speed") == {"A7"}
    hit = np.array([name == "A7" for name in table["cast"].to_pylist()])
    for variable in ("oxygen", "temperature"):
        assert np.array_equal(bits(table, variable) & BIT["speed"] > 0, hit)
        flag = table[f"{variable}_flag"].to_numpy()
        assert (flag[hit] == flags.SUSPECT).all() and (flag[~hit] == flags.PASS).all()
    assert (table["salinity_flag"].to_numpy() == flags.MISSING).all() and not bits(table, "salinity").any()
    untouched = [name for name in table.column_names if not name.endswith(("_flag", "_checks"))]
    assert table.select(untouched).to_pandas().equals(before.select(untouched).to_pandas())
    assert cruises.check_cruises(table).to_pandas().equals(table.to_pandas())


def test_a_worse_flag_is_kept():
    lat = np.where(np.arange(20) == 7, -60.0, np.arange(20.0))
    oxygen = np.full(20 * len(DEEP), 200.0)
    oxygen[7 * len(DEEP)] = 1000
    table = cruises.check_cruises(run.run_battery(cruise(lat=lat, oxygen=oxygen), now=NOW))
    assert table["oxygen_flag"][7 * len(DEEP)].as_py() == flags.FAIL


def test_a_float_is_held_to_the_speed_of_floats():
    lat = 0.02 * np.arange(20)
    lat[7] += 3
    assert cast_names(cruises.check_cruises(cruise(lat=lat)), "speed") == set()
    assert cast_names(cruises.check_cruises(cruise(lat=lat, instrument="float")), "speed") == {"A7"}


def test_a_cast_that_is_possible_but_off_the_track():
    lat = np.arange(20.0)
    lat[7] += 4
    table = cruises.check_cruises(cruise(lat=lat))
    assert cast_names(table, "speed") == set() and cast_names(table, "off_track") == {"A7"}


def test_a_date_ten_years_off():
    time = np.datetime64("1995-05-05T12:00", "ms") + np.arange(20).astype("timedelta64[D]")
    time[3] = np.datetime64("1985-05-08T12:00", "ms")
    table = cruises.check_cruises(cruise(time=time))
    assert cast_names(table, "cruise_date") == {"A3"} and cast_names(table, "speed") == set()


def test_without_a_cruise_the_platform_is_company_and_without_both_nothing_is():
    lat = np.where(np.arange(20) == 7, -60.0, np.arange(20.0))
    none = [None] * (20 * len(DEEP))
    assert cast_names(cruises.check_cruises(cruise(lat=lat, cruise=none, platform="ship")), "speed") == {"A7"}
    assert cast_names(cruises.check_cruises(cruise(lat=lat, cruise=none)), "speed") == set()


def test_archives_are_no_company_to_each_other():
    there, here = cruise(source="cchdo"), cruise(lon=20.0)
    assert not any(cast_names(cruises.check_cruises(join(there, here)), name) for name in BIT)


def test_a_cruise_flagged_for_the_most_part_is_suspect_as_a_whole():
    oxygen = np.where(np.arange(120) % 5 < 2, 900.0, 200.0)
    table = cruises.check_cruises(run.run_battery(join(cruise(oxygen=oxygen), cruise("B", lon=10.0)), now=NOW))
    assert cast_names(table, "cruise_flagged") == {f"A{i}" for i in range(20)}
    assert set(table["oxygen_flag"].to_numpy()[:120]) == {flags.SUSPECT, flags.FAIL}
    assert not (bits(table, "temperature") & BIT["cruise_flagged"]).any()


@pytest.mark.parametrize(("factor", "off"), [(1.08, True), (0.92, True), (1.02, False)])
def test_a_cruise_with_deep_oxygen_off_against_all_around(factor, off):
    others = [cruise(name, lon=-30 + 0.2 * i, start=f"{1980 + i}-03-01T01:00") for i, name in enumerate("BCD")]
    table = cruises.check_cruises(join(*others, cruise(factor=factor)))
    assert cast_names(table, "cruise_offset") == ({f"A{i}" for i in range(20)} if off else set())
    alone = cruises.check_cruises(join(others[0], cruise(factor=factor)))  # one other: which of the two is off?
    assert cast_names(alone, "cruise_offset") == set()


def names_by_source(table: pa.Table, check: str) -> set[tuple[str, str]]:
    hit = table.filter(pa.array(bits(table) & BIT[check] > 0))
    return set(zip(hit["source"].to_pylist(), hit["cruise"].to_pylist()))


OFF = np.arange(20).repeat(len(DEEP)) + np.tile([260.0, 180, 220, 225, 230, 235], 20) + 15


def honest(name: str, lon: float, start: str, offset: float) -> pa.Table:
    return cruise(name, lon=lon, start=start, oxygen=OFF - 15 + offset)


@pytest.mark.parametrize(
    ("copies", "offsets"),
    [({"glodap": "33XX1995", "wod": "US0012"}, (-1.0, 4.0)), ({"glodap": "X", "cchdo": "Y", "wod": "Z"}, (0.0, 0.0))],
)
def test_copies_of_a_cruise_are_no_witnesses_for_it(copies, offsets):
    """Off by 15 umol/kg among two honest cruises: flagged in every archive, where no copy is taken for a third one."""
    others = [honest("B", -29.8, "1982-03-01T01:00", offsets[0]), honest("C", -29.6, "2003-03-01T01:00", offsets[1])]
    table = join(*others, *(cruise(name, source=source, oxygen=OFF) for source, name in copies.items()))
    unknown = names_by_source(cruises.check_cruises(table), "cruise_offset")
    assert not unknown & set(copies.items()), "as long as nobody knows of the copies, they confirm each other"
    marked = search.mark(table, RULES)
    assert marked["duplicate_of"].null_count == 3 * 20 * len(DEEP)
    assert names_by_source(cruises.check_cruises(marked), "cruise_offset") == set(copies.items())


def test_what_is_left_of_a_copied_cruise_is_no_witness_for_it_either():
    """Half of the second archive's casts have no copy in the first: they are of the same voyage all the same."""
    others = [honest("B", -29.8, "1982-03-01T01:00", -1.0), honest("C", -29.6, "2003-03-01T01:00", 4.0)]
    whole = cruise("X", source="glodap", oxygen=OFF)
    half = whole.slice(0, 10 * len(DEEP))
    there = cruise("Y", oxygen=OFF, lon=-30.01)
    marked = search.mark(join(*others, half, there), RULES)
    assert marked["duplicate_of"].null_count == 60 * len(DEEP)
    assert names_by_source(cruises.check_cruises(marked), "cruise_offset") == {("glodap", "X"), ("wod", "Y")}


def test_a_ship_without_cruises_does_not_make_one_voyage_of_all_its_own():
    """An archive that names only the ship repeats one cast of each of its cruises: they are witnesses all the same."""
    others = [honest(name, -30 + 0.2 * i, f"{1980 + i}-03-01T01:00", 0.0) for i, name in enumerate("BCD")]
    off = cruise("X", source="glodap", oxygen=OFF)
    whole = join(*others, off)
    few = pa.concat_tables([one.slice(0, len(DEEP)) for one in (*others, off)]).to_pandas()
    few = few.assign(source="cchdo", cruise=None, platform="ship", file="ship.csv")
    marked = search.mark(join(whole, pa.Table.from_pandas(few, whole.schema, preserve_index=False)), RULES)
    assert marked["duplicate_of"].null_count == len(whole)
    assert ("glodap", "X") in names_by_source(cruises.check_cruises(marked), "cruise_offset")


def test_a_copy_that_its_archive_has_spoilt_is_judged_by_its_own_values():
    others = [honest(name, -30 + 0.2 * i, f"{1980 + i}-03-01T01:00", 0.0) for i, name in enumerate("BCD")]
    good, spoilt = cruise("X", source="glodap", oxygen=OFF - 15), cruise("Y", oxygen=1.06 * (OFF - 15))
    marked = search.mark(join(*others, good, spoilt), RULES)
    assert set(marked["source"].filter(marked["duplicate_of"].is_valid()).to_pylist()) == {"wod"}
    assert names_by_source(cruises.check_cruises(marked), "cruise_offset") == {("wod", "Y")}


def test_a_copy_inside_a_cruise_does_not_count_twice_and_shares_the_verdict():
    """Two files of one cruise repeat the same casts, five of which failed: that is five of twenty, not of ten more."""
    lat = np.where(np.arange(20) == 7, -60.0, np.arange(20.0))
    one = cruise(lat=lat)
    again = one.slice(6 * len(DEEP), 6 * len(DEEP))
    again = again.set_column(
        1, again.schema.field(1), pa.array(["again.nc"] * len(again)).cast(again.schema.field(1).type)
    )
    marked = search.mark(join(one, again), RULES)
    assert marked["duplicate_of"].null_count == 20 * len(DEEP)
    table = cruises.check_cruises(marked)
    hit = (bits(table) & BIT["speed"] > 0).reshape(-1, len(DEEP)).all(axis=1)
    assert np.flatnonzero(hit).tolist() == [7, 21], "the cast, and its copy in the other file"
    oxygen = np.where(np.arange(120) // len(DEEP) < 5, 900.0, 200.0 + np.tile(np.arange(6.0), 20))
    table = run.run_battery(cruise(oxygen=oxygen), now=NOW)
    some = table.slice(0, 5 * len(DEEP))
    some = some.set_column(1, some.schema.field(1), pa.array(["again.nc"] * len(some)).cast(some.schema.field(1).type))
    both = join(table, some)
    assert cast_names(cruises.check_cruises(both), "cruise_flagged"), "10 of 25 casts"
    assert not cast_names(cruises.check_cruises(search.mark(both, RULES)), "cruise_flagged"), "5 of 20"


def test_copies_told_to_a_summary_are_those_of_the_marked_table():
    table = join(cruise("X", source="glodap"), cruise("Y"), cruise("B", lon=10.0))
    told = cast_summary.with_copies(cast_summary.summarise(table, BITS), search.find(table, RULES))
    assert told.schema.equals(cast_summary.CASTS) and told["duplicate_of"].null_count == 40
    marked = cast_summary.summarise(search.mark(table, RULES), BITS)
    pd.testing.assert_frame_equal(told.to_pandas(), marked.to_pandas(), check_categorical=False)


def test_parts_are_judged_together_and_marked_apart():
    lat = np.where(np.arange(20) == 7, -60.0, np.arange(20.0))
    whole = join(cruise(lat=lat), cruise("B", lon=10.0))
    parts = [whole.slice(0, 48), whole.slice(48)]  # cast 7 ends at 48: no cast is cut
    summaries = [cast_summary.summarise(part, BITS) for part in parts]
    verdict = cruises.check_casts(pa.concat_tables(summaries).unify_dictionaries())
    done = [
        cruises.write_bits(part, part_verdict)
        for part, part_verdict in zip(parts, np.split(verdict, [len(summaries[0])]))
    ]
    assert np.array_equal(bits(join(*done)), bits(cruises.check_cruises(whole))) and verdict.any()


def test_disabled_checks_do_not_run():
    off = SHIPPED.model_copy(
        update={"cruises": tuple(c.model_copy(update={"enabled": False}) for c in SHIPPED.cruises)}
    )
    lat = np.where(np.arange(20) == 7, -60.0, np.arange(20.0))
    assert not bits(cruises.check_cruises(cruise(lat=lat), off)).any()


def test_an_empty_table_stays_empty():
    assert cruises.check_cruises(cruise().slice(0, 0)).num_rows == 0


def test_a_summary_says_what_was_rejected_by_what():
    oxygen = np.full(120, 200.0)
    oxygen[:30] = 1000
    table = run.run_battery(cruise(oxygen=oxygen), now=NOW)
    sentence = cruises.describe(table)["A"]
    assert sentence.startswith("120 values, 75 % good; failed: ") and "25.0 % range" in sentence
    assert cruises.describe(table, variable="salinity")["A"] == "no values"


def test_misdated_stations_of_real_cruises_are_found(data_root: Path):
    a03 = readers.read(data_root / "observations" / "cchdo" / "oce__a03_hy1.csv.gz")
    table = cruises.check_cruises(run.run_battery(a03, now=NOW))
    found = {name for check in BIT for name in cast_names(table, check)}
    assert found == {
        "RUCT40_1_41_1",
        "RUCT40_1_45_1",
    }  # a day and two too early, between stations 35 to 38 and 50 to 52


def test_good_real_cruises_raise_no_alarm(data_root: Path):
    folder = data_root / "observations"
    names = ["cchdo/hydro__p02.csv.gz", "glodap/33RR20070204.mat", "argo/4901784_Sprof.nc", "argo/3902131_Sprof.nc"]
    table = join(*(readers.read(folder / name) for name in names))
    summary = cast_summary.summarise(table, BITS)
    assert not cruises.check_casts(summary).any() and len(summary) > 600


@pytest.mark.slow
def test_misplaced_and_misdated_casts_of_the_twin_ocean_are_found_and_no_others(tmp_path: Path):
    """At sea a wrong sign shows by the company alone; so does a date ten or a hundred years off."""
    config = twin.TwinConfig(casts=2500, resolution=30.0, levels=(0.0, 1000.0), climate_model=False)
    twin.make(config, tmp_path / "twin")
    files = sorted((tmp_path / "twin" / "archives").iterdir())
    table = join(*(readers.read(file) for file in files))
    summary = cast_summary.summarise(table, BITS)
    place = BIT["cruise_date"] | BIT["speed"] | BIT["off_track"]
    first = profiles.from_table(table, []).first
    frame = table.select(["source", "file", "cast"]).take(pa.array(first)).to_pandas().astype(str)
    frame["hit"] = (cruises.check_casts(summary) & place) > 0
    planted = pd.read_parquet(tmp_path / "twin" / "truth" / "planted.parquet")[["source", "file", "cast", "class"]]
    frame = frame.merge(planted.drop_duplicates(["source", "file", "cast"]), how="left", validate="one_to_one")
    found = frame.groupby(frame["class"].fillna("none"))["hit"].agg(["sum", "count"])
    hidden = found.loc[found.index.isin(["position_sea", "date_cruise"])].sum()
    assert hidden["count"] >= 5 and hidden["sum"] >= 0.9 * hidden["count"]
    assert found.loc["none", "sum"] <= 0.002 * found.loc["none", "count"]
