"""What travels between the rooms that estimate: where, what was observed, and what is believed."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Ints = NDArray[np.integer]


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


@dataclass(frozen=True)
class Estimate:
    """What a method believes: a mean and a standard error for each name, in physical units.

    Parameters
    ----------
    names : tuple of str
        For instance ("oxygen",).
    mean, scale : array or tensor, shape (..., name)
        Mean and standard error, umol kg-1; finite, scale > 0.

    Raises
    ------
    ValueError
        If shapes disagree, a mean is not finite or a scale is not positive.
    """

    names: tuple[str, ...]
    mean: Floats
    scale: Floats

    def __post_init__(self) -> None:
        """Refuse an estimate that cannot be one."""
        if self.mean.shape != self.scale.shape or self.mean.shape[-1] != len(self.names):
            raise ValueError(f"Estimate of {self.names} has shapes {self.mean.shape} and {self.scale.shape}")
        if not (np.isfinite(np.asarray(self.mean)).all() and (np.asarray(self.scale) > 0).all()):
            raise ValueError("Estimate must be finite with a positive scale")
