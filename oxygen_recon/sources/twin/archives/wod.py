"""Ship casts in the layout of the World Ocean Database: ragged netCDF, by decade and instrument."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gsw
import netCDF4
import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats, Ints
from oxygen_recon.sources.twin.observing.instruments import Record
from qc.physics.seawater import ML_PER_L, ML_PER_L_WOD

_FILL = -1e10
_KINDS = {"bottle": ("osd", "bottle/rossette/net"), "ctd": ("ctd", "CTD")}  # spelt as delivered
_VARIABLES = {
    "Temperature": ("temperature", "sea_water_temperature", "degree_C", 3),
    "Salinity": ("salinity", "sea_water_salinity", "", 4),
    "Oxygen": ("oxygen", "volume_fraction_of_oxygen_in_sea_water", "umol/kg", 5),
    "Phosphate": ("phosphate", "mole_concentration_of_phosphate_in_sea_water", "umol/kg", 3),
    "Silicate": ("silicate", "mole_concentration_of_silicate_in_sea_water", "umol/kg", 3),
    "Nitrate": ("nitrate", "mole_concentration_of_nitrate_in_sea_water", "umol/kg", 3),
}
_TEXTS = {
    "country": 40,
    "WOD_cruise_identifier": 40,
    "originators_cruise_identifier": 40,
    "originators_station_identifier": 40,
    "Platform": 170,
    "Institute": 170,
    "dataset": 170,
    "Oxygen_Original_units": 170,
}
_WOD_FLAG = {1: 0, 3: 3, 4: 1}  # IODE to WOD: accepted, gradient, range


@dataclass(frozen=True)
class CastLocations:
    """File, cast name and row of what an archive holds of a record.

    Parameters
    ----------
    source : str
        Archive, as its reader names it.
    file, cast : array of str, shape (cast,)
        File name, and the name the reader gives the cast.
    row : int array, shape (level,)
        The reader's row number of each level within its file.
    """

    source: str
    file: NDArray[np.str_]
    cast: NDArray[np.str_]
    row: Ints


def write(record: Record, decade: Ints, directory: Path, first: int) -> CastLocations:
    """Write ragged multi-cast files `wod_osd_<decade>s.nc` and `wod_ctd_<decade>s.nc`.

    Parameters
    ----------
    record : Record
        Bottle and CTD casts.
    decade : int array, shape (cast,)
        Decade of the file that holds a cast: 1950, 1960, ... (by its true date, also where a wrong one is planted).
    directory : Path
        Existing folder.
    first : int
        First `wod_unique_cast`.

    Returns
    -------
    CastLocations
    """
    kind = record.casts["instrument"].to_numpy()
    file = np.full(len(record.casts), "", "U40")
    row = np.zeros(len(record.levels), np.int64)
    cast = record.levels["cast"].to_numpy()
    unique = first + np.arange(len(record.casts))
    for instrument, (short, _) in _KINDS.items():
        for year in np.unique(decade[kind == instrument]):
            which = (kind == instrument) & (decade == year)
            name = f"wod_{short}_{year}s.nc"
            file[which] = name
            row[which[cast]] = np.arange(which[cast].sum())
            _write_one(record.take(which), unique[which], directory / name)
    return CastLocations("wod", file, unique.astype(str), row)


def delivered_oxygen(record: Record) -> Floats:
    """Return oxygen as the archive delivers it: values reported in ml/l are rounded, then converted at 1025 kg m-3.

    Parameters
    ----------
    record : Record
        Bottle and CTD casts.

    Returns
    -------
    array, shape (level,)
        umol kg-1.
    """
    levels = record.levels
    salinity = levels["salinity"].fillna(34.7).to_numpy()
    absolute = gsw.SR_from_SP(salinity)
    conservative = gsw.CT_from_t(absolute, levels["temperature"].to_numpy(), levels["pressure"].to_numpy())
    density = 1 + gsw.sigma0(absolute, conservative) / 1000  # kg/L, potential, at 0 dbar
    oxygen = levels["oxygen"].to_numpy()
    volume = (record.casts["unit"].to_numpy() == "ml/l")[levels["cast"].to_numpy()]
    in_ml = np.round(oxygen * density / ML_PER_L, 2)
    return np.where(volume, in_ml * ML_PER_L_WOD, np.round(oxygen, 2))


def _write_one(record: Record, unique: Ints, path: Path) -> None:
    """Write one file."""
    casts, levels = record.casts, record.levels
    with netCDF4.Dataset(path, "w", format="NETCDF4") as file:
        file.setncatts(
            {
                "Conventions": "CF-1.6",
                "featureType": "Profile",
                "title": "Multi-cast file of the twin ocean in the layout of the World Ocean Database",
                "source": "synthetic: made by oxygen-recon, not measured",
            }
        )
        file.createDimension("casts", len(casts))
        file.createDimension("strnlen", 170)
        file.createDimension("strnlensmall", 40)
        _texts(file, record)
        _numbers(file, record, unique)
        size = np.bincount(levels["cast"], minlength=len(casts))
        _levels(
            file, "z", levels["depth"].to_numpy(), size, {"standard_name": "depth", "units": "m", "positive": "down"}
        )
        file.variables["z"].setncattr("ancillary_variables", "z_sigfigs z_WODflag")
        for name, (column, standard_name, unit, digits) in _VARIABLES.items():
            value = delivered_oxygen(record) if name == "Oxygen" else levels[column].to_numpy()
            has = np.bincount(levels["cast"], np.isfinite(value), len(casts)) > 0
            there = has[levels["cast"].to_numpy()]
            attributes = {"long_name": standard_name, "standard_name": standard_name, "coordinates": "time lat lon z"}
            if unit:
                attributes["units"] = unit
            flag = levels["flag"].map(_WOD_FLAG).to_numpy() if name == "Oxygen" else np.zeros(len(levels), int)
            _levels(file, name, value[there], np.where(has, size, 0), attributes, flag[there], digits)


def _levels(
    file: Any,
    name: str,
    value: Floats,
    size: Ints,
    attributes: dict[str, str],
    flag: Ints | None = None,
    digits: int = 4,
) -> None:
    """Write one variable on its own dimension, with its row sizes, flags and significant digits."""
    dimension = f"{name}_obs"
    file.createDimension(dimension, value.size)
    data = file.createVariable(name, "f4", (dimension,), fill_value=None if name == "z" else _FILL, zlib=True)
    data.setncatts(attributes)
    data[:] = np.where(np.isfinite(value), value, _FILL)
    rows = file.createVariable(f"{name}_row_size", "i4", ("casts",), fill_value=0)
    rows.setncatts({"long_name": f"number of {name} observations for this cast", "sample_dimension": dimension})
    rows[:] = size
    flags = file.createVariable(f"{name}_WODflag", "i1", (dimension,), zlib=True)
    flags.setncatts({"long_name": "WOD_observation_flag" if flag is not None else "WOD_depth_level_flag"})
    flags[:] = 0 if flag is None else flag
    sigfigs = file.createVariable(f"{name}_sigfigs", "i1", (dimension,), zlib=True)
    sigfigs[:] = np.where(np.isfinite(value), digits, -127)
    if flag is not None:
        profile = file.createVariable(f"{name}_WODprofileflag", "i1", ("casts",))
        profile.setncatts({"long_name": "WOD_profile_flag"})
        profile[:] = 0


def _texts(file: Any, record: Record) -> None:
    """Write the text variables of the casts."""
    casts = record.casts
    unit = np.where(casts["unit"] == "ml/l", "ml/l (milli-iter per liter)", "umol/kg")
    identifier, expocode = casts["wod_cruise"], np.where(casts["line"] == "", "", casts["cruise"])
    values: dict[str, Iterable[str]] = {
        "country": identifier.str[:2],
        "WOD_cruise_identifier": identifier,
        "originators_cruise_identifier": expocode,
        "originators_station_identifier": casts["station"].astype(str),
        "Platform": "R/V " + identifier.str[:2] + " " + identifier.str[-3:],
        "Institute": [""] * len(casts),
        "dataset": casts["instrument"].map({kind: text for kind, (_, text) in _KINDS.items()}),
        "Oxygen_Original_units": unit,
    }
    for name, width in _TEXTS.items():
        dimension = "strnlen" if width == 170 else "strnlensmall"
        data = file.createVariable(name, "S1", ("casts", dimension), zlib=True)
        data[:] = netCDF4.stringtochar(np.array(list(values[name]), f"S{width}"))


def _numbers(file: Any, record: Record, unique: Ints) -> None:
    """Write the numeric variables of the casts."""
    casts = record.casts
    time = casts["time"].to_numpy().astype("datetime64[m]")
    days = (time - np.datetime64("1770-01-01", "m")).astype(float) / 1440
    date = np.char.replace(time.astype("datetime64[D]").astype(str), "-", "").astype(int)
    hours = (time - time.astype("datetime64[D]")).astype(float) / 60
    number: dict[str, tuple[str, Any, float | None, dict[str, str]]] = {
        "wod_unique_cast": ("i4", unique, None, {"cf_role": "profile_id"}),
        "lat": ("f4", casts["latitude"], None, {"standard_name": "latitude", "units": "degrees_north"}),
        "lon": ("f4", casts["longitude"], None, {"standard_name": "longitude", "units": "degrees_east"}),
        "time": ("f8", days, _FILL, {"standard_name": "time", "units": "days since 1770-01-01 00:00:00 UTC"}),
        "date": ("i4", date, None, {"long_name": "date", "comment": "YYYYMMDD"}),
        "GMT_time": ("f4", hours, None, {"long_name": "GMT_time", "units": "hours"}),
        "Access_no": (
            "i4",
            casts["wod_cruise"].str[-6:].astype(int) % 90000,
            -99999,
            {"long_name": "NODC_accession_number"},
        ),
        "Orig_Stat_Num": ("i4", casts["station"], -99999, {"long_name": "Originators_Station_Number"}),
        "Bottom_Depth": ("f4", casts["floor"], _FILL, {"units": "meters"}),
    }
    for name, (kind, value, fill, attributes) in number.items():
        data = file.createVariable(name, kind, ("casts",), fill_value=fill)
        data.setncatts(attributes)
        data[:] = np.asarray(value)
