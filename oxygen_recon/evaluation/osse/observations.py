"""Simulated observations: a known field sampled where and when history sampled, with errors, and reconstructed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.interface import Method, estimate
from qc.config import Strict

_AT_ONCE = 1_000_000  # cells x steps that are estimated together; bounds the memory


class ObservationErrors(Strict):
    """Errors of simulated observations; all are normal, with mean 0.

    Parameters
    ----------
    cruise : float [%]
        Bias that all of a cruise or float shares, percent of each value. The default is the root mean square of the
        factors of oxygen in the adjustment table of GLODAPv2 (797 cruises, of which 27 % were adjusted).
    sample : float [%]
        Error of each sample by itself, percent: reading a Winkler titration or a sensor.
    spread : float [1]
        What a mean over few casts departs from that of its cell and step by, in units of what casts of one cruise in
        one cell and step differ by (`spread_of_levels`): one draw for a water column, over the root of the number of
        casts. 0 for none, as of a truth that has eddies and seasons itself.
    """

    cruise: float = Field(default=1.5, ge=0, lt=100)
    sample: float = Field(default=1.0, ge=0, lt=100)
    spread: float = Field(default=1.0, ge=0)


def spread_of_levels(domain: Domain, samples: Samples) -> Floats:
    """Return how much casts of one cruise differ within a cell and step.

    Parameters
    ----------
    domain : Domain
        Level of the cells.
    samples : Samples
        What history found.

    Returns
    -------
    array, shape (level,)
        Root mean square of the spread of samples of two or more casts, umol kg-1; 0 where there is no such sample.
    """
    own, level = samples.spread["oxygen"], domain.level[samples.cell]
    known, levels = np.isfinite(own), int(domain.level.max()) + 1
    square = np.bincount(level[known], np.square(own[known]), levels)
    return np.sqrt(square / np.maximum(np.bincount(level[known], minlength=levels), 1))


def observe(
    domain: Domain, history: Samples, truth: Floats, errors: ObservationErrors, seed: int, resampled: bool = False
) -> Samples:
    """Sample a true field where and when history sampled, with errors.

    Parameters
    ----------
    domain : Domain
        Cells and steps.
    history : Samples
        Cell, step, cruise and number of casts of each sample; its oxygen is not read, its spread is.
    truth : array, shape (step, cell)
        True oxygen, umol kg-1; NaN where unknown: nothing is sampled there.
    errors : ObservationErrors
        Their standard deviations.
    seed : int
        Makes the draw repeatable.
    resampled : bool
        Draw as many cruises as there are, with replacement: one that is drawn twice counts twice, and one of three is
        not drawn. History has more cruises than such a draw has.

    Returns
    -------
    Samples
        Oxygen in place of what history found, not below 0; numbers of cruises as they were.
    """
    rng = np.random.default_rng(seed)
    level_spread = spread_of_levels(domain, history)
    found = history.take(np.isfinite(truth[history.step, history.cell]))
    if resampled:
        found = found.take(_drawn_with_replacement(found.group, rng))
    true, level = truth[found.step, found.cell].astype(float), domain.level[found.cell]
    cruises = rng.normal(0.0, errors.cruise / 100, int(found.group.max(initial=0)) + 1)
    own = rng.normal(0.0, errors.sample / 100, len(found))
    value = true * (1 + cruises[found.group] + own)
    columns = np.column_stack([found.group, domain.column[found.cell], found.step])
    _, cast = np.unique(columns, axis=0, return_inverse=True)
    of_cast = rng.normal(0.0, errors.spread, int(cast.max(initial=0)) + 1)[cast.ravel()]
    value = np.maximum(value + level_spread[level] * of_cast / np.sqrt(found.count), 0.0)
    return replace(found, values={"oxygen": value}, spread={"oxygen": np.full(len(found), np.nan)})


def _drawn_with_replacement(group: Ints, rng: np.random.Generator) -> Ints:
    """Numbers of the samples of cruises that are drawn with replacement, those of one drawn twice twice."""
    names, number = np.unique(group, return_inverse=True)
    times = np.bincount(rng.integers(names.size, size=names.size), minlength=names.size)
    return np.repeat(np.arange(group.size), times[number])


def columns_within(domain: Domain, most: int, seed: int) -> Ints:
    """Choose water columns at random, so many that their cells and steps are not too many.

    Parameters
    ----------
    domain : Domain
        Cells and steps.
    most : int
        Cells x steps, at most (about, for columns are whole); all columns where there are fewer.
    seed : int
        Makes the choice repeatable; a larger `most` adds columns to those of a smaller one.

    Returns
    -------
    int array
        Numbers of the columns, increasing.
    """
    columns = int(domain.column.max()) + 1
    number = min(columns, max(1, columns * most // (domain.cells * domain.steps)))
    return np.sort(np.random.default_rng(seed).permutation(columns)[:number])


def estimate_steps(method: Method, domain: Domain, context: Samples, cell: Ints, step: Ints) -> NDArray[np.float32]:
    """Estimate some cells at some steps, a few steps at a time.

    Parameters
    ----------
    method : Method
        Fitted.
    domain : Domain
        Where they lie.
    context : Samples
        Observations that the method may use.
    cell : int array, shape (cell,)
        Which cells.
    step : int array, shape (step,)
        Which steps.

    Returns
    -------
    float32 array, shape (step, cell)
        Oxygen, umol kg-1.
    """
    found = np.empty((step.size, cell.size), np.float32)
    length = max(1, _AT_ONCE // max(cell.size, 1))
    for start in range(0, step.size, length):
        some = step[start : start + length]
        mean, _ = estimate(method, domain, context, np.tile(cell, some.size), np.repeat(some, cell.size))
        found[start : start + length] = mean.reshape(some.size, cell.size)
    return found
