"""Persistence, the climatology of the day of the year, and damped persistence, which goes from one to the other."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats
from oxygen_recon.dataset.daily.fields import DailyFields, Dates
from oxygen_recon.dataset.daily.seasons import DayOfYear
from oxygen_recon.models.daily_baselines.anomalies import days_after, decay, fitted
from qc.errors import InputError


class Persistence:
    """Every day is as the start."""

    def fit(self, fields: DailyFields, training: Dates, seed: int = 0) -> None:
        """Learn nothing; parameters as for `oxygen_recon.models.interface.Forecaster.fit`.

        Parameters
        ----------
        fields, training, seed
            Not read.
        """

    def forecast(self, start: Floats, date: np.datetime64, leads: int) -> NDArray[np.float32]:
        """Repeat the start.

        Parameters
        ----------
        start, date, leads
            As for `oxygen_recon.models.interface.Forecaster.forecast`.

        Returns
        -------
        float32 array, shape (lead, channel, latitude, longitude)
        """
        return np.repeat(start.astype(np.float32)[None], leads, axis=0)


class DayOfYearClimatology:
    """Every day is as its day of the year is on average, whatever the start."""

    def __init__(self) -> None:
        self.climatology: DayOfYear | None = None

    def fit(self, fields: DailyFields, training: Dates, seed: int = 0) -> None:
        """Fit the climatology.

        Parameters
        ----------
        fields, training, seed
            As for `oxygen_recon.models.interface.Forecaster.fit`.
        """
        self.climatology = DayOfYear.fit(fields, training)

    def forecast(self, start: Floats, date: np.datetime64, leads: int) -> NDArray[np.float32]:
        """Give the climatology of the days after the start.

        Parameters
        ----------
        start, date, leads
            As for `oxygen_recon.models.interface.Forecaster.forecast`.

        Returns
        -------
        float32 array, shape (lead, channel, latitude, longitude)
        """
        return fitted(self.climatology).at(days_after(date, leads))


class DampedPersistence:
    """The anomaly of the start decays to the climatology of the day of the year.

    Parameters
    ----------
    leads : int
        Days for which coefficients are measured; forecasts may be as long. Training days in a row must be more.
    """

    def __init__(self, leads: int = 30) -> None:
        self.leads = leads
        self.climatology: DayOfYear | None = None
        self.coefficients: Floats | None = None  # (lead, channel)

    def fit(self, fields: DailyFields, training: Dates, seed: int = 0) -> None:
        """Measure climatology and coefficients.

        Parameters
        ----------
        fields, training, seed
            As for `oxygen_recon.models.interface.Forecaster.fit`.

        Raises
        ------
        InputError
            If no training days in a row are more than the leads.
        """
        self.climatology = DayOfYear.fit(fields, training)
        self.coefficients = decay(fields, training, self.climatology, self.leads)

    def forecast(self, start: Floats, date: np.datetime64, leads: int) -> NDArray[np.float32]:
        """Let the anomaly decay.

        Parameters
        ----------
        start, date, leads
            As for `oxygen_recon.models.interface.Forecaster.forecast`.

        Returns
        -------
        float32 array, shape (lead, channel, latitude, longitude)

        Raises
        ------
        InputError
            If more leads are asked for than were fitted.
        """
        climatology, coefficients = fitted(self.climatology), fitted(self.coefficients)
        if leads > self.leads:
            raise InputError(f"{leads} days, coefficients of {self.leads}", "damped persistence", "fit it with leads=")
        anomaly = (start - climatology.at(np.array([date]))[0]).astype(np.float32)
        factor = coefficients[:leads, :, None, None].astype(np.float32)
        result: NDArray[np.float32] = climatology.at(days_after(date, leads)) + factor * anomaly
        return result
