"""A whole run in small whose covariates and background are files."""

import json

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

import oxygen_recon as ox
from oxygen_recon.dataset import store
from oxygen_recon.fields import reconstruction as fields
from oxygen_recon.pipeline.api import run
from oxygen_recon.pipeline.experiment import Experiment
from tests.support.small_run import SMALL, before_reconstruction

LEFT_OUT = (100.0, 145.0)  # longitudes without a background
HALF = 1997  # the analysis begins then


@pytest.fixture(scope="module")
def on_background(undisturbed, tmp_path_factory):
    """The folder of the finished run, and what it printed."""
    made = tmp_path_factory.mktemp("products")
    with xr.open_dataset(undisturbed / "source" / "truth" / "truth.nc") as truth:
        mean = truth[["oxygen"]].mean("time", keep_attrs=True)
        mean["oxygen"].attrs = truth["oxygen"].attrs
        away = (mean["longitude"] < LEFT_OUT[0]) | (mean["longitude"] > LEFT_OUT[1])
        mean.where(away).to_netcdf(made / "background.nc")
    with xr.open_dataset(undisturbed / "source" / "analysis.nc") as analysis:
        analysis[["temperature", "salinity"]].sel(time=slice(str(HALF), None)).load().to_netcdf(made / "analysis.nc")
    settings = yaml.safe_load(SMALL) | {
        "name": "on_background",
        "covariates": {"kind": "product", "names": ["temperature", "salinity"], "paths": [str(made / "analysis.nc")]},
        "background": str(made / "background.nc"),
        "baselines": [{"kind": "background"}, {"kind": "extra_trees", "trees": 10}],
    }
    return run(Experiment.model_validate(settings), work=made).folder


def test_cells_without_a_background_get_no_estimate(on_background) -> None:
    grid, _ = store.load_grid(on_background.grid)
    inside = (grid.longitude > LEFT_OUT[0] + 1) & (grid.longitude < LEFT_OUT[1] - 1)
    assert inside.any() and not grid.wet[:, :, inside].any() and grid.wet.any()
    background = store.load_background(on_background.grid)
    assert background.shape == (15, grid.cells) and np.isfinite(background).all()
    np.testing.assert_array_equal(background, background[:1] + 0 * background)
    with xr.open_dataset(on_background.reconstruction_netcdf) as field:
        assert field["oxygen"].isel(longitude=inside).isnull().all()


def test_cells_without_a_background_are_counted_where_the_run_is_read(on_background, undisturbed) -> None:
    coverage = json.loads(on_background.coverage.read_text())
    grid, _ = store.load_grid(on_background.grid)
    ocean, _ = store.load_grid(undisturbed / "grid")
    left_out = ocean.cells - grid.cells
    assert (coverage["cells"], coverage["cells_without_background"]) == (grid.cells, left_out) and left_out > 0
    page = (on_background.report / "index.html").read_text(encoding="utf-8")
    assert f"{left_out:,} of {ocean.cells:,}; they have no estimate" in page


def test_the_reconstruction_names_its_background_and_where_nothing_else_is(on_background) -> None:
    with xr.open_dataset(on_background.reconstruction_netcdf) as field:
        fields.check_reconstruction(field)
        assert field.attrs["background"].endswith("background.nc")
        alone, count = field["background_only"], field["observation_count"]
        assert set(np.unique(alone.values[np.isfinite(alone.values)])) == {0, 1}
        assert not ((alone == 1) & (count > 0)).any()
        assert alone.attrs["flag_meanings"] == "observations_near background_only"
    with fields.open_reconstruction(on_background.reconstruction) as field:
        fields.check_reconstruction(field)


def test_covariates_before_the_product_begins_are_missing_and_no_method_takes_them_for_values(
    on_background, undisturbed
) -> None:
    domain = store.load_domain(on_background.grid, ("temperature", "salinity"))
    before = domain.years < HALF
    assert before.sum() == 7 and np.isnan(domain.covariates[before]).all()
    names = ("temperature", "salinity")
    source = store.load_domain(
        undisturbed / "grid", (*names, "nitrate", "phosphate")
    )  # the same analysis, as the source's own product
    places = {place: cell for cell, place in enumerate(zip(source.latitude, source.longitude, source.depth))}
    same = [places[place] for place in zip(domain.latitude, domain.longitude, domain.depth)]
    np.testing.assert_allclose(domain.covariates[~before], source.covariates[~before][:, same, :2], rtol=1e-6)
    assert domain.gaps.all()


def test_every_method_stands_on_the_background(on_background) -> None:
    skill = pd.read_csv(on_background.skill).query("layer == 'all' and split == 'held out'").set_index("method")
    assert {"oxygenerator", "background", "extra_trees"} <= set(skill.index)
    assert skill.loc["extra_trees", "RMSE"] < 1.1 * skill.loc["background", "RMSE"]
    assert skill.loc["oxygenerator", "RMSE"] < 1.1 * skill.loc["background", "RMSE"]


def test_estimates_say_where_they_rest_on_the_background_alone(on_background, tmp_path) -> None:
    opened = ox.open_run(on_background.root)
    field, part = opened.field(), opened.predict(period=(2000, 2000))
    np.testing.assert_array_equal(part["background_only"], field["background_only"].sel(time="2000"))
    computed = ox.open_run(before_reconstruction(on_background.root, tmp_path)).predict(period=(2000, 2000))
    for name in ("oxygen", "oxygen_standard_error"):
        np.testing.assert_allclose(computed[name], part[name], rtol=1e-5)
    places = pd.DataFrame({"lat": [-30.0, 0.0], "lon": -140.0, "depth": 50.0, "date": "2000-07-01"})
    points = opened.predict(points=places)
    np.testing.assert_array_equal(points["background_only"] == 1, points["observations_near"] == 0)
    assert (points["status"] == 0).all() and "background" in points.attrs
