"""A collection of observations: archive files as one table in parts, with counts that add up."""

from __future__ import annotations

import csv
import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console

from oxygen_recon.observations import parts, summaries
from oxygen_recon.observations.ingestion.batch import Item, PassedOver, Stored, batch_of, make_all, to_read
from oxygen_recon.observations.ingestion.plan import plan
from oxygen_recon.observations.parts import AT_FAULT, PASSED_OVER, READ, TO_DO, Member
from oxygen_recon.runtime.files import locked_folder
from oxygen_recon.runtime.parallel import Workers
from oxygen_recon.runtime.progress import ProgressBar, print_line
from qc.errors import InputError, Refused, printable
from qc.files import replacing

__all__ = ["AT_FAULT", "READ", "TO_DO", "Item", "PassedOver", "Row", "ingest", "key_of", "rows_of"]


@dataclass(frozen=True)
class Row:
    """The state of one file: a line of `files.csv`.

    Parameters
    ----------
    key, file, state, levels : object
        As of `oxygen_recon.observations.parts.Member`.
    refused : int
        Rows, and members of a bundle, that were not read though the others were: `refused.csv` names them.
    message : str
        Why it was not read, or the first reason why a row or member was refused.
    part : str
        The part with its levels.
    bytes : int, optional
        Its size.
    """

    key: str
    file: str
    state: str = TO_DO
    levels: int = 0
    refused: int = 0
    message: str = ""
    part: str = ""
    bytes: int | None = None


def key_of(name: str, path: Path, *decides: object, by_name: bool = False) -> str:
    """Name the part of a file by its path, size, time of change, the version of this toolkit, and what else decides.

    Parameters
    ----------
    name : str
        Dataset.
    path : Path
        The file.
    *decides : object
        Settings that change what is read from it.
    by_name : bool
        Take its name in place of its path: the key stays when its folder is moved. Two files may share it.

    Returns
    -------
    str
        "name-stem-hash", a possible file name.
    """
    try:
        state = path.stat()
        place = f"{path.name if by_name else path.resolve()} {state.st_size} {state.st_mtime_ns}"
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
        The collection: `parts/*.parquet` (`oxygen_recon.observations.ingestion.plan` says which files share one),
        `files.csv` (one line a file), `refused.csv` (one line for each row or member that was not read), `counts.csv`
        (levels of each file, archive and variable by the state of their
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
    earlier = rows_of(folder) if (folder / "files.csv").exists() else []
    rows = _rows_to_be(items, earlier, replaces)
    named = {item.key: item for item in items}  # one file may be named twice, or by a link
    home = folder / "parts"
    parts.prepare(home)
    stored = {one.key: Stored(one, path) for path in sorted(home.glob("*.parquet")) for one in parts.members(path)}
    known = [row for row in rows.values() if row.key in named or row.key in stored]
    planned = plan((row.file, row.key, row.bytes) for row in known)
    for row in rows.values():
        if row.key not in stored:  # what has lost its part is to be read again
            rows[row.key] = replace(row, state=TO_DO if row.state == READ else row.state, levels=0, refused=0, part="")
    _write(folder, rows)  # an interrupted run is recognised by what is still to do
    interrupted = any(row.state == TO_DO and row.key in named for row in earlier)
    batches = [batch for part, keys in planned.items() if (batch := batch_of(home, part, keys, named, stored))]
    with pool.start() as running, ProgressBar(console, "ingest", to_read(batches)) as bar:
        for batch, found in make_all(home, batches, running, interrupted):
            if any(one.state == READ for one in found) and not parts.part(home, batch.part).exists():
                raise InputError("the workers do not see this folder", str(folder), "name one that they share with it")
            stored |= {one.key: Stored(one, parts.part(home, batch.part)) for one in found}
            bar.advance(to_read([batch]), levels=sum(one.levels for one in found))
    for part, keys in planned.items():
        rows |= {key: _row(rows[key], stored[key].member, named.get(key), part) for key in keys}
    done = [part for part in planned if parts.part(home, part).exists()]
    parts.prepare(home, done)
    read = [stored[key].member for key, row in rows.items() if row.state == READ]
    refused = [(one.file, row) for one in read for row in one.refused]
    summaries.write_refused(refused, folder / "refused.csv")
    summaries.count(home, done, folder / "counts.csv", partial(print_line, console))
    _write(folder, rows)
    _report(console, folder, sorted(rows.values(), key=lambda row: row.file), refused, bar)


def _rows_to_be(items: Sequence[Item], earlier: Sequence[Row], replaces: Callable[[str], bool]) -> dict[str, Row]:
    """Rows of the earlier files that stay, by key, and of the items, still to do."""
    named = {item.file for item in items}
    kept = [row for row in earlier if row.file not in named and not replaces(row.file)]
    rows = {row.key: row for row in kept if row.state == READ or Path(row.file).exists()}
    return rows | {item.key: Row(item.key, item.file, bytes=item.bytes) for item in items}


def _row(row: Row, found: Member, item: Item | None, part: str) -> Row:
    """Fill in the row of a file what came of it."""
    named = item is not None and item.named
    state = AT_FAULT if named and found.state == PASSED_OVER else found.state
    refused = sum(one.number for one in found.refused)
    home = part if found.state == READ else ""
    return replace(row, state=state, levels=found.levels, refused=refused, message=found.message, part=home)


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
            return [_parsed(line) for line in csv.DictReader(file)]
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(
            "is no ingested collection", str(folder), "run oxygen-recon ingest PATH... --out FOLDER"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError("is no list of files", str(folder / "files.csv"), "run ingest again") from error


def _parsed(line: dict[str, str]) -> Row:
    """Parse a line of `files.csv`."""
    size = int(line["bytes"]) if line.get("bytes") else None  # version 0.3 had fewer columns
    found: dict[str, Any] = {"part": "", "refused": 0, **line, "bytes": size}
    return Row(**found | {name: int(found[name]) for name in ("levels", "refused")})


def _write(folder: Path, rows: dict[str, Row]) -> None:
    """Write `files.csv`, in order of file name."""
    with replacing(folder / "files.csv") as name, name.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Row)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(vars(row) for row in sorted(rows.values(), key=lambda row: row.file))


def _report(
    console: Console, folder: Path, rows: list[Row], refused: list[tuple[str, Refused]], bar: ProgressBar
) -> None:
    """Print how much was read, where it lies, and which files and members of bundles are at fault."""
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
    members = summaries.report_refused(refused, folder / "refused.csv", partial(print_line, console))
    faults = [row for row in rows if row.state == AT_FAULT]
    for row in faults:
        print_line(console, f"{row.file}: {row.message}")
    if faults or members:
        beside = f" and {members} members of bundles refused" if members else ""
        what = f"{len(faults)} of {len(rows)} files at fault{beside}, the others are done"
        raise InputError(what, str(folder), f"files.csv{' and refused.csv list' if members else ' lists'} them")
