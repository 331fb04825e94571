"""Density of a field of temperature and salinity, to choose water above or below a surface of equal density."""

from __future__ import annotations

import numpy as np
import xarray as xr

from oxygen_recon.fields.oxygen_field import standard_axes
from qc.physics import seawater


def sigma0(temperature: xr.DataArray, salinity: xr.DataArray) -> xr.DataArray:
    """Compute the potential density anomaly referred to the surface (TEOS-10).

    Parameters
    ----------
    temperature : DataArray, dims ([time,] depth, latitude, longitude), axes by any CF names
        In situ, degC ITS-90.
    salinity : DataArray, dims as `temperature`
        Practical, PSS-78.

    Returns
    -------
    DataArray, dims ([time,] depth, latitude, longitude)
        kg m-3 above 1000; NaN where either is. `sigma0(...) > 26.5` is the water below a surface, for the parameter
        `where` of `oxygen_recon.products.omz.omz_series` and `oxygen_recon.products.inventory.oxygen_inventory`.

    Raises
    ------
    InputError
        If an axis is not found.

    Examples
    --------
    >>> axes = {"depth": [10.0], "latitude": [0.0], "longitude": [-150.0]}
    >>> warm = xr.DataArray([[[25.0]]], axes, tuple(axes))
    >>> round(sigma0(warm, warm + 10.0).item(), 2)
    23.34
    """
    temperature, salinity = standard_axes(temperature), standard_axes(salinity)
    latitude, longitude = temperature["latitude"].to_numpy()[:, None], temperature["longitude"].to_numpy()[None, :]
    pressure = seawater.pressure(temperature["depth"].to_numpy()[:, None, None], latitude)
    salt = salinity.transpose(*[name for name in temperature.dims if name in salinity.dims]).to_numpy()
    density = seawater.potential_density(salt, temperature.to_numpy(), pressure, longitude, latitude)
    attributes = {"units": "kg m-3", "standard_name": "sea_water_sigma_theta", "long_name": "potential density - 1000"}
    return temperature.copy(data=np.asarray(1000.0 * density - 1000.0)).rename("sigma0").assign_attrs(attributes)
