"""The pipeline of one experiment: its settings, source, folder and workers, which every stage receives."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path

from rich.console import Console

from graphs.time_axis import TimeAxis
from oxygen_recon.fields.cf import Provenance
from oxygen_recon.observations import catalog
from oxygen_recon.pipeline import citations, stage_cache
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.tasks.run_data import RunData
from oxygen_recon.runtime.parallel import Job, Pool, Workers
from oxygen_recon.runtime.progress import ProgressBar
from oxygen_recon.sources.interface import Source
from qc.battery import battery
from qc.battery.battery import Battery
from qc.errors import InputError
from qc.physics.climatology import OxygenClimatology

CONSOLE = Console(stderr=True)


@dataclass(frozen=True)
class Pipeline:
    """The settings, source, folder and workers of one experiment.

    Parameters
    ----------
    experiment : Experiment
        Settings of the run.
    folder : RunFolder
        Folder of the run.
    data : Path, optional
        Folder that the catalogue's file patterns start from.
    pool : Pool or RunningPool
        Workers of the tasks that can be shared; a running pool is that of all stages.
    """

    experiment: Experiment
    folder: RunFolder
    data: Path | None = None
    pool: Workers = Pool()  # noqa: RUF009 (frozen)

    @cached_property
    def source(self) -> Source:
        """Where observations, grid and truth come from."""
        return self.experiment.source.open(self.experiment.source_settings(), self.folder.source, self.data)

    @property
    def time_axis(self) -> TimeAxis:
        """The steps of the experiment."""
        period = self.experiment.period
        return TimeAxis.regular(period.start, period.end, period.step)

    @property
    def battery(self) -> Battery:
        """The battery of checks."""
        path = self.experiment.quality.battery
        return battery.load_battery() if path is None else battery.load_battery(path)

    @property
    def climatology(self) -> OxygenClimatology | None:
        """The climatology of oxygen that values are compared with, if there is one."""
        path = self.experiment.quality.climatology
        return None if path is None else OxygenClimatology(path)

    @property
    def method(self) -> str:
        """Name of the model of the reconstruction, in tables and file names."""
        return self.experiment.model.kind

    def run_data(self, stage: str) -> RunData:
        """Return the gridded data, for the tasks of a stage that has begun.

        Parameters
        ----------
        stage : str
            Name of the stage, whose key tells these data from earlier ones.
        """
        return RunData(self.folder, stage_cache.begun_key(self.folder, stage), self.experiment)

    def share(self, label: str, task: Callable[[Job], None], jobs: Sequence[Job], trains: bool = False) -> None:
        """Do independent jobs with the workers, and draw their progress.

        Parameters
        ----------
        label : str
            Name of the stage.
        task : callable
            Does one job; sent to the workers.
        jobs : sequence
            What is to be done.
        trains : bool
            Whether the task runs the model, of which a GPU holds one at a time: then one process works.
        """
        here = trains and self.experiment.model.compute.device != "cpu"
        with self.pool.start() as running, ProgressBar(CONSOLE, label, len(jobs), unit="parts") as bar:
            for _ in running.each(task, jobs, partial(_lost, label), bar.update, "here" if here else "long"):
                bar.advance()

    def provenance(self) -> Provenance:
        """Return the origin of the results, for the attributes of files and the report."""
        return Provenance(
            title=f"Dissolved oxygen: {self.experiment.name}",
            summary=self.experiment.question,
            experiment_hash=self.experiment.hash,
            catalogue_hash=catalog.load(own=self.experiment.catalog).hash,
            commit=_commit(),
            seed=self.experiment.seed,
            method=self.method,
            licence=citations.licence(self.experiment),
            references=citations.references(self.experiment),
            background="" if self.experiment.background is None else self.experiment.background.title,
            shares=_shares(self.folder.coverage),
        )


def _lost(label: str, job: object, why: str) -> None:
    """Raise where a worker died."""
    raise InputError(why, f"{label} {job}", "use fewer workers, and run the same command again")


def _shares(coverage: Path) -> dict[str, float]:
    """Read how much was observed, as far as a run has come."""
    known = json.loads(coverage.read_text()) if coverage.exists() else {}
    return {f"{name}_share": float(known[name]) for name in ("observed", "far") if name in known}


def _commit() -> str:
    """Return the commit of the source code; "unknown" for an installed copy."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return found.stdout.strip()
