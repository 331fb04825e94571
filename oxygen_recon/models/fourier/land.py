"""Values on land as the published network has them: zonal means of the ocean."""

from __future__ import annotations

from torch import Tensor, where


def zonal_mean(state: Tensor, ocean: Tensor) -> Tensor:
    """Mean over longitude of the ocean of each row; in a row without ocean the mean of all ocean cells of the channel.

    Parameters
    ----------
    state : tensor, shape (..., channel, latitude, longitude)
        Anything on land.
    ocean : bool tensor, shape (channel, latitude, longitude)
        What is ocean.

    Returns
    -------
    tensor, shape (..., channel, latitude, 1)
    """
    number = ocean.sum(dim=-1, keepdim=True)
    total = where(ocean, state, 0.0).sum(dim=-1, keepdim=True)
    level = total.sum(dim=-2, keepdim=True) / number.sum(dim=-2, keepdim=True)
    return where(number > 0, total / number.clamp(min=1), level)
