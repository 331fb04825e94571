"""The ensemble of a forecast run: mean and spread of forecasts from perturbed starts, and whether spread is error."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import xarray as xr

from graphs.types import Floats
from oxygen_recon.dataset.daily.fields import DailyFields, Dates
from oxygen_recon.dataset.daily.perturbations import days_alike, perturbations
from oxygen_recon.evaluation.forecasts.metrics import latitude_weights, mean_square
from oxygen_recon.pipeline.forecasting.experiment import EnsembleConfig
from oxygen_recon.pipeline.forecasting.pipeline import ENSEMBLE, ForecastPipeline
from oxygen_recon.products import forecast
from oxygen_recon.report.table import Table


def members_from(
    pipeline: ForecastPipeline, start: int, leads: int, state: DailyFields, number: int | None = None
) -> Iterator[Floats]:
    """Forecast by the first network from perturbed starts.

    Parameters
    ----------
    pipeline : ForecastPipeline
        Trained; its experiment's `ensemble` says how starts and days are perturbed.
    start : int
        Number of the day of the start.
    leads : int
        Days of the forecast.
    state : DailyFields
        The days of the starts.
    number : int, optional
        Members; as the experiment says when left out.

    Yields
    ------
    float32 array, shape (lead, channel, latitude, longitude)
        A member.

    Raises
    ------
    InputError
        If there are too few training days.
    """
    settings, date = pipeline.experiment.ensemble or EnsembleConfig(), state.dates[start]
    network, seed = pipeline.network, pipeline.experiment.seed
    days, driven = pipeline.history(start, network.config.step.history, state), pipeline.driven(date, leads)
    generator = np.random.default_rng([seed, 1, int(date.astype(np.int64))])
    size = number or settings.members, settings.size, seed
    for error in perturbations(pipeline.state, pipeline.training, date, *size):
        if settings.errors:
            alike = days_alike(pipeline.training, date, leads, len(days), generator)
            yield _with_errors(pipeline, days + error, date, driven, alike)
        else:
            yield network.forecast(days + error, date, leads, driven)


def _with_errors(
    pipeline: ForecastPipeline, days: Floats, date: np.datetime64, driven: Floats | None, alike: Dates
) -> Floats:
    """Forecast day by day, and add to each day the error of the forecast of the day after a training day."""
    network, state, made = pipeline.network, pipeline.state, []
    for lead, place in enumerate(state.places(alike).tolist()):
        forcing = None if driven is None else driven[lead : lead + 1]
        following = network.forecast(days, date + lead, 1, forcing)[0]
        known, other = pipeline.history(place, len(days)), state.dates[place]
        error = state.values[place + 1] - network.forecast(known, other, 1, pipeline.driven(other, 1))[0]
        days = np.concatenate([days[1:], (following + error)[None]])
        made.append(days[-1])
    return np.stack(made)


def mean_and_spread(pipeline: ForecastPipeline, start: int, leads: int, state: DailyFields) -> xr.Dataset:
    """Forecast the mean and the standard deviation of the members from a start.

    Parameters
    ----------
    pipeline, start, leads, state : object
        As of `members_from`.

    Returns
    -------
    Dataset
        As of `oxygen_recon.products.forecast.to_dataset`, with NAME_spread beside each NAME.
    """
    date, about = state.dates[start], pipeline.about(ENSEMBLE)
    members = np.stack(list(members_from(pipeline, start, leads, state)))
    data = forecast.to_dataset(state, date, members.mean(axis=0), about)
    spread = forecast.to_dataset(state, date, members.std(axis=0, ddof=1), about)
    for name, field in spread.data_vars.items():
        field.attrs = {"units": field.attrs["units"], "long_name": f"standard deviation over members, {name}"}
        data[f"{name}_spread"] = field
    return data


def add_spread(pipeline: ForecastPipeline, table: pd.DataFrame) -> pd.DataFrame:
    """Add to a table of scores what the errors of the ensemble should be by its spread.

    Parameters
    ----------
    pipeline : ForecastPipeline
        With forecasts of its ensemble.
    table : DataFrame
        By variable.

    Returns
    -------
    DataFrame
        With a column spread: root mean square over ocean cells and starts of the members' standard deviation, times
        sqrt((M + 1) / M), which the RMSE of the mean of M members equals where they are drawn as the truth is (Fortin
        et al. 2014); NaN for other methods and for what is computed from the state.
    """
    state, ensemble = pipeline.state, pipeline.experiment.ensemble
    assert ensemble is not None
    weights, squares = latitude_weights(state.latitude), []
    for date in state.dates[pipeline.starts]:
        with xr.open_dataset(pipeline.path(ENSEMBLE, date), decode_times=False) as data:
            names = {f"{one.name}_spread": one.name for one in state.channels}
            spread = data[list(names)].rename(names)
            squares.append(mean_square(forecast.channels_of(spread, state), state.ocean, weights))
    by_channel = np.mean(squares, axis=0) * (ensemble.members + 1) / ensemble.members
    found = table.assign(spread=np.nan)
    for variable in dict.fromkeys(one.name for one in state.channels):
        mine = [i for i, one in enumerate(state.channels) if one.name == variable]
        rows = (found["method"] == ENSEMBLE) & (found["variable"] == variable)
        found.loc[rows, "spread"] = np.sqrt(by_channel[found.loc[rows, "lead"].to_numpy() - 1][:, mine].mean(axis=1))
    return found


def spread_table(skill: pd.DataFrame, leads: Sequence[int]) -> Table:
    """Set out the spread of the ensemble over its error, a row a variable, a column a lead.

    Parameters
    ----------
    skill : DataFrame
        As of `add_spread`.
    leads : sequence of int
        Days that are shown.

    Returns
    -------
    Table
        1 where the spread is what the error is.
    """
    own = skill[(skill["method"] == ENSEMBLE) & skill["spread"].notna() & skill["lead"].isin(leads)]
    ratio = (own["spread"] / own["rmse"]).to_numpy()
    wide = own.assign(ratio=ratio).pivot(index="variable", columns="lead", values="ratio")
    rows = [[str(name).replace("_", " "), *(f"{value:.2f}" for value in row)] for name, row in wide.iterrows()]
    return Table.of_text(["variable", *(f"{lead} d" for lead in wide.columns)], rows)
