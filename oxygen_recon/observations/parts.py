"""The parts of a table: parquet files of one large or many small archive files, their counts in the footers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from oxygen_recon.runtime.errors import naming_damage
from qc.battery import battery, counts
from qc.errors import InputError, Refused
from qc.table import schema

READ, PASSED_OVER, AT_FAULT, TO_DO = "read", "passed over", "at fault", "to do"


@dataclass(frozen=True)
class Member:
    """One archive file of a part.

    Parameters
    ----------
    key : str
        Name of the file's content: another content, another key.
    file : str
        Where it comes from.
    state : {"read", "passed over", "at fault", "to do"}
        "passed over" is a file in a folder that is no archive of observations with oxygen.
    levels : int
        Its levels; those of the first file of a part come first.
    message : str
        Why it was not read, or the first reason why a row or member was refused.
    refused : tuple of Refused
        Rows, and members of a bundle, that were not read though the others were.
    """

    key: str
    file: str
    state: str = TO_DO
    levels: int = 0
    message: str = ""
    refused: tuple[Refused, ...] = ()


def part(folder: Path, key: str) -> Path:
    """Name the file of a part.

    Parameters
    ----------
    folder : Path
        Folder of parts.
    key : str
        Name of the part.
    """
    return folder / f"{key}.parquet"


def prepare(folder: Path, keys: Iterable[str] | None = None) -> None:
    """Make a folder of parts; remove what a killed run left half-written, and parts that are not to be there.

    Parameters
    ----------
    folder : Path
        Folder of parts.
    keys : iterable of str, optional
        Parts that are to be there; all when left out.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in [*folder.glob("*.partial"), *folder.glob(".partial-*")]:
        path.unlink(missing_ok=True)
    kept = None if keys is None else set(keys)
    for path in folder.glob("*.parquet"):
        if kept is not None and path.stem not in kept:
            path.unlink()


def write(
    table: pa.Table,
    path: Path,
    checks: battery.Battery | None,
    members: Sequence[Member],
    facts: dict[str, str] | None = None,
) -> None:
    """Write a part with its files, the counts of their levels, and facts about it, in the footer.

    Parameters
    ----------
    table : pyarrow.Table
        Observations, of one file after the other.
    path : Path
        The part.
    checks : Battery or None
        Whose failures are counted, with copies; None before quality control.
    members : sequence of Member
        Its files.
    facts : dict, optional
        More to go into the footer.
    """
    source, sources = counts.groups_of(table["source"])
    group = np.repeat(np.arange(len(members)), [one.levels for one in members]) * len(sources) + source
    lines = []
    for variable in schema.VARIABLES:
        found = counts.in_groups(table, variable, group, len(members) * len(sources), checks)
        held = np.flatnonzero(found[:, 0])
        rows = zip(held // len(sources), held % len(sources), found[held].tolist())
        lines += sorted([int(member), sources[i], variable, *numbers] for member, i, numbers in rows)
    written = {"schema": schema.OBSERVATIONS.metadata[b"schema"].decode()} | (facts or {})
    written["files"] = json.dumps([asdict(one) for one in members])
    written["counts"] = json.dumps({"columns": counts.column_names(checks), "lines": lines})
    schema.write(table.replace_schema_metadata(written), path)


def read(path: Path, columns: Sequence[str] | None = None, made_by: str = "the same command") -> pa.Table:
    """Read the rows of a part, or of another table that is kept part by part.

    Parameters
    ----------
    path : Path
        The part.
    columns : sequence of str, optional
        Columns to read; all when left out.
    made_by : str
        Command that makes it again once it is removed, for the message.

    Returns
    -------
    pyarrow.Table
        Its rows.

    Raises
    ------
    InputError
        If the part is damaged.
    """
    with naming_damage(path, f"remove it and run {made_by} again"):
        return pq.read_table(path, columns=None if columns is None else list(columns))


def join(tables: Sequence[pa.Table]) -> pa.Table:
    """Join the tables of the files of a part; the same levels give the same bytes, wherever they were read from.

    Parameters
    ----------
    tables : sequence of pyarrow.Table
        Observations, at least one table.

    Returns
    -------
    pyarrow.Table
        Names in text columns are numbered in order of appearance.
    """
    whole = pa.concat_tables(tables)
    return pa.table(
        [
            whole[field.name].cast(pa.string()).combine_chunks().dictionary_encode()
            if pa.types.is_dictionary(field.type)
            else whole[field.name].combine_chunks()
            for field in schema.OBSERVATIONS
        ],
        schema=schema.OBSERVATIONS,
    )


def levels_of(path: Path, key: str) -> pa.Table:
    """Read the levels of one file of a part.

    Parameters
    ----------
    path : Path
        The part.
    key : str
        Name of the file's content.

    Returns
    -------
    pyarrow.Table
        Observations.

    Raises
    ------
    InputError
        If the part is damaged.
    """
    table, first = _last_part(path, path.stat().st_mtime_ns)
    start, levels = first[key]
    return table.slice(start, levels)


@lru_cache(maxsize=1)
def _last_part(path: Path, changed: int) -> tuple[pa.Table, dict[str, tuple[int, int]]]:
    """Read a part once for all of its files: its levels, and the first of each file with their number."""
    found: dict[str, tuple[int, int]] = {}
    start = 0
    for one in members(path):
        found[one.key] = start, one.levels
        start += one.levels
    return read(path, made_by="ingest"), found


def members(path: Path) -> list[Member]:
    """Read which files a part holds.

    Parameters
    ----------
    path : Path
        The part.

    Returns
    -------
    list of Member
        In order of their levels; none for a part of version 0.3.

    Raises
    ------
    InputError
        If the part is damaged.
    """
    with naming_damage(path):
        found = pq.read_metadata(path).metadata.get(b"files", b"[]")
        return _members(json.loads(found))


def _members(found: list[dict[str, Any]]) -> list[Member]:
    """Make members of what JSON keeps of them."""
    return [
        Member(**{**one, "refused": tuple(Refused(r["what"], r["where"], tuple(r["lines"])) for r in one["refused"])})
        for one in found
    ]


@dataclass(frozen=True)
class Footer:
    """The content of the footer of a part.

    Parameters
    ----------
    levels : int
        Rows of the part.
    members : list of Member
        Its files, in order of their rows.
    columns : list of str
        What is counted: as `qc.battery.counts.column_names` names it.
    counts : list of list
        One a file, archive and variable: number of the file, archive, variable, and a number for each of `columns`.
    facts : dict
        The facts given to `write`.
    """

    levels: int
    members: list[Member]
    columns: list[str]
    counts: list[list[Any]]
    facts: dict[str, str]


def footer(path: Path) -> Footer:
    """Read the footer of a part.

    Parameters
    ----------
    path : Path
        The part.

    Returns
    -------
    Footer
        Number of rows, files, counts and facts.

    Raises
    ------
    InputError
        If the part is damaged, or its counts do not add up to its rows.
    """
    with naming_damage(path):
        found = pq.read_metadata(path)
        facts = {k.decode(): v.decode() for k, v in found.metadata.items() if not k.startswith(b"ARROW")}
        members = _members(json.loads(facts.pop("files")))
        counted = json.loads(facts.pop("counts"))
        result = Footer(found.num_rows, members, counted["columns"], counted["lines"], facts)
    for variable in schema.VARIABLES:
        numbers = np.array([line[3:] for line in result.counts if line[2] == variable], int).reshape(
            -1, len(result.columns)
        )
        total = dict(zip(result.columns, numbers.sum(axis=0)))
        states = sum(total[state] for state in counts.STATES)
        if not found.num_rows == total["levels"] == states == sum(one.levels for one in members):
            raise InputError(f"{variable}: {found.num_rows} rows, {states} counted", str(path), "please report this")
    return result
