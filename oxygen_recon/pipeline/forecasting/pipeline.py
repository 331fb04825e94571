"""The pipeline of one forecast experiment: its settings, folder, fields and methods, which every stage receives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from graphs.types import Floats, Ints
from oxygen_recon.dataset.daily import store
from oxygen_recon.dataset.daily.fields import DailyFields, Dates
from oxygen_recon.dataset.daily.seasons import DayOfYear
from oxygen_recon.evaluation.forecasts.scores import spread_starts
from oxygen_recon.models.daily_baselines.kinds import KINDS
from oxygen_recon.models.interface import Forecaster, Report
from oxygen_recon.pipeline.forecasting.experiment import ForecastExperiment
from oxygen_recon.pipeline.run_folder import RunFolder
from qc.errors import InputError

if TYPE_CHECKING:
    from oxygen_recon.models.fourier.estimator import DailyForecaster

STATE, FORCING, ENSEMBLE, TOPOGRAPHY = "state", "forcing", "ensemble", "topography.npy"


@dataclass(frozen=True)
class ForecastPipeline:
    """The settings, folder, fields and methods of one forecast experiment.

    Parameters
    ----------
    experiment : ForecastExperiment
        Settings of the run.
    folder : RunFolder
        Folder of the run.
    data : Path, optional
        Folder that the paths of the fields start from; the current one if None.
    """

    experiment: ForecastExperiment
    folder: RunFolder
    data: Path | None = None

    @cached_property
    def state(self) -> DailyFields:
        """The state of the ocean, day by day; of a run whose stage fields is done."""
        return store.load(self.folder.stage("fields") / STATE)

    @cached_property
    def forcing(self) -> DailyFields | None:
        """What drives the ocean, on the days of the state."""
        return None if self.experiment.forcing is None else store.load(self.folder.stage("fields") / FORCING)

    @cached_property
    def topography(self) -> Floats | None:
        """Height of the sea floor (m), shape (1, latitude, longitude)."""
        path = self.folder.stage("fields") / TOPOGRAPHY
        return None if self.experiment.topography is None else np.load(path, allow_pickle=False)

    @cached_property
    def usual_forcing(self) -> DayOfYear | None:
        """Climatology of what drives the ocean, of the training days."""
        return None if self.forcing is None else DayOfYear.fit(self.forcing, self.training)

    @property
    def relief(self) -> Path | None:
        """File with the height of the sea floor."""
        path = self.experiment.topography
        return None if path is None else Path(path) if self.data is None else self.data / path

    @property
    def training(self) -> Dates:
        """Days that are learned from."""
        return np.intersect1d(self.experiment.training.dates, self.state.dates)

    @property
    def starts(self) -> Ints:
        """Days of the state that forecasts are made from and scored: half of the leads at least are in the test."""
        tested = np.intersect1d(self.experiment.test.dates, self.state.dates)
        leads = self.experiment.leads
        whole = leads if tested.size >= 2 * leads else max(1, min(leads, tested.size // 2))
        return spread_starts(self.state, tested, whole, self.experiment.starts)

    @property
    def methods(self) -> list[str]:
        """Names of all methods, networks first."""
        ensemble = [] if self.experiment.ensemble is None else [ENSEMBLE]
        return [*(one.kind for one in self.experiment.models), *ensemble, *self.experiment.baselines]

    @property
    def sampling(self) -> Path:
        """File that says whether values are daily means or instantaneous."""
        return self.folder.stage("fields") / "sampling.txt"

    def about(self, method: str) -> dict[str, str | int]:
        """Say where a forecast comes from, in global attributes.

        Parameters
        ----------
        method : str
            Which made it.
        """
        experiment = self.experiment
        return {
            "title": f"Ocean forecast: {experiment.name}",
            "summary": experiment.question,
            "source": f"statistical forecast, method {method}",
            "method": method,
            "sampling": self.sampling.read_text(),
            "forcing": "none" if experiment.forcing is None else experiment.forcing.during,
            "training_days": f"{experiment.training.start} to {experiment.training.end}",
            "experiment_hash": experiment.hash,
            "seed": experiment.seed,
        }

    def path(self, method: str, date: np.datetime64) -> Path:
        """Name the file of a forecast.

        Parameters
        ----------
        method : str
            One of `methods`.
        date : datetime64[D]
            Of the start.
        """
        return self.folder.stage("forecast") / method / f"{date}.nc"

    def fitted(
        self, method: str, report: Report | None = None, days: DailyFields | None = None
    ) -> Callable[[int, int], Floats]:
        """Fit a method to the training days, or take up its training, and let it forecast from some days.

        Parameters
        ----------
        method : str
            One of `methods` but "ensemble".
        report : callable, optional
            Called after each training step of a network.
        days : DailyFields, optional
            The days of the starts; the state of the run when left out.

        Returns
        -------
        callable
            Of the number of the day of the start and the leads: values, shape (lead, channel, latitude, longitude).
        """
        state = self.state if days is None else days
        if method in KINDS:
            simple: Forecaster = KINDS[method]()
            simple.fit(self.state, self.training, self.experiment.seed)
            return lambda start, leads: simple.forecast(state.values[start], state.dates[start], leads)
        network = self.trained(method, report)
        history = network.config.step.history

        def forecast(start: int, leads: int) -> Floats:
            date = state.dates[start]
            return network.forecast(self.history(start, history, state), date, leads, self.driven(date, leads))

        return forecast

    @cached_property
    def network(self) -> DailyForecaster:
        """The first network, trained: heads read its features."""
        return self.trained(self.methods[0])

    def trained(self, method: str, report: Report | None = None) -> DailyForecaster:
        """Train a network, or take up its training.

        Parameters
        ----------
        method : str
            Kind of one of the networks.
        report : callable, optional
            Called after each training step.

        Returns
        -------
        DailyForecaster
        """
        from oxygen_recon.models.fourier.estimator import DailyForecaster  # torch takes seconds

        if method not in self._trained:
            config = next(one for one in self.experiment.models if one.kind == method)
            network = DailyForecaster(config, self.folder.stage("train") / method, report)
            network.fit(self.state, self.training, self.experiment.seed, self.forcing, self.topography)
            self._trained[method] = network
        return self._trained[method]

    @cached_property
    def _trained(self) -> dict[str, DailyForecaster]:
        """Networks that are in memory, by kind."""
        return {}

    def history(self, start: int, days: int, state: DailyFields | None = None) -> Floats:
        """Give the days up to a start.

        Parameters
        ----------
        start : int
            Number of the day.
        days : int
            How many, that of the start among them.
        state : DailyFields, optional
            The days; the state of the run when left out.

        Returns
        -------
        float32 array, shape (days, channel, latitude, longitude)

        Raises
        ------
        InputError
            If days before the start are missing.
        """
        state, first = self.state if state is None else state, start - days + 1
        if first < 0 or state.dates[start] - state.dates[first] != np.timedelta64(days - 1, "D"):
            raise InputError(f"no {days} days up to {state.dates[start]}", "forecast", "start later")
        return state.values[first : start + 1]

    def cost(self, method: str) -> Path:
        """Name the file with the processor time of a network's training.

        Parameters
        ----------
        method : str
            Kind of the network.
        """
        return self.folder.stage("train") / method / "seconds.txt"

    def driven(self, date: np.datetime64, leads: int) -> Floats | None:
        """Give the forcing of the days of a forecast, by the rule of the experiment.

        Parameters
        ----------
        date : datetime64[D]
            Of the start.
        leads : int
            Days of the forecast.

        Returns
        -------
        float32 array, shape (lead, forcing, latitude, longitude), or None
            Of the start and the days after it but the last; None without forcing.

        Raises
        ------
        InputError
            If it is to be that of the files, which do not reach as far.
        """
        forcing, settings = self.forcing, self.experiment.forcing
        if forcing is None or settings is None:
            return None
        today = forcing.values[forcing.places(np.array([date]))]
        if settings.during == "persisted":
            return np.repeat(today, leads, axis=0)
        days = date + np.arange(leads).astype("timedelta64[D]")
        if settings.during == "given":
            return forcing.values[forcing.places(days)]
        assert self.usual_forcing is not None
        return np.concatenate([today, self.usual_forcing.at(days[1:])])
