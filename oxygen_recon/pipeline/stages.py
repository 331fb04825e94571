"""The road, stage by stage: each reads the folders of those before it and fills its own."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from importlib.metadata import version
from pathlib import Path

import numpy as np
import xarray as xr
from rich.console import Console

import graphs.build
from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.dataset import covariates
from oxygen_recon.dataset import samples as gridding
from oxygen_recon.dataset import store as artefacts
from oxygen_recon.dataset.samples import merge
from oxygen_recon.evaluation import comparison as contest
from oxygen_recon.evaluation import holdout, skill
from oxygen_recon.evaluation import points as evaluate
from oxygen_recon.evaluation.points import look_up
from oxygen_recon.fields import cf as frames
from oxygen_recon.fields import cube
from oxygen_recon.fields import reconstruction as fields
from oxygen_recon.observations import catalog, collection, quality
from oxygen_recon.pipeline import citations, experiment, summary
from oxygen_recon.pipeline import stage_cache as workflow
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.tasks import Workbench
from oxygen_recon.products import omz
from oxygen_recon.report import quality_report as quality_page
from oxygen_recon.runtime.files import replacing
from oxygen_recon.runtime.parallel import Job, Pool
from oxygen_recon.runtime.progress import Bars
from oxygen_recon.sources.interface import Source
from oxygen_recon.sources.twin_ocean import TwinSourceConfig
from qc.battery import battery
from qc.errors import InputError
from qc.table import schema

OURS = "oxygenerator"
_CONSOLE = Console(stderr=True)


def run(
    path: Path,
    work: Path,
    data: Path | None = None,
    seed: int | None = None,
    last: str = "report",
    pool: Pool | None = None,
) -> Path:
    """Bring a run up to date, as far as one stage.

    Parameters
    ----------
    path : Path
        Experiment file.
    work : Path
        Folder of runs; this one gets a folder of the experiment's name.
    data : Path, optional
        Root of the catalogue's file patterns.
    seed : int, optional
        Takes the place of the experiment's seed.
    last : str
        Last stage to do.
    pool : Pool, optional
        Who does the work that can be shared; this process when left out.

    Returns
    -------
    Path
        Folder of the run.

    Raises
    ------
    qc.errors.InputError
        If the experiment, the data or an artefact is at fault; finished work stays.
    """
    chosen = experiment.load(path, seed)
    work, data = work.absolute(), data and data.absolute()  # workers elsewhere start from another place
    road = Road(chosen, work / chosen.name, data, pool or Pool())
    workflow.bring_up_to_date(road.stages(), road.folder, last, _CONSOLE.print)
    return road.folder


@dataclass(frozen=True)
class Road:
    """The stages of one experiment in one folder.

    Parameters
    ----------
    experiment : Experiment
    folder : Path
        Where its stages have their folders.
    data : Path, optional
        Root of the catalogue's file patterns.
    pool : Pool
        Who does the work that can be shared.
    """

    experiment: Experiment
    folder: Path
    data: Path | None = None
    pool: Pool = Pool()  # noqa: RUF009 (frozen)

    @cached_property
    def source(self) -> Source:
        """Where observations, grid and truth come from."""
        return self.experiment.source.open(self.experiment.source_settings(), self.folder / "source", self.data)

    def stages(self) -> list[workflow.Stage]:
        """List the stages with all that decides their results."""
        e = self.experiment.model_dump(mode="json")
        sources = [version("oxygen-recon"), e["source"], e["seed"], self.source.identity()]
        contest_of = [e["baselines"], e["climate_model"], e["unseen_points"], self._climate_model_files()]
        return [
            workflow.Stage("ingest", sources, self.ingest),
            workflow.Stage("qc", [e["quality"]["battery"], self._battery().model_dump(mode="json")], self.qc),
            workflow.Stage("grid", [e["period"], e["grid"], e["vertical"], e["covariates"], e["quality"]], self.grid),
            workflow.Stage("graph", e["graph"], self.graph),
            workflow.Stage("train", [e["folds"], e["model"]], self.train),
            workflow.Stage("reconstruct", None, self.reconstruct),
            workflow.Stage("validate", contest_of, self.validate),
            workflow.Stage("omz", e["omz_thresholds"], self.omz),
            workflow.Stage("report", e["question"], self.report),
        ]

    def ingest(self, home: Path) -> None:
        """Read every archive file into one part; files already read are left alone."""
        items = self.source.items()
        self.source.grid()  # a region without ocean is told before all is read
        collection.ingest(items, home, self.pool, _CONSOLE)

    def qc(self, home: Path) -> None:
        """Flag every level, mark duplicates, count, and draw examples of what each check found."""
        checks = self._battery()
        relief = self.source.relief()
        quality.run(self.folder / "ingest", home, checks, relief, self.pool, _CONSOLE)
        found = sorted((home / "parts").glob("*.parquet"))
        title = f"Quality control: {self.experiment.name}"
        quality_page.write(found, checks, home / "report", title, relief.is_land if relief else None)

    def grid(self, home: Path) -> None:
        """Make the grid, the samples and the covariates."""
        table = schema.read(self.folder / "qc" / "parts")
        grid, time_axis, accept = self.source.grid(), self._timeline(), tuple(self.experiment.quality.accept)
        samples, groups, coverage = gridding.grid_samples(table, grid, time_axis, accept, self.experiment.vertical)
        if not len(samples):
            raise InputError("no accepted observation falls on the grid", self.experiment.name, "see qc/tally.csv")
        names = tuple(self.experiment.covariates.names)
        if self.experiment.covariates.kind == "product":
            values = self.source.product(grid, time_axis, names)
        else:
            seen = covariates.grid_covariates(table, grid, time_axis, names, accept, self.experiment.vertical)
            values = np.where(np.isfinite(seen), seen, covariates.climatology_covariates(seen, grid, time_axis))
        artefacts.save(home, grid, time_axis, samples, groups, values, self.source.truth(grid, time_axis))
        with replacing(home / "cube.nc") as partial:
            cube.cube(grid, time_axis, merge(samples, grid.cells, len(time_axis)), values, names).to_netcdf(partial)
        (home / "coverage.json").write_text(json.dumps(vars(coverage)))
        _CONSOLE.print(
            f"{coverage.samples} samples of {coverage.groups} cruises and floats in "
            f"{100 * coverage.observed:.2f} % of {grid.cells} cells x {len(time_axis)} steps"
        )

    def graph(self, home: Path) -> None:
        """Join the wet cells."""
        grid, _ = artefacts.load_grid(self.folder / "grid")
        artefacts.save_graph(home / "graph.npz", graphs.build.build(grid, self.experiment.graph.near))

    def train(self, home: Path) -> None:
        """Train the graph model once a fold, and let each estimate the samples it never saw."""
        bench = self._bench(home)
        self._share("train", bench.train, bench.untrained(), self._trainers())

    def reconstruct(self, home: Path) -> None:
        """Fill every cell of every step with the mean of the fold models."""
        bench, target = self._bench(home), home / "oxygen.zarr"
        grid, time_axis = artefacts.load_grid(self.folder / "grid")
        done = fields.empty_reconstruction(target, grid, time_axis, self.provenance())
        self._share("reconstruct", bench.fill, bench.windows(done), self._trainers())
        fields.check_reconstruction(fields.open_reconstruction(target))
        fields.to_netcdf(target, home / "oxygen.nc")

    def validate(self, home: Path) -> None:
        """Score every method at the same held-out samples and, where truth is known, at never-sampled cells."""
        bench = self._bench(home)
        domain, asked = bench.domain, bench.asked()
        points = {(contest.HELD_OUT, OURS): holdout.calibrated(*bench.out_of_fold())}
        if asked is not None:
            field, grid = self._reconstruction()
            points[contest.UNSEEN, OURS] = look_up(field, grid, *asked)
        kinds = [config.kind for config in self.experiment.baselines]
        rounds = [*([] if asked is None else [None]), *bench.folds]
        entries = [contest.Entry(kind, i) for kind in reversed(kinds) for i in rounds]  # the slow ones first
        self._share("validate", bench.answer, [one for one in entries if not one.path(home / one.kind).exists()])
        for kind in kinds:
            answers = contest.answers(home / kind, [one for one in entries if one.kind == kind], domain)
            points |= {(split, kind): p for split, p in answers.items()}
        if self.experiment.climate_model is not None:
            files = self.source.climate_model(self.experiment.climate_model)
            for split in dict.fromkeys(split for split, _ in points):
                points[split, "climate_model"] = contest.climate_model(files, domain, points[split, OURS])
        for (split, method), p in points.items():
            evaluate.save(p, home / f"{split.replace(' ', '_')}-{method}.npz")
        with replacing(home / "skill.csv") as partial:
            skill.skill(points, domain.depth).to_csv(partial, index=False)

    def omz(self, home: Path) -> None:
        """Compute area and volume below each threshold, for the reconstruction and for the truth where it is known."""
        field, grid = self._reconstruction()
        found = omz.series(field["oxygen"], self.experiment.omz_thresholds, grid, field["oxygen_standard_error"])
        omz.to_netcdf(found, home / "omz.nc")
        omz.to_csv(found, home / "omz.csv")
        truth = artefacts.load_truth(self.folder / "grid")
        if truth is not None:
            known = field["oxygen"].copy(data=grid.scatter(truth))
            omz.to_netcdf(omz.series(known, self.experiment.omz_thresholds, grid), home / "truth.nc")

    def report(self, home: Path) -> None:
        """Draw the figures, write the page, and say the main things in the terminal."""
        page, lines = summary.write(self.experiment, self.folder, home, self.provenance())
        for line in lines:
            _CONSOLE.print(line, highlight=False)
        _CONSOLE.print(f"report: {page}")

    def _climate_model_files(self) -> list[str]:
        """Name the climate model's files by path, size and time of change; a twin's follow from its settings."""
        pattern = self.experiment.climate_model
        if pattern is None or isinstance(self.experiment.source, TwinSourceConfig):
            return []
        return [collection.key_of("climate_model", path) for path in self.source.climate_model(pattern)]

    def _timeline(self) -> TimeAxis:
        period = self.experiment.period
        return TimeAxis.regular(period.start, period.end, period.step)

    def _battery(self) -> battery.Battery:
        path = self.experiment.quality.battery
        return battery.load() if path is None else battery.load(path)

    def _bench(self, home: Path) -> Workbench:
        """Give what is needed to work at parts of the stage whose folder this is."""
        return Workbench(self.folder, workflow.key_at_work(home), self.experiment)

    def _trainers(self) -> Pool:
        """Give the pool, or one process where there may be a GPU: it holds one model at a time."""
        return self.pool if self.experiment.model.compute.device == "cpu" else replace(self.pool, workers=1)

    def _share(self, label: str, task: Callable[[Job], None], jobs: Sequence[Job], pool: Pool | None = None) -> None:
        """Let the pool do jobs that need nothing of each other, and draw how far they are."""
        with (pool or self.pool).start() as running, Bars(_CONSOLE, label, len(jobs)) as bars:
            for _ in running.each(task, jobs, partial(_lost, label), bars.hear):
                bars.one_more()

    def _reconstruction(self) -> tuple[xr.Dataset, Grid]:
        """Open the filled field lazily, with its grid."""
        grid, _ = artefacts.load_grid(self.folder / "grid")
        return fields.open_reconstruction(self.folder / "reconstruct" / "oxygen.zarr"), grid

    def provenance(self) -> frames.Provenance:
        """Say where the results come from."""
        return frames.Provenance(
            title=f"Dissolved oxygen: {self.experiment.name}",
            summary=self.experiment.question,
            experiment_hash=self.experiment.hash,
            catalogue_hash=catalog.load().hash,
            commit=_commit(),
            seed=self.experiment.seed,
            method=OURS,
            licence=citations.licence(self.experiment),
            references=citations.references(self.experiment),
        )


def _lost(label: str, job: object, why: str) -> None:
    raise InputError(why, f"{label} {job}", "use fewer workers, and run the same command again")


def _commit() -> str:
    """Name the commit of the source this runs from; "unknown" for an installed copy."""
    try:
        found = subprocess.run(
            ["git", "describe", "--always", "--dirty"],
            cwd=Path(__file__).parent, capture_output=True, text=True, timeout=10, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return found.stdout.strip()
