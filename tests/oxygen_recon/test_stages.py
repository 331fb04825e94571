"""The main job in small: a twin ocean from archive files to the report, undisturbed and killed on the way."""

import signal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from stopping import stop_when

from oxygen_recon import evaluate, fields, stages

SMALL = """
# Does the whole road work?
name: small
question: Does the whole road work?
seed: 3
period: {start: 1990, end: 2004, step: year}
grid: {latitude: [-75, 75], longitude: [-180, 180], resolution: 15, levels: [0, 100, 300, 700, 1500]}
source: {kind: twin, twin: {casts: 1500}}
covariates: {kind: product, names: [temperature, salinity, nitrate, phosphate]}
folds: {by: cruise, n: 2}
model: {kind: oxygenerator, steps: 30, targets: 128, checkpoint_every: 5}
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
    return stages.run(experiment, tmp_path_factory.mktemp("work"))


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
    assert stages.run(experiment, undisturbed.parent) == undisturbed
    assert stamps == {path: path.stat().st_mtime_ns for path in undisturbed.glob("*/done.json")}


def test_killed_at_five_stages_it_ends_with_the_same_numbers(experiment, undisturbed, tmp_path):
    for sign in (
        "ingest/parts/*.parquet",
        "qc/begun.json",
        "train/fold1/checkpoint.pt",
        "reconstruct/oxygen.zarr/oxygen/0.*",
        "validate/extra_trees/fold0.npz",
    ):
        stop_when(tmp_path / "small", sign, signal.SIGKILL, "run", experiment, "--work", tmp_path)
    folder = stages.run(experiment, tmp_path)
    for mine, theirs in zip(numbers(folder), numbers(undisturbed)):
        np.testing.assert_array_equal(mine, theirs)
    assert not list(folder.rglob("*.partial*")) and not list(folder.rglob(".partial*"))
