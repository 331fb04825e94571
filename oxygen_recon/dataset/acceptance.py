"""What the accepted flags let in and leave out, why nothing falls on a grid, and which levels nothing reaches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Ints
from oxygen_recon.dataset.domain import Samples
from oxygen_recon.dataset.groups import text_codes
from qc.errors import InputError
from qc.table.flags import FAIL, IODE_MEANINGS, NOT_EVALUATED, PASS, SUSPECT

_NAMES = ("archive", "archive_flag", "flag", "levels", "accepted")


def count_accepted(
    table: pa.Table, grid: Grid, time_axis: TimeAxis, accept_flags: Sequence[int], variable: str = "oxygen"
) -> pd.DataFrame:
    """Count the levels with a variable inside the region and the period, copies left out, by archive and flag.

    Parameters
    ----------
    table : pyarrow.Table
        Observations (`qc.table.schema.OBSERVATIONS`), flagged.
    grid : Grid
        Region.
    time_axis : TimeAxis
        Period.
    accept_flags : sequence of int
        Flags that are let in.
    variable : str
        One of `qc.table.schema.VARIABLES`.

    Returns
    -------
    pandas.DataFrame
        archive; archive_flag (as delivered, with its scheme; "none" where it gave none); flag (IODE, after quality
        control); levels; accepted (whether the flag is). Most levels of an archive first.
    """
    row, _ = grid.locate(table["latitude"].to_numpy(), table["longitude"].to_numpy())
    inside = (row >= 0) & (time_axis.index(table["time"].to_numpy().astype("datetime64[ms]")) >= 0)
    inside &= np.isfinite(table[variable].to_numpy()) & table["duplicate_of"].is_null().to_numpy()
    names = ["source", f"{variable}_original_flag", f"{variable}_flag"]
    table = table.select(names).filter(pa.array(inside))
    (archive, archives), (original, originals) = (text_codes(table[name]) for name in names[:2])
    flag: Ints = table[names[2]].to_numpy().astype(np.int64)
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


def flags_line(counts: pd.DataFrame, accept_flags: Sequence[int], variable: str = "oxygen") -> str:
    """Say in one sentence how many levels have each flag, and which flags are let in.

    Parameters
    ----------
    counts : DataFrame
        As from `count_accepted`, of all archives.
    accept_flags : sequence of int
        Flags that are let in.
    variable : str
        What was counted.

    Returns
    -------
    str

    Examples
    --------
    >>> rows = [("argo", "argo:3", 3, 9000, False), ("argo", "argo:1", 1, 1000, True)]
    >>> counts = pd.DataFrame(rows, columns=["archive", "archive_flag", "flag", "levels", "accepted"])
    >>> flags_line(counts, [1, 2])
    'accept [1, 2], oxygen: let in 1,000 flag 1 (pass), 0 flag 2 (not evaluated); left out 9,000 flag 3 (suspect)'
    """
    levels = counts.groupby("flag")["levels"].sum().to_dict()
    each = {
        flag: f"{levels.get(flag, 0):,} flag {flag} ({IODE_MEANINGS[flag]})"
        for flag in (PASS, NOT_EVALUATED, SUSPECT, FAIL)
    }
    let_in = ", ".join(text for flag, text in each.items() if flag in accept_flags)
    out = ", ".join(text for flag, text in each.items() if flag not in accept_flags and flag in levels)
    return f"accept {list(accept_flags)}, {variable}: let in {let_in or 'nothing'}; left out {out or 'nothing'}"


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


def nothing_on_the_grid(
    table: pa.Table, grid: Grid, time_axis: TimeAxis, counts: pd.DataFrame, accept_flags: Sequence[int], name: str
) -> InputError:
    """Say why no observation falls on a grid: they lie elsewhere, their flags are not accepted, or they are on land.

    Parameters
    ----------
    table : pyarrow.Table
        Observations, flagged.
    grid : Grid
        Region.
    time_axis : TimeAxis
        Period.
    counts : DataFrame
        As from `count_accepted`.
    accept_flags : sequence of int
        Flags of oxygen that are let in.
    name : str
        Name of the experiment.

    Returns
    -------
    InputError
        To be raised.
    """
    if counts.empty:
        first, last = (time_axis.edges[[0, -1]] - [0, 1]).astype("datetime64[Y]").astype(str)
        casts, axes = _extent(table), (grid.latitude_edges, grid.longitude_edges)
        south, north, west, east = (end for axis in axes for end in axis[[0, -1]])
        where = f"{south:g} to {north:g} N, {west:g} to {east:g} E, {first}-{last}"
        what = f"no oxygen in the region and period of the grid: the casts lie in {casts}; the grid in {where}"
        return InputError(what, name, "correct grid and period, or the columns of latitude, longitude and time")
    if not counts["accepted"].any():
        of_flag = counts.groupby("flag")["levels"].sum()
        found = ", ".join(f"{levels:,} of flag {flag}" for flag, levels in of_flag.items())
        what = f"no level of the grid's region and period has an accepted flag {list(accept_flags)}: {found}"
        return InputError(what, name, "change quality.accept, or see qc/tally.csv for why they were flagged")
    levels = int(counts["levels"][counts["accepted"]].sum())
    depths = f"levels {grid.depth[0]:g} to {grid.depth[-1]:g} m"
    what = f"none of {levels:,} accepted levels in the region lies in the sea of the relief, at the grid's {depths}"
    return InputError(what, name, "see grid.levels, the relief, the column of depth, and flags of position and time")


def _extent(table: pa.Table) -> str:
    """Return between which latitudes, longitudes and years the casts of a table lie."""
    ends = []
    for name, unit in (("latitude", " N"), ("longitude", " E"), ("time", "")):
        low, high = pc.min_max(
            pc.if_else(pc.is_finite(table[name]), table[name], None) if unit else table[name]
        ).values()
        if not low.is_valid:
            ends.append(f"no known {name}")
        else:
            ends.append(
                f"{low.as_py():g} to {high.as_py():g}{unit}" if unit else f"{low.as_py().year}-{high.as_py().year}"
            )
    return ", ".join(ends)


def unreached_levels(samples: Samples, grid: Grid) -> str:
    """Name the levels of a grid that no observation reaches; empty where there are none.

    Parameters
    ----------
    samples : Samples
        On the grid.
    grid : Grid
        Its levels without a wet cell are left out.

    Returns
    -------
    str
        One line.
    """
    reached = np.bincount(grid.level_of[samples.cell], minlength=grid.depth.size) > 0
    empty = grid.depth[grid.wet.any(axis=(1, 2)) & ~reached]
    depths = ", ".join(f"{depth:g}" for depth in empty)
    many = "levels" if empty.size > 1 else "level"
    rest = "what is estimated there rests on other levels"
    return f"{many} {depths} m: no observation; {rest}" if depths else ""
