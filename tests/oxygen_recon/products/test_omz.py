"""Oxygen minimum zones: the World Ocean Atlas values, analytic profiles, missing cells, files."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.grid import Grid
from oxygen_recon.products.omz import columns, series, to_csv, to_netcdf
from qc.errors import InputError

EDGES = np.arange(0.0, 1001.0, 50.0)
DEPTH = EDGES[:-1] + 25.0


def one_column(floor: int = DEPTH.size) -> Grid:
    wet = np.zeros((DEPTH.size, 1, 1), bool)
    wet[:floor] = True
    return Grid(np.array([0.0, 1.0]), np.array([0.0, 1.0]), EDGES, DEPTH, wet)


def field(profile: np.ndarray, grid: Grid) -> xr.DataArray:
    """Make every column of every time step the same profile, or take one profile a step."""
    profile = np.atleast_2d(profile)
    values = np.broadcast_to(profile[:, :, None, None], (len(profile), *grid.shape)).copy()
    time = pd.date_range("2000-07-01", periods=len(profile), freq="YS-JUL").to_numpy()
    coords = {"time": time, "depth": grid.depth, "latitude": grid.latitude, "longitude": grid.longitude}
    return xr.DataArray(values, coords, ("time", "depth", "latitude", "longitude"), "oxygen", {"units": "umol kg-1"})


def wedge(depth: np.ndarray) -> np.ndarray:
    """200 umol/kg at the surface, 0 at 500 m, 200 at 1000 m, linear between: below 50 from 375 to 625 m."""
    return 0.4 * np.abs(depth - 500.0)


def test_world_ocean_atlas_2009_by_whole_cells(atlas: tuple[xr.Dataset, Grid]) -> None:
    data, grid = atlas
    oxygen = data.oxygen_mmol_m3.assign_attrs(units="mmol m-3")
    thresholds = [5, 10, 20, 30, 45, 60, 62.5, 80, 90, 120]
    result = series(oxygen, thresholds, grid, unit="mmol m-3", subcell=False, level_area=True)
    assert result.attrs["ocean_area_m2"] / 1e12 == pytest.approx(356.43, abs=0.05)
    assert result.attrs["ocean_volume_m3"] / 1e18 == pytest.approx(1.3218, abs=5e-4)
    volume = [2.05, 5.43, 16.51, 31.83, 55.75, 82.31, 87.51, 126.81, 156.40, 271.03]
    area = [5.28, 12.31, 35.93, 54.30, 74.85, 92.97, 95.34, 115.37, 126.16, 156.83]
    percent = [1.5, 3.5, 10.1, 15.2, 21.0, 26.1, 26.7, 32.4, 35.4, 44.0]
    np.testing.assert_allclose(result.omz_volume[:, 0] / 1e15, volume, atol=0.02, rtol=2e-4)
    np.testing.assert_allclose(result.omz_area[:, 0] / 1e12, area, atol=0.02)
    np.testing.assert_allclose(result.omz_area_percent[:, 0], percent, atol=0.06)
    surface = grid.area[grid.wet[0]].sum()
    share = result.omz_level_area.sel(threshold=30).isel(time=0) / surface * 100
    np.testing.assert_allclose(share.sel(depth=[501, 758], method="nearest"), [8.7, 9.1], atol=0.06)
    assert result.missing_percent.item() == 0
    # The crossing within a cell moves the volume by some percent, not by a factor, and leaves the projected area.
    smooth = series(oxygen, thresholds, grid, unit="mmol m-3")
    np.testing.assert_allclose(smooth.omz_volume[3:], result.omz_volume[3:], rtol=0.05)
    np.testing.assert_array_equal(smooth.omz_area, result.omz_area)


def test_analytic_profile_is_measured_exactly() -> None:
    grid = one_column()
    oxygen = field(wedge(DEPTH), grid)
    result = series(oxygen, [20.0, 50.0, 120.0], grid)
    np.testing.assert_allclose(result.omz_area[:, 0], grid.area.sum())
    np.testing.assert_allclose(result.omz_area_percent, 100.0)
    # Between the centres at 475 and 525 m the linear profile is flat at 10, not a wedge: no threshold here is below 10.
    np.testing.assert_allclose(result.omz_volume[:, 0], np.array([100.0, 250.0, 600.0]) * grid.area.sum())
    maps = columns(oxygen, 50.0, grid)
    assert maps.thickness.item() == pytest.approx(250)
    assert maps.upper_boundary.item() == pytest.approx(375)
    assert maps.lower_boundary.item() == pytest.approx(625)
    assert maps.core_depth.item() in (475, 525)
    assert maps.core_oxygen.item() == pytest.approx(10)


def test_boundaries_at_sea_floor_surface_and_missing_cells() -> None:
    shallow = one_column(floor=10)  # sea floor at 500 m
    maps = columns(field(wedge(DEPTH), shallow), 50.0, shallow)
    assert maps.lower_boundary.item() == pytest.approx(500)
    assert maps.thickness.item() == pytest.approx(125)
    grid = one_column()
    anoxic = columns(field(np.full(DEPTH.size, 1.0), grid), 50.0, grid)
    assert (anoxic.upper_boundary.item(), anoxic.lower_boundary.item(), anoxic.thickness.item()) == (0, 1000, 1000)
    profile = wedge(DEPTH)
    profile[DEPTH == 575] = np.nan
    hidden = columns(field(profile, grid), 50.0, grid)
    assert np.isnan(hidden.lower_boundary.item())
    assert hidden.upper_boundary.item() == pytest.approx(375)
    none = columns(field(np.full(DEPTH.size, 100.0), grid), 50.0, grid)
    assert all(np.isnan(none[name].item()) for name in none.data_vars)


def test_two_layers_both_count_and_boundaries_are_those_of_the_deeper_minimum() -> None:
    grid = one_column()
    profile = np.full(DEPTH.size, 100.0)
    profile[(DEPTH > 200) & (DEPTH < 300)] = 40.0
    profile[(DEPTH > 600) & (DEPTH < 700)] = 20.0
    maps = columns(field(profile, grid), 70.0, grid)
    assert maps.core_oxygen.item() == 20
    assert maps.upper_boundary.item() == pytest.approx(575 + 50 * 30 / 80)
    assert maps.thickness.item() == pytest.approx((50 + 2 * 25) + (50 + 2 * 50 * 50 / 80))


@settings(max_examples=40, deadline=None)
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
    result = series(oxygen, [threshold, threshold + 10], grid)
    assert (result.omz_volume.diff("threshold") >= -1e-3).all()
    assert (result.omz_area.diff("threshold") >= 0).all()
    present = grid.volume[grid.wet].sum() * (1 - result.missing_percent / 100)
    assert (result.omz_volume <= present * (1 + 1e-12)).all()
    everything = series(oxygen, [1000.0], grid)
    np.testing.assert_allclose(everything.omz_volume[0], present)


def test_missing_cells_are_counted_missing_not_oxygenated() -> None:
    grid = one_column()
    profile = np.full(DEPTH.size, 10.0)
    profile[:5] = np.nan
    result = series(field(profile, grid), [20.0], grid)
    assert result.missing_percent.item() == pytest.approx(25)
    assert result.omz_volume.item() == pytest.approx(750 * grid.area.sum())


def test_correlated_error_gives_the_range_of_a_shift() -> None:
    grid = one_column()
    oxygen = field(np.stack([wedge(DEPTH), wedge(DEPTH) + 5]), grid)
    result = series(oxygen, [60.0], grid, standard_error=xr.full_like(oxygen, 10.0))
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
    result = series(flat, [30.0, 45.0], grid, standard_error=xr.full_like(flat, error))
    true = series(truth, [30.0, 45.0], grid).mean("time")
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
    result = series(oxygen, [60.0], grid)
    assert result.omz_volume.item() == pytest.approx(300 * grid.area.sum())
    assert result.omz_volume_standard_error.item() == pytest.approx(50 * grid.area.sum())


def test_time_steps_are_read_a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    grid = one_column()
    oxygen = field(np.stack([wedge(DEPTH) + shift for shift in range(7)]), grid)
    whole = series(oxygen, [20.0, 60.0], grid, standard_error=xr.full_like(oxygen, 3.0))
    monkeypatch.setattr("oxygen_recon.products.omz.BLOCK", 2 * DEPTH.size)
    xr.testing.assert_identical(whole, series(oxygen, [20.0, 60.0], grid, standard_error=xr.full_like(oxygen, 3.0)))


def test_files_hold_what_was_computed(tmp_path: Path) -> None:
    grid = one_column()
    oxygen = field(np.stack([wedge(DEPTH), wedge(DEPTH) + 5]), grid)
    result = series(oxygen, [20.0, 60.0], grid, level_area=True)
    to_csv(result, tmp_path / "out" / "omz.csv")
    table = pd.read_csv(tmp_path / "out" / "omz.csv")
    assert len(table) == 4
    chosen = table[(table["threshold (umol kg-1)"] == 60) & table["time"].str.startswith("2001")]
    assert chosen["omz_volume (m3)"].item() == pytest.approx(result.omz_volume.values[1, 1])
    for name, data in (("omz.nc", result), ("columns.nc", columns(oxygen, 60.0, grid))):
        to_netcdf(data, tmp_path / name)
        with xr.open_dataset(tmp_path / name) as back:
            xr.testing.assert_allclose(back.load(), data)
            assert back.threshold.attrs["units"] == "umol kg-1"
    assert result.omz_volume.attrs["standard_name"] == "ocean_volume"
    assert result.omz_area.attrs["standard_name"] == "sea_area"
    assert not list(tmp_path.glob(".partial*"))


def test_what_does_not_fit_is_refused_in_one_line() -> None:
    grid = one_column()
    oxygen = field(wedge(DEPTH), grid)
    with pytest.raises(InputError, match="mmol m-3"):
        series(oxygen.assign_attrs(units="mmol m-3"), [60.0], grid)
    with pytest.raises(InputError, match="unknown unit"):
        series(oxygen, [60.0], grid, unit="ml/l")
    with pytest.raises(InputError, match="thresholds"):
        series(oxygen, [-1.0], grid)
    with pytest.raises(InputError, match="thresholds"):
        series(oxygen, [], grid)
    with pytest.raises(InputError, match="shape"):
        series(oxygen.isel(depth=slice(3)), [60.0], grid)
    with pytest.raises(InputError, match="dimensions"):
        columns(oxygen.isel(time=0), 60.0, grid)
