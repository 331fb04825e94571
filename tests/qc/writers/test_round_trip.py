"""What each writer writes, the reader of the format reads again: the same values and flags."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from qc.corrections.float_oxygen import raw_levels
from qc.errors import InputError
from qc.readers.registry import TableSpec, detect_format, read
from qc.table import schema
from qc.table.profiles import from_table
from qc.writers.parts import About, Profiles
from qc.writers.registry import WRITERS, write
from tests.support.wild_tables import tables

VALUES = ("latitude", "longitude", "pressure", "depth", *schema.VARIABLES)
FLAGS = tuple(f"{name}_flag" for name in (*schema.VARIABLES, "time", "position"))


def ordered(parts: list[pa.Table]) -> pa.Table:
    """The rows in the order in which writers write them."""
    return pa.concat_tables([Profiles.of(part).table for part in parts]).unify_dictionaries()


def partition(table: pa.Table) -> np.ndarray:
    return Profiles.of(table).cast


def assert_equal(ours: pa.Table, theirs: pa.Table, names: tuple[str, ...], relative: float) -> None:
    for name in names:
        a, b = ours[name].to_numpy(), theirs[name].to_numpy()
        if name.endswith("_flag"):
            np.testing.assert_array_equal(a, b, name)
        else:
            np.testing.assert_allclose(b.astype(float), a.astype(float), rtol=relative, atol=0, err_msg=name)


@settings(max_examples=30)  # a file of many variables each
@given(st.lists(tables(), min_size=1, max_size=2))
def test_cf_dsg_gives_back_every_value_flag_time_and_name(parts: list[pa.Table]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "table.nc")
        written = write(parts, path, "cf-dsg", About(names={8: "range"}))
        assert detect_format(path) == "cf_dsg"
        theirs = read(path)
    ours = ordered(parts)
    assert written.levels == theirs.num_rows == sum(part.num_rows for part in parts) and not written.notes
    assert_equal(ours, theirs, (*VALUES, *FLAGS), relative=0)
    assert theirs["time"].equals(ours["time"])
    for name in ("source", "cruise", "platform", "instrument"):
        plain = [" ".join((text or "").split()) or None for text in ours[name].to_pylist()]
        assert theirs[name].to_pylist() == plain, name
    assert written.casts == len(np.unique(partition(theirs)))


@settings(max_examples=30)  # a file of many variables each
@given(st.lists(tables(), min_size=1, max_size=2))
def test_odv_gives_back_every_value_flag_and_time(parts: list[pa.Table]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "table.txt")
        written = write(parts, path, "odv")
        assert detect_format(path) == "odv"
        theirs = read(path)
    ours = ordered(parts)
    assert written.levels == theirs.num_rows == ours.num_rows
    assert_equal(ours, theirs, (*VALUES, *FLAGS), relative=1e-15)  # the last digit is that of pandas' parser
    assert theirs["time"].equals(ours["time"])


@settings(max_examples=30)  # a file of many variables each
@given(st.lists(tables(), min_size=1, max_size=2))
def test_csv_gives_back_every_value_flag_and_time(parts: list[pa.Table]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "table.csv")
        written = write(parts, path, "csv")
        spec = TableSpec.model_validate(yaml.safe_load(Path(f"{path}.yaml").read_text()))
        theirs = read(path, spec)
    ours = ordered(parts)
    assert written.levels == theirs.num_rows == ours.num_rows
    assert_equal(ours, theirs, (*VALUES, *FLAGS), relative=1e-15)
    assert theirs["time"].equals(ours["time"])
    assert theirs["instrument"].to_pylist() == ours["instrument"].to_pylist()


@pytest.mark.parametrize("form", WRITERS)
def test_a_failure_leaves_nothing_behind(tmp_path: Path, form: str) -> None:
    def parts():
        yield schema.from_columns({"latitude": [1.0], "longitude": [2.0], "oxygen": [3.0], "instrument": "ctd"}, "x")
        raise RuntimeError("the disk was pulled out")

    (tmp_path / "older").mkdir()
    with pytest.raises(RuntimeError):
        write(parts(), tmp_path / "out", form)
    assert [path.name for path in tmp_path.iterdir()] == ["older"]
    with pytest.raises(InputError, match="older: is a folder already"):
        write(parts(), tmp_path / "older", form)
    with pytest.raises(InputError, match="nothing to write"):
        write([], tmp_path / "out", form)


def _float() -> pa.Table:
    units = np.array(["umol/kg; adjusted by its operator", "umol/kg", "ml/l; density 1025; adjust"])
    columns = {"source": "argo", "cast": "7_1", "cruise": "7", "instrument": "float", "latitude": np.ones(3)}
    columns |= {"longitude": np.ones(3), "pressure": [5.0, 50, 90], "oxygen": [200.0, 210, 220]}
    return schema.from_columns(columns | {"oxygen_original_unit": pd.Categorical(units)}, "x")


def test_csv_gives_back_what_was_done_to_oxygen(tmp_path: Path) -> None:
    path = tmp_path / "out.csv"
    assert not write([_float()], path, "csv").notes
    again = read(path, TableSpec.model_validate(yaml.safe_load(Path(f"{path}.yaml").read_text())))
    assert again["oxygen_original_unit"].to_pylist() == [
        "umol kg-1; adjusted by its operator",
        "umol kg-1",
        "umol kg-1; density 1025; adjust",
    ]
    assert raw_levels(again, from_table(again, ["oxygen"])).tolist() == [False, True, True]


@pytest.mark.parametrize("form", ["odv", "cf-dsg"])
def test_what_was_done_to_oxygen_is_counted_where_it_is_lost(tmp_path: Path, form: str) -> None:
    written = write([_float()], tmp_path / "out", form)
    assert written.levels == 3
    assert written.notes == ["left out: 2 notes of what was done to oxygen, such as a gain"]


def test_a_file_in_the_way_of_a_folder_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    def parts():
        raise AssertionError("read")
        yield

    older = tmp_path / "older"
    older.write_text("mine")
    with pytest.raises(InputError, match="older: is there already"):
        write(parts(), older, "whp-exchange")
    assert older.read_text() == "mine" and list(tmp_path.iterdir()) == [older]
