"""The end of the road: what a run found, as figures, one page, and a few lines for the terminal."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version
from pathlib import Path

import pandas as pd
import xarray as xr

from graphs.grid import Grid
from oxygen_recon.dataset import store as artefacts
from oxygen_recon.evaluation import predictions as evaluate
from oxygen_recon.fields import reconstruction as fields
from oxygen_recon.fields.cf import Provenance
from oxygen_recon.observations import catalog
from oxygen_recon.pipeline import citations
from oxygen_recon.pipeline import stage_cache as workflow
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.report import figures
from oxygen_recon.report import run_report as report

_DEPTHS = (0.0, 100.0, 300.0, 1000.0)  # m, levels of the maps
_TOP = 1000.0  # m, lower end of the layer whose mean is followed


def write(experiment: Experiment, folder: Path, home: Path, provenance: Provenance) -> tuple[Path, list[str]]:
    """Draw the figures of a finished run, write its page, and sum it up.

    Parameters
    ----------
    experiment : Experiment
    folder : Path
        Folder of the run, all stages before the report done.
    home : Path
        Folder of the report.
    provenance : Provenance

    Returns
    -------
    Path, list of str
        The page; lines for the terminal.
    """
    skill = pd.read_csv(folder / "validate" / "skill.csv")
    found = xr.open_dataset(folder / "omz" / "omz.nc")
    truth = xr.open_dataset(folder / "omz" / "truth.nc") if (folder / "omz" / "truth.nc").exists() else None
    lines = _skill_lines(skill) + _omz_lines(found, truth)
    page = report.write(
        home,
        experiment.name,
        " ".join(experiment.question.split()),
        _facts(experiment, folder, provenance),
        skill,
        _draw(folder, home, skill, found, truth),
        pd.read_csv(folder / "qc" / "tally.csv", index_col=0),
        _notes(experiment, truth is not None),
    )
    return page, lines


def omz_change(series: xr.Dataset, threshold: float) -> str:
    """Say how the area below a threshold changed from the first ten years to the last.

    Parameters
    ----------
    series : Dataset
        As `oxygen_recon.products.omz.omz_series` gives it.
    threshold : float
        One of the series'.

    Returns
    -------
    str
        Million km2 and their ratio: "11.90 -> 48.20 million km2 (x 4.05)"; empty where there are fewer than 20 years.
    """
    name = "omz_area_expected" if "omz_area_expected" in series else "omz_area"
    area, years = series[name].sel(threshold=threshold), series["time"].dt.year
    if int(years[-1]) - int(years[0]) < 20:
        return ""
    first, last = (float(area[when].mean()) / 1e12 for when in (years < years[0] + 10, years > years[-1] - 10))
    ratio = f" (x {last / first:.2f})" if first > 0 else ""
    return f"{first:.2f} -> {last:.2f} million km2{ratio}"


def _draw(
    folder: Path, home: Path, skill: pd.DataFrame, omz: xr.Dataset, omz_truth: xr.Dataset | None
) -> list[tuple[Path, str]]:
    """Draw every figure that the run has something for."""
    field = fields.open_reconstruction(folder / "reconstruct" / "oxygen.zarr")
    late = _late(field)
    values, (grid, _) = artefacts.load_truth(folder / "grid"), artefacts.load_grid(folder / "grid")
    truth = None if values is None else field.assign(oxygen=field["oxygen"].copy(data=grid.scatter(values)))
    drawn = [
        ("maps", figures.maps(field, _DEPTHS, late), "Oxygen and its standard error at four depths."),
        ("section", figures.section(field, late), "Section through the lowest oxygen."),
        ("coverage", figures.coverage(figures.observations_by_year(field)), "What was observed when, and how deep."),
        ("residuals", figures.residuals(_residuals(folder)), "Errors at held-out observations, and whether the "
         "standard error told of them."),
        ("skill", figures.skill_bars(skill), "Root mean square error of every method at the same targets."),
    ]  # fmt: skip
    if truth is not None:
        drawn.append(("truth", figures.truth_comparison(field, truth, 300.0, late), "Truth, reconstruction, their "
                      "difference and the error claimed, near 300 m."))  # fmt: skip
    if field.sizes["time"] > 1:
        mean, true_mean = _layer_mean(field, grid), None if truth is None else _layer_mean(truth, grid)
        drawn.append(("omz", figures.omz_series(omz, omz_truth), "Area whose oxygen minimum lies below each threshold, "
                      "expected from the field and its error; shaded: the whole field one standard error higher or "
                      "lower."))  # fmt: skip
        if layer := _layer(field):
            drawn.append(("mean", figures.mean_series(mean, true_mean, layer=layer), f"Mean oxygen of the {layer}, "
                          "weighted by volume; shaded: the whole field one standard error higher or "
                          "lower."))  # fmt: skip
    return [(figures.save(figure, home / f"{name}.png"), caption) for name, figure, caption in drawn]


def _late(field: xr.Dataset) -> slice | None:
    """Take the last ten years, or everything where there are fewer."""
    last = int(field["time"].dt.year[-1])
    first = int(field["time"].dt.year[0])
    return slice(str(last - 9), str(last)) if last - first >= 10 else None


def _layer(field: xr.Dataset) -> str:
    """Name the levels of `_layer_mean` that hold water; nothing where there is none."""
    wet = field["wet"].any(("latitude", "longitude")).values
    depth = field["depth"].values[wet]
    depth = depth[depth <= _TOP]
    return f"levels from {depth[0]:g} to {depth[-1]:g} m" if depth.size else ""


def _layer_mean(field: xr.Dataset, grid: Grid) -> xr.Dataset:
    """Volume-weighted mean oxygen of the levels down to 1000 m and its range, a step at a time."""
    upper = field.sel(depth=slice(0.0, _TOP))
    weight = (field["wet"] * grid.volume).sel(depth=upper["depth"])
    mean = upper["oxygen"].weighted(weight).mean(("depth", "latitude", "longitude"))
    error = upper["oxygen_standard_error"].weighted(weight).mean(("depth", "latitude", "longitude"))
    return xr.Dataset({"oxygen": mean, "oxygen_low": mean - error, "oxygen_high": mean + error}).compute()


def _residuals(folder: Path) -> pd.DataFrame:
    """Held-out points of the graph model as a table."""
    points = evaluate.load(folder / "validate" / "held_out-oxygenerator.npz")
    grid, time_axis = artefacts.load_grid(folder / "grid")
    return pd.DataFrame(
        {
            "depth": grid.depth[grid.level_of[points.cell]],
            "year": time_axis.centre[points.step].astype("datetime64[Y]").astype(int) + 1970,
            "truth": points.truth,
            "mean": points.mean,
            "scale": points.scale,
        }
    )


def _facts(experiment: Experiment, folder: Path, provenance: Provenance) -> dict[str, object]:
    coverage = json.loads((folder / "grid" / "coverage.json").read_text())
    facts: dict[str, object] = {
        "samples": f"{coverage['samples']:,} of {coverage['groups']:,} cruises and floats",
        "cells with an observation": f"{100 * coverage['observed']:.2f} % of all cells and steps",
        "experiment": provenance.experiment_hash,
        "catalogue": provenance.catalogue_hash,
        "commit": provenance.commit,
        "seed": provenance.seed,
        "versions": {name: version(name) for name in ("oxygen-recon", "torch", "scikit-learn", "numpy", "gsw")}
        | {"python": platform.python_version()},
        "seconds": {
            stage: f"{workflow.seconds_of(folder, stage):.0f}"
            for stage in ("ingest", "qc", "grid", "graph", "train", "reconstruct", "validate", "omz")
        },
    }
    known = catalog.load()
    names = citations.datasets(experiment, known)
    if names:
        facts["data"] = [f"{known.entry(n).title}: {known.entry(n).citation} ({known.entry(n).licence})" for n in names]
    return facts


def _notes(experiment: Experiment, known: bool) -> list[str]:
    notes = [
        "The standard error joins the error of the fold models, calibrated on held-out observations, with "
        "their spread. It speaks for places sampled like those; where nothing was ever observed it may be too small.",
        "The range of the oxygen minimum zones and of the mean shifts the whole field by one standard error, "
        "as if all errors went together: it is an upper bound.",
    ]
    if experiment.covariates.kind == "observed":
        notes.append(
            "Held-out casts keep their own temperature and salinity as input; where a step has none, its climatology "
            "stands in, and errors there are larger than the table says."
        )
    if known:
        notes.append("Never-sampled cells are compared with the truth of a made or gap-filled field, not with water.")
    return notes


def _skill_lines(skill: pd.DataFrame) -> list[str]:
    """Lay out the pooled scores as a fixed-width table."""
    pooled = skill[skill["layer"] == "all"]
    columns = [
        name for name in ("split", "method", "n", "bias", "MAE", "RMSE", "MAPE", "R2", "coverage_68") if name in pooled
    ]
    formats = {"n": "{:,.0f}".format, "bias": "{:+.2f}".format, "R2": "{:.3f}".format, "coverage_68": "{:.2f}".format}
    return (
        pooled[columns].to_string(index=False, formatters=formats, float_format="{:.2f}".format, na_rep="-").split("\n")
    )


def _omz_lines(found: xr.Dataset, truth: xr.Dataset | None) -> list[str]:
    """Compare the first and the last decade of the OMZ area."""
    lines = []
    for threshold in map(float, found["threshold"].values):
        if change := omz_change(found, threshold):
            true = omz_change(truth, threshold) if truth is not None else ""
            against = f"; truth {true}" if true else ""
            lines.append(f"expected area below {threshold:g} umol/kg, first and last ten years: {change}{against}")
    return lines
