"""Reconstruction of every cell in a window of steps, by the fold models and their calibrated errors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats
from oxygen_recon.dataset.domain import Domain, Samples, layer_of
from oxygen_recon.models.interface import Method, estimate


def reconstruct_window(
    methods: Sequence[Method], domain: Domain, samples: Samples, factor: Floats, start: int, stop: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Estimate oxygen in all wet cells of the steps start ... stop - 1.

    Parameters
    ----------
    methods : sequence of Method
        Fitted, one for each held-out fold; each now has every sample as context.
    domain : Domain
        Cells and steps.
    samples : Samples
        All samples.
    factor : array, shape (layer,)
        Calibration of the standard errors from held-out points (`oxygen_recon.models.uncertainty.calibration`).
    start, stop : int
        Window of steps.

    Returns
    -------
    mean, error : float32 array, shape (stop - start, cell)
        Mean of the methods and standard error, umol kg-1: the calibrated error of the methods and the spread between
        them, added in quadrature.
    """
    cell = np.tile(np.arange(domain.cells), stop - start)
    step = np.repeat(np.arange(start, stop), domain.cells)
    inflate = factor[layer_of(domain.depth)][cell]
    means, squares = np.zeros(cell.size), np.zeros(cell.size)
    variance = np.zeros(cell.size)
    for method in methods:
        mean, scale = estimate(method, domain, samples, cell, step)
        means += mean / len(methods)
        squares += mean**2 / len(methods)
        variance += (scale * inflate) ** 2 / len(methods)
    spread = np.maximum(squares - means**2, 0.0)
    shape = (stop - start, domain.cells)
    return (
        means.reshape(shape).astype(np.float32),
        np.sqrt(variance + spread).reshape(shape).astype(np.float32),
    )
