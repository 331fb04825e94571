"""Any method on mapped covariates: averaged with itself without the maps, by a weight found by hold-out."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from graphs.types import Ints
from oxygen_recon.dataset.domain import ERROR, Domain, Samples
from oxygen_recon.models.interface import Estimate, Method, Tuned, tuned
from oxygen_recon.runtime.errors import naming_damage
from qc.files import replacing

WITH, WITHOUT = "with_maps", "without_maps"
HELD_SHARE = 0.25  # of the subsets, for the weight: a proposal
_PARTS = 12  # of the groups where there are no subsets
_TARGETS = 5000  # of a subset, at most


class WeighedMaps:
    """A method of estimation (`oxygen_recon.models.interface.Method`) that may read mapped covariates, or do without.

    A map is worth much where casts measured temperature but no oxygen, and is noise where the same casts would have
    measured both: to hide them hides both. The estimate is w times that of the method with maps and 1 - w times that of
    the method without (stacking, Wolpert 1992, with one weight), w between 0 and 1 of least square error at samples
    that were hidden from both, and whose own subset has no part in their maps, as with a fold that is held out.

    Parameters
    ----------
    make : callable
        Makes the method, not yet fitted, from `WITH` or `WITHOUT`.
    learns_all : bool
        Fit both again with the samples that were hidden for the weight, for methods that are their samples. Networks
        read observations when they estimate, and need no second training.
    kept : Path, optional
        File that keeps the weight of methods that keep themselves; None finds it anew at each fit.

    Attributes
    ----------
    weight : float
        Of the estimate with maps.
    """

    def __init__(self, make: Callable[[str], Method], learns_all: bool = True, kept: Path | None = None) -> None:
        self.make, self.learns_all, self.kept = make, learns_all, kept
        self.weight = 1.0
        self._bare: tuple[Domain, Domain] | None = None  # the last domain, and without its maps

    @property
    def tuned(self) -> Tuned:
        """What the method with maps chose by hold-out, and their weight."""
        chosen = tuned(self.methods[WITH]) or Tuned({})
        return replace(chosen, values=chosen.values | {"weight_of_maps": round(self.weight, 3)})

    def fit(self, domain: Domain, samples: Samples, seed: int) -> None:
        """Find the weight and learn from the samples, with maps and without.

        Parameters
        ----------
        domain, samples, seed
            As for `Method.fit`.

        Raises
        ------
        InputError
            If the file of the weight is damaged.
        """
        part = _parts(domain, samples) if samples.subset is None else samples.subset
        parts = np.unique(part)
        random = np.random.default_rng(seed)
        held = random.choice(parts, max(1, round(HELD_SHARE * parts.size)), replace=False)
        self._fit(domain, samples.take(~np.isin(part, held)), seed)
        self.weight = self._kept_weight(lambda: self._weigh(domain, samples, part, held, random))
        if self.learns_all:
            self._fit(domain, samples, seed)

    def predict(self, domain: Domain, context: Samples, cell: Ints, step: Ints) -> Estimate:
        """Average the estimates with maps and without.

        Parameters
        ----------
        domain, context, cell, step
            As for `Method.predict`.

        Returns
        -------
        Estimate
            The variance is averaged like the mean.
        """
        given, bare = (self._predict(name, domain, context, cell, step) for name in (WITH, WITHOUT))
        w = self.weight
        mean = w * np.asarray(given.mean) + (1 - w) * np.asarray(bare.mean)
        variance = w * np.square(given.scale) + (1 - w) * np.square(bare.scale)
        return Estimate(given.names, mean, np.sqrt(variance))

    def _fit(self, domain: Domain, samples: Samples, seed: int) -> None:
        self.methods = {name: self.make(name) for name in (WITH, WITHOUT)}
        for name, method in self.methods.items():
            method.fit(self._domain(name, domain), samples, seed)

    def _predict(self, name: str, domain: Domain, context: Samples, cell: Ints, step: Ints) -> Estimate:
        return self.methods[name].predict(self._domain(name, domain), context, cell, step)

    def _weigh(self, domain: Domain, samples: Samples, part: Ints, held: Ints, random: np.random.Generator) -> float:
        """Weight of least square error at the held parts, each estimated as if it alone were held out."""
        together = square = 0.0
        for number in held:
            own = np.flatnonzero(part == number)
            targets = samples.take(np.sort(random.permutation(own)[:_TARGETS]))
            there = domain if samples.subset is None else domain.hiding(int(number))
            rest = samples.take(part != number)
            given, bare = (
                np.asarray(self._predict(name, there, rest, targets.cell, targets.step).mean)[:, 0]
                for name in (WITH, WITHOUT)
            )
            together += float((given - bare) @ (targets.values["oxygen"] - bare))
            square += float(np.square(given - bare).sum())
        return float(np.clip(together / square, 0.0, 1.0)) if square > 0 else 1.0

    def _kept_weight(self, find: Callable[[], float]) -> float:
        """Read the weight where it is kept, or find and keep it."""
        if self.kept is None:
            return find()
        if not self.kept.exists():
            with replacing(self.kept) as partial:
                partial.write_text(json.dumps({"weight_of_maps": find()}))
        with naming_damage(self.kept, "remove it"):
            return float(json.loads(self.kept.read_text())["weight_of_maps"])

    def _domain(self, name: str, domain: Domain) -> Domain:
        """Return the domain with its maps or without; the same object for the same domain, as methods keep it."""
        if name == WITH:
            return domain
        if self._bare is None or self._bare[0] is not domain:
            self._bare = domain, without_maps(domain)
        return self._bare[1]


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
