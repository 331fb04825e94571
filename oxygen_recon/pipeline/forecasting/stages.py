"""The stages of a forecast run: fields, training, forecasts, scores and the page."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import xarray as xr
from rich.console import Console

from graphs.types import Floats
from oxygen_recon.dataset.daily import store
from oxygen_recon.dataset.daily.fields import DailyFields
from oxygen_recon.evaluation.forecasts.diagnostics import possible
from oxygen_recon.evaluation.forecasts.scores import score
from oxygen_recon.evaluation.forecasts.spectra import spectra_table
from oxygen_recon.evaluation.forecasts.table import score_table
from oxygen_recon.observations.collection import key_of
from oxygen_recon.pipeline.forecasting import page
from oxygen_recon.pipeline.forecasting.ensemble import add_spread, mean_and_spread
from oxygen_recon.pipeline.forecasting.head_settings import HeadSettings
from oxygen_recon.pipeline.forecasting.heads import HeadRun, cost_line, make_head
from oxygen_recon.pipeline.forecasting.pipeline import ENSEMBLE, FORCING, STATE, TOPOGRAPHY, ForecastPipeline
from oxygen_recon.pipeline.identity import claim
from oxygen_recon.pipeline.stage_cache import Stage, bring_up_to_date
from oxygen_recon.products import forecast
from oxygen_recon.runtime.progress import ProgressBar, print_line
from oxygen_recon.sources.daily_topography import read_topography
from oxygen_recon.sources.daily_twin import DailyTwinConfig
from qc.errors import InputError
from qc.files import replacing

CONSOLE = Console(stderr=True)
REFERENCE = "damped_persistence"
SPECTRUM_LEAD = 10  # days


def bring(pipeline: ForecastPipeline, last: str, replaces: bool = False) -> None:
    """Bring one stage of a forecast run up to date, and the stages it stands on.

    Parameters
    ----------
    pipeline : ForecastPipeline
        Settings and folder.
    last : {"fields", "train", "downscaling", "waves", "biochemistry", "forecast", "validate", "report"}
        Name of the stage.
    replaces : bool
        Whether results of another experiment in the folder are given up.

    Raises
    ------
    qc.errors.InputError
        If the folder holds another experiment, or the experiment, the data or a file of the run is at fault; finished
        work stays.
    """
    stages = define(pipeline)
    own = partial(claim, pipeline.experiment, pipeline.data, pipeline.folder, stages, replaces)
    bring_up_to_date(stages, pipeline.folder, last, partial(print_line, CONSOLE), own)


def define(pipeline: ForecastPipeline) -> list[Stage]:
    """List the stages of a forecast run.

    Parameters
    ----------
    pipeline : ForecastPipeline
        Settings and folder.

    Returns
    -------
    list of Stage
        Each with all that decides its result.
    """
    e = pipeline.experiment.model_dump(mode="json")
    forcing = pipeline.experiment.forcing
    sources = [pipeline.experiment.source, None if forcing is None else forcing.source]
    read = [e["source"], forcing is not None, (e["forcing"] or {}).get("source")]
    read += [one.identity(pipeline.data) for one in sources if one is not None]
    read += [] if pipeline.relief is None else [key_of("topography", pipeline.relief, by_name=True)]
    learned = [e["models"], e["training"], e["seed"]]
    scored = [e["test"], e["leads"], e["starts"], e["baselines"], e["ensemble"], (e["forcing"] or {}).get("during")]

    def stage(name: str, settings: Any, inputs: tuple[str, ...], make: Callable[[ForecastPipeline], None]) -> Stage:
        return Stage(name, settings, inputs, partial(make, pipeline))

    of_heads = []
    for head in pipeline.experiment.heads:
        settings = [head.model_dump(mode="json"), e["test"], e["leads"], e["starts"], e["seed"], e["forcing"]]
        settings += [] if head.source is None else [head.source.identity(pipeline.data)]
        make = partial(make_one_head, head=head)
        of_heads.append(Stage(head.kind, settings, ("fields", "train"), partial(make, pipeline)))
    read_by_page = ("fields", "forecast", "validate", *(one.name for one in of_heads))
    return [
        stage("fields", read, (), read_fields),
        stage("train", learned, ("fields",), train),
        *of_heads,
        stage("forecast", scored, ("fields", "train"), make_forecasts),
        stage("validate", SPECTRUM_LEAD, ("fields", "forecast"), validate),
        stage("report", e["question"], read_by_page, write_page),
    ]


def read_fields(pipeline: ForecastPipeline) -> None:
    """Read the state, and what drives it, into the run's folder.

    Parameters
    ----------
    pipeline : ForecastPipeline
        The experiment and its run folder.

    Raises
    ------
    InputError
        If files are at fault, have no training or test day, or forcing and state are on different grids.
    """
    experiment = pipeline.experiment
    state, sampling = _read_all(pipeline)
    for name, days in (("training", experiment.training), ("test", experiment.test)):
        if not np.isin(days.dates, state.dates).any():
            what = f"no day of {name} in the files, {state.dates[0]} to {state.dates[-1]}"
            raise InputError(what, experiment.name, f"change {name}, or add files")
    if pipeline.relief is not None:
        with replacing(pipeline.folder.stage("fields") / TOPOGRAPHY) as partial_file, partial_file.open("wb") as file:
            np.save(file, read_topography(pipeline.relief, state.latitude, state.longitude))
    with replacing(pipeline.sampling) as partial_file:
        partial_file.write_text(sampling)
    ocean = 100 * float(state.ocean.any(axis=0).mean())
    size = f"{state.latitude.size} x {state.longitude.size} cells, {ocean:.0f} % of them ocean"
    print_line(CONSOLE, f"{state.dates.size} days of {len(state.channels)} channels, {size}; {sampling}")


def _read_all(pipeline: ForecastPipeline) -> tuple[DailyFields, str]:
    """Read the state, and what drives it, and keep them."""
    source, forcing = pipeline.experiment.source, pipeline.experiment.forcing
    state_in, forcing_in = (pipeline.folder.stage("fields") / name for name in (STATE, FORCING))
    for folder in (state_in, forcing_in):
        folder.mkdir(parents=True, exist_ok=True)
    if isinstance(source, DailyTwinConfig):
        made = source.make(pipeline.folder.source, partial(print_line, CONSOLE))
        state, sampling = source.read(made, state_in / store.VALUES)
        driving = None if forcing is None else source.read(made, forcing_in / store.VALUES, "forcing")
    else:
        state, sampling = source.read(pipeline.data, state_in / store.VALUES)
        onto = state.latitude, state.longitude
        files = None if forcing is None else forcing.source
        driving = None if files is None else files.read(pipeline.data, forcing_in / store.VALUES, onto)
    store.save(state, state_in)
    if driving is not None:
        _check_forcing(state, sampling, *driving)
        store.save(driving[0], forcing_in)
    return state, sampling


def _check_forcing(state: DailyFields, sampling: str, forcing: DailyFields, kind: str) -> None:
    """Refuse forcing that does not reach over the ocean or the days of the state; warn of another kind of mean."""
    if uncovered := int((state.ocean.any(axis=0) & ~forcing.ocean.all(axis=0)).sum()):
        raise InputError(f"no value at {uncovered} ocean cells of the state", "forcing", "take a larger region of it")
    if (missing := np.setdiff1d(state.dates, forcing.dates)).size:
        raise InputError(f"{missing.size} days of the state are missing, {missing[0]} first", "forcing", "add files")
    if sampling != kind:
        print_line(CONSOLE, f"warning: the state is {sampling}, the forcing {kind}")


def train(pipeline: ForecastPipeline) -> None:
    """Train every network on the training days.

    Parameters
    ----------
    pipeline : ForecastPipeline
        The experiment and its run folder.

    Raises
    ------
    InputError
        If there are too few training days in a row.
    """
    for config in pipeline.experiment.models:
        began = time.process_time()
        with ProgressBar(CONSOLE, f"train {config.kind}", config.training.steps, unit="steps") as bar:
            pipeline.trained(config.kind, lambda step, steps, loss: bar.advance())
        with replacing(pipeline.cost(config.kind)) as partial_file:
            partial_file.write_text(f"{time.process_time() - began:.1f}\n")


def make_one_head(pipeline: ForecastPipeline, head: HeadSettings) -> None:
    """Train a head beside the first network, forecast from every start, and score.

    Parameters
    ----------
    pipeline : ForecastPipeline
        The experiment and its run folder.
    head : HeadSettings
        Which head.

    Raises
    ------
    InputError
        If its fields are at fault, or a forecast is not finite.
    """
    run = HeadRun(pipeline, head)
    number = len(run.methods) * len(pipeline.starts)
    with ProgressBar(CONSOLE, head.kind, number, unit="forecasts") as bar:
        table = make_head(run, bar.advance)
    print_line(CONSOLE, f"{head.kind}: {cost_line(run)}")
    for line in page.lines(table, REFERENCE):
        print_line(CONSOLE, line)


def make_forecasts(pipeline: ForecastPipeline) -> None:
    """Forecast from every start by every method; a forecast that is there is not made again.

    Parameters
    ----------
    pipeline : ForecastPipeline
        The experiment and its run folder.

    Raises
    ------
    InputError
        If a forecast is not finite.
    """
    state, starts = pipeline.state, pipeline.starts
    with ProgressBar(CONSOLE, "forecast", len(pipeline.methods) * len(starts), unit="forecasts") as bar:
        for method in pipeline.methods:
            missing = [int(start) for start in starts if not pipeline.path(method, state.dates[start]).exists()]
            bar.advance(len(starts) - len(missing))
            ready = pipeline.fitted(method) if missing and method != ENSEMBLE else None
            for start in missing:
                if ready is None:
                    data = mean_and_spread(pipeline, start, pipeline.experiment.leads, state)
                else:
                    values = np.asarray(ready(start, pipeline.experiment.leads), np.float32)
                    data = forecast.to_dataset(state, state.dates[start], values, pipeline.about(method))
                forecast.write(pipeline.path(method, state.dates[start]), data)
                bar.advance()


def validate(pipeline: ForecastPipeline) -> None:
    """Score the forecasts of all methods from the same starts.

    Parameters
    ----------
    pipeline : ForecastPipeline
        The experiment and its run folder.

    Raises
    ------
    InputError
        If a target is a training day, or a forecast is missing.
    """
    state, experiment = pipeline.state, pipeline.experiment

    def read(method: str) -> Callable[[int, int], Floats]:
        def of_start(start: int, leads: int) -> Floats:
            with xr.open_dataset(pipeline.path(method, state.dates[start]), decode_times=False) as data:
                return forecast.channels_of(data, state)[:leads]

        return of_start

    methods = {method: read(method) for method in pipeline.methods}
    scores = score(methods, state, pipeline.starts, experiment.leads, pipeline.training, possible(state))
    reference = REFERENCE if REFERENCE in methods else pipeline.methods[-1]
    table = score_table(scores, reference, by_variable=True)
    table = table if experiment.ensemble is None else add_spread(pipeline, table)
    table.insert(0, "forcing", "none" if experiment.forcing is None else experiment.forcing.during)
    with replacing(pipeline.folder.stage("validate") / "skill.csv") as partial_file:
        table.to_csv(partial_file, index=False)
    power = spectra_table(methods, state, pipeline.starts, min(SPECTRUM_LEAD, experiment.leads))
    with replacing(pipeline.folder.stage("validate") / "spectra.csv") as partial_file:
        power.to_csv(partial_file, index=False)
    for line in page.lines(table, reference):
        print_line(CONSOLE, line)


def write_page(pipeline: ForecastPipeline) -> None:
    """Draw the figures and write the page.

    Parameters
    ----------
    pipeline : ForecastPipeline
        The experiment and its run folder.
    """
    print_line(CONSOLE, f"report: {page.write(pipeline)}")
