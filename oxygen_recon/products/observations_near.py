"""How near the observations are to any place, date and level."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from graphs.sphere import EARTH_RADIUS_KM, great_circle, unit_vector
from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples

# A proposal. Measured at held-out cruises of experiments/global_archives.yaml, on the World Ocean Atlas 2009: with
# observations nearer than this the graph model's RMSE is 25.6 and that of the background alone 44.1 umol/kg (11,357
# samples); with none it is 16.4 and 14.6 (3,421 samples): nothing is gained there.
REACH_KM, REACH_YEARS = 500.0, 5.0
# Distance between places of `reaches` that counts as near. What is 5 years apart by the calendar is: the middles
# of such years, seasons or months are 4.9994 to 5.0022 decimal years apart, as leap years fall.
WITHIN = 1.0 + 1e-3


class Near(NamedTuple):
    """The observations of its level that are near to each point.

    Parameters
    ----------
    distance : array, shape (point,)
        Distance over ground to the nearest, km, from the centre of its cell; infinite where the level has none.
    years : array, shape (point,)
        Time between the point and that observation, years, from the middle of its step.
    number : int array, shape (point,)
        How many lie within reach (`reaches`): one a cruise, cell and step.
    """

    distance: Floats
    years: Floats
    number: Ints


def far_warning(share: float, has_background: bool) -> str:
    """Warn of estimates that no observation of their level is near.

    Parameters
    ----------
    share : float
        Their share of all.
    has_background : bool
        Whether the models learned departures from a field.

    Examples
    --------
    >>> far_warning(0.25, True)[:60]
    'warning: 25.0 % of the estimates have no observation of thei'
    """
    where = f"within {REACH_KM:g} km at their time, or {REACH_YEARS:g} years at their place"
    alone = "they rest on the background alone" if has_background else "their standard errors may be too small"
    return f"warning: {100 * share:.1f} % of the estimates have no observation of their level {where}: {alone}"


def reaches(latitude: Floats, longitude: Floats, years: Floats) -> Floats:
    """Place points so that what lies within reach of each other is at most 1 apart.

    Near is a distance over ground of at most `REACH_KM` at the same time, or of `REACH_YEARS` at the same place; what
    lies apart in both counts by the root of the sum of squares of their shares.

    Parameters
    ----------
    latitude, longitude, years : array, shape (point,)
        Degrees north, degrees east, decimal years.

    Returns
    -------
    array, shape (point, 4)

    Examples
    --------
    >>> here, there = reaches(np.array([0.0, 0.0]), np.array([0.0, 2.7]), np.array([2000.0, 2004.0]))
    >>> round(float(np.linalg.norm(here - there)), 2)
    1.0
    """
    position = unit_vector(latitude, longitude) * EARTH_RADIUS_KM / REACH_KM
    return np.column_stack([position, years / REACH_YEARS])


def observations_near(
    domain: Domain, samples: Samples, latitude: Floats, longitude: Floats, years: Floats, level: Ints
) -> Near:
    """Find the observations of its level that are nearest to each point, a distance of `REACH_KM` as `REACH_YEARS`.

    Parameters
    ----------
    domain : Domain
        Cells and steps.
    samples : Samples
        All observations.
    latitude, longitude, years : array, shape (point,)
        Degrees north, degrees east, decimal years.
    level : int array, shape (point,)
        Level of each point.

    Returns
    -------
    Near
    """
    found = Near(np.full(level.size, np.inf), np.full(level.size, np.inf), np.zeros(level.size, np.int64))
    here = reaches(latitude, longitude, years)
    for one in np.unique(level):
        mine = np.flatnonzero(level == one)
        own = np.flatnonzero(domain.level[samples.cell] == one)
        if own.size:
            cell, when = samples.cell[own], domain.years[samples.step[own]]
            tree = cKDTree(reaches(domain.latitude[cell], domain.longitude[cell], when))
            _, nearest = tree.query(here[mine])
            there = domain.latitude[cell[nearest]], domain.longitude[cell[nearest]]
            found.distance[mine] = great_circle(latitude[mine], longitude[mine], *there) / 1000.0
            found.years[mine] = np.abs(years[mine] - when[nearest])
            found.number[mine] = tree.query_ball_point(here[mine], WITHIN, return_length=True)
    return found
