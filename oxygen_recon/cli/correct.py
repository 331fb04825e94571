"""The verbs of `oxygen-recon correct`, each one call of the public API."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

import oxygen_recon as ox  # each name is imported when first used
from qc.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

Table = Annotated[Path, typer.Argument(metavar="TABLE", help="folder that ingest filled, or a parquet file")]
Out = Annotated[Path, typer.Option("--out", help="folder of the new table or of the estimates; a table must be new")]
NewTable = Annotated[Path, typer.Option("--out", help="folder of the new table; it must not exist yet")]


def gains(
    table: Table,
    out: Out,
    climatology: Annotated[
        Path | None,
        typer.Option("--climatology", help="reference: CF file of saturation, or of oxygen, T and S"),
    ] = None,
    in_air: Annotated[Path | None, typer.Option("--in-air", help="reference: CSV of readings in air")] = None,
    saturation: Annotated[
        float | None, typer.Option("--saturation", help="reference: true saturation of the surface, %; 100 by default")
    ] = None,
    casts: Annotated[int | None, typer.Option("--casts", min=1, help="use the first so many casts of a float")] = None,
    months: Annotated[list[int] | None, typer.Option("--month", help="use casts of this month; repeatable")] = None,
    only_estimate: Annotated[bool, typer.Option("--only-estimate", help="write the gains, and no table")] = False,
    given: Annotated[Path | None, typer.Option("--gains", help="gains.csv to apply, instead of an estimate")] = None,
) -> None:
    """Estimate the gain of each float, by its surface or in air, and correct its raw oxygen by it."""
    settings: dict[str, Any] = {"climatology": climatology, "in_air": in_air, "saturation": saturation}
    settings |= {"casts": casts, "months": months or ()}
    if only_estimate and given is not None:
        raise InputError("both --only-estimate and --gains", str(given), "leave one out")
    if only_estimate:
        _print_gains(ox.estimate_gains(table, out, **settings), out)
    else:
        _print_changes(ox.correct_gains(table, out, gains=given, **settings), out)


def pressure(table: Table, out: NewTable) -> None:
    """Correct optodes of floats for the effect of pressure on their foil."""
    _print_changes(ox.correct_pressure(table, out), out)


def response_time(
    table: Table,
    out: NewTable,
    tau: Annotated[float, typer.Option("--tau", help="response time of the sensor, s")],
    speed: Annotated[float, typer.Option("--speed", help="rising speed of the float, dbar/s")] = 0.1,
) -> None:
    """Undo the lag of slow oxygen sensors on rising floats."""
    _print_changes(ox.correct_response_time(table, out, tau=tau, speed=speed), out)


def crossovers(
    table: Table,
    out: Out,
    datum: Annotated[list[str] | None, typer.Option("--datum", help="SOURCE/CRUISE to trust; repeatable")] = None,
    surface: Annotated[str, typer.Option("--surface", help="compare on density or pressure")] = "density",
    factors: Annotated[Path | None, typer.Option("--factors", help="factors.csv to apply, not to estimate")] = None,
) -> None:
    """Compare the deep oxygen of cruises where they cross, and estimate a factor for each; or apply such factors."""
    if factors is None:
        ox.find_crossovers(table, out, datum=datum or (), surface=surface)
    else:
        _print_changes(ox.adjust_cruises(table, out, factors=factors), out)


def glodap_adjustments(
    table: Table,
    out: NewTable,
    adjustments: Annotated[Path, typer.Option("--adjustments", help="GLODAP's AdjustmentTable.csv")],
    aliases: Annotated[Path | None, typer.Option("--aliases", help="GLODAP's table of cruises")] = None,
) -> None:
    """Multiply the oxygen of cruises by GLODAP's adjustments."""
    _print_changes(ox.adjust_cruises(table, out, glodap=adjustments, aliases=aliases), out)


def _print_gains(gains: pd.DataFrame, out: Path) -> None:
    """Print the gain of each float."""
    for name, row in gains.iterrows():
        value = f"gain {row.gain:.4f} +- {row.slope_error:.4f}" if row.gain > 0 else "no gain"
        ice = f", {row.in_ice:.0f} left out for ice" if row.in_ice else ""
        typer.echo(f"float {name}: {value} of {row.casts:.0f} casts{ice}")
    typer.echo(f"gains: {out / 'gains.csv'}")


def _print_changes(changes: pd.DataFrame, out: Path) -> None:
    """Print how many levels changed, and how many were left."""
    number = {name: int(changes[name].sum()) if name in changes else 0 for name in ("levels", "lost", "left")}
    steps = f"{number['levels']:,} levels corrected, {number['lost']:,} lost, {number['left']:,} left as they are"
    typer.echo(f"{steps}: {out / 'changes.csv'}")


VERBS: dict[str, Callable[..., None]] = {
    "gains": gains,
    "pressure": pressure,
    "response-time": response_time,
    "crossovers": crossovers,
    "glodap-adjustments": glodap_adjustments,
}
