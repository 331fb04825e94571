"""Heads on a grid: features of the state of the next day, brought to cells, with the fields that the task gives."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from graphs.types import Floats
from oxygen_recon.models.fourier.networks.convolution import GridConvolution
from oxygen_recon.models.heads import GridAdapter


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
    hidden, outputs : int
        Channels between, and of the result, which begins as 0.
    blocks : int
        Convolutions with a shortcut.
    """

    def __init__(self, adapter: GridAdapter, fields: int, hidden: int, outputs: int, blocks: int) -> None:
        super().__init__()
        self.adapter = adapter
        around = adapter.periodic
        self.merge = GridConvolution(adapter.layer.out_features + fields, hidden, around)
        self.blocks = nn.ModuleList([GridConvolution(hidden, hidden, around) for _ in range(blocks)])
        self.last = GridConvolution(hidden, outputs, around)
        for parameter in self.last.parameters():
            nn.init.zeros_(parameter)

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
        tensor, shape (batch, outputs, latitude, longitude)
        """
        values = self.merge(torch.cat([self.adapter(features).permute(0, 3, 1, 2), fields], dim=1))
        for block in self.blocks:
            values = values + block(functional.gelu(values))
        result: Tensor = self.last(functional.gelu(values))
        return result


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

    Examples
    --------
    >>> head = DownscalingHead(16, 2, torch.arange(4.0)[:, None] / 3, torch.arange(5.0) / 3)
    >>> head(torch.zeros(1, 3, 3, 16), torch.zeros(1, 2, 4, 5)).shape
    torch.Size([1, 2, 12, 15])
    """

    def __init__(
        self, width: int, fields: int, rows: Tensor, columns: Tensor, factor: int = 3, hidden: int = 32, blocks: int = 3
    ) -> None:
        super().__init__()
        self.factor = factor
        adapter = GridAdapter(width, hidden, rows, columns)
        self.mixer = ConvolutionMixer(adapter, fields, hidden, fields * factor**2, blocks)

    def forward(self, features: Tensor, coarse: Tensor) -> Tensor:
        """Estimate the fine fields.

        Parameters
        ----------
        features : tensor, shape (batch, row, column, width)
            That the state of the day was made of, of the whole grid.
        coarse : tensor, shape (batch, field, latitude, longitude)
            The state of the day in the box, standard scores, land filled.

        Returns
        -------
        tensor, shape (batch, field, factor * latitude, factor * longitude)
            Standard scores; a new head gives the bicubic interpolation.
        """
        smooth = functional.interpolate(coarse, scale_factor=float(self.factor), mode="bicubic", align_corners=False)
        return smooth + functional.pixel_shuffle(self.mixer(features, coarse), self.factor)


class WaveHead(nn.Module):
    """Significant wave height of the next day from features, the height of the day and the wind of the next.

    Parameters
    ----------
    width : int
        Features of the network.
    winds : int
        Fields beside the wave height: two components of the wind at 10 m, their speed, ...
    rows, columns : tensor, shape (latitude, 1) and (longitude,)
        Where the cells of the waves lie, in patches (`patch_places`).
    periodic : bool
        Whether the grid goes round the globe.
    hidden, blocks : int
        Channels between, and convolutions with a shortcut.

    Examples
    --------
    >>> head = WaveHead(16, 2, torch.arange(4.0)[:, None] / 2, torch.arange(6.0) / 2)
    >>> head(torch.zeros(1, 2, 3, 16), torch.ones(1, 1, 4, 6), torch.zeros(1, 2, 4, 6)).shape
    torch.Size([1, 1, 4, 6])
    """

    def __init__(
        self, width: int, winds: int, rows: Tensor, columns: Tensor, periodic: bool = False, hidden: int = 32,
        blocks: int = 3,
    ) -> None:  # fmt: skip
        super().__init__()
        adapter = GridAdapter(width, hidden, rows, columns, periodic)
        self.mixer = ConvolutionMixer(adapter, 1 + winds, hidden, 1, blocks)

    def forward(self, features: Tensor, height: Tensor, wind: Tensor) -> Tensor:
        """Estimate the wave height of the next day.

        Parameters
        ----------
        features : tensor, shape (batch, row, column, width)
            That the state of the next day was made of.
        height : tensor, shape (batch, 1, latitude, longitude)
            Of the day, m.
        wind : tensor, shape (batch, winds, latitude, longitude)
            Of the next day, standard scores.

        Returns
        -------
        tensor, shape (batch, 1, latitude, longitude)
            m, not negative; a new head gives the height of the day.
        """
        change = self.mixer(features, torch.cat([height, wind], dim=1))
        return height * torch.exp(change.clamp(-3, 3))
