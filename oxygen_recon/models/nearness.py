"""How near the observations are that an estimate may use: over ground, in time, and by errors of mapped covariates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.sparse import coo_array
from scipy.spatial import cKDTree

from graphs.sphere import EARTH_RADIUS_KM, unit_vector
from graphs.types import Floats, Ints, Mask
from oxygen_recon.dataset.domain import ERROR, Domain, Samples
from oxygen_recon.dataset.folds import basins_of

DISTANCES = (50.0, 100.0, 200.0, 500.0, 1000.0)  # km, borders of the classes of distance
YEARS = 2  # calendar years either side: with its own a pentad, as means of oxygen are made of them (Ito 2022)
# A proposal: within what distance an observation counts for the lag. Measured at held-out cruises of
# experiments/global_archives.yaml, four methods: in classes of the lag the 68 % range holds 67 to 79 % with the lag in
# the calibration, 63 to 82 % without (14,778 samples); at held-out years of experiments/california_current.yaml nothing
# is gained. 50 and 500 km instead of 200 do no better.
REACH_KM = 200.0


class Nearness(NamedTuple):
    """How near the observations are that the estimates of targets may use.

    Parameters
    ----------
    distance : array, shape (target,)
        Great-circle distance to the nearest observation of the level within `YEARS` calendar years, km; infinite where
        there is none.
    lag : array, shape (target,)
        Time to the nearest observation of the level within `REACH_KM`, years; infinite where there is none.
    error : array, shape (target, channel)
        Errors of the mapped covariates, in their units; NaN is unknown. No channel where covariates have no errors.
    names : tuple of str, length channel
        Covariates whose errors these are: "temperature", "salinity".
    basin : int array, shape (target,), or None
        Basin of each target, of `graphs.basins.BASINS`; None where it is not known.
    """

    distance: Floats
    lag: Floats
    error: Floats
    names: tuple[str, ...] = ()
    basin: Ints | None = None

    def take(self, which: Mask | Ints) -> Nearness:
        """Select targets.

        Parameters
        ----------
        which : bool array, shape (target,), or int array
            Mask, or numbers of the targets in their new order.

        Returns
        -------
        Nearness
        """
        basin = None if self.basin is None else self.basin[which]
        return Nearness(self.distance[which], self.lag[which], self.error[which], self.names, basin)


def join(parts: Sequence[Nearness]) -> Nearness:
    """Put the nearness of several targets after each other.

    Parameters
    ----------
    parts : sequence of Nearness
        At least one; of the same mapped covariates.

    Returns
    -------
    Nearness
    """
    distance, lag, error = (np.concatenate([part[i] for part in parts]) for i in range(3))
    known = [part.basin for part in parts if part.basin is not None]
    return Nearness(distance, lag, error, parts[0].names, np.concatenate(known) if len(known) == len(parts) else None)


def nearness(domain: Domain, samples: Samples, cell: Ints, step: Ints) -> Nearness:
    """Measure how near the observations are that estimates of targets may use.

    Parameters
    ----------
    domain : Domain
        Cells and steps, with the covariates that the estimates are made with.
    samples : Samples
        The observations that may be used.
    cell, step : int array, shape (target,)
        Targets.

    Returns
    -------
    Nearness

    Examples
    --------
    >>> zero, years = np.zeros(2), np.array([1990.5, 1993.5])
    >>> domain = Domain(zero, np.array([0.0, 1.0]), zero, np.arange(2), zero.astype(int), zero + 1, years,
    ...                 np.zeros((2, 2, 0)), ())
    >>> first = np.zeros(1, int)
    >>> samples = Samples(first, first, first, {"oxygen": zero[:1]}, first + 1, {"oxygen": zero[:1]})
    >>> found = nearness(domain, samples, np.array([0, 1, 1]), np.array([0, 0, 1]))
    >>> found.distance.round().tolist(), found.lag.tolist()
    ([0.0, 111.0, inf], [0.0, 0.0, 3.0])
    """
    distance, lag = np.full(cell.size, np.inf), np.full(cell.size, np.inf)
    place = unit_vector(domain.latitude, domain.longitude)
    level = domain.level[samples.cell]
    for one in np.unique(domain.level[cell]):
        mine, seen = domain.level[cell] == one, level == one
        if seen.any():
            there = samples.cell[seen], samples.step[seen]
            distance[mine] = _distance(place, np.floor(domain.years), there, (cell[mine], step[mine]))
            lag[mine] = _lag(place, domain.years, there, (cell[mine], step[mine]))
    errors = [domain.names.index(name + ERROR) for name in domain.maps]
    error = domain.at(cell, step)[:, errors] if errors else np.zeros((cell.size, 0))
    return Nearness(distance, lag, error, domain.maps, basins_of(domain.latitude[cell], domain.longitude[cell]))


def _distance(place: Floats, year: Floats, there: tuple[Ints, Ints], here: tuple[Ints, Ints]) -> Floats:
    """Distance to the nearest observation of one level within `YEARS`, km, from cells and steps."""
    found = np.full(here[0].size, np.inf)
    seen = np.unique(np.stack([year[there[1]], there[0]]), axis=1)  # in the order of years
    when = year[here[1]]
    for one in np.unique(when):
        first, last = np.searchsorted(seen[0], [one - YEARS, one + YEARS + 1])
        if last > first:
            cells = np.unique(seen[1, first:last]).astype(np.int64)
            asking, number = np.unique(here[0][when == one], return_inverse=True)
            chord, _ = cKDTree(place[cells]).query(place[asking])
            found[when == one] = 2 * EARTH_RADIUS_KM * np.arcsin(np.clip(0.5 * chord, 0.0, 1.0))[number]
    return found


def _lag(place: Floats, years: Floats, there: tuple[Ints, Ints], here: tuple[Ints, Ints]) -> Floats:
    """Time to the nearest observation of one level within `REACH_KM`, years, from cells and steps."""
    (seen, sender), (asking, receiver) = (np.unique(cells, return_inverse=True) for cells in (there[0], here[0]))
    chord = 2 * np.sin(0.5 * REACH_KM / EARTH_RADIUS_KM)
    within = cKDTree(place[asking]).sparse_distance_matrix(cKDTree(place[seen]), chord, output_type="coo_matrix")
    near = coo_array((np.ones(within.nnz, bool), (within.row, within.col)), within.shape).tocsr()
    observed = coo_array((np.ones(sender.size, bool), (sender, there[1])), (seen.size, years.size)).tocsr()
    row, column = (near @ observed).nonzero()
    known = np.sort(row.astype(np.int64) * years.size + column)  # a receiver and a step of an observation near it
    wanted = receiver.astype(np.int64) * years.size + here[1]
    after = np.searchsorted(known, wanted)
    found = np.full(wanted.size, np.inf)
    for at in (after - 1, after):
        valid = (at >= 0) & (at < known.size)
        valid[valid] = known[at[valid]] // years.size == receiver[valid]
        gap = np.abs(years[known[at[valid]] % years.size] - years[here[1][valid]])
        found[valid] = np.minimum(found[valid], gap)
    return found
