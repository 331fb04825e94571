"""What is derived from a state and scored like a channel: mixed-layer depth and geostrophic currents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import gsw
import numpy as np

from graphs.sphere import EARTH_RADIUS_KM
from graphs.types import Floats, Mask
from oxygen_recon.dataset.daily.fields import Channel, DailyFields
from qc.errors import InputError
from qc.physics import seawater

TemperatureKind = Literal["in situ", "potential", "conservative"]
_REFERENCE, _THRESHOLD, _DEEPEST = 10.0, 0.03, 600.0  # m, kg m-3, m: de Boyer Montegut et al. 2004; cap of OceanBench
_GRAVITY, _TURN = 9.81, 7.2921e-5  # m s-2; rad s-1
_EQUATOR = 0.5  # degrees either side of it where there is no geostrophic balance (OceanBench)


@dataclass(frozen=True)
class Diagnostic:
    """A quantity that is computed from all channels of a day.

    Parameters
    ----------
    channel : Channel
        Its name and unit.
    of : callable
        Of values of shape (day, channel, latitude, longitude): the quantity, shape (day, latitude, longitude).
    ocean : bool array, shape (latitude, longitude)
        Where it is defined.
    """

    channel: Channel
    of: Callable[[Floats], Floats]
    ocean: Mask


def mixed_layer_depth(
    temperature: Floats, salinity: Floats, depth: Floats, latitude: Floats, kind: TemperatureKind = "potential"
) -> Floats:
    """Find where potential density exceeds that at 10 m by 0.03 kg m-3 (de Boyer Montegut et al. 2004).

    Parameters
    ----------
    temperature : array, shape (..., depth, latitude, longitude)
        degC.
    salinity : array of the same shape
        Practical salinity.
    depth : array, shape (depth,)
        m, increasing.
    latitude : array, shape (latitude,)
        Degrees north.
    kind : {"in situ", "potential", "conservative"}
        Of the temperature.

    Returns
    -------
    array, shape (..., latitude, longitude)
        m; between levels linearly; 600 m, the cap of OceanBench, or the deepest level above it where the threshold is
        not reached.

    Raises
    ------
    InputError
        If there are fewer than two levels.

    Examples
    --------
    >>> temperature = np.array([20.0, 20.0, 18.0, 10.0]).reshape(4, 1, 1)
    >>> depth = np.array([0.0, 10.0, 50.0, 100.0])
    >>> mixed_layer_depth(temperature, np.full((4, 1, 1), 35.0), depth, np.array([0.0])).round(1).item()
    12.4
    """
    if depth.size < 2:
        raise InputError("one level", "mixed-layer depth", "give temperature and salinity of several")
    pressure = seawater.pressure(depth[:, None, None], latitude[:, None])
    absolute = gsw.SR_from_SP(salinity)  # without the anomaly, which hardly changes over the depth of a mixed layer
    if kind == "in situ":
        conservative = gsw.CT_from_t(absolute, temperature, pressure)
    else:
        conservative = temperature if kind == "conservative" else gsw.CT_from_pt(absolute, temperature)
    density = np.moveaxis(np.asarray(gsw.sigma0(absolute, conservative)), -3, 0)
    excess = density - _at(density, depth, max(_REFERENCE, float(depth[0]))) - _THRESHOLD
    deepest = min(_DEEPEST, float(depth[-1]))
    found = np.full(excess.shape[1:], deepest)
    for level in range(depth.size - 1, 0, -1):
        above, below = excess[level - 1], excess[level]
        crossed = (above < 0) & (below >= 0) & (depth[level] > _REFERENCE)
        share = np.where(crossed, above / np.where(crossed, above - below, 1.0), 0.0)
        found = np.where(crossed, depth[level - 1] + share * (depth[level] - depth[level - 1]), found)
    return np.asarray(np.minimum(found, deepest))


def geostrophic_velocity(height: Floats, latitude: Floats, longitude: Floats) -> tuple[Floats, Floats]:
    """Compute geostrophic currents from sea surface height, by differences over two cells.

    Parameters
    ----------
    height : array, shape (..., latitude, longitude)
        m; NaN on land.
    latitude, longitude : array
        Degrees, increasing. Longitudes that go round the globe meet.

    Returns
    -------
    eastward, northward : array, shape (..., latitude, longitude)
        m s-1: -g/f dh/dy and g/f dh/dx; NaN beside land, at the outer rows (eastward) and columns (northward), and
        within 0.5 degrees of the equator.

    Examples
    --------
    >>> height = np.array([[0.0] * 3, [0.1] * 3, [0.2] * 3])
    >>> east, north = geostrophic_velocity(height, np.array([29.0, 30.0, 31.0]), np.array([0.0, 1.0, 2.0]))
    >>> east[1, 1].round(3), north[1, 1].round(3)
    (np.float64(-0.121), np.float64(0.0))
    """
    metres = np.radians(1.0) * EARTH_RADIUS_KM * 1e3  # of a degree
    phi = np.radians(latitude)
    coriolis = 2.0 * _TURN * np.sin(phi)
    factor = np.where(np.abs(latitude) > _EQUATOR, _GRAVITY / np.where(coriolis == 0, 1.0, coriolis), np.nan)[:, None]
    slope_y, slope_x = np.full(height.shape, np.nan), np.full(height.shape, np.nan)
    slope_y[..., 1:-1, :] = (height[..., 2:, :] - height[..., :-2, :]) / (
        metres * (latitude[2:] - latitude[:-2])[:, None]
    )
    slope_x[..., 1:-1] = (height[..., 2:] - height[..., :-2]) / (longitude[2:] - longitude[:-2])
    around = 360.0 - (longitude[-1] - longitude[0])
    if longitude.size > 2 and around < 1.5 * float(np.median(np.diff(longitude))):
        slope_x[..., 0] = (height[..., 1] - height[..., -1]) / (longitude[1] - longitude[0] + around)
        slope_x[..., -1] = (height[..., 0] - height[..., -2]) / (longitude[-1] - longitude[-2] + around)
    return -factor * slope_y, factor * slope_x / (metres * np.cos(phi))[:, None]


def possible(fields: DailyFields, kind: TemperatureKind = "potential") -> list[Diagnostic]:
    """Make the diagnostics that some fields allow.

    Parameters
    ----------
    fields : DailyFields
        Any.
    kind : {"in situ", "potential", "conservative"}
        Of their temperature.

    Returns
    -------
    list of Diagnostic
        Mixed-layer depth where there are several levels of temperature and salinity, geostrophic currents where there
        is sea surface height.
    """
    names = [one.name for one in fields.channels]
    layered = min(names.count("temperature"), names.count("salinity")) > 1
    found = [mixed_layer(fields, kind)] if layered else []
    return found + (list(geostrophic(fields)) if "sea_surface_height" in names else [])


def mixed_layer(fields: DailyFields, kind: TemperatureKind = "potential") -> Diagnostic:
    """Make the mixed-layer depth of fields a diagnostic.

    Parameters
    ----------
    fields : DailyFields
        With temperature and salinity at the same depths.
    kind : {"in situ", "potential", "conservative"}
        Of the temperature.

    Returns
    -------
    Diagnostic
        Where the first level and that at 10 m are ocean: where the sea floor comes before the threshold, filled values
        below it would pass for water, so that it is also limited to cells whose levels are ocean down to 100 m, or all.

    Raises
    ------
    InputError
        If the fields have fewer than two levels of both.
    """
    by_depth = {
        name: {one.depth: i for i, one in enumerate(fields.channels) if one.name == name and one.depth is not None}
        for name in ("temperature", "salinity")
    }
    depths = sorted(set(by_depth["temperature"]) & set(by_depth["salinity"]))
    if len(depths) < 2:
        raise InputError("fewer than two levels of temperature and salinity", "mixed-layer depth", "read more depths")
    places = [[by_depth[name][depth] for depth in depths] for name in ("temperature", "salinity")]
    levels = np.array(depths, float)
    full = fields.ocean[places[0]] & fields.ocean[places[1]]
    ocean = np.asarray(full[levels <= max(100.0, float(levels[1]))].all(axis=0))

    def of(values: Floats) -> Floats:
        return mixed_layer_depth(values[:, places[0]], values[:, places[1]], levels, fields.latitude, kind)

    return Diagnostic(Channel("mixed_layer_depth", None, "m"), of, ocean)


def geostrophic(fields: DailyFields) -> tuple[Diagnostic, Diagnostic]:
    """Make geostrophic currents of fields two diagnostics.

    Parameters
    ----------
    fields : DailyFields
        With sea surface height.

    Returns
    -------
    tuple of Diagnostic
        Eastward and northward, where height is known at both sides, farther than 0.5 degrees from the equator.

    Raises
    ------
    InputError
        If the fields have no sea surface height.
    """
    place = fields.index("sea_surface_height")

    def currents(values: Floats) -> tuple[Floats, Floats]:
        height = np.where(fields.ocean[place], values[:, place], np.nan)
        return geostrophic_velocity(height, fields.latitude, fields.longitude)

    known = [np.isfinite(one[0]) for one in currents(fields.values[:1])]
    return (
        Diagnostic(
            Channel("geostrophic_eastward_velocity", None, "m s-1"), lambda values: currents(values)[0], known[0]
        ),
        Diagnostic(
            Channel("geostrophic_northward_velocity", None, "m s-1"), lambda values: currents(values)[1], known[1]
        ),
    )


def _at(values: Floats, depth: Floats, wanted: float) -> Floats:
    """Interpolate the first axis to one depth."""
    below = int(np.clip(np.searchsorted(depth, wanted), 1, depth.size - 1))
    share = (wanted - depth[below - 1]) / (depth[below] - depth[below - 1])
    return np.asarray((1 - share) * values[below - 1] + share * values[below])
