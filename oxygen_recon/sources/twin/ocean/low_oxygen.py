"""Where oxygen runs low in the twin ocean, how that grew, and the other regular patterns laid over the atlas."""

from dataclasses import dataclass

import numpy as np

from graphs.types import Floats
from oxygen_recon.sources.twin.ocean.atlas import east_coast, stretch

SEASONAL_DEPTH = 200.0  # m; no seasons below
_SPREAD = 1.3  # how much wider than a zone its growth is


@dataclass(frozen=True)
class Zone:
    """A low-oxygen zone: a hill of oxygen utilisation.

    Parameters
    ----------
    basin : str
        Basin it is confined to.
    latitude, south, north : float
        Core and half widths, degrees.
    reach : float
        Half width to the west, degrees of longitude times cos(latitude); to the east too where `longitude` is given.
    depth, thick : float
        Core, m, and half width in stretched depth.
    strength : float
        AOU above the atlas by 2020, umol kg-1.
    growth : float
        What came of AOU since 1920, umol kg-1; the growth is wider than the zone by the factor `_SPREAD`.
    longitude : float or None
        Core, degrees east; None: the zone leans on the basin's eastern coast.
    """

    basin: str
    latitude: float
    south: float
    north: float
    reach: float
    depth: float
    thick: float
    strength: float
    growth: float
    longitude: float | None = None

    def shape(self, latitude: Floats, longitude: Floats, depth: Floats, wider: float = 1.0) -> Floats:
        """Evaluate the hill.

        Parameters
        ----------
        latitude, longitude, depth : array, shape (point,)
            Degrees, degrees, metres.
        wider : float
            Factor on all half widths.

        Returns
        -------
        array, shape (point,)
            0-1.
        """
        across = latitude - self.latitude
        across = across / np.where(across < 0, self.south, self.north)
        core = east_coast(self.basin, latitude) if self.longitude is None else self.longitude
        along = ((longitude - core + 180) % 360 - 180) * np.cos(np.radians(latitude))
        if self.longitude is None:
            along = np.minimum(along, 0.0)
        below = (stretch(depth) - stretch(np.array(self.depth))) / self.thick
        return np.exp(-((across / wider) ** 2 + (along / self.reach / wider) ** 2 + np.abs(below) ** 2.5))


ZONES = (
    Zone("pacific", 13, 12, 13, 66, 430, 1.00, 132, 55),  # eastern tropical North Pacific
    Zone("pacific", -9, 10, 8, 48, 370, 0.85, 134, 55),  # eastern tropical South Pacific
    Zone("pacific", 50, 14, 15, 66, 850, 0.55, 42, 32),  # subarctic Pacific
    Zone("indian", 17, 12, 13, 15, 420, 1.10, 86, 46, longitude=64),  # Arabian Sea
    Zone("indian", 15, 10, 10, 11, 280, 0.80, 83, 46, longitude=88),  # Bay of Bengal
    Zone("atlantic", 11, 8, 7, 24, 430, 0.60, 62, 12),  # eastern tropical North Atlantic
    Zone("atlantic", -14, 9, 7, 17, 360, 0.60, 78, 15),  # off Angola and Namibia
)


def shadow(
    latitude: Floats, longitude: Floats, depth: Floats, share: dict[str, Floats], growth: float
) -> tuple[Floats, Floats]:
    """Add up the low-oxygen zones.

    Parameters
    ----------
    latitude, longitude, depth : array, shape (point,)
        Degrees, degrees, metres.
    share : dict of array, shape (point,)
        Weights of the basins.
    growth : float
        Factor on the growth of the zones; their state in 2020 does not depend on it.

    Returns
    -------
    before, gained : array, shape (point,)
        AOU above the atlas in 1920 and what is added by 2020, umol kg-1.
    """
    before, gained = np.zeros_like(depth), np.zeros_like(depth)
    for zone in ZONES:
        here = share[zone.basin]
        wide = here * growth * zone.growth * zone.shape(latitude, longitude, depth, wider=_SPREAD)
        before += here * zone.strength * zone.shape(latitude, longitude, depth) - wide
        gained += wide
    return before, gained


def decline(latitude: Floats, depth: Floats, share: dict[str, Floats]) -> Floats:
    """Give the loss of ventilation outside the zones by 2020, as AOU.

    Parameters
    ----------
    latitude, depth : array, shape (point,)
        Degrees, metres.
    share : dict of array, shape (point,)
        Weights of the basins.

    Returns
    -------
    array, shape (point,)
        umol kg-1: strongest in the subarctic Pacific and the Southern Ocean's upper kilometre.
    """
    body = thermocline(depth)
    subarctic = share["pacific"] * np.exp(-(((latitude - 48) / 11) ** 2))
    southern = np.exp(-(((latitude + 56) / 9) ** 2))
    return body * (1.5 + 4.0 * subarctic + 6.0 * southern) + 0.4 * (1 - np.exp(-depth / 800))


def ramp(year: Floats) -> Floats:
    """Give the course of warming and deoxygenation: slow at first, faster since the 1960s.

    Parameters
    ----------
    year : array, any shape
        Decimal years.

    Returns
    -------
    array
        0 in 1920, 1 in 2020.
    """
    start, end = (np.logaddexp(0, (np.array(y) - 1968.0) / 14) for y in (1920.0, 2020.0))
    bend = (np.logaddexp(0, (np.asarray(year, float) - 1968.0) / 14) - start) / (end - start)
    return np.asarray(0.2 * (np.asarray(year, float) - 1920.0) / 100 + 0.8 * bend)


def thermocline(depth: Floats) -> Floats:
    """Say how much of the decadal variability of oxygen lives at a depth.

    Parameters
    ----------
    depth : array, any shape
        Metres.

    Returns
    -------
    array
        Near 1 at 150-500 m, 0.15 at the surface, 0.45 at 1000 m, 0.12 in the abyss.
    """
    rise = 0.15 + 0.85 / (1 + np.exp(-(depth - 90) / 30))
    return np.asarray(rise * (0.12 + 0.88 / (1 + (depth / 850) ** 2.2)))


def season(latitude: Floats, depth: Floats, year: Floats) -> tuple[Floats, Floats]:
    """Give the seasonal cycle of temperature and of AOU.

    Parameters
    ----------
    latitude, depth : array, shape (point,)
        Degrees, metres.
    year : array, broadcasting with them
        Decimal years.

    Returns
    -------
    temperature, aou : array
        Anomalies with no yearly mean: degC, largest at the surface in late summer at 40 degrees; umol kg-1, largest
        below the summer's mixed layer in autumn, and negative at the surface in summer.
    """
    hemisphere = np.tanh(latitude / 8)
    size = 0.4 + 5.0 * np.exp(-(((np.abs(latitude) - 40) / 15) ** 2)) * np.where(latitude > 0, 1.0, 0.65)
    wave = np.cos(2 * np.pi * (year - 0.66)) * hemisphere
    later = np.cos(2 * np.pi * (year - 0.80)) * hemisphere
    fade = np.clip(1 - depth / SEASONAL_DEPTH, 0, 1)
    below = np.exp(-(((depth - 75) / 45) ** 2))
    return size * np.exp(-depth / 60) * fade * wave, (
        1.6 * size * below * later - 0.5 * size * np.exp(-depth / 30) * wave
    ) * fade


def tongue(latitude: Floats, longitude: Floats, depth: Floats, share: dict[str, Floats]) -> tuple[Floats, Floats]:
    """Give the pattern of the ENSO-like mode.

    Parameters
    ----------
    latitude, longitude, depth : array, shape (point,)
        Degrees, degrees, metres.
    share : dict of array, shape (point,)
        Weights of the basins.

    Returns
    -------
    temperature, aou : array, shape (point,)
        degC and umol kg-1 for an index of 1: warm and oxygenated thermocline in the east, the reverse in the west.
    """
    east = (np.asarray(longitude) + 360) % 360
    see_saw = np.tanh((east - 195) / 25)
    equator = np.exp(-((latitude / 9) ** 2)) * share["pacific"]
    layer = np.exp(-(((depth - 110) / 90) ** 2)) + 0.35 * np.exp(-depth / 60)
    pattern = equator * see_saw * layer
    return 1.3 * pattern, -13.0 * pattern


def eddy_strength(latitude: Floats, depth: Floats) -> Floats:
    """Say how strong mesoscale noise is.

    Parameters
    ----------
    latitude, depth : array, shape (point,)
        Degrees, metres.

    Returns
    -------
    array, shape (point,)
        Factor: 1 in the mid-latitude thermocline, less elsewhere.
    """
    return (0.55 + 0.45 * np.exp(-(((np.abs(latitude) - 38) / 12) ** 2))) * thermocline(depth)
