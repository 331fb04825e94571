"""Response time of oxygen sensors on rising floats: correction of their lag, which amplifies noise."""

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike

from qc.corrections.changes import Change, Corrected, Given, changed
from qc.errors import InputError
from qc.table.profiles import from_table
from qc.types import Floats, Integers, Mask


def coefficients(tau: ArrayLike, dt: ArrayLike) -> tuple[Floats, Floats]:
    """Coefficients (a, b) of the bilinear filter c[i+1] = a c[i] + b (truth[i] + truth[i+1]) (Bittig et al. 2014).

    Its exact inverse, (c[i+1] - a c[i]) / (2 b), is the truth in the middle between two samples.

    Parameters
    ----------
    tau : array
        Response time, s.
    dt : array
        Time between two samples, s.

    Returns
    -------
    a, b : array
    """
    with np.errstate(divide="ignore"):
        b = 1 / (1 + 2 * np.asarray(tau, np.float64) / np.asarray(dt, np.float64))
    return 1 - 2 * b, b


def correct(table: pa.Table, tau: float, speed: float, where: Mask | None = None) -> tuple[pa.Table, Change]:
    """Undo the lag of a sensor on a float that rises at a steady speed.

    A level gets the mean of the values in the middle to both neighbours, the deepest and the shallowest that of their
    only one; a value flagged bad is no neighbour. White noise of a level grows by at most the `noise` among the
    parameters of the change, the largest factor of any level: smooth noisy profiles first, or leave this step out.
    `oxygen_uncertainty` grows by its level's own factor and never shrinks, as if it were such noise: the share that
    neighbours have in common does not grow, so this is an upper bound.

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
        If tau is negative, the speed is not positive, a level was corrected so before, or the schema is not that of
        observations.
    """
    if not (tau >= 0 and speed > 0):
        raise InputError(f"response time {tau} s, speed {speed} dbar/s", "response time", "both must be positive")
    here = from_table(table, ["oxygen"])
    oxygen = here.usable("oxygen")
    use = np.isfinite(oxygen) & np.isfinite(here.pressure)
    use &= here.measured_with(["float"]) if where is None else where
    rows = here.by_pressure[::-1]  # as measured: from below
    rows = rows[use[rows]]
    cast, dt = here.cast[rows], -np.diff(here.pressure[rows]) / speed
    pair = np.flatnonzero((cast[1:] == cast[:-1]) & (dt > 0))
    there, value, factor = _at_levels(oxygen[rows], pair, *coefficients(tau, dt[pair]))
    new, growth = here.values["oxygen"].copy(), np.ones(len(oxygen))
    new[rows[there]], growth[rows[there]] = value, np.maximum(1, factor)
    given: Given = {"tau": tau, "speed": speed, "noise": float(factor.max(initial=0)) if len(pair) else np.nan}
    change = Change("response_time", given, "Bittig et al. 2014: inverse of the bilinear filter")
    return changed(table, here, Corrected(new, growth), change, where)


def _at_levels(c: Floats, pair: Integers, a: Floats, b: Floats) -> tuple[Integers, Floats, Floats]:
    """Mean of the middles to both neighbours.

    Parameters
    ----------
    c : floats, shape (n,)
        Series of samples.
    pair : integers, shape (m,)
        First sample of each two neighbours.
    a, b : floats, shape (m,)
        Coefficients of each pair.

    Returns
    -------
    there : integers, shape (k,)
        Samples that have a neighbour.
    value, factor : floats, shape (k,)
        Their truth, and the factor on white noise: the norm of the weights of the samples it is made of.
    """
    ends = np.concatenate([pair, pair + 1])
    number = np.bincount(ends, minlength=len(c))
    there = np.flatnonzero(number)
    first, second = -a / (2 * b), 1 / (2 * b)  # weights of the samples of a pair in its middle
    own = np.bincount(ends, np.concatenate([first, second]), len(c))
    others = np.bincount(ends, np.concatenate([second, first]) ** 2, len(c))
    total = np.bincount(ends, np.tile((c[pair + 1] - a * c[pair]) / (2 * b), 2), len(c))
    return (
        there,
        (total / np.maximum(number, 1))[there],
        (np.hypot(own, np.sqrt(others)) / np.maximum(number, 1))[there],
    )
