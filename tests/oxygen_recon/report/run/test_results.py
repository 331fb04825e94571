"""The figures of a run follow from its results; the upper mean is weighted by volume."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from graphs.grid import Grid
from oxygen_recon.products import omz
from oxygen_recon.report import figures
from oxygen_recon.report.run.results import RunResults, draw, upper_layer, upper_mean
from tests.support.oceans import ocean
from tests.support.pages import SKILL


@pytest.mark.parametrize(("depth", "name"), [([1500.0, 2000.0], ""), ([0.0, 500.0, 2000.0], "levels from 0 to 500 m")])
def test_the_mean_of_the_upper_ocean_is_named_by_its_levels_and_left_out_where_there_are_none(depth, name):
    wet = xr.DataArray(np.ones((len(depth), 2, 2)), {"depth": depth}, ("depth", "latitude", "longitude"))
    assert upper_layer(xr.Dataset({"wet": wet})) == name


@pytest.fixture(scope="module")
def results():
    field = ocean(np.arange(20.5, 26.0), np.arange(-124.5, -118.0), steps=12)
    edges = np.arange(20.0, 27.0), np.arange(-125.0, -117.0), np.array([0.0, 50.0, 200.0, 600.0, 2000.0, 4000.0])
    grid = Grid(*edges, field["depth"].values, field["wet"].values)
    held_out = pd.DataFrame({"depth": 10.0, "year": 2000, "truth": 200.0, "mean": [199.0, 203.0], "scale": 2.0})
    extent = omz.omz_series(field["oxygen"], [60.0], field["oxygen_standard_error"], grid=grid)
    return RunResults(field, grid, SKILL, held_out, extent)


def test_every_figure_that_the_results_allow_is_drawn(results, tmp_path, monkeypatch):
    monkeypatch.setattr(figures, "save", lambda figure, path: path)  # rendering is tested with each figure
    names = [path.stem for path, _ in draw(results, tmp_path)]
    assert names == ["maps", "section", "coverage", "residuals", "skill", "omz", "mean"]
    once = results.reconstruction.isel(time=[0])
    truth = once.assign(oxygen=once["oxygen"] + 1.0)
    single = dataclasses.replace(results, reconstruction=once, truth=truth)
    drawn = draw(single, tmp_path / "single")
    assert [path.stem for path, _ in drawn] == ["maps", "section", "coverage", "residuals", "skill", "truth"]
    assert all(path.parent == tmp_path / "single" and caption.endswith(".") for path, caption in drawn)


def test_the_upper_mean_is_weighted_by_volume(results):
    field = results.reconstruction
    mean = upper_mean(field, results.grid)
    weight = np.where(field["wet"].values, results.grid.volume, 0.0)[:4]
    expected = (np.nan_to_num(field["oxygen"].values[:, :4]) * weight).sum(axis=(1, 2, 3)) / weight.sum()
    np.testing.assert_allclose(mean["oxygen"], expected)
    assert (mean["oxygen_low"] < mean["oxygen"]).all() and (mean["oxygen"] < mean["oxygen_high"]).all()
