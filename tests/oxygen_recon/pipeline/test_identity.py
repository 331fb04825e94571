"""A run folder holds results of one experiment: another one of that name is refused, or replaces what differs."""

import json
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.identity import claim, differences
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.stage_cache import bring_up_to_date
from oxygen_recon.pipeline.stages.definition import bring, define
from oxygen_recon.pipeline.stages.pipeline import Pipeline
from oxygen_recon.products.omz.settings import OmzConfig
from qc.errors import InputError

TWIN = Path(__file__).parents[3] / "experiments" / "twin_demo.yaml"
STAGES = {"ingest", "qc", "grid", "graph", "train", "reconstruct", "validate", "omz", "report"}


def leave(folder: RunFolder, stage: str) -> None:
    (folder.stage(stage) / "result").write_text(stage)


def made(root: Path, last: str = "report", replaces: bool = False, **changes) -> list[str]:
    """Bring a run up to date whose stages leave one file each; list the stages whose files are there."""
    pipeline = Pipeline(Experiment.from_yaml(TWIN).model_copy(update=changes), RunFolder(root))
    stages = [replace(stage, make=partial(leave, pipeline.folder, stage.name)) for stage in define(pipeline)]
    own = partial(claim, pipeline.experiment, None, pipeline.folder, stages, replaces)
    bring_up_to_date(stages, pipeline.folder, last, print, own)
    return sorted(path.parent.name for path in root.glob("*/result"))


def contents(root: Path) -> dict[str, tuple[bytes, int]]:
    return {str(path): (path.read_bytes(), path.stat().st_mtime_ns) for path in root.rglob("*") if path.is_file()}


def later(experiment: Experiment) -> dict:
    return {"period": experiment.period.model_copy(update={"start": 1960})}


def test_another_period_under_the_same_name_is_refused_and_nothing_is_touched(tmp_path):
    made(tmp_path)
    before = contents(tmp_path)
    with pytest.raises(InputError) as caught:
        made(tmp_path, "grid", **later(Experiment.from_yaml(TWIN)), seed=4)
    line = str(caught.value)
    assert "period.start is 1920 there and 1960 here" in line and "seed is 0 there and 4 here" in line
    assert "--name" in line and "--replace" in line and "\n" not in line
    assert contents(tmp_path) == before


def test_the_public_call_refuses_before_anything_is_read(tmp_path):
    made(tmp_path)
    experiment = Experiment.from_yaml(TWIN)
    with pytest.raises(InputError, match="another experiment"):
        bring(Pipeline(experiment.model_copy(update=later(experiment)), RunFolder(tmp_path)), "ingest")


def test_steps_of_an_old_period_never_stay_beside_new_ones(tmp_path):
    made(tmp_path)
    (tmp_path / "source").mkdir()
    assert made(tmp_path, "grid", replaces=True, **later(Experiment.from_yaml(TWIN))) == ["grid", "ingest", "qc"]
    assert not (tmp_path / "source").exists()
    assert json.loads((tmp_path / "experiment.json").read_text())["period"]["start"] == 1960
    assert set(made(tmp_path, **later(Experiment.from_yaml(TWIN)))) == STAGES


def test_what_both_experiments_share_is_kept(tmp_path):
    made(tmp_path)
    before = (tmp_path / "train" / "done.json").stat().st_mtime_ns
    assert set(made(tmp_path, "train", replaces=True, omz=OmzConfig(thresholds=[60.0]))) == STAGES - {"omz", "report"}
    assert (tmp_path / "train" / "done.json").stat().st_mtime_ns == before


def test_a_stage_that_the_new_settings_do_not_have_is_not_kept(tmp_path):
    covariates = Experiment.from_yaml(TWIN).covariates
    observed = covariates.model_copy(update={"kind": "mapped", "mode": "delivered"})
    product = covariates.model_copy(update={"kind": "product", "mode": "delivered"})
    assert "covariates" in made(tmp_path, covariates=observed)
    (tmp_path / "notes").mkdir()
    assert "covariates" not in made(tmp_path, replaces=True, covariates=product)
    assert not (tmp_path / "covariates").exists() and (tmp_path / "notes").exists()


def test_files_of_unknown_origin_are_refused_and_kept(tmp_path):
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / "thesis.tex").write_text("years of work")
    with pytest.raises(InputError, match="holds files, but not which experiment"):
        made(tmp_path)
    assert (tmp_path / "report" / "thesis.tex").exists()
    with pytest.raises(InputError, match="report: holds files that no run made; move them elsewhere"):
        made(tmp_path, "ingest", replaces=True)
    assert [path.name for path in (tmp_path / "report").iterdir()] == ["thesis.tex"]


def test_a_folder_half_removed_is_still_a_runs(tmp_path, monkeypatch):
    made(tmp_path)

    def interrupted(path):
        raise KeyboardInterrupt

    monkeypatch.setattr("oxygen_recon.pipeline.run_folder.remove", interrupted)
    with pytest.raises(KeyboardInterrupt):
        RunFolder(tmp_path).discard("train")
    monkeypatch.undo()
    assert (tmp_path / "train" / "begun.json").exists()
    RunFolder(tmp_path).discard("train")
    assert not (tmp_path / "train").exists()


def test_what_a_network_is_computed_on_may_change(tmp_path):
    made(tmp_path)
    model = Experiment.from_yaml(TWIN).model
    assert set(made(tmp_path, model=model.model_copy(update={"compute": {"device": "gpu"}}))) == STAGES


def test_a_key_that_a_later_version_added_is_its_default(tmp_path):
    made(tmp_path)
    stored = json.loads((tmp_path / "experiment.json").read_text())
    del stored["unseen_points"], stored["vertical"]
    stored["unseen_points"] = 60000
    (tmp_path / "experiment.json").write_text(json.dumps(stored))
    assert set(made(tmp_path)) == STAGES


SETTINGS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(SETTINGS, SETTINGS)
def test_settings_without_differences_are_equal(there, here):
    assert list(differences(there, there)) == []
    found = list(differences(there, here))
    assert all(old != new for _, old, new in found)
    assert bool(found) or there == here or isinstance(there, dict)  # a key without a value is like none
