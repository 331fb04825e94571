"""The bricks of a page: plain HTML without scripts and without the network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pandas as pd

Figures = Sequence[tuple[Path, str]]
Head = str | tuple[str, str]
Cell = str | tuple[str, bool]

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
td.words, th.words { text-align: left; white-space: normal; min-width: 18rem; }
thead th { border-bottom: 1.5px solid #1c2430; font-weight: 600; } thead th:first-child { font-weight: 600; }
.unit { display: block; font-weight: 400; font-size: .78rem; color: #5a6778; }
figure { margin: 1.4rem 0 2rem; } img { max-width: 100%; height: auto; }
figcaption { font-size: .92rem; color: #38465a; max-width: 50rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.2rem; font-size: .92rem; }
dt { color: #5a6778; } dd { margin: 0; overflow-wrap: anywhere; } dd ul { margin: 0; padding-left: 1.1rem; }
@media (max-width: 40rem) { dl { grid-template-columns: 1fr; } dd { margin-bottom: .5rem; } }
"""


def page(title: str, question: str, sections: Sequence[tuple[str, str, str]]) -> str:
    """Set sections under each other, with links to them above.

    Parameters
    ----------
    title, question : str
        Heading, and the line below it.
    sections : sequence of (name, heading, HTML)

    Returns
    -------
    str
        A whole HTML document.
    """
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


def pictures(figures: Figures) -> str:
    """Show figures that lie beside the page, each with its caption."""
    return "\n".join(
        f'<figure>\n<img src="{escape(quote(path.name))}" alt="{escape(caption)}">\n'
        f"<figcaption>{escape(caption)}</figcaption>\n</figure>"
        for path, caption in figures
    )


def tally(tallies: pd.DataFrame) -> str:
    """Set sources side by side, one row a count, with their sum; counts that are zero everywhere are left out."""
    if tallies.empty:
        return "<p>No tally of observations was made.</p>"
    table = tallies.select_dtypes("number").T
    table = table[(table != 0).any(axis=1)]
    if table.shape[1] > 1:
        table["all"] = table.sum(axis=1)
    rows = [[str(name).replace("_", " "), *map(_count, row)] for name, row in zip(table.index, table.to_numpy())]
    return grid([str(tallies.index.name or "count"), *map(str, table.columns)], rows)


def grid(head: Sequence[Head], rows: Sequence[Sequence[Cell]], words: Sequence[str] = ()) -> str:
    """Lay out a table; the first entry of a row is its heading.

    Parameters
    ----------
    head : sequence of str or (str, str)
        Names of the columns, or names and units.
    rows : sequence of sequence of str or (str, bool)
        Plain text, or text and whether it is the best of its column.
    words : sequence of str
        Columns that hold prose: set from the left and broken into lines.

    Returns
    -------
    str
        HTML.
    """
    kind = [' class="words"' if name in words else "" for name in head]
    top = "".join(f'<th scope="col"{k}>{_head(name)}</th>' for name, k in zip(head, kind))
    body = "".join(
        f'<tr><th scope="row">{_cell(first)}</th>'
        + "".join(f"<td{k}>{_cell(cell)}</td>" for cell, k in zip(rest, kind[1:]))
        + "</tr>\n"
        for first, *rest in rows
    )
    return f'<div class="wide"><table>\n<thead><tr>{top}</tr></thead>\n<tbody>\n{body}</tbody>\n</table></div>'


def _head(name: Head) -> str:
    if isinstance(name, str):
        return escape(name)
    return f'{escape(name[0])}<span class="unit">{escape(name[1]) or "&nbsp;"}</span>'


def _cell(cell: Cell) -> str:
    text, best = (cell, False) if isinstance(cell, str) else cell
    return f"<strong>{escape(text)}</strong>" if best else escape(text)


def _count(value: float) -> str:
    if not np.isfinite(value):
        return "–"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.4g}"


def definitions(facts: Mapping[str, object]) -> str:
    """List facts by name; a list or tuple is shown item by item, a mapping as "name: value" each."""
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
