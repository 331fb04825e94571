"""netCDF exports of Ocean Data View, stations x samples: the GEOTRACES Intermediate Data Product and others."""

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.columns.coordinates import days_since, floats
from qc.readers.columns.text import strings
from qc.readers.delimited.reader import observations
from qc.readers.files.source import Source, require_variables
from qc.readers.odv.columns import METADATA, description, is_sensor, positions
from qc.types import Floats

_NEEDED = ("longitude", "latitude", "date_time")
_LABELS = {"longitude": "Longitude", "latitude": "Latitude", "date_time": "yyyy-mm-ddThh:mm:ss"}
_MISSING = -1e9  # the fill value is -1e10; smaller numbers are missing


def read(source: Source, policy: seawater.Policy = "sample") -> pa.Table:
    """Read an ODV netCDF export; variables are found by `long_name`, because their numbers change between releases.

    Oxygen of bottles (OXYGEN_D_CONC...) and of the sensor (CTDOXY_D_CONC...) become two casts, "bottle" and "ctd".

    Parameters
    ----------
    source : Source
        The file: dimensions N_STATIONS and N_SAMPLES.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume.

    Returns
    -------
    pyarrow.Table
        Observations: samples with a value of at least one variable that is read; `row` counts the cells of the array,
        station by station; `cast` is cruise, station and time, with "#stop" for a sensor in addition to bottles.

    Raises
    ------
    InputError
        If the file lacks a required variable or oxygen, or is truncated.
    """
    with source.netcdf() as dataset:
        require_variables(dataset, _NEEDED, source)
        labels, names = _labels(dataset)
        at = positions(labels, {}, source.name)
        at = {key: i for key, i in at.items() if key in METADATA or dataset[names[i]].ndim == 2}
        if "oxygen" not in at:
            raise InputError("oxygen is not stations x samples", source.name, "is it another kind of export?")
        spec = description(labels, at)
        values = {key: names[i] for key, i in at.items() if key not in METADATA}
        numbers = {key: _cells(dataset, name, source) for key, name in values.items() if not key.endswith("_flag")}
        there = np.any([np.isfinite(array) for array in numbers.values()], axis=0)
        station = np.repeat(np.arange(len(dataset.dimensions["N_STATIONS"])), len(dataset.dimensions["N_SAMPLES"]))
        columns: dict[str, Any] = {key: array[there] for key, array in numbers.items()}
        for key, name in values.items():
            if key.endswith("_flag"):
                columns[key] = _flag_codes(dataset, name)[there]
        columns |= {key: array[station[there]] for key, array in _stations(dataset, names, at).items()}
    columns["instrument"] = "ctd" if is_sensor(labels, at) else "bottle"
    return observations(pd.DataFrame(columns, index=np.flatnonzero(there)), spec, policy, source.name)


def _labels(dataset: Any) -> tuple[list[str], list[str]]:
    """Return labels as in the header of a spreadsheet, flags right of their values, and the names of the variables."""
    labels, names = [], []
    for name, variable in dataset.variables.items():
        if name.endswith(("_qc", "_err")):
            continue
        unit = str(getattr(variable, "units", ""))
        labels.append(_LABELS.get(name, f"{getattr(variable, 'long_name', name)} [{unit}]"))
        names.append(name)
        if f"{name}_qc" in dataset.variables:
            scheme = str(getattr(dataset[f"{name}_qc"], "comment", "SEADATANET")).split(" ")[0]
            labels.append(f"QV:{scheme}")
            names.append(f"{name}_qc")
    return labels, names


def _cells(dataset: Any, name: str, source: Source) -> Floats:
    """Return a variable of stations x samples as one dimension, NaN where missing."""
    if dataset[name].dimensions[:2] != ("N_STATIONS", "N_SAMPLES"):
        raise InputError(f"{name} is not stations x samples", source.name, "is it another kind of export?")
    values = floats(dataset[name][:]).ravel()
    values[values < _MISSING] = np.nan
    return values


def _flag_codes(dataset: Any, name: str) -> NDArray[np.object_]:
    """Return flags, which are stored as character codes (49 is "1"), as characters; None where blank."""
    characters = np.array([chr(code) if chr(code).isalnum() else None for code in range(128)], object)
    return np.asarray(characters[np.ma.filled(dataset[name][:], ord("9")).astype(np.int64).ravel() & 127])


def _stations(dataset: Any, names: list[str], at: dict[str, int]) -> dict[str, NDArray[Any]]:
    """Return time, position, cruise and name of each station."""
    time = days_since(floats(dataset["date_time"][:], missing=-1e10), _epoch(dataset))
    stamps = np.datetime_as_string(time, "ms").astype(object)
    stamps[np.isnat(time)] = None
    columns: dict[str, NDArray[Any]] = {"time": stamps}
    for key in ("longitude", "latitude"):
        values = floats(dataset[key][:])
        columns[key] = np.where(values < _MISSING, np.nan, values)
    for key in ("cruise", "station"):
        columns[key] = _names(dataset, names[at[key]])
    return columns


def _epoch(dataset: Any) -> str:
    """Return the date in "days since 2006-01-01 00:00:00 UTC"; that of the GEOTRACES products where it is missing."""
    unit = str(getattr(dataset["date_time"], "units", "")).split()
    return unit[2] if unit[:2] == ["days", "since"] and len(unit) > 2 else "2006-01-01"


def _names(dataset: Any, name: str) -> NDArray[np.object_]:
    """Return a name of each station, None where blank."""
    text = strings(dataset[name][:]).astype(object)
    text[text == ""] = None
    return text
