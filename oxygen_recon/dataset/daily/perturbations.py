"""Perturbations of a state, and days whose errors are like those of a forecast, drawn from training days."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from oxygen_recon.dataset.daily.fields import DailyFields, Dates
from oxygen_recon.dataset.daily.seasons import DayOfYear
from qc.errors import InputError

_SEASON, _APART, _YEAR = 45, 10, 365.2425  # days either side of the date; days between the two of a difference
_STRETCH, _BEYOND = 30, 20  # days


def perturbations(
    fields: DailyFields, training: Dates, date: np.datetime64, number: int, size: float, seed: int
) -> NDArray[np.float32]:
    """Draw perturbations of a state.

    Each is the difference of the anomalies of two training days within 45 days of the date in their year, or, where
    there are none, to 20 days beyond the nearest, at least 10 days apart, times `size` / sqrt(2): of two days that have
    nothing to do with each other, its standard deviation is `size` times that of the anomalies. Every second one is the
    one before with opposite sign, so that an even number has mean 0.

    Parameters
    ----------
    fields : DailyFields
        With the training days.
    training : datetime64[D] array
        Days that may be drawn.
    date : datetime64[D]
        Of the state.
    number : int
        Perturbations.
    size : float [1]
        Share of the standard deviation of the anomalies.
    seed : int
        The same seed and date draw the same.

    Returns
    -------
    float32 array, shape (number, channel, latitude, longitude)
        Units of the channels.

    Raises
    ------
    InputError
        If no two of these training days are 10 days apart.

    Examples
    --------
    >>> from oxygen_recon.dataset.daily.fields import Channel
    >>> days = np.arange("2001-01-01", "2001-03-01", dtype="datetime64[D]")
    >>> axes = np.array([0.0]), np.array([0.0, 1.0]), (Channel("temperature", 0.0, "degC"),)
    >>> noise = np.random.default_rng(0).normal(size=(59, 1, 1, 2)).astype(np.float32)
    >>> fields = DailyFields(noise, np.ones((1, 1, 2), bool), days, *axes)
    >>> drawn = perturbations(fields, days, days[40], number=4, size=0.1, seed=0)
    >>> drawn.shape, bool(np.allclose(drawn.sum(axis=0), 0, atol=1e-6))
    ((4, 1, 1, 2), True)
    """
    generator = np.random.default_rng([seed, int(date.astype("datetime64[D]").astype(np.int64))])
    season = _of_season(training, date)
    normal = DayOfYear.fit(fields, training)
    found: list[NDArray[np.float32]] = []
    while len(found) < number:
        pair = _pair(season, generator)
        one, other = fields.values[fields.places(pair)] - normal.at(pair)
        found += [np.float32(size / 2**0.5) * (one - other), np.float32(size / 2**0.5) * (other - one)]
    return np.stack(found[:number])


def days_alike(training: Dates, date: np.datetime64, leads: int, history: int, generator: np.random.Generator) -> Dates:
    """Draw a training day for each day of a forecast: stretches of consecutive days, each from the season of its first.

    Parameters
    ----------
    training : datetime64[D] array
        Days that may be drawn, increasing.
    date : datetime64[D]
        Of the start.
    leads : int
        Days of the forecast.
    history : int
        Days up to each that must be training days too, itself among them; so must the day after it.
    generator : numpy.random.Generator
        Draws.

    Returns
    -------
    datetime64[D] array, shape (lead,)

    Raises
    ------
    InputError
        If no training day has such days around it.

    Examples
    --------
    >>> days = np.arange("2001-01-01", "2002-01-01", dtype="datetime64[D]")
    >>> drawn = days_alike(days, np.datetime64("2005-07-01"), 40, 1, np.random.default_rng(0))
    >>> (drawn[1:30] - drawn[:29]).astype(int).max(), drawn.size
    (np.int64(1), 40)
    """
    around = np.arange(1 - history, 2).astype("timedelta64[D]")
    whole = training[np.isin(training[:, None] + around, training).all(axis=1)]
    found: list[np.datetime64] = []
    while len(found) < leads:
        near = _of_season(whole, date + len(found))
        if not near.size:
            raise InputError(f"no {history + 1} training days in a row", "ensemble", "train on more days")
        day = generator.choice(near)
        for _ in range(_STRETCH):
            if day not in whole:
                break
            found.append(day)
            day = day + np.timedelta64(1, "D")
    return np.array(found[:leads])


def _of_season(days: Dates, date: np.datetime64) -> Dates:
    """Take the days of any year within 45 days of a date in the year, or to 20 days beyond the nearest."""
    away = np.abs((days - date).astype(float)) % _YEAR
    away = np.minimum(away, _YEAR - away)
    chosen: Dates = days[away <= max(_SEASON, away.min(initial=_YEAR) + _BEYOND)]
    return chosen


def _pair(season: Dates, generator: np.random.Generator) -> Dates:
    """Draw two days that are apart."""
    far = [day for day in season if (np.abs((season - day).astype(int)) >= _APART).any()]
    if not far:
        what = f"{season.size} training days of the season, none {_APART} days from another"
        raise InputError(what, "ensemble", "train on more days")
    one = generator.choice(np.array(far))
    return np.array([one, generator.choice(season[np.abs((season - one).astype(int)) >= _APART])])
