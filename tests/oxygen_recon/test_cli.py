import errno
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from oxygen_recon import cli
from oxygen_recon.cli import app
from tests.support.stopping import stop_when

EAST_SEA = str(Path(__file__).parents[2] / "experiments" / "east_sea.yaml")
VERBS = ["demo", "fetch", "ingest", "qc", "grid", "graph", "train", "validate", "reconstruct", "omz", "report", "run"]
VERBS += ["predict", "cite", "inventory", "columns", "correct", "osse"]


def oxygen_recon(*words):
    command = [sys.executable, "-c", "from oxygen_recon.cli import main; main()", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=600)


def test_help_lists_every_verb_and_loads_nothing_heavy():
    code = (
        "import sys; sys.argv = ['oxygen-recon', '--help']\n"
        "from oxygen_recon.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'lightning', 'torch_geometric', 'xarray', 'pandas', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    assert all(verb in done.stdout for verb in VERBS)


@pytest.mark.parametrize(
    "words, said",
    [
        (["run", "nowhere.yaml"], "nowhere.yaml: no such experiment file"),
        (["ingest", EAST_SEA], "--data"),
        (["ingest", EAST_SEA, "--data", "/nowhere"], "/nowhere: no such data folder"),
    ],
)
def test_a_users_mistake_is_one_line(words, said, tmp_path):
    done = oxygen_recon(*words, "--work", tmp_path)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.strip().split("\n")) == 1 and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "words, option",
    [
        (["ingest", EAST_SEA, "--out", "table"], "--out"),
        (["ingest", EAST_SEA, "--table", "kodc"], "--table"),
        (["ingest", "casts.csv", "--out", "table", "--seed", "1"], "--seed"),
        (["qc", EAST_SEA, "--relief", "relief.nc"], "--relief"),
        (["qc", EAST_SEA, "--climatology", "woa.nc"], "--climatology"),
        (["qc", EAST_SEA, "--no-page"], "--page/--no-page"),
        (["qc", "table", "--data", "data"], "--data"),
    ],
)
def test_an_option_of_the_other_form_is_refused(words, option):
    done = CliRunner().invoke(app, words)
    assert done.exit_code == 1 and done.stderr.startswith(f"oxygen-recon: {option}: does not go with")


@pytest.mark.parametrize("setting", ["battery", "climatology", "overrides"])
def test_an_option_of_a_folder_names_the_setting_of_an_experiment(setting):
    done = CliRunner().invoke(app, ["qc", EAST_SEA, f"--{setting}", "file"])
    assert done.exit_code == 1 and f"write quality: {{{setting}: FILE}} into its file" in done.stderr


def test_a_folder_that_is_a_file_is_one_line(tmp_path):
    (tmp_path / "in.csv").write_text("no archive\n")
    (tmp_path / "out").write_text("a file here")
    done = CliRunner().invoke(app, ["ingest", str(tmp_path / "in.csv"), "--out", str(tmp_path / "out")])
    assert done.exit_code == 1 and len(done.stderr.strip().split("\n")) == 1, done.stderr
    assert str(tmp_path / "out") in done.stderr


def test_every_error_of_the_system_is_one_line_that_names_the_file(capsys):
    for number in errno.errorcode:

        def fail(number=number):
            raise OSError(number, os.strerror(number), "/data/a.nc")

        with pytest.raises(SystemExit) as stopped:
            cli._plainly(fail)()
        (line,) = capsys.readouterr().err.splitlines()
        assert stopped.value.code == 1 and line.startswith("oxygen-recon: /data/a.nc: ") and len(line) > 30


def test_an_error_of_a_library_without_number_is_one_line(capsys):
    def fail():
        raise OSError("48180 requested\nand 33760 written")

    with pytest.raises(SystemExit):
        cli._plainly(fail)()
    assert capsys.readouterr().err == "oxygen-recon: output: 48180 requested and 33760 written\n"


def test_an_unknown_verb_is_a_usage_error():
    done = oxygen_recon("fill")
    assert done.returncode == 2 and "fill" in done.stderr and "Traceback" not in done.stderr


def test_ctrl_c_is_one_line_with_what_to_do(tmp_path):
    stop_when(tmp_path / "twin_demo", "ingest/begun.json", signal.SIGINT, "demo", "--work", tmp_path)
