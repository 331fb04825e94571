"""`experiments/nutrients.py`: what each variant knows, and how variants are compared."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from oxygen_recon.models.oxygraph.config import ColumnTrainingConfig, OxyGraphConfig
from oxygen_recon.pipeline.experiment import Experiment
from tests.support.scripts import EXPERIMENTS, script
from tests.support.small_ocean import small_ocean


@pytest.fixture(scope="module")
def nutrients():
    return script("nutrients")


def test_variants_differ_in_what_is_known_and_what_is_learned(nutrients) -> None:
    experiment = Experiment.from_yaml(EXPERIMENTS / "east_sea.yaml")
    made = {name: nutrients.variant(experiment, name) for name in nutrients.VARIANTS}
    known = {name: one.covariates.names[2:] for name, one in made.items()}
    assert known["no nutrients"] == [] == known["nutrients as targets, 0.1"]
    assert known["nutrients as covariates"] == ["phosphate", "nitrate"] == known["ratio of slopes, 0.1"]
    assert made["nutrients as targets, 0.1"].nutrients == ["phosphate", "nitrate"]
    assert not any(one.nutrients for name, one in made.items() if "targets" not in name)
    assert all(one.covariates.mode == "at_casts" for one in made.values())
    assert len({one.name for one in made.values()}) == 3  # gridded data, shared by variants that have the same


@pytest.mark.parametrize("name", ["ratio of slopes, 0.1", "nutrients as targets, 0.1"])
def test_an_estimate_has_the_settings_of_its_variant_and_is_kept(nutrients, name, tmp_path, monkeypatch) -> None:
    domain, samples, truth = small_ocean()
    if "slopes" in name:
        covariates = np.concatenate([domain.covariates, 3 - truth[..., None] / 120], axis=-1)
        domain = replace(domain, covariates=covariates, names=(*domain.names, "phosphate"))
    graph = SimpleNamespace(grid=SimpleNamespace(cells=domain.cells))
    monkeypatch.setattr(nutrients.store, "load_graph", lambda path: graph)
    model = OxyGraphConfig(training=ColumnTrainingConfig(steps=3, columns=16))
    data = SimpleNamespace(
        domain_without=lambda fold: domain, samples=samples, fold=samples.group % 3,
        experiment=SimpleNamespace(model=model), folder=SimpleNamespace(root=tmp_path, graph=tmp_path),
    )  # fmt: skip
    found = nutrients.kept_estimate(data, name, 1, 0)
    assert found["error"].size == (samples.group % 3 == 1).sum() and np.isfinite(found["error"]).all()
    assert (found["slopes"].size > 0) == ("slopes" in name)
    monkeypatch.setattr(nutrients, "estimate", lambda *_: pytest.fail("made again"))
    assert np.array_equal(nutrients.kept_estimate(data, name, 1, 0)["error"], found["error"])


def test_rows_compare_a_variant_with_its_own_seeds_and_groups(nutrients) -> None:
    group = np.repeat(np.arange(10), 5)

    def seeds(*errors: float, slope: float = 0.0) -> list[dict[str, np.ndarray]]:
        slopes = np.full(4, slope) if slope else np.zeros(0)
        return [
            {"error": np.full(50, one), "group": group, "slopes": slopes, "spent": np.array(8.0), "folds": np.array(4)}
            for one in errors
        ]

    found = {"no nutrients": seeds(4.0, 3.0), "nutrients as covariates": seeds(2.0, 3.0, slope=-80.0)}
    first, second = (nutrients.row_of(name, found) for name in found)
    assert first[1:] == ["50", "3.54 [3.54, 3.54]", "–", "–", "–", "–", "2"]
    assert second[3:] == ["no nutrients", "-0.99 [-0.99, -0.99]", "-2.00, +0.00", "-80 ± 0", "2"]
