"""Members of a field: window by window the same, and intervals of extents, inventories and trends."""

import numpy as np
import pytest
import xarray as xr

from graphs.grid import Grid
from oxygen_recon.products import ensemble
from oxygen_recon.products.error_covariance import ErrorCovariance, Part
from oxygen_recon.products.omz import omz_series

GRID = Grid(
    np.linspace(-20, 20, 5), np.linspace(-160, -110, 6), np.array([0.0, 100, 300, 900]), np.array([50.0, 200, 600]),
    np.ones((3, 4, 5), bool),
)  # fmt: skip
COVARIANCE = ErrorCovariance((Part(0.7, 8.0, 6400.0, 60.0),), (Part(0.3, 0.3),))


@pytest.fixture
def field():
    """Ten years of oxygen near 40 umol/kg that fall by 1 a year, wrong by 5."""
    time = np.array([f"{1990 + i}-07-02" for i in range(10)], "datetime64[ns]")
    axes = {"time": time, "depth": GRID.depth, "latitude": GRID.latitude, "longitude": GRID.longitude}
    values = 45.0 - np.arange(10.0)[:, None, None, None] + np.random.default_rng(0).normal(0, 3, (10, *GRID.shape))
    oxygen = xr.DataArray(values, axes, tuple(axes), attrs={"units": "umol kg-1"})
    return xr.Dataset({"oxygen": oxygen, "oxygen_standard_error": oxygen.copy(data=np.full(values.shape, 5.0))})


def series_of(field):
    return omz_series(field["oxygen"], [30.0, 40.0], field["oxygen_standard_error"], grid=GRID)


def test_members_are_the_same_in_windows_of_any_length_and_for_any_number(field, monkeypatch):
    whole = ensemble.measure_members(field, COVARIANCE, [30.0, 40.0], GRID, 3, 0)
    monkeypatch.setattr(ensemble, "_WINDOW", 3 * GRID.wet.size)
    parts = ensemble.measure_members(field, COVARIANCE, [30.0, 40.0], GRID, 5, 0)
    assert parts.sizes["time"] == 10
    for name in whole:
        np.testing.assert_allclose(parts[name][:3], whole[name].transpose(*parts[name].dims), rtol=1e-4)


def test_the_interval_holds_the_expected_value_and_says_so_in_plain_names(field):
    members = ensemble.measure_members(field, COVARIANCE, [30.0, 40.0], GRID, 40, 0)
    found = ensemble.with_interval(series_of(field), members)
    for name in ("omz_area", "omz_volume", "omz_area_percent"):
        low, high, middle = (found[f"{name}_members_{end}"] for end in ("low", "high", "median"))
        assert (low <= high).all() and (low >= 0).all() and middle.dims == found[name].dims
        assert (low <= found[f"{name}_expected"] + 1e-9).all() and (found[f"{name}_expected"] <= high + 1e-9).all()
        assert low.attrs["units"] == found[name].attrs["units"]
    assert found.attrs["members"] == 40
    inventory = ensemble.inventory_series(field, GRID, members)
    upper = inventory.sel(layer="0-1000 m")
    assert (upper.inventory_members_low < upper.inventory).all()
    assert (upper.inventory < upper.inventory_members_high).all()
    table = ensemble.trends(found, inventory, members)
    oxygen = table[(table["quantity"] == "inventory") & (table["of"] == "0-1000 m")].iloc[0]
    assert oxygen["low"] < oxygen["median"] < oxygen["high"] < 0 and oxygen["low"] < oxygen["plain"] < oxygen["high"]
    assert set(table["quantity"]) == {"omz_area", "omz_volume", "inventory"}


def test_a_further_member_lies_in_the_interval_as_often_as_it_says():
    draws = np.random.default_rng(5).gamma(2.0, size=(21, 20_000))
    low, _, high = ensemble.interval(draws[:20])
    inside = (draws[20] >= low) & (draws[20] <= high)
    assert 0.89 < inside.mean() < 0.91


def test_without_members_and_with_two_steps_there_is_no_interval_and_no_trend(field):
    inventory = ensemble.inventory_series(field, GRID, None)
    assert not [name for name in inventory if "members" in name]
    assert ensemble.trends(series_of(field), inventory, None)[["low", "high", "median"]].isna().all(axis=None)
    two = field.isel(time=slice(0, 2))
    assert ensemble.trends(series_of(two), ensemble.inventory_series(two, GRID, None), None).empty
