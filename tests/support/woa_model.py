"""World Ocean Atlas oxygen as the output of a climate model: on real grids, with the headers of real files."""

import gzip
from pathlib import Path

import cftime
import numpy as np
import pandas as pd
import xarray as xr
from scipy.interpolate import RegularGridInterpolator
from scipy.ndimage import distance_transform_edt


class Atlas:
    """WOA09 annual oxygen, mmol m-3, on 2 degrees and 24 levels, linear between its points."""

    def __init__(self, data_root: Path) -> None:
        with xr.open_dataset(data_root / "gridded/woa09_2deg/woa09_glodap_2deg.nc") as file:
            values = file["oxygen_mmol_m3"].to_numpy().astype(float)
            self.depth, latitude, longitude = (file[name].to_numpy() for name in ("depth", "lat", "lon"))
        known = np.isfinite(values)
        for level, here in enumerate(known):  # land takes the nearest water of its level, to interpolate at coasts
            row, place = distance_transform_edt(~here, return_distances=False, return_indices=True)
            values[level] = values[level][row, place]
        axes = self.depth, latitude, np.concatenate([[-1.0], longitude, [361.0]])

        def wrapped(field: np.ndarray) -> np.ndarray:
            return np.concatenate([field[..., -1:], field, field[..., :1]], axis=-1)

        options = {"bounds_error": False, "fill_value": None}
        self._oxygen = RegularGridInterpolator(axes, wrapped(values), **options)
        self._water = RegularGridInterpolator(axes, wrapped(known.astype(float)), method="nearest", **options)
        self._inside = RegularGridInterpolator(axes, wrapped(known.astype(float)), **options)

    def at(self, depth, latitude, longitude, inland: float = 0.0) -> np.ndarray:
        """Oxygen, mmol m-3; NaN on land, and where less than a share `inland` of the points around are water."""
        place = np.broadcast_arrays(np.clip(depth, self.depth[0], self.depth[-1]), latitude, np.mod(longitude, 360.0))
        points = np.stack(place, axis=-1)
        water = (self._water(points) > 0.5) & (self._inside(points) >= inland)
        return np.where(water, self._oxygen(points), np.nan)


def write(
    path: Path, atlas: Atlas, header: xr.Dataset, like: str, depth=None, change=0.0, grid=None, **attributes
) -> Path:
    """Write the atlas with the header of a real file (opened undecoded): its grid, calendar, units and attributes.

    `like` is the variable that oxygen stands for; `depth` levels in the unit of the header's level axis, where it has
    none; `change` is added in each further year, mol m-3; `grid` holds the coordinates where the header has none.
    """
    grid = header if grid is None else grid
    north, east = (next(grid[n] for n in names if n in grid) for names in (_NORTH, _EAST))
    level = next((dim for dim in header[like].dims if dim in _LEVELS), "lev")
    if depth is not None:
        centimetres = attributes.pop("centimetres", False)
        units = {"units": "centimeters" if centimetres else "m", "positive": "down"}
        header = header.assign_coords({level: (level, np.asarray(depth) * (100.0 if centimetres else 1.0), units)})
    metres = header[level].to_numpy() * (0.01 if header[level].attrs.get("units") == "centimeters" else 1.0)
    rows = [dim for dim in header[like].dims if dim not in ("time", level)]
    if north.ndim == 1 and len(rows) == 2:
        north, east = xr.broadcast(north, east)
    fill = np.abs(north.to_numpy()) > 91
    place = np.where(fill, 0.0, north.to_numpy()), np.where(fill, 0.0, east.to_numpy())
    values = atlas.at(metres[(slice(None), *[None] * len(rows))], *place) / 1000.0
    values[:, fill] = np.nan
    years = np.arange(header.sizes["time"])
    stacked = values[None] + change * years[(slice(None), *[None] * values.ndim)]
    zeros = attributes.pop("land_is_zero", False)
    described = {"units": "mol m-3", "standard_name": "mole_concentration_of_dissolved_molecular_oxygen_in_sea_water"}
    data = header.drop_vars(like).assign(
        o2=(("time", level, *rows), np.nan_to_num(stacked, nan=0.0 if zeros else 1e20).astype(np.float32), described)
    )
    data.attrs |= attributes
    data.to_netcdf(path, encoding={name: {"_FillValue": None} for name in data.variables})
    return path


_NORTH, _EAST = ("lat", "latitude", "nav_lat", "TLAT"), ("lon", "longitude", "nav_lon", "TLONG")
_LEVELS = ("lev", "deptht", "olevel", "z_t", "nz1")


def years_of(header: xr.Dataset, years: int) -> xr.Dataset:
    """Repeat the one time of a header in further years of its calendar."""
    time = header["time"]
    dates = cftime.num2date(float(time.values[0]), time.attrs["units"], time.attrs.get("calendar", "standard"))
    moved = [dates.replace(year=dates.year + year) for year in range(years)]
    numbers = cftime.date2num(moved, time.attrs["units"], time.attrs.get("calendar", "standard"))
    one = header.isel(time=[0] * years).assign_coords(time=("time", np.asarray(numbers, float), time.attrs))
    for name in ("time_bnds", "time_bounds"):  # of each time its own month
        if name in one:
            one[name] = one[name] + xr.DataArray(np.asarray(numbers, float) - float(time.values[0]), dims="time")
    return one


def casts(data_root: Path, number: int) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude of real float profiles, evenly drawn from the index of all."""
    with gzip.open(data_root / "observations/argo/index/argo_synthetic-profile_index.txt.gz") as file:
        index = pd.read_csv(file, comment="#", usecols=["latitude", "longitude"]).dropna()
    index = index[(index["latitude"].abs() < 90) & (index["longitude"].abs() <= 360)]
    some = index.iloc[np.linspace(0, len(index) - 1, number).astype(int)]
    return some["latitude"].to_numpy(), some["longitude"].to_numpy()
