"""The page is valid, complete, harmless with any text, and whole or absent."""

from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from oxygen_recon.pipeline.summary import _layer
from oxygen_recon.report.run_report import write
from oxygen_recon.report.skill_table import by_layer, overall, verdicts
from qc.errors import InputError

VOID = {"meta", "img", "br", "link", "hr", "input"}


class Page(HTMLParser):
    """Collects tags and text; refuses tags that do not close in order."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.text = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attrs for name, attrs in self.tags if name == tag]


SKILL = pd.DataFrame(
    {
        "split": ["held-out cruises"] * 3 + ["cells"] * 2,
        "method": ["graph", "extra_trees", "climate_model", "graph", "extra_trees"],
        "layer": "all",
        "n": [1234.0, 1234.0, 1234.0, 99.0, 99.0],
        "bias": [-0.5, 0.4, 9.0, 0.001, -0.002],
        "RMSE": [10.0, 12.0, 20.0, 8.0, 8.1],
        "R2": [0.9, 0.8, 0.3, 0.95, 0.96],
        "coverage_68": [0.60, 0.70, np.nan, 0.9, 0.68],
        "RMSE_spread": [0.5, 0.6, np.nan, 0.5, 0.4],
    }
)
TALLY = pd.DataFrame(
    {"levels": [1000, 20], "not_evaluated": [0, 0], "spike": [3, 0]}, index=pd.Index(["wod", "argo"], name="source")
)


def page(folder, **changes):
    pieces = {
        "title": "Twin", "question": "Why?", "facts": {"seed": 3}, "skill": SKILL, "figures": [], "tallies": TALLY,
        "notes": [],
    } | changes  # fmt: skip
    return write(folder, **pieces)


def picture(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + path.name.encode())
    return path


def test_the_page_needs_nothing_but_its_folder(tmp_path):
    made = [(picture(tmp_path / "elsewhere" / "maps 1.png"), "Maps"), (picture(tmp_path / "report" / "skill.png"), "S")]
    path = page(tmp_path / "report", figures=made)
    assert path == tmp_path / "report" / "index.html"
    parsed = Page(path.read_text(encoding="utf-8"))
    assert not parsed.all("script") and not parsed.all("link")
    assert {image["src"] for image in parsed.all("img")} == {"maps%201.png", "skill.png"}
    assert all(image["alt"] for image in parsed.all("img"))
    assert all(link["href"].startswith("#") for link in parsed.all("a"))
    assert {file.name for file in path.parent.iterdir()} == {"index.html", "maps 1.png", "skill.png"}
    assert (path.parent / "maps 1.png").read_bytes() == made[0][0].read_bytes()
    assert "url(" not in path.read_text() and "@import" not in path.read_text()


def test_links_lead_to_sections_and_figures_stand_in_theirs(tmp_path):
    names = ["maps.png", "coverage.png", "residuals.png", "omz_area.png"]
    text = page(tmp_path, figures=[(picture(tmp_path / name), name) for name in names]).read_text()
    parsed = Page(text)
    assert [link["href"][1:] for link in parsed.all("a")] == [section["id"] for section in parsed.all("section")]
    order = [
        "coverage.png",
        'id="skill"',
        "residuals.png",
        'id="results"',
        "maps.png",
        "omz_area.png",
        'id="provenance"',
    ]
    found = [text.index(word) for word in order]
    assert found == sorted(found)


def test_every_text_is_escaped(tmp_path):
    nasty = '<script>alert("1")</script>&amp;'
    parsed = Page(
        page(
            tmp_path,
            title=nasty,
            question=nasty,
            facts={nasty: nasty, "list": [nasty], "versions": {nasty: nasty}},
            skill=SKILL.assign(method=nasty),
            figures=[(picture(tmp_path / "a&b'<.png"), nasty)],
            tallies=TALLY.set_axis([nasty, "b"], axis=0).rename(columns={"levels": nasty}),
            notes=[nasty],
        ).read_text(encoding="utf-8")
    )
    assert not parsed.all("script")
    assert "".join(parsed.text).count(nasty) >= 10
    assert parsed.all("img") == [{"src": "a%26b%27%3C.png", "alt": nasty}]


@settings(max_examples=25, deadline=None)
@given(text=st.text(st.characters(blacklist_categories=("Cs", "Cc"))))
def test_any_text_comes_back_as_it_was(tmp_path_factory, text):
    parsed = Page(page(tmp_path_factory.mktemp("page"), notes=[text, "end"]).read_text(encoding="utf-8"))
    assert text in "".join(parsed.text)


def test_best_values_are_bold_and_missing_ones_are_no_number(tmp_path):
    boards = overall(SKILL)
    cells = dict(zip([name for name, _ in boards["held-out cruises"].columns], zip(*boards["held-out cruises"].cells)))
    assert cells["n"] == (("1,234", False),) * 3
    assert cells["bias"] == (("-0.50", False), ("+0.40", True), ("+9.00", False))
    assert cells["RMSE"] == (("10.00 ± 0.50", True), ("12.00 ± 0.60", False), ("20.00", False))
    assert cells["R²"] == (("0.900", True), ("0.800", False), ("0.300", False))
    assert cells["within 68 % range"] == (("60%", False), ("70%", True), ("–", False))
    assert boards["held-out cruises"].methods == ["graph", "extra trees", "climate model"]
    text = page(tmp_path).read_text(encoding="utf-8")
    assert "<strong>10.00 ± 0.50</strong>" in text and ">nan<" not in text
    assert "µmol kg⁻¹" in text


def test_a_method_alone_is_not_called_best():
    (board,) = overall(SKILL[SKILL["method"] == "climate_model"]).values()
    assert not any(best for row in board.cells for _, best in row)


def test_runs_with_several_seeds_show_mean_and_spread():
    twice = pd.concat([SKILL, SKILL.assign(RMSE=SKILL["RMSE"] + 2.0)])
    board = overall(twice)["cells"]
    assert board.methods == ["graph", "extra trees"]
    assert dict(zip(board.columns, board.cells[0]))["RMSE", "µmol kg⁻¹"] == ("9.00 ± 1.41", True)


def test_layers_stand_apart():
    table = pd.concat([SKILL, SKILL.assign(layer="0-50 m", RMSE=1.0)])
    assert list(by_layer(table)) == ["held-out cruises, 0-50 m", "cells, 0-50 m"]
    assert by_layer(SKILL) == {} and by_layer(SKILL.drop(columns="layer")) == {}
    assert overall(table) == overall(SKILL) == overall(SKILL.drop(columns="layer"))


def test_verdicts_say_plainly_who_is_best_and_when_nobody_is():
    first, second = verdicts(SKILL)
    assert (
        first
        == "held-out cruises: the lowest RMSE is that of graph, 10.00 µmol kg⁻¹, 16.7 % below extra trees (12.00)."
    )
    assert "smaller than the spread" in second and "not told apart" in second
    assert verdicts(SKILL.assign(RMSE=np.nan)) == []
    with pytest.raises(InputError, match="method"):
        verdicts(SKILL.drop(columns="method"))


def test_the_tally_adds_up_and_leaves_out_what_never_happened(tmp_path):
    text = page(tmp_path).read_text(encoding="utf-8")
    assert "<td>1,000</td><td>20</td><td>1,020</td>" in text
    assert "not evaluated" not in text


def test_a_page_of_nothing_is_still_a_page(tmp_path):
    path = page(tmp_path, facts={}, skill=pd.DataFrame(), tallies=pd.DataFrame(), question="")
    text = "".join(Page(path.read_text(encoding="utf-8")).text)
    assert "Nothing was held out" in text and "No tally" in text and "No figure" in text


def test_a_missing_or_doubled_figure_is_refused_and_the_old_page_stays(tmp_path):
    page(tmp_path / "report", title="old")
    with pytest.raises(InputError, match="no such figure"):
        page(tmp_path / "report", figures=[(tmp_path / "none.png", "")])
    same = [(picture(tmp_path / folder / "maps.png"), "") for folder in "ab"]
    with pytest.raises(InputError, match=r"two figures are called maps\.png"):
        page(tmp_path / "report", figures=same)
    assert "old" in (tmp_path / "report" / "index.html").read_text()
    assert [file.name for file in (tmp_path / "report").iterdir()] == ["index.html"]


@pytest.mark.parametrize(("depth", "said"), [([1500.0, 2000.0], ""), ([0.0, 500.0, 2000.0], "levels from 0 to 500 m")])
def test_the_mean_of_the_upper_ocean_is_named_by_its_levels_and_left_out_where_there_are_none(depth, said):
    wet = xr.DataArray(np.ones((len(depth), 2, 2)), {"depth": depth}, ("depth", "latitude", "longitude"))
    assert _layer(xr.Dataset({"wet": wet})) == said
