"""Several methods averaged by weights found by hold-out: networks and boosting, with mapped covariates and without."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.random import Generator

from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import ERROR, Domain, Samples
from oxygen_recon.models.interface import Estimate, Method, Tuned, tuned
from oxygen_recon.runtime.errors import naming_damage
from qc.files import replacing

WITHOUT = "without_maps"
HELD_SHARE = 0.25  # of the subsets, for the weights: a proposal
_DRAWS = 100  # of what is hidden
_PARTS = 12  # of the groups where there are no subsets
_TARGETS = 5000  # of a subset, at most


@runtime_checkable
class Refitted(Protocol):
    """A method that can learn from other samples without choosing its settings again."""

    def refitted(self, domain: Domain, samples: Samples, seed: int) -> Method:
        """Return another method with the settings of this one, learned from other samples."""


@dataclass(frozen=True)
class Part:
    """One of the methods of a stack.

    Parameters
    ----------
    make : callable
        Makes the method, not yet fitted; takes `maps` and the number of the turn.
    maps : bool
        Whether it reads covariates that are mapped from casts.
    learns_all : bool
        Fit it with all samples, and for the weights again without those that are hidden: for methods that are their
        samples. Networks read observations when they estimate, and need no second training: those of all turns are
        averaged.
    """

    make: Callable[[bool, int], Method]
    maps: bool = True
    learns_all: bool = True


def with_and_without_maps(parts: Mapping[str, Part]) -> dict[str, Part]:
    """Return each part that reads maps twice: with them, and as NAME_without_maps without.

    A map is worth much where casts measured temperature but no oxygen, and is noise where the same casts would have
    measured both: to hide them hides both.

    Parameters
    ----------
    parts : mapping of str to Part
        Methods that read covariates.
    """
    return dict(parts) | {f"{name}_{WITHOUT}": replace(one, maps=False) for name, one in parts.items() if one.maps}


class Stack:
    """Methods of estimation averaged as one (`oxygen_recon.models.interface.Method`).

    The weights are not negative, sum to 1 and have the least square error (stacking: Wolpert 1992, Breiman 1996) at
    samples that were hidden from all methods, and whose own subset has no part in their maps, as with a fold that is
    held out. They are a mean over draws of what was hidden: of methods that are equally good by a few years, one year
    more or less would otherwise choose one.

    Parameters
    ----------
    parts : mapping of str to Part
        The methods by name.
    kept : Path, optional
        File that keeps the weights; None finds them anew at each fit.
    turns : int
        How often all parts are fitted, each time with other samples hidden.

    Attributes
    ----------
    weights : dict of str to float
        Of the parts.
    """

    def __init__(self, parts: Mapping[str, Part], kept: Path | None = None, turns: int = 1) -> None:
        self.parts, self.kept, self.turns = dict(parts), kept, turns
        self.weights = {name: 1.0 / len(self.parts) for name in self.parts}
        self._bare: tuple[Domain, Domain] | None = None  # the last domain, and without its maps

    @property
    def tuned(self) -> Tuned:
        """What the first part chose by hold-out, and the weights."""
        chosen = tuned(self.methods[next(iter(self.parts))][0]) or Tuned({})
        weights = {f"weight_{name}": round(weight, 3) for name, weight in self.weights.items()}
        return replace(chosen, values=chosen.values | weights)

    def fit(self, domain: Domain, samples: Samples, seed: int) -> None:
        """Find the weights and learn from the samples.

        Parameters
        ----------
        domain, samples, seed
            As for `Method.fit`.

        Raises
        ------
        InputError
            If the file of the weights is damaged.
        """
        part = _parts(domain, samples) if samples.subset is None else samples.subset
        random, known = np.random.default_rng(seed), self._kept()
        parts = random.permutation(np.unique(part))
        size = min(max(1, round(HELD_SHARE * parts.size)), parts.size // self.turns)
        squares: list[Floats] = []
        first = {
            name: [self._fitted(name, domain, samples, seed)] for name, one in self.parts.items() if one.learns_all
        }
        self.methods: dict[str, list[Method]] = {name: first.get(name, []) for name in self.parts}
        for turn in range(self.turns):
            held = parts[turn * size : (turn + 1) * size]
            shown, without = samples.take(~np.isin(part, held)), dict[str, Method]()
            for name, one in self.parts.items():
                if not one.learns_all:
                    without[name] = self._fitted(name, domain, shown, seed, turn)
                    self.methods[name].append(without[name])
                elif not known:
                    without[name] = self._refitted(name, domain, shown, seed + turn)
            if not known:
                squares += self._errors(without, domain, samples, part, held, random)
        self.weights = known or self._keep(dict(zip(self.parts, map(float, steady_weights(np.array(squares), seed)))))

    def predict(self, domain: Domain, context: Samples, cell: Ints, step: Ints) -> Estimate:
        """Average the estimates of the parts.

        Parameters
        ----------
        domain, context, cell, step
            As for `Method.predict`.

        Returns
        -------
        Estimate
            The variance is averaged like the mean.
        """
        counts = {name: weight for name, weight in self.weights.items() if weight > 0}
        found = [self._predict(name, self.methods[name], domain, context, cell, step) for name in counts]
        weights = np.array(list(counts.values()))
        mean = np.tensordot(weights, [np.asarray(one.mean) for one in found], 1)
        variance = np.tensordot(weights, [np.square(one.scale) for one in found], 1)
        return Estimate(found[0].names, mean, np.sqrt(variance))

    def _fitted(self, name: str, domain: Domain, samples: Samples, seed: int, turn: int = 0) -> Method:
        """Make a part and fit it."""
        method = self.parts[name].make(self.parts[name].maps, turn)
        method.fit(self._seen(name, domain), samples, seed + turn)
        return method

    def _refitted(self, name: str, domain: Domain, samples: Samples, seed: int) -> Method:
        """Fit a part that has learned everything to some samples; its settings stay where it can keep them."""
        (method,) = self.methods[name]
        if isinstance(method, Refitted):
            return method.refitted(self._seen(name, domain), samples, seed)
        return self._fitted(name, domain, samples, seed)

    def _predict(
        self, name: str, methods: list[Method], domain: Domain, context: Samples, cell: Ints, step: Ints
    ) -> Estimate:
        """Average the methods of a part; the variance like the mean."""
        found = [method.predict(self._seen(name, domain), context, cell, step) for method in methods]
        mean = np.mean([np.asarray(one.mean) for one in found], axis=0)
        return Estimate(found[0].names, mean, np.sqrt(np.mean([np.square(one.scale) for one in found], axis=0)))

    def _errors(
        self, methods: Mapping[str, Method], domain: Domain, samples: Samples, part: Ints, held: Ints, random: Generator
    ) -> list[Floats]:
        """Sum products of the errors of methods at each held part, estimated as if alone held out."""
        squares: list[Floats] = []
        for number in held:
            own = np.flatnonzero(part == number)
            targets = samples.take(np.sort(random.permutation(own)[:_TARGETS]))
            there = domain if samples.subset is None else domain.hiding(int(number))
            where = there, samples.take(part != number), targets.cell, targets.step
            found = [self._predict(name, [method], *where).mean for name, method in methods.items()]
            error = np.column_stack([np.asarray(mean)[:, 0] - targets.values["oxygen"] for mean in found])
            squares.append(error.T @ error)
        return squares

    def _kept(self) -> dict[str, float]:
        """Read the weights where they are kept; empty where they are not."""
        if self.kept is None or not self.kept.exists():
            return {}
        with naming_damage(self.kept, "remove it"):
            found = json.loads(self.kept.read_text())
            return {name: float(found[name]) for name in self.parts}

    def _keep(self, weights: dict[str, float]) -> dict[str, float]:
        """Write the weights where they are to be kept."""
        if self.kept is not None:
            with replacing(self.kept) as partial:
                partial.write_text(json.dumps(weights))
        return weights

    def _seen(self, name: str, domain: Domain) -> Domain:
        """Return the domain with its maps or without; the same object for the same domain, as methods keep it."""
        if self.parts[name].maps or not domain.maps:
            return domain
        if self._bare is None or self._bare[0] is not domain:
            self._bare = domain, without_maps(domain)
        return self._bare[1]


def steady_weights(squares: Floats, seed: int) -> Floats:
    """Average the weights of least square error over draws of what was hidden (Bayesian bootstrap, Rubin 1981).

    Parameters
    ----------
    squares : array, shape (hidden part, part, part)
        Sums of the products of the errors of each pair of methods.
    seed : int
        Decides the draws.

    Returns
    -------
    array, shape (part,)
        Not negative, of sum 1.

    Examples
    --------
    >>> steady_weights(np.array([[[1.0, 0.0], [0.0, 3.0]]] * 4), seed=0).round(2)
    array([0.75, 0.25])
    """
    draws = np.random.default_rng(seed).exponential(size=(_DRAWS, len(squares)))
    weights: Floats = np.mean([convex_weights(square) for square in np.tensordot(draws, squares, 1)], axis=0)
    return weights


def convex_weights(square: Floats) -> Floats:
    """Find weights, not negative and of sum 1, of least square error.

    Parameters
    ----------
    square : array, shape (part, part)
        Sums of the products of the errors of each pair of parts.

    Returns
    -------
    array, shape (part,)
        The least among those of all choices of parts, each by Lagrange's multiplier (Bates & Granger 1969).

    Examples
    --------
    >>> convex_weights(np.array([[1.0, 0.0], [0.0, 3.0]])).round(2)
    array([0.75, 0.25])
    """
    parts = len(square)
    ridge = 1e-9 * max(float(np.trace(square)), 1e-12)  # of two equal parts either will do
    matrix, least, best = square + ridge * np.eye(parts), np.inf, np.full(parts, 1.0 / parts)
    for number in range(1, parts + 1):
        for some in combinations(range(parts), number):
            weights = np.zeros(parts)
            share = np.linalg.solve(matrix[np.ix_(some, some)], np.ones(number))
            weights[list(some)] = share / share.sum()
            if (weights >= 0).all() and (error := float(weights @ matrix @ weights)) < least:
                least, best = error, weights
    return best


def _parts(domain: Domain, samples: Samples) -> Ints:
    """Put what is held out together into parts, years interleaved; water columns where there are too few of it."""
    names, unit = np.unique(samples.held_together, return_inverse=True)
    if names.size < 1 / HELD_SHARE:
        names, unit = np.unique(domain.column[samples.cell], return_inverse=True)
    return unit % min(_PARTS, names.size)


def without_maps(domain: Domain) -> Domain:
    """Return the domain with the covariates that are no maps.

    Parameters
    ----------
    domain : Domain
        With maps.

    Returns
    -------
    Domain
    """
    maps = {*domain.maps, *(name + ERROR for name in domain.maps)}
    kept = [i for i, name in enumerate(domain.names) if name not in maps]
    names = tuple(domain.names[i] for i in kept)
    return replace(domain, covariates=domain.covariates[..., kept], names=names, without=None, row=None)
