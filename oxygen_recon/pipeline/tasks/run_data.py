"""The gridded data of a run, its methods and what is held out of it, as every task reads them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from threading import Lock

import numpy as np

from graphs.build import Graph
from graphs.types import Floats, Ints
from oxygen_recon.dataset import delivered, store
from oxygen_recon.dataset.delivered import Subsets
from oxygen_recon.dataset.domain import Domain, Samples
from oxygen_recon.dataset.folds import assign_folds, groups_of
from oxygen_recon.evaluation import holdout, predictions
from oxygen_recon.evaluation.comparison import HELD_OUT
from oxygen_recon.evaluation.predictions import Predictions, Targets
from oxygen_recon.models.background import OnBackground
from oxygen_recon.models.baselines.background import OnFittedBackground
from oxygen_recon.models.config import Companion
from oxygen_recon.models.interface import Method, OfOneDomain
from oxygen_recon.models.nearness import Nearness, join, nearness
from oxygen_recon.models.stack import WITHOUT, Part, Stack, with_and_without_maps
from oxygen_recon.models.uncertainty import Calibration
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.products.error_covariance import ErrorCovariance, HeldOutErrors, fit_error_covariance
from oxygen_recon.runtime.progress import report_progress
from qc.errors import InputError

# A worker of several threads does one task at a time: seeds and switches of torch belong to the process.
ONE_AT_A_TIME = Lock()


@dataclass(frozen=True)
class RunData:
    """The gridded data of a run, light enough to be sent to other processes: they read it from the run's folder.

    Parameters
    ----------
    folder : RunFolder
        Folder of the run.
    key : str
        Key of the stage at work: another key, other data.
    experiment : Experiment
        Settings of the run.
    """

    folder: RunFolder
    key: str
    experiment: Experiment = field(compare=False)  # what it decides is part of the key

    @property
    def domain(self) -> Domain:
        """Cells and steps, with the covariates that are the same whichever casts are hidden."""
        return _gridded(self)[0]

    def domain_without(self, fold: int | None) -> Domain:
        """Return the domain whose covariates owe nothing to the casts of a held-out fold.

        Parameters
        ----------
        fold : int or None
            Number of the fold; None for the delivered field, which has the casts of all.
        """
        if not self.experiment.covariates.from_other_groups:
            return self.domain
        return _without(self, self.folder.of_fold(fold if self.subsets.size else None))

    @property
    def subsets(self) -> Subsets:
        """Subsets of the groups that covariates are made without; none where nothing in them is ever hidden."""
        return _gridded(self)[3]

    @property
    def samples(self) -> Samples:
        """Gridded observations."""
        return _gridded(self)[1]

    @property
    def fold(self) -> Ints:
        """Fold of each sample, shape (sample,); -1 where it is never held out."""
        return _gridded(self)[2]

    @property
    def folds(self) -> list[int]:
        """Numbers of the folds."""
        return [int(i) for i in np.unique(self.fold[self.fold >= 0])]

    @property
    def held_out_samples(self) -> Ints:
        """Numbers of the samples that are held out, fold after fold: the order of the targets of every method."""
        return np.concatenate([np.flatnonzero(self.fold == i) for i in self.folds])

    @property
    def group(self) -> Ints:
        """What is held out together, shape (sample,): cruise, year, column or block of each sample."""
        return self.samples.held_together

    @property
    def trained(self) -> tuple[list[Method], Calibration]:
        """Trained model of every fold, and the calibration of their standard errors; kept for the last data."""
        return _fitted(self)

    def held_out(self) -> tuple[Predictions, Floats]:
        """Return the graph model's points, fold after fold, and their depths, m, shape (point,)."""
        found = predictions.concatenate([predictions.load(self.folder.fold_points(i)) for i in self.folds])
        return found, self.domain.depth[found.cell]

    @property
    def held_out_errors(self) -> HeldOutErrors:
        """Errors of the graph model at held-out points, over standard errors that were calibrated by other groups.

        Raises
        ------
        InputError
            If the estimates at held-out points are gone.
        """
        gone = [path for path in map(self.folder.fold_points, self.folds) if not path.exists()]
        if gone:
            raise InputError("no estimates at held-out points", str(gone[0]), "train the run: members follow from them")
        order = self.held_out_samples
        points = holdout.calibrated(*self.held_out(), self.nearness(HELD_OUT), self.group[order])
        error = (points.truth - points.mean) / points.scale
        return HeldOutErrors(points.cell, points.step, points.fold, self.samples.group[order], error, points.scale)

    @property
    def error_covariance(self) -> ErrorCovariance:
        """Covariance of the errors of estimates, in units of their standard errors."""
        return fit_error_covariance(self.domain, self.held_out_errors, self.experiment.seed)

    def nearness(self, split: str) -> Nearness:
        """Tell how near the observations are that estimates of a split may use, in the order of its targets.

        Parameters
        ----------
        split : str
            `HELD_OUT`, without the observations of a target's own fold, or `NEVER_SAMPLED`, with all.
        """
        return _nearness(self, split)

    def never_sampled(self) -> Targets | None:
        """Return never-sampled targets and the true field, or None where it is unknown."""
        truth = store.load_truth(self.folder.grid)
        if truth is None:
            return None
        most, seed = self.experiment.unseen_points, self.experiment.seed
        return holdout.never_sampled(self.domain, self.samples, truth, most, seed)

    def model(self, fold: int, label: str = "") -> Method:
        """Make the graph model of a fold; with a label, its training reports progress under it.

        Parameters
        ----------
        fold : int
            Number of the fold that the model is trained without.
        label : str
            Label of the progress; "" reports none.

        Returns
        -------
        Method
            Not yet fitted; its checkpoints are in the fold's folder.
        """
        return self.model_in(self.folder.fold_model(fold), label)

    def model_in(self, home: Path, label: str = "") -> Method:
        """Make the graph model, not yet fitted, with a folder of its own.

        Parameters
        ----------
        home : Path
            Folder of its checkpoints.
        label : str
            As for `model`.
        """
        graph = _graph(self)
        config = self.experiment.model

        def network(maps: bool, turn: int) -> Method:
            said = [label, *([] if maps else ["without maps"]), *([f"network {turn + 1}"] if turn else [])]

            def report(step: int, steps: int, loss: float) -> None:
                report_progress(" ".join(said), step, steps, f"loss {loss:.3f}")

            return config.build(graph, own(maps, turn), report if label else None)

        def part_of(companion: Companion) -> Part:
            return Part(lambda maps, turn: companion.make(own(maps, turn)), companion.reads_covariates)

        def own(maps: bool, turn: int) -> Path:
            folder = home if maps else home / WITHOUT
            return folder / f"network{turn + 1}" if turn else folder

        parts = {"network": Part(network, learns_all=False)}
        companions = config.companions(self.experiment.background is not None)
        parts |= {name: part_of(companion) for name, companion in companions.items()}
        if self.experiment.covariates.kind == "mapped":
            parts = with_and_without_maps(parts)
        if len(parts) == 1 and config.averaged == 1:
            return self._on_background(network(True, 0))
        return self._on_background(Stack(parts, home / "weights.json", config.averaged))

    def baseline(self, kind: str) -> Method:
        """Make a baseline of the experiment, not yet fitted.

        Parameters
        ----------
        kind : str
            Which.
        """
        (config,) = (one for one in self.experiment.baselines if one.kind == kind)
        maps = self.experiment.covariates.kind == "mapped" and config.reads_covariates
        parts = with_and_without_maps({kind: Part(lambda *_: config.build())})
        return self._on_background(Stack(parts) if maps else config.build())

    def _on_background(self, method: Method) -> Method:
        """Let a method learn departures where the experiment has a background, and keep it to the domain of the run."""
        config = self.experiment.background
        if config is not None and config.fitted:
            method = OnFittedBackground(method)
        elif config is not None:
            method = OnBackground(method, store.load_background(self.folder.grid))
        return OfOneDomain(method)


@lru_cache(maxsize=1)
def _gridded(data: RunData) -> tuple[Domain, Samples, Ints, Subsets]:
    """Read domain, samples, the fold of each sample and the subsets of groups, once a stage."""
    home, experiment = data.folder.grid, data.experiment
    domain = store.load_domain(home, experiment.covariates.gridded)
    samples, _ = store.load_samples(home)
    config = experiment.folds.model_copy(update={"seed": experiment.folds.seed + experiment.seed})
    fold, group = assign_folds(config, domain, samples), groups_of(config, domain, samples)
    samples = replace(samples, unit=group)
    if not experiment.covariates.from_other_groups or config.hide == "oxygen":
        return domain, samples, fold, Subsets.none()
    subsets = Subsets.of(group, fold)
    return domain, replace(samples, subset=subsets.at(group)), fold, subsets


@lru_cache(maxsize=1)
def _graph(data: RunData) -> Graph:
    """Read the graph once a stage: the models of all folds share it."""
    return store.load_graph(data.folder.graph)


@lru_cache(maxsize=2)
def _without(data: RunData, name: str) -> Domain:
    """Read the domain with one set of covariates from casts; what methods keep for a domain is kept by its identity."""
    return delivered.load(data.domain, data.experiment.covariates.of_casts, data.folder.covariates, name)


@lru_cache(maxsize=1)
def _fitted(data: RunData) -> tuple[list[Method], Calibration]:
    """Load the trained model of every fold, and calibrate their standard errors."""
    methods = [data.model(i) for i in data.folds]
    for i, method in zip(data.folds, methods):
        method.fit(data.domain_without(i), data.samples.take(data.fold != i), data.experiment.seed + i)
    found, depth = data.held_out()
    return methods, holdout.calibration_of(found, depth, data.nearness(HELD_OUT), data.group[data.held_out_samples])


@lru_cache(maxsize=2)
def _nearness(data: RunData, split: str) -> Nearness:
    """Measure how near observations are to the targets of a split, once a stage."""
    samples, fold = data.samples, data.fold
    if split == HELD_OUT:
        held = [(data.domain_without(i), fold != i, samples.take(fold == i)) for i in data.folds]
        return join([nearness(domain, samples.take(kept), own.cell, own.step) for domain, kept, own in held])
    targets = data.never_sampled()
    if targets is None:
        raise ValueError("never-sampled targets need a truth")
    return nearness(data.domain_without(None), samples, targets.cell, targets.step)
