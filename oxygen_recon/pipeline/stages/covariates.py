"""The stage of covariates from casts: what each fold sees where its casts are hidden, made once for all methods."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from graphs.types import Ints
from oxygen_recon.dataset import delivered, store
from oxygen_recon.dataset.delivered import DeliveredCovariates
from oxygen_recon.dataset.domain import Domain
from oxygen_recon.dataset.folds import groups_of
from oxygen_recon.dataset.mapped import MappedCovariates
from oxygen_recon.fields.cube import covariate_fields
from oxygen_recon.pipeline.stages.pipeline import CONSOLE, Pipeline
from oxygen_recon.pipeline.tasks.run_data import RunData
from oxygen_recon.runtime.progress import print_line
from qc.files import replacing


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
    data, folder = pipeline.run_data("covariates"), pipeline.folder
    task = CovariatesTask(data)
    pipeline.share("covariates", task, task.pending())
    field = data.domain_without(None)
    text = described(field)
    with replacing(folder.covariates_netcdf) as partial:
        fields = covariate_fields(*store.load_grid(folder.grid), field.covariates, field.names)
        fields.assign_attrs(comment=text).to_netcdf(partial)
    print_line(CONSOLE, f"covariates ({pipeline.experiment.scored_with.partition(':')[0]}): {text}")


def described(field: Domain) -> str:
    """Say what covariates from casts are, and of maps, how well they are known.

    Parameters
    ----------
    field : Domain
        The delivered field; NAME_error is the standard error of NAME.

    Returns
    -------
    str
        The share of cells and steps whose error variance is less than half of the largest of their level: casts are
        near enough to tell more than the climatology.

    Examples
    --------
    >>> two, number = np.zeros(2), np.zeros(2, int)
    >>> error = np.array([[0.1, 0.4], [0.5, 0.5]])[..., None]
    >>> described(Domain(two, two, two, number, number, two, two, error, ("t_error",)))
    'maps of all casts; of cells and steps, t is known better than from its climatology in 25 %'
    """
    errors = {name: field.covariates[..., i] for i, name in enumerate(field.names) if name.endswith("_error")}
    if not errors:
        return "climatology of casts"
    shares = []
    for name, error in errors.items():
        largest = np.full(int(field.level.max()) + 1, -np.inf)
        np.maximum.at(largest, field.level, np.nan_to_num(error, nan=-np.inf).max(axis=0))
        known = 100 * float((np.square(error) < 0.5 * np.square(largest[field.level])).mean())
        shares.append(f"{name.removesuffix('_error')} is known better than from its climatology in {known:.0f} %")
    return f"maps of all casts; of cells and steps, {', '.join(shares)}"


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
        home, folds = self.data.folder, self.data.folds if self.data.subsets.size else []
        return [i for i in (None, *folds) if not (home.covariates / f"{home.of_fold(i)}.npy").exists()]

    def __call__(self, fold: int | None) -> None:
        """Make and save the covariates without a fold."""
        data, home = self.data, self.data.folder
        casts, config = store.load_casts(home.grid), data.experiment.folds
        casts = replace(casts, subset=data.subsets.at(groups_of(config, data.domain, casts)))
        of_casts = *store.load_grid(home.grid), casts, data.subsets
        if data.experiment.covariates.kind == "mapped":
            made: MappedCovariates | DeliveredCovariates = MappedCovariates(
                *of_casts, data.samples, self._beside(), config.seed
            )
        else:
            made = DeliveredCovariates(*of_casts)
        domain = made.domain(data.subsets.of_fold(fold)) if data.subsets.size else made.elsewhere()
        delivered.save(domain, home.covariates, home.of_fold(fold))

    def _beside(self) -> Ints:
        """Cells that methods read beside each, shape (cell, neighbour): those near it, and its water column."""
        graph, domain = store.load_graph(self.data.folder.graph), self.data.domain
        return np.column_stack([graph.near.sender, domain.cell_of[domain.column]])
