"""A dynamical twin and its acceptance test as `python -m oxygen_recon.sources.dynamical_twin`."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from oxygen_recon.sources.dynamical_twin.acceptance import flow_figures
from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig
from oxygen_recon.sources.dynamical_twin.production import make as write_files
from oxygen_recon.sources.dynamical_twin.tracer_acceptance import tracer_figures
from qc.errors import InputError

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The dynamical twin.")


@app.callback()
def _group() -> None:
    """Group of commands."""


def _note(line: str) -> None:
    """Print a line about progress."""
    print(line, file=sys.stderr, flush=True)


@app.command()
def accept(
    seed: Annotated[int, typer.Option(min=0, help="Seed of the twin.")] = 0,
    rows: Annotated[int, typer.Option(min=16, help="Rows from pole to pole.")] = 128,
    days: Annotated[int, typer.Option(min=100, help="Days after spin-up that are measured.")] = 365,
    tracers: Annotated[bool, typer.Option(help="Measure temperature, salinity and the ecosystem too.")] = True,
) -> None:
    """Run a twin and print each figure of its acceptance test beside its limits; exit 1 if one fails."""
    config = DynamicalTwinConfig(seed=seed, rows=rows)
    figures = flow_figures(config, days, report=_note)
    print("\n".join(map(str, figures)), flush=True)
    if tracers:
        more = tracer_figures(config, days, report=_note)
        print("\n".join(map(str, more)))
        figures += more
    sys.exit(not all(figure.passed for figure in figures))


@app.command()
def make(
    directory: Annotated[Path, typer.Argument(help="Folder of the files.")],
    seed: Annotated[int, typer.Option(min=0, help="Seed of the twin.")] = 0,
    rows: Annotated[int, typer.Option(min=16, help="Rows from pole to pole.")] = 128,
    days: Annotated[int, typer.Option(min=1, help="Days that are written.")] = 2557,
) -> None:
    """Write the daily files of a twin; a second call goes on where the first was stopped."""
    try:
        write_files(DynamicalTwinConfig(seed=seed, rows=rows, days=days), directory, print)
    except InputError as error:
        print(error, file=sys.stderr)
        sys.exit(2)


if __name__ == "__main__":
    app()
