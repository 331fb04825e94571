"""Settings of the graph model: sizes of its network, what it reads, how it is trained, on what it is computed."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from oxygen_recon.models.config import NetworkConfig, OptimiserConfig
from qc.config import Strict


class GraphNetworkConfig(Strict):
    """Sizes of the network."""

    width: int = Field(default=64, ge=4)  # of the encoded features
    units: int = Field(default=8, ge=2)  # of the LSTM, a direction
    hidden: int = Field(default=16, ge=4)  # of the message-passing layers
    embedding: int = Field(default=8, ge=1)  # of a place in the learned covariance


class ContextConfig(Strict):
    """What a target reads: neighbouring cells, records of its cell at other steps, observations."""

    history: int = Field(default=5, ge=1, le=20)  # steps before and after a cell's own
    neighbours: int = Field(default=4, ge=0, le=64)  # near cells that a cell reads, at most those of the graph
    observations: int = Field(default=24, ge=2, le=64)  # casts and means that inform a cell
    radius_km: float = Field(default=500.0, gt=0)  # as far as `years_near` for casts, `years_far` for means
    years_near: float = Field(default=3.0, gt=0)
    years_far: float = Field(default=30.0, gt=0)
    window: float = Field(default=25.0, gt=0)  # years over which the visits of a cell are averaged


class LossConfig(Strict):
    """Weights of the terms of the loss beside the squared error."""

    likelihood: float = Field(default=0.05, ge=0)  # of the Gaussian likelihood
    slope: float = Field(default=0.1, ge=0)  # of the variance of d oxygen / d nutrient
    slope_nodes: int = Field(default=128, ge=2)  # targets that it is taken over


class GraphTrainingConfig(OptimiserConfig, LossConfig):
    """Optimiser, loss, and what each step hides."""

    targets: int = Field(default=512, ge=16)  # hidden observations a step
    hide: float = Field(default=0.5, gt=0, lt=1)  # largest share of the groups hidden in a step


class OxyGeneratorConfig(NetworkConfig):
    """The graph model.

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
