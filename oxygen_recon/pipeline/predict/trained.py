"""A trained run, opened to be read: its grid, its observations, and its estimates at any cells and steps."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats, Ints
from oxygen_recon.dataset import store
from oxygen_recon.dataset.domain import Domain, Samples, make_domain
from oxygen_recon.evaluation.predictions import Targets, look_up
from oxygen_recon.fields.cf import Provenance
from oxygen_recon.fields.reconstruction import open_reconstruction
from oxygen_recon.pipeline import stage_cache
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.stages.pipeline import Pipeline
from oxygen_recon.products.error_covariance import ErrorCovariance
from oxygen_recon.products.reconstruction import estimate_cells
from qc.errors import InputError

_FIX = "bring the run up to date: oxygen-recon train EXPERIMENT.yaml"


@dataclass(frozen=True)
class TrainedRun:
    """A run whose models are trained; nothing in its folder is changed.

    Parameters
    ----------
    experiment : Experiment
        Settings of the run.
    folder : RunFolder
        Its folder.

    Raises
    ------
    InputError
        If the run has not been trained, or files of it are gone or cut.
    """

    experiment: Experiment
    folder: RunFolder

    def __post_init__(self) -> None:
        """Refuse a run that would have to be trained first."""
        made = ("covariates",) if self.experiment.covariates.from_other_groups else ()
        for stage in ("grid", *made, "graph", "train"):
            if not stage_cache.is_whole(self.folder, stage):
                begun = self.folder.done(stage).exists()
                what = "files are gone, cut or out of date of" if begun else "not trained yet: it lacks"
                raise InputError(f"{what} its stage {stage}", str(self.folder.root), _FIX)

    @cached_property
    def _grid(self) -> tuple[Grid, TimeAxis]:
        return store.load_grid(self.folder.grid)

    @property
    def grid(self) -> Grid:
        """Cells of the run."""
        return self._grid[0]

    @property
    def time_axis(self) -> TimeAxis:
        """Steps of the run."""
        return self._grid[1]

    @cached_property
    def samples(self) -> Samples:
        """Gridded observations."""
        return store.load_samples(self.folder.grid)[0]

    @cached_property
    def domain(self) -> Domain:
        """Places and times of cells and steps, without covariates."""
        return make_domain(self.grid, self.time_axis, np.zeros((len(self.time_axis), self.grid.cells, 0)), ())

    @property
    def has_background(self) -> bool:
        """Whether the models learned departures from a field."""
        return self.experiment.background is not None

    @cached_property
    def _is_reconstructed(self) -> bool:
        return stage_cache.is_whole(self.folder, "reconstruct")

    def estimate(self, cell: Ints, step: Ints) -> tuple[Floats, Floats]:
        """Estimate oxygen at cells and steps: read from the reconstruction where it is finished, else by the models.

        Parameters
        ----------
        cell, step : int array, shape (target,)
            Where and when.

        Returns
        -------
        mean, error : array, shape (target,)
            Oxygen and its standard error, umol kg-1, as the reconstruction has them.

        Raises
        ------
        InputError
            If a file of the run is damaged, or its models are of other data.
        """
        if self._is_reconstructed:
            field = open_reconstruction(self.folder.reconstruction)
            found = look_up(field, self.grid, Targets(cell, step, np.full(cell.size, np.nan)))
            return found.mean, found.scale
        data = Pipeline(self.experiment, self.folder).run_data("train")
        try:
            methods, calibration = data.trained
        except InputError as fault:  # its own way on is to train
            raise InputError(fault.what, fault.where, _FIX) from fault
        mean, error, _ = estimate_cells(methods, data.domain_without(None), data.samples, calibration, cell, step)
        return mean, error

    @cached_property
    def error_covariance(self) -> ErrorCovariance:
        """Covariance of the errors of estimates over their standard errors, fitted to the held-out points."""
        return Pipeline(self.experiment, self.folder).run_data("train").error_covariance

    def provenance(self, title: str) -> Provenance:
        """Return the origin of estimates, for the attributes of files.

        Parameters
        ----------
        title : str
            What they are.
        """
        origin = vars(Pipeline(self.experiment, self.folder).provenance())
        if self._is_reconstructed:  # estimates are those of its experiment and code
            found = open_reconstruction(self.folder.reconstruction).attrs
            origin |= {name: found[name] for name in ("experiment_hash", "catalogue_hash", "commit")}
        return Provenance(**origin | {"title": f"{origin['title']}, {title}"})
