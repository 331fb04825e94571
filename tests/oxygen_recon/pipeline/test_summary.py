"""The page of a run from the files in its folder; the figures have tests of their own."""

import json
import shutil
from html import unescape

import pytest
import xarray as xr

import oxygen_recon as ox
from oxygen_recon.pipeline import summary
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.stages.pipeline import Pipeline
from oxygen_recon.report.run.skill_figures import held_out_table
from oxygen_recon.sources.compared import ComparedProductConfig
from tests.support.pages import Page


def test_the_page_and_the_lines_are_of_the_files_in_the_folder(experiment, undisturbed, tmp_path, monkeypatch):
    shutil.copytree(undisturbed, tmp_path / "small")
    products = {"products": [ComparedProductConfig(name="ATLAS", path="atlas.nc")]}
    settings = Experiment.from_yaml(experiment).model_copy(update=products)
    folder, drawn = RunFolder(tmp_path / "small"), []
    folder.page.unlink()
    monkeypatch.setattr(summary, "draw", lambda results, _: drawn.append(results) or [])
    origin = Pipeline(settings, folder).provenance()
    page, lines = summary.write(settings, folder, origin)
    text, (results,) = page.read_text(), drawn
    assert page == folder.page and "Does the whole pipeline work?" in text and "<img" not in text
    assert "ATLAS: what others made may have seen the casts that are held out here" in text
    assert settings.hash in text and origin.catalogue_hash in text
    assert any("oxygenerator" in line or "graph" in line for line in lines)
    observed, warning = lines[-2:]
    assert observed.endswith("% of all cells and steps hold an observation") and warning.startswith("warning: ")
    assert warning in text
    held_out = held_out_table(results)
    assert held_out["year"].between(1990, 2004).all() and (held_out["scale"] > 0).all()
    assert set(held_out["depth"]) <= set(results.grid.depth)
    assert {method for _, method in results.points} == set(results.skill["method"])
    assert text.index('id="results"') < text.index("Mean oxygen, 0–1000 m ") < text.index('id="skill"')
    listed = {link["href"] for link in Page(text).all("a") if link["href"].startswith("../")}
    assert {"../reconstruct/oxygen.nc", "../omz/omz.csv", "../omz/trends.csv", "../validate/skill.csv"} <= listed
    assert all((folder.report / path).exists() for path in listed)
    assert set(results.compared) == {method for method in results.skill["method"] if folder.compared(method).exists()}
    assert results.compared
    assert results.truth["oxygen"].shape == results.reconstruction["oxygen"].shape and results.omz_truth is not None


def test_files_say_how_much_was_observed_and_how_much_lies_far_from_observations(undisturbed):
    run = ox.open_run(undisturbed)
    with xr.open_dataset(undisturbed / "reconstruct" / "oxygen.nc") as data:
        attributes, wet = data.attrs, data["wet"].to_numpy() == 1
        observed = data["observation_count"].to_numpy()[:, wet] > 0
    assert attributes["observed_share"] == pytest.approx(observed.mean())
    assert attributes["far_share"] == pytest.approx(run.predict().attrs["far_share"])
    assert 0 < attributes["observed_share"] < attributes["far_share"] < 1


def test_the_page_says_which_flags_are_let_in_and_which_cruises_stand_out(undisturbed):
    page = " ".join(unescape((undisturbed / "report" / "index.html").read_text()).split())
    coverage = json.loads((undisturbed / "grid" / "coverage.json").read_text())
    (line,) = coverage["flags"]  # covariates of the twin are gridded: they have no flags
    assert line.startswith("accept [1, 2], oxygen: let in ") and "flag 2 (not evaluated)" in line
    assert line in page
    assert "cruises tested" in page
    assert coverage["several_names"] == [] or coverage["several_names"][0] in page
