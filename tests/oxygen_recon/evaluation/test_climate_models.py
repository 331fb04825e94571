"""Climate models at points: curvilinear grids, dateline, land, time."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from oxygen_recon.evaluation.climate_models import times_of_steps
from oxygen_recon.fields.cmip6.models import open_models
from tests.support.climate_model_files import expected, regular, sample, write

CURVILINEAR = (
    "tos_Omon_CESM2-FV2_historical_r1i1p1f1_gn_200001.nc",  # latitude and longitude are fill over land
    "tos_Omon_CNRM-CM6-1_ssp245_r1i1p1f2_gn_201501.nc",  # halo columns, one repeated row
    "tos_Omon_FGOALS-f3-L_ssp126_r1i1p1f1_gn_201501.nc",  # dims j, i; tripolar
)


@pytest.mark.parametrize("name", CURVILINEAR)
def test_real_curvilinear_grids(data_root: Path, tmp_path: Path, name: str) -> None:
    with xr.open_dataset(data_root / "gridded/curvilinear" / name, decode_times=False) as file:
        tos = file.tos.isel(time=0).load()
        north = next(file[n].values for n in ("lat", "latitude") if n in file.variables)
        east = next(file[n].values for n in ("lon", "longitude") if n in file.variables)
    fill = np.abs(north) > 91
    north, east = np.where(fill, np.nan, north), np.where(fill, np.nan, east)
    land = ~np.isfinite(tos.values) | fill
    names = (str(tos.dims[0]), str(tos.dims[1]), "latitude", "longitude")
    path = write(tmp_path / "o2.nc", [2000, 2001], north, east, land, level_units="centimeters", names=names)
    (model,) = open_models([path])
    rng = np.random.default_rng(0)
    some = rng.choice(np.flatnonzero(~land & (np.abs(north) < 85)), 400)
    latitude = north.ravel()[some] + rng.uniform(-0.2, 0.2, 400)
    longitude = (east.ravel()[some] + rng.uniform(-0.2, 0.2, 400) + 180) % 360 - 180
    depth, years = rng.uniform(0, 100, 400), rng.uniform(2000.5, 2001.5, 400)
    value = sample(model, latitude, longitude, depth, years)
    assert np.isfinite(value).all()
    np.testing.assert_allclose(value, expected(latitude, longitude, np.maximum(depth, 5), years), atol=1.0)
    inland = sample(
        model, np.array([48.0, -25.0, 24.0]), np.array([90.0, 134.0, 10.0]), np.full(3, 50.0), np.full(3, 2001.0)
    )
    assert np.isnan(inland).all()


def test_a_regular_model_across_the_dateline_and_greenwich(tmp_path: Path) -> None:
    (model,) = open_models([write(tmp_path / "o2.nc", [1999, 2000, 2001], *regular())])
    assert model.name == "TOY r1i1p1f1"
    assert model.density == "constant 1025 kg m-3"
    np.testing.assert_allclose(model.years, [1999.5, 2000.5, 2001.5], atol=2e-3)
    latitude, longitude = np.full(5, 30.3), np.array([-180.0, 179.99, -0.01, 0.01, 359.9])
    depth, years = np.array([5.0, 52.5, 100.0, 550.0, 1000.0]), np.array([1999.5, 2000.0, 2000.5, 2001.0, 2001.5])
    value = sample(model, latitude, longitude, depth, years)
    np.testing.assert_allclose(value, expected(latitude, longitude, depth, years), atol=0.5)


def test_no_value_on_land_off_the_period_or_below_the_bottom(tmp_path: Path) -> None:
    (model,) = open_models([write(tmp_path / "o2.nc", [1999, 2000, 2001], *regular())])

    def at(latitude: float, longitude: float, depth: float, year: float) -> float:
        return sample(model, *(np.array([value]) for value in (latitude, longitude, depth, year))).item()

    assert np.isnan(at(40, 120, 50, 2000.5))  # continent
    assert np.isfinite(at(40, 102, 50, 2000.5))  # within two cells of the sea
    assert np.isnan(at(0, 0, 50, 2002.6))
    assert np.isfinite(at(0, 0, 50, 2001.9))
    assert np.isnan(at(30, 0, 2000, 2000.5))
    # At the equator the deepest level is sea floor: only the level above counts.
    assert at(0, 200, 900, 2000.5) == pytest.approx(expected(0, 200, 100, 2000.5), abs=0.5)
    assert sample(model, *(np.empty(0) for _ in range(4))).shape == (0,)


def test_a_step_is_the_mean_of_the_times_in_it() -> None:
    months = 2000 + (np.arange(36) + 0.5) / 12
    edges = np.array([2000.0, 2001.0, 2002.0, 2003.0, 2004.0])
    found = times_of_steps(months, edges)
    assert [[time for time, _ in step] for step in found] == [[*range(12)], [*range(12, 24)], [*range(24, 36)], []]
    assert all(sum(weight for _, weight in step) == pytest.approx(1.0) for step in found[:3])
    (whole,) = times_of_steps(months, np.array([2000.0, 2002.0]))  # one step: of its own period only
    assert len(whole) == 24
    (year,) = times_of_steps(months[:12], np.array([1990.0, 2001.0]))
    assert len(year) == 12


def test_steps_shorter_than_a_model_s_are_interpolated_but_not_over_gaps() -> None:
    years = np.array([2000.5, 2001.5, 2002.5, 2006.5])  # three years of files are not there
    edges = np.arange(2000.0, 2007.01, 0.25)
    found = times_of_steps(years, edges)
    assert found[4] == [(0, 0.375), (1, 0.625)] and found[2] == [(0, 1.0)]  # from 2001.0 on; from 2000.5 on
    assert found[0] == [(0, 1.0)]  # half a step before the first
    assert [bool(step) for step in found[12:24]] == [False] * 12


def test_bounds_say_which_time_a_stamp_at_the_end_means(tmp_path: Path) -> None:
    """POP writes the end of a month; its bounds say which."""
    path = write(tmp_path / "o2.nc", [2000, 2001], *regular(8.0))
    with xr.open_dataset(path, decode_times=False) as file:
        data = file.load()
    ends = np.array([55115.0, 55146.0])  # 1 January and 1 February 2001 of 365 days
    data["time_bound"] = (("time", "d2"), np.stack([ends - 31, ends], axis=1))
    data = data.assign_coords(time=("time", ends, data["time"].attrs | {"bounds": "time_bound"}))
    data.to_netcdf(tmp_path / "ends.nc")
    (model,) = open_models([tmp_path / "ends.nc"])
    np.testing.assert_allclose(model.years, [2000 + 349.5 / 365, 2001 + 15.5 / 365], atol=1e-6)
