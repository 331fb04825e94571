"""Corrected copies of a table; `test_corrections.py` tests the verbs that write them."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from oxygen_recon.pipeline.corrections.corrected_table import read_numbers, row_of, rows_of, write_corrected
from qc.corrections.changes import Change
from qc.errors import InputError
from qc.table import schema


@pytest.fixture
def table(tmp_path):
    columns = {"source": "wod", "file": "a", "cast": "a1", "cruise": "a", "latitude": np.zeros(2)}
    columns |= {
        "time": np.full(2, np.datetime64("1995-01-01", "ms")),
        "pressure": np.array([5.0, 15]),
        "longitude": np.zeros(2),
    }
    (tmp_path / "table").mkdir()
    for name, value in (("a", 100.0), ("b", 200.0)):
        part = schema.from_columns(columns | {"oxygen": np.full(2, value)}, "test")
        schema.write(part, tmp_path / "table" / f"{name}.parquet")
    return tmp_path / "table"


def double(part: pa.Table) -> tuple[pa.Table, list[dict[str, object]]]:
    at = part.schema.get_field_index("oxygen")
    doubled = pa.array(2 * part["oxygen"].to_numpy(), part.schema.field(at).type)
    return part.set_column(at, part.schema.field(at), doubled), [{"step": "double", "levels": part.num_rows}]


def test_every_part_is_corrected_and_its_changes_are_listed(table, tmp_path):
    (table / "overrides.csv").write_text("decisions of an expert")
    changes = write_corrected(table, tmp_path / "new", double)
    assert (tmp_path / "new" / "overrides.csv").read_text() == "decisions of an expert"
    assert changes.to_numpy().tolist() == [["a", "double", 2], ["b", "double", 2]]
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "new" / "changes.csv"), changes)
    assert schema.read(tmp_path / "new" / "parts" / "b.parquet")["oxygen"].to_pylist() == [400.0, 400.0]
    assert schema.read(table / "b.parquet")["oxygen"].to_pylist() == [200.0, 200.0], "the old table stays"
    with pytest.raises(InputError, match="there is something already"):
        write_corrected(table, tmp_path / "new", double)


def test_the_fault_of_one_part_is_reported_and_leaves_nothing(table, tmp_path):
    def fail(part):
        if part["oxygen"][0].as_py() == 200:
            raise InputError("cannot be corrected", "b")
        return double(part)

    with pytest.raises(InputError, match="cannot be corrected"):
        write_corrected(table, tmp_path / "new", fail)
    assert [path.name for path in tmp_path.iterdir()] == ["table"]


def test_changes_are_rows():
    assert rows_of(pd.DataFrame({"cruise": ["a"], "factor": [1.5]})) == [
        {"step": "cruise_factor", "cruise": "a", "factor": 1.5}
    ]
    fields = {name: None for name in Change.__dataclass_fields__} | {"parameters": {"tau": 60, "step": 2}}
    assert row_of(Change(**fields))["parameters"] == "tau=60; step=2"


def test_estimates_keep_their_names_as_text_and_a_fault_names_the_file(tmp_path):
    path = tmp_path / "gains.csv"
    path.write_text("float,gain\n0019,1.5\n")
    assert read_numbers(path, ["float", "gain"], "fix").to_numpy().tolist() == [["0019", 1.5]]
    with pytest.raises(InputError, match=r"gains\.csv: no column factor; fix"):
        read_numbers(path, ["float", "factor"], "fix")
    path.write_text("")
    with pytest.raises(InputError, match=r"gains\.csv: no readable table"):
        read_numbers(path, ["float"], "fix")
