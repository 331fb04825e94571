"""What travels between the rooms that estimate: where, what was observed, and what is believed."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats, Ints
from oxygen_recon.dataset.solubility import saturation

if TYPE_CHECKING:  # the baselines carry domains and samples without loading torch
    pass

LAYERS = {"0-50": (0.0, 50.0), "50-200": (50.0, 200.0), "200-500": (200.0, 500.0), ">500": (500.0, np.inf)}  # m


def layer_of(depth: Floats) -> Ints:
    """Return the number of the layer of `LAYERS` that each depth lies in; a boundary belongs to the layer below it.

    Parameters
    ----------
    depth : array, any shape
        Metres, positive down.

    Returns
    -------
    int array of that shape
        0 for the shallowest.

    Examples
    --------
    >>> layer_of(np.array([0.0, 49.9, 50.0, 200.0, 4000.0]))
    array([0, 0, 1, 2, 3])
    """
    return np.digitize(depth, [top for top, _ in LAYERS.values()][1:])


@dataclass(frozen=True)
class Domain:
    """Every wet cell at every step, and what is known there besides oxygen.

    Parameters
    ----------
    latitude, longitude, depth : array, shape (cell,)
        Centres of the wet cells: degrees north, degrees east, metres (positive down).
    column, level : int array, shape (cell,)
        Which water column (0 ... columns - 1) and which level (0 = shallowest) a cell is.
    volume : array, shape (cell,)
        Cell volume, m3.
    years : array, shape (step,)
        Middle of each step, decimal years.
    covariates : array, shape (step, cell, channel)
        Environmental fields in physical units; NaN is missing. Static fields are broadcast over step.
    names : tuple of str
        Names of the channels: temperature (degC), salinity (1), nitrate, phosphate, silicate (umol kg-1), ...

    Raises
    ------
    ValueError
        If shapes or names disagree.
    """

    latitude: Floats
    longitude: Floats
    depth: Floats
    column: Ints
    level: Ints
    volume: Floats
    years: Floats
    covariates: Floats
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        """Refuse arrays that do not describe the same cells."""
        for field in ("latitude", "longitude", "depth", "column", "level", "volume"):
            if getattr(self, field).shape != self.latitude.shape:
                raise ValueError(f"Domain.{field} does not have one entry a cell")
        if self.covariates.shape != (self.years.size, self.latitude.size, len(self.names)):
            raise ValueError(f"Domain.covariates has shape {self.covariates.shape}, not (step, cell, channel)")

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the covariates, and "saturation" where temperature and salinity are among them."""
        known = {"temperature", "salinity"} <= set(self.names)
        return (*self.names, "saturation") if known else self.names

    def at(self, cell: Ints, step: Ints, dtype: type[np.floating] | None = None) -> Floats:
        """Take what is known besides oxygen at some cells and steps.

        Parameters
        ----------
        cell, step : int array, shape (node,)
            Where and when.
        dtype : type, optional
            Precision of the result, and of the oxygen at saturation computed from it; that of the covariates if None.

        Returns
        -------
        array, shape (node, channel)
            Columns as in `channels`: covariates in their units, oxygen at saturation in umol kg-1; NaN is missing.
        """
        values = self.covariates[step, cell]
        values = values if dtype is None else values.astype(dtype)
        if len(self.channels) == len(self.names):
            return values
        salinity, temperature = (values[:, self.names.index(name)] for name in ("salinity", "temperature"))
        return np.column_stack([values, saturation(salinity, temperature)])

    @property
    def cells(self) -> int:
        """Number of wet cells."""
        return self.latitude.size

    @property
    def steps(self) -> int:
        """Number of time steps."""
        return self.years.size


@dataclass(frozen=True)
class Samples:
    """Gridded observations: one row is what one cruise (or float) found in one cell during one step.

    Parameters
    ----------
    cell, step, group : int array, shape (sample,)
        Cell and step of the `Domain`; group numbers the cruise or platform, the unit that is held out together.
    oxygen : array, shape (sample,)
        Robust mean, umol kg-1, finite.
    count : int array, shape (sample,)
        Number of casts in the mean.
    spread : array, shape (sample,)
        Robust standard deviation among them, umol kg-1; NaN where count is 1.

    Raises
    ------
    ValueError
        If lengths differ or an oxygen value is not finite.
    """

    cell: Ints
    step: Ints
    group: Ints
    oxygen: Floats
    count: Ints
    spread: Floats

    def __post_init__(self) -> None:
        """Refuse ragged columns and missing values."""
        for field in fields(self):
            if getattr(self, field.name).shape != self.cell.shape:
                raise ValueError(f"Samples.{field.name} does not have one entry a sample")
        if not np.isfinite(self.oxygen).all():
            raise ValueError("Samples.oxygen must be finite: a missing value is no sample")

    def __len__(self) -> int:
        return self.cell.size

    def take(self, which: NDArray[np.bool_] | Ints) -> Samples:
        """Return the samples selected by a mask or an index array."""
        return Samples(*(getattr(self, field.name)[which] for field in fields(self)))


def make_domain(grid: Grid, time_axis: TimeAxis, covariates: NDArray[np.floating], names: tuple[str, ...]) -> Domain:
    """Put a grid, a time_axis and covariates together.

    Parameters
    ----------
    grid : Grid
    time_axis : TimeAxis
    covariates : array, shape (step, cell, channel)
        Physical units, NaN missing.
    names : tuple of str, length channel

    Returns
    -------
    Domain
    """
    level, row, place = np.nonzero(grid.wet)
    _, column = np.unique(grid.column_of, return_inverse=True)
    return Domain(
        latitude=grid.latitude[row], longitude=grid.longitude[place], depth=grid.depth[level], column=column,
        level=level, volume=grid.volume[grid.wet], years=time_axis.years, covariates=covariates, names=tuple(names),
    )  # fmt: skip
