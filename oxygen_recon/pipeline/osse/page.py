"""The page of a simulation: what was simulated and its main tables as Markdown, the tables beside it as CSV."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from oxygen_recon.evaluation.osse.scoring import ALL, NEVER_SEEN, UNSEEN
from oxygen_recon.report.table import Table
from qc.files import replacing

SHARES, CHANGES = "Share of the true trend that is recovered, %", "Trends, umol/kg a decade"
_SHOWN = ("all depths", "0-1000 m")  # layers of each basin; of all basins every layer
_NOTES = (
    'A share is given where the true change is at least twice what departs from its line, else the trend is "small".',
    "All basins and layers, standard errors and p values of the true trends: trends.csv, scores.csv; volume means: "
    "series.csv; fields.nc where every water column is estimated.",
)


def write(
    folder: Path, about: Sequence[str], trends: pd.DataFrame, scores: pd.DataFrame, series: pd.DataFrame
) -> list[str]:
    """Write the page and the tables.

    Parameters
    ----------
    folder : Path
        Gets osse.md, trends.csv, scores.csv and series.csv.
    about : sequence of str
        What was simulated, one line each.
    trends, scores, series : pandas.DataFrame
        As `oxygen_recon.pipeline.osse.tables` makes them.

    Returns
    -------
    list of str
        Lines for the terminal.
    """
    for name, table in {"trends": trends, "scores": scores, "series": series}.items():
        with replacing(folder / f"{name}.csv") as partial:
            table.to_csv(partial, index=False)
    shown = sections(trends, scores)
    lines = ["# Observing-system simulation", "", *(f"- {line}" for line in about)]
    for title, one in shown.items():
        lines += ["", f"## {title}", "", one.markdown()]
    lines += ["", *_NOTES, ""]
    with replacing(folder / "osse.md") as partial:
        partial.write_text("\n".join(lines), encoding="utf-8")
    said = [*about]
    main = any(title.startswith(SHARES) for title in shown)
    for title, one in shown.items():
        if NEVER_SEEN not in title and not (main and title.startswith(CHANGES)):
            said += ["", f"{title}:", *one.lines(left=2)]
    return [*said, "", f"page, with more tables: {folder / 'osse.md'}"]


def sections(trends: pd.DataFrame, scores: pd.DataFrame) -> dict[str, Table]:
    """Lay out the main tables by title; one of nothing is left out.

    Parameters
    ----------
    trends, scores : pandas.DataFrame
        As of `write`.

    Returns
    -------
    dict of str to Table
        Shares of trends and trends themselves for each period, and RMSE.
    """
    found = {}
    for period, some in trends.groupby("period", sort=False) if len(trends) else ():
        some = some[(some["basin"] == ALL) | some["layer"].isin(_SHOWN)]
        if some["share"].notna().any():
            found[f"{SHARES}, {period}"] = _by_method(some, "share", "{:.0f}", "{:+.2f}")
        found[f"{CHANGES}, {period}"] = _by_method(some, "recovered", "{:+.2f}", "{:+.2f}")
    for place in (UNSEEN, NEVER_SEEN):
        some = scores[scores["where"] == place] if len(scores) else scores
        some = some[(some["basin"] == ALL) | some["layer"].isin(_SHOWN)] if len(some) else some
        if len(some):
            found[f"RMSE where {place}, umol/kg"] = _by_method(some, "RMSE", "{:.2f}")
    return found


def _by_method(rows: pd.DataFrame, column: str, form: str, form_true: str = "") -> Table:
    """One row a basin and layer, one column a method, its value with its interval; the true trend before them."""
    methods = list(dict.fromkeys(rows["method"]))
    lines = []
    for (basin, layer), some in rows.groupby(["basin", "layer"], sort=False):
        known = some.set_index("method")
        if column == "share" and not known["share"].notna().any():
            continue
        true = [_true(known.iloc[0], form_true)] if form_true else []
        values = [_with_interval(known.loc[method], column, form) for method in methods]
        lines.append([str(basin), str(layer), *true, *values])
    return Table.of_text(["basin", "layer", *(["true trend"] if form_true else []), *methods], lines)


def _true(row: pd.Series, form: str) -> str:
    """Write a true trend, and that it is small beside the true variability where no share is given."""
    return _written(row["true"], form) + ("" if np.isfinite(row["share"]) else " (small)")


def _with_interval(row: pd.Series, column: str, form: str) -> str:
    """Write a value with its interval."""
    value, low, high = (_written(row[name], form) for name in (column, f"{column}_low", f"{column}_high"))
    return f"{value} [{low}, {high}]" if np.isfinite(row[f"{column}_low"]) else value


def _written(value: float, form: str) -> str:
    """Write a number; one that is rounded to zero has no sign."""
    text = form.format(value)
    return text.lstrip("+-") if not text.strip("+-0.") else text
