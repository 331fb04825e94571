"""Climate of the twin: temperature and salinity of its waters, heat from the air, depth of the mixed layer."""

from dataclasses import dataclass

import numpy as np

from graphs.types import Floats
from oxygen_recon.sources.dynamical_twin.ocean.basin import Basin, Single
from oxygen_recon.sources.dynamical_twin.ocean.tracers import LEAST, LOWER, MIXED, UPPER, TracerState

FREEZING = -1.8  # degC
_EXCHANGE = 40.0  # W/m2/K, of heat between air and sea (Haney, J. Phys. Oceanogr. 1, 1971)
_MOST, _ICE = 250.0, -4.0  # W/m2, degC
_HEAT = 4.1e6  # J/m3/K
_FRESH = 120.0  # days in which rain and evaporation restore the salinity of 50 m
_DEEPENING, _SHOALING = 4.0, 9.0  # days: wind deepens faster than the sun shoals
_RENEWAL = 500.0  # days in which water below the mixed layer is renewed


@dataclass(frozen=True)
class Climate:
    """Temperature and salinity by latitude that the boxes are restored to, flat arrays.

    Parameters
    ----------
    temperature, salinity : array, shape (4, size)
        Of mixed layer, rest of the upper layer, lower layer and the deep, degC and 1.
    """

    temperature: Single
    salinity: Single

    @classmethod
    def of(cls, basin: Basin) -> "Climate":
        """Return the climate of a basin.

        Parameters
        ----------
        basin : Basin
            Grid.

        Returns
        -------
        Climate
        """
        north, east = basin.latitude[:, None], basin.longitude[None, :]
        atlantic = np.exp(-((((east + 40 + 180) % 360 - 180) / 35) ** 2)) * np.ones_like(north)
        warm = np.sin(np.radians(np.abs(north))) ** 2
        temperature = [
            27.5 - 34 * warm + 3 * atlantic * np.exp(-(((north - 55) / 20) ** 2)),
            19.0 - 21 * warm + 2.5 * atlantic,
            9.5 - 9.5 * warm + 2.5 * atlantic * np.exp(-(((north - 35) / 25) ** 2)),
            3.5 - 3.5 * warm + 0 * atlantic,
        ]
        tropics = np.exp(-(((np.abs(north) - 25) / 12) ** 2))
        rain = np.exp(-(((north - 6) / 7) ** 2))
        salinity = [
            34.4 + 1.6 * tropics - 0.5 * rain - 1.2 * warm**2 + 1.1 * atlantic,
            34.6 + 1.0 * tropics - 0.5 * warm**2 + 0.8 * atlantic,
            34.5 + 0.4 * tropics + 0.4 * atlantic,
            34.7 + 0.1 * atlantic,
        ]
        shape = basin.wet.shape
        boxes = [np.maximum(box, FREEZING) for box in temperature]
        return cls(
            basin.flat(np.stack([np.broadcast_to(box, shape) for box in boxes])),
            basin.flat(np.stack([np.broadcast_to(box, shape) for box in salinity])),
        )


def heat_flux(air_temperature: Floats, surface_temperature: Floats) -> Floats:
    """Return the heat that the sea takes up, W/m2: in proportion to how much warmer the air is, at most 250.

    Parameters
    ----------
    air_temperature, surface_temperature : array
        degC. Air colder than -4 degC finds ice, which keeps the sea below it from losing more.
    """
    warmer = np.maximum(air_temperature, _ICE) - surface_temperature
    return np.asarray(np.clip(_EXCHANGE * warmer, -_MOST, _MOST))


def mixed_layer(mixed: Single, wind_speed: Single, heat: Single, days: float) -> Single:
    """Return the depth of the mixed layer after some time.

    Parameters
    ----------
    mixed : array
        Depth before, m.
    wind_speed : array
        At 10 m, m/s.
    heat : array
        Taken up by the sea, W/m2: loss deepens the layer by convection.
    days : float
        How long.

    Returns
    -------
    array
        Metres. It goes towards 2 m for each m/s of wind and 1.1 m for each W/m2 of loss, within days: what the wind
        does in an hour is integrated, so that the depth has a memory.
    """
    balance = np.float32(LEAST) + np.float32(2) * wind_speed + np.float32(1.1) * np.maximum(-heat, np.float32(0))
    balance -= np.float32(0.12) * np.maximum(heat, np.float32(0))
    gap = np.maximum(balance, np.float32(LEAST)) - mixed
    rate = np.where(gap > 0, np.float32(days / _DEEPENING), np.float32(days / _SHOALING))
    return np.asarray(mixed + gap * rate, np.float32)


def force(state: TracerState, climate: Climate, heat: Single, days: float) -> None:
    """Heat and freshen the mixed layer, and renew the water below it, in place.

    Parameters
    ----------
    state : TracerState
        With "temperature" and "salinity".
    climate : Climate
        What is restored.
    heat : array, shape (size,)
        Taken up, W/m2.
    days : float
        How long.
    """
    temperature, salinity = state.of("temperature"), state.of("salinity")
    temperature[MIXED] += heat * np.float32(86400 * days / _HEAT) / state.mixed
    np.maximum(temperature[MIXED], np.float32(FREEZING), out=temperature[MIXED])
    salinity[MIXED] += (climate.salinity[MIXED] - salinity[MIXED]) * np.float32(50 * days / _FRESH) / state.mixed
    for box in (UPPER, LOWER):
        temperature[box] += (climate.temperature[box] - temperature[box]) * np.float32(days / _RENEWAL)
        salinity[box] += (climate.salinity[box] - salinity[box]) * np.float32(days / _RENEWAL)
