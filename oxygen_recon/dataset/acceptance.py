"""Counts of the levels that the accepted flags let in and leave out, by archive and flag."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Ints
from oxygen_recon.dataset.groups import text_codes

_NAMES = ("archive", "archive_flag", "flag", "levels", "accepted")


def count_accepted(table: pa.Table, grid: Grid, time_axis: TimeAxis, accept_flags: Sequence[int]) -> pd.DataFrame:
    """Count the levels with oxygen inside the region and the period, copies left out, by archive and flag.

    Parameters
    ----------
    table : pyarrow.Table
        Observations (`qc.table.schema.OBSERVATIONS`), flagged.
    grid : Grid
        Region.
    time_axis : TimeAxis
        Period.
    accept_flags : sequence of int
        Flags of oxygen that are let in.

    Returns
    -------
    pandas.DataFrame
        archive; archive_flag (as delivered, with its scheme; "none" where it gave none); flag (IODE, after quality
        control); levels; accepted (whether the flag is). Most levels of an archive first.
    """
    row, _ = grid.locate(table["latitude"].to_numpy(), table["longitude"].to_numpy())
    inside = (row >= 0) & (time_axis.index(table["time"].to_numpy().astype("datetime64[ms]")) >= 0)
    inside &= np.isfinite(table["oxygen"].to_numpy()) & table["duplicate_of"].is_null().to_numpy()
    table = table.select(["source", "oxygen_original_flag", "oxygen_flag"]).filter(pa.array(inside))
    (archive, archives), (original, originals) = map(text_codes, (table["source"], table["oxygen_original_flag"]))
    flag: Ints = table["oxygen_flag"].to_numpy().astype(np.int64)
    kinds, levels = np.unique(np.stack([archive, original, flag]), axis=1, return_counts=True)
    found = pd.DataFrame(
        {
            "archive": [[*archives, "none"][code] for code in kinds[0]],  # -1, missing, finds the last
            "archive_flag": [[*originals, "none"][code] for code in kinds[1]],
            "flag": kinds[2], "levels": levels, "accepted": np.isin(kinds[2], list(accept_flags)),
        },
        columns=list(_NAMES),
    )  # fmt: skip
    return found.sort_values(["archive", "levels"], ascending=[True, False], ignore_index=True)


def acceptance_lines(counts: pd.DataFrame, accept_flags: Sequence[int]) -> list[str]:
    """Say in one sentence an archive what the accepted flags leave out and let in.

    Parameters
    ----------
    counts : DataFrame
        As from `count_accepted`.
    accept_flags : sequence of int
        Flags of oxygen that are let in.

    Returns
    -------
    list of str

    Examples
    --------
    >>> rows = [("argo", "argo:3", 3, 9000, False), ("argo", "argo:1", 1, 1000, True)]
    >>> counts = pd.DataFrame(rows, columns=["archive", "archive_flag", "flag", "levels", "accepted"])
    >>> acceptance_lines(counts, [1])
    ['accept [1]: argo: 1,000 of 10,000 levels let in (10.0 %): 1,000 flag 1 (argo:1); left out: 9,000 flag 3 (argo:3)']
    """
    lines = []
    for archive, rows in counts.groupby("archive", sort=False):
        total, taken = int(rows["levels"].sum()), int(rows["levels"][rows["accepted"]].sum())
        let_in, out = (
            ", ".join(
                f"{one.levels:,} flag {one.flag} ({one.archive_flag})"
                for one in rows[rows["accepted"] == known].itertuples()
            )
            for known in (True, False)
        )
        share = f"{taken:,} of {total:,} levels let in ({100 * taken / total:.1f} %)"
        line = f"accept {list(accept_flags)}: {archive}: {share}"
        lines.append(line + (f": {let_in}" if let_in else "") + (f"; left out: {out}" if out else ""))
    return lines
