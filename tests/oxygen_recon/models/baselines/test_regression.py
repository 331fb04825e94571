"""What trees and other regressions share: water column, kriging of residuals, and what neither may see."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.dataset.mapping import Anomalies
from oxygen_recon.models.baselines.extra_trees import ExtraTreesConfig
from oxygen_recon.models.baselines.predictors import Inputs, chosen, predictors
from oxygen_recon.models.baselines.residual_kriging import ResidualKriging
from oxygen_recon.models.baselines.tuning import tuning_folds
from oxygen_recon.models.columns import column_names
from oxygen_recon.models.interface import Tuned
from tests.support.small_ocean import everywhere, small_ocean


def with_salinity() -> tuple[Domain, Samples, np.ndarray]:
    domain, samples, truth = small_ocean()
    salinity = 35 + 0.1 * np.random.default_rng(1).normal(size=truth.shape)
    temperature = domain.covariates[..., 0]
    return replace(domain, covariates=np.stack([temperature, salinity], axis=-1)), samples, truth


def measured(samples: Samples, oxygen: np.ndarray) -> Samples:
    return replace(samples, values={"oxygen": oxygen})


def rmse(method, domain: Domain, context: Samples, truth: np.ndarray) -> float:
    cell, step = everywhere(domain)
    found = np.asarray(method.predict(domain, context, cell, step).mean)[:, 0]
    return float(np.sqrt(np.square(found - truth[step, cell]).mean()))


def test_the_column_is_read_where_it_tells_more_than_the_cell() -> None:
    """Oxygen of the upper two levels follows the temperature of the level below, which only the column has."""
    domain, samples, truth = with_salinity()
    levels = domain.covariates[..., 0].reshape(domain.steps, 3, -1)
    truth = truth.reshape(levels.shape).copy()
    truth[:, :2] = 150 + 30 * (levels[:, 1:] - levels[:, 1:].mean(axis=(0, 2), keepdims=True))
    truth = truth.reshape(domain.steps, domain.cells)
    samples = measured(samples, truth[samples.step, samples.cell])
    errors = []
    for column in (True, False):
        method = ExtraTreesConfig(trees=20, column=column).build()
        method.fit(domain, samples, 2)
        assert method.setting.column == column == method.tuned.values["column"]
        errors.append(rmse(method, domain, samples, truth))
    assert errors[0] < 0.7 * errors[1]


def test_predictors_of_the_column_come_last_and_only_with_covariates() -> None:
    domain, _, _ = with_salinity()
    cell, step = everywhere(domain)
    plain = predictors(domain, cell, step)
    with_column = chosen(domain, Inputs(column=True), cell, step)
    assert with_column.shape[1] == plain.shape[1] + len(column_names(domain))
    np.testing.assert_array_equal(with_column[:, : plain.shape[1]], plain)
    without = chosen(domain, Inputs(covariates=False), cell, step)
    np.testing.assert_array_equal(chosen(domain, Inputs(covariates=False, column=True), cell, step), without)


def eddies(domain: Domain, samples: Samples) -> tuple[Samples, np.ndarray]:
    """Oxygen of eddies that no predictor knows, each of its own step, measured by single columns."""
    random = np.random.default_rng(0)
    x, y = np.radians(20 * domain.longitude), np.radians(20 * domain.latitude)
    phase = random.uniform(0, 6, (2, domain.steps, 1))
    truth = 200 + 20 * np.sin(x + phase[0]) * np.cos(y + phase[1])
    oxygen = truth[samples.step, samples.cell] + random.normal(size=len(samples))
    return measured(samples, oxygen), truth


def test_residuals_are_kriged_where_neighbours_know_what_predictors_do_not() -> None:
    domain, samples, _ = small_ocean(years=12)
    domain = replace(domain, covariates=domain.covariates[..., :0], names=())
    samples, truth = eddies(domain, samples)
    errors = []
    for kriging in (True, False):
        method = ExtraTreesConfig(trees=20, residual_kriging=kriging).build()
        method.fit(domain, samples, 0)
        assert method.setting.residual_kriging == kriging == method.tuned.values["residual_kriging"]
        errors.append(rmse(method, domain, samples, truth))
        cell, step = everywhere(domain)
        found = method.predict(domain, samples, cell, step)
        standard = (np.asarray(found.mean)[:, 0] - truth[step, cell]) / np.asarray(found.scale)[:, 0]
        assert 0.5 < np.sqrt(np.square(standard).mean()) < 1.5
    assert errors[0] < 0.8 * errors[1]
    empty = samples.take(np.zeros(0, int))
    method = ExtraTreesConfig(trees=20).build()
    method.fit(domain, samples, 0)
    far, near = (np.asarray(method.predict(domain, some, *everywhere(domain)).scale) for some in (empty, samples))
    assert (near <= far).all() and near.mean() < 0.9 * far.mean()


def test_noise_is_not_kriged() -> None:
    domain, samples, _ = small_ocean()
    noise = np.random.default_rng(5).normal(200, 10, len(samples))
    method = ExtraTreesConfig(trees=10).build()
    method.fit(domain, measured(samples, noise), 0)
    assert not method.setting.residual_kriging


def test_whole_steps_that_are_hidden_gain_nothing_from_eddies_of_other_steps() -> None:
    """The mode decides: with whole years held out no neighbour is of the same eddy."""
    domain, samples, _ = small_ocean(years=12)
    samples, _ = eddies(domain, samples)
    years = replace(samples, unit=np.floor(domain.years[samples.step]).astype(int))
    for one, kriged in ((samples, True), (years, False)):
        method = ExtraTreesConfig(trees=10).build()
        method.fit(domain, one, 0)
        assert method.setting.residual_kriging == kriged


def test_a_sample_that_the_fit_did_not_have_is_a_neighbour_too() -> None:
    domain, samples, _ = small_ocean(years=12)
    domain = replace(domain, covariates=domain.covariates[..., :0], names=())
    samples, truth = eddies(domain, samples)
    method = ExtraTreesConfig(trees=20).build()
    fitted = samples.group % 3 > 0
    method.fit(domain, samples.take(fitted), 0)
    assert method.setting.residual_kriging
    assert rmse(method, domain, samples, truth) < 0.9 * rmse(method, domain, samples.take(fitted), truth)
    again = method.predict(
        domain, samples.take(np.random.default_rng(0).permutation(len(samples))), *everywhere(domain)
    )
    np.testing.assert_allclose(again.mean, method.predict(domain, samples, *everywhere(domain)).mean, atol=1e-6)


def test_residuals_around_a_sample_owe_nothing_to_its_own_value(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by a model that saw it nor as a residual: changed values of a fold change no residual around it."""
    domain, samples, _ = small_ocean()
    fold = tuning_folds(domain, samples, 0)
    changed = measured(samples, samples.values["oxygen"] + 50.0 * (fold == 1))
    around: list[dict[int, np.ndarray]] = []
    plain = ResidualKriging.at

    def at(self, domain, kept, residual, cell, step):
        if kept.cell.size < len(samples):  # not in `predict`
            hidden = set(range(3)) - set(np.unique(fold[np.isin(numbers, kept.count)]).tolist())
            around[-1][hidden.pop()] = residual
        return plain(self, domain, kept, residual, cell, step)

    monkeypatch.setattr(ResidualKriging, "at", at)
    numbers = np.arange(len(samples))
    for one in (samples, changed):
        around.append({})
        method = ExtraTreesConfig(trees=5).build()
        method.learner.start = replace(method.learner.start, leaf=2)
        method.learner.ladders = {}  # the settings must not depend on what is changed
        monkeypatch.setattr("oxygen_recon.models.baselines.regression.climb", lambda start, *_: (start, Tuned({})))
        method.fit(domain, replace(one, count=numbers), 0)
    np.testing.assert_array_equal(around[0][1], around[1][1])
    assert not np.array_equal(around[0][0], around[1][0])


@given(st.integers(0, 10_000))
def test_out_of_fold_estimates_are_found_for_the_samples_of_the_fit_and_no_others(seed: int) -> None:
    domain, samples, _ = small_ocean(years=2)
    random = np.random.default_rng(seed)
    known, estimate = random.random(len(samples)) < 0.6, random.normal(size=len(samples))
    known[0] = True
    kriging = ResidualKriging.fit(domain, samples.take(known), estimate[known], 0)
    order = random.permutation(len(samples))
    found = kriging.known(domain, samples.take(order))
    np.testing.assert_array_equal(found, np.where(known, estimate, np.nan)[order])


@given(st.integers(0, 10_000), st.integers(1, 60))
def test_averaged_anomalies_account_for_every_sample(seed: int, number: int) -> None:
    domain, _, _ = small_ocean(years=2)
    random = np.random.default_rng(seed)
    cell, step = random.integers(5, size=number), random.integers(2, size=number)
    value = random.normal(size=number)
    found = Anomalies.averaged(domain, cell, step, value)
    assert found.count.sum() == number and found.count.size == len({*zip(cell, step)})
    assert (found.count * found.value).sum() == pytest.approx(value.sum(), abs=1e-9)
    for at, one, count in zip(found.years, found.value, found.count):
        assert any(
            np.isclose(value[(cell == c) & (step == s)].mean(), one) and ((cell == c) & (step == s)).sum() == count
            for c, s in zip(cell, step)
            if domain.years[s] == at
        )
