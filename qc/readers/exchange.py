"""WHP-Exchange text of CCHDO: bottle files (`*_hy1.csv`) and CTD casts (`*_ct1.csv`)."""

import io
import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from qc import flags, schema, seawater
from qc.errors import InputError
from qc.readers.coordinates import calendar, position, pressure_and_depth
from qc.readers.source import Source
from qc.readers.values import State, Values

_ID = ("EXPOCODE", "STNNBR", "CASTNO", "DATE", "TIME", "LATITUDE", "LONGITUDE")
_NEEDED = ("STNNBR", "CASTNO", "DATE", "LATITUDE", "LONGITUDE", "CTDPRS")
_OXYGEN = ("OXYGEN", "CTDOXY")
_NUTRIENTS = {"nitrate": ("NITRAT", "NO2+NO3"), "phosphate": ("PHSPHT",), "silicate": ("SILCAT",)}
_SENSORS = {"CTDSAL", "CTDOXY", "CTDTMP"}
_MOST_ML_PER_L = 15.0  # no seawater holds more oxygen than that in ml/l
_TRUE_EXPOCODE = re.compile(r"[0-9A-Z]{4}\d{8}")


@dataclass(frozen=True)
class _Sheet:
    """The table of one file: its columns as text, its unit row, and what to name in errors."""

    frame: pd.DataFrame
    units: dict[str, str]
    ctd: bool
    source: Source

    def number(self, name: str) -> NDArray[np.float64]:
        """Return a column as numbers; blanks and values beginning with -999 are NaN."""
        if name not in self.frame:
            return np.full(len(self.frame), np.nan)
        text = self.frame[name]
        text = text.where(~text.str.startswith("-999") & (text != ""), other=None)
        numbers = pd.to_numeric(text, errors="coerce")
        wrong = numbers.isna() & text.notna()
        if wrong.any():
            raise InputError(f"{text[wrong].iloc[0]!r} in column {name} is no number", self.source.name)
        return numbers.to_numpy(np.float64)

    def values(self, name: str) -> Values:
        """Return a column with its flags; those of a bottle that leaked or mis-tripped are suspect at best."""
        scheme = "whp_ctd" if self.ctd or name in _SENSORS else "whp_bottle"
        code = self.frame[f"{name}_FLAG_W"].to_numpy(object) if f"{name}_FLAG_W" in self.frame else None
        values = Values.of(self.number(name), self.units.get(name, ""), code, scheme)
        if scheme == "whp_ctd" or "BTLNBR_FLAG_W" not in self.frame:
            return values
        device = flags.to_iode(self.frame["BTLNBR_FLAG_W"].to_numpy(object), "whp_device")
        flag = np.where(device == flags.SUSPECT, flags.merge(values.flag, device), values.flag).astype(np.int8)
        return Values(values.value, values.delivered, values.unit, flag, values.archive_flag)


def read(source: Source, policy: seawater.Policy = "sample") -> pa.Table:
    """Read a bottle file or one CTD cast.

    Per row the Winkler value (OXYGEN) is taken, and the sensor at the bottle stop (CTDOXY) where there is none;
    `instrument` and `oxygen_original_flag` tell which. DEPTH, the depth of the bottom, is not read.

    Parameters
    ----------
    source : Source
        The file.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume.

    Returns
    -------
    pyarrow.Table
        Observations; `row` counts data lines, `cast` is "expocode_station_cast" with "#ctd" for a CTD cast,
        `platform` the first four characters of the expocode: the ship.

    Raises
    ------
    InputError
        If the file is no such file, is truncated (no END_DATA), lacks a needed column, or has an unknown unit.
    """
    sheet = _sheet(source)
    columns = _identity(sheet)
    north, east = position(sheet.number("LATITUDE"), sheet.number("LONGITUDE"))
    pressure, depth = pressure_and_depth(sheet.number("CTDPRS"), np.full(north.shape, np.nan), north)
    columns |= {"latitude": north, "longitude": east, "pressure": pressure, "depth": depth}
    temperature = _temperature(sheet)
    salinity = _salinity(sheet)
    state = State(salinity.value, temperature.value, pressure, east, north)
    oxygen, instrument = _oxygen(sheet, policy, state)
    columns["instrument"] = instrument
    for name, values in (("temperature", temperature), ("salinity", salinity), ("oxygen", oxygen)):
        columns |= values.columns(name)
    for name in _NUTRIENTS:
        columns |= _nutrient(sheet, name, policy, state)
    return schema.from_columns(columns, source.name)


def _sheet(source: Source) -> _Sheet:
    lines = source.text().splitlines()
    kind = lines[0].split(",")[0].strip().upper() if lines else ""
    if kind not in ("BOTTLE", "CTD"):
        raise InputError("does not begin with BOTTLE or CTD", source.name, "is it a WHP-Exchange file?")
    end = next((i for i in range(len(lines) - 1, 0, -1) if lines[i].startswith("END_DATA")), None)
    if end is None:
        raise InputError("no END_DATA line", source.name, "is it truncated? get it again")
    body = [line for line in lines[1:end] if line.strip(" ,") and not line.lstrip('" ').startswith("#")]
    keys: dict[str, str] = {}
    while kind == "CTD" and body and "=" in body[0]:
        key, _, value = body.pop(0).partition("=")
        keys[key.strip().upper()] = value.strip(" ,")
    if len(body) < 3:
        raise InputError("no data between header and END_DATA", source.name)
    header = [name.strip().upper() for name in body[0].split(",")]
    units = dict(zip(header, (unit.strip() for unit in body[1].split(","))))
    frame = _frame(header, body[2:], source)
    for key in _ID:
        if key in keys and key not in frame:
            frame[key] = keys[key]
    lacking = [name for name in _NEEDED if name not in frame]
    if lacking:
        raise InputError(f"no column {', '.join(lacking)}", source.name)
    return _Sheet(frame, units, kind == "CTD", source)


def _frame(header: list[str], body: list[str], source: Source) -> pd.DataFrame:
    wanted = {*_ID, "CTDPRS", "BTLNBR_FLAG_W"}
    for name in (
        "CTDTMP",
        "CTDSAL",
        "SALNTY",
        "NITRIT",
        *_OXYGEN,
        *(n for names in _NUTRIENTS.values() for n in names),
    ):
        wanted |= {name, f"{name}_FLAG_W"}
    positions = {name: i for i, name in reversed(list(enumerate(header))) if name in wanted}
    names = [name if positions.get(name) == i else f"{i}" for i, name in enumerate(header)]
    surplus = max(line.count(",") for line in body) + 1 - len(names)
    names += [f"{len(names) + i}" for i in range(surplus)]
    try:
        frame = pd.read_csv(
            io.StringIO("\n".join(body)),
            names=names,
            usecols=sorted(positions),
            dtype=str,
            na_filter=False,
            skipinitialspace=True,
        )
    except (pd.errors.ParserError, ValueError) as error:
        raise InputError(f"not a readable table ({str(error)[:80]})", source.name) from error
    return frame.fillna("").apply(lambda column: column.str.strip())


def _identity(sheet: _Sheet) -> dict[str, object]:
    frame = sheet.frame
    expocode = frame["EXPOCODE"] if "EXPOCODE" in frame else pd.Series("", index=frame.index)
    damaged = (expocode == "") | expocode.str.fullmatch(r"[\d.]+E\+?\d+")  # a spreadsheet took it for a number
    if damaged.any():
        found = _TRUE_EXPOCODE.search(sheet.source.name.upper())
        expocode = expocode.mask(damaged, found.group() if found else sheet.source.stem)
    cast = expocode + "_" + frame["STNNBR"] + "_" + frame["CASTNO"] + ("#ctd" if sheet.ctd else "")
    date = sheet.number("DATE")
    clock = sheet.number("TIME")  # hhmm; leading zeros may be lost: 7 is 00:07
    return {
        "source": "cchdo",
        "file": sheet.source.name,
        "row": np.arange(len(frame)),
        "cast": pd.Categorical(cast),
        "cruise": pd.Categorical(expocode),
        "platform": pd.Categorical(expocode.str[:4]),
        "time": calendar(date // 10000, date // 100 % 100, date % 100, clock // 100, clock % 100),
    }


def _temperature(sheet: _Sheet) -> Values:
    values = sheet.values("CTDTMP")
    if re.search(r"68", sheet.units.get("CTDTMP", "")):
        return Values(
            seawater.t90_from_t68(values.delivered), values.delivered, values.unit, values.flag, values.archive_flag
        )
    return values


def _salinity(sheet: _Sheet) -> Values:
    """Sensor salinity, which goes with the sensor temperature; the bottle's where it is missing or flagged worse."""
    sensor, bottle = sheet.values("CTDSAL"), sheet.values("SALNTY")
    better = (sensor.flag >= flags.SUSPECT) & (bottle.flag < flags.SUSPECT)
    return sensor.or_else(bottle, np.isfinite(bottle.value) & (better | ~np.isfinite(sensor.value)))


def _oxygen(sheet: _Sheet, policy: seawater.Policy, state: State) -> tuple[Values, object]:
    found = [name for name in _OXYGEN if name in sheet.frame]
    if not found:
        raise InputError("no column OXYGEN or CTDOXY", sheet.source.name)
    read = {name: _relabelled(sheet.values(name)).converted(policy, state, name, sheet.source.name) for name in found}
    winkler, sensor = read.get("OXYGEN"), read.get("CTDOXY")
    if winkler is None or sensor is None:
        only = winkler or sensor
        assert only is not None
        return only, "ctd" if winkler is None else "bottle"
    by_sensor = ~np.isfinite(winkler.value) & np.isfinite(sensor.value)
    instrument = pd.Categorical.from_codes(by_sensor.astype(int), pd.Index(["bottle", "ctd"]))
    return winkler.or_else(sensor, by_sensor), instrument


def _relabelled(values: Values) -> Values:
    """Take ml/l for what it must be where the numbers are too large for it, and say so in the unit."""
    if values.unit.upper() == "ML/L" and np.isfinite(values.value).any():
        if np.nanmedian(values.value) > _MOST_ML_PER_L:
            unit = "umol/kg (labelled ML/L)"
            return Values(values.value, values.delivered, unit, values.flag, values.archive_flag)
    return values


def _nutrient(sheet: _Sheet, name: str, policy: seawater.Policy, state: State) -> dict[str, object]:
    column = next((column for column in _NUTRIENTS[name] if column in sheet.frame), None)
    if column is None:
        return {}
    values = sheet.values(column).converted(policy, state, column, sheet.source.name)
    if column == "NO2+NO3" and "NITRIT" in sheet.frame:
        nitrite = sheet.values("NITRIT").converted(policy, state, "NITRIT", sheet.source.name).value
        less = np.where(np.isfinite(nitrite), values.value - nitrite, values.value)
        values = Values(less, values.delivered, f"{values.unit} NO2+NO3", values.flag, values.archive_flag)
    return values.columns(name)
