"""What decides the result of each stage: which stages a changed setting makes again."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from oxygen_recon.pipeline.experiment import Experiment, QualityConfig
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.stage_cache import bring_up_to_date
from oxygen_recon.pipeline.stages.compared import identity
from oxygen_recon.pipeline.stages.definition import define
from oxygen_recon.pipeline.stages.pipeline import Pipeline
from oxygen_recon.products.omz.settings import OmzConfig
from oxygen_recon.sources.archives import ArchiveSource
from oxygen_recon.sources.compared import ClimateModelsConfig

EXPERIMENTS = Path(__file__).parents[4] / "experiments"
ALL = ["ingest", "qc", "grid", "graph", "train", "reconstruct", "validate", "omz", "report"]


def made(folder: Path, last: str = "report", experiment: str = "twin_demo", source=None, **changes) -> list[str]:
    """Bring a run up to date whose stages only leave their names; list those that were made."""
    settings = Experiment.from_yaml(EXPERIMENTS / f"{experiment}.yaml").model_copy(update=changes)
    pipeline, names = Pipeline(settings, RunFolder(folder)), []
    if source is not None:
        vars(pipeline)["source"] = source
    stages = [replace(stage, make=partial(names.append, stage.name)) for stage in define(pipeline)]
    bring_up_to_date(stages, pipeline.folder, last, print)
    return names


class Archives:
    """A source of archives, whose truth is unknown."""

    has_truth = False

    def identity(self):
        return "the same files"


def test_a_run_makes_every_stage_once(tmp_path):
    assert made(tmp_path) == ALL
    assert made(tmp_path) == []


def test_other_decisions_of_an_expert_make_quality_control_anew(tmp_path):
    path = tmp_path / "overrides.csv"
    path.write_text("source,cast,level,variable,flag,who,why")
    decided = {"quality": QualityConfig(overrides=path)}
    assert made(tmp_path, "qc", **decided) == ["ingest", "qc"] and made(tmp_path, "qc", **decided) == []
    path.write_text("source,cast,level,variable,flag,who,why\n")
    assert made(tmp_path, "qc", **decided) == ["qc"]


@pytest.mark.parametrize(
    "changes, remade",
    [
        ({"baselines": []}, ["validate", "report"]),
        ({"unseen_points": 7}, ["validate", "report"]),
        ({"omz": OmzConfig(thresholds=[60.0])}, ["omz", "report"]),
        ({"omz": OmzConfig(regions=["Pacific"])}, ["omz", "report"]),
        ({"question": "Another?"}, ["report"]),
        ({"seed": 9}, ALL),
        ({"vertical": "bin"}, ALL[2:]),
    ],
)
def test_a_changed_setting_remakes_what_stands_on_it_and_no_more(tmp_path, changes, remade):
    made(tmp_path)
    assert made(tmp_path, **changes) == remade
    assert made(tmp_path, **changes) == []


def test_a_changed_model_remakes_training_and_what_stands_on_it(tmp_path):
    made(tmp_path)
    model = Experiment.from_yaml(EXPERIMENTS / "twin_demo.yaml").model
    model = model.model_copy(update={"training": model.training.model_copy(update={"steps": 7})})
    assert made(tmp_path, model=model) == ALL[4:]


def test_a_stage_brings_what_it_stands_on_and_no_more(tmp_path):
    assert made(tmp_path, last="omz") == ["ingest", "qc", "grid", "graph", "train", "reconstruct", "omz"]
    assert made(tmp_path, last="validate") == ["validate"]
    assert made(tmp_path) == ["report"]


def test_where_truth_is_unknown_validation_needs_no_reconstruction(tmp_path):
    stages = ["ingest", "qc", "grid", "graph", "covariates", "train", "validate"]
    assert made(tmp_path, last="validate", experiment="east_sea", source=Archives()) == stages


def test_a_changed_climate_model_is_scored_again(tmp_path):
    model = tmp_path / "o2_model.nc"
    model.write_text("one")
    models = [ClimateModelsConfig(files="o2_*.nc")]
    settings = Experiment.from_yaml(EXPERIMENTS / "east_sea.yaml").model_copy(update={"climate_models": models})
    pipeline = Pipeline(settings, RunFolder(tmp_path))
    vars(pipeline)["source"] = ArchiveSource(settings.source_settings(), settings.source, tmp_path)
    before = identity(pipeline)
    assert len(before) == 1 and before == identity(pipeline)
    model.write_text("another")
    assert identity(pipeline) != before
