"""Members of a run of daily forecasts: errors of their mean, their spread, and a year of one of them.

    python experiments/forecast_members.py RUN [MEMBERS]

RUN is the folder of a trained run, as of `forecast_twin.yaml`. Members start from perturbed states, and get the errors
of one-day forecasts of training days each day, or do not. The year is forecast with the usual weather of the time of
year, by the network alone and by a member. One thread.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from graphs.types import Floats
from oxygen_recon.dataset.daily.seasons import DayOfYear
from oxygen_recon.evaluation.forecasts.metrics import latitude_weights, mean_square
from oxygen_recon.evaluation.forecasts.scores import of_method, score
from oxygen_recon.models.daily_baselines.kinds import KINDS
from oxygen_recon.pipeline.forecasting.ensemble import members_from
from oxygen_recon.pipeline.forecasting.experiment import EnsembleConfig, ForcingConfig
from oxygen_recon.pipeline.forecasting.pipeline import ForecastPipeline
from oxygen_recon.pipeline.forecasting.results import open_forecasts
from oxygen_recon.report.table import Table
from qc.errors import InputError

LEADS, SETTLED = (1, 5, 10, 15, 20, 30), 30


def changed(pipeline: ForecastPipeline, **settings: object) -> ForecastPipeline:
    """Change settings of a run that decide nothing about its network."""
    return replace(pipeline, experiment=pipeline.experiment.model_copy(update=settings))


def short(pipeline: ForecastPipeline, number: int, leads: int) -> Table:
    """Score means of members beside the single forecast, and compare their spread with their error.

    Parameters
    ----------
    pipeline : ForecastPipeline
        Trained.
    number : int
        Members.
    leads : int [day]
        Of the forecasts.

    Returns
    -------
    Table
        Mean over variables of RMSE / damped persistence and, of members, of spread / RMSE, by lead.
    """
    state = pipeline.state
    damped = KINDS["damped_persistence"]()
    damped.fit(state, pipeline.training, 0)
    methods = {"single": pipeline.fitted(pipeline.methods[0]), "damped": of_method(damped, state)}
    spreads: dict[str, list[Floats]] = {}
    for name, errors in (("perturbed starts", False), ("and errors of days", True)):
        other = changed(pipeline, ensemble=EnsembleConfig(members=number, errors=errors))
        methods[name] = _mean_of(other, spreads.setdefault(name, []))
    scores = score(methods, state, pipeline.starts, leads, pipeline.training)
    names = np.array([one.name for one in state.channels])
    rows = []
    for name in methods:
        error, base = (scores.square[one].mean(axis=0) for one in (name, "damped"))
        cells = [f"{_ratio(error[lead - 1], base[lead - 1], names):.3f}" for lead in LEADS if lead <= leads]
        rows.append([name, "RMSE / damped", *cells])
        if name in spreads:
            spread = np.mean(spreads[name], axis=0) * (number + 1) / number
            cells = [f"{_ratio(spread[lead - 1], error[lead - 1], names):.2f}" for lead in LEADS if lead <= leads]
            rows.append([name, "spread / RMSE", *cells])
    return Table.of_text(["forecast", "score", *(f"{lead} d" for lead in LEADS if lead <= leads)], rows)


def _mean_of(pipeline: ForecastPipeline, spreads: list[Floats]) -> Callable[[int, int], Floats]:
    """Forecast the mean of members, keeping their squared spread."""
    state = pipeline.state

    def forecast(start: int, leads: int) -> Floats:
        members = np.stack(list(members_from(pipeline, start, leads, state)))
        spreads.append(mean_square(members.std(axis=0, ddof=1), state.ocean, latitude_weights(state.latitude)))
        mean: Floats = members.mean(axis=0)
        return mean

    return forecast


def _ratio(one: Floats, other: Floats, names: Floats) -> float:
    """Average over variables the root of the ratio of two squared scores, the levels of each put together."""
    some = [names == name for name in dict.fromkeys(names.tolist())]
    return float(np.mean([np.sqrt(one[mine].mean() / other[mine].mean()) for mine in some]))


def year(pipeline: ForecastPipeline, days: int = 365) -> Table:
    """Compare the variance of a long forecast, and of a member, with the truth's, after 30 days.

    Parameters
    ----------
    pipeline : ForecastPipeline
        Trained.
    days : int
        Of the forecast; fewer where the fields end.

    Returns
    -------
    Table
        By variable: variance in time, of the anomaly from the day of the year, over the truth's.
    """
    forcing = None if pipeline.experiment.forcing is None else ForcingConfig(during="climatology")
    usual = changed(pipeline, forcing=forcing, ensemble=EnsembleConfig())
    state, start = pipeline.state, int(pipeline.starts[0])
    days = min(days, state.dates.size - 1 - start)
    dates = state.dates[start] + np.arange(1, days + 1)
    normal = DayOfYear.fit(state, pipeline.training).at(dates)
    made = {
        "network alone": usual.fitted(usual.methods[0])(start, days),
        "member": next(iter(members_from(usual, start, days, state, 2))),
        "truth": state.values[start + 1 : start + 1 + days],
    }
    settled = slice(min(SETTLED, days // 2), None)
    weights = latitude_weights(state.latitude)[:, None] * state.ocean
    variance = {name: ((one - normal)[settled].var(axis=0) * weights).sum(axis=(1, 2)) for name, one in made.items()}
    names = np.array([one.name for one in state.channels])
    rows = []
    for name in dict.fromkeys(names.tolist()):
        mine = names == name
        true = variance["truth"][mine].sum()
        rows.append([name.replace("_", " "), *(f"{variance[one][mine].sum() / true:.2f}" for one in list(made)[:2])])
    return Table.of_text(["variance over the truth's", "network alone", "member"], rows)


def main(arguments: list[str]) -> None:
    """Print both tables."""
    if not 1 <= len(arguments) <= 2:
        raise InputError(f"arguments {arguments}", "forecast_members", "give RUN and, if you like, a number of members")
    torch.set_num_threads(1)
    pipeline = open_forecasts(arguments[0]).pipeline
    number = int(arguments[1]) if len(arguments) > 1 else 8
    print(short(pipeline, number, pipeline.experiment.leads).markdown())
    print(year(pipeline).markdown())


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(str(error))
