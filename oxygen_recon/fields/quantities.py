"""Quantities of gridded files: by which names and in which units they are found, and how these are converted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

import gsw
import numpy as np
import xarray as xr

from graphs.grid import Grid
from graphs.types import Floats
from oxygen_recon.fields.axes import METRES
from qc.errors import InputError
from qc.physics import seawater

# quantity: names of the variable in order of preference, in lower case (World Ocean Atlas: _an is the analysed mean),
# and its standard names
NAMES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "temperature": (
        ("temperature", "t_an", "thetao", "temp", "votemper", "water_temp"),
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
    "sea_surface_height": (
        ("sea_surface_height", "adt", "sla", "zos", "ssh", "surf_el", "zeta"),
        ("sea_surface_height_above_geoid", "sea_surface_height_above_sea_level"),
    ),
    "sea_surface_temperature": (
        ("sea_surface_temperature", "sst", "analysed_sst"),
        ("sea_surface_temperature", "sea_surface_foundation_temperature"),
    ),
    "eastward_velocity": (
        ("eastward_velocity", "uo", "water_u", "ugos", "eastward_eulerian_current_velocity", "vozocrtx", "u"),
        ("eastward_sea_water_velocity", "surface_geostrophic_eastward_sea_water_velocity"),
    ),
    "northward_velocity": (
        ("northward_velocity", "vo", "water_v", "vgos", "northward_eulerian_current_velocity", "vomecrty", "v"),
        ("northward_sea_water_velocity", "surface_geostrophic_northward_sea_water_velocity"),
    ),
    "eastward_wind": (("eastward_wind", "u10", "10u", "u10m", "uas"), ("eastward_wind",)),
    "northward_wind": (("northward_wind", "v10", "10v", "v10m", "vas"), ("northward_wind",)),
    "air_temperature": (("air_temperature", "t2m", "2t", "tas"), ("air_temperature",)),
    "mean_sea_level_pressure": (("mean_sea_level_pressure", "msl", "psl"), ("air_pressure_at_mean_sea_level",)),
    "surface_pressure": (("surface_pressure", "sp", "ps"), ("surface_air_pressure",)),
}
Surface = Literal["sea_surface_height", "sea_surface_temperature"]
SURFACE: tuple[Surface, ...] = get_args(Surface)
"""Measured by satellites since 1993 and 1982; every level of a water column has the value of its surface."""
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
_SPEED = dict.fromkeys(("m_s-1", "m/s", "meter_second-1", "m_s**-1", "m_s^-1", "ms-1", "meter_per_second"), 1.0)
_SPEED |= dict.fromkeys(("cm_s-1", "cm/s", "centimeter_second-1"), 0.01)
_PRESSURE = dict.fromkeys(("pa", "pascal", "n_m-2"), 1.0) | dict.fromkeys(
    ("hpa", "mbar", "millibar", "millibars"), 100.0
)
# quantity: unit that it is given in, in words, and the factor from each unit that a file may have
_FACTORS = {"sea_surface_height": ("m or cm", METRES)}
_FACTORS |= dict.fromkeys(
    ("eastward_velocity", "northward_velocity", "eastward_wind", "northward_wind"), ("m s-1 or cm s-1", _SPEED)
)
_FACTORS |= dict.fromkeys(("mean_sea_level_pressure", "surface_pressure"), ("Pa or hPa", _PRESSURE))
_STANDARD_SALINITY = 35.0  # in the conversion of potential temperature where the product has no salinity


def variable_of(data: xr.Dataset, name: str) -> str | None:
    """Find the variable of a quantity: by usual names, else the only one with its standard name, else by its own.

    Parameters
    ----------
    data : Dataset
        A file.
    name : str
        Quantity of `NAMES`, or name of any other variable.

    Returns
    -------
    str or None
        None where the file has none.

    Raises
    ------
    InputError
        If several variables have its standard name.
    """
    names, standard = NAMES.get(name, ((name.lower(),), ()))
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


def conversion(variable: xr.DataArray, name: str, where: str) -> Callable[[xr.DataArray], xr.DataArray]:
    """Return what brings a quantity to the unit of the observation table.

    Parameters
    ----------
    variable : DataArray
        As in its file.
    name : str
        As for `variable_of`.
    where : str
        Names the file, for messages.

    Returns
    -------
    callable
        Of an array in the unit of the file: degC, practical salinity, umol kg-1 (amounts per volume divided by 1.025
        kg/L), m, m s-1, Pa; that of the file for a variable that is no quantity of `NAMES`.

    Raises
    ------
    InputError
        If the unit is unknown.
    """
    unit = str(variable.attrs.get("units", ""))
    plain = unit.strip().lower().replace(" ", "_").replace("°", "deg_")
    if name in _FACTORS:
        units, factors = _FACTORS[name]
        if plain not in factors:
            raise InputError(f"{variable.name} in {unit!r}", where, f"give {name.replace('_', ' ')} in {units}")
        return lambda values: values.astype(float) * factors[plain]
    if name in ("temperature", "sea_surface_temperature", "air_temperature"):
        if plain not in _CELSIUS | _KELVIN:
            raise InputError(f"{variable.name} in {unit!r}", where, "give temperature in degC or K")
        return lambda values: values.astype(float) - (273.15 if plain in _KELVIN else 0.0)
    if name == "salinity":
        if plain not in _PRACTICAL:
            raise InputError(f"{variable.name} in {unit!r}", where, "give practical salinity")
        return lambda values: values.astype(float)
    if name not in NAMES:
        return lambda values: values.astype(float)
    amount = seawater.normalise_unit(unit.replace("_", " "), str(variable.name), where)
    factor = float(seawater.to_umol_kg(1.0, amount, "constant_1025", np.nan, np.nan, np.nan, np.nan, np.nan))
    return lambda values: values.astype(float) * factor


def kind_of(variable: xr.DataArray) -> str:
    """Tell by its names whether a temperature is potential or conservative; in situ where nothing says so.

    Parameters
    ----------
    variable : DataArray
        As in its file.

    Returns
    -------
    str
        "in situ", "potential" or "conservative".

    Examples
    --------
    >>> kind_of(xr.DataArray(0.0, name="thetao"))
    'potential'
    """
    stated = [str(variable.name), *(str(variable.attrs.get(key, "")) for key in ("standard_name", "long_name"))]
    text = " ".join(stated).lower()
    if "conservative" in text or "bigthetao" in text:
        return "conservative"
    return "potential" if "potential" in text or "thetao" in text else "in situ"


def in_situ(temperature: Floats, kind: str, salinity: Floats | None, grid: Grid, where: str) -> Floats:
    """Convert temperature at cells to that in situ (TEOS-10; `gsw.pt_from_t`, `gsw.t_from_CT`).

    Parameters
    ----------
    temperature : array, shape (step, cell)
        degC; potential temperature of reference pressure 0.
    kind : {"in situ", "potential", "conservative"}
        Which it is (`kind_of`).
    salinity : array, shape (step, cell), or None
        Practical salinity; that of sea water, 35, takes the place of what is missing.
    grid : Grid
        Its cells.
    where : str
        Names the files, for messages.

    Returns
    -------
    float32 array, shape (step, cell)
        degC.

    Raises
    ------
    InputError
        If conservative temperature has no salinity.

    Examples
    --------
    >>> edges = np.array([29.0, 31.0]), np.array([-151.0, -149.0]), np.array([3000.0, 5000.0])
    >>> deep = Grid(*edges, np.array([4000.0]), np.ones((1, 1, 1), bool))
    >>> print(f"{in_situ(np.array([[1.0]]), 'potential', None, deep, 'a.nc').item():.2f}")
    1.32
    """
    if kind == "in situ":
        return temperature
    if kind == "conservative" and salinity is None:
        raise InputError("conservative temperature without salinity", where, "name files of its salinity beside it")
    level, row, place = np.nonzero(grid.wet)
    latitude, longitude = grid.latitude[row], grid.longitude[place]
    pressure = seawater.pressure(grid.depth[level], latitude)
    practical = np.full_like(temperature, _STANDARD_SALINITY) if salinity is None else salinity
    practical = np.where(np.isfinite(practical), practical, _STANDARD_SALINITY)
    with np.errstate(invalid="ignore"):
        absolute = seawater.SA(practical, pressure, longitude, latitude)
        if kind == "conservative":
            converted = gsw.t_from_CT(absolute, temperature, pressure)
        else:
            converted = gsw.pt_from_t(absolute, temperature, 0.0, pressure)
    return np.asarray(converted, np.float32)
