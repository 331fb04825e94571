"""What a daily forecast knows of the fields beforehand: climatology, scales, memory, land and place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats, Mask
from oxygen_recon.dataset.daily.fields import Channel, DailyFields, Dates, windows
from oxygen_recon.dataset.daily.scaling import Scaling
from oxygen_recon.dataset.daily.seasons import DayOfYear
from qc.errors import InputError

_TURN = 360.0 - 1e-6  # degrees: a grid as wide as this goes round the globe
_SAMPLE = 64  # windows over which changes are averaged


@dataclass(frozen=True)
class DailyStatistics:
    """Climatology, scales, memory, land and place of daily fields.

    Parameters
    ----------
    channels : tuple of Channel
        Of the state.
    ocean : bool array, shape (channel, latitude, longitude)
        What is ocean.
    latitude, longitude : float64 array
        Degrees.
    scaling : Scaling
        Standard scores of the state.
    climatology : DayOfYear
        Of the state, in its units.
    change : float32 array, shape (lead, channel)
        Root mean square of how much the ocean changes in 1, 2, ... days, standard scores; positive.
    damping : float32 array, shape (channel,)
        One minus the correlation of the anomaly with that of the next day.
    forcing : Scaling or None
        Standard scores of the forcing, which names its channels; None where there is none.
    fixed : float32 array, shape (fixed, latitude, longitude)
        Fields that do not change, as topography, in standard scores; may have no field.
    """

    channels: tuple[Channel, ...]
    ocean: Mask
    latitude: Floats
    longitude: Floats
    scaling: Scaling
    climatology: DayOfYear
    change: NDArray[np.float32]
    damping: NDArray[np.float32]
    forcing: Scaling | None
    fixed: NDArray[np.float32]

    @property
    def periodic(self) -> bool:
        """Whether the grid goes round the globe."""
        number = self.longitude.size
        return number > 1 and abs(self.longitude[-1] - self.longitude[0]) * number / (number - 1) >= _TURN

    @property
    def usual(self) -> NDArray[np.float32]:
        """Standard deviation of the anomalies of each channel, standard scores, shape (channel,)."""
        result: NDArray[np.float32] = (self.change[0] / np.sqrt(2 * self.damping)).astype(np.float32)
        return result

    @property
    def normal(self) -> NDArray[np.float32]:
        """Coefficients of the climatology in standard scores, shape (1 + 2 harmonics, channel, latitude, longitude)."""
        waves = self.climatology.coefficients / self.scaling.deviation[:, None, None]
        waves[0] -= (self.scaling.mean / self.scaling.deviation)[:, None, None]
        return waves

    @property
    def weight(self) -> NDArray[np.float32]:
        """Share of each ocean cell in the area of its channel's ocean, shape (channel, latitude, longitude)."""
        area = np.cos(np.radians(self.latitude))[:, None] * self.ocean
        share: NDArray[np.float32] = (area / area.sum(axis=(1, 2), keepdims=True)).astype(np.float32)
        return share

    @property
    def places(self) -> NDArray[np.float32]:
        """Position on the unit sphere in standard scores, then each different mask of the ocean, shape (place, ...)."""
        latitude, longitude = np.radians(self.latitude)[:, None], np.radians(self.longitude)[None, :]
        x, y = np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude)
        sphere = np.stack([x, y, np.broadcast_to(np.sin(latitude), x.shape)])
        sphere -= sphere.mean(axis=(1, 2), keepdims=True)
        sphere /= np.maximum(sphere.std(axis=(1, 2), keepdims=True), 1e-6)
        return np.concatenate([sphere, np.unique(self.ocean, axis=0)]).astype(np.float32)


def measure(
    fields: DailyFields,
    training: Dates,
    leads: int,
    forcing: DailyFields | None = None,
    fixed: Floats | None = None,
) -> DailyStatistics:
    """Measure the statistics of training days.

    Parameters
    ----------
    fields : DailyFields
        The state.
    training : datetime64[D] array
        Days that all is made from.
    leads : int
        Days of the longest forecast in training.
    forcing : DailyFields, optional
        On the same grid, with all days of the fields.
    fixed : array, shape (fixed, latitude, longitude), optional
        Fields that do not change, finite on land too.

    Returns
    -------
    DailyStatistics

    Raises
    ------
    InputError
        If no window of 1 + leads days lies among the training days, or forcing or fixed fields have another grid.
    """
    grid = (fields.latitude.size, fields.longitude.size)
    if forcing is not None:
        same = np.array_equal(forcing.latitude, fields.latitude) and np.array_equal(forcing.longitude, fields.longitude)
        if not same:
            raise InputError("on another grid than the ocean", "forcing", "bring it to the grid of the ocean")
    if fixed is not None and fixed.shape[1:] != grid:
        raise InputError(f"fixed fields of shape {fixed.shape[1:]}", "daily forecast", f"the grid is {grid}")
    scaling = Scaling.fit(fields, training)
    climatology = DayOfYear.fit(fields, training)
    change, variance = _change(fields, training, leads, scaling, climatology)
    still = np.zeros((0, *grid)) if fixed is None else fixed - fixed.mean(axis=(1, 2), keepdims=True)
    return DailyStatistics(
        fields.channels, fields.ocean, fields.latitude, fields.longitude, scaling, climatology,
        change=change, damping=np.clip(0.5 * change[0] ** 2 / variance, 1e-3, 0.5).astype(np.float32),
        forcing=None if forcing is None else Scaling.fit(forcing, training),
        fixed=(still / np.maximum(still.std(axis=(1, 2), keepdims=True), 1e-6)).astype(np.float32),
    )  # fmt: skip


def _change(
    fields: DailyFields, training: Dates, leads: int, scaling: Scaling, climatology: DayOfYear
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Root mean square change by lead and channel, and variance of the anomaly by channel, of the ocean."""
    starts = windows(fields, 1 + leads, training)
    if not starts.size:
        raise InputError(f"no {1 + leads} training days in a row", "daily forecast", "shorten training.roll_out")
    starts = starts[:: max(1, starts.size // _SAMPLE)]
    number = fields.ocean.sum(axis=(1, 2))
    change, variance = np.zeros((leads, len(fields.channels))), np.zeros(len(fields.channels))
    for start in starts:
        days = slice(start, start + 1 + leads)
        scores = scaling.apply(fields.values[days])
        normal = scaling.apply(climatology.at(fields.dates[days]))
        variance += (np.square(scores[0] - normal[0]) * fields.ocean).sum(axis=(1, 2)) / number
        change += (np.square(scores[1:] - scores[0]) * fields.ocean).sum(axis=(2, 3)) / number
    root = np.maximum(np.sqrt(change / starts.size), 1e-6).astype(np.float32)
    return root, np.maximum(variance / starts.size, 1e-12).astype(np.float32)
