"""What every method of estimation or forecast offers, baselines and networks alike, and what networks are made of."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from graphs.types import Floats, Ints
from oxygen_recon.dataset.daily.fields import DailyFields, Dates
from oxygen_recon.dataset.domain import Domain, Samples
from qc.errors import InputError

if TYPE_CHECKING:  # baselines do without torch
    from torch import Tensor

Report = Callable[[int, int, float], None]  # called after a training step: step, number of steps, loss


@dataclass(frozen=True)
class Estimate:
    """A mean and a standard error for each quantity, in physical units.

    Parameters
    ----------
    names : tuple of str
        Quantities, for instance ("oxygen",).
    mean, scale : array or tensor, shape (..., name)
        Mean and standard error, umol kg-1; finite, scale > 0.

    Raises
    ------
    ValueError
        If shapes disagree, a mean is not finite or a scale is not positive.

    Examples
    --------
    >>> Estimate(("oxygen",), np.array([[210.0]]), np.array([[4.0]])).names
    ('oxygen',)
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


@dataclass(frozen=True)
class Tuned:
    """Settings that a method chose by hold-out within its samples.

    Parameters
    ----------
    values : dict of str to float
        Chosen values by name.
    at_end : tuple of str
        Names of those at an end of the range that was searched, beyond which a better one may lie.
    """

    values: dict[str, float]
    at_end: tuple[str, ...] = ()


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

    def predict(self, domain: Domain, context: Samples, cell: Ints, step: Ints) -> Estimate:
        """Estimate oxygen at targets.

        Parameters
        ----------
        domain : Domain
            Cells and steps of the domain of `fit`; covariates as they are known where the estimate is wanted.
        context : Samples
            Observations that the estimate may use as input; a target's own value must not be among them when it is
            scored.
        cell, step : int array, shape (target,)
            Where and when.

        Returns
        -------
        Estimate
            Names ("oxygen",), mean and scale of shape (target, 1), umol kg-1.
        """
        ...


class Forecaster(Protocol):
    """A method forecasts daily fields, day after day, from those of one day."""

    def fit(self, fields: DailyFields, training: Dates, seed: int = 0) -> None:
        """Learn from days.

        Parameters
        ----------
        fields : DailyFields
            The state, land filled.
        training : datetime64[D] array
            The days that may be learned from; all others might as well not be there.
        seed : int
            Makes the result repeatable.
        """
        ...

    def forecast(self, start: Floats, date: np.datetime64, leads: int) -> Floats:
        """Forecast the days after one.

        Parameters
        ----------
        start : array, shape (channel, latitude, longitude)
            Units of the channels, land filled.
        date : datetime64[D]
            Of the start.
        leads : int
            Days to forecast.

        Returns
        -------
        float32 array, shape (lead, channel, latitude, longitude)
            Units of the channels; anything on land. The first is of the day after the start.
        """
        ...


class Encoded(NamedTuple):
    """What a backbone makes of a batch.

    Parameters
    ----------
    features : tensor, shape (..., width)
        What the head reads.
    prior : tuple of tensors (value, scale), shape (..., name), or None
        A first estimate and its standard error, standardised, that the head corrects; None where there is none.
    share : tensor, shape (..., 1), or None
        What the mean is multiplied by in the end, 0 to 1; None is 1.
    """

    features: Tensor
    prior: tuple[Tensor, Tensor] | None
    share: Tensor | None = None


class Backbone(Protocol):
    """The part of a network that depends on the kind of batch; a head (`oxygen_recon.models.heads`) does the rest.

    Features and prior come from one call, for both read the same encoding.

    Parameters
    ----------
    width : int
        Number of features.
    """

    width: int

    def __call__(self, batch: Any) -> Encoded:
        """Encode a batch of the family's own type."""
        ...


class OfOneDomain:
    """A method (`Method`) that estimates in the domain it was fitted on and refuses any other.

    What it learned of cells, steps and channels by their numbers would be given to other places without a word.
    Covariates may differ in value, for each fold has its own.

    Parameters
    ----------
    method : Method
        Not yet fitted.
    """

    def __init__(self, method: Method) -> None:
        self.method = method
        self._places: dict[str, str] = {}
        self._known: Domain | None = None  # the last one that was compared, and found to be the same

    @property
    def tuned(self) -> Tuned | None:
        """What the method chose by hold-out."""
        return tuned(self.method)

    def fit(self, domain: Domain, samples: Samples, seed: int) -> None:
        """Let the method learn, and keep what domain it was.

        Parameters
        ----------
        domain, samples, seed
            As for `Method.fit`.
        """
        self.method.fit(domain, samples, seed)
        self._places, self._known = _places(domain), domain

    def predict(self, domain: Domain, context: Samples, cell: Ints, step: Ints) -> Estimate:
        """Let the method estimate.

        Parameters
        ----------
        domain, context, cell, step
            As for `Method.predict`.

        Returns
        -------
        Estimate

        Raises
        ------
        InputError
            If nothing was fitted, or cells, levels, steps or names of covariates are not those of the fit.
        """
        if domain is not self._known:
            if not self._places:
                raise InputError("nothing was fitted", "method", "fit it first")
            other = [what for what, text in _places(domain).items() if text != self._places[what]]
            if other:
                what = f"another domain than the method was fitted on: other {', '.join(other)}"
                raise InputError(what, "domain", "fit it on this domain, or estimate in the domain of the fit")
            self._known = domain
        return self.method.predict(domain, context, cell, step)


def _places(domain: Domain) -> dict[str, str]:
    """Name what a fitted method knows by number: each part of a domain, and a text that is the same for equal parts."""
    arrays = {"cells": (domain.latitude, domain.longitude, domain.column), "levels": (domain.depth, domain.level)}
    arrays["steps"] = (domain.years,)
    texts = {
        what: hashlib.sha256(b"".join(np.asarray(one, np.float64).tobytes() for one in columns)).hexdigest()
        for what, columns in arrays.items()
    }
    return texts | {"covariates": ", ".join(domain.names)}


def tuned(method: object) -> Tuned | None:
    """Return the settings that a fitted method chose, or None where it chooses none.

    Parameters
    ----------
    method : Method
        Fitted; keeps them in its attribute `tuned`, if it has any.

    Returns
    -------
    Tuned or None
    """
    found: Tuned | None = getattr(method, "tuned", None)
    return found


def estimate(
    method: Method, domain: Domain, context: Samples, cell: Ints, step: Ints, chunk: int = 500_000
) -> tuple[Floats, Floats]:
    """Estimate oxygen at targets by a fitted method.

    Parameters
    ----------
    method : Method
        Fitted.
    domain : Domain
        Where the targets lie.
    context : Samples
        Observations that the method may use.
    cell, step : int array, shape (target,)
        Targets.
    chunk : int
        Targets estimated at once, levels of a water column together; bounds the memory.

    Returns
    -------
    mean, scale : array, shape (target,)
        umol kg-1; the mean is not below 0, the least oxygen there can be.
    """
    order = np.lexsort((domain.level[cell], domain.column[cell], step)) if cell.size > chunk else np.arange(cell.size)
    mean, scale = np.empty((2, cell.size))
    for part in (order[i : i + chunk] for i in range(0, cell.size, chunk)):
        found = method.predict(domain, context, cell[part], step[part])
        mean[part], scale[part] = np.asarray(found.mean)[:, 0], np.asarray(found.scale)[:, 0]
    return np.maximum(mean, 0.0), scale
