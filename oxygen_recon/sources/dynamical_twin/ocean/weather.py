"""Weather over the twin: mean winds with a season, storms, air temperature and pressure.

Storms are waves of a stream function whose amplitudes are remembered for days and whose phases travel as many degrees a
day as on the Earth. In kilometres they are as much smaller and slower as the planet is: at the Earth's speed they would
cross it within hours.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graphs.types import Floats
from oxygen_recon.sources.dynamical_twin.ocean.basin import Basin

RECORDS = 4  # a day
YEAR = 365.25  # days
_SOLAR = 1361.0  # W/m2
_AIR_DENSITY = 1.22  # kg/m3
_MEMORY = (3.5, 20.0)  # days in which storms and slow patterns lose their amplitude to 1/e
_SHARE = (1.0, 0.3)  # standard deviations of the two, relative
_SPEED = (9.0, 1.5)  # degrees of longitude a day, eastwards
_WAVES = np.arange(1, 12)  # round the planet
_ROWS = np.arange(1, 15)  # from pole to pole, half waves
_WIND = 5.0  # m/s, standard deviation of either wind in the storm tracks


@dataclass(frozen=True)
class Weather:
    """Fields at the surface at one time, arrays of shape (rows, columns).

    Parameters
    ----------
    eastward_wind, northward_wind : array
        Wind at 10 m, m/s.
    mean_wind : array, shape (2, rows, columns)
        The part of it without storms, m/s.
    air_temperature : array
        At 2 m, degC.
    pressure : array
        At mean sea level, Pa.
    """

    eastward_wind: Floats
    northward_wind: Floats
    mean_wind: Floats
    air_temperature: Floats
    pressure: Floats

    def stress(self, mean_factor: float, storm_factor: float) -> Floats:
        """Return the wind stress on the ocean, N/m2, shape (2, rows, columns).

        Parameters
        ----------
        mean_factor : float
            Factor on the stress.
        storm_factor : float
            Factor on what storms add to that of the mean wind.
        """
        mean = _drag(self.mean_wind)
        whole = _drag(np.stack([self.eastward_wind, self.northward_wind]))
        return np.asarray(mean_factor * (mean + storm_factor * (whole - mean)))


def _drag(wind: Floats) -> Floats:
    """Stress of a wind, N/m2, with the coefficient of Large and Pond (1981) in its simplest form."""
    speed = np.sqrt((wind**2).sum(0))
    return np.asarray(_AIR_DENSITY * 1e-3 * np.clip(0.49 + 0.065 * speed, 1.2, 2.0) * speed * wind)


class Atmosphere:
    """Weather of a seed, one record after the other.

    Parameters
    ----------
    basin : Basin
        Grid and land.
    seed : int
        Seed of the storms.
    origin : float [day]
        Days from the first record, number 0, to a first of January.

    Examples
    --------
    >>> air = Atmosphere(Basin.of(32), seed=0)
    >>> weather = air.weather()
    >>> weather.eastward_wind.shape
    (32, 64)
    >>> air.advance()
    >>> air.record
    1
    """

    def __init__(self, basin: Basin, seed: int, origin: float = 0.0) -> None:
        self.basin, self.seed, self.origin, self.record = basin, seed, origin, 0
        self._norm = _normalised()
        self.amplitudes = self._noise(0) * self._scale()
        angle = np.radians(basin.latitude)[:, None] + np.pi / 2
        self._shape = np.sin(_ROWS * angle)

    def _noise(self, record: int) -> NDArray[np.complex128]:
        """Independent complex amplitudes of unit variance, the same for a seed and record."""
        draw = np.random.default_rng([self.seed, 1, record]).normal(0, np.sqrt(0.5), (2, 2, _ROWS.size, _WAVES.size))
        return np.asarray(draw[0] + 1j * draw[1])

    def _scale(self) -> Floats:
        """Return the standard deviation of each amplitude, shape (2, rows of waves, waves)."""
        return np.asarray(np.array(_SHARE)[:, None, None] * self._norm)

    def advance(self) -> None:
        """Go on to the next record."""
        self.record += 1
        keep = np.exp(-1 / (RECORDS * np.array(_MEMORY)))[:, None, None]
        turn = np.radians(np.array(_SPEED) / RECORDS)[:, None, None] * _WAVES
        fresh = np.sqrt(1 - keep**2) * self._noise(self.record) * self._scale()
        self.amplitudes = self.amplitudes * keep * np.exp(-1j * turn) + fresh

    def weather(self) -> Weather:
        """Return the weather of the present record."""
        season = 2 * np.pi * (self.record / RECORDS - self.origin - 15) / YEAR  # 0 in mid January
        latitude = self.basin.latitude
        stream = self._stream() * _storm_track(latitude, season)[:, None]
        spacing = np.radians(180 / latitude.size)
        storm = np.stack([-np.gradient(stream, spacing, axis=0), _eastward_difference(stream) / spacing])
        mean = np.broadcast_to(_mean_wind(latitude, season)[:, :, None], storm.shape)
        wind = mean + storm
        pressure = _mean_pressure(latitude)[:, None] + 600.0 * np.tanh(latitude / 15)[:, None] * stream
        air = _air_temperature(self.basin, season)
        air = air - 0.35 * np.tanh(-latitude / 15)[:, None] * storm[1]
        return Weather(wind[0], wind[1], mean, air, pressure)

    def _stream(self) -> Floats:
        """Stream function of the storms before their tracks are applied, m/s times radians."""
        columns = self.basin.longitude.size
        spectrum = np.zeros((self._shape.shape[0], columns // 2 + 1), complex)
        spectrum[:, _WAVES] = np.einsum("rn,nm->rm", self._shape, self.amplitudes.sum(0))
        return np.asarray(np.fft.irfft(spectrum, columns, axis=1, norm="forward"))


def insolation(latitude: Floats, day: float) -> Floats:
    """Return the mean of a day's sunlight above the air, W/m2, by Milankovitch's formula for a circular orbit.

    Parameters
    ----------
    latitude : array
        Degrees north.
    day : float
        Days since the first of January.

    Examples
    --------
    >>> insolation(np.array([-60.0, 0.0, 60.0]), 172.0).round(-1)
    array([ 20., 400., 490.])
    """
    sun = np.radians(23.44) * np.sin(2 * np.pi * (day - 80) / YEAR)
    north = np.radians(latitude)
    hour = np.arccos(np.clip(-np.tan(north) * np.tan(sun), -1, 1))
    height = hour * np.sin(north) * np.sin(sun) + np.cos(north) * np.cos(sun) * np.sin(hour)
    return np.asarray(_SOLAR * np.maximum(height, 0) / np.pi)


def _normalised() -> Floats:
    """Return standard deviations of amplitudes: most round five waves, either wind of a standard deviation `_WIND`."""
    size = np.hypot(_WAVES[None, :], _ROWS[:, None])
    shape = np.exp(-(((size - 5.0) / 2.0) ** 2)) / size
    variance = 0.5 * (shape**2 * size**2).sum() * sum(share**2 for share in _SHARE)
    return np.asarray(_WIND * shape / np.sqrt(variance))


def _storm_track(latitude: Floats, season: float) -> Floats:
    """Strength of storms by latitude, more in winter."""
    winter = 1 + np.where(latitude > 0, 0.3, -0.15) * np.cos(season) * np.minimum(np.abs(latitude) / 20, 1)
    track = 0.3 + 0.75 * np.exp(-(((np.abs(latitude) - 50) / 18) ** 2))
    return np.asarray(winter * track)


def _mean_wind(latitude: Floats, season: float) -> Floats:
    """Wind without storms, m/s, shape (2, rows): trades, westerlies, polar easterlies, which follow the sun."""
    shifted = latitude + 4.0 * np.cos(season)  # all belts lie 4 degrees farther south in January
    east = -6.5 * np.exp(-(((np.abs(shifted) - 14) / 11) ** 2)) - 2.5 * np.exp(-(((np.abs(shifted) - 78) / 10) ** 2))
    east += 8.0 * np.exp(-(((shifted - 47) / 12) ** 2)) + 9.5 * np.exp(-(((shifted + 50) / 12) ** 2))
    north = -2.5 * np.tanh(shifted / 6) * np.exp(-((shifted / 20) ** 2))
    return np.stack([east, north])


def _mean_pressure(latitude: Floats) -> Floats:
    """Sea-level pressure without storms, Pa: subtropical highs, subpolar lows."""
    high = 800 * np.exp(-(((np.abs(latitude) - 32) / 14) ** 2))
    low = np.where(latitude < 0, 2200, 1000) * np.exp(-(((np.abs(latitude) - 63) / 12) ** 2))
    return np.asarray(101100 + high - low)


def surface_temperature(latitude: Floats, longitude: Floats) -> Floats:
    """Return the mean temperature of the sea's surface, degC: by latitude, and warmer in the North Atlantic.

    Parameters
    ----------
    latitude, longitude : array
        Degrees, broadcast against each other.
    """
    warm = 3.0 * north_atlantic(longitude) * np.exp(-(((latitude - 55) / 20) ** 2))
    return np.asarray(27.5 - 34.0 * np.sin(np.radians(np.abs(latitude))) ** 2 + warm)


def north_atlantic(longitude: Floats) -> Floats:
    """Return how much a longitude is the Atlantic's, from 0 to 1.

    Parameters
    ----------
    longitude : array
        Degrees east.
    """
    return np.asarray(np.exp(-((((longitude + 40 + 180) % 360 - 180) / 35) ** 2)))


def _air_temperature(basin: Basin, season: float) -> Floats:
    """Air temperature without storms, degC: as the sea's mean, with a season a month late; land follows it faster."""
    latitude = basin.latitude[:, None]
    swing = np.tanh(latitude / 25) * (1 - 0.25 * np.exp(-(((np.abs(latitude) - 85) / 20) ** 2)))
    sea = 5.0 * swing * np.cos(season - np.radians(30))
    land = 12.0 * swing * np.cos(season - np.radians(8))
    return np.asarray(surface_temperature(latitude, basin.longitude[None, :]) - np.where(basin.wet, sea, land))


def _eastward_difference(field: Floats) -> Floats:
    """Half the difference between the eastern and the western neighbour."""
    return np.asarray((np.roll(field, -1, 1) - np.roll(field, 1, 1)) / 2)
