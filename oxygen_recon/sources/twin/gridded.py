"""Gridded files of the twin: truth, relief, and an analysis of temperature, salinity and nutrients with errors."""

from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from graphs.types import Floats, Ints
from oxygen_recon.sources.twin.config import TwinConfig
from oxygen_recon.sources.twin.ocean.geography import LATITUDE, LONGITUDE, relief, sea_fraction, wet_fraction_of_cells
from oxygen_recon.sources.twin.ocean.omz_growth import twin_ocean
from oxygen_recon.sources.twin.ocean.patterns import variability_profile
from oxygen_recon.sources.twin.ocean.random_fields import RandomField
from oxygen_recon.sources.twin.ocean.state import VARIABLES

_DIMS = ("time", "depth", "latitude", "longitude")
_ATTRIBUTES = {
    "oxygen": ("moles_of_oxygen_per_unit_mass_in_sea_water", "umol kg-1"),
    "temperature": ("sea_water_temperature", "degC"),
    "salinity": ("sea_water_practical_salinity", "1"),
    "nitrate": ("moles_of_nitrate_per_unit_mass_in_sea_water", "umol kg-1"),
    "phosphate": ("moles_of_phosphate_per_unit_mass_in_sea_water", "umol kg-1"),
    "silicate": ("moles_of_silicate_per_unit_mass_in_sea_water", "umol kg-1"),
}
_AXES: dict[str, dict[str, str]] = {
    "depth": {"standard_name": "depth", "units": "m", "positive": "down", "axis": "Z"},
    "latitude": {"standard_name": "latitude", "units": "degrees_north", "axis": "Y"},
    "longitude": {"standard_name": "longitude", "units": "degrees_east", "axis": "X"},
}
_SYNTHETIC = {"Conventions": "CF-1.8", "source": "synthetic: the twin ocean of oxygen-recon, not measured"}


def truth(config: TwinConfig, latitude: Floats, longitude: Floats, depth: Floats, years: Floats) -> xr.Dataset:
    """Evaluate the true yearly means on any grid.

    Parameters
    ----------
    config : TwinConfig
        Only the seed is used.
    latitude, longitude : array, shape (latitude,), (longitude,)
        Cell centres, degrees north and degrees east, evenly spaced; any longitude convention.
    depth : array, shape (level,)
        Level centres, m.
    years : array, shape (year,)
        Calendar years within 1920-2023.

    Returns
    -------
    xarray.Dataset
        oxygen, nitrate, phosphate, silicate (umol kg-1), temperature (degC, in situ), salinity, float32, dims (time,
        depth, latitude, longitude), NaN where no part of a cell is sea; `wet_fraction` and `wet` (at least half is).
    """
    latitude, longitude, depth = (np.atleast_1d(np.asarray(x, float)) for x in (latitude, longitude, depth))
    share = wet_fraction_of_cells(latitude, longitude, depth)
    k, j, i = np.nonzero(share > 0)
    east = (longitude[i] + 180) % 360 - 180
    values = twin_ocean(config.seed).annual(latitude[j], east, depth[k], np.atleast_1d(np.asarray(years, float)))
    time = np.array([f"{int(year)}-07-02" for year in np.atleast_1d(years)], "datetime64[ns]")
    dataset = xr.Dataset(coords={"time": time, "depth": depth, "latitude": latitude, "longitude": longitude})
    for name in VARIABLES:
        field = np.full((time.size, *share.shape), np.nan, np.float32)
        field[:, k, j, i] = values[name]
        dataset[name] = (_DIMS, field, _named(name, "time: mean"))
    dataset["wet_fraction"] = (
        _DIMS[1:],
        share.astype(np.float32),
        {"long_name": "share of the cell deeper than the level"},
    )
    dataset["wet"] = (_DIMS[1:], (share >= 0.5).astype(np.int8), {"long_name": "at least half of the cell is sea"})
    for name, attributes in _AXES.items():
        dataset[name].attrs = attributes
    dataset["time"].attrs = {"standard_name": "time", "axis": "T"}
    dataset.attrs = {**_SYNTHETIC, "title": "True yearly means of the twin ocean"}
    return dataset


def _named(name: str, methods: str | None = None) -> dict[str, str]:
    """Return CF attributes of a variable."""
    standard_name, units = _ATTRIBUTES[name]
    attributes = {"standard_name": standard_name, "long_name": name, "units": units}
    return attributes | ({"cell_methods": methods} if methods else {})


def grid_axes(config: TwinConfig) -> tuple[Floats, Floats, Floats]:
    """Return the axes of the written truth.

    Parameters
    ----------
    config : TwinConfig
        Its resolution and levels are used.

    Returns
    -------
    latitude, longitude, depth : array
        Cell centres over the globe, degrees, and levels, m.
    """
    half = config.resolution / 2
    latitude = np.arange(-90 + half, 90, config.resolution)
    return latitude, np.arange(-180 + half, 180, config.resolution), np.array(config.levels)


def analysis(true: xr.Dataset, seed: int) -> xr.Dataset:
    """Return an analysis of temperature and salinity whose errors are small in the mean and grow towards the past.

    The mean of 1981-2010 has small constant errors. Anomalies are smoothed over three years and reduced, to a quarter
    in 1920 and nine tenths since 2010, and errors grow towards the past. Nutrients are a static climatology, their
    mean of 1970-2010 with errors of about 4 %, like a World Ocean Atlas.

    Parameters
    ----------
    true : xarray.Dataset
        As from `truth`.
    seed : int
        Seed of the errors.

    Returns
    -------
    xarray.Dataset
        temperature (degC), salinity with dims (time, depth, latitude, longitude); nitrate, phosphate, silicate
        (umol kg-1) with dims (depth, latitude, longitude); float32.
    """
    rng = np.random.default_rng([seed, 6])
    year = true["time"].dt.year.to_numpy().astype(float)
    k, j, i = np.nonzero(true["wet_fraction"].to_numpy() > 0)
    place = (true["latitude"].to_numpy()[j], true["longitude"].to_numpy()[i], true["depth"].to_numpy()[k])
    body = variability_profile(place[2]) + 0.5 * np.exp(-place[2] / 100)
    skill = np.interp(year, [1920, 1950, 1980, 2010], [0.25, 0.45, 0.7, 0.9])[:, None]
    result = true[["time", "depth", "latitude", "longitude"]].copy()
    for name, error in (("temperature", 0.35), ("salinity", 0.045)):
        moving = RandomField.draw(rng, 64, (400, 1200), 0.7, (2, 25))(*place, year[:, None])
        standing = RandomField.draw(rng, 64, (300, 900), 0.7, None).static(*place)
        values = true[name].to_numpy()[:, k, j, i].astype(float)
        mean = _mean(values, year, 1981, 2010)
        guess = mean + skill * _smooth(values - mean) + error * body * (0.5 * standing + (1.15 - skill) * moving)
        result[name] = (_DIMS, _on_grid(guess, (k, j, i), true), _named(name, "time: mean"))
    for name in ("nitrate", "phosphate", "silicate"):
        standing = RandomField.draw(rng, 64, (300, 900), 0.7, None).static(*place)
        mean = _mean(true[name].to_numpy()[:, k, j, i].astype(float), year, 1970, 2010)
        guess = mean * np.clip(1.01 + 0.035 * standing, 0.8, 1.2)
        result[name] = (_DIMS[1:], _on_grid(guess, (k, j, i), true), _named(name))
    result.attrs = {
        **_SYNTHETIC,
        "title": "Analysis of temperature and salinity, climatology of nutrients, with errors",
    }
    return result


def _mean(values: Floats, year: Floats, first: int, last: int) -> Floats:
    """Return the mean of a standard period, or of all years if the record has none of it."""
    inside = (year >= first) & (year <= last)
    return np.asarray(values[inside if inside.any() else slice(None)].mean(0))


def _smooth(anomaly: Floats) -> Floats:
    """Average each year with the two before it: the analysis lags."""
    padded = np.concatenate([anomaly[:1], anomaly[:1], anomaly])
    return np.asarray(0.5 * padded[2:] + 0.3 * padded[1:-1] + 0.2 * padded[:-2])


def _on_grid(values: Floats, where: tuple[Ints, ...], true: xr.Dataset) -> NDArray[np.float32]:
    """Put values of wet cells on the grid, NaN elsewhere."""
    field = np.full((*values.shape[:-1], *true["wet"].shape), np.nan, np.float32)
    field[..., where[0], where[1], where[2]] = values
    return field


def relief_dataset() -> xr.Dataset:
    """Return relief and sea fraction as a dataset.

    Returns
    -------
    xarray.Dataset
        relief (m, positive up) and sea_fraction (1) on one-degree cells, dims (lat, lon).
    """
    dataset = xr.Dataset(coords={"lat": LATITUDE, "lon": LONGITUDE})
    height = {"standard_name": "height_above_mean_sea_level", "long_name": "relief", "units": "m", "positive": "up"}
    dataset["relief"] = (("lat", "lon"), relief().astype(np.float32), height)
    share = {"standard_name": "sea_area_fraction", "units": "1"}
    dataset["sea_fraction"] = (("lat", "lon"), sea_fraction().astype(np.float32), share)
    dataset["lat"].attrs, dataset["lon"].attrs = _AXES["latitude"], _AXES["longitude"]
    dataset.attrs = {**_SYNTHETIC, "title": "Sea floor of the twin ocean under real coastlines"}
    return dataset


def save(dataset: xr.Dataset, path: Path) -> None:
    """Write a dataset as compressed netCDF.

    Parameters
    ----------
    dataset : xarray.Dataset
        The variables to write.
    path : Path
        Output file; its folder is created.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    encoding: dict[str, dict[str, object]] = {
        str(name): {"zlib": True, "complevel": 1, "shuffle": True} for name in dataset.data_vars
    }
    if "time" in dataset.coords:
        encoding["time"] = {"units": "days since 1900-01-01", "calendar": "standard", "dtype": "f8"}
    dataset.to_netcdf(path, engine="netcdf4", encoding=encoding)
