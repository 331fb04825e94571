"""Convolutions on a grid of latitude and longitude: round the globe in longitude where the grid goes round it."""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional


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
    >>> import torch
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
