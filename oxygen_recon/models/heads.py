"""From features to oxygen and its companions: one head for every backbone, irregular or gridded."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from oxygen_recon.models.interface import Encoded


class BiochemistryHead(nn.Module):
    """Turn features of any backbone into a mean, and if wanted a scale, for each named quantity.

    It acts on the last axis only, so the same weights serve a list of nodes and a map. At its simplest it is one
    linear layer (33 parameters for width 32 and one name, as in OxyGenerator, Lu et al. 2024). With a condition,
    a first value and a flag, 1 where there is one, the output is a correction to that value.

    Parameters
    ----------
    width : int
        Number of features.
    names : tuple of str
        Quantities, for instance ("oxygen",).
    condition : bool
        Whether a first value and its flag are given.
    scale : bool
        Whether a scale is learned; it multiplies the scale given with the condition, if any.

    Examples
    --------
    >>> head = BiochemistryHead(32, ("oxygen", "nitrate"))
    >>> nodes, _ = head(torch.zeros(50, 32))
    >>> grid, _ = head(torch.zeros(7, 9, 32))
    >>> nodes.shape, grid.shape
    (torch.Size([50, 2]), torch.Size([7, 9, 2]))
    """

    def __init__(self, width: int, names: tuple[str, ...], condition: bool = False, scale: bool = False) -> None:
        super().__init__()
        self.names = names
        self.condition = condition
        n = len(names)
        self.mean = nn.Linear(width + 2 * n if condition else width, n)
        self.log_scale = nn.Linear(width + 2 * n if condition else width, n) if scale else None
        if condition:  # begin with the first value, uncorrected
            nn.init.zeros_(self.mean.weight)
            nn.init.zeros_(self.mean.bias)
        if self.log_scale is not None:
            nn.init.zeros_(self.log_scale.weight)
            nn.init.zeros_(self.log_scale.bias)

    def forward(
        self, features: Tensor, value: Tensor | None = None, flag: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Estimate the named quantities.

        Parameters
        ----------
        features : tensor, shape (..., width)
            Features of a backbone.
        value : tensor, shape (..., name), optional
            First value, standardised; anything finite where the flag is 0.
        flag : tensor, shape (..., name), optional
            1 where there is a first value, else 0.

        Returns
        -------
        mean : tensor, shape (..., name)
            Standardised units.
        factor : tensor, shape (..., name)
            Positive factor of the scale; 1 where none is learned.

        Raises
        ------
        ValueError
            If a condition is given to a head without one, or left out.
        """
        if self.condition != (value is not None and flag is not None):
            raise ValueError("BiochemistryHead: value and flag go together with condition=True")
        if value is not None and flag is not None:
            value = value * flag
            features = torch.cat([features, value, flag], dim=-1)
        mean = self.mean(features)
        if value is not None:
            mean = value + mean
        factor = torch.ones_like(mean) if self.log_scale is None else torch.exp(self.log_scale(features).clamp(-3, 3))
        return mean, factor

    def estimate(self, encoded: Encoded) -> tuple[Tensor, Tensor]:
        """Estimate the named quantities from what a backbone made of a batch.

        Parameters
        ----------
        encoded : Encoded
            Features and, for a head with a condition, a prior at every node; where it has a share, the mean counts that
            much.

        Returns
        -------
        mean, scale : tensor, shape (..., name)
            Standardised units; without a prior the scale is the head's own factor.
        """
        if encoded.prior is None:
            mean, scale = self(encoded.features)
            return mean, scale
        value, spread = encoded.prior
        mean, factor = self(encoded.features, value, torch.ones_like(value))
        return mean if encoded.share is None else mean * encoded.share, factor * spread


class NodeAdapter(nn.Module):
    """Bring features of a backbone to those that a head reads, node by node: the one layer that knows the backbone.

    Parameters
    ----------
    width : int
        Features of the backbone.
    outputs : int
        Features that the head reads; AI-GOMS takes three for each quantity.

    Examples
    --------
    >>> adapter, head = NodeAdapter(32, 6), BiochemistryHead(6, ("oxygen", "nitrate"))
    >>> head(adapter(torch.zeros(50, 32)))[0].shape
    torch.Size([50, 2])
    """

    def __init__(self, width: int, outputs: int) -> None:
        super().__init__()
        self.layer = nn.Linear(width, outputs)

    def forward(self, features: Tensor) -> Tensor:
        """Adapt features.

        Parameters
        ----------
        features : tensor, shape (..., width)
            Of a backbone.

        Returns
        -------
        tensor, shape (..., outputs)
        """
        adapted: Tensor = torch.relu(self.layer(features))
        return adapted


class GridAdapter(NodeAdapter):
    """The same layer on the patches of a grid, then bilinear interpolation to the cells of another grid or to points.

    Its state is that of `NodeAdapter`: one state_dict serves both, and where a node lies at the centre of a patch with
    the same features, both give the same.

    Parameters
    ----------
    width, outputs : int
        As of `NodeAdapter`.
    rows, columns : tensor, shape (...)
        Where the targets lie, in patches from the centre of the first: both of the shape of the targets, or of shapes
        that are broadcast, as (latitude, 1) and (longitude,). Beyond the outer centres the outer patch counts.
    periodic : bool
        Whether the last column is beside the first.

    Examples
    --------
    >>> adapter = GridAdapter(32, 6, torch.arange(5.0)[:, None], torch.arange(0, 8, 0.5))
    >>> adapter(torch.zeros(1, 5, 8, 32)).shape
    torch.Size([1, 5, 16, 6])
    """

    rows: Tensor
    columns: Tensor

    def __init__(self, width: int, outputs: int, rows: Tensor, columns: Tensor, periodic: bool = False) -> None:
        super().__init__(width, outputs)
        self.periodic = periodic
        self.register_buffer("rows", rows, persistent=False)
        self.register_buffer("columns", columns, persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        """Adapt features, and bring them to the targets.

        Parameters
        ----------
        features : tensor, shape (batch, row, column, width)
            Of the patches.

        Returns
        -------
        tensor, shape (batch, ..., outputs)
            One row a target.
        """
        return bilinear(super().forward(features), self.rows, self.columns, self.periodic)


def bilinear(values: Tensor, rows: Tensor, columns: Tensor, periodic: bool = False) -> Tensor:
    """Interpolate between the patches of a grid.

    Parameters
    ----------
    values : tensor, shape (batch, row, column, feature)
        At the centres of the patches.
    rows, columns : tensor, shape (...)
        Targets in patches from the centre of the first; their shapes are broadcast.
    periodic : bool
        Whether the last column is beside the first.

    Returns
    -------
    tensor, shape (batch, ..., feature)
        Beyond the outer centres, the outer patch.
    """
    height, width = values.shape[1:3]
    rows = rows.clamp(0, height - 1)
    columns = columns.remainder(width) if periodic else columns.clamp(0, width - 1)
    south, east = rows.floor().long(), columns.floor().long()
    below = (south + 1).clamp(max=height - 1)
    beside = (east + 1) % width if periodic else (east + 1).clamp(max=width - 1)
    down, right = (rows - south)[..., None], (columns - east)[..., None]
    east = east % width  # a column just below the width may round to it
    upper = values[:, south, east] * (1 - right) + values[:, south, beside] * right
    lower = values[:, below, east] * (1 - right) + values[:, below, beside] * right
    return upper * (1 - down) + lower * down
