"""What each part of a table counts in the regions of the ocean, and what all of them say together, on disk."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import fields
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from oxygen_recon.runtime.errors import naming_damage
from qc.battery import run
from qc.battery.battery import Battery
from qc.files import replacing
from qc.physics.regional_statistics import Histogram, Statistics

_COLUMNS = tuple(field.name for field in fields(Histogram))


def save(counts: dict[str, Histogram], path: Path) -> None:
    """Write what one part counts, from `qc.battery.run.run_profile_tests`, whole or not at all."""
    columns: dict[str, object] = {"name": [name for name, one in counts.items() for _ in range(len(one.count))]}
    for column in _COLUMNS:
        columns[column] = np.concatenate([np.zeros(0, np.int64), *(getattr(one, column) for one in counts.values())])
    schema = pa.schema([("name", pa.string()), *((column, pa.int64()) for column in _COLUMNS)])
    schema = schema.with_metadata({"names": json.dumps(list(counts))})  # one that counted nothing has no row
    with replacing(path) as partial:
        pq.write_table(pa.table(columns, schema), partial, compression="zstd")


def settle(parts: Sequence[Path], checks: Battery, path: Path) -> str:
    """Find from the counts of all parts what the regions are like, and write it down.

    Parameters
    ----------
    parts : sequence of Path
        Files of `save`.
    checks : Battery
        The battery whose checks compare with regions.
    path : Path
        Where to; read by `known`.

    Returns
    -------
    str
        SHA-256 of the statistics.
    """
    regions = run.regional_statistics([_read(part) for part in parts], checks)
    arrays = {f"{name}:{field}": value for name, one in sorted(regions.items()) for field, value in vars(one).items()}
    digest = hashlib.sha256("".join(arrays).encode())
    for value in arrays.values():
        digest.update(value.tobytes())
    with replacing(path) as partial, partial.open("wb") as file:
        np.savez(file, **arrays)
    return digest.hexdigest()


@lru_cache(maxsize=1)
def known(path: Path, digest: str) -> dict[str, Statistics]:
    """Read what `settle` wrote, once a process and content, which `digest` tells apart."""
    with naming_damage(path), np.load(path, allow_pickle=False) as arrays:
        names = dict.fromkeys(name.partition(":")[0] for name in arrays.files)
        return {name: Statistics(*(arrays[f"{name}:{field.name}"] for field in fields(Statistics))) for name in names}


def _read(path: Path) -> dict[str, Histogram]:
    with naming_damage(path):
        table = pq.read_table(path)
    name = np.array(table["name"].to_pylist(), str)
    names = json.loads(table.schema.metadata[b"names"])
    columns = [table[column].to_numpy() for column in _COLUMNS]
    return {str(one): Histogram(*(column[name == one] for column in columns)) for one in names}
