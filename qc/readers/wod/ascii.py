"""World Ocean Database native ASCII: lines of 80 characters, versions C (current) and Q (IQuOD).

Units and codes: WOD code tables of NCEI and the release notes of WOD18.
"""

from dataclasses import replace
from typing import Any, Literal

import numpy as np
import pyarrow as pa

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.columns.coordinates import calendar, position, pressure_and_depth
from qc.readers.columns.variables import AMOUNTS, MOST_ML_PER_L, Seawater, Values
from qc.readers.files.source import Source
from qc.readers.wod.ascii_batches import read_batches
from qc.readers.wod.ascii_headers import ACCESSION, PLATFORM, PROBE, Headers, read_headers
from qc.readers.wod.ascii_levels import Levels, read_levels
from qc.readers.wod.conventions import identity, with_depth_flags
from qc.table import flags, schema
from qc.types import Integers

Unit = Literal["ml/l", "umol/kg"]
# WOD18 changed oxygen from ml/l and nutrients from umol/l to umol/kg; the files do not name their release
_NUTRIENT_UNIT: dict[str, str] = {"ml/l": "umol/l", "umol/kg": "umol/kg"}
_PROBES = (  # code table s_29
    "unknown, mbt, xbt, dbt, ctd, std, xctd, bottle/rossette/net, underway/intake, profiling float, moored buoy, "
    "drifting buoy, towed ctd, animal mounted, bucket, glider, microbt"
).split(", ")
_TAIL = 8  # characters at the end of a file
_SURFACE = 10.0  # m: water in contact with the air
_LEAST_ML_PER_L = 1.0  # less is not plausible at the surface
_AGREEMENT = 0.95  # share of the surface values that must imply the same unit
_INFERRED = " (told by magnitude)"  # after the unit in the table


def matches(head: bytes) -> bool:
    """Return whether a file begins with the header of a cast: version letter, sizes, country, cruise and a date.

    Parameters
    ----------
    head : bytes
        First bytes of the file, one line at least.
    """
    line = head.split(b"\n", 1)[0].rstrip(b"\r")
    if line[:1] not in (b"A", b"B", b"C", b"Q") or len(line) > 80:
        return False
    place = 1
    for letters in (0, 2, 0):  # characters of the cast; its number, then two letters of country; cruise
        width = line[place : place + 1]
        if not width.isdigit() or not line[place : place + 1 + int(width)].replace(b" ", b"").isdigit():
            return False
        place += 1 + int(width) + letters
    year, month = line[place : place + 4].strip(), line[place + 4 : place + 6].strip()
    return year.isdigit() and month.isdigit() and int(month) <= 12


def read(source: Source, policy: seawater.Policy = "sample", oxygen_unit: Unit | None = None) -> pa.Table:
    """Read every level of every cast.

    A level without depth is kept, without values. Where a variable occurs twice in a cast the first is read and
    flagged suspect. The biological header is skipped. Oxygen that WOD18 and later releases converted from ml/l with a
    constant density is kept as it is (within 0.5 % of the sample density in the open ocean), because the code of the
    originator's unit is not read; netCDF names that unit, and its reader converts again.

    Parameters
    ----------
    source : Source
        The file.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume.
    oxygen_unit : {"ml/l", "umol/kg"}, optional
        Unit of oxygen: ml/l before WOD18 (nutrients umol/l), umol/kg since (nutrients too). When left out, it is
        inferred from the oxygen of the upper 10 m if 95 % of it is possible in one unit only; `oxygen_original_unit`
        then records that.

    Returns
    -------
    pyarrow.Table
        Observations; `row` counts levels, `cast` is the WOD unique cast number.

    Raises
    ------
    InputError
        If a cast is truncated or damaged (its number, line and column are named), is of another version, or on
        standard levels; if the unit of oxygen cannot be inferred, or is another than `oxygen_unit`.
    """
    batches = []
    raw = source.bytes()
    raw = raw.rstrip(b"\x1a\r\n") if b"\x1a" in raw[-_TAIL:] else raw  # the mark of the end of old systems
    for cursors in read_batches(raw, source.name):
        headers = read_headers(cursors)
        batches.append((headers, read_levels(cursors, headers)))
    measured = {
        name for _, levels in batches for name, given in levels.values.items() if np.isfinite(given.value).any()
    }
    amounts = measured & set(AMOUNTS)
    unit = _unit([levels for _, levels in batches], oxygen_unit, source) if amounts else ""
    units = {name: unit if name == "oxygen" else _NUTRIENT_UNIT[unit.split(" ", 1)[0]] for name in amounts}
    tables, row = [], 0
    for headers, levels in batches:
        tables.append(_table(headers, levels, measured, units, policy, row, source))
        row += levels.cast.size
    if len(tables) == 1:
        return tables[0]
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks()


def _table(
    headers: Headers,
    levels: Levels,
    measured: set[str],
    units: dict[str, str],
    policy: seawater.Policy,
    row: int,
    source: Source,
) -> pa.Table:
    """Return the table of one batch; `measured` are the variables of the file, `units` those to convert to umol/kg."""
    columns = _identity(headers, levels.cast, source)
    columns["row"] = row + np.arange(levels.cast.size)
    missing = Values.of(np.full(levels.depth.shape, np.nan), "1")
    values = {name: levels.values.get(name, missing) for name in ("temperature", "salinity", "pressure", *measured)}
    north, east = columns["latitude"], columns["longitude"]
    pressure, depth = pressure_and_depth(values["pressure"].value, levels.depth, north)
    columns |= {"pressure": pressure, "depth": depth}
    water = Seawater.of(values, pressure, east, north)
    for name in (name for name in schema.VARIABLES if name in measured):
        given = with_depth_flags(values[name], levels.depth_flag)
        if name in units:
            given = replace(given, unit=units[name]).converted(policy, water, name, source.name)
        columns |= given.columns(name)
    return schema.from_columns(columns, source.name)


def _identity(headers: Headers, cast: Integers, source: Source) -> dict[str, Any]:
    """Return the columns that are constant over a cast, shape (level,)."""
    year, month, day = (part.astype(np.float64) for part in headers.date)
    time = calendar(year, month, day, headers.hour)
    number = np.char.zfill(np.maximum(headers.cruise, 0).astype(str), 6)
    cruise = np.where(headers.cruise > 0, np.char.add(np.char.strip(headers.country), number), "")
    platform = headers.secondary[PLATFORM]
    given = np.isfinite(platform)
    vessel = np.where(given, np.char.add("WOD ", np.where(given, platform, 0).astype(np.int64).astype(str)), "")
    probe = headers.secondary[PROBE]
    known = (probe >= 0) & (probe < len(_PROBES))
    kind = np.where(known, np.array(_PROBES)[np.where(known, probe, 0).astype(np.int64)], "")
    north, east = position(*headers.position)
    return identity(
        cast,
        source,
        unique=headers.number.astype(str),
        cruise=cruise,
        accession=headers.secondary[ACCESSION],
        platform=vessel,
        dataset=kind,
        time=time,
        north=north,
        east=east,
    )


def _unit(batches: list[Levels], stated: Unit | None, source: Source) -> str:
    """Return the unit of oxygen: the stated one, if surface oxygen can have it, or the only possible one."""
    surface = []
    for levels in batches:
        if "oxygen" in levels.values:
            oxygen = levels.values["oxygen"]
            plausible = (levels.depth <= _SURFACE) & (oxygen.flag == flags.PASS) & (oxygen.value >= _LEAST_ML_PER_L)
            surface.append(oxygen.value[plausible] > MOST_ML_PER_L)
    per_mass = np.concatenate(surface) if surface else np.zeros(0, bool)
    share = per_mass.mean() if per_mass.size else np.nan
    inferred = "umol/kg" if share >= _AGREEMENT else "ml/l" if share <= 1 - _AGREEMENT else None
    if stated is None and inferred is None:
        what = "is oxygen in ml/l (before WOD18) or umol/kg (since)? neither the file nor its values show it"
        raise InputError(what, source.name, "give it as wod_oxygen_unit")
    if stated is not None and inferred not in (None, stated):
        what = f"oxygen of the upper {_SURFACE:g} m can be {inferred} only, not {stated}"
        raise InputError(what, source.name, "leave wod_oxygen_unit out, or is it another file?")
    return stated or f"{inferred}{_INFERRED}"
