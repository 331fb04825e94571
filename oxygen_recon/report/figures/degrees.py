"""Names of meridians and parallels, and axes in degrees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axis import Axis


def degree_axis(axis: Axis, name: str) -> None:
    """Label an axis in degrees with the hemisphere.

    Parameters
    ----------
    axis : matplotlib.axis.Axis
        Changed in place; its limits must be set.
    name : {"longitude", "latitude"}
        Quantity of the axis.
    """
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    names = meridian_name if name == "longitude" else parallel_name
    wide = abs(np.ptp(axis.get_view_interval())) > 60.0
    axis.set_major_locator(MaxNLocator(7, steps=[1, 3, 6, 10] if wide else [1, 2, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: names(value)))


def meridian_name(longitude: float) -> str:
    """Name a meridian.

    Parameters
    ----------
    longitude : float
        Degrees east, any convention.

    Returns
    -------
    str
        Degrees and hemisphere.

    Examples
    --------
    >>> meridian_name(-110.0), meridian_name(250.0), meridian_name(180.0)
    ('110°W', '110°W', '180°')
    """
    turned = round((longitude + 180.0) % 360.0 - 180.0, 6)
    if turned in (0.0, -180.0):
        return f"{abs(turned):g}°"
    return f"{abs(turned):g}°{'E' if turned > 0 else 'W'}"


def parallel_name(latitude: float) -> str:
    """Name a parallel.

    Parameters
    ----------
    latitude : float
        Degrees north.

    Returns
    -------
    str
        Degrees and hemisphere.

    Examples
    --------
    >>> parallel_name(-30.0), parallel_name(0.0)
    ('30°S', '0°')
    """
    value = round(latitude, 6)
    return f"{abs(value):g}°{'N' if value > 0 else 'S' if value < 0 else ''}"
