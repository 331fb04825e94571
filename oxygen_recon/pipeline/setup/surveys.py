"""How many surveys a time step averages: visits of one column of the grid within one step."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats

APART = np.timedelta64(15, "D")  # casts of one column farther apart in time than this are of two surveys
MANY = (
    1.25  # proposal: 1.5 surveys a season in KODC (six a year), where month steps lower every method's error by 7-9 %
)


class Surveys(NamedTuple):
    """How many surveys a step holds, over the columns and steps that were visited at all; NaN where none was.

    Parameters
    ----------
    mean : float
        Surveys of a column and step.
    several : float
        Share of columns and steps with more than one.
    """

    mean: float
    several: float


def surveys_a_step(
    latitude: Floats, longitude: Floats, time: NDArray[np.datetime64], grid: Grid, time_axis: TimeAxis
) -> Surveys:
    """Count how often a column that was visited at all was visited in a step.

    Parameters
    ----------
    latitude, longitude : array, shape (cast,)
        Degrees north, degrees east; NaN is allowed.
    time : array of datetime64, shape (cast,)
        UTC; NaT is allowed.
    grid : Grid
        Columns.
    time_axis : TimeAxis
        Steps.

    Returns
    -------
    Surveys

    Examples
    --------
    >>> grid = Grid(*(np.array([0.0, 1.0]),) * 3, np.array([0.5]), np.ones((1, 1, 1), bool))
    >>> time = np.array(["2001-04-05", "2001-04-06", "2001-06-05"], "datetime64[D]")
    >>> place = np.full(3, 0.5)
    >>> surveys_a_step(place, place, time, grid, TimeAxis.regular(2001, 2001, "season"))
    Surveys(mean=2.0, several=1.0)
    >>> surveys_a_step(place, place, time, grid, TimeAxis.regular(2001, 2001, "month"))
    Surveys(mean=1.0, several=0.0)
    """
    row, place = grid.locate(latitude, longitude)
    step = time_axis.index(time)
    inside = (row >= 0) & (step >= 0)
    pair = ((row * grid.shape[2] + place) * len(time_axis) + step)[inside]
    day = time[inside].astype("datetime64[D]")
    order = np.lexsort((day, pair))
    pair, day = pair[order], day[order]
    new = np.diff(pair, prepend=-1) != 0
    later = np.diff(day, prepend=day[:1]) > APART
    if not new.any():
        return Surveys(float("nan"), float("nan"))
    number = np.add.reduceat(new | later, np.flatnonzero(new), dtype=np.int64)
    return Surveys(float(number.mean()), float((number > 1).mean()))
