"""Distance from targets to the nearest observation that an estimate may use."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from graphs.sphere import EARTH_RADIUS_KM, unit_vector
from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples

YEARS = 2  # calendar years either side: with its own a pentad, as means of oxygen are made of them (Ito 2022)


def nearest_observation(
    domain: Domain, samples: Samples, sample_fold: Ints, cell: Ints, step: Ints, fold: Ints
) -> Floats:
    """Measure how far targets are from the nearest observation of their level within two calendar years.

    Parameters
    ----------
    domain : Domain
        Cells and steps.
    samples : Samples
        All samples.
    sample_fold : int array, shape (sample,)
        Fold of each sample.
    cell, step, fold : int array, shape (target,)
        Targets and the fold in which each is held out, whose samples do not count; -1 where none is, and all count.

    Returns
    -------
    array, shape (target,)
        Great-circle distance between the centres of cells, km; infinite where the level has no observation in these
        five years.
    """
    place = unit_vector(domain.latitude, domain.longitude)
    year = np.floor(domain.years).astype(np.int64)
    result = np.full(cell.size, np.inf)
    for held in np.unique(fold):
        kept = np.ones(len(samples), bool) if held < 0 else sample_fold != held
        observed = np.unique(np.stack([domain.level[samples.cell], year[samples.step], samples.cell])[:, kept], axis=1)
        mine = np.flatnonzero(fold == held)
        order = mine[np.lexsort((year[step[mine]], domain.level[cell[mine]]))]
        keys = np.stack([domain.level[cell[order]], year[step[order]]])
        first = np.flatnonzero(np.append(True, (np.diff(keys) != 0).any(axis=0))) if order.size else order
        for part, (level, when) in zip(np.split(order, first[1:]), keys[:, first].T):
            low, high = (np.searchsorted(observed[0], level, side) for side in ("left", "right"))
            years = observed[1, low:high]
            near = slice(
                low + np.searchsorted(years, when - YEARS), low + np.searchsorted(years, when + YEARS, "right")
            )
            if near.stop > near.start:
                chord, _ = cKDTree(place[observed[2, near]]).query(place[cell[part]])
                result[part] = 2 * EARTH_RADIUS_KM * np.arcsin(np.clip(0.5 * chord, 0.0, 1.0))
    return result
