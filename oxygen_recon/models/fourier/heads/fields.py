"""Heads on a grid: features of the state of the next day, brought to cells, with the fields that the task gives."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from graphs.types import Floats
from oxygen_recon.models.fourier.networks.convolution import GridConvolution
from oxygen_recon.models.heads import BiochemistryHead, GridAdapter


def patch_places(axis: Floats, patch: int, targets: Floats, turn: float | None = None) -> Tensor:
    """Find where targets lie along an axis, in patches from the centre of the first.

    Parameters
    ----------
    axis : array, shape (cell,)
        Degrees, strictly monotone, in the order of the fields.
    patch : int
        Cells a side of a patch.
    targets : array, shape (target,)
        Degrees.
    turn : float, optional
        360 for the longitudes of a grid round the globe, whose spacing is even.

    Returns
    -------
    tensor, shape (target,)

    Examples
    --------
    >>> patch_places(np.arange(0.0, 8.0), 4, np.array([1.5, 5.5, 3.5])).tolist()
    [0.0, 1.0, 0.5]
    """
    cells = np.arange(axis.size)
    if turn is not None:
        place = np.mod(targets - axis[0], turn) * (axis.size / turn)
        place = place if axis[-1] > axis[0] else np.mod(-place, axis.size)
    elif axis[-1] < axis[0]:
        place = np.interp(targets, axis[::-1], cells[::-1])
    else:
        place = np.interp(targets, axis, cells)
    return torch.from_numpy((place - (patch - 1) / 2) / patch).float()


class ConvolutionMixer(nn.Module):
    """Features and fields of a grid, mixed by convolutions with shortcuts.

    Parameters
    ----------
    adapter : GridAdapter
        Brings the features to the cells.
    fields : int
        Fields that the task gives.
    hidden : int
        Channels of the result.
    blocks : int
        Convolutions with a shortcut.
    """

    def __init__(self, adapter: GridAdapter, fields: int, hidden: int, blocks: int) -> None:
        super().__init__()
        self.adapter = adapter
        around = adapter.periodic
        self.merge = GridConvolution(adapter.layer.out_features + fields, hidden, around)
        self.blocks = nn.ModuleList([GridConvolution(hidden, hidden, around) for _ in range(blocks)])

    def forward(self, features: Tensor, fields: Tensor) -> Tensor:
        """Mix features and fields.

        Parameters
        ----------
        features : tensor, shape (batch, row, column, width)
            Of the network.
        fields : tensor, shape (batch, field, latitude, longitude)
            Of the task.

        Returns
        -------
        tensor, shape (batch, hidden, latitude, longitude)
        """
        values = self.merge(torch.cat([self.adapter(features).permute(0, 3, 1, 2), fields], dim=1))
        for block in self.blocks:
            values = values + block(functional.gelu(values))
        return functional.gelu(values)


class FieldsHead(nn.Module):
    """Fields of a day from what is left of known ones, features and other fields: what is added to what is left.

    Parameters
    ----------
    width : int
        Features of the network.
    names : tuple of str
        Quantities.
    others : int
        Fields that are read beside them.
    rows, columns : tensor, shape (latitude, 1) and (longitude,)
        Where the cells lie, in patches (`patch_places`).
    periodic : bool
        Whether the grid goes round the globe.
    hidden, blocks : int
        Channels between, and convolutions with a shortcut.

    Examples
    --------
    >>> head = FieldsHead(16, ("nitrate",), 2, torch.arange(4.0)[:, None] / 2, torch.arange(6.0) / 2)
    >>> ocean = torch.ones(1, 4, 6, dtype=torch.bool)
    >>> head(torch.zeros(1, 2, 3, 16), torch.ones(1, 1, 4, 6), torch.zeros(1, 2, 4, 6), ocean).shape
    torch.Size([1, 1, 4, 6])
    """

    def __init__(
        self, width: int, names: tuple[str, ...], others: int, rows: Tensor, columns: Tensor, periodic: bool = False,
        hidden: int = 32, blocks: int = 3,
    ) -> None:  # fmt: skip
        super().__init__()
        adapter = GridAdapter(width, hidden, rows, columns, periodic)
        self.mixer = ConvolutionMixer(adapter, len(names) + others, hidden, blocks)
        self.head = BiochemistryHead(hidden, names, condition=True)

    def forward(self, features: Tensor, value: Tensor, others: Tensor, ocean: Tensor) -> Tensor:
        """Estimate a day.

        Parameters
        ----------
        features : tensor, shape (batch, row, column, width)
            That the state of the day was made of.
        value : tensor, shape (batch, name, latitude, longitude)
            What is left, standard scores.
        others : tensor, shape (batch, others, latitude, longitude)
            What else is read.
        ocean : bool tensor, shape (name, latitude, longitude)
            Where there is a value.

        Returns
        -------
        tensor, shape (batch, name, latitude, longitude)
            What is added to `value`; a new head gives 0.
        """
        mixed = self.mixer(features, torch.cat([value, others], dim=1)).permute(0, 2, 3, 1)
        first = value.permute(0, 2, 3, 1)
        flag = ocean.to(value.dtype).permute(1, 2, 0).expand(len(value), -1, -1, -1)
        mean: Tensor = self.head(mixed, first, flag)[0] - first * flag
        return mean.permute(0, 3, 1, 2)
