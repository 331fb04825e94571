"""Conversion of the columns of the WOCE Hydrographic Programme (WHP) into the observation table.

The readers of the single formats (`exchange`, `woce_netcdf`, `cf_netcdf`, `woce_text`) return `WhpColumns`: columns by
their WHP names. All further steps are the same for them.

Two casts of one station. A bottle file has two measurements of oxygen: OXYGEN, a Winkler titration of the bottle, and
CTDOXY, the value of the sensor when the bottle closed. They become two casts: rows of instrument "bottle", one for each
sample with or without oxygen, and, where the sensor has a value, rows of instrument "ctd" with a cast name that ends in
"#stop". Temperature, salinity, time and position are in both, nutrients in those of the bottle only; `file` and `row`
are equal in both, which pairs them. The name of a continuous profile of a CTD file ends in "#ctd"; where a table has
both, `qc.duplicates.search` marks "#stop" as its copy, by name.
"""

import re
from dataclasses import replace

import numpy as np
import pyarrow as pa

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.cchdo.whp_columns import WhpColumns
from qc.readers.columns.coordinates import position, pressure_and_depth
from qc.readers.columns.text import repeat_for_levels
from qc.readers.columns.units import in_celsius, letters
from qc.readers.columns.variables import MOST_ML_PER_L, Seawater, Values
from qc.readers.files.source import Source
from qc.table import flags, schema
from qc.types import Floats, Mask

NUTRIENTS = {"nitrate": ("NITRAT", "NO2+NO3"), "phosphate": ("PHSPHT",), "silicate": ("SILCAT",)}
_SUFFIX = ("", "#stop", "#ctd")
_DECIBARS = "(D(ECI)?BARS?|DBS?)?"  # where the unit is blank it is that of the format
_TRUE_EXPOCODE = re.compile(r"(?<![0-9A-Z])[0-9A-Z]{4}(?:19|20)\d{6}(?!\d)")


def to_table(columns: WhpColumns, policy: seawater.Policy) -> pa.Table:
    """Convert the columns of one file.

    Parameters
    ----------
    columns : WhpColumns
        Columns of the file.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume.

    Returns
    -------
    pyarrow.Table
        Observations. `cast` is "expocode_station_cast", with "#ctd" for a CTD profile and "#stop" for the sensor at
        the bottle stops (see the module); `platform` is the first four characters of the expocode: the ship.

    Raises
    ------
    InputError
        If a bottle file has neither OXYGEN nor CTDOXY, a unit is unknown, or pressure is not in dbar.
    """
    if not columns.ctd.all() and not {"OXYGEN", "CTDOXY"} & set(columns.values):
        raise InputError("no column OXYGEN or CTDOXY", columns.source.name)
    columns, sensor = _separate_sensor(columns)
    table = _identity(columns, sensor)
    north, east = position(columns.latitude, columns.longitude)
    missing = np.full(north.shape, np.nan)
    pressure, depth = pressure_and_depth(_pressure(columns), missing, north)
    table |= {"latitude": north, "longitude": east, "pressure": pressure, "depth": depth}
    variables = {"temperature": _temperature(columns), "salinity": _salinity(columns)}
    water = Seawater.of(variables, pressure, east, north)
    variables["oxygen"] = _oxygen(columns, sensor, policy, water)
    for name, values in variables.items():
        table |= values.columns(name)
    for name in NUTRIENTS:
        table |= _nutrient(columns, name, sensor, policy, water)
    return schema.from_columns(table, columns.source.name)


def _separate_sensor(columns: WhpColumns) -> tuple[WhpColumns, Mask]:
    """Return the samples, then the levels of the sensor, and the mask of the latter."""
    missing = np.full(columns.profile.shape, np.nan)
    bottle = np.flatnonzero(~columns.ctd)
    sensor = np.flatnonzero(columns.ctd | np.isfinite(columns.values.get("CTDOXY", missing)))
    if bottle.size == 0:
        return columns, np.ones(columns.ctd.shape, bool)
    return columns.take(np.concatenate([bottle, sensor])), np.repeat([False, True], [bottle.size, sensor.size])


def _identity(columns: WhpColumns, sensor: Mask) -> dict[str, object]:
    """Return source, names, instrument and time of each level."""
    expocode = [_valid_expocode(text.strip(), columns.source) for text in columns.expocode]
    name = ["_".join(part.strip() for part in parts) for parts in zip(expocode, columns.station, columns.cast)]
    kind = sensor.astype(int) + (sensor & columns.ctd)
    return {
        "source": "cchdo",
        "file": columns.source.name,
        "row": columns.row,
        "cast": repeat_for_levels([text + end for end in _SUFFIX for text in name], columns.profile + len(name) * kind),
        "cruise": repeat_for_levels(expocode, columns.profile),
        "platform": repeat_for_levels([text[:4] for text in expocode], columns.profile),
        "instrument": repeat_for_levels(["bottle", "ctd"], sensor.astype(int)),
        "time": columns.time,
        "time_flag": columns.time_flag,
    }


def _valid_expocode(expocode: str, source: Source) -> str:
    """Return an expocode; that of the file name where it is missing or a spreadsheet converted it into a number."""
    expocode = expocode.replace("/", "_")  # as in later formats of the same file
    if re.fullmatch(r"\d{8,}\.0*", expocode):
        return expocode.partition(".")[0]  # only a decimal point was added
    if expocode and not re.fullmatch(r"[\d.]+[eE]\+?\d+", expocode):
        return expocode
    found = _TRUE_EXPOCODE.search(source.name.upper())
    return found.group() if found else source.stem


def _pressure(columns: WhpColumns) -> Floats:
    """Return pressure, dbar; another unit is refused: PSI may include the atmosphere, metres are no pressure."""
    values = columns.of("CTDPRS", ctd=True)
    if np.isfinite(values.value).any() and not re.fullmatch(_DECIBARS, letters(values.unit)):
        raise InputError(f"CTDPRS in {values.unit.strip()!r}, not in DBAR", columns.source.name, "convert it to DBAR")
    return values.value


def _temperature(columns: WhpColumns) -> Values:
    """Return temperature, degC of ITS-90."""
    return in_celsius(columns.of("CTDTMP", ctd=True), "CTDTMP", columns.source.name)


def _salinity(columns: WhpColumns) -> Values:
    """Return sensor salinity, measured with the temperature; bottle salinity where it is missing or flagged worse."""
    sensor, bottle = columns.of("CTDSAL", ctd=True), columns.of("SALNTY", ctd=False)
    better = (sensor.flag >= flags.SUSPECT) & (bottle.flag < flags.SUSPECT)
    return sensor.filled_from(bottle, np.isfinite(bottle.value) & (better | ~np.isfinite(sensor.value)))


def _oxygen(columns: WhpColumns, sensor: Mask, policy: seawater.Policy, water: Seawater) -> Values:
    """Return Winkler values in rows of bottles, and sensor values in those of the sensor."""
    read = {}
    for name, ctd in (("OXYGEN", False), ("CTDOXY", True)):
        if name in columns.values:
            values = _relabelled(columns.of(name, ctd))
            read[name] = values.converted(policy, water, name, columns.source.name)
    missing = Values.of(np.full(sensor.shape, np.nan), "umol/kg")
    return read.get("OXYGEN", missing).filled_from(read.get("CTDOXY", missing).uncalibrated_as_suspect(), sensor)


def _relabelled(values: Values) -> Values:
    """Replace ml/l by umol/kg where the values are too large for ml/l, and record the label in the unit."""
    if values.unit.strip().upper() == "ML/L" and np.isfinite(values.value).any():
        if np.nanmedian(values.value) > MOST_ML_PER_L:
            return replace(values, unit=f"umol/kg (labelled {values.unit.strip()})")
    return values


def _nutrient(
    columns: WhpColumns, name: str, sensor: Mask, policy: seawater.Policy, water: Seawater
) -> dict[str, object]:
    """Return the columns of a nutrient, missing in rows of the sensor."""
    found = [column for column in NUTRIENTS[name] if column in columns.values]
    if not found:
        return {}
    chosen, *rest = (_of_bottle(columns, column, policy, water) for column in found)
    for other in rest:
        chosen = chosen.filled_from(other)
    return Values.of(np.full(sensor.shape, np.nan), chosen.unit).filled_from(chosen, ~sensor).columns(name)


def _of_bottle(columns: WhpColumns, column: str, policy: seawater.Policy, water: Seawater) -> Values:
    """Convert a nutrient; from NO2+NO3 nitrite is subtracted where it is measured and not bad (it is a small part)."""
    values = columns.of(column, ctd=False)
    if column != "NO2+NO3" or "NITRIT" not in columns.values:
        return values.converted(policy, water, column, columns.source.name)
    values = replace(values, unit=f"{values.unit} NO2+NO3").converted(policy, water, column, columns.source.name)
    nitrite = columns.of("NITRIT", ctd=False).converted(policy, water, "NITRIT", columns.source.name)
    known = np.isfinite(nitrite.value) & (nitrite.flag != flags.FAIL)
    return replace(values, value=values.value - np.where(known, nitrite.value, 0.0))
