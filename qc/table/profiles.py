"""Profiles: the columns of an observation table as arrays, and the levels of each cast in order."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import gsw
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from qc.errors import InputError
from qc.physics import seawater
from qc.table import schema
from qc.table.bottle_stops import cruises, partners
from qc.table.flags import FAIL
from qc.table.schema import VARIABLES
from qc.table.text_columns import dictionary_codes
from qc.types import Floats, Integers, Mask

_CAST = ("source", "file", "cast", "instrument")  # equal in all levels of one cast, different in another


@dataclass(frozen=True)
class Levels:
    """Columns of an observation table; every array has shape (level,) and the order of the table, unless noted.

    Parameters
    ----------
    cast : integers
        Number of the level's cast, 0, 1, ... in order of first appearance. A cast is one source, file, cast
        name and instrument: bottles and sensor of one station are two casts.
    delivered : integers, shape (level,)
        Rows cast after cast, inside a cast in the order of the table.
    by_pressure : integers, shape (level,)
        Rows cast after cast, inside a cast by increasing pressure, ties in the order of the table.
    first : integers, shape (cast,)
        Row of each cast's first level.
    cruise : integers
        Number of the level's cruise; the casts of one cruise in different archive files have different ones, so that
        parts of a table, which hold whole files, are what the table is.
    partner : integers
        Row of the other measurement at the same bottle stop (see `qc.readers.cchdo.whp`), -1 for none.
    latitude, longitude : floats
        Degrees north and east; NaN where missing or flagged bad.
    time : datetime64[ms]
        UTC; NaT where missing or flagged bad.
    pressure : floats
        dbar; from depth where only that is known.
    instrument : integers
        Index into `instruments`; -1 where missing.
    instruments : tuple of str
        Names of the instruments.
    values, originals, flags : dict
        Per variable of `qc.table.schema.VARIABLES`: values in the units of `qc.table.schema.UNITS`, values as
        delivered, IODE flags (int8).
    """

    cast: Integers
    delivered: Integers
    by_pressure: Integers
    first: Integers
    cruise: Integers
    partner: Integers
    latitude: Floats
    longitude: Floats
    time: NDArray[np.datetime64]
    pressure: Floats
    instrument: Integers
    instruments: tuple[str, ...]
    values: dict[str, Floats]
    originals: dict[str, Floats]
    flags: dict[str, NDArray[np.int8]]

    @cached_property
    def water(self) -> tuple[Integers, Floats, Floats]:
        """Rows of known temperature, salinity and pressure; their SA, g/kg, and pt at 0 dbar, degC."""
        t, SP = self.values["temperature"], self.values["salinity"]
        # beyond these the formulas are meaningless: the range check flags such values, saturation stays unknown
        known = (
            (t > -5) & (t < 45) & (SP >= 0) & (SP < 50) & ~(np.abs(self.latitude) > 90)
        )  # unknown: reference salinity
        known &= (self.flags["temperature"] != FAIL) & (self.flags["salinity"] != FAIL) & np.isfinite(self.pressure)
        rows = np.flatnonzero(known)
        p = self.pressure[rows]
        SA = seawater.SA(SP[rows], p, self.longitude[rows], self.latitude[rows])
        return rows, SA, np.asarray(gsw.pt0_from_t(SA, t[rows], p))

    @cached_property
    def solubility(self) -> Floats:
        """Oxygen at saturation, umol/kg, shape (level,); NaN where temperature, salinity or pressure is unknown."""
        rows, _, pt = self.water
        return self._everywhere(rows, seawater.O2sol(self.values["salinity"][rows], pt))

    @cached_property
    def sigma0(self) -> Floats:
        """Potential density anomaly at 0 dbar, kg/m3, shape (level,); NaN where it is unknown."""
        rows, SA, pt = self.water
        return self._everywhere(rows, np.asarray(gsw.sigma0(SA, gsw.CT_from_pt(SA, pt))))

    def _everywhere(self, rows: Integers, value: Floats) -> Floats:
        """Put values at some rows into an array of all levels, NaN elsewhere."""
        result = np.full(len(self.cast), np.nan)
        result[rows] = value
        return result

    def usable(self, variable: str) -> Floats:
        """Values that are not flagged bad.

        Parameters
        ----------
        variable : str
            One of `values`.

        Returns
        -------
        floats, shape (level,)
            NaN where missing or flagged bad.
        """
        return np.where(self.flags[variable] == FAIL, np.nan, self.values[variable])

    def measured_with(self, instruments: Iterable[str] | None) -> Mask:
        """Tell which levels were measured with one of the named instruments.

        Parameters
        ----------
        instruments : iterable of str, or None
            Names; None for all.

        Returns
        -------
        mask, shape (level,)
        """
        if instruments is None:
            return np.ones(len(self.cast), bool)
        selected = np.array([name in set(instruments) for name in self.instruments] + [False])
        return selected[self.instrument]  # -1, a missing name, finds the last


def from_table(table: pa.Table, variables: Iterable[str] = VARIABLES) -> Levels:
    """Take the columns of an observation table that the checks need.

    Parameters
    ----------
    table : pyarrow.Table
        Observations.
    variables : iterable of str
        Variables whose values and flags are needed.

    Returns
    -------
    Levels
        Views of the table's columns where possible.

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """
    if not table.schema.equals(schema.OBSERVATIONS):
        raise InputError("columns are not those of the observation schema", "quality control", "run ingest again")
    codes = {name: dictionary_codes(table[name]) for name in _CAST}
    cast, first, contiguous = _number_casts([codes[name][0] for name in _CAST])
    delivered = np.arange(len(cast)) if contiguous else np.argsort(cast, kind="stable")
    latitude, longitude, time = _place_and_time(table)
    pressure = _vertical(table["pressure"].to_numpy(), table["depth"].to_numpy(), latitude)
    return Levels(
        cast=cast,
        delivered=delivered,
        by_pressure=_sort_casts(cast, pressure, delivered),
        first=first,
        cruise=cruises(*codes["file"], dictionary_codes(table["cruise"])[0]),
        partner=partners(table["row"], codes["file"][0], *codes["cast"]),
        latitude=latitude,
        longitude=longitude,
        time=time,
        pressure=pressure,
        instrument=codes["instrument"][0],
        instruments=tuple(codes["instrument"][1]),
        values={name: table[name].to_numpy() for name in variables},
        originals={name: table[f"{name}_original"].to_numpy() for name in variables},
        flags={name: table[f"{name}_flag"].to_numpy() for name in variables},
    )


def _place_and_time(table: pa.Table) -> tuple[Floats, Floats, NDArray[np.datetime64]]:
    """Latitude, longitude and time; unknown where they are flagged bad."""
    misplaced, misdated = (table[name].to_numpy() == FAIL for name in ("position_flag", "time_flag"))
    north, east = (table[name].to_numpy() for name in schema.POSITION)
    time = table["time"].to_numpy().astype("datetime64[ms]")
    if misplaced.any():
        north, east = (np.where(misplaced, np.nan, part) for part in (north, east))
    return north, east, np.where(misdated, np.datetime64("NaT", "ms"), time) if misdated.any() else time


def casts_of(table: pa.Table) -> tuple[Integers, Integers]:
    """Give each cast of a table a number, in order of appearance.

    Parameters
    ----------
    table : pyarrow.Table
        Has the text columns of the observation schema that distinguish casts.

    Returns
    -------
    cast : integers, shape (level,)
        The cast of each row.
    first : integers, shape (cast,)
        The first row of each cast.
    """
    cast, first, _ = _number_casts([dictionary_codes(table[name])[0] for name in _CAST])
    return cast, first


def _number_casts(parts: list[Integers]) -> tuple[Integers, Integers, bool]:
    """Return each row's cast in order of appearance, the first row of each cast, whether all are contiguous."""
    n = len(parts[0])
    if n == 0:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), True
    key = np.zeros(n, np.int64)
    for part in parts:
        key = key * (part.max() + 2) + part + 1
    starts = np.flatnonzero(np.r_[True, key[1:] != key[:-1]])
    lengths = np.diff(np.r_[starts, n])
    _, where, inverse = np.unique(key[starts], return_index=True, return_inverse=True)
    appearance = np.argsort(np.argsort(where))  # from order of key to order of appearance
    return np.repeat(appearance[inverse], lengths), starts[np.sort(where)], len(where) == len(starts)


def _vertical(pressure: Floats, depth: Floats, latitude: Floats) -> Floats:
    """Pressure, from depth where only that is given."""
    borrowed = ~np.isfinite(pressure) & np.isfinite(depth)
    if not borrowed.any():
        return pressure
    result = pressure.copy()
    result[borrowed] = seawater.pressure(depth[borrowed], latitude[borrowed])
    return result


def _sort_casts(cast: Integers, pressure: Floats, delivered: Integers) -> Integers:
    """Rows sorted by cast and pressure, stably; casts that are sorted already are left out of the costly sort."""
    c, p = cast[delivered], pressure[delivered]
    back = (c[1:] == c[:-1]) & ~((p[1:] >= p[:-1]) | np.isnan(p[1:]))
    if not back.any():
        return delivered
    unsorted = np.zeros(int(c[-1]) + 1, bool)
    unsorted[c[1:][back]] = True
    there = np.flatnonzero(unsorted[c])
    result = delivered.copy()
    result[there] = delivered[there[np.lexsort((p[there], c[there]))]]
    return result


def same_cast(cast: Integers) -> NDArray[np.bool_]:
    """Tell whether each level but the first belongs to the cast of the level before.

    Parameters
    ----------
    cast : integers, shape (level,)
        Number of the cast, grouped.

    Returns
    -------
    mask, shape (level - 1,)
    """
    return np.asarray(cast[1:] == cast[:-1])
