from dataclasses import replace

import numpy as np
import torch

from oxygen_recon.models.graph.config import ContextConfig, GraphTrainingConfig, OxyGeneratorConfig
from oxygen_recon.models.graph.context import ContextObservations
from oxygen_recon.models.graph.estimator import build
from oxygen_recon.models.graph.features import NodeFeatures
from oxygen_recon.models.graph.network import published
from oxygen_recon.models.graph.sampler import HoldoutBatches, Targets, assemble
from oxygen_recon.models.heads import BiochemistryHead
from oxygen_recon.models.interface import Encoded


def test_published_sizes_have_the_published_number_of_parameters() -> None:
    network = published()
    parts = {**dict(network.backbone.named_children()), "head": network.head}
    count = {name: sum(p.numel() for p in part.parameters()) for name, part in parts.items()}
    expected = {"encoder": 1568, "temporal": 8832, "neighbours": 35078, "informs": 9478, "head": 33}
    assert {name: number for name, number in count.items() if number} == expected
    assert sum(p.numel() for p in network.parameters()) == 55_314 - 325


def test_the_network_is_its_backbone_and_the_head_that_can_be_had_from_outside(small_ocean) -> None:
    domain, samples, graph, _ = small_ocean()
    config = OxyGeneratorConfig(context=ContextConfig(observations=6), training=GraphTrainingConfig(targets=64))
    features = NodeFeatures(domain, samples)
    network = build(config, len(features.names), seed=0)
    batch = HoldoutBatches(features, graph, samples, config.context, config.training, seed=0)[0]
    encoded = network.backbone(batch)
    assert encoded.features.shape == (batch.receivers, network.backbone.width)
    head = BiochemistryHead(network.backbone.width, ("oxygen",), condition=True, scale=True)
    head.load_state_dict(network.head.state_dict())
    mean, scale = head.estimate(encoded)
    assert torch.equal(mean, network(batch)[0]) and torch.equal(scale, network(batch)[1])
    value, spread = encoded.prior
    as_grid = Encoded(
        encoded.features[None, :60].reshape(6, 10, -1), tuple(x[:60].reshape(6, 10, 1) for x in encoded.prior)
    )
    torch.testing.assert_close(head.estimate(as_grid)[0].reshape(60, 1), mean[:60])
    assert (spread > 0).all() and value.shape == (batch.receivers, 1)


@torch.no_grad()
def test_a_departure_from_a_background_vanishes_far_from_observations_when_it_is_estimated(small_ocean) -> None:
    """In training it does not: the weights know hidden places, and would learn that nothing need vanish."""
    domain, samples, graph, _ = small_ocean()
    config = OxyGeneratorConfig(context=ContextConfig(observations=6), training=GraphTrainingConfig(targets=64))
    features = NodeFeatures(replace(domain, departures=True), samples)
    plain, vanishing = (build(config, len(features.names), seed=0, departures=which) for which in (False, True))
    batch = HoldoutBatches(features, graph, samples, config.context, config.training, seed=0)[0]
    assert torch.equal(plain(batch)[0], vanishing(batch)[0])
    plain.eval()
    vanishing.eval()
    whole, share = plain(batch)[0], vanishing.backbone(batch).share
    assert ((share > 0) & (share <= 1)).all()
    assert torch.equal(vanishing(batch)[0], whole * share) and torch.equal(vanishing(batch)[1], plain(batch)[1])
    for network, factor in ((plain, 1.0), (vanishing, 0.0)):  # nothing observed
        none = ContextObservations(features, samples.take(samples.cell < 0), 25.0)
        alone = assemble(features, none, graph, Targets(samples.cell, samples.step), config.context)
        mean, scale = network(alone)
        assert torch.equal(mean, factor * plain(alone)[0]) and (scale > 0).all()


def test_the_estimator_leaves_a_background_as_it_is_where_nothing_is_near(small_ocean) -> None:
    domain, samples, graph, _ = small_ocean()
    domain = replace(domain, departures=True)
    config = OxyGeneratorConfig(training=GraphTrainingConfig(steps=4, targets=64))
    method = config.build(graph, None, None)
    method.fit(domain, samples, seed=0)
    cell, step = np.arange(domain.cells), np.zeros(domain.cells, int)
    assert np.abs(method.predict(domain, samples, cell, step).mean).max() > 0
    one = samples.take(np.zeros(1, int))
    few = method.predict(domain, one, cell, step).mean[:, 0]
    level = domain.level == domain.level[one.cell[0]]
    assert (few[~level] == 0).all() and (few[level] != 0).any()  # an observation informs its own level
