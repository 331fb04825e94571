"""Folds that keep what belongs together on one side: cruises, years, columns, blocks."""

from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from graphs.sphere import wrap
from graphs.types import Ints
from oxygen_recon.dataset.domain import Domain, Samples
from qc.errors import InputError


class FoldConfig(BaseModel):
    """How samples are held out.

    Parameters
    ----------
    by : {"cruise", "year", "column", "block", "last_years"}
        What is held out as a whole. "year" makes n interleaved groups of whole calendar years; "last_years" holds
        out, as fold 0, the last years that were sampled and never anything else.
    n : int
        Number of folds ("last_years" has one).
    seed : int
        Order in which groups of equal size are dealt.
    block : float
        Side of a "block", degrees of latitude and longitude.
    years : int
        Number of "last_years".
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    by: Literal["cruise", "year", "column", "block", "last_years"]
    n: int = Field(default=5, ge=2)
    seed: int = 0
    block: float = Field(default=10.0, gt=0, le=180)
    years: int = Field(default=5, ge=1)


def folds(config: FoldConfig, domain: Domain, samples: Samples) -> NDArray[np.int64]:
    """Give every sample the fold in which it is held out.

    Parameters
    ----------
    config : FoldConfig
    domain : Domain
    samples : Samples

    Returns
    -------
    int64 array, shape (sample,)
        0 ... n - 1; -1 where a sample is never held out. Samples of one group share a fold.

    Raises
    ------
    InputError
        If there are fewer groups than folds, or holding out the last years leaves nothing before them.
    """
    group = groups(config, domain, samples)
    if config.by == "last_years":
        first = group.max(initial=-1) - config.years + 1
        if not (group < first).any():
            raise InputError(f"all samples lie in the last {config.years} years", "folds.years", "hold out fewer years")
        return np.where(group >= first, 0, -1)
    names, number, count = np.unique(group, return_inverse=True, return_counts=True)
    if names.size < config.n:
        raise InputError(
            f"{names.size} groups by {config.by} cannot make {config.n} folds", "folds.n", "use fewer folds"
        )
    if config.by == "year":
        fold = (names - names[0]) % config.n
        if np.unique(fold).size < config.n:  # gaps between the sampled years left a fold empty
            fold = np.arange(names.size) % config.n
    else:
        fold = _deal(count, config.n, config.seed)
    return np.asarray(fold[number], np.int64)


def groups(config: FoldConfig, domain: Domain, samples: Samples) -> NDArray[np.int64]:
    """Give every sample the number of its group, which `folds` never splits.

    Parameters
    ----------
    config : FoldConfig
    domain : Domain
    samples : Samples

    Returns
    -------
    int64 array, shape (sample,)
        Cruise, calendar year, column or block.
    """
    if config.by == "cruise":
        return samples.group.astype(np.int64)
    if config.by == "column":
        return domain.column[samples.cell].astype(np.int64)
    if config.by == "block":
        row = np.floor((domain.latitude[samples.cell] + 90.0) / config.block)
        place = np.floor((wrap(domain.longitude[samples.cell]) + 180.0) / config.block)
        return np.asarray(row * np.ceil(360.0 / config.block) + place).astype(np.int64)
    return np.floor(domain.years[samples.step]).astype(np.int64)


def leave(samples: Samples, fold: NDArray[np.int64], i: int) -> tuple[Samples, Samples]:
    """Hold out one fold.

    Parameters
    ----------
    samples : Samples
    fold : int array, shape (sample,)
        From `folds`.
    i : int
        The fold to hold out.

    Returns
    -------
    kept, held : Samples
    """
    return samples.take(fold != i), samples.take(fold == i)


def _deal(count: Ints, n: int, seed: int) -> NDArray[np.int64]:
    """Deal groups, largest first, each to the fold that holds fewest samples so far."""
    order = np.random.default_rng(seed).permutation(count.size)
    order = order[np.argsort(-count[order], kind="stable")]
    fold, load = np.empty(count.size, np.int64), np.zeros(n, np.int64)
    for group in order:
        fold[group] = load.argmin()
        load[fold[group]] += count[group]
    return fold
