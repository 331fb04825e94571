"""Values on land, before normalisation: the zonal mean of the ocean, or the mean of the level in rows without any."""

import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats, Mask


def fill_land(values: Floats, ocean: Mask) -> NDArray[np.float32]:
    """Fill land as the published models do: by zonal means, then level means (AI-GOMS, arXiv 2308.03152).

    Parameters
    ----------
    values : array, shape (..., channel, latitude, longitude)
        Anything on land.
    ocean : bool array, shape (channel, latitude, longitude)
        What is ocean; at least one cell a channel.

    Returns
    -------
    float32 array of the same shape
        The ocean as it was. On land the mean over longitude of the ocean cells of the row; in a row that is all land
        the mean of all ocean cells of the channel, each counted once.

    Examples
    --------
    >>> ocean = np.array([[[True, True, False], [False, False, False]]])
    >>> fill_land(np.array([[[1.0, 3.0, np.nan], [np.nan, np.nan, np.nan]]]), ocean).tolist()
    [[[1.0, 3.0, 2.0], [2.0, 2.0, 2.0]]]
    """
    filled = np.where(ocean, values, 0.0).astype(np.float32)
    number = ocean.sum(axis=-1)  # (channel, latitude)
    total = filled.sum(axis=-1, dtype=np.float64)  # (..., channel, latitude)
    level = total.sum(axis=-1, keepdims=True) / number.sum(axis=-1, keepdims=True)
    zonal = np.where(number > 0, total / np.maximum(number, 1), level)
    np.copyto(filled, zonal[..., None].astype(np.float32), where=~ocean)
    return filled
