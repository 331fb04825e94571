"""Oxygen minimum zone of each water column: analytic profiles, sea floor, surface, missing cells."""

import numpy as np
import pytest
import xarray as xr

from oxygen_recon.products.omz.water_columns import omz_columns
from qc.errors import InputError
from tests.support.water_columns import DEPTH, EDGES, field, one_column, wedge


def test_analytic_profile_is_described_exactly() -> None:
    grid = one_column()
    maps = omz_columns(field(wedge(DEPTH), grid), 50.0, grid=grid)
    assert maps.thickness.item() == pytest.approx(250)
    assert maps.upper_boundary.item() == pytest.approx(375)
    assert maps.lower_boundary.item() == pytest.approx(625)
    assert maps.core_depth.item() in (475, 525)
    assert maps.core_oxygen.item() == pytest.approx(10)


def test_boundaries_at_sea_floor_surface_and_missing_cells() -> None:
    shallow = one_column(floor=10)  # sea floor at 500 m
    maps = omz_columns(field(wedge(DEPTH), shallow), 50.0, grid=shallow)
    assert maps.lower_boundary.item() == pytest.approx(500)
    assert maps.thickness.item() == pytest.approx(125)
    grid = one_column()
    anoxic = omz_columns(field(np.full(DEPTH.size, 1.0), grid), 50.0, grid=grid)
    assert (anoxic.upper_boundary.item(), anoxic.lower_boundary.item(), anoxic.thickness.item()) == (0, 1000, 1000)
    profile = wedge(DEPTH)
    profile[DEPTH == 575] = np.nan
    hidden = omz_columns(field(profile, grid), 50.0, grid=grid)
    assert np.isnan(hidden.lower_boundary.item())
    assert hidden.upper_boundary.item() == pytest.approx(375)
    none = omz_columns(field(np.full(DEPTH.size, 100.0), grid), 50.0, grid=grid)
    assert all(np.isnan(none[name].item()) for name in none.data_vars)


def test_two_layers_both_count_and_boundaries_are_those_of_the_deeper_minimum() -> None:
    grid = one_column()
    profile = np.full(DEPTH.size, 100.0)
    profile[(DEPTH > 200) & (DEPTH < 300)] = 40.0
    profile[(DEPTH > 600) & (DEPTH < 700)] = 20.0
    maps = omz_columns(field(profile, grid), 70.0, grid=grid)
    assert maps.core_oxygen.item() == 20
    assert maps.upper_boundary.item() == pytest.approx(575 + 50 * 30 / 80)
    assert maps.thickness.item() == pytest.approx((50 + 2 * 25) + (50 + 2 * 50 * 50 / 80))


def test_a_dataset_brings_its_grid_and_a_region_limits_it() -> None:
    grid = one_column()
    oxygen = field(wedge(DEPTH), grid)
    bounds = {
        "depth_bnds": (("depth", "bnds"), np.stack([EDGES[:-1], EDGES[1:]], axis=1)),
        "latitude_bnds": (("latitude", "bnds"), [[0.0, 1.0]]),
        "longitude_bnds": (("longitude", "bnds"), [[0.0, 1.0]]),
    }
    data = xr.Dataset({"oxygen": oxygen} | bounds)
    for name in ("depth", "latitude", "longitude"):
        data[name].attrs["bounds"] = f"{name}_bnds"
    maps = omz_columns(data, 50.0)
    xr.testing.assert_identical(maps.drop_attrs(), omz_columns(oxygen, 50.0, grid=grid).drop_attrs())
    with pytest.raises(InputError, match="no ocean"):
        omz_columns(data, 50.0, region=np.zeros((1, 1), bool))


def test_what_does_not_fit_is_refused_in_one_line() -> None:
    grid = one_column()
    oxygen = field(wedge(DEPTH), grid)
    with pytest.raises(InputError, match="dimensions"):
        omz_columns(oxygen.isel(time=0), 60.0, grid=grid)
    with pytest.raises(InputError, match="unknown unit"):
        omz_columns(oxygen, 60.0, grid=grid, unit="ml/l")
