"""Floats in the layout of the Argo data centres: one synthetic-profile file `<wmo>_Sprof.nc` per float."""

from pathlib import Path
from typing import Any

import gsw
import netCDF4
import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats, Ints, Mask
from oxygen_recon.sources.twin.archives.wod import CastLocations
from oxygen_recon.sources.twin.observing.instruments import Record

_FILL, _TIME_FILL = 99999.0, 999999.0
_PARAMETERS = {
    "PRES": ("pressure", "decibar", "sea_water_pressure", 0.0, 12000.0),
    "TEMP": ("temperature", "degree_Celsius", "sea_water_temperature", -2.5, 40.0),
    "PSAL": ("salinity", "psu", "sea_water_salinity", 2.0, 41.0),
    "DOXY": ("oxygen", "micromole/kg", "moles_of_oxygen_per_unit_mass_in_sea_water", -5.0, 600.0),
}
_ERROR = {"PRES": 2.4, "TEMP": 0.002, "PSAL": 0.01}
_DIMENSIONS = {
    "DATE_TIME": 14,
    "STRING256": 256,
    "STRING64": 64,
    "STRING32": 32,
    "STRING8": 8,
    "STRING4": 4,
    "STRING2": 2,
}
_GAIN = 0.93  # a raw optode reads low by about 7 %


def write(record: Record, directory: Path, seed: int) -> CastLocations:
    """Write one synthetic-profile file per float.

    Raw oxygen reads low by about 7 % and has QC 3; adjusted oxygen is that of the record. The last profiles of a
    float are real-time adjusted ("A"), a few have no adjustment at all ("R"), the others are delayed mode ("D").

    Parameters
    ----------
    record : Record
        Float profiles; a level's flag becomes the adjusted QC (fail: the adjusted value is missing).
    directory : Path
        Existing folder.
    seed : int
        Seed of gains and data modes.

    Returns
    -------
    CastLocations
    """
    rng = np.random.default_rng([seed, 5])
    wmo = record.casts["cruise"].to_numpy()
    cast = record.levels["cast"].to_numpy()
    row = np.zeros(cast.size, np.int64)
    for float_ in np.unique(wmo):
        which = wmo == float_
        row[which[cast]] = _write_float(record.take(which), str(float_), directory / f"{float_}_Sprof.nc", rng)
    names = [f"{w}_{cycle:03d}" for w, cycle in zip(wmo, record.casts["station"])]
    return CastLocations("argo", np.array([f"{w}_Sprof.nc" for w in wmo]), np.array(names), row)


def _write_float(record: Record, wmo: str, path: Path, rng: np.random.Generator) -> Ints:
    """Write one file; return the index of each level in the flattened (profile, level) arrays."""
    n = len(record.casts)
    cast = record.levels["cast"].to_numpy()
    size = np.bincount(cast, minlength=n)
    level = np.arange(cast.size) - np.concatenate([[0], np.cumsum(size)])[cast]
    mode = np.full(n, "D")
    mode[max(0, n - 4) :] = "A"
    mode[rng.random(n) < 0.04] = "R"
    with netCDF4.Dataset(path, "w", format="NETCDF3_CLASSIC") as file:
        file.setncatts(
            {
                "title": "Argo float vertical profile",
                "institution": "twin ocean",
                "source": "synthetic: made by oxygen-recon, not measured",
                "Conventions": "Argo-3.1 CF-1.6",
                "featureType": "trajectoryProfile",
            }
        )
        lengths = {**_DIMENSIONS, "N_PROF": n, "N_PARAM": len(_PARAMETERS), "N_LEVELS": int(size.max()), "N_CALIB": 1}
        for name, length in lengths.items():
            file.createDimension(name, length)
        _profiles(file, record, wmo, mode)
        gain = _GAIN * (1 + rng.normal(0, 0.015))
        place = (cast, level)
        for name, (column, unit, standard_name, low, high) in _PARAMETERS.items():
            value = record.levels[column].to_numpy()
            attributes = {"units": unit, "standard_name": standard_name, "valid_min": low, "valid_max": high}
            _parameter(file, name, value, record, place, mode, gain, attributes)
    return np.asarray(cast * int(size.max()) + level)


def _parameter(
    file: Any,
    name: str,
    value: Floats,
    record: Record,
    place: tuple[Ints, Ints],
    mode: NDArray[np.str_],
    gain: float,
    attributes: dict[str, Any],
) -> None:
    """Write raw and adjusted values of one parameter with their flags, and the error of the adjusted value."""
    shape = (len(file.dimensions["N_PROF"]), len(file.dimensions["N_LEVELS"]))
    finite = np.isfinite(value)
    qc = np.where(finite, "1", "9")
    adjusted, adjusted_qc = value, qc
    error = np.full(value.shape, _ERROR.get(name, np.nan))
    if name == "DOXY":
        adjusted, adjusted_qc = _adjusted_oxygen(record, value, (mode == "R")[place[0]])
        value, qc = value * gain, np.where(finite, "3", "9")
        error = _oxygen_error(record)
    for suffix, data, flags in (("", value, qc), ("_ADJUSTED", adjusted, adjusted_qc)):
        grid, letters = np.full(shape, _FILL, np.float32), np.full(shape, b" ")
        grid[place] = np.where(np.isfinite(data), data, _FILL)
        letters[place] = flags.astype("S1")
        variable = file.createVariable(name + suffix, "f4", ("N_PROF", "N_LEVELS"), fill_value=_FILL)
        variable.setncatts(attributes)
        variable[:] = grid
        file.createVariable(f"{name}{suffix}_QC", "S1", ("N_PROF", "N_LEVELS"), fill_value=b" ")[:] = letters
    grid = np.full(shape, _FILL, np.float32)
    grid[place] = np.where(np.isfinite(adjusted), error, _FILL)
    variable = file.createVariable(f"{name}_ADJUSTED_ERROR", "f4", ("N_PROF", "N_LEVELS"), fill_value=_FILL)
    variable.setncatts({"units": attributes["units"]})
    variable[:] = grid
    if name != "PRES":
        shift = np.full(shape, _FILL, np.float32)
        shift[place] = 0.0
        file.createVariable(f"{name}_dPRES", "f4", ("N_PROF", "N_LEVELS"), fill_value=_FILL)[:] = shift
    file.createVariable(f"PROFILE_{name}_QC", "S1", ("N_PROF",), fill_value=b" ")[:] = np.full(shape[0], b"A")


def _adjusted_oxygen(record: Record, value: Floats, real_time: Mask) -> tuple[Floats, NDArray[np.str_]]:
    """Return adjusted oxygen and its flags; profiles in real-time mode have none."""
    flag = record.levels["flag"].to_numpy()
    qc = np.select([~np.isfinite(value), flag == 4, flag == 3], ["9", "4", "3"], "1")
    adjusted = np.where(qc == "4", np.nan, value)
    return np.where(real_time, np.nan, adjusted), np.where(real_time, " ", qc)


def _oxygen_error(record: Record) -> Floats:
    """Return the error of adjusted oxygen, umol kg-1: 2 mbar of partial pressure, the figure of SOCCOM."""
    warm = record.levels["temperature"].to_numpy()
    pt = gsw.pt0_from_t(gsw.SR_from_SP(record.levels["salinity"].fillna(34.7).to_numpy()), warm, 0.0)
    return np.asarray(gsw.O2sol_SP_pt(34.7, pt) * 2 / 0.20946 / 1000)


def _profiles(file: Any, record: Record, wmo: str, mode: NDArray[np.str_]) -> None:
    """Write the variables of the profiles and of the file."""
    casts = record.casts
    n, parameters = len(casts), list(_PARAMETERS)
    _text(file, "DATA_TYPE", ("STRING32",), "Argo synthetic profile")
    _text(file, "FORMAT_VERSION", ("STRING4",), "1.0")
    _text(file, "HANDBOOK_VERSION", ("STRING4",), "1.2")
    _text(file, "REFERENCE_DATE_TIME", ("DATE_TIME",), "19500101000000")
    _text(file, "PLATFORM_NUMBER", ("N_PROF", "STRING8"), [wmo] * n)
    _text(file, "PROJECT_NAME", ("N_PROF", "STRING64"), ["TWIN OCEAN"] * n)
    _text(file, "PLATFORM_TYPE", ("N_PROF", "STRING32"), ["APEX"] * n)
    _text(file, "DATA_CENTRE", ("N_PROF", "STRING2"), ["IF"] * n)
    _text(file, "STATION_PARAMETERS", ("N_PROF", "N_PARAM", "STRING64"), [parameters] * n)
    letters = np.full((n, len(parameters)), b"D")
    letters[:, parameters.index("DOXY")] = mode.astype("S1")
    file.createVariable("PARAMETER_DATA_MODE", "S1", ("N_PROF", "N_PARAM"), fill_value=b" ")[:] = letters
    file.createVariable("DIRECTION", "S1", ("N_PROF",), fill_value=b" ")[:] = np.full(n, b"A")
    cycle = file.createVariable("CYCLE_NUMBER", "i4", ("N_PROF",), fill_value=99999)
    cycle[:] = casts["station"].to_numpy()
    juld = (casts["time"].to_numpy().astype("datetime64[m]") - np.datetime64("1950-01-01", "m")).astype(float) / 1440
    for name in ("JULD", "JULD_LOCATION"):
        variable = file.createVariable(name, "f8", ("N_PROF",), fill_value=_TIME_FILL)
        variable.setncatts({"units": "days since 1950-01-01 00:00:00 UTC", "conventions": "Relative julian days"})
        variable[:] = juld
    for name, unit in (("LATITUDE", "degree_north"), ("LONGITUDE", "degree_east")):
        variable = file.createVariable(name, "f8", ("N_PROF",), fill_value=_FILL)
        variable.setncatts({"units": unit, "standard_name": name.lower()})
        variable[:] = casts[name.lower()].to_numpy()
    for name in ("JULD_QC", "POSITION_QC"):
        file.createVariable(name, "S1", ("N_PROF",), fill_value=b" ")[:] = np.full(n, b"1")


def _text(file: Any, name: str, dimensions: tuple[str, ...], text: object) -> None:
    """Write a blank-padded character array."""
    width = _DIMENSIONS[dimensions[-1]]
    padded = np.char.ljust(np.array(text, f"U{width}"), width).astype(f"S{width}")
    variable = file.createVariable(name, "S1", dimensions, fill_value=b" ")
    variable[:] = netCDF4.stringtochar(np.atleast_1d(padded)).reshape(*padded.shape, width)
