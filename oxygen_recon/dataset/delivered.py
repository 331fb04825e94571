"""Covariates from casts as the delivered field has them: without the casts of the groups that are hidden."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Ints, Mask
from oxygen_recon.dataset.covariates import climatology_covariates, measured, season_of
from oxygen_recon.dataset.domain import AS_FIELD, Domain, Samples, make_domain
from oxygen_recon.runtime.errors import naming_damage
from qc.files import replacing

SUBSETS = 12  # at least, where there are as many groups: each costs one climatology a fold


@dataclass(frozen=True)
class Subsets:
    """Subsets of the groups of each fold, left out together so that no training row sees what its own group measured.

    A row that is held out sees covariates without all groups of its fold. A training row must see the like: covariates
    without its own group. One climatology a group would be dear where there are thousands of cruises; so a few groups
    share a subset, as many share a fold.

    Parameters
    ----------
    group, number, fold : int array, shape (group,)
        Distinct groups in ascending order; the subset and the fold of each.

    Examples
    --------
    >>> subsets = Subsets.of(np.array([1990, 1991, 1992, 1990]), np.array([0, 1, 0, 0]))
    >>> subsets.at(np.array([1992, 1991, 2050])), subsets.of_fold(0)
    (array([ 1,  6, -1]), array([0, 1]))
    """

    group: Ints
    number: Ints
    fold: Ints

    @classmethod
    def none(cls) -> Subsets:
        """Return no subsets: nothing that casts measured is ever hidden."""
        nothing = np.zeros(0, np.int64)
        return cls(nothing, nothing, nothing)

    @classmethod
    def of(cls, group: Ints, fold: Ints) -> Subsets:
        """Assign the groups of each fold in turn to its subsets.

        Parameters
        ----------
        group, fold : int array, shape (sample,)
            Group and fold of each sample; samples of one group share a fold.

        Returns
        -------
        Subsets
        """
        names, first = np.unique(group, return_index=True)
        folds, number = np.unique(fold[first], return_inverse=True)
        each = -(-SUBSETS // folds.size)
        for i in range(folds.size):
            own = np.flatnonzero(fold[first] == folds[i])
            number[own] = i * each + np.arange(own.size) % each
        return cls(names, np.asarray(number, np.int64), fold[first])

    def at(self, group: Ints) -> Ints:
        """Look up the subset of groups.

        Parameters
        ----------
        group : int array, shape (row,)
            Groups.

        Returns
        -------
        int array, shape (row,)
            -1 for a group of which there is no sample: it is never hidden.
        """
        if not self.group.size:
            return np.full(group.shape, -1)
        at = np.searchsorted(self.group, group).clip(max=self.group.size - 1)
        return np.where(self.group[at] == group, self.number[at], -1)

    @property
    def size(self) -> int:
        """Number of the subsets."""
        return int(self.number.max(initial=-1)) + 1

    def of_fold(self, fold: int | None) -> Ints:
        """List the subsets of a fold.

        Parameters
        ----------
        fold : int or None
            Its number; None for the delivered field, of which nothing is hidden.

        Returns
        -------
        int array
        """
        return np.unique(self.number[self.fold == fold]) if fold is not None else np.zeros(0, np.int64)


@dataclass(frozen=True)
class DeliveredCovariates:
    """Covariates from casts as the delivered field has them: what other groups know of a place.

    Where casts measured temperature, they mostly measured oxygen too. A cell to be estimated has neither, so that its
    covariates are the climatology of `oxygen_recon.dataset.covariates`, and no cell holds a measured value.

    Parameters
    ----------
    grid : Grid
        Cells.
    time_axis : TimeAxis
        Steps.
    casts : Samples
        Covariates of the casts (`oxygen_recon.dataset.covariates.cast_values`) with their subsets.
    subsets : Subsets
        Of the groups of the folds.
    """

    grid: Grid
    time_axis: TimeAxis
    casts: Samples
    subsets: Subsets

    def domain(self, hidden: Ints) -> Domain:
        """Make the domain whose covariates do without some subsets, and without one more for each row of samples.

        Parameters
        ----------
        hidden : int array
            Subsets whose casts take no part at all: those of the held-out fold; none for the delivered field.

        Returns
        -------
        Domain
            `Domain.at` gives the covariates of samples without their own subset.
        """
        number = subset_of(self.casts)
        rest, season = ~np.isin(number, hidden), season_of(self.time_axis)
        whole = self._field(rest)
        without: list[NDArray[np.float32]] = []
        row = np.full((self.subsets.size, season.size), AS_FIELD, np.int32)
        for i in np.unique(number[rest & (number >= 0)]):
            row[i] = len(whole) * len(without) + season
            without.append(self._field(rest & (number != i)))
        domain = make_domain(self.grid, self.time_axis, whole[season], tuple(self.casts.values))
        return replace(domain, without=np.concatenate(without or [whole[:0]]), row=row)

    def elsewhere(self) -> Domain:
        """Make the domain of which each cell owes nothing to the casts of its own water column, whatever is held out.

        Returns
        -------
        Domain
        """
        whole = without_own_column(self.grid, self.casts, lambda which, cells: self._field(which)[:, cells])
        return make_domain(self.grid, self.time_axis, whole[season_of(self.time_axis)], tuple(self.casts.values))

    def _field(self, which: Mask) -> NDArray[np.float32]:
        """Climatology of some casts, shape (season, cell, channel)."""
        values = measured(self.casts.take(which), self.grid.cells, len(self.time_axis))
        return climatology_covariates(values, self.grid, self.time_axis)


def without_own_column(
    grid: Grid, casts: Samples, fields: Callable[[Mask, Ints], NDArray[np.float32]]
) -> NDArray[np.float32]:
    """Make fields of which each cell owes nothing to the casts of its own water column; a few columns share a subset.

    Parameters
    ----------
    grid : Grid
        Cells.
    casts : Samples
        What the fields are made of.
    fields : callable
        Makes the fields of some casts (bool array) at some cells, shape (..., len(cells), channel).

    Returns
    -------
    float32 array, shape (..., cell, channel)
    """
    subset = np.unique(grid.column_of, return_inverse=True)[1] % SUBSETS
    cells = [np.flatnonzero(subset == i) for i in np.unique(subset)]
    parts = [fields(subset[casts.cell] != subset[some[0]], some) for some in cells]
    return np.concatenate(parts, axis=-2)[..., np.argsort(np.concatenate(cells)), :]


def subset_of(casts: Samples) -> Ints:
    """Return the subset of each cast.

    Parameters
    ----------
    casts : Samples
        With subsets.

    Returns
    -------
    int array, shape (cast,)

    Raises
    ------
    ValueError
        If they have none.
    """
    if casts.subset is None:
        raise ValueError("casts without subsets")
    return casts.subset


def save(domain: Domain, folder: Path, name: str) -> None:
    """Write the covariates of a domain, each file whole or not at all.

    Parameters
    ----------
    domain : Domain
        With or without rows that do without a subset.
    folder : Path
        Gets NAME_without.npy and NAME_row.npy where there are such rows, and NAME.npy last.
    name : str
        What the files are called.
    """
    arrays: dict[str, NDArray[Any]] = {}
    if domain.without is not None and domain.row is not None and domain.without.size:
        arrays = {f"{name}_without": domain.without, f"{name}_row": domain.row}
    for stem, values in (arrays | {name: domain.covariates}).items():
        with replacing(folder / f"{stem}.npy") as partial, partial.open("wb") as stream:
            np.save(stream, values, allow_pickle=False)


def load(places: Domain, names: tuple[str, ...], folder: Path, name: str) -> Domain:
    """Read the covariates of a domain; they stay on disk until they are read.

    Parameters
    ----------
    places : Domain
        Its cells and steps, and covariates that owe nothing to the casts, which come last.
    names : tuple of str
        Names of the covariates from casts, in the order they were saved.
    folder : Path
        As `save` left it.
    name : str
        What the files are called.

    Returns
    -------
    Domain

    Raises
    ------
    InputError
        If a file is missing or damaged.
    """

    def read(stem: str) -> NDArray[Any]:
        with naming_damage(folder / f"{stem}.npy"):
            values: NDArray[Any] = np.load(folder / f"{stem}.npy", mmap_mode="r", allow_pickle=False)
        return values

    of_casts = read(name)  # stays on disk where there is nothing beside it
    covariates = np.concatenate([of_casts, places.covariates], axis=-1) if places.names else of_casts
    whole = replace(places, covariates=covariates, names=(*names, *places.names))
    if not (folder / f"{name}_without.npy").exists():
        return whole
    return replace(whole, without=read(f"{name}_without"), row=np.asarray(read(f"{name}_row")))
