"""The parts of a table: one parquet file for each archive file, its counts in its footer."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from oxygen_recon.runtime.errors import naming_damage
from qc.battery import battery, counts
from qc.errors import InputError, Refused
from qc.files import replacing
from qc.table import schema

_BRIEF = 10  # so many files, and no more, are reported one by one


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


def prepare(folder: Path, keys: Iterable[str]) -> None:
    """Make a folder of parts; remove what a killed run left half-written, and parts that are not to be there.

    Parameters
    ----------
    folder : Path
        Folder of parts.
    keys : iterable of str
        Parts that are to be there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    kept = set(keys)
    for path in [*folder.glob("*.partial"), *folder.glob(".partial-*")]:
        path.unlink(missing_ok=True)
    for path in folder.glob("*.parquet"):
        if path.stem not in kept:
            path.unlink()


def write(table: pa.Table, path: Path, checks: battery.Battery | None, facts: dict[str, str]) -> None:
    """Write a part with the counts of its levels, and facts about it, in the footer of the file.

    Parameters
    ----------
    table : pyarrow.Table
        Observations.
    path : Path
        The part.
    checks : Battery or None
        Whose failures are counted, with copies; None before quality control.
    facts : dict
        More to go into the footer.
    """
    group, sources = counts.groups_of(table["source"])
    names, lines = counts.column_names(checks), []
    for variable in schema.VARIABLES:
        found = counts.in_groups(table, variable, group, len(sources), checks)
        lines += [
            {"source": source, "variable": variable} | dict(zip(names, row))
            for source, row in sorted(zip(sources, found.tolist()))
            if row[0]
        ]
    footer = {"schema": schema.OBSERVATIONS.metadata[b"schema"].decode()} | facts | {"counts": json.dumps(lines)}
    schema.write(table.replace_schema_metadata(footer), path)


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


@dataclass(frozen=True)
class Footer:
    """The content of the footer of a part.

    Parameters
    ----------
    levels : int
        Rows of the part.
    counts : list of dict
        One an archive and variable: `source`, `variable`, and the columns of `qc.battery.counts`.
    facts : dict
        The facts given to `write`.
    """

    levels: int
    counts: list[dict[str, Any]]
    facts: dict[str, str]

    @property
    def refused(self) -> list[Refused]:
        """What was refused of the archive file: its fact "refused", if it has any."""
        return [Refused(*one) for one in json.loads(self.facts.get("refused", "[]"))]


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


def footer(path: Path) -> Footer:
    """Read the footer of a part.

    Parameters
    ----------
    path : Path
        The part.

    Returns
    -------
    Footer
        Number of rows, counts and facts.

    Raises
    ------
    InputError
        If the part is damaged, or its counts do not add up to its rows.
    """
    with naming_damage(path):
        found = pq.read_metadata(path)
        facts = {k.decode(): v.decode() for k, v in found.metadata.items() if not k.startswith(b"ARROW")}
        lines = json.loads(facts.pop("counts"))
    for variable in schema.VARIABLES:
        here = [line for line in lines if line["variable"] == variable]
        states = sum(line[state] for line in here for state in counts.STATES)
        if not found.num_rows == sum(line["levels"] for line in here) == states:
            raise InputError(f"{variable}: {found.num_rows} rows, {states} counted", str(path), "please report this")
    return Footer(found.num_rows, lines, facts)


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
        As for `footer`.
    """
    totals: Counter[tuple[str, str, str]] = Counter()
    ordered = sorted(keys)
    with replacing(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        header: list[str] = []
        for key in ordered:
            found = footer(part(folder, key))
            here: Counter[tuple[str, str, str]] = Counter()
            for line in found.counts:
                what = [name for name in line if name not in ("source", "variable")]
                if not header:
                    header = what
                    writer.writerow(["file", "source", "variable", *header])
                if what != header:  # counts of old and new parts do not add up to anything
                    fix = "ingest all files with this version, into a new folder"
                    raise InputError("was made by another version of oxygen-recon", str(part(folder, key)), fix)
                writer.writerow([found.facts["file"], line["source"], line["variable"], *(line[name] for name in what)])
                here.update({(line["source"], line["variable"], name): line[name] for name in what})
            totals.update(here)
            if len(ordered) <= _BRIEF:
                report(f"{Path(found.facts['file']).name}: oxygen of {_equation(here)}")
    for source in sorted({source for source, _, _ in totals}):
        report(f"{source}: oxygen of {_equation(Counter({k: n for k, n in totals.items() if k[0] == source}))}")
    return totals


def _equation(totals: Counter[tuple[str, str, str]]) -> str:
    """Write the counts of oxygen as a sum that adds up, in words."""
    total: Counter[str] = Counter()
    for (_, variable, what), number in totals.items():
        if variable == "oxygen":
            total[what] += number
    states = " + ".join(f"{total[state]:,} {state.replace('_', ' ')}" for state in counts.STATES)
    constant = total["constant_density"]
    note = f"; {constant:,} of them converted at 1025 kg/m3, their own density unknown" if constant else ""
    return f"{total['levels']:,} levels = {states}{note}"
