"""Products of any gridded oxygen: oxygen minimum zones, inventories and maps of water columns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr

from graphs.grid import Grid
from graphs.types import Floats
from oxygen_recon.fields.cf import DIMENSIONS
from oxygen_recon.products import inventory, omz
from oxygen_recon.products.inventory import LAYERS
from oxygen_recon.runtime.files import replacing
from qc.errors import InputError
from qc.types import Mask


def export_inventory(
    field: str | Path,
    out: str | Path,
    *,
    layers: Sequence[tuple[float, float]] | None = None,
    variable: str = "oxygen",
) -> xr.Dataset:
    """Sum the oxygen of a CF netCDF file over layers, at each time.

    Parameters
    ----------
    field : str or Path
        netCDF file with dimensions time, depth, latitude and longitude, and where it has them, bounds and the mask
        `wet`; such as `reconstruct/oxygen.nc` of a run.
    out : str or Path
        File to write: CSV where its name ends in ".csv", else netCDF.
    layers : sequence of (top, bottom), optional
        Depths, m; infinity is the sea floor. Those of `oxygen_inventory` when left out.
    variable : str
        Name of oxygen in the file, umol kg-1 or mmol m-3.

    Returns
    -------
    xarray.Dataset
        As `oxygen_inventory` returns it.

    Raises
    ------
    qc.errors.InputError
        If the file is no such field.
    """
    oxygen, error, grid = _open(Path(field), variable)
    result = oxygen_inventory(oxygen, layers or LAYERS, standard_error=error, grid=grid)
    _write(result, Path(out))
    return result


def export_columns(field: str | Path, threshold: float, out: str | Path, *, variable: str = "oxygen") -> xr.Dataset:
    """Map thickness, boundaries and core of the water below an oxygen threshold, from a CF netCDF file.

    Parameters
    ----------
    field : str or Path
        netCDF file, as for `export_inventory`.
    threshold : float
        In the unit of the field.
    out : str or Path
        netCDF file to write.
    variable : str
        Name of oxygen in the file, umol kg-1 or mmol m-3.

    Returns
    -------
    xarray.Dataset
        As `omz_columns` returns it.

    Raises
    ------
    qc.errors.InputError
        If the file is no such field, or the threshold is not above zero.
    """
    oxygen, _, grid = _open(Path(field), variable)
    result = omz_columns(oxygen, threshold, grid=grid)
    omz.to_netcdf(result, Path(out))
    return result


def omz_series(
    oxygen: xr.DataArray,
    thresholds: Sequence[float],
    standard_error: xr.DataArray | None = None,
    *,
    grid: Grid | None = None,
    region: xr.DataArray | Mask | None = None,
    subcell: bool = True,
    level_area: bool = False,
) -> xr.Dataset:
    """Compute area and volume of the water below oxygen thresholds, at each time.

    Parameters
    ----------
    oxygen : DataArray, dims (time, depth, latitude, longitude)
        Oxygen with attribute `units`, "umol kg-1" or "mmol m-3"; NaN in an ocean cell is missing.
    thresholds : sequence of float
        In the unit of `oxygen`.
    standard_error : DataArray, dims as `oxygen`, optional
        Its standard error.
    grid : Grid, optional
        Its grid; when left out, edges of cells lie midway between centres, the first at the surface, and a cell is
        wet where oxygen has a value at any time.
    region : bool array or DataArray, shape (latitude, longitude), optional
        Columns that count; all when left out.
    subcell : bool
        Let the profile run linearly between level centres; otherwise whole cells count.
    level_area : bool
        Also return the area at each level.

    Returns
    -------
    Dataset
        As `oxygen_recon.products.omz.series` returns it.

    Raises
    ------
    qc.errors.InputError
        If dimensions, shape or unit do not fit, or a threshold is not above zero.
    """
    grid = _within(_grid(oxygen) if grid is None else grid, region)
    return omz.series(oxygen, thresholds, grid, standard_error, _unit(oxygen), subcell, level_area)


def omz_columns(
    oxygen: xr.DataArray, threshold: float, *, grid: Grid | None = None, region: xr.DataArray | Mask | None = None
) -> xr.Dataset:
    """Map thickness, boundaries and core of the water below an oxygen threshold.

    Parameters
    ----------
    oxygen, grid, region
        As for `omz_series`.
    threshold : float
        In the unit of `oxygen`.

    Returns
    -------
    Dataset
        As `oxygen_recon.products.omz.columns` returns it.

    Raises
    ------
    qc.errors.InputError
        If dimensions, shape or unit do not fit, or the threshold is not above zero.
    """
    return omz.columns(oxygen, threshold, _within(_grid(oxygen) if grid is None else grid, region), _unit(oxygen))


def oxygen_inventory(
    oxygen: xr.DataArray,
    layers: Sequence[tuple[float, float]] = LAYERS,
    regions: Mapping[str, Mask] | None = None,
    temperature: xr.DataArray | None = None,
    salinity: xr.DataArray | None = None,
    standard_error: xr.DataArray | None = None,
    *,
    grid: Grid | None = None,
) -> xr.Dataset:
    """Sum oxygen over layers and regions, at each time.

    Parameters
    ----------
    oxygen, grid
        As for `omz_series`.
    layers : sequence of (top, bottom)
        Depths, m; infinity is the sea floor.
    regions : mapping of str to bool array, shape (latitude, longitude), optional
        Columns of each region.
    temperature, salinity : DataArray, dims as `oxygen`, optional
        degC and PSS-78, for the density.
    standard_error : DataArray, dims as `oxygen`, optional
        Its standard error.

    Returns
    -------
    Dataset
        As `oxygen_recon.products.inventory.inventory` returns it.

    Raises
    ------
    qc.errors.InputError
        If dimensions, shape or unit do not fit, or a layer is empty.
    """
    grid = _grid(oxygen) if grid is None else grid
    return inventory.inventory(oxygen, grid, layers, regions, temperature, salinity, standard_error)


def _open(path: Path, variable: str) -> tuple[xr.DataArray, xr.DataArray | None, Grid]:
    """Open oxygen of a file, its standard error where there is one, and its grid."""
    if not path.is_file():
        raise InputError("no such file", str(path), "name a netCDF file of a field")
    try:
        data = xr.open_dataset(path)
    except (OSError, ValueError) as error:
        raise InputError(f"no readable netCDF file ({' '.join(str(error).split())[:80]})", str(path)) from error
    if variable not in data:
        names = ", ".join(map(str, data.data_vars))
        raise InputError(f"no variable {variable}", str(path), f"choose from {names} by --variable")
    grid, error_name = _grid(data[variable]), f"{variable}_standard_error"
    edges = {
        f"{name}_edges": np.append(data[f"{name}_bnds"][:, 0], data[f"{name}_bnds"][-1, 1])
        for name in DIMENSIONS[1:]
        if f"{name}_bnds" in data
    }
    wet = {"wet": data["wet"].to_numpy().astype(bool)} if "wet" in data else {}
    return data[variable], data[error_name] if error_name in data else None, replace(grid, **edges, **wet)


def _grid(oxygen: xr.DataArray) -> Grid:
    """Return the grid of a field, of which only the centres are known."""
    if lacking := [name for name in DIMENSIONS if name not in oxygen.dims]:
        raise InputError(f"no dimension {lacking[0]}", f"field {oxygen.name or 'oxygen'}", f"name them {DIMENSIONS}")
    depth, latitude, longitude = (oxygen[name].to_numpy().astype(float) for name in DIMENSIONS[1:])
    wet = oxygen.notnull().any("time").transpose(*DIMENSIONS[1:]).to_numpy()
    depth_edges = np.append(0.0, _midway(depth)[1:])
    return Grid(np.clip(_midway(latitude), -90.0, 90.0), _midway(longitude), depth_edges, depth, wet)


def _midway(centre: Floats) -> Floats:
    """Return edges midway between centres, the outer ones as far out."""
    middle = 0.5 * (centre[1:] + centre[:-1])
    return np.concatenate([[2 * centre[0] - middle[0]], middle, [2 * centre[-1] - middle[-1]]])


def _within(grid: Grid, region: xr.DataArray | Mask | None) -> Grid:
    """Return the grid, wet in a region only."""
    if region is None:
        return grid
    wet = grid.wet & np.asarray(region, bool)
    return replace(grid, wet=wet)


def _unit(oxygen: xr.DataArray) -> str:
    """Return the unit that a field states."""
    return str(oxygen.attrs.get("units", ""))


def _write(result: xr.Dataset, path: Path) -> None:
    """Write a product as CSV or netCDF by the end of the file's name."""
    with replacing(path) as partial:
        if path.suffix.lower() == ".csv":
            result.to_dataframe().to_csv(partial)
        else:
            result.to_netcdf(partial, engine="netcdf4")
