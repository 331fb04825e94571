"""Hold-out validation: predictions for a held-out fold, never-sampled targets, calibrated standard errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.evaluation.predictions import Predictions, Targets
from oxygen_recon.models.interface import Method, estimate
from oxygen_recon.models.nearness import Nearness
from oxygen_recon.models.uncertainty import Calibration, calibrate


def hold_out(method: Method, domain: Domain, samples: Samples, fold: Ints, i: int, seed: int) -> Predictions:
    """Fit without fold `i` and estimate at its samples.

    Parameters
    ----------
    method : Method
        Not yet fitted.
    domain : Domain
        Cells and steps.
    samples : Samples
        All samples.
    fold : int array, shape (sample,)
        Fold of each sample; whole groups share one.
    i : int
        Fold that is held out.
    seed : int
        Given to the fit.

    Returns
    -------
    Predictions
        The samples of the fold; scale as the method gives it.
    """
    held, context = samples.take(fold == i), samples.take(fold != i)
    method.fit(domain, context, seed)
    mean, scale = estimate(method, domain, context, held.cell, held.step)
    return Predictions(held.cell, held.step, np.full(len(held), i), held.values["oxygen"], mean, scale)


def never_sampled(domain: Domain, samples: Samples, truth: Floats, most: int, seed: int) -> Targets:
    """Choose cells and steps that no sample ever reached and whose truth is known.

    Parameters
    ----------
    domain : Domain
        Cells and steps.
    samples : Samples
        All samples, of every fold.
    truth : array, shape (step, cell)
        True oxygen, umol kg-1; NaN where unknown.
    most : int
        At most so many are drawn, without replacement; all where there are fewer.
    seed : int
        Makes the draw repeatable.

    Returns
    -------
    Targets
    """
    never = np.isfinite(truth)
    never[samples.step, samples.cell] = False
    flat = np.flatnonzero(never)
    if flat.size > most:
        flat = np.sort(np.random.default_rng(seed).choice(flat, most, replace=False))
    cell, step = flat % domain.cells, flat // domain.cells
    return Targets(cell, step, truth[step, cell])


def calibration_of(predictions: Predictions, depth: Floats, near: Nearness) -> Calibration:
    """Find the calibration of a method's standard errors from all of its held-out estimates.

    Parameters
    ----------
    predictions : Predictions
        Held-out estimates, their scale as the method gives it.
    depth : array, shape (target,)
        Depth of each target, m.
    near : Nearness
        How near the observations are that the estimates could use.

    Returns
    -------
    Calibration
        That of the delivered field and of never-sampled cells.
    """
    return calibrate(predictions.truth, predictions.mean, predictions.scale, depth, near)


def calibrated(predictions: Predictions, depth: Floats, near: Nearness) -> Predictions:
    """Scale each fold's standard errors by the calibration found in the other folds.

    Parameters
    ----------
    predictions : Predictions
        Held-out estimates of all folds.
    depth : array, shape (target,)
        Depth of each target, m.
    near : Nearness
        How near the observations are that the estimates could use.

    Returns
    -------
    Predictions
        The same means, calibrated scales: no target has a part in the calibration of its own.
    """
    scale = predictions.scale.copy()
    for fold in np.unique(predictions.fold):
        inside = predictions.fold == fold
        elsewhere = ~inside if (~inside).any() else inside  # a single fold calibrates itself
        found = calibration_of(predictions.take(elsewhere), depth[elsewhere], near.take(elsewhere))
        scale[inside] *= found.multiplier(depth[inside], near.take(inside))
    return replace(predictions, scale=scale)


def widened(predictions: Predictions, depth: Floats, near: Nearness, found: Calibration) -> Predictions:
    """Scale standard errors by a calibration found at other predictions.

    Parameters
    ----------
    predictions : Predictions
        Estimates at targets that had no part in the calibration.
    depth : array, shape (target,)
        Depth of each target, m.
    near : Nearness
        How near the observations are that the estimates could use.
    found : Calibration
        As `calibration_of` gives it.

    Returns
    -------
    Predictions
        The same means, calibrated scales.
    """
    return replace(predictions, scale=predictions.scale * found.multiplier(depth, near))
