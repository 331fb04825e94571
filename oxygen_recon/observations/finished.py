"""The parts of a finished table; one that is half ingested or half flagged is refused."""

from __future__ import annotations

from pathlib import Path

from oxygen_recon.observations import collection, parts
from oxygen_recon.observations.collection import Row
from qc.errors import InputError


def home(table: Path) -> Path | None:
    """Find the collection of a table.

    Parameters
    ----------
    table : Path
        Folder that `ingest` filled, folder of a run of an experiment, or other parquet files.

    Returns
    -------
    Path or None
        Folder of `files.csv`; None where there is none.
    """
    return next((folder for folder in (table, table / "ingest") if (folder / "files.csv").exists()), None)


def rows(folder: Path) -> list[Row]:
    """List the archive files that a collection holds.

    Parameters
    ----------
    folder : Path
        The collection.

    Returns
    -------
    list of Row
        Those that were read, at least one, in order of file name.

    Raises
    ------
    InputError
        If the folder is no collection, its ingestion is unfinished, or none of its files could be read.
    """
    every = collection.rows_of(folder)
    read = [row for row in every if row.state == collection.READ]
    there = all(parts.part(folder / "parts", name).exists() for name in {row.part for row in read})
    if any(row.state == collection.TO_DO for row in every) or not there:
        raise InputError("its ingestion is unfinished", str(folder), "run the same ingest again")
    if not read:
        raise InputError("no file of this collection could be read", str(folder), "see files.csv")
    return read


def files(table: Path, flagged: bool = True) -> list[Path]:
    """List the parts of a table, which must be finished.

    Parameters
    ----------
    table : Path
        Folder that `ingest` filled, or folder of a run; a folder of parquet files, or one of them.
    flagged : bool
        Whether the parts are those of quality control, where it has been begun, or those ingested.

    Returns
    -------
    list of Path
        At least one, in order of name; none is half-written.

    Raises
    ------
    InputError
        If there is no table, its ingestion or quality control is unfinished, or more was ingested since the latter.
    """
    folder = home(table)
    if folder is None:
        return _parquet(table, [table / "qc" / "parts"] * flagged + [table / "parts"])
    source, results = folder / "parts", table / "qc"
    ingested = [parts.part(source, name) for name in sorted({row.part for row in rows(folder)})]
    if not (flagged and results.is_dir()):
        return ingested
    found = sorted((results / "parts").glob("[!.]*.parquet"))
    same = [path.name for path in found] == [path.name for path in ingested]
    if not same or any(parts.members(old) != parts.members(new) for old, new in zip(found, ingested)):
        raise InputError("its flags are not those of all that was ingested", str(table), "run qc again")
    return found


def _parquet(table: Path, folders: list[Path]) -> list[Path]:
    """List the parquet files of the first folder that there is, or of the table's own."""
    place = next((folder for folder in folders if folder.is_dir()), table)
    found = sorted(place.glob("[!.]*.parquet")) if place.is_dir() else [place]
    if not found or not found[0].exists():
        raise InputError("no observation table here", str(table), "run ingest first")
    return found
