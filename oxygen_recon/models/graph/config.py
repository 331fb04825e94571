"""Settings of the graph model: sizes of its network, what it reads, how it is trained, on what it is computed."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from oxygen_recon.models.config import NetworkConfig, OptimiserConfig
from qc.config import Strict


class GraphNetworkConfig(Strict):
    """Sizes of the network.

    Parameters
    ----------
    width : int
        Of the encoded features.
    units : int
        Of the LSTM, a direction.
    hidden : int
        Of the message-passing layers.
    embedding : int
        Of a place in the learned covariance.
    """

    width: int = Field(default=64, ge=4)
    units: int = Field(default=8, ge=2)
    hidden: int = Field(default=16, ge=4)
    embedding: int = Field(default=8, ge=1)


class ContextConfig(Strict):
    """What a target reads: neighbouring cells, records of its cell at other steps, observations.

    Parameters
    ----------
    history : int
        Steps before and after a cell's own.
    neighbours : int
        Near cells that a cell reads, at most those of the graph.
    observations : int
        Casts and means that inform a cell.
    radius_km : float [km]
        How far away they lie at most, as far as `years_near` for casts, `years_far` for means.
    years_near, years_far : float [year]
        How far away in time casts, and means, lie at most.
    window : float [year]
        Years over which the visits of a cell are averaged.
    """

    history: int = Field(default=5, ge=1, le=20)
    neighbours: int = Field(default=4, ge=0, le=64)
    observations: int = Field(default=24, ge=2, le=64)
    radius_km: float = Field(default=500.0, gt=0)
    years_near: float = Field(default=3.0, gt=0)
    years_far: float = Field(default=30.0, gt=0)
    window: float = Field(default=25.0, gt=0)


class LossConfig(Strict):
    """Weights of the terms of the loss beside the squared error.

    Parameters
    ----------
    likelihood : float
        Weight of the Gaussian likelihood.
    slope : float
        Weight of the variance of d oxygen / d nutrient.
    slope_nodes : int
        Targets that it is taken over.
    """

    likelihood: float = Field(default=0.05, ge=0)
    slope: float = Field(default=0.1, ge=0)
    slope_nodes: int = Field(default=128, ge=2)


class GraphTrainingConfig(OptimiserConfig, LossConfig):
    """Optimiser, loss, and what each step hides.

    Parameters
    ----------
    targets : int
        Hidden observations a step.
    hide : float [1]
        Largest share of the groups hidden in a step.
    """

    targets: int = Field(default=512, ge=16)
    hide: float = Field(default=0.5, gt=0, lt=1)


class OxyGeneratorConfig(NetworkConfig):
    """The graph model.

    Parameters
    ----------
    kind : "oxygenerator"
        A graph network whose first guess is followed by kriging of its residuals.
    network : GraphNetworkConfig
        Sizes of the network.
    context : ContextConfig
        What a target reads.
    training : GraphTrainingConfig
        Optimiser and loss.

    Examples
    --------
    >>> config = OxyGeneratorConfig(training=GraphTrainingConfig(steps=240))
    >>> config.training.steps, config.context.observations
    (240, 24)
    """

    estimator: ClassVar[str] = "oxygen_recon.models.graph.estimator:GraphEstimator"

    kind: Literal["oxygenerator"] = "oxygenerator"
    network: GraphNetworkConfig = GraphNetworkConfig()
    context: ContextConfig = ContextConfig()
    training: GraphTrainingConfig = GraphTrainingConfig()
