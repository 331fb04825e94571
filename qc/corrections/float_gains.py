"""Estimates of the gain of oxygen sensors on floats, from air or from the saturation of the surface.

`qc.corrections.float_oxygen.adjust` applies a gain.
"""

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import ArrayLike

from qc.corrections.float_oxygen import per_litre
from qc.errors import InputError
from qc.physics.oxygen import in_air, saturation
from qc.table.profiles import from_table
from qc.types import Floats

SURFACE = 25.0  # dbar: the layer whose saturation is compared (bgcArgoDMQC, SOCCOM)
SURFACINGS = 20  # fewer leave the carry-over undetermined (Bittig et al. 2018: more than 20)


def gain_in_air(pO2_air: ArrayLike, p_atm: ArrayLike, t: ArrayLike) -> Floats:
    """Gain by the reading of a sensor in air (Johnson et al. 2015).

    Parameters
    ----------
    pO2_air : array, shape (surfacing,)
        Mean partial pressure of a surfacing, mbar.
    p_atm : array, shape (surfacing,)
        Pressure of the air at the sea surface, mbar.
    t : array, shape (surfacing,)
        Temperature of the air at the sensor, degC; the air is taken as saturated with vapour.

    Returns
    -------
    array, shape (surfacing,)
        Factor on the partial pressure.

    Examples
    --------
    >>> float(gain_in_air(200.0, 1013.25, 15.0).round(4))
    1.0433
    """
    return in_air(0, t, p_atm) / np.asarray(pO2_air, np.float64)


def carry_over(pO2_air: ArrayLike, pO2_water: ArrayLike, pO2_reference: ArrayLike) -> tuple[float, float]:
    """Gain and carry-over of a sensor that is wet in the air (Bittig et al. 2018).

    Least squares of pO2_air = a pO2_reference + c pO2_water over the surfacings; the gain is m = (1 - c) / a, for
    m pO2_air - pO2_reference = c (m pO2_water - pO2_reference).

    Parameters
    ----------
    pO2_air, pO2_water, pO2_reference : arrays, shape (surfacing,)
        Read in air and in the water below, and the true one of the air, mbar; surfacings with one missing are left out.

    Returns
    -------
    gain : float
        Factor on the partial pressure.
    carried : float
        Share of the water's signal in that in air.

    Raises
    ------
    InputError
        If there are not more than 20 surfacings, or air and water do not vary apart from each other.
    """
    rows = np.column_stack([np.asarray(x, np.float64) for x in (pO2_reference, pO2_water, pO2_air)])
    rows = rows[np.isfinite(rows).all(axis=1)]
    if len(rows) <= SURFACINGS:
        raise InputError(f"{len(rows)} surfacings", "carry-over", f"more than {SURFACINGS} are needed: use gain_in_air")
    (a, c), _, rank, _ = np.linalg.lstsq(rows[:, :2], rows[:, 2], rcond=1e-9)
    if rank < 2 or a <= 0:
        raise InputError("air and water do not vary apart from each other", "carry-over", "use gain_in_air")
    return float((1 - c) / a), float(c)


def gain_with_carry_over(pO2_air: ArrayLike, pO2_water: ArrayLike, pO2_reference: ArrayLike, carried: float) -> Floats:
    """Gain of each surfacing at a known carry-over.

    Parameters
    ----------
    pO2_air, pO2_water, pO2_reference : arrays, shape (surfacing,)
        As for `carry_over`, mbar.
    carried : float
        Share of the signal of the water in that in air.

    Returns
    -------
    array, shape (surfacing,)
        Factor on the partial pressure.
    """
    air, water, reference = (np.asarray(x, np.float64) for x in (pO2_air, pO2_water, pO2_reference))
    return (1 - carried) * reference / (air - carried * water)


def gain_at_surface(table: pa.Table, reference: ArrayLike = 100.0) -> pd.DataFrame:
    """Gain of each cast of a float by the saturation of its upper 25 dbar (bgcArgoDMQC, SOCCOM).

    Parameters
    ----------
    table : pyarrow.Table
        Observations with temperature and salinity; casts of other instruments are left out, and levels at which one
        of the three is flagged bad. Suspect oxygen is used, for raw oxygen of floats is suspect at best.
    reference : array, scalar or of shape (cast,)
        True saturation, percent at 1013.25 mbar, in the order of the casts in the table: of a climatology (`o2sat` of
        the World Ocean Atlas), or 100, which takes the surface for saturated.

    Returns
    -------
    pandas.DataFrame
        One row a cast of a float: `cast` (number in `qc.table.profiles.Levels.cast`), `cruise`, `time`, `saturation`
        (percent, mean of the layer), `gain`; NaN where the layer has no value. Take the median over a float.

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """
    here = from_table(table, ["oxygen", "temperature", "salinity"])
    c, state = per_litre(here)
    percent = saturation(c, *state)
    use = np.isfinite(percent) & (here.pressure <= SURFACE)
    n = len(here.first)
    number = np.bincount(here.cast[use], minlength=n)
    total = np.bincount(here.cast[use], percent[use], n)
    mean = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    frame = pd.DataFrame({"cast": np.arange(n), "cruise": table["cruise"].take(here.first).to_pandas().astype(object)})
    frame = frame.assign(time=here.time[here.first], saturation=mean, gain=np.broadcast_to(reference, n) / mean)
    return frame[here.measured_with(["float"])[here.first]].reset_index(drop=True)
