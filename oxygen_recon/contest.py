"""The contest: baselines and climate models at exactly the targets of the graph model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from oxygen_recon import cmip6, evaluate
from oxygen_recon.batch import Domain, Floats, Ints, Samples
from oxygen_recon.evaluate import Points
from oxygen_recon.models.protocol import Method


def held_out(
    build: Callable[[], Method], folder: Path, domain: Domain, samples: Samples, fold: Ints, seed: int
) -> Points:
    """Fit a method once a fold and estimate what it never saw, going on with folds already in the folder.

    Parameters
    ----------
    build : callable
        Makes the unfitted method.
    folder : Path
        Keeps the points of each fold.
    domain : Domain
    samples : Samples
    fold : int array, shape (sample,)
        Fold of each sample; -1 is never held out.
    seed : int
        Fold i is fitted with seed + i.

    Returns
    -------
    Points
        All held-out samples, with calibrated scales.
    """
    parts = []
    for i in np.unique(fold[fold >= 0]):
        path = folder / f"fold{i}.npz"
        if not path.exists():
            evaluate.save(evaluate.hold_out(build(), domain, samples, fold, int(i), seed + int(i)), path)
        parts.append(evaluate.load(path))
    points = evaluate.join(parts)
    return evaluate.calibrated(points, domain.depth[points.cell])


def unseen(
    method: Method, folder: Path, domain: Domain, samples: Samples, cell: Ints, step: Ints, truth: Floats,
    factor: Floats, seed: int,
) -> Points:  # fmt: skip
    """Fit a method on every sample and estimate at cells no sample reached.

    Parameters
    ----------
    method : Method
        Not yet fitted.
    folder : Path
        Keeps the points.
    domain : Domain
    samples : Samples
        All of them.
    cell, step : int array, shape (target,)
        Never-sampled targets.
    truth : array, shape (step, cell)
        umol kg-1.
    factor : array, shape (layer,)
        Calibration of the scale from held-out points.
    seed : int

    Returns
    -------
    Points
    """
    path = folder / "unseen.npz"
    if not path.exists():
        method.fit(domain, samples, seed)
        mean, scale = evaluate.estimate(method, domain, samples, cell, step)
        scale = scale * factor[np.digitize(domain.depth[cell], evaluate.LAYER_EDGES)]
        evaluate.save(Points(cell, step, np.full(cell.size, -1), truth[step, cell], mean, scale), path)
    return evaluate.load(path)


def climate_model(paths: list[Path], domain: Domain, asked: Points) -> Points:
    """Read a climate model at the targets of another method.

    Parameters
    ----------
    paths : list of Path
        CMIP6 files of o2.
    domain : Domain
    asked : Points
        Their targets and truth are taken over.

    Returns
    -------
    Points
        Mean is NaN where the model has no ocean; scale is NaN, for a climate model states none.
    """
    model = cmip6.open_oxygen(paths)
    # A step is a mean over its length: the model's months within it are averaged; a static field is a mean of all.
    step = float(np.median(np.diff(domain.years))) if domain.steps > 1 else np.inf
    places = (domain.latitude, domain.longitude, domain.depth)
    latitude, longitude, depth = (values[asked.cell].astype(np.float64) for values in places)
    mean = cmip6.sample(model, latitude, longitude, depth, domain.years[asked.step].astype(np.float64), step)
    return Points(asked.cell, asked.step, asked.fold, asked.truth, mean, np.full(mean.shape, np.nan))
