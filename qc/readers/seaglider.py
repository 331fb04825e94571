"""Seaglider dives: the netCDF files of the basestation, one for each dive."""

from typing import Any

import numpy as np
import pyarrow as pa

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.columns.coordinates import days_since, floats, position, pressure_and_depth
from qc.readers.columns.variables import Seawater, Values
from qc.readers.files.source import Source, require_variables
from qc.table import schema
from qc.types import Floats, Mask

_NEEDED = ("ctd_time", "ctd_pressure", "latitude", "longitude")


def oxygen_variable(names: set[str]) -> str:
    """Return the variable with the oxygen of the optode, corrected for salinity and pressure.

    That is `<optode>_dissolved_oxygen`, computed from the calibrated phase. `<optode>_instrument_dissolved_oxygen` is
    what the sensor computed, and `eng_<optode>_O2` that in fresh water, in umol/L.

    Parameters
    ----------
    names : set of str
        Variables of the file.

    Returns
    -------
    str
        Empty where there is none.
    """
    found = sorted(
        n for n in names if n.endswith("_dissolved_oxygen") and not n.endswith("instrument_dissolved_oxygen")
    )
    return found[0] if found else ""


def matches(names: set[str], attributes: set[str]) -> bool:
    """Return whether a netCDF file is a Seaglider dive with oxygen.

    Parameters
    ----------
    names, attributes : set of str
        Variables and global attributes of the file.
    """
    return {"dive_number", "base_station_version"} <= attributes and bool(oxygen_variable(names))


def read(source: Source, policy: seawater.Policy = "sample") -> pa.Table:
    """Read a dive; spikes stay as delivered, and the checks flag them.

    Parameters
    ----------
    source : Source
        The file; its oxygen must be sampled at the times of the CTD.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume; the basestation gives umol/kg.

    Returns
    -------
    pyarrow.Table
        Observations; `row` is the number of the sample; descent and ascent are two casts with monotone pressure,
        "<glider>_<dive>_down" and "_up"; the cruise is the glider's mission.

    Raises
    ------
    InputError
        If the file lacks a required variable, is truncated, or oxygen has another time axis than the CTD.
    """
    with source.netcdf() as dataset:
        name = oxygen_variable(set(dataset.variables))
        require_variables(dataset, (*_NEEDED, name or "a dissolved_oxygen of an optode"), source)
        n = dataset["ctd_time"].size
        for other in sorted({*_NEEDED, name, "temperature", "salinity"} & set(dataset.variables)):
            if dataset[other].shape != (n,):
                raise InputError(
                    f"{other} is not sampled with the CTD", source.name, "only dives with one time axis are read"
                )
        time = days_since(floats(dataset["ctd_time"][:]) / 86400.0, "1970-01-01")
        north, east = position(dataset["latitude"][:], dataset["longitude"][:])
        pressure, depth = pressure_and_depth(floats(dataset["ctd_pressure"][:]), np.full(time.shape, np.nan), north)
        variables = {
            "temperature": _values(dataset, "temperature", "ITS-90", time.size),
            "salinity": _values(dataset, "salinity", "1", time.size),
            "oxygen": _values(dataset, name, str(getattr(dataset[name], "units", "micromoles/kg")), time.size),
        }
        glider = str(getattr(dataset, "platform_id", "") or f"SG{getattr(dataset, 'glider', '')}").strip()
        dive = str(getattr(dataset, "dive_number", source.stem)).strip()
        mission = str(getattr(dataset, "mission", "")).strip()
    water = Seawater.of(variables, pressure, east, north)
    variables["oxygen"] = variables["oxygen"].converted(policy, water, name, source.name)
    columns: dict[str, object] = {
        "source": "seaglider",
        "file": source.name,
        "row": np.arange(time.size),
        "cast": np.where(_descending(pressure), f"{glider}_{dive}_down", f"{glider}_{dive}_up"),
        "cruise": f"{glider}_{mission}" if mission else glider,
        "platform": glider,
        "instrument": "glider",
        "time": time,
        "latitude": north,
        "longitude": east,
        "pressure": pressure,
        "depth": depth,
    }
    for variable, values in variables.items():
        columns |= values.columns(variable)
    return schema.from_columns(columns, source.name)


def _values(dataset: Any, name: str, unit: str, n: int) -> Values:
    """Return a variable with its flags, which are those of Argo: 0 no control, 1 good ... 8 interpolated, 9 missing."""
    if name not in dataset.variables:
        return Values.of(np.full(n, np.nan), unit)
    flag = f"{name}_qc"
    if flag not in dataset.variables or dataset[flag].shape != (n,):
        return Values.of(dataset[name][:], unit)
    return Values.of(dataset[name][:], unit, np.ma.filled(dataset[flag][:], b" "), "argo")


def _descending(pressure: Floats) -> Mask:
    """Return the samples of the descent: those up to the greatest pressure."""
    known = np.where(np.isfinite(pressure), pressure, -np.inf)
    return np.arange(pressure.size) <= (int(np.argmax(known)) if pressure.size else 0)
