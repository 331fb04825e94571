"""How many surveys a time step averages: visits of one column of the grid within one step."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats

APART = np.timedelta64(15, "D")  # casts of one column farther apart in time than this are of two surveys
MANY = 1.25  # proposal: 1.5 surveys a season in KODC (six a year), where month steps lower every method's error by 10 %


def surveys_a_step(
    latitude: Floats, longitude: Floats, time: NDArray[np.datetime64], grid: Grid, time_axis: TimeAxis
) -> float:
    """Count how often a column that was visited at all was visited in a step, on average.

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
    float
        Surveys a step and column; NaN where no cast lies on the grid and in the period.

    Examples
    --------
    >>> grid = Grid(*(np.array([0.0, 1.0]),) * 3, np.array([0.5]), np.ones((1, 1, 1), bool))
    >>> time = np.array(["2001-04-05", "2001-04-06", "2001-06-05"], "datetime64[D]")
    >>> place = np.full(3, 0.5)
    >>> surveys_a_step(place, place, time, grid, TimeAxis.regular(2001, 2001, "season"))
    2.0
    >>> surveys_a_step(place, place, time, grid, TimeAxis.regular(2001, 2001, "month"))
    1.0
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
    return float((new | later).sum() / new.sum()) if new.any() else float("nan")
