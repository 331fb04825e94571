"""Adaptive Fourier layers: tokens mixed by a small network on their spectrum (AFNO; Guibas et al. 2022).

Over the flattened sequence (1-D), as AI-GOMS does because masking leaves any number of tokens, or over rows and columns
(2-D), as FourCastNet does. The weights act on each mode alike, so that one layer can do both.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from oxygen_recon.models.fourier.networks.convolution import GridConvolution
from oxygen_recon.models.fourier.networks.masking import put_tokens, take_tokens
from oxygen_recon.models.fourier.networks.patches import PatchGrid

SHRINK = 0.01  # of the spectrum (arXiv 2308.03152, as FourCastNet)


@dataclass(frozen=True)
class Layout:
    """Where the tokens of a sequence lie.

    Parameters
    ----------
    grid : PatchGrid
        All patches.
    kept : int64 tensor, shape (batch, token), or None
        Numbers of the tokens of the sequence, increasing; None where it holds all.
    """

    grid: PatchGrid
    kept: Tensor | None = None


class FourierMixing(nn.Module):
    """Mix tokens by two complex, block-diagonal layers on their spectrum, and add them.

    2 (2 K (C/K)^2 + 2 C) parameters: 133,120 for C 512 and K 8.

    Parameters
    ----------
    width : int
        C, features of a token.
    groups : int
        K, blocks of features that do not mix here; divides the width.
    over : {"sequence", "grid"}
        "sequence" takes the transform over the flattened sequence, "grid" over rows and columns where no token is
        hidden, and over the sequence where one is.
    """

    def __init__(self, width: int, groups: int, over: str = "sequence") -> None:
        super().__init__()
        self.groups, self.over = groups, over
        size = width // groups
        self.weight_in = nn.Parameter(0.02 * torch.randn(2, groups, size, size))  # real part, then imaginary
        self.bias_in = nn.Parameter(0.02 * torch.randn(2, groups, size))
        self.weight_out = nn.Parameter(0.02 * torch.randn(2, groups, size, size))
        self.bias_out = nn.Parameter(0.02 * torch.randn(2, groups, size))

    def forward(self, tokens: Tensor, layout: Layout) -> Tensor:
        """Mix the tokens of each sample.

        The transforms are orthonormal and of single precision, whatever the precision of the rest.

        Parameters
        ----------
        tokens : tensor, shape (batch, token, width)
            In raster order.
        layout : Layout
            Where they lie.

        Returns
        -------
        tensor, shape (batch, token, width)
            Single precision.
        """
        grid = layout.grid
        two = self.over == "grid" and layout.kept is None
        shape = (grid.rows, grid.columns) if two else (tokens.shape[1],)
        axes = tuple(range(1, 1 + len(shape)))
        values = tokens.float().reshape(tokens.shape[0], *shape, -1)
        modes = torch.fft.rfftn(values, dim=axes, norm="ortho")
        grouped = modes.reshape(tokens.shape[0], -1, self.groups, modes.shape[-1] // self.groups)
        mixed = self._spectral(grouped).reshape(modes.shape)
        back = torch.fft.irfftn(mixed, s=shape, dim=axes, norm="ortho")
        result: Tensor = (back + values).reshape(tokens.shape)
        return result

    def _spectral(self, modes: Tensor) -> Tensor:
        """Apply two layers to complex modes, shape (batch, mode, group, size), and shrink the result."""
        parts = torch.cat([modes.real, modes.imag], dim=-1)  # a complex product is one real product of twice the size
        hidden = functional.relu(_product(parts, self.weight_in) + self.bias_in.transpose(0, 1).flatten(1))
        parts = _product(hidden, self.weight_out) + self.bias_out.transpose(0, 1).flatten(1)
        real, imaginary = functional.softshrink(parts.float(), SHRINK).chunk(2, dim=-1)
        return torch.complex(real.contiguous(), imaginary.contiguous())


def _product(parts: Tensor, weight: Tensor) -> Tensor:
    """Multiply [real, imaginary], shape (batch, mode, group, 2 size), by complex weights of each group."""
    real, imaginary = weight
    whole = torch.cat([torch.cat([real, imaginary], dim=-1), torch.cat([-imaginary, real], dim=-1)], dim=-2)
    return torch.einsum("bmgi,gio->bmgo", parts, whole)


class FourierBlock(nn.Module):
    """u = x + mixing(norm(x)); the result is u + network(norm(u)), with Linear - GELU - Linear on each token.

    Parameters
    ----------
    width, groups, over : int, int, str
        As of `FourierMixing`.
    expansion : int
        Hidden features of the network on each token, in widths.
    local : PatchGrid or None
        Adds a depthwise 3 x 3 convolution over neighbouring patches of this grid to the mixing; hidden ones count as 0.
    recompute : bool
        Computes the block again in the backward pass instead of keeping what it made: less memory, same result.
    """

    def __init__(
        self,
        width: int,
        groups: int,
        over: str,
        expansion: int,
        local: PatchGrid | None = None,
        recompute: bool = False,
    ) -> None:
        super().__init__()
        self.recompute = recompute
        self.norm_mixing, self.norm_network = nn.LayerNorm(width), nn.LayerNorm(width)
        self.mixing = FourierMixing(width, groups, over)
        self.network = nn.Sequential(
            nn.Linear(width, expansion * width), nn.GELU(), nn.Linear(expansion * width, width)
        )
        self.local = None if local is None else GridConvolution(width, width, local.periodic, groups=width)

    def forward(self, tokens: Tensor, layout: Layout) -> Tensor:
        """Apply the block.

        Parameters
        ----------
        tokens : tensor, shape (batch, token, width)
            In raster order.
        layout : Layout
            Where they lie.

        Returns
        -------
        tensor, shape (batch, token, width)
        """
        if self.recompute and torch.is_grad_enabled():
            again: Tensor = checkpoint(self._block, tokens, layout, use_reentrant=False)
            return again
        return self._block(tokens, layout)

    def _block(self, tokens: Tensor, layout: Layout) -> Tensor:
        normed = self.norm_mixing(tokens)
        mixed = tokens + self.mixing(normed, layout)
        if self.local is not None:
            mixed = mixed + self._neighbours(self.local, normed, layout)
        result: Tensor = mixed + self.network(self.norm_network(mixed))
        return result

    @staticmethod
    def _neighbours(local: GridConvolution, tokens: Tensor, layout: Layout) -> Tensor:
        grid = layout.grid
        everywhere = put_tokens(tokens, layout.kept, tokens.new_zeros(tokens.shape[-1]), grid.tokens)
        fields = everywhere.transpose(1, 2).reshape(len(tokens), -1, grid.rows, grid.columns)
        return take_tokens(local(fields).flatten(2).transpose(1, 2), layout.kept)
