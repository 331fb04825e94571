"""The column network: profiles are encoded, a first guess is made, residuals of casts are kriged, the head corrects."""

from __future__ import annotations

from typing import NamedTuple

import torch
from torch import Tensor, nn

from oxygen_recon.models.heads import BiochemistryHead
from oxygen_recon.models.interface import Encoded
from oxygen_recon.models.kriging import ResidualKriging
from oxygen_recon.models.oxygraph.batch import CastTensors, ColumnBatch
from oxygen_recon.models.oxygraph.config import ColumnNetworkConfig, ColumnTrainingConfig
from oxygen_recon.models.oxygraph.slopes import penalty, relative_slopes


class Block(nn.Module):
    """Mixes each level with those above and below, then the features of each level; both are added to what was there.

    Parameters
    ----------
    width : int
        Features of a level.
    dropout : float
        Share of the mixed features that a training step leaves out.
    """

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.first, self.second = nn.LayerNorm(width), nn.LayerNorm(width)
        self.levels = nn.Conv1d(width, width, 3, padding=1)
        self.features = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Dropout(dropout), nn.Linear(2 * width, width)
        )

    def forward(self, profiles: Tensor) -> Tensor:
        """Mix, shape (profile, level, width)."""
        profiles = profiles + self.levels(self.first(profiles).transpose(1, 2)).transpose(1, 2)
        mixed: Tensor = profiles + self.features(self.second(profiles))
        return mixed


class ProfileEncoder(nn.Module):
    """Encodes every level of a profile with what lies above and below it.

    Parameters
    ----------
    inputs, levels : int
        Features of a level, and levels.
    sizes : ColumnNetworkConfig
        Width and number of blocks.
    """

    def __init__(self, inputs: int, levels: int, sizes: ColumnNetworkConfig) -> None:
        super().__init__()
        self.first = nn.Linear(inputs, sizes.width)
        self.level = nn.Parameter(torch.zeros(levels, sizes.width))
        self.blocks = nn.Sequential(*(Block(sizes.width, sizes.dropout) for _ in range(sizes.blocks)))

    def forward(self, inputs: Tensor) -> Tensor:
        """Encode profiles.

        Parameters
        ----------
        inputs : tensor, shape (profile, level, feature)
            As `Profiles.inputs` returns them.

        Returns
        -------
        tensor, shape (profile, level, width)
        """
        encoded: Tensor = self.blocks(self.first(inputs) + self.level)
        return encoded


class Observed(NamedTuple):
    """Casts as the kriging reads them: encoded once, however many columns they inform.

    Parameters
    ----------
    residual : tensor, shape (cast, level)
        Oxygen less the first guess.
    embedding, local : tensor, shape (cast, level, ...)
        Learned coordinates of the water; logarithms by which its variance and noise differ.
    position, years : tensor, shape (cast, 3) and (cast,)
        As of `CastTensors`.
    """

    residual: Tensor
    embedding: Tensor
    local: Tensor
    position: Tensor
    years: Tensor


class ColumnBackbone(nn.Module):
    """First guess from the profile, and residual kriging of casts.

    Parameters
    ----------
    inputs, levels : int
        Features of a level, and levels.
    sizes : ColumnNetworkConfig
        Sizes of the layers.
    departures : bool
        Oxygen is a departure from a background: what is estimated, not what is trained, counts as much as the place is
        correlated with its most similar cast (`oxygen_recon.models.graph.network.GraphBackbone`).
    """

    def __init__(self, inputs: int, levels: int, sizes: ColumnNetworkConfig, departures: bool = False) -> None:
        super().__init__()
        self.width, self.departures = sizes.width, departures
        self.encoder = ProfileEncoder(inputs, levels, sizes)
        self.guess = nn.Sequential(
            nn.LayerNorm(sizes.width), nn.Linear(sizes.width, sizes.width), nn.GELU(), nn.Linear(sizes.width, 1)
        )
        self.embed, self.local = nn.Linear(sizes.width, sizes.embedding), nn.Linear(sizes.width, 2)
        self.kriging = ResidualKriging(sizes.embedding)

    def observe(self, casts: CastTensors) -> Observed:
        """Encode casts.

        Parameters
        ----------
        casts : CastTensors
            Inputs and oxygen.

        Returns
        -------
        Observed
        """
        encoded = self.encoder(casts.inputs)
        residual = casts.oxygen - self.guess(encoded)[..., 0]
        embedding, local = self.embed(encoded), self.local(encoded)
        return Observed(residual, embedding, local, casts.position, casts.years)

    def forward(self, batch: ColumnBatch, observed: Observed | None = None) -> Encoded:
        """Encode the nodes of a batch.

        Parameters
        ----------
        batch : ColumnBatch
            Nodes, and casts unless `observed` is given.
        observed : Observed, optional
            What the senders are numbers of.

        Returns
        -------
        Encoded
            Features, shape (node, width); first guess plus kriged residual, its scale and the share that counts, each
            of shape (node, 1).

        Raises
        ------
        ValueError
            If there are neither casts nor what was observed.
        """
        if observed is None:
            if batch.casts is None:
                raise ValueError("ColumnBatch without casts, and nothing observed")
            observed = self.observe(batch.casts)
        features = self.encoder(batch.inputs)[batch.profile, batch.level]
        guess = self.guess(features)
        there, at = batch.sender >= 0, (batch.sender.clamp(min=0), batch.level[:, None])

        def around(own: Tensor, sent: Tensor) -> Tensor:
            return torch.cat([own[:, None], sent], dim=1)

        position = around(batch.position[batch.profile], observed.position[at[0]])
        years = around(batch.years[batch.profile], observed.years[at[0]])
        embedding = around(self.embed(features), observed.embedding[at])
        local = around(self.local(features), observed.local[at])
        single = torch.zeros_like(years)  # each is one visit, no mean of several
        mean, scale = self.kriging(position, years, single, embedding, local, observed.residual[at], there)
        share = None
        if self.departures and not self.training:
            share = self.kriging.correlation(position, years, embedding, there)[:, None]
        return Encoded(features, (guess + mean[:, None], scale[:, None]), share)


class OxyGraph(nn.Module):
    """The column backbone, the biochemistry head, and the loss they are trained by.

    Parameters
    ----------
    backbone : ColumnBackbone
        Encodes a batch.
    names : tuple of str
        Quantities that the head estimates.
    weights : ColumnTrainingConfig
        Weights of likelihood, slopes and nutrients beside the squared error.
    nutrients : tuple of str
        Further quantities that a head of their own estimates, while the network is trained.
    """

    def __init__(
        self,
        backbone: ColumnBackbone,
        names: tuple[str, ...],
        weights: ColumnTrainingConfig,
        nutrients: tuple[str, ...] = (),
    ) -> None:
        super().__init__()
        self.backbone, self.weights = backbone, weights
        self.head = BiochemistryHead(backbone.width, names, condition=True, scale=True)
        self.further = BiochemistryHead(backbone.width, nutrients) if nutrients else None

    def forward(self, batch: ColumnBatch, observed: Observed | None = None) -> tuple[Tensor, Tensor]:
        """Estimate the quantities at the nodes of a batch.

        Parameters
        ----------
        batch, observed : ColumnBatch, Observed
            As for the backbone.

        Returns
        -------
        mean, scale : tensor, shape (node, name)
            Standardised units.
        """
        return self.head.estimate(self.backbone(batch, observed))

    def loss(self, batch: ColumnBatch) -> Tensor:
        """Compare the estimate with the targets of a batch: squared error, and weights times what is beside it.

        Parameters
        ----------
        batch : ColumnBatch
            With targets.

        Returns
        -------
        tensor, shape ()
            Standardised units.

        Raises
        ------
        ValueError
            If there are no targets.
        """
        if batch.target is None:
            raise ValueError("ColumnBatch without targets")
        observed = None if batch.casts is None else self.backbone.observe(batch.casts)
        encoded = self.backbone(batch, observed)
        mean, scale = self.head.estimate(encoded)
        error = batch.target[:, None] - mean
        likelihood: Tensor = (0.5 * (error / scale).square() + scale.log()).mean()
        total: Tensor = error.square().mean() + self.weights.likelihood * likelihood
        if batch.slopes is not None:
            slopes = relative_slopes(lambda some: self(some, observed)[0][:, 0], batch)
            total = total + self.weights.slopes.weight * penalty(slopes, self.weights.slopes.form)
        if self.further is not None and batch.nutrients is not None:
            known = torch.isfinite(batch.nutrients)
            beside = (self.further(encoded.features)[0] - batch.nutrients)[known]
            total = total + self.weights.nutrients * beside.square().sum() / max(beside.numel(), 1)
        return total
