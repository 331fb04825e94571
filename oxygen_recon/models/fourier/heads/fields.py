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


class DownscalingHead(nn.Module):
    """Finer fields of a box from coarse ones: bicubic interpolation, and what features and coarse fields add.

    Parameters
    ----------
    width : int
        Features of the network.
    fields : int
        Fields of the box, for instance height, temperature, salinity and two velocities.
    rows, columns : tensor, shape (latitude, 1) and (longitude,)
        Where the coarse cells of the box lie, in patches (`patch_places`): only these features are read.
    factor : int
        Fine cells along a side of a coarse cell.
    hidden, blocks : int
        Channels between, and convolutions with a shortcut.
    others : int
        Further coarse fields that are read.

    Examples
    --------
    >>> head = DownscalingHead(16, 2, torch.arange(4.0)[:, None] / 3, torch.arange(5.0) / 3)
    >>> head(torch.zeros(1, 3, 3, 16), torch.zeros(1, 2, 4, 5)).shape
    torch.Size([1, 2, 12, 15])
    """

    def __init__(
        self, width: int, fields: int, rows: Tensor, columns: Tensor, factor: int = 3, hidden: int = 32,
        blocks: int = 3, others: int = 0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.factor = factor
        adapter = GridAdapter(width, hidden, rows, columns)
        self.mixer = ConvolutionMixer(adapter, fields + others, hidden, blocks)
        self.last = GridConvolution(hidden, fields * factor**2)
        for parameter in self.last.parameters():
            nn.init.zeros_(parameter)

    def forward(self, features: Tensor, coarse: Tensor, others: Tensor | None = None) -> Tensor:
        """Estimate the fine fields.

        Parameters
        ----------
        features : tensor, shape (batch, row, column, width)
            That the state of the day was made of, of the whole grid.
        coarse : tensor, shape (batch, field, latitude, longitude)
            The state of the day in the box, standard scores, land filled.
        others : tensor, shape (batch, others, latitude, longitude), optional
            Further fields.

        Returns
        -------
        tensor, shape (batch, field, factor * latitude, factor * longitude)
            Standard scores; a new head gives the bicubic interpolation.
        """
        smooth = functional.interpolate(coarse, scale_factor=float(self.factor), mode="bicubic", align_corners=False)
        read = coarse if others is None else torch.cat([coarse, others], dim=1)
        return smooth + functional.pixel_shuffle(self.last(self.mixer(features, read)), self.factor)


class NextDayHead(nn.Module):
    """Fields of the next day from those of the day, features and other fields: what is added to the damped anomaly.

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
    >>> head = NextDayHead(16, ("nitrate",), 2, torch.arange(4.0)[:, None] / 2, torch.arange(6.0) / 2)
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
        """Estimate the next day.

        Parameters
        ----------
        features : tensor, shape (batch, row, column, width)
            That the state of the next day was made of.
        value : tensor, shape (batch, name, latitude, longitude)
            Of the day, standard scores.
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
