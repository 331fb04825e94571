"""The command line: a table of verbs, each one public Python call of `oxygen_recon.stages`."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Reconstruct dissolved oxygen in the ocean: archives in, a field with its error and an OMZ series out.",
)
File = Annotated[Path, typer.Argument(metavar="EXPERIMENT.yaml", help="what to reconstruct, from what, by what")]
Data = Annotated[Path | None, typer.Option("--data", help="folder that the catalogue's file patterns start from")]
Work = Annotated[Path, typer.Option("--work", help="where artefacts are kept, one folder an experiment")]
Seed = Annotated[int | None, typer.Option("--seed", help="takes the place of the experiment's seed")]
_DEMO = "twin_demo.yaml"


def _verb(stage: str, text: str) -> None:
    """Add a verb that brings one stage, and nothing after it, up to date."""

    @app.command(stage, help=text)
    def run_stage(experiment: File, data: Data = None, work: Work = Path("runs"), seed: Seed = None) -> None:
        _plainly(lambda: _run(experiment, work, data, seed, last=stage))


_verb("ingest", "Read the archives into one observation table, original values and flags kept.")
_verb("qc", "Flag every level by the battery of checks, and find duplicates.")
_verb("grid", "Put the accepted observations and the covariates on the grid.")
_verb("graph", "Join the wet cells into the graph.")
_verb("train", "Train the graph model, once for each held-out fold.")
_verb("validate", "Score every method at the same held-out cruises and never-sampled cells.")
_verb("reconstruct", "Fill every cell of every step, with a standard error.")
_verb("omz", "Compute area and volume of the oxygen minimum zones.")
_verb("report", "Draw the figures and write the one-page report.")


@app.command("run")
def run_all(experiment: File, data: Data = None, work: Work = Path("runs"), seed: Seed = None) -> None:
    """Do everything an experiment asks for that is not yet up to date."""
    _plainly(lambda: _run(experiment, work, data, seed))


@app.command()
def demo(work: Work = Path("runs"), seed: Seed = None) -> None:
    """Run the whole road on the embedded twin ocean: a century reconstructed, judged and drawn."""
    _plainly(lambda: _run(None, work, None, seed))


@app.command()
def fetch(
    entry: Annotated[str, typer.Argument(help="name in the catalogue")],
    data: Annotated[Path, typer.Option("--data", help="folder to download into")],
    year: Annotated[int | None, typer.Option("--year", help="for archives with one file a year")] = None,
) -> None:
    """Download one dataset of the catalogue and check it where its checksum is pinned."""
    _plainly(lambda: _fetch(entry, data, year))


def main() -> None:
    """Run the command line."""
    app()


def _run(path: Path | None, work: Path, data: Path | None, seed: int | None, last: str = "report") -> None:
    from oxygen_recon import experiment, stages

    stages.run(experiment.shipped(_DEMO) if path is None else path, work, data, seed, last)


def _fetch(entry: str, data: Path, year: int | None) -> None:
    from oxygen_recon import catalog

    for path in catalog.fetch(catalog.load(), entry, data, year):
        typer.echo(path)


def _plainly(task: Callable[[], None]) -> None:
    """Do a task; a user's mistake, a full disk or an interruption is one line on standard error."""
    try:
        task()
    except KeyboardInterrupt:
        _stop("interrupted: run the same command again to go on from here", 130)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            _stop(f"no space left on the disk ({error.filename or 'output'}): free some and run the same command again")
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOENT, errno.ENOTDIR):
            _stop(f"{error.filename or 'output'}: {error.strerror}")
        raise
    except ValueError as error:
        from oxygen_recon.errors import Mistake
        from qc.errors import InputError

        if isinstance(error, (Mistake, InputError)):
            _stop(str(error))
        raise


def _stop(line: str, code: int = 1) -> None:
    """Print one line to standard error and leave."""
    print(f"oxygen-recon: {line}", file=sys.stderr)
    raise SystemExit(code)
