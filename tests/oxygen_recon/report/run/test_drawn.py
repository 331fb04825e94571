"""Every figure that the results allow is drawn, with unit, period and number in its caption."""

import numpy as np
import pytest

from oxygen_recon.report import figures
from oxygen_recon.report.run.drawn import draw
from tests.support.run_results import run_results


@pytest.fixture
def unsaved(monkeypatch):
    """Rendering is tested with each figure: here files are only named."""
    for name in ("save", "save_vector"):
        monkeypatch.setattr(figures, name, lambda figure, path: path)


def test_a_century_has_every_figure(unsaved, tmp_path):
    results = run_results()
    other = results.truth.assign(oxygen=results.truth["oxygen"] + 30.0)
    made = draw(run_results(compared={"ESM r1": other}), tmp_path)
    assert [one.path.stem for one in made] == [
        "mean", "omz", "changes", "hovmoeller", "equatorial", "omz_columns", "maps", "section", "compared",
        "skill", "skill_decades", "skill_basins", "taylor", "reliability", "residuals", "truth",
        "coverage", "coverage_maps",
    ]  # fmt: skip
    sections = [one.section for one in made]
    assert sections == ["results"] * 9 + ["skill"] * 7 + ["data"] * 2
    assert all(one.vector == one.path.with_suffix(".svg") and one.caption.endswith(".") for one in made)
    captions = {one.path.stem: one.caption for one in made}
    for name in ("mean", "changes", "hovmoeller", "equatorial"):
        assert "µmol kg⁻¹" in captions[name] and "1998–2021" in captions[name] and "n = 24" in captions[name]
    assert "ESM r1" in captions["compared"] and "of the model and of its best rival" in captions["skill_basins"]


def test_a_single_step_without_truth_has_no_series_and_no_trend(unsaved, tmp_path):
    results = run_results()
    once = results.reconstruction.isel(time=[0])
    empty = {"truth": None, "omz_truth": None, "trends": results.trends[:0]}
    single = run_results(1, reconstruction=once, **empty)
    names = [one.path.stem for one in draw(single, tmp_path)]
    assert names[:3] == ["omz_columns", "maps", "section"]
    assert not {"mean", "omz", "changes", "hovmoeller", "equatorial", "truth", "compared"} & set(names)


def test_the_files_are_written_beside_each_other(tmp_path):
    results = run_results(1, points={}, by_class=run_results(2).by_class[:0])
    made = draw(results, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {path.name for one in made for path in (one.path, one.vector)}
    assert all(
        one.path.read_bytes().startswith(b"\x89PNG") and np.all("<svg" in one.vector.read_text()) for one in made
    )
