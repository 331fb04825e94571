"""The command line: a table of verbs, each one call of the public API."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Annotated, NoReturn, ParamSpec

import typer

import oxygen_recon as ox  # each name is imported when first used
from oxygen_recon.cli.correct import VERBS

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Reconstruct dissolved oxygen in the ocean: archives in, a field with its error and an OMZ series out.",
)
_correct = typer.Typer(no_args_is_help=True, help="Correct the oxygen of a table: float sensors, whole cruises.")
app.add_typer(_correct, name="correct")

Arguments = ParamSpec("Arguments")
File = Annotated[Path, typer.Argument(metavar="EXPERIMENT.yaml", help="settings of the reconstruction")]
Data = Annotated[Path | None, typer.Option("--data", help="folder that the catalogue's file patterns start from")]
Work = Annotated[Path, typer.Option("--work", help="folder of runs; each experiment gets a folder of its name")]
WorkOf = Annotated[Path | None, typer.Option("--work", help="folder of runs, of an experiment; `runs` by default")]
Seed = Annotated[int | None, typer.Option("--seed", help="replaces the seed of the experiment")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="processes; by default one for each core")]
Scheduler = Annotated[str | None, typer.Option("--scheduler", help="address of a Dask scheduler, instead of --workers")]
Field = Annotated[
    Path, typer.Argument(metavar="FIELD.nc", help="gridded oxygen, CF netCDF, such as oxygen.nc of a run")
]
Variable = Annotated[str | None, typer.Option("--variable", help="name of oxygen in the file, if not standard")]
_RUNS = Path("runs")


def _plainly(verb: Callable[Arguments, None]) -> Callable[Arguments, None]:
    """Report a user's mistake, an error of the system or an interruption of a verb in one line on standard error."""

    @wraps(verb)
    def plain(*arguments: Arguments.args, **options: Arguments.kwargs) -> None:
        try:
            verb(*arguments, **options)
        except KeyboardInterrupt:
            _stop("interrupted: run the same command again to go on from here", 130)
        except OSError as error:  # whatever it is: a user can do something about a file, and nothing about a traceback
            from oxygen_recon.runtime.errors import line_of

            _stop(line_of(error))
        except ValueError as error:
            from qc.errors import InputError

            if isinstance(error, InputError):
                _stop(str(error))
            raise

    return plain


def _stop(line: str, code: int = 1) -> NoReturn:
    """Print one line to standard error and leave."""
    print(f"oxygen-recon: {line}", file=sys.stderr)
    raise SystemExit(code)


def _refuse(form: str, options: dict[str, object], instead: str = "leave it out") -> None:
    """Stop at an option that does not apply to the argument, rather than ignore it."""
    for name, value in options.items():
        if value is not None:
            _stop(f"{name}: does not go with {form}; {instead}")


def _is_experiment(word: str | Path) -> bool:
    """Tell an experiment file from data by the end of its name."""
    return str(word).endswith((".yaml", ".yml"))


def _verb(name: str, text: str, stage: str | None = None) -> None:
    """Add a verb that brings a stage (of its own name) and the stages it stands on up to date."""

    @app.command(name, help=text)
    @_plainly
    def run_stage(
        experiment: File, data: Data = None, work: Work = _RUNS, seed: Seed = None, workers: Workers = None,
        scheduler: Scheduler = None,
    ) -> None:  # fmt: skip
        settings = ox.Experiment.from_yaml(experiment, seed)
        ox.run(settings, data=data, work=work, to=stage or name, workers=workers, scheduler=scheduler)


@app.command()
@_plainly
def ingest(
    what: Annotated[list[str], typer.Argument(metavar="EXPERIMENT.yaml | PATH...", help="files, folders, patterns")],
    out: Annotated[Path | None, typer.Option("--out", help="folder of the table")] = None,
    table: Annotated[str | None, typer.Option("--table", help="entry or YAML that describes text tables")] = None,
    wod_unit: Annotated[str | None, typer.Option("--wod-oxygen-unit", help="of WOD ASCII: ml/l or umol/kg")] = None,
    workers: Workers = None, scheduler: Scheduler = None, data: Data = None, work: WorkOf = None, seed: Seed = None,
) -> None:  # fmt: skip
    """Read archives into one observation table, original values and flags kept: of an experiment, or named ones."""
    if len(what) == 1 and _is_experiment(what[0]):
        _refuse("an experiment", {"--out": out, "--table": table, "--wod-oxygen-unit": wod_unit})
        settings = ox.Experiment.from_yaml(what[0], seed)
        ox.run(settings, data=data, work=work or _RUNS, to="ingest", workers=workers, scheduler=scheduler)
    else:
        _refuse("named archives", {"--data": data, "--work": work, "--seed": seed})
        if out is None:
            _stop("ingest: where is the table to go? name its folder with --out FOLDER")
        ox.ingest(what, out, table=table, wod_oxygen_unit=wod_unit, workers=workers, scheduler=scheduler)


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
) -> None:  # fmt: skip
    """Flag every level by profile and cross-profile tests, and find duplicates."""
    if _is_experiment(what):
        for setting, value in (("battery", battery), ("climatology", climatology), ("overrides", overrides)):
            _refuse("an experiment", {f"--{setting}": value}, f"write quality: {{{setting}: FILE}} into its file")
        _refuse("an experiment", {"--relief": relief, "--page/--no-page": page})
        settings = ox.Experiment.from_yaml(what, seed)
        ox.run(settings, data=data, work=work or _RUNS, to="qc", workers=workers, scheduler=scheduler)
    else:
        _refuse("a folder", {"--data": data, "--work": work, "--seed": seed})
        ox.quality_control(
            what, bathymetry=relief, climatology=climatology, overrides=overrides, battery=battery,
            page=page is not False, workers=workers, scheduler=scheduler,
        )  # fmt: skip


_verb("grid", "Put the accepted observations and the covariates on the grid.")
_verb("graph", "Join the wet cells into the graph.")
_verb("train", "Train the graph model, once for each held-out fold.")
_verb("reconstruct", "Fill every cell of every step, with a standard error.")
_verb("validate", "Score every method at the same held-out cruises and never-sampled cells.")
_verb("omz", "Compute area and volume of the oxygen minimum zones.")
_verb("report", "Draw the figures and write the one-page report.")
_verb("run", "Do everything of an experiment that is not up to date.", stage="report")


@app.command()
@_plainly
def demo(work: Work = _RUNS, seed: Seed = None, workers: Workers = None) -> None:
    """Run every stage on the embedded twin ocean: a century reconstructed, validated and drawn."""
    ox.demo(work=work, seed=seed, workers=workers)


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
) -> None:
    """Download one dataset of the catalogue: several files at a time, resumed after a break, checked."""
    if entry is None:
        typer.echo(ox.datasets())
    else:
        ox.fetch(
            entry, data, years=years, region=region, mode=mode, profiles=profiles, workers=workers, lock=lock,
            dry_run=dry_run, report=typer.echo,
        )  # fmt: skip


@app.command()
@_plainly
def cite(
    what: Annotated[Path, typer.Argument(metavar="EXPERIMENT.yaml | FOLDER", help="or the folder that ingest filled")],
    format: Annotated[str, typer.Option("--format", help="text or bibtex")] = "text",
) -> None:
    """Print the citations and licences of all data of an experiment or a table, and of this toolkit."""
    typer.echo(ox.cite(ox.Experiment.from_yaml(what) if _is_experiment(what) else what, format))


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


@app.command()
@_plainly
def inventory(
    field: Field,
    out: Annotated[Path, typer.Option("--out", help="file to write: .csv or .nc")],
    layer: Annotated[list[str] | None, typer.Option("--layer", help="TOP,BOTTOM in m, or inf; repeatable")] = None,
    variable: Variable = None,
) -> None:
    """Sum the oxygen of a gridded field over layers, at each time."""
    ox.export_inventory(field, out, layers=_layers(layer), variable=variable)


@app.command()
@_plainly
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
            _stop(f"{text}: not a layer; write --layer TOP,BOTTOM in m: --layer 0,1000 or --layer 0,inf")
        layers.append((top, bottom))
    return layers or None


for _name, _verb in VERBS.items():
    _correct.command(_name)(_plainly(_verb))


def main() -> None:
    """Run the command line."""
    app()
