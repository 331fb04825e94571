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
from oxygen_recon.fields.reconstruction import empty_reconstruction, open_reconstruction, write_window
from oxygen_recon.products.omz import omz_series, to_csv, to_netcdf
from oxygen_recon.products.water_columns import omz_columns
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
    np.testing.assert_allclose(result.omz_volume[:, 0] / 1e15, volume, atol=0.02, rtol=2e-4)
    np.testing.assert_allclose(result.omz_area[:, 0] / 1e12, area, atol=0.02)
    np.testing.assert_allclose(result.omz_area_percent[:, 0], percent, atol=0.06)
    surface = grid.area[grid.wet[0]].sum()
    share = result.omz_level_area.sel(threshold=30).isel(time=0) / surface * 100
    np.testing.assert_allclose(share.sel(depth=[501, 758], method="nearest"), [8.7, 9.1], atol=0.06)
    assert result.missing_percent.item() == 0
    # The crossing within a cell moves the volume by some percent, not by a factor, and leaves the projected area.
    smooth = omz_series(oxygen, thresholds, grid=grid, unit="mmol m-3")
    np.testing.assert_allclose(smooth.omz_volume[3:], result.omz_volume[3:], rtol=0.05)
    np.testing.assert_array_equal(smooth.omz_area, result.omz_area)


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
    to_csv(result, tmp_path / "out" / "omz.csv")
    table = pd.read_csv(tmp_path / "out" / "omz.csv")
    assert len(table) == 4
    chosen = table[(table["threshold (umol kg-1)"] == 60) & table["time"].str.startswith("2001")]
    assert chosen["omz_volume (m3)"].item() == pytest.approx(result.omz_volume.values[1, 1])
    for name, data in (("omz.nc", result), ("columns.nc", omz_columns(oxygen, 60.0, grid=grid))):
        to_netcdf(data, tmp_path / name)
        with xr.open_dataset(tmp_path / name) as back:
            xr.testing.assert_allclose(back.load(), data)
            assert back.threshold.attrs["units"] == "umol kg-1"
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
