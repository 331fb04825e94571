"""The public names of `qc`: light to import, complete, and documented by examples that run."""

import doctest
import importlib
import pkgutil
import subprocess
import sys

import numpy as np
import pytest

import qc

HEAVY = ("numpy", "pandas", "pyarrow", "xarray", "gsw", "scipy", "pydantic", "torch")
MODULES = sorted(
    found.name for found in pkgutil.walk_packages(qc.__path__, "qc.") if not found.name.startswith("qc.readers.")
)


def test_importing_the_package_imports_no_library():
    script = f"import sys, qc, qc.corrections; dir(qc); print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_public_name_exists_and_others_are_refused():
    assert set(qc.__all__) <= set(dir(qc)) and set(qc._HOME) | {"corrections"} == set(qc.__all__)
    for name in qc.__all__:
        assert getattr(qc, name) is getattr(qc, name)
    for name in qc.corrections.__all__:
        assert getattr(qc.corrections, name).__name__ == f"qc.corrections.{name}"
    assert set(qc.corrections.__all__) <= set(dir(qc.corrections))
    with pytest.raises(AttributeError, match="no attribute 'run_batery'"):
        _ = qc.run_batery
    with pytest.raises(AttributeError, match="no attribute 'magic'"):
        _ = qc.corrections.magic


@pytest.mark.parametrize("name", ["qc", *MODULES])
def test_examples_of_docstrings_run(name):
    module = importlib.import_module(name)
    result = doctest.testmod(module, extraglobs={"np": np}, optionflags=doctest.NORMALIZE_WHITESPACE)
    assert result.failed == 0


def test_every_public_function_has_an_example():
    finder = doctest.DocTestFinder(recurse=False)
    of_the_package = doctest.DocTestFinder().find(qc, "qc")[0].docstring
    for name in qc.__all__:
        item = getattr(qc, name)
        if callable(item) and not isinstance(item, type):
            own = any(test.examples for test in finder.find(item, name))
            assert own or f"qc.{name}(" in of_the_package, name


def test_flags_are_the_numbers_of_the_table():
    assert [flag.value for flag in qc.Flag] == [1, 2, 3, 4, 9]
    assert np.array([4, 1], np.int8).tolist() == [qc.Flag.FAIL, qc.Flag.PASS]
