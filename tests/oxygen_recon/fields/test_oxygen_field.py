"""Oxygen of CF datasets: names, units, directions and bounds as they come."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from graphs.grid import Grid
from oxygen_recon.fields.grids import grid_of
from oxygen_recon.fields.oxygen_field import open_oxygen_field, oxygen_field
from qc.errors import InputError


@pytest.fixture
def made() -> xr.Dataset:
    """A field whose value follows its place, with bounds that are not midway between centres."""
    depth, latitude, longitude = np.array([5.0, 50.0, 400.0]), np.arange(-6.0, 8, 4), np.arange(2.0, 12, 4)
    value = depth[:, None, None] + 10 * latitude[:, None] + longitude
    edges = {"depth": [0.0, 20, 100, 800], "latitude": np.arange(-8.0, 9, 4), "longitude": np.arange(0.0, 13, 4)}
    coords = {"time": [2000], "depth": depth, "latitude": latitude, "longitude": longitude}
    data = xr.Dataset({"oxygen": (tuple(coords), value[None] + 100, {"units": "umol kg-1"})}, coords)
    for name, values in edges.items():
        data[name].attrs["bounds"] = f"{name}_bnds"
        data[f"{name}_bnds"] = ((name, "bnds"), np.stack([values[:-1], values[1:]], axis=1))
    return data


def as_written_elsewhere(made: xr.Dataset) -> xr.Dataset:
    """The same field from north to south, from the bottom up in centimetres, with other names and order."""
    data = made.isel(latitude=slice(None, None, -1), depth=slice(None, None, -1))
    for name in ("depth", "depth_bnds"):
        attributes = data[name].attrs | {"units": "cm", "positive": "up"}
        data[name] = (data[name].dims, -100 * data[name].values, attributes)
    data = data.rename(depth="z_t", latitude="nav_lat", longitude="x").transpose("x", "z_t", ...)
    data["x"].attrs["standard_name"] = "longitude"
    return data


def test_axes_are_turned_to_standard_names_and_directions(made: xr.Dataset) -> None:
    given, found = oxygen_field(made), oxygen_field(as_written_elsewhere(made))
    assert found.dims == given.dims == ("time", "depth", "latitude", "longitude")
    np.testing.assert_array_equal(found.values, made["oxygen"].values)
    for name in ("depth", "latitude", "longitude"):
        np.testing.assert_array_equal(found[name], made[name])
    one, other = grid_of(given), grid_of(found)
    for name in ("latitude_edges", "longitude_edges", "depth_edges", "depth", "wet"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.depth_edges.tolist() == [0, 20, 100, 800]
    assert grid_of(given, use_bounds=False).depth_edges.tolist() == [0, 27.5, 225, 575]


@pytest.mark.parametrize("start", [0.0, -180.0, 355.0])
def test_longitudes_run_on_across_the_end_of_the_convention(made: xr.Dataset, start: float) -> None:
    east = start + np.array([2.0, 6.0, 10.0])
    pair = np.stack([east - 2, east + 2], axis=1)
    turned = made.assign_coords(longitude=("longitude", east % 360, made["longitude"].attrs))
    turned["longitude_bnds"] = (("longitude", "bnds"), pair % 360)
    oxygen = oxygen_field(turned)
    np.testing.assert_array_equal(oxygen.values, made["oxygen"].values)
    grid = grid_of(oxygen)
    assert isinstance(grid, Grid)
    np.testing.assert_allclose(np.diff(grid.longitude_edges), 4)
    np.testing.assert_allclose(grid.area, grid_of(oxygen_field(made)).area)


def test_units_that_need_no_density_have_one_spelling(made: xr.Dataset) -> None:
    field = made["oxygen"]
    for unit, factor, expected in (
        ("mol m-3", 1e-3, "mmol m-3"), ("mmol/m3", 1.0, "mmol m-3"), ("mol kg-1", 1e-6, "umol kg-1"),
        ("umol/kg", 1.0, "umol kg-1"), ("ml/l", 1.0, "ml/l"),
    ):  # fmt: skip
        found = oxygen_field((field * factor).assign_attrs(units=unit))
        assert found.attrs["units"] == expected
        np.testing.assert_allclose(found.values, field.values)


def test_the_variable_is_found_by_standard_name_or_named(made: xr.Dataset, tmp_path: Path) -> None:
    named = made.rename(oxygen="doxy")
    with pytest.raises(InputError, match="variables of oxygen: none among doxy"):
        oxygen_field(named)
    named["doxy"].attrs["standard_name"] = "moles_of_oxygen_per_unit_mass_in_sea_water"
    named.isel(time=0, drop=True).to_netcdf(tmp_path / "field.nc")
    oxygen = open_oxygen_field(tmp_path / "field.nc")
    assert oxygen.name == "doxy" and oxygen.sizes["time"] == 1
    np.testing.assert_array_equal(oxygen.values, made["oxygen"].values)
    assert grid_of(oxygen).depth_edges.tolist() == [0, 20, 100, 800]
    two = named.assign(again=named["doxy"])
    with pytest.raises(InputError, match="doxy, again"):
        oxygen_field(two)
    assert oxygen_field(two, "again").name == "again"
    with pytest.raises(InputError, match="no variable salt"):
        oxygen_field(two, "salt")
    (tmp_path / "broken.nc").write_bytes(b"CDF")
    with pytest.raises(InputError, match="not a readable"):
        open_oxygen_field(tmp_path / "broken.nc")


def test_a_real_climatology_keeps_its_own_levels(data_root: Path) -> None:
    oxygen = open_oxygen_field(data_root / "gridded/woa09_2deg/woa09_glodap_2deg.nc", "oxygen_mmol_m3")
    grid = grid_of(oxygen)
    assert grid.cells == 200_160 and grid.depth_edges[-1] == 5750
    assert oxygen.attrs["units"] == "mmol m-3" and oxygen.sizes["time"] == 1
