"""How fields of a task become what a head works on, and where a box of finer cells lies."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from graphs.types import Floats
from oxygen_recon.dataset.daily.fields import DailyFields, Dates
from oxygen_recon.models.fourier.heads.config import HeadConfig
from oxygen_recon.models.fourier.statistics import DailyStatistics
from qc.errors import InputError


@dataclass(frozen=True)
class Form:
    """What a head works on: values, or their logarithms, and what it may not give.

    Parameters
    ----------
    positive : bool
        Whether values are not negative.
    logarithm : bool
        Whether it works on logarithms.
    floor : float32 array, shape (channel, 1, 1)
        Least value that is distinguished; 0 without logarithms.
    """

    positive: bool
    logarithm: bool
    floor: NDArray[np.float32]

    def of(self, fields: DailyFields) -> DailyFields:
        """Bring fields to what the head works on.

        Parameters
        ----------
        fields : DailyFields
            Units of the task.

        Returns
        -------
        DailyFields
        """
        return replace(fields, values=self.known(fields.values)) if self.logarithm else fields

    def known(self, values: Floats) -> NDArray[np.float32]:
        """Bring values to what the head works on.

        Parameters
        ----------
        values : array, shape (..., channel, latitude, longitude)
            Units of the task.

        Returns
        -------
        float32 array of the same shape
        """
        return np.asarray(np.log(np.maximum(values, self.floor)) if self.logarithm else values, np.float32)

    def values(self, known: Floats) -> NDArray[np.float32]:
        """Bring what the head works on back to values.

        Parameters
        ----------
        known : array, shape (..., channel, latitude, longitude)
            As of `known`.

        Returns
        -------
        float32 array of the same shape
            Not negative where the task is not.
        """
        found = np.exp(known) if self.logarithm else np.maximum(known, 0) if self.positive else known
        return np.asarray(found, np.float32)


def form_of(config: HeadConfig, task: DailyFields, training: Dates) -> Form:
    """Choose the form of a task.

    Parameters
    ----------
    config : HeadConfig
        Which head.
    task : DailyFields
        The task's fields.
    training : datetime64[D] array
        Days that the floor is made from: a ten thousandth of the mean of the ocean.

    Returns
    -------
    Form

    Raises
    ------
    InputError
        If a concentration or wave height is negative somewhere, or nowhere positive.
    """
    none = np.zeros((len(task.channels), 1, 1), np.float32)
    if config.kind == "downscaling":
        return Form(False, False, none)
    some = task.values[task.places(np.intersect1d(np.asarray(training, "datetime64[D]"), task.dates))]
    parts = [some[:, i][:, ocean] for i, ocean in enumerate(task.ocean)]
    middle = np.array([part.mean() for part in parts])
    if min(part.min() for part in parts) < 0 or not (middle > 0).all():
        channel = task.channels[int(np.argmin([part.min() for part in parts]))]
        raise InputError(f"{channel} is not positive", config.kind, "give concentrations or heights")
    if config.kind == "waves" or not config.logarithm:
        return Form(True, False, none)
    return Form(True, True, 1e-4 * middle[:, None, None].astype(np.float32))


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


def box_of(statistics: DailyStatistics, task: DailyFields | DailyStatistics) -> Box:
    """Find the coarse cells that the fine ones of a task divide.

    Parameters
    ----------
    statistics : DailyStatistics
        Of the state.
    task : DailyFields or DailyStatistics
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
