"""Power at every scale of finer fields: a mean forecast is smoother than the fields that it is the mean of.

The anomaly is multiplied, at each lead and place, until it varies as much as the truth does, and what is smaller than a
coarse cell is taken from the start, whose details are those of a real field. That costs error: an anomaly of
correlation r has 1 - r^2 of the variance as its least squared error, and 2 - 2 r once it varies as the truth does
(Murphy 1988).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional

from oxygen_recon.models.fourier.heads.memory import around

_REACH = 0.5  # of the side of a coarse cell: standard deviation of the filter between details and the rest
_MOST = 5.0  # by which an anomaly is multiplied at most


def gain(made: Tensor, true: Tensor, ocean: Tensor) -> Tensor:
    """Find by what anomalies are multiplied to vary as the truth does.

    Parameters
    ----------
    made, true : tensor, shape (start, lead, field, latitude, longitude)
        Anomalies.
    ocean : bool tensor, shape (field, latitude, longitude)
        What is ocean.

    Returns
    -------
    tensor, shape (lead, field, latitude, longitude)
        Ratio of the root mean squares over starts and neighbouring cells, 5 at most.

    Examples
    --------
    >>> true = torch.randn(4, 1, 1, 8, 9, generator=torch.Generator().manual_seed(0))
    >>> bool(torch.allclose(gain(0.5 * true, true, torch.ones(1, 8, 9, dtype=torch.bool)), torch.tensor(2.0)))
    True
    """
    sizes = (around((one.square() * ocean).mean(dim=0), periodic=False) for one in (true, made))
    wanted, found = sizes
    return (wanted / found.clamp(min=1e-12)).sqrt().clamp(max=_MOST)


def with_details(own: Tensor, made: Tensor, factor: Tensor, ocean: Tensor, cells: int) -> Tensor:
    """Give the anomalies of a forecast the power of real fields.

    Parameters
    ----------
    own : tensor, shape (field, latitude, longitude)
        Anomaly of the start.
    made, factor : tensor, shape (lead, field, latitude, longitude)
        Anomalies of the forecast, and `gain`.
    ocean : bool tensor, shape (field, latitude, longitude)
        What is ocean.
    cells : int
        Fine cells along a side of a coarse one.

    Returns
    -------
    tensor, shape (lead, field, latitude, longitude)
        0 on land.
    """
    width = _REACH * cells
    reach = max(1, round(3 * width))
    weights = torch.exp(-0.5 * (torch.arange(-reach, reach + 1, device=own.device) / width) ** 2)
    kernel = weights[:, None] * weights / weights.sum() ** 2

    def smooth(values: Tensor) -> Tensor:
        one = functional.conv2d(values.reshape(-1, 1, *values.shape[-2:]), kernel[None, None], padding=reach)
        return one.reshape(values.shape)

    known = ocean.to(own.dtype)
    change = smooth((factor * made - own) * known) / smooth(known).clamp(min=1e-3)
    return (own + change) * known
