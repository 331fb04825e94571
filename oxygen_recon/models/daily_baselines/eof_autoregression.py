"""Leading patterns of all channels together that act on each other from day to day; the rest decays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats, Ints
from oxygen_recon.dataset.daily.fields import DailyFields, Dates
from oxygen_recon.dataset.daily.seasons import DayOfYear
from oxygen_recon.models.daily_baselines.anomalies import anomalies, days_after, decay, fitted, training_windows
from qc.errors import InputError

_MOST_SNAPSHOTS = 200  # spread over the training days; more would not fit into memory at 61 channels of 128 x 256


class EofAutoregression:
    """Autoregression of order one of the principal components of anomalies, a linear inverse model.

    Anomalies from the climatology of the day of the year are divided by the standard deviation of their channel and
    weighted by the root of the area; their empirical orthogonal functions are those of spread training days (the method
    of snapshots, Sirovich 1987). Components of one day follow from those of the day before by ridge regression (Penland
    and Sardeshmukh 1995, without noise). What the patterns do not hold decays as in damped persistence.

    Parameters
    ----------
    modes : int
        Patterns; fewer where there are fewer training days.
    ridge : float
        Penalty, as a share of the mean variance of the components.
    leads : int
        Days for which the decay is measured; forecasts may be as long.
    """

    def __init__(self, modes: int = 20, ridge: float = 0.01, leads: int = 30) -> None:
        self.modes, self.ridge, self.leads = modes, ridge, leads
        self.climatology: DayOfYear | None = None
        self.patterns: NDArray[np.float32] | None = None  # (mode, cell), orthonormal
        self.step: Floats | None = None  # (mode, mode)
        self.coefficients: Floats | None = None  # (lead, channel)
        self.scale: NDArray[np.float32] | None = None  # (channel, latitude, longitude): to weighted standard scores
        self.ocean: NDArray[np.bool_] | None = None

    def fit(self, fields: DailyFields, training: Dates, seed: int = 0) -> None:
        """Find patterns, their autoregression and the decay of the rest.

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
        self.ocean = fields.ocean
        days = np.sort(fields.places(training))
        spread = days[np.linspace(0, days.size - 1, min(days.size, _MOST_SNAPSHOTS)).round().astype(int)]
        self.scale = self._scale(fields, spread)
        self.patterns = self._patterns(np.stack([self._scores(fields, day) for day in spread]))
        component = {day: self.patterns @ self._scores(fields, day) for day in days.tolist()}
        pairs = training_windows(fields, training, 2).tolist()
        self.step = _regression(
            np.stack([component[day] for day in pairs]), np.stack([component[day + 1] for day in pairs]), self.ridge
        )

    def forecast(self, start: Floats, date: np.datetime64, leads: int) -> NDArray[np.float32]:
        """Step the components, and let the rest decay.

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
        climatology, patterns, step = fitted(self.climatology), fitted(self.patterns), fitted(self.step)
        ocean, scale, coefficients = fitted(self.ocean), fitted(self.scale), fitted(self.coefficients)
        if leads > self.leads:
            raise InputError(f"{leads} days, coefficients of {self.leads}", "EOF-autoregression", "fit it with leads=")
        anomaly = (start - climatology.at(np.array([date]))[0]).astype(np.float32)
        component = patterns @ (anomaly * scale)[ocean]
        rest = anomaly - self._field(component)
        result = climatology.at(days_after(date, leads))
        for lead in range(leads):
            component = step @ component
            result[lead] += self._field(component) + coefficients[lead, :, None, None].astype(np.float32) * rest
        return result

    def _scale(self, fields: DailyFields, days: Ints) -> NDArray[np.float32]:
        """Root of the area over the standard deviation of the channel's anomalies."""
        climatology, area = fitted(self.climatology), np.cos(np.radians(fields.latitude))[:, None]
        weight = fields.ocean * area
        square = np.zeros(len(fields.channels))
        for day in days:
            square += np.einsum("cij,cij->c", weight, np.square(anomalies(fields, climatology, slice(day, day + 1))[0]))
        deviation = np.sqrt(square / (days.size * weight.sum(axis=(1, 2))))
        scale = np.sqrt(area) / np.maximum(deviation, np.finfo(np.float32).tiny)[:, None, None]
        return np.broadcast_to(scale, fields.ocean.shape).astype(np.float32)

    def _scores(self, fields: DailyFields, day: int) -> NDArray[np.float32]:
        """Weighted standard scores of one day at the ocean cells."""
        anomaly = anomalies(fields, fitted(self.climatology), slice(day, day + 1))[0]
        scores: NDArray[np.float32] = (anomaly * fitted(self.scale))[fitted(self.ocean)]
        return scores

    def _patterns(self, snapshots: NDArray[np.float32]) -> NDArray[np.float32]:
        """Orthonormal patterns of some days, those of the largest variance first."""
        value, vector = np.linalg.eigh((snapshots @ snapshots.T).astype(float))
        order = np.argsort(value)[::-1][: self.modes]
        order = order[value[order] > 1e-6 * value.max()]
        weights = (vector[:, order] / np.sqrt(value[order])).astype(np.float32)
        patterns: NDArray[np.float32] = weights.T @ snapshots
        return patterns

    def _field(self, component: Floats) -> NDArray[np.float32]:
        """Anomaly that components stand for; 0 on land."""
        ocean, scale = fitted(self.ocean), fitted(self.scale)
        field = np.zeros(ocean.shape, np.float32)
        field[ocean] = (component.astype(np.float32) @ fitted(self.patterns)) / scale[ocean]
        return field


def _regression(before: Floats, after: Floats, ridge: float) -> Floats:
    """Matrix that best gives the components of a day from those of the day before."""
    square = before.T @ before
    penalty = ridge * np.trace(square) / len(square) * np.eye(len(square))
    result: Floats = np.linalg.solve(square + penalty, before.T @ after).T
    return result
