"""Light for the ecosystem: from the top of the air, by latitude and day, down into the boxes."""

import numpy as np

from graphs.types import Floats
from oxygen_recon.sources.dynamical_twin.ocean.basin import Single
from oxygen_recon.sources.dynamical_twin.ocean.weather import YEAR

_SOLAR = 1361.0  # W/m2
_VISIBLE = 0.43 * 0.6  # of it that plants can use, under mean cloud
_WATER, _CHLOROPHYLL = 0.04, 0.03  # 1/m and 1/m for each mg/m3, attenuation


def surface_light(latitude: Floats, day: float) -> Floats:
    """Return the mean of a day's light at the sea surface, W/m2 of what plants use.

    Parameters
    ----------
    latitude : array
        Degrees north.
    day : float
        Days since the first of January.

    Returns
    -------
    array
        By Milankovitch's formula for a circular orbit, 26 % of what arrives above the air.

    Examples
    --------
    >>> surface_light(np.array([-60.0, 0.0, 60.0]), 172.0).round()
    array([  6., 103., 127.])
    """
    sun = np.radians(23.44) * np.sin(2 * np.pi * (day - 80) / YEAR)
    north = np.radians(latitude)
    hour = np.arccos(np.clip(-np.tan(north) * np.tan(sun), -1, 1))
    height = hour * np.sin(north) * np.sin(sun) + np.cos(north) * np.cos(sun) * np.sin(hour)
    return np.asarray(_SOLAR * _VISIBLE * np.maximum(height, 0) / np.pi)


def light_in_boxes(surface: Single, chlorophyll: Single, boxes: Single) -> Single:
    """Return the mean light of the boxes, W/m2, shape (3, size); none in the lower layer.

    Parameters
    ----------
    surface : array, shape (size,)
        Light at the surface, W/m2.
    chlorophyll : array, shape (2, size)
        In the mixed layer and the rest of the upper layer, mg/m3.
    boxes : array, shape (3, size)
        Thickness of the boxes, m.
    """
    result = np.zeros_like(boxes)
    above = surface
    for box in range(2):
        depth = (np.float32(_WATER) + np.float32(_CHLOROPHYLL) * chlorophyll[box]) * boxes[box]
        left = np.exp(-depth)
        result[box] = above * (1 - left) / depth
        above = above * left
    return result
