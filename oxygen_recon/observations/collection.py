"""A collection: every archive file read into one part of one table, once, with a count that adds up."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
from rich.console import Console

from oxygen_recon.observations import parts
from oxygen_recon.runtime.locking import alone_in
from oxygen_recon.runtime.parallel import Pool
from oxygen_recon.runtime.progress import Watch, tell
from qc.errors import InputError, printable
from qc.files import replacing

READ, PASSED_OVER, AT_FAULT, TO_DO = "read", "passed over", "at fault", "to do"


@dataclass(frozen=True)
class Item:
    """One thing to ingest: a name for its part and the call that reads it, both fit to be sent to another process.

    Parameters
    ----------
    key : str
        Unchanged as long as the file, and all that decides how it is read, are.
    file : str
        Where it comes from.
    read : callable
        Returns the observation table.
    """

    key: str
    file: str
    read: Callable[[], pa.Table]


@dataclass(frozen=True)
class Row:
    """What became of one file: a line of `files.csv`.

    Parameters
    ----------
    key, file : str
        Those of its `Item`.
    state : {"read", "passed over", "at fault", "to do"}
    levels : int
        Levels in its part.
    message : str
        Why it was not read.
    """

    key: str
    file: str
    state: str = TO_DO
    levels: int = 0
    message: str = ""


class PassedOver(Exception):
    """A file found in a folder that is no archive of observations with oxygen."""


def key_of(name: str, path: Path, *decides: object) -> str:
    """Name the part of a file by its path, size, time of change, the version of this toolkit, and what else decides."""
    try:
        state = path.stat()
        place = f"{path.resolve()} {state.st_size} {state.st_mtime_ns}"
    except OSError:  # a link that leads nowhere, or in a circle: reading it will say so
        place = str(path)
    told = [str(item) for item in decides]
    text = printable(f"{place} {_version()} {told}")
    return f"{name}-{printable(path.name).split('.')[0][:80]}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


@cache
def _version() -> str:
    return version("oxygen-recon")


def ingest(
    items: Sequence[Item], folder: Path, pool: Pool, console: Console, replaces: Callable[[str], bool] = lambda _: True
) -> None:
    """Bring a collection up to date: read what has no part yet, remove the parts of files that are gone, count.

    Parameters
    ----------
    items : sequence of Item
        What is to be in it.
    folder : Path
        The collection: `parts/<key>.parquet`, `files.csv` (one line a file), `counts.csv` (levels of each file, archive
        and variable by the state of their archive's flag).
    pool : Pool
        Who does the work.
    console : rich.console.Console
        Where to report.
    replaces : callable, optional
        Tells of a file that the collection holds and that is not among `items` whether it is to go; all are
        when left out.

    Raises
    ------
    InputError
        If files were at fault, after all others are done; if a count does not add up; if the workers of a scheduler
        write where this process does not see it; or if another command is at work in the folder.
    """
    folder = folder.absolute()  # workers elsewhere start from another place
    folder.mkdir(parents=True, exist_ok=True)
    with alone_in(folder):
        _ingest_all(items, folder, pool, console, replaces)


def _ingest_all(
    items: Sequence[Item], folder: Path, pool: Pool, console: Console, replaces: Callable[[str], bool]
) -> None:
    named = {item.file for item in items}
    items = list({item.key: item for item in items}.values())  # one file may be named twice, or by a link
    earlier = rows_of(folder) if (folder / "files.csv").exists() else []
    rows = {row.key: row for row in earlier if row.file not in named and not replaces(row.file)}
    rows = {key: row for key, row in rows.items() if row.state == READ or Path(row.file).exists()}
    rows |= {item.key: Row(item.key, item.file) for item in items}
    home = folder / "parts"
    _write(folder, rows)  # an interrupted run is known by what is still to do
    parts.prepare(home, rows)
    missing = [item for item in items if not parts.part(home, item.key).exists()]
    with pool.start() as running, Watch(console, "ingest", len(missing)) as watch:
        for item, row in running.each(partial(_ingest, home), missing, _lost):
            if row.state == READ and not parts.part(home, item.key).exists():
                raise InputError("the workers do not see this folder", str(folder), "name one that they share with it")
            rows[item.key] = row
            watch.saw(row.levels)
    done = [key for key in rows if parts.part(home, key).exists()]
    for key in done:
        rows[key] = replace(rows[key], state=READ, levels=parts.footer(parts.part(home, key)).levels)
    parts.count(home, done, folder / "counts.csv", partial(tell, console))
    _write(folder, rows)
    _report(console, folder, sorted(rows.values(), key=lambda row: row.file), watch)


def rows_of(folder: Path) -> list[Row]:
    """Read what became of every file of a collection.

    Parameters
    ----------
    folder : Path
        The collection.

    Returns
    -------
    list of Row

    Raises
    ------
    InputError
        If the folder is no collection.
    """
    try:
        with (folder / "files.csv").open(newline="", encoding="utf-8") as file:
            lines = csv.DictReader(file)
            return [Row(x["key"], x["file"], x["state"], int(x["levels"]), x["message"]) for x in lines]
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(
            "is no ingested collection", str(folder), "run oxygen-recon ingest PATH... --out FOLDER"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("is no list of files", str(folder / "files.csv"), "run ingest again") from error


def _write(folder: Path, rows: dict[str, Row]) -> None:
    with replacing(folder / "files.csv") as name, name.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["key", "file", "state", "levels", "message"])
        ordered = sorted(rows.values(), key=lambda row: row.file)
        writer.writerows([row.key, row.file, row.state, row.levels, row.message] for row in ordered)


def _ingest(home: Path, item: Item) -> Row:
    """Read one file and write its part; a file at fault is told, an error in writing is raised."""
    try:
        table = item.read()
    except PassedOver as error:
        return Row(item.key, item.file, PASSED_OVER, 0, _nameless(error, item))
    except InputError as error:
        return Row(item.key, item.file, AT_FAULT, 0, _nameless(error, item))
    except OSError as error:
        return Row(item.key, item.file, AT_FAULT, 0, error.strerror or " ".join(str(error).split()))
    except Exception as error:  # the other files must not pay for what a reader did not foresee
        what = f"{type(error).__name__}: {' '.join(str(error).split())[:200]} (its reader did not foresee this)"
        return Row(item.key, item.file, AT_FAULT, 0, what)
    parts.write(table, parts.part(home, item.key), None, {"file": item.file})
    return Row(item.key, item.file, READ, table.num_rows)


def _nameless(error: Exception, item: Item) -> str:
    """Give an error's one line without the name of the file, which stands beside it."""
    line = " ".join(str(error).split())
    return line.removeprefix(f"{item.file}: ").removeprefix(f"{Path(item.file).name}: ")


def _lost(item: Item, why: str) -> Row:
    return Row(item.key, item.file, AT_FAULT, 0, why)


def _report(console: Console, folder: Path, rows: list[Row], watch: Watch) -> None:
    """Say how much was read and where it lies, and which files are at fault."""
    state = Counter(row.state for row in rows)
    levels = sum(row.levels for row in rows)
    if state[PASSED_OVER]:
        tell(console, f"{state[PASSED_OVER]} files passed over, no archives of oxygen: see {folder / 'files.csv'}")
    read = f"{watch.files} files read now: {watch}; " if watch.files else ""
    tell(console, f"ingest: {read}in all {state[READ]} files, {levels:,} levels in {folder / 'parts'}")
    if state[TO_DO]:
        tell(
            console, f"{state[TO_DO]} files of an earlier ingest that was interrupted are still to do: name them again"
        )
    faults = [row for row in rows if row.state == AT_FAULT]
    for row in faults:
        tell(console, f"{row.file}: {row.message}")
    if faults:
        what = f"{len(faults)} of {len(rows)} files at fault, the others are done"
        raise InputError(what, str(folder), "files.csv lists them")
