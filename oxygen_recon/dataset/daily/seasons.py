"""Climatology by day of the year, from training days only: the mean with annual and semi-annual waves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats
from oxygen_recon.dataset.daily.fields import DailyFields, Dates, blocks
from qc.errors import InputError

_YEAR = 365.2425  # days, mean of the Gregorian calendar
_LONGEST_GAP = 45.0  # days of the year without a training day, over which waves are not drawn


@dataclass(frozen=True)
class DayOfYear:
    """Smooth climatology at every channel and cell.

    Parameters
    ----------
    coefficients : float32 array, shape (1 + 2 harmonics, channel, latitude, longitude)
        Mean, then cosine and sine of each wave, units of the channels.
    training : datetime64[D] array
        The days that it was made from (`oxygen_recon.dataset.daily.fields.exclude` refuses to score on these).
    """

    coefficients: NDArray[np.float32]
    training: Dates

    @classmethod
    def fit(cls, fields: DailyFields, training: Dates, harmonics: int = 2) -> DayOfYear:
        """Fit the waves by least squares.

        Parameters
        ----------
        fields : DailyFields
            Fields with filled land.
        training : datetime64[D] array
            Days that it is made from, all among those of the fields.
        harmonics : int
            Waves of a year: 2 are the annual and the semi-annual. Where the training days leave more than 45 days of
            the year without any, the mean alone is fitted: waves would be drawn over the gap.

        Returns
        -------
        DayOfYear

        Raises
        ------
        InputError
            If there is no training day, or one that the fields lack.

        Examples
        --------
        >>> from oxygen_recon.dataset.daily.fields import Channel
        >>> days = np.arange("2001-01-01", "2003-01-01", dtype="datetime64[D]")
        >>> wave = np.sin(2 * np.pi * np.arange(days.size) / 365.2425).astype(np.float32)
        >>> axes = np.array([0.0]), np.array([0.0]), (Channel("temperature", 0.0, "degC"),)
        >>> fields = DailyFields(10 + wave[:, None, None, None], np.ones((1, 1, 1), bool), days, *axes)
        >>> DayOfYear.fit(fields, days).at(np.array(["2010-04-02"], "datetime64[D]")).round(2).item()
        11.0
        """
        chosen = np.zeros(fields.dates.size, bool)
        chosen[fields.places(training)] = True
        if not chosen.any():
            raise InputError("no training day", "climatology", "name the days that it is made from")
        harmonics = harmonics if _covers_year(fields.dates[chosen]) else 0
        weights = np.zeros((1 + 2 * harmonics, chosen.size))
        weights[:, chosen] = np.linalg.pinv(waves(fields.dates[chosen], harmonics))
        first = fields.values[int(chosen.argmax())]
        total = np.zeros((1 + 2 * harmonics, first.size))
        for days in blocks(fields):
            part = chosen[days]
            departure = (fields.values[days][part] - first).reshape(int(part.sum()), first.size)
            total += weights[:, days][:, part].astype(np.float32) @ departure
        total[0] += first.ravel()
        shape = (len(total), *first.shape)
        return cls(total.reshape(shape).astype(np.float32), fields.dates[chosen])

    @property
    def harmonics(self) -> int:
        """Waves of a year that were fitted; 0 where it is the mean alone."""
        return (len(self.coefficients) - 1) // 2

    def at(self, dates: Dates) -> NDArray[np.float32]:
        """Give the climatology on some dates.

        Parameters
        ----------
        dates : datetime64[D] array, shape (day,)
            In any order and of any year.

        Returns
        -------
        float32 array, shape (day, channel, latitude, longitude)
        """
        parts = waves(dates, self.harmonics).astype(np.float32)
        return np.asarray(np.tensordot(parts, self.coefficients, axes=1), np.float32)


def waves(dates: Dates, harmonics: int) -> Floats:
    """Give what the coefficients of a climatology are multiplied by.

    Parameters
    ----------
    dates : datetime64[D] array, shape (...)
        In any order and of any year.
    harmonics : int
        Waves of a year.

    Returns
    -------
    array, shape (..., 1 + 2 harmonics)
        One, and cosine and sine of each wave.

    Examples
    --------
    >>> waves(np.array(["2000-01-01"], "datetime64[D]"), 1).tolist()
    [[1.0, 1.0, 0.0]]
    """
    dates = np.asarray(dates, "datetime64[D]")
    phase = 2.0 * np.pi * (dates - np.datetime64("2000-01-01")).astype(float) / _YEAR
    parts = [np.ones(dates.shape)]
    for number in range(1, harmonics + 1):
        parts += [np.cos(number * phase), np.sin(number * phase)]
    return np.stack(parts, axis=-1)


def _covers_year(dates: Dates) -> bool:
    """Tell whether the dates lie all round the year."""
    day = np.sort(np.mod((dates - np.datetime64("2000-01-01")).astype(float), _YEAR))
    return bool(np.diff(day, append=day[0] + _YEAR).max() <= _LONGEST_GAP)
