"""The public API: what it holds, what importing it loads, and the examples of its docstrings."""

import ast
import doctest
import importlib
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import oxygen_recon as ox

NAMES = {
    "Experiment", "ForecastExperiment", "ForecastRun", "Run", "adjust_cruises", "check", "check_forecast", "cite",
    "correct_gains", "correct_pressure",
    "correct_response_time",
    "datasets", "demo", "estimate_gains", "explore", "export_columns", "export_inventory", "export_omz", "export_table",
    "fetch",
    "find_crossovers", "forecast", "ingest", "init", "regions", "schema",
    "omz_columns", "omz_series", "open_forecasts", "open_run", "osse", "oxygen_inventory", "quality_control",
    "read_experiment", "read_table", "reconstruct", "run",
    "validate",
}  # fmt: skip
MODULES = ["oxygen_recon", *ox._MODULES, *(f"oxygen_recon.pipeline.{name}" for name in ("run_folder", "stage_cache"))]


def test_every_name_is_there_and_listed_for_type_checkers_too():
    assert set(ox.__all__) == NAMES and set(dir(ox)) >= NAMES
    tree = ast.parse(Path(ox.__file__).read_text())
    (typed,) = (node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING")
    imported = {(node.module, alias.asname) for node in typed.body for alias in node.names}
    assert imported == {(module, name) for module, names in ox._MODULES.items() for name in names}
    with pytest.raises(AttributeError, match="'oxygen_recon' has no attribute 'forcast'"):
        _ = ox.forcast


@pytest.mark.parametrize("name", sorted(NAMES))
def test_every_name_says_what_it_is(name):
    thing = getattr(ox, name)
    assert thing.__name__ == name and inspect.getdoc(thing)
    if inspect.isfunction(thing):
        text, given = inspect.getdoc(thing), list(inspect.signature(thing).parameters)
        assert all(re.search(rf"^(\w+, )*{one}(, \w+)*( : .*)?$", text, re.M) for one in given)
        assert "Returns\n" in text


def test_importing_loads_nothing_heavy():
    code = (
        "import sys, oxygen_recon\n"
        "ours = {name for name in sys.modules if name.startswith(('oxygen_recon.', 'qc', 'graphs'))}\n"
        "heavy = {'numpy', 'torch', 'lightning', 'xarray', 'pandas', 'pyarrow', 'matplotlib', 'pydantic'}\n"
        "heavy &= set(sys.modules)\n"
        "sys.exit(f'loaded {heavy | ours}' if heavy | ours else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr


def test_a_table_needs_no_tensors():
    code = "import sys, oxygen_recon as ox; ox.ingest, ox.fetch, ox.quality_control; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=600).returncode == 0


@pytest.mark.parametrize("module", MODULES)
def test_the_examples_run(module, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = doctest.testmod(importlib.import_module(module), optionflags=doctest.ELLIPSIS)
    assert found.failed == 0


def test_it_runs_as_a_module():
    done = subprocess.run([sys.executable, "-m", "oxygen_recon", "cite", "nowhere"], capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.startswith("oxygen-recon: nowhere: is no ingested")
