"""`experiments/hiding_modes.py`: what each mode hides, and how methods are compared."""

import importlib.util
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from oxygen_recon.pipeline.experiment import Experiment

HOME = Path(__file__).parents[2] / "experiments"


@pytest.fixture(scope="module")
def modes():
    spec = importlib.util.spec_from_file_location("hiding_modes", HOME / "hiding_modes.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_mode_is_an_experiment_of_its_own_name_with_and_without_covariates(modes) -> None:
    experiment = Experiment.from_yaml(HOME / "california_current.yaml")
    made = [modes.variant(experiment, mode, kept) for mode in modes.MODES for kept in (True, False)]
    assert len({one.name for one in made}) == 9  # without covariates, years are the same in both modes
    assert [one.folds.by for one in made[::2]] == ["column", "year", "cast", "last_years", "year"]
    assert made[8].folds.hide == "oxygen" and made[0].covariates == experiment.covariates
    assert all(one.covariates.names == [] for one in made[1::2])
    assert {one.kind for one in made[1].baselines} == {"extra_trees"}


def test_a_difference_has_the_interval_of_whole_years(modes) -> None:
    rng = np.random.default_rng(0)
    year = np.repeat(np.arange(30), 50)
    good, bad = rng.normal(0, 1, year.size), rng.normal(0, 1, year.size) + 3.0 * rng.normal(size=30)[year]
    value, low, high = (float(part.strip("[],")) for part in modes.rmse_interval(bad, good, year).split())
    assert value == pytest.approx(np.sqrt(np.mean(bad**2)) - np.sqrt(np.mean(good**2)), abs=0.006)
    assert low < value < high and high - low > 0.8  # thirty years, not 1,500 targets
    assert modes.rmse_interval(good, None, year).startswith(f"{np.sqrt(np.mean(good**2)):.2f} [")


def test_rows_compare_a_method_with_itself_without_covariates(modes, monkeypatch) -> None:
    error = {
        "climatology": np.full(20, 3.0),
        "optimal_interpolation": np.full(20, 2.0),
        "extra_trees": np.full(20, 1.0),
    }
    alone = {"extra_trees": np.full(20, 2.5)}
    monkeypatch.setattr(modes, "errors_of", lambda run: (run.errors, np.arange(20) // 2))
    rows = modes.rows_of("casts", SimpleNamespace(errors=error), SimpleNamespace(errors=alone))
    assert rows[2][4:] == ["-2.00 [-2.00, -2.00]", "-1.00 [-1.00, -1.00]", "-1.50 [-1.50, -1.50]"]
    assert rows[0][4] == "–" and rows[0][6] == "–"
