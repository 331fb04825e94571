"""Networks on real days, from the starts of the baselines.

    python experiments/forecast_networks.py experiments/globcurrent.yaml DATA RUNS [SEED [KIND ...]]
    python experiments/forecast_networks.py experiments/mediterranean.yaml DATA RUNS [SEED [KIND ...]]

Trains the networks of an experiment file, or those kinds of them, on its training days, keeps their checkpoints in
RUNS, and forecasts from each day from the last training day on, as `forecast_baselines.py` does; a lead is scored where
its day is among the fields. `trend` is a baseline that reads two days as such networks do: what changed since the day
before goes on, by a factor for each lead fitted to the training days. Prints Markdown tables, relative to damped
persistence and to persistence, with intervals of 90 % (blocks of five starts drawn together), of sea surface height
also of its geostrophic currents, and processor seconds. One thread.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import torch

from oxygen_recon.dataset.daily.fields import DailyFields, windows
from oxygen_recon.evaluation.forecasts.diagnostics import possible
from oxygen_recon.evaluation.forecasts.scores import Forecasts, of_method, score
from oxygen_recon.evaluation.forecasts.table import score_table
from oxygen_recon.models.daily_baselines.kinds import KINDS
from oxygen_recon.models.fourier.estimator import DailyForecaster
from oxygen_recon.pipeline.forecasting.experiment import ForecastExperiment, Network
from oxygen_recon.report.forecast_tables import skill_by_lead, starts_by_lead
from oxygen_recon.sources.daily_files import DailyFilesConfig
from qc.errors import InputError

LEADS, BLOCK = (1, 2, 3, 5, 7, 10, 15, 20, 30), 5


def network(config: Network, fields: DailyFields, training: int, folder: Path, seed: int) -> Forecasts:
    """Train a network on the first days, or take up its training, and say how long it took."""
    begin, history = time.process_time(), config.step.history
    method = DailyForecaster(config, folder / f"{config.kind}_{seed}")
    method.fit(fields, fields.dates[:training], seed)
    size = sum(parameter.numel() for parameter in method.fitted()[1].parameters())
    print(f"{config.kind}: {size:,} parameters, fitted in {time.process_time() - begin:.0f} CPU s\n")
    return lambda start, leads: method.forecast(
        fields.values[start - history + 1 : start + 1], fields.dates[start], leads
    )


def trend(fields: DailyFields, training: int, leads: int) -> Forecasts:
    """Let the change since the day before go on, by the factor of each channel and lead that fits the first days."""
    weight = np.cos(np.radians(fields.latitude))[:, None] * fields.ocean
    factor = np.zeros((leads, len(fields.channels), 1, 1), np.float32)
    for lead in range(1, leads + 1):
        starts = windows(fields, 2 + lead, fields.dates[:training]) + 1
        now = fields.values[starts]
        change, later = now - fields.values[starts - 1], fields.values[starts + lead] - now
        factor[lead - 1, :, 0, 0] = (change * later * weight).sum((0, 2, 3)) / (change**2 * weight).sum((0, 2, 3))

    def forecast(start: int, leads: int) -> np.ndarray:
        return fields.values[start] + factor[:leads] * (fields.values[start] - fields.values[start - 1])

    return forecast


def main(arguments: list[str]) -> None:
    """Print the tables."""
    if len(arguments) < 3:
        raise InputError(
            f"unknown arguments {arguments}",
            "forecast_networks",
            "give an experiment, DATA and a folder for checkpoints",
        )
    torch.set_num_threads(1)
    experiment, data, folder = ForecastExperiment.from_yaml(arguments[0]), Path(arguments[1]), Path(arguments[2])
    seed, kinds = int(arguments[3]) if len(arguments) > 3 else 0, arguments[4:]
    if not isinstance(experiment.source, DailyFilesConfig):
        raise InputError("no files", arguments[0], "give an experiment whose source is daily_files")
    folder.mkdir(parents=True, exist_ok=True)
    fields, _ = experiment.source.read(data, folder / "state.npy")
    training, days, methods = experiment.training.dates, experiment.training.dates.size, {}
    for kind, make in KINDS.items():
        simple = make()
        simple.fit(fields, training)
        methods[kind] = of_method(simple, fields)
    methods["trend"] = trend(fields, days, experiment.leads)
    for config in experiment.models:
        if not kinds or config.kind in kinds:
            methods[config.kind] = network(config, fields, days, folder, seed)
    starts = np.arange(days - 1, fields.dates.size - 1)
    scores = score(methods, fields, starts, experiment.leads, training, possible(fields))
    leads = [lead for lead in LEADS if lead <= experiment.leads]
    for reference in ("damped_persistence", "persistence"):
        table = score_table(scores, reference, BLOCK)
        print(f"relative to {reference}:\n\n{skill_by_lead(table, 'relative', leads, intervals=True).markdown()}\n")
    for column in ("rmse", "acc"):
        print(f"{column}:\n\n{skill_by_lead(table, column, leads).markdown()}\n")
    print(starts_by_lead(table, leads))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except InputError as error:
        sys.exit(str(error))
