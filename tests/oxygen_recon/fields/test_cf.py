import numpy as np
import xarray as xr

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.fields.axes import axis
from oxygen_recon.fields.cf import OXYGEN_PER_VOLUME, Provenance, cf_coordinates, global_attributes, is_oxygen

GRID = Grid(
    np.array([-2.0, 0, 2]), np.array([170.0, 175, 185]), np.array([0.0, 10, 30]), np.array([5.0, 20]),
    np.ones((2, 2, 2), bool),
)  # fmt: skip
QUARTERS = TimeAxis.regular(2001, 2001, "season")


def test_coordinates_have_bounds_that_touch_and_hold_the_centres() -> None:
    data = cf_coordinates(GRID, QUARTERS)
    for name in ("time", "depth", "latitude", "longitude"):
        bounds = data[data[name].attrs["bounds"]].values
        assert (bounds[:, 0] <= data[name].values).all() and (data[name].values <= bounds[:, 1]).all()
        np.testing.assert_array_equal(bounds[1:, 0], bounds[:-1, 1])
    np.testing.assert_array_equal(data["longitude_bnds"].values[:, 0], GRID.longitude_edges[:-1])
    assert axis(data, "depth") == "depth" and data["wet"].dtype == np.int8


def test_global_attributes_cover_the_grid_and_leave_out_what_is_unknown() -> None:
    run = Provenance("t", "s", "e", "c", "0123abc", 3, "trees", licence="open", created="2024-01-01T00:00:00Z")
    attributes = global_attributes(GRID, QUARTERS, run)
    assert attributes["license"] == "open" and "references" not in attributes
    assert (attributes["geospatial_lon_min"], attributes["geospatial_lon_max"]) == (170, 185)
    assert attributes["time_coverage_end"] == "2002-01-01" and attributes["time_coverage_resolution"] == "P3M"
    assert attributes["history"] == "2024-01-01T00:00:00Z written by oxygen-recon at commit 0123abc"


def test_oxygen_is_known_by_both_of_its_standard_names() -> None:
    assert is_oxygen(xr.DataArray(0.0, attrs={"standard_name": OXYGEN_PER_VOLUME}))
    assert not is_oxygen(xr.DataArray(0.0, attrs={"standard_name": "sea_water_temperature"}))
