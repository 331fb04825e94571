"""Extra trees: oxygen from place, time, temperature, salinity and other covariates."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from graphs.sphere import EARTH_RADIUS_KM, positions
from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.baselines.climatology import Climatology, held_out, seasons, smooth
from oxygen_recon.models.baselines.tuning import Ladder, climb, level_rms, tuning_folds
from oxygen_recon.models.interface import Estimate, Tuned

if TYPE_CHECKING:
    from sklearn.ensemble import ExtraTreesRegressor

CHUNK = 100_000  # targets at a time
TUNED_ON = 60_000  # samples used to choose settings, at most: some 10 trials of two seconds each
TUNING_TREES = 12
LADDERS = {
    "leaf": Ladder((1, 2, 3, 5, 8, 16, 32, 64, 128, 256, 512), limits=(1,)),
    "features": Ladder((0.1, 0.2, 0.4, 0.7, 1.0), limits=(1.0,)),  # share of the predictors tried at a split
    "on_climatology": Ladder((False, True), limits=(False, True)),
    "covariates": Ladder((False, True), limits=(False, True)),
}
SPREAD_SHARE = (0.0, 0.25, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class Forest:
    """Settings chosen by hold-out.

    Parameters
    ----------
    leaf : int
        Fewest samples in a leaf.
    features : float
        Share of the predictors tried at a split.
    on_climatology : bool
        Learn departures from the climatology instead of oxygen itself.
    covariates : bool
        Read the covariates: maps that know no more than oxygen's own observations are noise to trees, which split on
        them all the same.
    """

    leaf: int = 1
    features: float = 0.7
    on_climatology: bool = False
    covariates: bool = True


def predictors(domain: Domain, cell: Ints, step: Ints, subset: Ints | None = None) -> Floats:
    """Lay out the predictors of the trees.

    Parameters
    ----------
    domain : Domain
        Cells, steps and covariates.
    cell, step : int array, shape (row,)
        Where and when.
    subset : int array, shape (row,), optional
        Of a sample: the subset of groups that its covariates are made without (`Domain.at`).

    Returns
    -------
    float32 array, shape (row, predictor)
        Unit-sphere coordinates, depth (m) and its root, covariates in their units, oxygen at saturation (umol kg-1)
        where temperature and salinity are known, year where there are several steps, cosine and sine of the time of
        year where steps are shorter than a year. NaN is missing; a covariate that is missing anywhere in the domain has
        a column besides that is 1 where it is known, else 0.
    """
    depth = domain.depth[cell]
    # Multiplied and divided by the radius: trees split on the last digit, which the rounding decides.
    columns = [positions(domain.latitude[cell], domain.longitude[cell]) / EARTH_RADIUS_KM]
    known = domain.at(cell, step, subset)
    columns += [depth[:, None], np.sqrt(np.maximum(depth, 0.0))[:, None], known, np.isfinite(known[:, domain.gaps])]
    if domain.steps > 1:
        columns.append(domain.years[step, None])
    if seasons(domain)[0] > 1:
        angle = 2 * np.pi * (domain.years[step] % 1.0)
        columns.append(np.stack([np.cos(angle), np.sin(angle)], axis=-1))
    return np.hstack(columns).astype(np.float32)


def without_covariates(domain: Domain, table: Floats) -> Floats:
    """Take the predictors that are known of any place and time.

    Parameters
    ----------
    domain : Domain
        Of `predictors`.
    table : array, shape (row, predictor)
        As of `predictors`.

    Returns
    -------
    array, shape (row, predictor)
    """
    first = 3 + 2  # coordinates; depth and its root
    return np.delete(table, slice(first, first + len(domain.channels) + int(domain.gaps.sum())), axis=1)


class ExtraTrees:
    """Extremely randomised trees (Geurts, Ernst & Wehenkel 2006), of oxygen or of its departures.

    Parameters
    ----------
    trees, threads : int
        Number of trees; number of threads that grow and read them.

    Attributes
    ----------
    forest, tuned : Forest, Tuned
        Chosen by holding out whole groups; set by `fit`.
    """

    def __init__(self, trees: int, threads: int) -> None:
        self.trees, self.threads = trees, threads
        self.forest = Forest()

    def fit(self, domain: Domain, samples: Samples, seed: int) -> None:
        """Choose the settings and learn the error by hold-out within the samples, then grow the trees on all samples.

        Parameters
        ----------
        domain : Domain
            Cells, steps and covariates.
        samples : Samples
            Everything the method may learn from.
        seed : int
            Makes folds and trees repeatable.
        """
        fold = tuning_folds(domain, samples, seed)
        self.climatology = Climatology()
        self.climatology.fit(domain, samples, seed)
        # Departures must be from means without the departing cruise, as they will be at a target.
        usual = held_out(domain, samples, fold, self.climatology.smoothing)
        full = predictors(domain, samples.cell, samples.step, samples.subset)
        tables = {True: full, False: without_covariates(domain, full)}
        self.forest, self.tuned = self._choose(tables, samples, usual, fold, seed)
        table = tables[self.forest.covariates]
        self._calibrate(domain, table, samples, usual, fold, seed)
        target = samples.values["oxygen"] - usual if self.forest.on_climatology else samples.values["oxygen"]
        self.model = self._grow(table, target, self.forest, self.trees, seed)

    def predict(self, domain: Domain, context: Samples, cell: Ints, step: Ints) -> Estimate:
        """Estimate oxygen at targets.

        Parameters
        ----------
        domain : Domain
            The domain of `fit`.
        context : Samples
            Not used: the trees are grown in `fit`.
        cell, step : int array, shape (target,)
            Where and when.

        Returns
        -------
        Estimate
            Oxygen, umol kg-1; the scale mixes the level's held-out error and the spread of the trees.
        """
        mean, spread = np.empty(cell.size), np.empty(cell.size)
        for start in range(0, cell.size, CHUNK):
            part = slice(start, start + CHUNK)
            table = predictors(domain, cell[part], step[part])
            table = table if self.forest.covariates else without_covariates(domain, table)
            mean[part], spread[part] = self._read(self.model, table)
        if self.forest.on_climatology:
            mean += smooth(domain, self.climatology.bins, cell, step, self.climatology.smoothing)
        level = domain.level[cell]
        scale = self.rms[level] * np.sqrt(1 - self.share + self.share * spread / self.usual_spread[level])
        return Estimate(("oxygen",), mean[:, None], np.maximum(scale, 1e-3)[:, None])

    def _choose(
        self, tables: dict[bool, Floats], samples: Samples, usual: Floats, fold: Ints, seed: int
    ) -> tuple[Forest, Tuned]:
        """Find the settings of least held-out square error; `tables` are with covariates, and without."""
        some = np.random.default_rng(seed).permutation(len(samples))[:TUNED_ON]
        oxygen = samples.values["oxygen"][some]

        def loss(forest: Forest) -> float:
            target = oxygen - usual[some] if forest.on_climatology else oxygen
            table = tables[forest.covariates][some]
            return float(np.square(self._hold_out(table, target, fold[some], forest, seed)[0] - target).mean())

        return climb(Forest(leaf=3), LADDERS, loss)

    def _calibrate(self, domain: Domain, table: Floats, samples: Samples, usual: Floats, fold: Ints, seed: int) -> None:
        """Learn the error of each level and how far it grows with the spread of the trees."""
        target = samples.values["oxygen"] - usual if self.forest.on_climatology else samples.values["oxygen"]
        mean, spread = self._hold_out(table, target, fold, self.forest, seed)
        level, levels = domain.level[samples.cell], int(domain.level.max()) + 1
        self.rms = level_rms(mean - target, level, levels)
        self.usual_spread = level_rms(np.sqrt(spread), level, levels) ** 2
        loss = []
        for share in SPREAD_SHARE:
            variance = self.rms[level] ** 2 * (1 - share + share * spread / self.usual_spread[level]) + 1e-6
            loss.append((np.log(variance) + (mean - target) ** 2 / variance).mean())
        self.share = SPREAD_SHARE[int(np.argmin(loss))]

    def _hold_out(self, table: Floats, target: Floats, fold: Ints, forest: Forest, seed: int) -> tuple[Floats, Floats]:
        """Mean and variance of the trees of trees grown on the other folds, each (row,)."""
        mean, spread = np.full(target.size, target.mean()), np.full(target.size, target.var())
        for number in np.unique(fold):
            out = fold == number
            if not out.all():
                model = self._grow(table[~out], target[~out], forest, TUNING_TREES, seed)
                mean[out], spread[out] = self._read(model, table[out])
        return mean, spread

    def _grow(self, table: Floats, target: Floats, forest: Forest, trees: int, seed: int) -> ExtraTreesRegressor:
        """Grow trees by the settings of a forest."""
        from sklearn.ensemble import ExtraTreesRegressor  # a second to import: only when trees are grown

        model = ExtraTreesRegressor(
            trees,
            min_samples_leaf=forest.leaf,
            max_features=forest.features,
            n_jobs=self.threads,
            random_state=seed,
        )
        return model.fit(table, target)

    def _read(self, model: ExtraTreesRegressor, table: Floats) -> tuple[Floats, Floats]:
        """Mean and variance over the trees, each (row,), summed in a fixed order so that threads change no digit."""
        total, square = np.zeros(len(table)), np.zeros(len(table))
        for values in self._leaves(model, table):
            total += values
            square += values**2
        mean = total / len(model.estimators_)
        return mean, np.maximum(square / len(model.estimators_) - mean**2, 0.0)

    def _leaves(self, model: ExtraTreesRegressor, table: Floats) -> Iterator[Floats]:
        """Predictions of tree after tree, each (row,)."""
        with ThreadPoolExecutor(self.threads) as pool:
            yield from pool.map(lambda tree: tree.tree_.predict(table)[:, 0], model.estimators_)


class ExtraTreesConfig(BaseModel):
    """Settings of extra trees; leaf size, predictors a split and the background are tuned, not set.

    Parameters
    ----------
    trees : int
        Number of trees.
    threads : int
        Threads of one fit; folds share the cores.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
    reads_covariates: ClassVar[bool] = True
    kind: Literal["extra_trees"] = "extra_trees"
    trees: int = Field(default=60, ge=2)
    threads: int = Field(default=1, ge=1)

    def build(self) -> ExtraTrees:
        """Make the method.

        Returns
        -------
        ExtraTrees
        """
        return ExtraTrees(self.trees, self.threads)
