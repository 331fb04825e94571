"""The page of a quality control: what each check found, in which cruises, with examples."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from oxygen_recon.report.html import render
from oxygen_recon.report.quality_casts import QualityCasts
from oxygen_recon.report.quality_examples import draw_examples, draw_map
from oxygen_recon.report.table import Column, Table, counts_table
from qc.battery import counts
from qc.battery.battery import Battery
from qc.files import replacing
from qc.types import Climatology, IsLand

_STATES = [
    "levels", "good", "good_once", "suspect", counts.INTERPOLATED, "bad", "missing", "not_evaluated",
    "constant_density", "duplicate",
]  # fmt: skip
_OWN = {counts.OWN: "flag of the archive", counts.INTERPOLATED: "interpolated by the archive"}
_LABELS = _OWN | {
    counts.EXPERT: "flagged by an expert",
    "good_once": "good, duplicates not counted",
    "constant_density": "converted at 1025 kg/m³",
    "duplicate": "duplicates",
    "rejected": "suspect or bad",
}
_IN_STATES = _LABELS | {counts.INTERPOLATED: "of these interpolated by the archive"}
_CRUISES, _LEAST_VALUES = 25, 20  # cruises listed; values that a cruise needs to be listed


def write(
    results: Path, checks: Battery, directory: Path, title: str, is_land: IsLand | None = None,
    climatology: Climatology | None = None,
) -> Path:  # fmt: skip
    """Write the page of a quality control; it is complete or absent.

    Counts come from the tables of casts; levels are read of the parts that hold an example only.

    Parameters
    ----------
    results : Path
        Folder of the results, as `oxygen_recon.observations.quality.run` leaves it.
    checks : Battery
        The battery that set the flags.
    directory : Path
        Folder of the page and its figures; an older one is replaced.
    title : str
        Title of the page.
    is_land : callable, optional
        (degrees north, degrees east) to mask; without it no land is drawn.
    climatology : callable, optional
        Mean and standard deviation of oxygen, where values were compared with them.

    Returns
    -------
    Path
        `directory`/index.html.

    Raises
    ------
    qc.errors.InputError
        If a part is no observation table, or there is none.
    """
    casts = QualityCasts(results, checks, climatology)
    by_source, by_cruise = casts.by_source, casts.by_cruise
    reasons = [name for name in counts.rejecting_columns(checks) if name != counts.INTERPOLATED]
    with replacing(directory) as partial:
        partial.mkdir()
        page = render(
            "quality_report.html",
            title=title,
            question="Which oxygen values were flagged, by which check, and by which rule?",
            map_figures=draw_map(casts, is_land, partial),
            levels=counts_table(by_source[_STATES].rename(columns=_IN_STATES)),
            checks=_checks_table(by_source, checks),
            by_archive=_archives_table(by_source, reasons),
            cruises=_cruises_table(by_cruise, reasons),
            example_figures=draw_examples(casts, is_land, partial),
        )
        (partial / "index.html").write_text(page, encoding="utf-8")
    return directory / "index.html"


def _checks_table(by_source: pd.DataFrame, checks: Battery) -> Table:
    """Return what each check does and how many values failed it."""
    values = float(by_source["levels"].sum() - by_source["missing"].sum())
    own = {
        counts.OWN: "suspect or bad in the archive, and no check failed",
        counts.INTERPOLATED: "not measured, and suspect for that alone; left out of the suspect or bad values below",
    }
    rows = []
    for name, source in own.items():
        number = int(by_source[name].sum())
        rows.append([_OWN[name], "as in the archive", f"{number:,}", _percent(number, values), source])
    for check in checks.running:
        failed = int(by_source[check.name].sum())
        effect = "as decided" if check.name == counts.EXPERT else check.effect
        rows.append(
            [_LABELS.get(check.name, check.name), effect, f"{failed:,}", _percent(failed, values), check.source]
        )
    effect_column, source_column = (Column(name, prose=True) for name in ("effect on the flag", "source of the rule"))
    return Table.of_text(["check", effect_column, "values", "share of all values", source_column], rows)


def _archives_table(by_source: pd.DataFrame, reasons: Sequence[str]) -> Table | None:
    """Return the suspect and bad values of each archive and their reasons."""
    number = by_source["suspect"] + by_source["bad"] - by_source[counts.INTERPOLATED]
    rejected = by_source.assign(rejected=number)[["rejected", *reasons]]
    return counts_table(rejected.rename(columns=_LABELS))


def _cruises_table(by_cruise: pd.DataFrame, reasons: Sequence[str]) -> Table:
    """Return the cruises with the largest share of suspect or bad values and the three main reasons."""
    values = by_cruise["levels"] - by_cruise["missing"] - by_cruise[counts.INTERPOLATED]
    rejected = by_cruise["suspect"] + by_cruise["bad"] - by_cruise[counts.INTERPOLATED]
    share = rejected / values.where(values >= _LEAST_VALUES)
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
