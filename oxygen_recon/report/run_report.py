"""The report: one page without scripts and without the network that says what was asked, done and found."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path

import pandas as pd

from oxygen_recon.report import html as page
from oxygen_recon.report.html import Figures
from oxygen_recon.report.skill_table import Board, by_layer, overall, verdicts
from qc.errors import InputError
from qc.files import replacing

# Figures beside what went in and beside the judgement, by how their file names begin; all others are results.
_INPUT, _JUDGED = ("coverage",), ("skill", "residuals", "truth")


def write(
    directory: Path,
    title: str,
    question: str,
    facts: Mapping[str, object],
    skill: pd.DataFrame,
    figures: Figures,
    tallies: pd.DataFrame,
    notes: Sequence[str],
) -> Path:
    """Write the report of a run, whole or not at all.

    Parameters
    ----------
    directory : Path
        Folder of the report; figures that lie elsewhere are copied into it.
    title, question : str
        What the run is called and what it asks.
    facts : mapping of str to object
        Provenance: hashes, commit, seed, versions, citations; a list or tuple is shown item by item, a mapping as
        "name: value" each.
    skill : DataFrame
        split, method, optionally layer, and scores as `oxygen_recon.report.skill_table` knows them; several rows a
        method, split and layer (seeds) are shown as mean ± standard deviation; may be empty.
    figures : sequence of (Path, str)
        PNG files with captions, in the order of the page. A file whose name begins with "coverage" stands beside what
        went in, with "skill", "residuals" or "truth" beside the judgement, any other among the results.
    tallies : DataFrame
        Counts of observations by quality, a row a source (index); may be empty.
    notes : sequence of str
        Caveats, one sentence or two each.

    Returns
    -------
    Path
        `directory`/index.html.

    Raises
    ------
    InputError
        If a figure is missing, two share a file name, or the skill table lacks a needed column.
    """
    sections = [
        ("input", "What went in", page.tally(tallies) + page.pictures(_chosen(figures, _INPUT))),
        ("skill", "How good it is", _judgement(skill, notes) + page.pictures(_chosen(figures, _JUDGED))),
        ("results", "What came out", page.pictures(_chosen(figures, None)) or "<p>No figure was drawn.</p>"),
        ("provenance", "Provenance", page.definitions(facts)),
    ]
    text = page.page(title, question, sections)
    _bring(directory, figures)
    path = directory / "index.html"
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")
    return path


def _chosen(figures: Figures, words: tuple[str, ...] | None) -> Figures:
    """Take the figures whose names begin with one of the words; without words those that belong nowhere else."""
    if words is None:
        return [(path, text) for path, text in figures if not path.name.startswith(_INPUT + _JUDGED)]
    return [(path, text) for path, text in figures if path.name.startswith(words)]


def _bring(directory: Path, figures: Figures) -> None:
    """Put every figure beside the page."""
    names = [path.name for path, _ in figures]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"two figures are called {', '.join(twice)}", "report", "give each its own file name")
    for path, _ in figures:
        if not path.is_file():
            raise InputError("no such figure", str(path), "draw it before the report is written")
        if path.resolve() != (directory / path.name).resolve():
            with replacing(directory / path.name) as partial:
                shutil.copyfile(path, partial)


def _judgement(skill: pd.DataFrame, notes: Sequence[str]) -> str:
    parts = []
    if skill.empty:
        parts.append("<p>Nothing was held out, so nothing can be said about the error.</p>")
    else:
        parts += ["<ul>", *(f"<li>{escape(text)}</li>" for text in verdicts(skill)), "</ul>"]
        parts += [_scores(split, table) for split, table in overall(skill).items()]
        parts.append("<p>Bold: best in its column. Bias is best near 0, coverage near what its name says.</p>")
        layers = [_scores(name, table) for name, table in by_layer(skill).items()]
        if layers:
            parts += ["<details>", "<summary>The same by depth</summary>", *layers, "</details>"]
    if notes:
        parts += ["<h3>Caveats</h3>", "<ul>", *(f"<li>{escape(text)}</li>" for text in notes), "</ul>"]
    return "\n".join(parts)


def _scores(name: str, board: Board) -> str:
    rows: list[list[page.Cell]] = [[method, *row] for method, row in zip(board.methods, board.cells)]
    return f"<h3>{escape(name)}</h3>\n" + page.grid(["method", *board.columns], rows)
