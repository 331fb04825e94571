"""Monotone cubic interpolation of many profiles at once onto common surfaces."""

import numpy as np

from qc.types import Floats, Integers, Mask


def to_surfaces(x: Floats, y: Floats, profile: Integers, surfaces: Floats, bridged: Mask | None = None) -> Floats:
    """Interpolate profiles by piecewise cubic Hermite polynomials that overshoot nowhere (Fritsch and Butland 1984).

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
    """
    result = np.full((int(profile.max(initial=-1)) + 1, len(surfaces)), np.nan)
    inside = np.flatnonzero(profile[1:] == profile[:-1])
    h = np.ones(len(x))
    slope = np.zeros(len(x))  # of the interval that begins at a level; unused at the last one of a profile
    h[inside] = x[inside + 1] - x[inside]
    slope[inside] = (y[inside + 1] - y[inside]) / h[inside]
    tangent = _tangents(h, slope, profile)
    begin = inside if bridged is None else inside[bridged[inside]]
    low, high = np.searchsorted(surfaces, x[begin]), np.searchsorted(surfaces, x[begin + 1], side="right")
    count = high - low
    at = np.repeat(begin, count)
    column = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count) + np.repeat(low, count)
    s = (surfaces[column] - x[at]) / h[at]
    bend, other = tangent[at] - slope[at], tangent[at + 1] - slope[at]
    # Hermite form, written as the chord and what the tangents add to it
    result[profile[at], column] = y[at] + s * h[at] * (slope[at] + (1 - s) * ((1 - s) * bend - s * other))
    return result


def _tangents(h: Floats, slope: Floats, profile: Integers) -> Floats:
    """Return the derivative at each level: weighted harmonic means inside, three-point formulas at the ends."""
    n = len(h)
    tangent = slope.copy()
    level = np.arange(n)
    first = np.r_[True, profile[1:] != profile[:-1]][:n]
    last = np.r_[profile[1:] != profile[:-1], True][:n]
    k = level[~first & ~last]
    before, after = slope[k - 1], slope[k]
    w_before, w_after = 2 * h[k] + h[k - 1], h[k] + 2 * h[k - 1]
    monotone = before * after > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = (w_before + w_after) / (w_before / before + w_after / after)
    tangent[k] = np.where(monotone, mean, 0.0)
    begins, ends = level[first & ~last], level[last & ~first]
    long = profile[np.minimum(begins + 2, n - 1)] == profile[begins]
    long &= begins + 2 < n
    b, e = begins[long], ends[long]
    tangent[ends] = slope[ends - 1]
    tangent[b] = _end(h[b], h[b + 1], slope[b], slope[b + 1])
    tangent[e] = _end(h[e - 1], h[e - 2], slope[e - 1], slope[e - 2])
    return tangent


def _end(h: Floats, next_h: Floats, slope: Floats, next_slope: Floats) -> Floats:
    """Return the derivative at an end of a profile, kept from overshooting."""
    d = ((2 * h + next_h) * slope - h * next_slope) / (h + next_h)
    d = np.where(d * slope <= 0, 0.0, d)
    return np.where((slope * next_slope <= 0) & (np.abs(d) > 3 * np.abs(slope)), 3 * slope, d)
