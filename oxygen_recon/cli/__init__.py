"""The command line: a table of verbs, each one call of the public API."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import oxygen_recon as ox  # each name is imported when first used
from oxygen_recon.cli import experiments, fields
from oxygen_recon.cli.correct import VERBS
from oxygen_recon.cli.experiments import Catalog, Data, Name, Replace, Scheduler, Seed, Workers, WorkOf, is_experiment
from oxygen_recon.cli.mistakes import plainly as _plainly
from oxygen_recon.cli.mistakes import refuse as _refuse
from oxygen_recon.cli.mistakes import stop as _stop
from oxygen_recon.cli.osse import osse as _osse
from oxygen_recon.cli.predict import forecast as _forecast
from oxygen_recon.cli.predict import predict as _predict

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Reconstruct dissolved oxygen in the ocean: archives in, a field with its error and an OMZ series out.",
)
_correct = typer.Typer(no_args_is_help=True, help="Correct the oxygen of a table: float sensors, whole cruises.")
app.add_typer(_correct, name="correct")


@app.command()
@_plainly
def ingest(
    what: Annotated[list[str], typer.Argument(metavar="EXPERIMENT.yaml | PATH...", help="files, folders, patterns")],
    out: Annotated[Path | None, typer.Option("--out", help="folder of the table")] = None,
    table: Annotated[str | None, typer.Option("--table", help="entry or YAML that describes text tables")] = None,
    wod_unit: Annotated[str | None, typer.Option("--wod-oxygen-unit", help="of WOD ASCII: ml/l or umol/kg")] = None,
    workers: Workers = None, scheduler: Scheduler = None, data: Data = None, work: WorkOf = None, seed: Seed = None,
    name: Name = None, catalog: Catalog = None, replace: Replace = None,
) -> None:  # fmt: skip
    """Read archives into one observation table, original values and flags kept: of an experiment, or named ones."""
    if len(what) == 1 and is_experiment(what[0]):
        _refuse("an experiment", {"--out": out, "--table": table, "--wod-oxygen-unit": wod_unit})
        options = {"data": data, "work": work, "workers": workers, "scheduler": scheduler, "replace": bool(replace)}
        experiments.bring(Path(what[0]), "ingest", {"seed": seed, "name": name, "catalog": catalog}, options)
    else:
        _refuse("named archives", {"--data": data, "--work": work, "--seed": seed, "--name": name})
        _refuse("named archives", {"--replace": replace})
        if out is None:
            _stop("ingest: where is the table to go? name its folder with --out FOLDER")
        ox.ingest(
            what, out, table=table, wod_oxygen_unit=wod_unit, workers=workers, scheduler=scheduler, catalog=catalog
        )


@app.command()
@_plainly
def qc(
    what: Annotated[Path, typer.Argument(metavar="EXPERIMENT.yaml | FOLDER", help="the folder that ingest filled")],
    battery: Annotated[Path | None, typer.Option("--battery", help="YAML of your own checks and thresholds")] = None,
    relief: Annotated[Path | None, typer.Option("--relief", help="netCDF relief: land and sea floor")] = None,
    climatology: Annotated[Path | None, typer.Option("--climatology", help="netCDF mean oxygen, as of WOA")] = None,
    overrides: Annotated[Path | None, typer.Option("--overrides", help="CSV of decisions of an expert")] = None,
    page: Annotated[bool | None, typer.Option("--page/--no-page", help="write a page with examples")] = None,
    workers: Workers = None, scheduler: Scheduler = None, data: Data = None, work: WorkOf = None, seed: Seed = None,
    name: Name = None, catalog: Catalog = None, replace: Replace = None,
) -> None:  # fmt: skip
    """Flag every level by profile and cross-profile tests, and find duplicates."""
    if is_experiment(what):
        for setting, value in (("battery", battery), ("climatology", climatology), ("overrides", overrides)):
            _refuse("an experiment", {f"--{setting}": value}, f"write quality: {{{setting}: FILE}} into its file")
        _refuse("an experiment", {"--relief": relief, "--page/--no-page": page})
        options = {"data": data, "work": work, "workers": workers, "scheduler": scheduler, "replace": bool(replace)}
        experiments.bring(what, "qc", {"seed": seed, "name": name, "catalog": catalog}, options)
    else:
        _refuse("a folder", {"--data": data, "--work": work, "--seed": seed, "--name": name})
        _refuse("a folder", {"--catalog": catalog, "--replace": replace})
        ox.quality_control(
            what, bathymetry=relief, climatology=climatology, overrides=overrides, battery=battery,
            page=page is not False, workers=workers, scheduler=scheduler,
        )  # fmt: skip


experiments.add_to(app)
app.command("predict")(_plainly(_predict))
app.command("forecast")(_plainly(_forecast))
app.command("osse")(_plainly(_osse))


@app.command()
@_plainly
def explore(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="folder of a finished run, such as runs/twin_demo")],
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="any free one by default")] = 0,
    show: Annotated[bool, typer.Option("--show/--no-show", help="open the page in a browser")] = True,
) -> None:
    """Look at a finished run in the browser: maps, profiles, series, sections. Served to this machine only."""
    ox.explore(
        run, port=port, show=show, ready=lambda address: typer.echo(f"{address} (end with Ctrl-C)"),
    )  # fmt: skip


@app.command()
@_plainly
def fetch(
    entry: Annotated[str | None, typer.Argument(help="name in the catalogue; without it, all are listed")] = None,
    data: Annotated[Path, typer.Option("--data", help="folder to download into")] = Path("data"),
    years: Annotated[str | None, typer.Option("--years", help="one year, or first-last: 1990-1999")] = None,
    region: Annotated[str | None, typer.Option("--region", help="W,E,S,N in degrees; W beyond E crosses 180")] = None,
    mode: Annotated[str | None, typer.Option("--mode", help="of Argo oxygen: some of R, A, D")] = None,
    profiles: Annotated[bool, typer.Option("--profiles", help="Argo: the single profiles, not whole floats")] = False,
    workers: Annotated[int, typer.Option("--workers", min=1, max=16, help="downloads at a time")] = 4,
    lock: Annotated[Path | None, typer.Option("--lock", help="file of the checksums of first downloads")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only list what would be downloaded")] = False,
    catalog: Catalog = None,
) -> None:
    """Download one dataset of the catalogue: several files at a time, resumed after a break, checked."""
    if entry is None:
        typer.echo(ox.datasets(catalog))
    else:
        ox.fetch(
            entry, data, years=years, region=region, mode=mode, profiles=profiles, workers=workers, lock=lock,
            dry_run=dry_run, report=typer.echo, catalog=catalog,
        )  # fmt: skip


@app.command()
@_plainly
def cite(
    what: Annotated[Path, typer.Argument(metavar="EXPERIMENT.yaml | FOLDER", help="or the folder that ingest filled")],
    format: Annotated[str, typer.Option("--format", help="text or bibtex")] = "text",
    catalog: Catalog = None,
) -> None:
    """Print the citations and licences of all data of an experiment or a table, and of this toolkit."""
    experiment = ox.Experiment.from_yaml(what, catalog=catalog) if is_experiment(what) else what
    typer.echo(ox.cite(experiment, format, catalog=catalog))


@app.command()
@_plainly
def export(
    table: Annotated[Path, typer.Argument(metavar="TABLE", help="folder that ingest filled, or a parquet file")],
    out: Annotated[Path, typer.Option("--out", help="file to write; for whp-exchange a new folder")],
    form: Annotated[str, typer.Option("--format", help="cf-dsg, odv, whp-exchange or csv")],
    title: Annotated[str | None, typer.Option("--title", help="title of the data")] = None,
    battery: Annotated[Path | None, typer.Option("--battery", help="YAML of the checks that flagged it")] = None,
) -> None:
    """Write a table as CF netCDF profiles, an ODV spreadsheet, WHP-Exchange, or csv with its description."""
    ox.export_table(table, out, format=form, title=title, battery=battery)


for _product in (fields.omz, fields.inventory, fields.columns):
    app.command()(_plainly(_product))
for _name, _verb in VERBS.items():
    _correct.command(_name)(_plainly(_verb))


def main() -> None:
    """Run the command line."""
    app()
