"""Oxygen inventory: the World Ocean Atlas values, densities, layers, missing cells."""

from pathlib import Path

import gsw
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from graphs.grid import Grid
from oxygen_recon.fields.oxygen_field import open_oxygen_field, oxygen_field
from oxygen_recon.products.inventory import oxygen_inventory
from qc.errors import InputError


def small(wet: np.ndarray | None = None) -> tuple[Grid, xr.DataArray]:
    shape = (4, 3, 5)
    edges = np.array([0.0, 100.0, 400.0, 1200.0, 3000.0])
    grid = Grid(
        np.linspace(-30, 30, 4),
        np.linspace(160, 210, 6),
        edges,
        edges[:-1] + 50,
        np.ones(shape, bool) if wet is None else wet,
    )
    dims = ("time", "depth", "latitude", "longitude")
    time = pd.date_range("2000-07-01", periods=3, freq="YS-JUL").to_numpy()
    return grid, xr.DataArray(np.full((3, *shape), 100.0), {"time": time}, dims, attrs={"units": "mmol m-3"})


def test_world_ocean_atlas_2009(atlas: tuple[xr.Dataset, Grid]) -> None:
    data, grid = atlas
    # The published sums are of whole levels, whose edges are at 1005 and 1978 m.
    layers = [(0, np.inf), (0, grid.depth_edges[12]), (0, grid.depth_edges[16])]
    molar = oxygen_inventory(data.oxygen_mmol_m3.assign_attrs(units="mmol m-3"), layers, grid=grid)
    np.testing.assert_allclose(molar.inventory[0, :, 0], [228.8, 59.4, 108.3], rtol=1e-3)
    assert molar["mean"].values[0, 0, 0] == pytest.approx(173.1, abs=0.1)
    # The same field per kilogram, with the density of the same temperature and salinity, holds as much.
    per_mass = oxygen_inventory(
        data.oxygen.assign_attrs(units="umol kg-1"), [(0, np.inf)], None, data.temperature, data.salinity, grid=grid
    )
    assert per_mass.inventory.item() == pytest.approx(molar.inventory.values[0, 0, 0], rel=1e-3)
    standard = oxygen_inventory(data.oxygen.assign_attrs(units="umol kg-1"), [(0, np.inf)], grid=grid)
    assert standard.inventory.item() == pytest.approx(per_mass.inventory.item(), rel=5e-3)
    one = xr.ones_like(data.oxygen).where(data.wet == 1).assign_attrs(units="umol kg-1")
    sensitivity = oxygen_inventory(one, layers, grid=grid)
    np.testing.assert_allclose(sensitivity.inventory[0, :, 0], [1.37, 0.358, 0.686], rtol=0.01)


def test_layers_and_regions_add_up_and_cells_count_by_their_share() -> None:
    grid, oxygen = small()
    west = np.zeros((3, 5), bool)
    west[:, :2] = True
    result = oxygen_inventory(oxygen, [(0, 250), (250, np.inf), (0, np.inf)], {"west": west, "east": ~west}, grid=grid)
    amount = result.inventory.isel(time=0).values
    np.testing.assert_allclose(amount[:, 0] + amount[:, 1], amount[:, 2])
    np.testing.assert_allclose(amount[0], amount[1] + amount[2])
    assert amount[0, 0] == pytest.approx(100e-3 * 250 * grid.area.sum() / 1e15)
    assert list(result.region.values) == ["all", "west", "east"]
    assert list(result.layer.values)[2] == "0 m to bottom"


def test_per_mass_is_multiplied_by_in_situ_density() -> None:
    grid, oxygen = small()
    oxygen = oxygen.assign_attrs(units="umol kg-1")
    deep = oxygen_inventory(oxygen, [(1200, 3000)], grid=grid)
    pressure = gsw.p_from_z(-grid.depth[3], grid.latitude)
    absolute = gsw.SA_from_SP(35.0, pressure[:, None], grid.longitude[None], grid.latitude[:, None])
    density = gsw.rho_t_exact(absolute, 5.0, pressure[:, None])
    expected = (density * grid.area).sum() * 1800 * 100e-6 / 1e15
    np.testing.assert_allclose(deep.inventory[0, 0], expected, rtol=1e-9)


def test_missing_cells_are_reported_and_errors_add_together() -> None:
    wet = np.ones((4, 3, 5), bool)
    wet[2:, 0] = False
    grid, oxygen = small(wet)
    oxygen.values[1, 0] = np.nan
    error = xr.full_like(oxygen, 5.0)
    result = oxygen_inventory(oxygen, [(0, 400), (0, 100)], standard_error=error, grid=grid)
    np.testing.assert_allclose(result.missing_percent[0, 0], [0, 25, 0])
    assert result.missing_percent.values[0, 1, 1] == pytest.approx(100)
    assert np.isnan(result["mean"].values[0, 1, 1])
    np.testing.assert_allclose(result["mean"].values[0, 0], 100)
    np.testing.assert_allclose(result.inventory_standard_error, 0.05 * result.inventory)


def test_a_file_without_a_grid_of_ours_has_its_own_cells(data_root: Path, atlas: tuple[xr.Dataset, Grid]) -> None:
    data, grid = atlas
    path = data_root / "gridded/woa09_2deg/woa09_glodap_2deg.nc"
    layers = [(0.0, 1000.0), (0.0, np.inf)]
    found = oxygen_inventory(open_oxygen_field(path, "oxygen_mmol_m3"), layers)
    known = oxygen_inventory(data.oxygen_mmol_m3.assign_attrs(units="mmol m-3"), layers, grid=grid)
    np.testing.assert_array_equal(found.inventory, known.inventory)
    with xr.open_dataset(path) as file:
        warm = file[
            ["oxygen", "temperature", "salinity", *(f"{n}_bnds" for n in ("lat", "lon", "depth")), "wet"]
        ].load()
    oxygen = oxygen_field(warm.expand_dims(time=[0]), "oxygen")
    found = oxygen_inventory(oxygen, layers, temperature=warm.temperature, salinity=warm.salinity)
    known = oxygen_inventory(
        data.oxygen.assign_attrs(units="umol kg-1"), layers, None, data.temperature, data.salinity, grid=grid
    )
    np.testing.assert_array_equal(found.inventory, known.inventory)


def test_what_does_not_fit_is_refused_in_one_line() -> None:
    grid, oxygen = small()
    with pytest.raises(InputError, match="ml/l"):
        oxygen_inventory(oxygen.assign_attrs(units="ml/l"), grid=grid)
    with pytest.raises(InputError, match="dimensions"):
        oxygen_inventory(oxygen.isel(time=0), grid=grid)
    with pytest.raises(InputError, match="shape"):
        oxygen_inventory(oxygen.isel(depth=slice(2)), grid=grid)
    with pytest.raises(InputError, match="layers"):
        oxygen_inventory(oxygen, [(1000, 0)], grid=grid)


def water_of(oxygen: xr.DataArray) -> tuple[xr.DataArray, xr.DataArray]:
    """Temperature that falls with depth and rises with time, and salinity, on the cells of a field."""
    step = xr.DataArray(np.arange(3.0), dims="time")
    level = xr.DataArray(np.arange(4.0), dims="depth")
    return (20.0 - 4.0 * level + step + 0 * oxygen).transpose(*oxygen.dims), xr.full_like(oxygen, 34.5)


def test_parts_by_solubility_and_utilization_are_those_of_each_cell() -> None:
    grid, oxygen = small()
    oxygen = oxygen.assign_attrs(units="umol kg-1")
    temperature, salinity = water_of(oxygen)
    halves = {"west": np.tile(np.arange(5) < 2, (3, 1)), "east": np.tile(np.arange(5) >= 2, (3, 1))}
    layers = [(0.0, 100.0), (0.0, np.inf)]
    found = oxygen_inventory(oxygen, layers, halves, temperature, salinity, grid=grid)
    np.testing.assert_allclose(found.inventory_solubility - found.inventory_aou, found.inventory, rtol=1e-12)
    for name in ("inventory", "inventory_solubility", "inventory_aou", "heat"):
        np.testing.assert_allclose(found[name].sel(region=["west", "east"]).sum("region"), found[name][0], rtol=1e-12)
    # by hand, the upper level at the last time
    pressure = gsw.p_from_z(-50.0, grid.latitude)[:, None]
    salt = gsw.SA_from_SP(34.5, pressure, grid.longitude, grid.latitude[:, None])
    mass = gsw.rho_t_exact(salt, 22.0, pressure) * grid.volume[0]
    saturated = gsw.O2sol_SP_pt(34.5, gsw.pt0_from_t(salt, 22.0, pressure))
    top = found.isel(region=0, layer=0, time=2)
    assert top.inventory_solubility.item() == pytest.approx((saturated * mass).sum() * 1e-21)
    assert top.mean_aou.item() == pytest.approx((saturated * grid.area).sum() / grid.area.sum() - 100)
    assert top.heat.item() == pytest.approx((3991.86795711963 * gsw.CT_from_t(salt, 22.0, pressure) * mass).sum())
    assert found.inventory_aou.attrs["units"] == "Pmol" and found.heat.attrs["units"] == "J"
    assert (found.inventory_solubility.diff("time") < 0).all() and (found.heat.diff("time") > 0).all()
    molar = oxygen_inventory(
        oxygen.assign_attrs(units="mmol m-3"), layers, temperature=temperature, salinity=salinity, grid=grid
    )
    np.testing.assert_allclose(molar.inventory_solubility[0], found.inventory_solubility[0], rtol=1e-12)
    np.testing.assert_allclose(molar.inventory_solubility - molar.inventory_aou, molar.inventory, rtol=1e-12)


def test_cells_without_temperature_have_no_parts_and_are_reported() -> None:
    grid, oxygen = small()
    temperature, salinity = water_of(oxygen)
    temperature[:, 0, 0, 0] = np.nan
    found = oxygen_inventory(oxygen, [(0.0, 100.0)], temperature=temperature, salinity=salinity, grid=grid)
    share = 100 * grid.area[0, 0] / grid.area.sum()
    np.testing.assert_allclose(found.without_water_percent, share)
    np.testing.assert_allclose(
        found.inventory_solubility - found.inventory_aou, found.inventory * (1 - share / 100), rtol=1e-12
    )
    assert "heat" not in oxygen_inventory(oxygen, temperature=temperature, grid=grid)


def test_cells_that_do_not_count_are_neither_ocean_nor_missing() -> None:
    grid, oxygen = small()
    dense = xr.DataArray(np.arange(4) > 0, dims="depth").broadcast_like(oxygen.isel(time=0)).transpose(*oxygen.dims[1:])
    found = oxygen_inventory(oxygen, [(0.0, np.inf)], grid=grid, where=dense)
    assert found.volume[0, 0, 0].item() == pytest.approx(grid.volume[1:].sum())
    assert (found.missing_percent == 0).all()


def test_a_region_without_ocean_is_one_line() -> None:
    grid, oxygen = small()
    with pytest.raises(InputError, match="region dry: no ocean of the grid in it; move or widen it, or leave it out"):
        oxygen_inventory(oxygen, regions={"dry": np.zeros((3, 5), bool)}, grid=grid)
