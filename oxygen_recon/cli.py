"""The command line: a table of verbs, each one public Python call of `oxygen_recon.stages`."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

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
_DEMO = "experiments/twin_demo.yaml"


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
    entry: Annotated[str | None, typer.Argument(help="name in the catalogue; without it, all are listed")] = None,
    data: Annotated[Path, typer.Option("--data", help="folder to download into")] = Path("data"),
    years: Annotated[str | None, typer.Option("--years", help="one year, or first-last: 1990-1999")] = None,
    region: Annotated[str | None, typer.Option("--region", help="W,E,S,N in degrees; W beyond E crosses 180")] = None,
    mode: Annotated[str | None, typer.Option("--mode", help="of Argo oxygen: some of R, A, D")] = None,
    profiles: Annotated[bool, typer.Option("--profiles", help="Argo: the single profiles, not whole floats")] = False,
    workers: Annotated[int, typer.Option("--workers", min=1, max=16, help="downloads at a time")] = 4,
    lock: Annotated[Path | None, typer.Option("--lock", help="where checksums are pinned at the first fetch")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would be downloaded, and stop")] = False,
) -> None:
    """Download one dataset of the catalogue: several files at a time, resumed after a break, checked."""
    words = {"years": years, "region": region, "mode": mode, "profiles": profiles}
    _plainly(lambda: _fetch(entry, data, words, workers, lock, dry_run))


@app.command()
def cite(
    experiment: File,
    format: Annotated[str, typer.Option("--format", help="text or bibtex")] = "text",
) -> None:
    """Print the citations and licences of all data an experiment uses, and of this toolkit."""
    _plainly(lambda: _cite(experiment, format))


def main() -> None:
    """Run the command line."""
    app()


def _run(path: Path | None, work: Path, data: Path | None, seed: int | None, last: str = "report") -> None:
    from oxygen_recon import shipped, stages

    stages.run(shipped.find(_DEMO) if path is None else path, work, data, seed, last)


def _fetch(
    entry: str | None, data: Path, words: dict[str, Any], workers: int, lock: Path | None, dry_run: bool
) -> None:
    from oxygen_recon import catalog, fetching

    known = catalog.load()
    if entry is None:
        typer.echo(fetching.overview(known))
        return
    wish = fetching.Wish.of(**words)
    fetching.fetch(known, entry, data, wish, workers=workers, lock=lock, dry_run=dry_run, say=typer.echo)


def _cite(path: Path, format: str) -> None:
    from oxygen_recon import citations, experiment

    typer.echo(citations.of(experiment.load(path), format))


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
