import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.battery import battery
from qc.duplicates import search, signatures
from qc.table import schema
from tests.support.bottle_casts import OXYGEN, PRESSURE, cast, copies, crowd, join

RULES = battery.load_battery().duplicates


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
def test_the_copy_with_flags_of_its_originator_is_kept_whatever_the_archives(code, kept):
    flagged = np.array([code] + [None] * 6, object)
    first = cast("b", "x", oxygen_original_flag=flagged, oxygen_flag=np.array([3] + [2] * 6, np.int8))
    (lost,) = {"a/x", "b/x"} - {kept}
    assert copies(cast("a", "x"), first) == copies(cast("a", "x"), first, preference=["a"]) == {lost: kept}
    assert copies(cast("b", "y"), first) == {"b/x": "b/y"} if kept == "a/x" else {"b/y": "b/x"}


@given(
    doubted=st.lists(st.booleans(), min_size=7, max_size=7),
    sources=st.sampled_from(["ab", "ba", "aa"]),
    names=st.sampled_from(["xy", "yx", "xx"]),
    preference=st.sampled_from([(), ("a",), ("b",), ("b", "a")]),
)
def test_a_value_that_its_originator_doubts_is_not_good_in_the_copy_that_is_kept(doubted, sources, names, preference):
    flag = np.where(doubted, 3, 1).astype(np.int8)
    flags = dict(oxygen_flag=flag, oxygen_original_flag=np.where(doubted, "own:7", "own:1").astype(object))
    files = [{"file": f"{name}.csv"} for name in "pq"]
    table = join(cast(sources[0], names[0], **flags, **files[0]), cast(sources[1], names[1], **files[1]))
    marked = search.mark(table, RULES, preference)
    kept = marked["duplicate_of"].is_null().to_numpy()
    assert kept.tolist() == [True] * 7 + [False] * 7


def test_a_whole_cast_is_kept_rather_than_its_part():
    evaluated = dict(oxygen_original_flag="argo:1", oxygen_flag=np.ones(7, np.int8))
    part, whole = cast("argo", "x#BD", **evaluated), cast("argo", "x", **evaluated)
    assert copies(whole, part) == {"argo/x#BD": "argo/x"}


def test_custom_rules_are_obeyed():
    strict = battery.load_battery().duplicates.model_copy(update={"levels": 8})
    assert len(search.find(join(cast("wod", "7"), cast("glodap", "x")), rules=strict)) == 0


def test_marking_names_the_kept_copy_and_deletes_nothing():
    table = join(cast("wod", "7"), cast("glodap", "x"), cast("wod", "8", latitude=11.0))
    marked = search.mark(table, RULES)
    schema.check(marked, "test")
    assert marked["duplicate_of"].to_pylist() == ["glodap/x"] * 7 + [None] * 14
    assert marked["oxygen"].equals(table["oxygen"]) and table["duplicate_of"].null_count == 21


@given(st.integers(0, 2**31))
@settings(max_examples=25)
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


def test_parts_in_any_order_give_what_one_table_gives():
    table = crowd(300)
    whole = search.find(table, RULES)
    edge = 8 * 150
    parts = [table.slice(edge), table.slice(0, edge)]
    fetched = []

    def fetch(rows):
        fetched.append(rows)
        every = signatures.profiles(join(*parts))
        return every.take(rows)

    planned = search.plan(pa.concat_tables([signatures.summarise(part) for part in parts]), RULES)
    settled = search.settle(planned, fetch)
    pairs = [sorted(zip(frame["name"], frame["duplicate_of"])) for frame in (whole, settled)]
    assert pairs[0] == pairs[1] and len(pairs[0]) >= 6
    np.testing.assert_array_equal(np.unique(np.concatenate(fetched)), planned.rows)
    assert all((np.diff(rows) > 0).all() for rows in fetched)


def test_a_row_that_stands_twice_in_its_cast_is_marked_once():
    twice = np.r_[0:7, 2, 3]
    table = cast("kodc", "a", pressure=PRESSURE[twice], oxygen=OXYGEN[twice] + np.r_[np.zeros(8), 0.5])
    expected = [None] * 7 + ["kodc/a", None]
    assert search.mark(table, RULES)["duplicate_of"].to_pylist() == expected
    both = search.mark(join(cast("wod", "7"), table), RULES)["duplicate_of"].to_pylist()
    assert both == [None] * 7 + ["wod/7"] * 9
    nothing = cast("kodc", "a", pressure=PRESSURE[twice], oxygen=np.full(9, np.nan))
    assert search.mark(nothing, RULES)["duplicate_of"].null_count == 9
