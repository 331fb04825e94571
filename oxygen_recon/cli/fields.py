"""The verbs of gridded fields: oxygen minimum zones, inventories and maps of water columns."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import oxygen_recon as ox  # each name is imported when first used
from oxygen_recon.cli import experiments
from oxygen_recon.cli.experiments import Catalog, Data, Name, Replace, Scheduler, Seed, Workers, WorkOf, is_experiment
from oxygen_recon.cli.mistakes import refuse, stop

Field = Annotated[
    Path, typer.Argument(metavar="FIELD.nc", help="gridded oxygen, CF netCDF, such as oxygen.nc of a run")
]
Variable = Annotated[str | None, typer.Option("--variable", help="name of oxygen in the file, if not standard")]
Region = Annotated[
    list[str] | None,
    typer.Option("--region", help="name, polygon or mask file, beside the whole; repeatable"),
]


def omz(
    what: Annotated[Path, typer.Argument(metavar="EXPERIMENT.yaml | FIELD.nc", help="gridded oxygen, CF netCDF")],
    threshold: Annotated[list[float] | None, typer.Option("--threshold", help="oxygen; repeatable")] = None,
    region: Region = None,
    out: Annotated[Path | None, typer.Option("--out", help="file to write: .csv, .parquet or .nc")] = None,
    unit: Annotated[str | None, typer.Option("--unit", help="of thresholds: umol kg-1 (default) or mmol m-3")] = None,
    whole_cells: Annotated[bool, typer.Option("--whole-cells", help="count whole cells, no crossing in them")] = False,
    variable: Variable = None, workers: Workers = None, scheduler: Scheduler = None, data: Data = None,
    work: WorkOf = None, seed: Seed = None, name: Name = None, catalog: Catalog = None, replace: Replace = None,
) -> None:  # fmt: skip
    """Compute area and volume of the oxygen minimum zones, of an experiment, or of any gridded field."""
    of_field = {
        "--threshold": threshold or None,
        "--region": region or None,
        "--out": out,
        "--unit": unit,
        "--variable": variable,
    }
    if is_experiment(what):
        refuse("an experiment", of_field | {"--whole-cells": whole_cells or None}, "write omz: {...} into its file")
        options = {"data": data, "work": work, "workers": workers, "scheduler": scheduler, "replace": bool(replace)}
        experiments.bring(what, "omz", {"seed": seed, "name": name, "catalog": catalog}, options)
        return
    refuse("a field", {"--data": data, "--work": work, "--seed": seed, "--name": name, "--catalog": catalog})
    refuse("a field", {"--replace": replace, "--workers": workers, "--scheduler": scheduler})
    if out is None or not threshold:
        stop("omz: below what, and where to? give --threshold NUMBER and --out FILE")
    ox.export_omz(
        what, threshold, out, regions=region or (), unit=unit or "umol kg-1", subcell=not whole_cells,
        variable=variable,
    )  # fmt: skip


def inventory(
    field: Field,
    out: Annotated[Path, typer.Option("--out", help="file to write: .csv, .parquet or .nc")],
    layer: Annotated[list[str] | None, typer.Option("--layer", help="TOP,BOTTOM in m, or inf; repeatable")] = None,
    region: Region = None,
    variable: Variable = None,
) -> None:
    """Sum the oxygen of a gridded field over layers and regions, at each time."""
    ox.export_inventory(field, out, layers=_layers(layer), regions=region or (), variable=variable)


def columns(
    field: Field,
    threshold: Annotated[float, typer.Option("--threshold", help="oxygen, in the unit of the field")],
    out: Annotated[Path, typer.Option("--out", help="netCDF file to write")],
    variable: Variable = None,
) -> None:
    """Map thickness, boundaries and core of the water below an oxygen threshold."""
    ox.export_columns(field, threshold, out, variable=variable)


def _layers(texts: list[str] | None) -> list[tuple[float, float]] | None:
    """Read layers from "TOP,BOTTOM"."""
    layers = []
    for text in texts or ():
        try:
            top, bottom = map(float, text.split(","))
        except ValueError:
            stop(f"{text}: not a layer; write --layer TOP,BOTTOM in m: --layer 0,1000 or --layer 0,inf")
        layers.append((top, bottom))
    return layers or None
