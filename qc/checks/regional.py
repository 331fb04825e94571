"""Checks against the region: values against the median and spread of their region and layer."""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from qc.checks.base import Check, CheckInput, Variable
from qc.physics import regional_statistics
from qc.physics.regional_statistics import Histogram, Statistics
from qc.table.profiles import Levels
from qc.types import Climatology, Floats, Integers, Mask

Edges = Annotated[tuple[float, ...], Field(strict=False, min_length=2)]


class Regional(Check):
    """Values against the robust middle and spread of their region and layer.

    The statistics of a region need the whole table: parts of it are counted separately (`count`), the counts summed,
    and then each part is evaluated with the same statistics.
    """

    cell: float = Field(gt=0, le=90)
    multiple: float = Field(gt=0)
    casts: int = Field(gt=1)
    spread: float = Field(gt=0)

    def views(self, levels: Levels, selected: dict[str, Mask]) -> dict[str, tuple[Floats, Integers]]:
        """Group the selected values.

        Parameters
        ----------
        levels : Levels
            The table.
        selected : dict of mask
            Per variable, the values to group.

        Returns
        -------
        dict of (floats, integers), both of shape (level,)
            By name of the view, the values, and the group of each, -1 for none.
        """
        raise NotImplementedError

    def count(self, data: CheckInput) -> dict[str, Histogram]:
        """Count the sound values of a table, while all usable ones are evaluated.

        Parameters
        ----------
        data : CheckInput
            The table and its surroundings.

        Returns
        -------
        dict of Histogram
            By "check.view".
        """
        views, cast = self.views(data.levels, data.sound), data.levels.cast
        return {f"{self.name}.{name}": Histogram.of(value, group, cast) for name, (value, group) in views.items()}

    def statistics(self, counts: dict[str, Histogram]) -> dict[str, Statistics]:
        """Turn the counts of this check into statistics.

        Parameters
        ----------
        counts : dict of Histogram
            By "check.view", of the whole table and of any checks.

        Returns
        -------
        dict of Statistics
            By "check.view", of this check.
        """
        own = {name: found for name, found in counts.items() if name.partition(".")[0] == self.name}
        return {name: Statistics.of(found, self.casts, self.spread) for name, found in own.items()}

    def _far(self, data: CheckInput) -> list[Mask]:
        """Find values far from the median of their group, one mask a view, in their order."""
        found = []
        for name, (value, group) in self.views(data.levels, data.usable).items():
            found.append(data.regions[f"{self.name}.{name}"].far(value, group, self.multiple))
        return found

    def _group(self, levels: Levels, layer: Integers) -> Integers:
        """Join the cell of each level and its layer into one number."""
        first = levels.first
        cell = regional_statistics.cell(levels.latitude[first], levels.longitude[first], self.cell)
        return regional_statistics.group(cell[levels.cast], layer)


class RegionalStatistics(Regional):
    """Oxygen against its region: by a climatology where it has values, else by the table itself.

    By the table a value is odd if it is so both in its layer of pressure, bounded by `edges`, dbar, and in its layer
    of potential density, `step` kg/m3 thick: heaved water is odd in the first only, a front in the second only. Where
    density is unknown no value is flagged. `climatology` is a multiple of the standard deviation of a
    climatology.
    """

    kind: Literal["regional"]
    edges: Edges
    step: float = Field(gt=0)
    climatology: float = Field(gt=0)

    def views(self, levels: Levels, selected: dict[str, Mask]) -> dict[str, tuple[Floats, Integers]]:
        """Group oxygen by layers of pressure and by layers of density.

        Parameters
        ----------
        levels : Levels
            The table.
        selected : dict of mask
            Per variable, the values to group.

        Returns
        -------
        dict of (floats, integers), both of shape (level,)
            By name of the view, the values, and the group of each, -1 for none.
        """
        oxygen = np.where(selected["oxygen"] & np.isfinite(levels.pressure), levels.values["oxygen"], np.nan)
        density = _density_layer(levels, selected, self.step)
        layer = np.digitize(levels.pressure, self.edges) - 1
        layer[(layer >= len(self.edges) - 1) | (density < 0)] = -1
        density[layer < 0] = -1
        return {"pressure": (oxygen, self._group(levels, layer)), "density": (oxygen, self._group(levels, density))}

    def limits(
        self, levels: Levels, known: dict[str, Mask], regions: dict[str, Statistics], climatology: Climatology | None
    ) -> list[tuple[Floats, Floats]]:
        """Return the limits of oxygen at each level; a value fails outside all of them.

        Parameters
        ----------
        levels : Levels
            The table.
        known : dict of mask
            Per variable, the values that are not bad.
        regions : dict of Statistics
            By "check.view".
        climatology : callable or None
            As in `CheckInput`.

        Returns
        -------
        list of (low, high), floats of shape (level,)
            umol/kg, of the layer of pressure, then of that of density; where the climatology has values both are its
            limits. NaN where there are none: no value fails there.
        """
        found = []
        for name, (_, group) in self.views(levels, known).items():
            found.append(regions[f"{self.name}.{name}"].limits(group, self.multiple))
        if climatology is not None:
            rows = np.flatnonzero(known["oxygen"] & np.isfinite(levels.pressure))
            mean, deviation = climatology(levels.latitude[rows], levels.longitude[rows], levels.pressure[rows])
            reach = self.climatology * np.maximum(deviation, self.spread)
            there = np.isfinite(mean) & np.isfinite(deviation)
            for low, high in found:
                low[rows[there]], high[rows[there]] = (mean - reach)[there], (mean + reach)[there]
        return found

    def _failures(self, data: CheckInput) -> Iterator[tuple[str, Mask]]:
        value = np.where(data.usable["oxygen"], data.levels.values["oxygen"], np.nan)
        limits = self.limits(data.levels, data.usable, data.regions, data.climatology)
        yield "oxygen", np.logical_and.reduce([(value < low) | (value > high) for low, high in limits])


def _density_layer(levels: Levels, selected: dict[str, Mask], step: float) -> Integers:
    """Give each level the number of its layer of potential density, -1 where that is unknown or not selected."""
    known = selected["temperature"] & selected["salinity"] & np.isfinite(levels.sigma0)
    number = np.floor(np.nan_to_num(levels.sigma0) / step) + np.ceil(100 / step)  # fresh water is below 0
    return np.where(known, number, -1).astype(np.int64)


class Stoichiometry(Regional):
    """PO = O2 + 170 PO4 and NO = O2 + 9 NO3 against their region and layer of potential density.

    `ratios` are umol O2 a umol of the nutrient, `step` the thickness of the layers, kg/m3, `shallowest` the pressure,
    dbar, above which gas exchange makes the sums meaningless.
    """

    kind: Literal["stoichiometry"]
    ratios: dict[Variable, float]
    step: float = Field(gt=0)
    shallowest: float

    def views(self, levels: Levels, selected: dict[str, Mask]) -> dict[str, tuple[Floats, Integers]]:
        """Group each sum of oxygen and a nutrient by layers of density.

        Parameters
        ----------
        levels : Levels
            The table.
        selected : dict of mask
            Per variable, the values to group.

        Returns
        -------
        dict of (floats, integers), both of shape (level,)
            By name of the view, the values, and the group of each, -1 for none.
        """
        deep = selected["oxygen"] & (levels.pressure >= self.shallowest)
        group = self._group(levels, np.where(deep, _density_layer(levels, selected, self.step), -1))
        found: dict[str, tuple[Floats, Integers]] = {}
        for nutrient, ratio in self.ratios.items():
            total = levels.values["oxygen"] + ratio * levels.values[nutrient]
            found[nutrient] = (np.where(deep & selected[nutrient], total, np.nan), group)
        return found

    def _failures(self, data: CheckInput) -> Iterator[tuple[str, Mask]]:
        yield "oxygen", np.logical_or.reduce(self._far(data))
