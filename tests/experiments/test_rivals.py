"""`experiments/rivals.py`: what each row is, and what is kept."""

from types import SimpleNamespace

import numpy as np
import pytest

from oxygen_recon.models.registry import BASELINES
from oxygen_recon.pipeline.experiment import Experiment
from tests.support.scripts import EXPERIMENTS, script
from tests.support.small_ocean import small_ocean


@pytest.fixture(scope="module")
def rivals():
    return script("rivals")


def test_a_mode_keeps_the_casts_own_temperature_and_salinity(rivals) -> None:
    experiment = Experiment.from_yaml(EXPERIMENTS / "california_current.yaml")
    made = rivals.variant(experiment, "casts")
    assert made.name == "california_current_rivals_casts" and made.folds.by == "cast"
    assert made.covariates.mode == "at_casts" and not made.covariates.from_other_groups
    assert made.covariates.names == experiment.covariates.names


@pytest.mark.parametrize("covariates", ["delivered", "mapped", "none"])
def test_covariates_are_those_that_are_asked_for(rivals, covariates) -> None:
    experiment = Experiment.from_yaml(EXPERIMENTS / "california_current.yaml")
    made = rivals.variant(experiment, "oxygen_free_years", covariates, 2)
    assert made.name == f"california_current_rivals_oxygen_free_years_{covariates}_seed2" and made.seed == 2
    assert made.covariates.from_other_groups == (covariates != "none") and (made.folds.hide == "oxygen") == (
        covariates != "none"
    )


def test_an_estimate_without_neighbours_is_the_same_regression_without_kriging(rivals, tmp_path, monkeypatch) -> None:
    def alone(data, kind, column, fold):
        return BASELINES[kind].model_validate({"kind": kind, "column": column}).build()

    monkeypatch.setattr(rivals, "built", alone)
    domain, samples, _ = small_ocean()
    data = SimpleNamespace(
        domain_without=lambda fold: domain, samples=samples, fold=samples.group % 3,
        experiment=SimpleNamespace(seed=0), folder=SimpleNamespace(root=tmp_path),
    )  # fmt: skip
    found = rivals.kept_estimate(data, "extra_trees", False, 1)
    assert found["truth"].size == (samples.group % 3 == 1).sum() == found["alone"].size
    assert found["chosen"][0] == 0 and np.array_equal(found["alone"], found["kriged"]) != bool(found["chosen"][1])
    kept = rivals.kept_estimate(data, "extra_trees", False, 1)
    assert all(np.array_equal(found[name], kept[name]) for name in found), "read, not made again"


def test_rows_are_compared_with_the_first(rivals) -> None:
    year = np.repeat(np.arange(10), 5)

    def folds(alone: float, kriged: float, column: int, kriging: int) -> list[dict[str, np.ndarray]]:
        values = {"alone": 200 + alone, "kriged": 200 + kriged, "truth": 200.0}
        arrays = {name: np.full(year.size, value) for name, value in values.items()}
        return [arrays | {"year": year, "chosen": np.array([column, kriging]), "spent": np.array(7.0)}] * 3

    def seeds(*values: float) -> list[list[dict[str, np.ndarray]]]:
        return [folds(*values)]  # type: ignore[arg-type]

    rows = rivals.rows_of("oxygen_free_years", {("mlp", False): seeds(3, 3, 0, 0), ("mlp", True): seeds(2, 1, 1, 1)})
    assert [row[2:4] for row in rows] == [["no", "no"], ["no", "yes"], ["yes", "no"], ["yes", "yes"]]
    assert rows[0][0] == "oxygen free years" and rows[0][4:9] == ["150", "3.00 [3.00, 3.00]", "–", "3.00", "3.00"]
    assert rows[3][5:] == ["1.00 [1.00, 1.00]", "-2.00 [-2.00, -2.00]", "1.00", "1.00", "column 3/3, kriging 3/3", "7"]
    assert rows[2][9] == "column 3/3" and rows[0][9] == "–"
    found = {("mlp", False): seeds(3, 3, 0, 0), ("mlp", True): seeds(2, 1, 1, 1), ("oxygraph", True): seeds(4, 0, 0, 0)}
    assert [row[6] for row in rivals.rows_of("years", found)[4:]] == ["+3.00 [+3.00, +3.00]", "-1.00 [-1.00, -1.00]"]


def test_seeds_are_pooled_and_each_is_named(rivals) -> None:
    def fold(error: float) -> list[dict[str, np.ndarray]]:
        arrays = {name: np.full(20, 200 + error) for name in ("alone", "kriged")} | {"truth": np.full(20, 200.0)}
        return [arrays | {"year": np.arange(20), "chosen": np.array([0, 0]), "spent": np.array(7.0)}]

    row = rivals.rows_of("years", {("mlp", True): [fold(3), fold(-4), fold(5)]})[1]
    assert row[4] == "60" and row[5].startswith("4.08 [") and row[7] == "3.00, 4.00, 5.00"


def test_a_seed_scores_other_folds(rivals) -> None:
    def data(seed: int) -> SimpleNamespace:
        return SimpleNamespace(experiment=SimpleNamespace(seed=seed), folds=[0, 1, 2])

    assert [rivals.folds_of(data(seed), 1) for seed in range(4)] == [[0], [1], [2], [0]]
    assert rivals.folds_of(data(1), None) == [1, 2, 0]
