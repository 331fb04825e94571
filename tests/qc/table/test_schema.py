from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from qc.errors import InputError
from qc.files import replacing
from qc.table import schema
from qc.table.text_columns import categorical

COLUMNS = {"source": "wod", "cast": "a", "latitude": np.zeros(3), "longitude": np.array([-180.0, 0, 179.9])}


def make(**columns: object) -> pa.Table:
    return schema.from_columns(COLUMNS | columns, "test")


def test_columns_left_out_are_missing_and_flags_follow_the_values():
    table = make(oxygen=np.array([200.0, np.nan, 180.0]))
    assert table.schema.equals(schema.OBSERVATIONS)
    assert table["oxygen_flag"].to_pylist() == [2, 9, 2] and table["nitrate_flag"].to_pylist() == [9, 9, 9]
    assert table["row"].to_pylist() == [0, 1, 2] and table["time"].null_count == 3
    assert table["source"].to_pylist() == ["wod"] * 3 and table["cruise"].null_count == 3


@pytest.mark.parametrize("codes", [[0, 0, 0], [0, -1, 0], [-1, -1, -1]])
def test_a_text_column_of_one_name_is_that_of_its_texts(codes):
    texts = np.array([None if code < 0 else "A" for code in codes], object)
    column = make(cruise=categorical(np.array(codes), ["A"]))["cruise"]
    assert column.to_pylist() == texts.tolist()
    assert (
        column.combine_chunks().dictionary.to_pylist()
        == make(cruise=texts)["cruise"].combine_chunks().dictionary.to_pylist()
    )


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"oxigen": np.zeros(3)}, "unknown columns"),
        ({"oxygen": np.zeros(2)}, "columns of different lengths"),
        ({"longitude": np.full(3, 180.0)}, r"longitude outside \[-180, 180\)"),
        ({"oxygen": np.zeros(3), "oxygen_flag": np.full(3, 5, np.int8)}, "oxygen_flag outside 1, 2, 3, 4, 9"),
        ({"oxygen": np.zeros(3), "oxygen_flag": np.full(3, 9, np.int8)}, "do not coincide"),
    ],
)
def test_a_table_that_breaks_an_invariant_is_refused(columns, message):
    with pytest.raises(InputError, match=message):
        make(**columns)


def test_one_column_is_replaced_and_the_table_it_came_from_stays():
    table = make(oxygen=np.full(3, 200.0))
    other = schema.replaced(table, "oxygen_flag", np.full(3, 3))
    assert other["oxygen_flag"].to_pylist() == [3] * 3 and table["oxygen_flag"].to_pylist() == [2] * 3
    assert other.schema.equals(schema.OBSERVATIONS)


def test_a_folder_is_read_in_order_of_names_without_what_a_kill_left_half_written(tmp_path: Path):
    for name, value in (("b", 2.0), ("a", 1.0)):
        schema.write(make(oxygen=np.full(3, value)), tmp_path / "parts" / f"{name}.parquet")
    (tmp_path / "parts" / ".partial-c.parquet").write_bytes(b"PAR1")
    assert schema.read(tmp_path / "parts")["oxygen"].to_pylist() == [1.0] * 3 + [2.0] * 3
    assert schema.read(tmp_path / "parts" / "b.parquet", ["oxygen"]).column_names == ["oxygen"]
    for path, content in ((tmp_path / "none.parquet", None), (tmp_path / "bad.parquet", b"PAR1")):
        if content:
            path.write_bytes(content)
        with pytest.raises(InputError):
            schema.read(path)


def test_a_damaged_part_is_at_fault_and_not_what_is_written_from_it(tmp_path: Path) -> None:
    n = 2000
    table = schema.from_columns(
        {"latitude": np.zeros(n), "longitude": np.zeros(n), "oxygen": np.random.default_rng(0).random(n)}, "test"
    )
    part = tmp_path / "parts" / "a.parquet"
    schema.write(table, part)
    chunk = pq.read_metadata(part).row_group(0).column(schema.OBSERVATIONS.names.index("oxygen"))
    spoilt = bytearray(part.read_bytes())
    middle = chunk.data_page_offset + chunk.total_compressed_size // 2
    begin = chunk.dictionary_page_offset or chunk.data_page_offset
    spoilt[begin + 30 : middle] = bytes(middle - begin - 30)
    part.write_bytes(spoilt)
    with pytest.raises(InputError, match=r"a\.parquet: not a readable parquet file .*; run ingest again"):
        with replacing(tmp_path / "out.csv"):
            schema.read(tmp_path / "parts")


def test_a_table_that_is_not_written_leaves_no_file(tmp_path: Path):
    wrong = schema.replaced(make(oxygen=np.full(3, 1.0)), "oxygen_flag", np.full(3, 9))
    with pytest.raises(InputError):
        schema.write(wrong, tmp_path / "a.parquet")
    assert not list(tmp_path.iterdir())


def test_time_and_position_have_flags_that_are_9_where_they_are_missing():
    table = schema.from_columns(
        {
            "time": [np.datetime64("2001-05-01", "ms"), np.datetime64("NaT", "ms")],
            "latitude": [np.nan, 10.0],
            "longitude": [20.0, 20],
        },
        "example",
    )
    assert table["time_flag"].to_pylist() == [2, 9] and table["position_flag"].to_pylist() == [9, 2]
    with pytest.raises(InputError, match="position_flag 9 and missing values do not coincide"):
        schema.check(schema.replaced(table, "position_flag", np.array([2, 2])), "example")
    with pytest.raises(InputError, match="time_flag outside"):
        schema.check(schema.replaced(table, "time_flag", np.array([7, 9])), "example")


def test_units_and_flag_meanings_are_in_the_parquet_file(tmp_path: Path) -> None:
    columns = {"latitude": [10.0], "longitude": [20.0], "oxygen": [230.0]}
    table = schema.from_columns(columns, "example")
    bare = pa.Table.from_arrays(table.columns, names=table.column_names)  # a table that lost its metadata on the way
    schema.write(bare, tmp_path / "table.parquet")
    stored = pq.read_schema(tmp_path / "table.parquet")
    assert stored.metadata == schema.OBSERVATIONS.metadata
    assert stored.field("oxygen").metadata[b"units"] == b"umol kg-1"
    assert stored.field("temperature").metadata[b"standard_name"] == b"sea_water_temperature"
    for name in (*schema.VARIABLES, "time", "position"):
        described = stored.field(f"{name}_flag").metadata
        assert described[b"flag_values"] == b"1 2 3 4 9"
        assert described[b"flag_meanings"] == b"pass not_evaluated suspect fail missing"
    assert schema.read(tmp_path / "table.parquet").schema.equals(schema.OBSERVATIONS)
