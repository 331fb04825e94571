"""The page and the terminal summary of a run, from the files in its folder."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import xarray as xr

from oxygen_recon.dataset.store import load_grid, load_truth
from oxygen_recon.evaluation import predictions
from oxygen_recon.fields.cf import Provenance
from oxygen_recon.fields.reconstruction import BEYOND, open_reconstruction
from oxygen_recon.observations import catalog
from oxygen_recon.pipeline import citations, stage_cache
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.products.files import open_series
from oxygen_recon.products.observations_near import far_warning
from oxygen_recon.report.run import page as run_page
from oxygen_recon.report.run.drawn import draw
from oxygen_recon.report.run.headlines import headlines
from oxygen_recon.report.run.results import RunResults
from oxygen_recon.report.run.skill import Skill, at_end_lines, left_out_lines, offset_lines
from oxygen_recon.report.terminal import summary_lines

_TIMED = ("ingest", "qc", "grid", "graph", "covariates", "train", "reconstruct", "validate", "omz")
_LIBRARIES = ("oxygen-recon", "torch", "scikit-learn", "numpy", "gsw")


def write(experiment: Experiment, folder: RunFolder, provenance: Provenance) -> tuple[Path, list[str]]:
    """Draw the figures of a finished run, write its page, and sum it up.

    Parameters
    ----------
    experiment : Experiment
        Settings of the run.
    folder : RunFolder
        Folder of the run, all stages before the report done.
    provenance : Provenance
        Hashes, commit and seed of the run.

    Returns
    -------
    Path, list of str
        The page; lines for the terminal.

    Raises
    ------
    InputError
        If a result cannot be drawn.
    """
    results, skill = _results(folder, experiment.model.kind), _skill(folder)
    observed = observed_lines(provenance.shares, experiment.background is not None)
    page = run_page.write(
        folder.report,
        experiment.name,
        " ".join(experiment.question.split()),
        _facts(experiment, folder, provenance),
        headlines(results),
        skill,
        draw(results, folder.report),
        pd.read_csv(folder.qc / "tally.csv", index_col=0),
        pd.read_csv(folder.accepted),
        _files(folder),
        [
            *observed[1:],
            *run_page.caveats(
                experiment.scored_with.startswith("at casts"),
                results.omz_truth is not None,
                results.reconstruction.attrs.get(BEYOND, 0.0),
                _made_by_others(experiment),
            ),
        ],
    )
    lines = summary_lines(skill, results.omz, results.omz_truth)
    return page, [f"held-out casts, {experiment.scored_with}", *lines, *observed]


def _made_by_others(experiment: Experiment) -> list[str]:
    """Name the fields that are scored and that others may have made from the casts that are held out."""
    background = experiment.background
    given = ["background"] if background is not None and not background.fitted else []
    return [*given, *(one.name for one in experiment.products)]


def observed_lines(shares: Mapping[str, float], has_background: bool) -> list[str]:
    """Say how much was observed, and warn of estimates far from observations.

    Parameters
    ----------
    shares : mapping of str to float
        As in `oxygen_recon.fields.cf.Provenance`.
    has_background : bool
        Whether the run has a background.

    Returns
    -------
    list of str
        One line, and a warning where there are such estimates.

    Examples
    --------
    >>> observed_lines({"observed_share": 0.0373, "far_share": 0.0}, False)
    ['3.73 % of all cells and steps hold an observation']
    """
    far = shares.get("far_share", 0.0)
    observed = f"{100 * shares['observed_share']:.2f} % of all cells and steps hold an observation"
    return [observed, *([far_warning(far, has_background)] if far > 0 else [])]


def _results(folder: RunFolder, method: str) -> RunResults:
    """Read what the stages before the report wrote; fields are read lazily."""
    field, skill = open_reconstruction(folder.reconstruction), pd.read_csv(folder.skill)
    values, (grid, _) = load_truth(folder.grid), load_grid(folder.grid)
    names = skill[["split", "method"]].drop_duplicates().itertuples(index=False, name=None)
    points, known = {name: folder.points(*name) for name in names}, folder.product("truth.nc")
    return RunResults(
        reconstruction=field,
        grid=grid,
        method=method,
        skill=skill,
        by_class=pd.read_csv(folder.score_table("skill_by_class")),
        points={name: predictions.load(path) for name, path in points.items() if path.exists()},
        omz=open_series(folder.omz).sel(region="all", drop=True),
        inventory=open_series(folder.product("inventory.nc")),
        trends=pd.read_csv(folder.product("trends.csv")),
        truth=None if values is None else field.assign(oxygen=field["oxygen"].copy(data=grid.scatter(values))),
        omz_truth=open_series(known).sel(region="all", drop=True) if known.exists() else None,
        compared=_compared(folder),
    )


def _compared(folder: RunFolder) -> dict[str, xr.Dataset]:
    """Open the fields of climate models and products, by name."""
    opened = [xr.open_dataset(path) for path in sorted((folder.validate / "fields").glob("*.nc"))]
    return {str(one.attrs["title"]): one for one in opened}


def _files(folder: RunFolder) -> list[tuple[str, str]]:
    """List the files of a run that are there, with what they hold; paths from the folder of the page."""
    listed = {
        folder.reconstruction_netcdf: "oxygen, its standard error and number of casts, cell by cell and step by step",
        folder.reconstruction: "the same as zarr, one step a piece: for maps",
        folder.series: "the same as zarr, all steps and few columns a piece: for series at a place",
        folder.product("omz.csv"): "area, volume and depths of water below each threshold by region, with the interval",
        folder.omz: "the same as CF netCDF",
        folder.product("inventory.csv"): "amount and mean of oxygen by region and layer, with the members' interval",
        folder.product("trends.csv"): "trends by region and period, with errors, p-values and the members' interval",
        folder.skill: "scores of every method, by split and depth layer",
        folder.score_table(
            "skill_by_class"
        ): "scores by basin, layer, decade and how near observations are, with intervals",
        folder.score_table("cruise_offsets"): "offset of each cruise from all others",
        folder.cube: "observations on the grid; CF netCDF",
        folder.qc / "tally.csv": "levels by source, flag and failed check",
        folder.identity: "every setting of the experiment",
    }
    listed |= {path: "climate model or product on the grid and steps of the run; CF netCDF"
               for path in sorted((folder.validate / "fields").glob("*.nc"))}  # fmt: skip
    return [
        (Path(os.path.relpath(path, folder.report)).as_posix(), text) for path, text in listed.items() if path.exists()
    ]


def _skill(folder: RunFolder) -> Skill:
    """Read the tables of skill."""
    names = ("skill_common", "skill_by_class", "left_out", "settings")
    own, common, by_class, left, settings = map(pd.read_csv, [folder.skill, *map(folder.score_table, names)])
    of_cruises = folder.score_table("cruise_offsets")
    offsets = offset_lines(pd.read_csv(of_cruises)) if of_cruises.exists() else []
    return Skill(own, common, by_class, [*left_out_lines(left), *at_end_lines(settings), *offsets])


def _without_background(coverage: Mapping[str, int]) -> dict[str, str]:
    """Return how many cells have no background and so no estimate; nothing where all have one."""
    left_out = coverage.get("cells_without_background", 0)  # not counted by earlier versions
    if not left_out:
        return {}
    return {"cells without a background": f"{left_out:,} of {coverage['cells'] + left_out:,}; they have no estimate"}


def _facts(experiment: Experiment, folder: RunFolder, provenance: Provenance) -> dict[str, object]:
    """Return counts, hashes, versions, times and citations of a run."""
    coverage = json.loads(folder.coverage.read_text())
    made = [stage for stage in _TIMED if folder.done(stage).exists()]
    named = coverage.get("groups_are", "cruises and floats")  # not written by earlier versions
    facts: dict[str, object] = {
        "samples": f"{coverage['samples']:,} of {coverage['groups']:,} {named}",
        "cells with an observation": f"{100 * coverage['observed']:.2f} % of all cells and steps",
        **_without_background(coverage),
        "held-out casts": experiment.scored_with,
        "experiment": provenance.experiment_hash,
        "catalogue": provenance.catalogue_hash,
        "commit": provenance.commit,
        "seed": provenance.seed,
        "versions": {name: version(name) for name in _LIBRARIES} | {"python": platform.python_version()},
        "seconds": {stage: f"{stage_cache.seconds_of(folder, stage):.0f}" for stage in _TIMED if stage in made},
    }
    if flags := coverage.get("flags"):  # not written by earlier versions
        facts["flags of quality control"] = flags
    if several := coverage.get("several_names"):  # not written by earlier versions
        facts[f"{named} under several names, held out as one"] = several
    if experiment.covariates.from_other_groups:
        with xr.open_dataset(folder.covariates_netcdf) as maps:
            facts["covariates"] = maps.attrs["comment"]
    known = catalog.load(own=experiment.catalog)
    names = citations.datasets(experiment, known)
    if names:
        facts["data"] = [f"{known.entry(n).title}: {known.entry(n).citation} ({known.entry(n).licence})" for n in names]
    return facts
