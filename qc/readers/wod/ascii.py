"""World Ocean Database, native ASCII: lines of 80 characters, versions C (current) and Q (IQuOD).

Units and codes: WOD code tables of NCEI and the notes of the WOD18 release.
"""

from dataclasses import replace
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.columns.coordinates import calendar, position, pressure_and_depth
from qc.readers.columns.variables import State, Values
from qc.readers.files.source import Source
from qc.readers.wod import netcdf as wod
from qc.readers.wod.ascii_casts import ACCESSION, PLATFORM, PROBE, Casts, Levels, decode
from qc.readers.wod.ascii_fields import lay_out
from qc.table import flags, schema

Unit = Literal["ml/l", "umol/kg"]
# WOD18 changed oxygen from ml/l and nutrients from umol/l to umol/kg; the files do not say from when they are
_NUTRIENT_UNIT: dict[str, str] = {"ml/l": "umol/l", "umol/kg": "umol/kg"}
_PROBES = (  # code table s_29
    "unknown, mbt, xbt, dbt, ctd, std, xctd, bottle/rossette/net, underway/intake, profiling float, moored buoy, "
    "drifting buoy, towed ctd, animal mounted, bucket, glider, microbt"
).split(", ")
MOST_ML_PER_L, SURFACE = 15.0, 10.0  # no seawater holds more ml/l; m
_LEAST_ML_PER_L, _CLEAR = 1.0, 0.95  # what surface water in contact with the air has; share of values that must agree


def looks_like_it(head: bytes) -> bool:
    """Tell whether a file begins with the header of a cast: version letter, sizes, country, cruise and a date."""
    line = head.split(b"\n", 1)[0].rstrip(b"\r")
    if line[:1] not in (b"A", b"B", b"C", b"Q") or len(line) > 80:
        return False
    place = 1
    for behind in (0, 2, 0):  # characters of the cast; its number, before two letters of country; cruise
        width = line[place : place + 1]
        if not width.isdigit() or not line[place : place + 1 + int(width)].replace(b" ", b"").isdigit():
            return False
        place += 1 + int(width) + behind
    year, month = line[place : place + 4].strip(), line[place + 4 : place + 6].strip()
    return year.isdigit() and month.isdigit() and int(month) <= 12


def read(source: Source, policy: seawater.Policy = "sample", oxygen_unit: Unit | None = None) -> pa.Table:
    """Read every level of every cast.

    A level without depth stays, without values. Where a variable occurs twice in a cast the first is read, and
    flagged suspect there. The biological header is passed over. What WOD18 and later made from ml/l with a constant
    density stays so (within 0.5 % of the sample's own in the open ocean), for the code of the originator's unit is not
    read; netCDF names that unit, and there it is redone.

    Parameters
    ----------
    source : Source
        The file.
    policy : {"sample", "constant_1025", "refuse"}
        Density for values per volume.
    oxygen_unit : {"ml/l", "umol/kg"}, optional
        Unit of oxygen: ml/l before WOD18 (nutrients umol/l), umol/kg since (nutrients too). Left out, it is told by
        the oxygen of the upper 10 m where 95 % of it can be in one unit only, and `oxygen_original_unit` says so.

    Returns
    -------
    pyarrow.Table
        Observations; `row` counts levels, `cast` is the WOD unique cast number.

    Raises
    ------
    InputError
        If a cast is truncated or damaged (its number, line and column are named), is of another version, or on
        standard levels; if the unit of oxygen cannot be told, or is another than `oxygen_unit`.
    """
    batches = [decode(text) for text in lay_out(source.bytes(), source.name)]
    measured = {
        name for _, levels in batches for name, given in levels.values.items() if np.isfinite(given.value).any()
    }
    amounts = measured & set(schema.VARIABLES[2:])
    unit = _unit([levels for _, levels in batches], oxygen_unit, source) if amounts else ""
    units = {name: unit if name == "oxygen" else _NUTRIENT_UNIT[unit.split(" ", 1)[0]] for name in amounts}
    tables, row = [], 0
    for casts, levels in batches:
        tables.append(_table(casts, levels, measured, units, policy, row, source))
        row += levels.cast.size
    if len(tables) == 1:
        return tables[0]
    return pa.concat_tables(tables).unify_dictionaries().combine_chunks()


def _table(
    casts: Casts,
    levels: Levels,
    measured: set[str],
    units: dict[str, str],
    policy: seawater.Policy,
    row: int,
    source: Source,
) -> pa.Table:
    """Make the table of one batch; `measured` are the variables of the file, `units` those to convert to umol/kg."""
    columns = _identity(casts, levels.cast, source)
    columns["row"] = row + np.arange(levels.cast.size)
    nothing = Values.of(np.full(levels.depth.shape, np.nan), "1")
    values = {name: levels.values.get(name, nothing) for name in ("temperature", "salinity", "pressure", *measured)}
    north, east = columns["latitude"], columns["longitude"]
    pressure, depth = pressure_and_depth(values["pressure"].value, levels.depth, north)  # type: ignore[arg-type]
    columns |= {"pressure": pressure, "depth": depth}
    state = State(values["salinity"].usable, values["temperature"].usable, pressure, east, north)  # type: ignore[arg-type]
    for name in measured - {"pressure"}:
        given = wod.with_depth_flag(values[name], levels.depth_flag)
        if name in units:
            given = replace(given, unit=units[name]).converted(policy, state, name, source.name)
        columns |= given.columns(name)
    return schema.from_columns(columns, source.name)


def _identity(casts: Casts, cast: NDArray[np.int64], source: Source) -> dict[str, object]:
    year, month, day = (part.astype(np.float64) for part in casts.date)
    time = calendar(year, month, np.where(day == 0, 15, day), casts.hour)  # day 0: the middle of the month
    number = np.char.zfill(np.maximum(casts.cruise, 0).astype(str), 6)
    cruise = np.where(casts.cruise > 0, np.char.add(np.char.strip(casts.country), number), "")
    platform = casts.secondary[PLATFORM]
    given = np.isfinite(platform)
    vessel = np.where(given, np.char.add("WOD ", np.where(given, platform, 0).astype(np.int64).astype(str)), "")
    probe = casts.secondary[PROBE]
    known = (probe >= 0) & (probe < len(_PROBES))
    kind = np.where(known, np.array(_PROBES)[np.where(known, probe, 0).astype(np.int64)], "")
    north, east = position(*casts.place)
    return wod.identity(
        cast,
        source,
        unique=casts.number.astype(str),
        cruise=cruise,
        accession=casts.secondary[ACCESSION],
        platform=vessel,
        dataset=kind,
        time=time,
        north=north,
        east=east,
    )


def _unit(batches: list[Levels], said: Unit | None, source: Source) -> str:
    """Settle the unit of oxygen: what the caller says, unless no sea has it so, or what the surface can only be."""
    surface = []
    for levels in batches:
        if "oxygen" in levels.values:
            oxygen = levels.values["oxygen"]
            trusted = (levels.depth <= SURFACE) & (oxygen.flag == flags.PASS) & (oxygen.value >= _LEAST_ML_PER_L)
            surface.append(oxygen.value[trusted] > MOST_ML_PER_L)
    votes = np.concatenate(surface) if surface else np.zeros(0, bool)
    share = votes.mean() if votes.size else np.nan
    evidence = "umol/kg" if share >= _CLEAR else "ml/l" if share <= 1 - _CLEAR else None
    if said is None and evidence is None:
        what = "is oxygen in ml/l (before WOD18) or umol/kg (since)? the file does not say and its values cannot tell"
        raise InputError(what, source.name, "say it with wod_oxygen_unit")
    if said is not None and evidence not in (None, said):
        what = f"oxygen of the upper {SURFACE:g} m can be {evidence} only, not {said}"
        raise InputError(what, source.name, "leave wod_oxygen_unit out, or is it another file?")
    return said or f"{evidence} (told by magnitude)"
