import gzip
import pickle
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from hypothesis import given
from hypothesis import strategies as st

from qc.errors import InputError
from qc.physics import climatology, seawater
from qc.physics.climatology import GriddedMean, OxygenClimatology, open_climatology

NORTH, EAST, DEPTH = np.arange(-60.0, 61, 20), np.arange(0.0, 360, 30), np.array([0.0, 100, 1000])
PLACE = np.array([21.0]), np.array([-149.0])
WOA = {"units": "micromoles_per_kilogram", "standard_name": climatology.STANDARD_NAMES[1]}


def field(factor: float = 1.0) -> np.ndarray:
    """Oxygen by latitude, longitude and level: 200 + north, + east / 10, - 50 a level."""
    level = np.array([0.0, -50, -100])[:, None, None]
    return factor * (200 + level + NORTH[None, :, None] + EAST[None, None, :] / 10)


def woa(value: np.ndarray, **attributes: str) -> xr.Dataset:
    """A file as the World Ocean Atlas writes them: a time that cannot be decoded, an analysed mean, a deviation."""
    axes = {
        "time": ("time", [6.0], {"units": "months since 1955-01-01 00:00:00", "axis": "T"}),
        "depth": ("depth", DEPTH, {"units": "meters", "positive": "down", "axis": "Z"}),
        "lat": ("lat", NORTH, {"units": "degrees_north", "axis": "Y"}),
        "lon": ("lon", EAST, {"units": "degrees_east", "axis": "X"}),
    }
    dims = ("time", "depth", "lat", "lon")
    data = xr.Dataset(coords=axes)
    for name, one in (("o_an", value), ("o_mn", value + 50), ("o_sd", 0 * value + 7)):
        data[name] = (dims, one[None], WOA | attributes)
    return data


def saved(data: xr.Dataset, folder: Path) -> OxygenClimatology:
    data.to_netcdf(folder / "woa.nc", engine="scipy")
    return OxygenClimatology(folder / "woa.nc")


def test_a_file_of_the_world_ocean_atlas_gives_mean_and_deviation_at_a_pressure(tmp_path):
    found = saved(woa(field()), tmp_path)
    pressure = seawater.pressure(np.array([0.0, 50, 1000]), 21.0)
    mean, deviation = found(np.full(3, 21.0), np.full(3, -149.0), pressure)
    np.testing.assert_allclose(mean, np.array([200, 175, 100]) + 20 + 21, atol=1e-6)
    np.testing.assert_allclose(deviation, 7)
    again = pickle.loads(pickle.dumps(found))
    np.testing.assert_array_equal(again(np.full(3, 21.0), np.full(3, -149.0), pressure)[0], mean)


@pytest.mark.parametrize(
    ("unit", "factor"),
    [
        ("umol kg-1", 1.0),
        ("mol kg-1", 1e-6),
        ("mmol m-3", 1.025),
        ("milliliters_per_liter", 1.025 / seawater.ML_PER_L),
        ("ml/l", 1.025 / seawater.ML_PER_L),
    ],
)
def test_units_are_recognised_by_their_attribute(tmp_path, unit, factor):
    mean, _ = saved(woa(field(factor), units=unit), tmp_path)(*PLACE, np.array([0.0]))
    assert mean[0] == pytest.approx(241)


def test_axes_in_any_order_direction_and_convention(tmp_path):
    data = woa(field()).isel(time=0).transpose("lon", "depth", "lat").isel(lat=slice(None, None, -1))
    turned = data.assign_coords(lon=(data.lon + 180) % 360 - 180).sortby("lon").isel(depth=slice(None, None, -1))
    turned = turned.rename(lat="north", lon="east", depth="lev")
    turned["north"].attrs, turned["east"].attrs = {"units": "degrees_north"}, {"units": "degrees_east"}
    one, other = saved(data, tmp_path), open_climatology_of(turned, tmp_path / "turned.nc")
    place = np.array([21.0, -55, 0, 59]), np.array([359.0, 181, -31, 720]), np.array([0.0, 40, 300, 900])
    np.testing.assert_allclose(one(*place)[0], other(*place)[0])
    assert np.isfinite(one(*place)[0]).all()


def open_climatology_of(data: xr.Dataset, path: Path) -> OxygenClimatology:
    data.to_netcdf(path, engine="scipy")
    return OxygenClimatology(path)


def test_land_and_what_lies_outside_are_unknown_and_no_zero(tmp_path):
    value = field()
    value[1:, 4, 7] = np.nan  # 20 N, 150 W: a sill
    regional = woa(value).isel(lon=slice(0, 10))
    found = saved(regional, tmp_path)
    north, east = np.array([20.0, 20, 20, 89, 20, np.nan]), np.array([210.0, 210, 180, 180, -40, 180])
    mean, deviation = found(north, east, np.array([0.0, 5, 1500, 5, 5, 5]))
    assert mean[0] == pytest.approx(241) and np.isnan(mean[1:]).all() and np.isnan(deviation[1:]).all()


def test_without_a_standard_deviation_there_is_none(tmp_path):
    data = woa(field()).drop_vars(["o_sd", "o_mn"]).rename(o_an="dissolved_oxygen")
    mean, deviation = saved(data, tmp_path)(*PLACE, np.array([0.0]))
    assert mean[0] == pytest.approx(241) and np.isnan(deviation[0])
    data["spread"] = data["dissolved_oxygen"] * 0 + 4
    data["spread"].attrs = WOA | {"cell_methods": "time: standard_deviation"}
    assert open_climatology_of(data, tmp_path / "with.nc")(*PLACE, np.array([0.0]))[1] == [4]


def test_what_is_no_climatology_is_refused_in_one_line(tmp_path):
    good = woa(field())
    twice = good.rename(o_an="a", o_mn="b")
    monthly = xr.concat([good, good], "time")
    faults = {
        "steps of time": monthly,
        "variables of oxygen: a, b": twice.drop_vars("o_sd"),
        "unknown oxygen unit": woa(field(), units="percent"),
        "no axis of depth": good.isel(depth=0),
        "depths in 'dbar'": good.assign_coords(depth=("depth", DEPTH, {"units": "dbar", "axis": "Z"})),
    }
    for what, data in faults.items():
        with pytest.raises(InputError, match=what) as raised:
            open_climatology_of(data, tmp_path / "bad.nc").load()
        assert str(tmp_path / "bad.nc") in str(raised.value) and "\n" not in str(raised.value)
    (tmp_path / "text.nc").write_text("no netCDF")
    for path in (tmp_path / "text.nc", tmp_path / "none.nc"):
        with pytest.raises(InputError, match=str(path)):
            OxygenClimatology(path).load()
    with pytest.raises(InputError, match="no variable o2"):
        saved(good, tmp_path).__class__(tmp_path / "woa.nc", "o2").load()


def test_a_changed_file_is_read_anew_and_a_gzipped_one_too(tmp_path):
    assert saved(woa(field()), tmp_path)(*PLACE, np.array([0.0]))[0][0] == pytest.approx(241)
    assert saved(woa(field(0.5)).drop_vars("o_sd"), tmp_path)(*PLACE, np.array([0.0]))[0][0] == pytest.approx(120.5)
    packed = tmp_path / "packed.nc.gz"
    packed.write_bytes(gzip.compress((tmp_path / "woa.nc").read_bytes()))
    assert open_climatology(packed).mean.max() == pytest.approx(field(0.5).max())


def test_a_cut_or_damaged_file_is_refused_in_one_line(tmp_path):
    data = woa(field())
    data["o_an"] = data["o_an"] + np.random.default_rng(0).random(data["o_an"].shape)
    data.to_netcdf(tmp_path / "chunks.nc", engine="netcdf4", encoding={"o_an": {"zlib": True, "fletcher32": True}})
    damaged = bytearray((tmp_path / "chunks.nc").read_bytes())
    begin = damaged.index(b"\x78\x5e")  # of the only compressed chunk
    damaged[begin + 60 : begin + 120] = bytes(60)
    (tmp_path / "damaged.nc").write_bytes(damaged)
    packed = gzip.compress(saved(woa(field()), tmp_path).path.read_bytes())
    (tmp_path / "cut.nc.gz").write_bytes(packed[: len(packed) // 2])
    (tmp_path / "spoilt.nc.gz").write_bytes(packed[:200] + bytes(100) + packed[300:])
    for name in ("damaged.nc", "cut.nc.gz", "spoilt.nc.gz"):
        with pytest.raises(InputError, match=r"not a readable netCDF file .*; download it again") as raised:
            open_climatology(tmp_path / name)
        assert str(tmp_path / name) in str(raised.value) and "\n" not in str(raised.value)


@given(st.floats(-90, 90), st.floats(-400, 400), st.floats(-10, 1200))
def test_a_value_lies_between_those_of_its_column(north, east, depth):
    grid = GriddedMean(NORTH, EAST, DEPTH, field(), field())
    mean, _ = grid.at(np.array([north]), np.array([east]), np.array([depth]))
    if np.isfinite(mean[0]):
        assert field().min() <= mean[0] <= field().max() and depth <= 1450


def test_a_real_field_is_close_to_bottles(data_root):
    """World Ocean Atlas 2009 against a cell mean of bottles in the deep subtropical North Atlantic."""
    real = OxygenClimatology(data_root / "gridded" / "woa09_2deg" / "woa09_glodap_2deg.nc", "oxygen_sigma0")
    mean, deviation = real(np.array([24.5]), np.array([-48.7]), np.array([3000.0]))
    assert mean[0] == pytest.approx(250, abs=8) and np.isnan(deviation[0])
