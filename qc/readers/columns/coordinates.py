"""Where and when, as every reader must give it: longitudes, positions, depths and times."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from qc.physics import seawater
from qc.types import Floats

Times = NDArray[np.datetime64]

NOON = 12.0  # hours UTC, for a date without a time of day: the smallest expected error


def floats(array: ArrayLike, missing: float | None = None) -> Floats:
    """Return float64 with NaN where an array is masked, not finite, or equal to `missing`."""
    if isinstance(array, np.ma.MaskedArray):
        array = np.ma.filled(np.ma.asarray(array, np.float64), np.nan)
    values = np.array(array, np.float64)
    bad = ~np.isfinite(values)
    if missing is not None:
        bad |= values == missing
    values[bad] = np.nan
    return values


def position(latitude: ArrayLike, longitude: ArrayLike) -> tuple[Floats, Floats]:
    """Put positions on [-90, 90] and [-180, 180).

    Parameters
    ----------
    latitude, longitude : array
        Degrees north and east; longitude in -180 ... 360, as archives use either convention.

    Returns
    -------
    latitude, longitude : array
        Both NaN where either is missing or outside those ranges: no position on Earth.
    """
    north, east = floats(latitude), floats(longitude)
    with np.errstate(invalid="ignore"):
        nowhere = ~((np.abs(north) <= 90) & (east >= -180) & (east <= 360))
    wrapped = np.mod(east + 180.0, 360.0) - 180.0
    exact = (east >= -180) & (east < 180)
    return np.where(nowhere, np.nan, north), np.where(nowhere, np.nan, np.where(exact, east, wrapped))


def pressure_and_depth(pressure: Floats, depth: Floats, latitude: Floats) -> tuple[Floats, Floats]:
    """Complete whichever of pressure (dbar) and depth (m) is missing by the other.

    Parameters
    ----------
    pressure, depth, latitude : array, shape (level,)
        dbar; m, positive down; degrees north, taken as 45 where it is missing (an error below 0.3 %).
    """
    north = np.where(np.isfinite(latitude), latitude, 45.0)
    return (
        np.where(np.isfinite(pressure), pressure, seawater.pressure(depth, north)),
        np.where(np.isfinite(depth), depth, seawater.depth(pressure, north)),
    )


def days_since(days: ArrayLike, epoch: str) -> Times:
    """Turn days since an epoch ("1950-01-01", UTC) into datetime64[ms]; NaN and masked become NaT."""
    number = floats(days)
    known = np.isfinite(number) & (np.abs(number) < 1e6)
    milliseconds = np.round(np.where(known, number, 0) * 86_400_000).astype(np.int64)
    times: Any = np.datetime64(epoch, "ms") + milliseconds.astype("timedelta64[ms]")
    return np.where(known, times, np.datetime64("NaT", "ms"))


def calendar(year: ArrayLike, month: ArrayLike, day: ArrayLike, hour: ArrayLike, minute: ArrayLike = 0.0) -> Times:
    """Turn calendar parts into datetime64[ms].

    Parameters
    ----------
    year, month, day : array
        Numbers; NaN is missing.
    hour, minute : array
        Time of day; noon where it is missing or impossible.

    Returns
    -------
    array of datetime64[ms]
        NaT where there is no such day.
    """
    y, m, d = floats(year), floats(month), floats(day)
    h, minutes = np.broadcast_arrays(floats(hour), floats(minute))
    with np.errstate(invalid="ignore"):
        valid = (y >= 1700) & (y <= 2200) & (m >= 1) & (m <= 12) & (d >= 1) & (d <= 31)
        in_day = (h >= 0) & (h <= 24) & (minutes >= 0) & (minutes < 60)
    first = ((np.where(valid, y, 1970) - 1970) * 12 + np.where(valid, m, 1) - 1).astype(np.int64)
    months = first.astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (np.where(valid, d, 1) - 1).astype(np.int64).astype("timedelta64[D]")
    valid &= days.astype("datetime64[M]") == months
    hours = np.where(in_day, h + minutes / 60.0, NOON)
    times = days.astype("datetime64[ms]") + np.round(hours * 3_600_000).astype(np.int64).astype("timedelta64[ms]")
    return np.where(valid, times, np.datetime64("NaT", "ms"))
