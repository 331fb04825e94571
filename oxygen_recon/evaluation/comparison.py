"""The contest: baselines and climate models at exactly the targets of the graph model."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.evaluation import climate_models as cmip6_points
from oxygen_recon.evaluation import holdout
from oxygen_recon.evaluation import points as evaluate
from oxygen_recon.evaluation.points import Points
from oxygen_recon.fields import cmip6
from oxygen_recon.models import interface, uncertainty
from oxygen_recon.models.interface import Method

HELD_OUT, UNSEEN = "held out", "never sampled"


Asked = tuple[Ints, Ints, Floats]
"""Never-sampled cells and steps, each (target,), and the whole true field, shape (step, cell), umol kg-1."""


@dataclass(frozen=True)
class Entry:
    """One thing a baseline is asked for.

    Parameters
    ----------
    kind : str
        Which baseline.
    fold : int, optional
        The fold it has to estimate from the others; None for the never-sampled targets, from every sample.
    """

    kind: str
    fold: int | None

    def path(self, folder: Path) -> Path:
        """Name the file of the answer."""
        return folder / ("unseen.npz" if self.fold is None else f"fold{self.fold}.npz")


def answer(
    method: Method, folder: Path, entry: Entry, domain: Domain, samples: Samples, fold: Ints, asked: Asked | None,
    seed: int,
) -> None:  # fmt: skip
    """Fit a baseline, estimate what it is asked for, and keep that in its folder.

    Parameters
    ----------
    method : Method
        Not yet fitted.
    folder : Path
        Keeps the points, their scale as the method gives it.
    entry : Entry
    domain : Domain
    samples : Samples
    fold : int array, shape (sample,)
        Fold of each sample; -1 is never held out.
    asked : Asked or None
        Needed for never-sampled targets.
    seed : int
        Fold i is fitted with seed + i.

    Raises
    ------
    ValueError
        If the entry is for never-sampled targets and none are given.
    """
    if entry.fold is not None:
        points = holdout.hold_out(method, domain, samples, fold, entry.fold, seed + entry.fold)
    elif asked is not None:
        cell, step, truth = asked
        method.fit(domain, samples, seed)
        mean, scale = interface.estimate(method, domain, samples, cell, step)
        points = Points(cell, step, np.full(cell.size, -1), truth[step, cell], mean, scale)
    else:
        raise ValueError("never-sampled targets need a truth")
    evaluate.save(points, entry.path(folder))


def answers(folder: Path, entries: list[Entry], domain: Domain) -> dict[str, Points]:
    """Collect what a baseline answered, its standard errors calibrated as those of the rest.

    Parameters
    ----------
    folder : Path
        As `answer` left it.
    entries : list of Entry
        All of one baseline.
    domain : Domain

    Returns
    -------
    dict
        Points by split, `HELD_OUT` and, where it was asked for, `UNSEEN`.
    """
    raw = evaluate.join([evaluate.load(entry.path(folder)) for entry in entries if entry.fold is not None])
    depth = domain.depth[raw.cell]
    points = {HELD_OUT: holdout.calibrated(raw, depth)}
    for entry in entries:
        if entry.fold is None:
            unseen = evaluate.load(entry.path(folder))
            points[UNSEEN] = holdout.widened(
                unseen, domain, uncertainty.calibration(raw.truth, raw.mean, raw.scale, depth)
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
