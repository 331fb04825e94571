"""Corrections of oxygen sensors on floats: estimates of their gain, and optional steps that say what they changed.

No step runs by itself. Estimates take arrays and return numbers; steps take an observation table and return a new one
with a `Change`. Values as delivered stay in `oxygen_original`. Adjusted Argo values are corrected by their operators
already: the steps are for raw ones, which are low by about 7 % on average.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import ArrayLike

from qc import levels, oxygen_units, schema, seawater
from qc.errors import InputError
from qc.flags import MISSING
from qc.levels import Floats, Levels, Mask

Given = dict[str, float | str]
SURFACE = 25.0  # dbar: the layer whose saturation is compared (bgcArgoDMQC, SOCCOM)
SURFACINGS = 20  # fewer leave the carry-over undetermined (Bittig et al. 2018: more than 20)


@dataclass(frozen=True)
class Change:
    """What a step did.

    Parameters
    ----------
    step : str
        Its name.
    parameters : dict
        All that it was given, by name.
    source : str
        Where its formula comes from.
    levels : int
        Number of levels with another value than before.
    median : float
        Median change of these, umol/kg; NaN where there are none.
    lost : int
        Levels whose value could not be corrected, for want of temperature, salinity or date, and is missing now.
    """

    step: str
    parameters: Given = field(default_factory=dict)
    source: str = ""
    levels: int = 0
    median: float = np.nan
    lost: int = 0


def gain_in_air(pO2_air: ArrayLike, p_atm: ArrayLike, t: ArrayLike) -> Floats:
    """Gain by what a sensor reads in air (Johnson et al. 2015), one a surfacing.

    Parameters
    ----------
    pO2_air : array
        Mean partial pressure of a surfacing, mbar.
    p_atm : array
        Pressure of the air at the sea surface, mbar.
    t : array
        Temperature of the air at the sensor, degC; it is taken for saturated with vapour.
    """
    return oxygen_units.in_air(0, t, p_atm) / np.asarray(pO2_air, np.float64)


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
    """Gain of each surfacing, shape (surfacing,), at a known carry-over; other arguments as for `carry_over`."""
    air, water, reference = (np.asarray(x, np.float64) for x in (pO2_air, pO2_water, pO2_reference))
    return (1 - carried) * reference / (air - carried * water)


def gain_at_surface(table: pa.Table, reference: ArrayLike = 100.0) -> pd.DataFrame:
    """Gain of each cast of a float by the saturation of its upper 25 dbar (bgcArgoDMQC, SOCCOM).

    Parameters
    ----------
    table : pyarrow.Table
        Observations with temperature and salinity; casts of other instruments are left out.
    reference : array, scalar or of shape (cast,)
        True saturation, percent at 1013.25 mbar, in the order of the casts in the table: of a climatology (`o2sat` of
        the World Ocean Atlas), or 100, which takes the surface for saturated.

    Returns
    -------
    pandas.DataFrame
        One row a cast of a float: `cast` (number in `qc.levels.Levels.cast`), `cruise`, `time`, `saturation`
        (percent, mean of the layer), `gain`; NaN where the layer has no value. Take the median over a float.

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """
    here = levels.from_table(table, ["oxygen", "temperature", "salinity"])
    c, state = _per_litre(here)
    percent = oxygen_units.saturation(c, *state)
    use = np.isfinite(percent) & (here.pressure <= SURFACE)
    n = len(here.first)
    number = np.bincount(here.cast[use], minlength=n)
    total = np.bincount(here.cast[use], percent[use], n)
    mean = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    frame = pd.DataFrame({"cast": np.arange(n), "cruise": table["cruise"].take(here.first).to_pandas().astype(object)})
    frame = frame.assign(time=here.time[here.first], saturation=mean, gain=np.broadcast_to(reference, n) / mean)
    return frame[here.measured_with(["float"])[here.first]].reset_index(drop=True)


def adjust(
    table: pa.Table,
    slope: float = 1.0,
    offset: float = 0.0,
    drift: float = 0.0,
    drift2: float = 0.0,
    incline: float = 0.0,
    launched: np.datetime64 | None = None,
    where: Mask | None = None,
) -> tuple[pa.Table, Change]:
    """Adjust partial pressure by gain, offset, drift and temperature, as delayed-mode operators do.

    pO2 becomes offset + [slope (1 + drift/100 dt + drift2/100 dt^2) + incline t] pO2, dt in years since launch, and
    is turned back into a concentration. Gain and drift alone need no temperature and salinity.

    Parameters
    ----------
    table : pyarrow.Table
        Observations; not edited.
    slope : float
        Gain.
    offset : float
        mbar.
    drift, drift2 : float
        Percent per year, percent per year squared.
    incline : float
        Per degC.
    launched : datetime64, optional
        Date of launch; needed with a drift.
    where : mask, shape (level,), optional
        Levels to adjust; those of floats when left out. Pass one float at a time: its gain is its own.

    Returns
    -------
    table : pyarrow.Table
        The same rows in the same order.
    change : Change
        What was done.

    Raises
    ------
    InputError
        If a drift lacks the date of launch, or the schema is not that of observations.
    """
    given: Given = {"slope": slope, "offset": offset, "drift": drift, "drift2": drift2, "incline": incline}
    if (drift or drift2) and launched is None:
        raise InputError("a drift without date of launch", "float correction", "give launched=")
    here = levels.from_table(table, ["oxygen", "temperature", "salinity"])
    factor = np.full(len(here.cast), slope)
    if launched is not None and (drift or drift2):
        given["launched"] = str(launched.astype("datetime64[D]"))
        years = (here.time - launched.astype("datetime64[ms]")) / np.timedelta64(1, "D") / 365.25
        factor = slope * (1 + drift / 100 * years + drift2 / 100 * years**2)
    new = factor * here.values["oxygen"]
    if offset or incline:
        c, state = _per_litre(here)
        pressure = oxygen_units.pO2(c, *state)
        pressure = offset + (factor + incline * here.values["temperature"]) * pressure
        new = oxygen_units.concentration(pressure, *state) / _density(here)
    return changed(table, here, new, where, "adjust", given, "calibration text of Coriolis delayed-mode files")


def pressure_effect(table: pa.Table, where: Mask | None = None) -> tuple[pa.Table, Change]:
    """Correct optodes for the effect of pressure on their foil: O2 [1 + (0.00022 t + 0.0419) p / 1000].

    Parameters
    ----------
    table : pyarrow.Table
        Observations whose oxygen was computed without a term in pressure; Argo's files have it already.
    where : mask, shape (level,), optional
        As for `adjust`.

    Returns
    -------
    table, change
        As from `adjust`.

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """
    here = levels.from_table(table, ["oxygen", "temperature"])
    new = here.values["oxygen"] * foil_factor(here.values["temperature"], here.pressure)
    return changed(table, here, new, where, "pressure_effect", {}, "Bittig et al. 2015")


def foil_factor(t: ArrayLike, p: ArrayLike) -> Floats:
    """Effect of pressure on an optode's foil (Bittig et al. 2015), a factor, of degC and dbar."""
    return 1 + (0.00022 * np.asarray(t, np.float64) + 0.0419) * np.asarray(p, np.float64) / 1000


def _density(here: Levels) -> Floats:
    state = here.values["salinity"], here.values["temperature"], here.pressure
    return seawater.potential_density(*state, here.longitude, here.latitude)


def _per_litre(here: Levels) -> tuple[Floats, tuple[Floats, Floats, Floats]]:
    """Oxygen in umol/L, and (SP, t, p); NaN where any is missing."""
    state = here.values["salinity"], here.values["temperature"], here.pressure
    return here.values["oxygen"] * _density(here), state


def changed(
    table: pa.Table, here: Levels, new: Floats, where: Mask | None, step: str, given: Given, source: str
) -> tuple[pa.Table, Change]:
    """Put corrected oxygen into a table, and say what it changed.

    Parameters
    ----------
    table : pyarrow.Table
        Observations; not edited.
    here : Levels
        Their arrays, oxygen among them.
    new : floats, shape (level,)
        Corrected oxygen, umol/kg.
    where : mask, shape (level,), or None
        Levels that take the new value; those of floats when None.
    step, given, source
        For the `Change`.

    Returns
    -------
    table : pyarrow.Table
        The same rows in the same order; a value that could not be corrected is missing, its original kept.
    change : Change
        What was done.
    """
    old = here.values["oxygen"]
    use = np.isfinite(old) & (here.measured_with(["float"]) if where is None else where)
    value = np.where(use, new, old)
    lost = use & ~np.isfinite(value)
    moved = use & ~lost & (value != old)
    original = table["oxygen_original"].to_numpy()
    unkept = use & ~np.isfinite(original)  # a table that was made here: what it said first is the original
    unit = table["oxygen_original_unit"].cast(pa.string()).to_numpy(zero_copy_only=False)
    columns = {
        "oxygen": np.where(lost, np.nan, value),
        "oxygen_flag": np.where(lost, MISSING, here.flags["oxygen"]).astype(np.int8),
        "oxygen_original": np.where(unkept, old, original),
        "oxygen_original_unit": pa.array(np.where(unkept, "umol/kg", unit)).dictionary_encode(),
    }
    for name, column in columns.items():
        place = table.schema.get_field_index(name)
        table = table.set_column(place, table.schema.field(name), pa.array(column).cast(table.schema.field(name).type))
    schema.check(table, step)
    median = float(np.median((value - old)[moved])) if moved.any() else np.nan
    return table, Change(step, given, source, int(moved.sum()), median, int(lost.sum()))
