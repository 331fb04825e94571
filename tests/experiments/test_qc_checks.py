"""`experiments/benchmarks/qc_checks.py`: how measured figures get into a battery."""

import importlib
import shutil
from pathlib import Path

import pytest

from qc.battery import battery

BENCHMARKS = Path(__file__).parents[2] / "experiments" / "benchmarks"


def test_figures_are_written_beside_the_source_of_their_check_and_nothing_else_changes(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    qc_checks = importlib.import_module("qc_checks")
    path = tmp_path / "battery.yaml"
    shutil.copyfile(battery.SHIPPED, path)
    before = {one.name: one for one in battery.load_battery().every}
    texts = {"spike": "archives: 0.5 % of good; " * 9, "cruise_climatology": "twins: none of good"}
    qc_checks.write(texts, path)
    once = path.read_text()
    after = {one.name: one for one in battery.load_battery(path).every}
    assert {name: one.measured.strip() for name, one in after.items() if one != before[name]} == {
        name: text.strip() for name, text in texts.items()
    }
    assert battery.load_battery(path).settings == battery.load_battery().settings
    qc_checks.write(texts, path)
    assert path.read_text() == once


@pytest.mark.parametrize(("hits", "text"), [(0, "none"), (1, "under 0.001 %"), (500, "0.05 %"), (20_000, "2 %")])
def test_shares(hits, text, monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    import numpy as np

    found = np.zeros(1_000_000, bool)
    found[:hits] = True
    assert importlib.import_module("qc_checks").percent(found) == text
