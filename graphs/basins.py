"""Basins: a simple partition of the ocean by straight borders, for scores basin by basin."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from graphs.sphere import wrap
from graphs.types import Floats

BASINS = ("Atlantic", "Pacific", "Indian", "Southern", "Arctic", "Mediterranean")
_ARCTIC, _SOUTHERN = 66.5, -38.0  # degrees north: the polar circle; where agreement with RECCAP2 is best
# Corners (degrees north, degrees east) of the borders, from south to north: the American divide; Torres Strait, the
# Sunda Islands and the Malay Peninsula.
_AMERICA = ((-30, -69), (-17, -69), (-14, -73), (0, -77), (4, -75.5), (7, -77.2), (8.9, -79), (9.2, -82),
            (12, -85.5), (15, -91), (17, -95.5), (20, -98), (30, -105), (66.5, -125))  # fmt: skip
_INDONESIA = ((-10, 142), (-9, 126), (-8.4, 116), (-6.2, 105.5), (1.4, 103.5), (10, 99), (30, 98))
_AFRICA = 20.0  # degrees east, south of the Mediterranean


def basin_of(latitude: Floats, longitude: Floats) -> NDArray[np.str_]:
    """Name the basin of points.

    The Southern Ocean begins at 38 S, the Arctic at the polar circle; marginal seas belong to the ocean they open to,
    the Black Sea to the Mediterranean. Of the area that the regions of RECCAP2 (version of 2022-10-25) name, 1 degree,
    96.1 % lie in the basin of that name; most others lie along 38 S and 66.5 N, where RECCAP2 follows biomes.

    Parameters
    ----------
    latitude, longitude : array, shape (point,)
        Degrees north and east, any branch.

    Returns
    -------
    str array, shape (point,)
        One of `BASINS`.

    Examples
    --------
    >>> basin_of(np.array([30.0, 30.0, 38.0, -10.0, -60.0]), np.array([-40.0, 180.0, 18.0, 80.0, 0.0])).tolist()
    ['Atlantic', 'Pacific', 'Mediterranean', 'Indian', 'Southern']
    """
    latitude, east = np.asarray(latitude, float), np.asarray(wrap(np.asarray(longitude, float)), float)
    america, indonesia = (np.interp(latitude, *np.transpose(border)) for border in (_AMERICA, _INDONESIA))
    atlantic = (east > america) & np.where(latitude < 31.0, east < _AFRICA, east < 70.0)
    mediterranean = (latitude > 30.0) & (latitude < 47.5) & (east > -5.5) & (east < 42.5)
    mediterranean &= (east > 0.0) | (latitude < 42.0)  # not the Bay of Biscay
    basins = [
        ("Arctic", latitude > _ARCTIC), ("Southern", latitude < _SOUTHERN), ("Mediterranean", mediterranean),
        ("Atlantic", atlantic), ("Indian", (east >= _AFRICA) & (east < indonesia) & (latitude < 31.0)),
    ]  # fmt: skip
    names, inside = zip(*basins)
    found: NDArray[np.str_] = np.select(list(inside), list(names), "Pacific").astype(np.str_)
    return found
