"""What every registered method keeps to, networks and baselines."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.interface import Estimate, Method, OfOneDomain
from oxygen_recon.models.registry import BASELINES, MODELS
from qc.errors import InputError

SHORT: dict[str, dict[str, Any]] = {
    "oxygenerator": {
        "training": {"steps": 4, "targets": 64}, "network": {"width": 16, "hidden": 8, "units": 4, "embedding": 3},
    },
    "oxygraph": {"training": {"steps": 4, "columns": 16}, "network": {"width": 16, "blocks": 1, "embedding": 3}},
    "lightgbm": {"rounds": 40},
    "catboost": {"rounds": 20},
    "mlp": {"epochs": 5},
}  # fmt: skip
METHODS = [*MODELS, *BASELINES]


def make(kind: str, graph: Any) -> Method:
    if kind == "catboost":  # of the extra `rivals`
        pytest.importorskip("catboost")
    settings = {"kind": kind, **SHORT.get(kind, {})}
    return (
        MODELS[kind].model_validate(settings).build(graph)
        if kind in MODELS
        else BASELINES[kind].model_validate(settings).build()
    )


@pytest.fixture(scope="module")
def ocean(small_ocean):
    domain, samples, graph, _ = small_ocean(names=("temperature", "salinity", "phosphate"))
    return domain, samples, graph


@pytest.fixture(scope="module", params=METHODS)
def fitted(request, ocean) -> tuple[str, Method, Samples, Samples, Estimate]:
    """Kind, method fitted without a quarter of the groups, context, hidden samples, and their estimate."""
    domain, samples, graph = ocean
    hidden = samples.group % 4 == 0
    context, targets = samples.take(~hidden), samples.take(hidden)
    method = make(request.param, graph)
    method.fit(domain, context, seed=1)
    return request.param, method, context, targets, method.predict(domain, context, targets.cell, targets.step)


def test_estimates_are_finite_named_and_of_one_row_a_target(fitted) -> None:
    *_, targets, estimate = fitted
    assert estimate.names == ("oxygen",)
    assert estimate.mean.shape == estimate.scale.shape == (len(targets), 1)
    assert np.isfinite(np.asarray(estimate.mean)).all()
    assert np.isfinite(np.asarray(estimate.scale)).all() and (np.asarray(estimate.scale) > 0).all()


def test_nothing_observed_around_leaves_an_estimate(fitted, ocean) -> None:
    _, method, context, targets, informed = fitted
    alone = method.predict(ocean[0], context.take(np.zeros(0, int)), targets.cell, targets.step)
    assert np.isfinite(np.asarray(alone.mean)).all() and (np.asarray(alone.scale) > 0).all()
    assert alone.mean.shape == informed.mean.shape


@pytest.mark.parametrize("kind", METHODS)
def test_a_domain_without_covariates_is_estimated_too(kind, ocean) -> None:
    domain, samples, graph = ocean
    domain = replace(domain, covariates=domain.covariates[..., :0], names=())
    method = make(kind, graph)
    method.fit(domain, samples, seed=1)
    assert np.isfinite(np.asarray(method.predict(domain, samples, samples.cell[:9], samples.step[:9]).mean)).all()


@pytest.mark.parametrize("kind", METHODS)
def test_constant_and_never_known_covariates_do_no_harm(kind, ocean) -> None:
    domain, samples, graph = ocean
    covariates = np.full_like(domain.covariates, np.nan)
    covariates[..., 0] = 7.25
    domain = replace(domain, covariates=covariates)
    method = make(kind, graph)
    method.fit(domain, samples, seed=1)
    mean = np.asarray(method.predict(domain, samples, samples.cell[:9], samples.step[:9]).mean)
    assert np.isfinite(mean).all() and (np.abs(mean) < 1000).all()


def test_the_same_seed_gives_the_same_estimate(fitted, ocean) -> None:
    kind, _, context, targets, estimate = fitted
    again = make(kind, ocean[2])
    again.fit(ocean[0], context, seed=1)
    second = again.predict(ocean[0], context, targets.cell, targets.step)
    assert np.array_equal(second.mean, estimate.mean) and np.array_equal(second.scale, estimate.scale)


def test_the_values_of_hidden_targets_do_not_matter(fitted, ocean) -> None:
    """The hidden values are changed where a careless method could still see them: in the samples they were taken of."""
    kind, _, _, targets, estimate = fitted
    domain, samples, graph = ocean
    hidden = samples.group % 4 == 0
    measured = samples.values["oxygen"]
    changed = replace(samples, values={"oxygen": np.where(hidden, measured + 100.0, measured)})
    other = make(kind, graph)
    other.fit(domain, changed.take(~hidden), seed=1)
    second = other.predict(domain, changed.take(~hidden), targets.cell, targets.step)
    assert np.array_equal(second.mean, estimate.mean) and np.array_equal(second.scale, estimate.scale)


def shifted(domain: Domain, what: str) -> Domain:
    """The domain with one part changed, of the same shapes."""
    change = {
        "cells": {"longitude": domain.longitude + 0.5},
        "levels": {"depth": domain.depth + 1.0},
        "steps": {"years": domain.years + 1.0},
        "covariates": {"names": domain.names[::-1]},
    }
    return replace(domain, **change[what])


@pytest.mark.parametrize("kind", METHODS)
def test_another_domain_than_that_of_the_fit_is_refused(kind: str, ocean) -> None:
    domain, samples, graph = ocean
    method = OfOneDomain(make(kind, graph))
    with pytest.raises(InputError, match="nothing was fitted"):
        method.predict(domain, samples, samples.cell[:2], samples.step[:2])
    method.fit(domain, samples, seed=0)
    for what in ("cells", "levels", "steps", "covariates"):
        with pytest.raises(InputError, match=f"another domain than the method was fitted on: other {what};"):
            method.predict(shifted(domain, what), samples, samples.cell[:2], samples.step[:2])
    fewer = replace(domain, covariates=domain.covariates[..., :1], names=domain.names[:1])
    with pytest.raises(InputError, match="other covariates"):
        method.predict(fewer, samples, samples.cell[:2], samples.step[:2])
    other_values = replace(domain, covariates=domain.covariates + 0.1)
    for same in (domain, other_values):
        assert method.predict(same, samples, samples.cell[:2], samples.step[:2]).mean.shape == (2, 1)


@pytest.mark.parametrize("kind", MODELS)
def test_the_gradient_reaches_every_parameter_of_a_network(kind: str, ocean, monkeypatch: pytest.MonkeyPatch) -> None:
    domain, samples, graph = ocean
    reached, step = set(), torch.optim.AdamW.step

    def recorded(optimiser: torch.optim.AdamW, closure: Any = None) -> Any:
        result = step(optimiser, closure)
        parameters = [p for group in optimiser.param_groups for p in group["params"]]
        reached.update(id(p) for p in parameters if p.grad is not None and p.grad.abs().sum() > 0)
        return result

    monkeypatch.setattr(torch.optim.AdamW, "step", recorded)
    method: Any = make(kind, graph)
    method.fit(domain, samples, seed=0)
    idle = {name for name, p in method.network.named_parameters() if id(p) not in reached}
    assert all(name.endswith("score.bias") for name in idle), "attention does not depend on a constant in every score"
    assert len(reached) > 10


@pytest.mark.parametrize("kind", MODELS)
def test_the_state_of_a_network_is_all_it_has_learned(kind: str, ocean) -> None:
    domain, samples, graph = ocean
    method: Any = make(kind, graph)
    method.fit(domain, samples, seed=0)
    state = {name: value.clone() for name, value in method.network.state_dict().items()}
    cell, step = samples.cell[:200], samples.step[:200]
    first = method.predict(domain, samples, cell, step)
    with torch.no_grad():
        for parameter in method.network.parameters():
            parameter.add_(0.1)
    assert not np.array_equal(method.predict(domain, samples, cell, step).mean, first.mean)
    method.network.load_state_dict(state)
    second = method.predict(domain, samples, cell, step)
    assert np.array_equal(first.mean, second.mean) and np.array_equal(first.scale, second.scale)
