"""Hold-out validation: predictions for a held-out fold, never-sampled targets, calibrated standard errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.dataset.folds import BalancedGroupKFold
from oxygen_recon.evaluation.predictions import Predictions, Targets
from oxygen_recon.models.interface import Method, estimate
from oxygen_recon.models.nearness import Nearness
from oxygen_recon.models.uncertainty import Calibration, calibrate

_PARTS = 10  # of the groups, when their standard errors are calibrated by each other


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


def calibration_of(predictions: Predictions, depth: Floats, near: Nearness, group: Ints | None = None) -> Calibration:
    """Find the calibration of a method's standard errors from all of its held-out estimates.

    Parameters
    ----------
    predictions : Predictions
        Held-out estimates, their scale as the method gives it.
    depth : array, shape (target,)
        Depth of each target, m.
    near : Nearness
        How near the observations are that the estimates could use.
    group : int array, shape (target,), optional
        What is held out as a whole; when left out no class of places gets a factor of its own.

    Returns
    -------
    Calibration
        That of the delivered field and of never-sampled cells.
    """
    return calibrate(predictions.truth, predictions.mean, predictions.scale, depth, near, group)


def calibrated(predictions: Predictions, depth: Floats, near: Nearness, group: Ints) -> Predictions:
    """Scale the standard errors of some groups by the calibration found in the others.

    Groups are in `_PARTS` parts, each calibrated by the others. The parts are not the folds: targets far from
    observations may all be in one fold, and the others would not show how large errors are there, as all do together
    for the delivered field.

    Parameters
    ----------
    predictions : Predictions
        Held-out estimates of all folds.
    depth : array, shape (target,)
        Depth of each target, m.
    near : Nearness
        How near the observations are that the estimates could use.
    group : int array, shape (target,)
        What is held out as a whole: no target, nor another of its group, has a part in the calibration of its own. A
        single group calibrates itself.

    Returns
    -------
    Predictions
        The same means, calibrated scales.
    """
    scale = predictions.scale.copy()
    groups = np.unique(group).size
    if groups < 2:
        return widened(predictions, depth, near, calibration_of(predictions, depth, near))
    for others, inside in BalancedGroupKFold(min(groups, _PARTS)).split(group, groups=group):
        found = calibration_of(predictions.take(others), depth[others], near.take(others), group[others])
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
