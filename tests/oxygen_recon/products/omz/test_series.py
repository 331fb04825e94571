"""Oxygen minimum zones: the World Ocean Atlas values, analytic profiles, missing cells, files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.fields.cf import Provenance
from oxygen_recon.fields.density import sigma0
from oxygen_recon.fields.reconstruction import empty_reconstruction, open_reconstruction, write_window
from oxygen_recon.products.files import open_series, to_netcdf, to_table
from oxygen_recon.products.omz import omz_series
from oxygen_recon.products.omz.water_columns import omz_columns
from qc.errors import InputError
from tests.support.water_columns import DEPTH, field, one_column, wedge


def test_world_ocean_atlas_2009_by_whole_cells(atlas: tuple[xr.Dataset, Grid]) -> None:
    data, grid = atlas
    oxygen = data.oxygen_mmol_m3.assign_attrs(units="mmol m-3")
    thresholds = [5, 10, 20, 30, 45, 60, 62.5, 80, 90, 120]
    result = omz_series(oxygen, thresholds, grid=grid, unit="mmol m-3", subcell=False, level_area=True)
    assert result.attrs["ocean_area_m2"] / 1e12 == pytest.approx(356.43, abs=0.05)
    assert result.attrs["ocean_volume_m3"] / 1e18 == pytest.approx(1.3218, abs=5e-4)
    volume = [2.05, 5.43, 16.51, 31.83, 55.75, 82.31, 87.51, 126.81, 156.40, 271.03]
    area = [5.28, 12.31, 35.93, 54.30, 74.85, 92.97, 95.34, 115.37, 126.16, 156.83]
    percent = [1.5, 3.5, 10.1, 15.2, 21.0, 26.1, 26.7, 32.4, 35.4, 44.0]
    # within 0.1 %, and the half of the last digit that the table is rounded to
    np.testing.assert_allclose(result.omz_volume[:, 0] / 1e15, volume, rtol=1e-3, atol=0.005)
    np.testing.assert_allclose(result.omz_area[:, 0] / 1e12, area, rtol=1e-3, atol=0.005)
    np.testing.assert_allclose(result.omz_area_percent[:, 0], percent, atol=0.06)
    surface = grid.area[grid.wet[0]].sum()
    share = result.omz_level_area.sel(threshold=30).isel(time=0) / surface * 100
    np.testing.assert_allclose(share.sel(depth=[501, 758], method="nearest"), [8.7, 9.1], atol=0.06)
    assert result.missing_percent.item() == 0
    # The crossing within a cell moves the volume by some percent, not by a factor, and leaves the projected area.
    smooth = omz_series(oxygen, thresholds, grid=grid, unit="mmol m-3")
    np.testing.assert_allclose(smooth.omz_volume[3:], result.omz_volume[3:], rtol=0.05)
    np.testing.assert_array_equal(smooth.omz_area, result.omz_area)
    np.testing.assert_array_equal(smooth.omz_volume_whole_cells, result.omz_volume)


def test_analytic_profile_is_measured_exactly() -> None:
    grid = one_column()
    oxygen = field(wedge(DEPTH), grid)
    result = omz_series(oxygen, [20.0, 50.0, 120.0], grid=grid)
    np.testing.assert_allclose(result.omz_area[:, 0], grid.area.sum())
    np.testing.assert_allclose(result.omz_area_percent, 100.0)
    # Between the centres at 475 and 525 m the linear profile is flat at 10, not a wedge: no threshold here is below 10.
    np.testing.assert_allclose(result.omz_volume[:, 0], np.array([100.0, 250.0, 600.0]) * grid.area.sum())


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.floats(5, 200))
def test_volume_grows_with_the_threshold_and_stays_within_the_ocean(seed: int, threshold: float) -> None:
    rng = np.random.default_rng(seed)
    wet = rng.random((6, 4, 5)) < 0.8
    wet[0, 0, 0] = True
    edges = np.cumsum(rng.uniform(5, 200, 7))
    depth = edges[:-1] + rng.random(6) * np.diff(edges)
    grid = Grid(np.linspace(-20, 20, 5), np.linspace(100, 150, 6), edges, depth, wet)
    oxygen = field(np.zeros((2, 6)), grid)
    oxygen.values[:] = rng.uniform(0, 250, oxygen.shape)
    oxygen.values[rng.random(oxygen.shape) < 0.2] = np.nan
    result = omz_series(oxygen, [threshold, threshold + 10], grid=grid)
    assert (result.omz_volume.diff("threshold") >= -1e-3).all()
    assert (result.omz_area.diff("threshold") >= 0).all()
    present = grid.volume[grid.wet].sum() * (1 - result.missing_percent / 100)
    assert (result.omz_volume <= present * (1 + 1e-12)).all()
    everything = omz_series(oxygen, [1000.0], grid=grid)
    np.testing.assert_allclose(everything.omz_volume[0], present)


def test_missing_cells_are_counted_missing_not_oxygenated() -> None:
    grid = one_column()
    profile = np.full(DEPTH.size, 10.0)
    profile[:5] = np.nan
    result = omz_series(field(profile, grid), [20.0], grid=grid)
    assert result.missing_percent.item() == pytest.approx(25)
    assert result.omz_volume.item() == pytest.approx(750 * grid.area.sum())


def test_correlated_error_gives_the_range_of_a_shift() -> None:
    grid = one_column()
    oxygen = field(np.stack([wedge(DEPTH), wedge(DEPTH) + 5]), grid)
    result = omz_series(oxygen, [60.0], grid=grid, standard_error=xr.full_like(oxygen, 10.0))
    area = grid.area.sum()
    np.testing.assert_allclose(result.omz_volume[0], np.array([300, 275]) * area)
    np.testing.assert_allclose(result.omz_volume_low[0], np.array([250, 225]) * area)
    np.testing.assert_allclose(result.omz_volume_high[0], np.array([350, 325]) * area)
    assert "correlated" in result.omz_volume_low.attrs["comment"]


def test_expected_extent_finds_what_a_smooth_estimate_misses() -> None:
    grid = one_column()
    random = np.random.default_rng(4)
    times, error = 4000, 12.0
    estimate = np.linspace(31.0, 75.0, times)[:, None]  # never below 30, but one time in eleven the truth is
    whole = np.ones(DEPTH.size)
    truth = field((estimate + error * random.normal(size=(times, 1))) * whole, grid)
    flat = truth.copy(data=field(estimate * whole, grid).to_numpy())
    result = omz_series(flat, [30.0, 45.0], grid=grid, standard_error=xr.full_like(flat, error))
    true = omz_series(truth, [30.0, 45.0], grid=grid).mean("time")
    assert (result.omz_area.sel(threshold=30.0) == 0).all()
    for name in ("omz_area", "omz_volume", "omz_area_percent"):
        expected = result[f"{name}_expected"].mean("time")
        np.testing.assert_allclose(expected, true[name], rtol=0.05)
        low, high = (result[f"{name}_{end}"].mean("time") for end in ("low", "high"))
        assert (low < expected).all() and (expected < high).all()


def test_ensemble_gives_mean_and_spread() -> None:
    grid = one_column()
    base = field(wedge(DEPTH), grid)
    oxygen = xr.concat([base, base + 10, base - 10], "member").assign_attrs(base.attrs)
    result = omz_series(oxygen, [60.0], grid=grid)
    assert result.omz_volume.item() == pytest.approx(300 * grid.area.sum())
    assert result.omz_volume_standard_error.item() == pytest.approx(50 * grid.area.sum())


def test_time_steps_are_read_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = one_column()
    oxygen = field(np.stack([wedge(DEPTH) + shift for shift in range(7)]), grid)
    whole = omz_series(oxygen, [20.0, 60.0], grid=grid, standard_error=xr.full_like(oxygen, 3.0))
    monkeypatch.setattr("oxygen_recon.products.inputs.BLOCK", 2 * DEPTH.size)
    parts = omz_series(oxygen, [20.0, 60.0], grid=grid, standard_error=xr.full_like(oxygen, 3.0))
    xr.testing.assert_identical(whole, parts)


def test_files_hold_what_was_computed(tmp_path: Path) -> None:
    grid = one_column()
    oxygen = field(np.stack([wedge(DEPTH), wedge(DEPTH) + 5]), grid)
    result = omz_series(oxygen, [20.0, 60.0], grid=grid, level_area=True)
    to_table(result, tmp_path / "out" / "omz.csv")
    table = pd.read_csv(tmp_path / "out" / "omz.csv")
    assert len(table) == 4
    chosen = table[(table["threshold (umol kg-1)"] == 60) & table["time"].str.startswith("2001")]
    assert chosen["omz_volume (m3)"].item() == pytest.approx(result.omz_volume.values[1, 1])
    to_netcdf(result, tmp_path / "omz.nc")
    with open_series(tmp_path / "omz.nc") as back:
        for name in result:
            xr.testing.assert_allclose(back[name].transpose(*result[name].dims).load(), result[name])
        assert back.threshold.attrs["units"] == "umol kg-1" and back.omz_volume.attrs["count"].startswith("sub-cell")
    assert result.omz_volume.attrs["standard_name"] == "ocean_volume"
    assert result.omz_area.attrs["standard_name"] == "sea_area"
    assert not list(tmp_path.glob(".partial*"))


def test_a_reconstruction_gives_the_same_numbers_with_the_grid_that_it_carries(tmp_path: Path) -> None:
    wet = np.ones((3, 3, 4), bool)
    wet[1:, 1, 1:3] = False
    grid = Grid(
        np.linspace(9.9, 13.2, 4), np.arange(178.3, 183), np.array([0.0, 7.1, 50.3, 99.9]), np.array([0.0, 20, 55]), wet
    )
    years = TimeAxis.regular(2000, 2002, "year")
    empty_reconstruction(tmp_path / "o.zarr", grid, years, Provenance("t", "s", "e", "c", "0", 0, "made"))
    mean = np.random.default_rng(0).uniform(0, 80, (3, grid.cells))
    write_window(tmp_path / "o.zarr", grid, 0, mean, 0 * mean + 4, np.zeros(mean.shape, int))
    field = open_reconstruction(tmp_path / "o.zarr")
    oxygen, error = field["oxygen"], field["oxygen_standard_error"]
    expected = omz_series(oxygen, [20.0, 50.0], error, grid=grid)
    xr.testing.assert_identical(omz_series(oxygen, [20.0, 50.0], error), expected)
    xr.testing.assert_identical(omz_series(field, [20.0, 50.0], error), expected)
    backwards = field.isel(latitude=slice(None, None, -1), depth=slice(None, None, -1))
    turned = omz_series(backwards["oxygen"], [20.0, 50.0], backwards["oxygen_standard_error"])
    xr.testing.assert_identical(turned, expected)
    west = xr.DataArray(grid.longitude < 180, {"longitude": grid.longitude}).expand_dims(latitude=grid.latitude)
    parts = [omz_series(oxygen, [50.0], region=region) for region in (west, ~west)]
    total = omz_series(oxygen, [50.0])
    for name in ("omz_volume", "omz_area"):
        np.testing.assert_allclose(parts[0][name] + parts[1][name], total[name])


def random_ocean(seed: int = 3) -> tuple[Grid, xr.DataArray]:
    """An ocean with islands, sea floors and missing cells, and three years of oxygen."""
    rng = np.random.default_rng(seed)
    wet = rng.random((DEPTH.size, 6, 8)) < 0.9
    wet &= np.cumprod(rng.random((DEPTH.size, 6, 8)) < 0.97, axis=0) > 0
    grid = Grid(np.linspace(-30, 30, 7), np.linspace(-160, -80, 9), np.append(0.0, DEPTH + 25), DEPTH, wet)
    oxygen = field(np.zeros((3, DEPTH.size)), grid)
    oxygen.values[:] = rng.uniform(0, 150, oxygen.shape)
    oxygen.values[rng.random(oxygen.shape) < 0.05] = np.nan
    return grid, oxygen


def test_regions_that_cover_everything_sum_to_the_whole() -> None:
    grid, oxygen = random_ocean()
    band = np.arange(6)[:, None] // 2 * np.ones((1, 8), int)
    regions = {f"band {i}": band == i for i in range(3)}
    found = omz_series(oxygen, [20.0, 60.0], xr.full_like(oxygen, 9.0), grid=grid, regions=regions, level_area=True)
    assert found["region"].to_numpy().tolist() == ["all", "band 0", "band 1", "band 2"]
    kinds = ("", "_low", "_high", "_expected")
    names = [
        "omz_volume_whole_cells",
        "omz_level_area",
        *(f"{n}{k}" for n in ("omz_area", "omz_volume") for k in kinds),
    ]
    alone = omz_series(oxygen, [20.0, 60.0], xr.full_like(oxygen, 9.0), grid=grid, level_area=True)
    one = omz_series(oxygen, [20.0, 60.0], xr.full_like(oxygen, 9.0), grid=grid, region=band == 1)
    for name in names:
        np.testing.assert_allclose(found[name].isel(region=slice(1, None)).sum("region"), alone[name], rtol=1e-12)
        np.testing.assert_allclose(found[name].sel(region="all"), alone[name], rtol=1e-12)
    for name in one:
        np.testing.assert_allclose(found[name].sel(region="band 1"), one[name], rtol=1e-12)


def test_both_counts_of_the_volume_are_there_by_plain_names() -> None:
    grid, oxygen = random_ocean()
    smooth, whole = (omz_series(oxygen, [60.0], grid=grid, subcell=count) for count in (True, False))
    np.testing.assert_array_equal(smooth["omz_volume_whole_cells"], whole["omz_volume"])
    np.testing.assert_array_equal(whole["omz_volume_subcell"], smooth["omz_volume"])
    assert smooth["omz_volume"].attrs["count"].startswith("sub-cell crossing")
    assert whole["omz_volume"].attrs["count"] == "whole cells"
    by_hand = ((oxygen.to_numpy() < 60) * grid.wet * grid.volume).sum(axis=(1, 2, 3))
    np.testing.assert_allclose(whole["omz_volume"][0], by_hand, rtol=1e-12)


def test_depths_of_a_zone_are_means_over_its_area() -> None:
    grid, oxygen = random_ocean()
    found, columns = omz_series(oxygen, [20.0], grid=grid), omz_columns(oxygen, 20.0, grid=grid)
    for name in ("upper_boundary", "core_depth", "core_oxygen", "thickness"):
        weight = grid.area * np.isfinite(columns[name])
        mean = (columns[name].fillna(0.0) * weight).sum(("latitude", "longitude"))
        np.testing.assert_allclose(found[f"omz_{name}"][0], mean / weight.sum(("latitude", "longitude")), rtol=1e-12)
    assert found["omz_core_oxygen"].attrs["units"] == "umol kg-1" and found["omz_core_depth"].attrs["units"] == "m"
    none = omz_series(oxygen + 500, [20.0], grid=grid, unit="umol kg-1")
    assert none["omz_core_depth"].isnull().all() and none["omz_thickness"].isnull().all() and (none.omz_area == 0).all()


def test_the_observed_share_is_that_of_the_volume_of_the_zone() -> None:
    grid, oxygen = random_ocean()
    counts = xr.zeros_like(oxygen)
    counts[1] = 2.0
    counts[2, :10] = 1.0
    found = omz_series(oxygen, [60.0], grid=grid, observed=counts)
    below, volume = (oxygen.to_numpy()[2] < 60) & grid.wet, grid.volume
    expected = 100 * (volume * below)[:10].sum() / (volume * below).sum()
    np.testing.assert_allclose(found["omz_observed_percent"][0], [0.0, 100.0, expected])
    share = 100 * volume[:10][grid.wet[:10]].sum() / volume[grid.wet].sum()
    np.testing.assert_allclose(found["observed_percent"], [0.0, 100.0, share])


def test_water_below_a_density_surface_is_measured_alone() -> None:
    grid, oxygen = random_ocean()
    temperature = field(20.0 - 0.015 * DEPTH, grid).isel(time=0, drop=True)
    dense = sigma0(temperature, xr.full_like(temperature, 35.0)) > 26.5
    assert 0 < int(dense.sum()) < dense.size and (dense == dense.isel(latitude=0, longitude=0)).all()
    found = omz_series(oxygen, [60.0], grid=grid, where=dense, subcell=False)
    over = omz_series(oxygen, [60.0], grid=grid, where=~dense, subcell=False)
    total = omz_series(oxygen, [60.0], grid=grid, subcell=False)
    by_hand = ((oxygen < 60) & dense & grid.wet) * grid.volume
    np.testing.assert_allclose(found["omz_volume"][0], by_hand.sum(("depth", "latitude", "longitude")), rtol=1e-12)
    np.testing.assert_allclose(found["omz_volume"] + over["omz_volume"], total["omz_volume"], rtol=1e-12)
    moving = omz_series(oxygen, [60.0], grid=grid, where=dense.broadcast_like(oxygen), subcell=False)
    xr.testing.assert_allclose(moving, found)
    lost = (np.isnan(oxygen) & dense & grid.wet) * grid.volume
    share = lost.sum(("depth", "latitude", "longitude")) / (dense * grid.wet * grid.volume).sum() * 100
    np.testing.assert_allclose(found["missing_percent"], share)


def test_the_number_to_publish_comes_first_and_is_named(tmp_path: Path) -> None:
    grid, oxygen = random_ocean()
    plain = omz_series(oxygen, [60.0], grid=grid)
    assert list(plain)[:2] == ["omz_area", "omz_volume"] and plain.attrs["number_to_publish"] == "omz_area; omz_volume"
    found = omz_series(oxygen, [60.0], xr.full_like(oxygen, 5.0), grid=grid, regions={})
    assert found.attrs["number_to_publish"].startswith(
        "omz_area_expected, its interval omz_area_low to omz_area_high (one standard error up and down); omz_volume"
    )
    to_table(found, tmp_path / "omz.csv")
    assert list(pd.read_csv(tmp_path / "omz.csv"))[:6] == [
        "time", "region", "threshold (umol kg-1)", "omz_area_expected (m2)", "omz_area_low (m2)", "omz_area_high (m2)",
    ]  # fmt: skip


def test_what_does_not_fit_is_refused_in_one_line() -> None:
    grid = one_column()
    oxygen = field(wedge(DEPTH), grid)
    with pytest.raises(InputError, match="mmol m-3"):
        omz_series(oxygen.assign_attrs(units="mmol m-3"), [60.0], grid=grid)
    with pytest.raises(InputError, match="unknown unit"):
        omz_series(oxygen, [60.0], grid=grid, unit="ml/l")
    with pytest.raises(InputError, match="thresholds"):
        omz_series(oxygen, [-1.0], grid=grid)
    with pytest.raises(InputError, match="thresholds"):
        omz_series(oxygen, [], grid=grid)
    with pytest.raises(InputError, match="shape"):
        omz_series(oxygen.isel(depth=slice(3)), [60.0], grid=grid)
    with pytest.raises(InputError, match="dimensions"):
        omz_series(oxygen.isel(time=0), [60.0], grid=grid)
    with pytest.raises(InputError, match="region dry: no ocean of the grid in it; move or widen it, or leave it out"):
        omz_series(oxygen, [60.0], grid=grid, regions={"dry": np.zeros((1, 1), bool)})
    with pytest.raises(InputError, match="region all: the name of the whole grid; give it another name"):
        omz_series(oxygen, [60.0], grid=grid, regions={"all": np.ones((1, 1), bool)})
    with pytest.raises(InputError, match="in mmol m-3, thresholds in umol kg-1; convert one of them first") as caught:
        omz_series(oxygen.assign_attrs(units="mmol m-3"), [60.0], grid=grid)
    assert "\n" not in str(caught.value)
