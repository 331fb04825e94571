"""Anomalies from the climatology of the day of the year, and how fast they decay."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats, Ints
from oxygen_recon.dataset.daily.fields import DailyFields, Dates, windows
from oxygen_recon.dataset.daily.seasons import DayOfYear
from qc.errors import InputError

_MOST_STARTS = 400  # spread over the training days: more move a coefficient in its third digit at most
_Part = TypeVar("_Part")


def decay(fields: DailyFields, training: Dates, climatology: DayOfYear, leads: int) -> Floats:
    """Measure by which factor an anomaly is best multiplied to forecast the anomaly of each lead.

    Parameters
    ----------
    fields : DailyFields
        The days.
    training : datetime64[D] array
        Days that it is measured on.
    climatology : DayOfYear
        Of the same days; what anomalies count from.
    leads : int
        Days.

    Returns
    -------
    array, shape (lead, channel)
        Least squares over the ocean of each channel, weighted by area: the sum of a(t) a(t + lead) over that of a(t)
        squared, within [0, 1].

    Raises
    ------
    InputError
        If no training days in a row are more than the leads.
    """
    starts = training_windows(fields, training, 1 + leads)
    starts = starts[np.linspace(0, starts.size - 1, min(starts.size, _MOST_STARTS)).round().astype(int)]
    weight = (fields.ocean * np.cos(np.radians(fields.latitude))[:, None]).astype(np.float32)
    product, square = np.zeros((leads, len(fields.channels))), np.zeros(len(fields.channels))
    for start in starts:
        first, *later = anomalies(fields, climatology, slice(start, start + 1 + leads))
        weighted = first * weight
        square += np.einsum("cij,cij->c", weighted, first)
        product += np.stack([np.einsum("cij,cij->c", weighted, one) for one in later])
    result: Floats = np.clip(product / np.maximum(square, np.finfo(float).tiny), 0.0, 1.0)
    return result


def anomalies(fields: DailyFields, climatology: DayOfYear, days: slice) -> NDArray[np.float32]:
    """Count days from the climatology.

    Parameters
    ----------
    fields : DailyFields
        The days.
    climatology : DayOfYear
        What anomalies count from.
    days : slice
        Of the days.

    Returns
    -------
    float32 array, shape (day, channel, latitude, longitude)
    """
    return fields.values[days] - climatology.at(fields.dates[days])


def training_windows(fields: DailyFields, training: Dates, length: int) -> Ints:
    """List the windows of training days in a row, as `oxygen_recon.dataset.daily.fields.windows`.

    Parameters
    ----------
    fields, length
        As for `windows`.
    training : datetime64[D] array
        Days of which every day of a window is one.

    Returns
    -------
    int64 array

    Raises
    ------
    InputError
        If there is none.
    """
    starts = windows(fields, length, training)
    if not starts.size:
        what = f"no {length} training days in a row"
        raise InputError(what, "forecast", "train on more days, or forecast fewer")
    return starts


def days_after(date: np.datetime64, leads: int) -> Dates:
    """List the days after a date.

    Parameters
    ----------
    date : datetime64[D]
        Of the start.
    leads : int
        Days.

    Returns
    -------
    datetime64[D] array, shape (lead,)

    Examples
    --------
    >>> days_after(np.datetime64("2002-02-27"), 2).tolist()
    [datetime.date(2002, 2, 28), datetime.date(2002, 3, 1)]
    """
    days: Dates = np.array([date], "datetime64[D]") + np.arange(1, leads + 1).astype("timedelta64[D]")
    return days


def fitted(part: _Part | None) -> _Part:
    """Return a part of a method that `fit` makes.

    Parameters
    ----------
    part : object or None
        None before `fit`.

    Returns
    -------
    object

    Raises
    ------
    InputError
        If it is None.
    """
    if part is None:
        raise InputError("not fitted", "forecast", "call fit first")
    return part
