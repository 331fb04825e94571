"""Bicubic interpolation of a forecast to finer fields of a box, as a head is compared with."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from graphs.types import Floats
from oxygen_recon.dataset.daily.fields import DailyFields, Dates
from oxygen_recon.dataset.daily.seasons import DayOfYear
from oxygen_recon.models.fourier.heads.scales import Box, box_of
from oxygen_recon.models.fourier.statistics import DailyStatistics


class Bicubic:
    """Finer fields of a box by interpolation.

    Parameters
    ----------
    statistics : DailyStatistics
        Of the state.
    task : DailyFields
        The finer fields.
    training : datetime64[D] array, optional
        Days of the climatology of the finer fields: the anomaly of the forecast is interpolated, and added to it; the
        forecast itself is interpolated when left out.
    """

    def __init__(self, statistics: DailyStatistics, task: DailyFields, training: Dates | None = None) -> None:
        self.statistics, self.box = statistics, box_of(statistics, task)
        self.usual = None if training is None else DayOfYear.fit(task, np.intersect1d(training, task.dates))

    def of(self, values: Floats, date: np.datetime64) -> NDArray[np.float32]:
        """Interpolate a forecast.

        Parameters
        ----------
        values : array, shape (lead, channel, latitude, longitude)
            Units of the channels.
        date : datetime64[D]
            Of its start.

        Returns
        -------
        float32 array, shape (lead, field, fine latitude, fine longitude)
        """
        days = date + np.arange(1, len(values) + 1).astype("timedelta64[D]")
        values = values if self.usual is None else values - self.statistics.climatology.at(days)
        fine = finer(self.box, torch.from_numpy(np.asarray(values, np.float32))).numpy()
        return np.asarray(fine if self.usual is None else fine + self.usual.at(days), np.float32)


def finer(box: Box, state: Tensor) -> Tensor:
    """Interpolate the coarse cells of a box, bicubically.

    Parameters
    ----------
    box : Box
        The cells, and how finely they are divided.
    state : tensor, shape (batch, channel, latitude, longitude)
        Of the whole grid.

    Returns
    -------
    tensor, shape (batch, field, fine latitude, fine longitude)
    """
    return functional.interpolate(box.of(state), scale_factor=float(box.factor), mode="bicubic", align_corners=False)
