"""The skill table as people read it: rounded, with its units and spread, the best of each column known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from qc.errors import InputError


@dataclass(frozen=True)
class Board:
    """One table, ready to be read.

    Parameters
    ----------
    columns : list of (str, str)
        Name and unit of each score.
    methods : list of str
        One a row.
    cells : list of list of (str, bool)
        Text of each score of each method, and whether it is the best of its column.
    """

    columns: list[tuple[str, str]]
    methods: list[str]
    cells: list[list[tuple[str, bool]]]


@dataclass(frozen=True)
class _Score:
    """How a score is shown and what is best: the least distance from `goal`, or the highest where goal is None."""

    unit: str
    form: str
    goal: float | None


_PER_CENT = "{:.0%}"
_SCORES = {
    "n": _Score("", "{:,.0f}", np.nan),
    "bias": _Score("µmol kg⁻¹", "{:+.2f}", 0.0),
    "MAE": _Score("µmol kg⁻¹", "{:.2f}", 0.0),
    "RMSE": _Score("µmol kg⁻¹", "{:.2f}", 0.0),
    "MAPE": _Score("%, y ≥ 5", "{:.1f}", 0.0),
    "R2": _Score("", "{:.3f}", None),
    "coverage_68": _Score("of truths", _PER_CENT, 0.68),
    "coverage_95": _Score("of truths", _PER_CENT, 0.95),
    "CRPS": _Score("µmol kg⁻¹", "{:.2f}", 0.0),
}
_NAMES = {"R2": "R²", "coverage_68": "within 68 % range", "coverage_95": "within 95 % range"}


def overall(skill: pd.DataFrame) -> dict[str, Board]:
    """Lay out the scores over all depths, a table a split.

    Parameters
    ----------
    skill : DataFrame
        split, method and any of n, bias, MAE, RMSE, MAPE, R2, coverage_68, coverage_95, CRPS; optionally layer (only
        "all" is taken) and <score>_spread, shown after ±.

    Returns
    -------
    dict of str to Board
        One a split, methods in the order of the table.

    Raises
    ------
    InputError
        If split or method is missing.
    """
    rows = _named(skill)
    rows = rows[rows["layer"] == "all"]
    return {split: _board(rows[rows["split"] == split]) for split in dict.fromkeys(rows["split"])}


def by_layer(skill: pd.DataFrame) -> dict[str, Board]:
    """Lay out the scores of each layer of depth, a table a split and layer; none where the table has no layers.

    Parameters
    ----------
    skill : DataFrame
        As for `overall`.

    Returns
    -------
    dict of str to Board
        Keys are "split, layer".

    Raises
    ------
    InputError
        If split or method is missing.
    """
    rows = _named(skill)
    rows = rows[rows["layer"] != "all"]
    keys = dict.fromkeys(zip(rows["split"], rows["layer"]))
    return {
        f"{split}, {layer}": _board(rows[(rows["split"] == split) & (rows["layer"] == layer)]) for split, layer in keys
    }


def verdicts(skill: pd.DataFrame, score: str = "RMSE") -> list[str]:
    """Say in words who is best in each split, by how much, and whether that is more than the spread.

    Parameters
    ----------
    skill : DataFrame
        As for `overall`, with `score` (umol kg-1, lower is better).
    score : str
        Column that decides.

    Returns
    -------
    list of str
        One sentence or two a split with a finite score.

    Raises
    ------
    InputError
        If split or method is missing.
    """
    rows = _named(skill)
    if score not in rows:
        return []
    found = []
    for split in dict.fromkeys(rows["split"]):
        mean, spread = _pooled(rows[(rows["split"] == split) & (rows["layer"] == "all")], score)
        ranked = mean.dropna().sort_values()
        if ranked.empty:
            continue
        first = str(ranked.index[0])
        text = f"{split}: the lowest {score} is that of {first}, {ranked.iloc[0]:.2f} µmol kg⁻¹"
        if ranked.size > 1:
            second = str(ranked.index[1])
            share = 100.0 * (1.0 - ranked.iloc[0] / ranked.iloc[1]) if ranked.iloc[1] > 0 else 0.0
            text += f", {share:.1f} % below {second} ({ranked.iloc[1]:.2f})"
            if ranked.iloc[1] - ranked.iloc[0] < np.nanmax([0.0, spread[first], spread[second]]):
                text += "; the difference is smaller than the spread, so the two are not told apart"
        found.append(text + ".")
    return found


def _named(skill: pd.DataFrame) -> pd.DataFrame:
    """Give every row a layer, and names without underscores."""
    if missing := [name for name in ("split", "method") if name not in skill]:
        raise InputError(f"no column {', '.join(missing)}", "skill table")
    readable = {name: skill[name].astype(str).str.replace("_", " ") for name in ("split", "method")}
    return skill.assign(**readable) if "layer" in skill else skill.assign(layer="all", **readable)


def _pooled(rows: pd.DataFrame, score: str) -> tuple[pd.Series, pd.Series]:
    """Mean of a score over the rows of each method, and its spread: over rows, or else the one the table gives."""
    groups = rows.groupby("method", sort=False)
    mean, spread = groups[score].mean(), groups[score].std()
    given = f"{score}_spread"
    return mean, spread.fillna(groups[given].mean()) if given in rows else spread


def _board(rows: pd.DataFrame) -> Board:
    columns, texts = [], []
    for name, score in _SCORES.items():
        if name not in rows:
            continue
        mean, spread = _pooled(rows, name)
        worth = (mean if score.goal is None else -(mean - score.goal).abs()).to_numpy(float)
        best = score.form.format(mean.iloc[np.nanargmax(worth)]) if np.isfinite(worth).sum() > 1 else None
        # What is equal when rounded is equally good.
        texts.append(
            [
                (_text(score.form, value, reach if name != "n" else np.nan), score.form.format(value) == best)
                for value, reach in zip(mean, spread)
            ]
        )
        columns.append((_NAMES.get(name, name), score.unit))
    methods = list(dict.fromkeys(rows["method"]))
    return Board(columns, methods, [list(row) for row in zip(*texts)] if texts else [[] for _ in methods])


def _text(form: str, value: float, spread: float) -> str:
    if not np.isfinite(value):
        return "–"
    return (
        f"{form.format(value)} ± {form.replace('+', '').format(spread)}" if np.isfinite(spread) else form.format(value)
    )
