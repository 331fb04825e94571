"""Monotone cubic and linear interpolation of many profiles at once."""

import numpy as np

from qc.types import AnyFloats, AnyIntegers, Floats, Integers, Mask


def monotone_slopes(profile: AnyIntegers, x: AnyFloats, y: AnyFloats) -> Floats:
    """Slopes of the piecewise cubic polynomials through profiles that overshoot nowhere (Fritsch and Butland 1984).

    Parameters
    ----------
    profile : integers, shape (level,)
        Profile of each level, not decreasing.
    x, y : floats, shape (level,)
        Vertical coordinate and value, any units; `x` increases strictly within a profile.

    Returns
    -------
    floats, shape (level,)
        dy/dx: weighted harmonic mean of the slopes to both neighbours, three-point formula kept monotone at the ends,
        the secant in profiles of two levels, 0 for one.

    Examples
    --------
    >>> monotone_slopes(np.zeros(4, int), np.array([0.0, 1, 2, 4]), np.array([0.0, 1, 3, 3])).round(3).tolist()
    [0.5, 1.333, 0.0, 0.0]
    """
    inside = np.concatenate([[False], profile[1:] == profile[:-1], [False]])[: x.size + 1]  # interval i is before i
    h, d = np.ones(inside.size), np.zeros(inside.size)
    h[1:-1][inside[1:-1]] = np.diff(x)[inside[1:-1]]
    d[1:-1][inside[1:-1]] = np.diff(y)[inside[1:-1]] / h[1:-1][inside[1:-1]]
    before, after = inside[:-1], inside[1:]
    slope = np.zeros(x.size)
    i = np.flatnonzero(before & after & (d[:-1] * d[1:] > 0))
    w1, w2 = 2 * h[i + 1] + h[i], h[i + 1] + 2 * h[i]
    with np.errstate(over="ignore"):  # next to a slope that is nearly 0 the harmonic mean is 0, as 1 / infinity is
        slope[i] = (w1 + w2) / (w1 / d[i] + w2 / d[i + 1])
    i = np.flatnonzero(after & ~before)  # the first of a profile, by the next two intervals
    slope[i] = _end_slope(h[i + 1], d[i + 1], h, d, inside, np.minimum(i + 2, h.size - 1))
    i = np.flatnonzero(before & ~after)  # the last of a profile
    slope[i] = _end_slope(h[i], d[i], h, d, inside, i - 1)
    return slope


def _end_slope(h0: Floats, d0: Floats, h: Floats, d: Floats, inside: Mask, beyond: Integers) -> Floats:
    """Slope at an end of a profile: three-point formula, kept from overshooting."""
    h1, d1 = h[beyond], d[beyond]
    slope = ((2 * h0 + h1) * d0 - h0 * d1) / (h0 + h1)
    slope = np.where(np.sign(slope) != np.sign(d0), 0.0, slope)
    steep = (np.sign(d0) != np.sign(d1)) & (np.abs(slope) > 3 * np.abs(d0))
    return np.where(inside[beyond], np.where(steep, 3 * d0, slope), d0)


def hermite(
    x: AnyFloats, y: AnyFloats, slope: Floats, lower: AnyIntegers, upper: AnyIntegers, distance: AnyFloats
) -> Floats:
    """Cubic Hermite polynomials between pairs of levels.

    Parameters
    ----------
    x, y, slope : floats, shape (level,)
        Vertical coordinate, value and dy/dx of all levels, as from `monotone_slopes`.
    lower, upper : integers, shape (n,)
        Levels of smaller and of larger `x` of each pair.
    distance : floats, shape (n,)
        Place between them: its `x` less that of the lower one.

    Returns
    -------
    floats, shape (n,)
        Values, unit of `y`.
    """
    h = x[upper] - x[lower]
    t = distance / h
    y0, y1, m0, m1 = y[lower], y[upper], slope[lower] * h, slope[upper] * h
    return (1 + 2 * t) * (1 - t) ** 2 * y0 + t * (1 - t) ** 2 * m0 + t**2 * (3 - 2 * t) * y1 + t**2 * (t - 1) * m1


def to_surfaces(x: Floats, y: Floats, profile: Integers, surfaces: Floats, bridged: Mask | None = None) -> Floats:
    """Interpolate profiles by monotone cubic polynomials onto common surfaces.

    Parameters
    ----------
    x, y : floats, shape (level,)
        Vertical coordinate and value, profile after profile; `x` increases strictly inside each.
    profile : integers, shape (level,)
        0, 1, ... in order.
    surfaces : floats, shape (surface,)
        Values of `x` at which to interpolate, increasing.
    bridged : mask, shape (level,), optional
        Whether the gap between a level and the next may be interpolated over; all when left out.

    Returns
    -------
    floats, shape (profile, surface)
        NaN above the first and below the last level of a profile, and in gaps not to be bridged.

    Examples
    --------
    >>> pressure, oxygen = np.array([2000.0, 3000, 4000]), np.array([180.0, 200, 200])
    >>> to_surfaces(pressure, oxygen, np.zeros(3, int), np.array([2500.0, 3500, 4500])).tolist()
    [[193.75, 200.0, nan]]
    """
    result = np.full((int(profile.max(initial=-1)) + 1, len(surfaces)), np.nan)
    inside = np.flatnonzero(profile[1:] == profile[:-1])
    begin = inside if bridged is None else inside[bridged[inside]]
    low, high = np.searchsorted(surfaces, x[begin]), np.searchsorted(surfaces, x[begin + 1], side="right")
    count = high - low
    at = np.repeat(begin, count)
    column = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(low, count)
    slope = monotone_slopes(profile, x, y)
    result[profile[at], column] = hermite(x, y, slope, at, at + 1, surfaces[column] - x[at])
    return result


def linear(above: Floats, below: Floats, weight: Floats) -> Floats:
    """Interpolate linearly between pairs of values.

    Parameters
    ----------
    above, below : floats, shape (n,)
        Both values of each pair, any unit.
    weight : floats, shape (n,)
        Weight of `below`, 0 to 1.

    Returns
    -------
    floats, shape (n,)
        Unit of the values.
    """
    return above * (1 - weight) + below * weight
