"""Cruise offsets of a run: a survey planted in the small twin's casts is found, and written as decisions to propose."""

import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.compute as pc

from oxygen_recon.dataset import store
from oxygen_recon.evaluation.holdout import hold_out
from oxygen_recon.evaluation.predictions import concatenate
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.stages import offsets
from oxygen_recon.pipeline.tasks.run_data import RunData
from oxygen_recon.report.run.skill import offset_lines
from qc.battery import overrides
from qc.table import schema


def estimates(data: RunData, samples):
    """Held-out estimates of the climatology, from the samples of the other folds."""
    return concatenate(
        [hold_out(data.baseline("climatology"), data.domain, samples, data.fold, i, 0) for i in data.folds]
    )


def test_a_planted_survey_is_found_and_proposed_and_others_are_not(experiment, undisturbed, tmp_path):
    folder = RunFolder(tmp_path / "small")
    shutil.copytree(undisturbed, folder.root)
    data = RunData(folder, "offsets", Experiment.from_yaml(experiment))
    own = pd.read_csv(folder.score_table("cruise_offsets"))
    _, names = store.load_samples(folder.grid)
    assert sorted(own["cruise"]) == sorted(set(names)) and own["values"].sum() == len(data.samples)
    assert not own["significant"].any() and overrides.read(folder.score_table("cruise_notes")) == ()
    offsets.write(folder, data, estimates(data, data.samples))
    before = pd.read_csv(folder.score_table("cruise_offsets"))
    tested = before["cruise"][before["q"].notna()]
    assert len(tested) > 10
    name = before.set_index("cruise")["casts"][tested].idxmax()
    planted = data.samples.group == names.index(name)
    oxygen = data.samples.values["oxygen"] + np.where(planted, 150.0, 0.0)
    offsets.write(folder, data, estimates(data, replace(data.samples, values={"oxygen": oxygen})))
    after = pd.read_csv(folder.score_table("cruise_offsets"))
    out = after[after["significant"]]
    assert out["cruise"].tolist() == [name] and abs(out["offset"].iloc[0] - 150) < 50
    (line,) = offset_lines(after)
    assert name in line and "cruise_notes.csv" in line
    proposed, table = overrides.read(folder.score_table("cruise_notes")), schema.read(folder.qc_parts)
    rows = pc.and_(pc.equal(table["cruise"].cast("string"), name), pc.is_finite(table["oxygen"])).to_numpy()
    before, flag = (of["oxygen_flag"].to_numpy() for of in (table, overrides.apply(table, proposed)))
    assert len(proposed) == len(set(proposed)) > 0 and all(overrides.levels(table, one).size for one in proposed)
    assert (flag[rows & (before < 3)] == 3).all() and (flag == before)[~rows | (before > 2)].all()


def test_what_checks_found_bad_stays_so(tmp_path):
    """Cast 1 has a bad and a missing value, cast 2 none; another cruise is not touched."""
    flags = np.array([1, 4, 9, 1, 2, 1], np.int8)
    table = schema.from_columns(
        {
            "source": "made", "cast": list("111223"), "cruise": ["X"] * 5 + ["Y"], "row": np.arange(6),
            "latitude": [10.0] * 6, "longitude": [20.0] * 6, "oxygen": np.where(flags == 9, np.nan, 200.0),
            "oxygen_flag": flags,
        },
        "test",
    )  # fmt: skip
    (tmp_path / "parts").mkdir()
    schema.write(table, tmp_path / "parts" / "one.parquet")
    decided = offsets._decided(tmp_path / "parts", ["X"])
    assert decided == [("made", "1", "0", "X"), ("made", "2", "", "X")]


def test_a_cruise_is_whole_where_all_its_samples_are_in_one_fold():
    group, fold = np.array([0, 0, 1, 1, 2, 3]), np.array([0, 0, 0, 1, -1, 1])
    assert offsets._whole(group, fold, 5).tolist() == [True, False, False, True, False]
