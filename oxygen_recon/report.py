"""The report: one page without scripts and without the network that says what was asked, done and found."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pandas as pd

from oxygen_recon.atomic import replacing
from oxygen_recon.errors import Mistake
from oxygen_recon.scoreboard import Board, by_layer, overall, verdicts

Figures = Sequence[tuple[Path, str]]

# Figures beside what went in and beside the judgement, by how their file names begin; all others are results.
_INPUT, _JUDGED = ("coverage",), ("skill", "residuals", "truth")

_STYLE = """
:root { color-scheme: light; }
body { margin: 0 auto; max-width: 62rem; padding: 1.5rem 1.2rem 4rem; background: #fff; color: #1c2430;
  font: 1rem/1.55 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.7rem; line-height: 1.25; margin: 0 0 .3rem; }
h2 { font-size: 1.25rem; margin: 2.6rem 0 .6rem; padding-top: .7rem; border-top: 1px solid #ccd4de; }
h3 { font-size: 1rem; margin: 1.4rem 0 .4rem; }
nav a { margin-right: 1rem; } a { color: #00588a; }
.question { font-size: 1.1rem; color: #38465a; margin: .2rem 0 1rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; margin: .4rem 0 1rem; font-variant-numeric: tabular-nums; }
th, td { padding: .28rem .8rem .28rem 0; text-align: right; border-bottom: 1px solid #e3e8ee; white-space: nowrap; }
th:first-child { text-align: left; font-weight: 500; } 
thead th { border-bottom: 1.5px solid #1c2430; font-weight: 600; } thead th:first-child { font-weight: 600; }
.unit { display: block; font-weight: 400; font-size: .78rem; color: #5a6778; }
figure { margin: 1.4rem 0 2rem; } img { max-width: 100%; height: auto; }
figcaption { font-size: .92rem; color: #38465a; max-width: 50rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; font-size: .92rem; }
dt { color: #5a6778; } dd { margin: 0; overflow-wrap: anywhere; } dd ul { margin: 0; padding-left: 1.1rem; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; } }
"""


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
        split, method, optionally layer, and scores as `oxygen_recon.scoreboard` knows them; several rows a method,
        split and layer (seeds) are shown as mean ± standard deviation; may be empty.
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
    Mistake
        If a figure is missing, two share a file name, or the skill table lacks a needed column.
    """
    sections = [
        ("input", "What went in", _tally(tallies) + _pictures(_chosen(figures, _INPUT))),
        ("skill", "How good it is", _judgement(skill, notes) + _pictures(_chosen(figures, _JUDGED))),
        ("results", "What came out", _pictures(_chosen(figures, None)) or "<p>No figure was drawn.</p>"),
        ("provenance", "Provenance", _definitions(facts)),
    ]
    page = _page(title, question, sections)
    _bring(directory, figures)
    path = directory / "index.html"
    with replacing(path) as partial:
        partial.write_text(page, encoding="utf-8")
    return path


def _page(title: str, question: str, sections: list[tuple[str, str, str]]) -> str:
    links = "".join(f'<a href="#{name}">{escape(heading)}</a>' for name, heading, _ in sections)
    body = "\n".join(
        f'<section id="{name}">\n<h2>{escape(heading)}</h2>\n{content}\n</section>'
        for name, heading, content in sections
    )
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<header>\n<h1>{escape(title)}</h1>\n<p class="question">{escape(question)}</p>\n'
        f"<nav>{links}</nav>\n</header>\n"
        f"<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def _chosen(figures: Figures, words: tuple[str, ...] | None) -> Figures:
    """Take the figures whose names begin with one of the words; without words those that belong nowhere else."""
    if words is None:
        return [(path, text) for path, text in figures if not path.name.startswith(_INPUT + _JUDGED)]
    return [(path, text) for path, text in figures if path.name.startswith(words)]


def _pictures(figures: Figures) -> str:
    return "\n".join(
        f'<figure>\n<img src="{escape(quote(path.name))}" alt="{escape(caption)}">\n'
        f"<figcaption>{escape(caption)}</figcaption>\n</figure>"
        for path, caption in figures
    )


def _bring(directory: Path, figures: Figures) -> None:
    """Put every figure beside the page."""
    names = [path.name for path, _ in figures]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise Mistake(f"two figures are called {', '.join(twice)}", "report", "give each its own file name")
    for path, _ in figures:
        if not path.is_file():
            raise Mistake("no such figure", str(path), "draw it before the report is written")
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
    head = "".join(
        f'<th scope="col">{escape(label)}<span class="unit">{escape(unit) or "&nbsp;"}</span></th>'
        for label, unit in board.columns
    )
    rows = "".join(
        f'<tr><th scope="row">{escape(method)}</th>'
        + "".join(f"<td><strong>{escape(t)}</strong></td>" if best else f"<td>{escape(t)}</td>" for t, best in row)
        + "</tr>\n"
        for method, row in zip(board.methods, board.cells)
    )
    return (
        f'<h3>{escape(name)}</h3>\n<div class="wide"><table>\n'
        f'<thead><tr><th scope="col">method</th>{head}</tr></thead>\n'
        f"<tbody>\n{rows}</tbody>\n</table></div>"
    )


def _tally(tallies: pd.DataFrame) -> str:
    """Set sources side by side, one row a count, with their sum; counts that are zero everywhere are left out."""
    if tallies.empty:
        return "<p>No tally of observations was made.</p>"
    table = tallies.select_dtypes("number").T
    table = table[(table != 0).any(axis=1)]
    if table.shape[1] > 1:
        table["all"] = table.sum(axis=1)
    head = "".join(f'<th scope="col">{escape(str(name))}</th>' for name in table.columns)
    rows = "".join(
        f'<tr><th scope="row">{escape(str(name).replace("_", " "))}</th>'
        + "".join(f"<td>{_count(value)}</td>" for value in row)
        + "</tr>\n"
        for name, row in zip(table.index, table.itertuples(index=False, name=None))
    )
    return (
        '<div class="wide"><table>\n'
        f'<thead><tr><th scope="col">{escape(str(tallies.index.name or "count"))}</th>{head}</tr></thead>\n'
        f"<tbody>\n{rows}</tbody>\n</table></div>"
    )


def _count(value: float) -> str:
    if not np.isfinite(value):
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"


def _definitions(facts: Mapping[str, object]) -> str:
    if not facts:
        return "<p>Nothing was recorded.</p>"
    items = "".join(f"<dt>{escape(str(name))}</dt><dd>{_value(value)}</dd>\n" for name, value in facts.items())
    return f"<dl>\n{items}</dl>"


def _value(value: object) -> str:
    if isinstance(value, Mapping):
        value = [f"{name}: {item}" for name, item in value.items()]
    if isinstance(value, list | tuple):
        return "<ul>" + "".join(f"<li>{escape(str(item))}</li>" for item in value) + "</ul>" if value else "–"
    return escape(str(value))
