"""The layers that forcing restores: their thickness by latitude, and the radii of deformation that follow."""

import numpy as np

from graphs.types import Floats
from oxygen_recon.sources.dynamical_twin.ocean.basin import Basin

UPPER_GRAVITY = 0.03  # m/s2, reduced gravity of the interface between the layers
LOWER_GRAVITY = 0.03  # m/s2, that of the interface to the deep layer at rest
GRAVITY = 9.81  # m/s2
TOTAL = (
    640.0  # m: the lower layer is thick where the upper is thin, so that the two interfaces slope against each other
)


def layer_targets(basin: Basin) -> Floats:
    """Return the thickness of both layers that heating and cooling restore.

    Parameters
    ----------
    basin : Basin
        Grid.

    Returns
    -------
    array, shape (2, rows, 1)
        Metres: thin towards the poles, thick in the subtropics, thinner at the equator.
    """
    latitude = basin.latitude
    poleward = 1 / (1 + np.exp((np.abs(latitude) - 40) / 8))
    upper = (190 + 230 * poleward) * (1 - 0.3 * np.exp(-((latitude / 13) ** 2)))
    return np.stack([upper, TOTAL - upper])[:, :, None]


def deformation_radii(thickness: Floats, coriolis: Floats) -> Floats:
    """Return the two radii of deformation, m: speed of the internal waves over the Coriolis parameter.

    Parameters
    ----------
    thickness : array, shape (2, ...)
        Thickness of the layers, m.
    coriolis : array, shape (...)
        Coriolis parameter, 1/s.

    Returns
    -------
    array, shape (2, ...)
        The first, larger, and the second. Eigenvalues of the matrix of pressure by thickness times thickness.

    Examples
    --------
    >>> deformation_radii(np.array([305.0, 335.0]), np.array(1.0e-4)).round(-2)
    array([49600., 19300.])
    """
    upper, lower = thickness
    trace = (UPPER_GRAVITY + LOWER_GRAVITY) * upper + LOWER_GRAVITY * lower
    root = np.sqrt(trace**2 - 4 * UPPER_GRAVITY * LOWER_GRAVITY * upper * lower)
    return np.asarray(np.sqrt(np.stack([trace + root, trace - root]) / 2) / np.abs(coriolis))
