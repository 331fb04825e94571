"""Archives in, one table out, by the command line: counted, restartable, the same bytes whoever does the work."""

import errno
import functools
import gzip
import hashlib
import io
import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from oxygen_recon.cli import app
from oxygen_recon.observations import collection
from oxygen_recon.observations import discover as archive_files
from qc.battery import battery, cruises, run
from qc.battery import counts as tally
from qc.duplicates import search as duplicates
from qc.errors import InputError
from qc.readers import registry as readers
from qc.table import schema
from tests.support.stopping import stop_when

RULES = battery.load_battery().duplicates

HEADER = "EXPOCODE,STNNBR,CASTNO,DATE,TIME,LATITUDE,LONGITUDE,CTDPRS,CTDTMP,CTDSAL,OXYGEN,OXYGEN_FLAG_W"
UNITS = ",,,,,,,DBAR,ITS-90,PSS-78,UMOL/KG,"
CAST = 12  # levels


def archive(path: Path, seed: int, casts: int = 6, cruise: str | None = None) -> Path:
    """Write a WHP-Exchange bottle file: a section along a parallel, one level in twelve bad and one missing."""
    rng = np.random.default_rng(seed)
    lines = []
    for cast in range(casts):
        p = np.linspace(5, 1500, CAST)
        oxygen = 240 - 0.1 * p + rng.normal(0, 2, CAST)
        flags = np.full(CAST, 2)
        oxygen[3], flags[3] = -999, 9
        flags[7], oxygen[5] = 4, 900 if cast == 1 else oxygen[5]
        date = np.datetime64("1995-03-01") + seed * 40 + cast
        lines += [
            f"{cruise or f'31XX{seed:04d}'},{cast + 1},1,{str(date).replace('-', '')},1200,"
            f"{-20 + seed / 10:.4f},{-150 + cast / 2:.4f},{a:.1f},{10 - a / 300:.3f},34.7,{b:.2f},{f}"
            for a, b, f in zip(p, oxygen, flags)
        ]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(["BOTTLE,20120101TEST", HEADER, UNITS, *lines, "END_DATA\n"]))
    return path


@pytest.fixture
def archives(tmp_path):
    """Four cruises, of which one lies in two files, beside what is no archive."""
    folder = tmp_path / "in"
    for seed in range(4):
        archive(folder / f"leg{seed % 2}" / f"cruise{seed}_hy1.csv", seed)
    archive(folder / "again" / "copy_hy1.csv", 0)
    (folder / "README.txt").write_text("Cruises of the South Pacific.\n")
    (folder / ".hidden_hy1.csv").write_text("BOTTLE, half a file")
    return folder


def cli(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def digests(folder: Path) -> dict[str, str]:
    """SHA-256 of all files but the one that holds the time of the run."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "settings.json")
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def states(folder: Path) -> dict[str, str]:
    table = pd.read_csv(folder / "files.csv")
    return dict(zip(table.file.map(lambda file: Path(file).name), table.state))


def stamps(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("*.parquet")}


def test_every_level_is_counted_once_in_every_file(archives, tmp_path):
    out = tmp_path / "out"
    done = cli("ingest", archives, "--out", out, "--workers", 1)
    assert done.exit_code == 0, done.stderr
    assert states(out).pop("README.txt") == "passed over" and ".hidden_hy1.csv" not in states(out)
    assert "cchdo: oxygen of 360 levels = 300 good" in done.stderr and "360 levels in" in done.stderr
    assert cli("qc", out, "--workers", 1).exit_code == 0
    for counts in (pd.read_csv(out / "counts.csv"), pd.read_csv(out / "qc" / "counts.csv")):
        assert len(counts) == 5 * len(schema.VARIABLES) and counts.levels.eq(6 * CAST).all()
        assert (counts[[*tally.STATES]].sum(axis=1) == counts.levels).all()
    after = counts[counts.variable == "oxygen"]
    assert after["range"].eq(1).all() and after.duplicate.sum() == 6 * CAST
    total = pd.read_csv(out / "qc" / "tally.csv", index_col="source").loc["cchdo"]
    assert total.levels == 360 and total.bad == after.bad.sum() and total.duplicate == 72
    cruises, casts = pd.read_csv(out / "qc" / "cruises.csv"), pd.read_parquet(out / "qc" / "casts.parquet")
    for name in ("levels", "good", "suspect", "bad", "missing", "not_evaluated"):
        assert cruises[name].sum() == casts[name].sum() == total[name]
    assert cruises.casts.sum() == len(casts) and cruises.copies.sum() == casts.duplicate_of.notna().sum() > 0


def test_part_by_part_gives_what_the_whole_table_gives(archives, tmp_path):
    cli("ingest", archives, "--out", tmp_path / "out", "--workers", 1)
    cli("qc", tmp_path / "out", "--workers", 1)
    whole = run.run_battery(schema.read(tmp_path / "out" / "parts"))
    whole = cruises.check_cruises(duplicates.mark(whole, RULES))
    assert whole["duplicate_of"].null_count < len(whole)
    parts = schema.read(tmp_path / "out" / "qc" / "parts")
    schema.check(parts, "parts")
    pd.testing.assert_frame_equal(parts.to_pandas(), whole.to_pandas())


def test_a_file_at_fault_is_told_and_the_others_are_done(archives, tmp_path):
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


def test_links_that_lead_nowhere_and_pipes_are_at_fault_alone(archives, tmp_path):
    out, bad = tmp_path / "out", archives / "bad"
    bad.mkdir()
    (bad / "circle_hy1.csv").symlink_to(bad / "circle_hy1.csv")
    (bad / "nowhere_hy1.csv").symlink_to(tmp_path / "gone")
    (bad / "round").symlink_to(archives, target_is_directory=True)
    os.mkfifo(bad / "pipe_hy1.csv")
    asked = archives, [bad / "circle_hy1.csv", archives / "leg0"], [bad / "*_hy1.csv", archives / "leg0"]
    for words, faults in zip((asked[0], *asked[1:]), (3, 1, 3)):
        words = words if isinstance(words, list) else [words]
        done = cli("ingest", *words, "--out", out, "--workers", 1)
        lines = done.stderr.strip().split("\n")
        assert done.exit_code == 1 and "Traceback" not in done.stderr and "foresee" not in done.stderr
        told = [line for line in lines if line.startswith(str(bad))]
        assert len(told) == len(set(told)) >= faults and all(line.count(str(bad)) == 1 for line in told)
        assert "files at fault, the others are done" in lines[-1]
        assert sorted(states(out).values()).count("read") == 5
    assert f"{bad / 'pipe_hy1.csv'}: is no file" in told


def test_a_damaged_part_is_one_line_and_its_mend_heals_it(archives, tmp_path):
    out = tmp_path / "out"
    for words in (("ingest", archives, "--out"), ("qc",)):
        assert cli(*words, out, "--workers", 1).exit_code == 0
    whole = digests(out)
    rng = np.random.default_rng(0)
    for folder in ("parts", "qc/parts", "qc/prints", "qc/regions"):
        path = sorted((out / folder).iterdir())[0]
        if folder == "parts":
            sorted((out / "qc" / "alone").iterdir())[0].unlink()
        for damage in (rng.bytes(5000), path.read_bytes()[:-7]):
            path.write_bytes(damage)
            told = cli("qc", out, "--workers", 1)
            assert told.exit_code == 1 and "Traceback" not in told.stderr
            line = told.stderr.strip().split("\n")[-1]
            by = "ingest" if folder == "parts" else "the same command"
            assert line == f"oxygen-recon: {path}: is damaged; remove it and run {by} again"
        if folder == "parts":
            damaged = cli("ingest", archives, "--out", out, "--workers", 1).stderr.strip().split("\n")[-1]
            assert damaged == f"oxygen-recon: {path}: is damaged; remove it and run the same command again"
        path.unlink()
        if folder == "parts":
            assert "its ingestion is unfinished" in cli("qc", out, "--workers", 1).stderr
            assert cli("ingest", archives, "--out", out, "--workers", 1).exit_code == 0
        assert cli("qc", out, "--workers", 1).exit_code == 0
        assert digests(out) == whole


def test_parts_go_with_their_files_and_stay_where_nothing_is_said_of_them(archives, tmp_path):
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


def test_another_battery_judges_anew_and_the_same_one_does_not(archives, tmp_path):
    out = tmp_path / "out"
    cli("ingest", archives, "--out", out, "--workers", 1)
    cli("qc", out, "--workers", 1)
    first, settings = stamps(out / "qc" / "parts"), (out / "qc" / "settings.json").read_text()
    cli("qc", out, "--workers", 1)
    assert stamps(out / "qc" / "parts") == first and (out / "qc" / "settings.json").read_text() == settings
    archive(archives / "leg1" / "cruise8_hy1.csv", 8)
    cli("ingest", archives, "--out", out, "--workers", 1)
    cli("qc", out, "--workers", 1)
    now = json.loads(settings)["now"]
    assert json.loads((out / "qc" / "settings.json").read_text())["now"] == now  # the same dates are possible
    first = stamps(out / "qc" / "parts")
    (out / "qc" / "report" / "of_before").write_text("")
    own = tmp_path / "own.yaml"
    own.write_text(battery.SHIPPED.read_text().replace("oxygen: [-5, 600]", "oxygen: [-5, 1000]"))
    cli("qc", out, "--battery", own, "--workers", 1)
    counts = pd.read_csv(out / "qc" / "tally.csv", index_col="source")
    assert not (out / "qc" / "report" / "of_before").exists()
    assert counts.loc["cchdo", "range"] == 0 and not stamps(out / "qc" / "parts").items() & first.items()


def test_stopped_anywhere_and_ended_by_two_workers_it_holds_the_same_bytes(tmp_path):
    files = tmp_path / "in"
    for seed in range(20):
        archive(files / f"cruise{seed}_hy1.csv", seed)
    straight, stopped = tmp_path / "straight", tmp_path / "stopped"
    ingest, check = ("ingest", files, "--out"), ("qc",)
    for words in (ingest, check):
        assert cli(*words, straight, "--workers", 1).exit_code == 0
    stop_when(stopped, "parts/*.parquet", signal.SIGKILL, *ingest, stopped, "--workers", 1)
    refused = cli(*check, stopped)
    assert refused.exit_code == 1 and "its ingestion is unfinished" in refused.stderr
    assert cli(*ingest, stopped, "--workers", 2).exit_code == 0
    stop_when(stopped, "qc/alone/*.parquet", signal.SIGINT, *check, stopped, "--workers", 1)
    assert cli(*check, stopped, "--workers", 2).exit_code == 0
    assert digests(stopped) == digests(straight)


def test_a_second_command_in_one_folder_is_told_so_and_a_killed_one_holds_nothing(archives, tmp_path):
    """A second process holds the folder, as a command at work does, until it is killed."""
    pytest.importorskip("fcntl")
    out = tmp_path / "out"
    assert cli("ingest", archives, "--out", out, "--workers", 1).exit_code == 0
    before = digests(out)
    hold = "import sys, pathlib; from oxygen_recon.runtime.locking import alone_in\n"
    hold += "with alone_in(pathlib.Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    piped = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", hold, str(out)], **piped) as other:
        assert other.stdout.readline() == "held\n"
        for words in (("ingest", archives, "--out", out), ("qc", out)):
            refused = cli(*words, "--workers", 1)
            assert refused.exit_code == 1 and refused.stderr.strip().count("\n") == 0
            assert f"{out}: another command is at work in it; wait until it has ended" in refused.stderr
        assert digests(out) == before
        other.kill()
    assert cli("qc", out, "--workers", 1).exit_code == 0


def test_a_folder_without_locks_is_worked_in_all_the_same(archives, tmp_path, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def none(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", none)
    assert cli("ingest", archives, "--out", tmp_path / "out", "--workers", 1).exit_code == 0


def test_what_is_no_collection_is_refused_without_a_trace(tmp_path):
    (tmp_path / "photos").mkdir()
    for folder in (tmp_path / "photos", tmp_path / "none"):
        refused = cli("qc", folder, "--workers", 1)
        assert refused.exit_code == 1 and "is no ingested collection" in refused.stderr
    assert list((tmp_path / "photos").iterdir()) == [] and not (tmp_path / "none").exists()


def test_workers_leave_this_process_as_it_was(archives, tmp_path, monkeypatch):
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)  # what the workers are told
    before = dict(os.environ)
    assert cli("ingest", archives, "--out", tmp_path / "out", "--workers", 2).exit_code == 0
    assert dict(os.environ) == before


def test_a_scheduler_of_ones_own_does_the_work_or_is_named_where_it_does_not_answer(archives, tmp_path):
    from distributed import LocalCluster

    with LocalCluster(n_workers=1, processes=False, dashboard_address=None, protocol="tcp", host="127.0.0.1") as mine:
        done = cli("ingest", archives, "--out", tmp_path / "out", "--scheduler", mine.scheduler_address)
        assert done.exit_code == 0, done.stderr
    assert len(stamps(tmp_path / "out" / "parts")) == 5
    cli("ingest", archives, "--out", tmp_path / "alone", "--workers", 1)
    assert digests(tmp_path / "out") == digests(tmp_path / "alone")


def test_text_tables_are_read_as_the_catalogue_says(tmp_path):
    path = tmp_path / "observations" / "kodc" / "nso_2000.txt.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"x")
    by_pattern, by_name = archive_files.find([str(tmp_path)]), archive_files.find([str(path)], "kodc")
    assert by_pattern[0].key.startswith("kodc-nso_2000-") and by_pattern[0].read.spec is not None
    assert by_name[0].read.otherwise == by_pattern[0].read.spec and by_name[0].read.named
    other = tmp_path / "mine.txt"
    other.write_bytes(b"x")
    assert archive_files.find([str(other)])[0].read.spec is None
    for words, said in ((([str(path)], "wod"), "no delimited table"), ((["nowhere/*.csv"],), "no file here")):
        with pytest.raises(InputError, match=said):
            archive_files.find(*words)


def test_what_lies_beside_an_archive_decides_its_key(tmp_path, monkeypatch):
    path, summary = archive(tmp_path / "a.hyd", 0), tmp_path / "a.sum"
    summary.write_text("one")
    monkeypatch.setattr(readers, "companions", lambda path, spec=None: [summary])
    before = archive_files.Archive(path).key("file")
    assert archive_files.Archive(path).key("file") == before
    summary.write_text("another")
    assert archive_files.Archive(path).key("file") != before


def test_patterns_of_any_depth_and_links_leave_each_file_once_in_the_table(archives, tmp_path, monkeypatch):
    out = tmp_path / "out"
    monkeypatch.chdir(tmp_path)
    (archives / "leg0" / "cruise9_hy1.csv.part").write_text("BOTTLE, half a file")
    (archives / "linked").symlink_to(archives / "leg0")
    asked = str(archives / "**" / "*_hy1.csv")
    for casts in (6, 7):
        archive(archives / "leg0" / "cruise0_hy1.csv", 0, casts=casts)
        assert cli("ingest", asked, "--out", "out", "--workers", 1).exit_code == 0
        assert len(states(out)) == 5 and len(stamps(out / "parts")) == 5
    archive(archives / "leg0" / "cruise0_hy1.csv", 0, casts=8)
    assert cli("ingest", archives / "leg0", "--out", out, "--workers", 1).exit_code == 0
    assert cli("ingest", archives, "--out", out, "--workers", 1).exit_code == 0
    assert len(stamps(out / "parts")) == 5 and len(schema.read(out / "parts")) == (8 + 4 * 6) * CAST


def test_a_pattern_claims_the_files_that_glob_finds_and_no_others():
    for pattern, file, claimed in (
        ("/a/**/*.nc", "/a/x.nc", True),
        ("/a/**/*.nc", "/a/b/c/x.nc", True),
        ("/a/**/*.nc", "/b/a/x.nc", False),
        ("/a/*/x.nc", "/a/b/c/x.nc", False),
        ("/a/**", "/a/b/x.nc", True),
        ("/a/\xa0*.nc", "/a/\\xa0x.nc", True),
    ):
        assert archive_files.asked_for([pattern], file) is claimed, (pattern, file)


def test_a_folder_that_the_workers_do_not_see_is_named(tmp_path, monkeypatch):
    path = archive(tmp_path / "cruise_hy1.csv", 0)
    monkeypatch.setattr(collection.parts, "write", lambda *_: None)  # written somewhere else
    done = cli("ingest", path, "--out", tmp_path / "out", "--workers", 1)
    assert done.exit_code == 1 and "the workers do not see this folder" in done.stderr


def test_counts_have_their_header_where_the_first_part_has_no_level(tmp_path):
    some = readers.read(archive(tmp_path / "cruise_hy1.csv", 0))
    for key, table in (("a", some.slice(0, 0)), ("b", some)):
        collection.parts.write(table, tmp_path / f"{key}.parquet", None, {"file": key})
    collection.parts.count(tmp_path, ["a", "b"], tmp_path / "counts.csv", lambda line: None)
    assert pd.read_csv(tmp_path / "counts.csv").levels.eq(6 * CAST).all()


def test_parts_of_another_version_are_named_and_not_counted_with_the_rest(tmp_path, monkeypatch):
    table = readers.read(archive(tmp_path / "cruise_hy1.csv", 0))
    collection.parts.write(table, tmp_path / "b.parquet", None, {"file": "b"})
    states = collection.parts.tally.states
    monkeypatch.setattr(
        collection.parts.tally, "states", lambda *words: states(*words).drop(columns="constant_density")
    )
    collection.parts.write(table, tmp_path / "a.parquet", None, {"file": "a"})
    with pytest.raises(InputError, match=r"b\.parquet: was made by another version .* into a new folder"):
        collection.parts.count(tmp_path, ["a", "b"], tmp_path / "counts.csv", lambda line: None)
    assert not (tmp_path / "counts.csv").exists()


def test_oxygen_converted_without_a_density_of_its_own_is_told_and_counted(tmp_path):
    whole = archive(tmp_path / "in" / "whole_hy1.csv", 0).read_text()
    lines = whole.replace("UMOL/KG", "UMOL/L").replace("31XX0000", "31XX0009").splitlines()
    lines[3:8] = [line.replace(",34.7,", ",-999.0,") for line in lines[3:8]]  # one of the five has no oxygen
    (tmp_path / "in" / "lacking_hy1.csv").write_text("\n".join([*lines, ""]))
    done = cli("ingest", tmp_path / "in", "--out", tmp_path / "out", "--workers", 1)
    told = "; 4 of them converted at 1025 kg/m3, their own density unknown"
    assert [line.partition(":")[0] for line in done.stderr.splitlines() if told in line] == ["lacking_hy1.csv", "cchdo"]
    cli("qc", tmp_path / "out", "--workers", 1)
    for counts in (pd.read_csv(tmp_path / "out" / name) for name in ("counts.csv", "qc/counts.csv")):
        some = counts[counts.constant_density > 0]
        assert some.variable.tolist() == ["oxygen"] and some.constant_density.tolist() == [4]
        assert some.file.str.endswith("lacking_hy1.csv").all() and (some[[*tally.STATES]].sum(axis=1) == 6 * CAST).all()


def test_real_archives_keep_their_counts(data_root, tmp_path):
    asked = [data_root / "observations" / "argo" / name for name in ("SR*.nc", "SD*.nc")]
    assert cli("ingest", *asked, "--out", tmp_path / "out", "--workers", 1).exit_code == 0
    table = schema.read(tmp_path / "out" / "parts")
    files = sorted(path for pattern in asked for path in pattern.parent.glob(pattern.name))
    assert len(table) == sum(len(readers.read(path)) for path in files)
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
