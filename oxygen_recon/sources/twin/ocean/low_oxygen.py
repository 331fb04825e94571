"""Low-oxygen zones of the twin ocean: position, size, strength and growth since 1920."""

from dataclasses import dataclass

import numpy as np

from graphs.types import Floats
from oxygen_recon.sources.twin.ocean.atlas import east_coast, stretched

_GROWTH_WIDTH = 1.3  # width of the growth of a zone over the width of the zone


@dataclass(frozen=True)
class Zone:
    """A low-oxygen zone: a bell-shaped maximum of oxygen utilisation.

    Parameters
    ----------
    basin : str
        Basin that the zone is confined to.
    latitude, south, north : float
        Latitude of the core and half widths to the south and north, degrees.
    reach : float
        Half width to the west, degrees of longitude times cos(latitude); to the east too where `longitude` is given.
    depth, thick : float
        Depth of the core, m, and half width in stretched depth.
    strength : float
        AOU above the atlas by 2020, umol kg-1.
    growth : float
        Increase of AOU since 1920, umol kg-1; the growth is wider than the zone by the factor `_GROWTH_WIDTH`.
    longitude : float or None
        Longitude of the core, degrees east; None for a zone at the basin's eastern coast.
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
        """Evaluate the shape of the zone.

        Parameters
        ----------
        latitude, longitude, depth : array, shape (point,)
            Degrees north, degrees east, metres (positive down).
        wider : float
            Factor on all half widths.

        Returns
        -------
        array, shape (point,)
            1 in the core, falling to 0.
        """
        across = latitude - self.latitude
        across = across / np.where(across < 0, self.south, self.north)
        core = east_coast(self.basin, latitude) if self.longitude is None else self.longitude
        along = ((longitude - core + 180) % 360 - 180) * np.cos(np.radians(latitude))
        if self.longitude is None:
            along = np.minimum(along, 0.0)
        below = (stretched(depth) - stretched(np.array(self.depth))) / self.thick
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


def zone_utilisation(
    latitude: Floats, longitude: Floats, depth: Floats, share: dict[str, Floats], growth: float
) -> tuple[Floats, Floats]:
    """Sum the oxygen utilisation of all low-oxygen zones.

    Parameters
    ----------
    latitude, longitude, depth : array, shape (point,)
        Degrees north, degrees east, metres (positive down).
    share : dict of array, shape (point,)
        Weight of each basin, from `atlas.basin_weights`.
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
        wide = here * growth * zone.growth * zone.shape(latitude, longitude, depth, wider=_GROWTH_WIDTH)
        before += here * zone.strength * zone.shape(latitude, longitude, depth) - wide
        gained += wide
    return before, gained
