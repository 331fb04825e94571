"""Climate model files in CMIP6 layout whose oxygen follows a law of place and time."""

from pathlib import Path

import cftime
import numpy as np
import xarray as xr

from oxygen_recon.evaluation.climate_models import Places, times_of_steps


def oxygen_law(latitude, longitude, depth, year):
    """Smooth, periodic, linear in depth and time, mol m-3."""
    phi, lam = np.radians(latitude), np.radians(longitude)
    shape = np.sin(phi) + 0.5 * np.cos(phi) * np.cos(lam)
    return 0.2 + 0.05 * shape - 2e-5 * depth - 1e-3 * (year - 2000.0)


def write(
    path: Path,
    years: list[int],
    latitude: xr.DataArray | np.ndarray,
    longitude: xr.DataArray | np.ndarray,
    land: np.ndarray,
    *,
    level: str = "lev",
    level_units: str = "m",
    depth: tuple[float, ...] = (5.0, 100.0, 1000.0),
    calendar: str = "noleap",
    units: str = "mol m-3",
    names: tuple[str, str, str, str] = ("j", "i", "lat", "lon"),
    variable: str = "o2",
    law=oxygen_law,
    attributes: dict[str, str] | None = None,
    floor: bool = True,
) -> Path:
    """Write a file in CMIP6 layout; middle of the year, 1e20 on land, the deepest level land where |latitude| < 10."""
    row, column, north, east = names
    z = np.array(depth)
    flat = np.where(np.isfinite(latitude + longitude), latitude, 0.0), np.where(np.isfinite(longitude), longitude, 0.0)
    values = law(flat[0], flat[1], z[None, :, None, None], np.array(years)[:, None, None, None] + 0.5)
    values = np.where(land, 1e20, values)
    if floor:
        values[:, -1][:, np.abs(flat[0]) < 10] = 1e20
    data = xr.Dataset(
        {variable: (("time", level, row, column), values.astype(np.float32), {"units": units})},
        {
            "time": ("time", [cftime.datetime(y, 7, 2, 12, calendar=calendar) for y in years]),
            level: (level, z / {"m": 1, "centimeters": 0.01, "1": 1}[level_units], {"units": level_units}),
            north: ((row, column), np.where(np.isfinite(latitude), latitude, 9.96921e36)),
            east: ((row, column), np.where(np.isfinite(longitude), longitude, 9.96921e36)),
        },
        {"source_id": "TOY", "experiment_id": "historical", "variant_label": "r1i1p1f1", "grid_label": "gn"}
        | (attributes or {}),
    )
    encoding = {name: {"_FillValue": None} for name in (variable, north, east)}
    encoding["time"] = {"units": "days since 1850-01-01", "calendar": calendar}
    data.to_netcdf(path, encoding=encoding)
    return path


def regular(step: float = 2.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Latitude, longitude from 0 to 360, and a continent between 100 and 140 east, 20 and 60 north."""
    latitude, longitude = np.meshgrid(np.arange(-79, 80, step), np.arange(step / 2, 360, step), indexing="ij")
    return latitude, longitude, (abs(longitude - 120) < 20) & (abs(latitude - 40) < 20)


def expected(latitude, longitude, depth, year) -> np.ndarray:
    return oxygen_law(latitude, longitude, depth, year) * 1e6 / 1025.0


def sample(model, latitude, longitude, depth, years) -> np.ndarray:
    """Read a model at points, each in a step of its own around its time, a thousandth of a year long."""
    result = np.full(np.size(latitude), np.nan)
    places = Places.of(model, np.asarray(latitude), np.asarray(longitude), np.asarray(depth))
    for year in np.unique(years):
        (weights,) = times_of_steps(model.years, np.array([year - 5e-4, year + 5e-4]))
        if weights:
            here = years == year
            result[here] = places.read(sum(weight * model.field(time) for time, weight in weights))[here]
    return result
