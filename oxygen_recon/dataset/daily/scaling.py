"""Standard scores of channels, from training days only."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats
from oxygen_recon.dataset.daily.fields import Channel, DailyFields, Dates, blocks
from qc.errors import InputError


@dataclass(frozen=True)
class Scaling:
    """One mean and one standard deviation a channel, over the whole filled grid, as published (AI-GOMS).

    Parameters
    ----------
    mean, deviation : float32 array, shape (channel,)
        Units of the channels; the deviation is positive.
    channels : tuple of Channel
        Whose they are.
    training : datetime64[D] array
        The days that they were made from (`oxygen_recon.dataset.daily.fields.exclude` refuses to score on these).
    """

    mean: NDArray[np.float32]
    deviation: NDArray[np.float32]
    channels: tuple[Channel, ...]
    training: Dates

    @classmethod
    def fit(cls, fields: DailyFields, training: Dates) -> Scaling:
        """Measure mean and standard deviation.

        Parameters
        ----------
        fields : DailyFields
            Fields with filled land.
        training : datetime64[D] array
            Days that they are made from, all among those of the fields.

        Returns
        -------
        Scaling

        Raises
        ------
        InputError
            If a channel does not vary over the training days, or a day is missing.
        """
        chosen = np.zeros(fields.dates.size, bool)
        chosen[fields.places(training)] = True
        if not chosen.any():
            raise InputError("no training day", "scaling", "name the days that statistics are made from")
        first = fields.values[int(chosen.argmax())].mean(axis=(1, 2), dtype=np.float64)
        total, squares = np.zeros_like(first), np.zeros_like(first)
        for days in blocks(fields):
            for values in fields.values[days][chosen[days]]:
                departure = values - first[:, None, None]  # so that squares keep their digits
                total += departure.sum(axis=(1, 2))
                squares += np.square(departure).sum(axis=(1, 2))
        number = int(chosen.sum()) * fields.latitude.size * fields.longitude.size
        deviation = np.sqrt(np.maximum(squares / number - (total / number) ** 2, 0.0))
        if not (deviation > 0).all():
            what = f"{fields.channels[int(deviation.argmin())]} does not vary over the training days"
            raise InputError(what, "scaling", "leave the channel out")
        mean = first + total / number
        return cls(mean.astype(np.float32), deviation.astype(np.float32), fields.channels, fields.dates[chosen])

    def apply(self, values: Floats) -> NDArray[np.float32]:
        """Bring values to standard scores.

        Parameters
        ----------
        values : array, shape (..., channel, latitude, longitude)
            Units of the channels.

        Returns
        -------
        float32 array of the same shape
        """
        scores: NDArray[np.float32] = (values - self.mean[:, None, None]) / self.deviation[:, None, None]
        return scores.astype(np.float32, copy=False)

    def undo(self, scores: Floats) -> NDArray[np.float32]:
        """Bring standard scores back to values.

        Parameters
        ----------
        scores : array, shape (..., channel, latitude, longitude)
            As of `apply`.

        Returns
        -------
        float32 array of the same shape
            Units of the channels.
        """
        values: NDArray[np.float32] = scores * self.deviation[:, None, None] + self.mean[:, None, None]
        return values.astype(np.float32, copy=False)
