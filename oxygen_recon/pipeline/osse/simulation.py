"""Observing-system simulation of an experiment: a truth sampled as history sampled, reconstructed by every method."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from graphs.types import Floats
from oxygen_recon.dataset import store
from oxygen_recon.evaluation.osse.observations import ObservationErrors
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.osse import fields, page, tables
from oxygen_recon.pipeline.osse.files import match
from oxygen_recon.pipeline.osse.methods import as_simulated, methods_of
from oxygen_recon.pipeline.osse.tasks import Drawing, SimulationFolder, SimulationTask
from oxygen_recon.pipeline.osse.truth import SOURCE, Truth, planted, read_truth
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.stage_cache import begun_key
from oxygen_recon.pipeline.stages.definition import bring
from oxygen_recon.pipeline.stages.pipeline import CONSOLE, Pipeline
from oxygen_recon.pipeline.tasks.run_data import RunData
from oxygen_recon.runtime.files import locked_folder
from oxygen_recon.runtime.parallel import Pool
from oxygen_recon.runtime.progress import print_line
from qc import config
from qc.errors import InputError
from qc.files import remove, replacing


@dataclass(frozen=True)
class Simulated:
    """The results of a simulation.

    Parameters
    ----------
    folder : Path
        Holds them as files, too.
    trends : pandas.DataFrame
        Trends of volume means, true and recovered, by basin, layer and method (`tables.trends`).
    scores : pandas.DataFrame
        Scores where nothing was seen (`tables.scores`).
    series : pandas.DataFrame
        Volume means of each step.
    """

    folder: Path
    trends: pd.DataFrame
    scores: pd.DataFrame
    series: pd.DataFrame


def osse(
    experiment: Experiment,
    *,
    truth: str = SOURCE,
    variable: str | None = None,
    climatology: bool = False,
    change_per_decade: float = 0.0,
    realisations: int = 5,
    methods: Sequence[str] | None = None,
    errors: ObservationErrors | Mapping[str, float] | None = None,
    resampled: bool = False,
    periods: Sequence[tuple[int, int]] = (),
    most: int = 250_000,
    data: str | Path | None = None,
    work: str | Path = "runs",
    out: str | Path | None = None,
    workers: int | None = 1,
    scheduler: str | None = None,
    replace: bool = False,
) -> Simulated:
    """Sample a known field where history sampled, reconstruct it, and tell what of its trends is recovered.

    The stages grid and graph of the run are brought up to date; nothing else of it is needed or changed. Every method
    is fitted to all simulated observations at once, the network too, of which a run averages one for each fold.

    Parameters
    ----------
    experiment : Experiment
        Its observations say where and when history sampled; its methods reconstruct.
    truth : str
        "source", the true field of a twin ocean or a field source; or gridded files: a file, a folder, a pattern, or an
        entry of the catalogue (`oxygen_recon.pipeline.osse.files.match`).
    variable : str, optional
        Name of oxygen in the files, where it is not a usual one.
    climatology : bool
        The files are a climatology although they do not say so: a single time, or twelve months.
    change_per_decade : float [%]
        Steady change that is planted in the truth (`oxygen_recon.pipeline.osse.truth.planted`).
    realisations : int
        How often errors, and what methods draw, are drawn anew.
    methods : sequence of str, optional
        Kinds; the model and the baselines of the experiment when left out.
    errors : ObservationErrors or mapping, optional
        Errors of the observations, or their settings; the default ones when left out.
    resampled : bool
        Draw cruises with replacement in each realisation: the spread then holds how history might have gone, too.
    periods : sequence of (int, int)
        First and last years of the trends; the whole period when left out.
    most : int
        Cells x steps that are estimated, at most: a random share of the water columns where there are more.
    data, work, workers, scheduler
        As for `oxygen_recon.run`.
    out : str or Path, optional
        Folder of the simulation; `osse` in the folder of the run when left out. Reconstructions in it are kept.
    replace : bool
        Give up the simulation of another truth or other observations that the folder holds; and as for `run`.

    Returns
    -------
    Simulated

    Raises
    ------
    qc.errors.InputError
        If there is no such truth or method, the truth does not cover the run, nothing of it was sampled, or the folder
        holds another simulation.
    """
    root = None if data is None else Path(data).absolute()
    folder = RunFolder(Path(work).absolute() / experiment.name)
    pipeline = Pipeline(experiment, folder, root, Pool(workers, scheduler))
    kinds = methods_of(experiment, methods)
    if realisations < 1:
        raise InputError(f"{realisations} realisations", "realisations", "draw one or more")
    if truth != SOURCE:
        match(pipeline, truth, variable)  # a misspelt name is reported before all is read
    bring(pipeline, "graph", replace)
    home = SimulationFolder(folder.root / "osse" if out is None else Path(out).absolute())
    home.root.mkdir(parents=True, exist_ok=True)
    of_errors = config.validate(ObservationErrors, errors or {}, "errors of observations")
    drawing = Drawing(errors=of_errors, resampled=resampled, most=most)
    with locked_folder(home.root):
        about = _claim(pipeline, home, [truth, variable, climatology, change_per_decade], drawing, replace)
        data_of = RunData(folder, begun_key(folder, "graph"), as_simulated(experiment, kinds, about["names"]))
        task = SimulationTask(data_of, home, drawing)
        _refuse_nothing(task, truth)
        pipeline.share("osse", task, task.pending(kinds, realisations), trains=experiment.model.kind in kinds)
        return _results(task, kinds, realisations, periods, about)


def _claim(
    pipeline: Pipeline, home: SimulationFolder, asked: list[object], drawing: Drawing, replaces: bool
) -> dict[str, Any]:
    """Write the truth, or find that it is there already; return what is known of it."""
    name, variable, climatology, percent = asked
    files = [] if name == SOURCE else match(pipeline, str(name), variable).identity  # type: ignore[arg-type]
    made = {name: begun_key(pipeline.folder, name) for name in ("grid", "graph")}
    decides = made | {"truth": asked, "files": files}
    decides = json.loads(json.dumps(decides | {"seed": pipeline.experiment.seed} | drawing.model_dump(mode="json")))
    if home.identity.exists():
        known: dict[str, Any] = json.loads(home.identity.read_text())
        if known["decides"] == decides:
            return known
        if not replaces:
            other = ", ".join(key for key in decides if known["decides"].get(key) != decides[key])
            fix = "name another folder with --out, or give it up with --replace"
            raise InputError(f"holds a simulation with another {other}", str(home.root), fix)
        for path in (home.identity, home.truth.parent, home.root / "estimates"):
            remove(path)
    elif any(not one.name.startswith(".") for one in home.root.iterdir()):
        raise InputError("holds other files", str(home.root), "name an empty or new folder with --out")
    found = read_truth(pipeline, str(name), variable, bool(climatology))  # type: ignore[arg-type]
    return _written(pipeline, home, found, float(percent), decides)  # type: ignore[arg-type]


def _written(
    pipeline: Pipeline, home: SimulationFolder, found: Truth, percent: float, decides: dict[str, object]
) -> dict[str, Any]:
    """Write a truth into the folder of the simulation, what it is last."""
    grid, time_axis = store.load_grid(pipeline.folder.grid)
    oxygen, title = found.oxygen, found.title
    if percent:
        oxygen = planted(oxygen, grid.depth[grid.level_of], time_axis.years, percent)
        title += f", with a planted change of {percent:+g} % a decade"
    arrays: dict[Path, Floats] = {home.truth: oxygen, home.covariates: found.covariates}
    for path, values in arrays.items():
        with replacing(path) as partial, partial.open("wb") as stream:
            np.save(stream, np.asarray(values, np.float32), allow_pickle=False)
    about = {"title": title, "covariates": found.about_covariates, "names": list(found.names), "decides": decides}
    with replacing(home.identity) as partial:
        partial.write_text(json.dumps(about, indent=1) + "\n")
    return about


def _refuse_nothing(task: SimulationTask, name: str) -> None:
    """Raise where there is nothing to estimate, or nothing was sampled."""
    if not task.where.cell.size:
        raise InputError("has no oxygen in the region and period of the run", name, "name a truth that covers it")
    if not np.isfinite(task.truth[task.history.step, task.history.cell]).any():
        raise InputError("has no oxygen where history sampled", name, "name a truth that covers it")


def _results(
    task: SimulationTask, kinds: Sequence[str], realisations: int, periods: Sequence[tuple[int, int]],
    about: dict[str, Any],
) -> Simulated:  # fmt: skip
    """Make the tables, write them, and say the main of them."""
    means = tables.volume_series(task, kinds, realisations)
    found = Simulated(task.folder.root, tables.trends(means, periods), tables.scores(task, kinds, realisations),
                      tables.series(means))  # fmt: skip
    fields.write(task, kinds, realisations, found.folder / "fields.nc", about["title"])
    about_it = tables.summary(task, about, realisations)
    for line in page.write(found.folder, about_it, found.trends, found.scores, found.series):
        print_line(CONSOLE, line)
    return found
