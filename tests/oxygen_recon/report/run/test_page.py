"""The page of a run is valid, complete, safe with any text, and complete or absent."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oxygen_recon.report.run.drawn import Drawn
from oxygen_recon.report.run.headlines import Headlines
from oxygen_recon.report.run.page import caveats, write
from oxygen_recon.report.run.skill import Skill
from oxygen_recon.report.table import Table
from qc.errors import InputError
from tests.support.pages import COUNTS, SKILL, Page


def page(folder, **changes):
    pieces = {
        "title": "Twin", "question": "Why?", "facts": {"seed": 3}, "found": Headlines([], None, ""),
        "skill": Skill(SKILL), "figures": [], "counts": COUNTS, "accepted": pd.DataFrame(), "files": [], "notes": [],
    } | changes  # fmt: skip
    return write(folder, **pieces)


def picture(path, section="results", caption="Maps"):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"\x89PNG\r\n\x1a\n")
    vector = path.with_suffix(".svg")
    vector.write_text("<svg/>")
    return Drawn(section, path, vector, caption)


def test_the_page_needs_nothing_but_its_folder(tmp_path):
    made = [picture(tmp_path / "report" / "maps 1.png"), picture(tmp_path / "report" / "skill.png", "skill", "S")]
    path = page(tmp_path / "report", figures=made, files=[("../reconstruct/oxygen.nc", "the field")])
    assert path == tmp_path / "report" / "index.html"
    parsed = Page(path.read_text(encoding="utf-8"))
    assert not parsed.all("script") and not parsed.all("link")
    assert {image["src"] for image in parsed.all("img")} == {"maps%201.png", "skill.png"}
    assert all(image["alt"] for image in parsed.all("img"))
    others = {link["href"] for link in parsed.all("a") if not link["href"].startswith("#")}
    shown = {"maps%201.png", "maps%201.svg", "skill.png", "skill.svg"}
    assert others == shown | {"../reconstruct/oxygen.nc"}
    assert "reconstruct/oxygen.nc" in parsed.text and "the field" in parsed.text
    assert "url(" not in path.read_text() and "@import" not in path.read_text() and "http" not in path.read_text()


def test_results_come_first_and_figures_stand_in_their_sections(tmp_path):
    sections = {"coverage": "data", "maps": "results", "residuals": "skill", "omz": "results"}
    found = Headlines(["Oxygen fell."], Table.of_text(["quantity", "trend"], [("mean", "-0.9")]), "By least squares.")
    drawn = [picture(tmp_path / f"{name}.png", section) for name, section in sections.items()]
    text = page(tmp_path, found=found, figures=drawn).read_text()
    parsed = Page(text)
    jumps = [link["href"][1:] for link in parsed.all("a") if link["href"].startswith("#")]
    assert jumps == [section["id"] for section in parsed.all("section")]
    order = [
        'id="results"', "Oxygen fell.", "<td>-0.9</td>", "By least squares.", 'src="maps.png"', 'src="omz.png"',
        'id="skill"', 'src="residuals.png"', 'id="data"', 'src="coverage.png"', 'id="files"', 'id="provenance"',
    ]  # fmt: skip
    places = [text.index(word) for word in order]
    assert places == sorted(places)


def test_every_text_is_escaped(tmp_path):
    nasty = '<script>alert("1")</script>&amp;'
    parsed = Page(
        page(
            tmp_path,
            title=nasty,
            question=nasty,
            facts={nasty: nasty, "list": [nasty], "versions": {nasty: nasty}},
            skill=Skill(SKILL.assign(method=nasty), remarks=[nasty]),
            found=Headlines([nasty], Table.of_text([nasty], [(nasty,)]), nasty),
            figures=[picture(tmp_path / "a&b'<.png", caption=nasty)],
            files=[("../a&b'<.csv", nasty)],
            counts=COUNTS.set_axis([nasty, "b"], axis=0).rename(columns={"levels": nasty}),
            notes=[nasty],
        ).read_text(encoding="utf-8")
    )
    assert not parsed.all("script")
    assert "".join(parsed.text).count(nasty) >= 10
    assert parsed.all("img") == [{"src": "a%26b%27%3C.png", "alt": nasty}]


@settings(max_examples=25)
@given(text=st.text(st.characters(blacklist_categories=("Cs", "Cc"))))
def test_any_text_comes_back_as_it_was(tmp_path_factory, text):
    parsed = Page(page(tmp_path_factory.mktemp("page"), notes=[text, "end"]).read_text(encoding="utf-8"))
    assert text in "".join(parsed.text)


def test_counts_add_up_and_leaves_out_what_never_happened(tmp_path):
    text = page(tmp_path).read_text(encoding="utf-8")
    assert "<td>1,000</td><td>20</td><td>1,020</td>" in text
    assert "not evaluated" not in text


def test_a_page_of_nothing_is_still_a_page(tmp_path):
    path = page(tmp_path, facts={}, skill=Skill(pd.DataFrame()), counts=pd.DataFrame(), question="")
    text = "".join(Page(path.read_text(encoding="utf-8")).text)
    assert "Nothing was held out" in text and "No observations were counted" in text and "No figure" in text


def test_a_missing_foreign_or_doubled_figure_is_refused_and_the_old_page_stays(tmp_path):
    page(tmp_path / "report", title="old")
    missing = picture(tmp_path / "report" / "maps.png")
    missing.vector.unlink()
    with pytest.raises(InputError, match="no such figure"):
        page(tmp_path / "report", figures=[missing])
    with pytest.raises(InputError, match=f"draw it in {tmp_path / 'report'} before"):
        page(tmp_path / "report", figures=[picture(tmp_path / "elsewhere" / "maps.png")])
    same = [picture(tmp_path / "report" / "omz.png") for _ in range(2)]
    with pytest.raises(InputError, match=r"two figures are called omz\.png"):
        page(tmp_path / "report", figures=same)
    assert "old" in (tmp_path / "report" / "index.html").read_text()


def test_the_best_score_is_bold_and_a_missing_one_is_no_number(tmp_path):
    text = page(tmp_path).read_text(encoding="utf-8")
    assert "<strong>10.00 ± 0.50</strong>" in text and ">nan<" not in text
    assert "µmol kg⁻¹" in text


def test_the_levels_that_the_accepted_flags_let_in_and_leave_out_are_listed(tmp_path):
    counts = pd.DataFrame(
        {"archive": ["kodc"] * 2, "archive_flag": ["kodc:2", "none"], "flag": [1, 3], "levels": [15311, 7],
         "accepted": [True, False]}
    )  # fmt: skip
    text = page(tmp_path, accepted=counts).read_text(encoding="utf-8")
    assert "<td>kodc:2</td><td>1</td><td>15,311</td><td>yes</td>" in text and "<td>7</td><td>no</td>" in text


def test_caveats_follow_the_input_and_the_truth():
    assert len(caveats(False, False)) == 2 and "any held-out point" not in caveats(False, False)[0]
    assert (
        "12.3 % of the field is farther from observations than any held-out point" in caveats(False, False, 0.1234)[0]
    )
    assert caveats(False, False, products=["WOA", "GOBAI-O2"])[-1].startswith(
        "WOA, GOBAI-O2: what others made may have seen the casts"
    )
    assert "their own temperature" in caveats(True, False)[-1] and "synthetic" in caveats(False, True)[-1]
