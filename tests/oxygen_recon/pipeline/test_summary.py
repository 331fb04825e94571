"""The page of a run from the files in its folder; the figures have tests of their own."""

import shutil

from oxygen_recon.pipeline import summary
from oxygen_recon.pipeline.experiment import Experiment
from oxygen_recon.pipeline.run_folder import RunFolder
from oxygen_recon.pipeline.stages.pipeline import Pipeline


def test_the_page_and_the_lines_are_of_the_files_in_the_folder(experiment, undisturbed, tmp_path, monkeypatch):
    shutil.copytree(undisturbed, tmp_path / "small")
    folder, settings, drawn = RunFolder(tmp_path / "small"), Experiment.from_yaml(experiment), []
    folder.page.unlink()
    monkeypatch.setattr(summary, "draw", lambda results, _: drawn.append(results) or [])
    origin = Pipeline(settings, folder).provenance()
    page, lines = summary.write(settings, folder, origin)
    text, (results,) = page.read_text(), drawn
    assert page == folder.page and "Does the whole pipeline work?" in text and "<img" not in text
    assert settings.hash in text and origin.catalogue_hash in text
    assert any("oxygenerator" in line or "graph" in line for line in lines)
    assert results.held_out["year"].between(1990, 2004).all() and (results.held_out["scale"] > 0).all()
    assert set(results.held_out["depth"]) <= set(results.grid.depth)
    assert results.truth["oxygen"].shape == results.reconstruction["oxygen"].shape and results.omz_truth is not None
