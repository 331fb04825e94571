"""The stages of a run: what decides the result of each, and which others it reads."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from oxygen_recon.fields import regions
from oxygen_recon.observations import collection
from oxygen_recon.pipeline.identity import claim
from oxygen_recon.pipeline.stage_cache import Stage, bring_up_to_date
from oxygen_recon.pipeline.stages import compared, covariates, data, model, products
from oxygen_recon.pipeline.stages.pipeline import CONSOLE, Pipeline
from oxygen_recon.runtime.progress import print_line


def bring(pipeline: Pipeline, last: str, replaces: bool = False) -> None:
    """Bring one stage of a run up to date, and the stages it stands on.

    Parameters
    ----------
    pipeline : Pipeline
        Settings, source, folder and workers.
    last : str
        Name of the stage.
    replaces : bool
        Whether results of another experiment in the folder are given up.

    Raises
    ------
    qc.errors.InputError
        If the folder holds another experiment, or the experiment, the data or a file of the run is at fault; finished
        work stays.
    """
    with pipeline.pool.start() as running:  # one pool for all stages
        stages = define(replace(pipeline, pool=running))
        own = partial(claim, pipeline.experiment, pipeline.data, pipeline.folder, stages, replaces)
        bring_up_to_date(stages, pipeline.folder, last, partial(print_line, CONSOLE), own)


def define(pipeline: Pipeline) -> list[Stage]:
    """List the stages of a run.

    Parameters
    ----------
    pipeline : Pipeline
        Settings, source, folder and workers.

    Returns
    -------
    list of Stage
        Each with all that decides its result.
    """
    e, grid = pipeline.experiment.model_dump(mode="json"), pipeline.experiment.grid
    named = (e["source"], e["covariates"], e["covariates"]["surface"] or {}, e["background"] or {}, *e["products"])
    for block in named:  # by their contents: files may be moved
        for name in ("paths", "path", "tables", "relief"):
            block.pop(name, None)
    if not isinstance(grid, str) and grid.region is not None:
        e["grid"]["region"] = regions.content(grid.region)
    sources = [version("oxygen-recon"), e["source"], e["seed"], pipeline.source.identity()]
    gridding = [e["period"], e["grid"], e["vertical"], e["covariates"], e["background"], e["quality"]["accept"]]
    gridding += [e["nutrients"], *gridded_files(pipeline)]
    quality = pipeline.experiment.quality
    field, decided = (
        path and collection.key_of(name, Path(path), by_name=True)
        for name, path in (("climatology", quality.climatology), ("overrides", quality.overrides))
    )
    others = [e["climate_models"], e["products"], *compared.identity(pipeline)]
    scored_by = [e["baselines"], e["unseen_points"], *others]
    # never-sampled cells are scored from the reconstruction, where their truth is known
    scored = ("grid", "train", *(("reconstruct",) if pipeline.source.has_truth else ()))
    made = ("covariates",) if pipeline.experiment.covariates.from_other_groups else ()
    reported = ("ingest", "qc", "grid", "graph", *made, "train", "reconstruct", "validate", "omz")

    def stage(name: str, settings: Any, inputs: tuple[str, ...], make: Callable[[Pipeline], None]) -> Stage:
        return Stage(name, settings, inputs, partial(make, pipeline))

    stages = [
        stage("ingest", sources, (), data.ingest),
        stage("qc", [pipeline.battery.settings, field, decided], ("ingest",), data.qc),
        stage("grid", gridding, ("qc",), data.grid),
        stage("graph", e["graph"], ("grid",), data.graph),
        stage("covariates", e["folds"], ("grid", "graph"), covariates.covariates),
        stage("train", [e["folds"], e["model"]], ("grid", *made, "graph"), model.train),
        stage("reconstruct", None, ("grid", "graph", "train"), model.reconstruct),
        stage("validate", scored_by, scored, model.validate),
        stage("omz", pipeline.experiment.omz.identity, ("grid", *made, "train", "reconstruct"), products.omz),
        stage("report", e["question"], reported, model.report),
    ]
    return [one for one in stages if one.name != "covariates" or made]


def gridded_files(pipeline: Pipeline) -> list[str]:
    """Name the files of the covariates' products and of the background by name, size and time of change.

    Parameters
    ----------
    pipeline : Pipeline
        Its experiment may name some.

    Returns
    -------
    list of str
        Empty where the experiment names none.
    """
    experiment = pipeline.experiment
    covariates = experiment.covariates
    named = [one for one in (covariates, covariates.surface, experiment.background) if one is not None]
    return [key for one in named for key in one.identity(pipeline.data, experiment.source_settings())]
