"""Times of gridded files: dates of any calendar, calendar years, and the months of a climatology."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import xarray as xr

from graphs.time_axis import TimeAxis
from graphs.types import Floats, Ints
from oxygen_recon.fields.axes import axis, coordinates, has_axis
from qc.errors import InputError

ALL_MONTHS = frozenset(range(1, 13))
_MONTH, _YEAR = 30.436875, 365.2425  # days, mean of the Gregorian calendar
_MOST_OF_A_YEAR = 300.0  # days: a time of this length is a year's mean, whatever its calendar
_LEAST_SHARE = 0.49  # of a step that its times cover: six of twelve months are a little less than half of a year
# woa23_decav_t05_01.nc: two digits of the period (World Ocean Atlas 2023, Product Documentation, file names): 00 is the
# year, 01-12 are months, 13-16 seasons from January-March on. The times inside some of these files are wrong.
_WOA = re.compile(r"woa\d\d_\w+?_[a-zA-Z](\d\d)(?:mn|an)?_\w+\.nc")
_SINCE = re.compile(r"^months? since (\d{1,4})-(\d{1,2})")


@dataclass(frozen=True)
class TimeSlice:
    """A field at one of its times.

    Parameters
    ----------
    read : callable
        Gives the field at times of its file by their numbers, dims (slice, [depth,] latitude, longitude) in any order.
    number : int
        Its number in the file.
    months : frozenset of int
        Months, 1 ... 12, that the field is a mean over in every year; empty where it belongs to a date or a year. All
        twelve for a field without a time.
    date : datetime64[D] or None
        Date within the period that the field is a mean over.
    year : int or None
        Calendar year of the field.
    days : float
        Length of the time that the field is a mean over, by its bounds; NaN where it has none.
    """

    read: Callable[[Sequence[int]], xr.DataArray]
    number: int = 0
    months: frozenset[int] = ALL_MONTHS
    date: np.datetime64 | None = None
    year: int | None = None
    days: float = np.nan


def slices(
    field: xr.DataArray, bounds: xr.DataArray | None = None, file: str = "", climatology: bool = False
) -> list[TimeSlice]:
    """List the times of a field.

    Parameters
    ----------
    field : DataArray
        With an axis of time, a single time or none, decoded or as the file has it ("months since" included).
    bounds : DataArray, shape (time, 2), optional
        Bounds of its times (`time_bounds`), in their unit: the date is the middle of its bounds, for files differ in
        which end of a month they name.
    file : str
        Name of its file: those of the World Ocean Atlas tell the period.
    climatology : bool
        The field is a climatology though its file does not say so: one time, or twelve in order of months.

    Returns
    -------
    list of TimeSlice
        In the order of the field.

    Examples
    --------
    >>> flat = xr.DataArray(np.zeros((12, 1)), {"month": np.arange(1, 13), "lat": [0.0]}, ("month", "lat"))
    >>> [sorted(one.months) for one in slices(flat)][:2]
    [[1], [2]]
    """
    atlas, single = _WOA.fullmatch(file), coordinates(field, "time")
    if single and not has_axis(field, "time"):
        field = field.expand_dims(single[0])
    if not has_axis(field, "time"):
        months = _of_atlas(atlas[1]) if atlas else ALL_MONTHS
        return [TimeSlice(lambda _: field.expand_dims("slice"), months=months)]
    name = axis(field, "time")

    def at(numbers: Sequence[int]) -> xr.DataArray:
        return field.isel({name: list(numbers)}).drop_vars(name).rename({name: "slice"})

    time = field[name]
    if atlas and time.size == 1:
        return [TimeSlice(at, months=_of_atlas(atlas[1]))]
    declared = "climatology" in {*time.attrs, *time.encoding}
    if climatology or declared or name.lower() == "month":
        return [TimeSlice(at, i, months) for i, months in enumerate(_months_of(time, bounds if declared else None))]
    dates, years = _dates(_middle(time, bounds))
    days = _lengths(time, bounds)
    return [TimeSlice(at, i, frozenset(), dates[i], int(years[i]), days[i]) for i in range(time.size)]


def time_bounds(data: xr.Dataset, field: xr.DataArray) -> xr.DataArray | None:
    """Find the bounds of the times of a field (CF 7.1), or of the periods of a climatology (CF 7.4).

    Parameters
    ----------
    data : Dataset
        The file.
    field : DataArray
        One of its variables.

    Returns
    -------
    DataArray, shape (time, 2), or None
        None where the file names none.

    Raises
    ------
    InputError
        If the file names some and lacks them: a time at the end of its month would count as one of the next.

    Examples
    --------
    >>> data = xr.Dataset({"o2": ("time", [1.0]), "edges": (("time", "nv"), [[0.0, 31.0]])})
    >>> data = data.assign_coords(time=("time", [31.0], {"bounds": "edges"}))
    >>> time_bounds(data, data["o2"]).values.tolist()
    [[0.0, 31.0]]
    """
    for name in coordinates(field, "time")[:1]:
        stated = {**field[name].encoding, **field[name].attrs}
        bounds = data.get(str(stated.get("climatology", stated.get("bounds"))))
        if bounds is None and "bounds" in stated:
            what = f"no variable {stated['bounds']}, which its times name as their bounds"
            raise InputError(
                what, "gridded file", f"add it, or remove the attribute {name}:bounds if times are middles"
            )
        if bounds is not None:
            return bounds.load() if bounds.ndim > 1 else bounds.load().expand_dims("single_time")
    return None


def of_steps(found: Sequence[TimeSlice], time_axis: TimeAxis) -> list[list[tuple[Ints, Ints]]]:
    """Choose the slices that each step is a mean over.

    Parameters
    ----------
    found : list of TimeSlice
        All of one quantity.
    time_axis : TimeAxis
        Steps.

    Returns
    -------
    list of list of (int array, int array)
        For each step the choices in order of preference, each the numbers of slices and their weights: the dates within
        the step where they cover half of it, of a yearly series that of its calendar year; of a climatology the step's
        months, then seasons, then the year. Empty where the step has none. A date covers its bounds, else what usually
        lies between two dates, a month where there is one only.

    Raises
    ------
    InputError
        If two slices of a climatology are of the same months.
    """
    dated = [i for i, one in enumerate(found) if not one.months]
    missing = np.datetime64("NaT", "D")
    step = time_axis.index(np.array([missing if one.date is None else one.date for one in found], "datetime64[D]"))
    year = np.array([-9999 if one.year is None else one.year for one in found])
    days = _days(found)
    yearly = np.unique(year[dated]).size == len(dated) and bool((days[dated] > _MOST_OF_A_YEAR).all())
    result = []
    for number, (begin, end) in enumerate(zip(time_axis.edges[:-1], time_axis.edges[1:])):
        middle = time_axis.centre[number].astype("datetime64[Y]").astype(int) + 1970
        within = np.flatnonzero(step == number) if dated else np.zeros(0, np.int64)
        if yearly:
            within = within if within.size else np.flatnonzero(year == middle)
        elif days[within].sum() < _LEAST_SHARE * (end - begin).astype(int):
            within = within[:0]
        months = np.unique(np.arange(begin.astype("datetime64[M]"), end.astype("datetime64[M]")).astype(int) % 12 + 1)
        choices = [(within, np.ones_like(within))] if within.size else []
        result.append(choices + [_covering(found, months, length) for length in (1, 3, 12)])
    return [[choice for choice in choices if choice[0].size] for choices in result]


def _days(found: Sequence[TimeSlice]) -> Floats:
    """Length of the time of each slice, days: of its bounds, else what usually lies between two dates."""
    days = np.array([_YEAR if one.date is None else one.days for one in found])
    dates = np.unique(np.array([one.date for one in found if one.date is not None], "datetime64[D]"))
    usual = float(np.median(np.diff(dates).astype(int))) if dates.size > 1 else _MONTH
    return np.where(np.isfinite(days), days, usual)


def _covering(found: Sequence[TimeSlice], months: Ints, length: int) -> tuple[Ints, Ints]:
    """Slices of so many months that together hold all the months, and how many each holds; none if they do not."""
    held: dict[int, int] = {}
    for number, one in enumerate(found):
        for month in one.months if len(one.months) == length else ():
            if month in held:
                what = "two fields of the year" if length == 12 else f"two fields of month {month}"
                raise InputError(what, "gridded product", "name the files of one period and one resolution")
            held[month] = number
    if not set(months.tolist()) <= held.keys():
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    return np.unique([held[month] for month in months.tolist()], return_counts=True)


def _of_atlas(period: str) -> frozenset[int]:
    """Months of the period in a file name of the World Ocean Atlas."""
    code = int(period)
    if code > 12:
        return frozenset(range(3 * code - 38, 3 * code - 35))
    return frozenset([code]) if code else ALL_MONTHS


def _months_of(time: xr.DataArray, bounds: xr.DataArray | None) -> list[frozenset[int]]:
    """Months of each time of a climatology: as numbered, by its bounds, else one for the year, or twelve in order."""
    values = time.to_numpy()
    if str(time.name).lower() == "month" and np.isin(values, np.arange(1, 13)).all():
        return [frozenset([int(month)]) for month in values]
    if bounds is not None and bounds.shape == (time.size, 2):
        edges = bounds.assign_attrs(dict(time.attrs) | dict(bounds.attrs))
        first, last = (_month_number(edges[:, side]) for side in (0, 1))
        length = (last - first) % 12
        if np.isin(length, (0, 1, 3)).all():
            return [frozenset((low + i) % 12 + 1 for i in range(n or 12)) for low, n in zip(first, length)]
    if time.size == 1:
        return [ALL_MONTHS]
    if time.size != 12:
        raise InputError(f"a climatology of {time.size} times", "gridded field", "give twelve months or the year")
    return [frozenset([month]) for month in range(1, 13)]


def _middle(time: xr.DataArray, bounds: xr.DataArray | None) -> xr.DataArray:
    """Middles of the bounds of times; a time itself where they are missing or of no length."""
    if bounds is None or bounds.shape != (time.size, 2):
        return time
    values, first, last = time.to_numpy(), bounds.to_numpy()[:, 0], bounds.to_numpy()[:, 1]
    length = last - first
    with_length = length > np.zeros(1, length.dtype)[0] if length.dtype != object else first < last
    return xr.DataArray(np.where(with_length, first + length / 2, values), dims=time.dims, attrs=time.attrs)


def _lengths(time: xr.DataArray, bounds: xr.DataArray | None) -> list[float]:
    """Days between the bounds of each time; NaN where it has none, or of no length."""
    if bounds is None or bounds.shape != (time.size, 2):
        return [np.nan] * time.size
    edges = [_dates(bounds[:, side].assign_attrs(dict(time.attrs) | dict(bounds.attrs)))[0] for side in (0, 1)]
    pairs = [(first, last) for first, last in zip(*edges)]
    return [float((b - a).astype(int)) or np.nan if a is not None and b is not None else np.nan for a, b in pairs]


def _month_number(time: xr.DataArray) -> Ints:
    """Months since year 0 of each time, the nearest start of a month."""
    days = np.array(_dates(time)[0], "datetime64[D]") - np.datetime64("0000-01-01", "D")
    return np.round(days.astype(float) / _MONTH).astype(int)


def _dates(time: xr.DataArray) -> tuple[list[np.datetime64 | None], Ints]:
    """Dates and calendar years of times; a date is None where there is a calendar year only."""
    unit = str(time.attrs.get("units", ""))
    if " since " in unit and np.issubdtype(time.dtype, np.number):
        since = _SINCE.match(unit)
        if since is None:
            time = xr.decode_cf(xr.Dataset({"time": ("time", time.to_numpy(), time.attrs)}))["time"]
        else:
            start = np.datetime64(f"{int(since[1]):04d}-{int(since[2]):02d}", "M")
            whole, part = np.divmod(time.to_numpy().astype(float), 1.0)
            first = (start + whole.astype(int)).astype("datetime64[D]")
            time = xr.DataArray((first + np.floor(part * 28.0).astype(int)).astype("datetime64[s]"))
    if np.issubdtype(time.dtype, np.datetime64):
        days = time.to_numpy().astype("datetime64[D]")
        return list(days), days.astype("datetime64[Y]").astype(int) + 1970
    if np.issubdtype(time.dtype, np.number):  # calendar years
        return [None] * time.size, time.to_numpy().astype(int)
    # model calendars: the day may not exist in ours
    dates = [np.datetime64(f"{date.year:04d}-{date.month:02d}-15", "D") for date in time.to_numpy().ravel()]
    return list(dates), np.array([date.year for date in time.to_numpy().ravel()])
