"""Products of a CF netCDF file of oxygen, computed and written in one call: zones, inventories, maps of columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import xarray as xr

from graphs.grid import Grid
from graphs.types import Mask
from oxygen_recon.fields.grids import grid_of
from oxygen_recon.fields.oxygen_field import open_oxygen_field
from oxygen_recon.fields.regions import inside, short_name
from oxygen_recon.products.files import to_netcdf, to_table
from oxygen_recon.products.inventory import LAYERS, oxygen_inventory
from oxygen_recon.products.omz import omz_series
from oxygen_recon.products.omz.settings import mistaken
from oxygen_recon.products.omz.water_columns import omz_columns
from qc.errors import InputError

_TABLES = (".csv", ".parquet")
_KEPT = ("title", "source", "references", "license", "experiment_hash", "catalogue_hash", "commit", "seed")


def export_inventory(
    field: str | Path,
    out: str | Path,
    *,
    layers: Sequence[tuple[float, float]] | None = None,
    regions: Sequence[str] = (),
    variable: str | None = None,
) -> xr.Dataset:
    """Sum the oxygen of a CF netCDF file over layers and regions, at each time.

    Parameters
    ----------
    field : str or Path
        CF netCDF file on a latitude-longitude-depth grid, such as `reconstruct/oxygen.nc` of a run.
    out : str or Path
        File to write: a table where its name ends in ".csv" or ".parquet", else netCDF.
    layers : sequence of (top, bottom), optional
        Depths, m; infinity is the sea floor. Those of `oxygen_inventory` when left out.
    regions : sequence of str
        Names, polygons or mask files, as for `oxygen_recon.fields.regions.box_of`; the whole is always the first.
    variable : str, optional
        Name of oxygen in the file; found by its standard name when left out.

    Returns
    -------
    xarray.Dataset
        As `oxygen_recon.products.inventory.oxygen_inventory` returns it.

    Raises
    ------
    qc.errors.InputError
        If the file is no such field, or a region has no ocean.
    """
    oxygen = open_oxygen_field(_existing(field), variable)
    _check_target(Path(out), Path(field), (*_TABLES, ".nc"))
    grid, error = grid_of(oxygen), _standard_error(Path(field), str(oxygen.name))
    masks = _masks(regions, grid)
    result = oxygen_inventory(oxygen, layers or LAYERS, masks, standard_error=error)
    _write(result, Path(out), Path(field))
    return result


def export_omz(
    field: str | Path,
    thresholds: Sequence[float],
    out: str | Path,
    *,
    regions: Sequence[str] = (),
    unit: str = "umol kg-1",
    subcell: bool = True,
    variable: str | None = None,
) -> xr.Dataset:
    """Compute area and volume below oxygen thresholds from a CF netCDF file, at each time.

    Parameters
    ----------
    field : str or Path
        CF netCDF file, as for `export_inventory`; its standard error and its number of observations are used where it
        has them, as `reconstruct/oxygen.nc` of a run does.
    thresholds : sequence of float
        In `unit`.
    out : str or Path
        File to write: a table where its name ends in ".csv" or ".parquet", else netCDF.
    regions : sequence of str
        Names, polygons or mask files, as for `oxygen_recon.fields.regions.box_of`; the whole is always the first.
    unit : {"umol kg-1", "mmol m-3"}
        Of thresholds and field.
    subcell : bool
        As for `oxygen_recon.products.omz.omz_series`.
    variable : str, optional
        Name of oxygen in the file; found by its standard name when left out.

    Returns
    -------
    xarray.Dataset
        As `oxygen_recon.products.omz.omz_series` returns it, with a dim region where there are any.

    Raises
    ------
    qc.errors.InputError
        If the file is no such field, a threshold is not above zero or in another unit, or a region has no ocean.
    """
    path = _existing(field)
    oxygen = open_oxygen_field(path, variable)
    _check_target(Path(out), path, (*_TABLES, ".nc"))
    grid = grid_of(oxygen)
    if why := next(filter(None, (mistaken(one, unit) for one in thresholds)), ""):
        raise InputError(why, f"threshold of {path.name}", f"give {unit}")
    masks = _masks(regions, grid)
    result = omz_series(
        oxygen, thresholds, _standard_error(path, str(oxygen.name)), regions=masks or None,
        observed=_named(path, "observation_count"), unit=unit, subcell=subcell,
    )  # fmt: skip
    _write(result, Path(out), path)
    return result


def export_columns(field: str | Path, threshold: float, out: str | Path, *, variable: str | None = None) -> xr.Dataset:
    """Map thickness, boundaries and core of the water below an oxygen threshold, from a CF netCDF file.

    Parameters
    ----------
    field : str or Path
        CF netCDF file, as for `export_inventory`.
    threshold : float
        In the unit of the field, umol kg-1 or mmol m-3.
    out : str or Path
        netCDF file to write.
    variable : str, optional
        Name of oxygen in the file; found by its standard name when left out.

    Returns
    -------
    xarray.Dataset
        As `oxygen_recon.products.omz.water_columns.omz_columns` returns it.

    Raises
    ------
    qc.errors.InputError
        If the file is no such field, or the threshold is not above zero.
    """
    oxygen = open_oxygen_field(_existing(field), variable)
    _check_target(Path(out), Path(field), (".nc",))
    result = omz_columns(oxygen, threshold, unit=str(oxygen.attrs.get("units", "umol kg-1")))
    to_netcdf(result, Path(out), _attributes(Path(field)))
    return result


def _write(result: xr.Dataset, out: Path, field: Path) -> None:
    """Write series as the end of the file's name says."""
    if out.suffix.lower() in _TABLES:
        to_table(result, out)
    else:
        to_netcdf(result, out, _attributes(field))


def _check_target(out: Path, field: Path, suffixes: tuple[str, ...]) -> None:
    """Refuse to write over the field itself, or a format that the file's name does not say."""
    if out.suffix.lower() not in suffixes:
        raise InputError(f"ends in {out.suffix or 'nothing'}", str(out), f"end it in {' or '.join(suffixes)}")
    if out.resolve() == field.resolve():
        raise InputError("is the field itself", str(out), "write to another file")


def _existing(field: str | Path) -> Path:
    """Return the path of a file that exists."""
    if not Path(field).is_file():
        raise InputError("no such file", str(field), "name a netCDF file of a field")
    return Path(field)


def _standard_error(field: Path, oxygen: str) -> xr.DataArray | None:
    """Open the standard error of a file's oxygen, where the file has one."""
    return _named(field, f"{oxygen}_standard_error")


def _named(field: Path, name: str) -> xr.DataArray | None:
    """Open a variable of a file that goes with its oxygen, where the file has it."""
    with xr.open_dataset(field) as data:
        known = name in data
    return open_oxygen_field(field, name) if known else None


def _attributes(field: Path) -> dict[str, object]:
    """Read where a field comes from, for the files made of it."""
    with xr.open_dataset(field, decode_times=False) as data:
        return {name: data.attrs[name] for name in _KEPT if name in data.attrs}


def _masks(regions: Sequence[str], grid: Grid) -> dict[str, Mask]:
    """Find the columns of each region by its short name."""
    names = [short_name(region) for region in regions]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise InputError(f"two regions are called {', '.join(twice)}", "--region", "name each once, files differently")
    return {name: inside(region, grid) for name, region in zip(names, regions)}
