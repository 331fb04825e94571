"""Gridded products in files: temperature, salinity, oxygen and nutrients by any usual name, unit and packing."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import xarray as xr

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats, Mask
from oxygen_recon.fields.axes import axis, has_axis
from oxygen_recon.fields.regrid import on_steps
from oxygen_recon.fields.times import TimeSlice, slices, time_bounds
from qc.errors import InputError
from qc.physics import seawater

_FIX = "download it again"
# quantity: names of the variable in order of preference, in lower case (World Ocean Atlas: _an is the analysed mean),
# and its standard names
_QUANTITIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "temperature": (
        ("temperature", "t_an", "thetao", "temp", "votemper"),
        ("sea_water_temperature", "sea_water_potential_temperature", "sea_water_conservative_temperature"),
    ),
    "salinity": (
        ("salinity", "s_an", "so", "salt", "vosaline"),
        ("sea_water_practical_salinity", "sea_water_salinity"),
    ),
    "oxygen": (("oxygen", "o_an", "o2"), ("oxygen", "dissolved_molecular_oxygen")),
    "nitrate": (("nitrate", "n_an", "no3"), ("nitrate",)),
    "phosphate": (("phosphate", "p_an", "po4"), ("phosphate",)),
    "silicate": (("silicate", "i_an", "si", "sio3"), ("silicate",)),
}
_AMOUNTS = ("moles_of_{}_per_unit_mass_in_sea_water", "mole_concentration_of_{}_in_sea_water")
_CELSIUS = {"degc", "degree_c", "degrees_c", "degree_celsius", "degrees_celsius", "celsius", "deg_c", "c"}
_KELVIN = {"k", "kelvin", "degk", "degree_kelvin", "degrees_kelvin"}
_PRACTICAL = {
    "1",
    "psu",
    "1e-3",
    "0.001",
    "pss-78",
    "pss78",
    "practical_salinity_unit",
    "unitless",
    "dimensionless",
    "",
}


@dataclass(frozen=True)
class Coverage:
    """How much of a region and a period a quantity of a product covers.

    Parameters
    ----------
    name : str
        The quantity.
    region : float
        Share of the wet cells with a value at any step.
    period : float
        Share of the steps with a value in any cell.
    values : float
        Share of all cells and steps with a value.
    empty : str
        The steps without any value, in words; "" where there are none.
    """

    name: str
    region: float
    period: float
    values: float
    empty: str = ""

    def __str__(self) -> str:
        """Say it in one line."""
        rest = "" if self.values == 1 else "; the others are missing"
        return (
            f"{self.name}: {100 * self.region:.1f} % of the cells and {100 * self.period:.1f} % of the steps, "
            f"{100 * self.values:.1f} % of all values{rest}{self.empty}"
        )


def read_product(
    files: Sequence[Path], name: str, grid: Grid, time_axis: TimeAxis, climatology: bool = False,
    variable: str | None = None,
) -> tuple[Floats, Coverage]:  # fmt: skip
    """Read one quantity of a gridded product at cells and steps.

    Parameters
    ----------
    files : sequence of Path
        netCDF files of one product, or zip archives of them; those without the quantity are left out.
    name : str
        "temperature", "salinity", "oxygen", "nitrate", "phosphate" or "silicate", found by usual names and by CF
        standard names; or the name of any other variable, taken in its unit.
    grid : Grid
        Points are the centres of its wet cells.
    time_axis : TimeAxis
        Steps.
    climatology : bool
        The files are a climatology though they do not say so (`oxygen_recon.fields.times.slices`).
    variable : str, optional
        Name of the variable in the files, where it is another than the usual ones.

    Returns
    -------
    array, shape (step, cell)
        degC (in situ or potential, as the product has it), practical salinity, umol kg-1 (amounts per volume divided by
        1.025 kg/L). Steps as for `oxygen_recon.fields.regrid.on_steps`. NaN where the product has no value: on its
        land and outside its cells (`oxygen_recon.fields.regrid.field_covariates`), before its first and after its last
        time.
    Coverage
        What share of cells and steps that leaves.

    Raises
    ------
    InputError
        If a file cannot be read, no file has the quantity, its unit is unknown, dates are mixed with a climatology,
        or less than half of the region or of the period is covered.
    """
    found = [
        one for file in files for member in _members(file) for one in _slices_of(member, name, variable, climatology)
    ]
    where = _where(files)
    if not found:
        what = f"no variable of {name}" if variable is None else f"no variable {variable}"
        raise InputError(what, where, "name another product, or leave the quantity out")
    if len({bool(one.months) for one in found}) > 1:
        raise InputError(f"{name} of dates beside a climatology", where, "name the files of one product")
    values = on_steps(found, grid, time_axis)
    known = np.isfinite(values)
    steps = np.asarray(known.any(axis=1))
    region, period, all_values = (float(share.mean()) for share in (known.any(axis=0), steps, known))
    coverage = Coverage(name, region, period, all_values, _empty_steps(steps, time_axis))
    if min(coverage.region, coverage.period) < 0.5:
        fix = "name a product that covers more, or a smaller region or period"
        raise InputError(f"it covers too little, {coverage}{_dates_of(found)}", where, fix)
    return values, coverage


def has(path: Path, name: str) -> bool:
    """Tell whether a file of a product has a quantity.

    Parameters
    ----------
    path : Path
        netCDF file, or a zip archive of them.
    name : str
        As for `read_product`.

    Returns
    -------
    bool

    Raises
    ------
    InputError
        If the file cannot be read.
    """
    for member in _members(path):
        with member.open() as data:
            if _named(data, name) is not None:
                return True
    return False


@dataclass(frozen=True)
class _Member:
    """A netCDF file, or one inside a zip archive; opened when it is read, and closed again."""

    path: Path
    inside: str | None = None

    @property
    def name(self) -> str:
        """For messages."""
        return str(self.path) if self.inside is None else f"{self.path}#{self.inside}"

    @contextmanager
    def open(self) -> Iterator[xr.Dataset]:
        """Open it with times as they are."""
        import netCDF4

        try:
            if self.inside is None:
                engine = "scipy" if self.path.suffix == ".gz" else None
                with xr.open_dataset(self.path, engine=engine, decode_times=False) as data:
                    yield data
                return
            with zipfile.ZipFile(self.path) as archive:
                raw = archive.read(self.inside)
            file = netCDF4.Dataset("memory", memory=raw)
            store = xr.backends.NetCDF4DataStore(file)  # type: ignore[no-untyped-call]
            with xr.open_dataset(store, decode_times=False) as data:
                yield data
        except InputError as error:
            raise InputError(error.what, self.name, error.fix) from error
        except (EOFError, OSError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            raise InputError(f"not a readable netCDF file ({' '.join(str(error).split())})", self.name, _FIX) from error


def _members(path: Path) -> list[_Member]:
    """List the netCDF files in a file."""
    if path.suffix.lower() != ".zip":
        return [_Member(path)]
    try:
        with zipfile.ZipFile(path) as archive:
            return [_Member(path, name) for name in sorted(archive.namelist()) if name.lower().endswith(".nc")]
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"not a readable zip archive ({error})", str(path), _FIX) from error


def _slices_of(member: _Member, name: str, variable: str | None, climatology: bool) -> list[TimeSlice]:
    """List the times of a quantity in one file, each of which opens the file when it is read."""
    with member.open() as data:
        chosen = _named(data, name) if variable is None else variable
        if chosen is None or chosen not in data:
            return []
        field = data.set_coords([one for one in data.data_vars if not data[one].dims])[chosen]
        times = axis(field, "time") if has_axis(field, "time") else ""
        found = slices(field, time_bounds(data, field), Path(member.inside or member.path).name, climatology)
        convert = _conversion(field, name, member.name)

    def reader(number: int) -> Callable[[], xr.DataArray]:
        def read() -> xr.DataArray:
            with member.open() as data:
                field = data[chosen]
                return convert(field.isel({times: number}, drop=True) if times else field).load()

        return read

    return [replace(one, read=reader(number)) for number, one in enumerate(found)]


def _named(data: xr.Dataset, name: str) -> str | None:
    """Find the variable of a quantity: by usual names, else the only one with its standard name, else by its own."""
    names, standard = _QUANTITIES.get(name, ((name.lower(),), ()))
    by_lower_case = {str(one).lower(): str(one) for one in data.data_vars}
    for usual in names:
        if usual in by_lower_case:
            return by_lower_case[usual]
    full = {*standard, *(amount.format(one) for one in standard for amount in _AMOUNTS)}
    declared = [
        str(one) for one, field in data.data_vars.items()
        if field.attrs.get("standard_name") in full and "standard_deviation" not in str(field.attrs.get("cell_methods"))
    ]  # fmt: skip
    if len(declared) > 1:
        raise InputError(f"variables of {name}: {', '.join(declared)}", "gridded product", "name the one that is meant")
    return declared[0] if declared else None


def _conversion(field: xr.DataArray, name: str, where: str) -> Callable[[xr.DataArray], xr.DataArray]:
    """Return what brings a quantity to the unit of the observation table."""
    unit = str(field.attrs.get("units", ""))
    plain = unit.strip().lower().replace(" ", "_").replace("°", "deg_")
    if name == "temperature":
        if plain not in _CELSIUS | _KELVIN:
            raise InputError(f"{field.name} in {unit!r}", where, "give temperature in degC or K")
        return lambda values: values.astype(float) - (273.15 if plain in _KELVIN else 0.0)
    if name == "salinity":
        if plain not in _PRACTICAL:
            raise InputError(f"{field.name} in {unit!r}", where, "give practical salinity")
        return lambda values: values.astype(float)
    if name not in _QUANTITIES:
        return lambda values: values.astype(float)
    amount = seawater.normalise_unit(unit.replace("_", " "), str(field.name), where)
    factor = float(seawater.to_umol_kg(1.0, amount, "constant_1025", np.nan, np.nan, np.nan, np.nan, np.nan))
    return lambda values: values.astype(float) * factor


def _empty_steps(known: Mask, time_axis: TimeAxis) -> str:
    """Say which steps have no value at all."""
    year = time_axis.edges[:-1][~known].astype("datetime64[Y]").astype(int) + 1970
    return f", in {year.size} steps of {year.min()} to {year.max()} all of them" if year.size else ""


def _where(files: Sequence[Path]) -> str:
    """Name the files in a message."""
    return str(files[0]) if len(files) == 1 else f"{files[0].parent} ({len(files)} files)"


def _dates_of(found: Sequence[TimeSlice]) -> str:
    """Say which years a product covers, where it has dates."""
    years = [one.year for one in found if one.year is not None]
    if not years:
        return ""
    return (
        f" (its years are {min(years)} to {max(years)}; of a climatology that does not say so write climatology: true)"
    )
