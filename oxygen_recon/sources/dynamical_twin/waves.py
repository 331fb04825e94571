"""Waves of the twin: energy in twelve directions and three bands of period, grown by the wind, carried away as swell.

Each bin is carried at the group speed of deep water by first-order upwind differences, and absorbed by land. As storms
do, waves cross as many degrees a day as on the Earth. Growth is towards the spectrum of a fully developed sea (Pierson
and Moskowitz, J. Geophys. Res. 69, 1964): height 0.0246 U**2 m, period of the peak 0.73 U s for a wind of U m/s.
"""

import numpy as np

from graphs.types import Floats, Mask
from oxygen_recon.sources.dynamical_twin.ocean.basin import Basin, Single
from oxygen_recon.sources.dynamical_twin.ocean.weather import RECORDS, Weather

DIRECTIONS = np.radians(np.arange(12) * 30.0)  # towards which waves travel, anticlockwise from east
PERIODS = np.array([6.0, 10.0, 14.0])  # s
_GROUP_SPEED = 9.81 * PERIODS / (4 * np.pi)  # m/s, deep water
_GROWTH = np.array([0.3, 1.5, 5.0])  # days
_DECAY = np.array([0.6, 3.0, 9.0])  # days
_BREADTH = 0.35  # of the logarithm of the period, over which a sea spreads round its peak
_EARTH = 4.003e7  # m, circumference
STEPS = 8  # a day


class Waves:
    """Waves on cells of twice the ocean's size.

    Parameters
    ----------
    basin : Basin
        The ocean's grid.
    energy : array, shape (12, 3, rows, columns), optional
        Variance of the surface by direction and band, m2; by default none.

    Examples
    --------
    >>> from oxygen_recon.sources.dynamical_twin.ocean.weather import Atmosphere
    >>> basin = Basin.of(32)
    >>> weather = Atmosphere(basin, seed=0).weather()
    >>> height = Waves(basin).day([weather] * 5)
    >>> height.shape, bool(0.3 < height[Waves(basin).wet].mean() < 3)
    ((16, 32), True)
    """

    def __init__(self, basin: Basin, energy: Single | None = None) -> None:
        self.latitude, self.longitude = (axis.reshape(-1, 2).mean(1) for axis in (basin.latitude, basin.longitude))
        self.wet: Mask = _blocks(basin.wet.astype(float)) >= 0.5
        shape = (DIRECTIONS.size, PERIODS.size, *self.wet.shape)
        self.energy: Single = np.zeros(shape, np.float32) if energy is None else energy.copy()
        spacing = _EARTH / self.longitude.size
        step = 86400 / STEPS
        east, north = np.cos(DIRECTIONS)[:, None], np.sin(DIRECTIONS)[:, None]
        self._courant = [np.asarray(_GROUP_SPEED * step / spacing * part, np.float32) for part in (east, north)]
        self._wet = self.wet.astype(np.float32)

    def day(self, weather: list[Weather]) -> Single:
        """Move the waves forward by one day.

        Parameters
        ----------
        weather : list of Weather
            At the four records of the day and the first of the next.

        Returns
        -------
        array of float32, shape (rows, columns)
            Mean of the significant height, m; 0 on land.
        """
        winds = [_blocks(np.stack([record.eastward_wind, record.northward_wind])) for record in weather]
        height = np.zeros_like(self._wet)
        for step in range(STEPS):
            place = (step + 0.5) / STEPS * RECORDS
            before = min(int(place), RECORDS - 1)
            wind = winds[before] + (place - before) * (winds[before + 1] - winds[before])
            self._carry()
            self._grow(fully_developed(wind).astype(np.float32))
            height += self.height()
        return height / np.float32(STEPS)

    def height(self) -> Single:
        """Return the significant height now, m, shape (rows, columns)."""
        return np.asarray(4 * np.sqrt(self.energy.sum((0, 1))), np.float32)

    def _carry(self) -> None:
        """Carry every bin by one step, periodic in longitude, absorbed by land and at the poles."""
        energy = self.energy
        east, north = (courant[:, :, None, None] for courant in self._courant)
        crossed = np.maximum(east, 0) * energy + np.minimum(east, 0) * np.roll(energy, -1, -1)
        change = np.roll(crossed, 1, -1) - crossed
        upper = np.zeros_like(energy)
        upper[:, :, :-1] = energy[:, :, 1:]
        crossed = np.maximum(north, 0) * energy + np.minimum(north, 0) * upper
        change -= crossed
        change[:, :, 1:] += crossed[:, :, :-1]
        change[:, :, 0] += (np.minimum(north, 0) * energy[:, :, :1])[:, :, 0]
        energy += change
        energy *= self._wet

    def _grow(self, target: Single) -> None:
        """Let every bin come to its share of the fully developed sea, fast from below, slowly from above."""
        days = 1 / STEPS
        up, down = (np.asarray(-np.expm1(-days / time), np.float32)[:, None, None] for time in (_GROWTH, _DECAY))
        gap = target - self.energy
        self.energy += gap * np.where(gap > 0, up, down)
        self.energy *= self._wet


def fully_developed(wind: Floats) -> Floats:
    """Return the energy of a fully developed sea by direction and band.

    Parameters
    ----------
    wind : array, shape (2, ...)
        Eastward and northward, m/s.

    Returns
    -------
    array, shape (12, 3, ...)
        Variance of the surface, m2; a sixteenth of the height's square in all.

    Examples
    --------
    >>> energy = fully_developed(np.array([[10.0], [0.0]]))
    >>> float(4 * np.sqrt(energy.sum()).round(3))
    2.46
    """
    speed = np.hypot(wind[0], wind[1])
    total = (0.0246 * speed**2) ** 2 / 16
    shape = [1] * speed.ndim
    peak = 0.73 * np.maximum(speed, 1.0)
    band = np.exp(-((np.log(PERIODS.reshape(-1, *shape) / peak) / _BREADTH) ** 2) / 2) + 1e-12
    band /= band.sum(0)
    away = np.cos(DIRECTIONS.reshape(-1, *shape) - np.arctan2(wind[1], wind[0]))
    spread = np.maximum(away, 0) ** 2
    spread /= spread.sum(0)
    return np.asarray(total * band * spread[:, None])


def _blocks(field: Floats) -> Floats:
    """Means over blocks of two by two cells."""
    rows, columns = field.shape[-2] // 2, field.shape[-1] // 2
    return np.asarray(field.reshape(*field.shape[:-2], rows, 2, columns, 2).mean((-3, -1)))
