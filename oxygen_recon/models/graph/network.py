"""OxyGenerator: a graph backbone that reads surroundings, history and observations, and the biochemistry head."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from graphs.edges import OFFSETS
from graphs.hetero import ABOVE, CELL, INFORMS, NEAR, OBSERVATION
from oxygen_recon.models.graph.batch import GraphBatch
from oxygen_recon.models.graph.config import GraphNetworkConfig, LossConfig
from oxygen_recon.models.graph.features import INFORMING, ZONING
from oxygen_recon.models.graph.layers import FeatureEncoder, TemporalEncoder, ZoningLayer, take
from oxygen_recon.models.graph.losses import loss
from oxygen_recon.models.heads import BiochemistryHead
from oxygen_recon.models.interface import Encoded
from oxygen_recon.models.kriging import ResidualKriging


class GraphBackbone(nn.Module):
    """Encoders and two zoning-varying layers: over neighbouring cells, then over observations.

    Parameters
    ----------
    inputs : int
        Number of node features.
    channels : int
        Channels of the history: oxygen, and whether there is a record (1 or 2).
    sizes : GraphNetworkConfig
        Sizes of the layers.
    kriging : bool
        Whether residual kriging of the observations gives a prior; without it, as published, there is none.
    departures : bool
        Oxygen is a departure from a background. What is estimated, not what is trained, then counts as much as the
        place is correlated with its most similar observation, by the lasting part of the learned covariance: it
        vanishes far from observations, as departures by optimal interpolation do. Not in training, for the weights know
        the places that a step hides from other steps, and would learn that nothing need vanish.
    """

    def __init__(
        self, inputs: int, channels: int, sizes: GraphNetworkConfig, kriging: bool = True, departures: bool = False
    ) -> None:
        super().__init__()
        self.width, self.channels, self.departures = sizes.hidden, channels, departures
        self.encoder = FeatureEncoder(inputs, sizes.width)
        self.temporal = TemporalEncoder(channels, sizes.units)
        # Messages cost 8 widths a node.
        self.narrow = nn.Linear(sizes.width, sizes.hidden) if kriging else nn.Identity()
        width = (sizes.hidden if kriging else sizes.width) + 2 * sizes.units
        self.neighbours = ZoningLayer(width, sizes.hidden, len(ZONING), len(OFFSETS))
        self.informs = ZoningLayer(sizes.hidden, sizes.hidden, len(ZONING), len(INFORMING))
        self.kriging = ResidualKriging(sizes.embedding) if kriging else None
        if kriging:
            self.guess = nn.Linear(sizes.width, 1)
            self.embed = nn.Linear(sizes.width, sizes.embedding)
            self.local = nn.Linear(sizes.width, 2)

    def forward(self, batch: GraphBatch) -> Encoded:
        """Encode the receivers of a batch.

        Parameters
        ----------
        batch : GraphBatch
            Cells, observations and the edges between them.

        Returns
        -------
        Encoded
            Features, shape (receiver, width), the prior of the kriging and the share that counts, each shape
            (receiver, 1).
        """
        cells, observations = self.encoder(batch.data[CELL].inputs), self.encoder(batch.data[OBSERVATION].inputs)
        features = self._messages(batch, cells, observations)
        if self.kriging is None:
            return Encoded(features, None)
        n = batch.receivers
        return Encoded(features, *self._prior(batch, torch.relu(cells[:n]), torch.relu(observations), self.kriging))

    def _messages(self, batch: GraphBatch, cells: Tensor, observations: Tensor) -> Tensor:
        """Features of the receivers, shape (receiver, hidden), from the encoded cells and observations."""
        n, observed = batch.receivers, batch.data[OBSERVATION]
        zoning, observed_zoning = batch.data[CELL].zoning, observed.zoning
        value = torch.where(observed.context, observed.oxygen, 0.0)[:, None]
        single = torch.cat([value, torch.ones_like(value)], dim=-1)[:, None, : self.channels]
        memory, observed_memory = self.temporal(batch.history()[..., : self.channels]), self.temporal(single)
        u = self.neighbours.transformed(torch.cat([self.narrow(cells), memory], dim=-1), zoning)
        sent = self.neighbours.transformed(
            torch.cat([self.narrow(observations), observed_memory], dim=-1), observed_zoning
        )
        own = self.neighbours(u[:n], u, *batch.edges(NEAR, ABOVE))
        u = self.informs.transformed(own, zoning[:n])
        sent = self.informs.transformed(torch.relu(sent), observed_zoning)  # nothing informs an observation
        features: Tensor = self.informs(u, sent, *batch.edges(INFORMS))
        return features

    def _prior(
        self, batch: GraphBatch, receivers: Tensor, observations: Tensor, kriging: ResidualKriging
    ) -> tuple[tuple[Tensor, Tensor], Tensor | None]:
        """First guess plus the kriged residual, its scale, and the share that counts, shape (receiver, 1)."""
        n, cells, observed = batch.receivers, batch.data[CELL], batch.data[OBSERVATION]
        sender = batch.data[INFORMS].sender

        def around(own: Tensor, sent: Tensor) -> Tensor:
            return torch.cat([own[:n, None], take(sent, sender)], dim=1)

        guess, known = self.guess(receivers), torch.where(observed.context, observed.oxygen, 0.0)[:, None]
        residual = take(known - self.guess(observations), sender)[..., 0]
        position, years, visits = (around(cells[name], observed[name]) for name in ("position", "years", "visits"))
        embedding, local = (around(layer(receivers), layer(observations)) for layer in (self.embed, self.local))
        mean, scale = kriging(position, years, visits, embedding, local, residual, sender >= 0)
        share = None
        if self.departures and not self.training:
            share = kriging.correlation(position, years, embedding, sender >= 0)[:, None]
        return (guess + mean[:, None], scale[:, None]), share


class OxyGenerator(nn.Module):
    """The graph backbone, the biochemistry head, and the loss they are trained by.

    Parameters
    ----------
    backbone : GraphBackbone
        Encodes a batch.
    names : tuple of str
        Quantities that the head estimates.
    weights : LossConfig
        Weights of the terms of the loss.
    """

    def __init__(self, backbone: GraphBackbone, names: tuple[str, ...], weights: LossConfig) -> None:
        super().__init__()
        self.backbone, self.weights = backbone, weights
        with_prior = backbone.kriging is not None
        self.head = BiochemistryHead(backbone.width, names, condition=with_prior, scale=with_prior)

    def forward(self, batch: GraphBatch) -> tuple[Tensor, Tensor]:
        """Estimate the quantities at the receivers of a batch.

        Parameters
        ----------
        batch : GraphBatch
            Cells, observations and the edges between them.

        Returns
        -------
        mean, scale : tensor, shape (receiver, name)
            Standardised units.
        """
        return self.head.estimate(self.backbone(batch))

    def loss(self, batch: GraphBatch) -> Tensor:
        """Compare the estimate with the targets of a batch (`losses.loss`).

        Parameters
        ----------
        batch : GraphBatch
            With targets among the receivers.

        Returns
        -------
        tensor, shape ()
            Standardised units.
        """
        return loss(self, batch, self.weights)


def published() -> OxyGenerator:
    """Build the network at the published sizes, without residual kriging.

    Returns
    -------
    OxyGenerator
        54,989 parameters: the 55,314 of Lu et al. (2024) less the 325 of a head that was never used.

    Examples
    --------
    >>> sum(parameter.numel() for parameter in published().parameters())
    54989
    """
    sizes = GraphNetworkConfig(width=32, units=16, hidden=32)
    return OxyGenerator(GraphBackbone(15, 1, sizes, kriging=False), ("oxygen",), LossConfig())
