"""Columns of one CCHDO file by the names of the WOCE Hydrographic Programme (WHP), the same for all its formats."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike

from qc.readers.columns.coordinates import Times, calendar, floats, time_flags
from qc.readers.columns.variables import Values
from qc.readers.files.source import Source
from qc.table import flags
from qc.table.flags import Flags
from qc.types import Floats, Integers, Mask

COLUMNS = (
    "CTDPRS",
    "CTDTMP",
    "CTDSAL",
    "SALNTY",
    "CTDOXY",
    "OXYGEN",
    "NITRIT",
    "NITRAT",
    "NO2+NO3",
    "PHSPHT",
    "SILCAT",
)
BOTTLE = "BTLNBR"  # its flag is that of the bottle
_MISSING_BELOW = -998.0  # the format: "any value beginning -999" is missing


@dataclass(frozen=True)
class WhpColumns:
    """Samples of a bottle file or levels of CTD profiles, of one file.

    Parameters
    ----------
    source : Source
        The file.
    expocode, station, cast : sequence of str, shape (profile,)
        As in the file; `qc.readers.cchdo.whp` replaces an expocode that is empty or was converted into a number.
    profile : integers, shape (level,)
        Index of the profile of each level.
    ctd : mask, shape (level,)
        True for levels of CTD profiles, False for bottles.
    row : integers, shape (level,)
        Number of the level in the file.
    time : datetime64[ms], shape (level,)
        UTC.
    time_flag : int8, shape (level,)
        Its IODE flag.
    latitude, longitude : floats, shape (level,)
        Degrees north and east, as in the file.
    values : dict
        Of `COLUMNS` those that the file has: floats, shape (level,), NaN where missing.
    units : dict
        Their units as the file writes them; for CTDTMP the temperature scale.
    codes : dict
        Their WHP flags and, under `BOTTLE`, that of the bottle: arrays that `qc.table.flags.to_iode` takes.
    """

    source: Source
    expocode: Sequence[str]
    station: Sequence[str]
    cast: Sequence[str]
    profile: Integers
    ctd: Mask
    row: Integers
    time: Times
    time_flag: Flags
    latitude: Floats
    longitude: Floats
    values: dict[str, Floats]
    units: dict[str, str]
    codes: dict[str, Any]

    def take(self, rows: Integers) -> "WhpColumns":
        """Return some of the levels.

        Parameters
        ----------
        rows : integers, shape (n,)
            Numbers of the levels, in the new order; a level may occur twice.

        Returns
        -------
        WhpColumns
            With these levels.
        """
        levels = {
            name: getattr(self, name)[rows]
            for name in ("profile", "ctd", "row", "time", "time_flag", "latitude", "longitude")
        }
        return replace(
            self,
            **levels,
            values={name: array[rows] for name, array in self.values.items()},
            codes={name: np.asarray(array)[rows] for name, array in self.codes.items()},
        )

    def of(self, name: str, ctd: bool) -> Values:
        """Return a column with its flags; those of a bottle that leaked or mis-tripped are suspect or worse.

        Parameters
        ----------
        name : str
            A WHP name; values of a column that the file does not have are missing.
        ctd : bool
            Whether a sensor measured it, which determines the meaning of the flags.

        Returns
        -------
        Values
            In the unit of the file.
        """
        value = self.values.get(name, np.full(self.profile.shape, np.nan))
        scheme = "whp_ctd" if ctd else "whp_bottle"
        values = Values.of(value, self.units.get(name, ""), self.codes.get(name), scheme)
        if ctd or BOTTLE not in self.codes:
            return values
        device = flags.to_iode(self.codes[BOTTLE], "whp_device")
        return values.flagged(flags.SUSPECT, device == flags.SUSPECT)


def clean(array: Any) -> Floats:
    """Return numbers with NaN for missing values.

    Parameters
    ----------
    array : array
        Numbers of a netCDF variable.

    Returns
    -------
    float64 array, same shape
        NaN where the array is masked or below -998, the WHP codes of missing values.
    """
    numbers = floats(array)
    with np.errstate(invalid="ignore"):
        return np.where(numbers < _MISSING_BELOW, np.nan, numbers)


def parse(texts: Any) -> Floats:
    """Convert texts to numbers.

    Parameters
    ----------
    texts : sequence of str
        Numbers as text; None is missing.

    Returns
    -------
    floats, shape (text,)
        NaN where a text is missing or no number.
    """
    array = pa.array(texts, pa.string(), from_pandas=True)
    try:
        return np.asarray(pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False))
    except pa.ArrowInvalid:  # the slower parser finds which ones
        return pd.to_numeric(pd.Series(texts, dtype=object), errors="coerce").to_numpy(np.float64)


def variables(dataset: Any, attribute: str, names: dict[str, str]) -> dict[str, str]:
    """Find the netCDF variables that hold WHP columns.

    Parameters
    ----------
    dataset : netCDF4.Dataset
        The file.
    attribute : str
        Attribute of a variable that gives its WHP name.
    names : dict
        Variable to WHP name, for variables without that attribute.

    Returns
    -------
    dict
        WHP name, of `COLUMNS`, to variable; of several in different units the one that is in `names`.
    """
    found: dict[str, str] = {}
    for theirs, variable in dataset.variables.items():
        name = str(getattr(variable, attribute, names.get(theirs, ""))).strip().upper()
        if name in COLUMNS and (name not in found or theirs in names):
            found[name] = theirs
    return found


def time_of(date: ArrayLike, clock: ArrayLike, long: Mask | None = None) -> tuple[Times, Flags]:
    """Convert the dates and times of day of the WHP.

    Parameters
    ----------
    date : array
        Dates as numbers, yyyymmdd.
    clock : array
        Times of day as numbers, hhmm, so that 7 is 00:07, or hhmmss; noon where missing, negative or
        impossible.
    long : mask, optional
        Which times are written with seconds; those above 9999 when left out.

    Returns
    -------
    time : array of datetime64[ms]
        UTC; NaT where the date is missing or impossible.
    flag : int8 array
        As from `qc.readers.columns.coordinates.calendar`; suspect, too, where times with and without seconds are mixed
        and leading zeros may be lost: 730 may be 07:30 or 00:07:30.

    Examples
    --------
    >>> time, flag = time_of([20110928] * 3, [123015, 7, 2500], np.array([True, False, False]))
    >>> time.astype(str).tolist(), flag.tolist()
    (['2011-09-28T12:30:15.000', '2011-09-28T00:07:00.000', '2011-09-28T12:00:00.000'], [2, 3, 3])
    """
    days, digits = floats(date), floats(clock)
    digits[digits < 0] = np.nan
    long = np.asarray(digits > 9999 if long is None else long)
    seconds = np.where(long, digits % 100, 0.0)
    minutes = np.where(long, digits // 100, digits)
    hours = np.where(seconds < 60, minutes // 100, 99.0)
    hours = np.where(np.isnan(digits), np.nan, hours)
    time, flag = calendar(days // 10000, days // 100 % 100, days % 100, hours, minutes % 100 + seconds / 60)
    return time, flags.merge(flag, time_flags(time, long.any() & ~long & np.isfinite(digits)))


def number_profiles(keys: pd.DataFrame) -> tuple[Integers, Integers]:
    """Return numbers of the profiles of a file, in the order of their first levels.

    Parameters
    ----------
    keys : pandas.DataFrame, one row a level
        Columns that are constant over a profile, such as station and cast.

    Returns
    -------
    profile : integers, shape (level,)
        Number of the profile of each level.
    first : integers, shape (profile,)
        First level of each profile.
    """
    profile = keys.groupby(list(keys), sort=False).ngroup().to_numpy().astype(np.int64)
    _, first = np.unique(profile, return_index=True)
    return profile, first
