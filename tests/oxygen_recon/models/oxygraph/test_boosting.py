import numpy as np
import pytest

from oxygen_recon.models.baselines.regression import Regression
from oxygen_recon.models.oxygraph.boosting import SETTINGS, TREES, ColumnBoosting
from oxygen_recon.models.oxygraph.config import OxyGraphConfig
from qc.errors import InputError


def fitted(ocean, folder=None, seed=0):
    domain, samples, *_ = ocean
    method = ColumnBoosting(folder)
    method.fit(domain, samples, seed)
    return method.predict(domain, samples, samples.cell, samples.step), method


def test_it_estimates_better_than_the_mean_and_knows_its_error(small_ocean) -> None:
    domain, samples, _, truth = small_ocean()
    held = samples.group % 4 == 0
    method = ColumnBoosting()
    method.fit(domain, samples.take(~held), 0)
    targets = samples.take(held)
    estimate = method.predict(domain, samples, targets.cell, targets.step)
    error = np.asarray(estimate.mean)[:, 0] - truth[targets.step, targets.cell]
    assert np.sqrt(np.mean(error**2)) < 0.3 * targets.values["oxygen"].std()
    assert 0.3 < np.mean(np.abs(error) < np.asarray(estimate.scale)[:, 0]) <= 1


def test_trees_that_are_kept_are_read_again(small_ocean, tmp_path, monkeypatch) -> None:
    ocean = small_ocean()
    first, _ = fitted(ocean, tmp_path)
    monkeypatch.setattr("oxygen_recon.models.baselines.boosting.LightGBM.grow", lambda *_: pytest.fail("grown again"))
    second, _ = fitted(ocean, tmp_path)
    np.testing.assert_array_equal(first.mean, second.mean)
    np.testing.assert_array_equal(first.scale, second.scale)


def test_trees_of_another_seed_are_grown_anew(small_ocean, tmp_path) -> None:
    ocean = small_ocean()
    fitted(ocean, tmp_path)
    before = (tmp_path / SETTINGS).read_text()
    fitted(ocean, tmp_path, seed=1)
    assert (tmp_path / SETTINGS).read_text() != before


@pytest.mark.parametrize("file", [TREES, SETTINGS])
def test_damaged_trees_are_one_clear_line(small_ocean, tmp_path, file) -> None:
    ocean = small_ocean()
    fitted(ocean, tmp_path)
    whole = (tmp_path / file).read_text()
    (tmp_path / file).write_text(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="is damaged; remove it"):
        fitted(ocean, tmp_path)


def test_over_a_background_there_are_no_trees() -> None:
    config = OxyGraphConfig()
    assert [*config.companions(departures=False)] == ["boosting", "optimal_interpolation"]
    assert [*config.companions(departures=True)] == ["optimal_interpolation"]
    trees = OxyGraphConfig(averaged_with=["extra_trees", "optimal_interpolation"])
    assert [*trees.companions(departures=True)] == ["optimal_interpolation"]
    assert isinstance(trees.companions(departures=False)["extra_trees"].make(None), Regression)
    assert not OxyGraphConfig(averaged_with=[]).companions(departures=False)
