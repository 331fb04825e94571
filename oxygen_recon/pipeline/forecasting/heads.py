"""The stage of a head: its fields read, the head trained, forecasts made by it and by baselines, and scored."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import xarray as xr

from graphs.types import Floats
from oxygen_recon.evaluation.forecasts.scores import score
from oxygen_recon.evaluation.forecasts.spectra import spectra_table
from oxygen_recon.evaluation.forecasts.table import score_table
from oxygen_recon.models.daily_baselines.kinds import KINDS
from oxygen_recon.models.daily_baselines.wind_sea import WindSea
from oxygen_recon.models.interface import Report
from oxygen_recon.pipeline.forecasting.head_settings import HeadSettings
from oxygen_recon.pipeline.forecasting.pipeline import ForecastPipeline
from oxygen_recon.pipeline.forecasting.tasks import Task, read_task
from oxygen_recon.products import forecast
from qc.errors import InputError
from qc.files import replacing

if TYPE_CHECKING:
    from oxygen_recon.models.fourier.heads.estimator import HeadForecaster

Forecasts = Callable[[int, int], Floats]
HEAD, REFERENCE = "head", "damped_persistence"
_SIMPLE = ("damped_persistence", "persistence", "day_of_year")
_OWN = {"waves": ("ridge", "wind_sea"), "biochemistry": ("ridge",), "downscaling": ("bicubic", "bicubic_anomaly")}
SHARE = 0.1  # of the network's parameters and training time, that a head may take
SPECTRUM_LEAD = 7  # days


@dataclass(frozen=True)
class HeadRun:
    """A head of a run: its settings, fields, methods and files.

    Parameters
    ----------
    pipeline : ForecastPipeline
        The experiment and its run folder, trained.
    settings : HeadSettings
        The head.
    report : callable, optional
        Called after each training step.
    """

    pipeline: ForecastPipeline
    settings: HeadSettings
    report: Report | None = None

    @property
    def home(self) -> Path:
        """Folder of the stage."""
        return self.pipeline.folder.stage(self.settings.kind)

    @property
    def methods(self) -> tuple[str, ...]:
        """The head and what it is compared with."""
        return (HEAD, *_OWN[self.settings.kind], *_SIMPLE)

    @cached_property
    def task(self) -> Task:
        """The fields of the head."""
        return read_task(self.pipeline, self.settings)

    @cached_property
    def trained(self) -> HeadForecaster:
        """The head beside the first network, trained, or its training taken up."""
        from oxygen_recon.models.fourier.heads.estimator import HeadForecaster

        pipeline, task = self.pipeline, self.task
        head = HeadForecaster(self.settings.head, pipeline.network, self.home / HEAD, self.report)
        leads = pipeline.experiment.leads
        head.fit(
            task.fields, pipeline.state, pipeline.training, pipeline.experiment.seed, pipeline.driven, task.driven,
            min(leads, max(1, pipeline.training.size // 2)),
        )  # fmt: skip
        return head

    def path(self, method: str, date: np.datetime64) -> Path:
        """Name the file of a forecast."""
        return self.home / "forecast" / method / f"{date}.nc"

    def about(self, method: str) -> dict[str, str | int]:
        """Say where a forecast comes from, in global attributes."""
        network = self.pipeline.methods[0]
        found = self.pipeline.about(f"{self.settings.kind} {method}, beside {network}")
        if self.settings.kind == "waves":
            found["wind"] = self.task.during
        return found

    def fitted(self, method: str) -> Forecasts:
        """Let a method forecast from a day of the run, by its number among the days of the state.

        Parameters
        ----------
        method : str
            One of `methods`.

        Returns
        -------
        callable
            Of the day and the leads: values, shape (lead, field, latitude, longitude).
        """
        state, task = self.pipeline.state, self.task
        fields = task.fields
        training = np.intersect1d(self.pipeline.training, fields.dates)

        def own(start: int) -> Floats:
            values: Floats = fields.values[fields.places(state.dates[start : start + 1])[0]]
            return values

        if method in KINDS:
            simple = KINDS[method]()
            simple.fit(fields, training, self.pipeline.experiment.seed)
            return lambda start, leads: simple.forecast(own(start), state.dates[start], leads)
        if method == "wind_sea" and task.drivers is not None:
            sea, winds = WindSea(), task.drivers.values[task.drivers.places(training)]
            sea.fit(fields.values[fields.places(training)], winds, fields.ocean[0], fields.latitude)
            return lambda start, leads: sea.forecast(_present(task.driven(state.dates[start], leads)))
        if method in ("bicubic", "bicubic_anomaly"):
            return self._interpolated(method == "bicubic_anomaly")
        history = self.pipeline.experiment.models[0].step.history
        by: Any = method

        def made(start: int, leads: int) -> Floats:
            days, date = self.pipeline.history(start, history), state.dates[start]
            known = fields.values[fields.places(date - np.array(self.settings.read))]
            return self.trained.forecast(days, known, date, leads, by)

        return made

    def _interpolated(self, anomaly: bool) -> Forecasts:
        """Interpolate the network's forecast; or its anomaly, added to the climatology of the finer fields."""
        from oxygen_recon.models.fourier.heads.bicubic import Bicubic

        network = self.pipeline.fitted(self.pipeline.methods[0])
        statistics = self.pipeline.network.fitted()[0]
        finer = Bicubic(statistics, self.task.fields, self.pipeline.training if anomaly else None)
        dates = self.pipeline.state.dates
        return lambda start, leads: finer.of(network(start, leads), dates[start])


def make_head(run: HeadRun, advance: Callable[[int], None]) -> pd.DataFrame:
    """Read, train, forecast from every start by every method, and score; what is there is not made again.

    Parameters
    ----------
    run : HeadRun
        The head.
    advance : callable
        Called with a number of forecasts that are done.

    Returns
    -------
    DataFrame
        As of `score_table`, by variable, with what drives the fields.

    Raises
    ------
    InputError
        If fields are at fault, or a forecast is not finite.
    """
    state, starts, fields = run.pipeline.state, _starts(run), run.task.fields
    leads = run.pipeline.experiment.leads
    for method in run.methods:
        missing = [start for start in starts if not run.path(method, state.dates[start]).exists()]
        advance(len(starts) - len(missing))
        ready = run.fitted(method) if missing else None
        for start in missing:
            assert ready is not None
            values = np.asarray(ready(start, leads), np.float32)
            data = forecast.to_dataset(fields, state.dates[start], values, run.about(method))
            forecast.write(run.path(method, state.dates[start]), data)
            advance(1)
    _costs(run)
    places = fields.places(state.dates[starts])
    methods = {method: _read(run, method) for method in run.methods}
    scores = score(methods, fields, places, leads, np.intersect1d(run.pipeline.training, fields.dates))
    table = score_table(scores, REFERENCE, by_variable=True)
    table.insert(0, "forcing", run.task.during if run.task.drivers is not None else "none")
    with replacing(run.home / "skill.csv") as partial:
        table.to_csv(partial, index=False)
    if run.settings.kind == "downscaling":
        with replacing(run.home / "spectra.csv") as partial:
            spectra_table(methods, fields, places, min(SPECTRUM_LEAD, leads)).to_csv(partial, index=False)
    return table


def cost_line(run: HeadRun) -> str:
    """Say what the head costs beside the network, and whether that is within a tenth.

    Parameters
    ----------
    run : HeadRun
        Of a finished stage.
    """
    cost = json.loads((run.home / "cost.json").read_text())
    parts = []
    for name, unit in (("parameters", ""), ("seconds", " s of training")):
        own, whole = cost["head"][name], cost["network"][name]
        share = own / max(whole, 1e-9)
        more = "" if share <= SHARE else f", more than {SHARE:.0%}"
        parts.append(f"{own:,.0f}{unit or ' parameters'}, {share:.1%} of the network's{more}")
    return "; ".join(parts)


def _starts(run: HeadRun) -> list[int]:
    """Days of the state that forecasts are made from: those of the run of which the task has the days that are read."""
    state, fields, read = run.pipeline.state, run.task.fields, np.array(run.settings.read)
    starts = [int(start) for start in run.pipeline.starts if np.isin(state.dates[start] - read, fields.dates).all()]
    if not starts:
        days = " and ".join(f"{before} days before" if before else "the start" for before in run.settings.read)
        raise InputError(f"its days hold no start with all that is read, {days}", run.settings.kind, "add files")
    return starts


def _read(run: HeadRun, method: str) -> Forecasts:
    """Read forecasts of a method from their files, by the number of the day among those of the task."""
    fields = run.task.fields

    def of_start(start: int, leads: int) -> Floats:
        with xr.open_dataset(run.path(method, fields.dates[start]), decode_times=False) as data:
            return forecast.channels_of(data, fields)[:leads]

    return of_start


def _costs(run: HeadRun) -> None:
    """Write what head and network cost."""
    if not (run.home / "cost.json").exists():
        head, network = run.trained, run.pipeline.network
        size = sum(one.numel() for one in network.fitted()[1].parameters())
        found = {
            "head": {"parameters": head.parameters, "seconds": head.seconds},
            "network": {"parameters": size, "seconds": float(run.pipeline.cost(run.pipeline.methods[0]).read_text())},
        }
        with replacing(run.home / "cost.json") as partial:
            partial.write_text(json.dumps(found))


def _present(values: Floats | None) -> Floats:
    """Return what drives a head that is driven."""
    assert values is not None
    return values
