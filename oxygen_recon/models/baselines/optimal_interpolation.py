"""Optimal interpolation: a smooth climatology plus anomalies interpolated by a covariance fitted to them."""

from copy import copy
from dataclasses import dataclass, field, replace
from functools import cache
from typing import ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.dataset.mapping import Anomalies, Covariance, fit_covariance, map_anomalies
from oxygen_recon.models.baselines.climatology import Bins, Climatology, Smoothing, collect, smooth
from oxygen_recon.models.baselines.tuning import Ladder, climb, level_rms, tuning_folds
from oxygen_recon.models.interface import Estimate

TUNED_ON = 12_000  # held-out samples by which backgrounds are compared, at most
CALIBRATED_ON = 20_000  # held-out samples from which the error is learnt, at most
# Near few samples the best climatology leaves nothing of them that a covariance could be fitted to: where all is noise,
# this much of the signal, the search begins again at a smooth background.
ALL_NOISE, SMOOTH = 10.0, 6.0
# How much smoother than the best climatology the background is: beyond it, what varies is left to the anomalies. Pairs
# of anomalies from seas of unlike variance make the lengths too short, so longer ones are tried too.
LADDERS = {
    "stretch": Ladder((0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0)),
    "widen": Ladder((0.064, 0.16, 0.4, 1.0, 2.5, 6.0, 15.0, 40.0)),
}


@dataclass(frozen=True)
class _Setting:
    """What is tuned.

    Parameters
    ----------
    widen : float
        How much wider the background reaches than the best climatology.
    stretch : float
        How much longer the lengths of the covariance are than those fitted to pairs.
    """

    widen: float = 1.0
    stretch: float = 1.0


class OptimalInterpolation:
    """Background climatology plus local optimal interpolation of anomalies within a level.

    How far anomalies reach in space and time is fitted to pairs of them; how smooth the background is, and a factor of
    the lengths, are tuned.

    Parameters
    ----------
    neighbours : int
        Data used for one target, nearest in scaled space and time.

    Attributes
    ----------
    covariance, background, tuned : Covariance, Smoothing, Tuned
        Fitted to pairs; chosen by holding out whole groups; set by `fit`.
    """

    def __init__(self, neighbours: int) -> None:
        self.neighbours = neighbours

    def fit(self, domain: Domain, samples: Samples, seed: int) -> None:
        """Choose the background by hold-out, fit the covariance, and learn the signal variance of each level.

        Parameters
        ----------
        domain : Domain
            Cells and steps.
        samples : Samples
            Everything the method may learn from.
        seed : int
            Assigns the groups to the folds of the tuning.
        """
        climatology = Climatology()
        climatology.fit(domain, samples, seed)
        trial = _Trial(domain, samples, tuning_folds(domain, samples, seed), self.neighbours, seed)

        def background(setting: _Setting) -> Smoothing:
            return replace(climatology.smoothing, reach=climatology.smoothing.reach * setting.widen)

        def covariance(setting: _Setting) -> Covariance:
            return trial.covariance(background(setting)).stretched(setting.stretch)

        @cache
        def loss(setting: _Setting) -> float:
            return float(np.square(trial(background(setting), covariance(setting), TUNED_ON)[1]).mean())

        best, found = climb(_Setting(), LADDERS, loss)
        if covariance(best).noise > ALL_NOISE:
            again = climb(_Setting(SMOOTH), LADDERS, loss)
            best, found = min((best, found), again, key=lambda one: loss(one[0]))
        self.background = background(best)
        self.covariance = covariance(best)
        km, years = self.covariance.reach
        fitted = {"half_at_km": km, "half_at_years": years, "noise": self.covariance.noise}
        self.tuned = replace(found, values=found.values | fitted)
        which, residual, explained = trial(self.background, self.covariance, CALIBRATED_ON)
        standard = residual / np.sqrt(1.0 - explained + self.covariance.noise)
        self.signal = level_rms(standard, domain.level[samples.cell[which]], int(domain.level.max()) + 1)
        self.bins = collect(domain, samples)

    def refitted(self, domain: Domain, samples: Samples, seed: int) -> "OptimalInterpolation":
        """Take the means of other samples for the background; its smoothness and the covariance stay.

        Parameters
        ----------
        domain, samples, seed
            As for `fit`.

        Returns
        -------
        OptimalInterpolation
        """
        other = copy(self)
        other.bins = collect(domain, samples)
        return other

    def predict(self, domain: Domain, context: Samples, cell: Ints, step: Ints) -> Estimate:
        """Estimate oxygen at targets from the background learnt by `fit` and the anomalies of `context`.

        Parameters
        ----------
        domain : Domain
            The domain of `fit`.
        context : Samples
            Observations whose anomalies are interpolated; none leaves the background.
        cell, step : int array, shape (target,)
            Where and when.

        Returns
        -------
        Estimate
            Oxygen, umol kg-1; the scale is the root of the error variance of a new measurement, 1 - R2 and its noise,
            times the level's signal variance.
        """
        background = smooth(domain, self.bins, cell, step, self.background)
        signal, noise = self.signal[domain.level[cell]], self.covariance.noise
        if not len(context):
            return Estimate(("oxygen",), background[:, None], (signal * np.sqrt(1.0 + noise))[:, None])
        data = _anomalies(domain, context, self.bins, self.background)
        mapped, explained = map_anomalies(data, domain, cell, step, self.covariance, self.neighbours)
        scale = signal * np.sqrt(1.0 - explained + noise)
        return Estimate(("oxygen",), (background + mapped)[:, None], scale[:, None])


class OptimalInterpolationConfig(BaseModel):
    """Settings of optimal interpolation; lengths, times and noise are fitted, not set.

    Parameters
    ----------
    neighbours : int
        Observations that inform an estimate.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    reads_covariates: ClassVar[bool] = False
    kind: Literal["optimal_interpolation"] = "optimal_interpolation"
    neighbours: int = Field(default=32, ge=4, le=128)

    def build(self) -> OptimalInterpolation:
        """Make the method."""
        return OptimalInterpolation(self.neighbours)


@dataclass(frozen=True)
class _Trial:
    """Held-out residuals on a background: of samples whose whole group is held out."""

    domain: Domain
    samples: Samples
    fold: Ints
    neighbours: int
    seed: int
    known: dict[Smoothing, Covariance] = field(default_factory=dict)

    def covariance(self, background: Smoothing) -> Covariance:
        """Fit the covariance of the anomalies of all samples from a background, once."""
        if background not in self.known:
            own, domain = self.samples, self.domain
            value = own.values["oxygen"] - smooth(domain, collect(domain, own), own.cell, own.step, background)
            data = Anomalies.at(domain, own.cell, own.step, value, np.ones(len(own)))
            self.known[background] = fit_covariance(data, own.held_together, self.seed)
        return self.known[background]

    def __call__(self, background: Smoothing, known: Covariance, number: int) -> tuple[Ints, Floats, Floats]:
        """Return numbers of held-out samples, their residuals and the explained share, each of shape (number,)."""
        order = np.random.default_rng(self.seed).permutation(len(self.samples))[:number]
        residual, explained = np.zeros(order.size), np.zeros(order.size)
        for held in np.unique(self.fold):
            mine = self.fold[order] == held
            if (self.fold == held).all():
                residual[mine] = self.samples.values["oxygen"][order[mine]] - self.samples.values["oxygen"].mean()
                continue
            test, kept = self.samples.take(order[mine]), self.samples.take(self.fold != held)
            bins = collect(self.domain, kept)
            data = _anomalies(self.domain, kept, bins, background)
            mapped, explained[mine] = map_anomalies(data, self.domain, test.cell, test.step, known, self.neighbours)
            residual[mine] = (
                test.values["oxygen"] - smooth(self.domain, bins, test.cell, test.step, background) - mapped
            )
        return order, residual, explained


def _anomalies(domain: Domain, samples: Samples, bins: Bins, background: Smoothing) -> Anomalies:
    """Take the background away and average by cell and step."""
    value = samples.values["oxygen"] - smooth(domain, bins, samples.cell, samples.step, background)
    return Anomalies.averaged(domain, samples.cell, samples.step, value)
