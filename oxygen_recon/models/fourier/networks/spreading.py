"""Departures that are seen in some cells, spread to their neighbours by weighted means with learned reach."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

_REACHES, _TRUST = (1.5, 4.0), 0.3  # cells, and weight of what is not seen: where training begins
_BEYOND = 12  # cells from the centre of the kernels to their end


class Spreading(nn.Module):
    """Means of what is seen, weighted by Gaussians of two widths, that fade where little is seen.

    sum_k share_k (G_k * seen value) / (G_k * seen + trust_k): a normalised convolution (Knutsson and Westin 1993), and
    for one value exactly the optimal interpolation with a Gaussian covariance. Widths, shares and trusts are learned,
    one a channel.

    Parameters
    ----------
    channels : int
        Channels.
    periodic : bool
        Whether the grid goes round the globe.

    Examples
    --------
    >>> seen = torch.zeros(1, 1, 5, 9, dtype=torch.bool)
    >>> seen[..., 2, 4] = True
    >>> spread = Spreading(1)(torch.where(seen, 1.0, 0.0), seen)[0, 0, 2]
    >>> bool((spread[4:].diff() < 0).all()), bool(spread[4] < 1)
    (True, True)
    """

    def __init__(self, channels: int, periodic: bool = False) -> None:
        super().__init__()
        self.periodic = periodic
        ones = torch.ones(1, channels)
        self.reach = nn.Parameter(torch.log(torch.tensor(_REACHES))[:, None] * ones)
        self.trust = nn.Parameter(torch.log(torch.full((len(_REACHES), 1), _TRUST)) * ones)
        self.share = nn.Parameter(torch.full((len(_REACHES), 1), 1.0 / len(_REACHES)) * ones)

    def forward(self, values: Tensor, seen: Tensor) -> Tensor:
        """Spread values.

        Parameters
        ----------
        values : tensor, shape (batch, channel, latitude, longitude)
            Departures, 0 where nothing is seen.
        seen : bool tensor, of the same shape
            Where something is.

        Returns
        -------
        tensor, of the same shape
        """
        both = torch.cat([values, seen.to(values.dtype)], dim=1)
        total = torch.zeros_like(values)
        for reach, trust, share in zip(self.reach, self.trust, self.share, strict=True):
            some, weight = self._smooth(both, reach.exp().repeat(2)).chunk(2, dim=1)
            total = total + share[:, None, None] * some / (weight + trust.exp()[:, None, None])
        return total

    def _smooth(self, values: Tensor, reach: Tensor) -> Tensor:
        """Sum neighbours with Gaussian weights; nothing is beyond the edges of the grid."""
        width = min(_BEYOND, values.shape[-1] - 1)
        apart = torch.arange(-_BEYOND, _BEYOND + 1, device=values.device)
        kernel = torch.exp(-0.5 * (apart / reach[:, None]).square())[:, None]
        along = kernel[:, :, _BEYOND - width : _BEYOND + width + 1]
        mode = "circular" if self.periodic else "constant"
        padded = functional.pad(values, (width, width, 0, 0), mode=mode)
        padded = functional.conv2d(padded, along[:, :, None], groups=len(reach))
        return functional.conv2d(padded, kernel[..., None], padding=(_BEYOND, 0), groups=len(reach))
