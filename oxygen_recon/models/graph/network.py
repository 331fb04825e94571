"""OxyGenerator: a graph network that fills oxygen from its surroundings, its history and what was observed nearby."""

from __future__ import annotations

from typing import Literal

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from oxygen_recon.models.graph.batch import Batch
from oxygen_recon.models.graph.kriging import ResidualKriging
from oxygen_recon.models.graph.layers import FeatureEncoder, TemporalEncoder
from oxygen_recon.models.graph.zoning import ZoningLayer, take
from oxygen_recon.models.heads import BiochemistryHead

NAMES = ("oxygen",)


class OxyGeneratorConfig(BaseModel):
    """The graph model and its training."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["oxygenerator"] = "oxygenerator"
    width: int = Field(default=64, ge=4)  # of the encoded features
    units: int = Field(default=8, ge=2)  # of the LSTM, a direction
    hidden: int = Field(default=16, ge=4)  # of the message-passing layers
    embedding: int = Field(default=8, ge=1)  # of a place in the learned covariance
    history: int = Field(default=5, ge=1, le=20)  # steps before and after a cell's own
    neighbours: int = Field(default=4, ge=0, le=64)  # cells of its level a cell hears, at most those of the graph
    observations: int = Field(default=24, ge=2, le=64)  # casts and means that inform a cell
    radius_km: float = Field(default=500.0, gt=0)  # as far as `years_near` for casts, `years_far` for means
    years_near: float = Field(default=3.0, gt=0)
    years_far: float = Field(default=30.0, gt=0)
    window: float = Field(default=25.0, gt=0)  # years over which the visits of a cell are averaged
    steps: int = Field(default=600, ge=1)  # of the optimiser
    targets: int = Field(default=512, ge=16)  # hidden observations a step
    hide: float = Field(default=0.5, gt=0, lt=1)  # largest share of the groups hidden in a step
    learning_rate: float = Field(default=1e-2, gt=0)
    weight_decay: float = Field(default=1e-3, ge=0)
    likelihood: float = Field(default=0.05, ge=0)  # weight of the Gaussian likelihood beside the squared error
    slope: float = Field(default=0.1, ge=0)  # weight of the variance of d oxygen / d nutrient
    slope_nodes: int = Field(default=128, ge=2)  # targets it is taken over
    checkpoint_every: int = Field(default=100, ge=1)  # steps
    device: Literal["cpu", "gpu", "auto"] = "cpu"
    chunk: int = Field(default=8192, ge=1)  # cells estimated at once


class OxyGenerator(nn.Module):
    """Encoders, two zoning-varying layers (neighbouring cells, then observations) and the head.

    Parameters
    ----------
    inputs, zones, edges : int
        Number of node features, of components of the zoning vector, of features of an edge.
    channels : int
        Channels of the history.
    width, units, hidden : int
        Sizes as in `OxyGeneratorConfig`.
    embedding : int
        Length of the embedding in the innovation; 0 leaves first guess and innovation out, as published.
    """

    def __init__(
        self, inputs: int, zones: int, edges: int, channels: int, width: int, units: int, hidden: int, embedding: int
    ) -> None:
        super().__init__()
        self.features = FeatureEncoder(inputs, width)
        self.temporal = TemporalEncoder(channels, units)
        self.narrow = nn.Linear(width, hidden) if embedding else nn.Identity()  # messages cost 8 widths a node
        self.beside = ZoningLayer((hidden if embedding else width) + 2 * units, hidden, zones, edges)
        self.informs = ZoningLayer(hidden, hidden, zones, edges)
        self.innovation = ResidualKriging(embedding) if embedding else None
        if embedding:
            self.guess = nn.Linear(width, 1)
            self.embed = nn.Linear(width, embedding)
            self.local = nn.Linear(width, 2)
        self.head = BiochemistryHead(hidden, NAMES, condition=embedding > 0, scale=embedding > 0)

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Estimate oxygen at the receivers of a batch.

        Parameters
        ----------
        batch : Batch
            One list of nodes (batch size 1).

        Returns
        -------
        mean, scale : tensor, shape (receiver, 1)
            Standardised units.
        """
        encoded = self.features(batch.inputs[0])
        hidden = self._messages(batch, encoded)
        mean: Tensor
        scale: Tensor
        if self.innovation is None:
            mean, scale = self.head(hidden)
        else:
            value, spread = self._first(batch, torch.relu(encoded), self.innovation)
            mean, scale = self.head(hidden, value, torch.ones_like(value))
            scale = scale * spread
        return mean, scale

    def _messages(self, batch: Batch, encoded: Tensor) -> Tensor:
        """Features of the receivers, shape (receiver, hidden)."""
        n, cells = batch.receivers, batch.history.shape[1]
        value = torch.where(batch.seen, batch.oxygen[..., 0], 0.0)[0, cells:, None]
        single = torch.cat([value, torch.ones_like(value)], dim=-1)[:, None, : batch.history.shape[-1]]
        memory = torch.cat([self.temporal(batch.history[0]), self.temporal(single)])
        u = self.beside.transformed(torch.cat([self.narrow(encoded), memory], dim=-1), batch.zoning[0])
        own = self.beside(u[:n], u, batch.beside.sender, batch.beside.features)
        nodes = torch.cat([own, torch.relu(u[cells:])])  # receivers, then observations, which hear nobody
        zoning = torch.cat([batch.zoning[0, :n], batch.zoning[0, cells:]])
        u = self.informs.transformed(nodes, zoning)
        sender = torch.where(batch.informs.sender >= 0, batch.informs.sender - (cells - n), -1)
        heard: Tensor = self.informs(u[:n], u, sender, batch.informs.features)
        return heard

    def _first(self, batch: Batch, encoded: Tensor, innovation: ResidualKriging) -> tuple[Tensor, Tensor]:
        """First guess plus innovation, and its scale, shape (receiver, 1)."""
        n, sender = batch.receivers, batch.informs.sender
        there = sender >= 0
        guess = self.guess(encoded)
        known = torch.where(batch.seen[0, :, None], batch.oxygen[0], 0.0)

        def around(nodes: Tensor) -> Tensor:
            return torch.cat([nodes[:n, None], take(nodes, sender)], dim=1)

        residual = take(known - guess, sender)[..., 0]
        mean, scale = innovation(
            around(batch.place[0]), around(self.embed(encoded)), around(self.local(encoded)), residual, there
        )
        return guess[:n] + mean[:, None], scale[:, None]


def published() -> OxyGenerator:
    """Build the network at the published sizes, without first guess and innovation.

    Returns
    -------
    OxyGenerator
        54,989 parameters: the 55,314 of Lu et al. (2024) less the 325 of a head that was never used.
    """
    return OxyGenerator(inputs=15, zones=7, edges=5, channels=1, width=32, units=16, hidden=32, embedding=0)
