"""What a finished run made, as far as its page shows it, and the means that its figures share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
import xarray as xr

from graphs.grid import Grid
from graphs.types import Floats
from oxygen_recon.evaluation.skill import Found
from oxygen_recon.report.run.means import UPPER, FieldMeans, field_means, upper_share

MAP_DEPTHS = (0.0, 100.0, 300.0, 1000.0)  # m, levels of the maps
MIDDLE = 300.0  # m, level of comparisons: in the thermocline and the upper oxygen minimum
_THRESHOLD = 60.0  # umol kg-1; maps of water columns show the threshold of the run nearest to it


@dataclass(frozen=True)
class RunResults:
    """What a finished run made.

    Parameters
    ----------
    reconstruction : Dataset
        As from `oxygen_recon.fields.reconstruction.open_reconstruction`.
    grid : Grid
        Its grid.
    method : str
        Name of the model in the skill tables.
    skill : DataFrame
        As for `oxygen_recon.report.skill_table.overall`.
    by_class : DataFrame
        As from `oxygen_recon.evaluation.classes.skill_by_class`; may be empty.
    points : mapping of (split, method) to Predictions
        Every method at its targets.
    omz : Dataset
        As from `oxygen_recon.products.omz.omz_series`.
    inventory : Dataset
        As from `oxygen_recon.products.inventory.oxygen_inventory` with regions, the first of them "all"; may be empty.
    trends : DataFrame
        As from `oxygen_recon.products.omz.trend_table.trend_table`; may be empty.
    truth : Dataset or None
        The reconstruction with the true oxygen in its place, where it is known.
    omz_truth : Dataset or None
        `omz` of the truth.
    compared : mapping of str to Dataset
        Climate models and products on the cells and steps of the run, by name: `oxygen` (time, depth, latitude,
        longitude), umol kg-1.
    """

    reconstruction: xr.Dataset
    grid: Grid
    method: str
    skill: pd.DataFrame
    points: Found
    omz: xr.Dataset
    by_class: pd.DataFrame = field(default_factory=pd.DataFrame)
    inventory: xr.Dataset = field(default_factory=xr.Dataset)
    trends: pd.DataFrame = field(default_factory=pd.DataFrame)
    truth: xr.Dataset | None = None
    omz_truth: xr.Dataset | None = None
    compared: Mapping[str, xr.Dataset] = field(default_factory=dict)

    @cached_property
    def means(self) -> FieldMeans:
        """Means of oxygen."""
        return self._means(self.reconstruction["oxygen"])

    @cached_property
    def errors(self) -> FieldMeans:
        """Means of the standard error: those of means whose cells and years err together, an upper bound."""
        return self._means(self.reconstruction["oxygen_standard_error"])

    @cached_property
    def true_means(self) -> FieldMeans | None:
        """Means of the truth, where it is known."""
        return None if self.truth is None else self._means(self.truth["oxygen"])

    @cached_property
    def compared_means(self) -> dict[str, FieldMeans]:
        """Means of climate models and products."""
        return {name: self._means(one["oxygen"]) for name, one in self.compared.items()}

    @property
    def years(self) -> Floats:
        """Calendar years of the means, shape (year,)."""
        found: Floats = self.means.upper["time"].dt.year.to_numpy()
        return found

    @property
    def ends(self) -> tuple[str, str]:
        """Names of the first and the last years that are compared: "1920–1929"."""
        years, n = self.years, self.means.years
        pairs = ((years[0], years[n - 1]), (years[-n], years[-1]))
        first, last = (f"{a}–{b}" if a != b else f"{a}" for a, b in pairs)
        return first, last

    @property
    def threshold(self) -> float:
        """Threshold of the maps of water columns, umol kg-1."""
        every = self.omz["threshold"].to_numpy()
        return float(every[np.abs(every - _THRESHOLD).argmin()])

    @property
    def layer(self) -> str:
        """Name of the upper layer, "0–1000 m"; empty where the grid has none."""
        edges = self.grid.depth_edges
        return f"{edges[0]:g}–{min(edges[-1], UPPER):g} m" if upper_share(self.grid).any() else ""

    def level(self, depth: float) -> int:
        """Find the level nearest to a depth.

        Parameters
        ----------
        depth : float
            m.
        """
        return int(np.abs(self.grid.depth - depth).argmin())

    def wet(self, depth: float | None = None) -> xr.DataArray:
        """Return where a map shows ocean.

        Parameters
        ----------
        depth : float, optional
            Depth of its level, m; any depth when left out.

        Returns
        -------
        bool DataArray, dims (latitude, longitude)
        """
        values = self.grid.wet.any(axis=0) if depth is None else self.grid.wet[self.level(depth)]
        place = {name: self.reconstruction[name].variable for name in ("latitude", "longitude")}
        return xr.DataArray(values, place, tuple(place))

    def _means(self, values: xr.DataArray) -> FieldMeans:
        """Compute the means of one field."""
        return field_means(values, self.grid, MAP_DEPTHS)
