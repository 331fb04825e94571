"""The skill table as text: scores with units and spread, the best of each column marked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from oxygen_recon.report.table import Cell, Column, Table
from qc.errors import InputError


@dataclass(frozen=True)
class _Score:
    """Name, unit and format of a score, and its ideal value: None for "the higher the better", NaN for no ranking."""

    name: str
    unit: str
    form: str
    ideal: float | None


_OXYGEN, _SHARE = "µmol kg⁻¹", "of truths"
SCORES = {
    "n": _Score("n", "", "{:,.0f}", np.nan),
    "bias": _Score("bias", _OXYGEN, "{:+.2f}", 0.0),
    "MAE": _Score("MAE", _OXYGEN, "{:.2f}", 0.0),
    "RMSE": _Score("RMSE", _OXYGEN, "{:.2f}", 0.0),
    "MAPE": _Score("MAPE", "%, y ≥ 5", "{:.1f}", 0.0),
    "R2": _Score("R²", "", "{:.3f}", None),
    "coverage_68": _Score("within 68 % range", _SHARE, "{:.0%}", 0.68),
    "coverage_90": _Score("within 90 % range", _SHARE, "{:.0%}", 0.90),
    "coverage_95": _Score("within 95 % range", _SHARE, "{:.0%}", 0.95),
    "CRPS": _Score("CRPS", _OXYGEN, "{:.2f}", 0.0),
}
MAIN_SCORES = ("n", "bias", "MAE", "RMSE", "MAPE", "R2", "coverage_68")  # those of the terminal and the README


def overall(skill: pd.DataFrame, scores: Sequence[str] = tuple(SCORES)) -> dict[str, Table]:
    """Return the scores over all depths, one table a split.

    Parameters
    ----------
    skill : DataFrame
        split, method and any of n, bias, MAE, RMSE, MAPE, R2, coverage_68, coverage_90, coverage_95, CRPS; optionally
        layer (only rows of "all" are used) and <score>_spread, shown after ±. Several rows of a method and split
        (seeds) are shown as mean ± standard deviation.
    scores : sequence of str
        Scores to show, as far as `skill` has them.

    Returns
    -------
    dict of str to Table
        One a split; one row a method, in the order of `skill`.

    Raises
    ------
    InputError
        If split or method is missing.

    Examples
    --------
    >>> skill = pd.DataFrame({"split": "held out", "method": ["graph", "trees"], "RMSE": [9.43, 9.85]})
    >>> print(overall(skill)["held out"].markdown())
    | method | RMSE (µmol kg⁻¹) |
    | --- | --- |
    | graph | **9.43** |
    | trees | 9.85 |
    """
    rows = named(skill)
    rows = rows[rows["layer"] == "all"]
    return {split: _table(rows[rows["split"] == split], scores) for split in dict.fromkeys(rows["split"])}


def joined(tables: Mapping[str, Table]) -> Table:
    """Put the tables of several splits into one, with a column of splits.

    Parameters
    ----------
    tables : mapping of str to Table
        As from `overall`.

    Returns
    -------
    Table
        Columns split, method and the scores that any of the tables has; empty where there are no tables.
    """
    columns = tuple(dict.fromkeys(column for table in tables.values() for column in table.columns))
    rows = []
    for split, table in tables.items():
        for row in table.rows:
            known = dict(zip(table.columns, row, strict=True))
            rows.append((Cell(split), *(known.get(column, Cell("–")) for column in columns)))
    return Table((Column("split"), *columns), tuple(rows))


def rankings(skill: pd.DataFrame, score: str = "RMSE") -> list[str]:
    """Name the best method of each split, its lead, and whether the lead exceeds the spread.

    Methods that lack some targets of a split are not ranked: what they lack may be the difficult part.

    Parameters
    ----------
    skill : DataFrame
        As for `overall`, with `score` (umol kg-1, lower is better).
    score : str
        Column that decides.

    Returns
    -------
    list of str
        One sentence a split with a finite score.

    Raises
    ------
    InputError
        If split or method is missing.
    """
    rows = named(skill)
    if score not in rows:
        return []
    rows = rows[rows["layer"] == "all"]
    rows = rows[_complete(rows)]
    found = (_ranking(split, rows[rows["split"] == split], score) for split in dict.fromkeys(rows["split"]))
    return [text for text in found if text]


def _ranking(split: str, rows: pd.DataFrame, score: str) -> str:
    """Name the best method of one split; empty where no method has a score."""
    mean, spread = _pooled(rows, score)
    ranked = mean.dropna().sort_values()
    if ranked.empty:
        return ""
    first = str(ranked.index[0])
    text = f"{split}: {first} has the lowest {score}, {ranked.iloc[0]:.2f} µmol kg⁻¹"
    if ranked.size > 1:
        second = str(ranked.index[1])
        share = 100.0 * (1.0 - ranked.iloc[0] / ranked.iloc[1]) if ranked.iloc[1] > 0 else 0.0
        text += f", {share:.1f} % below {second} ({ranked.iloc[1]:.2f})"
        if ranked.iloc[1] - ranked.iloc[0] < np.nanmax([0.0, spread[first], spread[second]]):
            text += "; the difference is smaller than the spread, so the order of the two is uncertain"
    return text + "."


def _complete(rows: pd.DataFrame) -> pd.Series:
    """Tell which rows are of methods that have all targets of their split and layer."""
    if "n" not in rows:
        return pd.Series(True, rows.index)
    number = rows.groupby(["split", "layer", "method"])["n"].transform("mean")
    return number == number.groupby([rows["split"], rows["layer"]]).transform("max")


def named(skill: pd.DataFrame) -> pd.DataFrame:
    """Return a skill table with a layer in every row and names without underscores.

    Parameters
    ----------
    skill : DataFrame
        split and method; layer is optional.

    Returns
    -------
    DataFrame

    Raises
    ------
    InputError
        If split or method is missing.
    """
    if missing := [name for name in ("split", "method") if name not in skill]:
        raise InputError(f"no column {', '.join(missing)}", "skill table", "use the table that validate writes")
    readable = {name: skill[name].astype(str).str.replace("_", " ") for name in ("split", "method")}
    return skill.assign(**readable) if "layer" in skill else skill.assign(layer="all", **readable)


def _pooled(rows: pd.DataFrame, score: str) -> tuple[pd.Series, pd.Series]:
    """Return mean and spread of a score by method; the spread is over rows, else that of the table."""
    groups = rows.groupby("method", sort=False)
    mean, spread = groups[score].mean(), groups[score].std()
    given = f"{score}_spread"
    return mean, spread.fillna(groups[given].mean()) if given in rows else spread


def _table(rows: pd.DataFrame, scores: Sequence[str]) -> Table:
    """Format the scores of one split and layer, one row a method."""
    shown = [name for name in SCORES if name in scores and name in rows]
    columns = [[Cell(method) for method in dict.fromkeys(rows["method"])]]
    columns += [_column(rows, name) for name in shown]
    names = (Column(SCORES[name].name, SCORES[name].unit) for name in shown)
    return Table((Column("method"), *names), tuple(zip(*columns, strict=True)))


def _column(rows: pd.DataFrame, name: str) -> list[Cell]:
    """Format one score of all methods; all values of methods with all targets that round to the best one are marked."""
    score = SCORES[name]
    mean, spread = _pooled(rows, name)
    worth = (mean if score.ideal is None else -(mean - score.ideal).abs()).to_numpy(float)
    ranked = mean.index.isin(rows["method"][_complete(rows)])
    worth = np.where(ranked, worth, np.nan)
    best = score.form.format(mean.iloc[np.nanargmax(worth)]) if np.isfinite(worth).sum() > 1 else None
    return [
        Cell(
            score_text(score.form, value, reach if name != "n" else np.nan), known and score.form.format(value) == best
        )
        for value, reach, known in zip(mean, spread, ranked.tolist())
    ]


def score_text(form: str, value: float, spread: float) -> str:
    """Format a score with its spread.

    Parameters
    ----------
    form : str
        Format of a value.
    value, spread : float
        A spread that is not finite is not shown.

    Returns
    -------
    str
        A dash where the value is not finite.
    """
    if not np.isfinite(value):
        return "–"
    return (
        f"{form.format(value)} ± {form.replace('+', '').format(spread)}" if np.isfinite(spread) else form.format(value)
    )
