"""Light for the ecosystem: what of the sun passes the air, and how it fades in the boxes."""

import numpy as np

from oxygen_recon.sources.dynamical_twin.ocean.basin import Single

VISIBLE = 0.43 * 0.6  # of the sun above the air, what plants can use under mean cloud
_WATER, _CHLOROPHYLL = 0.04, 0.03  # 1/m and 1/m for each mg/m3, attenuation


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
