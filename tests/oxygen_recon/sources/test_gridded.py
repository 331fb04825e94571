"""Gridded products by the layouts of real ones: World Ocean Atlas, EN4, GLORYS, CESM."""

import zipfile
from pathlib import Path

import gsw
import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from oxygen_recon.fields.grids import GridConfig, make_grid
from oxygen_recon.sources import gridded
from oxygen_recon.sources.gridded import read_product, read_products
from qc.errors import InputError

REGION = GridConfig(latitude=(10.0, 14.0), longitude=(178.0, 184.0), resolution=2.0, levels=(5.0, 50.0, 200.0))
LATITUDE, LONGITUDE = np.arange(8.5, 16), np.arange(-179.5, 180)


@pytest.fixture(scope="module")
def grid() -> Grid:
    return make_grid(REGION, wet=np.ones((3, 2, 3), bool))


def atlas(path: Path, name: str, depth: list[float], value: float, unit: str = "degrees_celsius", time: float = 6.0):
    """A file of the World Ocean Atlas: undecodable time, bounds of depths, analysed and other means."""
    shape = (1, len(depth), LATITUDE.size, LONGITUDE.size)
    axes = ("time", "depth", "lat", "lon")
    data = xr.Dataset(
        {
            f"{name}_an": (axes, np.full(shape, value, np.float32), {"units": unit}),
            f"{name}_mn": (axes, np.full(shape, -9.0, np.float32), {"units": unit}),
            "depth_bnds": (("depth", "nbounds"), np.stack([np.array(depth) - 2, np.array(depth) + 2], 1)),
        },
        {
            "time": ("time", [time], {"units": "months since 1955-01-01 00:00:00"}),
            "depth": ("depth", depth, {"units": "meters", "positive": "down", "bounds": "depth_bnds"}),
            "lat": ("lat", LATITUDE, {"standard_name": "latitude"}),
            "lon": ("lon", LONGITUDE, {"standard_name": "longitude"}),
        },
    )
    data.to_netcdf(path)
    return path


def monthly(path: Path, first: str, months: int, value, **attributes) -> Path:
    """Months of temperature from a date on, equal everywhere."""
    time = np.arange(np.datetime64(first, "M"), np.datetime64(first, "M") + months).astype("datetime64[ns]")
    values = np.broadcast_to(np.asarray(value, float)[:, None, None, None], (months, 2, LATITUDE.size, LONGITUDE.size))
    data = xr.Dataset(
        {"temperature": (("time", "depth", "lat", "lon"), values, {"units": "K"} | attributes)},
        {
            "time": time + np.timedelta64(14, "D"),
            "depth": ("depth", [5.0, 300.0], {"units": "m"}),
            "lat": LATITUDE,
            "lon": LONGITUDE,
        },
    )
    data.to_netcdf(path)
    return path


def test_months_of_the_atlas_go_before_its_year_which_reaches_deeper(tmp_path, grid) -> None:
    files = [
        atlas(tmp_path / f"woa23_decav_t{m:02d}_01.nc", "t", [0.0, 60.0], float(m), time=m - 0.5) for m in range(1, 13)
    ]
    files.append(atlas(tmp_path / "woa23_decav_t00_01.nc", "t", [0.0, 60.0, 300.0], 20.0))
    read, coverage = read_product(files, "temperature", grid, TimeAxis.regular(1990, 1991, "season"))
    shallow, deep = grid.level_of < 2, grid.level_of == 2
    np.testing.assert_allclose(read[:, shallow], np.tile([2.0, 5.0, 8.0, 11.0], 2)[:, None] + 0 * read[:, shallow])
    np.testing.assert_allclose(read[:, deep], 20.0)
    assert (coverage.region, coverage.period, coverage.values) == (1.0, 1.0, 1.0)
    yearly, _ = read_product(files, "temperature", grid, TimeAxis.regular(1800, 1800, "year"))
    np.testing.assert_allclose(yearly[:, shallow], 6.5)


def test_amounts_and_temperatures_come_in_one_unit(tmp_path, grid) -> None:
    step = TimeAxis.regular(2000, 2000, "static")
    oxygen = atlas(tmp_path / "woa23_all_o00_01.nc", "o", [0.0, 300.0], 210.0, "micromoles_per_kilogram")
    np.testing.assert_allclose(read_product([oxygen], "oxygen", grid, step)[0], 210.0)
    volume = atlas(tmp_path / "woa09_n00.nc", "n", [0.0, 300.0], 20.5, "mmol m-3", 0.0)
    np.testing.assert_allclose(read_product([volume], "nitrate", grid, step, climatology=True)[0], 20.0)
    kelvin = monthly(tmp_path / "k.nc", "2000-01", 12, np.full(12, 283.15))
    np.testing.assert_allclose(read_product([kelvin], "temperature", grid, step)[0], 10.0)
    for unit, said in (
        ("furlong", "temperature in 'furlong'; give temperature in degC or K"),
        ("", "temperature in ''"),
    ):
        wrong = monthly(tmp_path / f"w{unit}.nc", "2000-01", 12, np.full(12, 1.0), units=unit)
        with pytest.raises(InputError, match=said):
            read_product([wrong], "temperature", grid, step)


def test_a_year_of_months_in_a_zip_is_read_as_its_files_are(tmp_path, grid) -> None:
    """EN4 comes so: a zip a year, a file a month, kelvin."""
    files = [
        monthly(tmp_path / f"EN.4.2.2.f.analysis.g10.2000{m:02d}.nc", f"2000-{m:02d}", 1, [280.15 + m])
        for m in range(1, 13)
    ]
    with zipfile.ZipFile(tmp_path / "EN.4.2.2.analyses.g10.2000.zip", "w") as archive:
        for file in files:
            archive.write(file, file.name)
        archive.writestr("README.txt", "not a field")
    zipped, axis = [tmp_path / "EN.4.2.2.analyses.g10.2000.zip"], TimeAxis.regular(2000, 2000, "month")
    read, _ = read_product(zipped, "temperature", grid, axis)
    np.testing.assert_allclose(read[:, 0], 7.0 + np.arange(1, 13), rtol=1e-6)
    np.testing.assert_array_equal(read, read_product(files, "temperature", grid, axis)[0])


def test_a_packed_month_is_unpacked_to_list_its_times_and_to_read_it_whatever_is_read(
    tmp_path, grid, monkeypatch
) -> None:
    """Yearly steps of two quantities."""
    paths = []
    for year in (2000, 2001):
        paths.append(tmp_path / f"EN.4.2.2.analyses.g10.{year}.zip")
        with zipfile.ZipFile(paths[-1], "w") as archive:
            for m in range(1, 13):
                file = monthly(tmp_path / f"{year}{m:02d}.nc", f"{year}-{m:02d}", 1, [280.15 + m])
                with xr.open_dataset(file) as data:
                    data.assign(salinity=data["temperature"].assign_attrs(units="1") * 0 + 34.0).load().to_netcdf(
                        tmp_path / "both.nc"
                    )
                archive.write(tmp_path / "both.nc", file.name)
    unpacked = []
    read = zipfile.ZipFile.read
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda self, name: unpacked.append(name) or read(self, name))
    axis = TimeAxis.regular(2000, 2001, "year")
    both = read_products(paths, ("temperature", "salinity"), grid, axis)
    assert sorted(unpacked) == sorted([f"{year}{m:02d}.nc" for year in (2000, 2001) for m in range(1, 13)] * 2)
    np.testing.assert_allclose(both["temperature"][0], 13.5, rtol=1e-6)
    assert gridded._unpacked.cache_info().currsize == 0, "nothing stays in memory"


@settings(max_examples=25)
@given(st.integers(-30, 30), st.integers(1, 60))
def test_a_product_says_nothing_before_it_begins_and_after_it_ends(tmp_path, grid, begin: int, months: int) -> None:
    start = np.datetime64("1990-01", "M") + begin
    file = monthly(tmp_path / "series.nc", str(start), months, 280.0 + np.arange(months))
    axis = TimeAxis.regular(1990, 1992, "month")
    month = axis.edges[:-1].astype("datetime64[M]").astype(int) - start.astype(int)
    held = (month >= 0) & (month < months)
    if held.mean() < 0.5:
        with pytest.raises(InputError, match="it covers too little, temperature: "):
            read_product([file], "temperature", grid, axis)
        return
    read, coverage = read_product([file], "temperature", grid, axis)
    np.testing.assert_allclose(read[held], (280.0 - 273.15 + month[held])[:, None] + 0 * read[held], rtol=1e-5)
    assert np.isnan(read[~held]).all() and coverage.period == pytest.approx(held.mean())
    if not held.all():
        first, last = axis.edges[:-1][~held][[0, -1]].astype("datetime64[Y]")
        assert str(coverage).endswith(
            f"the others are missing, in {(~held).sum()} steps of {first} to {last} all of them"
        )


def test_files_of_a_single_time_each_are_a_series(tmp_path, grid) -> None:
    """The time may be a coordinate or, where nothing declares it, a variable."""
    file = monthly(tmp_path / "a.nc", "2000-01", 12, 280.15 + np.arange(12))
    files = [tmp_path / f"m{month}.nc" for month in range(12)]
    with xr.open_dataset(file) as data:
        for month, name in enumerate(files):
            one = data.isel(time=month).load()
            (one.reset_coords("time") if month % 2 else one).to_netcdf(name)
    axis = TimeAxis.regular(2000, 2000, "month")
    np.testing.assert_allclose(read_product(files, "temperature", grid, axis)[0][:, 0], 7.0 + np.arange(12), rtol=1e-6)


def test_a_product_of_another_region_is_refused_with_what_it_covers(tmp_path, grid) -> None:
    file = monthly(tmp_path / "a.nc", "2000-01", 12, np.full(12, 280.0))
    with xr.open_dataset(file) as data:
        data.isel(lon=slice(0, 60)).load().to_netcdf(tmp_path / "west.nc")
    axis = TimeAxis.regular(2000, 2000, "year")
    narrow = make_grid(REGION.model_copy(update={"longitude": (100.0, 184.0)}), wet=np.ones((3, 2, 42), bool))
    with pytest.raises(InputError) as caught:
        read_product([tmp_path / "west.nc"], "temperature", narrow, axis)
    assert str(caught.value) == (
        f"{tmp_path / 'west.nc'}: it covers too little, temperature: 4.8 % of the cells and 100.0 % of the steps, "
        "4.8 % of all values; the others are missing (its years are 2000 to 2000; of a climatology that does not say "
        "so write climatology: true); name a product that covers more, or a smaller region or period"
    )


def test_faults_of_products_are_one_line(tmp_path, grid) -> None:
    axis = TimeAxis.regular(2000, 2000, "year")
    dated = monthly(tmp_path / "a.nc", "2000-01", 12, np.full(12, 280.0))
    mean = atlas(tmp_path / "woa23_decav_t00_01.nc", "t", [0.0, 300.0], 5.0)
    for files, name, said in (
        ([dated], "salinity", "no variable of salinity; name another product"),
        ([dated, mean], "temperature", "temperature of dates beside a climatology; name the files of one product"),
    ):
        with pytest.raises(InputError, match=said):
            read_product(files, name, grid, axis)
    with pytest.raises(InputError, match=r"a\.nc: no variable tempp; name another product"):
        read_product([dated], "temperature", grid, axis, variable="tempp")  # not another one in its place
    (tmp_path / "broken.nc").write_bytes(dated.read_bytes()[:3000])
    (tmp_path / "broken.zip").write_bytes(b"PK" + bytes(100))
    for name, what in (("broken.nc", "not a readable netCDF file"), ("broken.zip", "not a readable zip archive")):
        with pytest.raises(InputError, match=f"{name}: {what}") as caught:
            read_product([tmp_path / name], "temperature", grid, axis)
        assert "\n" not in str(caught.value)


def test_the_shared_atlas_is_read_with_land_as_a_mask(data_root) -> None:
    """Each quantity of the real file has a value in every one of its own wet cells, and none far from them."""
    path = data_root / "gridded" / "woa09_2deg" / "woa09_glodap_2deg.nc"
    config = GridConfig(
        latitude=(-80.0, 80.0), longitude=(-180.0, 180.0), resolution=10.0, levels=(50.0, 500.0, 3000.0)
    )
    every = make_grid(config, wet=np.ones((3, 16, 36), bool))
    with xr.open_dataset(path) as data:
        wet = data["wet"].to_numpy() > 0
        row = np.abs(data["lat"].to_numpy()[:, None] - every.latitude).argmin(axis=0)
        place = np.abs((data["lon"].to_numpy()[:, None] - every.longitude + 180) % 360 - 180).argmin(axis=0)
        level = np.abs(data["depth"].to_numpy()[:, None] - every.depth).argmin(axis=0)
    step = TimeAxis.regular(1990, 1991, "year")
    for name, (low, high) in {
        "temperature": (-2, 32),
        "salinity": (5, 41),
        "nitrate": (0, 52),
        "silicate": (0, 230),
    }.items():
        read, coverage = read_product([path], name, every, step)
        here = every.gather(wet[np.ix_(level, row, place)])
        assert np.isfinite(read[:, here]).mean() > 0.99
        assert 0.5 < coverage.region < 0.8 and coverage.period == 1
        assert low <= np.nanmin(read) and np.nanmax(read) <= high
        np.testing.assert_array_equal(read[0], read[1])
    with pytest.raises(InputError, match="covers too little"):
        read_product([data_root / "gridded/roms_tools/GLORYS_NA_2012.nc"], "temperature", every, step)


def water(path: Path, temperature: float, salinity: float | None = 30.0, **attributes) -> Path:
    """A climatology of water that is the same everywhere."""
    axes = {"depth": np.array([0.0, 100.0, 300.0]), "lat": LATITUDE, "lon": LONGITUDE}
    shape = tuple(map(len, axes.values()))
    data = xr.Dataset({"t": (tuple(axes), np.full(shape, temperature), {"units": "degC"} | attributes)}, axes)
    data = data.rename(t=attributes.get("called", "temperature"))
    if salinity is not None:
        data["so"] = (tuple(axes), np.full(shape, salinity), {"units": "1e-3"})
    data.to_netcdf(path)
    return path


@pytest.mark.parametrize("stated", [{"standard_name": "sea_water_conservative_temperature"}, {"called": "thetao"}])
def test_temperature_comes_in_situ_whatever_the_product_holds(tmp_path, grid, stated) -> None:
    file = water(tmp_path / "a.nc", 25.0, **stated)
    read, _ = read_product([file], "temperature", grid, TimeAxis.regular(2000, 2000, "static"))
    level, row, place = np.nonzero(grid.wet)
    p = gsw.p_from_z(-grid.depth[level], grid.latitude[row])
    sa = gsw.SA_from_SP(30.0, p, grid.longitude[place], grid.latitude[row])
    expected = gsw.pt_from_t(sa, 25.0, 0.0, p) if "called" in stated else gsw.t_from_CT(sa, 25.0, p)
    np.testing.assert_allclose(read[0], expected, atol=1e-5)
    assert np.abs(read[0] - 25.0).max() > 0.03


def test_conservative_temperature_without_salinity_and_mixed_kinds_are_refused(tmp_path, grid) -> None:
    axis = TimeAxis.regular(2000, 2000, "static")
    conservative = water(tmp_path / "c.nc", 20.0, None, standard_name="sea_water_conservative_temperature")
    with pytest.raises(
        InputError, match=r"c\.nc: conservative temperature without salinity; name files of its salinity"
    ):
        read_product([conservative], "temperature", grid, axis)
    potential = water(tmp_path / "p.nc", 20.0, None, long_name="Potential temperature")
    with pytest.raises(InputError, match="potential temperature beside conservative; name files of one kind"):
        read_product([conservative, potential], "temperature", grid, axis)
    salty = water(tmp_path / "s.nc", 20.0, 35.0, long_name="Potential temperature")
    one, other = (read_product([file], "temperature", grid, axis)[0] for file in (potential, salty))
    np.testing.assert_array_equal(one, other)


@given(st.floats(0, 28), st.floats(33, 37.5), st.floats(0, 6000))
def test_salinity_matters_little_to_potential_temperature(potential, salinity, depth) -> None:
    """The 0.01 degC of the documentation, down to 6000 m."""
    p = gsw.p_from_z(-depth, 20.0)
    if potential < 28 - 0.02 * depth or depth < 1000:
        own, standard = (gsw.pt_from_t(gsw.SA_from_SP(s, p, -30.0, 20.0), potential, 0.0, p) for s in (salinity, 35.0))
        assert abs(own - standard) < 0.01


def test_a_real_model_field_is_potential_temperature(data_root) -> None:
    """GLORYS in the Norwegian Sea and the Faroe Bank channel, by its own points."""
    path = data_root / "gridded/roms_tools/GLORYS_NA_2012.nc"
    with xr.open_dataset(path) as data:
        first = data.isel(time=0).load()
        deep = int((~np.isnan(first["thetao"].isel(depth=3))).sum())
        assert deep > 20
        lat, lon, depth = (first[name].to_numpy() for name in ("latitude", "longitude", "depth"))
    region = GridConfig(
        latitude=(56.0, 64.0), longitude=(-14.0, -2.0), resolution=1.0, levels=tuple(float(z) for z in depth[:4])
    )
    cells = make_grid(region, wet=np.ones((4, 8, 12), bool))
    axis = TimeAxis.regular(2012, 2012, "year")
    both = read_products([path], ("temperature", "salinity"), cells, axis)
    plain = read_products([path], ("thetao",), cells, axis)
    warmer = (both["temperature"][0] - plain["thetao"][0])[0]
    down = cells.depth[cells.level_of]
    assert np.nanmax(np.abs(warmer[down < 50])) < 0.01
    assert (warmer[(down > 400) & np.isfinite(warmer)] > 0.02).all() and np.isfinite(warmer).sum() > 100
    assert lat.size and lon.size


MED = GridConfig(latitude=(32.0, 44.0), longitude=(0.0, 30.0), resolution=2.0, levels=(0.0, 100.0, 1000.0))


def test_the_height_of_the_sea_surface_is_averaged_to_steps_and_is_that_of_all_levels(data_root) -> None:
    """Real daily maps of April to June 2005: before and after them there is nothing."""
    path = data_root / "gridded/daily/duacs/dt_med_allsat_phy_l4_2005T2.nc"
    cells = make_grid(MED, wet=np.ones((3, 6, 15), bool))
    axis = TimeAxis.regular(2004, 2006, "month")
    read, coverage = read_product([path], "sea_surface_height", cells, axis)
    assert coverage.period == pytest.approx(3 / 36), "a satellite's series begins late: no reason to refuse it"
    known = np.isfinite(read).any(axis=1)
    assert np.flatnonzero(known).tolist() == [15, 16, 17]
    np.testing.assert_array_equal(*(read.reshape(36, 3, 90)[:, level] for level in (0, 2)))
    with xr.open_dataset(path) as data:
        for i, month in enumerate((4, 5, 6)):
            mean = data["adt"].sel(time=data["time"].dt.month == month).mean("time")
            box = mean.sel(latitude=slice(38, 40), longitude=slice(6, 8))  # open water
            assert np.isfinite(box).all()
            cell = np.flatnonzero((cells.latitude[:, None] == 39) & (cells.longitude == 7))[0]
            assert read[15 + i, cell] == pytest.approx(float(box.mean()), abs=1e-4)
    yearly = read_product([path], "sea_surface_height", cells, TimeAxis.regular(2005, 2005, "season"))[0]
    assert np.isfinite(yearly).any(axis=1).tolist() == [False, True, False, False]


def test_a_product_of_the_surface_that_misses_the_region_is_refused(data_root) -> None:
    path = data_root / "gridded/daily/duacs/dt_blacksea_allsat_phy_l4_20160707_20200801.nc"
    cells = make_grid(MED, wet=np.ones((3, 6, 15), bool))
    with pytest.raises(InputError, match=r"it covers too little, sea_surface_height: [0-9.]+ % of the cells"):
        read_product([path], "sea_surface_height", cells, TimeAxis.regular(2016, 2016, "month"))


def test_forty_years_of_days_in_one_file_are_read_a_month_at_a_time(data_root, tmp_path, monkeypatch) -> None:
    """OISST off Western Australia, in the layout of its files: an axis zlev of one level."""
    with xr.open_dataset(data_root / "gridded/daily/sst/oisst_short.nc") as data:
        sst = data["oisst_short"].load().expand_dims(zlev=[0.0]).transpose("time", "zlev", "latitude", "longitude")
    sst.attrs = {"units": "Celsius", "long_name": "Daily sea surface temperature"}
    sst.to_dataset(name="sst").to_netcdf(tmp_path / "oisst.nc")
    region = GridConfig(latitude=(-29.5, -29.0), longitude=(112.5, 113.0), resolution=0.25, levels=(0.0, 50.0))
    cells = make_grid(region, wet=np.ones((2, 2, 2), bool))
    opened = []
    real = xr.open_dataset
    monkeypatch.setattr(xr, "open_dataset", lambda *args, **kwargs: opened.append(1) or real(*args, **kwargs))
    axis = TimeAxis.regular(1980, 1985, "month")
    read, coverage = read_product([tmp_path / "oisst.nc"], "sea_surface_temperature", cells, axis)
    assert len(opened) == 1 + 4 * 12, "once for its times and once a month"
    assert coverage.period == pytest.approx(4 / 6) and coverage.empty.startswith(", in 24 steps of 1980 to 1981")
    monthly_mean = sst.isel(zlev=0).resample(time="MS").mean().sel(time=slice("1982", "1985"))
    expected = monthly_mean.sortby("latitude").to_numpy().reshape(48, 4)
    np.testing.assert_allclose(read[24:], np.tile(expected, 2), rtol=1e-5)
