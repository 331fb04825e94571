"""The verbs of a trained run: estimates of oxygen, forecasts of days."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

import oxygen_recon as ox  # each name is imported when first used
from oxygen_recon.cli.mistakes import stop


def predict(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="folder of a trained run, such as runs/twin_demo")],
    more: Annotated[list[float] | None, typer.Argument(metavar="[LEVEL]...", hidden=True)] = None,
    period: Annotated[
        tuple[int, int] | None, typer.Option("--period", metavar="FIRST LAST", help="years, both included")
    ] = None,
    region: Annotated[
        str | None, typer.Option("--region", help="name, polygon, mask file, or W,E,S,N in degrees")
    ] = None,
    levels: Annotated[
        str | None, typer.Option("--levels", metavar="LEVEL...", help="m; several behind each other, or 100,300")
    ] = None,
    points: Annotated[Path | None, typer.Option("--points", help="CSV or Parquet of places, depths and dates")] = None,
    section: Annotated[Path | None, typer.Option("--section", help="CSV of stations, in their order")] = None,
    date: Annotated[str | None, typer.Option("--date", help="of stations without one: 1995-07-03")] = None,
    members: Annotated[
        int | None, typer.Option("--members", help="so many possible fields, whose spread is the stated error")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="makes the members repeatable")] = 0,
    out: Annotated[
        Path | None,
        typer.Option("--out", help="file to write: .nc or .csv; by default oxygen.nc, of points oxygen.csv"),
    ] = None,
) -> None:
    """Estimate oxygen by the trained models of a run: a part of its grid, points or a section. It is not changed."""
    a_table = points is not None and members is None
    target = Path("oxygen.csv" if a_table else "oxygen.nc") if out is None else out
    if out is None and target.exists():
        stop(f"{target}: is there already; name a file with --out")
    ox.open_run(run).predict(
        period=period, region=region, levels=_levels(levels, more or []), points=points, section=section, date=date,
        members=members, seed=seed, out=target,
    )  # fmt: skip


def forecast(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="folder of a trained run of daily forecasts")],
    start: Annotated[
        str | None, typer.Option("--start", help="date of the state: 2002-10-27; the last by default")
    ] = None,
    leads: Annotated[
        int | None, typer.Option("--leads", min=1, help="days; those of the experiment by default")
    ] = None,
    method: Annotated[str | None, typer.Option("--method", help="network or baseline; the first by default")] = None,
    state: Annotated[
        list[Path] | None, typer.Option("--state", help="files of other days, like those of the run; several times")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="netCDF file to write; it must not exist yet")] = Path(
        "forecast.nc"
    ),
    head: Annotated[
        str | None, typer.Option("--head", help="fields of a head: downscaling, waves or biochemistry")
    ] = None,
    members: Annotated[
        int | None,
        typer.Option("--members", min=2, help="so many forecasts of the first network from perturbed starts"),
    ] = None,
    gaps: Annotated[
        bool,
        typer.Option("--gaps", help="values missing in --state are not seen: a network with step.filling fills them"),
    ] = False,
) -> None:
    """Forecast day by day by the trained network of a run, from a day of its own files or of others."""
    if out.exists():
        stop(f"{out}: is there already; name a file with --out")
    made = ox.open_forecasts(run).forecast(
        start, leads, method, state or (), out=out, head=head, members=members, gaps=gaps
    )
    about = made.attrs
    typer.echo(f"{out}: {about['time_coverage_start']} to {about['time_coverage_end']}, by {about['method']}")


def _levels(first: str | None, more: list[float]) -> list[float] | None:
    """Read the levels behind --levels."""
    if first is None:
        if more:
            stop(f"predict: {more[0]:g}: not understood; levels go behind --levels")
        return None
    try:
        return [*map(float, first.replace(",", " ").split()), *more]
    except ValueError:
        stop(f"--levels {first}: not a depth in m; write --levels 100 300")
