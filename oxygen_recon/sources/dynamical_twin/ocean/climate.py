"""Climate of the twin: temperature and salinity of its waters, heat from the air, depth of the mixed layer."""

from dataclasses import dataclass

import numpy as np

from graphs.types import Floats
from oxygen_recon.sources.dynamical_twin.ocean.basin import Basin, Single
from oxygen_recon.sources.dynamical_twin.ocean.tracers import LEAST, MIXED, TracerState
from oxygen_recon.sources.dynamical_twin.ocean.weather import north_atlantic, surface_temperature

FREEZING = -1.8  # degC
_EXCHANGE = 40.0  # W/m2/K, of heat between air and sea (Haney, J. Phys. Oceanogr. 1, 1971)
_ABSORBED = 0.47  # of the sun above the air: half passes the air and its clouds, 6 % of that is reflected
_LONGWAVE = 55.0  # W/m2, net loss of a sea as warm as the air
_EVAPORATION, _MOIST = 22.0, 0.065  # W/m2 at 0 degC from such a sea into air of 80 % humidity and 8 m/s; 1/K
_MOST, _ICE = 250.0, -4.0  # W/m2, degC
_HEAT = 4.1e6  # J/m3/K
_FRESH = 120.0  # days in which rain and evaporation restore the salinity of 50 m
_DEEPENING, _SHOALING = 4.0, 9.0  # days: wind deepens faster than the sun shoals


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
        atlantic = north_atlantic(east) * np.ones_like(north)
        warm = np.sin(np.radians(np.abs(north))) ** 2
        temperature = [
            surface_temperature(north, east),
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


def heat_flux(air_temperature: Floats, surface_temperature: Floats, sun: Floats) -> Floats:
    """Return the heat that the sea takes up, W/m2: sun, longwave, evaporation and contact with the air; at most 250.

    Parameters
    ----------
    air_temperature, surface_temperature : array
        degC. Air colder than -4 degC finds ice, which keeps the sea below it from losing more.
    sun : array
        Mean of the day above the air, W/m2.

    Returns
    -------
    array
        Haney's form (J. Phys. Oceanogr. 1, 1971): what a sea as warm as the air takes up, and 40 W/m2 for each kelvin
        by which it is colder. The first part has a season of its own: without it the sea would warm with the air
        only, which is late and weak.

    Examples
    --------
    >>> heat_flux(np.array([4.0, 14.0]), np.array([9.0, 12.0]), np.array([85.0, 480.0])).round()
    array([-244.,  196.])
    """
    air = np.maximum(air_temperature, _ICE)
    alike = _ABSORBED * sun - _LONGWAVE - _EVAPORATION * np.exp(_MOIST * air)
    return np.asarray(np.clip(alike + _EXCHANGE * (air - surface_temperature), -_MOST, _MOST))


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
    """Heat and freshen the mixed layer, in place.

    Parameters
    ----------
    state : TracerState
        With "temperature" and "salinity".
    climate : Climate
        Salinity that is restored.
    heat : array, shape (size,)
        Taken up, W/m2.
    days : float
        How long.
    """
    temperature, salinity = state.of("temperature"), state.of("salinity")
    temperature[MIXED] += heat * np.float32(86400 * days / _HEAT) / state.mixed
    np.maximum(temperature[MIXED], np.float32(FREEZING), out=temperature[MIXED])
    salinity[MIXED] += (climate.salinity[MIXED] - salinity[MIXED]) * np.float32(50 * days / _FRESH) / state.mixed
