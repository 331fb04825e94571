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

from qc.errors import InputError
from qc.readers.registry import TableSpec, detect_format, read
from qc.table import schema
from qc.writers.parts import About, Profiles
from qc.writers.registry import WRITERS, write
from tests.support.wild_tables import tables

VALUES = ("latitude", "longitude", "pressure", "depth", *schema.VARIABLES)
FLAGS = tuple(f"{name}_flag" for name in schema.VARIABLES)


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
    assert_equal(ours, theirs, (*VALUES, *FLAGS, "time_flag", "position_flag"), relative=0)
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


@settings(max_examples=30)
@given(tables(instruments=st.sampled_from(["bottle", "ctd"])))
def test_whp_exchange_gives_back_bottles_and_profiles_or_counts_them(table: pa.Table) -> None:
    table = table.set_column(
        table.schema.get_field_index("duplicate_of"), schema.OBSERVATIONS.field("duplicate_of"),
        pa.nulls(table.num_rows, pa.string()),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "cruises")
        written = write([table], path, "whp-exchange")
        files = sorted(path.iterdir())
        found = pa.concat_tables([read(file) for file in files]).unify_dictionaries()
    assert written.levels == found.num_rows == table.num_rows
    for instrument in ("bottle", "ctd"):
        ours, theirs = (one.filter(pa.compute.equal(one["instrument"], instrument)) for one in (table, found))
        names = ["pressure", *schema.VARIABLES, *FLAGS] if instrument == "bottle" else [
            "pressure", *(f"{n}{e}" for n in ("temperature", "salinity", "oxygen") for e in ("", "_flag"))
        ]  # fmt: skip
        a, b = (one.select(names).to_pandas().sort_values(names, ignore_index=True) for one in (ours, theirs))
        pd.testing.assert_frame_equal(a, b, rtol=1e-15)
        moments = [one["time"].to_pandas().dt.round("min") for one in (ours, theirs)]
        if instrument == "bottle":
            assert sorted(moments[0].dropna()) == sorted(moments[1].dropna())


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


def test_what_whp_exchange_cannot_express_is_counted(tmp_path: Path) -> None:
    columns = {"latitude": np.ones(4), "longitude": np.ones(4), "oxygen": np.ones(4), "nitrate": np.ones(4)}
    columns |= {
        "instrument": np.array(["float", "ctd", "bottle", "bottle"]),
        "time": np.full(4, np.datetime64("2001-01-01", "ms")),
    }
    table = schema.from_columns(columns | {"duplicate_of": [None, None, None, "a/b"]}, "x")
    table = schema.replaced(table, "time_flag", np.array([3, 3, 1, 1]))
    written = write([table], tmp_path / "out", "whp-exchange")
    assert (written.levels, written.casts) == (2, 2)
    assert written.notes == [
        "left out: 1 levels of instrument float",
        "left out: 1 levels of copies",
        "left out: 1 flags of time, suspect or bad",
        "left out: 1 nutrients of sensors",
    ]


def test_a_sensor_at_a_bottle_stop_goes_into_the_row_of_its_bottle(tmp_path: Path) -> None:
    columns = {"source": "cchdo", "file": "a", "row": np.array([0, 1, 0, 1]), "cruise": "33RR20070204"}
    columns |= {"cast": np.array(["33RR20070204_7_2"] * 2 + ["33RR20070204_7_2#stop"] * 2)}
    columns |= {"instrument": np.repeat(["bottle", "ctd"], 2), "latitude": np.ones(4), "longitude": np.ones(4)}
    columns |= {"pressure": [5.0, 50, 5, 50], "temperature": [9.0, 8, 9, 8], "oxygen": [200.0, 210, 201, 211]}
    table = schema.from_columns(columns, "x")
    table = schema.replaced(table, "temperature_flag", np.array([1, 1, 1, 3]))
    written = write([table], tmp_path / "out", "whp-exchange")
    assert written.notes == [
        "left out: 1 flags of temperature or salinity at bottle stops, other than those of the bottle"
    ]
    again = read(tmp_path / "out" / "33RR20070204_hy1.csv")
    for name in ("cast", "instrument", "pressure", "oxygen", "oxygen_flag"):
        assert again[name].to_pylist() == table[name].to_pylist(), name
