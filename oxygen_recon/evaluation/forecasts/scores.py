"""Scores of several methods from the same starts, by start, lead and channel."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graphs.types import Floats, Ints, Mask
from oxygen_recon.dataset.daily.fields import Channel, DailyFields, Dates, exclude, windows
from oxygen_recon.dataset.daily.seasons import DayOfYear
from oxygen_recon.evaluation.forecasts.diagnostics import Diagnostic
from oxygen_recon.evaluation.forecasts.metrics import anomaly_correlation, latitude_weights, mean_square
from oxygen_recon.models.interface import Forecaster
from qc.errors import InputError

Forecasts = Callable[[int, int], Floats]  # number of the day of the start, leads: (lead, channel, latitude, longitude)


@dataclass(frozen=True)
class ForecastScores:
    """Scores of methods; NaN where the day of a lead is not among the fields.

    Parameters
    ----------
    channels : tuple of Channel
        Of the fields, then of the diagnostics.
    starts : datetime64[D] array, shape (start,)
        Dates.
    square : dict of str to array, shape (start, lead, channel)
        By method: mean squared error over ocean cells weighted by latitude, squared units.
    plain : dict of str to array, shape (start, lead, channel)
        The same without weights.
    seasonal, single : dict of str to array, shape (start, lead, channel)
        Anomaly correlation from the climatology of the day of the year, and from one mean of all training days; NaN for
        diagnostics.
    """

    channels: tuple[Channel, ...]
    starts: Dates
    square: dict[str, Floats]
    plain: dict[str, Floats]
    seasonal: dict[str, Floats]
    single: dict[str, Floats]

    @property
    def leads(self) -> int:
        """Days of the longest forecast."""
        return int(next(iter(self.square.values())).shape[1])


def of_method(method: Forecaster, fields: DailyFields) -> Forecasts:
    """Let a fitted method forecast from days of fields.

    Parameters
    ----------
    method : Forecaster
        Fitted.
    fields : DailyFields
        The days of the starts.

    Returns
    -------
    callable
        For `score`.
    """
    return lambda start, leads: method.forecast(fields.values[start], fields.dates[start], leads)


def spread_starts(fields: DailyFields, tested: Dates, leads: int, number: int) -> Ints:
    """Spread starts over test days, so that every lead is forecast and no target is before them.

    Parameters
    ----------
    fields : DailyFields
        The days.
    tested : datetime64[D] array
        Days that may be targets.
    leads : int
        Days of each forecast that must be among them.
    number : int
        Starts; fewer where there are fewer days.

    Returns
    -------
    int64 array
        Numbers of days, increasing: a start is the day before the first target.

    Raises
    ------
    InputError
        If no start has all its targets among the test days.

    Examples
    --------
    >>> days = np.arange("2002-01-01", "2002-03-01", dtype="datetime64[D]")
    >>> axes = np.array([-40.0, -39.0]), np.array([15.0]), (Channel("sea_surface_height", None, "m"),)
    >>> fields = DailyFields(np.zeros((59, 1, 2, 1), np.float32), np.ones((1, 2, 1), bool), days, *axes)
    >>> spread_starts(fields, days[29:], leads=10, number=3)
    array([28, 38, 48])
    """
    tested = np.asarray(tested, "datetime64[D]")
    whole = [
        start
        for start in windows(fields, 1 + leads).tolist()
        if np.isin(fields.dates[start + 1 : start + 1 + leads], tested).all()
    ]
    if not whole:
        what = f"no start with {leads} test days in a row after it"
        raise InputError(what, "forecast scores", "forecast fewer days, or test on more")
    chosen = np.linspace(0, len(whole) - 1, min(number, len(whole))).round().astype(int)
    return np.array(whole, np.int64).take(chosen)


def score(
    methods: Mapping[str, Forecasts],
    fields: DailyFields,
    starts: Ints,
    leads: int,
    training: Dates,
    diagnostics: Sequence[Diagnostic] = (),
) -> ForecastScores:
    """Forecast from every start by every method, and score.

    Parameters
    ----------
    methods : mapping of str to callable
        By name: what gives the forecast from a day, as `of_method` makes it.
    fields : DailyFields
        The truth.
    starts : int array, shape (start,)
        Numbers of days.
    leads : int
        Days of each forecast; a lead whose day is not among the fields is not scored.
    training : datetime64[D] array
        Days that the methods learned from, and that the climatologies of the correlations are made from.
    diagnostics : sequence of Diagnostic
        What else is computed from forecast and truth, and scored as a channel.

    Returns
    -------
    ForecastScores

    Raises
    ------
    InputError
        If a target is among the training days, no target is among the fields, or a forecast has another shape or is not
        finite on the ocean.
    """
    targets = [_targets(fields, int(start), leads) for start in starts]
    days = np.unique(np.concatenate([day for _, day in targets])) if targets else np.zeros(0, int)
    if not days.size:
        raise InputError("no day to score on", "forecast scores", "give starts with days after them")
    exclude(training, fields.dates[days], "forecasts")
    climatologies = [DayOfYear.fit(fields, training), DayOfYear.fit(fields, training, harmonics=0)]
    weights = latitude_weights(fields.latitude)
    ocean = np.concatenate([fields.ocean, *(one.ocean[None] for one in diagnostics)])
    shape = (len(starts), leads, len(ocean))
    found = {name: [np.full(shape, np.nan) for _ in range(4)] for name in methods}
    for number, (start, target) in enumerate(zip(starts, targets)):
        for name, forecasts in methods.items():
            forecast = _checked(forecasts(int(start), leads), fields, leads, name)
            square, plain, *correlations = (part[number] for part in found[name])
            for lead, day in zip(*target):  # one at a time: all leads of a large grid would take gigabytes in float64
                one, truth = forecast[lead : lead + 1], fields.values[day : day + 1]
                error = _with(one, diagnostics) - _with(truth, diagnostics)
                square[lead], plain[lead] = (mean_square(error, ocean, by)[0] for by in (weights, None))
                for correlation, climatology in zip(correlations, climatologies):
                    normal = climatology.at(fields.dates[day : day + 1])
                    correlation[lead, : len(fields.channels)] = anomaly_correlation(
                        one, truth, normal, fields.ocean, weights
                    )[0]
    channels = fields.channels + tuple(one.channel for one in diagnostics)
    parts = [{name: found[name][i] for name in methods} for i in range(4)]
    return ForecastScores(channels, fields.dates[starts], *parts)


def _targets(fields: DailyFields, start: int, leads: int) -> tuple[Ints, Ints]:
    """Leads, from 0, whose day is among the fields, and the numbers of these days."""
    dates = fields.dates[start] + np.arange(1, leads + 1).astype("timedelta64[D]")
    place = np.minimum(np.searchsorted(fields.dates, dates), fields.dates.size - 1)
    lead = np.flatnonzero(fields.dates[place] == dates)
    return lead, place[lead]


def _with(values: Floats, diagnostics: Sequence[Diagnostic]) -> Floats:
    """Add diagnostics to the channels of fields."""
    return np.concatenate([values, *(one.of(values)[:, None] for one in diagnostics)], axis=1)


def _checked(forecast: Floats, fields: DailyFields, leads: int, name: str) -> Floats:
    """Refuse a forecast of another shape, or that is not finite on the ocean."""
    shape = (leads, *fields.ocean.shape)
    if forecast.shape != shape:
        raise InputError(f"a forecast of shape {forecast.shape}", name, f"give {shape}")
    finite: Mask = np.isfinite(forecast) | ~fields.ocean
    if not finite.all():
        lead, channel = np.argwhere(~finite.all(axis=(2, 3)))[0]
        what = f"{fields.channels[channel]} is not finite at {lead + 1} days"
        raise InputError(what, name, "shorten the forecast, or train it to be stable")
    return forecast
