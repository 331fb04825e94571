"""A biased climate model of the twin ocean, in CMIP6 layout on a curvilinear grid."""

from dataclasses import dataclass
from pathlib import Path

import cftime
import netCDF4
import numpy as np
from numpy.typing import NDArray

from graphs.sphere import EARTH_RADIUS_KM, unit_vector
from graphs.types import Floats, Ints
from oxygen_recon.sources.twin.ocean.geography import water_depth
from oxygen_recon.sources.twin.ocean.state import Ocean, OceanParameters
from qc.physics.seawater import RHO_CONSTANT

# Displaced fronts, low-oxygen zones too strong and too deep, half the trend: structural errors of CMIP6 models.
MODEL = OceanParameters(trend=0.5, zone_strength=1.12, zone_depth=1.3, shift_north=2.5, shift_east=-5.0)
_MISSING = 1e20
_POLE = (75.0, -40.0)  # degrees north and east of the grid's north pole: Greenland
_NAME = "TWIN-ESM"
_LEVELS = np.array([0, 10, 30, 60, 100, 150, 225, 325, 450, 600, 800, 1050, 1400, 1900, 2700, 3800, 5500], float)
_MOL_PER_M3 = 1000.0 * RHO_CONSTANT * 1e-6  # mol m-3 in 1 umol kg-1, at the model's reference density
_VARIABLES = {  # variable: name in `Ocean`, standard name, unit, factor
    "o2": ("oxygen", "mole_concentration_of_dissolved_molecular_oxygen_in_sea_water", "mol m-3", _MOL_PER_M3),
    "thetao": ("theta", "sea_water_potential_temperature", "degC", 1.0),
    "so": ("salinity", "sea_water_salinity", "0.001", 1.0),
}


@dataclass(frozen=True)
class CurvilinearGrid:
    """A regular grid of a rotated sphere, whose poles lie on land.

    Parameters
    ----------
    latitude, longitude : array, shape (j, i)
        Cell centres, degrees north, degrees east in [0, 360).
    latitude_corners, longitude_corners : array, shape (j, i, 4)
        Cell corners, counter-clockwise.
    area : array, shape (j, i)
        Cell areas, m2.
    """

    latitude: Floats
    longitude: Floats
    latitude_corners: Floats
    longitude_corners: Floats
    area: Floats

    @classmethod
    def rotated(cls, rows: int, columns: int) -> "CurvilinearGrid":
        """Return the grid of a number of rows and columns.

        Parameters
        ----------
        rows, columns : int
            Number of cells along j and i.

        Returns
        -------
        CurvilinearGrid
        """
        row_edge, column_edge = np.linspace(-90, 90, rows + 1), np.linspace(0, 360, columns + 1)
        middle = np.meshgrid(
            (row_edge[1:] + row_edge[:-1]) / 2, (column_edge[1:] + column_edge[:-1]) / 2, indexing="ij"
        )
        lat_edge, lon_edge = _rotated(*np.meshgrid(row_edge, column_edge, indexing="ij"))
        first, second = slice(None, -1), slice(1, None)
        corner = ((first, first), (first, second), (second, second), (second, first))
        band = np.diff(np.sin(np.radians(row_edge))) * np.radians(360 / columns) * (1000.0 * EARTH_RADIUS_KM) ** 2
        return cls(
            *_rotated(*middle),
            np.stack([lat_edge[c] for c in corner], -1),
            np.stack([lon_edge[c] for c in corner], -1),
            np.repeat(band[:, None], columns, axis=1),
        )


def _rotated(row: Floats, column: Floats) -> tuple[Floats, Floats]:
    """Convert grid coordinates to geographic ones: the grid's north pole is at `_POLE`."""
    tilt, east = np.radians(90 - _POLE[0]), np.radians(_POLE[1])
    x, y, z = np.moveaxis(unit_vector(row, column), -1, 0)
    x, z = x * np.cos(tilt) + z * np.sin(tilt), z * np.cos(tilt) - x * np.sin(tilt)
    return np.degrees(np.arcsin(np.clip(z, -1, 1))), (np.degrees(np.arctan2(y, x) + east)) % 360


def write(seed: int, start: int, end: int, directory: Path, rows: int = 45, columns: int = 72) -> list[Path]:
    """Write oxygen, potential temperature, salinity and cell area of the model `TWIN-ESM`.

    Its climate has displaced fronts and too strong and too deep low-oxygen zones, its trend is half the true one,
    and its variability has the amplitude of the ocean's but another phase.

    Parameters
    ----------
    seed : int
        Seed of the ocean that is modelled.
    start, end : int
        First and last year.
    directory : Path
        Folder; created if it does not exist.
    rows, columns : int
        Number of cells along j and i.

    Returns
    -------
    list of Path
        `<variable>_Oyr_TWIN-ESM_historical_r1i1p1f1_gn_<start>01-<end>12.nc` for o2 (mol m-3), thetao (degC) and so
        (0.001), and `areacello_Ofx_TWIN-ESM_historical_r1i1p1f1_gn.nc` (m2).
    """
    directory.mkdir(parents=True, exist_ok=True)
    grid = CurvilinearGrid.rotated(rows, columns)
    years = np.arange(start, end + 1)
    depth = (_LEVELS[1:] + _LEVELS[:-1]) / 2
    wet = water_depth(grid.latitude, grid.longitude) > depth[:, None, None]
    k, j, i = np.nonzero(wet)
    east = (grid.longitude[j, i] + 180) % 360 - 180
    values = Ocean(seed + 1_000_003, MODEL).annual(grid.latitude[j, i], east, depth[k], years.astype(float))
    paths = []
    for name, (variable, standard_name, unit, factor) in _VARIABLES.items():
        field = np.full((years.size, *wet.shape), _MISSING, np.float32)
        field[:, wet] = values[variable] * np.float32(factor)
        path = directory / f"{name}_Oyr_{_NAME}_historical_r1i1p1f1_gn_{start}01-{end}12.nc"
        _write_field(path, name, field, standard_name, unit, grid, years)
        paths.append(path)
    path = directory / f"areacello_Ofx_{_NAME}_historical_r1i1p1f1_gn.nc"
    with netCDF4.Dataset(path, "w") as file:
        _write_grid(file, "areacello", "fx", "Ofx", grid)
        area = file.createVariable("areacello", "f4", ("j", "i"), fill_value=_MISSING, zlib=True)
        area.setncatts({"standard_name": "cell_area", "units": "m2", "coordinates": "latitude longitude"})
        area[:] = grid.area
    return [*paths, path]


def _write_grid(file: netCDF4.Dataset, variable: str, frequency: str, table: str, grid: CurvilinearGrid) -> None:
    """Write global attributes and the horizontal grid."""
    file.setncatts(
        {
            "Conventions": "CF-1.7 CMIP-6.2",
            "activity_id": "CMIP",
            "mip_era": "CMIP6",
            "experiment_id": "historical",
            "frequency": frequency,
            "grid_label": "gn",
            "institution_id": "TWIN",
            "source_id": _NAME,
            "table_id": table,
            "variable_id": variable,
            "variant_label": "r1i1p1f1",
            "realm": "ocnBgchem" if variable == "o2" else "ocean",
            "source": "synthetic: a biased model of the twin ocean of oxygen-recon",
        }
    )
    rows, columns = grid.latitude.shape
    for name, size in (("j", rows), ("i", columns), ("vertices", 4)):
        file.createDimension(name, size)
    for name, size in (("j", rows), ("i", columns)):
        axis = file.createVariable(name, "i4", (name,))
        axis.setncatts({"long_name": f"cell index along {name}", "units": "1"})
        axis[:] = np.arange(size)
    for name, centre, corners in (
        ("latitude", grid.latitude, grid.latitude_corners),
        ("longitude", grid.longitude, grid.longitude_corners),
    ):
        unit = "degrees_north" if name == "latitude" else "degrees_east"
        data = file.createVariable(name, "f8", ("j", "i"), zlib=True)
        data.setncatts({"standard_name": name, "units": unit, "bounds": f"vertices_{name}"})
        data[:] = centre
        file.createVariable(f"vertices_{name}", "f8", ("j", "i", "vertices"), zlib=True)[:] = corners


def _write_field(
    path: Path,
    name: str,
    field: NDArray[np.float32],
    standard_name: str,
    unit: str,
    grid: CurvilinearGrid,
    years: Ints,
) -> None:
    """Write the yearly field of one variable, float32, shape (year, level, j, i)."""
    with netCDF4.Dataset(path, "w") as file:
        _write_grid(file, name, "yr", "Oyr", grid)
        _write_time_and_levels(file, years)
        data = file.createVariable(
            name, "f4", ("time", "lev", "j", "i"), fill_value=_MISSING, zlib=True, complevel=1, shuffle=True
        )
        data.setncatts(
            {
                "standard_name": standard_name,
                "units": unit,
                "missing_value": np.float32(_MISSING),
                "cell_methods": "area: mean where sea time: mean",
                "cell_measures": "area: areacello",
                "coordinates": "latitude longitude",
            }
        )
        data[:] = field


def _write_time_and_levels(file: netCDF4.Dataset, years: Ints) -> None:
    """Write the time and depth axes with their bounds."""
    file.createDimension("time", None)
    file.createDimension("lev", _LEVELS.size - 1)
    file.createDimension("bnds", 2)
    units, calendar = "days since 1850-01-01", "noleap"
    edges = np.array([cftime.DatetimeNoLeap(int(y), 1, 1) for y in (*years, years[-1] + 1)])
    days = np.asarray(cftime.date2num(edges, units, calendar), float)
    time = file.createVariable("time", "f8", ("time",))
    time.setncatts({"standard_name": "time", "axis": "T", "units": units, "calendar": calendar, "bounds": "time_bnds"})
    time[:] = (days[1:] + days[:-1]) / 2
    file.createVariable("time_bnds", "f8", ("time", "bnds"))[:] = np.stack([days[:-1], days[1:]], 1)
    level = file.createVariable("lev", "f8", ("lev",))
    level.setncatts({"standard_name": "depth", "axis": "Z", "units": "m", "positive": "down", "bounds": "lev_bnds"})
    level[:] = (_LEVELS[1:] + _LEVELS[:-1]) / 2
    file.createVariable("lev_bnds", "f8", ("lev", "bnds"))[:] = np.stack([_LEVELS[:-1], _LEVELS[1:]], 1)
