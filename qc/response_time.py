"""Slow oxygen sensors on rising floats: what their lag hides, undone at the price of noise."""

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

from qc import levels
from qc.errors import InputError
from qc.float_corrections import Change, Given, changed
from qc.levels import Floats, Mask


def coefficients(tau: ArrayLike, dt: ArrayLike) -> tuple[Floats, Floats]:
    """Coefficients (a, b) of the bilinear filter c[i+1] = a c[i] + b (truth[i] + truth[i+1]) (Bittig et al. 2014).

    Parameters
    ----------
    tau : array
        Response time, s.
    dt : array
        Time between two samples, s.
    """
    with np.errstate(divide="ignore"):
        b = 1 / (1 + 2 * np.asarray(tau, np.float64) / np.asarray(dt, np.float64))
    return 1 - 2 * b, b


def noise_amplification(tau: ArrayLike, dt: ArrayLike) -> Floats:
    """Factor on the white noise of single samples when their lag is undone; 42 for tau / dt = 30, so smooth first.

    Parameters
    ----------
    tau, dt : array
        As for `coefficients`.
    """
    a, b = coefficients(tau, dt)
    return np.sqrt(1 + a**2) / (2 * b)


def undelayed(c: Floats, tau: ArrayLike, dt: ArrayLike) -> Floats:
    """Truth in the middle between samples, shape (n - 1,): (c[i+1] - a c[i]) / (2 b), the filter's exact inverse.

    Parameters
    ----------
    c : floats, shape (n,)
        Series of samples, any unit.
    tau, dt : scalar or shape (n - 1,)
        As for `coefficients`.
    """
    a, b = coefficients(tau, dt)
    return (c[1:] - a * c[:-1]) / (2 * b)


def boundary_layer(speed: ArrayLike) -> Floats:
    """Thickness of the water that sticks to an optode, um, by its vertical speed, dbar/s (Bittig et al. 2018)."""
    v = np.abs(np.asarray(speed, np.float64))
    return np.where(v <= 0.095, 210 - 110 / 0.095 * v, 20 + 80 / 0.905 * (1 - v))


def correct(table: pa.Table, tau: float, speed: float, where: Mask | None = None) -> tuple[pa.Table, Change]:
    """Undo the lag of a sensor on a float that rises at a steady speed.

    A level gets the mean of the values in the middle to both neighbours, the deepest and the shallowest that of their
    only one. The noise of a level grows by at most the `noise` among the parameters of the change, the median of
    `noise_amplification`; smooth noisy profiles first, or leave this step out.

    Parameters
    ----------
    table : pyarrow.Table
        Observations; not edited.
    tau : float
        Response time, s; it depends on the boundary layer and on temperature, by tables of Bittig and Koertzinger.
    speed : float
        Rising speed, dbar/s; floats do about 0.1.
    where : mask, shape (level,), optional
        Levels to correct; those of floats when left out.

    Returns
    -------
    table : pyarrow.Table
        The same rows in the same order.
    change : Change
        What was done.

    Raises
    ------
    InputError
        If tau is negative, the speed is not positive, or the schema is not that of observations.
    """
    if not (tau >= 0 and speed > 0):
        raise InputError(f"response time {tau} s, speed {speed} dbar/s", "response time", "both must be positive")
    here = levels.from_table(table, ["oxygen"])
    oxygen = here.values["oxygen"]
    use = np.isfinite(oxygen) & np.isfinite(here.pressure)
    use &= here.measured_with(["float"]) if where is None else where
    rows = here.by_pressure[::-1]  # as measured: from below
    rows = rows[use[rows]]
    cast, dt = here.cast[rows], -np.diff(here.pressure[rows]) / speed
    pair = np.flatnonzero((cast[1:] == cast[:-1]) & (dt > 0))
    a, b = coefficients(tau, dt[pair])
    middle = (oxygen[rows[pair + 1]] - a * oxygen[rows[pair]]) / (2 * b)
    ends = np.concatenate([pair, pair + 1])
    number = np.bincount(ends, minlength=len(rows))
    total = np.bincount(ends, np.tile(middle, 2), len(rows))
    new = oxygen.copy()
    new[rows[number > 0]] = total[number > 0] / number[number > 0]
    noise = float(np.median(noise_amplification(tau, dt[pair]))) if len(pair) else np.nan
    given: Given = {"tau": tau, "speed": speed, "noise": noise}
    return changed(table, here, new, use, "response_time", given, "Bittig et al. 2014: inverse of the bilinear filter")
