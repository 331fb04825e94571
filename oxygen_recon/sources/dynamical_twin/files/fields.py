"""Fields of a day of the twin under the names of its files, on levels and at the surface."""

import numpy as np

from graphs.types import Floats, Mask
from oxygen_recon.sources.dynamical_twin.biology.ecosystem import CHLOROPHYLL, GROUPS
from oxygen_recon.sources.dynamical_twin.ocean.basin import Basin, Single
from oxygen_recon.sources.dynamical_twin.ocean.levels import LEVELS, profile, surface_drift
from oxygen_recon.sources.dynamical_twin.ocean.tracers import MIXED
from oxygen_recon.sources.dynamical_twin.ocean.weather import RECORDS
from oxygen_recon.sources.dynamical_twin.twin import TwinDay

_GROUP_NAMES = ("Chl", "Dia", "Coc", "Cya")  # in the order of `GROUPS`
_SCALE_HEIGHT = 8000.0  # m, of air pressure
_KELVIN = 273.15


def hycom(day: TwinDay, basin: Basin, deep: dict[str, Single]) -> dict[str, Floats]:
    """Return temperature, salinity, currents on `LEVELS` and the height of the sea surface; NaN is land.

    Parameters
    ----------
    day : TwinDay
        Means of a day.
    basin : Basin
        Grid, land and water depth.
    deep : dict of str to array, shape (rows, columns)
        Tracers below the layers.

    Returns
    -------
    dict of str to array, shape ([level,] rows, columns)
        By name in `oxygen_recon.sources.dynamical_twin.files.layouts.HYCOM`.
    """
    layers, water = day.flow.thickness, below_surface(basin)
    tracers = {"water_temp": "temperature", "salinity": "salinity"}
    fields = {name: on_levels(day, tracer, deep[tracer], water) for name, tracer in tracers.items()}
    stress = np.mean([record.stress(1.0, 1.0) for record in day.weather[:RECORDS]], axis=0)
    drift = surface_drift(stress, basin.coriolis[:, None], np.maximum(layers[0], 1), LEVELS)
    for name, flow, added in (("water_u", day.flow.eastward, drift[0]), ("water_v", day.flow.northward, drift[1])):
        boxes = np.stack([flow[0], flow[0], flow[1]])
        speed = profile(boxes, np.zeros_like(flow[0]), day.mixed, layers) + added
        fields[name] = np.where(water, speed, np.nan)
    fields["surf_el"] = np.where(basin.wet, day.flow.sea_surface_height, np.nan)
    return fields


def below_surface(basin: Basin) -> Mask:
    """Return where there is water at each of `LEVELS`, shape (level, rows, columns).

    Parameters
    ----------
    basin : Basin
        Land and water depth.
    """
    return np.asarray(basin.wet & (basin.depth > LEVELS[:, None, None]))


def on_levels(day: TwinDay, tracer: str, deep: Single, water: Mask) -> Floats:
    """Return a tracer on `LEVELS`; NaN is land.

    Parameters
    ----------
    day : TwinDay
        Means of a day.
    tracer : str
        Its name.
    deep : array, shape (rows, columns)
        What it is below the layers.
    water : array of bool, shape (level, rows, columns)
        As of `below_surface`.
    """
    return np.where(water, profile(day.tracers[tracer], deep, day.mixed, day.flow.thickness), np.nan)


def era5(day: TwinDay, height: Floats) -> dict[str, Floats]:
    """Return the means of a day's weather.

    Parameters
    ----------
    day : TwinDay
        With four records and the first of the next day.
    height : array, shape (rows, columns)
        Of the land, m; 0 at sea.

    Returns
    -------
    dict of str to array, shape (rows, columns)
        By name in `oxygen_recon.sources.dynamical_twin.files.layouts.ERA5`.
    """
    weight = np.array([0.5, *[1.0] * (RECORDS - 1), 0.5]) / RECORDS

    def mean(name: str) -> Floats:
        return np.asarray(sum(w * getattr(record, name) for w, record in zip(weight, day.weather, strict=True)))

    pressure = mean("pressure")
    return {
        "u10": mean("eastward_wind"),
        "v10": mean("northward_wind"),
        "t2m": mean("air_temperature") + _KELVIN,
        "msl": pressure,
        "sp": pressure * np.exp(-height / _SCALE_HEIGHT),
    }


def nobm(day: TwinDay, basin: Basin) -> dict[str, Floats]:
    """Return the ecosystem's eight variables in the mixed layer; NaN is land.

    Parameters
    ----------
    day : TwinDay
        Means of a day.
    basin : Basin
        Land.

    Returns
    -------
    dict of str to array, shape (rows, columns)
        By name in `oxygen_recon.sources.dynamical_twin.files.layouts.NOBM`.
    """
    groups = {name: CHLOROPHYLL * day.tracers[group][MIXED] for name, group in zip(_GROUP_NAMES, GROUPS, strict=True)}
    fields = {"Tca": np.sum(list(groups.values()), axis=0), **groups}
    fields |= {"Irn": day.tracers["iron"][MIXED], "Nit": day.tracers["nitrate"][MIXED], "MLD": day.mixed}
    return {name: np.where(basin.wet, value, np.nan) for name, value in fields.items()}
