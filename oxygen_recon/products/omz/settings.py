"""Settings of a run's oxygen minimum zones, inventories and trends: thresholds, regions, layers, periods, members."""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from pydantic import Field, field_validator

from graphs.basins import BASINS
from graphs.grid import Grid
from graphs.types import Mask
from oxygen_recon.fields import regions
from qc.config import Strict
from qc.errors import InputError

Years = Annotated[tuple[int, int], Field(strict=False)]
Layer = Annotated[tuple[float, float | None], Field(strict=False)]
_LEAST, _MOST = 2.5, 600.0  # below lie ml/l and mg/l of low oxygen, and the error of measurement; no sea holds more
_PUBLISHED = (1965, 2015)  # years of the published trends of optimal interpolation (Ito 2022)


def mistaken(threshold: float, unit: str = "umol kg-1") -> str:
    """Say why a number is no threshold of oxygen in seawater in its unit; nothing where it may be one.

    Parameters
    ----------
    threshold : float
        In `unit`.
    unit : {"umol kg-1", "mmol m-3"}
        Both are within 3 % of each other; ml/l and mg/l are numbers below 10, of low oxygen below 2.5.

    Examples
    --------
    >>> mistaken(1.4), mistaken(60.0)
    ('1.4 umol kg-1 is no threshold of seawater; 1.4 ml/l are 60.9 umol kg-1, 2 mg/l are 60.9', '')
    """
    if _LEAST <= threshold <= _MOST:
        return ""
    return f"{threshold:g} {unit} is no threshold of seawater; 1.4 ml/l are 60.9 umol kg-1, 2 mg/l are 60.9"


class OmzConfig(Strict):
    """Thresholds and regions of oxygen minimum zones, and layers and periods of inventories and trends.

    Parameters
    ----------
    thresholds : list of float [umol kg-1]
        Of the oxygen minimum zones. 60 mmol m-3 are 58.4 umol kg-1, 1.4 ml/l are 60.9.
    regions : list of str, or mapping of str to str, optional
        Parts of the grid that have series of their own, beside the whole: names (`oxygen-recon schema --regions` lists
        them: Atlantic, arabian_sea), polygons as WKT, or files from the current folder: GeoJSON, WKT, or a netCDF mask
        (.nc), as FILE.nc:VARIABLE for one variable of it and FILE.nc:VARIABLE=3 for one of its codes (=3+4 for two),
        such as those of RECCAP2 and of the World Ocean Atlas. A mapping gives each a name of your own. When left out,
        the basins that the grid holds; they are disjoint and sum to the whole.
    layers : list of [top, bottom] [m]
        Of the inventories; a bottom of null is the sea floor.
    periods : list of [first, last], optional [year]
        Of the trends, both years included. When left out the whole period, and 1965 to 2015 where that lies inside.
    count : {"subcell", "whole cells"}
        How volumes are counted: with the profile linear between levels, which is the number to publish, or by whole
        cells, as many published volumes are. The other is in the file too. Areas are the same by both.
    members : int
        Possible fields from which the intervals of zones, inventories and trends come; 0 for none.
    """

    thresholds: list[Annotated[float, Field(gt=0, allow_inf_nan=False)]] = Field(
        default=[5.0, 20.0, 30.0, 60.0, 62.5, 80.0, 120.0], min_length=1
    )
    regions: list[str] | dict[str, str] | None = None
    layers: list[Layer] = Field(default=[(0.0, 1000.0), (200.0, 1000.0), (0.0, 2000.0), (0.0, None)], min_length=1)
    periods: list[Years] | None = None
    count: Literal["subcell", "whole cells"] = "subcell"
    members: int = Field(default=20, ge=0, le=1000)

    @field_validator("thresholds")
    @classmethod
    def _of_oxygen(cls, thresholds: list[float]) -> list[float]:
        """Refuse what is in another unit by its size, and one threshold twice."""
        for one in thresholds:
            if why := mistaken(one):
                raise ValueError(why)
        if len(set(thresholds)) < len(thresholds):
            raise ValueError("a threshold twice; give each once")
        return thresholds

    @field_validator("layers")
    @classmethod
    def _downward(cls, layers: list[Layer]) -> list[Layer]:
        """Refuse a layer without water."""
        for top, bottom in layers:
            if top < 0 or (bottom is not None and bottom <= top):
                raise ValueError(f"no layer from {top:g} to {bottom} m; give top and bottom, downward")
        return layers

    @field_validator("regions")
    @classmethod
    def _known(cls, chosen: list[str] | dict[str, str] | None) -> list[str] | dict[str, str] | None:
        """Refuse what is no region, and one twice."""
        names = [] if chosen is None else list(chosen)
        for region in chosen.values() if isinstance(chosen, dict) else names:
            regions.box_of(region)
        for name, region in chosen.items() if isinstance(chosen, dict) else ():
            if name in BASINS and region != name:
                raise ValueError(f"{name} is the name of a basin; give {region} another")
        if len({*map(regions.short_name, names), "all"}) < len(names) + 1:
            raise ValueError("two regions of one name, or one named all, which is the whole; give each its own name")
        return chosen

    @field_validator("periods")
    @classmethod
    def _forward(cls, periods: list[Years] | None) -> list[Years] | None:
        """Refuse a period that ends before it begins."""
        for first, last in periods or ():
            if last <= first:
                raise ValueError(f"the period {first}-{last} has no trend; give first and last year")
        return periods

    def periods_of(self, start: int, end: int) -> list[tuple[int, int]]:
        """Return the periods of the trends of a run.

        Parameters
        ----------
        start, end : int
            First and last year of the run.

        Raises
        ------
        InputError
            If a period reaches beyond the run's.

        Examples
        --------
        >>> OmzConfig().periods_of(1920, 2023), OmzConfig().periods_of(1990, 2010)
        ([(1920, 2023), (1965, 2015)], [(1990, 2010)])
        """
        if self.periods is None:
            inside = start <= _PUBLISHED[0] and _PUBLISHED[1] <= end and _PUBLISHED != (start, end)
            return [(start, end), *([_PUBLISHED] if inside else [])]
        for first, last in self.periods:
            if not start <= first < last <= end:
                raise InputError(f"the run has {start}-{end}", f"omz.periods {first}-{last}", "choose years of it")
        return list(self.periods)

    def masks(self, grid: Grid) -> dict[str, Mask]:
        """Return the columns of each region.

        Parameters
        ----------
        grid : Grid
            Cells of the run.

        Returns
        -------
        dict of str to bool array, shape (latitude, longitude)
            By the name in the settings, a file without its folder. Without regions in the settings,
            the basins that the grid holds; none where that is one alone.

        Raises
        ------
        InputError
            If a region of the settings has no ocean of the grid.
        """
        ocean = grid.wet.any(axis=0)
        chosen = self._by_name if self.regions is not None else dict(zip(BASINS, BASINS))
        found = {name: regions.inside(region, grid) for name, region in chosen.items()}
        if self.regions is None:
            held = {name: mask for name, mask in found.items() if (mask & ocean).any()}
            return held if len(held) > 1 else {}
        for name, mask in found.items():
            if not (mask & ocean).any():
                (south, north), (west, east) = grid.latitude_edges[[0, -1]], grid.longitude_edges[[0, -1]]
                covers = f"the run covers {south:g} to {north:g} N, {west:g} to {east:g} E: leave it out"
                raise InputError("no ocean cell of the run in it", f"omz.regions {name}", covers)
        return found

    @property
    def _by_name(self) -> dict[str, str]:
        """Regions of the settings by their names."""
        chosen = self.regions or {}
        return dict(chosen) if isinstance(chosen, dict) else {regions.short_name(region): region for region in chosen}

    @property
    def depths(self) -> list[tuple[float, float]]:
        """Layers of the inventories, infinity for the sea floor, m."""
        return [(top, np.inf if bottom is None else bottom) for top, bottom in self.layers]

    @property
    def identity(self) -> dict[str, object]:
        """What decides the result besides the run's data: regions by what they cover, for files may be moved."""
        covered = {name: regions.content(region) for name, region in self._by_name.items()}
        return self.model_dump(mode="json") | {"regions": None if self.regions is None else covered}
