"""What quality control found, as tables for people: the oxygen of each archive, cruise and cast."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from oxygen_recon.observations import parts
from qc.battery import counts as tally
from qc.battery.battery import Battery
from qc.files import replacing

NAMES = ("tally.csv", "cruises.csv", "casts.parquet")
_ROWS = 2**17  # casts a row group: a collection of single casts must not become as many groups
_CRUISE = ["casts", "levels", "good", "suspect", "bad", "missing", "not_evaluated", "copies"]


def archives(totals: Mapping[tuple[str, str, str], int], path: Path) -> None:
    """Write the oxygen of each archive, counted by state and failed check.

    Parameters
    ----------
    totals : mapping
        As from `oxygen_recon.observations.parts.count`.
    path : Path
        CSV file.
    """
    counts: dict[str, dict[str, int]] = {}
    for (source, variable, what), number in sorted(totals.items()):
        if variable == "oxygen":
            counts.setdefault(source, {})[what] = number
    order = [what for _, variable, what in totals if variable == "oxygen"]
    frame = pd.DataFrame.from_dict(counts, orient="index", columns=list(dict.fromkeys(order)))
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
                cruises = [pd.concat([*cruises, tally.by_cruise(table)]).groupby(level=[0, 1]).sum()]
    (summed,) = cruises
    found = summed[_CRUISE].assign(reason=tally.reasons(summed, checks))
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
