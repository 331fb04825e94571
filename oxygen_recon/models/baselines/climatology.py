"""Climatology: mean oxygen at a place, a level and a season, from the observations of all years."""

from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict

from graphs.neighbours import nearest_in_level
from graphs.sphere import arc, positions
from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.baselines.tuning import Ladder, climb, level_rms, tuning_folds
from oxygen_recon.models.interface import Estimate, Tuned

NEIGHBOURS = 32
CHUNK = 100_000  # targets at a time
LADDERS = {
    # km: observations closer than this count alike (the shrinkage)
    "reach": Ladder((2.5, 5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 640.0, 1280.0, 2560.0, 5120.0)),
    "power": Ladder((0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0), limits=(0.0,)),  # 0: the neighbours count alike
    # km: how far apart opposite seasons count; 0 is one mean for all seasons
    "season": Ladder((0.0, 200.0, 400.0, 800.0, 1600.0, 3200.0, 6400.0, 12800.0, 25600.0, 51200.0), limits=(0.0,)),
}


@dataclass(frozen=True)
class Smoothing:
    """Weights n / (d^2 + reach^2)^(power / 2) of a distance-weighted mean.

    Parameters
    ----------
    reach : float
        Distance below which observations count alike, km; a large one shrinks a cell's mean to its neighbours'.
    power : float
        How fast weights fall beyond it.
    season : float
        Distance added between opposite seasons, km.
    """

    reach: float = 160.0
    power: float = 4.0
    season: float = 0.0


@dataclass(frozen=True)
class Bins:
    """Mean oxygen of all years in each observed cell and season.

    Parameters
    ----------
    xyz : array, shape (bin, 3)
        Positions, km.
    level, season, count : int array, shape (bin,)
        Level, season of the year (from 0), number of samples.
    oxygen : array, shape (bin,)
        Mean, umol kg-1.
    """

    xyz: Floats
    level: Ints
    season: Ints
    count: Ints
    oxygen: Floats


def seasons(domain: Domain) -> tuple[int, Ints]:
    """Count the steps of a year and number them within it.

    Parameters
    ----------
    domain : Domain
        Its `years` are the middles of the steps.

    Returns
    -------
    number : int
        Steps a year; 1 for yearly or longer steps.
    season : int array, shape (step,)
        0 ... number - 1.
    """
    if domain.steps < 2:
        return 1, np.zeros(domain.steps, np.int64)
    number = max(1, round(1.0 / float(np.median(np.diff(domain.years)))))
    return number, np.floor((domain.years % 1.0) * number).astype(np.int64) % number


def collect(domain: Domain, samples: Samples) -> Bins:
    """Average samples of all years by cell and season, each sample (one cruise, one cell, one step) counting once.

    Parameters
    ----------
    domain : Domain
        Cells and steps.
    samples : Samples
        Observations.

    Returns
    -------
    Bins
    """
    number, season = seasons(domain)
    key, place, count = np.unique(samples.cell * number + season[samples.step], return_inverse=True, return_counts=True)
    mean = np.bincount(place, weights=samples.values["oxygen"]) / count
    cell = key // number
    xyz = positions(domain.latitude[cell], domain.longitude[cell])
    return Bins(xyz, domain.level[cell], key % number, count, mean)


def smooth(domain: Domain, bins: Bins, cell: Ints, step: Ints, smoothing: Smoothing) -> Floats:
    """Estimate the usual oxygen at cells and steps.

    Parameters
    ----------
    domain : Domain
        Cells and steps.
    bins : Bins
        Observed means.
    cell, step : int array, shape (target,)
        Where and when; of the step only the season matters.
    smoothing : Smoothing
        Weights.

    Returns
    -------
    array, shape (target,)
        umol kg-1.
    """
    number, season = seasons(domain)
    key, place = np.unique(cell * number + season[step], return_inverse=True)
    unique = np.empty(key.size)
    for start in range(0, key.size, CHUNK):
        part = key[start : start + CHUNK]
        index, square = _neighbours(domain, bins, part // number, part % number, number, smoothing.season)
        unique[start : start + CHUNK] = _average(bins, index, square, smoothing)
    return unique[place]


class Climatology:
    """Distance-weighted mean of all years within a level and, when steps are seasonal, near in season.

    Attributes
    ----------
    smoothing, tuned : Smoothing, Tuned
        Chosen by holding out whole groups; set by `fit`.
    """

    def __init__(self) -> None:
        self.smoothing = Smoothing()

    def fit(self, domain: Domain, samples: Samples, seed: int) -> None:
        """Average the samples; choose the weights and learn the error by hold-out within the samples.

        Parameters
        ----------
        domain : Domain
            Cells and steps.
        samples : Samples
            Everything the method may learn from.
        seed : int
            Assigns the groups to the folds of the tuning.
        """
        fold = tuning_folds(domain, samples, seed)
        self.smoothing, self.tuned, residual = _choose(domain, samples, fold)
        self.rms = level_rms(residual, domain.level[samples.cell], int(domain.level.max()) + 1)
        self.bins = collect(domain, samples)

    def predict(self, domain: Domain, context: Samples, cell: Ints, step: Ints) -> Estimate:
        """Estimate oxygen at targets from the means learnt by `fit`.

        Parameters
        ----------
        domain : Domain
            The domain of `fit`.
        context : Samples
            Not used: a climatology has its means from `fit`.
        cell, step : int array, shape (target,)
            Where and when.

        Returns
        -------
        Estimate
            Oxygen, umol kg-1; the scale is the level's root mean square held-out residual.
        """
        mean = smooth(domain, self.bins, cell, step, self.smoothing)
        return Estimate(("oxygen",), mean[:, None], self.rms[domain.level[cell]][:, None])


class ClimatologyConfig(BaseModel):
    """Settings of the climatology; its weights are tuned, not set."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    reads_covariates: ClassVar[bool] = False
    kind: Literal["climatology"] = "climatology"

    def build(self) -> Climatology:
        """Make the method.

        Returns
        -------
        Climatology
        """
        return Climatology()


def held_out(domain: Domain, samples: Samples, fold: Ints, smoothing: Smoothing) -> Floats:
    """Estimate each sample by a climatology of the other folds.

    Parameters
    ----------
    domain : Domain
        Cells and steps.
    samples : Samples
        Observations.
    fold : int array, shape (sample,)
        Fold of each sample.
    smoothing : Smoothing
        Weights.

    Returns
    -------
    array, shape (sample,)
        umol kg-1; where all samples are of one fold, their mean.
    """
    result = np.full(len(samples), samples.values["oxygen"].mean())
    for number in np.unique(fold):
        out = fold == number
        if not out.all():
            bins = collect(domain, samples.take(~out))
            result[out] = smooth(domain, bins, samples.cell[out], samples.step[out], smoothing)
    return result


def _choose(domain: Domain, samples: Samples, fold: Ints) -> tuple[Smoothing, Tuned, Floats]:
    """Return the smoothing of least held-out square error, on all samples, and its residuals, shape (sample,)."""
    number, season = seasons(domain)
    near: dict[tuple[int, float], tuple[Bins, Ints, Floats]] = {}

    def residual(smoothing: Smoothing) -> Floats:
        """Held-out residuals; the neighbours depend on the season's distance only, and are found once for each."""
        result: Floats = samples.values["oxygen"] - samples.values["oxygen"].mean()
        for held in np.unique(fold):
            out = fold == held
            if out.all():
                continue
            key = int(held), smoothing.season
            if key not in near:
                for other in [one for one in near if one[1] != smoothing.season]:
                    del near[other]  # they are large
                bins, cell, when = collect(domain, samples.take(~out)), samples.cell[out], season[samples.step[out]]
                near[key] = bins, *_neighbours(domain, bins, cell, when, number, smoothing.season)
            result[out] = samples.values["oxygen"][out] - _average(*near[key], smoothing)
        return result

    ladders = LADDERS if number > 1 else {name: LADDERS[name] for name in ("reach", "power")}
    start = Smoothing(season=800.0 if number > 1 else 0.0)
    best, tuned = climb(start, ladders, lambda one: float(np.square(residual(one)).mean()))
    return best, tuned, residual(best)


def _neighbours(domain: Domain, bins: Bins, cell: Ints, season: Ints, number: int, apart: float) -> tuple[Ints, Floats]:
    """Nearest bins of each target: index and squared distance in km2, both (target, NEIGHBOURS)."""
    target = np.hstack([positions(domain.latitude[cell], domain.longitude[cell]), _clock(season, number, apart)])
    data = np.hstack([bins.xyz, _clock(bins.season, number, apart)])
    index, distance = nearest_in_level(data, bins.level, target, domain.level[cell], NEIGHBOURS)
    if apart == 0:
        return index, np.where(np.isfinite(distance), arc(distance) ** 2, np.inf)
    turn = np.square(data[index, 3:] - target[:, None, 3:]).sum(axis=-1)
    over_ground = arc(np.sqrt(np.maximum(distance**2 - turn, 0.0)))
    return index, np.where(np.isfinite(distance), over_ground**2 + turn, np.inf)


def _clock(season: Ints, number: int, apart: float) -> Floats:
    """Seasons on a circle of diameter `apart`, shape (n, 2), km."""
    angle = 2 * np.pi * season / number
    circle: Floats = np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    return 0.5 * apart * circle


def _average(bins: Bins, index: Ints, square: Floats, smoothing: Smoothing) -> Floats:
    """Weighted mean over neighbours, shape (target,)."""
    weight = bins.count[index] * (square / smoothing.reach**2 + 1.0) ** (-0.5 * smoothing.power)
    # Weights are positive at any distance on Earth, and zero only for a missing neighbour (infinitely far).
    mean: Floats = (weight * bins.oxygen[index]).sum(axis=1) / weight.sum(axis=1)
    return mean
