"""A run of the column model: networks and boosted trees averaged, taken up where it stopped."""

import json
import re

import numpy as np
import pytest

from oxygen_recon.models.oxygraph.boosting import ColumnBoosting
from oxygen_recon.models.training.checkpoints import CHECKPOINT
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.tasks.run_data import RunData
from tests.support.small_run import SMALL, folder_of

COLUMNS = """model:
  {kind: oxygraph, network: {width: 8, blocks: 1}, training: {steps: 6, columns: 16, nutrients: 0.1}}
nutrients: [phosphate, silicate]
"""


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("experiment") / "columns.yaml"
    path.write_text(re.sub(r"(?m)^model: .*$", COLUMNS, SMALL))
    return path


@pytest.fixture(scope="module")
def folder(path, tmp_path_factory):
    return RunFolder(folder_of(path, tmp_path_factory.mktemp("work")))


def test_a_run_keeps_networks_trees_and_weights(folder) -> None:
    for fold in (0, 1):
        home = folder.fold_model(fold)
        assert (home / CHECKPOINT).exists() and (home / "network2" / CHECKPOINT).exists()
        weights = json.loads((home / "weights.json").read_text())
        assert set(weights) == {"network", "boosting", "optimal_interpolation"} and np.isclose(sum(weights.values()), 1)
    assert "oxygraph" in folder.page.read_text()


def test_samples_carry_the_nutrients_of_their_casts(path, folder) -> None:
    values = RunData(folder, "nutrients", Experiment.from_yaml(path)).samples.values
    assert list(values) == ["oxygen", "phosphate", "silicate"] and np.isfinite(values["oxygen"]).all()
    for name in ("phosphate", "silicate"):
        known = np.isfinite(values[name])
        assert 0.05 < known.mean() < 1 and 0 < values[name][known].mean() < 150
    assert np.corrcoef(values["oxygen"][known], values["phosphate"][known])[0, 1] < 0


def test_what_is_kept_is_read_and_estimates_the_same(path, folder, monkeypatch) -> None:
    data = RunData(folder, "again", Experiment.from_yaml(path))
    monkeypatch.setattr("oxygen_recon.models.training.trainer.trainer", lambda *_: pytest.fail("trained again"))
    monkeypatch.setattr("oxygen_recon.models.baselines.boosting.LightGBM.grow", lambda *_: pytest.fail("grown again"))
    (method, _), _ = data.trained
    assert isinstance(method.method.methods["boosting"][0], ColumnBoosting)
    assert len(method.method.methods["network"]) == 2
    found, _ = data.held_out()
    held, rest = data.samples.take(data.fold == 0), data.samples.take(data.fold != 0)
    estimate = method.predict(data.domain_without(0), rest, held.cell, held.step)
    np.testing.assert_allclose(np.asarray(estimate.mean)[:, 0].clip(0), found.mean[found.fold == 0], rtol=1e-4)
