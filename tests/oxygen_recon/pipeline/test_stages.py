"""A whole run in small whose processes are killed and whose files are lost or damaged."""

import shutil
import signal

import numpy as np
import xarray as xr

from oxygen_recon.fields import reconstruction as fields
from tests.support.small_run import folder_of, numbers
from tests.support.stopping import stop_when


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
