"""The time axis of a cube: consecutive steps with edges."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MONTHS = {"year": 12, "season": 3, "month": 1}


@dataclass(frozen=True)
class TimeAxis:
    """Consecutive time steps.

    Parameters
    ----------
    edges : array of datetime64[D], shape (step + 1,)
        Strictly increasing edges; step i is [edges[i], edges[i + 1]).

    Raises
    ------
    ValueError
        If there are fewer than two edges or they do not increase strictly.
    """

    edges: NDArray[np.datetime64]

    def __post_init__(self) -> None:
        """Refuse an empty or unordered axis."""
        edges = np.asarray(self.edges, "datetime64[D]")
        if edges.size < 2 or np.any(np.diff(edges) <= np.timedelta64(0, "D")):
            raise ValueError("a time_axis needs at least two edges, strictly increasing")
        object.__setattr__(self, "edges", edges)

    @classmethod
    def regular(cls, start: int, end: int, step: str) -> "TimeAxis":
        """Make the axis from 1 January of `start` to 31 December of `end`.

        Parameters
        ----------
        start, end : int
            First and last year, both included.
        step : {"year", "season", "month", "static"}
            Length of a step; "season" is January-March and so on; "static" is one step over the whole period.

        Returns
        -------
        TimeAxis

        Raises
        ------
        ValueError
            If the period is empty or the step unknown.
        """
        if end < start:
            raise ValueError(f"the period {start}-{end} is empty")
        first, last = np.datetime64(f"{start:04d}-01", "M"), np.datetime64(f"{end + 1:04d}-01", "M")
        if step == "static":
            return cls(np.array([first, last]).astype("datetime64[D]"))
        if step not in _MONTHS:
            raise ValueError(f"unknown step {step!r}: use year, season, month or static")
        return cls(np.arange(first, last + 1, _MONTHS[step]).astype("datetime64[D]"))

    def __len__(self) -> int:
        return len(self.edges) - 1

    @property
    def centre(self) -> NDArray[np.datetime64]:
        """Middle of each step, datetime64[s], shape (step,)."""
        seconds = self.edges.astype("datetime64[s]")
        return np.asarray(seconds[:-1] + np.diff(seconds) // 2)

    @property
    def years(self) -> NDArray[np.float64]:
        """Middle of each step in decimal years (365.2425 days from 1970.0), shape (step,)."""
        return decimal_years(self.centre)

    def index(self, time: NDArray[np.datetime64]) -> NDArray[np.int64]:
        """Find the step that holds each time.

        Parameters
        ----------
        time : array of datetime64, any shape
            Times; NaT is allowed.

        Returns
        -------
        array of int64
            Step number; -1 for NaT and for times off the axis.
        """
        time = np.asarray(time)
        position = np.searchsorted(self.edges, time.astype("datetime64[ms]"), side="right") - 1
        off = np.isnat(time) | (position < 0) | (position >= len(self))
        return np.where(off, -1, position)


def decimal_years(time: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Return times as decimal years, 365.2425 days from 1970.0.

    Parameters
    ----------
    time : array of datetime64, any shape
        Times; NaT gives NaN.

    Returns
    -------
    array of that shape

    Examples
    --------
    >>> decimal_years(np.array(["1970-01-01", "1970-07-02T14:54:36"], "datetime64[s]"))
    array([1970. , 1970.5])
    """
    days = (np.asarray(time, "datetime64[ms]") - np.datetime64("1970-01-01", "ms")) / np.timedelta64(86_400_000, "ms")
    return np.asarray(1970.0 + days / 365.2425)
