"""CCHDO netCDF in CF format (Conventions "CF-1.8 CCHDO-1.0"): all profiles of a cruise in one file."""

import re
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.cchdo import whp, whp_columns
from qc.readers.columns.coordinates import NOON, Times, days_since, floats, time_flags
from qc.readers.columns.text import strings
from qc.readers.files.source import Source, require_variables
from qc.types import Integers

_REQUIRED = ("expocode", "station", "cast", "profile_type", "time", "latitude", "longitude", "pressure")
_NAMES = {"pressure": "CTDPRS", "ctd_temperature": "CTDTMP", "ctd_salinity": "CTDSAL", "ctd_oxygen": "CTDOXY"}
_NAMES |= {"bottle_salinity": "SALNTY", "oxygen": "OXYGEN", "nitrate": "NITRAT", "nitrite": "NITRIT"}
_NAMES |= {"phosphate": "PHSPHT", "silicate": "SILCAT"}
_DAYS = {"days": 1.0, "hours": 1 / 24, "minutes": 1 / 1440, "seconds": 1 / 86400}


def read(source: Source, policy: seawater.Policy = "sample") -> pa.Table:
    """Read all profiles of a file.

    `oxygen` is the Winkler titration (OXYGEN) and `ctd_oxygen` the sensor (CTDOXY); a bottle stop gives a row for each:
    see `qc.readers.cchdo.whp`. Fill values at the ends of short profiles are not read.

    Parameters
    ----------
    source : Source
        The file.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume.

    Returns
    -------
    pyarrow.Table
        Observations, named as in `qc.readers.cchdo.whp.to_table`; `row` is profile x N_LEVELS + level.

    Raises
    ------
    InputError
        If the file is truncated, lacks a required variable, or its time has no known unit.
    """
    with source.netcdf() as dataset:
        require_variables(dataset, _REQUIRED, source)
        variables = whp_columns.variables(dataset, "whp_name", _NAMES)
        shape = dataset["pressure"].shape
        for name in _REQUIRED:
            if len(shape) != 2 or dataset[name].shape[:1] != shape[:1]:
                raise InputError(
                    f"{name} does not have the profiles of pressure, which is profiles x levels", source.name
                )
        variables = {name: theirs for name, theirs in variables.items() if dataset[theirs].shape == shape}
        values = {name: whp_columns.clean(dataset[theirs][:]).ravel() for name, theirs in variables.items()}
        level = np.flatnonzero(np.any([np.isfinite(array) for array in values.values()], axis=0))
        profile = level // shape[1]
        names = {name: strings(dataset[name][:], "utf-8") for name in ("expocode", "station", "cast", "profile_type")}
        time = _time(dataset["time"], source)[profile]
        columns = whp_columns.WhpColumns(
            source=source,
            expocode=names["expocode"].tolist(),
            station=names["station"].tolist(),
            cast=names["cast"].tolist(),
            profile=profile,
            ctd=names["profile_type"][profile] == "C",
            row=level,
            time=time,
            time_flag=time_flags(time),
            latitude=floats(dataset["latitude"][:])[profile],
            longitude=floats(dataset["longitude"][:])[profile],
            values={name: array[level] for name, array in values.items()},
            units={name: _unit(dataset[theirs]) for name, theirs in variables.items()},
            codes=_codes(dataset, variables, level),
        )
    return whp.to_table(columns, policy)


def _codes(dataset: Any, variables: dict[str, str], level: Integers) -> dict[str, NDArray[np.int8]]:
    """Return WHP flags; the fill value, 9, is the flag of what was not sampled."""
    flagged = {name: f"{theirs}_qc" for name, theirs in (variables | {whp_columns.BOTTLE: "bottle_number"}).items()}
    return {
        name: np.ma.filled(dataset[theirs][:], 9).ravel()[level]
        for name, theirs in flagged.items()
        if theirs in dataset.variables
    }


def _unit(variable: Any) -> str:
    """Return the unit; of degrees Celsius the reference scale, ITS-90 or IPTS-68, where there is one."""
    unit = str(getattr(variable, "units", ""))
    other = re.fullmatch(r"\W*(K|kelvin|F|deg\w*[ _]?F|fahrenheit)\W*", unit, re.I)
    return unit if other else str(getattr(variable, "reference_scale", unit))


def _time(variable: Any, source: Source) -> Times:
    """Return the time of each profile; noon where its resolution is a day or more."""
    units = str(getattr(variable, "units", ""))
    found = re.match(
        r"(days|hours|minutes|seconds) since (\d{4}-\d\d-\d\d)(?:[T ]00:00(?::00(?:\.0*)?)?)?\s*(?:Z|UTC|\+00:?00)?$",
        units,
    )
    if found is None:
        raise InputError(f"unknown unit of time {units!r}", source.name)
    days = floats(variable[:]) * _DAYS[found[1]]
    if float(getattr(variable, "resolution", 0)) >= 1:
        days = np.floor(days) + NOON / 24
    return days_since(days, found[2])
