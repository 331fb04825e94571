"""The stages of the data: ingestion, quality control, gridding and the graph."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa

import graphs.build
from graphs.grid import Grid
from graphs.types import Floats
from oxygen_recon.dataset import covariates, store
from oxygen_recon.dataset.acceptance import (
    acceptance_lines,
    count_accepted,
    flags_line,
    nothing_on_the_grid,
    unreached_levels,
)
from oxygen_recon.dataset.domain import Samples, make_domain
from oxygen_recon.dataset.groups import SAME, several_names, words_of
from oxygen_recon.dataset.samples import grid_samples, merge, with_quantities
from oxygen_recon.fields.cube import cube
from oxygen_recon.observations import collection, quality
from oxygen_recon.pipeline import tables
from oxygen_recon.pipeline.stages import compared
from oxygen_recon.pipeline.stages.pipeline import CONSOLE, Pipeline
from oxygen_recon.products.observations_near import far_warning
from oxygen_recon.products.reconstruction import far_share
from oxygen_recon.runtime.progress import print_line
from oxygen_recon.sources.product import ProductConfig
from qc.errors import InputError
from qc.files import replacing
from qc.table import schema


def ingest(pipeline: Pipeline) -> None:
    """Read every archive file into one part of the observation table; parts that are there are kept.

    Parameters
    ----------
    pipeline : Pipeline
        The experiment and its run folder.

    Raises
    ------
    InputError
        If the region has no ocean, or if files were at fault, after all others are done.
    """
    items = pipeline.source.items()
    pipeline.source.grid()  # a region without ocean is reported before all is read
    collection.ingest(items, pipeline.folder.ingest, pipeline.pool, CONSOLE)


def qc(pipeline: Pipeline) -> None:
    """Flag every level, mark duplicates, count, and draw examples of what each check found.

    Parameters
    ----------
    pipeline : Pipeline
        The experiment and its run folder.
    """
    folder, title = pipeline.folder, f"Quality control: {pipeline.experiment.name}"
    relief = pipeline.source.relief()
    checks, pool, field = pipeline.battery, pipeline.pool, pipeline.climatology
    decisions = pipeline.experiment.quality.overrides
    quality.run(folder.ingest, folder.qc, checks, relief, pool, CONSOLE, field, decisions)
    tables.write_page(folder.qc, checks, relief, title, field)


def grid(pipeline: Pipeline) -> None:
    """Make the grid, the samples and the covariates.

    Parameters
    ----------
    pipeline : Pipeline
        The experiment and its run folder.

    Raises
    ------
    InputError
        If no accepted observation falls on the grid, the source lacks a covariate, a region of the products has no
        ocean, or a climate model or product could not be compared.
    """
    folder, experiment = pipeline.folder, pipeline.experiment
    table = schema.read(folder.qc_parts)
    ocean = pipeline.source.grid()
    grid, background = _with_background(pipeline, ocean)
    time_axis, accept = pipeline.time_axis, tuple(experiment.quality.accept)
    experiment.omz.masks(grid)  # refuses a region without ocean before anything is trained
    compared.refuse(experiment, pipeline.source, pipeline.data, grid, time_axis)
    counts = count_accepted(table, grid, time_axis, accept)
    flags = _flags(pipeline, table, grid, counts)
    for line in (*flags, *acceptance_lines(counts, accept)):
        print_line(CONSOLE, line)
    with replacing(folder.accepted) as partial:
        counts.to_csv(partial, index=False)
    samples, groups, coverage = grid_samples(table, grid, time_axis, accept, experiment.vertical)
    if not len(samples):
        raise nothing_on_the_grid(table, grid, time_axis, counts, accept, experiment.name)
    if unreached := unreached_levels(samples, grid):
        print_line(CONSOLE, unreached)
    samples = _with_nutrients(pipeline, table, grid, samples, groups)
    values, shown, casts = _covariates(pipeline, table, grid, groups)
    surface = _surface(pipeline, grid)
    values, shown = (np.concatenate([one, surface], axis=-1) for one in (values, shown))
    truth = pipeline.source.truth(grid, time_axis)
    store.save(folder.grid, grid, time_axis, samples, groups, values, truth, background, casts)
    with replacing(folder.cube) as partial:
        of_surface = experiment.covariates.surface
        names = (*experiment.covariates.names, *(of_surface.names if of_surface else ()))
        cube(grid, time_axis, merge(samples, grid.cells, len(time_axis)), shown, names).to_netcdf(partial)
    domain = make_domain(grid, time_axis, np.zeros((len(time_axis), grid.cells, 0)), ())
    far = far_share(domain, samples)
    counts_of_cells = {"far": far, "cells": grid.cells, "cells_without_background": ocean.cells - grid.cells}
    named = words_of(table)
    of_groups = {"flags": flags, "groups_are": named, "several_names": [name for name in groups if SAME in name]}
    folder.coverage.write_text(json.dumps(vars(coverage) | counts_of_cells | of_groups))
    print_line(
        CONSOLE,
        f"{coverage.samples} samples of {coverage.groups} {named} in "
        f"{100 * coverage.observed:.2f} % of {grid.cells} cells x {len(time_axis)} steps",
    )
    for line in several_names(groups, named):
        print_line(CONSOLE, line)
    if far > 0:
        print_line(CONSOLE, far_warning(far, experiment.background is not None))


def _with_nutrients(pipeline: Pipeline, table: pa.Table, grid: Grid, samples: Samples, groups: list[str]) -> Samples:
    """Add the nutrients of the experiment to samples, and say how many have them."""
    experiment, names = pipeline.experiment, tuple(pipeline.experiment.nutrients)
    if not names:
        return samples
    accept = tuple(experiment.quality.accept)
    casts = covariates.cast_values(table, grid, pipeline.time_axis, names, groups, accept, experiment.vertical)
    samples = with_quantities(samples, casts)
    for name in names:
        number = int(np.isfinite(samples.values[name]).sum())
        if not number:
            raise InputError(f"{name} was never observed with oxygen", "nutrients", "leave it out")
        print_line(CONSOLE, f"{number} samples of oxygen have {name}")
    return samples


def _flags(pipeline: Pipeline, table: pa.Table, grid: Grid, counts: pd.DataFrame) -> list[str]:
    """Say how many levels of oxygen, and of each covariate of casts, have each flag, and which are let in."""
    experiment, accept = pipeline.experiment, tuple(pipeline.experiment.quality.accept)
    config = experiment.covariates
    of_casts = () if config.named or config.kind == "product" else tuple(config.names)
    lines = [flags_line(counts, accept)]
    for name in of_casts:
        lines.append(flags_line(count_accepted(table, grid, pipeline.time_axis, accept, name), accept, name))
    return lines


def _with_background(pipeline: Pipeline, grid: Grid) -> tuple[Grid, Floats | None]:
    """Return the grid of the cells that have a background at every step, and that, shape (step, cell).

    Where it is fitted, or there is none, that is the whole grid and None.
    """
    config = pipeline.experiment.background
    if config is None or config.fitted:
        return grid, None
    values, coverage = config.read(grid, pipeline.time_axis, pipeline.data, pipeline.experiment.source_settings())
    known, wet = np.isfinite(values).all(axis=0), grid.wet.copy()
    wet[wet] = known  # in the order of the cells
    print_line(
        CONSOLE,
        f"background {config.title}, {coverage}; {(~known).sum()} of {known.size} cells are left out: no estimate",
    )
    return replace(grid, wet=wet), values[:, known]


def _covariates(
    pipeline: Pipeline, table: pa.Table, grid: Grid, groups: list[str]
) -> tuple[Floats, Floats, Samples | None]:
    """Return the covariates that hold whatever is hidden, what the cube shows, and the casts that others are made of.

    Arrays of shape (step, cell, channel). Those of a product; or, where casts keep their own, what they measured, with
    their climatology in the gaps; or none, where each fold has its own: then the cube shows what the casts measured.
    """
    config, time_axis = pipeline.experiment.covariates, pipeline.time_axis
    names = tuple(config.names)
    if config.named:
        values = _read(pipeline, config, names, grid)
        return values, values, None
    if config.kind == "product":
        values = pipeline.source.product(grid, time_axis, names)
        return values, values, None
    nothing = np.zeros((len(time_axis), grid.cells, 0))
    if not names:
        return nothing, nothing, None
    accept, vertical = tuple(pipeline.experiment.quality.accept), pipeline.experiment.vertical
    casts = covariates.cast_values(table, grid, time_axis, names, groups, accept, vertical)
    for name, values in casts.values.items():
        if not np.isfinite(values).any():
            raise InputError(f"{name} was never observed", "covariates.names", "leave it out")
    observed = covariates.measured(casts, grid.cells, len(time_axis))
    share = ", ".join(f"{100 * np.isfinite(observed[..., i]).mean():.1f} % {name}" for i, name in enumerate(names))
    print_line(CONSOLE, f"covariates: casts measured {share} of cells and steps")
    if config.from_other_groups:
        return nothing, observed, casts
    climatology = covariates.climatology_covariates(observed, grid, time_axis)[covariates.season_of(time_axis)]
    values = np.where(np.isfinite(observed), observed, climatology)
    return values, values, None


def _surface(pipeline: Pipeline, grid: Grid) -> Floats:
    """Return the covariates of the sea surface, shape (step, cell, channel)."""
    config = pipeline.experiment.covariates.surface
    if config is None:
        return np.zeros((len(pipeline.time_axis), grid.cells, 0), np.float32)
    return _read(pipeline, config, tuple(config.names), grid)


def _read(pipeline: Pipeline, config: ProductConfig, names: tuple[str, ...], grid: Grid) -> Floats:
    """Read covariates of gridded products, and say what each covers."""
    settings = pipeline.experiment.source_settings()
    values, lines = config.read(names, grid, pipeline.time_axis, pipeline.data, settings)
    for line in lines:
        print_line(CONSOLE, f"covariates of {line}")
    return values


def graph(pipeline: Pipeline) -> None:
    """Join the wet cells by edges.

    Parameters
    ----------
    pipeline : Pipeline
        The experiment and its run folder.
    """
    grid, _ = store.load_grid(pipeline.folder.grid)
    store.save_graph(pipeline.folder.graph, graphs.build.build(grid, pipeline.experiment.graph.near))
