"""The verb of observing-system simulations."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import oxygen_recon as ox  # each name is imported when first used
from oxygen_recon.cli.experiments import RUNS, Catalog, Data, File, Name, Replace, Scheduler, Seed, Work, Workers
from oxygen_recon.cli.mistakes import stop


def osse(
    experiment: File,
    truth: Annotated[
        str, typer.Option("--truth", help="file, folder, pattern or catalogue entry; by default the source's truth")
    ] = "source",
    variable: Annotated[str | None, typer.Option("--variable", help="name of oxygen in the files")] = None,
    climatology: Annotated[bool, typer.Option("--climatology", help="the files are one, and do not say so")] = False,
    change: Annotated[float, typer.Option("--change-per-decade", help="change planted in the truth, percent")] = 0.0,
    realisations: Annotated[int, typer.Option("--realisations", min=1, help="errors and seeds, drawn anew")] = 5,
    methods: Annotated[
        list[str] | None, typer.Option("--methods", help="kinds, a,b; by default all of the experiment")
    ] = None,
    cruise_error: Annotated[float, typer.Option("--cruise-error", help="bias of a cruise or float, percent")] = 1.5,
    sample_error: Annotated[float, typer.Option("--sample-error", help="error of a sample, percent")] = 1.0,
    spread: Annotated[
        float, typer.Option("--spread", help="of casts about their cell and step, x what history had")
    ] = 1.0,
    resample: Annotated[bool, typer.Option("--resample", help="draw cruises with replacement")] = False,
    period: Annotated[
        list[str] | None, typer.Option("--period", help="FIRST,LAST year of trends; several times")
    ] = None,
    most: Annotated[int, typer.Option("--most", min=1, help="cells x steps estimated at most, by columns")] = 250_000,
    out: Annotated[Path | None, typer.Option("--out", help="folder; by default osse in the run's folder")] = None,
    data: Data = None, work: Work = RUNS, seed: Seed = None, workers: Workers = None, scheduler: Scheduler = None,
    name: Name = None, catalog: Catalog = None, replace: Replace = None,
) -> None:  # fmt: skip
    """Sample a known field where history sampled, reconstruct it by every method, and say what comes back."""
    settings = ox.read_experiment(experiment, seed, name, catalog)
    if isinstance(settings, ox.ForecastExperiment):
        stop(f"{experiment}: daily forecasts; a simulation is of a reconstruction")
    errors = {"cruise": cruise_error, "sample": sample_error, "spread": spread}
    ox.osse(
        settings, truth=truth, variable=variable, climatology=climatology, change_per_decade=change,
        realisations=realisations, methods=_kinds(methods), errors=errors,
        resampled=resample, periods=_periods(period), most=most, data=data, work=work, out=out, workers=workers,
        scheduler=scheduler, replace=bool(replace),
    )  # fmt: skip


def _kinds(texts: list[str] | None) -> list[str] | None:
    """Read methods from "A,B"."""
    return [kind for text in texts for kind in text.split(",")] if texts else None


def _periods(texts: list[str] | None) -> list[tuple[int, int]]:
    """Read periods from "FIRST,LAST"."""
    periods = []
    for text in texts or ():
        try:
            first, last = map(int, text.split(","))
        except ValueError:
            stop(f"{text}: no period; write --period FIRST,LAST in years: --period 1970,2010")
        periods.append((first, last))
    return periods
