import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

EAST_SEA = str(Path(__file__).parents[2] / "experiments" / "east_sea.yaml")
VERBS = ["demo", "fetch", "ingest", "qc", "grid", "graph", "train", "validate", "reconstruct", "omz", "report", "run"]


def oxygen_recon(*words):
    command = [sys.executable, "-c", "from oxygen_recon.cli import main; main()", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_help_lists_every_verb_and_loads_nothing_heavy():
    code = (
        "import sys; sys.argv = ['oxygen-recon', '--help']\n"
        "from oxygen_recon.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        "heavy = {'torch', 'lightning', 'torch_geometric', 'xarray', 'pandas', 'matplotlib'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
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


def test_an_unknown_verb_is_a_usage_error():
    done = oxygen_recon("fill")
    assert done.returncode == 2 and "fill" in done.stderr and "Traceback" not in done.stderr


def test_ctrl_c_is_one_line_and_says_what_to_do(tmp_path):
    command = [sys.executable, "-c", "from oxygen_recon.cli import main; main()", "demo", "--work", str(tmp_path)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 120
    while not (tmp_path / "twin_demo" / "ingest" / "begun.json").exists():
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 130
    assert "run the same command again" in said and "Traceback" not in said
