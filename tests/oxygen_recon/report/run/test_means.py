"""Means by year, basin and layer, of what is there."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from oxygen_recon.report.run.means import ALL, EQUATORIAL, field_means, region_weights, upper_share
from tests.support.run_results import run_results


@pytest.fixture(scope="module")
def results():
    return run_results()


def test_the_upper_layer_is_weighted_by_volume_and_cut_at_its_end(results):
    grid, values = results.grid, results.reconstruction["oxygen"].to_numpy()
    assert upper_share(grid).tolist() == [50.0, 150.0, 400.0, 400.0, 0.0]
    weight = np.where(grid.wet, upper_share(grid)[:, None, None] * grid.area, 0.0)
    expected = (np.nan_to_num(values) * weight).sum(axis=(1, 2, 3)) / weight.sum()
    np.testing.assert_allclose(results.means.layer.sel(region=ALL), expected)
    column = (np.nan_to_num(values[3]) * weight).sum(axis=0) / np.where(
        weight.sum(axis=0) > 0, weight.sum(axis=0), np.nan
    )
    np.testing.assert_allclose(results.means.upper[3], column, rtol=1e-6)


def test_regions_are_those_of_the_grid_and_the_equatorial_box_lies_within(results):
    names, weights = region_weights(results.grid)
    assert names[0] == ALL and names[-1] == EQUATORIAL and "Pacific" in names and "Arctic" not in names
    north, east = np.meshgrid(results.grid.latitude, results.grid.longitude, indexing="ij")
    inside = weights[-1] > 0
    assert np.abs(north[inside]).max() < 5 and east[inside].min() > 210 and east[inside].max() < 270
    basins = weights[1:-1].sum(axis=0)
    np.testing.assert_allclose(basins, weights[0])  # basins are disjoint and sum to the whole


def test_steps_of_a_year_are_averaged_and_gaps_left_out(results):
    field = results.reconstruction["oxygen"].isel(time=slice(0, 4)).copy()
    field = field.assign_coords(time=pd.to_datetime(["2000-02-01", "2000-08-01", "2001-02-01", "2001-08-01"]))
    field[1, 0, 4, 10] = np.nan  # of that cell only the first half of 2000 is known
    found = field_means(field, results.grid, [0.0, 100.0, 110.0])
    assert found.levels.dims == ("time", "depth", "latitude", "longitude") and found.levels[
        "depth"
    ].values.tolist() == [10.0, 100.0]
    assert found.levels["time"].dt.year.values.tolist() == [2000, 2001] and found.years == 1
    assert float(found.levels[0, 0, 4, 10]) == pytest.approx(float(field[0, 0, 4, 10]), rel=1e-6)
    np.testing.assert_allclose(found.last, field[2:].mean("time"), rtol=1e-6)
    assert found.levels.attrs["units"] == "umol kg-1" and np.isnan(found.levels[0, 0, 0, 0])


def test_the_first_and_last_years_are_ten_or_half_of_all(results):
    assert results.means.years == 10 and results.ends == ("1998–2007", "2012–2021")
    values = results.reconstruction["oxygen"]
    xr.testing.assert_allclose(results.means.first.drop_attrs(), values[:10].mean("time").drop_attrs(), rtol=1e-6)
    assert run_results(5).means.years == 2 and run_results(1).ends == ("1998", "1998")
