"""The reconstructions of a simulation: one method, one realisation, each a file that is kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from graphs.types import Floats, Ints
from oxygen_recon.dataset import store
from oxygen_recon.dataset.domain import Domain, Samples, make_domain
from oxygen_recon.dataset.folds import groups_of
from oxygen_recon.evaluation.osse.observations import ObservationErrors, columns_within, estimate_steps, observe
from oxygen_recon.models.interface import Method
from oxygen_recon.pipeline.tasks.run_data import ONE_AT_A_TIME, RunData
from oxygen_recon.runtime.errors import naming_damage
from qc.config import Strict
from qc.files import remove, replacing

_SEEDS = 1000  # realisations that the seeds of two experiments keep apart


class Drawing(Strict):
    """What of a simulation is drawn at random.

    Parameters
    ----------
    errors : ObservationErrors
        Errors of the observations.
    resampled : bool
        Whether cruises are drawn with replacement.
    most : int
        Cells x steps that are estimated, at most; a random share of the water columns where there are more.
    """

    errors: ObservationErrors = ObservationErrors()
    resampled: bool = False
    most: int = Field(default=250_000, ge=1)


class Where(NamedTuple):
    """What is estimated: all of some cells at all of some steps.

    Parameters
    ----------
    cell, step : int array
        Numbers of the cells and steps.
    """

    cell: Ints
    step: Ints


@dataclass(frozen=True)
class SimulationFolder:
    """The files of a simulation.

    Parameters
    ----------
    root : Path
        Its folder.
    """

    root: Path

    @property
    def identity(self) -> Path:
        """All that decides the simulated observations, and what they are of."""
        return self.root / "osse.json"

    @property
    def truth(self) -> Path:
        """True oxygen, shape (step, cell)."""
        return self.root / "truth" / "oxygen.npy"

    @property
    def covariates(self) -> Path:
        """Covariates of the truth, shape (step, cell, channel)."""
        return self.root / "truth" / "covariates.npy"

    def estimates(self, kind: str, settings: str, realisation: int) -> Path:
        """Return what a method made of one realisation.

        Parameters
        ----------
        kind, settings : str
            The method, and the hash of its settings.
        realisation : int
            Number, from 0.
        """
        return self.root / "estimates" / f"{kind}-{settings}-{realisation}.npy"


@dataclass(frozen=True)
class SimulationTask:
    """The reconstruction of one realisation by one method.

    Parameters
    ----------
    data : RunData
        The run, its experiment as `as_simulated` gives it.
    folder : SimulationFolder
        Holds the truth.
    drawing : Drawing
        What is drawn.
    """

    data: RunData
    folder: SimulationFolder
    drawing: Drawing

    def path(self, kind: str, realisation: int) -> Path:
        """Return the file of a job.

        Parameters
        ----------
        kind : str
            Method.
        realisation : int
            Number, from 0.
        """
        experiment = self.data.experiment
        config: Any = next((one for one in experiment.baselines if one.kind == kind), experiment.model)
        decides = [config, experiment.folds, *([] if experiment.background is None else [experiment.background])]
        text = json.dumps([one.model_dump(mode="json") for one in decides], sort_keys=True)
        return self.folder.estimates(kind, hashlib.sha256(text.encode()).hexdigest()[:8], realisation)

    def pending(self, kinds: Sequence[str], realisations: int) -> list[tuple[str, int]]:
        """List the jobs whose file is missing, one realisation after the other.

        Parameters
        ----------
        kinds : sequence of str
            Methods.
        realisations : int
            How many.
        """
        jobs = [(kind, number) for number in range(realisations) for kind in kinds]
        return [job for job in jobs if not self.path(*job).exists()]

    @property
    def domain(self) -> Domain:
        """Cells and steps of the run, with the covariates of the truth."""
        return _known(self)[0]

    @property
    def truth(self) -> Floats:
        """True oxygen, shape (step, cell)."""
        return _known(self)[1]

    @property
    def where(self) -> Where:
        """The cells and steps that are estimated: with a truth at every step that has any, of the chosen columns."""
        return _known(self)[2]

    @property
    def history(self) -> Samples:
        """Where and when history sampled."""
        return _known(self)[3]

    def observations(self, realisation: int) -> Samples:
        """Draw the observations of a realisation.

        Parameters
        ----------
        realisation : int
            Number, from 0.
        """
        domain, truth, _, history = _known(self)
        errors, resampled = self.drawing.errors, self.drawing.resampled
        samples = observe(domain, history, truth, errors, self.seed(realisation), resampled)
        return replace(samples, unit=groups_of(self.data.experiment.folds, domain, samples))

    def seed(self, realisation: int) -> int:
        """Return the seed of a realisation: of its errors, and of what methods draw.

        Parameters
        ----------
        realisation : int
            Number, from 0.
        """
        return _SEEDS * self.data.experiment.seed + realisation

    def estimates(self, kind: str, realisation: int) -> NDArray[np.float32]:
        """Read what a method made of a realisation, shape (step, cell) of `where`.

        Parameters
        ----------
        kind, realisation
            As for `path`.

        Raises
        ------
        InputError
            If the file is damaged.
        """
        path = self.path(kind, realisation)
        with naming_damage(path):
            found: NDArray[np.float32] = np.load(path, allow_pickle=False)
        return found

    def __call__(self, job: tuple[str, int]) -> None:
        """Draw the observations, fit the method, estimate, and save."""
        kind, realisation = job
        path = self.path(kind, realisation)
        home = path.with_suffix("")
        with ONE_AT_A_TIME:
            method = self._method(kind, home, f"{kind}, realisation {realisation + 1}")
            samples = self.observations(realisation)
            method.fit(self.domain, samples, self.seed(realisation))
            found = estimate_steps(method, self.domain, samples, *self.where)
        with replacing(path) as partial, partial.open("wb") as stream:
            np.save(stream, found, allow_pickle=False)
        remove(home)  # a killed training goes on from there; what was estimated needs it no more

    def _method(self, kind: str, home: Path, label: str) -> Method:
        """Make a method, not yet fitted."""
        is_model = kind == self.data.experiment.model.kind
        return self.data.model_in(home, label) if is_model else self.data.baseline(kind)


@lru_cache(maxsize=1)
def _known(task: SimulationTask) -> tuple[Domain, Floats, Where, Samples]:
    """Read domain, truth, what is estimated, and the samples of history, once."""
    run, home = task.data.folder.grid, task.folder
    grid, time_axis = store.load_grid(run)
    with naming_damage(home.truth):
        truth = np.load(home.truth, allow_pickle=False)
        covariates = np.load(home.covariates, mmap_mode="r", allow_pickle=False)
    domain = make_domain(grid, time_axis, covariates, tuple(task.data.experiment.covariates.names))
    history, _ = store.load_samples(run)
    known = np.isfinite(truth)
    step = np.flatnonzero(known.any(axis=1))
    chosen = columns_within(domain, task.drawing.most, task.data.experiment.seed)
    cell = np.flatnonzero(known[step].all(axis=0) & np.isin(domain.column, chosen))
    return domain, truth, Where(cell, step), history.take(np.isfinite(history.values["oxygen"]))
