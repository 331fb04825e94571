"""Tables of the skill of daily forecasts: a row for each variable and method, a column for each lead."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from oxygen_recon.report.table import Cell, Column, Table

_LOWER_IS_BETTER = ("rmse", "rmsd", "relative")


def skill_by_lead(table: pd.DataFrame, score: str, leads: Sequence[int], intervals: bool = False) -> Table:
    """Set one score of all methods out by lead, the best of each variable and lead in bold.

    Parameters
    ----------
    table : DataFrame
        As of `oxygen_recon.evaluation.forecasts.table.score_table`.
    score : str
        One of its columns: "rmse", "rmsd" or "relative", lower is better, or "acc", "acc_single_mean", higher is.
    leads : sequence of int
        Days.
    intervals : bool
        Write the bounds of "rmse" or "relative" in brackets.

    Returns
    -------
    Table
        Rows in the order of the table; units of "rmse" and "rmsd" beside the names of variables.

    Examples
    --------
    >>> row = {"variable": "salinity", "depth": np.nan, "unit": "1e-3", "lead": 1, "starts": 12, "relative": 0.9}
    >>> scores = pd.DataFrame([row | {"method": "persistence"}, row | {"method": "unet", "relative": 0.8}])
    >>> print(skill_by_lead(scores, "relative", [1]).markdown())
    | variable | method | 1 day |
    | --- | --- | --- |
    | salinity | persistence | 0.900 |
    | salinity | unet | **0.800** |
    """
    bounds = [f"{score}_low", f"{score}_high"] if intervals else []
    rows = []
    for (variable, depth, unit), some in table.groupby(["variable", "depth", "unit"], sort=False, dropna=False):
        name = str(variable).replace("_", " ") + ("" if some["depth"].isna().all() else f" {depth:g} m")
        name += f" ({unit})" if score in ("rmse", "rmsd") else ""
        by_lead = {column: some.pivot(index="lead", columns="method", values=column) for column in [score, *bounds]}
        for method in some["method"].unique():
            cells = [_cell(by_lead, score, bounds, lead, method) for lead in leads]
            rows.append((Cell(name), Cell(str(method)), *cells))
    columns = [Column("variable"), Column("method"), *(Column(f"{lead} day{'s' * (lead > 1)}") for lead in leads)]
    return Table(tuple(columns), tuple(rows))


def starts_by_lead(table: pd.DataFrame, leads: Sequence[int]) -> str:
    """Say how many starts each lead is a mean over.

    Parameters
    ----------
    table, leads
        As for `skill_by_lead`.

    Returns
    -------
    str
        One line.
    """
    numbers = table.groupby("lead")["starts"].max()
    return "Starts: " + ", ".join(f"{numbers[lead]} at {lead} day{'s' * (lead > 1)}" for lead in leads) + "."


def _cell(by_lead: dict[str, pd.DataFrame], score: str, bounds: list[str], lead: int, method: str) -> Cell:
    """One score, its bounds, and whether it is the best of its lead."""
    methods = by_lead[score].columns
    row = by_lead[score].loc[lead].to_numpy(float)
    value = row[methods.get_loc(method)]
    if not np.isfinite(value):
        return Cell("–")
    best = value == (np.nanmin(row) if score in _LOWER_IS_BETTER else np.nanmax(row))
    largest = max(float(np.nanmax(row)), 1e-9)
    digits = 3 if score not in ("rmse", "rmsd") else int(np.clip(2 - np.floor(np.log10(largest)), 0, 6))
    text = f"{value:.{digits}f}"
    if bounds:
        low, high = (by_lead[name].loc[lead].to_numpy(float)[methods.get_loc(method)] for name in bounds)
        text += f" [{low:.2f}, {high:.2f}]" if np.isfinite(low) else ""
    return Cell(text, bool(best))
