"""The scores of a run as its page and its terminal show them: by split, by class of targets, and what is left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from oxygen_recon.report.skill_table import SCORES, named, overall, score_text
from oxygen_recon.report.table import Cell, Column, Table

_MOST_CRUISES = 12
_OXYGEN, _SHARE = SCORES["RMSE"].unit, SCORES["coverage_68"].unit


@dataclass(frozen=True)
class Skill:
    """The scores of a run, as far as its page and its terminal show them.

    Parameters
    ----------
    own : DataFrame
        Each method at all of its own targets: as for `overall`; may be empty.
    common : DataFrame
        As `own`, at the targets that all methods share; shown where any method lacks some.
    by_class : DataFrame
        As from `oxygen_recon.evaluation.classes.skill_by_class`.
    remarks : sequence of str
        What is left out and why, settings that a baseline chose at the end of its range, cruises that stand out: a
        sentence each.
    """

    own: pd.DataFrame
    common: pd.DataFrame = field(default_factory=pd.DataFrame)
    by_class: pd.DataFrame = field(default_factory=pd.DataFrame)
    remarks: Sequence[str] = ()

    def tables(self, scores: Sequence[str] | None = None) -> dict[str, Table]:
        """Return the scores over all depths, one table a split, and one of the targets that all methods share.

        Parameters
        ----------
        scores : sequence of str, optional
            Scores to show; all when left out.

        Returns
        -------
        dict of str to Table
            The name of a table of shared targets says how many there are.
        """
        shown = tuple(SCORES) if scores is None else scores
        if self.own.empty:
            return {}
        tables = overall(self.own, shown)
        for split in list(tables):
            own, shared = (_split(table, split) for table in (self.own, self.common))
            if not shared.empty and own["n"].nunique() > 1:
                n, most = shared["n"].iloc[0], own["n"].max()
                name = f"{split}, the {n:,.0f} of {most:,.0f} targets that all methods estimate"
                tables[name] = overall(shared, shown)[split]
        return tables


def _split(skill: pd.DataFrame, split: str) -> pd.DataFrame:
    """Return the rows of one split over all depths."""
    if skill.empty:
        return skill
    rows = named(skill)
    return rows[(rows["split"] == split) & (rows["layer"] == "all")]


_DIVISIONS = {"all": "all targets", "worst year": "worst year of each method"}


def by_class(skill: pd.DataFrame) -> dict[str, Table]:
    """Return the scores of each class of targets, one table a split and division.

    Parameters
    ----------
    skill : DataFrame
        As from `oxygen_recon.evaluation.classes.skill_by_class`; may be empty.

    Returns
    -------
    dict of str to Table
        Keys are "split, by basin" and the like; one row a class and method, RMSE with its interval of 95 %.
    """
    if skill.empty:
        return {}
    rows = named(skill)
    keys = dict.fromkeys(zip(rows["split"], rows["division"]))
    names = (Column("class"), Column("method", prose=True), Column("n"), Column("groups"), Column("bias", _OXYGEN),
             Column("RMSE", _OXYGEN), Column("95 % interval", _OXYGEN), Column("in 68 % range", _SHARE),
             Column("in 90 % range", _SHARE))  # fmt: skip
    return {
        f"{split}, {_DIVISIONS.get(division, f'by {division}')}": Table(
            names,
            tuple(map(_class_row, rows[(rows["split"] == split) & (rows["division"] == division)].to_dict("records"))),
        )
        for split, division in keys
    }


def _class_row(row: Mapping[str, object]) -> tuple[Cell, ...]:
    """Format the scores of one method in one class."""
    known = {name: float(value) for name, value in row.items() if isinstance(value, int | float)}
    low, high = known["RMSE_low"], known["RMSE_high"]
    texts = [str(row["class"]), str(row["method"]), f"{known['n']:,.0f}", f"{known['groups']:,.0f}"]
    texts += [score_text(SCORES[name].form, known[name], np.nan) for name in ("bias", "RMSE")]
    texts.append(f"{low:.2f}–{high:.2f}" if np.isfinite(low) else "–")
    texts += [score_text("{:.0%}", known[name], np.nan) for name in ("coverage_68", "coverage_90")]
    return tuple(Cell(text) for text in texts)


def left_out_lines(left: pd.DataFrame) -> list[str]:
    """Say in one sentence a method which targets it has no estimate at.

    Parameters
    ----------
    left : DataFrame
        As from `oxygen_recon.evaluation.skill.left_out`.

    Returns
    -------
    list of str
        Empty where nothing is left out.
    """
    found = []
    for (split, method), rows in left.groupby(["split", "method"], sort=False):
        why = ", ".join(f"{number:,} {reason}" for number, reason in zip(rows["left_out"], rows["reason"]))
        total = int(rows["targets"].iloc[0])
        share = 100 * rows["left_out"].sum() / total
        found.append(f"{split}: {method} has no estimate at {share:.1f} % of {total:,} targets: {why}")
    return found


def at_end_lines(settings: pd.DataFrame) -> list[str]:
    """Say in one sentence a method which settings it chose at an end of their range.

    Parameters
    ----------
    settings : DataFrame
        As from `oxygen_recon.evaluation.comparison.settings_table`.

    Returns
    -------
    list of str
        Empty where none was.
    """
    found = []
    for method, rows in settings[settings["at_end"].astype(bool)].groupby("method", sort=False):
        values = dict.fromkeys(f"{name} {value:g}" for name, value in zip(rows["setting"], rows["value"]))
        found.append(
            f"{method}: chosen at an end of the range searched, where a better one may lie beyond: {', '.join(values)}"
        )
    return found


def offset_lines(offsets: pd.DataFrame) -> list[str]:
    """Say which cruises stand out by their offset from all others, and where a proposal of decisions on them lies.

    Parameters
    ----------
    offsets : DataFrame
        As from `oxygen_recon.evaluation.cruise_offsets.cruise_offsets`.

    Returns
    -------
    list of str
        One line; nothing where no cruise could be tested.

    Examples
    --------
    >>> columns = {"cruise": ["A"], "offset": [-52.1], "q": [0.001], "significant": [True], "whole": [True]}
    >>> print(*offset_lines(pd.DataFrame(columns)))
    1 of 1 cruises tested stands out by its offset from all others: A -52 umol/kg; proposal: validate/cruise_notes.csv
    """
    tested = offsets[offsets["q"].notna()]
    if tested.empty:
        return []
    out = tested[tested["significant"].astype(bool)]
    if out.empty:
        return [f"none of {len(tested):,} cruises tested stands out by its offset from all others"]
    named = [f"{one.cruise} {one.offset:+.0f}" for one in out.itertuples()]
    more = f" and {len(named) - _MOST_CRUISES} more" if len(named) > _MOST_CRUISES else ""
    stand = "stands out by its offset" if len(named) == 1 else "stand out by their offset"
    line = f"{len(named)} of {len(tested):,} cruises tested {stand} from all others: {', '.join(named[:_MOST_CRUISES])}"
    known = (
        "" if tested["whole"].astype(bool).mean() > 0.5 else "; folds left their other casts known: they are farther"
    )
    return [f"{line} umol/kg{more}{known}; proposal: validate/cruise_notes.csv"]
