"""What trees, boosting and perceptrons share: inputs, tuning by hold-out, kriging of residuals and their error."""

from __future__ import annotations

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import Any, NamedTuple, Protocol

import numpy as np

from graphs.types import Floats, Ints, Mask
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.models.baselines.climatology import Climatology, collect, held_out, smooth
from oxygen_recon.models.baselines.predictors import CHOICE, chosen
from oxygen_recon.models.baselines.residual_kriging import ResidualKriging
from oxygen_recon.models.baselines.tuning import Ladder, climb, level_rms, tuning_folds
from oxygen_recon.models.columns import column_names
from oxygen_recon.models.interface import Estimate, Tuned

CHUNK = 100_000  # targets at a time
TUNED_ON = 60_000  # samples used to choose settings, at most: some 10 trials of two seconds each
ROUNDS = 2  # of the tuning over a learner's own settings, after one over its inputs
KRIGED = 12_000  # held-out samples by which kriging is chosen and its error learnt, at most
SPREAD_SHARE = (0.0, 0.25, 0.5, 0.75, 1.0)
_GAIN = 1e-3  # of the loss: what kriging must gain, as any step of the tuning


class Rows(NamedTuple):
    """Predictors, shape (row, predictor), and what is learned from them, shape (row,), umol kg-1."""

    table: Floats
    target: Floats

    def take(self, which: Mask) -> Rows:
        """Select rows."""
        return Rows(self.table[which], self.target[which])


class Learner(Protocol):
    """What `Regression` tunes: `start`, its first settings (derived from `Inputs`), and the `ladders` of its own."""

    start: Any

    @property
    def ladders(self) -> Mapping[str, Ladder]:
        """Values that its own settings may take."""
        ...

    def grow(self, table: Floats, target: Floats, setting: Any, seed: int, held: Rows | None, final: bool) -> Any:
        """Learn from rows.

        What ends the learning is found by the rows that are `held` out, else as `settle` left it in the settings; the
        `final` model is the one that estimates.
        """
        ...

    def settle(self, setting: Any, models: list[Any]) -> Any:
        """Return the settings with what the models of all folds found by the rows that were held out."""
        ...

    def read(self, model: Any, table: Floats, setting: Any) -> tuple[Floats, Floats]:
        """Return mean and variance within the method (1 where it knows none), each of shape (row,)."""
        ...


class Held(NamedTuple):
    """Out-of-fold estimates: mean and variance within the method, shape (row,), and the settings they are of."""

    mean: Floats
    spread: Floats
    setting: Any


class _Left(NamedTuple):
    """Numbers of samples, what is left of them out of fold, and its variance over that without kriging."""

    sample: Ints
    error: Floats
    variance: Floats


class Regression:
    """Oxygen, or its departures, by a regression on place, time, covariates and the water column.

    Settings and inputs are chosen by whole units of the comparison's own kind (`tuning_folds`), on at most `TUNED_ON`
    samples, in one round over inputs and at most `ROUNDS` over a learner's own settings (`climb`): the same budget of
    tuning for every learner.

    Parameters
    ----------
    learner : Learner
        Trees, boosting, ...
    column, residual_kriging : bool
        Whether these may be chosen.

    Attributes
    ----------
    setting, tuned : Inputs, Tuned
        Chosen by holding out whole groups; set by `fit`.
    """

    def __init__(self, learner: Learner, column: bool = True, residual_kriging: bool = True) -> None:
        self.learner, self.column, self.residual_kriging = learner, column, residual_kriging

    def fit(self, domain: Domain, samples: Samples, seed: int) -> None:
        """Choose the settings and learn the error by hold-out within the samples, then learn from all samples.

        Parameters
        ----------
        domain : Domain
            Cells, steps and covariates.
        samples : Samples
            Everything the method may learn from.
        seed : int
            Makes folds and learner repeatable.
        """
        fold = tuning_folds(domain, samples, seed)
        self.climatology = Climatology()
        self.climatology.fit(domain, samples, seed)
        # Departures must be from means without the departing cruise, as they will be at a target.
        usual = held_out(domain, samples, fold, self.climatology.smoothing)
        trials = _Trials(domain, samples, fold, usual, self.learner, seed)
        names = ("covariates", "column") if self.column and column_names(domain) else ("covariates",)
        inputs, _ = climb(self.learner.start, dict.fromkeys(("on_climatology", *names), CHOICE), trials.loss, 1)
        best, own = climb(inputs, self.learner.ladders, trials.loss, ROUNDS)
        rows = trials.rows(best)
        held = trials.held(rows, best)
        self.setting = held.setting
        estimate = held.mean + (usual if best.on_climatology else 0.0)
        self.kriging = ResidualKriging.fit(domain, samples, estimate, seed)
        left = _Left(np.arange(len(samples)), held.mean - rows.target, np.ones(len(samples)))
        if self.residual_kriging and np.unique(fold).size > 2:
            after = trials.kriged(rows, held, self.kriging)
            better = bool(np.square(after.error).mean() < (1 - _GAIN) * np.square(left.error[after.sample]).mean())
            self.setting = replace(self.setting, residual_kriging=better)
            left = after if better else left
        self.tuned = Tuned(dict(vars(self.setting)), own.at_end)
        self._calibrate(domain, domain.level[samples.cell[left.sample]], left, held.spread[left.sample])
        self.model = self.learner.grow(*rows, self.setting, seed, None, True)

    def refitted(self, domain: Domain, samples: Samples, seed: int) -> Regression:
        """Learn from other samples with the settings, the inputs and the error that were chosen and learned.

        Parameters
        ----------
        domain, samples, seed
            As for `fit`.

        Returns
        -------
        Regression
        """
        other, fold = copy(self), tuning_folds(domain, samples, seed)
        other.climatology = copy(self.climatology)
        other.climatology.bins = collect(domain, samples)
        usual = held_out(domain, samples, fold, self.climatology.smoothing)
        trials = _Trials(domain, samples, fold, usual, self.learner, seed)
        rows = trials.rows(self.setting)
        if self.setting.residual_kriging:
            estimate = trials.hold_out(rows, fold, self.setting).mean
            estimate = estimate + (usual if self.setting.on_climatology else 0.0)
            other.kriging = ResidualKriging.fit(domain, samples, estimate, seed)
        other.model = self.learner.grow(*rows, self.setting, seed, None, True)
        return other

    def predict(self, domain: Domain, context: Samples, cell: Ints, step: Ints) -> Estimate:
        """Estimate oxygen at targets.

        Parameters
        ----------
        domain : Domain
            The domain of `fit`.
        context : Samples
            Observations whose residuals are kriged, if that was chosen; else not used.
        cell, step : int array, shape (target,)
            Where and when.

        Returns
        -------
        Estimate
            Oxygen, umol kg-1; the scale mixes the level's held-out error, the spread within the method and what kriging
            leaves.
        """
        mean, spread = self._regress(domain, cell, step, None)
        level, variance = domain.level[cell], 1.0 + 0.0 * mean
        if self.setting.residual_kriging:
            known = self.kriging.known(domain, context)
            new = context.take(np.isnan(known))
            known[np.isnan(known)], _ = self._regress(domain, new.cell, new.step, new.subset)
            mapped, variance = self.kriging.at(domain, context, context.values["oxygen"] - known, cell, step)
            mean += mapped
        growth = 1 - self.share + self.share * spread / self.usual_spread[level]
        scale = self.rms[level] * np.sqrt(growth * variance)
        return Estimate(("oxygen",), mean[:, None], np.maximum(scale, 1e-3)[:, None])

    def _regress(self, domain: Domain, cell: Ints, step: Ints, subset: Ints | None) -> tuple[Floats, Floats]:
        """Estimate without kriging: mean and variance within the method, each (row,)."""
        mean, spread = np.empty(cell.size), np.empty(cell.size)
        for start in range(0, cell.size, CHUNK):
            part = slice(start, start + CHUNK)
            without = None if subset is None else subset[part]
            table = chosen(domain, self.setting, cell[part], step[part], without)
            mean[part], spread[part] = self.learner.read(self.model, table, self.setting)
        if self.setting.on_climatology:
            mean += smooth(domain, self.climatology.bins, cell, step, self.climatology.smoothing)
        return mean, spread

    def _calibrate(self, domain: Domain, level: Ints, left: _Left, spread: Floats) -> None:
        """Learn the error of each level, by what kriging leaves, and how far it grows with the method's own spread."""
        levels, error, variance = int(domain.level.max()) + 1, left.error, left.variance
        self.rms = level_rms(error / np.sqrt(variance), level, levels)
        self.usual_spread = level_rms(np.sqrt(spread), level, levels) ** 2
        loss = []
        for share in SPREAD_SHARE:
            total = variance * self.rms[level] ** 2 * (1 - share + share * spread / self.usual_spread[level]) + 1e-6
            loss.append((np.log(total) + error**2 / total).mean())
        self.share = SPREAD_SHARE[int(np.argmin(loss))]


@dataclass(frozen=True)
class _Trials:
    """Hold-out within the samples of a fit; `usual` is their climatology out of fold."""

    domain: Domain
    samples: Samples
    fold: Ints
    usual: Floats
    learner: Learner
    seed: int
    tables: dict[tuple[bool, bool], Floats] = field(default_factory=dict)
    known: dict[Any, Held] = field(default_factory=dict)

    def loss(self, setting: Any) -> float:
        """Mean square error out of fold, of at most `TUNED_ON` samples."""
        some = np.sort(np.random.default_rng(self.seed).permutation(len(self.samples))[:TUNED_ON])
        inputs = setting.covariates, setting.covariates and setting.column
        if inputs not in self.tables:
            self.tables[inputs] = self.rows(setting, some).table
        rows = Rows(self.tables[inputs], self._target(setting)[some])
        if setting not in self.known:
            self.known[setting] = self.hold_out(rows, self.fold[some], setting)
        return float(np.square(self.known[setting].mean - rows.target).mean())

    def held(self, rows: Rows, setting: Any) -> Held:
        """Estimate all samples out of fold; a trial of the settings has done so where they are few."""
        known = self.known.get(setting) if len(self.samples) <= TUNED_ON else None
        return self.hold_out(rows, self.fold, setting) if known is None else known

    def rows(self, setting: Any, some: Ints | slice = slice(None)) -> Rows:
        """Predictors and target of samples."""
        samples = self.samples if isinstance(some, slice) else self.samples.take(some)
        table = chosen(self.domain, setting, samples.cell, samples.step, samples.subset)
        return Rows(table, self._target(setting)[some])

    def hold_out(self, rows: Rows, fold: Ints, setting: Any) -> Held:
        """Estimate each row by what was learned from the other folds; where there is one fold, by the mean."""
        mean, spread = np.full(fold.size, rows.target.mean()), np.full(fold.size, rows.target.var())
        out = [fold == number for number in np.unique(fold) if not (fold == number).all()]
        grow, seed = self.learner.grow, self.seed
        models = [grow(*rows.take(~held), setting, seed, rows.take(held), False) for held in out]
        setting = self.learner.settle(setting, models) if models else setting
        for held, model in zip(out, models):
            mean[held], spread[held] = self.learner.read(model, rows.table[held], setting)
        return Held(mean, spread, setting)

    def kriged(self, rows: Rows, held: Held, kriging: ResidualKriging) -> _Left:
        """Krige the residuals of at most `KRIGED` samples from those of the other folds.

        The residuals around a sample are of models that saw neither their own fold nor the sample's: a model that saw
        it has its value in the residuals around it.
        """
        folds, own = np.unique(self.fold), self.samples
        residual = np.zeros((folds.size, len(own)))  # of other folds' samples, without that of the row
        for i, j in combinations(range(folds.size), 2):
            out = np.isin(self.fold, folds[[i, j]])
            model = self.learner.grow(*rows.take(~out), held.setting, self.seed, None, False)
            left = rows.target[out] - self.learner.read(model, rows.table[out], held.setting)[0]
            for one, other in ((i, j), (j, i)):
                residual[one, self.fold == folds[other]] = left[self.fold[out] == folds[other]]
        some = np.random.default_rng(self.seed).permutation(len(own))[:KRIGED]
        error, variance = (held.mean - rows.target)[some], np.ones(some.size)
        for i in range(folds.size):
            mine, rest = self.fold[some] == folds[i], self.fold != folds[i]
            place = own.cell[some[mine]], own.step[some[mine]]
            mapped, variance[mine] = kriging.at(self.domain, own.take(rest), residual[i, rest], *place)
            error[mine] += mapped
        return _Left(some, error, variance)

    def _target(self, setting: Any) -> Floats:
        """Oxygen, or its departure from the climatology, shape (sample,)."""
        return self.samples.values["oxygen"] - (self.usual if setting.on_climatology else 0.0)
