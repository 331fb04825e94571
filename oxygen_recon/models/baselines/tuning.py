"""Tuning of the baselines: folds within the samples, search of settings, error of each level from residuals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.interface import Tuned

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    Setting = TypeVar("Setting", bound=DataclassInstance)

_GAIN = 1e-3  # of the loss: what a step must gain, so that chance does not lead along a flat loss


@dataclass(frozen=True)
class Ladder:
    """The values that a setting may take, in order.

    Parameters
    ----------
    values : tuple of float
        Steps of the search.
    limits : tuple of float
        Which of them nothing lies beyond, by their meaning: all predictors, one sample in a leaf.
    """

    values: tuple[float, ...]
    limits: tuple[float, ...] = ()

    def at_end(self, value: float) -> bool:
        """Tell whether a better value may lie beyond.

        Parameters
        ----------
        value : float
            The value that was chosen.

        Returns
        -------
        bool
        """
        return len(self.values) > 1 and value in (self.values[0], self.values[-1]) and value not in self.limits


def climb(
    start: Setting, ladders: Mapping[str, Ladder], loss: Callable[[Setting], float], rounds: int = 4
) -> tuple[Setting, Tuned]:
    """Search the settings of least loss: step by step along one ladder after the other, while each step gains 0.1 %.

    Ladders may be long, for only the steps next to the path are tried.

    Parameters
    ----------
    start : dataclass
        First settings; each named field holds a value of its ladder.
    ladders : mapping of str to Ladder
        Fields that are searched.
    loss : callable
        Takes settings, returns for instance their held-out mean square error; called once for each.
    rounds : int
        Over all ladders, at most.

    Returns
    -------
    setting : dataclass
    tuned : Tuned
        The chosen values, and which lie at an end of their ladder.

    Examples
    --------
    >>> from dataclasses import make_dataclass
    >>> start = make_dataclass("Setting", ["length"], frozen=True)(4.0)
    >>> climb(start, {"length": Ladder((1.0, 2.0, 4.0, 8.0, 16.0))}, lambda one: abs(one.length - 2.5))[1]
    Tuned(values={'length': 2.0}, at_end=())
    """
    known: dict[Setting, float] = {}

    def score(setting: Setting) -> float:
        if setting not in known:
            known[setting] = loss(setting)
        return known[setting]

    best = start
    for _ in range(rounds):
        before = best
        for name, ladder in ladders.items():
            place = ladder.values.index(getattr(best, name))
            for direction in (1, -1):
                first, step = place, place + direction
                while 0 <= step < len(ladder.values):
                    trial = replace(best, **{name: ladder.values[step]})
                    if not score(trial) < (1.0 - _GAIN) * score(best):
                        break
                    best, place, step = trial, step, step + direction
                if place != first:
                    break
        if best == before:
            break
    values = {name: getattr(best, name) for name in ladders}
    return best, Tuned(values, tuple(name for name, value in values.items() if ladders[name].at_end(value)))


def tuning_folds(domain: Domain, samples: Samples, seed: int, folds: int = 3) -> Ints:
    """Assign whole groups to folds; where there are fewer groups than folds, whole water columns.

    Parameters
    ----------
    domain : Domain
        Water column of each cell.
    samples : Samples
        What is assigned, by what the comparison holds out together, so that settings are chosen for its kind: years are
        interleaved, others drawn at random.
    seed : int
        Makes the assignment repeatable.
    folds : int
        Number of folds.

    Returns
    -------
    int array, shape (sample,)
        Fold of each sample, 0 ... folds - 1.

    Raises
    ------
    ValueError
        If there are no samples.
    """
    if not len(samples):
        raise ValueError("no samples to learn from")
    # Folds equal in groups, not in samples, as tuning always had them: the shuffle of scikit-learn's GroupKFold would
    # draw other folds, and with them other settings of every baseline.
    names, unit = np.unique(samples.held_together, return_inverse=True)
    if names.size < folds:
        names, unit = np.unique(domain.column[samples.cell], return_inverse=True)
    fold = np.arange(names.size) % folds
    years = np.floor(domain.years[samples.step])
    if not np.array_equal(samples.held_together, years):  # years are interleaved, as those of the comparison
        fold = np.random.default_rng(seed).permutation(fold)
    return fold[unit]


def least(curves: list[Floats]) -> int:
    """Return the number of rounds of least error over all folds.

    Parameters
    ----------
    curves : list of array, shape (round,)
        Held-out mean square error of each fold after each round; one that ended earlier stays where it ended.

    Returns
    -------
    int
        At least 1.

    Examples
    --------
    >>> least([np.array([3.0, 2.0, 1.0]), np.array([4.0, 2.0])])
    3
    """
    length = max(curve.size for curve in curves)
    total = sum(np.append(curve, np.full(length - curve.size, curve[-1])) for curve in curves)
    return int(np.argmin(total)) + 1


def level_rms(residual: Floats, level: Ints, levels: int, prior: float = 20.0) -> Floats:
    """Root mean square of residuals by level, drawn to the overall one where a level has few.

    Parameters
    ----------
    residual : array, shape (sample,)
        Held-out residuals, umol kg-1 (or standardised).
    level : int array, shape (sample,)
        Their levels.
    levels : int
        Number of levels.
    prior : float
        Weight of the overall mean square, in samples.

    Returns
    -------
    array, shape (levels,)
        Positive, in the unit of `residual`; 1 when there are no residuals at all.
    """
    if residual.size == 0:
        return np.ones(levels)
    square = residual**2
    total = np.bincount(level, weights=square, minlength=levels) + prior * square.mean()
    number = np.bincount(level, minlength=levels) + prior
    rms: Floats = np.sqrt(total / number)
    return np.maximum(rms, 1e-3)
