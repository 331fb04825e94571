"""The page of a run: its input observations, skill, results and provenance."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from oxygen_recon.report.html import CaptionedFigures, render
from oxygen_recon.report.run.skill import Skill, by_class
from oxygen_recon.report.skill_table import rankings
from oxygen_recon.report.table import Table, counts_table
from qc.errors import InputError
from qc.files import replacing

# Figures of the sections "input" and "skill", by the beginning of their file names; all others are results.
_INPUT, _SKILL = ("coverage",), ("skill", "residuals", "truth")


def write(
    directory: Path,
    title: str,
    question: str,
    facts: Mapping[str, object],
    skill: Skill,
    figures: CaptionedFigures,
    counts: pd.DataFrame,
    accepted: pd.DataFrame,
    notes: Sequence[str],
) -> Path:
    """Write the page of a run; it is complete or absent.

    Parameters
    ----------
    directory : Path
        Folder of the page; figures from elsewhere are copied into it.
    title, question : str
        Name of the run, and the question it answers.
    facts : mapping of str to object
        Provenance: hashes, commit, seed, versions, citations. A list or tuple is shown item by item, a mapping as
        "name: value".
    skill : Skill
        Scores; their tables may be empty.
    figures : sequence of (Path, str)
        PNG files with captions, in the order of the page. A file whose name begins with "coverage" belongs to the
        input, with "skill", "residuals" or "truth" to the skill, any other to the results.
    counts : DataFrame
        Counts of observations by flag and failed check, one row a source (index); may be empty.
    accepted : DataFrame
        As from `oxygen_recon.dataset.acceptance.count_accepted`; may be empty.
    notes : sequence of str
        Caveats, one or two sentences each.

    Returns
    -------
    Path
        `directory`/index.html.

    Raises
    ------
    InputError
        If a figure is missing, two have the same file name, or the skill table lacks a needed column.
    """
    text = render(
        "run_report.html",
        title=title,
        question=question,
        counts=counts_table(counts),
        accepted=None if accepted.empty else _accepted_table(accepted),
        rankings=[] if skill.own.empty else rankings(skill.own),
        remarks=skill.remarks,
        overall=skill.tables(),
        by_class=by_class(skill.by_class),
        notes=notes,
        facts=facts,
        input_figures=[(path, caption) for path, caption in figures if path.name.startswith(_INPUT)],
        skill_figures=[(path, caption) for path, caption in figures if path.name.startswith(_SKILL)],
        result_figures=[(path, caption) for path, caption in figures if not path.name.startswith(_INPUT + _SKILL)],
    )
    _copy(directory, figures)
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


def caveats(at_casts: bool, truth_known: bool, beyond: float = 0.0) -> list[str]:
    """Return what a reader of the page must keep in mind.

    Parameters
    ----------
    at_casts : bool
        Whether held-out casts keep their own temperature and salinity.
    truth_known : bool
        Whether never-sampled cells are compared with a known field.
    beyond : float
        Share of the field that is farther from observations than any held-out point.

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
        "field by one standard error (errors fully correlated): they are upper bounds. Intervals of members are not.",
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
    if truth_known:
        notes.append("Never-sampled cells are compared with a synthetic or gap-filled field, not with measurements.")
    return notes


def _copy(directory: Path, figures: CaptionedFigures) -> None:
    """Copy every figure into the folder of the page."""
    names = [path.name for path, _ in figures]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"two figures are called {', '.join(twice)}", "report", "give each its own file name")
    for path, _ in figures:
        if not path.is_file():
            raise InputError("no such figure", str(path), "draw it before the report is written")
        if path.resolve() != (directory / path.name).resolve():
            with replacing(directory / path.name) as partial:
                shutil.copyfile(path, partial)
