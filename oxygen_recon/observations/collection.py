"""A collection of observations: one part of one table for each archive file, with counts that add up."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, fields, replace
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
from rich.console import Console

from oxygen_recon.observations import parts
from oxygen_recon.runtime.files import locked_folder
from oxygen_recon.runtime.parallel import Workers
from oxygen_recon.runtime.progress import ProgressBar, print_line
from qc.errors import InputError, Refused, printable
from qc.files import replacing

READ, PASSED_OVER, AT_FAULT, TO_DO = "read", "passed over", "at fault", "to do"


@dataclass(frozen=True)
class Item:
    """One file to ingest: the name of its part and the call that reads it, both picklable.

    Parameters
    ----------
    key : str
        Name of the part; unchanged as long as the file, and all that decides how it is read, are.
    file : str
        Where it comes from.
    read : callable
        Returns the observation table; adds what it refused of the file to the list that it is given.
    """

    key: str
    file: str
    read: Callable[[list[Refused]], pa.Table]


@dataclass(frozen=True)
class Row:
    """The state of one file: a line of `files.csv`.

    Parameters
    ----------
    key, file : str
        Those of its `Item`.
    state : {"read", "passed over", "at fault", "to do"}
        "passed over" is a file in a folder that is no archive of observations with oxygen.
    levels : int
        Levels in its part.
    refused : int
        Rows, and members of a bundle, that were not read though the others were: `refused.csv` names them.
    message : str
        Why it was not read, or the first reason why a row or member was refused.
    """

    key: str
    file: str
    state: str = TO_DO
    levels: int = 0
    refused: int = 0
    message: str = ""


class PassedOver(Exception):
    """A file found in a folder that is no archive of observations with oxygen."""


def key_of(name: str, path: Path, *decides: object) -> str:
    """Name the part of a file by its path, size, time of change, the version of this toolkit, and what else decides.

    Parameters
    ----------
    name : str
        Dataset.
    path : Path
        The file.
    *decides : object
        Settings that change what is read from it.

    Returns
    -------
    str
        "name-stem-hash", a possible file name.
    """
    try:
        state = path.stat()
        place = f"{path.resolve()} {state.st_size} {state.st_mtime_ns}"
    except OSError:  # a broken or circular link: reading it will raise the error
        place = str(path)
    text = printable(f"{place} {_version()} {[str(item) for item in decides]}")
    return f"{name}-{printable(path.name).split('.')[0][:80]}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"


@cache
def _version() -> str:
    """Version of this toolkit, looked up once."""
    return version("oxygen-recon")


def ingest(
    items: Sequence[Item],
    folder: Path,
    pool: Workers,
    console: Console,
    replaces: Callable[[str], bool] = lambda _: True,
) -> None:
    """Bring a collection up to date: read what has no part yet, remove the parts of files that are gone, count.

    Parameters
    ----------
    items : sequence of Item
        What is to be in it.
    folder : Path
        The collection: `parts/<key>.parquet`, `files.csv` (one line a file), `refused.csv` (one line for each row or
        member that was not read), `counts.csv` (levels of each file, archive and variable by the state of their
        archive's flag).
    pool : Pool or RunningPool
        Workers.
    console : rich.console.Console
        Where to report.
    replaces : callable, optional
        Takes the name of a file that the collection holds and that is not among `items`, returns whether to remove it;
        all are removed when left out.

    Raises
    ------
    InputError
        If files were at fault, after all others are done; if a count does not add up; if the workers of a scheduler
        write where this process does not see it; or if another command is at work in the folder.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> from oxygen_recon.runtime.parallel import Pool
    >>> import numpy as np
    >>> from qc.table import schema
    >>> columns = {"source": "mine", "file": "a", "cast": "1", "time": np.full(2, np.datetime64("2001-05-01"))}
    >>> columns |= {"latitude": np.full(2, 10.0), "longitude": np.full(2, -150.0)}
    >>> columns |= {"pressure": np.array([5.0, 50.0]), "oxygen": np.array([210.0, 190.0])}
    >>> item = Item("mine-a", "a.csv", lambda refused: schema.from_columns(columns, "example"))
    >>> out = Path(mkdtemp())
    >>> ingest([item], out, Pool(), Console(quiet=True))
    >>> [(row.file, row.state, row.levels) for row in rows_of(out)]
    [('a.csv', 'read', 2)]
    """
    folder = folder.absolute()  # workers elsewhere start from another place
    folder.mkdir(parents=True, exist_ok=True)
    with locked_folder(folder):
        _ingest_all(items, folder, pool, console, replaces)


def _ingest_all(
    items: Sequence[Item], folder: Path, pool: Workers, console: Console, replaces: Callable[[str], bool]
) -> None:
    """Bring a locked collection up to date."""
    rows = _rows_to_be(items, folder, replaces)
    items = list({item.key: item for item in items}.values())  # one file may be named twice, or by a link
    home = folder / "parts"
    _write(folder, rows)  # an interrupted run is recognised by what is still to do
    parts.prepare(home, rows)
    missing = [item for item in items if not parts.part(home, item.key).exists()]
    with pool.start() as running, ProgressBar(console, "ingest", len(missing)) as bar:
        for item, row in running.each(partial(_ingest, home), missing, _lost):
            if row.state == READ and not parts.part(home, item.key).exists():
                raise InputError("the workers do not see this folder", str(folder), "name one that they share with it")
            rows[item.key] = row
            bar.advance(levels=row.levels)
    done = [key for key in rows if parts.part(home, key).exists()]
    refused: list[tuple[str, Refused]] = []
    for key in done:
        footer = parts.footer(parts.part(home, key))
        reason = _nameless(str(footer.refused[0]), rows[key].file) if footer.refused else ""
        number = sum(one.number for one in footer.refused)
        rows[key] = replace(rows[key], state=READ, levels=footer.levels, refused=number, message=reason)
        refused += [(rows[key].file, one) for one in footer.refused]
    parts.write_refused(refused, folder / "refused.csv")
    parts.count(home, done, folder / "counts.csv", partial(print_line, console))
    _write(folder, rows)
    _report(console, folder, sorted(rows.values(), key=lambda row: row.file), bar)


def _rows_to_be(items: Sequence[Item], folder: Path, replaces: Callable[[str], bool]) -> dict[str, Row]:
    """Rows of the earlier files that stay, by key, and of the items, still to do."""
    named = {item.file for item in items}
    earlier = rows_of(folder) if (folder / "files.csv").exists() else []
    kept = [row for row in earlier if row.file not in named and not replaces(row.file)]
    rows = {row.key: row for row in kept if row.state == READ or Path(row.file).exists()}
    return rows | {item.key: Row(item.key, item.file) for item in items}


def rows_of(folder: Path) -> list[Row]:
    """Read the state of every file of a collection.

    Parameters
    ----------
    folder : Path
        The collection.

    Returns
    -------
    list of Row
        In order of file name.

    Raises
    ------
    InputError
        If the folder is no collection.
    """
    try:
        with (folder / "files.csv").open(newline="", encoding="utf-8") as file:
            lines = csv.DictReader(file)
            return [
                Row(x["key"], x["file"], x["state"], int(x["levels"]), int(x["refused"]), x["message"]) for x in lines
            ]
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(
            "is no ingested collection", str(folder), "run oxygen-recon ingest PATH... --out FOLDER"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("is no list of files", str(folder / "files.csv"), "run ingest again") from error


def _write(folder: Path, rows: dict[str, Row]) -> None:
    """Write `files.csv`, in order of file name."""
    with replacing(folder / "files.csv") as name, name.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in fields(Row)])
        writer.writerows(astuple(row) for row in sorted(rows.values(), key=lambda row: row.file))


def _ingest(home: Path, item: Item) -> Row:
    """Read one file and write its part; the row names a fault of the file, an error in writing is raised."""
    refused: list[Refused] = []
    try:
        table = item.read(refused)
    except PassedOver as error:
        return Row(item.key, item.file, PASSED_OVER, message=_nameless(str(error), item.file))
    except InputError as error:
        return Row(item.key, item.file, AT_FAULT, message=_nameless(str(error), item.file))
    except OSError as error:
        return Row(item.key, item.file, AT_FAULT, message=error.strerror or " ".join(str(error).split()))
    except Exception as error:  # an error that a reader did not foresee must not stop the other files
        what = f"{type(error).__name__}: {' '.join(str(error).split())[:200]} (its reader did not foresee this)"
        return Row(item.key, item.file, AT_FAULT, message=what)
    facts = {"file": item.file, "refused": json.dumps([astuple(one) for one in refused])}
    parts.write(table, parts.part(home, item.key), None, facts)
    return Row(item.key, item.file, READ, table.num_rows)


def _nameless(message: str, file: str) -> str:
    """Message without the name of the file, which has its own column."""
    line = " ".join(message.split())
    for name in (file, Path(file).name):
        line = line.removeprefix(f"{name}: ").removeprefix(f"{name}, ")
    return line


def _lost(item: Item, why: str) -> Row:
    """Row of a file whose worker was killed."""
    return Row(item.key, item.file, AT_FAULT, message=why)


def _report(console: Console, folder: Path, rows: list[Row], bar: ProgressBar) -> None:
    """Print how much was read, where it lies, and which files are at fault."""
    state = Counter(row.state for row in rows)
    levels = sum(row.levels for row in rows)
    if state[PASSED_OVER]:
        print_line(
            console, f"{state[PASSED_OVER]} files passed over, no archives of oxygen: see {folder / 'files.csv'}"
        )
    read = f"{bar.total} files read now: {bar}; " if bar.total else ""
    print_line(console, f"ingest: {read}in all {state[READ]} files, {levels:,} levels in {folder / 'parts'}")
    if state[TO_DO]:
        print_line(
            console, f"{state[TO_DO]} files of an earlier ingest that was interrupted are still to do: name them again"
        )
    for row in rows:
        if row.refused:
            line = f"{row.file}: {row.refused} of its rows refused, the others are read: {row.message}"
            print_line(console, line)
    if any(row.refused for row in rows):
        print_line(console, f"every refused row is named in {folder / 'refused.csv'}")
    faults = [row for row in rows if row.state == AT_FAULT]
    for row in faults:
        print_line(console, f"{row.file}: {row.message}")
    if faults:
        what = f"{len(faults)} of {len(rows)} files at fault, the others are done"
        raise InputError(what, str(folder), "files.csv lists them")
