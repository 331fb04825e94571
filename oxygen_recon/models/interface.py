"""What every method of estimation can do, from climatology to the graph network."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples


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


class Method(Protocol):
    """A method fills the ocean from samples."""

    def fit(self, domain: Domain, samples: Samples, seed: int) -> None:
        """Learn from samples.

        Parameters
        ----------
        domain : Domain
            Cells, steps and covariates.
        samples : Samples
            Everything the method may learn from; hyper-parameters are chosen by holding out whole groups of it.
        seed : int
            Makes the result repeatable.
        """
        ...

    def predict(self, domain: Domain, seen: Samples, cell: Ints, step: Ints) -> Estimate:
        """Estimate oxygen at targets.

        Parameters
        ----------
        domain : Domain
            The domain of `fit`.
        seen : Samples
            Observations the estimate may use as input; a target's own value must not be among them when it is scored.
        cell, step : int array, shape (target,)
            Where and when.

        Returns
        -------
        Estimate
            Names ("oxygen",), mean and scale of shape (target, 1), umol kg-1.
        """
        ...


def estimate(
    method: Method, domain: Domain, seen: Samples, cell: Ints, step: Ints, chunk: int = 500_000
) -> tuple[Floats, Floats]:
    """Ask a fitted method for oxygen at targets.

    Parameters
    ----------
    method : Method
        Fitted.
    domain : Domain
        Where the targets lie.
    seen : Samples
        Observations the method may look at.
    cell, step : int array, shape (target,)
        Targets.
    chunk : int
        Targets asked for at once; bounds the memory.

    Returns
    -------
    mean, scale : array, shape (target,)
        umol kg-1; the mean is not below 0, the least oxygen there can be.
    """
    parts: list[Estimate] = [
        method.predict(domain, seen, cell[i : i + chunk], step[i : i + chunk]) for i in range(0, cell.size, chunk)
    ]
    mean = np.concatenate([np.asarray(part.mean)[:, 0] for part in parts])
    scale = np.concatenate([np.asarray(part.scale)[:, 0] for part in parts])
    return np.maximum(mean, 0.0), scale
