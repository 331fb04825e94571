"""Dates of fields, one a day, and whether a value is a daily mean or instantaneous."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from oxygen_recon.fields.axes import axis, has_axis
from oxygen_recon.fields.times import time_bounds
from qc.errors import InputError

Sampling = Literal["daily mean", "instantaneous"]
KINDS: tuple[Sampling, ...] = get_args(Sampling)
Stamps = NDArray[np.datetime64]
_DAY, _HOUR = np.timedelta64(1, "D"), np.timedelta64(1, "h")
_SAY = 'set sampling to "daily mean" or "instantaneous"'


@dataclass(frozen=True)
class Times:
    """Times of some fields.

    Parameters
    ----------
    when : datetime64[s] array, shape (time,)
        Middles of the bounds where there are some: files differ in which end of a day they name.
    of_days : bool
        Their bounds are a day apart.
    """

    when: Stamps
    of_days: bool


def times_of(data: xr.Dataset, field: xr.DataArray, where: str) -> Times:
    """Read the times of a field.

    Parameters
    ----------
    data : Dataset
        The file, times as numbers.
    field : DataArray
        One of its variables, with an axis of time.
    where : str
        Names the file, for messages.

    Returns
    -------
    Times

    Raises
    ------
    InputError
        If there are none, they have no unit, or they are no dates of the Gregorian calendar.
    """
    if not has_axis(field, "time"):
        raise InputError(f"{field.name} has no times", where, "give it the coordinate time, with dates")
    time = data[axis(field, "time")]
    bounds = time_bounds(data, field)
    if bounds is None or bounds.shape != (time.size, 2):
        return Times(_decoded(time, where), False)
    first, last = (
        _decoded(bounds[:, side].assign_attrs(dict(time.attrs) | dict(bounds.attrs)), where) for side in (0, 1)
    )
    return Times(first + (last - first) // 2, bool((last - first == _DAY).all()))


def sampling_of(data: xr.Dataset, field: xr.DataArray, times: Times) -> Sampling | None:
    """Tell from what a file says whether its values are daily means or instantaneous.

    Parameters
    ----------
    data : Dataset
        The file.
    field : DataArray
        One of its variables.
    times : Times
        Its times.

    Returns
    -------
    str or None
        By `cell_methods` (CF 7.3), the length of the bounds, the attribute `sampling`, what the file says of its kind
        (averages or history of ROMS; archm or archv of HYCOM, whose archives are instantaneous unless they say mean;
        mean fields of Copernicus; the daily maps of DUACS); several times a day are instantaneous. None where nothing
        says so.
    """
    methods = str(field.attrs.get("cell_methods", "")).lower()
    if "time: mean" in methods or (times.of_days and "time: point" not in methods):
        return "daily mean"
    if "time: point" in methods:
        return "instantaneous"
    for stated in KINDS:
        if data.attrs.get("sampling") == stated:
            return stated
    return _by_product(data) or ("instantaneous" if _several(times.when) else None)


def agreed(stated: Sampling | None, found: Sampling | None, where: str) -> Sampling:
    """Decide what values are, from what the files say and what a caller says.

    Parameters
    ----------
    stated : str or None
        Of the caller.
    found : str or None
        Of the file.
    where : str
        Names the file, for messages.

    Returns
    -------
    str

    Raises
    ------
    InputError
        If neither says it, or they disagree.
    """
    if stated is not None and found not in (None, stated):
        raise InputError(
            f"it says {found}, sampling says {stated}", where, "give files of that kind, or leave sampling out"
        )
    if (result := stated or found) is None:
        raise InputError("it does not say whether a value is a daily mean or instantaneous", where, _SAY)
    return result


def one_a_day(fields: xr.Dataset, when: Stamps, within_day: int | Literal["mean"] | None, where: str) -> xr.Dataset:
    """Give fields one value a day.

    Parameters
    ----------
    fields : Dataset
        With the dimension time.
    when : datetime64[s] array, shape (time,)
        Its times.
    within_day : int, "mean" or None
        Of several times a day take that of an hour (UTC), or the mean of all; None where there is one.
    where : str
        Names the file, for messages.

    Returns
    -------
    Dataset
        Time is the date, datetime64[ns].

    Raises
    ------
    InputError
        If a day has several times and nothing says which, has none of that hour, or fewer of them than other days.
    """
    date = when.astype("datetime64[D]")
    fields = fields.assign_coords(time=date.astype("datetime64[ns]"))
    days, number = np.unique(date, return_counts=True)
    if within_day is None or not _several(when):
        if number.max(initial=0) > 1:
            day = days[number.argmax()]
            what = f"{day} is in it {number.max()} times"
            fix = 'set within_day to "mean" or the hour to take' if _several(when) else "leave out the repeated day"
            raise InputError(what, where, fix)
        return fields
    if within_day == "mean":
        if (number != number.max()).any():
            what = f"{days[number.argmin()]} has {number.min()} times, other days {number.max()}"
            raise InputError(what, where, "give whole days")
        return fields.groupby("time").mean() if number.max() > 1 else fields
    chosen = (when - date) // _HOUR == within_day
    if (lacking := np.setdiff1d(days, date[chosen])).size:
        raise InputError(f"no value of {within_day}:00 on {lacking[0]}", where, "choose another hour")
    return fields.isel(time=np.flatnonzero(chosen))


def _several(when: Stamps) -> bool:
    """Tell whether some day has times of different hours."""
    return np.unique(when).size > np.unique(when.astype("datetime64[D]")).size


def _decoded(time: xr.DataArray, where: str) -> Stamps:
    """Decode times; those of model calendars too, where their dates exist in ours."""
    if " since " not in str(time.attrs.get("units", "")):
        raise InputError("times without a unit", where, "write them as days since a date (CF 4.4)")
    kept = {key: time.attrs[key] for key in ("units", "calendar") if key in time.attrs}
    values = xr.decode_cf(xr.Dataset({"time": ("time", time.to_numpy().ravel(), kept)}))["time"].to_numpy()
    if values.dtype != object:
        rounded: Stamps = (values.astype("datetime64[ms]") + np.timedelta64(500, "ms")).astype("datetime64[s]")
        return rounded
    texts = [f"{one.year:04d}-{one.month:02d}-{one.day:02d}T{one.hour:02d}:{one.minute:02d}" for one in values]
    try:
        return np.array(texts, "datetime64[s]")
    except ValueError as error:
        what = f"dates of the calendar {kept.get('calendar')} that are none of ours"
        raise InputError(what, where, "give dates of the Gregorian calendar") from error


def _by_product(data: xr.Dataset) -> Sampling | None:
    """Read the kind of a product from its global attributes."""
    text = " ".join(str(data.attrs.get(key, "")) for key in ("title", "type", "source", "history", "field_type"))
    text = f"{text} {data.attrs.get('FROM_ORIGINAL_FILE__field_type', '')}".lower()
    means = ("daily mean", "averages file", "archm", "ssalto/duacs")
    if any(word in text for word in means) or text.split()[-1:] == ["mean"]:
        return "daily mean"
    return "instantaneous" if any(word in text for word in ("history file", "archv", "hycom")) else None
