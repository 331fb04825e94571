"""The page of a quality control: what each check found, in which cruises, with examples."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from oxygen_recon.report.figures.casts import ProfileExample
from oxygen_recon.report.html import render
from oxygen_recon.report.quality_examples import (
    EXAMPLES,
    cast_positions,
    draw_examples,
    draw_map,
    on_profiles,
    profile_examples,
)
from oxygen_recon.report.table import Column, Table, counts_table
from qc.battery import counts
from qc.battery.battery import Battery
from qc.errors import InputError
from qc.files import replacing
from qc.table import schema
from qc.types import IsLand

_COLUMNS = [
    "source", "file", "cast", "cruise", "platform", "instrument", "latitude", "longitude", "time", "pressure", "depth",
    "oxygen", "oxygen_flag", "oxygen_checks", "oxygen_original_unit", "duplicate_of",
]  # fmt: skip
_STATES = ["levels", "good", "good_once", "suspect", "bad", "missing", "not_evaluated", "constant_density", "duplicate"]
_LABELS = {
    "good_once": "good, duplicates not counted",
    counts.OWN: "archive's own flag",
    counts.EXPERT: "flagged by an expert",
    "rejected": "suspect or bad",
}
_FROM_ONE_FILE = 2  # examples a check from one file at most, where there are several files
_CRUISES, _LEAST_VALUES = 25, 20  # cruises listed; values that a cruise needs to be listed


@dataclass(frozen=True)
class _Findings:
    """What the parts of a table hold: counts by source and cruise, casts, examples by check."""

    by_source: pd.DataFrame
    by_cruise: pd.DataFrame
    casts: pa.Table
    examples: dict[str, list[ProfileExample]]


def write(parts: Iterable[Path], checks: Battery, directory: Path, title: str, is_land: IsLand | None = None) -> Path:
    """Write the page of a quality control, reading one part after the other; it is complete or absent.

    Parameters
    ----------
    parts : iterable of Path
        Parquet files of observations with flags.
    checks : Battery
        The battery that set the flags.
    directory : Path
        Folder of the page and its figures; an older one is replaced.
    title : str
        Title of the page.
    is_land : callable, optional
        (degrees north, degrees east) to mask; without it no land is drawn.

    Returns
    -------
    Path
        `directory`/index.html.

    Raises
    ------
    qc.errors.InputError
        If a part is no observation table, or there is none.
    """
    paths = list(parts)
    if not paths:
        raise InputError("no parts to draw", str(directory), "run qc first")
    found = _findings(paths, checks)
    reasons = counts.rejecting_columns(checks)
    with replacing(directory) as partial:
        partial.mkdir()
        page = render(
            "quality_report.html",
            title=title,
            question="Which oxygen values were flagged, by which check, and by which rule?",
            map_figures=draw_map(found.casts, is_land, partial),
            levels=counts_table(found.by_source[_STATES].rename(columns=_LABELS)),
            checks=_checks_table(found.by_source, checks),
            by_archive=_archives_table(found.by_source, reasons),
            cruises=_cruises_table(found.by_cruise, reasons),
            example_figures=draw_examples(found.examples, found.casts, checks, is_land, partial),
        )
        (partial / "index.html").write_text(page, encoding="utf-8")
    return directory / "index.html"


def _findings(paths: Sequence[Path], checks: Battery) -> _Findings:
    """Read the parts one after the other."""
    most = _FROM_ONE_FILE if len(paths) > 1 else EXAMPLES
    on_tracks = [check.name for check in checks.running if not on_profiles(check)]
    sources, cruises, casts = [], [], []
    examples: dict[str, list[ProfileExample]] = defaultdict(list)
    for path in paths:
        table = schema.read(path, _COLUMNS)
        by_cast = counts.by_cast(table, checks)
        sources.append(counts.by_name(table, checks))
        cruises.append(counts.by_cruise(by_cast))
        casts.append(cast_positions(by_cast, on_tracks))
        for check in filter(on_profiles, checks.running):
            if (needed := EXAMPLES - len(examples[check.name])) > 0:
                examples[check.name] += profile_examples(table, check, min(most, needed))
    by_cruise, by_source = _sum(cruises), _sum(sources)
    by_source[["good_once", counts.OWN]] = by_cruise[["good_once", counts.OWN]].groupby(level=0).sum()
    return _Findings(by_source, by_cruise, pa.concat_tables(casts).unify_dictionaries(), examples)


def _sum(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Sum counts of the same index."""
    return pd.concat(tables).groupby(level=list(range(tables[0].index.nlevels))).sum()


def _checks_table(by_source: pd.DataFrame, checks: Battery) -> Table:
    """Return what each check does and how many values failed it."""
    values = float(by_source["levels"].sum() - by_source["missing"].sum())
    own = int(by_source[counts.OWN].sum())
    source = "suspect or bad in the archive, and no check failed"
    rows = [[_LABELS[counts.OWN], "as in the archive", f"{own:,}", _percent(own, values), source]]
    for check in checks.running:
        failed = int(by_source[check.name].sum())
        effect = "as decided" if check.name == counts.EXPERT else check.effect
        rows.append(
            [_LABELS.get(check.name, check.name), effect, f"{failed:,}", _percent(failed, values), check.source]
        )
    source_column = Column("source of rule and thresholds", prose=True)
    return Table.of_text(["check", "sets the flag to", "values", "share of all", source_column], rows)


def _archives_table(by_source: pd.DataFrame, reasons: Sequence[str]) -> Table | None:
    """Return the suspect and bad values of each archive and their reasons."""
    rejected = by_source.assign(rejected=by_source["suspect"] + by_source["bad"])[["rejected", *reasons]]
    return counts_table(rejected.rename(columns=_LABELS))


def _cruises_table(by_cruise: pd.DataFrame, reasons: Sequence[str]) -> Table:
    """Return the cruises with the largest share of suspect or bad values and the three main reasons."""
    values = by_cruise["levels"] - by_cruise["missing"]
    share = (by_cruise["suspect"] + by_cruise["bad"]) / values.where(values >= _LEAST_VALUES)
    worst = share[share > 0].sort_values(ascending=False, kind="stable").index[:_CRUISES]
    rows = []
    for name in worst:
        line, n = by_cruise.loc[name], float(values[name])
        found = sorted(((int(line[reason]), reason) for reason in reasons if line[reason] > 0), reverse=True)
        why = ", ".join(f"{_percent(number, n)} {_LABELS.get(reason, reason)}" for number, reason in found[:3])
        rows.append(["/".join(name), f"{n:,.0f}", _percent(float(share[name]) * n, n), why])
    why_column = Column("share of all values by reason", prose=True)
    return Table.of_text(["cruise or float", "values", "suspect or bad", why_column], rows)


def _percent(part: float, whole: float) -> str:
    """Write a share with two or three digits, without a power of ten; only all is 100 %."""
    share = 100.0 * part / whole if whole else np.nan
    if not np.isfinite(share):
        return "–"
    if 0.0 < share < 0.01:
        return "< 0.01 %"
    if 99.0 <= share < 100.0:
        return f"{np.floor(share * 10.0) / 10.0:.1f} %"
    digits = 1 - int(np.floor(np.log10(share))) if share else 0
    return f"{share:.{max(digits, 0)}f} %"
