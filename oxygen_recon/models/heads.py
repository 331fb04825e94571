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
            Features and, for a head with a condition, a prior at every node.

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
        return mean, factor * spread
