"""The earth as a sphere: positions as points in space, and distances along its surface."""

import numpy as np

from qc.types import Floats, Mask

EARTH_RADIUS_KM = 6371.0  # km, mean radius


def points(latitude: Floats, longitude: Floats) -> Floats:
    """Place positions on the unit sphere, where the dateline and the poles are no special places.

    Parameters
    ----------
    latitude, longitude : floats, shape (n,)
        Degrees north and east.

    Returns
    -------
    floats, shape (n, 3)
        NaN where the latitude is, and in x and y where the longitude is.
    """
    phi, lam = np.deg2rad(latitude), np.deg2rad(longitude)
    return np.column_stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)])


def distance(latitude: Floats, longitude: Floats, other_latitude: Floats, other_longitude: Floats) -> Floats:
    """Great-circle distance by the haversine formula, right at the poles and across the dateline.

    Parameters
    ----------
    latitude, longitude, other_latitude, other_longitude : floats, shape (n,)
        Degrees north and east of both positions.

    Returns
    -------
    floats, shape (n,)
        km.

    Examples
    --------
    >>> distance(np.array([0.0]), np.array([179.5]), np.array([0.0]), np.array([-179.5])).round(1).tolist()
    [111.2]
    """
    phi, other = np.deg2rad(latitude), np.deg2rad(other_latitude)
    across = np.sin(np.deg2rad(other_longitude - longitude) / 2) ** 2
    half = np.sin((other - phi) / 2) ** 2 + np.cos(phi) * np.cos(other) * across
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(half, 0, 1))))


def off_globe(latitude: Floats, longitude: Floats) -> Mask:
    """Find positions that are missing or not on the globe (Argo test 3).

    Parameters
    ----------
    latitude, longitude : floats, any shape
        Degrees north, degrees east.

    Returns
    -------
    mask of that shape
        Where latitude lies outside [-90, 90], longitude outside [-180, 360), or either is missing.
    """
    return ~((np.abs(latitude) <= 90) & (longitude >= -180) & (longitude < 360))
