"""The words of the WOCE Hydrographic Programme (WHP), which every file of CCHDO speaks, turned into the table.

Readers of the single forms (`exchange`, `woce_netcdf`, `cchdo_cf`, `woce_text`) bring a file to a `Sheet`
(`whp_sheet`): columns by their WHP names. Everything that follows is the same for all of them.

Two casts of one station. A bottle file holds two measurements of oxygen: OXYGEN, titrated after Winkler from the
bottle, and CTDOXY, the sensor at the moment the bottle closed. They are kept apart as two casts: rows of instrument
"bottle", one for each sample whether or not it has oxygen, and, where the sensor has a value, rows of instrument
"ctd" whose cast name ends in "#stop". Temperature, salinity, time and place stand in both, nutrients with the bottle
only; `file` and `row` are the same in both, which pairs them. The continuous profile of a CTD file ends in "#ctd";
where a table holds it too, `qc.duplicates.search` calls "#stop" its copy, by name.
"""

import re
from dataclasses import replace

import numpy as np
import pyarrow as pa

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.cchdo.sheet import Sheet
from qc.readers.columns.coordinates import position, pressure_and_depth
from qc.readers.columns.text import spread
from qc.readers.columns.variables import State, Values
from qc.readers.files.source import Source
from qc.table import flags, schema
from qc.types import Mask

NUTRIENTS = {"nitrate": ("NITRAT", "NO2+NO3"), "phosphate": ("PHSPHT",), "silicate": ("SILCAT",)}
_MOST_ML_PER_L = 15.0  # no seawater holds more oxygen than that in ml/l
_SUFFIX = ("", "#stop", "#ctd")
_TRUE_EXPOCODE = re.compile(r"(?<![0-9A-Z])[0-9A-Z]{4}(?:19|20)\d{6}(?!\d)")


def to_table(sheet: Sheet, policy: seawater.Policy) -> pa.Table:
    """Make the observation table of a sheet.

    Parameters
    ----------
    sheet : Sheet
        One file.
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
        If a bottle file has neither OXYGEN nor CTDOXY, or a unit is unknown.
    """
    if not sheet.ctd.all() and not {"OXYGEN", "CTDOXY"} & set(sheet.values):
        raise InputError("no column OXYGEN or CTDOXY", sheet.source.name)
    sheet, sensor = _two_casts(sheet)
    columns = _identity(sheet, sensor)
    north, east = position(sheet.latitude, sheet.longitude)
    nothing = np.full(north.shape, np.nan)
    pressure, depth = pressure_and_depth(sheet.values.get("CTDPRS", nothing), nothing, north)
    columns |= {"latitude": north, "longitude": east, "pressure": pressure, "depth": depth}
    temperature, salinity = _temperature(sheet), _salinity(sheet)
    state = State(salinity.usable, temperature.usable, pressure, east, north)
    oxygen = _oxygen(sheet, sensor, policy, state)
    for name, values in (("temperature", temperature), ("salinity", salinity), ("oxygen", oxygen)):
        columns |= values.columns(name)
    for name in NUTRIENTS:
        columns |= _nutrient(sheet, name, sensor, policy, state)
    return schema.from_columns(columns, sheet.source.name)


def _two_casts(sheet: Sheet) -> tuple[Sheet, Mask]:
    """Give each sample a second row where the sensor has a value; tell which rows are the sensor's."""
    nothing = np.full(sheet.profile.shape, np.nan)
    bottle = np.flatnonzero(~sheet.ctd)
    sensor = np.flatnonzero(sheet.ctd | np.isfinite(sheet.values.get("CTDOXY", nothing)))
    if bottle.size == 0:
        return sheet, np.ones(sheet.ctd.shape, bool)
    return sheet.take(np.concatenate([bottle, sensor])), np.repeat([False, True], [bottle.size, sensor.size])


def _identity(sheet: Sheet, sensor: Mask) -> dict[str, object]:
    expocode = [_mended(text.strip(), sheet.source) for text in sheet.expocode]
    name = ["_".join(part.strip() for part in parts) for parts in zip(expocode, sheet.station, sheet.cast)]
    kind = sensor.astype(int) + (sensor & sheet.ctd)
    return {
        "source": "cchdo",
        "file": sheet.source.name,
        "row": sheet.row,
        "cast": spread([text + end for end in _SUFFIX for text in name], sheet.profile + len(name) * kind),
        "cruise": spread(expocode, sheet.profile),
        "platform": spread([text[:4] for text in expocode], sheet.profile),
        "instrument": spread(["bottle", "ctd"], sensor.astype(int)),
        "time": sheet.time,
    }


def _mended(expocode: str, source: Source) -> str:
    """Take the expocode from the file name where a spreadsheet took it for a number, or where there is none."""
    expocode = expocode.replace("/", "_")  # as later forms of the same file write it
    if re.fullmatch(r"\d{8,}\.0*", expocode):
        return expocode.partition(".")[0]  # nothing but a decimal point was added
    if expocode and not re.fullmatch(r"[\d.]+[eE]\+?\d+", expocode):
        return expocode
    found = _TRUE_EXPOCODE.search(source.name.upper())
    return found.group() if found else source.stem


def _temperature(sheet: Sheet) -> Values:
    values = sheet.of("CTDTMP", ctd=True)
    return replace(values, value=seawater.t90_from_t68(values.delivered)) if "68" in values.unit else values


def _salinity(sheet: Sheet) -> Values:
    """Sensor salinity, which goes with the sensor temperature; the bottle's where it is missing or flagged worse."""
    sensor, bottle = sheet.of("CTDSAL", ctd=True), sheet.of("SALNTY", ctd=False)
    better = (sensor.flag >= flags.SUSPECT) & (bottle.flag < flags.SUSPECT)
    return sensor.or_else(bottle, np.isfinite(bottle.value) & (better | ~np.isfinite(sensor.value)))


def _oxygen(sheet: Sheet, sensor: Mask, policy: seawater.Policy, state: State) -> Values:
    """Winkler's value in rows of the bottle, the sensor's in its own."""
    read = {}
    for name, ctd in (("OXYGEN", False), ("CTDOXY", True)):
        if name in sheet.values:
            values = _relabelled(sheet.of(name, ctd))
            read[name] = values.converted(policy, state, name, sheet.source.name)
    missing = Values.of(np.full(sensor.shape, np.nan), "umol/kg")
    return read.get("OXYGEN", missing).or_else(read.get("CTDOXY", missing).less_uncalibrated(), sensor)


def _relabelled(values: Values) -> Values:
    """Take ml/l for what it must be where the numbers are too large for it, and say so in the unit."""
    if values.unit.strip().upper() == "ML/L" and np.isfinite(values.value).any():
        if np.nanmedian(values.value) > _MOST_ML_PER_L:
            return replace(values, unit=f"umol/kg (labelled {values.unit.strip()})")
    return values


def _nutrient(sheet: Sheet, name: str, sensor: Mask, policy: seawater.Policy, state: State) -> dict[str, object]:
    found = [column for column in NUTRIENTS[name] if column in sheet.values]
    if not found:
        return {}
    chosen, *rest = (_of_bottle(sheet, column, policy, state) for column in found)
    for other in rest:
        chosen = chosen.or_else(other)
    return Values.of(np.full(sensor.shape, np.nan), chosen.unit).or_else(chosen, ~sensor).columns(name)


def _of_bottle(sheet: Sheet, column: str, policy: seawater.Policy, state: State) -> Values:
    """Convert a nutrient; NO2+NO3 less the nitrite, where that is measured and not bad (it is a small part)."""
    values = sheet.of(column, ctd=False)
    if column != "NO2+NO3" or "NITRIT" not in sheet.values:
        return values.converted(policy, state, column, sheet.source.name)
    values = replace(values, unit=f"{values.unit} NO2+NO3").converted(policy, state, column, sheet.source.name)
    nitrite = sheet.of("NITRIT", ctd=False).converted(policy, state, "NITRIT", sheet.source.name)
    known = np.isfinite(nitrite.value) & (nitrite.flag != flags.FAIL)
    return replace(values, value=values.value - np.where(known, nitrite.value, 0.0))
