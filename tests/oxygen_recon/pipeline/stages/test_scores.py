"""Scores of a run do not depend on which methods and models its experiment lists."""

import pandas as pd
import pytest

from oxygen_recon.evaluation import predictions
from oxygen_recon.evaluation.comparison import HELD_OUT, NEVER_SAMPLED
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.stages import scores
from oxygen_recon.pipeline.tasks.run_data import RunData

METHODS = ("oxygenerator", "climatology", "extra_trees", "TWIN-ESM r1i1p1f1")


@pytest.mark.parametrize("without", METHODS)
def test_without_one_method_or_model_the_others_have_the_same_scores(without, experiment, undisturbed, tmp_path):
    run, fewer = RunFolder(undisturbed), RunFolder(tmp_path)
    fewer.validate.mkdir()
    names = [(split, name) for split in (HELD_OUT, NEVER_SAMPLED) for name in METHODS if name != without]
    found = {name: predictions.load(run.points(*name)) for name in names}
    scores.write(fewer, RunData(run, "any", Experiment.from_yaml(experiment)), found, {})
    for name in ("skill", "skill_by_class"):
        before, after = (pd.read_csv(folder.score_table(name)) for folder in (run, fewer))
        order = [one for one in ("split", "division", "class", "layer", "method") if one in before]
        before, after = (table.sort_values(order, ignore_index=True) for table in (before, after))
        kept = before[before["method"] != without].reset_index(drop=True)
        pd.testing.assert_frame_equal(after, kept)
