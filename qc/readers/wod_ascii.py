"""World Ocean Database, native ASCII: lines of 80 characters, versions C (current) and Q (IQuOD).

Units and codes: WOD code tables of NCEI and the notes of the WOD18 release.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from qc import schema, seawater
from qc.errors import InputError
from qc.readers import wod
from qc.readers.coordinates import calendar, position, pressure_and_depth
from qc.readers.source import Source
from qc.readers.values import State, Values
from qc.readers.wod_lanes import Floats, Integers, Text, lay_out, steps_of_fields, walk

Unit = Literal["ml/l", "umol/kg"]
CODES = {"temperature": 1, "salinity": 2, "oxygen": 3, "phosphate": 4, "silicate": 6, "nitrate": 8, "pressure": 25}
# WOD18 changed oxygen from ml/l and nutrients from umol/l to umol/kg; the files do not say from when they are
_NUTRIENT_UNIT: dict[str, str] = {"ml/l": "umol/l", "umol/kg": "umol/kg"}
_PLAIN_UNITS = {"temperature": "degree_C", "pressure": "dbar"}
_ACCESSION, _PLATFORM, _PROBE = 1, 3, 29  # codes of the secondary header
_PROBES = (  # code table s_29
    "unknown, mbt, xbt, dbt, ctd, std, xctd, bottle/rossette/net, underway/intake, profiling float, moored buoy, "
    "drifting buoy, towed ctd, animal mounted, bucket, glider, microbt"
).split(", ")
MOST_ML_PER_L, SURFACE = 15.0, 10.0  # no seawater holds more ml/l; m
_LEAST_ML_PER_L, _CLEAR = 1.0, 0.95  # what surface water in contact with the air has; share of values that must agree


@dataclass(frozen=True)
class _Casts:
    """What the headers say; arrays of shape (cast,), or (cast, slot) where there is one entry a variable."""

    text: Text
    country: NDArray[np.str_]
    cruise: Integers
    date: tuple[Integers, Integers, Integers]
    hour: Floats
    place: tuple[Floats, Floats]  # degrees north, degrees east
    levels: Integers
    variables: Integers
    uncertain: NDArray[np.bool_]
    code: Integers
    whole: Integers
    secondary: dict[int, Floats]


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
        Density for values per volume. Under "sample" oxygen is NaN where temperature or salinity is missing.
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
    text = lay_out(source.bytes(), source.name)
    casts = _headers(text)
    cast = np.repeat(np.arange(casts.levels.size), casts.levels)
    depth, depth_flag, values = _levels(casts, cast)
    columns = _identity(casts, cast, source)
    north, east = columns["latitude"], columns["longitude"]
    measured = values.pop("pressure", Values.of(np.full(depth.shape, np.nan), "dbar")).value
    pressure, depth = pressure_and_depth(measured, depth, north)  # type: ignore[arg-type]
    columns |= {"pressure": pressure, "depth": depth}
    values = {name: given for name, given in values.items() if np.isfinite(given.value).any()}
    nothing = np.full(depth.shape, np.nan)
    SP, t = (values[name].value if name in values else nothing for name in ("salinity", "temperature"))
    state = State(SP, t, pressure, east, north)  # type: ignore[arg-type]
    amounts = [name for name in schema.VARIABLES[2:] if name in values]
    unit = _unit(values, depth, oxygen_unit, source) if amounts else ""
    for name, given in values.items():
        now = wod.with_depth_flag(given, depth_flag)
        if name in amounts:
            own = unit if name == "oxygen" else _NUTRIENT_UNIT[unit.split(" ", 1)[0]]
            now = Values(now.value, now.delivered, own, now.flag, now.archive_flag)
            now = now.converted(policy, state, name, source.name)
        columns |= now.columns(name)
    return schema.from_columns(columns, source.name)


def _headers(text: Text) -> _Casts:
    lanes = np.arange(text.start.size)
    uncertain = text.characters[text.start] == ord("Q")
    text.skip(lanes, 1)
    text.counted(lanes)  # characters of the cast: known
    text.number_of[:] = text.counted(lanes)
    country = np.char.decode(text.characters[text.at[:, None] + np.arange(2)].view("S2")[:, 0], "latin-1")
    text.skip(lanes, 2)
    cruise = text.counted(lanes)
    date = (text.integer(lanes, 4), text.integer(lanes, 2), text.integer(lanes, 2))
    hour = text.number(lanes)
    latitude = text.number(lanes)
    text.number(lanes[uncertain])  # how uncertain it is
    longitude = text.number(lanes)
    text.number(lanes[uncertain])
    levels = np.maximum(text.counted(lanes), 0)
    text.require(lanes, levels <= text.end - text.at, "more levels than the cast has characters")
    kind = text.integer(lanes, 1)
    _refuse_standard_levels(text, kind)
    variables = np.maximum(text.integer(lanes, 2), 0)
    code, whole = _variables(text, variables, uncertain)
    _pass_over(text, lanes)  # character data
    secondary = _secondary(text, uncertain)
    _pass_over(text, lanes)  # biological header
    place = (latitude, longitude)
    return _Casts(text, country, cruise, date, hour, place, levels, variables, uncertain, code, whole, secondary)


def _refuse_standard_levels(text: Text, kind: Integers) -> None:
    if np.any(kind == 1):
        first = text.number_of[np.argmax(kind == 1)]
        what = f"{np.sum(kind == 1)} casts on standard levels, interpolated between what was measured"
        raise InputError(what, f"{text.name}, cast {first}", "get the observed levels")


def _variables(text: Text, variables: Integers, uncertain: NDArray[np.bool_]) -> tuple[Integers, Integers]:
    """Read code and whole-profile flag of each variable, shape (cast, variable), -1 where there is none."""
    code = np.full((variables.size, int(variables.max(initial=0))), -1, np.int64)
    whole = code.copy()
    for slot in range(code.shape[1]):
        lanes = np.flatnonzero(variables > slot)
        code[lanes, slot] = text.counted(lanes)
        whole[lanes, slot] = text.integer(lanes, 1)
        _entries(text, lanes, text.counted(lanes), uncertain, {})
    return code, whole


def _entries(
    text: Text, lanes: Integers, count: Integers, uncertain: NDArray[np.bool_], wanted: dict[int, Floats]
) -> None:
    """Read pairs of code and value, keeping the `wanted` values of each cast."""
    for entry in range(int(count.max(initial=0))):
        more = lanes[count > entry]
        code, value = text.counted(more), text.number(more)
        text.integer(more[uncertain[more]], 1)
        for key, kept in wanted.items():
            kept[more[code == key]] = value[code == key]


def _pass_over(text: Text, lanes: Integers) -> None:
    """Step over a block by the number of its characters."""
    text.skip(lanes, np.maximum(text.counted(lanes), 0))


def _secondary(text: Text, uncertain: NDArray[np.bool_]) -> dict[int, Floats]:
    n = text.start.size
    found = {key: np.full(n, np.nan) for key in (_ACCESSION, _PLATFORM, _PROBE)}
    size = text.counted(np.arange(n))
    lanes = np.flatnonzero(size > 0)
    behind = text.at[lanes] + size[lanes]
    _entries(text, lanes, text.counted(lanes), uncertain, found)
    text.require(lanes, text.at[lanes] == behind, "the secondary header is not as long as it says")
    return found


def _levels(casts: _Casts, cast: Integers) -> tuple[Floats, NDArray[np.bytes_], dict[str, Values]]:
    """Give depth, its flag and each variable, arrays of shape (level,), cast after cast."""
    text = casts.text
    first = np.cumsum(casts.levels) - casts.levels
    slots, twice = _slots(casts)
    at = {name: np.full(cast.size, text.nowhere, np.int64) for name in ("depth", *slots)}
    groups = casts.variables * 2 + casts.uncertain
    steps = {bool(version): steps_of_fields(text, bool(version)) for version in np.unique(casts.uncertain)}
    for group in np.unique(groups):
        lanes = np.flatnonzero(groups == group)
        lane, level, place = walk(text, lanes, casts.levels[lanes], int(group) // 2, steps[bool(group % 2)])
        row = first[lanes][lane] + level
        at["depth"][row] = place[0]
        for name, slot in slots.items():
            has = np.flatnonzero(slot[lanes][lane] >= 0)
            at[name][row[has]] = place[slot[lanes][lane[has]] + 1, has]
    lanes = np.arange(casts.levels.size)
    text.require(lanes, text.at == text.end, "the cast is not as long as its header says")
    depth, flag = _decoded(text, cast, at.pop("depth"))
    values = {}
    for name, place in at.items():
        value, code = _decoded(text, cast, place)
        whole = np.where(slots[name] >= 0, np.take_along_axis(casts.whole, slots[name][:, None], 1)[:, 0], 0)
        unit = _PLAIN_UNITS.get(name, "1")
        values[name] = wod.flagged(value, unit, code, whole[cast], twice[name][cast])
    return depth, flag, values


def _slots(casts: _Casts) -> tuple[dict[str, Integers], dict[str, NDArray[np.bool_]]]:
    """Find the slot of each variable in each cast, -1 where it has none, and where it has two."""
    slots, twice = {}, {}
    for name, code in CODES.items():
        here = casts.code == code
        if here.any():
            slots[name] = np.where(here.any(axis=1), np.argmax(here, axis=1), -1)
            twice[name] = here.sum(axis=1) > 1
    return slots, twice


def _decoded(text: Text, cast: Integers, place: Integers) -> tuple[Floats, NDArray[np.bytes_]]:
    """Decode the numbers at these places, and the WOD flag behind each, blank where there is none."""
    value, code = np.full(place.shape, np.nan), np.full(place.shape, b" ", "S1")
    there = np.flatnonzero(text.characters[place] != ord("-"))
    value[there] = text.decoded(cast[there], place[there])
    code[there] = text.characters[place[there] + text.steps(place[there])].view("S1")
    return value, code


def _identity(casts: _Casts, cast: Integers, source: Source) -> dict[str, object]:
    year, month, day = (part.astype(np.float64) for part in casts.date)
    time = calendar(year, month, np.where(day == 0, 15, day), casts.hour)  # day 0: the middle of the month
    number = np.char.zfill(np.maximum(casts.cruise, 0).astype(str), 6)
    cruise = np.where(casts.cruise > 0, np.char.add(np.char.strip(casts.country), number), "")
    platform = casts.secondary[_PLATFORM]
    given = np.isfinite(platform)
    vessel = np.where(given, np.char.add("WOD ", np.where(given, platform, 0).astype(np.int64).astype(str)), "")
    probe = casts.secondary[_PROBE]
    known = (probe >= 0) & (probe < len(_PROBES))
    kind = np.where(known, np.array(_PROBES)[np.where(known, probe, 0).astype(np.int64)], "")
    north, east = position(*casts.place)
    return wod.identity(
        cast,
        source,
        unique=casts.text.number_of.astype(str),
        cruise=cruise,
        accession=casts.secondary[_ACCESSION],
        platform=vessel,
        dataset=kind,
        time=time,
        north=north,
        east=east,
    )


def _unit(values: dict[str, Values], depth: Floats, said: Unit | None, source: Source) -> str:
    """Settle the unit of oxygen: what the caller says, unless no sea has it so, or what the surface can only be."""
    evidence = None
    if "oxygen" in values:
        oxygen = values["oxygen"]
        surface = oxygen.value[(depth <= SURFACE) & (oxygen.flag == 1) & (oxygen.value >= _LEAST_ML_PER_L)]
        share = np.mean(surface > MOST_ML_PER_L) if surface.size else np.nan
        evidence = "umol/kg" if share >= _CLEAR else "ml/l" if share <= 1 - _CLEAR else None
    if said is None and evidence is None:
        what = "is oxygen in ml/l (before WOD18) or umol/kg (since)? the file does not say and its values cannot tell"
        raise InputError(what, source.name, "say it with wod_oxygen_unit")
    if said is not None and evidence not in (None, said):
        what = f"oxygen of the upper {SURFACE:g} m can be {evidence} only, not {said}"
        raise InputError(what, source.name, "leave wod_oxygen_unit out, or is it another file?")
    return said or f"{evidence} (told by magnitude)"
