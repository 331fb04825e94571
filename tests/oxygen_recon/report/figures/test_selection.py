"""Periods, cell edges and longitudes."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from oxygen_recon.report import figures
from oxygen_recon.report.figures.projection import MapProjection
from oxygen_recon.report.figures.selection import cell_edges, recentred
from qc.errors import InputError
from tests.support.oceans import DEPTH


def test_the_period_is_that_of_the_bounds_of_time(globe):
    static = globe.isel(time=[0]).assign(time_bnds=(("time", "bnds"), [pd.to_datetime(["1960-01-01", "2000-01-01"])]))
    static["time"].attrs["bounds"] = "time_bnds"
    assert figures.maps(static, [10.0]).get_suptitle().endswith("mean of 1960–1999")


def test_an_empty_period_is_refused(globe):
    with pytest.raises(InputError, match="no time between 1900 and 1910"):
        figures.maps(globe, [10.0], slice("1900", "1910"))


def test_recentring_keeps_every_cell_and_begins_in_africa(globe):
    moved = recentred(globe)
    assert moved["longitude"].values[0] == 25.0 and np.all(np.diff(moved["longitude"]) > 0)
    xr.testing.assert_equal(
        moved["oxygen"].sel(longitude=185.0, drop=True), globe["oxygen"].sel(longitude=-175.0, drop=True)
    )
    region = globe.isel(longitude=slice(3, 9))
    assert recentred(region) is region


def test_edges_use_cf_bounds_or_midpoints(globe):
    np.testing.assert_allclose(cell_edges(globe, "latitude"), np.arange(-90.0, 91.0, 10.0))
    np.testing.assert_allclose(cell_edges(globe, "depth")[:3], [0.0, 55.0, 250.0])
    assert (
        MapProjection.from_dataset(globe).globe
        and not MapProjection.from_dataset(globe.isel(longitude=slice(0, 30))).globe
    )
    pairs = np.stack([DEPTH - 5.0, DEPTH + 5.0], axis=1)
    bounded = globe.assign(depth_bnds=(("depth", "bnds"), pairs))
    bounded["depth"].attrs["bounds"] = "depth_bnds"
    assert cell_edges(bounded, "depth")[0] == 5.0 and cell_edges(bounded, "depth")[-1] == 3005.0
