"""Tables that are half ingested or half flagged are read by no command."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

import oxygen_recon as ox
from oxygen_recon.observations import collection, finished, parts
from oxygen_recon.observations.collection import Item
from oxygen_recon.runtime.parallel import Pool
from qc.errors import InputError
from qc.table import schema


def item(name: str, size: int | None = None) -> Item:
    """A float of two levels."""
    columns = {"source": "argo", "file": name, "cast": name, "cruise": name, "instrument": "float"}
    columns |= {"time": np.full(2, np.datetime64("2015-01-01", "ms")), "latitude": np.zeros(2)}
    columns |= {"longitude": np.full(2, 20.0), "pressure": np.array([5.0, 50]), "temperature": np.array([18.0, 15])}
    columns |= {"salinity": np.full(2, 35.0), "oxygen": np.array([220.0, 210])}
    return Item(name, f"/in/{name}", lambda refused: schema.from_columns(columns, "test"), size)


def ingest(folder: Path, items: list[Item]) -> Path:
    collection.ingest(items, folder, Pool(1), Console(quiet=True), lambda file: False)
    return folder


READERS = {
    "read": lambda table, out: ox.read_table(table),
    "export": lambda table, out: ox.export_table(table, out, format="csv"),
    "gains": lambda table, out: ox.estimate_gains(table, out),
    "crossovers": lambda table, out: ox.find_crossovers(table, out),
}
CORRECTION = {"correction": lambda table, out: ox.correct_pressure(table, out)}


def refused(table: Path, readers: dict, message: str) -> None:
    """Check that each reader refuses the table, in a line that names it, and writes nothing."""
    for name, reader in readers.items():
        with pytest.raises(InputError, match=message) as caught:
            reader(table, table.with_name(name))
        assert str(table) in str(caught.value) and not table.with_name(name).exists(), name


def test_a_table_ingested_further_is_to_be_flagged_again(tmp_path):
    table = ingest(tmp_path / "table", [item("a")])
    ox.quality_control(table, page=False)
    assert ox.read_table(table).num_rows == 2
    ingest(table, [item("b")])
    refused(table, READERS, "its flags are not those of all that was ingested; run qc again")
    assert len(ox.correct_pressure(table, tmp_path / "pressed")) == 2, "it takes the levels as ingested"
    ox.quality_control(table, page=False)
    assert ox.read_table(table).num_rows == 4


def test_an_interrupted_quality_control_is_to_be_run_again(tmp_path):
    table = ingest(tmp_path / "table", [item("a"), item("b")])
    ox.quality_control(table, page=False)
    (table / "qc" / "parts" / "b.parquet").rename(table / "qc" / "parts" / ".partial-b.parquet")
    refused(table, READERS, "run qc again")
    shutil.rmtree(table / "qc" / "parts")  # as where it began anew, with another battery
    refused(table, READERS, "run qc again")


def test_an_ingest_killed_with_old_and_new_parts_side_by_side_is_to_be_run_again(tmp_path, monkeypatch):
    table = ingest(tmp_path / "table", [item("a", 9)])
    prepare, calls = parts.prepare, []

    def killed(*words):
        calls.append(words)
        if len(calls) == 2:
            raise KeyboardInterrupt
        prepare(*words)

    monkeypatch.setattr(parts, "prepare", killed)
    with pytest.raises(KeyboardInterrupt):
        ingest(table, [item("b", 9)])
    monkeypatch.undo()
    assert schema.read(table / "parts").num_rows == 6, "one file twice"
    refused(table, READERS | CORRECTION, "its ingestion is unfinished; run the same ingest again")
    assert ox.read_table(ingest(table, [item("b", 9)])).num_rows == 4


@pytest.mark.parametrize("levels", [2, 0])
def test_a_file_that_was_at_fault_is_flagged_once_it_can_be_read(tmp_path, levels):
    """Its part keeps its name, for no file has changed."""

    def fault(refused):
        raise InputError("cannot be read", "b")

    sound = item("b", 9)
    sound = replace(sound, read=lambda refused, read=sound.read: read(refused).slice(0, levels))
    with pytest.raises(InputError, match="1 of 2 files at fault"):
        ingest(tmp_path / "table", [item("a", 9), replace(sound, read=fault)])
    table = tmp_path / "table"
    ox.quality_control(table, page=False)
    assert ox.read_table(table).num_rows == 2
    ingest(table, [sound])
    refused(table, READERS, "run qc again")
    ox.quality_control(table, page=False)
    assert ox.read_table(table)["oxygen_flag"].to_pylist() == [1] * (2 + levels)


def test_parquet_files_alone_are_a_table_and_so_is_the_folder_of_a_run(tmp_path):
    ingest(tmp_path / "run" / "ingest", [item("a"), item("b")])
    alone = shutil.copytree(tmp_path / "run" / "ingest" / "parts", tmp_path / "alone")
    (alone / ".partial-c.parquet").write_bytes(b"half")
    assert [path.name for path in finished.files(alone)] == ["a.parquet", "b.parquet"]
    assert finished.files(alone / "b.parquet", flagged=False) == [alone / "b.parquet"]
    shutil.copytree(alone, tmp_path / "run" / "qc" / "parts")
    assert finished.files(tmp_path / "run")[0].parent == tmp_path / "run" / "qc" / "parts"
    assert finished.files(tmp_path / "run", flagged=False)[0].parent == tmp_path / "run" / "ingest" / "parts"
    for nothing in (tmp_path / "none", tmp_path):
        with pytest.raises(InputError, match="no observation table here; run ingest first"):
            finished.files(nothing)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> Path:
    return ingest(tmp_path_factory.mktemp("whole"), [item(name) for name in "abc"])


@given(st.sets(st.sampled_from("abc")), st.none() | st.sets(st.sampled_from("abcd")))
def test_all_levels_that_were_ingested_or_none(whole, tmp_path_factory, ingested, flagged):
    table = tmp_path_factory.mktemp("some")
    shutil.copy(whole / "files.csv", table)
    (table / "parts").mkdir()
    for name in ingested:
        shutil.copy(whole / "parts" / f"{name}.parquet", table / "parts")
    for name in flagged or ():
        (table / "qc" / "parts").mkdir(parents=True, exist_ok=True)
        shutil.copy(whole / "parts" / f"{min(name, 'c')}.parquet", table / "qc" / "parts" / f"{name}.parquet")
    try:
        found = finished.files(table)
    except InputError:
        assert ingested != set("abc") or flagged not in (None, set(), set("abc"))
    else:
        assert [path.stem for path in found] == ["a", "b", "c"] and ingested == set("abc")
