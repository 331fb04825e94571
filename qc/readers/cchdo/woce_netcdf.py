"""CCHDO netCDF in COARDS/WOCE format (`*_hy1.nc`, `*_ctd.nc`): one bottle or CTD cast in each file."""

import re
from typing import Any

import numpy as np
import pyarrow as pa

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.cchdo import whp, whp_columns
from qc.readers.columns.coordinates import Times, floats
from qc.readers.files.source import Source, require_variables
from qc.table.flags import Flags
from qc.types import Floats

# where the attribute WHPO_Variable_Name is missing; "oxygen" is the sensor, also in bottle files
_NAMES = {
    "pressure": "CTDPRS",
    "temperature": "CTDTMP",
    "salinity": "CTDSAL",
    "oxygen": "CTDOXY",
    "bottle_salinity": "SALNTY",
    "bottle_oxygen": "OXYGEN",
    "nitrate": "NITRAT",
    "nitrite": "NITRIT",
    "phosphate": "PHSPHT",
    "silicate": "SILCAT",
}


def read(source: Source, policy: seawater.Policy = "sample") -> pa.Table:
    """Read one cast.

    `oxygen` is the sensor (CTDOXY) and `bottle_oxygen` the Winkler titration (OXYGEN); a bottle stop gives a row for
    each: see `qc.readers.cchdo.whp`. The time is that of `woce_date` and `woce_time`.

    Parameters
    ----------
    source : Source
        The file.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume.

    Returns
    -------
    pyarrow.Table
        Observations, named as in `qc.readers.cchdo.whp.to_table`; `row` is the number of the level.

    Raises
    ------
    InputError
        If the file is truncated, lacks a required variable, or its variables differ in length.
    """
    with source.netcdf() as dataset:
        require_variables(dataset, ("pressure", "latitude", "longitude", "woce_date"), source)
        variables = whp_columns.variables(dataset, "WHPO_Variable_Name", _NAMES)
        n = dataset["pressure"].size
        values = {name: whp_columns.clean(dataset[theirs][:]).ravel() for name, theirs in variables.items()}
        codes = {
            name: floats(dataset[f"{theirs}_QC"][:]).ravel()
            for name, theirs in variables.items()
            if f"{theirs}_QC" in dataset.variables
        }
        codes |= _bottle_codes(dataset)
        for arrays in (values, codes):
            _check_lengths(arrays, n, source)
        time, time_flag = _time(dataset)
        columns = whp_columns.WhpColumns(
            source=source,
            expocode=[_attribute(dataset, "EXPOCODE")],
            station=[_attribute(dataset, "STATION_NUMBER")],
            cast=[_attribute(dataset, "CAST_NUMBER")],
            profile=np.zeros(n, np.int64),
            ctd=np.full(n, "CTD" in _attribute(dataset, "DATA_TYPE").upper()),
            row=np.arange(n),
            time=np.broadcast_to(time, n),
            time_flag=np.broadcast_to(time_flag, n),
            latitude=np.broadcast_to(floats(dataset["latitude"][:1]), n),
            longitude=np.broadcast_to(floats(dataset["longitude"][:1]), n),
            values=values,
            units={name: str(getattr(dataset[theirs], "units", "")) for name, theirs in variables.items()},
            codes=codes,
        )
    return whp.to_table(columns, policy)


def _attribute(dataset: Any, name: str) -> str:
    """Return a global attribute as text, empty where it is missing."""
    return str(getattr(dataset, name, "")).strip()


def _bottle_codes(dataset: Any) -> dict[str, Floats]:
    """Return the flags of the bottles, which are a global attribute, numbers or text."""
    text = _attribute(dataset, "BOTTLE_QUALITY_CODES")
    digits = [float(digit) for digit in re.findall(r"\d", text)]
    return {whp_columns.BOTTLE: np.array(digits)} if digits else {}


def _check_lengths(arrays: dict[str, Floats], n: int, source: Source) -> None:
    """Refuse arrays of another length than the pressure."""
    for name, array in arrays.items():
        if array.size != n:
            raise InputError(f"{name} has {array.size} values, pressure has {n}", source.name)


def _time(dataset: Any) -> tuple[Times, Flags]:
    """Return the time of the cast and its flag, shape (1,)."""
    date = floats(dataset["woce_date"][:1])
    clock = floats(dataset["woce_time"][:1]) if "woce_time" in dataset.variables else np.full(1, np.nan)
    return whp_columns.time_of(date, clock)
