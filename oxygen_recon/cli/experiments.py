"""The verbs of an experiment: its file written, explained and checked, and its stages brought up to date."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

import oxygen_recon as ox  # each name is imported when first used
from oxygen_recon.cli.mistakes import plainly, refuse

File = Annotated[Path, typer.Argument(metavar="EXPERIMENT.yaml", help="settings of the reconstruction")]
Data = Annotated[Path | None, typer.Option("--data", help="folder that the catalogue's file patterns start from")]
Work = Annotated[Path, typer.Option("--work", help="folder of runs; each experiment gets a folder of its name")]
WorkOf = Annotated[Path | None, typer.Option("--work", help="folder of runs, of an experiment; `runs` by default")]
Seed = Annotated[int | None, typer.Option("--seed", help="replaces the seed of the experiment")]
Name = Annotated[str | None, typer.Option("--name", help="replaces the name of the experiment, and its folder")]
Catalog = Annotated[Path | None, typer.Option("--catalog", help="YAML of entries of your own, like data_catalog.yaml")]
Workers = Annotated[int | None, typer.Option("--workers", min=1, help="processes; by default one for each core")]
Scheduler = Annotated[str | None, typer.Option("--scheduler", help="address of a Dask scheduler, instead of --workers")]
Replace = Annotated[
    bool | None, typer.Option("--replace", help="give up what the folder holds of other settings of that name")
]
RUNS = Path("runs")


def is_experiment(word: str | Path) -> bool:
    """Tell an experiment file from data by the end of its name.

    Parameters
    ----------
    word : str or Path
        Argument of a verb.
    """
    return str(word).endswith((".yaml", ".yml"))


def bring(file: Path, stage: str, replaced: dict[str, Any], options: dict[str, Any]) -> None:
    """Bring a stage of an experiment up to date.

    Parameters
    ----------
    file : Path
        The experiment.
    stage : str
        Last stage.
    replaced : dict
        What takes the place of the file's seed, name and catalogue.
    options : dict
        Options of `oxygen_recon.run`.
    """
    settings = ox.read_experiment(file, **replaced)
    options = options | {"work": options["work"] or RUNS, "to": stage}
    if isinstance(settings, ox.ForecastExperiment):
        refuse(
            "daily forecasts, which run in one process", {f"--{key}": options[key] for key in ("workers", "scheduler")}
        )
        ox.forecast(settings, **{name: options[name] for name in ("data", "work", "to", "replace")})
    else:
        ox.run(settings, **options)


def add_to(app: typer.Typer) -> None:
    """Add the verbs to the command line.

    Parameters
    ----------
    app : typer.Typer
        The command line.
    """
    for name, text in _STAGES.items():
        _add_stage(app, name, text)
    for verb in (demo, init, check, schema):
        app.command()(plainly(verb))


_STAGES = {
    "grid": "Put the accepted observations and the covariates on the grid.",
    "graph": "Join the wet cells into the graph.",
    "train": "Train the graph model, once for each held-out fold.",
    "downscaling": "Of daily forecasts: train and score the head that makes finer fields of a box.",
    "waves": "Of daily forecasts: train and score the head that makes waves.",
    "biochemistry": "Of daily forecasts: train and score the head that makes concentrations.",
    "reconstruct": "Fill every cell of every step, with a standard error.",
    "validate": "Score every method at the same held-out cruises and never-sampled cells.",
    "report": "Draw the figures and write the one-page report.",
    "run": "Do everything of an experiment that is not up to date.",
}


def _add_stage(app: typer.Typer, name: str, text: str) -> None:
    """Add a verb that brings a stage, of its own name, and the stages it stands on up to date."""

    @app.command(name, help=text)
    @plainly
    def run_stage(
        experiment: File, data: Data = None, work: Work = RUNS, seed: Seed = None, workers: Workers = None,
        scheduler: Scheduler = None, as_name: Name = None, catalog: Catalog = None, replace: Replace = None,
    ) -> None:  # fmt: skip
        options = {"data": data, "work": work, "workers": workers, "scheduler": scheduler, "replace": bool(replace)}
        replaced = {"seed": seed, "name": as_name, "catalog": catalog}
        bring(experiment, "report" if name == "run" else name, replaced, options)


def demo(work: Work = RUNS, seed: Seed = None, workers: Workers = None, replace: Replace = None) -> None:
    """Run every stage on the embedded twin ocean: a century reconstructed, validated and drawn."""
    ox.demo(work=work, seed=seed, workers=workers, replace=bool(replace))


def init(
    template: Annotated[
        str, typer.Argument(help="region, table, global, twin; or description, of a text table")
    ] = "region",
    out: Annotated[Path, typer.Option("--out", help="file to write; it must not exist yet")] = Path("experiment.yaml"),
) -> None:
    """Write a commented experiment file to begin with, or the description of a text table."""
    path = ox.init(template, out)
    then = "name it under source: tables" if template == "description" else f"oxygen-recon check {path}"
    typer.echo(f"{path}: edit it, then {then}")


def check(
    experiment: File, data: Data = None, work: Work = RUNS, seed: Seed = None, name: Name = None,
    catalog: Catalog = None,
) -> None:  # fmt: skip
    """Say what a run would read and make, and how much time, memory and disk it asks for, without running it."""
    settings = ox.read_experiment(experiment, seed, name, catalog)
    if isinstance(settings, ox.ForecastExperiment):
        typer.echo(ox.check_forecast(settings, data, work))
    else:
        typer.echo(ox.check(settings, data=data, work=work))


def schema(
    regions: Annotated[bool, typer.Option("--regions", help="list the regions with a name instead")] = False,
    forecast: Annotated[bool, typer.Option("--forecast", help="of an experiment of daily forecasts")] = False,
) -> None:
    """Print every key of an experiment file with its unit, default and meaning."""
    typer.echo(ox.regions() if regions else ox.schema("forecast" if forecast else "reconstruction"))
