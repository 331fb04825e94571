"""The observations near a place, found by a tree over the columns of the grid that were sampled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from graphs.grid import Grid
from graphs.sphere import EARTH_RADIUS_KM, arc, positions
from graphs.types import Ints
from oxygen_recon.dataset.domain import Samples


class Observations:
    """Samples by column of the grid: each is what one cruise found in one cell during one step.

    The tree holds columns, not samples: all samples of a column lie at its centre, so that a million of them make a
    tree of some ten thousand points, built in a fraction of a second.

    Parameters
    ----------
    grid : Grid
        Cells of the samples.
    samples : Samples
        With the quantity oxygen, umol kg-1.
    groups : sequence of str
        Name of the cruise or platform of each group number.

    Examples
    --------
    >>> edges = np.array([0.0, 1, 2])
    >>> grid = Grid(edges, edges, np.array([0.0, 10]), np.array([5.0]), np.ones((1, 2, 2), bool))
    >>> oxygen, spread = {"oxygen": np.array([200.0, 210.0])}, {"oxygen": np.full(2, np.nan)}
    >>> rows = Samples(*np.array([[0, 3], [0, 1], [0, 0]]), oxygen, np.array([1, 2]), spread)
    >>> Observations(grid, rows, ["33RR19910730"]).near(0, 0, 200.0)[["oxygen", "casts", "cruise"]].values.tolist()
    [[200.0, 1, '33RR19910730'], [210.0, 2, '33RR19910730']]
    """

    def __init__(self, grid: Grid, samples: Samples, groups: Sequence[str]) -> None:
        column = grid.column_of[samples.cell]
        order = np.argsort(column, kind="stable")
        self._columns, self._first = np.unique(column[order], return_index=True)
        self._end = np.append(self._first[1:], order.size)
        self._level = grid.level_of[samples.cell][order]
        self._step, self._group, self._count = (getattr(samples, name)[order] for name in ("step", "group", "count"))
        self._oxygen = samples.values["oxygen"][order]
        self._groups = np.asarray(groups, dtype=object)
        self._latitude, self._longitude = grid.latitude, grid.longitude
        row, place = np.divmod(self._columns, grid.shape[2])
        self._tree = cKDTree(positions(grid.latitude[row], grid.longitude[place]).reshape(-1, 3))

    def __len__(self) -> int:
        return int(self._oxygen.size)

    def near(
        self,
        row: int,
        place: int,
        reach: float,
        *,
        level: int | None = None,
        steps: tuple[int, int] | None = None,
        most: int = 300,
    ) -> pd.DataFrame:
        """List the observations near a column, the nearest first.

        Parameters
        ----------
        row, place : int
            Latitude and longitude index of the column.
        reach : float
            Distance over ground between the centres of columns, km.
        level : int, optional
            Only those of one level.
        steps : (int, int), optional
            Only those of the steps from the first to the last, both included.
        most : int
            So many at most, of each level.

        Returns
        -------
        pandas.DataFrame
            `step`, `level`, `latitude` and `longitude` of the centre of the column (degrees), `distance` (km),
            `oxygen` (umol kg-1), `casts` and `cruise`.
        """
        centre = positions(self._latitude[row], self._longitude[place]).reshape(3)
        chord = 2 * EARTH_RADIUS_KM * np.sin(min(reach / (2 * EARTH_RADIUS_KM), np.pi / 2))
        found = np.array(self._tree.query_ball_point(centre, chord + 1e-6), np.int64)
        distance = arc(np.linalg.norm(self._tree.data[found] - centre, axis=-1)) if found.size else np.empty(0)
        nearest = np.argsort(distance, kind="stable")
        rows, which = self._rows(found[nearest])
        chosen = np.ones(rows.size, bool)
        if level is not None:
            chosen &= self._level[rows] == level
        if steps is not None:
            chosen &= (self._step[rows] >= steps[0]) & (self._step[rows] <= steps[1])
        return self._table(rows[chosen], found[nearest][which[chosen]], distance[nearest][which[chosen]], most)

    def _rows(self, columns: Ints) -> tuple[Ints, Ints]:
        """Return the rows of some columns, column by column, and the place of their column among them."""
        first, number = self._first[columns], self._end[columns] - self._first[columns]
        which = np.repeat(np.arange(columns.size), number)
        within = np.arange(which.size) - np.repeat(np.cumsum(number) - number, number)
        return first[which] + within, which

    def _table(self, rows: Ints, columns: Ints, distance: np.ndarray, most: int) -> pd.DataFrame:  # type: ignore[type-arg]
        """Make the table, with so many rows of each level at most."""
        rank = pd.Series(self._level[rows]).groupby(self._level[rows]).cumcount().to_numpy()
        rows, columns, distance = rows[rank < most], columns[rank < most], distance[rank < most]
        row, place = np.divmod(self._columns[columns], self._longitude.size)
        return pd.DataFrame(
            {
                "step": self._step[rows],
                "level": self._level[rows],
                "latitude": self._latitude[row],
                "longitude": self._longitude[place],
                "distance": distance,
                "oxygen": self._oxygen[rows],
                "casts": self._count[rows],
                "cruise": self._groups[self._group[rows]],
            }
        )
