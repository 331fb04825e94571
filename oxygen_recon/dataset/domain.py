"""Domain and samples: the wet cells and steps of an experiment, and the gridded observations in them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats, Ints, Mask
from oxygen_recon.dataset.seawater import saturation

LAYERS = {"0-50": (0.0, 50.0), "50-200": (50.0, 200.0), "200-500": (200.0, 500.0), ">500": (500.0, np.inf)}  # m
Real = type[np.floating] | None
AS_FIELD, NOT_MADE = -1, -2  # instead of a row of `Domain.without`
UNASKED = np.inf  # instead of a value in such a row
ERROR = "_error"  # what the name of a mapped covariate is followed by in that of its standard error


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
    """Wet cells and time steps with their named covariates.

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
    departures : bool
        Oxygen of its samples is a departure from a background, which follows saturation already.
    without : array, shape (row, cell, channel), optional
        Covariates made without the casts of a subset (`oxygen_recon.dataset.delivered`), the first ones: the others owe
        nothing to the casts; None where none does, or where samples keep their own.
    row : int array, shape (subset, step), optional
        Row of `without` that holds a step without a subset, `UNASKED` at cells where no sample of the subset asks;
        `AS_FIELD` where that is `covariates` itself, `NOT_MADE` where no sample of the subset ever asks.

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
    departures: bool = False
    without: Floats | None = None
    row: Ints | None = None

    def __post_init__(self) -> None:
        """Refuse arrays that do not describe the same cells."""
        for field in ("latitude", "longitude", "depth", "column", "level", "volume"):
            if getattr(self, field).shape != self.latitude.shape:
                raise ValueError(f"Domain.{field} does not have one value a cell")
        if self.covariates.shape != (self.years.size, self.latitude.size, len(self.names)):
            raise ValueError(f"Domain.covariates has shape {self.covariates.shape}, not (step, cell, channel)")

    @cached_property
    def gaps(self) -> Mask:
        """Whether a channel is missing anywhere, shape (channel,), saturation included; looked through once."""
        own = np.zeros(len(self.names), bool)
        for field in (self.covariates, *([] if self.without is None else [self.without])):
            for channel in range(field.shape[-1]):
                own[channel] |= np.isnan(field[..., channel]).any()
        known = dict(zip(self.names, own))
        return own if self.channels == self.names else np.append(own, known["temperature"] | known["salinity"])

    @property
    def channels(self) -> tuple[str, ...]:
        """Names of the covariates, and "saturation" where temperature and salinity are among them."""
        known = {"temperature", "salinity"} <= set(self.names)
        return (*self.names, "saturation") if known else self.names

    @property
    def maps(self) -> tuple[str, ...]:
        """Names of the covariates that are mapped from casts: NAME_error, the standard error, stands beside them."""
        return tuple(name for name in self.names if name + ERROR in self.names)

    def hiding(self, subset: int) -> Domain:
        """Return the domain as it is when a subset of the groups is hidden; `UNASKED` where no sample of it asks.

        Parameters
        ----------
        subset : int
            Its number.
        """
        if self.without is None or self.row is None or not len(self.without):
            return self
        row, covariates = self.row[subset], np.array(self.covariates)
        covariates[row == NOT_MADE] = UNASKED
        covariates[row >= 0, :, : self.without.shape[-1]] = self.without[row[row >= 0]]
        return replace(self, covariates=covariates)

    @cached_property
    def cell_of(self) -> Ints:
        """Cell of each level of each water column, shape (column, level); -1 where there is none."""
        cell = np.full((self.column.max(initial=-1) + 1, self.level.max(initial=-1) + 1), -1)
        cell[self.column, self.level] = np.arange(self.cells)
        return cell

    def at(self, cell: Ints, step: Ints, subset: Ints | None = None, dtype: Real = None, refuse: bool = True) -> Floats:
        """Take what is known besides oxygen at some cells and steps.

        Parameters
        ----------
        cell, step : int array, shape (node,)
            Where and when.
        subset : int array, shape (node,), optional
            Subset of groups whose casts must have no part in what is known of a node: that of the sample which the node
            is, or which is estimated with its help. -1 or None leaves nothing out.
        dtype : type, optional
            Precision of the result, and of the oxygen at saturation computed from it; that of the covariates if None.
        refuse : bool
            Raise the error; else what was not made without a subset is missing, as for the other levels of a column.

        Returns
        -------
        array, shape (node, channel)
            Columns as in `channels`: covariates in their units, oxygen at saturation in umol kg-1; NaN is missing.

        Raises
        ------
        ValueError
            If nothing was made without a subset at a place: what is known there with its casts would be no answer.
        """
        values = self.covariates[step, cell]
        if subset is not None and self.without is not None and self.row is not None and len(self.without):
            row = np.where(subset < 0, AS_FIELD, self.row[subset, step])
            of_casts = slice(self.without.shape[-1])
            other = self.without[np.maximum(row, AS_FIELD), cell]
            values[:, of_casts] = np.where(row[:, None] == AS_FIELD, values[:, of_casts], other)
            values[row == NOT_MADE, of_casts] = UNASKED
            if refuse and (values[:, of_casts] == UNASKED).any():
                raise ValueError("no covariates were made without a subset at a place where it has no sample near")
        if not refuse:
            values[values == UNASKED] = np.nan
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
        Cell and step of the `Domain`; group numbers the cruise or platform.
    values : dict of str to array, shape (sample,)
        Robust mean of each quantity ("oxygen", "nitrate", ...), umol kg-1; NaN where the cruise did not measure it.
    count : int array, shape (sample,)
        Number of casts in the mean.
    spread : dict of str to array, shape (sample,)
        Robust standard deviation among the casts, of the same quantities, umol kg-1; NaN where count is 1.
    subset : int array, shape (sample,), optional
        Subset of groups that the sample's covariates are made without (`oxygen_recon.dataset.delivered.Subsets`).
    unit : int array, shape (sample,), optional
        What a comparison holds out together (`oxygen_recon.dataset.folds.groups_of`): methods choose their settings,
        and learn, by hiding whole units; the group where left out.

    Raises
    ------
    ValueError
        If lengths differ, `values` and `spread` have other quantities, or a sample has no finite value.

    Examples
    --------
    >>> one, two = np.array([7, 7]), np.array([0, 1])
    >>> values, spread = {"oxygen": np.array([210.0, 205.0])}, {"oxygen": np.array([np.nan, 2.0])}
    >>> samples = Samples(one, two, two, values, two + 1, spread)
    >>> samples.take(samples.step == 1).values["oxygen"]
    array([205.])
    """

    cell: Ints
    step: Ints
    group: Ints
    values: dict[str, Floats]
    count: Ints
    spread: dict[str, Floats]
    subset: Ints | None = None
    unit: Ints | None = None

    def __post_init__(self) -> None:
        """Refuse ragged columns and samples without a value."""
        if not self.values or self.values.keys() != self.spread.keys():
            raise ValueError(f"Samples.values has {list(self.values)}, Samples.spread has {list(self.spread)}")
        columns = {name: getattr(self, name) for name in ("cell", "step", "group", "count", "subset", "unit")}
        columns |= {f"values[{name}]": values for name, values in self.values.items()}
        columns |= {f"spread[{name}]": spread for name, spread in self.spread.items()}
        for name, column in columns.items():
            if column is not None and column.shape != self.cell.shape:
                raise ValueError(f"Samples.{name} does not have one value a sample")
        if not np.any([np.isfinite(values) for values in self.values.values()], axis=0).all():
            raise ValueError("each sample must have a finite value: a missing value is no sample")

    def __len__(self) -> int:
        return self.cell.size

    @property
    def held_together(self) -> Ints:
        """What is hidden together when something is held out, shape (sample,)."""
        return self.group if self.unit is None else self.unit

    def take(self, which: Mask | Ints) -> Samples:
        """Select samples.

        Parameters
        ----------
        which : bool array, shape (sample,), or int array
            Mask, or numbers of the samples in their new order.

        Returns
        -------
        Samples
        """
        values = {name: values[which] for name, values in self.values.items()}
        spread = {name: spread[which] for name, spread in self.spread.items()}
        subset, unit = (None if column is None else column[which] for column in (self.subset, self.unit))
        return Samples(
            self.cell[which], self.step[which], self.group[which], values, self.count[which], spread, subset, unit
        )


def make_domain(grid: Grid, time_axis: TimeAxis, covariates: Floats, names: tuple[str, ...]) -> Domain:
    """Make the domain of the wet cells of a grid.

    Parameters
    ----------
    grid : Grid
        Cells.
    time_axis : TimeAxis
        Steps.
    covariates : array, shape (step, cell, channel)
        Physical units, NaN missing.
    names : tuple of str, length channel
        Names of the channels.

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
