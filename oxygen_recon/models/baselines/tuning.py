"""Tuning of the baselines: folds within the samples, and the error of each level from held-out residuals."""

import numpy as np

from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples


def tuning_folds(domain: Domain, samples: Samples, seed: int, folds: int = 3) -> Ints:
    """Assign whole groups to folds; where there are too few groups, whole water columns.

    Parameters
    ----------
    domain : Domain
        Water column of each cell.
    samples : Samples
        What is assigned.
    seed : int
        Makes the assignment repeatable.
    folds : int
        Number of folds.

    Returns
    -------
    int array, shape (sample,)
        Fold of each sample, 0 ... folds - 1.

    Raises
    ------
    ValueError
        If there are no samples.
    """
    if not len(samples):
        raise ValueError("no samples to learn from")
    # Folds equal in groups, not in samples, as tuning always had them: the shuffle of scikit-learn's GroupKFold would
    # draw other folds, and with them other settings of every baseline.
    names, unit = np.unique(samples.group, return_inverse=True)
    if names.size < 4 * folds:
        names, unit = np.unique(domain.column[samples.cell], return_inverse=True)
    fold = np.random.default_rng(seed).permutation(np.arange(names.size) % folds)
    return fold[unit]


def level_rms(residual: Floats, level: Ints, levels: int, prior: float = 20.0) -> Floats:
    """Root mean square of residuals by level, drawn to the overall one where a level has few.

    Parameters
    ----------
    residual : array, shape (sample,)
        Held-out residuals, umol kg-1 (or standardised).
    level : int array, shape (sample,)
        Their levels.
    levels : int
        Number of levels.
    prior : float
        Weight of the overall mean square, in samples.

    Returns
    -------
    array, shape (levels,)
        Positive, in the unit of `residual`; 1 when there are no residuals at all.
    """
    if residual.size == 0:
        return np.ones(levels)
    square = residual**2
    total = np.bincount(level, weights=square, minlength=levels) + prior * square.mean()
    number = np.bincount(level, minlength=levels) + prior
    rms: Floats = np.sqrt(total / number)
    return np.maximum(rms, 1e-3)
