"""A history file of ROMS on a turned grid over a slope."""

from typing import Any

import numpy as np
import xarray as xr

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
