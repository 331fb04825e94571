"""Methods on a background: the departures are learned, and the background is added to what they estimate."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from oxygen_recon.models.background import OnBackground
from oxygen_recon.models.baselines.background import BackgroundAlone, OnFittedBackground
from oxygen_recon.models.baselines.climatology import Climatology
from oxygen_recon.models.graph.features import NodeFeatures
from oxygen_recon.models.interface import Estimate
from oxygen_recon.models.registry import BASELINES, MODELS
from tests.oxygen_recon.models.test_contract import make

METHODS = [*MODELS, *BASELINES]


@pytest.fixture(scope="module")
def ocean(small_ocean):
    domain, samples, graph, truth = small_ocean()
    holes = np.array(domain.covariates, copy=True)
    holes[:, domain.longitude < 175, 1] = np.nan  # no salinity in the west
    holes[:2, :, 0] = np.nan  # no temperature before the product begins
    return domain, replace(domain, covariates=holes), samples, graph, truth


@pytest.mark.parametrize("kind", METHODS)
def test_a_shift_of_oxygen_and_background_shifts_the_estimate_and_nothing_else(kind: str, ocean) -> None:
    """What a method learns are departures: they are the same whatever the background is."""
    domain, _, samples, graph, truth = ocean
    hidden = samples.group % 4 == 0
    context, targets = samples.take(~hidden), samples.take(hidden)
    found = []
    measured = np.round(context.values["oxygen"] * 64) / 64  # differences are exact: trees split on the last digit
    for shift in (0.0, 64.0):
        shifted = replace(context, values={"oxygen": measured + shift})
        method = OnBackground(make(kind, graph), np.full(truth.shape, 100.0 + shift))
        method.fit(domain, shifted, seed=1)
        found.append(method.predict(domain, shifted, targets.cell, targets.step))
    np.testing.assert_allclose(found[1].mean, np.asarray(found[0].mean) + 64.0, rtol=1e-9)
    np.testing.assert_allclose(found[1].scale, found[0].scale, rtol=1e-9)


@pytest.mark.parametrize("kind", METHODS)
def test_a_perfect_background_is_left_as_it_is(kind: str, ocean) -> None:
    domain, _, samples, graph, truth = ocean
    exact = replace(samples, values={"oxygen": truth[samples.step, samples.cell]})
    method = OnBackground(make(kind, graph), truth)
    method.fit(domain, exact, seed=1)
    cell = np.arange(domain.cells)
    estimate = method.predict(domain, exact, cell, np.full_like(cell, 3))
    np.testing.assert_allclose(np.asarray(estimate.mean)[:, 0], truth[3], atol=0.5)


@pytest.mark.parametrize("kind", METHODS)
def test_missing_covariates_are_no_values(kind: str, ocean) -> None:
    """Estimates are finite; and whatever stands in the file where a covariate is missing, they are the same."""
    _, holes, samples, graph, truth = ocean
    method = OnBackground(make(kind, graph), truth * 0 + 150)
    method.fit(holes, samples, seed=1)
    cell = np.arange(holes.cells)
    for step in (0, 4):
        estimate = method.predict(holes, samples, cell, np.full_like(cell, step))
        assert np.isfinite(np.asarray(estimate.mean)).all() and (np.asarray(estimate.scale) > 0).all()


def test_gaps_of_a_domain_are_known_by_channel(ocean) -> None:
    whole, holes, *_ = ocean
    assert whole.channels == ("temperature", "salinity", "saturation")
    assert whole.gaps.tolist() == [False] * 3 and holes.gaps.tolist() == [True] * 3
    assert replace(holes, covariates=np.where(np.isnan(holes.covariates), 9.0, holes.covariates)).gaps.sum() == 0


@given(st.integers(0, 2**32 - 1))
def test_departures_count_from_the_background_itself(ocean, seed: int) -> None:
    """It follows temperature already, and the mean departure of a level is that of the places that were visited."""
    domain, _, samples, *_ = ocean
    noise = replace(samples, values={"oxygen": np.random.default_rng(seed).normal(5, 1, len(samples))})
    features = NodeFeatures(replace(domain, departures=True), noise)
    expected = features.expected(samples.cell, samples.step)
    assert (expected == 0).all() and features.oxygen_spread < 1.5


def test_a_background_of_another_domain_is_refused(ocean) -> None:
    domain, _, samples, graph, truth = ocean
    with pytest.raises(ValueError, match="a background of shape"):
        OnBackground(make("climatology", graph), truth[:, 1:]).fit(domain, samples, 0)


def test_the_background_alone_has_the_error_it_has_at_the_observations(ocean) -> None:
    domain, _, samples, graph, truth = ocean
    method = OnBackground(make("background", graph), truth + 20.0)
    method.fit(domain, samples, 0)
    estimate = method.predict(domain, samples, samples.cell, samples.step)
    np.testing.assert_array_equal(estimate.mean[:, 0], truth[samples.step, samples.cell] + 20.0)
    assert estimate.scale.min() > 19 and estimate.scale.max() < 21.5


@pytest.mark.parametrize("kind", METHODS)
def test_a_fitted_background_follows_the_observations(kind: str, ocean) -> None:
    """All oxygen higher by 64: so is the estimate, and without any observation near it is the climatology."""
    domain, _, samples, graph, _ = ocean
    hidden = samples.group % 4 == 0
    context, targets = samples.take(~hidden), samples.take(hidden)
    found = []
    measured = np.round(context.values["oxygen"] * 64) / 64
    for shift in (0.0, 64.0):
        shifted = replace(context, values={"oxygen": measured + shift})
        method = OnFittedBackground(make(kind, graph))
        method.fit(domain, shifted, seed=1)
        found.append(np.asarray(method.predict(domain, shifted, targets.cell, targets.step).mean))
    np.testing.assert_allclose(found[1], found[0] + 64.0, atol=2.0)  # departures differ in the last digit only
    error = found[0][:, 0] - targets.values["oxygen"]
    assert np.sqrt(np.mean(error**2)) < np.std(targets.values["oxygen"])


def test_what_observations_depart_from_a_fitted_background_is_given_back_where_they_were_made(ocean) -> None:
    """Each observation by itself, without noise: its own cell is estimated as it was measured."""

    class Nearest(BackgroundAlone):
        def predict(self, domain, context, cell, step):
            value = dict(zip(zip(context.cell, context.step), context.values["oxygen"]))
            mean = np.array([[value[one]] for one in zip(cell, step)])
            return Estimate(("oxygen",), mean, np.ones_like(mean))

    domain, _, samples, _, _ = ocean
    method = OnFittedBackground(Nearest())
    method.fit(domain, samples, 0)
    _, first = np.unique(samples.cell * domain.steps + samples.step, return_index=True)
    once = samples.take(first)
    mean = method.predict(domain, once, once.cell, once.step).mean
    np.testing.assert_allclose(mean[:, 0], once.values["oxygen"])


def test_a_fitted_background_alone_is_the_climatology(ocean) -> None:
    domain, _, samples, _, _ = ocean
    alone, usual = OnFittedBackground(BackgroundAlone()), Climatology()
    alone.fit(domain, samples, 3)
    usual.fit(domain, samples, 3)
    cell, step = np.arange(domain.cells), np.zeros(domain.cells, int)
    mean = alone.predict(domain, samples.take(np.zeros(0, int)), cell, step).mean
    np.testing.assert_array_equal(mean, usual.predict(domain, samples, cell, step).mean)
