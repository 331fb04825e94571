"""Archives in, one table out, by the command line: counted, restartable, the same bytes for any number of workers."""

import errno
import functools
import gzip
import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from oxygen_recon.observations import collection, parts
from oxygen_recon.runtime import parallel
from qc.readers import registry
from qc.table import schema
from tests.support.archive_files.bundles import zip_of
from tests.support.bottle_files import CAST, archive, cli, digests, stamps, states


def test_a_file_at_fault_is_reported_and_the_others_are_done(archives, tmp_path):
    out = tmp_path / "out"
    broken = archives / "leg0" / "broken.nc"
    broken.write_bytes(b"CDF\x01" + bytes(20))
    named = tmp_path / "notes.txt"
    named.write_text("not an archive, but named\n")
    done = cli("ingest", archives, named, "--out", out, "--workers", 1)
    assert done.exit_code == 1 and "Traceback" not in done.stderr
    lines = done.stderr.strip().split("\n")
    assert lines[-1].startswith("oxygen-recon: ") and "2 of 8 files at fault" in lines[-1]
    assert sum(line.startswith((f"{broken}: ", f"{named}: ")) for line in lines) == 2
    assert sorted(states(out).values()).count("read") == 5
    before = stamps(out / "parts")
    archive(broken, 9)
    done = cli("ingest", archives, "--out", out, "--workers", 1)
    assert done.exit_code == 1  # the named file is still at fault
    named.unlink()
    after = stamps(out / "parts")
    assert states(out)["broken.nc"] == "read" and len(after) == 6 and before.items() <= after.items()
    assert cli("ingest", archives, "--out", out, "--workers", 1).exit_code == 0  # what is gone is no fault any more


def test_refused_rows_are_counted_and_named(archives, tmp_path):
    out, path = tmp_path / "out", archives / "leg0" / "cruise0_hy1.csv"
    lines = path.read_text().split("\n")
    for number in (5, 9):
        lines[number - 1] = lines[number - 1].replace("34.7", "34,7")
    path.write_text("\n".join(lines))
    for _ in range(2):  # the second time nothing is read
        done = cli("ingest", archives, "--out", out, "--workers", 1)
        assert done.exit_code == 0
        printed = " ".join(done.stderr.split())
        assert f"{path}: 2 of its rows refused, the others are read: lines 5, 9: 13 fields instead of 12" in printed
        assert "every refused row and member is named in" in printed and printed.count("refused, the others") == 1
        rows = {row.file: row for row in collection.rows_of(out)}
        assert (rows[str(path)].levels, rows[str(path)].refused) == (6 * CAST - 2, 2)
        assert sum(row.refused for row in rows.values()) == 2
    named = f"file,member,line,reason\n{path},,5,13 fields instead of 12\n{path},,9,13 fields instead of 12\n"
    assert (out / "refused.csv").read_text() == named


def test_hostile_files_of_all_kinds_do_not_hold_up_the_good_ones(archives, tmp_path):
    out, bad = tmp_path / "out", archives / "bad"
    bad.mkdir()
    good = (archives / "leg0" / "cruise0_hy1.csv").read_bytes()
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as bundle:
        bundle.writestr("../evil_hy1.csv", good)
    hostile = {
        "escape.zip": packed.getvalue(),
        "cut.zip": packed.getvalue()[:-30],
        "empty.nc": b"",
        "cut.csv.gz": gzip.compress(good)[:-9],
        "bomb.gz": gzip.compress(bytes(280 << 20), 6),
        "deep.gz": functools.reduce(lambda data, _: gzip.compress(data), range(6), good),
        "damaged.nc": b"\x89HDF\r\n\x1a\n" + bytes(500),
        "cut_hy1.csv": good[: len(good) // 2],
        "new\nline_hy1.csv": good[:300],
        os.fsdecode(b"not utf-8 \xe9\xff_hy1.csv"): good[:300],
    }
    for name, data in hostile.items():
        (bad / name).write_bytes(data)
    (bad / os.fsdecode(b"sound \xe9_hy1.csv")).write_bytes(good)
    done = cli("ingest", archives, "--out", out, "--workers", 1)
    assert done.exit_code == 1 and "Traceback" not in done.stderr
    lines = done.stderr.strip().split("\n")
    assert f"{len(hostile)} of 17 files at fault" in lines[-1]
    assert sum(line.startswith(f"{bad}{os.sep}") for line in lines) == len(hostile)
    assert sorted(states(out).values()).count("read") == 6
    assert len(list((out / "parts").iterdir())) == len(stamps(out / "parts")) == 6  # no temporary file is left
    assert len(schema.read(out / "parts")) == 36 * CAST


def test_a_bad_member_of_a_bundle_is_named_and_the_others_are_read(archives, tmp_path):
    out, good = tmp_path / "out", (archives / "leg0" / "cruise0_hy1.csv").read_text()
    bundle = archives / "leg0" / "cruises.zip"
    many = {f"bad{i}_hy1.csv": good[:300] for i in range(12)}
    bundle.write_bytes(zip_of({"a_hy1.csv": good, "README.txt": "Two cruises.", "b_hy1.csv": good} | many))
    for _ in range(2):  # the second time nothing is read again, and the fault is still one
        done = cli("ingest", archives, "--out", out, "--workers", 1)
        assert done.exit_code == 1 and "Traceback" not in done.stderr
        lines = done.stderr.strip().split("\n")
        named = [line for line in lines if line.startswith(f"{bundle}#bad")]
        assert len(named) == 10 and "END_DATA" in named[0]
        assert f"{bundle}: 2 more of its members refused" in lines
        assert "0 of 7 files at fault and 12 members of bundles refused, the others are done" in lines[-1]
        row = pd.read_csv(out / "files.csv").set_index("file").loc[str(bundle)]
        assert row.state == "read" and row.refused == 12 and row.message.startswith("cruises.zip#bad0_hy1.csv")
        refused = pd.read_csv(out / "refused.csv")
        assert sorted(refused.member) == sorted(many) and set(refused.file) == {str(bundle)}
    assert cli("qc", out, "--workers", 1).exit_code == 0
    bundle.write_bytes(zip_of({"a_hy1.csv": good, "b_hy1.csv": good}))
    assert cli("ingest", archives, "--out", out, "--workers", 1).exit_code == 0


def test_links_that_lead_nowhere_and_pipes_are_at_fault_alone(archives, tmp_path):
    out, bad = tmp_path / "out", archives / "bad"
    bad.mkdir()
    (bad / "circle_hy1.csv").symlink_to(bad / "circle_hy1.csv")
    (bad / "nowhere_hy1.csv").symlink_to(tmp_path / "gone")
    (bad / "round").symlink_to(archives, target_is_directory=True)
    os.mkfifo(bad / "pipe_hy1.csv")
    named = archives, [bad / "circle_hy1.csv", archives / "leg0"], [bad / "*_hy1.csv", archives / "leg0"]
    for words, faults in zip((named[0], *named[1:]), (3, 1, 3)):
        words = words if isinstance(words, list) else [words]
        done = cli("ingest", *words, "--out", out, "--workers", 1)
        lines = done.stderr.strip().split("\n")
        assert done.exit_code == 1 and "Traceback" not in done.stderr and "foresee" not in done.stderr
        reported = [line for line in lines if line.startswith(str(bad))]
        assert len(reported) == len(set(reported)) >= faults
        assert all(line.count(f"{line.split(': ')[0]}: ") == 1 for line in reported)
        assert "files at fault, the others are done" in lines[-1]
        assert sorted(states(out).values()).count("read") == 5
    assert f"{bad / 'pipe_hy1.csv'}: is no file" in reported
    assert f"{bad / 'nowhere_hy1.csv'}: is a link that leads nowhere (to {tmp_path / 'gone'})" in reported


def test_a_folder_behind_a_link_is_read_once_wherever_its_links_lead(archives, tmp_path):
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    archive(elsewhere / "deep" / "far_hy1.csv", 7)
    (elsewhere / "deep" / "round").symlink_to(archives)
    (archives / "linked").symlink_to(elsewhere)
    (archives / "again").joinpath("twice").symlink_to(elsewhere / "deep")
    (archives / "aaa").symlink_to(archives / "leg0")  # what is no link gives the files their names
    (archives / "table").symlink_to(out)  # what the table itself holds is no archive
    for name in (archives, archives / "**" / "*_hy1.csv"):
        done = cli("ingest", name, "--out", out, "--workers", 1)
        assert done.exit_code == 0, done.stderr
        files = set(pd.read_csv(out / "files.csv").query("state == 'read'").file)
        assert len(files) == 6 and str(archives / "leg0" / "cruise0_hy1.csv") in files
        assert sum(file.endswith("far_hy1.csv") for file in files) == 1


def test_a_folder_that_cannot_be_listed_is_named_and_the_others_are_read(archives, tmp_path, monkeypatch):
    listed = os.scandir, os.listdir

    def forbidden(how):
        def listing(path):
            if Path(path) == archives / "leg0":
                raise PermissionError(errno.EACCES, "Permission denied", str(path))
            return how(path)

        return listing

    for name, how in zip(("scandir", "listdir"), listed):
        monkeypatch.setattr(os, name, forbidden(how))
    for words in ([archives], [archives / "leg0", archives / "leg1"], [archives / "*" / "*.csv"]):
        out = tmp_path / f"out{len(words)}"
        done = cli("ingest", *words, "--out", out, "--workers", 1)
        lines = done.stderr.strip().split("\n")
        assert done.exit_code == 1 and "Traceback" not in done.stderr
        named = [line for line in lines if line.startswith(f"{archives / 'leg0'}: ")]
        assert len(named) == 1 and "cannot be listed (Permission denied)" in named[0]
        assert "files at fault, the others are done" in lines[-1]
        assert states(out)["leg0"] == "at fault" and "read" in states(out).values()
    done = cli("ingest", archives / "leg0", "--out", tmp_path / "none", "--workers", 1)
    assert done.exit_code == 1 and f"{archives / 'leg0'}: none of its files is read" in done.stderr
    monkeypatch.undo()
    assert cli("ingest", archives, "--out", tmp_path / "out1", "--workers", 1).exit_code == 0
    assert "leg0" not in states(tmp_path / "out1"), "a folder that can be listed again is no fault any more"


def test_parts_go_with_their_files_and_stay_where_other_files_are_named(archives, tmp_path):
    out = tmp_path / "out"
    cli("ingest", archives / "leg0", archives / "leg1", "--out", out, "--workers", 1)
    before = stamps(out / "parts")
    assert len(before) == 4
    (archives / "leg0" / "cruise0_hy1.csv").unlink()
    archive(archives / "leg0" / "cruise2_hy1.csv", 2, casts=7)
    cli("ingest", str(archives / "leg0" / "*.csv"), "--out", out, "--workers", 1)
    after = stamps(out / "parts")
    assert set(states(out)) == {"cruise1_hy1.csv", "cruise2_hy1.csv", "cruise3_hy1.csv"}
    assert len(after) == 3 and len(before.items() & after.items()) == 2
    assert len(schema.read(out / "parts")) == (6 + 6 + 7) * CAST
    cli("qc", out, "--workers", 1)
    assert set(stamps(out / "qc" / "parts")) == set(after)


def test_a_folder_without_locks_can_be_used(archives, tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def none(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    assert cli("ingest", archives, "--out", tmp_path / "out", "--workers", 1).exit_code == 0


def test_workers_leave_this_process_as_it_was(archives, tmp_path, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)  # which the workers get
    monkeypatch.setattr(parallel, "_PAYS", 1e-9)  # every job pays for a worker
    before = dict(os.environ)
    assert cli("ingest", archives, "--out", tmp_path / "out", "--workers", 2).exit_code == 0
    assert dict(os.environ) == before


def test_a_scheduler_of_ones_own_does_the_same_work(archives, tmp_path):
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, processes=False, dashboard_address=None, protocol="tcp", host="127.0.0.1") as mine:
        done = cli("ingest", archives, "--out", tmp_path / "out", "--scheduler", mine.scheduler_address)
        assert done.exit_code == 0, done.stderr
    assert len(stamps(tmp_path / "out" / "parts")) == 5
    cli("ingest", archives, "--out", tmp_path / "single", "--workers", 1)
    assert digests(tmp_path / "out") == digests(tmp_path / "single")


def test_patterns_of_any_depth_and_links_leave_each_file_once_in_the_table(archives, tmp_path, monkeypatch):
    out = tmp_path / "out"
    monkeypatch.chdir(tmp_path)
    (archives / "leg0" / "cruise9_hy1.csv.part").write_text("BOTTLE, half a file")
    (archives / "linked").symlink_to(archives / "leg0")
    pattern = str(archives / "**" / "*_hy1.csv")
    for casts in (6, 7):
        archive(archives / "leg0" / "cruise0_hy1.csv", 0, casts=casts)
        assert cli("ingest", pattern, "--out", "out", "--workers", 1).exit_code == 0
        assert len(states(out)) == 5 and len(stamps(out / "parts")) == 5
    archive(archives / "leg0" / "cruise0_hy1.csv", 0, casts=8)
    assert cli("ingest", archives / "leg0", "--out", out, "--workers", 1).exit_code == 0
    assert cli("ingest", archives, "--out", out, "--workers", 1).exit_code == 0
    assert len(stamps(out / "parts")) == 5 and len(schema.read(out / "parts")) == (8 + 4 * 6) * CAST


def test_a_folder_that_the_workers_do_not_see_is_named(tmp_path, monkeypatch):
    path = archive(tmp_path / "cruise_hy1.csv", 0)
    monkeypatch.setattr(parts, "write", lambda *_: None)  # written somewhere else
    done = cli("ingest", path, "--out", tmp_path / "out", "--workers", 1)
    assert done.exit_code == 1 and "the workers do not see this folder" in done.stderr


def test_real_archives_keep_their_counts(data_root, tmp_path):
    patterns = [data_root / "observations" / "argo" / name for name in ("SR*.nc", "SD*.nc")]
    assert cli("ingest", *patterns, "--out", tmp_path / "out", "--workers", 1).exit_code == 0
    table = schema.read(tmp_path / "out" / "parts")
    files = sorted(path for pattern in patterns for path in pattern.parent.glob(pattern.name))
    assert len(table) == sum(len(registry.read(path)) for path in files)
    assert np.isfinite(table["oxygen"].to_numpy()).sum() == 60 + 72  # counts of the collection's own description


def test_a_lost_scheduler_is_one_line(archives, tmp_path, monkeypatch):
    from distributed import Future, LocalCluster
    from distributed.client import FutureCancelledError

    def lose(self, timeout=None):
        raise FutureCancelledError(self.key, "scheduler-connection-lost")

    with LocalCluster(n_workers=1, processes=False, dashboard_address=None, protocol="tcp", host="127.0.0.1") as mine:
        monkeypatch.setattr(Future, "result", lose)
        done = cli("ingest", archives, "--out", tmp_path / "out", "--scheduler", mine.scheduler_address)
    assert done.exit_code == 1 and "Traceback" not in done.stderr
    assert f"{mine.scheduler_address}: the scheduler was lost" in done.stderr.strip().split("\n")[-1]
