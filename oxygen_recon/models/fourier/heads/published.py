"""The heads of AI-GOMS at their published sizes (arXiv 2308.03152, layers as its authors describe them), 3 x 3 kernels.

Features come as (batch, row, column, width), fields as (batch, field, latitude, longitude).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from oxygen_recon.models.fourier.networks.afno import FourierBlock, Layout
from oxygen_recon.models.fourier.networks.patches import PatchGrid

WIDTH = 1024  # features of the published network
ROWS, COLUMNS = 90, 180  # its patches


def _same(inputs: int, outputs: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1)


def _doubled(inputs: int, outputs: int) -> nn.ConvTranspose2d:
    return nn.ConvTranspose2d(inputs, outputs, 3, stride=2, padding=1, output_padding=1)


class FourierMixer(nn.Module):
    """Two Fourier blocks over the sequence and a layer norm.

    Parameters
    ----------
    width : int
        Channels.
    grid : PatchGrid
        Cells that are tokens.
    """

    def __init__(self, width: int, grid: PatchGrid) -> None:
        super().__init__()
        self.grid = grid
        self.blocks = nn.ModuleList([FourierBlock(width, 8, "sequence", 4) for _ in range(2)])
        self.norm = nn.LayerNorm(width)

    def forward(self, values: Tensor) -> Tensor:
        """Mix cells.

        Parameters
        ----------
        values : tensor, shape (batch, width, latitude, longitude)
            Fields.

        Returns
        -------
        tensor of the same shape
        """
        tokens = values.flatten(2).transpose(1, 2)
        for block in self.blocks:
            tokens = block(tokens, Layout(self.grid))
        return self.grid.arrange(self.norm(tokens)).permute(0, 3, 1, 2)


class PublishedBiochemistryHead(nn.Module):
    """Eight variables of the next day on 1 degree: 271,760 parameters, 221,208 of them in the layer from the features.

    Parameters
    ----------
    quantities : int
        Variables.
    """

    def __init__(self, quantities: int = 8) -> None:
        super().__init__()
        width = 4 * quantities
        self.adapter = _doubled(WIDTH, 3 * quantities)
        self.merge = _same(width, width)
        self.convolutions = nn.ModuleList([_same(width, width // 2), _same(width // 2, width), _same(width, width)])
        self.shortcuts = nn.ModuleList(
            [
                nn.Sequential(
                    nn.ReLU(), nn.Conv2d(width, width // 2, 3, padding=1, bias=False),
                    nn.ReLU(), nn.Conv2d(width // 2, width, 1, bias=False),
                )
                for _ in range(4)
            ]
        )  # fmt: skip
        self.last = _same(width, quantities)

    def forward(self, features: Tensor, condition: Tensor) -> Tensor:
        """Estimate the variables of the next day.

        Parameters
        ----------
        features : tensor, shape (batch, row, column, 1024)
            Of the state of the next day.
        condition : tensor, shape (batch, quantity, 2 row, 2 column)
            The variables of the day, standard scores.

        Returns
        -------
        tensor, shape (batch, quantity, 2 row, 2 column)
        """
        adapted = self.adapter(functional.relu(features.permute(0, 3, 1, 2)))
        values = self.merge(functional.relu(torch.cat([adapted, condition], dim=1)))
        for number, layer in enumerate(self.convolutions):
            values = layer(functional.relu(values) if number else values)
        for block in self.shortcuts:
            values = values + block(values)
        result: Tensor = self.last(functional.relu(values))
        return result


class PublishedWaveHead(nn.Module):
    """Wave height of the next day on half a degree: 115,016,705 parameters, more than the network that it reads."""

    def __init__(self) -> None:
        super().__init__()
        self.down = nn.ModuleList([_same(3, WIDTH // 8, 2), _same(WIDTH // 8, WIDTH, 2)])
        self.merge = _same(2 * WIDTH, 2 * WIDTH)
        self.mixer = FourierMixer(2 * WIDTH, PatchGrid(ROWS, COLUMNS, 1, periodic=True))
        self.up = nn.Sequential(_doubled(2 * WIDTH, WIDTH // 4), _doubled(WIDTH // 4, 1))

    def forward(self, features: Tensor, fields: Tensor) -> Tensor:
        """Estimate the wave height of the next day.

        Parameters
        ----------
        features : tensor, shape (batch, 90, 180, 1024)
            Of the state of the next day.
        fields : tensor, shape (batch, 3, 360, 720)
            Wave height of the day, two components of the wind of the next.

        Returns
        -------
        tensor, shape (batch, 1, 360, 720)
        """
        for layer in self.down:
            fields = layer(functional.relu(fields))
        both = torch.cat([features.permute(0, 3, 1, 2), fields], dim=1)
        result: Tensor = self.up(self.mixer(self.merge(functional.relu(both))))
        return result


class PublishedDownscalingHead(nn.Module):
    """Five fields of a box, three times as fine: 9,693,957 parameters.

    Parameters
    ----------
    rows, columns : int
        Coarse cells of the box.
    """

    def __init__(self, rows: int = 120, columns: int = 230) -> None:
        super().__init__()
        self.adapter = _doubled(WIDTH, 256)
        self.coarse, self.merge = _same(5, 128), _same(256 + 128, 256)
        self.mixer = FourierMixer(256, PatchGrid(rows, columns, 1))
        self.fine, self.last = _same(256, 256 * 9), _same(256, 5)

    def forward(self, features: Tensor, coarse: Tensor) -> Tensor:
        """Estimate the fine fields.

        Parameters
        ----------
        features : tensor, shape (batch, row, column, 1024)
            Of the state of the day.
        coarse : tensor, shape (batch, 5, latitude, longitude)
            The state of the day in the box, standard scores.

        Returns
        -------
        tensor, shape (batch, 5, 3 latitude, 3 longitude)
        """
        adapted = functional.interpolate(
            self.adapter(features.permute(0, 3, 1, 2)), coarse.shape[-2:], mode="bilinear", align_corners=False
        )
        values = self.merge(torch.cat([adapted, self.coarse(coarse)], dim=1))
        result: Tensor = self.last(functional.pixel_shuffle(self.fine(self.mixer(values)), 3))
        return result
