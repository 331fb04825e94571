"""Tracers at the start of a twin, what the deep layer at rest brings up, and dust from the air."""

import gsw
import numpy as np

from graphs.types import Floats
from oxygen_recon.sources.dynamical_twin.biology.ecosystem import GROUPS, NAMES
from oxygen_recon.sources.dynamical_twin.ocean.basin import Basin, Single
from oxygen_recon.sources.dynamical_twin.ocean.climate import Climate
from oxygen_recon.sources.dynamical_twin.ocean.tracers import TracerState, split

DENSITY = 1.025  # mmol/m3 in 1 umol/kg
_FIRST_MIXED = 40.0  # m
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
        pole = np.sin(np.radians(np.abs(basin.latitude))) ** 2
        fields["nitrate"] = _boxes(basin, 1 + 14 * pole, 9 + 9 * pole, 20 + 6 * pole)
        for name in (*GROUPS, "zooplankton", "detritus"):
            fields[name] = _boxes(basin, 0.08, 0.02, 0.002)
        fields["iron"] = _boxes(basin, 0.3, 0.4, 0.55)
        saturation = DENSITY * gsw.O2sol_SP_pt(fields["salinity"].astype(float), fields["temperature"].astype(float))
        fields["oxygen"] = np.asarray(saturation * np.array([[1.0], [0.85], [0.55]]), np.float32)
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
