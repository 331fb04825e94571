import sys
from importlib.util import find_spec

import numpy as np
import pytest
from pydantic import ValidationError

from oxygen_recon.models.baselines.boosting import CatBoost, CatBoostConfig, Depth, Leaves, LightGBM, LightGBMConfig
from oxygen_recon.models.baselines.regression import Rows
from oxygen_recon.models.baselines.tuning import least
from qc.errors import InputError
from tests.support.small_ocean import everywhere, small_ocean


def rows(number: int, seed: int = 0) -> Rows:
    random = np.random.default_rng(seed)
    table = random.normal(size=(number, 4)).astype(np.float32)
    target = 200 + 10 * table[:, 0] * (table[:, 1] > 0) + random.normal(size=number)
    table[random.random(table.shape) < 0.05] = np.nan
    return Rows(table, target)


LEARNERS = [(LightGBM(300), Leaves(leaves=7))]
if find_spec("catboost"):
    LEARNERS.append((CatBoost(300), Depth(depth=3)))


@pytest.mark.parametrize("learner, setting", LEARNERS, ids=lambda one: type(one).__name__)
def test_rounds_are_those_of_least_error_at_held_out_rows(learner, setting) -> None:
    """The curve is the error of the model cut after each round, and the final model has as many rounds as it says."""
    kept, held = rows(600), rows(200, 1)
    grown = learner.grow(*kept, setting, 0, held, False)
    found = learner.settle(setting, [grown])
    assert 1 <= found.rounds == np.argmin(grown.curve) + 1 < grown.curve.size
    for rounds in (1, found.rounds):
        cut = learner.settle(setting, [type(grown)(grown.model, grown.curve[:rounds])])
        mean, spread = learner.read(grown, held.table, cut if rounds > 1 else found.__class__(rounds=1))
        assert np.square(mean - held.target).mean() == pytest.approx(grown.curve[rounds - 1], rel=1e-4)
        assert (spread == 1).all()
    final = learner.grow(*kept, found, 0, None, True)
    np.testing.assert_allclose(learner.read(final, held.table, found)[0], learner.read(grown, held.table, found)[0])


@pytest.mark.parametrize("learner, setting", LEARNERS, ids=lambda one: type(one).__name__)
def test_the_same_seed_grows_the_same_trees(learner, setting) -> None:
    grown = [learner.grow(*rows(500), setting, 3, rows(90, 1), False) for _ in "12"]
    first, second = (learner.read(one, rows(90, 2).table, setting) for one in grown)
    np.testing.assert_array_equal(first[0], second[0])


def test_a_curve_that_ended_early_stays_where_it_ended() -> None:
    one, two = np.array([9.0, 5.0, 4.0, 3.9]), np.array([9.0, 2.0, 3.0])
    assert least([one]) == 4 and least([two]) == 2 and least([one, two]) == 4  # 18, 7, 7, 6.9
    assert least([np.zeros(1)]) == 1


def test_boosting_says_what_it_chose_and_its_estimates_do_not_depend_on_chunks(monkeypatch) -> None:
    domain, samples, _ = small_ocean()
    method = LightGBMConfig(rounds=60).build()
    method.fit(domain, samples, 0)
    assert {"leaves", "rate", "rounds", "column", "residual_kriging"} <= set(method.tuned.values)
    assert 1 <= method.tuned.values["rounds"] <= 60 and not method.tuned.values["column"], "salinity is missing"
    cell, step = everywhere(domain)
    whole = method.predict(domain, samples, cell, step)
    monkeypatch.setattr("oxygen_recon.models.baselines.regression.CHUNK", 37)
    np.testing.assert_array_equal(method.predict(domain, samples, cell, step).mean, whole.mean)


def test_catboost_that_is_not_installed_is_one_line_that_says_how_to_install_it(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "catboost", None)
    with pytest.raises(InputError, match=r"CatBoost is not installed.*pip install 'oxygen-recon\[rivals\]'") as found:
        CatBoostConfig().build()
    assert "\n" not in str(found.value)
    for config in (CatBoostConfig, LightGBMConfig):
        with pytest.raises(ValidationError):
            config(rounds=0)
