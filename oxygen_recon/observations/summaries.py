"""Summaries over all parts of a collection: regional statistics, and the oxygen of each archive, cruise and cast."""

from __future__ import annotations

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from oxygen_recon.observations import parts
from oxygen_recon.runtime.errors import naming_damage
from qc.battery import counts, run
from qc.battery.battery import Battery
from qc.errors import InputError, Refused
from qc.files import replacing
from qc.physics.regional_statistics import Histogram, Statistics

NAMES = ("tally.csv", "cruises.csv", "casts.parquet")
_BRIEF = 10  # so many files, or members of a file, and no more, are reported one by one
_ROWS = 2**17  # casts a row group: a collection of single casts must not become as many groups
_HISTOGRAM = tuple(field.name for field in fields(Histogram))
_CRUISE = ["casts", "levels", "good", "suspect", "bad", "missing", "not_evaluated", "copies"]


def count(
    folder: Path, keys: Iterable[str], path: Path, report: Callable[[str], None]
) -> Counter[tuple[str, str, str]]:
    """Write the counts of all parts into one table, a line a file, archive and variable, and report those of oxygen.

    Parameters
    ----------
    folder : Path
        Folder of parts.
    keys : iterable of str
        Parts to count.
    path : Path
        CSV file.
    report : callable
        Receives how the oxygen of each file, of no more than a few, and of each archive adds up.

    Returns
    -------
    Counter
        (archive, variable, what) to number of levels, over all parts; "what" is a column of
        `qc.battery.counts`: "levels", a state, "constant_density", "duplicate" or the name of a check.

    Raises
    ------
    InputError
        As for `oxygen_recon.observations.parts.footer`.
    """
    total: dict[tuple[str, str], Any] = {}
    by_file: dict[str, Any] = {}
    header: list[str] = []
    with replacing(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        for key in sorted(keys):
            found = parts.footer(parts.part(folder, key))
            if not header:
                header = found.columns
                writer.writerow(["file", "source", "variable", *header])
            if found.columns != header:  # counts of old and new parts do not add up to anything
                fix = "ingest all files with this version, into a new folder"
                raise InputError("was made by another version of oxygen-recon", str(parts.part(folder, key)), fix)
            for member, source, variable, *numbers in found.counts:
                name = found.members[member].file
                writer.writerow([name, source, variable, *numbers])
                total[source, variable] = total.get((source, variable), 0) + np.array(numbers)
                if variable == "oxygen" and len(by_file) <= _BRIEF:
                    by_file[name] = by_file.get(name, 0) + np.array(numbers)
    if len(by_file) <= _BRIEF:
        for name, numbers in by_file.items():
            report(f"{Path(name).name}: oxygen of {_equation(dict(zip(header, numbers.tolist())))}")
    for (source, variable), numbers in sorted(total.items(), key=lambda item: item[0]):
        if variable == "oxygen":
            report(f"{source}: oxygen of {_equation(dict(zip(header, numbers.tolist())))}")
    return Counter({(*key, what): int(n) for key, numbers in total.items() for what, n in zip(header, numbers)})


def _equation(total: dict[str, int]) -> str:
    """Write the counts of oxygen as a sum that adds up, in words."""
    states = " + ".join(f"{total[state]:,} {state.replace('_', ' ')}" for state in counts.STATES)
    constant = total["constant_density"]
    note = f"; {constant:,} of them converted at 1025 kg/m3, their own density unknown" if constant else ""
    return f"{total['levels']:,} levels = {states}{note}"


def write_refused(refused: Iterable[tuple[str, Refused]], path: Path) -> None:
    """Write a line for each refused row, and for each refused member of a bundle.

    Parameters
    ----------
    refused : iterable of str and Refused
        Archive file, and what was refused of it.
    path : Path
        CSV file: archive file, member of a bundle, number of the line (blank for a whole member), reason.
    """
    with replacing(path) as name, name.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["file", "member", "line", "reason"])
        for archive, one in sorted(refused, key=lambda pair: pair[0]):
            member = one.where.partition("#")[2]
            writer.writerows([archive, member, line, one.what] for line in one.lines or ("",))


def report_refused(refused: Iterable[tuple[str, Refused]], path: Path, report: Callable[[str], None]) -> int:
    """Report what was refused of files that were read.

    Parameters
    ----------
    refused : iterable of str and Refused
        Archive file, and what was refused of it.
    path : Path
        Where `write_refused` has written all of it.
    report : callable
        Receives one line for the rows of a file, and one for each member of a bundle, of no more than a few.

    Returns
    -------
    int
        Refused members, and damage of bundles, of all files.
    """
    by_file: dict[str, list[Refused]] = {}
    for file, one in refused:
        by_file.setdefault(file, []).append(one)
    total = 0
    for file, found in by_file.items():
        members = [one for one in found if not one.lines]
        for one in members[:_BRIEF]:
            report(f"{file}{one.where.removeprefix(Path(file).name)}: {one.what}")
        if len(members) > _BRIEF:
            report(f"{file}: {len(members) - _BRIEF} more of its members refused")
        if rows := [one for one in found if one.lines]:
            first = str(rows[0]).removeprefix(Path(file).name).lstrip(", :")
            report(f"{file}: {sum(one.number for one in rows)} of its rows refused, the others are read: {first}")
        total += len(members)
    if by_file:
        report(f"every refused row and member is named in {path}")
    return total


def archives(totals: Mapping[tuple[str, str, str], int], path: Path) -> None:
    """Write the oxygen of each archive, counted by state and failed check.

    Parameters
    ----------
    totals : mapping
        As from `count`.
    path : Path
        CSV file.
    """
    found: dict[str, dict[str, int]] = {}
    for (source, variable, what), number in sorted(totals.items()):
        if variable == "oxygen":
            found.setdefault(source, {})[what] = number
    order = [what for _, variable, what in totals if variable == "oxygen"]
    frame = pd.DataFrame.from_dict(found, orient="index", columns=list(dict.fromkeys(order)))
    with replacing(path) as name:
        frame.rename_axis("source").to_csv(name)


def casts_and_cruises(folder: Path, keys: Sequence[str], home: Path, checks: Battery) -> None:
    """Write `casts.parquet`, the counts of every cast, and `cruises.csv`, those of every cruise, reading part by part.

    Parameters
    ----------
    folder : Path
        A table a part, as from `qc.battery.counts.by_cast`.
    keys : sequence of str
        Parts, at least one.
    home : Path
        Folder of both files.
    checks : Battery
        The battery that ran.

    Raises
    ------
    InputError
        If a table is damaged.
    """
    cruises: list[pd.DataFrame] = []
    with replacing(home / "casts.parquet") as name:
        form = parts.read(parts.part(folder, keys[0])).schema.remove_metadata()
        with pq.ParquetWriter(name, form, compression="zstd") as writer:
            for table in _chunks(folder, keys):
                writer.write_table(table, row_group_size=_ROWS)
                cruises = [pd.concat([*cruises, counts.by_cruise(table)]).groupby(level=[0, 1]).sum()]
    (summed,) = cruises
    found = summed[_CRUISE].assign(reason=counts.reasons(summed, checks))
    with replacing(home / "cruises.csv") as name:
        found.to_csv(name, index_label=["source", "cruise"])


def _chunks(folder: Path, keys: Sequence[str]) -> Iterator[pa.Table]:
    """Join the tables of small parts."""
    waiting: list[pa.Table] = []
    rows = 0
    for key in keys:
        waiting.append(parts.read(parts.part(folder, key)).replace_schema_metadata(None))
        rows += waiting[-1].num_rows
        if rows >= _ROWS or key == keys[-1]:
            yield pa.concat_tables(waiting).unify_dictionaries().combine_chunks()
            waiting, rows = [], 0


def save_region_counts(histograms: dict[str, Histogram], path: Path) -> None:
    """Write the counts of one part by region, whole or not at all.

    Parameters
    ----------
    histograms : dict
        Check to histogram, as from `qc.battery.run.run_profile_tests`.
    path : Path
        Parquet file.
    """
    columns: dict[str, object] = {"name": [name for name, one in histograms.items() for _ in range(len(one.count))]}
    for column in _HISTOGRAM:
        columns[column] = np.concatenate(
            [np.zeros(0, np.int64), *(getattr(one, column) for one in histograms.values())]
        )
    schema = pa.schema([("name", pa.string()), *((column, pa.int64()) for column in _HISTOGRAM)])
    schema = schema.with_metadata({"names": json.dumps(list(histograms))})  # one that counted nothing has no row
    with replacing(path) as partial:
        pq.write_table(pa.table(columns, schema), partial, compression="zstd")


def save_region_statistics(files: Sequence[Path], checks: Battery, path: Path) -> str:
    """Compute the statistics of the regions from the counts of all parts, and write them.

    Parameters
    ----------
    files : sequence of Path
        Files of `save_region_counts`, in the order of the parts.
    checks : Battery
        The battery whose checks compare with regions.
    path : Path
        File of numpy arrays (.npz).

    Returns
    -------
    str
        SHA-256 of the statistics.
    """
    regions = run.regional_statistics([_read_region_counts(file) for file in files], checks)
    arrays = {f"{name}:{field}": value for name, one in sorted(regions.items()) for field, value in vars(one).items()}
    digest = hashlib.sha256("".join(arrays).encode())
    for value in arrays.values():
        digest.update(value.tobytes())
    with replacing(path) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)
    return digest.hexdigest()


@lru_cache(maxsize=1)
def region_statistics(path: Path, digest: str) -> dict[str, Statistics]:
    """Read the statistics of the regions, once a process and content.

    Parameters
    ----------
    path : Path
        As written by `save_region_statistics`.
    digest : str
        What that returned: another digest, another content.

    Returns
    -------
    dict
        Check to statistics.
    """
    with naming_damage(path), np.load(path, allow_pickle=False) as arrays:
        names = dict.fromkeys(name.partition(":")[0] for name in arrays.files)
        return {name: Statistics(*(arrays[f"{name}:{field.name}"] for field in fields(Statistics))) for name in names}


def _read_region_counts(path: Path) -> dict[str, Histogram]:
    """Read what `save_region_counts` wrote."""
    with naming_damage(path):
        table = pq.read_table(path)
    name = np.array(table["name"].to_pylist(), str)
    names = json.loads(table.schema.metadata[b"names"])
    columns = [table[column].to_numpy() for column in _HISTOGRAM]
    return {str(one): Histogram(*(column[name == one] for column in columns)) for one in names}
