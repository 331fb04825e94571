import subprocess
import sys

import pytest

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
        (["ingest", "experiments/east_sea.yaml"], "--data"),
        (["ingest", "experiments/east_sea.yaml", "--data", "/nowhere"], "kodc"),
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
