"""Dates against the expocode of their cruise, which holds the day of departure."""

import numpy as np

from qc.checks.cruises.tracks import Tracks, in_time
from qc.types import Floats, Mask


def away_from_departure(track: Tracks, departed: Floats, among: Mask, early: float, late: float, gap: float) -> Mask:
    """Find casts dated before their cruise departed, or long after it and after the casts before them.

    Parameters
    ----------
    track : Tracks
        Casts of cruises.
    departed : floats, shape (cast,)
        Day of departure of the cast's cruise, days since 1970; NaN where unknown.
    among : mask, shape (cast,)
        Casts to compare; those without a date are left out in any case.
    early, late : float
        Days before and after departure that are allowed.
    gap : float
        Casts later than that are allowed as long as each follows another one within this many days: some codes stand
        for the stations of years.

    Returns
    -------
    mask, shape (cast,)
    """
    result = np.zeros(len(track.day), bool)
    order = in_time(track, among & np.isfinite(departed))
    if not len(order):
        return result
    cruise, day = track.cruise[order], track.day[order]
    away = day - departed[order]
    # parts without a gap; of casts before departure none links the others to it
    begins = np.r_[
        True, (cruise[1:] != cruise[:-1]) | (np.diff(day) > gap) | ((away[:-1] < -early) & (away[1:] >= -early))
    ]
    first = away[np.flatnonzero(begins)][np.cumsum(begins) - 1]
    result[order] = (first < -early) | (first > late)
    return result
