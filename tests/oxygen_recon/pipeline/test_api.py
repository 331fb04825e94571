"""Runs of an experiment by the public API, and what they return."""

import shutil

import numpy as np
import pandas as pd
import pytest

from oxygen_recon.pipeline.api import run
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.results import Run
from oxygen_recon.pipeline.run_folder import RunFolder
from qc.errors import InputError
from tests.support.small_run import folder_of, numbers


def test_a_second_run_does_nothing_and_gives_the_same_folder(experiment, undisturbed):
    stamps = {path: path.stat().st_mtime_ns for path in undisturbed.glob("*/done.json")}
    assert len(stamps) == 9
    assert folder_of(experiment, undisturbed.parent) == undisturbed
    assert stamps == {path: path.stat().st_mtime_ns for path in undisturbed.glob("*/done.json")}


def test_another_baseline_is_scored_and_nothing_else_is_made_again(experiment, undisturbed, tmp_path):
    shutil.copytree(undisturbed, tmp_path / "small")
    stamps = {path: path.read_text() for path in (tmp_path / "small").glob("*/done.json")}
    settings = Experiment.from_yaml(experiment)
    done = run(settings.model_copy(update={"baselines": settings.baselines[:1]}), work=tmp_path, replace=True)
    changed = {path.parent.name for path, text in stamps.items() if path.read_text() != text}
    assert changed == {"validate", "report"}
    before = pd.read_csv(undisturbed / "validate" / "skill.csv")
    kept = before[before.method != "extra_trees"].reset_index(drop=True)
    pd.testing.assert_frame_equal(done.skill(), kept)
    np.testing.assert_array_equal(done.field()["oxygen"], numbers(undisturbed)[2])
    assert done.omz().sizes["threshold"] == 2


def test_a_result_that_is_not_there_names_the_stage_to_run(experiment, tmp_path):
    unfinished = Run(Experiment.from_yaml(experiment), RunFolder(tmp_path))
    for result, stage in ((unfinished.field, "reconstruct"), (unfinished.skill, "validate"), (unfinished.omz, "omz")):
        with pytest.raises(InputError, match=rf"run (the stage )?{stage} first"):
            result()
