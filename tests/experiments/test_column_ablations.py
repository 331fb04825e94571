"""`experiments/column_ablations.py`: what each row is, what it trains on, and what it is compared with."""

from types import SimpleNamespace

import numpy as np
import pytest

from oxygen_recon.models.oxygraph.config import OxyGraphConfig
from tests.support.scripts import script
from tests.support.small_ocean import small_ocean


@pytest.fixture(scope="module")
def ablations():
    return script("column_ablations")


def test_each_row_changes_settings_and_is_compared_with_another(ablations) -> None:
    made = {name: ablations.model_of(row) for name, row in ablations.ROWS.items()}
    first = made["one network"]
    assert first == OxyGraphConfig(networks=1, averaged_with=[])
    assert len({repr(one) for one in made.values()}) == len(made) - 2, "two rows change what training hides"
    assert all(row.against in ablations.ROWS for name, row in ablations.ROWS.items() if name != "one network")
    assert made["two networks, boosting"].averaged_with == ["boosting"]


def test_training_hides_what_the_row_says(ablations) -> None:
    domain, samples, _ = small_ocean()
    data = SimpleNamespace(domain=domain, samples=samples)
    assert ablations.hidden_together(data, ablations.ROWS["one network"]) is None
    casts = ablations.hidden_together(data, ablations.ROWS["training hides single casts"])
    assert np.unique(casts).size == np.unique(domain.column[samples.cell] * domain.steps + samples.step).size


def test_a_row_starts_from_no_checkpoint_of_another_and_is_kept(ablations, tmp_path, monkeypatch) -> None:
    folder = tmp_path / "fold"
    seen = []

    def estimate_by(method, data, fold, together):
        seen.append((method, folder.exists(), together))
        folder.mkdir()
        return {"kriged": np.ones(3)}

    class Data(SimpleNamespace):
        def model(self, fold):
            return self.experiment.model

    monkeypatch.setattr(ablations, "estimate_by", estimate_by)
    monkeypatch.setattr(ablations, "replace", lambda data, experiment: Data(**vars(data) | {"experiment": experiment}))
    experiment = SimpleNamespace(model_copy=lambda update: SimpleNamespace(**update))
    data = Data(experiment=experiment, folder=SimpleNamespace(root=tmp_path, fold_model=lambda fold: folder))
    for name in ("two networks", "dropout 0.2"):
        assert ablations.kept_estimate(data, name, 2)["kriged"].size == 3
    assert [one[1:] for one in seen] == [(False, None)] * 2
    assert [one[0].networks for one in seen] == [2, 1] and seen[1][0].network.dropout == 0.2
    ablations.kept_estimate(data, "dropout 0.2", 2)
    assert len(seen) == 2


def test_a_row_is_compared_with_its_own_seeds(ablations) -> None:
    def seeds(*errors: float) -> list[dict[str, np.ndarray]]:
        truth = np.full(20, 200.0)
        common = {"truth": truth, "alone": truth + 9, "year": np.arange(20) // 2, "spent": np.array(8.0)}
        return [common | {"kriged": truth + one} for one in errors]

    found = {"one network": seeds(4.0, 3.0), "dropout 0.2": seeds(2.0, 3.0)}
    first, second = (ablations.row_of("oxygen_free_years", name, found) for name in found)
    assert first == ["oxygen free years", "one network", "40", "3.54 [3.54, 3.54]", "–", "–", "–", "9.00", "8"]
    assert second[4:7] == ["one network", "-0.99 [-0.99, -0.99]", "-2.00, +0.00"]
