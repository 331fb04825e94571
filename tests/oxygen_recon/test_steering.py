"""At the command line: whose results a folder holds, under which name, and by which catalogue."""

import json
import shutil
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from oxygen_recon.cli import app
from oxygen_recon.pipeline.setup.init import template
from tests.support import own_table

ENTRY = {"title": "Mine", "licence": "none", "citation": "Me (2020)", "reader": "table", "files": ["*.csv"]}


def oxygen_recon(*words) -> str:
    """What is said; an error is one line."""
    done = CliRunner().invoke(app, [str(word) for word in (*words, *([] if words[0] == "check" else ["--workers", 1]))])
    if done.exit_code:
        assert done.stderr.startswith("oxygen-recon: ") and done.stderr.count("\n") == 1, done.stderr
        return done.stderr
    return done.stdout


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with an experiment, as the current one."""
    (tmp_path / "a").mkdir()
    monkeypatch.chdir(tmp_path / "a")
    own_table.write(Path())
    return tmp_path


def stamps(work: Path) -> dict[str, int]:
    return {path.parent.name: path.stat().st_mtime_ns for path in work.glob("*/done.json")}


def test_the_same_file_run_from_another_folder_is_another_experiment(here, monkeypatch):
    assert oxygen_recon("ingest", "experiment.yaml", "--work", here / "runs") == ""
    assert oxygen_recon("ingest", "./experiment.yaml", "--work", "../runs") == ""
    (here / "b").mkdir()
    monkeypatch.chdir(here / "b")
    own_table.write(Path())
    said = oxygen_recon("ingest", "experiment.yaml", "--work", here / "runs")
    assert "holds another experiment: source.paths is " in said and "source.relief is " in said
    assert "--name" in said and "--replace" in said
    assert "holds another experiment" in oxygen_recon("check", "../a/experiment.yaml", "--work", here / "runs")


def test_paths_written_in_two_ways_are_the_same(here):
    experiment = own_table.write(Path(), catalog="own.yaml")
    Path("own.yaml").write_text(
        yaml.safe_dump({"my_casts": ENTRY | {"table": yaml.safe_load(template("description"))}})
    )
    oxygen_recon("ingest", experiment)
    source = own_table.SETTINGS["source"] | {"paths": ["../a/casts.csv"], "tables": ["./mine.yaml"]}
    own_table.write(Path("../a"), catalog=str(here / "a" / "own.yaml"), source=source)
    assert "holds this experiment" in oxygen_recon("check", experiment)
    assert "holds this experiment" in oxygen_recon("check", experiment, "--catalog", "./own.yaml")
    shutil.copy("own.yaml", "other.yaml")
    assert "catalog is " in oxygen_recon("check", experiment, "--catalog", "other.yaml")


def test_another_data_folder_is_refused_and_a_moved_one_keeps_what_fits(here):
    catalogue = {"my_casts": ENTRY | {"table": yaml.safe_load(template("description"))}}
    catalogue["my_relief"] = ENTRY | {"reader": "field", "files": ["*.nc"]}
    Path("own.yaml").write_text(yaml.safe_dump(catalogue))
    source = {"kind": "archives", "entries": ["my_casts"], "relief": "my_relief"}
    experiment = own_table.write(Path(), source=source, catalog="own.yaml")
    for name in ("data", "changed"):
        Path(name).mkdir()
        for file in ("casts.csv", "relief.nc"):
            shutil.copy(file, name)
    oxygen_recon("qc", experiment, "--data", "data")
    before = stamps(Path("runs/my_table"))
    assert set(before) == {"ingest", "qc"}
    Path("data").rename("moved")
    said = oxygen_recon("qc", experiment, "--data", "moved")
    assert 'another experiment: data is "' in said and "--replace" in said
    oxygen_recon("qc", experiment, "--data", "moved", "--replace")
    assert stamps(Path("runs/my_table")) == before, "the files are the same"
    assert json.loads(Path("runs/my_table/experiment.json").read_text())["data"] == str(here / "a" / "moved")
    with Path("changed/casts.csv").open("a") as file:
        file.write("C1,9,1990-01-01,33.5,-124.5,0,9,34,5\n")
    oxygen_recon("qc", experiment, "--data", "changed", "--replace")
    after = stamps(Path("runs/my_table"))
    assert all(after[stage] > before[stage] for stage in before)


def test_another_name_is_another_folder_and_replace_gives_up_what_differs(here):
    oxygen_recon("grid", "experiment.yaml")
    before = stamps(Path("runs/my_table"))
    own_table.write(Path(), period={"start": 1990, "end": 1992, "step": "season"})
    assert "period.end is 1995 there and 1992 here" in oxygen_recon("grid", "experiment.yaml")
    oxygen_recon("ingest", "experiment.yaml", "--name", "short")
    assert Path("runs/short/ingest/done.json").exists() and stamps(Path("runs/my_table")) == before
    assert "name: String should match pattern" in oxygen_recon("ingest", "experiment.yaml", "--name", "Two Words")
    oxygen_recon("ingest", "experiment.yaml", "--replace")
    assert not Path("runs/my_table/grid").exists()


def test_entries_of_ones_own_come_by_a_catalogue_at_the_command_line(here):
    experiment = own_table.write(Path(), source={"kind": "archives", "entries": ["my_casts"], "relief": "relief.nc"})
    assert "my_casts" in oxygen_recon("check", experiment, "--data", ".")
    catalogue = {"my_casts": ENTRY | {"table": yaml.safe_load(template("description"))}}
    Path("own.yaml").write_text(yaml.safe_dump(catalogue))
    assert "files       1 files" in oxygen_recon("check", experiment, "--data", ".", "--catalog", "own.yaml")
    assert "none.yaml: no such catalogue" in oxygen_recon("check", experiment, "--data", ".", "--catalog", "none.yaml")
