"""Templates escape text, miss no value, and show every kind of fact."""

from pathlib import Path

import pytest
from jinja2 import UndefinedError

from oxygen_recon.report.html import render
from oxygen_recon.report.run.drawn import Drawn
from oxygen_recon.report.run.headlines import Headlines
from oxygen_recon.report.table import Cell, Column, Table
from tests.support.pages import Page

RUN = {
    "title": "T", "question": "Q", "counts": None, "accepted": None, "rankings": [], "remarks": [], "overall": {},
    "by_class": {}, "notes": [], "facts": {}, "files": [], "found": Headlines([], None, ""),
    "figures": {"results": [], "skill": [], "data": []},
}  # fmt: skip


def test_a_missing_value_is_an_error():
    with pytest.raises(UndefinedError, match="facts"):
        render("run_report.html", **{name: value for name, value in RUN.items() if name != "facts"})


def test_facts_are_values_lists_or_mappings():
    facts = {"seed": 3, "data": ["a", "b"], "versions": {"numpy": "2"}, "nothing": [], "commit": "abc"}
    text = render("run_report.html", **(RUN | {"facts": facts}))
    Page(text)
    assert "<dt>seed</dt><dd>3</dd>" in text and "<dt>commit</dt><dd>abc</dd>" in text
    assert "<dd><ul><li>a</li><li>b</li></ul></dd>" in text and "<li>numpy: 2</li>" in text
    assert "<dt>nothing</dt><dd>–</dd>" in text


def test_tables_have_units_row_headings_and_prose():
    table = Table(
        (Column("check"), Column("values", ""), Column("source", prose=True)),
        ((Cell("a<b"), Cell("3", True), Cell("x & y")),),
    )
    text = render("run_report.html", **(RUN | {"counts": table}))
    Page(text)
    assert '<th scope="col">check</th>' in text and '<span class="unit">\u00a0</span>' in text
    assert '<th scope="row">a&lt;b</th><td><strong>3</strong></td><td class="words">x &amp; y</td>' in text


def test_figures_have_alternative_texts():
    drawn = Drawn("results", Path("x/a b.png"), Path("x/a b.svg"), 'Maps of "oxygen"')
    figures = {"results": [drawn], "skill": [], "data": []}
    parsed = Page(render("run_report.html", **(RUN | {"figures": figures})))
    assert parsed.all("img") == [{"src": "a%20b.png", "alt": 'Maps of "oxygen"'}]
