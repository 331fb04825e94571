"""Hold-out: fit without a fold, estimate at its samples; never-sampled targets; calibrated standard errors."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples, layer_of
from oxygen_recon.evaluation.points import Points, select
from oxygen_recon.models.interface import Method, estimate
from oxygen_recon.models.uncertainty import calibration


def hold_out(method: Method, domain: Domain, samples: Samples, fold: Ints, i: int, seed: int) -> Points:
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
    Points
        The samples of the fold; scale as the method gives it.
    """
    held, seen = samples.take(fold == i), samples.take(fold != i)
    method.fit(domain, seen, seed)
    mean, scale = estimate(method, domain, seen, held.cell, held.step)
    return Points(held.cell, held.step, np.full(len(held), i), held.values["oxygen"], mean, scale)


def never_sampled(domain: Domain, samples: Samples, truth: Floats, most: int, seed: int) -> tuple[Ints, Ints]:
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
    cell, step : int array, shape (target,)
    """
    unknown = np.isfinite(truth)
    unknown[samples.step, samples.cell] = False
    flat = np.flatnonzero(unknown)
    if flat.size > most:
        flat = np.sort(np.random.default_rng(seed).choice(flat, most, replace=False))
    return flat % domain.cells, flat // domain.cells


def calibrated(points: Points, depth: Floats) -> Points:
    """Scale each fold's standard errors by the calibration that the other folds ask for.

    Parameters
    ----------
    points : Points
        Held-out estimates of all folds.
    depth : array, shape (target,)
        Depth of each target, m.

    Returns
    -------
    Points
        The same means, calibrated scales: no point helps to set its own error bar.
    """
    scale = points.scale.copy()
    layer = layer_of(depth)
    for fold in np.unique(points.fold):
        inside = points.fold == fold
        others = select(points, ~inside) if (~inside).any() else points
        scale[inside] *= calibration(
            others.truth, others.mean, others.scale, depth[~inside] if (~inside).any() else depth
        )[layer[inside]]
    return replace(points, scale=scale)


def widened(points: Points, domain: Domain, factor: Floats) -> Points:
    """Scale standard errors by a calibration found at other points.

    Parameters
    ----------
    points : Points
        Estimates at targets that had no part in the calibration.
    domain : Domain
        Where the targets lie.
    factor : array, shape (layer,)
        As `calibration` gives it.

    Returns
    -------
    Points
        The same means, calibrated scales.
    """
    return replace(points, scale=points.scale * factor[layer_of(domain.depth[points.cell])])
