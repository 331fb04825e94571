"""Signatures of casts for the search of copies: a row with position, time, names, counts, and two digests of values."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from qc.physics.interpolation import linear
from qc.table.flags import NOT_EVALUATED, is_evaluated
from qc.table.profiles import Levels, from_table
from qc.table.text_columns import dictionary_codes, text_at
from qc.types import Floats, Integers, Mask

Hashes = NDArray[np.uint64]
PRESSURES = (0.0, 10.0, 20.0, 40.0, 75.0, 125.0, 200.0, 300.0, 500.0, 800.0, 1200.0, 2000.0)  # dbar
INFORMATIVE = 1.0  # umol/kg: of less oxygen, all casts are alike

_TEXT = ("source", "file", "cast", "instrument")
SUMMARY = pa.schema(
    [
        *(pa.field(name, pa.dictionary(pa.int32(), pa.string())) for name in _TEXT),
        pa.field("time", pa.timestamp("ms")),
        pa.field("latitude", pa.float64()),
        pa.field("longitude", pa.float64()),
        pa.field("levels", pa.int32()),  # with oxygen and pressure
        pa.field("good", pa.int32()),  # of them: flag 1 or 2
        pa.field("flagged", pa.bool_()),  # some of them evaluated by a flag of the originator
        pa.field("thermal", pa.int32()),  # levels with temperature and pressure, counted where there is no oxygen
        pa.field("content", pa.uint64()),  # equal where pressures (to 0.1 dbar) and values (to 0.01) are
        pa.field("varied", pa.int32()),  # levels that differ from the one above: an even cast is like many others
        pa.field("coarse", pa.list_(pa.float32(), len(PRESSURES))),  # oxygen, without any temperature, at PRESSURES
    ],
    metadata={"schema": "oxygen-recon signatures 3"},
)


@dataclass(frozen=True)
class Profiles:
    """Levels of casts, one cast after the other by increasing pressure.

    Parameters
    ----------
    count : integers, shape (cast,)
        Number of levels of each cast.
    pressure : floats, shape (level,)
        dbar, none missing.
    value : floats, shape (level,)
        Oxygen, umol/kg, or, of a cast without any, temperature, degC; none missing.
    salinity : floats, shape (level,)
        PSS-78, NaN where missing.
    """

    count: Integers
    pressure: Floats
    value: Floats
    salinity: Floats

    @cached_property
    def start(self) -> Integers:
        """First level of each cast, shape (cast,)."""
        return np.cumsum(self.count) - self.count

    @cached_property
    def height(self) -> float:
        """Length of the interval of `axis` that each cast occupies, dbar."""
        return 2 * float(np.abs(self.pressure).max(initial=0)) + 1e5

    @cached_property
    def axis(self) -> Floats:
        """Pressure plus the cast's number times `height`, shape (level,): increasing through all casts."""
        return self.pressure + np.repeat(np.arange(len(self.count)), self.count) * self.height

    def around(self, casts: Integers, pressure: Floats | float) -> tuple[Integers, Integers]:
        """Rows of the levels above and below a pressure in some casts; beyond an end of a cast both are its last one.

        Parameters
        ----------
        casts : integers, shape (n,)
            Numbers of casts, none of them without levels.
        pressure : float, or floats of shape (n,)
            dbar.

        Returns
        -------
        above, below : integers, shape (n,)
        """
        low, high = self.start[casts], self.start[casts] + self.count[casts] - 1
        after = np.searchsorted(self.axis, pressure + casts * self.height)
        return np.clip(after - 1, low, high), np.clip(after, low, high)

    def take(self, casts: Integers) -> "Profiles":
        """Levels of some of the casts, in the order of `casts`.

        Parameters
        ----------
        casts : integers, shape (n,)
            Numbers of casts.

        Returns
        -------
        Profiles
            Of these casts.
        """
        count = self.count[casts]
        rows = np.repeat(self.start[casts] - np.cumsum(count) + count, count) + np.arange(count.sum())
        return Profiles(count, self.pressure[rows], self.value[rows], self.salinity[rows])


def summarise(table: pa.Table) -> pa.Table:
    """Reduce observations to one row a cast; summaries of parts may be concatenated if no cast lies in two of them.

    Parameters
    ----------
    table : pyarrow.Table
        Observations.

    Returns
    -------
    pyarrow.Table
        Schema `SUMMARY`, in the order of `qc.table.profiles.Levels.cast`, which is that of
        `qc.checks.cruises.cast_summary.summarise` too; place and time are those of the cast's first level.

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """
    return both(table)[0]


def profiles(table: pa.Table) -> Profiles:
    """Take out the levels at which casts are compared, of every cast of a table.

    Parameters
    ----------
    table : pyarrow.Table
        Observations.

    Returns
    -------
    Profiles
        In the order of `summarise(table)`.

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """
    return both(table)[1]


def both(table: pa.Table) -> tuple[pa.Table, Profiles]:
    """Return `summarise` and `profiles` of a table in one pass.

    Parameters
    ----------
    table : pyarrow.Table
        Observations.

    Returns
    -------
    pyarrow.Table, Profiles

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """
    here = from_table(table, ["oxygen", "temperature", "salinity"])
    n, first = len(here.first), here.first
    with_oxygen = np.isfinite(here.values["oxygen"]) & np.isfinite(here.pressure)
    count = np.bincount(here.cast[with_oxygen], minlength=n)
    taken = _compared(here, with_oxygen, count > 0)
    good = with_oxygen & (here.flags["oxygen"] <= NOT_EVALUATED)
    code, names = dictionary_codes(table["oxygen_original_flag"])
    flagged = with_oxygen & np.array([*map(is_evaluated, names), False])[code]  # -1, no flag, finds the last
    columns: dict[str, object] = {name: text_at(table[name], first) for name in _TEXT}
    columns |= {name: getattr(here, name)[first] for name in ("time", "latitude", "longitude")}
    columns |= {"levels": count, "good": np.bincount(here.cast[good], minlength=n)}
    columns["flagged"] = np.bincount(here.cast[flagged], minlength=n) > 0
    columns["thermal"] = np.where(count > 0, 0, taken.count)
    columns |= dict(zip(("content", "varied", "coarse"), signatures(taken, count > 0)))
    return table_of(columns), taken


def table_of(columns: dict[str, object]) -> pa.Table:
    """Build a summary of columns that a caller has already.

    Parameters
    ----------
    columns : dict
        Columns of `SUMMARY`, each of shape (cast,), `coarse` of shape (cast, pressure); text may be a single string.

    Returns
    -------
    pyarrow.Table
        Schema `SUMMARY`.
    """
    n = len(columns["levels"])  # type: ignore[arg-type]
    arrays = []
    for field in SUMMARY:
        value = columns[field.name]
        if isinstance(value, str):
            value = pa.DictionaryArray.from_arrays(pa.array(np.zeros(n, np.int32)), pa.array([value]))
        elif field.name == "coarse":
            value = pa.FixedSizeListArray.from_arrays(pa.array(np.asarray(value, np.float32).ravel()), len(PRESSURES))
        elif isinstance(value, np.ndarray):
            value = pa.array(value)
            value = value.dictionary_encode() if field.name in _TEXT else value
        arrays.append(value.cast(field.type))  # type: ignore[attr-defined]
    return pa.table(arrays, schema=SUMMARY)


def signatures(taken: Profiles, oxygen: Mask) -> tuple[Hashes, Integers, NDArray[np.float32]]:
    """Compute two digests of the values of casts, and how much their values vary.

    Parameters
    ----------
    taken : Profiles
        Levels.
    oxygen : mask, shape (cast,)
        Whether the values are oxygen.

    Returns
    -------
    content : hashes, shape (cast,)
        Equal where all pressures (to 0.1 dbar), values (to 0.01) and salinities (to 0.01) are, whatever their order.
    varied : integers, shape (cast,)
        Levels whose value differs from that of the level above and, if oxygen, is at least `INFORMATIVE`.
    coarse : floats, shape (cast, pressure)
        Values at `PRESSURES`, interpolated; beyond the ends of a cast its last value. NaN without levels.
    """
    n = len(taken.count)
    cast = np.repeat(np.arange(n), taken.count)
    rounded = np.round(taken.value * 100)
    mixed = mix(np.round(taken.pressure * 10)) + mix(rounded + 0.25)
    mixed = mix(mixed) + mix(np.where(np.isfinite(taken.salinity), np.round(taken.salinity * 100), -1.0) + 0.5)
    total = np.concatenate([np.zeros(1, np.uint64), np.cumsum(mix(mixed), dtype=np.uint64)])
    stop = np.cumsum(taken.count)
    content = total[stop] - total[stop - taken.count]  # sums modulo 2^64: differences are exact
    new = np.r_[True, (cast[1:] != cast[:-1]) | (rounded[1:] != rounded[:-1])][: len(cast)]
    new &= ~oxygen[cast] | (taken.value >= INFORMATIVE)
    return content, np.bincount(cast[new], minlength=n), _at_pressures(taken)


def mix(value: Floats | Hashes) -> Hashes:
    """Scatter numbers over 64 bits (the finaliser of splitmix64: Steele, Lea and Flood 2014).

    Parameters
    ----------
    value : floats or hashes, any shape
        Equal numbers give equal hashes, 0 and -0 too.

    Returns
    -------
    hashes of that shape
    """
    bits = (value if value.dtype == np.uint64 else value + 0.0).view(np.uint64)  # adding 0: -0 is 0 then
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))


def _at_pressures(taken: Profiles) -> NDArray[np.float32]:
    """Interpolate values to `PRESSURES`, shape (cast, pressure)."""
    n = len(taken.count)
    result = np.full((n, len(PRESSURES)), np.nan, np.float32)
    some = np.flatnonzero(taken.count)
    if not len(some):
        return result
    for column, pressure in enumerate(PRESSURES):
        above, below = taken.around(some, pressure)
        gap = taken.pressure[below] - taken.pressure[above]
        weight = np.clip((pressure - taken.pressure[above]) / np.where(gap > 0, gap, 1), 0, 1)
        result[some, column] = linear(taken.value[above], taken.value[below], weight)
    return result


def _compared(here: Levels, with_oxygen: Mask, has_oxygen: Mask) -> Profiles:
    """Oxygen levels of the casts that have some, temperature and salinity levels of the others."""
    temperature = here.values["temperature"]
    compared = np.where(has_oxygen[here.cast], with_oxygen, np.isfinite(temperature) & np.isfinite(here.pressure))
    rows = here.by_pressure[compared[here.by_pressure]]
    oxygen = has_oxygen[here.cast[rows]]
    return Profiles(
        count=np.bincount(here.cast[rows], minlength=len(here.first)),
        pressure=here.pressure[rows],
        value=np.where(oxygen, here.values["oxygen"][rows], temperature[rows]),
        salinity=np.where(oxygen, np.nan, here.values["salinity"][rows]),
    )
