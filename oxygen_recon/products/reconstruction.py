"""Reconstruction of every cell in a window of steps, by the fold models and their calibrated errors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from graphs.types import Floats, Ints, Mask
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.interface import Method, estimate
from oxygen_recon.models.nearness import nearness
from oxygen_recon.models.uncertainty import Calibration
from oxygen_recon.products.observations_near import WITHIN, reaches

_MOST_CELLS = 1_000_000  # cells x steps that are looked at together; bounds the memory


def background_alone(domain: Domain, samples: Samples, start: int, stop: int) -> Mask:
    """Tell where no observation of the same level is near, so that an estimate rests on the background alone.

    What is near is defined by `oxygen_recon.products.observations_near.reaches`.

    Parameters
    ----------
    domain : Domain
        Cells and steps.
    samples : Samples
        All samples.
    start, stop : int
        Window of steps.

    Returns
    -------
    bool array, shape (stop - start, cell)
    """

    def place(cell: Ints, step: Ints) -> Floats:
        return reaches(domain.latitude[cell], domain.longitude[cell], domain.years[step])

    alone = np.ones((stop - start, domain.cells), bool)
    for level in np.unique(domain.level):
        own = domain.level[samples.cell] == level
        cells = np.flatnonzero(domain.level == level)
        cell, step = np.tile(cells, stop - start), np.repeat(np.arange(start, stop), cells.size)
        if own.any():
            tree = cKDTree(place(samples.cell[own], samples.step[own]))
            near, _ = tree.query(place(cell, step), distance_upper_bound=WITHIN)
            alone[:, cells] = np.isinf(near).reshape(stop - start, cells.size)
    return alone


def far_share(domain: Domain, samples: Samples) -> float:
    """Return the share of all cells and steps that no observation of their level is near (`background_alone`).

    Parameters
    ----------
    domain : Domain
        Cells and steps.
    samples : Samples
        All samples.
    """
    length = max(1, _MOST_CELLS // domain.cells)
    windows = [(start, min(start + length, domain.steps)) for start in range(0, domain.steps, length)]
    far = sum(int(background_alone(domain, samples, start, stop).sum()) for start, stop in windows)
    return far / (domain.cells * domain.steps)


class Estimates(NamedTuple):
    """Estimates of the reconstruction.

    Parameters
    ----------
    mean, error : float32 array
        Mean of the methods and standard error, umol kg-1: the calibrated error of the methods and the spread between
        them, added in quadrature.
    beyond : bool array
        Where observations are farther away than from any held-out point: the calibration is continued by its trend.
    """

    mean: NDArray[np.float32]
    error: NDArray[np.float32]
    beyond: Mask


def estimate_cells(
    methods: Sequence[Method], domain: Domain, samples: Samples, calibration: Calibration, cell: Ints, step: Ints
) -> Estimates:
    """Estimate oxygen at some wet cells and steps.

    Parameters
    ----------
    methods : sequence of Method
        Fitted, one for each held-out fold; each now has every sample as context.
    domain : Domain
        Cells and steps.
    samples : Samples
        All samples.
    calibration : Calibration
        Of the standard errors, from held-out points.
    cell, step : int array, shape (target,)
        Where and when.

    Returns
    -------
    Estimates
        Shape (target,).
    """
    near = nearness(domain, samples, cell, step)
    multiplier = calibration.multiplier(domain.depth[cell], near)
    means, squares = np.zeros(cell.size), np.zeros(cell.size)
    variance = np.zeros(cell.size)
    for method in methods:
        mean, scale = estimate(method, domain, samples, cell, step)
        means += mean / len(methods)
        squares += mean**2 / len(methods)
        variance += (scale * multiplier) ** 2 / len(methods)
    spread = np.maximum(squares - means**2, 0.0)
    error = np.sqrt(variance + spread).astype(np.float32)
    return Estimates(means.astype(np.float32), error, calibration.beyond(near))


def reconstruct_window(
    methods: Sequence[Method], domain: Domain, samples: Samples, calibration: Calibration, start: int, stop: int
) -> Estimates:
    """Estimate oxygen in all wet cells of the steps start ... stop - 1.

    Parameters
    ----------
    methods, domain, samples, calibration
        As for `estimate_cells`.
    start, stop : int
        Window of steps.

    Returns
    -------
    Estimates
        Shape (stop - start, cell).
    """
    cell = np.tile(np.arange(domain.cells), stop - start)
    step = np.repeat(np.arange(start, stop), domain.cells)
    shape = (stop - start, domain.cells)
    found = estimate_cells(methods, domain, samples, calibration, cell, step)
    return Estimates(found.mean.reshape(shape), found.error.reshape(shape), found.beyond.reshape(shape))
