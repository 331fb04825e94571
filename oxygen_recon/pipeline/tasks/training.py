"""Tasks that workers share: training without a fold, and the estimates of a baseline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from oxygen_recon.evaluation import comparison, holdout, predictions
from oxygen_recon.evaluation.comparison import ComparisonTask
from oxygen_recon.models.training.checkpoints import CHECKPOINT
from oxygen_recon.pipeline.tasks.run_data import ONE_AT_A_TIME, RunData
from oxygen_recon.runtime.files import locked
from qc.errors import InputError


@dataclass(frozen=True)
class FoldTask:
    """Training of the graph model without one fold, and its estimates of that fold.

    Parameters
    ----------
    data : RunData
        Data of the run.
    """

    data: RunData

    def pending(self) -> list[int]:
        """List the folds whose model or estimates are missing."""
        home = self.data.folder
        return [
            i
            for i in self.data.folds
            if not (home.fold_points(i).exists() and (home.fold_model(i) / CHECKPOINT).exists())
        ]

    def __call__(self, fold: int) -> None:
        """Train without a fold, estimate its samples and save these points."""
        data, home = self.data, self.data.folder
        taken = InputError("another process trains it", str(home.fold_model(fold)), "wait until it has ended")
        with ONE_AT_A_TIME, locked(home.fold_lock(fold), taken):
            method = data.model(fold, f"train without fold {fold}")
            seed = data.experiment.seed + fold
            domain = data.domain_without(fold)
            found = holdout.hold_out(method, domain, data.samples, data.fold, fold, seed)
            predictions.save(found, home.fold_points(fold))


@dataclass(frozen=True)
class BaselineTask:
    """Estimates of one baseline: of a held-out fold, or of the never-sampled targets.

    Parameters
    ----------
    data : RunData
        Data of the run.
    """

    data: RunData

    def pending(self, entries: Iterable[ComparisonTask]) -> list[ComparisonTask]:
        """List the estimates that are missing.

        Parameters
        ----------
        entries : iterable of ComparisonTask
            All estimates that are needed.
        """
        homes = [(entry, self.data.folder.baseline(entry.kind)) for entry in entries]
        return [entry for entry, home in homes if not (entry.path(home).exists() and entry.settings(home).exists())]

    def __call__(self, entry: ComparisonTask) -> None:
        """Fit the baseline, estimate its targets and save these points."""
        data, experiment = self.data, self.data.experiment
        home = data.folder.baseline(entry.kind)
        targets = data.never_sampled() if entry.fold is None else None
        with ONE_AT_A_TIME:
            method, domain = data.baseline(entry.kind), data.domain_without(entry.fold)
            comparison.run_task(method, home, entry, domain, data.samples, data.fold, targets, experiment.seed)
