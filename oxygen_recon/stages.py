"""The road, stage by stage: each reads the folders of those before it and fills its own."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

import numpy as np
import xarray as xr
from rich.console import Console
from rich.progress import Progress, track

import graphs.build
from graphs.grid import Grid
from graphs.timeline import Timeline
from oxygen_recon import (
    allocator,
    artefacts,
    catalog,
    collection,
    contest,
    covariates,
    cube,
    evaluate,
    experiment,
    fields,
    frames,
    graph_method,
    gridding,
    omz,
    quality,
    quality_page,
    reconstruct,
    splits,
    summary,
    training,
    workflow,
)
from oxygen_recon.atomic import replacing
from oxygen_recon.batch import Domain, Floats, Ints, Samples
from oxygen_recon.errors import Mistake
from oxygen_recon.evaluate import Points
from oxygen_recon.experiment import Experiment, TwinSource
from oxygen_recon.pool import Crew
from oxygen_recon.sources import World, world
from qc import battery, schema

OURS = "oxygenerator"
_CONSOLE = Console(stderr=True)


def run(
    path: Path,
    work: Path,
    data: Path | None = None,
    seed: int | None = None,
    last: str = "report",
    crew: Crew | None = None,
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
    crew : Crew, optional
        Who ingests and checks the files; this process when left out.

    Returns
    -------
    Path
        Folder of the run.

    Raises
    ------
    Mistake, qc.errors.InputError
        If the experiment, the data or an artefact is at fault; finished work stays.
    """
    chosen = experiment.load(path, seed)
    work, data = work.absolute(), data and data.absolute()  # workers elsewhere start from another place
    road = Road(chosen, work / chosen.name, data, crew or Crew())
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
    crew : Crew
        Who ingests and checks the files.
    """

    experiment: Experiment
    folder: Path
    data: Path | None = None
    crew: Crew = Crew()  # noqa: RUF009 (frozen)

    @cached_property
    def world(self) -> World:
        """Where observations, grid and truth come from."""
        return world(self.experiment, self.folder / "world", self.data)

    def stages(self) -> list[workflow.Stage]:
        """List the stages with all that decides their results."""
        e = self.experiment.model_dump(mode="json")
        sources = [version("oxygen-recon"), e["source"], e["seed"], self.world.identity()]
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
        collection.ingest(self.world.items(), home, self.crew, _CONSOLE)

    def qc(self, home: Path) -> None:
        """Flag every level, mark duplicates, count, and draw examples of what each check found."""
        checks = self._battery()
        quality.run(self.folder / "ingest", home, checks, self.world.relief(), self.crew, _CONSOLE)
        found = sorted((home / "parts").glob("*.parquet"))
        quality_page.write(found, checks, home / "report", f"Quality control: {self.experiment.name}")

    def grid(self, home: Path) -> None:
        """Make the grid, the samples and the covariates."""
        table = schema.read(self.folder / "qc" / "parts")
        grid, timeline, accept = self.world.grid(), self._timeline(), tuple(self.experiment.quality.accept)
        samples, groups, coverage = gridding.grid_samples(table, grid, timeline, accept, self.experiment.vertical)
        if not len(samples):
            raise Mistake("no accepted observation falls on the grid", self.experiment.name, "see qc/tally.csv")
        names = tuple(self.experiment.covariates.names)
        if self.experiment.covariates.kind == "product":
            values = self.world.product(grid, timeline, names)
        else:
            seen = covariates.grid_covariates(table, grid, timeline, names, accept, self.experiment.vertical)
            values = np.where(np.isfinite(seen), seen, covariates.climatology_covariates(seen, grid, timeline))
        artefacts.save(home, grid, timeline, samples, groups, values, self.world.truth(grid, timeline))
        with replacing(home / "cube.nc") as partial:
            cube.cube(samples, grid, timeline, values, names).to_netcdf(partial)
        (home / "coverage.json").write_text(json.dumps(vars(coverage)))
        _CONSOLE.print(
            f"{coverage.samples} samples of {coverage.groups} cruises and floats in "
            f"{100 * coverage.observed:.2f} % of {grid.cells} cells x {len(timeline)} steps"
        )

    def graph(self, home: Path) -> None:
        """Join the wet cells."""
        grid, _ = artefacts.load_grid(self.folder / "grid")
        graphs.build.build(grid, self.experiment.graph.near).save(home / "graph.npz")

    def train(self, home: Path) -> None:
        """Train the graph model once a fold, and let each estimate the samples it never saw."""
        allocator.keep_freed_memory()
        domain, samples, fold = self._gridded()
        for i in map(int, np.unique(fold[fold >= 0])):
            target = home / f"fold{i}.npz"
            if not target.exists():
                with Progress(console=_CONSOLE, transient=True) as bars:
                    method = self._method(i, _reporter(bars, f"train without fold {i}"))
                    points = evaluate.hold_out(method, domain, samples, fold, i, self.experiment.seed + i)
                evaluate.save(points, target)

    def reconstruct(self, home: Path) -> None:
        """Fill every cell of every step with the mean of the fold models."""
        allocator.keep_freed_memory()
        domain, samples, fold = self._gridded()
        grid, timeline = artefacts.load_grid(self.folder / "grid")
        factor = evaluate.calibration(*self._out_of_fold(domain))
        done = fields.empty_reconstruction(home / "oxygen.zarr", grid, timeline, self.provenance())
        count = np.zeros((domain.steps, domain.cells), np.int32)
        np.add.at(count, (samples.step, samples.cell), samples.count)
        methods = [self._method(int(i)) for i in np.unique(fold[fold >= 0])]
        for i, method in enumerate(methods):  # finished checkpoints: nothing is trained again
            method.fit(domain, samples.take(fold != i), self.experiment.seed + i)
        length = max(1, min(domain.steps, 300_000 // domain.cells))
        starts = [s for s in range(0, domain.steps, length) if not done[s : s + length].all()]
        for start in track(starts, "reconstruct", console=_CONSOLE, transient=True):
            stop = min(start + length, domain.steps)
            mean, error = reconstruct.fill(methods, domain, samples, factor, start, stop)
            fields.write_window(home / "oxygen.zarr", grid, start, mean, error, count[start:stop])
        fields.check_reconstruction(fields.open_reconstruction(home / "oxygen.zarr"))
        fields.to_netcdf(home / "oxygen.zarr", home / "oxygen.nc")

    def validate(self, home: Path) -> None:
        """Score every method at the same held-out samples and, where truth is known, at never-sampled cells."""
        domain, samples, fold = self._gridded()
        truth = artefacts.load_truth(self.folder / "grid")
        points = {(contest.HELD_OUT, OURS): evaluate.calibrated(*self._out_of_fold(domain))}
        asked: tuple[Ints, Ints, Floats] | None = None
        if truth is not None:
            chosen = evaluate.never_sampled(domain, samples, truth, self.experiment.unseen_points, self.experiment.seed)
            asked = (*chosen, truth)
            field, grid = self._reconstruction()
            points[contest.UNSEEN, OURS] = reconstruct.look_up(field, grid, *asked)
        for config in track(self.experiment.baselines, "validate", console=_CONSOLE, transient=True):
            answers = contest.enter(
                config.build, home / config.kind, domain, samples, fold, asked, self.experiment.seed
            )
            points |= {(split, config.kind): p for split, p in answers.items()}
        if self.experiment.climate_model is not None:
            files = self.world.climate_model(self.experiment.climate_model)
            for split in dict.fromkeys(split for split, _ in points):
                points[split, "climate_model"] = contest.climate_model(files, domain, points[split, OURS])
        for (split, method), p in points.items():
            evaluate.save(p, home / f"{split.replace(' ', '_')}-{method}.npz")
        with replacing(home / "skill.csv") as partial:
            evaluate.skill(points, domain.depth).to_csv(partial, index=False)

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
        if pattern is None or isinstance(self.experiment.source, TwinSource):
            return []
        return [collection.key_of("climate_model", path) for path in self.world.climate_model(pattern)]

    def _timeline(self) -> Timeline:
        period = self.experiment.period
        return Timeline.regular(period.start, period.end, period.step)

    def _battery(self) -> battery.Battery:
        path = self.experiment.quality.battery
        return battery.load() if path is None else battery.load(path)

    def _gridded(self) -> tuple[Domain, Samples, Ints]:
        """Domain, samples, and the fold of each sample."""
        home = self.folder / "grid"
        domain = artefacts.load_domain(home, tuple(self.experiment.covariates.names))
        samples, _ = artefacts.load_samples(home)
        config = self.experiment.folds
        config = config.model_copy(update={"seed": config.seed + self.experiment.seed})
        return domain, samples, splits.folds(config, domain, samples)

    def _method(self, i: int, report: training.Report | None = None) -> graph_method.GraphMethod:
        """Make the graph model that fold `i` is hidden from."""
        network = graphs.build.load(self.folder / "graph" / "graph.npz")
        return graph_method.GraphMethod(self.experiment.model, network, self.folder / "train" / f"fold{i}", report)

    def _out_of_fold(self, domain: Domain) -> tuple[Points, Floats]:
        """Held-out points of the graph model and their depths, m."""
        files = sorted((self.folder / "train").glob("fold*.npz"))
        points = evaluate.join([evaluate.load(path) for path in files])
        return points, domain.depth[points.cell]

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
        )


def _reporter(bars: Progress, label: str) -> training.Report:
    """Make a bar that training moves."""
    bar = bars.add_task(label)

    def report(step: int, steps: int, loss: float) -> None:
        bars.update(bar, completed=step, total=steps, description=f"{label}, loss {loss:.3f}")

    return report


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
