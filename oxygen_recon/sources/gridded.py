"""Gridded products in files: temperature, salinity, oxygen, nutrients, sea surface by any usual name and packing."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import xarray as xr

from graphs.grid import Grid
from graphs.time_axis import TimeAxis
from graphs.types import Floats, Mask
from oxygen_recon.fields.axes import axis, cut_around, has_axis
from oxygen_recon.fields.quantities import SURFACE, conversion, in_situ, kind_of, variable_of
from oxygen_recon.fields.regrid import all_on_steps
from oxygen_recon.fields.times import TimeSlice, slices, time_bounds
from qc.errors import InputError

_FIX = "download it again"


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
    variable: str | None = None, least: float = 0.5,
) -> tuple[Floats, Coverage]:  # fmt: skip
    """Read one quantity of a gridded product at cells and steps.

    Parameters
    ----------
    files, name, grid, time_axis, climatology
        As for `read_products`, of which one quantity is read.
    variable : str, optional
        Name of the variable in the files, where it is another than the usual ones.
    least : float
        As for `read_products`.

    Returns
    -------
    array, shape (step, cell)
        As of `read_products`.
    Coverage
        What share of cells and steps that leaves.

    Raises
    ------
    InputError
        As for `read_products`; and if no file has the quantity.
    """
    named = {} if variable is None else {name: variable}
    return read_products(files, (name,), grid, time_axis, climatology, named, least, needed=True)[name]


def times_of_product(
    files: Sequence[Path], name: str, grid: Grid, climatology: bool = False, variable: str | None = None
) -> list[TimeSlice]:
    """List the times at which a gridded product has one quantity; its values are not read.

    Parameters
    ----------
    files, name, grid, climatology, variable
        As for `read_product`; so are the errors, but for what it covers.
    """
    return _find(files, (name,), climatology, {} if variable is None else {name: variable}, grid, needed=True)[
        name
    ].slices


def read_products(
    files: Sequence[Path], names: Sequence[str], grid: Grid, time_axis: TimeAxis, climatology: bool = False,
    variables: Mapping[str, str] | None = None, least: float = 0.5, needed: bool = False,
) -> dict[str, tuple[Floats, Coverage]]:  # fmt: skip
    """Read quantities of a gridded product at cells and steps.

    Parameters
    ----------
    files : sequence of Path
        netCDF files of one product, or zip archives of them; those without the quantity are left out.
    names : sequence of str
        "temperature", "salinity", "oxygen", "nitrate", "phosphate", "silicate", or one of
        `oxygen_recon.fields.quantities.SURFACE`, found by usual names and by CF standard names; or names of any other
        variables, taken in their unit.
    grid : Grid
        Points are the centres of its wet cells.
    time_axis : TimeAxis
        Steps.
    climatology : bool
        The files are a climatology though they do not say so (`oxygen_recon.fields.times.slices`).
    variables : mapping of str to str, optional
        Names of variables in the files, where they are others than the usual ones.
    least : float
        Share of the region and, but for `SURFACE`, of the period that it must cover.
    needed : bool
        Every quantity must be there.

    Returns
    -------
    dict of str to (array, Coverage)
        Of the quantities that the files have: values of shape (step, cell), and what share of cells and steps they
        leave. degC in situ (potential and conservative temperature are converted, by the salinity of the product;
        potential temperature without one by salinity 35, which is 0.01 degC off at most in the open ocean), practical
        salinity, umol kg-1 (amounts per volume divided by 1.025 kg/L), m. Steps as for
        `oxygen_recon.fields.regrid.on_steps`. NaN where the product has no value: on its land and outside its cells
        (`oxygen_recon.fields.regrid.field_covariates`), before its first and after its last time.

    Raises
    ------
    InputError
        If a file cannot be read, a unit is unknown, dates are mixed with a climatology, conservative temperature has
        no salinity beside it, less than `least` of the region or period is covered, or what is needed is not there.
    """
    found = _find(files, names, climatology, variables or {}, grid, needed)
    if "temperature" in found and found["temperature"].kind != "in situ" and "salinity" not in found:
        found |= _find(files, ("salinity",), climatology, {}, grid)
    try:
        read = all_on_steps({name: one.slices for name, one in found.items()}, grid, time_axis)
    finally:
        _unpacked.cache_clear()
    if "temperature" in found:
        kind, salinity = found["temperature"].kind, read.get("salinity")
        read["temperature"] = in_situ(read["temperature"], kind, salinity, grid, _where(files))
    return {name: (read[name], _coverage(read[name], name, time_axis, found[name], _where(files), least))
            for name in names if name in found}  # fmt: skip


@dataclass
class _Found:
    """The times of a quantity in all files of a product, and which kind of temperature it is."""

    kind: str
    slices: list[TimeSlice] = field(default_factory=list)


def _find(
    files: Sequence[Path], names: Sequence[str], climatology: bool, variables: Mapping[str, str], grid: Grid,
    needed: bool = False,
) -> dict[str, _Found]:  # fmt: skip
    """List the times of the quantities that the files have; each file is opened once for all."""
    found: dict[str, _Found] = {}
    for member in (member for file in files for member in _members(file)):
        with member.open() as data:
            for name in names:
                chosen = variables.get(name) or variable_of(data, name)
                if chosen is not None and chosen in data:
                    kind = kind_of(data[chosen])
                    one = found.setdefault(name, _Found(kind))
                    one.slices += _slices_of(data, member, name, chosen, climatology, grid)
                    if one.kind != kind:
                        raise InputError(
                            f"{kind} temperature beside {one.kind}", _where(files), "name files of one kind"
                        )
    if needed and (absent := [name for name in names if name not in found]):
        what = f"no variable {variables.get(absent[0], f'of {absent[0]}')}"
        raise InputError(what, _where(files), "name another product, or leave the quantity out")
    for name, one in found.items():
        if len({bool(time.months) for time in one.slices}) > 1:
            raise InputError(f"{name} of dates beside a climatology", _where(files), "name the files of one product")
    return found


def _coverage(values: Floats, name: str, time_axis: TimeAxis, found: _Found, where: str, least: float) -> Coverage:
    """Tell what share of cells and steps has values, and refuse too little."""
    known = np.isfinite(values)
    steps = np.asarray(known.any(axis=1))
    region, period, all_values = (float(share.mean()) for share in (known.any(axis=0), steps, known))
    coverage = Coverage(name, region, period, all_values, _empty_steps(steps, time_axis))
    if region < least or period < (0.0 if name in SURFACE else least):
        fix = "name a product that covers more, or a smaller region or period"
        raise InputError(f"it covers too little, {coverage}{_dates_of(found.slices)}", where, fix)
    return coverage


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
            file = netCDF4.Dataset("memory", memory=_unpacked(self.path, self.inside))
            store = xr.backends.NetCDF4DataStore(file)  # type: ignore[no-untyped-call]
            with xr.open_dataset(store, decode_times=False) as data:
                yield data
        except InputError as error:
            raise InputError(error.what, self.name, error.fix) from error
        except (EOFError, OSError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
            raise InputError(f"not a readable netCDF file ({' '.join(str(error).split())})", self.name, _FIX) from error


@lru_cache(maxsize=12)  # a year of months: the quantities of a step are read one after another
def _unpacked(path: Path, inside: str) -> bytes:
    """Unpack a file of a zip archive."""
    with zipfile.ZipFile(path) as archive:
        return archive.read(inside)


def _members(path: Path) -> list[_Member]:
    """List the netCDF files in a file."""
    if path.suffix.lower() != ".zip":
        return [_Member(path)]
    try:
        with zipfile.ZipFile(path) as archive:
            return [_Member(path, name) for name in sorted(archive.namelist()) if name.lower().endswith(".nc")]
    except (OSError, zipfile.BadZipFile) as error:
        raise InputError(f"not a readable zip archive ({error})", str(path), _FIX) from error


def _slices_of(
    data: xr.Dataset, member: _Member, name: str, chosen: str, climatology: bool, grid: Grid
) -> list[TimeSlice]:
    """List the times of a quantity in one file, which is opened again when some are read."""
    data = data.set_coords([one for one in data.data_vars if not data[one].dims])
    times = axis(data[chosen], "time") if has_axis(data[chosen], "time") else ""
    found = slices(data[chosen], time_bounds(data, data[chosen]), Path(member.inside or member.path).name, climatology)
    convert = conversion(data[chosen], name, member.name)

    def read(numbers: Sequence[int]) -> xr.DataArray:
        with member.open() as data:
            some = data[chosen].isel({times: list(numbers)}) if times else data[chosen].expand_dims("slice")
            some = some.drop_vars(times, errors="ignore").rename({times: "slice"} if times else {})
            if name in SURFACE and has_axis(some, "depth"):
                some = some.isel({axis(some, "depth"): 0}, drop=True)
            return convert(cut_around(some, grid.latitude_edges, grid.longitude_edges)).load()

    return [replace(one, read=read) for one in found]


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
