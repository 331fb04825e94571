import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.battery import battery
from qc.duplicates import candidates, search, signatures
from qc.duplicates.cast_index import decode
from qc.errors import InputError
from qc.table import schema

RULES = battery.load_battery().duplicates

PRESSURE = np.array([5.0, 50, 100, 200, 400, 800, 1500])
OXYGEN = np.array([240.0, 235, 200, 150, 80, 60, 110])


def cast(source: str, name: str, **columns: object) -> pa.Table:
    base = {
        "source": source,
        "file": f"{source}.csv",
        "cast": name,
        "instrument": "bottle",
        "time": np.datetime64("1995-05-05T12:00", "ms"),
        "latitude": 10.0,
        "longitude": 20.0,
        "pressure": PRESSURE,
        "oxygen": OXYGEN,
    } | columns
    n = len(np.asarray(base["pressure"]))
    table = {k: v if isinstance(v, str) or np.ndim(v) else np.full(n, v) for k, v in base.items()}
    return schema.from_columns(table, "test")


def join(*tables: pa.Table) -> pa.Table:
    return pa.concat_tables(tables).unify_dictionaries()


def copies(*tables: pa.Table, preference=None) -> dict[str, str]:
    found = search.find(join(*tables), RULES, preference=preference)
    return dict(zip(found["name"], found["duplicate_of"]))


def test_a_copy_in_another_archive_is_found_and_the_preferred_one_kept():
    tables = [cast("wod", "7"), cast("glodap", "a_1_1"), cast("cchdo", "b_1_1")]
    assert copies(*tables) == {"wod/7": "glodap/a_1_1", "cchdo/b_1_1": "glodap/a_1_1"}
    assert copies(*tables, preference=["cchdo"]) == {"wod/7": "cchdo/b_1_1", "glodap/a_1_1": "cchdo/b_1_1"}


def test_a_copy_without_a_good_value_does_not_take_the_place_of_a_good_one():
    raw = cast("argo", "x", oxygen_flag=np.full(7, 3, np.int8))
    assert copies(raw, cast("wod", "7")) == {"argo/x": "wod/7"}
    assert copies(raw, cast("wod", "7", oxygen_flag=np.full(7, 4, np.int8))) == {"wod/7": "argo/x"}


@pytest.mark.parametrize(
    ("code", "kept"), [("own:7", "b/x"), ("whp_bottle:2", "b/x"), ("whp_bottle:0", "a/x"), (None, "a/x")]
)
def test_among_archives_without_preference_the_copy_with_flags_of_its_originator_is_kept(code, kept):
    flagged = np.array([code] + [None] * 6, object)
    first = cast("b", "x", oxygen_original_flag=flagged, oxygen_flag=np.array([3] + [2] * 6, np.int8))
    (lost,) = {"a/x", "b/x"} - {kept}
    assert copies(cast("a", "x"), first) == {lost: kept}
    assert copies(cast("a", "x"), first, preference=["a"]) == {"b/x": "a/x"}
    assert copies(cast("b", "y"), first) == {"b/x": "b/y"} if kept == "a/x" else {"b/y": "b/x"}


def test_a_whole_cast_is_kept_rather_than_its_judged_part():
    part = cast("argo", "x#BD", oxygen_original_flag="argo:1", oxygen_flag=np.ones(7, np.int8))
    assert copies(cast("argo", "x"), part) == {"argo/x#BD": "argo/x"}


def test_custom_rules_are_obeyed():
    strict = battery.load_battery().duplicates.model_copy(update={"levels": 8})
    assert len(search.find(join(cast("wod", "7"), cast("glodap", "x")), rules=strict)) == 0


def test_marking_names_the_kept_copy_and_deletes_nothing():
    table = join(cast("wod", "7"), cast("glodap", "x"), cast("wod", "8", latitude=11.0))
    marked = search.mark(table, RULES)
    schema.check(marked, "test")
    assert marked["duplicate_of"].to_pylist() == ["glodap/x"] * 7 + [None] * 14
    assert marked["oxygen"].equals(table["oxygen"]) and table["duplicate_of"].null_count == 21


@pytest.mark.parametrize(
    "columns",
    [
        {"latitude": 10.05},  # 5.6 km
        {"time": np.datetime64("1995-05-06T12:01", "ms")},
        {"time": np.datetime64("NaT", "ms")},
        {"oxygen": OXYGEN + np.resize([3.0, -3.0], 7)},
        {"oxygen": OXYGEN * 1.2},
        {"instrument": "ctd"},  # a calibration pair, no copy
        {"pressure": PRESSURE + 15},
        {"oxygen": np.where(np.arange(7) < 3, OXYGEN, np.nan)},  # too few levels
    ],
)
def test_what_is_no_copy(columns):
    assert copies(cast("wod", "7", **columns), cast("glodap", "x")) == {}


@pytest.mark.parametrize(
    "columns",
    [
        {"latitude": 10.04, "time": np.datetime64("1995-05-06T11:59", "ms")},
        {"oxygen": OXYGEN * 1.0045},  # constant density of the World Ocean Database
        {"oxygen": OXYGEN * 1.025},  # adjustment of GLODAP
        {"pressure": PRESSURE * 1.001},  # depth taken for pressure by another formula
        {"oxygen": np.where(np.arange(7) == 2, 400, OXYGEN)},  # one value corrected by one archive
        {"pressure": PRESSURE[::-1], "oxygen": OXYGEN[::-1]},  # delivered upwards
    ],
)
def test_what_is_a_copy_all_the_same(columns):
    assert copies(cast("wod", "7", **columns), cast("glodap", "x")) == {"wod/7": "glodap/x"}


def test_dateline_and_pole_are_no_borders():
    assert copies(cast("wod", "7", longitude=179.99), cast("argo", "x", longitude=-179.99))
    polar = {"latitude": 89.99, "longitude": 0.0}
    assert copies(cast("wod", "7", **polar), cast("argo", "x", latitude=89.99, longitude=-179.0))


def test_a_sparse_sensor_cast_is_compared_with_a_dense_one_by_interpolation():
    dense = np.arange(2, 1600, 4.0)
    columns = {"instrument": "ctd", "pressure": dense, "oxygen": np.interp(dense, PRESSURE, OXYGEN)}
    assert copies(cast("wod", "7", instrument="ctd"), cast("argo", "x", **columns)) == {"wod/7": "argo/x"}


def test_inside_an_archive_only_equal_values_are_copies():
    again = cast("cchdo", "second", oxygen=OXYGEN + 0.3)  # a repeated cast of the station
    assert copies(cast("cchdo", "first"), again) == {}
    assert copies(cast("cchdo", "first"), cast("cchdo", "second")) == {"cchdo/second": "cchdo/first"}


def test_one_name_in_two_files_is_one_cast_and_the_better_copy_is_kept():
    elsewhere = cast("argo", "1", file="raw.nc", oxygen=OXYGEN * 0.8, time=np.datetime64("NaT", "ms"))
    table = search.mark(join(cast("argo", "1", oxygen=np.where(np.arange(7) == 0, np.nan, OXYGEN)), elsewhere), RULES)
    assert table["duplicate_of"].to_pylist() == ["argo/1"] * 7 + [None] * 7
    assert search.find(table, RULES)["reason"].tolist() == ["name"]


def test_parts_and_processings_of_one_cast_are_told_apart():
    def part(name, scale):
        return cast("argo", name, file=name, instrument="float", oxygen=OXYGEN * scale)

    raw, adjusted = [part("9_001#BR0", 0.93), part("9_001#BR1", 0.5)], [part("9_001#BD0", 1), part("9_001#BD1", 0.6)]
    assert copies(*adjusted, *raw) == {"argo/9_001#BR0": "argo/9_001#BD0", "argo/9_001#BR1": "argo/9_001#BD1"}
    assert copies(part("9_001", 1.1), *raw) == {"argo/9_001#BR0": "argo/9_001", "argo/9_001#BR1": "argo/9_001"}
    ctd = cast("cchdo", "E_1_1#ctd", instrument="ctd")
    assert copies(cast("cchdo", "E_1_1"), ctd) == {}


def test_anoxic_waters_of_a_basin_are_all_alike_and_no_copies():
    pressure = np.arange(0, 1300, 100.0)
    first = np.where(pressure < 250, [200.0] * 13, 0.0)
    second = np.where(pressure < 250, [205.0] * 13, 0.0)
    one, other = (cast("wod", str(i), pressure=pressure, oxygen=o) for i, o in enumerate((first, second)))
    assert copies(one, other) == {}


def test_unfilled_positions_make_no_neighbours_and_an_empty_table_no_trouble():
    nowhere = {"latitude": 0.0, "longitude": 0.0}
    assert copies(cast("wod", "7", **nowhere), cast("argo", "x", **nowhere)) == {}
    assert len(search.find(cast("wod", "7").slice(0, 0), RULES)) == 0
    assert search.mark(cast("wod", "7").slice(0, 0), RULES).num_rows == 0


@given(st.integers(0, 2**31))
@settings(max_examples=25, deadline=None)
def test_planted_copies_are_found_whatever_the_order_of_rows(seed):
    random = np.random.default_rng(seed)
    tables, expected = [], {}
    for i in range(6):
        place = {
            "latitude": float(random.uniform(-89, 89)),
            "longitude": float(random.uniform(-180, 179.9)),
            "time": np.datetime64("1990-01-01", "ms") + np.timedelta64(int(random.integers(0, 10**11)), "ms"),
            "oxygen": OXYGEN + random.uniform(-40, 40, 7),
        }
        tables.append(cast("argo", f"a{i}", **place))
        if random.random() < 0.5:
            tables.append(cast("wod", f"w{i}", **(place | {"latitude": place["latitude"] + 0.01})))
            expected[f"wod/w{i}"] = f"argo/a{i}"
    table = join(*tables)
    order = random.permutation(table.num_rows)
    marked = search.mark(table.take(order), RULES)
    pairs = {
        f"{s}/{c}": d
        for s, c, d in zip(*(marked[n].to_pylist() for n in ("source", "cast", "duplicate_of")))
        if d is not None
    }
    assert pairs == expected
    np.testing.assert_array_equal(marked["oxygen"].to_numpy(), table["oxygen"].to_numpy()[order])


def crowd(n: int, **columns: object) -> pa.Table:
    """A mooring: n casts in one place within a day, whose water moves up and down; every 50th has a rounded copy."""
    random = np.random.default_rng(3)
    pressure = np.tile([5.0, 20, 40, 80, 150, 250, 400, 600], n)
    heave = np.repeat(random.normal(0, 20, n), 8) + np.repeat(random.uniform(0.8, 1.2, n), 8)
    oxygen = 250 - 25 * np.log1p(np.maximum(pressure + heave, 0)) + random.normal(0, 1, 8 * n)
    number = np.repeat(np.arange(n), 8)
    base = {
        "source": "cchdo",
        "file": "mooring",
        "cast": np.char.mod("m%05d", number),
        "instrument": "ctd",
        "time": np.datetime64("2001-01-01", "ms") + (number * 86_000_000 // n).astype("m8[ms]"),
        "latitude": np.full(8 * n, 36.0),
        "longitude": np.full(8 * n, -122.0),
        "pressure": pressure,
        "oxygen": oxygen,
    }
    copied = number % 50 == 0
    copy = {k: v if isinstance(v, str) else v[copied] for k, v in base.items()}
    copy |= {"source": "wod", "latitude": copy["latitude"] + 0.01, "oxygen": np.round(copy["oxygen"] * 1.004, 1)}
    copy["time"] = copy["time"] + np.timedelta64(3, "h")  # nearer in time are more than a thousand others
    return join(schema.from_columns(base, "test"), schema.from_columns(copy, "test"))


def test_a_crowd_is_searched_without_all_its_pairs_and_without_losing_copies():
    table = crowd(10_000)
    planned = search.plan(signatures.summarise(table), RULES)
    assert len(planned.pairs) < 60 * 10_200  # of 52 million
    found = search.find(table, RULES)
    own, theirs = (found[name].str.extract(r"m(\d+)$")[0] for name in ("name", "duplicate_of"))
    right = (own == theirs).to_numpy()
    assert right.sum() >= 0.99 * 200 and (~right).sum() <= 2


def test_candidates_in_crowds_and_around_them_are_near_and_of_one_kind():
    index = decode(signatures.summarise(join(crowd(500), crowd(40).slice(0, 8 * 40))))
    rules = battery.load_battery().duplicates
    one, other = candidates.candidates(index, rules).T
    assert len(one) > 1000 and (one < other).all()
    assert (np.abs(index.time[one] - index.time[other]) <= rules.days).all()
    assert (index.kind[one] == index.kind[other]).all()


def test_parts_in_any_order_give_what_one_table_gives():
    table = crowd(300)
    whole = search.find(table, RULES)
    edge = 8 * 150
    parts = [table.slice(edge), table.slice(0, edge)]
    asked = []

    def fetch(rows):
        asked.append(rows)
        every = signatures.profiles(join(*parts))
        return every.take(rows)

    planned = search.plan(pa.concat_tables([signatures.summarise(part) for part in parts]), RULES)
    settled = search.settle(planned, fetch)
    pairs = [sorted(zip(frame["name"], frame["duplicate_of"])) for frame in (whole, settled)]
    assert pairs[0] == pairs[1] and len(pairs[0]) >= 6
    np.testing.assert_array_equal(np.unique(np.concatenate(asked)), planned.rows)
    assert all((np.diff(rows) > 0).all() for rows in asked)


def test_calm_water_of_a_time_series_is_copied_cast_by_cast():
    hours = np.arange(0, 20, 2)
    shift = np.random.default_rng(1).normal(0, 0.4, (len(hours), 7))  # within the tolerance between archives
    series = [
        cast(source, f"{hour:02d}", time=np.datetime64("2001-01-01", "ms") + np.timedelta64(int(hour), "h"), oxygen=o)
        for hour, noise in zip(hours, shift)
        for source, o in (("cchdo", OXYGEN + noise), ("wod", np.round(OXYGEN + noise, 1)))
    ]
    assert copies(*series) == {f"wod/{hour:02d}": f"cchdo/{hour:02d}" for hour in hours}


def test_equal_values_are_copies_wherever_they_claim_to_be_but_even_water_is_not():
    pressure = np.arange(0, 1000, 100.0)
    oxygen = 250 - 17.3 * np.arange(10)
    there = {"pressure": pressure, "oxygen": oxygen, "latitude": -40.0, "time": np.datetime64("1999-01-01", "ms")}
    here = cast("wod", "7", pressure=pressure, oxygen=oxygen)
    assert copies(here, cast("wod", "8", **there)) == {"wod/8": "wod/7"}
    assert copies(here, cast("wod", "8", **(there | {"time": np.datetime64("NaT", "ms")}))) == {"wod/8": "wod/7"}
    near_only = battery.load_battery().duplicates.model_copy(update={"anywhere": 0})
    assert len(search.find(join(here, cast("wod", "8", **there)), near_only)) == 0
    even = {"pressure": pressure, "oxygen": np.full(10, 300.0)}
    assert copies(cast("wod", "7", **even), cast("wod", "8", **(there | even))) == {}


def test_casts_without_oxygen_are_compared_by_temperature_and_salinity():
    t, SP = 20 - np.arange(7.0), 35 + 0.1 * np.arange(7)
    dry = {"oxygen": np.full(7, np.nan), "temperature": t, "salinity": SP}
    other = dry | {"temperature": np.round(t + 0.004, 2), "latitude": 10.01}
    assert copies(cast("wod", "7", **dry), cast("glodap", "x", **other)) == {"wod/7": "glodap/x"}
    for changed in ({"temperature": t + 0.05}, {"salinity": SP + 0.05}, {"oxygen": OXYGEN}):
        assert copies(cast("wod", "7", **dry), cast("glodap", "x", **(other | changed))) == {}
    assert copies(cast("wod", "7", **(dry | {"salinity": np.full(7, np.nan)})), cast("glodap", "x", **other))


def test_a_row_that_stands_twice_in_its_cast_is_marked_once():
    twice = np.r_[0:7, 2, 3]
    table = cast("kodc", "a", pressure=PRESSURE[twice], oxygen=OXYGEN[twice] + np.r_[np.zeros(8), 0.5])
    expected = [None] * 7 + ["kodc/a", None]
    assert search.mark(table, RULES)["duplicate_of"].to_pylist() == expected
    both = search.mark(join(cast("wod", "7"), table), RULES)["duplicate_of"].to_pylist()
    assert both == [None] * 7 + ["wod/7"] * 9
    nothing = cast("kodc", "a", pressure=PRESSURE[twice], oxygen=np.full(9, np.nan))
    assert search.mark(nothing, RULES)["duplicate_of"].null_count == 9


def test_a_summary_without_prints_is_refused():
    summary = signatures.summarise(cast("wod", "7")).drop_columns(["coarse"])
    with pytest.raises(InputError, match="no column coarse"):
        search.plan(summary, RULES)


@given(st.lists(st.floats(-50, 600), min_size=1, max_size=12), st.randoms())
@settings(max_examples=50, deadline=None)
def test_prints_know_values_and_not_their_order(values, random):
    n = len(values)
    order = list(range(n))
    random.shuffle(order)
    pressure, oxygen = np.arange(n) * 10.0, np.array(values)
    straight = signatures.summarise(cast("wod", "7", pressure=pressure, oxygen=oxygen))
    mixed = signatures.summarise(cast("wod", "7", pressure=pressure[order], oxygen=oxygen[order]))
    assert straight["content"].equals(mixed["content"]) and straight["varied"].equals(mixed["varied"])
    at = np.array(straight["coarse"].to_pylist()[0])
    np.testing.assert_allclose(at, np.interp(signatures.PRESSURES, pressure, oxygen), rtol=1e-6, atol=1e-4)
    changed = signatures.summarise(cast("wod", "7", pressure=pressure, oxygen=oxygen + 0.02))
    assert not straight["content"].equals(changed["content"])


def test_an_exact_copy_leaves_no_room_for_one_that_is_merely_alike():
    pressure = np.arange(10) * 50.0
    oxygen = 250 - 17.3 * np.arange(10)
    later = {"time": np.datetime64("1995-05-05T15:00", "ms"), "oxygen": oxygen + 0.3}
    table = [
        cast("cchdo", "1", pressure=pressure, oxygen=oxygen),
        cast("wod", "1", pressure=pressure, oxygen=oxygen),
        cast("cchdo", "2", pressure=pressure, **later),
    ]
    assert copies(*table) == {"wod/1": "cchdo/1"}


def test_a_stuck_sensor_makes_no_crowd_of_pairs():
    n = 3000
    columns = {"pressure": np.tile(PRESSURE, n), "oxygen": np.tile(OXYGEN, n), "instrument": "ctd"}
    columns["time"] = np.datetime64("2001-01-01", "ms") + np.repeat(np.arange(n), 7).astype("m8[s]")
    table = cast("cchdo", "x", **columns)
    names = pa.array(np.char.mod("%04d", np.repeat(np.arange(n), 7))).dictionary_encode()
    place = table.schema.get_field_index("cast")
    table = table.set_column(place, table.schema.field(place), names.cast(table.schema.field(place).type))
    assert len(search.plan(signatures.summarise(table), RULES).pairs) < 30 * n
    assert set(search.find(table, RULES)["duplicate_of"]) == {"cchdo/0000"}
