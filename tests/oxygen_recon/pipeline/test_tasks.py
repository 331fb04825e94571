import shutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from oxygen_recon.dataset import store
from oxygen_recon.evaluation import comparison, predictions
from oxygen_recon.evaluation.comparison import ComparisonTask
from oxygen_recon.evaluation.predictions import Predictions
from oxygen_recon.models.interface import estimate
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.stages.covariates import CovariatesTask
from oxygen_recon.pipeline.tasks import run_data
from oxygen_recon.pipeline.tasks.run_data import RunData
from oxygen_recon.pipeline.tasks.training import BaselineTask, FoldTask
from oxygen_recon.pipeline.tasks.windows import WindowTask
from oxygen_recon.runtime.files import locked
from qc.errors import InputError
from tests.support.small_run import SMALL, folder_of, numbers


def test_windows_of_a_reconstruction_are_shared_and_a_checkpoint_that_is_gone_is_trained_once_more(
    experiment, undisturbed, tmp_path
):
    folder = tmp_path / "small"
    shutil.copytree(undisturbed, folder)
    before = numbers(folder)
    (folder / "reconstruct" / "done.json").unlink()
    shutil.rmtree(folder / "reconstruct" / "oxygen.zarr")
    (folder / "train" / "fold1" / "checkpoint.pt").unlink()
    gridded = RunData(RunFolder(folder), "any", Experiment.from_yaml(experiment))
    assert FoldTask(gridded).pending() == [1] and len(WindowTask(gridded).pending(np.zeros(15, bool))) == 8
    assert WindowTask(gridded).pending(np.arange(15) != 3) == [(2, 4)], "only the window with what is missing"
    assert folder_of(experiment, tmp_path, to="reconstruct", workers=2) == folder
    for mine, theirs in zip(numbers(folder), before):
        np.testing.assert_array_equal(mine, theirs)


def test_eleven_folds_are_read_in_the_order_of_their_numbers(tmp_path, monkeypatch):
    """fold10 is a name before fold2; the targets of the baselines are in the order of the numbers."""
    folder, number = RunFolder(tmp_path), np.arange(11)
    folder.train.mkdir()
    for i in number:
        one = np.array([i])
        predictions.save(Predictions(one, one, one, one + 0.5, one + 0.6, one + 1.0), folder.fold_points(i))
    gridded = RunData(folder, "any", None)
    domain = SimpleNamespace(depth=10.0 * number)
    monkeypatch.setattr(run_data, "_gridded", lambda data: (domain, None, number))
    found, depth = gridded.held_out()
    np.testing.assert_array_equal(found.fold, number)
    np.testing.assert_array_equal(depth, 10.0 * number)
    np.testing.assert_array_equal(gridded.held_out_samples, number)


def test_baselines_are_tuned_by_what_the_comparison_holds_out(experiment, undisturbed, tmp_path, monkeypatch):
    """What a baseline hides together is years where the comparison is by year."""
    settings = Experiment.from_yaml(experiment)
    by_year = settings.model_copy(update={"folds": settings.folds.model_copy(update={"by": "year"})})
    received = []
    monkeypatch.setattr(comparison, "run_task", lambda *words: received.append(words[4]))
    gridded = RunData(RunFolder(undisturbed), "by year", by_year)
    BaselineTask(gridded)(ComparisonTask("climatology", 0))
    np.testing.assert_array_equal(received[0].held_together, np.floor(gridded.domain.years[gridded.samples.step]))
    assert not np.array_equal(gridded.samples.group, received[0].held_together)


def test_one_process_at_a_time_trains_a_fold(experiment, undisturbed, tmp_path):
    pytest.importorskip("fcntl")
    folder = tmp_path / "small"
    shutil.copytree(undisturbed, folder)
    (folder / "train" / "fold0.npz").unlink()
    task = FoldTask(RunData(RunFolder(folder), "any", Experiment.from_yaml(experiment)))
    with locked(folder / "train" / ".fold0.lock", InputError("", "")):
        with pytest.raises(InputError, match="another process trains it"):
            task(0)
    task(0)
    assert task.pending() == []


def test_the_casts_of_a_held_out_fold_have_no_part_in_its_covariates_and_modes_differ_for_casts_only(tmp_path):
    """Of the twin's casts, in both modes; a gridded product is the same in both, and no casts are kept for it."""
    path, found = tmp_path / "small.yaml", {}
    for kind in ("observed", "product"):
        for mode in ("delivered", "at_casts"):
            covariates = f"{{kind: {kind}, names: [temperature, salinity], mode: {mode}}}"
            kept = [line for line in SMALL.splitlines() if not line.startswith("covariates:")]
            path.write_text("\n".join([*kept, f"covariates: {covariates}"]))
            last = "covariates" if (kind, mode) == ("observed", "delivered") else "grid"
            folder = RunFolder(folder_of(path, tmp_path / f"{kind}_{mode}", to=last))
            found[kind, mode] = RunData(folder, f"{kind}_{mode}", Experiment.from_yaml(path))
    for kind in ("observed", "product"):
        one, other = (found[kind, mode].domain_without(None).covariates for mode in ("delivered", "at_casts"))
        assert np.array_equal(one, other, equal_nan=True) == (kind == "product")
    product, own, data = found["product", "delivered"], found["observed", "at_casts"], found["observed", "delivered"]
    for one in (product, own):
        assert one.domain_without(0) is one.domain and one.samples.subset is None
        assert not (one.folder.grid / "casts.npz").exists()
    casts, groups = store.load_casts(data.folder.grid), np.unique(data.samples.group[data.fold == 0])
    hidden = np.isin(casts.group, groups)
    assert 0 < hidden.sum() < hidden.size
    wild = {name: np.where(hidden, 99.0, values) for name, values in casts.values.items()}
    before, other = data.domain_without(0), data.domain_without(1)
    assert data.domain_without(0) is before and data.domain_without(1) is other  # not read for each call
    grid, axis = store.load_grid(data.folder.grid)
    rows, names = store.load_samples(data.folder.grid)
    nothing = np.zeros((len(axis), grid.cells, 0))
    store.save(data.folder.grid, grid, axis, rows, names, nothing, None, casts=replace(casts, values=wild))
    task = CovariatesTask(data)
    assert task.pending() == []
    before = replace(before, covariates=before.covariates.copy(), without=before.without.copy())
    other = other.covariates.copy()
    for fold in (0, 1):
        task(fold)
    data = replace(data, key="made again")
    np.testing.assert_array_equal(data.domain_without(0).covariates, before.covariates)
    np.testing.assert_array_equal(data.domain_without(0).without, before.without)
    assert not np.array_equal(data.domain_without(1).covariates, other)


def test_a_trained_run_estimates_in_no_other_domain(experiment, undisturbed):
    """Every method of a run, on a background or not, is kept to the grid and the steps of the run."""
    data = RunData(RunFolder(undisturbed), "domain", Experiment.from_yaml(experiment))
    (model, *_), _ = data.trained
    elsewhere = replace(data.domain, longitude=data.domain.longitude + 1.0)
    with pytest.raises(InputError, match="another domain than the method was fitted on: other cells"):
        estimate(model, elsewhere, data.samples, np.arange(3), np.zeros(3, int))


def test_the_graph_is_read_once_for_the_models_of_all_folds(experiment, undisturbed, monkeypatch):
    data, read = RunData(RunFolder(undisturbed), "graph", Experiment.from_yaml(experiment)), []
    load = store.load_graph
    monkeypatch.setattr(store, "load_graph", lambda path: read.append(path) or load(path))
    for fold in (0, 1):
        data.model(fold)
    assert read == [data.folder.graph]
