import torch

from oxygen_recon.models.graph.config import ContextConfig, GraphTrainingConfig, OxyGeneratorConfig
from oxygen_recon.models.graph.estimator import build
from oxygen_recon.models.graph.features import NodeFeatures
from oxygen_recon.models.graph.network import published
from oxygen_recon.models.graph.sampler import HoldoutBatches
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
