"""The contest: baselines and climate models at exactly the targets of the graph model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from oxygen_recon import cmip6, cmip6_points, evaluate
from oxygen_recon.batch import Domain, Floats, Ints, Samples
from oxygen_recon.evaluate import Points
from oxygen_recon.models.protocol import Method

HELD_OUT, UNSEEN = "held out", "never sampled"


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
        All held-out samples, scale as the method gives it.
    """
    parts = []
    for i in np.unique(fold[fold >= 0]):
        path = folder / f"fold{i}.npz"
        if not path.exists():
            evaluate.save(evaluate.hold_out(build(), domain, samples, fold, int(i), seed + int(i)), path)
        parts.append(evaluate.load(path))
    return evaluate.join(parts)


def unseen(
    method: Method, folder: Path, domain: Domain, samples: Samples, cell: Ints, step: Ints, truth: Floats, seed: int
) -> Points:
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
    seed : int

    Returns
    -------
    Points
        Scale as the method gives it.
    """
    path = folder / "unseen.npz"
    if not path.exists():
        method.fit(domain, samples, seed)
        mean, scale = evaluate.estimate(method, domain, samples, cell, step)
        evaluate.save(Points(cell, step, np.full(cell.size, -1), truth[step, cell], mean, scale), path)
    return evaluate.load(path)


def enter(
    build: Callable[[], Method], folder: Path, domain: Domain, samples: Samples, fold: Ints,
    asked: tuple[Ints, Ints, Floats] | None, seed: int,
) -> dict[str, Points]:  # fmt: skip
    """Let a baseline answer for every target of the contest, its standard errors calibrated as those of the rest.

    Parameters
    ----------
    build : callable
        Makes the unfitted method.
    folder : Path
        Keeps what it has answered so far.
    domain : Domain
    samples : Samples
    fold : int array, shape (sample,)
        Fold of each sample; -1 is never held out.
    asked : (cell, step, truth), optional
        Never-sampled targets and the whole true field, shape (step, cell), umol kg-1, where it is known.
    seed : int

    Returns
    -------
    dict
        Points by split, `HELD_OUT` and, where the truth is known, `UNSEEN`.
    """
    raw = held_out(build, folder, domain, samples, fold, seed)
    depth = domain.depth[raw.cell]
    points = {HELD_OUT: evaluate.calibrated(raw, depth)}
    if asked is not None:
        points[UNSEEN] = evaluate.widened(
            unseen(build(), folder, domain, samples, *asked, seed), domain, evaluate.calibration(raw, depth)
        )
    return points


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
    mean = cmip6_points.sample(model, latitude, longitude, depth, domain.years[asked.step].astype(np.float64), step)
    return Points(asked.cell, asked.step, asked.fold, asked.truth, mean, np.full(mean.shape, np.nan))
