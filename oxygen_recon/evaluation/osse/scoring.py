"""What a simulation brings back: scores where nothing was seen, means over volumes, intervals of realisations."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.stats import t as student

from graphs.basins import BASINS
from graphs.types import Floats, Ints, Mask
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.dataset.folds import basins_of
from oxygen_recon.evaluation.metrics import score

ALL = "all"
UNSEEN, NEVER_SEEN = "nothing seen in the step", "nothing ever seen"
LAYERS = {
    "all depths": (0.0, np.inf), "0-1000 m": (0.0, 1000.0), "0-200 m": (0.0, 200.0), "200-1000 m": (200.0, 1000.0),
    "below 1000 m": (1000.0, np.inf),
}  # fmt: skip


def unseen(domain: Domain, samples: Samples, cell: Ints, step: Ints) -> dict[str, Mask]:
    """Tell at which cells and steps nothing was seen.

    Parameters
    ----------
    domain : Domain
        Column of the cells.
    samples : Samples
        What was seen.
    cell, step : int array, shape (cell,), (step,)
        Which cells and steps.

    Returns
    -------
    dict of str to bool array, shape (step, cell)
        `UNSEEN`: the water column has no sample in the step; `NEVER_SEEN`: it has none at all.
    """
    seen = np.zeros((domain.steps, int(domain.column.max()) + 1), bool)
    seen[samples.step, domain.column[samples.cell]] = True
    column = domain.column[cell]
    never = np.broadcast_to(~np.asarray(seen.any(axis=0))[column], (step.size, cell.size))
    return {UNSEEN: ~np.asarray(seen[np.ix_(step, column)]), NEVER_SEEN: never}


def parts_of(domain: Domain, cell: Ints) -> dict[tuple[str, str], Mask]:
    """Divide cells by basin and layer.

    Parameters
    ----------
    domain : Domain
        Place of the cells.
    cell : int array, shape (cell,)
        Which cells.

    Returns
    -------
    dict of (basin, layer) to bool array, shape (cell,)
        All basins together first, then each of `graphs.basins.BASINS`; layers as in `LAYERS`, by the depth of the
        centres. Without empty ones, and without the basin where all cells lie in one.
    """
    number, depth = basins_of(domain.latitude[cell], domain.longitude[cell]), domain.depth[cell]
    basins = {ALL: np.ones(cell.size, bool)}
    if np.unique(number).size > 1:
        basins |= {name: number == i for i, name in enumerate(BASINS)}
    layers = {name: (depth >= top) & (depth < bottom) for name, (top, bottom) in LAYERS.items()}
    inside = {(basin, layer): a & b for basin, a in basins.items() for layer, b in layers.items()}
    return {name: mask for name, mask in inside.items() if mask.any()}


def volume_means(values: Floats, volume: Floats, parts: Mapping[tuple[str, str], Mask]) -> Floats:
    """Average a field over volumes.

    Parameters
    ----------
    values : array, shape (step, cell)
        Finite.
    volume : array, shape (cell,)
        m3.
    parts : mapping of name to bool array, shape (cell,)
        As `parts_of` gives them.

    Returns
    -------
    array, shape (part, step)
        Mean weighted by volume, in the unit of the values.
    """
    weights = np.stack([mask * volume / (mask @ volume) for mask in parts.values()])
    return np.asarray(weights @ values.astype(float).T)


def scores(
    truth: Floats, found: Floats, volume: Floats, where: Mapping[str, Mask], parts: Mapping[tuple[str, str], Mask]
) -> pd.DataFrame:
    """Score a reconstruction where nothing was seen.

    Parameters
    ----------
    truth, found : array, shape (step, cell)
        umol kg-1.
    volume : array, shape (cell,)
        m3; weight of the cells.
    where : mapping of str to bool array, shape (step, cell)
        As `unseen` gives it.
    parts : mapping of (basin, layer) to bool array, shape (cell,)
        As `parts_of` gives them.

    Returns
    -------
    pandas.DataFrame
        One row a place ("where"), basin and layer with n, bias, MAE, RMSE, MAPE, R2
        (`oxygen_recon.evaluation.metrics.score`), cells weighted by their volume; none where there is nothing to score.
    """
    weight = np.broadcast_to(volume, truth.shape)
    rows = []
    for place, mask in where.items():
        for (basin, layer), inside in parts.items():
            some = mask & inside
            if some.any():
                known = score(truth[some], found[some], weights=weight[some])
                rows.append({"where": place, "basin": basin, "layer": layer, **known})
    return pd.DataFrame(rows)


def interval(values: Floats, level: float = 0.90) -> tuple[float, float, float]:
    """Give the mean of realisations, and the interval in which a further one lies.

    Parameters
    ----------
    values : array, shape (realisation,)
        Anything.
    level : float
        Probability that the interval holds the further one.

    Returns
    -------
    mean, low, high : float
        Mean -+ t s sqrt(1 + 1/n), with Student's t of n - 1 degrees of freedom, for normal values (the prediction
        interval of any textbook); low and high are NaN for a single realisation.

    Examples
    --------
    >>> [round(one, 2) for one in interval(np.array([0.60, 0.64, 0.68]))]
    [0.64, 0.51, 0.77]
    """
    values = np.asarray(values, float)
    mean, number = float(values.mean()), values.size
    if number < 2:
        return mean, float("nan"), float("nan")
    half = float(student.ppf(0.5 + level / 2, number - 1) * values.std(ddof=1) * np.sqrt(1 + 1 / number))
    return mean, mean - half, mean + half
