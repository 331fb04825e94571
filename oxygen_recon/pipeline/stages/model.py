"""The stages of the model: training, reconstruction, validation and the report."""

from __future__ import annotations

import xarray as xr

from graphs.grid import Grid
from oxygen_recon.dataset import store
from oxygen_recon.evaluation import compared_fields, comparison, holdout, predictions
from oxygen_recon.evaluation.comparison import HELD_OUT, NEVER_SAMPLED, ComparisonTask
from oxygen_recon.evaluation.predictions import Predictions, look_up
from oxygen_recon.fields import reconstruction as fields
from oxygen_recon.pipeline import summary
from oxygen_recon.pipeline.stages import compared, offsets, scores
from oxygen_recon.pipeline.stages.pipeline import CONSOLE, Pipeline
from oxygen_recon.pipeline.tasks.run_data import RunData
from oxygen_recon.pipeline.tasks.training import BaselineTask, FoldTask
from oxygen_recon.pipeline.tasks.windows import WindowTask
from oxygen_recon.runtime.progress import print_line

Found = dict[tuple[str, str], Predictions]
"""Points of each split and method."""


def train(pipeline: Pipeline) -> None:
    """Train the graph model once a fold, each time without the fold's samples, and estimate these.

    Parameters
    ----------
    pipeline : Pipeline
        The experiment and its run folder.

    Raises
    ------
    InputError
        If another process trains one of the folds, or a worker died.
    """
    task = FoldTask(pipeline.run_data("train"))
    pipeline.share("train", task, task.pending(), trains=True)


def reconstruct(pipeline: Pipeline) -> None:
    """Fill every cell of every step with the mean of the fold models, and its standard error.

    Parameters
    ----------
    pipeline : Pipeline
        The experiment and its run folder.

    Raises
    ------
    InputError
        If a worker died, or the finished reconstruction fails its check (`check_reconstruction`).
    """
    folder, task = pipeline.folder, WindowTask(pipeline.run_data("reconstruct"))
    grid, time_axis = store.load_grid(folder.grid)
    done = fields.empty_reconstruction(folder.reconstruction, grid, time_axis, pipeline.provenance())
    pipeline.share("reconstruct", task, task.pending(done), trains=True)
    field = fields.open_reconstruction(folder.reconstruction)
    fields.check_reconstruction(field)
    if (beyond := field.attrs[fields.BEYOND]) > 0:
        print_line(CONSOLE, f"{100 * beyond:.1f} % of the field is farther from observations than any held-out point")
    if "background_only" in field:
        share = 100 * float(field["background_only"].mean())
        print_line(
            CONSOLE, f"{share:.1f} % of the field rests on the background alone: no observation of its level near"
        )
    fields.to_netcdf(folder.reconstruction, folder.reconstruction_netcdf)
    fields.write_series(folder.reconstruction, folder.series)


def validate(pipeline: Pipeline) -> None:
    """Score every method at held-out samples and, where truth is known, at never-sampled cells.

    Parameters
    ----------
    pipeline : Pipeline
        The experiment and its run folder.

    Raises
    ------
    InputError
        If a worker died, or the files of a climate model or product cannot be read.
    """
    data = pipeline.run_data("validate")
    found, reasons = _of_model(pipeline, data) | _of_baselines(pipeline, data), {}
    grid, _ = store.load_grid(pipeline.folder.grid)
    for name, path in compared.write_fields(pipeline).items():
        for split in dict.fromkeys(split for split, _ in found):
            targets = found[split, pipeline.method]
            found[split, name], reasons[split, name] = compared_fields.look_up(path, grid, targets)
    for (split, method), some in found.items():
        predictions.save(some, pipeline.folder.points(split, method))
    scores.write(pipeline.folder, data, found, reasons)
    offsets.write(pipeline.folder, data, found[HELD_OUT, pipeline.method])


def _of_model(pipeline: Pipeline, data: RunData) -> Found:
    """Collect the points of the graph model."""
    near, group = data.nearness(HELD_OUT), data.group[data.held_out_samples]
    found = {(HELD_OUT, pipeline.method): holdout.calibrated(*data.held_out(), near, group)}
    targets = data.never_sampled()
    if targets is not None:
        field, grid = open_field(pipeline)
        found[NEVER_SAMPLED, pipeline.method] = look_up(field, grid, targets)
    return found


def _of_baselines(pipeline: Pipeline, data: RunData) -> Found:
    """Fit every baseline where its points are missing, and collect them."""
    kinds = [config.kind for config in pipeline.experiment.baselines]
    splits = [*([] if data.never_sampled() is None else [None]), *data.folds]
    entries = [ComparisonTask(kind, fold) for kind in reversed(kinds) for fold in splits]  # the slow ones first
    task = BaselineTask(data)
    pipeline.share("validate", task, task.pending(entries))
    found: Found = {}
    chosen, group = [], data.group[data.held_out_samples]
    for kind in kinds:
        own, home = [entry for entry in entries if entry.kind == kind], pipeline.folder.baseline(kind)
        answers = comparison.collect_predictions(home, own, data.domain, data.nearness, group)
        found |= {(split, kind): some for split, some in answers.items()}
        chosen.append(comparison.settings_table(home, own))
    scores.write_settings(pipeline.folder, chosen)
    return found


def report(pipeline: Pipeline) -> None:
    """Draw the figures, write the page, and print the main results in the terminal.

    Parameters
    ----------
    pipeline : Pipeline
        The experiment and its run folder.

    Raises
    ------
    InputError
        If a result cannot be drawn.
    """
    page, lines = summary.write(pipeline.experiment, pipeline.folder, pipeline.provenance())
    for line in lines:
        print_line(CONSOLE, line)
    print_line(CONSOLE, f"report: {page}")


def open_field(pipeline: Pipeline) -> tuple[xr.Dataset, Grid]:
    """Open the reconstruction lazily, with its grid.

    Parameters
    ----------
    pipeline : Pipeline
        The experiment and its run folder.
    """
    grid, _ = store.load_grid(pipeline.folder.grid)
    return fields.open_reconstruction(pipeline.folder.reconstruction), grid
