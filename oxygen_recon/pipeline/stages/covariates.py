"""The stage of covariates from casts: what each fold sees where its casts are hidden, made once for all methods."""

from __future__ import annotations

from dataclasses import dataclass, replace

from oxygen_recon.dataset import delivered, store
from oxygen_recon.dataset.delivered import DeliveredCovariates
from oxygen_recon.dataset.folds import groups_of
from oxygen_recon.pipeline.stages.pipeline import Pipeline
from oxygen_recon.pipeline.tasks import RunData


def covariates(pipeline: Pipeline) -> None:
    """Make the covariates of the delivered field, and those of each fold without its casts.

    Parameters
    ----------
    pipeline : Pipeline
        The experiment and its run folder.

    Raises
    ------
    InputError
        If a worker died.
    """
    task = CovariatesTask(pipeline.run_data("covariates"))
    pipeline.share("covariates", task, task.pending())


@dataclass(frozen=True)
class CovariatesTask:
    """Covariates from casts of one fold, or of the delivered field.

    Parameters
    ----------
    data : RunData
        Data of the run.
    """

    data: RunData

    def pending(self) -> list[int | None]:
        """List the folds whose covariates are missing; None is the delivered field, first: it has the most casts."""
        home, folds = self.data.folder, self.data.folds
        return [i for i in (None, *folds) if not (home.covariates / f"{home.of_fold(i)}.npy").exists()]

    def __call__(self, fold: int | None) -> None:
        """Make and save the covariates without a fold."""
        data, home = self.data, self.data.folder
        casts, config = store.load_casts(home.grid), data.experiment.folds
        casts = replace(casts, subset=data.subsets.at(groups_of(config, data.domain, casts)))
        made = DeliveredCovariates(*store.load_grid(home.grid), casts, data.subsets)
        delivered.save(made.domain(data.subsets.of_fold(fold)), home.covariates, home.of_fold(fold))
