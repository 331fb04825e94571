"""OxyGenerator: a graph backbone that reads surroundings, history and observations, and the biochemistry head."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from graphs.edges import OFFSETS
from graphs.hetero import ABOVE, INFORMS, NEAR, OBSERVATION
from oxygen_recon.models.graph.batch import EdgeTable, GraphBatch
from oxygen_recon.models.graph.config import GraphNetworkConfig, LossConfig
from oxygen_recon.models.graph.features import INFORMING, ZONING
from oxygen_recon.models.graph.kriging import ResidualKriging
from oxygen_recon.models.graph.layers import FeatureEncoder, TemporalEncoder, ZoningLayer, take
from oxygen_recon.models.graph.losses import loss
from oxygen_recon.models.heads import BiochemistryHead
from oxygen_recon.models.interface import Encoded


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
    """

    def __init__(self, inputs: int, channels: int, sizes: GraphNetworkConfig, kriging: bool = True) -> None:
        super().__init__()
        self.width, self.channels = sizes.hidden, channels
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
            Features, shape (receiver, width), and the prior of the kriging, each shape (receiver, 1).
        """
        encoded = self.encoder(batch.nodes("inputs"))
        informs = batch.edges(INFORMS)
        among_nodes = torch.where(informs.sender >= 0, informs.sender + batch.cells, -1)  # observations come last
        features = self._messages(batch, encoded, informs)
        prior = None
        if self.kriging is not None:
            prior = self._prior(batch, torch.relu(encoded), among_nodes, self.kriging)
        return Encoded(features, prior)

    def _messages(self, batch: GraphBatch, encoded: Tensor, informs: EdgeTable) -> Tensor:
        """Features of the receivers, shape (receiver, hidden)."""
        n, cells, zoning = batch.receivers, batch.cells, batch.nodes("zoning")
        observed = batch.data[OBSERVATION]
        value = torch.where(observed.context, observed.oxygen, 0.0)[:, None]
        single = torch.cat([value, torch.ones_like(value)], dim=-1)[:, None, : self.channels]
        memory = torch.cat([self.temporal(batch.history()[..., : self.channels]), self.temporal(single)])
        u = self.neighbours.transformed(torch.cat([self.narrow(encoded), memory], dim=-1), zoning)
        own = self.neighbours(u[:n], u, *batch.edges(NEAR, ABOVE))
        nodes = torch.cat([own, torch.relu(u[cells:])])  # receivers, then observations, which nothing informs
        u = self.informs.transformed(nodes, torch.cat([zoning[:n], zoning[cells:]]))
        sender = torch.where(informs.sender >= 0, informs.sender + n, -1)
        features: Tensor = self.informs(u[:n], u, sender, informs.attributes)
        return features

    def _prior(
        self, batch: GraphBatch, encoded: Tensor, sender: Tensor, kriging: ResidualKriging
    ) -> tuple[Tensor, Tensor]:
        """First guess plus the kriged residual, and its scale, shape (receiver, 1)."""
        n = batch.receivers
        guess = self.guess(encoded)
        known = torch.where(batch.nodes("context"), batch.nodes("oxygen"), 0.0)[:, None]

        def around(nodes: Tensor) -> Tensor:
            return torch.cat([nodes[:n, None], take(nodes, sender)], dim=1)

        residual = take(known - guess, sender)[..., 0]
        position, years, visits = (around(batch.nodes(name)) for name in ("position", "years", "visits"))
        embedding, local = around(self.embed(encoded)), around(self.local(encoded))
        mean, scale = kriging(position, years, visits, embedding, local, residual, sender >= 0)
        return guess[:n] + mean[:, None], scale[:, None]


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
