"""The page of a run: results first, then skill, observations and their quality control, files, provenance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from oxygen_recon.report.html import render
from oxygen_recon.report.run.drawn import Drawn
from oxygen_recon.report.run.headlines import Headlines
from oxygen_recon.report.run.skill import Skill, by_class
from oxygen_recon.report.skill_table import rankings
from oxygen_recon.report.table import Table, counts_table
from qc.errors import InputError
from qc.files import replacing


def write(
    directory: Path,
    title: str,
    question: str,
    facts: Mapping[str, object],
    found: Headlines,
    skill: Skill,
    figures: Sequence[Drawn],
    counts: pd.DataFrame,
    accepted: pd.DataFrame,
    files: Sequence[tuple[str, str]],
    notes: Sequence[str],
) -> Path:
    """Write the page of a run; it is complete or absent.

    Parameters
    ----------
    directory : Path
        Folder of the page and its figures.
    title, question : str
        Name of the run, and the question it answers.
    facts : mapping of str to object
        Provenance: hashes, commit, seed, versions, citations. A list or tuple is shown item by item, a mapping as
        "name: value".
    found : Headlines
        What changed.
    skill : Skill
        Scores; their tables may be empty.
    figures : sequence of Drawn
        Files in `directory`, in the order of the page.
    counts : DataFrame
        Counts of observations by flag and failed check, one row a source (index); may be empty.
    accepted : DataFrame
        As from `oxygen_recon.dataset.acceptance.count_accepted`; may be empty.
    files : sequence of (str, str)
        Files of the run: their path from `directory`, and what they hold.
    notes : sequence of str
        Caveats, one or two sentences each.

    Returns
    -------
    Path
        `directory`/index.html.

    Raises
    ------
    InputError
        If a figure is missing or lies elsewhere, two have the same file name, or the skill table lacks a needed column.
    """
    _check(directory, figures)
    text = render(
        "run_report.html",
        title=title,
        question=question,
        found=found,
        counts=counts_table(counts),
        accepted=None if accepted.empty else _accepted_table(accepted),
        rankings=[] if skill.own.empty else rankings(skill.own),
        remarks=skill.remarks,
        overall=skill.tables(),
        by_class=by_class(skill.by_class),
        notes=notes,
        facts=facts,
        files=files,
        figures={name: [one for one in figures if one.section == name] for name in ("results", "skill", "data")},
    )
    page = directory / "index.html"
    with replacing(page) as partial:
        partial.write_text(text, encoding="utf-8")
    return page


def _accepted_table(counts: pd.DataFrame) -> Table:
    """Lay out which levels the accepted flags let in."""
    rows = [
        (str(one.archive), str(one.archive_flag), str(one.flag), f"{one.levels:,}", "yes" if one.accepted else "no")
        for one in counts.itertuples()
    ]
    return Table.of_text(["archive", "flag of the archive", "flag", "levels", "let in"], rows)


def caveats(at_casts: bool, truth_known: bool, beyond: float = 0.0, products: Sequence[str] = ()) -> list[str]:
    """Return what a reader of the page must keep in mind.

    Parameters
    ----------
    at_casts : bool
        Whether held-out casts keep their own temperature and salinity.
    truth_known : bool
        Whether never-sampled cells are compared with a known field.
    beyond : float
        Share of the field that is farther from observations than any held-out point.
    products : sequence of str
        Names of fields that others made and that are scored: products, a background.

    Returns
    -------
    list of str
        One or two sentences each.
    """
    notes = [
        "The standard error combines the error of the fold models, calibrated on held-out observations by depth and by "
        "distance and time to the nearest ones, with their spread. Within classes of these it holds as the tables of "
        "skill by class show.",
        "The range of the mean, and that of the oxygen minimum zones where no members were drawn, shift the whole "
        "field by one standard error (errors fully correlated): they are upper bounds. Intervals of members are not: "
        "on a twin ocean those of 90 % held the true trend of areas and volumes of low oxygen in four fifths of cases.",
    ]
    if beyond:
        notes[0] += (
            f" {100 * beyond:.1f} % of the field is farther from observations than any held-out point: the "
            "calibration is continued there by its trend, never to smaller errors, and cannot be verified."
        )
    if at_casts:
        notes.append(
            "Held-out casts keep their own temperature and salinity as input. Steps without any use their climatology; "
            "errors there are larger than the table shows."
        )
    if products:
        notes.append(
            f"{', '.join(products)}: what others made may have seen the casts that are held out here. Where it "
            "has, its scores at them are optimistic."
        )
    if truth_known:
        notes.append("Never-sampled cells are compared with a synthetic or gap-filled field, not with measurements.")
    return notes


def _check(directory: Path, figures: Sequence[Drawn]) -> None:
    """Refuse figures that the page could not show."""
    names = [one.path.name for one in figures]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"two figures are called {', '.join(twice)}", "report", "give each its own file name")
    for one in figures:
        for path in (one.path, one.vector):
            if not path.is_file() or path.parent.resolve() != directory.resolve():
                raise InputError("no such figure", str(path), f"draw it in {directory} before the report is written")
