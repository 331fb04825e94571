"""The folder that quality control leaves, from tables that were flagged already."""

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from oxygen_recon.observations import parts, summaries
from qc.battery import counts
from qc.battery.battery import Battery, load_battery


def results(home: Path, tables: Mapping[str, pa.Table], checks: Battery | None = None) -> Path:
    """Write parts of flagged observations, and what is counted of them."""
    checks = checks or load_battery()
    for name in ("parts", "by_cast"):
        (home / name).mkdir(parents=True)
    for key, table in tables.items():
        files = [parts.Member(key, f"{key}.csv", parts.READ, table.num_rows)]
        parts.write(table, parts.part(home / "parts", key), checks, files)
        pq.write_table(counts.by_cast(table, checks), parts.part(home / "by_cast", key))
    totals = summaries.count(home / "parts", list(tables), home / "counts.csv", lambda line: None)
    summaries.archives(totals, home / "tally.csv")
    return home
