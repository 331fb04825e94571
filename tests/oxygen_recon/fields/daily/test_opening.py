from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from oxygen_recon.fields.daily.opening import open_daily
from qc.errors import InputError
from tests.support.daily_files import hycom, write


def dates(data: xr.Dataset) -> list[str]:
    return [str(day)[:10] for day in data["time"].values]


@pytest.mark.parametrize("name", ["a.nc", "a.zarr"])
def test_hycom_has_the_names_units_and_axes_of_the_project_and_is_read_lazily(tmp_path: Path, name: str) -> None:
    data = open_daily(write(hycom(), tmp_path / name))
    assert data.attrs["sampling"] == "instantaneous"
    assert dates(data) == ["2012-01-01", "2012-01-02", "2012-01-03"]
    assert data["temperature"].dims == ("time", "depth", "latitude", "longitude")
    assert data["sea_surface_height"].dims == ("time", "latitude", "longitude")
    assert data["temperature"].attrs["temperature_kind"] == "in situ"
    assert [data[one].attrs["units"] for one in data] == ["degC", "1e-3", "m s-1", "m s-1", "m"]
    assert all(one.chunks is not None and one.dtype == np.float32 for one in data.values())
    np.testing.assert_allclose(data["temperature"], hycom()["water_temp"], atol=1e-3)
    assert data["longitude"].values.tolist() == [178.0, 179.0, 180.0, 181.0, 182.0]  # across the dateline


def test_longitudes_and_latitudes_of_any_order_give_the_same_field(tmp_path: Path) -> None:
    usual = hycom().assign_coords(lon=("lon", [0.0, 72.0, 144.0, 216.0, 288.0], {"units": "degrees_east"}))
    turned = usual.isel(lat=slice(None, None, -1), depth=slice(None, None, -1))
    turned = turned.assign_coords(lon=("lon", [0.0, 72.0, 144.0, -144.0, -72.0])).isel(lon=[3, 4, 0, 1, 2])
    one, other = (open_daily(write(data, tmp_path / f"{i}.nc")) for i, data in enumerate([usual, turned]))
    assert one["longitude"].values.tolist() == [-144.0, -72.0, 0.0, 72.0, 144.0]
    xr.testing.assert_allclose(one.compute(), other.compute())


def test_quantities_in_their_own_files_and_days_in_any_order_are_put_together(tmp_path: Path) -> None:
    first, second = hycom(days=2), hycom("2012-01-03", days=2, seed=1)
    for i, data in enumerate([second, first]):
        write(data[["water_temp", "salinity"]], tmp_path / f"ts{i}.nc")
        write(data[["surf_el"]], tmp_path / f"ssh{i}.nc")
    data = open_daily(tmp_path)
    assert list(data) == ["temperature", "salinity", "sea_surface_height"]
    assert dates(data) == ["2012-01-01", "2012-01-02", "2012-01-03", "2012-01-04"]
    np.testing.assert_allclose(data["temperature"][2:], second["water_temp"], atol=1e-3)


@settings(max_examples=15)
@given(st.lists(st.integers(0, 8), min_size=1, max_size=6, unique=True))
def test_every_day_is_given_at_its_own_date_or_refused(
    tmp_path_factory: pytest.TempPathFactory, days: list[int]
) -> None:
    """A shifted day is never good: the value of a file is found at the date of that file."""
    folder = tmp_path_factory.mktemp("days")
    for number in days:
        day = str(np.datetime64("2012-02-25") + number)
        data = hycom(day, days=1)[["surf_el"]]
        data["surf_el"][:] = number
        data["surf_el"].encoding = {}
        write(data, folder / f"{9 - number}.nc")
    found = open_daily(folder, gaps=True)
    assert found["sea_surface_height"][:, -1, -1].values.tolist() == sorted(days)
    assert dates(found) == [str(np.datetime64("2012-02-25") + number) for number in sorted(days)]
    if max(days) - min(days) + 1 > len(days):
        with pytest.raises(InputError, match="missing"):
            open_daily(folder)


def _other_unit(data: xr.Dataset) -> None:
    data["water_temp"].attrs["units"] = "furlong"


def _other_grid(data: xr.Dataset) -> None:
    data["lat"] = data["lat"] + 0.5


def _means(data: xr.Dataset) -> None:
    for name in data.data_vars:
        data[name].attrs["cell_methods"] = "time: mean"


def _potential(data: xr.Dataset) -> None:
    data["water_temp"].attrs["standard_name"] = "sea_water_potential_temperature"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_other_unit, r"b.nc: water_temp in 'furlong'; give temperature in degC or K"),
        (_other_grid, r"b.nc: latitude of another grid than in a.nc; give files of one grid"),
        (_means, r"b.nc: daily mean values beside those of a.nc, instantaneous; open files of one kind"),
        (_potential, r"b.nc: temperature is sea_water_potential_temperature, potential, in a.nc sea_water_temperature"),
    ],
)
def test_files_that_do_not_fit_are_refused_in_one_line(tmp_path: Path, change: Any, message: str) -> None:
    other = hycom("2012-01-04")
    change(other)
    write(hycom(), tmp_path / "a.nc")
    write(other, tmp_path / "b.nc")
    with pytest.raises(InputError, match=message) as error:
        open_daily(tmp_path)
    assert "\n" not in str(error.value)


def test_repeated_and_missing_days_are_refused(tmp_path: Path) -> None:
    first = write(hycom(), tmp_path / "a.nc")
    repeated, later = write(hycom("2012-01-03"), tmp_path / "b.nc"), write(hycom("2012-01-06"), tmp_path / "c.nc")
    with pytest.raises(InputError, match=r"temperature of 2012-01-03 is in a.nc, b.nc; leave out the repeated day"):
        open_daily([first, repeated])
    with pytest.raises(InputError, match="2 days missing after 2012-01-03; add its file, or set gaps to true"):
        open_daily([first, later])
    assert open_daily([first, later], gaps=True).sizes["time"] == 6


def test_quantities_of_different_days_are_refused(tmp_path: Path) -> None:
    write(hycom()[["water_temp"]], tmp_path / "a.nc")
    write(hycom(days=2)[["salinity"]], tmp_path / "b.nc")
    with pytest.raises(InputError, match="no salinity on 2012-01-03, of which there is temperature"):
        open_daily(tmp_path)


def test_a_missing_variable_is_named_with_those_that_there_are(tmp_path: Path) -> None:
    path = write(hycom()[["salinity"]], tmp_path / "a.nc")
    with pytest.raises(
        InputError, match=r"a.nc: no variable of temperature; a.nc has salinity; name them under variables"
    ):
        open_daily(path, ["temperature", "salinity"])
    with pytest.raises(InputError, match="no such file or folder"):
        open_daily(tmp_path / "none.nc")
    (tmp_path / "bad.nc").write_bytes(b"no netCDF file")
    with pytest.raises(InputError, match=r"bad.nc: not a readable netCDF file or zarr store"):
        open_daily(tmp_path / "bad.nc")


def test_what_no_file_says_must_be_stated_and_not_be_stated_otherwise(tmp_path: Path) -> None:
    silent = hycom()
    silent.attrs = {}
    path = write(silent, tmp_path / "a.nc")
    with pytest.raises(
        InputError, match="it does not say whether a value is a daily mean or instantaneous; set sampling to"
    ):
        open_daily(path)
    assert open_daily(path, sampling="daily mean").attrs["sampling"] == "daily mean"
    with pytest.raises(InputError, match="it says instantaneous, sampling says daily mean; give files of that kind"):
        open_daily(write(hycom(), tmp_path / "b.nc"), sampling="daily mean")


def era5(hours: int = 48) -> xr.Dataset:
    """As the Climate Data Store delivers it: valid_time, latitude from the north, hourly, kelvin and pascal."""
    time = ("valid_time", np.arange(hours), {"units": "hours since 2012-01-01", "standard_name": "time"})
    axes: dict[str, Any] = {
        "valid_time": time,
        "latitude": ("latitude", [2.0, 1.0, 0.0], {"units": "degrees_north"}),
        "longitude": ("longitude", [0.0, 90.0, 180.0, 270.0], {"units": "degrees_east"}),
    }
    dims, shape = tuple(axes), (hours, 3, 4)
    hour = np.broadcast_to(np.arange(hours, dtype=float)[:, None, None], shape)
    fields = {
        "u10": ("m s**-1", 0.0),
        "v10": ("m s**-1", 1.0),
        "t2m": ("K", 273.15),
        "msl": ("Pa", 1e5),
        "sp": ("Pa", 9e4),
    }
    return xr.Dataset({name: (dims, hour + base, {"units": unit}) for name, (unit, base) in fields.items()}, axes)


def test_forcing_of_several_hours_a_day_is_taken_at_one_or_averaged(tmp_path: Path) -> None:
    path = write(era5(), tmp_path / "era5.nc")
    with pytest.raises(InputError, match='2012-01-01 is in it 24 times; set within_day to "mean" or the hour to take'):
        open_daily(path)
    noon, mean = open_daily(path, within_day=12), open_daily(path, within_day="mean")
    assert noon.attrs["sampling"] == "instantaneous" and mean.attrs["sampling"] == "daily mean"
    assert noon["air_temperature"][:, 0, 0].values == pytest.approx([12.0, 36.0], abs=1e-4)
    assert mean["eastward_wind"][:, 0, 0].values == pytest.approx([11.5, 35.5])
    assert mean["latitude"].values.tolist() == [0.0, 1.0, 2.0]
    assert mean["longitude"].values.tolist() == [-180.0, -90.0, 0.0, 90.0]
    assert set(mean) == {
        "eastward_wind",
        "northward_wind",
        "air_temperature",
        "mean_sea_level_pressure",
        "surface_pressure",
    }
    cut = write(era5(47), tmp_path / "cut.nc")
    with pytest.raises(InputError, match="2012-01-02 has 23 times, other days 24; give whole days"):
        open_daily(cut, within_day="mean")
    with pytest.raises(InputError, match="no value of 23:00 on 2012-01-02"):
        open_daily(cut, within_day=23)


@pytest.mark.parametrize(("unit", "expected"), [("mmol m-3", 205.0 / 1.025), ("umol/kg", 205.0), ("ml/l", 8935.0)])
def test_oxygen_has_the_unit_that_its_values_are_brought_to(tmp_path: Path, unit: str, expected: float) -> None:
    data = hycom()[["salinity"]].rename(salinity="o2")
    data["o2"] = (data["o2"].dims, np.full(data["o2"].shape, 205.0), {"units": unit})
    found = open_daily(write(data, tmp_path / "a.nc"), ["oxygen"])["oxygen"]
    assert found.attrs["units"] == "umol kg-1"
    np.testing.assert_allclose(found, expected, rtol=1e-3)


def test_fill_values_that_no_attribute_names_are_missing(tmp_path: Path) -> None:
    data = hycom()
    data["surf_el"] = data["surf_el"].fillna(1.2676506e30)
    data["surf_el"].encoding = {}
    assert open_daily(write(data, tmp_path / "a.nc"))["sea_surface_height"][:, 0, 0].isnull().all()


def test_times_are_those_of_the_middle_of_their_bounds(tmp_path: Path) -> None:
    data = hycom()
    end = (np.datetime64("2012-01-02") - np.datetime64("2000-01-01")).astype(int) * 24.0 + 24.0 * np.arange(3)
    data = data.assign_coords(time=("time", end, {"units": "hours since 2000-01-01", "bounds": "time_bnds"}))
    data["time_bnds"] = (("time", "nv"), np.stack([end - 24.0, end], axis=1))
    data.attrs = {}
    found = open_daily(write(data, tmp_path / "a.nc"))
    assert dates(found)[0] == "2012-01-01" and found.attrs["sampling"] == "daily mean"


def test_the_real_files_of_each_layout_open(data_root: Path) -> None:
    gridded = data_root / "gridded"
    currents = sorted((gridded / "daily" / "globcurrent").glob("*.nc"))[:3]
    data = open_daily(currents, sampling="instantaneous")
    assert dates(data) == ["2002-01-01", "2002-01-02", "2002-01-03"] and list(data) == [
        "eastward_velocity", "northward_velocity"
    ]  # fmt: skip
    glorys = open_daily(gridded / "roms_tools" / "GLORYS_NA_2012.nc", gaps=True)
    assert dates(glorys) == ["2012-01-01", "2012-12-31"] and glorys.attrs["sampling"] == "daily mean"
    assert glorys["temperature"].attrs["temperature_kind"] == "potential"
    with pytest.raises(InputError, match="364 days missing after 2012-01-01"):
        open_daily(gridded / "roms_tools" / "GLORYS_NA_2012.nc")
    assert dates(open_daily(gridded / "roms_tools" / "GLORYS_coarse_test_data.nc")) == ["2021-06-29"]
    height = open_daily(gridded / "daily" / "duacs" / "dt_med_allsat_phy_l4_2005T2.nc")
    assert height.sizes == {"time": 91, "latitude": 128, "longitude": 344}
    world = open_daily(gridded / "daily" / "duacs" / "nrt_global_allsat_phy_l4_20190223_20190226.nc")
    assert world["longitude"].values[[0, -1]].tolist() == [-179.875, 179.875]
    with pytest.raises(InputError, match="adt has no times"):
        open_daily(gridded / "daily" / "duacs" / "dt_med_allsat_phy_l4_20160515_20190101.nc")
    clouds = open_daily(gridded / "daily" / "sst" / "alboranSST_small.nc", sampling="instantaneous", gaps=True)
    assert clouds.sizes["time"] == 10 and 0.7 < float(clouds["sea_surface_temperature"].isnull().mean()) < 0.9
