"""Summaries over all parts of a collection: regional statistics, and the oxygen of each archive, cruise and cast."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from oxygen_recon.observations import parts
from oxygen_recon.runtime.errors import naming_damage
from qc.battery import counts, run
from qc.battery.battery import Battery
from qc.files import replacing
from qc.physics.regional_statistics import Histogram, Statistics

NAMES = ("tally.csv", "cruises.csv", "casts.parquet")
_ROWS = 2**17  # casts a row group: a collection of single casts must not become as many groups
_HISTOGRAM = tuple(field.name for field in fields(Histogram))
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
