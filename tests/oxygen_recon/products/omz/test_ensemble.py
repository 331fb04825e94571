"""Members of a field: window by window and region by region the same, and intervals of extents and inventories."""

import numpy as np
import pytest
import xarray as xr

from graphs.grid import Grid
from oxygen_recon.products.error_covariance import ErrorCovariance, Part
from oxygen_recon.products.inputs import region_columns
from oxygen_recon.products.inventory import oxygen_inventory
from oxygen_recon.products.omz import ensemble, omz_series

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


HALVES = {"west": np.arange(5) < 2, "east": np.arange(5) >= 2}
REGIONS = {name: np.tile(half, (4, 1)) for name, half in HALVES.items()}


def series_of(field):
    return omz_series(
        field["oxygen"], [30.0, 40.0], field["oxygen_standard_error"], grid=GRID, regions=REGIONS, subcell=False
    )


def measured(field, number):
    drawn = ensemble.member_fields(field, COVARIANCE, GRID, number, 0)
    _, columns = region_columns(GRID, REGIONS)
    return ensemble.measure_members(drawn, [30.0, 40.0], GRID, columns, subcell=False)


def test_members_are_the_same_in_windows_of_any_length_and_for_any_number(field, monkeypatch):
    whole = measured(field, 3)
    monkeypatch.setattr(ensemble, "_WINDOW", 3 * GRID.wet.size)
    parts = measured(field, 5)
    assert parts.sizes["time"] == 10
    for name in whole:
        np.testing.assert_allclose(parts[name][:3], whole[name].transpose(*parts[name].dims), rtol=1e-4)


def test_a_member_is_measured_as_a_field_is(field):
    found = measured(field, 2)
    for number, member in enumerate(next(iter(ensemble.member_fields(field, COVARIANCE, GRID, 2, 0)))):
        alone = omz_series(member, [30.0, 40.0], grid=GRID, regions=REGIONS, subcell=False)
        amount = oxygen_inventory(member, regions=REGIONS, grid=GRID)["inventory"]
        for name in ("omz_area", "omz_volume", "omz_area_percent"):
            np.testing.assert_allclose(found[name][number].transpose(*alone[name].dims), alone[name], rtol=1e-12)
        np.testing.assert_allclose(found["inventory"][number].transpose(*amount.dims), amount, rtol=1e-6)
    for name in ("omz_area", "omz_volume", "inventory"):
        parts = found[name].isel(region=[1, 2]).sum("region")
        np.testing.assert_allclose(parts, found[name].isel(region=0), rtol=1e-12)


def test_the_interval_holds_the_expected_value_and_says_so_in_plain_names(field):
    members = measured(field, 40)
    found = ensemble.with_interval(series_of(field), members)
    for name in ("omz_area", "omz_volume", "omz_area_percent"):
        low, high, middle = (found[f"{name}_members_{end}"] for end in ("low", "high", "median"))
        assert (low <= high).all() and (low >= 0).all() and middle.dims == found[name].dims
        assert (low <= found[f"{name}_expected"] + 1e-9).all() and (found[f"{name}_expected"] <= high + 1e-9).all()
        assert (low <= found[name] + 1e-9).all() and (found[name] <= high + 1e-9).all()
        narrow = ensemble.interval(members[name].to_numpy())
        assert (high - low >= np.minimum(high, narrow[2] - narrow[0]) - 1e-9).all()
        assert low.attrs["units"] == found[name].attrs["units"]
    assert found.attrs["members"] == 40
    assert list(found)[:3] == ["omz_area_expected", "omz_area_members_low", "omz_area_members_high"]
    assert found.attrs["number_to_publish"].startswith(
        "omz_area_expected, its interval omz_area_members_low to omz_area_members_high (90 % of the members); omz_vol"
    )
    plain = oxygen_inventory(field["oxygen"], regions=REGIONS, grid=GRID)
    upper = ensemble.inventory_with_interval(plain, members).sel(layer="0-1000 m")
    assert (upper.inventory_members_low < upper.inventory).all()
    assert (upper.inventory < upper.inventory_members_high).all()
    assert list(upper)[:3] == ["inventory", "inventory_members_low", "inventory_members_high"]


def test_a_further_member_lies_in_the_interval_as_often_as_it_says():
    draws = np.random.default_rng(5).gamma(2.0, size=(21, 20_000))
    low, _, high = ensemble.interval(draws[:20])
    inside = (draws[20] >= low) & (draws[20] <= high)
    assert 0.89 < inside.mean() < 0.91
