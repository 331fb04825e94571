"""Low oxygen on the map: the area of the published series, and outlines that enclose the cells."""

import numpy as np
import pytest
import xarray as xr

from oxygen_recon.products.omz import omz_series
from oxygen_recon.report.explorer.data.low_oxygen import area_of, columns_below, outline, sides
from tests.support.explored_run import oxygen_of, small_grid


def test_the_area_at_any_depth_is_that_of_the_series():
    grid = small_grid()
    oxygen = oxygen_of(grid, 3)
    coordinates = {"time": np.arange(3), "depth": grid.depth, "latitude": grid.latitude, "longitude": grid.longitude}
    field = xr.DataArray(oxygen, coordinates, list(coordinates), attrs={"units": "umol kg-1"})
    series = omz_series(field, [60.0], grid=grid)
    mine = [area_of(columns_below(oxygen[step], 60.0), grid) for step in range(3)]
    assert mine[2] > 0 and mine == pytest.approx(series["omz_area"].sel(threshold=60.0).values)


def test_missing_is_never_low_and_a_level_counts_alone():
    oxygen = np.array([[[np.nan, 10.0]], [[50.0, 200.0]]])
    assert columns_below(oxygen, 60.0).tolist() == [[True, True]]
    assert columns_below(oxygen, 60.0, 0).tolist() == [[False, True]]
    assert columns_below(oxygen, 60.0, 1).tolist() == [[True, False]]


def test_an_outline_has_the_length_of_the_cells_around():
    inside = np.zeros((4, 5), bool)
    inside[1:3, 1:4] = True
    found = sides(inside, np.arange(6.0), np.arange(5.0))
    assert np.hypot(found.x1 - found.x0, found.y1 - found.y0).sum() == 2 * (2 + 3)
    assert (found.x0.min(), found.x1.max(), found.y0.min(), found.y1.max()) == (1.0, 4.0, 1.0, 3.0)


def test_an_outline_does_not_follow_the_meridian_where_a_globe_closes():
    grid = small_grid()
    band = np.zeros(grid.shape[1:], bool)
    band[4] = True
    found = outline(band, grid)
    assert np.all(found.x0 != found.x1) and {*found.y0.tolist()} == {-10.0, 10.0}
