"""Heads as methods: trained beside a network that stays as it is, and forecasting with it day by day."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from graphs.types import Floats
from oxygen_recon.dataset.daily.fields import DailyFields, Dates, windows
from oxygen_recon.dataset.daily.scaling import Scaling
from oxygen_recon.models.fourier.batch import assemble, joined
from oxygen_recon.models.fourier.estimator import DailyForecaster
from oxygen_recon.models.fourier.heads.config import HeadConfig, HeadTraining
from oxygen_recon.models.fourier.heads.scales import TaskScale, scale_of
from oxygen_recon.models.fourier.heads.task import HeadBatch, TaskHead
from oxygen_recon.models.fourier.statistics import DailyStatistics
from oxygen_recon.models.interface import Report
from oxygen_recon.models.training import Plan, train
from qc.errors import InputError


class HeadForecaster:
    """A head as a method: `fit` beside a trained network, and `forecast` from the state of a day.

    Parameters
    ----------
    config : HeadConfig
        Which head, and how it is trained.
    forecaster : DailyForecaster
        Trained; stays as it is.
    directory : Path, optional
        Where the checkpoint is kept; None keeps nothing.
    report : callable, optional
        Called after each step with the step, the number of steps and the loss.
    """

    def __init__(
        self, config: HeadConfig, forecaster: DailyForecaster, directory: Path | None = None,
        report: Report | None = None,
    ) -> None:  # fmt: skip
        self.config, self.forecaster, self.directory, self.report = config, forecaster, directory, report
        self.network: TaskHead | None = None
        self.scale: TaskScale | None = None
        self.winds: Scaling | None = None

    def fit(
        self, task: DailyFields, state: DailyFields, training: Dates, seed: int = 0,
        forcing: DailyFields | None = None, drivers: DailyFields | None = None,
    ) -> None:  # fmt: skip
        """Train, or take up a training.

        Parameters
        ----------
        task : DailyFields
            What the head makes: positive concentrations, significant wave height, or finer fields of a box.
        state : DailyFields
            What the network reads.
        training : datetime64[D] array
            Days that may be learned from.
        seed : int
            Decides initial weights and the days of each step.
        forcing : DailyFields, optional
            Of the network, where it was trained with forcing.
        drivers : DailyFields, optional
            Of the task and on its grid, as the wind of the waves.

        Raises
        ------
        InputError
            If nothing was trained, grids do not fit, days are missing, or the checkpoint belongs to another training.
        """
        statistics, model = self.forecaster.fitted()
        if (self.config.kind == "waves") != (drivers is not None):
            raise InputError("drivers are of the waves, and of them only", self.config.kind, "give the wind to waves")
        self.winds = None if drivers is None else Scaling.fit(drivers, training)
        self.scale = scale_of(self.config.kind, task, training, statistics)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            number = 0 if drivers is None else len(drivers.channels)
            network = TaskHead(self.config, model, statistics, task, number)
        history = self.forecaster.config.step.history
        given = Given(task, state, statistics, self.scale, forcing, drivers, self.winds)
        batches = HeadDays(given, training, self.config.training, history, seed)
        digest = hashlib.sha256(f"{self.config.model_dump_json()} {seed} {task.channels}".encode())
        for array in (
            self.scale.mean,
            self.scale.deviation,
            task.latitude,
            task.longitude,
            task.dates,
            *model.parameters(),
        ):
            digest.update(np.ascontiguousarray(array.detach().cpu() if isinstance(array, Tensor) else array).tobytes())
        plan = Plan(self.config.training, self.config.compute, self.directory, digest.hexdigest(), self.report)
        train(network, batches, plan)
        self.network = network.eval()

    def forecast(
        self, start: Floats, own: Floats | None, date: np.datetime64, leads: int, forcing: Floats | None = None,
        drivers: Floats | None = None,
    ) -> Floats:  # fmt: skip
        """Forecast day by day, beside the network.

        Parameters
        ----------
        start, date, leads, forcing : object
            As of `DailyForecaster.forecast`.
        own : array, shape (field, latitude, longitude), or None
            The task's fields of the start; None for downscaling, which has none.
        drivers : array, shape (leads, driver, latitude, longitude), optional
            Of each day that is forecast.

        Returns
        -------
        float32 array, shape (lead, field, latitude, longitude)
            Units of the task; anything on land.

        Raises
        ------
        InputError
            If nothing was fitted or shapes are others.
        """
        if self.network is None or self.scale is None:
            raise InputError("no trained head", self.config.kind, "fit it first")
        shape, device = tuple(self.network.ocean.shape), self.network.frozen[0].normal.device
        network, task = self.network.to(device), torch.zeros(1, *shape, device=device)
        driven = self._driven(drivers, (leads, *shape[1:])).to(device)
        if self.config.kind != "downscaling":
            if own is None or own.shape != shape:
                given = None if own is None else own.shape
                raise InputError(f"a start of shape {given}", self.config.kind, f"give {shape}")
            task = self.scale.scores(own)[None].to(device)
        days, batch = [], self.forecaster.batch(start, date, leads, forcing).to(device)
        with torch.no_grad():
            for lead, (state, features) in enumerate(network.frozen[0].days(batch)):
                task = network(features, state, task, driven[lead : lead + 1])
                days.append(task)
        return self.scale.values(torch.cat(days))

    def _driven(self, drivers: Floats | None, shape: tuple[int, ...]) -> Tensor:
        """Scores of the drivers, shape (lead, driver, latitude, longitude)."""
        wanted = (shape[0], 0 if self.winds is None else len(self.winds.channels), *shape[1:])
        found = (shape[0], 0, *shape[1:]) if drivers is None else drivers.shape
        if found != wanted:
            raise InputError(f"drivers of shape {found}", self.config.kind, f"give {wanted}")
        if self.winds is None or drivers is None:
            return torch.zeros(wanted)
        return torch.from_numpy(self.winds.apply(drivers))


@dataclass(frozen=True)
class Given:
    """What a head is trained on.

    Parameters
    ----------
    task, state, statistics, scale, forcing, drivers, winds : object
        As of `HeadForecaster.fit`, with the statistics of the network and the scales of task and drivers.
    """

    task: DailyFields
    state: DailyFields
    statistics: DailyStatistics
    scale: TaskScale
    forcing: DailyFields | None
    drivers: DailyFields | None
    winds: Scaling | None


class HeadDays(Dataset[HeadBatch]):
    """Batches of a head: item i has days drawn by i alone, so that a resumed training sees the same.

    Parameters
    ----------
    given : Given
        Fields of the task and of the network.
    training : datetime64[D] array
        Days that may be learned from.
    settings : HeadTraining
        Days a step.
    history, seed : int
        Days that the network reads, and what decides the draw.
    """

    def __init__(self, given: Given, training: Dates, settings: HeadTraining, history: int, seed: int) -> None:
        self.given, self.settings, self.history, self.seed = given, settings, history, seed
        both = np.intersect1d(np.asarray(training, "datetime64[D]"), given.task.dates)
        self.starts = windows(given.state, history + 1, both) + history - 1
        if not self.starts.size:
            raise InputError(f"no {history + 1} training days in a row", "head", "give days of state and task alike")

    def __len__(self) -> int:
        """Count the batches."""
        return self.settings.steps

    def __getitem__(self, i: int) -> HeadBatch:
        """Make a batch.

        Parameters
        ----------
        i : int
            Its number.

        Returns
        -------
        HeadBatch
        """
        given = self.given
        starts = np.random.default_rng([self.seed, i]).choice(self.starts, self.settings.batch)
        first = joined(
            [assemble(given.state, given.statistics, int(s), self.history, 1, given.forcing) for s in starts]
        )
        days, following = given.task.places(given.state.dates[starts]), given.task.places(given.state.dates[starts + 1])
        own, target = given.scale.scores(given.task.values[days]), given.scale.scores(given.task.values[following])
        drivers = own[:, :0]
        if given.drivers is not None and given.winds is not None:
            places = given.drivers.places(given.state.dates[starts + 1])
            drivers = torch.from_numpy(given.winds.apply(given.drivers.values[places]))
        return HeadBatch(first, own, drivers, target)
