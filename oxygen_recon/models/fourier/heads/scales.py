"""How fields of a task become scores, and where a box of finer cells lies."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from graphs.types import Floats
from oxygen_recon.dataset.daily.fields import DailyFields, Dates
from oxygen_recon.dataset.daily.scaling import Scaling
from oxygen_recon.models.fourier.statistics import DailyStatistics
from qc.errors import InputError


@dataclass(frozen=True)
class TaskScale:
    """How fields of a task become scores: positive concentrations by their logarithm, wave heights by a factor alone.

    Parameters
    ----------
    logarithm : bool
        Whether values are positive and scores of their logarithm are taken.
    floor, mean, deviation : float32 array, shape (channel, 1, 1)
        Least value that is distinguished, and mean and standard deviation of the values or their logarithms.
    """

    logarithm: bool
    floor: NDArray[np.float32]
    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]

    def scores(self, values: Floats) -> Tensor:
        """Bring values to scores.

        Parameters
        ----------
        values : array, shape (..., channel, latitude, longitude)
            Units of the task.

        Returns
        -------
        float32 tensor of the same shape
        """
        known = np.log(np.maximum(values, self.floor)) if self.logarithm else values
        return torch.from_numpy(np.asarray((known - self.mean) / self.deviation, np.float32))

    def values(self, scores: Tensor) -> NDArray[np.float32]:
        """Bring scores back to values.

        Parameters
        ----------
        scores : tensor, shape (..., channel, latitude, longitude)
            As of `scores`.

        Returns
        -------
        float32 array of the same shape
            Positive where the logarithm is taken.
        """
        known = scores.float().cpu().numpy() * self.deviation + self.mean
        return np.exp(known) if self.logarithm else known


@dataclass(frozen=True)
class Box:
    """Coarse cells whose finer ones are a task.

    Parameters
    ----------
    channels : list of int
        Of the state, in the order of the task.
    rows, columns : slice
        Of the state's grid.
    factor : int
        Fine cells along a side of a coarse one.
    """

    channels: list[int]
    rows: slice
    columns: slice
    factor: int

    def of(self, state: Tensor) -> Tensor:
        """Take the box, shape (batch, field, latitude, longitude)."""
        return state[:, self.channels, self.rows, self.columns]

    def axes(self, statistics: DailyStatistics) -> tuple[Floats, Floats]:
        """Give latitude and longitude of the coarse cells."""
        return statistics.latitude[self.rows], statistics.longitude[self.columns]


def box_of(statistics: DailyStatistics, task: DailyFields) -> Box:
    """Find the coarse cells that the fine ones of a task divide.

    Parameters
    ----------
    statistics : DailyStatistics
        Of the state.
    task : DailyFields
        Channels of the state on a finer grid.

    Returns
    -------
    Box

    Raises
    ------
    InputError
        If the state lacks a channel, or fine cells do not divide whole coarse ones.
    """
    known = [(one.name, one.depth) for one in statistics.channels]
    try:
        channels = [known.index((one.name, one.depth)) for one in task.channels]
    except ValueError:
        missing = next(one for one in task.channels if (one.name, one.depth) not in known)
        raise InputError(f"the state has no {missing}", "downscaling", "give fine fields of its channels") from None
    factor = round(float(np.ptp(statistics.latitude[:2]) / np.ptp(task.latitude[:2])))
    slices = []
    for coarse, fine in ((statistics.latitude, task.latitude), (statistics.longitude, task.longitude)):
        count = fine.size // max(factor, 1)
        centre = fine[: count * factor].reshape(count, -1).mean(axis=1) if factor > 1 else fine
        first = int(np.abs(coarse - centre[0]).argmin())
        inside = coarse[first : first + count]
        fits = factor >= 2 and fine.size % factor == 0 and inside.size == count
        if not fits or not np.allclose(inside, centre, atol=0.01 * np.ptp(coarse[:2])):
            raise InputError("fine cells do not divide those of the state", "downscaling", "give whole coarse cells")
        slices.append(slice(first, first + count))
    return Box(channels, slices[0], slices[1], factor)


def scale_of(kind: str, task: DailyFields, training: Dates, statistics: DailyStatistics) -> TaskScale:
    """Measure the scales of a task.

    Parameters
    ----------
    kind : str
        Kind of the head.
    task : DailyFields
        The task's fields.
    training : datetime64[D] array
        Days that scales are made from.
    statistics : DailyStatistics
        Of the state, whose scales finer fields have.

    Returns
    -------
    TaskScale

    Raises
    ------
    InputError
        If a concentration is not positive, or finer fields do not fit.
    """
    if kind == "downscaling":
        box, scaling = box_of(statistics, task), statistics.scaling
        mean, deviation = scaling.mean[box.channels], scaling.deviation[box.channels]
        return TaskScale(False, np.zeros_like(mean)[:, None, None], mean[:, None, None], deviation[:, None, None])
    days = np.intersect1d(np.asarray(training, "datetime64[D]"), task.dates)
    some = task.during(days)
    middle = np.stack([some.values[:, i][:, ocean].mean() for i, ocean in enumerate(task.ocean)])[:, None, None]
    floor = np.float32(1e-4) * middle.astype(np.float32)
    if kind == "waves":
        scaling = Scaling.fit(some, days)
        return TaskScale(False, floor, np.zeros_like(floor), scaling.deviation[:, None, None])
    if not (middle > 0).all():
        raise InputError(f"{task.channels[int(middle.argmin())]} is not positive", kind, "give concentrations")
    scaling = Scaling.fit(replace(some, values=np.log(np.maximum(some.values, floor))), days)
    return TaskScale(True, floor, scaling.mean[:, None, None], scaling.deviation[:, None, None])
