"""The truth of a simulation: that of the experiment's source, or any gridded files, with the covariates of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats
from oxygen_recon.dataset import store
from oxygen_recon.pipeline.osse.files import Matched, match
from oxygen_recon.pipeline.stages.pipeline import Pipeline
from qc.errors import InputError

if TYPE_CHECKING:
    from oxygen_recon.fields.cmip6.models import ClimateModel

SOURCE = "source"
_FULL_TO, _FALLS_OVER = 1000.0, 1000.0  # m: a planted change is whole down to the first, and falls by e over the second


@dataclass(frozen=True)
class Truth:
    """A true field at the cells and steps of a run, and what is known besides.

    Parameters
    ----------
    oxygen : array, shape (step, cell)
        umol kg-1; NaN where the truth has none.
    covariates : array, shape (step, cell, channel)
        Fields that belong to it, as in `Domain.covariates`.
    names : tuple of str, length channel
        Their names.
    title : str
        What it is, in a few words.
    about_covariates : str
        Where they come from.
    """

    oxygen: Floats
    covariates: Floats
    names: tuple[str, ...]
    title: str
    about_covariates: str


def read_truth(pipeline: Pipeline, name: str, variable: str | None, climatology: bool) -> Truth:
    """Read a truth at the cells and steps of a run whose stage grid is done.

    Parameters
    ----------
    pipeline : Pipeline
        Experiment and folder of the run.
    name : str
        `SOURCE`, or as for `oxygen_recon.pipeline.osse.files.match`.
    variable : str, optional
        Name of oxygen in the files; found by usual names and standard names when left out.
    climatology : bool
        The files are a climatology although they do not say so.

    Returns
    -------
    Truth
        Temperature, salinity and nutrients of the experiment are those of the truth where it has them; where it has
        none at all, they are those of the run's own product, and without one there are none.

    Raises
    ------
    InputError
        If there is no such truth, it has no oxygen, or does not cover the run's region and period
        (`oxygen_recon.sources.gridded.read_products`).
    """
    grid, time_axis = store.load_grid(pipeline.folder.grid)
    if name == SOURCE:
        return _of_source(pipeline, grid, time_axis)
    found = match(pipeline, name, variable)
    wanted = tuple(pipeline.experiment.covariates.names)
    if found.curvilinear:
        read = _of_model(found, wanted, grid, time_axis)
    else:
        read = _of_product(found, wanted, grid, time_axis, variable, climatology)
    oxygen, own = read.pop("oxygen"), tuple(one for one in wanted if one in read)
    if own:
        lacking = [one for one in wanted if one not in own]
        about = f"{', '.join(own)} of the truth itself, known without an error in every cell"
        about += f"; it has no {', '.join(lacking)}, which methods do without" if lacking else ""
        return Truth(oxygen, np.stack([read[one] for one in own], axis=-1), own, found.title, about)
    covariates, names, about = _of_run(pipeline)
    return Truth(oxygen, covariates, names, found.title, about)


def planted(oxygen: Floats, depth: Floats, years: Floats, percent: float) -> Floats:
    """Let a field change steadily, by a share of itself, about the middle of the period.

    Parameters
    ----------
    oxygen : array, shape (step, cell)
        umol kg-1.
    depth : array, shape (cell,)
        m.
    years : array, shape (step,)
        Decimal years.
    percent : float
        Change a decade, percent: whole down to 1000 m, below that falling by e over 1000 m, for most of the loss that
        was measured lies above (a choice of ours).

    Returns
    -------
    array, shape (step, cell)
        umol kg-1, not below 0.

    Examples
    --------
    >>> planted(np.full((2, 2), 200.0), np.array([100.0, 2000.0]), np.array([1990.0, 2010.0]), -1.0).round(1)
    array([[202. , 200.7],
           [198. , 199.3]])
    """
    share = percent / 1000 * np.exp(-np.maximum(depth - _FULL_TO, 0.0) / _FALLS_OVER)
    middle = 0.5 * (years[0] + years[-1])
    return np.asarray(np.maximum(oxygen * (1 + (years - middle)[:, None] * share), 0.0))


def _of_source(pipeline: Pipeline, grid: Grid, time_axis: TimeAxis) -> Truth:
    """Take the true field of the run, with the covariates that its source has of it."""
    truth, experiment = store.load_truth(pipeline.folder.grid), pipeline.experiment
    if truth is None:
        fix = "name one: --truth FILE.nc, a pattern of files, or an entry of the catalogue"
        raise InputError("archives have no true field", experiment.name, fix)
    title = "the twin ocean" if experiment.source.kind == "twin" else "the field of the source"
    names = tuple(experiment.covariates.names)
    if not names:
        return Truth(truth, np.zeros((*truth.shape, 0), np.float32), (), title, "none")
    about = f"{', '.join(names)} of the source's own product" + (
        ", an analysis with errors" if experiment.source.kind == "twin" else ""
    )
    return Truth(truth, pipeline.source.product(grid, time_axis, names), names, title, about)


def _of_run(pipeline: Pipeline) -> tuple[Floats, tuple[str, ...], str]:
    """Take the covariates of the run's product, which do not belong to the truth; none where casts have them."""
    config, grid = pipeline.experiment.covariates, pipeline.folder.grid
    if config.kind != "product" or not config.names:
        time_axis = store.load_grid(grid)[1]
        cells = store.load_grid(grid)[0].cells
        return (
            np.zeros((len(time_axis), cells, 0), np.float32),
            (),
            "none: the truth has none of those of the experiment",
        )
    domain = store.load_domain(grid, config.gridded)
    about = f"{', '.join(config.gridded)} of the experiment: they do NOT belong to this truth, which has none of them"
    return domain.covariates, domain.names, about


def _of_product(
    found: Matched, names: Sequence[str], grid: Grid, time_axis: TimeAxis, variable: str | None, climatology: bool
) -> dict[str, Floats]:
    """Read files whose latitude and longitude are axes."""
    from oxygen_recon.sources.gridded import read_products

    variables = {} if variable is None else {"oxygen": variable}
    read = read_products(found.files, ("oxygen", *names), grid, time_axis, climatology, variables)
    return {name: values for name, (values, _) in read.items()}


def _of_model(found: Matched, names: Sequence[str], grid: Grid, time_axis: TimeAxis) -> dict[str, Floats]:
    """Read files of a climate model on its own grid: oxygen, and temperature and salinity where both are there."""
    from oxygen_recon.fields.cmip6.models import open_models
    from oxygen_recon.fields.quantities import in_situ

    models = open_models(found.holding["oxygen"], found.holding["temperature"], found.holding["salinity"])
    if len(models) > 1:
        names_of = ", ".join(model.name for model in models)
        raise InputError(f"{len(models)} runs of climate models: {names_of}", found.title, "name the files of one")
    (model,) = models
    read = {"oxygen": _at_cells(model, grid, time_axis)}
    if model.water and {"temperature", "salinity"} & set(names):
        read["salinity"] = _at_cells(model.companion("so"), grid, time_axis)
        potential = _at_cells(model.companion("thetao"), grid, time_axis)
        read["temperature"] = in_situ(potential, "potential", read["salinity"], grid, found.title)
    return read


def _at_cells(model: ClimateModel, grid: Grid, time_axis: TimeAxis) -> Floats:
    """Read a model at all cells and steps, shape (step, cell)."""
    from oxygen_recon.evaluation.compared_fields import model_at_cells

    found = np.full((len(time_axis), grid.cells), np.nan, np.float32)
    for step, values in enumerate(model_at_cells(model, grid, time_axis)):
        found[step] = values
    inside = int(np.isfinite(found).any(axis=1).sum())
    if inside < 0.5 * len(time_axis):
        fix = "name a truth that covers more, or a smaller period"
        raise InputError(
            f"its years are {model.period}, {inside} of the {len(time_axis)} steps of the run", model.name, fix
        )
    return found
