"""The loss of the graph network: squared error, Gaussian likelihood, and the slopes of oxygen against nutrients."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from graphs.hetero import CELL
from oxygen_recon.models.graph.batch import GraphBatch
from oxygen_recon.models.graph.config import LossConfig

NUTRIENTS = ("phosphate", "nitrate")
Forward = Callable[[GraphBatch], tuple[Tensor, Tensor]]


def loss(forward: Forward, batch: GraphBatch, weights: LossConfig) -> Tensor:
    """Compare the estimate with the targets of a batch.

    Parameters
    ----------
    forward : callable
        A network: mean and scale of a batch, shape (receiver, 1), standardised.
    batch : GraphBatch
        With targets among the receivers.
    weights : LossConfig
        Weights of likelihood and slopes beside the squared error.

    Returns
    -------
    tensor, shape ()
        Standardised units.
    """
    mean, scale = forward(batch)
    cells, n = batch.data[CELL], batch.receivers
    target = cells.target[:n]
    error, scale = (cells.oxygen[:n, None] - mean)[target], scale[target]
    likelihood: Tensor = (0.5 * (error / scale).square() + scale.log()).mean()
    total: Tensor = error.square().mean() + weights.likelihood * likelihood
    if weights.slope > 0 and set(NUTRIENTS) & set(batch.names):
        total = total + weights.slope * slope_variance(forward, batch.first(weights.slope_nodes))
    return total


def slope_variance(forward: Forward, batch: GraphBatch) -> Tensor:
    """Compute the variance over the receivers of d oxygen / d phosphate, plus that of d oxygen / d nitrate.

    A fixed stoichiometry makes these slopes constant (Lu et al. 2024).

    Parameters
    ----------
    forward : callable
        A network, as for `loss`.
    batch : GraphBatch
        Receivers over which the variance is taken.

    Returns
    -------
    tensor, shape ()
        Unbiased variances of slopes in standardised units; a nutrient known at fewer than two receivers adds 0.
    """
    n = batch.receivers
    inputs = batch.data[CELL].inputs.detach().requires_grad_()
    mean, _ = forward(batch.with_inputs(inputs))
    (slope,) = torch.autograd.grad(mean.sum(), inputs, create_graph=True)
    total: Tensor = mean.new_zeros(())
    for name in NUTRIENTS:
        if name in batch.names:
            known = batch.data[CELL].inputs[:n, batch.names.index(f"{name}_known")] > 0
            if int(known.sum()) >= 2:
                total = total + slope[:n, batch.names.index(name)][known].var()
    return total
