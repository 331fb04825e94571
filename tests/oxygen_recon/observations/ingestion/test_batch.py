"""Small files that share parts: the same table, and only what has changed is read again."""

import errno
import functools
import os
import shutil
import signal

import pandas as pd
import pytest
from rich.console import Console

from oxygen_recon.observations import collection
from oxygen_recon.observations.ingestion import plan
from oxygen_recon.pipeline.corrections.corrected_table import write_corrected
from oxygen_recon.runtime import parallel
from qc.errors import InputError
from qc.readers import registry
from qc.table import schema
from tests.support.bottle_files import CAST, archive, cli, digests, stamps, states
from tests.support.stopping import stop_when


def table(folder):
    """Levels in order of file, whatever the parts."""
    frame = schema.read(folder).to_pandas().astype(object)
    return frame.sort_values(["file", "cast", "row"], kind="stable").reset_index(drop=True)


@pytest.fixture
def reads(monkeypatch):
    """Names of the files that are read."""
    read: list[str] = []
    original = registry.read
    monkeypatch.setattr(registry, "read", lambda path, *words: read.append(path.name) or original(path, *words))
    return read


def test_a_shared_part_has_the_levels_flags_and_counts_of_its_single_files(small_archives, tmp_path, monkeypatch):
    for words in (("ingest", small_archives, "--out", tmp_path / "few"), ("qc", tmp_path / "few")):
        assert cli(*words, "--workers", 1).exit_code == 0
    monkeypatch.setattr(plan, "_QUARTER", 0.0)
    for words in (("ingest", small_archives, "--out", tmp_path / "many"), ("qc", tmp_path / "many")):
        assert cli(*words, "--workers", 1).exit_code == 0
    assert len(stamps(tmp_path / "few" / "parts")) == 1 and len(stamps(tmp_path / "many" / "parts")) == 5
    for parts in ("parts", "qc/parts"):
        pd.testing.assert_frame_equal(table(tmp_path / "few" / parts), table(tmp_path / "many" / parts))
    for name in ("counts.csv", "qc/counts.csv", "qc/tally.csv", "qc/cruises.csv"):
        few, many = (pd.read_csv(tmp_path / folder / name) for folder in ("few", "many"))
        order = list(few.columns[:3])
        pd.testing.assert_frame_equal(
            few.sort_values(order, ignore_index=True), many.sort_values(order, ignore_index=True)
        )
    few, many = (pd.read_csv(tmp_path / folder / "files.csv") for folder in ("few", "many"))
    pd.testing.assert_frame_equal(few.drop(columns="part"), many.drop(columns="part"))


def test_only_changed_files_are_read_and_the_result_does_not_depend_on_the_way_to_it(small_archives, tmp_path, reads):
    out, leg = tmp_path / "out", small_archives / "leg0"
    assert cli("ingest", leg, "--out", out, "--workers", 1).exit_code == 0
    assert cli("ingest", small_archives / "leg1", "--out", out, "--workers", 1).exit_code == 0
    assert sorted(reads) == [f"cruise{i}_hy1.csv" for i in (0, 1, 2, 3)]
    reads.clear()
    archive(leg / "cruise2_hy1.csv", 2, casts=7)
    assert cli("ingest", leg / "cruise2_hy1.csv", "--out", out, "--workers", 1).exit_code == 0
    assert reads == ["cruise2_hy1.csv"] and len(schema.read(out / "parts")) == (3 * 6 + 7) * CAST
    reads.clear()
    assert cli("ingest", small_archives, "--out", out, "--workers", 1).exit_code == 0
    assert sorted(reads) == ["README.txt", "copy_hy1.csv"], "the others are in a part"
    reads.clear()
    assert cli("ingest", small_archives, "--out", out, "--workers", 1).exit_code == 0 and reads == []
    assert cli("ingest", small_archives, "--out", tmp_path / "straight", "--workers", 1).exit_code == 0
    assert digests(out) == digests(tmp_path / "straight")
    (leg / "cruise0_hy1.csv").unlink()
    reads.clear()
    assert cli("ingest", leg, "--out", out, "--workers", 1).exit_code == 0
    assert reads == [] and "cruise0_hy1.csv" not in states(out)
    assert len(schema.read(out / "parts")) == (3 * 6 + 7) * CAST and len(stamps(out / "parts")) == 1


def test_files_at_fault_do_not_hold_up_their_part_and_are_tried_again(small_archives, tmp_path, reads):
    out, broken = tmp_path / "out", small_archives / "leg0" / "broken.nc"
    broken.write_bytes(b"CDF\x01" + bytes(20))
    assert cli("ingest", small_archives, "--out", out, "--workers", 1).exit_code == 1
    assert states(out)["broken.nc"] == "at fault" and states(out)["README.txt"] == "passed over"
    assert cli("qc", out, "--workers", 1).exit_code == 0
    before = stamps(out / "parts")
    reads.clear()
    done = cli("ingest", small_archives, "--out", out, "--workers", 1)
    assert done.exit_code == 1 and f"{broken}: " in done.stderr and reads == ["broken.nc"]
    assert stamps(out / "parts") == before, "nothing has changed"
    readme = small_archives / "README.txt"
    done = cli("ingest", readme, "--out", out, "--workers", 1)
    assert done.exit_code == 1 and f"{readme}: " in done.stderr, "what the user names is no archive"
    archive(broken, 9)
    assert cli("ingest", small_archives, "--out", out, "--workers", 1).exit_code == 0
    assert states(out)["broken.nc"] == "read" and states(out)["README.txt"] == "passed over"
    assert cli("qc", out, "--workers", 1).exit_code == 0
    assert len(schema.read(out / "parts")) == len(schema.read(out / "qc" / "parts")) == 36 * CAST


def test_a_file_read_at_last_is_in_the_controlled_table_though_its_key_and_part_keep_their_names(
    small_archives, tmp_path, monkeypatch
):
    """What made it fail was not in the file: the part grows under its old name."""
    out, original = tmp_path / "out", registry.read

    def fails_once(path, *words):
        if path.name == "cruise2_hy1.csv":
            raise OSError(errno.EIO, "Input/output error")
        return original(path, *words)

    with monkeypatch.context() as patch:
        patch.setattr(registry, "read", fails_once)
        assert cli("ingest", small_archives, "--out", out, "--workers", 1).exit_code == 1
        assert cli("qc", out, "--workers", 1).exit_code == 0
    names = set(stamps(out / "parts"))
    for words in (("ingest", small_archives, "--out", out), ("qc", out)):
        done = cli(*words, "--workers", 1)
        assert done.exit_code == 0, done.stderr
    assert set(stamps(out / "parts")) == names
    for words in (("ingest", small_archives, "--out", tmp_path / "straight"), ("qc", tmp_path / "straight")):
        assert cli(*words, "--workers", 1).exit_code == 0
    assert digests(out) == digests(tmp_path / "straight")
    assert "cruise2_hy1.csv" in set(schema.read(out / "qc" / "parts")["file"].to_pylist())


def test_a_part_that_is_lost_or_of_an_earlier_version_is_read_again(small_archives, tmp_path, reads):
    out = tmp_path / "out"
    assert cli("ingest", small_archives, "--out", out, "--workers", 1).exit_code == 0
    whole = digests(out)
    (path,) = (out / "parts").iterdir()
    nameless = schema.read(path).replace_schema_metadata(schema.OBSERVATIONS.metadata)
    schema.write(nameless, path)  # without the list of its files
    done = cli("ingest", small_archives / "leg0", "--out", out, "--workers", 1)
    assert "3 files of an earlier ingest that was interrupted are still to do" in done.stderr
    assert "its ingestion is unfinished" in cli("qc", out, "--workers", 1).stderr
    assert cli("ingest", small_archives, "--out", out, "--workers", 1).exit_code == 0
    assert digests(out) == whole


def test_killed_while_parts_are_made_anew_it_ends_with_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(parallel, "_PAYS", 1e-9)  # every part pays for a worker
    files, out = tmp_path / "in", tmp_path / "out"
    for seed in range(16):
        archive(files / f"leg{seed // 2}" / f"cruise{seed % 2}_hy1.csv", seed)  # each leg is a part: names return
    assert cli("ingest", files, "--out", out, "--workers", 1).exit_code == 0
    archives = sorted(files.rglob("*.csv"))
    for i, path in enumerate(archives[::2]):
        archive(path, 20 + i)
    stop_when(out, "parts/*.parquet", signal.SIGKILL, "ingest", files, "--out", out, "--workers", 1)
    assert cli("ingest", files, "--out", out, "--workers", 2).exit_code == 0
    assert cli("ingest", files, "--out", tmp_path / "straight", "--workers", 1).exit_code == 0
    assert digests(out) == digests(tmp_path / "straight")


def test_files_of_one_name_stay_apart(tmp_path):
    for leg in range(3):
        archive(tmp_path / "in" / f"leg{leg}" / "cruise_hy1.csv", 0)
    for words in (("ingest", tmp_path / "in", "--out", tmp_path / "out"), ("qc", tmp_path / "out")):
        assert cli(*words, "--workers", 1).exit_code == 0
    casts = pd.read_parquet(tmp_path / "out" / "qc" / "casts.parquet")
    assert len(casts) == 18 and casts.levels.eq(CAST).all() and casts.duplicate_of.notna().sum() == 12


def test_a_corrected_table_has_a_row_a_file_and_the_same_parts(small_archives, tmp_path):
    out = tmp_path / "out"
    assert cli("ingest", small_archives, "--out", out, "--workers", 1).exit_code == 0
    seen: list[set[str]] = []

    def correct(some):
        seen.append(set(some["file"].to_pylist()))
        return some, []

    write_corrected(out, tmp_path / "corrected", correct)
    assert all(len(files) == 1 for files in seen) and len(seen) == 5
    pd.testing.assert_frame_equal(table(out / "parts"), table(tmp_path / "corrected" / "parts"))
    read = [row for row in collection.rows_of(out) if row.state == "read"]
    rows = collection.rows_of(tmp_path / "corrected")
    assert [(row.key, row.file, row.levels) for row in rows] == [(row.key, row.file, row.levels) for row in read]
    assert len(stamps(tmp_path / "corrected" / "parts")) == 1

    def refuse(some):
        raise InputError("no", "here")

    with pytest.raises(InputError, match="here: no"):
        write_corrected(out, tmp_path / "refused", refuse)
    shutil.rmtree(tmp_path / "corrected")


def items_of_six(folder, bytes_, read=None):
    """Six files in three folders, of which the one at fault may come first."""
    made = read or (lambda seed, refused: registry.read(folder / f"leg{seed // 2}" / f"cruise{seed % 2}_hy1.csv"))
    for seed in range(6):
        archive(folder / f"leg{seed // 2}" / f"cruise{seed % 2}_hy1.csv", seed)
    return [
        collection.Item(f"x-{seed}-0", f"/in/leg{seed // 2}/{seed % 2}.csv", functools.partial(made, seed), bytes_)
        for seed in range(6)
    ]


@pytest.mark.parametrize(("bytes_", "killer"), [(100, 3), (None, 3), (None, 0)])
def test_a_file_that_kills_its_worker_is_the_only_one_at_fault(tmp_path, monkeypatch, bytes_, killer):
    monkeypatch.setattr(parallel, "_PAYS", 1e-9)  # every part pays for a worker
    here, reads = os.getpid(), tmp_path / "reads"

    def read(seed, refused):
        if seed == killer:
            assert os.getpid() != here, "this process would be killed"
            os.kill(os.getpid(), signal.SIGKILL)
        with reads.open("a") as file:
            file.write(f"{seed} {os.getpid() == here}\n")
        return registry.read(tmp_path / f"leg{seed // 2}" / f"cruise{seed % 2}_hy1.csv")

    with pytest.raises(InputError, match="1 of 6 files"):
        collection.ingest(items_of_six(tmp_path, bytes_, read), tmp_path / "out", parallel.Pool(2), Console(quiet=True))
    rows = {row.key: row for row in collection.rows_of(tmp_path / "out")}
    assert {key for key, row in rows.items() if row.state != "read"} == {f"x-{killer}-0"}
    assert "killed several times" in rows[f"x-{killer}-0"].message
    assert len(schema.read(tmp_path / "out" / "parts")) == 30 * CAST
    assert "True" not in reads.read_text(), "no file is read in this process"
    sound = parallel.Pool(1)
    with pytest.raises(InputError, match="1 of 6 files"):
        collection.ingest(
            items_of_six(tmp_path, bytes_, functools.partial(refuse_one, tmp_path, killer)),
            tmp_path / "straight", sound, Console(quiet=True),
        )  # fmt: skip
    assert set(stamps(tmp_path / "out" / "parts")) == set(stamps(tmp_path / "straight" / "parts"))
    pd.testing.assert_frame_equal(*(table(tmp_path / name / "parts") for name in ("out", "straight")))


def refuse_one(folder, killer, seed, refused):
    if seed == killer:
        raise InputError("no", "here")
    return registry.read(folder / f"leg{seed // 2}" / f"cruise{seed % 2}_hy1.csv")


@pytest.mark.parametrize(("bytes_", "started"), [(30_000, []), (2**30, [2])])
def test_processes_start_for_files_known_to_be_large_before_the_first_is_read(tmp_path, monkeypatch, bytes_, started):
    found: list[int] = []
    client = parallel._client
    monkeypatch.setattr(parallel, "_client", lambda scheduler, n: found.append(n) or client(scheduler, n))
    here = os.getpid()

    def read(seed, refused):
        assert (os.getpid() == here) == (not started)
        return registry.read(tmp_path / f"leg{seed // 2}" / f"cruise{seed % 2}_hy1.csv")

    collection.ingest(items_of_six(tmp_path, bytes_, read), tmp_path / "out", parallel.Pool(2), Console(quiet=True))
    assert found == started


def test_a_small_file_that_killed_the_command_is_found_when_it_is_run_again(tmp_path):
    """The first run is killed with it, since little work starts no process; a second run reads in a process."""
    out, here = tmp_path / "out", os.getpid()

    def read(kill, seed, refused):
        if seed == 0:
            if os.getpid() == here:
                raise kill
            os.kill(os.getpid(), signal.SIGKILL)
        return registry.read(tmp_path / f"leg{seed // 2}" / f"cruise{seed % 2}_hy1.csv")

    items = items_of_six(tmp_path, 100, functools.partial(read, KeyboardInterrupt()))
    with pytest.raises(KeyboardInterrupt):
        collection.ingest(items, out, parallel.Pool(2), Console(quiet=True))
    with pytest.raises(InputError, match="1 of 6 files"):
        collection.ingest(items, out, parallel.Pool(2), Console(quiet=True))
    assert [row.key for row in collection.rows_of(out) if row.state == "at fault"] == ["x-0-0"]
