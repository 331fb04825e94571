"""Folds of cross-validation that never split a cruise, year, water column, block or basin; and a random split."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from pydantic import BaseModel, ConfigDict, Field, field_validator

from graphs.basins import BASINS, basin_of
from graphs.sphere import wrap
from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples
from qc.errors import InputError

_YEARS = 10_000  # numbers of calendar years are smaller


class FoldConfig(BaseModel):
    """How samples are held out.

    Parameters
    ----------
    by : {"cruise", "year", "column", "cast", "block", "basin", "last_years", "year_block", "random"}
        What is held out as a whole. "year" makes n interleaved groups of whole calendar years; "column" holds out a
        water column at all steps, "cast" at one step; "basin" holds out whole basins (`graphs.basins`), n folds of
        them; "last_years" holds out, as fold 0, the last years that were sampled and never anything else;
        "year_block" holds out a block in one calendar year, as OxyGenerator does (Lu et al. 2024), which then is asked
        for what the block had a year before and after: `n: 4` and `block: 45`, 32 areas, are nearest to it, whose own
        areas are not published; "random" holds out single samples. Both test interpolation only and are optimistic: of
        "random", the rest of the same cast is known.
    n : int
        Number of folds ("last_years" has one).
    seed : int
        Order of groups of equal size.
    block : float [degrees]
        Side of a "block", or of one in a "year_block", in latitude and longitude.
    years : int [year]
        Number of "last_years".
    hide : {"casts", "oxygen"}
        What of held-out casts is hidden, where covariates are made from casts: all that they measured; or their oxygen,
        as of years when nobody measured it, while their temperature and salinity are known. Every cell, held out or
        not, then has covariates from the casts of other water columns: no estimate has a measured value at its place.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    by: Literal["cruise", "year", "column", "cast", "block", "basin", "last_years", "year_block", "random"]
    n: int = Field(default=5, ge=2)
    seed: int = 0
    block: float = Field(default=10.0, gt=0, le=180)
    years: int = Field(default=5, ge=1)
    hide: Literal["casts", "oxygen"] = "casts"

    @field_validator("n", mode="before")
    @classmethod
    def _leaves_some(cls, n: object) -> object:
        """Refuse one fold: all would be held out at once, and nothing be left to learn from."""
        if isinstance(n, int) and n < 2:
            raise ValueError(f"{n} would leave nothing to learn from: 2 or more; by: last_years has one")
        return n


def assign_folds(config: FoldConfig, domain: Domain, samples: Samples) -> Ints:
    """Give every sample the fold in which it is held out.

    Parameters
    ----------
    config : FoldConfig
        What is held out together.
    domain : Domain
        Place and time of cells and steps.
    samples : Samples
        What is held out.

    Returns
    -------
    int64 array, shape (sample,)
        0 ... n - 1; -1 where a sample is never held out. Samples of one group share a fold.

    Raises
    ------
    InputError
        If there are fewer groups than folds, or holding out the last years leaves nothing before them.
    """
    group = groups_of(config, domain, samples)
    if config.by == "last_years":
        first = group.max(initial=-1) - config.years + 1
        if not (group < first).any():
            raise InputError(f"all samples lie in the last {config.years} years", "folds.years", "hold out fewer years")
        return np.where(group >= first, 0, -1)
    names, number = np.unique(group, return_inverse=True)
    if names.size < config.n:
        raise InputError(
            f"{names.size} groups by {config.by} cannot make {config.n} folds", "folds.n", "use fewer folds"
        )
    if config.by == "year":
        fold = (names - names[0]) % config.n
        if np.unique(fold).size < config.n:  # gaps between the sampled years left a fold empty
            fold = np.arange(names.size) % config.n
        return np.asarray(fold[number], np.int64)
    fold = np.empty(group.size, np.int64)
    for i, (_, held_out) in enumerate(BalancedGroupKFold(config.n, config.seed).split(group, groups=group)):
        fold[held_out] = i
    return fold


def groups_of(config: FoldConfig, domain: Domain, samples: Samples) -> Ints:
    """Give every sample the number of its group, which `assign_folds` never splits.

    Parameters
    ----------
    config : FoldConfig
        What is held out together.
    domain : Domain
        Place and time of cells and steps.
    samples : Samples
        What is held out.

    Returns
    -------
    int64 array, shape (sample,)
        Cruise, calendar year, column, column and step, block, basin (its place in `graphs.basins.BASINS`), block and
        year; or of each cell, step and cruise its own.
    """
    if config.by == "cruise":
        return samples.group.astype(np.int64)
    if config.by == "column":
        return domain.column[samples.cell].astype(np.int64)
    if config.by == "cast":
        return domain.column[samples.cell].astype(np.int64) * domain.steps + samples.step
    if config.by == "block":
        return blocks_of(domain.latitude[samples.cell], domain.longitude[samples.cell], config.block)
    if config.by == "basin":
        return basins_of(domain.latitude[samples.cell], domain.longitude[samples.cell])
    if config.by == "random":  # by what they are and not by their order: a cast's covariates go with its oxygen
        return (samples.group.astype(np.int64) * domain.steps + samples.step) * domain.cells + samples.cell
    year = np.floor(domain.years[samples.step]).astype(np.int64)
    if config.by == "year_block":
        block = blocks_of(domain.latitude[samples.cell], domain.longitude[samples.cell], config.block)
        return block * _YEARS + year
    return year


def blocks_of(latitude: Floats, longitude: Floats, side: float) -> Ints:
    """Give every point the number of the block of latitude and longitude that it lies in.

    Parameters
    ----------
    latitude, longitude : array, shape (point,)
        Degrees north and east.
    side : float
        Side of a block, degrees.

    Returns
    -------
    int64 array, shape (point,)
    """
    row = np.floor((latitude + 90.0) / side)
    place = np.floor((wrap(longitude) + 180.0) / side)
    return np.asarray(row * np.ceil(360.0 / side) + place).astype(np.int64)


def basins_of(latitude: Floats, longitude: Floats) -> Ints:
    """Give every point the number of its basin.

    Parameters
    ----------
    latitude, longitude : array, shape (point,)
        Degrees north and east.

    Returns
    -------
    int64 array, shape (point,)
        Place in `graphs.basins.BASINS`.
    """
    found, number = np.unique(basin_of(latitude, longitude), return_inverse=True)
    return np.array([BASINS.index(str(name)) for name in found], np.int64)[number]


class BalancedGroupKFold:
    """Cross-validation that holds out whole groups, balanced by their sizes, with the interface of scikit-learn.

    Like `sklearn.model_selection.GroupKFold` it assigns groups, largest first, each to the fold that holds fewest
    samples so far. Groups of equal size are ordered by a seed: scikit-learn orders them by an unstable sort, without a
    seed and not alike on every machine, or with its `shuffle` leaves their sizes out of account.

    Parameters
    ----------
    n_splits : int
        Number of folds.
    seed : int
        Order of groups of equal size.

    Examples
    --------
    >>> for train, test in BalancedGroupKFold(2, seed=0).split(range(5), groups=[7, 7, 7, 8, 9]):
    ...     print(train, test)
    [3 4] [0 1 2]
    [0 1 2] [3 4]
    """

    def __init__(self, n_splits: int, seed: int = 0) -> None:
        self.n_splits, self.seed = n_splits, seed

    def get_n_splits(self, X: object = None, y: object = None, groups: object = None) -> int:
        """Return the number of folds.

        Parameters
        ----------
        X, y, groups : object
            Not used; in the interface of scikit-learn.

        Returns
        -------
        int
        """
        return self.n_splits

    def split(self, X: object, y: object = None, groups: ArrayLike | None = None) -> Iterator[tuple[Ints, Ints]]:
        """Hold out one fold after the other.

        Parameters
        ----------
        X, y : object
            Not used; in the interface of scikit-learn.
        groups : int array, shape (sample,)
            Group of each sample.

        Yields
        ------
        train, test : int array
            Numbers of the samples.

        Raises
        ------
        ValueError
            If there are no groups, or fewer than folds.
        """
        if groups is None:
            raise ValueError("BalancedGroupKFold needs the groups of the samples")
        _, number, count = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)
        if count.size < self.n_splits:
            raise ValueError(f"{count.size} groups cannot make {self.n_splits} folds")
        fold = self._assign(count)[number]
        for i in range(self.n_splits):
            yield np.flatnonzero(fold != i), np.flatnonzero(fold == i)

    def _assign(self, count: Ints) -> Ints:
        """Fold of each group, from the numbers of their samples."""
        order = np.random.default_rng(self.seed).permutation(count.size)
        order = order[np.argsort(-count[order], kind="stable")]
        fold, load = np.empty(count.size, np.int64), np.zeros(self.n_splits, np.int64)
        for group in order:
            fold[group] = load.argmin()
            load[fold[group]] += count[group]
        return fold
