"""Positions, depths and times in the units and ranges of the observation table, for every reader."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qc.physics import seawater
from qc.table import flags
from qc.table.flags import Flags
from qc.types import Floats, Mask

Times = NDArray[np.datetime64]

NOON = 12.0  # hours UTC, for a date without a time of day: the smallest expected error
MIDDLE = 15  # day of a month of which only the month is known


def floats(array: ArrayLike, missing: float | None = None) -> Floats:
    """Return float64 with NaN for missing values.

    Parameters
    ----------
    array : array, any shape
        Numbers, masked or not.
    missing : float, optional
        Fill value.

    Returns
    -------
    float64 array, same shape
        A copy; NaN where the array is masked, not finite, or equal to `missing`.
    """
    if isinstance(array, np.ma.MaskedArray):
        array = np.ma.filled(np.ma.asarray(array, np.float64), np.nan)
    values = np.array(array, np.float64)
    absent = ~np.isfinite(values)
    if missing is not None:
        absent |= values == missing
    values[absent] = np.nan
    return values


def position(latitude: ArrayLike, longitude: ArrayLike) -> tuple[Floats, Floats]:
    """Convert positions to latitudes in [-90, 90] and longitudes in [-180, 180).

    Parameters
    ----------
    latitude, longitude : array
        Degrees north and east; longitude in -180 ... 360, because archives use either convention.

    Returns
    -------
    latitude, longitude : array
        Both NaN where either is missing or outside those ranges.
    """
    north, east = floats(latitude), floats(longitude)
    with np.errstate(invalid="ignore"):
        invalid = ~((np.abs(north) <= 90) & (east >= -180) & (east <= 360))
    wrapped = np.mod(east + 180.0, 360.0) - 180.0
    exact = (east >= -180) & (east < 180)
    return np.where(invalid, np.nan, north), np.where(invalid, np.nan, np.where(exact, east, wrapped))


def pressure_and_depth(pressure: Floats, depth: Floats, latitude: Floats) -> tuple[Floats, Floats]:
    """Compute the pressure where only the depth is known, and the depth where only the pressure is.

    Parameters
    ----------
    pressure, depth, latitude : array, shape (level,)
        dbar; m, positive down; degrees north, assumed 45 where it is missing (an error below 0.3 %).

    Returns
    -------
    pressure, depth : array, shape (level,)
        dbar and m, NaN where both are missing; by GSW (`qc.physics.seawater`).
    """
    north = np.where(np.isfinite(latitude), latitude, 45.0)
    return (
        np.where(np.isfinite(pressure), pressure, seawater.pressure(depth, north)),
        np.where(np.isfinite(depth), depth, seawater.depth(pressure, north)),
    )


def days_since(days: ArrayLike, epoch: str) -> Times:
    """Convert days since an epoch into times.

    Parameters
    ----------
    days : array
        Days; NaN or masked where missing.
    epoch : str
        Date of day 0, "1950-01-01", UTC.

    Returns
    -------
    array of datetime64[ms]
        NaT where missing.
    """
    number = floats(days)
    known = np.isfinite(number) & (np.abs(number) < 1e6)
    milliseconds = np.round(np.where(known, number, 0) * 86_400_000).astype(np.int64)
    times: Any = np.datetime64(epoch, "ms") + milliseconds.astype("timedelta64[ms]")
    return np.where(known, times, np.datetime64("NaT", "ms"))


def calendar(
    year: ArrayLike, month: ArrayLike, day: ArrayLike, hour: ArrayLike, minute: ArrayLike = 0.0
) -> tuple[Times, Flags]:
    """Convert year, month, day and time of day into times.

    Parameters
    ----------
    year, month, day : array
        Numbers; NaN is missing. A day that is missing or 0, as archives write it, becomes the 15th.
    hour, minute : array
        Time of day, up to 24:00; noon where it is missing or impossible. A missing minute is 0.

    Returns
    -------
    time : array of datetime64[ms]
        NaT where there is no such day.
    flag : int8 array
        As from `time_flags`: suspect where the day is not known, or the time of day is impossible.

    Examples
    --------
    >>> time, flag = calendar([1999, 1999, 1999], [9, 9, 9], [2, 2, 0], [7, 25, 7])
    >>> time.astype("datetime64[h]").astype(str).tolist(), flag.tolist()
    (['1999-09-02T07', '1999-09-02T12', '1999-09-15T07'], [2, 3, 3])
    """
    y, m, d = floats(year), floats(month), floats(day)
    h, minutes = np.broadcast_arrays(floats(hour), np.nan_to_num(floats(minute)))
    unknown = np.isnan(d) | (d == 0)
    d = np.where(unknown, MIDDLE, d)
    with np.errstate(invalid="ignore"):
        valid = (y >= 1700) & (y <= 2200) & (m >= 1) & (m <= 12) & (d >= 1) & (d <= 31)
        in_day = (h >= 0) & (minutes >= 0) & (minutes < 60) & (h + minutes / 60 <= 24)
    first = ((np.where(valid, y, 1970) - 1970) * 12 + np.where(valid, m, 1) - 1).astype(np.int64)
    months = first.astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (np.where(valid, d, 1) - 1).astype(np.int64).astype("timedelta64[D]")
    valid &= days.astype("datetime64[M]") == months
    hours = np.where(in_day, h + minutes / 60.0, NOON)
    times = days.astype("datetime64[ms]") + np.round(hours * 3_600_000).astype(np.int64).astype("timedelta64[ms]")
    times = np.where(valid, times, np.datetime64("NaT", "ms"))
    return times, time_flags(times, unknown | (np.isfinite(h) & ~in_day))


def time_flags(time: Times, assumed: Mask | None = None) -> Flags:
    """Return the IODE flags of times.

    Parameters
    ----------
    time : array of datetime64
        NaT is missing.
    assumed : mask, same shape, optional
        Times of which a part contradicts itself or is not known to the day, and was assumed. Noon of a known day is not
        among them: that is a time known to the day.

    Returns
    -------
    int8 array
        9 where missing, 3 (suspect) where assumed, 2 (not evaluated) elsewhere.
    """
    flag = np.where(np.isnat(time), flags.MISSING, flags.NOT_EVALUATED)
    doubted = False if assumed is None else assumed & ~np.isnat(time)
    return np.where(doubted, flags.SUSPECT, flag).astype(np.int8)
