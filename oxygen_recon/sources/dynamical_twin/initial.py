"""Tracers at the start of a twin, what renews the water below the mixed layer, what the deep brings up, and dust."""

import gsw
import numpy as np

from graphs.types import Floats
from oxygen_recon.sources.dynamical_twin.biology.ecosystem import NAMES
from oxygen_recon.sources.dynamical_twin.ocean.basin import Basin, Single
from oxygen_recon.sources.dynamical_twin.ocean.climate import Climate
from oxygen_recon.sources.dynamical_twin.ocean.tracers import TracerState, split

DENSITY = 1.025  # mmol/m3 in 1 umol/kg
_FIRST_MIXED = 40.0  # m
RENEWAL = 60.0  # days: eddies mix a belt of 20 degrees on so small a planet in about as many
_DEEP = 3  # place of the deep in a climate


def first_tracers(basin: Basin, climate: Climate, thickness: Single, ecosystem: bool) -> TracerState:
    """Return tracers that vary with latitude only.

    Parameters
    ----------
    basin : Basin
        Grid.
    climate : Climate
        Temperature and salinity.
    thickness : array, shape (2, size)
        Of the layers, m.
    ecosystem : bool
        Whether there are tracers of an ecosystem beside temperature and salinity.

    Returns
    -------
    TracerState
    """
    fields = {"temperature": climate.temperature[:_DEEP], "salinity": climate.salinity[:_DEEP]}
    if ecosystem:
        known = _dissolved(basin, climate)
        alive = _boxes(basin, 0.08, 0.02, 0.002)
        fields |= {name: known.get(name, alive) for name in NAMES}
    mixed = np.full(basin.size, _FIRST_MIXED, np.float32)
    return TracerState(tuple(fields), np.stack(list(fields.values())), split(thickness, mixed))


def deep_water(names: tuple[str, ...], climate: Climate) -> Single:
    """Return the tracers of the deep layer, shape (tracer, size).

    Parameters
    ----------
    names : tuple of str
        Names of the tracers; "temperature" and "salinity", or those and the ecosystem's.
    climate : Climate
        Temperature and salinity.
    """
    constant = {**dict.fromkeys(NAMES, 0.0), "nitrate": 27.0, "iron": 0.6, "oxygen": 170.0}
    known = {"temperature": climate.temperature[_DEEP], "salinity": climate.salinity[_DEEP]}
    size = climate.temperature.shape[1]
    return np.stack([known[name] if name in known else np.full(size, constant[name], np.float32) for name in names])


def renewed_water(basin: Basin, climate: Climate, names: tuple[str, ...]) -> dict[str, Single]:
    """Return what the water below the mixed layer is renewed with, by name, shape (2, size) each.

    Parameters
    ----------
    basin : Basin
        Grid.
    climate : Climate
        Temperature and salinity.
    names : tuple of str
        Names of the tracers; those of living things are not renewed.

    Returns
    -------
    dict of str to array
        Of the rest of the upper layer and the lower layer.
    """
    water = {"temperature": climate.temperature[:_DEEP], "salinity": climate.salinity[:_DEEP]}
    water |= _dissolved(basin, climate)
    return {name: value[1:] for name, value in water.items() if name in names}


def _dissolved(basin: Basin, climate: Climate) -> dict[str, Single]:
    """Nitrate, iron and oxygen of the three boxes by latitude, in the shape of the World Ocean Atlas.

    Nitrate at 100-300 m: least in the subtropics, more at the equator and polewards, most south of the Antarctic Polar
    Front; iron of 0.2 to 0.3 nmol/L there is what leaves nitrate unused in the Southern Ocean.
    """
    pole = np.sin(np.radians(np.abs(basin.latitude))) ** 2
    southern = 1 / (1 + np.exp((basin.latitude + 47) / 3))
    upper = 3 + 20 * pole**2 + 8 * southern + 6 * np.exp(-((basin.latitude / 8) ** 2))
    water = climate.salinity[:_DEEP].astype(float), climate.temperature[:_DEEP].astype(float)
    saturation = DENSITY * gsw.O2sol_SP_pt(*water)
    return {
        "nitrate": _boxes(basin, upper - 2, upper, 20 + 6 * pole),
        "iron": _boxes(basin, 0.25 - 0.1 * southern, 0.3 - 0.1 * southern, 0.5),
        "oxygen": np.asarray(saturation * np.array([[1.0], [0.85], [0.55]]), np.float32),
    }


def dust_supply(basin: Basin) -> Single:
    """Return the iron that dust brings and sea water dissolves, umol/m2 a day, shape (size,).

    Parameters
    ----------
    basin : Basin
        Grid.

    Returns
    -------
    array
        Most off the Sahara and Arabia, next to nothing in the Southern Ocean and the eastern Pacific.
    """
    north, east = basin.latitude[:, None], basin.longitude[None, :]
    supply = np.full(basin.wet.shape, 0.02)
    for latitude, longitude, reach, amount in ((18, -30, 25, 0.8), (15, 60, 18, 0.6), (35, 150, 25, 0.25)):
        away = (east - longitude + 180) % 360 - 180
        supply = supply + amount * np.exp(-(((north - latitude) / 15) ** 2) - (away / reach) ** 2)
    return basin.flat(supply)


def _boxes(basin: Basin, *values: Floats | float) -> Single:
    """Repeat values by latitude along the rows, for each box."""
    shape = basin.wet.shape
    rows = [np.broadcast_to(np.reshape(np.asarray(value, float), (-1, 1)), shape) for value in values]
    return basin.flat(np.stack(rows))
