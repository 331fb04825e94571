"""Decisions of an expert: what is read, what it changes, and what is refused."""

import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from qc.battery import counts
from qc.battery.battery import bit_names, load_battery
from qc.battery.overrides import COLUMNS, apply, levels, of_casts, read
from qc.errors import InputError
from qc.table import schema
from tests.support.wild_tables import tables

HEADER = ",".join(COLUMNS)


def write(folder: Path, *lines: str) -> Path:
    path = folder / "overrides.csv"
    path.write_text("\n".join([HEADER, *lines]) + "\n", encoding="utf-8")
    return path


def table() -> pa.Table:
    columns = {"source": "wod", "cast": np.repeat(["a", "b"], 3), "pressure": [5.0, 50, 500] * 2, "row": np.arange(6)}
    columns |= {"latitude": np.ones(6), "longitude": np.ones(6), "oxygen": [200.0, np.nan, 900, 200, 100, 50]}
    found = schema.from_columns(columns, "example")
    return schema.replaced(found, "oxygen_checks", np.array([0, 0, 1 << 8, 0, 0, 0], np.uint64))


def test_levels_casts_and_ranges_of_pressure(tmp_path: Path) -> None:
    lines = ['wod,a,2,oxygen,1,me,"fine, really"', "wod,a,0,oxygen,4,me,no", "", "wod,b,40-500 dbar,oxygen,3,me,x"]
    decided = read(write(tmp_path, *lines))
    flagged = apply(table(), decided)
    assert flagged["oxygen_flag"].to_pylist() == [4, 9, 1, 2, 3, 3]
    assert bit_names(flagged["oxygen_checks"][2].as_py()) == ("range", "expert")  # what the check found stays
    whole = apply(table(), read(write(tmp_path, "wod,a,,oxygen,4,me,all", "wod,a,2,oxygen,3,me,but this")))
    assert whole["oxygen_flag"].to_pylist() == [4, 9, 3, 2, 2, 2]
    assert [len(of_casts(decided, table().slice(start, 3))) for start in (0, 3)] == [2, 1]


def test_an_expert_is_counted_apart_from_checks_and_archives(tmp_path: Path) -> None:
    flagged = apply(table(), read(write(tmp_path, "wod,a,2,oxygen,1,me,fine", "wod,b,,oxygen,4,me,no")))
    found = counts.by_cast(flagged).to_pandas()
    assert found["expert"].tolist() == [1, 3] and found["archive_flag"].tolist() == [0, 0]
    assert found["reason"].isna().tolist() == [True, False] and found["reason"][1] == "expert"
    assert counts.by_name(flagged).loc["wod", ["good", "bad", "expert", "range"]].tolist() == [1, 3, 4, 1]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("wod,a,,oxygene,4,me,x", "line 3: no variable 'oxygene'; choose from temperature"),
        ("wod,a,,oxygen,9,me,x", "line 3: no flag '9'; 1 pass"),
        ("wod,a,,oxygen,4,,x", "line 3: who is empty"),
        ("wod,a,,oxygen,4,me,a,b", "line 3: 8 fields instead of 7; quote a text that has a comma"),
        ("wod,a,1 to 2,oxygen,4,me,x", "line 3: level '1 to 2'"),
        ("wod,a,1.2.3-4 dbar,oxygen,4,me,x", "line 3: '1.2.3' is no pressure"),
        ('wod,a,,oxygen,4,me,"x', "no readable table"),
    ],
)
def test_a_malformed_line_is_named(tmp_path: Path, line: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        read(write(tmp_path, "wod,a,,oxygen,4,me,x", line))
    assert "\n" not in str(error.value)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read(tmp_path / "none.csv")
    (tmp_path / "a.csv").write_text("source,cast\n")
    with pytest.raises(InputError, match="the columns are source, cast; write source,cast,level"):
        read(tmp_path / "a.csv")
    without = load_battery().model_copy(update={"marks": ()})
    with pytest.raises(InputError, match="no mark expert"):
        apply(table(), read(write(tmp_path, "wod,a,,oxygen,4,me,x")), without)


@given(tables(), st.integers(1, 4), st.sampled_from(["", "0", "100-1000 dbar"]))
def test_only_the_named_values_change(before: pa.Table, flag: int, level: str) -> None:
    source, cast = before["source"][0].as_py(), before["cast"][0].as_py()
    quoted = '"' + cast.replace('"', '""') + '"'
    with tempfile.TemporaryDirectory() as folder:
        decided = read(write(Path(folder), f"{source},{quoted},{level},oxygen,{flag},me,x"))
    if cast != cast.strip():
        return  # a name is stripped
    after = apply(before, decided)
    at = levels(before, decided[0])
    schema.check(after, "after")
    changed = np.zeros(before.num_rows, bool)
    changed[at] = True
    there = [s == source and c == cast for s, c in zip(before["source"].to_pylist(), before["cast"].to_pylist())]
    assert not (changed & ~np.array(there)).any()
    np.testing.assert_array_equal(after["oxygen_flag"].to_numpy()[changed], flag)
    for name in schema.OBSERVATIONS.names:
        rest = pa.array(~changed) if name in ("oxygen_flag", "oxygen_checks") else pa.array(np.ones(len(changed), bool))
        kept = [repr(one[name].filter(rest).to_pylist()) for one in (before, after)]
        assert kept[0] == kept[1], name
