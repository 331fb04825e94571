"""A corrected copy of an observation table, and a record of what was changed in each archive file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
from rich.console import Console

from oxygen_recon.observations import collection, finished, parts
from oxygen_recon.observations.collection import Item
from oxygen_recon.runtime.parallel import Pool
from qc.corrections.changes import Change
from qc.errors import InputError, Refused
from qc.files import replacing
from qc.table import schema

Records = list[dict[str, Any]]
"""Rows of the table of changes."""
Correction = Callable[[pa.Table], tuple[pa.Table, Records]]
"""Takes the levels of one archive file; returns them corrected, and what was changed."""


def write_corrected(
    table: str | Path, out: str | Path, correct: Correction, beside: Mapping[str, pd.DataFrame] | None = None
) -> pd.DataFrame:
    """Write a new table from the parts of another, whole or not at all, and `changes.csv` in its folder.

    Parameters
    ----------
    table : str or Path
        Folder of a table, of which the parts as ingested are read; a folder of parquet files, or one of them.
    out : str or Path
        Folder of the new table.
    correct : callable
        Takes the levels of one archive file, and returns them corrected and the rows of their changes.
    beside : mapping of str to pandas.DataFrame, optional
        Tables that are written beside `changes.csv`, by file name.

    Returns
    -------
    pandas.DataFrame
        What was changed, as in `changes.csv`: each row begins with the part and the archive file.

    Raises
    ------
    qc.errors.InputError
        If there is something at `out`, there is no table, its ingestion is unfinished, or the correction raises one.
    """
    source, target = Path(table), Path(out)
    if target.exists():
        raise InputError("there is something already", str(target), "name a new folder for the corrected table")
    records: Records = []
    faults: list[InputError] = []

    def read(path: Path, key: str, file: str, refused: list[Refused]) -> pa.Table:
        try:
            corrected, changes = correct(parts.levels_of(path, key) if key else schema.read(path))
        except InputError as fault:  # of a collection only the number of faults is reported
            faults.append(fault)
            raise
        records.extend({"part": path.stem, "file": file} | change for change in changes)
        return corrected

    found = _files(source)
    items = [Item(key or path.stem, file, partial(read, path, key, file), size) for path, key, file, size in found]
    with replacing(target) as unfinished:
        try:
            collection.ingest(items, unfinished, Pool(1), Console(quiet=True))
        except InputError as error:
            raise (faults or [error])[0] from error
        changes = pd.DataFrame(records)
        for name, frame in {"changes.csv": changes, **(beside or {})}.items():
            frame.to_csv(unfinished / name, index=False)
        if (source / "overrides.csv").exists():  # an expert's decisions are about the same rows of the new table
            shutil.copyfile(source / "overrides.csv", unfinished / "overrides.csv")
    return changes


def _files(table: Path) -> Iterator[tuple[Path, str, str, int | None]]:
    """List the archive files of a table: part, key, file and bytes; or the parquet files themselves, without key."""
    folder = finished.home(table)
    if folder is None:
        yield from ((path, "", str(path), None) for path in finished.files(table, flagged=False))
    else:
        rows = finished.rows(folder)
        yield from ((parts.part(folder / "parts", row.part), row.key, row.file, row.bytes) for row in rows)


def row_of(change: Change) -> dict[str, Any]:
    """Lay out a change of a float correction as a row.

    Parameters
    ----------
    change : Change
        As a step of `qc.corrections` returns it.

    Returns
    -------
    dict
        Column to value; its parameters as text.
    """
    given = "; ".join(f"{name}={value}" for name, value in change.parameters.items())
    return asdict(change) | {"parameters": given}


def rows_of(cruises: pd.DataFrame) -> Records:
    """Lay out a table of adjusted cruises as rows.

    Parameters
    ----------
    cruises : pandas.DataFrame
        As `qc.corrections.glodap_adjustments.apply` returns it.

    Returns
    -------
    list of dict
        A row a cruise.
    """
    return [
        {"step": "cruise_factor"} | {str(name): value for name, value in row.items()}
        for row in cruises.to_dict("records")
    ]
