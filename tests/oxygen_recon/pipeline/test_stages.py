"""A whole run in small, its stages and tasks: a twin ocean from archive files to the report, undisturbed and killed."""

import shutil
import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from oxygen_recon.evaluation import predictions as evaluate
from oxygen_recon.fields import reconstruction as fields
from oxygen_recon.observations import collection
from oxygen_recon.pipeline.api import run
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.stages import data
from oxygen_recon.pipeline.stages.pipeline import Pipeline
from oxygen_recon.pipeline.tasks import FoldTask, RunData, WindowTask
from oxygen_recon.runtime.files import locked
from qc.errors import InputError
from tests.support.stopping import stop_when

SMALL = """
# Does the whole pipeline work?
name: small
question: Does the whole pipeline work?
seed: 3
period: {start: 1990, end: 2004, step: year}
grid: {latitude: [-75, 75], longitude: [-180, 180], resolution: 15, levels: [0, 100, 300, 700, 1500]}
source: {kind: twin, twin: {casts: 1500}}
covariates: {kind: product, names: [temperature, salinity, nitrate, phosphate]}
folds: {by: cruise, n: 2}
model: {kind: oxygenerator, training: {steps: 30, targets: 128}, compute: {checkpoint_every: 5}}
baselines: [{kind: climatology}, {kind: extra_trees, trees: 10}]
climate_model: cmip6/o2_*.nc
unseen_points: 500
omz_thresholds: [30, 60]
"""


@pytest.fixture(scope="module")
def experiment(tmp_path_factory):
    path = tmp_path_factory.mktemp("experiment") / "small.yaml"
    path.write_text(SMALL)
    return path


@pytest.fixture(scope="module")
def undisturbed(experiment, tmp_path_factory):
    return folder_of(experiment, tmp_path_factory.mktemp("work"))


def folder_of(path: Path, work: Path, **options) -> Path:
    """Run an experiment, and return the folder of its run."""
    return run(Experiment.from_yaml(path), work=work, **options).folder.root


def numbers(folder: Path) -> list[np.ndarray]:
    skill = pd.read_csv(folder / "validate" / "skill.csv").select_dtypes("number").to_numpy()
    omz = pd.read_csv(folder / "omz" / "omz.csv").select_dtypes("number").to_numpy()
    field = fields.open_reconstruction(folder / "reconstruct" / "oxygen.zarr")
    return [skill, omz, field["oxygen"].to_numpy(), field["oxygen_standard_error"].to_numpy()]


def test_every_stage_leaves_what_it_should(undisturbed):
    skill = pd.read_csv(undisturbed / "validate" / "skill.csv")
    pooled = skill[skill.layer == "all"].set_index(["split", "method"])
    assert len(pooled) == 8, "four methods, two splits"
    assert np.isfinite(pooled[["bias", "MAE", "RMSE", "R2"]].to_numpy()).all()
    assert pooled.groupby("split").n.nunique().eq(1).all(), "every method at the same targets"
    with xr.open_dataset(undisturbed / "reconstruct" / "oxygen.nc") as field:
        fields.check_reconstruction(field)
    page = (undisturbed / "report" / "index.html").read_text()
    assert "small" in page and page.count("<img") >= 6
    assert all((undisturbed / "report" / f"{name}.png").stat().st_size > 5000 for name in ("maps", "omz", "skill"))


def test_no_held_out_value_was_seen_and_no_never_sampled_cell_was_sampled(undisturbed):
    held = evaluate.load(undisturbed / "validate" / "held_out-oxygenerator.npz")
    unseen = evaluate.load(undisturbed / "validate" / "never_sampled-oxygenerator.npz")
    sampled = set(zip(held.cell.tolist(), held.step.tolist()))
    assert not sampled & set(zip(unseen.cell.tolist(), unseen.step.tolist()))
    assert (unseen.fold == -1).all() and set(np.unique(held.fold)) == {0, 1}


def test_a_second_run_does_nothing_and_gives_the_same_folder(experiment, undisturbed):
    stamps = {path: path.stat().st_mtime_ns for path in undisturbed.glob("*/done.json")}
    assert len(stamps) == 9
    assert folder_of(experiment, undisturbed.parent) == undisturbed
    assert stamps == {path: path.stat().st_mtime_ns for path in undisturbed.glob("*/done.json")}


def test_killed_at_five_stages_it_ends_with_the_same_numbers(experiment, undisturbed, tmp_path):
    for sign in (
        "ingest/parts/*.parquet",
        "qc/begun.json",
        "train/fold1/checkpoint.pt",
        "reconstruct/oxygen.zarr/oxygen/0.*",
        "validate/extra_trees/fold0.npz",
    ):
        stop_when(tmp_path / "small", sign, signal.SIGKILL, "run", experiment, "--work", tmp_path, "--workers", 2)
    folder = folder_of(experiment, tmp_path, workers=2)
    for mine, theirs in zip(numbers(folder), numbers(undisturbed)):
        np.testing.assert_array_equal(mine, theirs)
    assert not list(folder.rglob("*.partial*")) and not list(folder.rglob(".partial*"))


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


def test_what_is_gone_or_damaged_in_any_stage_is_made_again_and_nothing_else(experiment, undisturbed, tmp_path):
    folder = tmp_path / "small"
    shutil.copytree(undisturbed, folder)
    part = sorted((folder / "ingest" / "parts").iterdir())[0]
    lost = [part, folder / "qc" / "parts" / part.name, folder / "qc" / "signatures" / part.name]
    lost += [folder / "grid" / "samples.npz", folder / "graph" / "graph.npz", folder / "train" / "fold0.npz"]
    lost += [folder / "validate" / "skill.csv", folder / "validate" / "climatology" / "fold1.npz"]
    lost += [folder / "omz" / "omz.nc", folder / "report" / "index.html"]
    for path in lost:
        path.unlink()
    for path in (folder / "reconstruct" / "oxygen.nc", folder / "train" / "fold1.npz", folder / "grid" / "groups.json"):
        path.write_bytes(bytes(range(100)))
    folder_of(experiment, tmp_path)
    assert all(path.exists() for path in lost)
    for mine, theirs in zip(numbers(folder), numbers(undisturbed)):
        np.testing.assert_array_equal(mine, theirs)
    with xr.open_dataset(folder / "reconstruct" / "oxygen.nc") as field:
        fields.check_reconstruction(field)


def test_a_region_without_ocean_is_reported_before_anything_is_read(experiment, tmp_path):
    class Dry:
        def items(self):
            return [collection.Item("a", "a.nc", lambda: pytest.fail("it was read"))]

        def grid(self):
            raise InputError("the region has no ocean", "grid")

    pipeline = Pipeline(Experiment.from_yaml(experiment), RunFolder(tmp_path))
    vars(pipeline)["source"] = Dry()
    with pytest.raises(InputError, match="the region has no ocean"):
        data.ingest(pipeline)


def test_another_baseline_is_scored_and_nothing_else_is_made_again(experiment, undisturbed, tmp_path):
    shutil.copytree(undisturbed, tmp_path / "small")
    stamps = {path: path.read_text() for path in (tmp_path / "small").glob("*/done.json")}
    settings = Experiment.from_yaml(experiment)
    done = run(settings.model_copy(update={"baselines": settings.baselines[:1]}), work=tmp_path)
    changed = {path.parent.name for path, text in stamps.items() if path.read_text() != text}
    assert changed == {"validate", "report"}
    before = pd.read_csv(undisturbed / "validate" / "skill.csv")
    kept = before[before.method != "extra_trees"].reset_index(drop=True)
    pd.testing.assert_frame_equal(done.skill(), kept)
    np.testing.assert_array_equal(done.field()["oxygen"], numbers(undisturbed)[2])
    assert done.omz().sizes["threshold"] == 2
