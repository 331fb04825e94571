"""Networks on the real days of the baselines: surface currents around South Africa, 270 days learned from, 30 forecast.

    python experiments/forecast_networks.py DATA/gridded/daily/globcurrent RUNS [SEED [KIND ...]]

Trains the networks of `globcurrent.yaml`, or those kinds of them, keeps their checkpoints in RUNS, and forecasts from
each day from the last training day on, as `forecast_baselines.py` does; a lead is scored where its day is among the
fields. Prints Markdown tables relative to damped persistence, with intervals of 90 % (blocks of five starts drawn
together), and processor seconds. One thread.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import torch

from oxygen_recon.dataset.daily.fields import DailyFields
from oxygen_recon.evaluation.forecasts.scores import Forecasts, of_method, score
from oxygen_recon.evaluation.forecasts.table import score_table
from oxygen_recon.fields.daily.opening import open_daily
from oxygen_recon.models.daily_baselines.kinds import KINDS
from oxygen_recon.models.fourier.estimator import DailyForecaster
from oxygen_recon.pipeline.forecasting.experiment import ForecastExperiment, Network
from oxygen_recon.report.forecast_tables import skill_by_lead, starts_by_lead
from oxygen_recon.sources.daily_fields import daily_fields
from qc.errors import InputError

TRAINING, LEADS, BLOCK = 270, (1, 2, 3, 5, 7, 10, 15, 20, 30), 5


def network(config: Network, fields: DailyFields, folder: Path, seed: int) -> Forecasts:
    """Train a network, or take up its training, and say how long it took."""
    begin, history = time.process_time(), config.step.history
    method = DailyForecaster(config, folder / f"{config.kind}_{seed}")
    method.fit(fields, fields.dates[:TRAINING], seed)
    size = sum(parameter.numel() for parameter in method.fitted()[1].parameters())
    print(f"{config.kind}: {size:,} parameters, fitted in {time.process_time() - begin:.0f} CPU s\n")
    return lambda start, leads: method.forecast(
        fields.values[start - history + 1 : start + 1], fields.dates[start], leads
    )


def main(arguments: list[str]) -> None:
    """Print the tables."""
    if len(arguments) < 2:
        raise InputError(
            f"unknown arguments {arguments}", "forecast_networks", "give PATH and a folder for checkpoints"
        )
    torch.set_num_threads(1)
    seed, kinds = int(arguments[2]) if len(arguments) > 2 else 0, arguments[3:]
    fields = daily_fields(open_daily(Path(arguments[0]), sampling="instantaneous"))
    training, methods = fields.dates[:TRAINING], {}
    for kind, make in KINDS.items():
        simple = make()
        simple.fit(fields, training)
        methods[kind] = of_method(simple, fields)
    for config in ForecastExperiment.from_yaml(Path(__file__).with_name("globcurrent.yaml")).models:
        if kinds and config.kind not in kinds:
            continue
        methods[config.kind] = network(config, fields, Path(arguments[1]), seed)
    starts = np.arange(TRAINING - 1, fields.dates.size - 1)
    table = score_table(score(methods, fields, starts, max(LEADS), training), "damped_persistence", BLOCK)
    for column, intervals in (("rmse", False), ("relative", True), ("acc", False)):
        print(f"{column}:\n\n{skill_by_lead(table, column, LEADS, intervals).markdown()}\n")
    print(starts_by_lead(table, LEADS))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(str(error))
