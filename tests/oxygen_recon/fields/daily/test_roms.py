from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr

from oxygen_recon.fields.daily.horizontal import onto_grid
from oxygen_recon.fields.daily.opening import open_daily
from qc.errors import InputError
from tests.support.daily_files import write

TURN = np.radians(30.0)  # of the axes of the grid, counterclockwise from east
ROWS, COLUMNS, LEVELS = 12, 14, 20


def temperature(depth: Any) -> Any:
    return 20.0 - 0.02 * depth


def roms(transform: int = 2) -> xr.Dataset:
    """A history file of ROMS: a turned grid over a slope, uniform currents to the east, temperature linear in depth."""
    eta, xi = np.meshgrid(np.arange(ROWS) * 0.1, np.arange(COLUMNS) * 0.1, indexing="ij")
    latitude = 0.0 + xi * np.sin(TURN) + eta * np.cos(TURN)
    longitude = 10.0 + xi * np.cos(TURN) - eta * np.sin(TURN)
    floor = np.linspace(100.0, 1000.0, COLUMNS) * np.ones((ROWS, 1))
    sigma = (np.arange(LEVELS) + 0.5) / LEVELS - 1.0
    stretching, critical = np.sinh(3.0 * sigma) / np.sinh(3.0), 50.0
    zeta = 0.5 * np.ones((2, ROWS, COLUMNS))
    s, c, h = sigma[:, None, None], stretching[:, None, None], floor[None]
    if transform == 1:
        still = critical * s + (h - critical) * c
        z = still + zeta[:, None] * (1 + still / h)
    else:
        z = zeta[:, None] + (zeta[:, None] + h) * (critical * s + h * c) / (critical + h)
    one = np.ones((2, LEVELS, ROWS, COLUMNS))
    time = ("ocean_time", [43200.0, 129600.0], {"units": "seconds since 2010-06-01 00:00:00", "field": "time, scalar"})
    centre = ("ocean_time", "s_rho", "eta_rho", "xi_rho")
    speed = {"units": "meter second-1"}
    return xr.Dataset(
        {
            "temp": (centre, temperature(-z), {"units": "Celsius", "long_name": "potential temperature"}),
            "salt": (centre, 35.0 * one),
            "u": (("ocean_time", "s_rho", "eta_u", "xi_u"), 0.5 * np.cos(TURN) * one[..., 1:], speed),
            "v": (("ocean_time", "s_rho", "eta_v", "xi_v"), -0.5 * np.sin(TURN) * one[:, :, 1:], speed),
            "zeta": (("ocean_time", "eta_rho", "xi_rho"), zeta, {"units": "meter"}),
            "h": (("eta_rho", "xi_rho"), floor, {"units": "meter"}),
            "Cs_r": ("s_rho", stretching),
            "hc": critical,
            "Vtransform": transform,
        },
        coords={
            "ocean_time": time,
            "s_rho": ("s_rho", sigma),
            "lat_rho": (("eta_rho", "xi_rho"), latitude, {"units": "degree_north"}),
            "lon_rho": (("eta_rho", "xi_rho"), longitude, {"units": "degree_east"}),
        },
        attrs={"type": "ROMS/TOMS history file"},
    )


@pytest.mark.parametrize("transform", [1, 2])
def test_levels_that_follow_the_sea_floor_are_brought_to_depths(tmp_path: Path, transform: int) -> None:
    path = write(roms(transform), tmp_path / "ocean_his.nc")
    data = open_daily(path, depths=[0.0, 20.0, 90.0, 500.0])
    assert data.attrs["sampling"] == "instantaneous" and data["temperature"].dims[:2] == ("time", "depth")
    assert [str(day)[:10] for day in data["time"].values] == ["2010-06-01", "2010-06-02"]
    found = data["temperature"].values
    np.testing.assert_allclose(found[:, 1:3, :, 1:], np.broadcast_to(temperature(np.array([20.0, 90.0]))[:, None, None],
                               (2, 2, ROWS, COLUMNS - 1)), atol=1e-3)  # fmt: skip
    shallower = np.linspace(100.0, 1000.0, COLUMNS) < 500.0
    assert np.isnan(found[:, 3][:, :, shallower]).all() and np.isfinite(found[:, 3][:, :, ~shallower]).all()
    assert np.abs(found[:, 0] - temperature(0.0)).max() < 0.2  # the first level holds up to the surface


def test_staggered_components_are_centred_and_turned_to_east(tmp_path: Path) -> None:
    data = open_daily(write(roms(), tmp_path / "ocean_his.nc"), depths=[10.0])
    assert data["eastward_velocity"].shape == (2, 1, ROWS, COLUMNS)
    plain = onto_grid(data, [0.55, 0.75], [10.3, 10.5])
    np.testing.assert_allclose(plain["eastward_velocity"], 0.5, atol=1e-3)
    np.testing.assert_allclose(plain["northward_velocity"], 0.0, atol=1e-3)
    np.testing.assert_allclose(plain["sea_surface_height"], 0.5, atol=1e-6)


def test_what_depths_need_is_asked_for(tmp_path: Path) -> None:
    path = write(roms(), tmp_path / "a.nc")
    with pytest.raises(InputError, match="levels that follow the sea floor; pass depths="):
        open_daily(path)
    assert list(open_daily(path, ["sea_surface_height"])) == ["sea_surface_height"]
    with pytest.raises(InputError, match="no hc; keep the variables that depths of levels follow from"):
        open_daily(write(roms().drop_vars("hc"), tmp_path / "b.nc"), depths=[10.0])
    with pytest.raises(InputError, match="no Vtransform; keep it, or the standard name of s_rho"):
        open_daily(write(roms().drop_vars("Vtransform"), tmp_path / "c.nc"), depths=[10.0])
