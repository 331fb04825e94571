import numpy as np
import torch

from graphs.hetero import CELL
from oxygen_recon.models.graph.batch import GraphBatch
from oxygen_recon.models.graph.config import (
    ContextConfig,
    GraphNetworkConfig,
    GraphTrainingConfig,
    LossConfig,
    OxyGeneratorConfig,
)
from oxygen_recon.models.graph.context import ContextObservations
from oxygen_recon.models.graph.estimator import build
from oxygen_recon.models.graph.features import NodeFeatures
from oxygen_recon.models.graph.losses import loss, slope_variance
from oxygen_recon.models.graph.sampler import HoldoutBatches, Targets, assemble

SMALL = OxyGeneratorConfig(
    network=GraphNetworkConfig(width=16, units=4, hidden=8, embedding=3),
    context=ContextConfig(observations=6),
    training=GraphTrainingConfig(targets=128),
)
NAMES = ("temperature", "salinity", "phosphate")


def double(batch: GraphBatch) -> GraphBatch:
    data = batch.data.clone().apply(lambda x: x.double() if x.is_floating_point() else x)
    return GraphBatch(data, batch.names)


def test_slope_variance_is_that_of_finite_differences_and_zero_for_one_node(small_ocean) -> None:
    domain, samples, graph, _ = small_ocean(names=NAMES)
    features = NodeFeatures(domain, samples)
    network = build(SMALL, len(features.names), seed=0).double()
    context = ContextObservations(features, samples, 25.0)
    batch = double(assemble(features, context, graph, Targets(np.arange(40), np.ones(40, int)), SMALL.context))
    at = batch.names.index("phosphate")
    step = 1e-6
    slopes = []
    for i in range(40):
        shifted = batch.data[CELL].inputs.clone()
        shifted[i, at] += step
        with torch.no_grad():
            slopes.append((network(batch.with_inputs(shifted))[0].sum() - network(batch)[0].sum()) / step)
    torch.testing.assert_close(slope_variance(network, batch).detach(), torch.stack(slopes).var(), rtol=1e-3, atol=1e-8)
    assert slope_variance(network, batch.first(1)) == 0.0


def test_the_loss_is_squared_error_likelihood_and_slopes_at_the_targets_alone(small_ocean) -> None:
    domain, samples, graph, _ = small_ocean(names=NAMES)
    features = NodeFeatures(domain, samples)
    network = build(SMALL, len(features.names), seed=0)
    batch = HoldoutBatches(features, graph, samples, SMALL.context, SMALL.training, seed=0)[0]
    mean, scale = network(batch)
    target = batch.data[CELL].target[: batch.receivers]
    z = ((batch.data[CELL].oxygen[: batch.receivers, None] - mean) / scale)[target]
    error = (z * scale[target]).square().mean()
    likelihood = (0.5 * z.square() + scale[target].log()).mean()
    value = loss(network, batch, LossConfig(likelihood=0.3, slope=0))
    torch.testing.assert_close(value, error + 0.3 * likelihood)
    slopes = loss(network, batch, LossConfig(likelihood=0.3, slope=2.0, slope_nodes=20)) - value
    torch.testing.assert_close(slopes, 2.0 * slope_variance(network, batch.first(20)), rtol=1e-4, atol=1e-6)
    assert torch.equal(network.loss(batch), loss(network, batch, SMALL.training))
