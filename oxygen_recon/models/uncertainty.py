"""Calibration: by how much the standard errors of a method are too small, layer by layer."""

from __future__ import annotations

import numpy as np

from graphs.types import Floats
from oxygen_recon.dataset.domain import LAYERS, layer_of


def calibration(truth: Floats, mean: Floats, scale: Floats, depth: Floats) -> Floats:
    """Find by how much the standard errors of a method are too small, layer by layer, from held-out points.

    Parameters
    ----------
    truth, mean, scale : array, shape (target,)
        Oxygen, held-out estimate and its standard error, umol kg-1; NaN where there is no estimate.
    depth : array, shape (target,)
        Depth of each target, m.

    Returns
    -------
    array, shape (layer,)
        Root mean square of (truth - mean) / scale in each layer of `oxygen_recon.dataset.domain.LAYERS`, robust
        against single blunders by leaving out the largest 0.5 %; 1 where a layer has fewer than 30 points.

    Examples
    --------
    >>> calibration(np.tile([204.0, 196.0], 20), np.full(40, 200.0), np.full(40, 2.0), np.full(40, 100.0))
    array([1., 2., 1., 1.])
    """
    z = np.abs(truth - mean) / scale
    layer = layer_of(depth)
    factor = np.ones(len(LAYERS))
    for i in range(factor.size):
        inside = z[(layer == i) & np.isfinite(z)]
        if inside.size >= 30:
            factor[i] = np.sqrt(np.mean(np.sort(inside)[: int(np.ceil(0.995 * inside.size))] ** 2))
    return factor
