"""Files of products: CF that CDO reads, and tables."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.fields.cf import Provenance, global_attributes
from oxygen_recon.products.files import open_series, to_netcdf, to_table
from qc.errors import InputError
from tests.support.compliance import cdo_reads, keeps_the_conventions


@pytest.fixture
def series() -> xr.Dataset:
    """Area by threshold, region and year, with texts, a layer's depth and what has no threshold."""
    time = pd.to_datetime([f"{year}-07-02" for year in range(1990, 1994)])
    values = np.arange(24.0).reshape(3, 2, 4)
    values[0, 0, 0] = np.nan
    return xr.Dataset(
        {
            "omz_area": (("threshold", "region", "time"), values, {"units": "m2", "standard_name": "sea_area"}),
            "omz_level_area": (("time", "depth"), np.ones((4, 2)), {"units": "m2", "long_name": "area at a level"}),
            "missing_percent": (("time",), np.zeros(4), {"units": "%", "long_name": "missing"}),
            "trend": (("region",), np.zeros(2), {"units": "m2 decade-1", "long_name": "trend of the area"}),
        },
        {
            "time": ("time", time, {"standard_name": "time", "bounds": "time_bnds", "axis": "T"}),
            "threshold": ("threshold", [5.0, 20.0, 60.0], {"units": "umol kg-1", "long_name": "oxygen threshold"}),
            "region": np.array(["all", "bay_of_bengal, in short"], object),
            "depth": ("depth", [5.0, 15.0], {"units": "m", "standard_name": "depth", "positive": "down", "axis": "Z"}),
        },
    )


def test_series_keep_the_conventions_and_come_back(series, tmp_path):
    to_netcdf(series, tmp_path / "omz.nc", {"title": "Zones", "seed": 3})
    keeps_the_conventions(tmp_path / "omz.nc", acdd=False)
    with xr.open_dataset(tmp_path / "omz.nc", decode_cf=False) as raw:
        assert all(raw[name].dims[0] == "time" for name in raw.data_vars if "time" in raw[name].dims)
        assert raw["region"].attrs["flag_meanings"] == "all bay_of_bengal_in_short"
        assert not any("_FillValue" in raw[name].attrs for name in (*raw.coords, "time_bnds"))
        assert raw.attrs["title"] == "Zones" and raw.attrs["seed"] == 3 and "oxygen-recon" in raw.attrs["history"]
    with open_series(tmp_path / "omz.nc") as back:
        xr.testing.assert_allclose(back["omz_area"].transpose(*series["omz_area"].dims), series["omz_area"])
        assert back["region"].values.tolist() == series["region"].values.tolist()
        first = back["time_bnds"].values[0].astype("datetime64[D]").astype(str)
        assert first.tolist() == ["1990-01-01", "1991-01-01"]
    with pytest.raises(InputError, match="no readable netCDF file"):
        open_series(tmp_path / "none.nc")


def test_cdo_reads_every_variable_of_series_and_maps(series, tmp_path):
    to_netcdf(series, tmp_path / "omz.nc")
    assert series["trend"].attrs["units"] == "m2 decade-1"
    cdo_reads(tmp_path / "omz.nc", ["omz_area", "omz_level_area", "missing_percent"])
    axes = {
        "latitude": ("latitude", np.arange(-75.0, 76.0, 50.0), {"units": "degrees_north", "standard_name": "latitude"}),
        "longitude": (
            "longitude",
            np.arange(30.0, 360.0, 60.0),
            {"units": "degrees_east", "standard_name": "longitude"},
        ),
    }
    maps = xr.Dataset(
        {
            "thickness": (
                ("time", "latitude", "longitude"),
                np.ones((4, 4, 6)),
                {"units": "m", "long_name": "thickness"},
            )
        },
        axes | {"time": series["time"], "threshold": ((), 20.0, series["threshold"].attrs)},
    )
    to_netcdf(maps, tmp_path / "maps.nc")
    keeps_the_conventions(tmp_path / "maps.nc", acdd=False)
    cdo_reads(tmp_path / "maps.nc", ["thickness"])
    with xr.open_dataset(tmp_path / "maps.nc") as back:
        assert back["latitude_bnds"].values[0].tolist() == [-90.0, -50.0]


@pytest.mark.parametrize("step", ["year", "season", "month", "static"])
def test_bounds_of_time_are_those_of_the_field(step, tmp_path):
    grid = Grid(np.array([0.0, 9.0]), np.array([0.0, 9.0]), np.array([0.0, 9.0]), np.array([5.0]), np.ones((1, 1, 1)))
    axis = TimeAxis.regular(1991, 1996, step)
    attributes = global_attributes(grid, axis, Provenance("", "", "", "", "", 0, ""))
    centre = axis.centre.astype("datetime64[ns]")
    whole = xr.Dataset({"area": ("time", np.ones(len(axis)), {"units": "m2"})}, {"time": centre})
    for kept in (slice(None), [0, 1, -1]) if len(axis) > 2 else (slice(None),):  # with a gap, too
        to_netcdf(whole.isel(time=kept), tmp_path / "area.nc", attributes)
        with xr.open_dataset(tmp_path / "area.nc") as back:
            edges = np.stack([axis.edges[:-1], axis.edges[1:]], axis=1)[kept]
            np.testing.assert_array_equal(back["time_bnds"], edges.astype("datetime64[ns]"))


def test_bounds_are_not_those_of_what_a_mean_was_made_from(tmp_path):
    attributes = {"time_coverage_start": "1991-01-01", "time_coverage_resolution": "P1M"}
    attributes["time_coverage_duration"] = "P2Y"
    years = np.array(["1991-07-02", "1992-07-02"], "datetime64[ns]")
    winters = np.array(["1991-01-15", "1991-04-15", "1991-07-15"], "datetime64[ns]")
    for times, first in ((years, "1991-01-01"), (winters, "1990-12-01")):
        data = xr.Dataset({"area": ("time", np.ones(times.size), {"units": "m2"})}, {"time": times})
        to_netcdf(data, tmp_path / "mean.nc", attributes)
        with xr.open_dataset(tmp_path / "mean.nc") as back:
            bounds = back["time_bnds"].values
            assert abs(bounds[0, 0] - np.datetime64(first)) <= np.timedelta64(1, "D")
            assert (bounds[:, 0] <= times).all() and (times <= bounds[:, 1]).all()
    to_netcdf(data.isel(time=[0]), tmp_path / "one.nc", attributes)
    with xr.open_dataset(tmp_path / "one.nc") as back:
        assert "time_bnds" not in back.variables, "how long a single mean is cannot be known"


def test_the_checks_of_these_tests_can_fail(series, tmp_path):
    series.to_netcdf(tmp_path / "plain.nc")
    with pytest.raises(AssertionError):
        keeps_the_conventions(tmp_path / "plain.nc", acdd=False)
    with pytest.raises(AssertionError):
        cdo_reads(tmp_path / "plain.nc", ["omz_area"])


def test_tables_have_a_row_a_time_threshold_and_region(series, tmp_path):
    to_table(series, tmp_path / "omz.csv")
    table = pd.read_csv(tmp_path / "omz.csv")
    assert table.columns.tolist() == [
        "time",
        "threshold (umol kg-1)",
        "region",
        "omz_area (m2)",
        "missing_percent (%)",
        "trend (m2 decade-1)",
    ]
    assert len(table) == 24 and table["omz_area (m2)"].isna().sum() == 1
    to_table(series, tmp_path / "omz.parquet")
    other = pd.read_parquet(tmp_path / "omz.parquet")
    np.testing.assert_array_equal(other["omz_area (m2)"], table["omz_area (m2)"])


def test_dates_of_other_calendars_stay_dates(series, tmp_path):
    times = xr.date_range("1990-07-02", periods=4, freq="360D", calendar="360_day", use_cftime=True)
    other = series.assign_coords(time=("time", times, series["time"].attrs))
    to_netcdf(other, tmp_path / "omz.nc")
    with xr.open_dataset(tmp_path / "omz.nc", decode_times=False) as raw:
        assert raw["time"].attrs["calendar"] == "360_day" and "flag_meanings" not in raw["time"].attrs
    with open_series(tmp_path / "omz.nc") as back:
        assert str(back["time"].values[1])[:10] == "1991-07-02"
    to_table(other, tmp_path / "omz.parquet")
    assert pd.read_parquet(tmp_path / "omz.parquet")["time"].iloc[0].startswith("1990-07-02")
