"""Patches: fields cut into squares that are tokens in raster order, tokens joined to fields, and their positions."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class PatchGrid:
    """How a grid is cut into patches; one that is no multiple of the patch is extended to the south and east.

    Parameters
    ----------
    latitude, longitude : int
        Cells of the grid.
    size : int
        Cells a side of a patch.
    periodic : bool
        Whether the grid goes round the globe.

    Examples
    --------
    >>> grid = PatchGrid(720, 1440, 8, periodic=True)
    >>> grid.rows, grid.columns, grid.tokens
    (90, 180, 16200)
    """

    latitude: int
    longitude: int
    size: int
    periodic: bool = False

    @property
    def rows(self) -> int:
        """Patches from north to south, or as the rows are ordered."""
        return -(-self.latitude // self.size)

    @property
    def columns(self) -> int:
        """Patches in a row."""
        return -(-self.longitude // self.size)

    @property
    def tokens(self) -> int:
        """Patches of the grid."""
        return self.rows * self.columns

    def extend(self, values: Tensor) -> Tensor:
        """Extend fields to whole patches by their last row and column.

        Parameters
        ----------
        values : tensor, shape (batch, channel, latitude, longitude)
            Fields.

        Returns
        -------
        tensor, shape (batch, channel, rows * size, columns * size)
        """
        south = self.rows * self.size - self.latitude
        east = self.columns * self.size - self.longitude
        return functional.pad(values, (0, east, 0, south), mode="replicate") if south or east else values

    def crop(self, values: Tensor) -> Tensor:
        """Take back what `extend` added.

        Parameters
        ----------
        values : tensor, shape (batch, channel, rows * size, columns * size)
            Fields of whole patches.

        Returns
        -------
        tensor, shape (batch, channel, latitude, longitude)
        """
        return values[..., : self.latitude, : self.longitude]

    def arrange(self, tokens: Tensor) -> Tensor:
        """Arrange tokens in rows and columns.

        Parameters
        ----------
        tokens : tensor, shape (batch, token, width)
            In raster order.

        Returns
        -------
        tensor, shape (batch, row, column, width)
        """
        return tokens.reshape(tokens.shape[0], self.rows, self.columns, -1)

    def cells(self, kept: Tensor) -> Tensor:
        """Mark the cells of patches.

        Parameters
        ----------
        kept : int64 tensor, shape (batch, patch)
            Numbers of patches.

        Returns
        -------
        bool tensor, shape (batch, latitude, longitude)
            Which cells lie in them.
        """
        marked = torch.zeros(len(kept), self.tokens, dtype=torch.bool, device=kept.device).scatter(1, kept, True)
        rows = marked.reshape(-1, self.rows, self.columns).repeat_interleave(self.size, dim=1)
        return self.crop(rows.repeat_interleave(self.size, dim=2))

    def holding(self, cells: Tensor) -> Tensor:
        """Find the patches with a marked cell.

        Parameters
        ----------
        cells : bool tensor, shape (latitude, longitude)
            Marked cells.

        Returns
        -------
        int64 tensor, shape (1, patch)
            Their numbers, increasing.
        """
        south = self.rows * self.size - self.latitude
        east = self.columns * self.size - self.longitude
        whole = functional.pad(cells, (0, east, 0, south))
        some = whole.reshape(self.rows, self.size, self.columns, self.size).any(dim=3).any(dim=1)
        return some.flatten().nonzero().T


class PatchEmbedding(nn.Module):
    """Make a token of each patch: one convolution whose kernel and stride are the patch.

    Parameters
    ----------
    inputs, width : int
        Channels of the fields, and features of a token.
    grid : PatchGrid
        Where the patches are.
    """

    def __init__(self, inputs: int, width: int, grid: PatchGrid) -> None:
        super().__init__()
        self.grid = grid
        self.projection = nn.Conv2d(inputs, width, grid.size, stride=grid.size)

    def forward(self, values: Tensor) -> Tensor:
        """Cut fields into tokens.

        Parameters
        ----------
        values : tensor, shape (batch, channel, latitude, longitude)
            Fields, finite on land too.

        Returns
        -------
        tensor, shape (batch, token, width)
            Row by row.
        """
        embedded: Tensor = self.projection(self.grid.extend(values))
        return embedded.flatten(2).transpose(1, 2)


class PatchRecovery(nn.Module):
    """Make a patch of each token: one transposed convolution whose kernel and stride are the patch.

    Parameters
    ----------
    width, outputs : int
        Features of a token, and channels of the fields.
    grid : PatchGrid
        Where the patches are.
    bias : bool
        Whether a bias a channel is learned.
    """

    def __init__(self, width: int, outputs: int, grid: PatchGrid, bias: bool = True) -> None:
        super().__init__()
        self.grid = grid
        self.projection = nn.ConvTranspose2d(width, outputs, grid.size, stride=grid.size, bias=bias)

    def forward(self, features: Tensor) -> Tensor:
        """Join tokens to fields.

        Parameters
        ----------
        features : tensor, shape (batch, row, column, width)
            Features of every patch.

        Returns
        -------
        tensor, shape (batch, channel, latitude, longitude)
        """
        return self.grid.crop(self.projection(features.permute(0, 3, 1, 2)))


def fixed_positions(grid: PatchGrid, width: int) -> Tensor:
    """Sines and cosines of row and column, as the masked autoencoder has them (He et al. 2022): not trained.

    Parameters
    ----------
    grid : PatchGrid
        Where the patches are.
    width : int
        Features of a token, a multiple of 4: a quarter each for sine and cosine of column and row.

    Returns
    -------
    tensor, shape (token, width)
        Wavelengths from 2 pi to 20000 pi patches.

    Raises
    ------
    ValueError
        If the width is no multiple of 4.
    """
    if width % 4:
        raise ValueError(f"a width of {width} is no multiple of 4")
    rate = torch.exp(-math.log(10000.0) * torch.arange(width // 4) / (width // 4))
    waves = []
    for count, axis in ((grid.columns, 1), (grid.rows, 0)):
        angle = torch.arange(count)[:, None] * rate
        wave = torch.cat([angle.sin(), angle.cos()], dim=1)
        shape = [1, count] if axis else [count, 1]
        waves.append(wave.view(*shape, -1).expand(grid.rows, grid.columns, -1))
    return torch.cat(waves, dim=-1).reshape(grid.tokens, width)
