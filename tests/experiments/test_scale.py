"""`experiments/benchmarks/scale.py`: what it measures of a collection that holds more than archives."""

import importlib.util
import json
from pathlib import Path

import pytest

from tests.support.bottle_files import archive, cli, states

SCRIPT = Path(__file__).parents[2] / "experiments" / "benchmarks" / "scale.py"


@pytest.fixture(scope="module")
def scale():
    spec = importlib.util.spec_from_file_location("scale", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_files_that_were_not_read_have_no_part_to_measure(scale, tmp_path, capsys):
    out = tmp_path / "out-2-1"
    archive(tmp_path / "in" / "cruise_hy1.csv", 0)
    (tmp_path / "in" / "README.txt").write_text("Cruises of the South Pacific.\n")
    for words in (("ingest", tmp_path / "in", "--out", out), ("qc", out)):
        assert cli(*words, "--workers", 1).exit_code == 0
    assert states(out)["README.txt"] == "passed over"
    scale.one("cross_profile", tmp_path, 2, 1)
    assert json.loads(capsys.readouterr().out)["casts"] == 6
