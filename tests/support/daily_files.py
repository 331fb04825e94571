"""Daily files as the producers deliver them, made here."""

from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr


def hycom(first: str = "2012-01-01", days: int = 3, seed: int = 0) -> xr.Dataset:
    """A file as GOFS 3.1 delivers it: 0-360 longitudes, packed integers, hours since 2000, instantaneous at 12 UTC."""
    rng = np.random.default_rng(seed)
    hours = (np.datetime64(first) - np.datetime64("2000-01-01")).astype(int) * 24.0 + 12.0 + 24.0 * np.arange(days)
    axes: dict[str, Any] = {
        "time": ("time", hours, {"units": "hours since 2000-01-01 00:00:00", "axis": "T"}),
        "depth": ("depth", [0.0, 10.0, 50.0], {"units": "m", "positive": "down", "axis": "Z"}),
        "lat": ("lat", [-10.0, -9.0, -8.0, -7.0], {"units": "degrees_north"}),
        "lon": ("lon", [178.0, 179.0, 180.0, 181.0, 182.0], {"units": "degrees_east"}),
    }
    land = np.zeros((4, 5), bool)
    land[0, :2] = True

    def field(dims: str, mean: float, spread: float, unit: str, standard_name: str) -> Any:
        names = dims.split()
        shape = [len(axes[name][1]) for name in names]
        values = np.where(land, np.nan, rng.normal(mean, spread, shape))
        return (names, values, {"units": unit, "standard_name": standard_name})

    whole = "time depth lat lon"
    data = xr.Dataset(
        {
            "water_temp": field(whole, 15.0, 3.0, "degC", "sea_water_temperature"),
            "salinity": field(whole, 35.0, 0.5, "psu", "sea_water_salinity"),
            "water_u": field(whole, 0.0, 0.3, "m/s", "eastward_sea_water_velocity"),
            "water_v": field(whole, 0.0, 0.3, "m/s", "northward_sea_water_velocity"),
            "surf_el": field("time lat lon", 0.5, 0.2, "m", "sea_surface_elevation"),
        },
        coords=axes,
        attrs={"source": "HYCOM archive file", "title": "HYCOM GLBv0.08"},
    )
    for name in data.data_vars:
        offset = 20.0 if name in ("water_temp", "salinity") else 0.0
        data[name].encoding = {"dtype": "i2", "scale_factor": 0.001, "add_offset": offset, "_FillValue": -30000}
    return data


def write(data: xr.Dataset, path: Path) -> Path:
    """Write a dataset to a file, netCDF or zarr by its name."""
    if path.suffix == ".zarr":
        data.to_zarr(path)
    else:
        data.to_netcdf(path)
    return path
