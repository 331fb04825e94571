"""Averages of methods: how much each counts is found at samples that were hidden from all."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from oxygen_recon.dataset.mapped import MappedCovariates
from oxygen_recon.models.interface import Estimate
from oxygen_recon.models.registry import BASELINES
from oxygen_recon.models.stack import Part, Stack, convex_weights, steady_weights, with_and_without_maps, without_maps
from qc.errors import InputError
from tests.oxygen_recon.dataset.test_mapped import GRID, STEPS, ocean


class Recorded:
    """A method that estimates a number, and keeps what it was asked."""

    def __init__(self, value: float) -> None:
        self.value, self.fitted, self.asked = value, [], []

    def fit(self, domain, samples, seed) -> None:
        self.fitted.append((domain, samples))

    def predict(self, domain, context, cell, step) -> Estimate:
        self.asked.append((domain, context, cell, step))
        return Estimate(("oxygen",), np.full((cell.size, 1), self.value), np.full((cell.size, 1), 2.0))


@pytest.fixture(scope="module")
def mapped():
    casts, samples, subsets = ocean(1)
    return MappedCovariates(GRID, STEPS, casts, subsets, samples).domain(np.zeros(0, int)), samples


WITH, WITHOUT = "method", "method_without_maps"


def asked_for_weight(domain, samples, learns_all=True, kept=None):
    made: list[dict[str, Recorded]] = []

    def make(name: str) -> Recorded:
        if not made or name in made[-1]:
            made.append({})
        made[-1][name] = Recorded({WITH: 250.0, WITHOUT: 150.0}[name])
        return made[-1][name]

    parts = {
        WITH: Part(lambda *_: make(WITH), learns_all=learns_all),
        WITHOUT: Part(lambda *_: make(WITHOUT), False, learns_all),
    }
    method = Stack(parts, kept)
    method.fit(domain, samples, seed=3)
    return method, made


def test_the_weight_is_of_samples_hidden_from_both_and_from_their_maps(mapped) -> None:
    domain, samples = mapped
    _, (second, first) = asked_for_weight(domain, samples)
    for name in (WITH, WITHOUT):
        (_, learned), asked = first[name].fitted[0], first[name].asked
        assert 0 < len(learned) < len(samples) and asked
        for there, context, cell, step in asked:
            (subset,) = np.setdiff1d(samples.subset, context.subset)
            own = samples.take(samples.subset == subset)
            assert subset not in learned.subset
            assert {*zip(cell, step)} == {*zip(own.cell, own.step)}
            expected = domain.at(cell, step, np.full(cell.size, subset))
            np.testing.assert_array_equal(there.at(cell, step), expected if name == WITH else expected[:, :0])
        assert len(second[name].fitted[0][1]) == len(samples), "what estimates has learned from everything"


@pytest.mark.parametrize(("oxygen", "weight"), [(175.0, 0.25), (300.0, 1.0), (90.0, 0.0)])
def test_the_weight_has_the_least_square_error_between_none_and_one(oxygen, weight, mapped) -> None:
    domain, samples = mapped
    samples = replace(samples, values={"oxygen": np.full(len(samples), oxygen)})
    method, _ = asked_for_weight(domain, samples)
    assert method.weights == pytest.approx({WITH: weight, WITHOUT: 1 - weight}, abs=1e-6)
    assert method.tuned.values == pytest.approx({"weight_method": weight, "weight_method_without_maps": 1 - weight})
    estimate = method.predict(domain, samples, samples.cell, samples.step)
    np.testing.assert_allclose(estimate.mean, np.clip(oxygen, 150, 250), rtol=1e-6)
    np.testing.assert_allclose(estimate.scale, 2.0)


def test_groups_are_hidden_where_maps_keep_all_casts(mapped) -> None:
    domain, samples = mapped
    free = replace(samples, subset=None, unit=samples.group)
    _, (_, first) = asked_for_weight(domain, free)
    (_, learned), asked = first[WITH].fitted[0], first[WITH].asked
    hidden = np.concatenate([np.setdiff1d(free.group, context.group) for _, context, *_ in asked])
    assert hidden.size and not np.isin(hidden, learned.group).any()
    assert all(there is domain for there, *_ in asked)


def test_a_method_that_keeps_itself_is_fitted_once_and_keeps_its_weight(mapped, tmp_path) -> None:
    domain, samples = mapped
    kept = tmp_path / "weight.json"
    method, made = asked_for_weight(domain, samples, learns_all=False, kept=kept)
    assert len(made) == 1 and kept.exists()
    again, (only,) = asked_for_weight(domain, samples, learns_all=False, kept=kept)
    assert again.weights == method.weights and not only[WITH].asked
    kept.write_text('{"method": "?"}')
    with pytest.raises(InputError, match=r"weight\.json: is damaged; remove it"):
        asked_for_weight(domain, samples, learns_all=False, kept=kept)


def test_trees_lean_on_maps_as_far_as_they_are_related_to_oxygen(mapped) -> None:
    domain, samples = mapped
    temperature = domain.covariates[samples.step, samples.cell, 0]
    related = replace(samples, values={"oxygen": 300 - 10 * temperature.astype(float)})
    unrelated = replace(samples, values={"oxygen": 200 + np.random.default_rng(0).normal(0, 5, len(samples))})
    weights = []
    for some in (related, unrelated):
        method = Stack(with_and_without_maps({"trees": Part(lambda *_: BASELINES["extra_trees"](trees=10).build())}))
        method.fit(domain, some, seed=0)
        weights.append(method.weights["trees"])
        assert np.isfinite(method.predict(domain, some, some.cell, some.step).mean).all()
    assert weights[0] > 0.8 > 0.6 > weights[1]


def test_what_reads_no_covariates_stands_once() -> None:
    parts = {"network": Part(lambda *_: Recorded(1.0)), "interpolation": Part(lambda *_: Recorded(2.0), maps=False)}
    assert [*with_and_without_maps(parts)] == ["network", "interpolation", "network_without_maps"]


def test_what_is_no_map_stays(mapped) -> None:
    domain, _ = mapped
    height = np.zeros((*domain.covariates.shape[:2], 1))
    names = (*domain.names, "sea_surface_height")
    both = replace(domain, covariates=np.concatenate([domain.covariates, height], axis=-1), names=names)
    assert without_maps(both).names == ("sea_surface_height",)
    assert domain.maps == ("temperature", "salinity")


@given(arrays(float, (7, 3), elements=st.floats(-5, 5)))
def test_no_other_weights_have_less_error(errors: np.ndarray) -> None:
    square = errors.T @ errors
    weights = convex_weights(square)
    assert (weights >= 0).all() and np.isclose(weights.sum(), 1)
    others = np.random.default_rng(0).dirichlet(np.ones(3), 200)
    most = 1e-6 * (1 + np.trace(square))
    assert weights @ square @ weights <= np.einsum("ij,jk,ik->i", others, square, others).min() + most


def test_equal_methods_share_and_a_much_worse_one_has_next_to_nothing() -> None:
    errors = np.random.default_rng(1).normal(size=(6, 50, 3)) * [1.0, 1.0, 5.0] + [0.0, 0.0, 20.0]
    weights = steady_weights(np.einsum("upi,upj->uij", errors, errors), seed=0)
    assert weights[2] < 0.01 and 0.35 < weights[0] < 0.65 and np.isclose(weights.sum(), 1)


def test_draws_move_weights_that_one_hidden_part_alone_would_decide() -> None:
    errors = np.random.default_rng(2).normal(size=(5, 40, 2))
    errors[0, :, 1] *= 4
    squares = np.einsum("upi,upj->uij", errors, errors)
    alone, steady = convex_weights(squares.sum(axis=0)), steady_weights(squares, seed=0)
    assert alone[0] > steady[0] > 0.5


def test_a_part_that_keeps_itself_stays_while_the_others_learn_all(mapped) -> None:
    domain, samples = mapped
    network, trees = Recorded(200.0), [Recorded(210.0), Recorded(210.0)]
    method = Stack({"network": Part(lambda *_: network, learns_all=False), "trees": Part(lambda *_: trees.pop())})
    method.fit(domain, samples, seed=0)
    assert not trees and method.methods["network"] == [network] and len(network.fitted) == 1
    assert len(method.methods["trees"][0].fitted[0][1]) == len(samples) > len(network.fitted[0][1])


def test_each_turn_hides_others_and_its_networks_are_averaged(mapped) -> None:
    domain, samples = mapped
    networks = [Recorded(200.0), Recorded(220.0)]
    trees = [Recorded(100.0) for _ in range(3)]
    parts = {
        "network": Part(lambda maps, turn: networks[turn], learns_all=False),
        "trees": Part(lambda *_: trees.pop()),
    }
    method = Stack(parts, turns=2)
    method.fit(domain, replace(samples, values={"oxygen": np.full(len(samples), 400.0)}), seed=0)
    seen = [np.unique(one.fitted[0][1].subset) for one in networks]
    hidden = [np.setdiff1d(samples.subset, some) for some in seen]
    assert all(one.size for one in hidden) and not np.intersect1d(*hidden).size
    assert method.weights == pytest.approx({"network": 1.0, "trees": 0.0})
    estimate = method.predict(domain, samples, samples.cell[:3], samples.step[:3])
    np.testing.assert_allclose(estimate.mean, 210.0)


def test_settings_are_chosen_once_and_kept_while_samples_are_hidden(mapped) -> None:
    domain, samples = mapped

    class Settled(Recorded):
        def refitted(self, domain, samples, seed) -> Recorded:
            others.append(Recorded(self.value))
            others[-1].fit(domain, samples, seed)
            return others[-1]

    others: list[Recorded] = []
    trees, network = Settled(210.0), Recorded(200.0)
    parts = {"network": Part(lambda *_: network, learns_all=False), "trees": Part(lambda *_: trees)}
    Stack(parts).fit(domain, samples, seed=0)
    assert len(trees.fitted) == 1 and len(trees.fitted[0][1]) == len(samples) and not trees.asked
    (other,) = others
    assert len(other.fitted[0][1]) == len(network.fitted[0][1]) < len(samples) and other.asked


@pytest.mark.parametrize("kind", ["extra_trees", "lightgbm", "optimal_interpolation"])
def test_a_method_refitted_to_the_same_samples_estimates_the_same(mapped, kind) -> None:
    domain, samples = mapped
    method = BASELINES[kind]().build()
    method.fit(domain, samples, seed=1)
    half = samples.take(samples.group % 2 == 0)
    where = samples, samples.cell[:50], samples.step[:50]
    same, other = (method.refitted(domain, some, 1).predict(domain, *where).mean for some in (samples, half))
    np.testing.assert_allclose(same, method.predict(domain, *where).mean, rtol=1e-6)
    assert not np.allclose(other, same)
