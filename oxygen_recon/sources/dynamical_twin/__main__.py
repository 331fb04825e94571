"""The acceptance test of a dynamical twin as `python -m oxygen_recon.sources.dynamical_twin`."""

import sys
from typing import Annotated

import typer

from oxygen_recon.sources.dynamical_twin.acceptance import flow_figures
from oxygen_recon.sources.dynamical_twin.config import DynamicalTwinConfig

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The dynamical twin.")


@app.callback()
def _group() -> None:
    """Group of commands."""


@app.command()
def accept(
    seed: Annotated[int, typer.Option(min=0, help="Seed of the twin.")] = 0,
    rows: Annotated[int, typer.Option(min=16, help="Rows from pole to pole.")] = 128,
    days: Annotated[int, typer.Option(min=100, help="Days after spin-up that are measured.")] = 365,
) -> None:
    """Run a twin and print each figure of its acceptance test beside its limits; exit 1 if one fails."""
    config = DynamicalTwinConfig(seed=seed, rows=rows)
    figures = flow_figures(config, days, report=lambda line: print(line, file=sys.stderr, flush=True))
    print("\n".join(map(str, figures)))
    sys.exit(not all(figure.passed for figure in figures))


if __name__ == "__main__":
    app()
