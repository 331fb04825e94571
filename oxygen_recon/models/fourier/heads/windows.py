"""What a head is trained on: forecasts of the network from training days, and windows of days of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import Dataset

from graphs.types import Floats
from oxygen_recon.dataset.daily.fields import DailyFields, Dates, windows
from oxygen_recon.models.fourier.batch import joined
from oxygen_recon.models.fourier.estimator import DailyForecaster
from oxygen_recon.models.fourier.heads.config import HeadTraining
from oxygen_recon.models.fourier.heads.task import FADES, HeadBatch, TaskHead
from oxygen_recon.models.fourier.statistics import DailyStatistics
from qc.errors import InputError

Driven = Callable[[np.datetime64, int], Floats | None]
"""Of the date of a start and leads: fields (lead, driver, latitude, longitude), or None where nothing drives."""
_ONE_DAY = 0.6  # of the steps have windows of one day
_MEMORY = 1e9  # bytes of features and states that are held
_TOGETHER = 4  # starts that are forecast at once: half the time of one by one


@dataclass(frozen=True)
class RollOuts:
    """Forecasts of the network from training days, as a head reads them.

    Parameters
    ----------
    dates : datetime64[D] array, shape (start,)
        Of the starts.
    features, state, others : tensor, shape (start, lead, ...)
        As of `HeadBatch`.
    own : tensor, shape (start, known, field, latitude, longitude)
        Anomalies of the task's fields on the start and on the other days that are read.
    target : tensor, shape (start, lead, field, latitude, longitude)
        On the days after it.
    """

    dates: Dates
    features: Tensor
    state: Tensor
    others: Tensor
    own: Tensor
    target: Tensor

    @property
    def leads(self) -> int:
        """Days that are forecast."""
        return self.features.shape[1]

    def window(self, starts: Tensor, first: int, days: int, stepped: bool = False) -> HeadBatch:
        """Take windows.

        Parameters
        ----------
        starts : int tensor, shape (batch,)
            Numbers of starts.
        first, days : int
            First lead, from 0, and their number.
        stepped : bool
            Whether the day before the first is known, in place of the start.

        Returns
        -------
        HeadBatch
        """
        leads = slice(first, first + days)
        own = self.target[starts, first - 1][:, None] if stepped and first else self.own[starts]
        features, state, others, target = (
            one[starts, leads] for one in (self.features, self.state, self.others, self.target)
        )
        return HeadBatch(features, state, others, own, target, first)


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

    def of(self, network: TaskHead, starts: Sequence[Floats], dates: Dates, leads: int) -> tuple[Tensor, ...]:
        """Forecast by the network, and give what the head reads.

        Parameters
        ----------
        network : TaskHead
            The head.
        starts : sequence of array
            States, as of `DailyForecaster.forecast`.
        dates : datetime64[D] array, shape (start,)
            Of the starts.
        leads : int
            Days to forecast.

        Returns
        -------
        features, state, others : tensor, shape (start, lead, ...)
            As of `HeadBatch`.

        Raises
        ------
        InputError
            If shapes are others than those of `fit`.
        """
        given = zip(starts, dates, strict=True)
        batch = joined([self.forecaster.batch(one, date, leads, self.forcing(date, leads)) for one, date in given])
        features, states = zip(*((one, network.read(anomaly)) for one, anomaly in self.forecaster.days(batch)))
        others = torch.stack([self.others(date, leads) for date in dates])
        return torch.stack(features, dim=1), torch.stack(states, dim=1), others.to(features[0].device)

    def others(self, date: np.datetime64, leads: int) -> Tensor:
        """Give the lead in numbers, the climatology of the task, and what drives it, shape (lead, other, ...)."""
        statistics, dates = self.statistics, date + np.arange(1, leads + 1).astype("timedelta64[D]")
        normal = statistics.scaling.apply(statistics.climatology.at(dates))
        number = np.exp(-np.arange(1, leads + 1)[:, None] / np.array(FADES))[..., None, None]
        parts = [np.broadcast_to(number, (leads, len(FADES), *normal.shape[-2:])), normal]
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
    history, read = reading.forecaster.config.step.history, network.days
    earlier, both = max(history, 1 + max(read)), training_days(task, training)
    places = windows(state, earlier + leads, both) + earlier - 1
    if not places.size:
        raise InputError(f"no {earlier + leads} training days in a row", "head", "give days of state and task alike")
    chosen = places[np.linspace(0, places.size - 1, min(number, places.size)).round().astype(int)]
    found: list[list[Tensor]] = []
    done = 0
    while done < len(chosen):
        some = chosen[done : done + (_TOGETHER if done else 1)]
        starts, dates = [state.values[one - history + 1 : one + 1] for one in some], state.dates[some]
        with torch.no_grad():
            parts = reading.of(network, starts, dates, leads)
        known, target = (
            torch.stack([anomalies(reading.statistics, task, date + days) for date in dates])
            for days in (-np.array(read), np.arange(1, leads + 1))
        )
        found.append([*(one.cpu() for one in parts), known, target])
        if not done:
            most = max(1, min(len(chosen), int(_MEMORY / sum(one.nbytes for one in found[0]))))
            chosen = chosen[np.linspace(0, len(chosen) - 1, most).round().astype(int)]
        done += len(some)
    return RollOuts(state.dates[chosen], *(torch.cat(one) for one in zip(*found)))


def anomalies(statistics: DailyStatistics, task: DailyFields, dates: Dates) -> Tensor:
    """Give the anomalies of a task.

    Parameters
    ----------
    statistics : DailyStatistics
        Of the task.
    task : DailyFields
        Its fields, in the form that the head works on.
    dates : datetime64[D] array
        Days of the task.

    Returns
    -------
    tensor, shape (day, field, latitude, longitude)
        Standard scores.
    """
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
    stepped : bool
        Whether each day is made from the one before.
    """

    def __init__(self, given: RollOuts, settings: HeadTraining, seed: int, stepped: bool) -> None:
        self.given, self.settings, self.seed, self.stepped = given, settings, seed, stepped

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
            Windows of one day at any lead; where each day is made from the one before, later of several days from the
            start on, as forecasts are.
        """
        drawn = np.random.default_rng([self.seed, i])
        starts = torch.from_numpy(drawn.choice(len(self.given.dates), self.settings.batch))
        if not self.stepped or i < _ONE_DAY * len(self) or self.settings.days == 1:
            return self.given.window(starts, int(drawn.integers(self.given.leads)), 1, self.stepped)
        return self.given.window(starts, 0, min(self.settings.days, self.given.leads))
