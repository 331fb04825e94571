"""What informs a level of a column: casts near in space and time, and casts near in space whatever the year."""

from __future__ import annotations

from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from graphs.edges import NearestCasts
from graphs.types import Floats, Ints
from oxygen_recon.models.oxygraph.casts import Casts
from oxygen_recon.models.oxygraph.config import CastsConfig
from oxygen_recon.models.oxygraph.profiles import Profiles


class Context:
    """The casts that may inform, and how they are found.

    Parameters
    ----------
    profiles : Profiles
        Standard units of covariates; places and times.
    casts : Casts
        What may inform.
    oxygen : float32 array, shape (cast, level)
        Their standardised anomaly; NaN where there is none.
    config : CastsConfig
        How many inform, and how distance compares with time.
    inputs : float32 array, shape (cast, level, feature), optional
        Features of the casts where they are known already.
    """

    def __init__(
        self,
        profiles: Profiles,
        casts: Casts,
        oxygen: NDArray[np.float32],
        config: CastsConfig,
        inputs: NDArray[np.float32] | None = None,
    ) -> None:
        self.profiles, self.casts, self.oxygen, self.config, self._inputs = profiles, casts, oxygen, config, inputs

    def inputs(self, which: Ints) -> NDArray[np.float32]:
        """Return the features of some casts.

        Parameters
        ----------
        which : int array, shape (row,)
            Their numbers.

        Returns
        -------
        float32 array, shape (row, level, feature)
        """
        if self._inputs is not None:
            return self._inputs[which]
        casts = self.casts
        return self.profiles.inputs(casts.column[which], casts.step[which], casts.subset[which])

    def informing(self, asked: tuple[Ints, Ints], profile: Ints, level: Ints) -> Ints:
        """Choose the casts that inform levels of columns, nearest first.

        Parameters
        ----------
        asked : tuple of int arrays (column, step), shape (profile,)
            Profiles that are asked for.
        profile, level : int array, shape (node,)
            Which level of which of them.

        Returns
        -------
        int array, shape (node, config.casts)
            Numbers of casts that have oxygen at the level, each once in a row; -1 where there are fewer.
        """
        table = self._near(*asked)[profile]
        there = (table >= 0) & np.isfinite(self.oxygen[table, level[:, None]]) if len(self.casts) else table >= 0
        rank = np.cumsum(there, axis=1) - 1
        row, slot = np.nonzero(there & (rank < self.config.casts))
        chosen = np.full((level.size, self.config.casts), -1)
        chosen[row, rank[row, slot]] = table[row, slot]
        return chosen

    def _near(self, column: Ints, step: Ints) -> Ints:
        """Find the casts nearest to profiles by either measure, in turn; twice as many as inform a level.

        Not every cast reaches every level. Each is once in a row; -1 takes the place of a second time.
        """
        most = min(2 * self.config.casts // len(self._nearest), len(self.casts))
        if most == 0:
            return np.full((column.size, 1), -1)
        here = self._places(column, step)
        found = np.stack([nearest.of(here, most) for nearest in self._nearest], axis=-1)
        found = found.reshape(column.size, -1)
        order = np.argsort(found, axis=1, kind="stable")
        ordered = np.take_along_axis(found, order, axis=1)
        again = np.zeros(found.shape, bool)
        np.put_along_axis(again, order[:, 1:], ordered[:, 1:] == ordered[:, :-1], axis=1)
        return np.where(again, -1, found)

    @cached_property
    def _nearest(self) -> list[NearestCasts]:
        """The casts by either measure of nearness; by one where there is a single step."""
        config, several = self.config, self.profiles.domain.steps > 1
        scales = (config.years_near, config.years_far) if several else (config.years_near,)
        there = self._places(self.casts.column, self.casts.step)
        return [NearestCasts(there, config.radius_km, scale) for scale in scales]

    def _places(self, column: Ints, step: Ints) -> tuple[Floats, Floats, Floats]:
        """Latitudes, longitudes and decimal years of profiles."""
        years = np.asarray(self.profiles.domain.years[step], np.float64)
        return self.profiles.latitude[column], self.profiles.longitude[column], years
