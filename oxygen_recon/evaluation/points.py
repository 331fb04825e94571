"""Judging methods alike: the same held-out cruises, the same never-sampled cells, the same calibration of errors."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from oxygen_recon.dataset.domain import Domain, Estimate, Floats, Ints, Samples
from oxygen_recon.evaluation import metrics
from oxygen_recon.models.interface import Method
from oxygen_recon.runtime.errors import naming_damage
from oxygen_recon.runtime.files import replacing

LAYER_EDGES = [top for top, _ in metrics.LAYERS.values()][1:]  # m; errors are calibrated layer by layer


@dataclass(frozen=True)
class Points:
    """Targets with their truth and one method's estimate.

    Parameters
    ----------
    cell, step : int array, shape (target,)
        Where and when in the domain.
    fold : int array, shape (target,)
        Fold in which the target was held out; -1 at never-sampled cells.
    truth, mean, scale : array, shape (target,)
        Oxygen, estimate and standard error, umol kg-1; mean and scale are NaN where a climate model has no ocean.
    """

    cell: Ints
    step: Ints
    fold: Ints
    truth: Floats
    mean: Floats
    scale: Floats


def estimate(
    method: Method, domain: Domain, seen: Samples, cell: Ints, step: Ints, chunk: int = 500_000
) -> tuple[Floats, Floats]:
    """Ask a fitted method for oxygen at targets.

    Parameters
    ----------
    method : Method
        Fitted.
    domain : Domain
        Where the targets lie.
    seen : Samples
        Observations the method may look at.
    cell, step : int array, shape (target,)
        Targets.
    chunk : int
        Targets asked for at once; bounds the memory.

    Returns
    -------
    mean, scale : array, shape (target,)
        umol kg-1; the mean is not below 0, the least oxygen there can be.
    """
    parts: list[Estimate] = [
        method.predict(domain, seen, cell[i : i + chunk], step[i : i + chunk]) for i in range(0, cell.size, chunk)
    ]
    mean = np.concatenate([np.asarray(part.mean)[:, 0] for part in parts])
    scale = np.concatenate([np.asarray(part.scale)[:, 0] for part in parts])
    return np.maximum(mean, 0.0), scale


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
    return Points(held.cell, held.step, np.full(len(held), i), held.oxygen, mean, scale)


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


def calibration(points: Points, depth: Floats) -> Floats:
    """Find by how much the standard errors of a method are too small, layer by layer, from held-out points.

    Parameters
    ----------
    points : Points
        Held-out estimates.
    depth : array, shape (target,)
        Depth of each target, m.

    Returns
    -------
    array, shape (layer,)
        Root mean square of (truth - mean) / scale in each of `metrics.LAYERS`, robust against single blunders by
        leaving out the largest 0.5 %; 1 where a layer has fewer than 30 points.
    """
    z = np.abs(points.truth - points.mean) / points.scale
    layer = np.digitize(depth, LAYER_EDGES)
    factor = np.ones(len(metrics.LAYERS))
    for i in range(factor.size):
        inside = z[(layer == i) & np.isfinite(z)]
        if inside.size >= 30:
            factor[i] = np.sqrt(np.mean(np.sort(inside)[: int(np.ceil(0.995 * inside.size))] ** 2))
    return factor


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
    layer = np.digitize(depth, LAYER_EDGES)
    for fold in np.unique(points.fold):
        inside = points.fold == fold
        others = select(points, ~inside) if (~inside).any() else points
        scale[inside] *= calibration(others, depth[~inside] if (~inside).any() else depth)[layer[inside]]
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
    return replace(points, scale=points.scale * factor[np.digitize(domain.depth[points.cell], LAYER_EDGES)])


def select(points: Points, which: NDArray[np.bool_]) -> Points:
    """Return the points a mask selects."""
    return Points(
        points.cell[which], points.step[which], points.fold[which],
        points.truth[which], points.mean[which], points.scale[which],
    )  # fmt: skip


def join(parts: list[Points]) -> Points:
    """Put the points of several folds after each other."""
    names = ("cell", "step", "fold", "truth", "mean", "scale")
    return Points(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def skill(points: dict[tuple[str, str], Points], depth: Floats) -> pd.DataFrame:
    """Score every method at the same targets, pooled and by layer.

    Parameters
    ----------
    points : dict
        (split, method) to points. Within a split all methods have the same targets; those where any of them has no
        estimate (a climate model without ocean there) are left out for all.
    depth : array, shape (cell,)
        Depth of the domain's cells, m.

    Returns
    -------
    pandas.DataFrame
        One row a split, method and layer ("all" first), with n, bias, MAE, RMSE, MAPE, R2, coverage and CRPS
        (`oxygen_recon.evaluation.metrics`), and the standard deviation of RMSE over folds as RMSE_spread.
    """
    rows = []
    for split in dict.fromkeys(split for split, _ in points):
        methods = {method: p for (s, method), p in points.items() if s == split}
        known = np.all([np.isfinite(p.mean) for p in methods.values()], axis=0)
        for method, p in methods.items():
            rows += _rows(split, method, select(p, known), depth)
    return pd.DataFrame(rows)


def _rows(split: str, method: str, points: Points, depth: Floats) -> list[dict[str, str | float]]:
    layer = np.digitize(depth[points.cell], LAYER_EDGES)
    rows = []
    for i, name in enumerate(("all", *metrics.LAYERS)):
        inside = np.ones(layer.shape, bool) if i == 0 else layer == i - 1
        if not inside.any():
            continue
        p = select(points, inside)
        scale = p.scale if np.isfinite(p.scale).all() else None
        folds = [np.sqrt(np.mean((p.mean - p.truth)[p.fold == f] ** 2)) for f in np.unique(p.fold)]
        spread = float(np.std(folds, ddof=1)) if len(folds) > 1 else np.nan
        rows.append(
            {"split": split, "method": method, "layer": name}
            | metrics.score(p.truth, p.mean, scale)
            | {"RMSE_spread": spread}
        )
    return rows


def save(points: Points, path: Path) -> None:
    """Write points to a .npz file, whole or not at all."""
    with replacing(path) as partial, partial.open("wb") as stream:
        np.savez_compressed(stream, **vars(points))


def load(path: Path) -> Points:
    """Read points written by `save`; raises Mistake if the file is damaged."""
    with naming_damage(path), np.load(path, allow_pickle=False) as arrays:
        return Points(**arrays)
