"""From layers to levels: smooth profiles centred on the moving interfaces."""

import numpy as np

from graphs.types import Floats
from oxygen_recon.sources.dynamical_twin.ocean.basin import Single
from oxygen_recon.sources.dynamical_twin.ocean.tracers import LOWER, MIXED, UPPER

LEVELS = np.array(
    [0, 6, 10, 20, 30, 50, 70, 100, 125, 150, 200, 250, 300, 400, 500], float
)  # m, of the published model
_MIXED_WIDTH = 0.12  # of the depth of the mixed layer, over which its lower edge is spread
_WIDTHS = (45.0, 60.0)  # m, of the two interfaces


def profile(boxes: Single, deep: Floats, mixed: Single, thickness: Single, levels: Floats = LEVELS) -> Single:
    """Return a quantity of the boxes on levels.

    Parameters
    ----------
    boxes : array, shape (3, ...)
        In mixed layer, rest of the upper layer and lower layer.
    deep : array, shape (...)
        Below them.
    mixed : array, shape (...)
        Depth of the mixed layer, m.
    thickness : array, shape (2, ...)
        Of the layers, m.
    levels : array, shape (level,), optional
        Depths, m.

    Returns
    -------
    array of float32, shape (level, ...)
        Steps at the lower edges of the boxes, each a logistic function of depth.

    Examples
    --------
    >>> boxes = np.array([20.0, 12.0, 8.0], np.float32)
    >>> layers = np.array([300.0, 400.0], np.float32)
    >>> profile(boxes, np.float32(4), np.float32(50), layers, np.array([0.0, 150.0, 300.0, 500.0])).round(1)
    array([20. , 11.9, 10. ,  7.9], dtype=float32)
    """
    edges = (mixed, thickness[0], thickness[0] + thickness[1])
    widths = (np.maximum(np.float32(_MIXED_WIDTH) * mixed, np.float32(1)), *(np.float32(width) for width in _WIDTHS))
    values = (boxes[MIXED], boxes[UPPER], boxes[LOWER], deep)
    depth = np.asarray(levels, np.float32).reshape(-1, *([1] * np.ndim(mixed)))
    result = np.broadcast_to(values[0], (len(levels), *np.shape(mixed))).astype(np.float32)
    for edge, width, above, below in zip(edges, widths, values[:-1], values[1:], strict=True):
        result += (below - above) * (0.5 + 0.5 * np.tanh((depth - edge) / (2 * width)))
    return result


def surface_drift(stress: Floats, coriolis: Floats, thickness: Floats, levels: Floats = LEVELS) -> Single:
    """Return what the wind adds to the current of the upper layer at each level, without its mean over the layer.

    Parameters
    ----------
    stress : array, shape (2, rows, columns)
        Wind stress, N/m2.
    coriolis : array, shape (rows, 1)
        Coriolis parameter, 1/s.
    thickness : array, shape (rows, columns)
        Of the upper layer, m.
    levels : array, shape (level,), optional
        Depths, m.

    Returns
    -------
    array of float32, shape (2, level, rows, columns)
        Eastward and northward, m/s: Ekman's balance with a friction of one day in 30 m, falling with depth.
    """
    scale, friction = 30.0, 1 / 86400
    force = stress / (1025.0 * scale)
    size = friction**2 + coriolis**2
    east = (friction * force[0] + coriolis * force[1]) / size
    north = (friction * force[1] - coriolis * force[0]) / size
    shape = np.exp(-levels[:, None, None] / scale) - scale / thickness
    inside = levels[:, None, None] < thickness
    return np.asarray(np.stack([east, north])[:, None] * np.where(inside, shape, 0), np.float32)
