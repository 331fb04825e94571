"""Corrected copies of a table; `test_corrections.py` tests the verbs that write them."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from rich.console import Console

from oxygen_recon.observations import collection
from oxygen_recon.observations.collection import Item
from oxygen_recon.pipeline.corrections.corrected_table import row_of, rows_of, write_corrected
from oxygen_recon.runtime.parallel import Pool
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
    assert changes.to_numpy().tolist() == [[name, str(table / f"{name}.parquet"), "double", 2] for name in "ab"]
    pd.testing.assert_frame_equal(pd.read_csv(tmp_path / "new" / "changes.csv"), changes)
    assert schema.read(tmp_path / "new" / "parts" / "b.parquet")["oxygen"].to_pylist() == [400.0, 400.0]
    assert schema.read(table / "b.parquet")["oxygen"].to_pylist() == [200.0, 200.0], "the old table stays"
    schema.write(schema.read(table / "b.parquet"), table / ".partial-c.parquet")  # what a killed run left
    assert write_corrected(table, tmp_path / "again", double)["part"].tolist() == ["a", "b"]
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


def test_changes_of_small_files_that_share_a_part_are_distinguished_by_file(table, tmp_path):
    levels = schema.read(table / "a.parquet")
    items = [Item(name, f"/in/{name}.nc", lambda refused: levels, 1) for name in ("p", "q")]
    collection.ingest(items, tmp_path / "shared", Pool(1), Console(quiet=True))
    changes = write_corrected(tmp_path / "shared", tmp_path / "new", double)
    assert changes["part"].nunique() == 1 and changes["file"].tolist() == ["/in/p.nc", "/in/q.nc"]
