"""The command line: a table of verbs, each one public Python call of `oxygen_recon.pipeline.stages`."""

from __future__ import annotations

import errno
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:  # libraries are loaded by the verbs that need them
    from oxygen_recon.runtime.parallel import Pool

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Reconstruct dissolved oxygen in the ocean: archives in, a field with its error and an OMZ series out.",
)
File = Annotated[Path, typer.Argument(metavar="EXPERIMENT.yaml", help="what to reconstruct, from what, by what")]
Data = Annotated[Path | None, typer.Option("--data", help="folder that the catalogue's file patterns start from")]
Work = Annotated[Path, typer.Option("--work", help="where artefacts are kept, one folder an experiment")]
WorkOf = Annotated[
    Path | None, typer.Option("--work", help="of an experiment: where artefacts are kept; runs if not said")
]
Seed = Annotated[int | None, typer.Option("--seed", help="takes the place of the experiment's seed")]
Workers = Annotated[
    int | None, typer.Option("--workers", min=1, help="processes; by default, one a core as far as there is work")
]
Scheduler = Annotated[str | None, typer.Option("--scheduler", help="address of a Dask scheduler, in their place")]
_RUNS = Path("runs")
_DEMO = "experiments/twin_demo.yaml"
_OF_A_PATH = {
    *(errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOENT, errno.ENOTDIR),
    *(errno.EEXIST, errno.EISDIR, errno.ENOTEMPTY),
}  # told in one line that names the path


def _verb(stage: str, text: str) -> None:
    """Add a verb that brings one stage, and nothing after it, up to date."""

    @app.command(stage, help=text)
    def run_stage(
        experiment: File,
        data: Data = None,
        work: Work = _RUNS,
        seed: Seed = None,
        workers: Workers = None,
        scheduler: Scheduler = None,
    ) -> None:
        _plainly(lambda: _run(experiment, work, data, seed, _pool(workers, scheduler), last=stage))


@app.command()
def ingest(
    what: Annotated[list[str], typer.Argument(metavar="EXPERIMENT.yaml | PATH...", help="files, folders, patterns")],
    out: Annotated[Path | None, typer.Option("--out", help="folder of the table; one part a file")] = None,
    table: Annotated[str | None, typer.Option("--table", help="entry or YAML that describes text tables")] = None,
    wod_unit: Annotated[str | None, typer.Option("--wod-oxygen-unit", help="of WOD ASCII: ml/l or umol/kg")] = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    data: Data = None,
    work: WorkOf = None,
    seed: Seed = None,
) -> None:
    """Read archives into one observation table, original values and flags kept: of an experiment, or named ones."""
    pool = _pool(workers, scheduler)
    if len(what) == 1 and _is_experiment(what[0]):
        _refuse("an experiment", {"--out": out, "--table": table, "--wod-oxygen-unit": wod_unit})
        _plainly(lambda: _run(Path(what[0]), work or _RUNS, data, seed, pool, last="ingest"))
    else:
        _refuse("named archives", {"--data": data, "--work": work, "--seed": seed})
        _plainly(lambda: _ingest(what, out, table, wod_unit, pool))


@app.command()
def qc(
    what: Annotated[Path, typer.Argument(metavar="EXPERIMENT.yaml | FOLDER", help="the folder that ingest filled")],
    battery: Annotated[Path | None, typer.Option("--battery", help="checks and thresholds of your own, YAML")] = None,
    relief: Annotated[Path | None, typer.Option("--relief", help="netCDF relief: tells land and sea floor")] = None,
    page: Annotated[bool | None, typer.Option("--page/--no-page", help="write a page of what was found, drawn")] = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
    data: Data = None,
    work: WorkOf = None,
    seed: Seed = None,
) -> None:
    """Flag every level by the battery of checks, alone and in company, and find duplicates."""
    pool = _pool(workers, scheduler)
    if _is_experiment(str(what)):
        _refuse("an experiment", {"--battery": battery, "--relief": relief, "--page/--no-page": page})
        _plainly(lambda: _run(what, work or _RUNS, data, seed, pool, last="qc"))
    else:
        _refuse("a folder", {"--data": data, "--work": work, "--seed": seed})
        _plainly(lambda: _qc(what, battery, relief, page is not False, pool))


_verb("grid", "Put the accepted observations and the covariates on the grid.")
_verb("graph", "Join the wet cells into the graph.")
_verb("train", "Train the graph model, once for each held-out fold.")
_verb("validate", "Score every method at the same held-out cruises and never-sampled cells.")
_verb("reconstruct", "Fill every cell of every step, with a standard error.")
_verb("omz", "Compute area and volume of the oxygen minimum zones.")
_verb("report", "Draw the figures and write the one-page report.")


@app.command("run")
def run_all(
    experiment: File,
    data: Data = None,
    work: Work = _RUNS,
    seed: Seed = None,
    workers: Workers = None,
    scheduler: Scheduler = None,
) -> None:
    """Do everything an experiment asks for that is not yet up to date."""
    _plainly(lambda: _run(experiment, work, data, seed, _pool(workers, scheduler)))


@app.command()
def demo(work: Work = _RUNS, seed: Seed = None, workers: Workers = None) -> None:
    """Run the whole road on the embedded twin ocean: a century reconstructed, judged and drawn."""
    _plainly(lambda: _run(None, work, None, seed, _pool(workers)))


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
    what: Annotated[Path, typer.Argument(metavar="EXPERIMENT.yaml | FOLDER", help="or the folder that ingest filled")],
    format: Annotated[str, typer.Option("--format", help="text or bibtex")] = "text",
) -> None:
    """Print the citations and licences of all data of an experiment or a table, and of this toolkit."""
    _plainly(lambda: _cite(what, format))


def main() -> None:
    """Run the command line."""
    app()


def _refuse(form: str, options: dict[str, object]) -> None:
    """Stop at an option that says nothing of what was named, rather than leave it unheard."""
    for name, value in options.items():
        if value is not None:
            _stop(f"{name}: does not go with {form}; leave it out")


def _is_experiment(word: str) -> bool:
    return word.endswith((".yaml", ".yml"))


def _run(
    path: Path | None,
    work: Path,
    data: Path | None,
    seed: int | None,
    pool: Pool,
    last: str = "report",
) -> None:
    from oxygen_recon.pipeline import stages
    from oxygen_recon.runtime import resources as shipped

    chosen = shipped.find(_DEMO) if path is None else path
    stages.run(chosen, work, data, seed, last, pool)


def _pool(workers: int | None, scheduler: str | None = None) -> Pool:
    from oxygen_recon.runtime.parallel import Pool

    return Pool(workers, scheduler)


def _ingest(what: list[str], out: Path | None, table: str | None, unit: str | None, pool: Pool) -> None:
    from rich.console import Console

    from oxygen_recon.observations import collection, discover
    from qc.errors import InputError

    if out is None:
        raise InputError("where is the table to go?", "ingest", "say it with --out FOLDER")
    collection.ingest(
        discover.find(what, table, out, unit), out, pool, Console(stderr=True),
        lambda file: discover.is_named_by(what, file),
    )  # fmt: skip


def _qc(folder: Path, battery: Path | None, relief: Path | None, page: bool, pool: Pool) -> None:
    from rich.console import Console

    from oxygen_recon.observations import quality
    from oxygen_recon.report import quality_report as quality_page
    from qc.battery import battery as batteries
    from qc.physics import bathymetry

    checks = batteries.load_battery() if battery is None else batteries.load_battery(battery)
    ground = None if relief is None else bathymetry.Relief(relief)
    quality.run(folder, folder / "qc", checks, ground, pool, Console(stderr=True))
    if page:
        parts = sorted((folder / "qc" / "parts").glob("[!.]*.parquet"))
        land = ground.is_land if ground else None
        written = quality_page.write(parts, checks, folder / "qc" / "report", "Quality control", land)
        typer.echo(f"report: {written}", err=True)


def _fetch(
    entry: str | None, data: Path, words: dict[str, Any], workers: int, lock: Path | None, dry_run: bool
) -> None:
    from oxygen_recon.observations import catalog
    from oxygen_recon.observations.fetch import Selection, fetch, overview

    known = catalog.load()
    if entry is None:
        typer.echo(overview(known))
        return
    selection = Selection.of(**words)
    fetch(known, entry, data, selection, workers=workers, lock=lock, dry_run=dry_run, report=typer.echo)


def _cite(path: Path, format: str) -> None:
    from oxygen_recon.pipeline import citations, experiment

    if _is_experiment(str(path)):
        typer.echo(citations.of(experiment.load(path), format))
    else:
        typer.echo(citations.of_collection(path, format))


def _plainly(task: Callable[[], None]) -> None:
    """Do a task; a user's mistake, a full disk or an interruption is one line on standard error."""
    try:
        task()
    except KeyboardInterrupt:
        _stop("interrupted: run the same command again to go on from here", 130)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            _stop(f"no space left on the disk ({error.filename or 'output'}): free some and run the same command again")
        if error.errno in _OF_A_PATH:
            _stop(f"{error.filename or 'output'}: {error.strerror}")
        raise
    except ValueError as error:
        from qc.errors import InputError

        if isinstance(error, InputError):
            _stop(str(error))
        raise


def _stop(line: str, code: int = 1) -> None:
    """Print one line to standard error and leave."""
    print(f"oxygen-recon: {line}", file=sys.stderr)
    raise SystemExit(code)
