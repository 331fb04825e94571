"""Saturation of the sea surface by a climatology: the reference of float gains."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from oxygen_recon.fields.oxygen_field import oxygen_field, standard_axes
from qc.errors import InputError
from qc.physics import seawater
from qc.physics.oxygen import solubility
from qc.physics.sphere import points
from qc.types import Floats

DEEPEST = 25.0  # m: the layer that is compared with the mixed layer of floats
NEIGHBOURS, FARTHEST = 4, 400.0 / 6371  # cells, and radians from the nearest: farther the surface is unknown
_PERCENT = ("fractional_saturation_of_oxygen_in_sea_water", "fractional_saturation_of_oxygen_in_seawater")
_UNITS = {"percent": 1.0, "%": 1.0, "1": 100.0}  # to percent
_WATER = {
    "temperature": ("sea_water_temperature",),
    "salinity": ("sea_water_practical_salinity", "sea_water_salinity"),
}


@dataclass(frozen=True)
class SurfaceSaturation:
    """Saturation of the surface in cells of any grid, for one year or each month of it.

    Parameters
    ----------
    percent : floats, shape (1 or 12, cell)
        Of the year, or of January to December; at 1013.25 mbar.
    places : floats, shape (cell, 3)
        Cells on the unit sphere.
    """

    percent: Floats
    places: Floats

    def __call__(self, latitude: Floats, longitude: Floats, time: NDArray[np.datetime64]) -> Floats:
        """Interpolate: between the nearest four cells by the inverse of their distance, and between mid-months.

        Parameters
        ----------
        latitude, longitude : floats, shape (n,)
            Degrees north and east.
        time : datetime64, shape (n,)
            UTC.

        Returns
        -------
        floats, shape (n,)
            Percent; NaN where no cell is within 400 km, or position or date is missing.
        """
        known = np.isfinite(latitude) & np.isfinite(longitude) & ~np.isnat(time)
        result = np.full(len(known), np.nan)
        k = min(NEIGHBOURS, len(self.places))
        apart, cell = cKDTree(self.places).query(points(latitude[known], longitude[known]), k=np.arange(1, k + 1))
        weight = 1 / np.maximum(apart, 1e-6)
        day = (time[known] - time[known].astype("datetime64[Y]")) / np.timedelta64(1, "D")
        step = day / 365.25 * 12 - 0.5
        before = np.floor(step).astype(int)
        later = step - before
        months = len(self.percent)
        first, second = (
            (self.percent[((before + i) % months)[:, None], cell] * weight).sum(axis=1) / weight.sum(axis=1)
            for i in (0, 1)
        )
        result[known] = np.where(apart[:, 0] <= FARTHEST, first * (1 - later) + second * later, np.nan)
        return result


def open_surface_saturation(path: Path) -> SurfaceSaturation:
    """Open a climatology of the saturation of oxygen, or of oxygen, temperature and salinity.

    Parameters
    ----------
    path : Path
        CF netCDF file on a latitude-longitude-depth grid. Its saturation is found by the CF standard name, as in the
        World Ocean Atlas (`o2sat`); else it is computed from oxygen, in-situ temperature and practical salinity. Twelve
        steps of time are the months January to December; a file with one or none is an annual mean. Or a folder of
        twelve files, the months in order of file name.

    Returns
    -------
    SurfaceSaturation
        The mean of the layers to 25 m.

    Raises
    ------
    InputError
        If a file is unreadable, has no such variables, no layer above 25 m, or there are not one or twelve steps.
    """
    files = sorted(path.glob("*.nc")) if path.is_dir() else [path]
    if len(files) not in (1, 12):
        raise InputError(f"{len(files)} files *.nc", str(path), "give a folder of twelve months, or one file")
    steps = [_surface(file) for file in files]
    try:
        flat = xr.concat(steps, "time", join="exact") if len(steps) > 1 else steps[0]
    except ValueError as error:
        raise InputError("files of different grids", str(path), "give the twelve months of one climatology") from error
    if flat.sizes["time"] not in (1, 12):
        raise InputError(f"{flat.sizes['time']} steps of time", str(path), "give twelve months or an annual mean")
    north, east = np.meshgrid(flat["latitude"], flat["longitude"], indexing="ij")
    values = flat.to_numpy().reshape(flat.sizes["time"], -1).astype(np.float64)
    there = np.isfinite(values).all(axis=0)
    if not there.any():
        raise InputError("no value at the surface", str(path), "give a climatology of the surface")
    return SurfaceSaturation(values[:, there], points(north.ravel()[there], east.ravel()[there]))


def _surface(path: Path) -> xr.DataArray:
    """Read the mean saturation of the upper layers of one file, dims (time, latitude, longitude)."""
    try:
        data = xr.open_dataset(path, decode_times=False)
    except (OSError, ValueError) as error:
        raise InputError(f"not a readable netCDF file ({error})", str(path), "download it again") from error
    with data:
        try:
            percent = _percent(data)
        except InputError as error:
            raise InputError(error.what, str(path), error.fix) from error
        shallow = percent.sel(depth=percent["depth"] <= DEEPEST)
        if not shallow.sizes["depth"]:
            raise InputError(f"no layer above {DEEPEST:g} m", str(path), "give a climatology of the surface")
        mean = shallow.mean("depth")
        mean = mean.drop_vars("time", errors="ignore") if "time" in mean.dims else mean.expand_dims("time")
        return mean.transpose("time", "latitude", "longitude").load()


def _percent(data: xr.Dataset) -> xr.DataArray:
    """Take or compute the saturation, percent, with standard names of its axes."""
    found = _named(data, _PERCENT)
    if found is not None:
        unit = str(found.attrs.get("units", "")).lower()
        if unit not in _UNITS:
            raise InputError(f"saturation in {unit or 'no unit'}", "climatology", f"write {' or '.join(_UNITS)}")
        return standard_axes(found).astype(float) * _UNITS[unit]
    oxygen = oxygen_field(data)
    water = {}
    for name, names in _WATER.items():
        variable = _named(data, names)
        if variable is None:
            fix = f"it needs the saturation of oxygen, or a variable of standard name {names[0]}"
            raise InputError(f"oxygen without {name}", "climatology", fix)
        water[name] = standard_axes(variable).astype(float)
    SP, t = water["salinity"], water["temperature"]
    if str(oxygen.units) == "umol kg-1":
        oxygen = oxygen * seawater.potential_density(SP, t, 0.0, 0.0, 0.0)
    elif str(oxygen.units) != "mmol m-3":
        raise InputError(f"oxygen in {oxygen.units}", "climatology", "umol kg-1 and mmol m-3 are understood")
    saturated: xr.DataArray = 100.0 * oxygen / solubility(SP, t)
    return saturated


def _named(data: xr.Dataset, names: tuple[str, ...]) -> xr.DataArray | None:
    """Find a variable by its standard name: of several the analysed mean, which the World Ocean Atlas calls `_an`."""
    found = [str(name) for name in data.data_vars if data[name].attrs.get("standard_name") in names]
    return data[min(found, key=lambda name: not name.endswith("_an"))] if found else None
