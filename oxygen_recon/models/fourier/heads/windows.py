"""What a head is trained on: forecasts of the network from training days, and windows of days of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from graphs.types import Floats
from oxygen_recon.dataset.daily.fields import DailyFields, Dates, windows
from oxygen_recon.models.fourier.estimator import DailyForecaster
from oxygen_recon.models.fourier.heads.config import HeadTraining
from oxygen_recon.models.fourier.heads.task import HeadBatch, TaskHead
from oxygen_recon.models.fourier.statistics import DailyStatistics
from qc.errors import InputError

Driven = Callable[[np.datetime64, int], Floats | None]
"""Of the date of a start and leads: fields (lead, driver, latitude, longitude), or None where nothing drives."""
_ONE_DAY = 0.6  # of the steps have windows of one day
_MEMORY = 1e9  # bytes of features and states that are held
_FADES = 5.0  # days, over which the number that stands for the lead falls by a factor e


@dataclass(frozen=True)
class RollOuts:
    """Forecasts of the network from training days, as a head reads them.

    Parameters
    ----------
    dates : datetime64[D] array, shape (start,)
        Of the starts.
    features, state, others : tensor, shape (start, lead, ...)
        As of `HeadBatch`.
    own : tensor, shape (start, 1 + lead, field, latitude, longitude)
        Anomalies of the task's fields on the start and on the days after it.
    """

    dates: Dates
    features: Tensor
    state: Tensor
    others: Tensor
    own: Tensor

    def window(self, starts: Tensor, first: int, days: int) -> HeadBatch:
        """Take windows.

        Parameters
        ----------
        starts : int tensor, shape (batch,)
            Numbers of starts.
        first, days : int
            First lead, from 0, and their number.

        Returns
        -------
        HeadBatch
        """
        leads = slice(first, first + days)
        own = self.own[starts, first : first + days + 1]
        features, state, others = (one[starts, leads] for one in (self.features, self.state, self.others))
        return HeadBatch(features, state, others, own[:, 0], own[:, 1:])


@dataclass(frozen=True)
class Reading:
    """How a head reads a forecast of the network.

    Parameters
    ----------
    forecaster : DailyForecaster
        The network, trained.
    statistics : DailyStatistics
        Of the task.
    forcing, drivers : callable
        What drives the network (of the start and the days after it but the last) and the task (of the days after the
        start), by the rule that forecasts will follow.
    winds : (mean, deviation), float32 arrays, shape (driver, 1, 1)
        Scales of the drivers.
    """

    forecaster: DailyForecaster
    statistics: DailyStatistics
    forcing: Driven
    drivers: Driven
    winds: tuple[Floats, Floats]

    def of(self, network: TaskHead, start: Floats, date: np.datetime64, leads: int) -> tuple[Tensor, Tensor, Tensor]:
        """Forecast by the network, and give what the head reads.

        Parameters
        ----------
        network : TaskHead
            The head.
        start, date, leads : object
            As of `DailyForecaster.forecast`.

        Returns
        -------
        features, state, others : tensor, shape (1, lead, ...)
            As of `HeadBatch`.

        Raises
        ------
        InputError
            If shapes are others than those of `fit`.
        """
        days = self.forecaster.days(start, date, leads, self.forcing(date, leads))
        features, anomalies = zip(*((one, network.read(anomaly)) for one, anomaly in days))
        others = self.others(date, leads, anomalies[0].shape[-2:] if network.box is not None else None)
        return torch.stack(features, dim=1), torch.stack(anomalies, dim=1), others[None].to(features[0].device)

    def others(self, date: np.datetime64, leads: int, coarse: tuple[int, ...] | None) -> Tensor:
        """Give the lead as a number, the climatology of the task, and what drives it, shape (lead, other, ...)."""
        number = np.exp(-np.arange(1, leads + 1) / _FADES, dtype=np.float32)[:, None, None, None]
        if coarse is not None:
            return torch.from_numpy(np.broadcast_to(number, (leads, 1, *coarse)).copy())
        statistics, dates = self.statistics, date + np.arange(1, leads + 1).astype("timedelta64[D]")
        normal = statistics.scaling.apply(statistics.climatology.at(dates))
        parts = [np.broadcast_to(number, (leads, 1, *normal.shape[-2:])), normal]
        driven = self.drivers(date, leads)
        wanted = (leads, len(self.winds[0]), *normal.shape[-2:])
        if (driven is None and wanted[1]) or (driven is not None and driven.shape != wanted):
            found = "no drivers" if driven is None else f"drivers of shape {driven.shape}"
            raise InputError(found, "head", f"give {wanted}")
        if driven is not None:
            parts.append((driven - self.winds[0]) / self.winds[1])
        return torch.from_numpy(np.concatenate(parts, axis=1).astype(np.float32))


def roll_outs(
    network: TaskHead, reading: Reading, state: DailyFields, task: DailyFields, training: Dates, leads: int, number: int
) -> RollOuts:
    """Forecast from starts spread over the training days.

    Parameters
    ----------
    network : TaskHead
        The head.
    reading : Reading
        How it reads forecasts.
    state, task : DailyFields
        What the network reads; what the head makes, in the form that it works on.
    training : datetime64[D] array
        Days that may be learned from.
    leads, number : int
        Days of each, and how many; fewer where they would take more than 1 GB.

    Returns
    -------
    RollOuts
    """
    history, both = reading.forecaster.config.step.history, training_days(task, training)
    starts = windows(state, history + leads, both) + history - 1
    if not starts.size:
        raise InputError(f"no {history + leads} training days in a row", "head", "give days of state and task alike")
    found: list[tuple[Any, ...]] = []
    most = number
    while len(found) < min(most, starts.size):
        chosen = starts[np.linspace(0, starts.size - 1, min(most, starts.size)).round().astype(int)]
        start = int(chosen[len(found)])
        date = state.dates[start]
        with torch.no_grad():
            parts = reading.of(network, state.values[start - history + 1 : start + 1], date, leads)
        found.append((date, *(one[0].cpu() for one in parts), anomalies(reading.statistics, task, date, leads)))
        size = sum(one.nbytes for one in found[0][1:])
        if len(found) == 1 and size * number > _MEMORY:
            most = max(1, int(_MEMORY / size))
    dates, *tensors = zip(*found)
    return RollOuts(np.array(dates), *(torch.stack(one) for one in tensors))


def anomalies(statistics: DailyStatistics, task: DailyFields, date: np.datetime64, leads: int) -> Tensor:
    """Give the anomalies of a task on a day and on those after it.

    Parameters
    ----------
    statistics : DailyStatistics
        Of the task.
    task : DailyFields
        Its fields, in the form that the head works on.
    date : datetime64[D]
        The day.
    leads : int
        Days after it.

    Returns
    -------
    tensor, shape (1 + lead, field, latitude, longitude)
        Standard scores.
    """
    dates = date + np.arange(leads + 1).astype("timedelta64[D]")
    departure = task.values[task.places(dates)] - statistics.climatology.at(dates)
    return torch.from_numpy((departure / statistics.scaling.deviation[:, None, None]).astype(np.float32))


def training_days(task: DailyFields, training: Dates) -> Dates:
    """Take the training days that the task has."""
    return np.intersect1d(np.asarray(training, "datetime64[D]"), task.dates)


class HeadDays(Dataset[HeadBatch]):
    """Batches of a head: item i has windows drawn by i alone, so that a resumed training sees the same.

    Parameters
    ----------
    given : RollOuts
        Forecasts of the network.
    settings : HeadTraining
        Windows a step, and their days.
    seed : int
        Decides what is drawn.
    """

    def __init__(self, given: RollOuts, settings: HeadTraining, seed: int) -> None:
        self.given, self.settings, self.seed = given, settings, seed
        self.leads = given.features.shape[1]

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
            Windows of one day at any lead, later of several days from the start on, as forecasts are.
        """
        drawn = np.random.default_rng([self.seed, i])
        starts = torch.from_numpy(drawn.choice(len(self.given.dates), self.settings.batch))
        if i < _ONE_DAY * len(self) or self.settings.days == 1:
            return self.given.window(starts, int(drawn.integers(self.leads)), 1)
        return self.given.window(starts, 0, min(self.settings.days, self.leads))
