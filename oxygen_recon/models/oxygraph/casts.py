"""Observed casts, and their oxygen as an anomaly."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats, Ints, Mask
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.graph.features import level_mean


@dataclass(frozen=True)
class Casts:
    """What one cruise found in one water column during one step, and the same of all cruises.

    Parameters
    ----------
    column, step, unit : int array, shape (cast,)
        Where and when; what is held out together with it (`Samples.held_together`).
    subset : int array, shape (cast,)
        Subset of groups that its covariates are made without; -1 for none.
    oxygen : array, shape (cast, level)
        umol kg-1; NaN where it has none.
    nutrients : dict of str to array, shape (cast, level)
        Further quantities of the samples that any cast has, likewise.
    """

    column: Ints
    step: Ints
    unit: Ints
    subset: Ints
    oxygen: Floats
    nutrients: dict[str, Floats]

    @classmethod
    def of(cls, domain: Domain, samples: Samples) -> Casts:
        """Sort samples into casts.

        Parameters
        ----------
        domain : Domain
            Columns and levels of its cells.
        samples : Samples
            Any order.

        Returns
        -------
        Casts
        """
        column = domain.column[samples.cell]
        key = np.stack([column, samples.step, samples.group])
        _, first, cast = np.unique(key, axis=1, return_index=True, return_inverse=True)
        of_level = {}
        for name, values in samples.values.items():
            if name == "oxygen" or np.isfinite(values).any():
                of_level[name] = np.full((first.size, domain.cell_of.shape[1]), np.nan)
                of_level[name][cast, domain.level[samples.cell]] = values
        subset = np.full(len(samples), -1) if samples.subset is None else samples.subset
        where = column[first], samples.step[first], samples.held_together[first], subset[first]
        return cls(*where, of_level.pop("oxygen"), of_level)

    def __len__(self) -> int:
        return self.column.size

    def take(self, which: Mask | Ints) -> Casts:
        """Select casts.

        Parameters
        ----------
        which : bool array, shape (cast,), or int array
            Mask, or numbers of the casts in their new order.

        Returns
        -------
        Casts
        """
        where = self.column[which], self.step[which], self.unit[which], self.subset[which]
        return Casts(*where, self.oxygen[which], {name: values[which] for name, values in self.nutrients.items()})

    def of_nutrient(self, name: str) -> Casts:
        """Return the casts with a nutrient in place of oxygen.

        Parameters
        ----------
        name : str
            One of `nutrients`.
        """
        return replace(self, oxygen=self.nutrients[name])


class Anomalies:
    """Oxygen in standard units: its departure from the mean of the level, over the common spread.

    Parameters
    ----------
    casts : Casts
        Everything that may be learned from.
    departures : bool
        Oxygen is a departure from a background already, and is left as it is.
    """

    def __init__(self, casts: Casts, departures: bool) -> None:
        known, levels = np.isfinite(casts.oxygen), casts.oxygen.shape[1]
        mean = level_mean(casts.oxygen[known], np.nonzero(known)[1], levels)
        self.mean: Floats = np.zeros(levels) if departures else mean
        self.spread = max(float(np.nanstd(casts.oxygen - self.mean)), 1e-3)

    def of(self, oxygen: Floats) -> NDArray[np.float32]:
        """Standardise oxygen, shape (..., level), umol kg-1; NaN stays.

        Parameters
        ----------
        oxygen : array, shape (..., level)
            umol kg-1.
        """
        return np.asarray((oxygen - self.mean) / self.spread, np.float32)
