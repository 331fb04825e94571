"""Quality control by the command line: counted, restartable, the same bytes for any number of workers."""

import json
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from oxygen_recon.runtime import parallel
from qc.battery import battery
from qc.battery.counts import STATES
from qc.table import schema
from tests.support.bottle_files import CAST, archive, cli, digests, stamps, states
from tests.support.stopping import stop_when


def test_every_level_is_counted_once_in_every_file(archives, tmp_path):
    out = tmp_path / "out"
    done = cli("ingest", archives, "--out", out, "--workers", 1)
    assert done.exit_code == 0, done.stderr
    assert states(out).pop("README.txt") == "passed over" and ".hidden_hy1.csv" not in states(out)
    assert "cchdo: oxygen of 360 levels = 300 good" in done.stderr and "360 levels in" in done.stderr
    assert cli("qc", out, "--workers", 1).exit_code == 0
    for counts in (pd.read_csv(out / "counts.csv"), pd.read_csv(out / "qc" / "counts.csv")):
        assert len(counts) == 5 * len(schema.VARIABLES) and counts.levels.eq(6 * CAST).all()
        assert (counts[[*STATES]].sum(axis=1) == counts.levels).all()
    after = counts[counts.variable == "oxygen"]
    assert after["range"].eq(1).all() and after.duplicate.sum() == 6 * CAST
    total = pd.read_csv(out / "qc" / "tally.csv", index_col="source").loc["cchdo"]
    assert total.levels == 360 and total.bad == after.bad.sum() and total.duplicate == 72
    cruises, casts = pd.read_csv(out / "qc" / "cruises.csv"), pd.read_parquet(out / "qc" / "casts.parquet")
    for name in ("levels", "good", "suspect", "bad", "missing", "not_evaluated"):
        assert cruises[name].sum() == casts[name].sum() == total[name]
    assert cruises.casts.sum() == len(casts) and cruises.copies.sum() == casts.duplicate_of.notna().sum() > 0


def test_a_damaged_part_is_one_line_and_its_fix_heals_it(archives, tmp_path):
    out = tmp_path / "out"
    for words in (("ingest", archives, "--out"), ("qc",)):
        assert cli(*words, out, "--workers", 1).exit_code == 0
    whole = digests(out)
    rng = np.random.default_rng(0)
    for folder in ("parts", "qc/parts", "qc/signatures", "qc/regions"):
        path = sorted((out / folder).iterdir())[0]
        if folder == "parts":
            sorted((out / "qc" / "profile_tests").iterdir())[0].unlink()
        for damage in (rng.bytes(5000), path.read_bytes()[:-7]):
            path.write_bytes(damage)
            damaged = cli("qc", out, "--workers", 1)
            assert damaged.exit_code == 1 and "Traceback" not in damaged.stderr
            line = damaged.stderr.strip().split("\n")[-1]
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


def test_another_battery_flags_anew_and_the_same_one_does_not(archives, tmp_path):
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


def test_a_climatology_reaches_every_part_and_another_one_flags_anew(archives, tmp_path):
    out, field = tmp_path / "out", tmp_path / "mean.nc"
    assert cli("ingest", archives, "--out", out, "--workers", 1).exit_code == 0
    assert cli("qc", out, "--no-page", "--workers", 1).exit_code == 0
    plain = digests(out)
    counts = []
    for mean in (150.0, 165.0):  # the casts of all cruises hold 240 at the surface and 90 at 1500 dbar
        axes = {"depth": [0.0, 2000.0], "lat": np.arange(-89.0, 90, 2), "lon": np.arange(1.0, 360, 2)}
        value, unit = np.full((2, 90, 180), mean), {"units": "umol/kg"}
        names = {"o_an": (tuple(axes), value, unit), "o_sd": (tuple(axes), 0 * value + 20, unit)}
        xr.Dataset(names, axes).to_netcdf(field)
        done = cli("qc", out, "--climatology", field, "--no-page", "--workers", 1)
        assert done.exit_code == 0, done.stderr
        counts.append(pd.read_csv(out / "qc" / "tally.csv", index_col="source").loc["cchdo", "regional"])
        again = stamps(out / "qc" / "parts")
        cli("qc", out, "--climatology", field, "--no-page", "--workers", 1)
        assert stamps(out / "qc" / "parts") == again
    table = schema.read(out / "qc" / "parts")
    oxygen, flag = table["oxygen"].to_numpy(), table["oxygen_flag"].to_numpy()
    assert counts[0] > 0 and counts[0] != counts[1] and (flag[np.abs(oxygen - 165) > 60] >= 3).all()
    assert cli("qc", out, "--no-page", "--workers", 1).exit_code == 0
    assert digests(out) == plain


def test_a_climatology_that_cannot_be_used_is_one_line_and_flags_nothing(archives, tmp_path):
    out = tmp_path / "out"
    cli("ingest", archives, "--out", out, "--workers", 1)
    refused = cli("qc", out, "--climatology", tmp_path / "none.nc", "--workers", 1)
    assert refused.exit_code == 1 and refused.stderr.startswith(f"oxygen-recon: {tmp_path / 'none.nc'}: cannot be read")
    assert refused.stderr.strip().count("\n") == 0 and not (out / "qc").exists()


def test_stopped_anywhere_and_ended_by_two_workers_it_holds_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(parallel, "_PAYS", 1e-9)  # every job pays for a worker
    files = tmp_path / "in"
    for seed in range(20):
        archive(files / f"leg{seed // 2}" / f"cruise{seed % 2}_hy1.csv", seed)  # each leg is a part: names return
    straight, stopped = tmp_path / "straight", tmp_path / "stopped"
    ingest, check = ("ingest", files, "--out"), ("qc",)
    for words in (ingest, check):
        assert cli(*words, straight, "--workers", 1).exit_code == 0
    stop_when(stopped, "parts/*.parquet", signal.SIGKILL, *ingest, stopped, "--workers", 1)
    refused = cli(*check, stopped)
    assert refused.exit_code == 1 and "its ingestion is unfinished" in refused.stderr
    assert cli(*ingest, stopped, "--workers", 2).exit_code == 0
    stop_when(stopped, "qc/profile_tests/*.parquet", signal.SIGINT, *check, stopped, "--workers", 1)
    assert cli(*check, stopped, "--workers", 2).exit_code == 0
    assert digests(stopped) == digests(straight)


def test_a_second_command_in_one_folder_is_refused_and_a_killed_one_holds_nothing(archives, tmp_path):
    """A second process holds the folder, as a command at work does, until it is killed."""
    pytest.importorskip("fcntl")
    out = tmp_path / "out"
    assert cli("ingest", archives, "--out", out, "--workers", 1).exit_code == 0
    before = digests(out)
    hold = "import sys, pathlib; from oxygen_recon.runtime.files import locked_folder\n"
    hold += "with locked_folder(pathlib.Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
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


def test_what_is_no_collection_is_refused_without_a_trace(tmp_path):
    (tmp_path / "photos").mkdir()
    for folder in (tmp_path / "photos", tmp_path / "none"):
        refused = cli("qc", folder, "--workers", 1)
        assert refused.exit_code == 1 and "is no ingested collection" in refused.stderr
    assert list((tmp_path / "photos").iterdir()) == [] and not (tmp_path / "none").exists()


def test_oxygen_converted_without_a_density_of_its_own_is_reported_and_counted(tmp_path):
    whole = archive(tmp_path / "in" / "whole_hy1.csv", 0).read_text()
    lines = whole.replace("UMOL/KG", "UMOL/L").replace("31XX0000", "31XX0009").splitlines()
    lines[3:8] = [line.replace(",34.7,", ",-999.0,") for line in lines[3:8]]  # one of the five has no oxygen
    (tmp_path / "in" / "lacking_hy1.csv").write_text("\n".join([*lines, ""]))
    done = cli("ingest", tmp_path / "in", "--out", tmp_path / "out", "--workers", 1)
    reported = "; 4 of them converted at 1025 kg/m3, their own density unknown"
    lines = [line for line in done.stderr.splitlines() if reported in line]
    assert [line.partition(":")[0] for line in lines] == ["lacking_hy1.csv", "cchdo"]
    cli("qc", tmp_path / "out", "--workers", 1)
    for counts in (pd.read_csv(tmp_path / "out" / name) for name in ("counts.csv", "qc/counts.csv")):
        some = counts[counts.constant_density > 0]
        assert some.variable.tolist() == ["oxygen"] and some.constant_density.tolist() == [4]
        assert some.file.str.endswith("lacking_hy1.csv").all() and (some[[*STATES]].sum(axis=1) == 6 * CAST).all()
