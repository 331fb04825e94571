"""Convolutions and a U-Net on a grid, round the globe in longitude where the grid goes round it."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from oxygen_recon.models.fourier.networks.sizes import UNetSizes


def extend(values: Tensor, north: int, east: int, periodic: bool) -> Tensor:
    """Add rows and columns on all four sides.

    Parameters
    ----------
    values : tensor, shape (batch, channel, latitude, longitude)
        Fields.
    north, east : int
        Rows added on either side of the latitudes, columns on either side of the longitudes.
    periodic : bool
        Whether the columns come from the other side of the grid; else, as the rows do, from the nearest.

    Returns
    -------
    tensor, shape (batch, channel, latitude + 2 north, longitude + 2 east)
    """
    if periodic and east:
        values = functional.pad(values, (east, east, 0, 0), mode="circular")
        east = 0
    return functional.pad(values, (east, east, north, north), mode="replicate")


class GridConvolution(nn.Module):
    """A convolution that keeps the grid.

    Parameters
    ----------
    inputs, outputs : int
        Channels before and after.
    periodic : bool
        Whether the grid goes round the globe.
    kernel : int
        Cells a side, odd.
    groups : int
        Of channels that do not mix; `inputs` for a depthwise convolution.
    bias : bool
        Whether a bias is learned.

    Examples
    --------
    >>> GridConvolution(2, 3, periodic=True)(torch.zeros(1, 2, 5, 7)).shape
    torch.Size([1, 3, 5, 7])
    """

    def __init__(
        self, inputs: int, outputs: int, periodic: bool = False, kernel: int = 3, groups: int = 1, bias: bool = True
    ) -> None:
        super().__init__()
        self.periodic, self.reach = periodic, kernel // 2
        self.convolution = nn.Conv2d(inputs, outputs, kernel, groups=groups, bias=bias)

    def forward(self, values: Tensor) -> Tensor:
        """Convolve.

        Parameters
        ----------
        values : tensor, shape (batch, inputs, latitude, longitude)
            Fields.

        Returns
        -------
        tensor, shape (batch, outputs, latitude, longitude)
        """
        result: Tensor = self.convolution(extend(values, self.reach, self.reach, self.periodic))
        return result


class UNet(nn.Module):
    """A small U-Net (Ronneberger et al. 2015) without normalisation: two convolutions a level, halved by means.

    Parameters
    ----------
    inputs, outputs : int
        Channels before and after.
    sizes : UNetSizes
        Sizes of the network.
    periodic : bool
        Whether the grid goes round the globe.

    Examples
    --------
    >>> UNet(3, 2, UNetSizes(width=8))(torch.zeros(1, 3, 9, 13)).shape
    torch.Size([1, 2, 9, 13])
    """

    def __init__(self, inputs: int, outputs: int, sizes: UNetSizes, periodic: bool = False) -> None:
        super().__init__()
        self.width, self.tokens, self.patch = sizes.width, 0, 1  # no patches
        widths = [sizes.width * min(2**level, 4) for level in range(sizes.levels)]
        before = [inputs, *widths[:-1]]
        self.down = nn.ModuleList([_twice(a, b, periodic) for a, b in zip(before, widths)])
        self.up = nn.ModuleList([_twice(a + b, b, periodic) for a, b in zip(widths[:0:-1], widths[-2::-1])])
        self.recovery = nn.Conv2d(sizes.width, outputs, 1)

    def features(self, inputs: Tensor, kept: Tensor | None = None) -> Tensor:
        """Encode fields.

        Parameters
        ----------
        inputs : tensor, shape (batch, inputs, latitude, longitude)
            Finite, on land too.
        kept : None
            This network reads all cells.

        Returns
        -------
        tensor, shape (batch, latitude, longitude, width)

        Raises
        ------
        ValueError
            If patches are to be hidden.
        """
        if kept is not None:
            raise ValueError("the U-Net reads all cells: hide none")
        values, finer = inputs, []
        for level, layers in enumerate(self.down):
            if level:
                finer.append(values)
                values = functional.avg_pool2d(values, 2, ceil_mode=True)
            values = layers(values)
        for layers in self.up:
            beside = finer.pop()
            values = functional.interpolate(values, beside.shape[-2:], mode="bilinear", align_corners=False)
            values = layers(torch.cat([values, beside], dim=1))
        return values.permute(0, 2, 3, 1)

    def recover(self, features: Tensor) -> Tensor:
        """Make fields of features.

        Parameters
        ----------
        features : tensor, shape (batch, latitude, longitude, width)
            As from `features`.

        Returns
        -------
        tensor, shape (batch, outputs, latitude, longitude)
        """
        fields: Tensor = self.recovery(features.permute(0, 3, 1, 2))
        return fields

    def forward(self, inputs: Tensor, kept: Tensor | None = None) -> Tensor:
        """Encode and recover fields.

        Parameters
        ----------
        inputs, kept : tensor
            As of `features`.

        Returns
        -------
        tensor, shape (batch, outputs, latitude, longitude)
        """
        return self.recover(self.features(inputs, kept))


def _twice(inputs: int, outputs: int, periodic: bool) -> nn.Sequential:
    """Two convolutions, each with GELU."""
    first, second = GridConvolution(inputs, outputs, periodic), GridConvolution(outputs, outputs, periodic)
    return nn.Sequential(first, nn.GELU(), second, nn.GELU())
