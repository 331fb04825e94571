"""Positions and distances on the sphere."""

import numpy as np
from numpy.typing import ArrayLike

from graphs.types import Floats

EARTH_RADIUS_KM = 6371.0  # mean radius; the sphere of every area and distance


def wrap(longitude: ArrayLike) -> Floats:
    """Bring longitudes into [-180, 180).

    Parameters
    ----------
    longitude : array, any shape
        Degrees east, any convention; NaN stays NaN.

    Returns
    -------
    array of the same shape
    """
    wrapped = np.mod(np.asarray(longitude, float) + 180.0, 360.0) - 180.0
    # A tiny negative number modulo 360 rounds to 360 itself.
    return np.where(wrapped >= 180.0, -180.0, wrapped)


def unit_vector(latitude: ArrayLike, longitude: ArrayLike) -> Floats:
    """Place points on the unit sphere.

    Parameters
    ----------
    latitude, longitude : array, any shapes that broadcast together
        Degrees north and degrees east.

    Returns
    -------
    array, shape (..., 3)
        x towards (0N, 0E), y towards (0N, 90E), z towards the North Pole.
    """
    phi, lam = np.broadcast_arrays(np.radians(latitude), np.radians(longitude))
    return np.stack([np.cos(phi) * np.cos(lam), np.cos(phi) * np.sin(lam), np.sin(phi)], axis=-1)


def great_circle(latitude1: ArrayLike, longitude1: ArrayLike, latitude2: ArrayLike, longitude2: ArrayLike) -> Floats:
    """Compute the great-circle distance by the haversine formula, exact enough for near points.

    Parameters
    ----------
    latitude1, longitude1, latitude2, longitude2 : array, any shapes that broadcast together
        Degrees north and degrees east.

    Returns
    -------
    array
        Distance, m, on a sphere of radius 6371 km.
    """
    phi1, phi2 = np.radians(latitude1), np.radians(latitude2)
    half_dlam = np.radians(np.asarray(longitude2, float) - np.asarray(longitude1, float)) / 2
    chord = np.sin((phi2 - phi1) / 2) ** 2 + np.cos(phi1) * np.cos(phi2) * np.sin(half_dlam) ** 2
    return np.asarray(2 * (1000.0 * EARTH_RADIUS_KM) * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0))))


def positions(latitude: ArrayLike, longitude: ArrayLike) -> Floats:
    """Place points on a sphere of the Earth's radius.

    Parameters
    ----------
    latitude, longitude : array, shape (point,), or float
        Degrees north and east.

    Returns
    -------
    array, shape (point, 3)
        Cartesian coordinates, km.
    """
    return EARTH_RADIUS_KM * unit_vector(latitude, longitude)


def arc(chord: Floats) -> Floats:
    """Turn straight distances between points of the sphere into great-circle distances.

    Parameters
    ----------
    chord : array, any shape
        Distance through the Earth, km.

    Returns
    -------
    array, same shape
        Distance along the surface, km.

    Examples
    --------
    >>> chord = np.linalg.norm(positions(0.0, 0.0) - positions(0.0, 90.0))
    >>> round(float(arc(chord)), 3)  # a quarter of the equator
    10007.543
    """
    half_angle: Floats = np.arcsin(np.clip(chord / (2 * EARTH_RADIUS_KM), 0.0, 1.0))
    return 2 * EARTH_RADIUS_KM * half_angle
