"""A small experiment of the twin ocean, its run, and the numbers that the run ends with."""

import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from oxygen_recon.fields import reconstruction as fields
from oxygen_recon.pipeline.api import run
from oxygen_recon.pipeline.experiment import Experiment

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
climate_models: [cmip6/o2_*.nc]
unseen_points: 500
omz: {thresholds: [30, 60]}
"""


def folder_of(path: Path, work: Path, **options) -> Path:
    """Run an experiment, and return the folder of its run."""
    return run(Experiment.from_yaml(path), work=work, **options).folder.root


def before_reconstruction(folder: Path, work: Path) -> Path:
    """Copy a finished run as it was before its reconstruction."""
    later = ("reconstruct", "validate", "omz", "report")
    return shutil.copytree(folder, work / folder.name, ignore=lambda at, _: later if Path(at) == folder else ())


def numbers(folder: Path) -> list[np.ndarray]:
    skill = pd.read_csv(folder / "validate" / "skill.csv").select_dtypes("number").to_numpy()
    omz = pd.read_csv(folder / "omz" / "omz.csv").select_dtypes("number").to_numpy()
    field = fields.open_reconstruction(folder / "reconstruct" / "oxygen.zarr")
    return [skill, omz, field["oxygen"].to_numpy(), field["oxygen_standard_error"].to_numpy()]
