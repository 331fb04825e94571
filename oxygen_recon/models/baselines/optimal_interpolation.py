"""Optimal interpolation: a smooth climatology plus anomalies interpolated by a Gaussian covariance."""

from dataclasses import dataclass, field, replace
from itertools import product
from typing import Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.baselines.climatology import Bins, Climatology, Smoothing, collect, smooth
from oxygen_recon.models.baselines.neighbours import arc, nearest_in_level, positions
from oxygen_recon.models.baselines.tuning import Ladder, climb, level_rms, tuning_folds
from oxygen_recon.models.interface import Estimate, Tuned

CHUNK = 4_000  # targets at a time: their covariance matrices take chunk x k x k x 8 bytes
TUNED_ON = 12_000  # held-out samples by which settings are compared, at most: some 30 trials of half a second each
CALIBRATED_ON = 20_000  # held-out samples from which the error is learnt, at most
LADDERS = {
    "length": Ladder((25.0, 50.0, 100.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 6400.0, 12800.0, 25600.0)),  # km
    "years": Ladder((0.1, 0.3, 1.0, 2.0, 5.0, 15.0, 50.0, 150.0, 500.0)),
    # variance of noise over variance of signal
    "noise": Ladder((0.002, 0.005, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)),
    "widen": Ladder((0.4, 1.0, 2.5, 6.0, 15.0, 40.0)),  # how much smoother than the best climatology the background is
}
COARSE = ((100.0, 400.0, 1600.0), (1.0, 5.0, 50.0))  # length and years trade against each other: start from these


@dataclass(frozen=True)
class Covariance:
    """Signal covariance exp(-(d / length)^2 / 2 - (t / years)^2 / 2), in units of the signal variance.

    Parameters
    ----------
    length : float
        Decorrelation length along the surface, km.
    years : float
        Decorrelation time, years.
    noise : float
        Variance of noise over variance of signal.
    """

    length: float = 400.0
    years: float = 5.0
    noise: float = 0.5

    def __call__(self, chord: Floats, lag: Floats) -> Floats:
        """Covariance of points apart by straight distances `chord` (km) and times `lag` (years), any one shape."""
        return np.exp(-0.5 * ((arc(chord) / self.length) ** 2 + (lag / self.years) ** 2))


@dataclass(frozen=True)
class _Setting(Covariance):
    """What is tuned: the covariance, and how much wider the background reaches than the best climatology."""

    widen: float = 2.5

    def background(self, climatology: Smoothing) -> Smoothing:
        return replace(climatology, reach=climatology.reach * self.widen)


def interpolate_anomalies(among: Floats, towards: Floats, data: Floats, noise: Floats) -> tuple[Floats, Floats, Floats]:
    """Interpolate anomalies: weights C_gd K^-1 with K = C_dd + diag(noise).

    Bretherton, Davis & Fandry (1976, Deep-Sea Res. 23, 559-582), as used for oxygen by Ito (2022).

    Parameters
    ----------
    among : array, shape (..., datum, datum)
        Covariance C_dd among the data, in units of the signal variance.
    towards : array, shape (..., datum)
        Covariance C_gd of the target with the data.
    data : array, shape (..., datum)
        Anomalies, umol kg-1.
    noise : array, shape (..., datum)
        Variance of noise over variance of signal.

    Returns
    -------
    mapped : array, shape (...)
        umol kg-1.
    explained : array, shape (...)
        Share R2 of the signal variance that the data explain; the error variance is 1 - R2 of it.
    weights : array, shape (..., datum)

    Examples
    --------
    >>> one = np.ones(1)
    >>> interpolate_anomalies(one[:, None], one, 6.0 * one, 0.2 * one)[0].item()  # a datum at the target
    5.0
    """
    matrix = among + noise[..., None] * np.eye(data.shape[-1])
    weights = np.linalg.solve(matrix, towards[..., None])[..., 0]
    return (weights * data).sum(-1), (weights * towards).sum(-1), weights


@dataclass(frozen=True)
class Anomalies:
    """Departures from the background, one a cell and step.

    Parameters
    ----------
    xyz : array, shape (datum, 3)
        Positions, km.
    years, value, count : array, shape (datum,)
        Decimal years, anomaly in umol kg-1, number of samples behind it.
    level : int array, shape (datum,)
    """

    xyz: Floats
    years: Floats
    value: Floats
    count: Floats
    level: Ints


class OptimalInterpolation:
    """Background climatology plus local optimal interpolation of anomalies within a level.

    Parameters
    ----------
    neighbours : int
        Data used for one target, nearest in scaled space and time.

    Attributes
    ----------
    covariance, background, tuned : Covariance, Smoothing, Tuned
        Chosen by holding out whole groups; set by `fit`.
    """

    def __init__(self, neighbours: int) -> None:
        self.neighbours = neighbours
        self.covariance, self.background = Covariance(), Smoothing()

    def fit(self, domain: Domain, samples: Samples, seed: int) -> None:
        """Choose background, covariance and noise, and learn the signal variance of each level, by hold-out.

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
        self.background, self.covariance, self.tuned = _tune(trial, climatology.smoothing, domain.steps > 1)
        which, residual, explained = trial(self.background, self.covariance, CALIBRATED_ON)
        standard = residual / np.sqrt(1.0 - explained + self.covariance.noise)
        self.signal = level_rms(standard, domain.level[samples.cell[which]], int(domain.level.max()) + 1)
        self.bins = collect(domain, samples)

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
        mapped, explained = _map(domain, data, cell, step, self.covariance, self.neighbours)
        scale = signal * np.sqrt(1.0 - explained + noise)
        return Estimate(("oxygen",), (background + mapped)[:, None], scale[:, None])


class OptimalInterpolationConfig(BaseModel):
    """Settings of optimal interpolation; lengths, times and noise are tuned, not set.

    Parameters
    ----------
    neighbours : int
        Observations that inform an estimate.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    kind: Literal["optimal_interpolation"] = "optimal_interpolation"
    neighbours: int = Field(default=32, ge=4, le=128)

    def build(self) -> OptimalInterpolation:
        """Make the method."""
        return OptimalInterpolation(self.neighbours)


@dataclass(frozen=True)
class _Trial:
    """Held-out residuals of settings: of samples whose whole group is held out."""

    domain: Domain
    samples: Samples
    fold: Ints
    neighbours: int
    seed: int
    known: dict[tuple[int, Smoothing], tuple[Bins, Anomalies]] = field(default_factory=dict)

    def kept(self, held: int, background: Smoothing) -> tuple[Bins, Anomalies]:
        """Bins and anomalies of all folds but one, made once a background: most trials differ in the covariance."""
        if (held, background) not in self.known:
            kept = self.samples.take(self.fold != held)
            bins = collect(self.domain, kept)
            self.known[held, background] = bins, _anomalies(self.domain, kept, bins, background)
        return self.known[held, background]

    def __call__(self, background: Smoothing, covariance: Covariance, number: int) -> tuple[Ints, Floats, Floats]:
        """Return numbers of held-out samples, their residuals and the explained share, each of shape (number,)."""
        order = np.random.default_rng(self.seed).permutation(len(self.samples))[:number]
        residual, explained = np.zeros(order.size), np.zeros(order.size)
        for held in np.unique(self.fold):
            mine = self.fold[order] == held
            if (self.fold == held).all():
                residual[mine] = self.samples.values["oxygen"][order[mine]] - self.samples.values["oxygen"].mean()
                continue
            test, (bins, data) = self.samples.take(order[mine]), self.kept(int(held), background)
            mapped, explained[mine] = _map(self.domain, data, test.cell, test.step, covariance, self.neighbours)
            residual[mine] = (
                test.values["oxygen"] - smooth(self.domain, bins, test.cell, test.step, background) - mapped
            )
        return order, residual, explained


def _tune(trial: _Trial, best_mean: Smoothing, in_time: bool) -> tuple[Smoothing, Covariance, Tuned]:
    """Search the settings of least held-out square error, from the best of a coarse table of length and time."""

    def loss(setting: _Setting) -> float:
        """Mean square of the held-out residuals."""
        return float(np.square(trial(setting.background(best_mean), setting, TUNED_ON)[1]).mean())

    lengths, years = COARSE
    start = min((_Setting(*one) for one in product(lengths, years if in_time else years[:1])), key=loss)
    ladders = {name: ladder for name, ladder in LADDERS.items() if in_time or name != "years"}
    best, tuned = climb(start, ladders, loss)
    return best.background(best_mean), best, tuned


def _anomalies(domain: Domain, samples: Samples, bins: Bins, background: Smoothing) -> Anomalies:
    """Average samples by cell and step and take the background away."""
    key, place, count = np.unique(samples.cell * domain.steps + samples.step, return_inverse=True, return_counts=True)
    cell, step = key // domain.steps, key % domain.steps
    mean = np.bincount(place, weights=samples.values["oxygen"]) / count
    value = mean - smooth(domain, bins, cell, step, background)
    xyz = positions(domain.latitude[cell], domain.longitude[cell])
    return Anomalies(xyz, domain.years[step], value, count.astype(float), domain.level[cell])


def _map(
    domain: Domain, data: Anomalies, cell: Ints, step: Ints, covariance: Covariance, neighbours: int
) -> tuple[Floats, Floats]:
    """Map anomalies to targets from their nearest data: value in umol kg-1 and explained share, each (target,)."""
    scaled = np.hstack([data.xyz / covariance.length, data.years[:, None] / covariance.years])
    mapped, explained = np.empty(cell.size), np.empty(cell.size)
    for start in range(0, cell.size, CHUNK):
        part = slice(start, start + CHUNK)
        xyz = positions(domain.latitude[cell[part]], domain.longitude[cell[part]])
        years = domain.years[step[part]]
        target = np.hstack([xyz / covariance.length, years[:, None] / covariance.years])
        index, distance = nearest_in_level(scaled, data.level, target, domain.level[cell[part]], neighbours)
        there = np.isfinite(distance)
        towards = np.where(
            there, covariance(_length(data.xyz[index] - xyz[:, None]), data.years[index] - years[:, None]), 0.0
        )
        offset, when = data.xyz[index] - xyz[:, None], data.years[index]
        among = covariance(_apart(offset), when[:, :, None] - when[:, None])
        # An absent neighbour is a datum that covaries with nothing: its weight is zero.
        among *= there[:, :, None] & there[:, None, :]
        noise = np.where(there, covariance.noise / data.count[index], 1.0)
        mapped[part], explained[part], _ = interpolate_anomalies(among, towards, data.value[index], noise)
    return mapped, np.clip(explained, 0.0, 0.9999)


def _apart(points: Floats) -> Floats:
    """Distances of all pairs, shape (target, k, k), by inner products: no array of all differences is made."""
    square = np.square(points).sum(axis=-1)
    apart = square[:, :, None] + square[:, None, :] - 2 * points @ points.swapaxes(1, 2)
    distance: Floats = np.sqrt(np.maximum(apart, 0.0))
    return distance


def _length(vector: Floats) -> Floats:
    """Lengths of vectors along the last axis."""
    square: Floats = np.square(vector).sum(axis=-1)
    return np.sqrt(square)
