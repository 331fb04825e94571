"""Corrections of oxygen sensors on floats: gain, offset and drift; pressure effect of optodes.

Each step takes an observation table and returns a new one with a `Change`; `qc.corrections.float_gains` estimates the
gains. Values as delivered stay in `oxygen_original`, and the name of the step stands behind the unit in
`oxygen_original_unit` ("umol/kg; adjust"), so that no level is corrected twice by the same step. Values flagged bad are
neither used nor changed. Adjusted Argo values are corrected by their operators already: the steps are for raw ones,
which are low by about 7 % on average.
"""

from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike, NDArray

from qc.errors import InputError
from qc.physics import seawater
from qc.physics.oxygen import concentration, pO2
from qc.table import schema
from qc.table.flags import FAIL, MISSING
from qc.table.profiles import Levels, from_table
from qc.types import Floats, Mask

Given = dict[str, float | str]


@dataclass(frozen=True)
class Change:
    """Summary of a correction step.

    Parameters
    ----------
    step : str
        Its name.
    parameters : dict
        Its parameters, by name.
    source : str
        Source of its formula.
    levels : int
        Number of levels with another value than before.
    median : float
        Median change of these, umol/kg; NaN where there are none.
    lost : int
        Levels whose value could not be corrected, because temperature, salinity or date is missing; it is missing now.
    left : int
        Levels left as they are, because their value is flagged bad.
    """

    step: str
    parameters: Given = field(default_factory=dict)
    source: str = ""
    levels: int = 0
    median: float = np.nan
    lost: int = 0
    left: int = 0


@dataclass(frozen=True)
class Corrected:
    """Corrected oxygen of each level.

    Parameters
    ----------
    oxygen : floats, shape (level,)
        umol/kg; NaN where it cannot be corrected.
    growth : floats, shape (level,), or float
        Factor on the standard uncertainty of the value.
    error : floats, shape (level,), or float
        Standard uncertainty that the correction itself adds, in square, umol/kg.
    """

    oxygen: Floats
    growth: Floats | float = 1.0
    error: Floats | float = 0.0


def adjust(
    table: pa.Table,
    slope: float = 1.0,
    offset: float = 0.0,
    drift: float = 0.0,
    drift2: float = 0.0,
    incline: float = 0.0,
    launched: np.datetime64 | None = None,
    where: Mask | None = None,
    slope_error: float = 0.0,
) -> tuple[pa.Table, Change]:
    """Adjust partial pressure by gain, offset, drift and temperature, as delayed-mode operators do.

    pO2 becomes offset + [slope (1 + drift/100 dt + drift2/100 dt^2) + incline t] pO2, dt in years since launch, and
    is turned back into a concentration. Gain and drift alone need no temperature and salinity. `oxygen_uncertainty`
    grows by the same factor, and by `slope_error`; what is unknown stays unknown.

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
    slope_error : float
        Standard uncertainty of the gain.

    Returns
    -------
    table : pyarrow.Table
        The same rows in the same order.
    change : Change
        What was done.

    Raises
    ------
    InputError
        If a drift lacks the date of launch, a level was adjusted before, or the schema is not that of observations.
    """
    given: Given = {"slope": slope, "offset": offset, "drift": drift, "drift2": drift2, "incline": incline}
    given["slope_error"] = slope_error
    if (drift or drift2) and launched is None:
        raise InputError("a drift without date of launch", "float correction", "give launched=")
    here = from_table(table, ["oxygen", "temperature", "salinity"])
    course = np.ones(len(here.cast))
    if launched is not None and (drift or drift2):
        given["launched"] = str(launched.astype("datetime64[D]"))
        years = (here.time - launched.astype("datetime64[ms]")) / np.timedelta64(1, "D") / 365.25
        course = 1 + drift / 100 * years + drift2 / 100 * years**2
    factor, old = slope * course, here.values["oxygen"]
    new = factor * old
    if offset or incline:
        c, state = per_litre(here)
        factor = factor + incline * here.usable("temperature")
        new = concentration(offset + factor * pO2(c, *state), *state) / _density(here)
    change = Change("adjust", given, "calibration text of Coriolis delayed-mode files")
    return changed(table, here, Corrected(new, factor, slope_error * course * old), change, where)


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
        If a level was corrected so before, or the schema is not that of observations.
    """
    here = from_table(table, ["oxygen", "temperature"])
    factor = foil_factor(here.usable("temperature"), here.pressure)
    new = Corrected(here.values["oxygen"] * factor, factor)
    return changed(table, here, new, Change("pressure_effect", source="Bittig et al. 2015"), where)


def foil_factor(t: ArrayLike, p: ArrayLike) -> Floats:
    """Effect of pressure on the foil of an optode (Bittig et al. 2015).

    Parameters
    ----------
    t, p : array
        degC; dbar.

    Returns
    -------
    array
        Factor on oxygen.

    Examples
    --------
    >>> float(foil_factor(5.0, 1000.0).round(4))
    1.043
    """
    return 1 + (0.00022 * np.asarray(t, np.float64) + 0.0419) * np.asarray(p, np.float64) / 1000


def per_litre(here: Levels) -> tuple[Floats, tuple[Floats, Floats, Floats]]:
    """Oxygen by volume, and the state of the water.

    Parameters
    ----------
    here : Levels
        With oxygen, temperature and salinity.

    Returns
    -------
    c : floats, shape (level,)
        umol/L; NaN where it or the state is missing or flagged bad.
    state : tuple of floats, shape (level,) each
        SP, t and p.
    """
    return here.usable("oxygen") * _density(here), _state(here)


def _density(here: Levels) -> Floats:
    """Potential density, kg/L, shape (level,)."""
    return seawater.potential_density(*_state(here), here.longitude, here.latitude)


def _state(here: Levels) -> tuple[Floats, Floats, Floats]:
    """Usable salinity and temperature, and pressure."""
    return here.usable("salinity"), here.usable("temperature"), here.pressure


def changed(
    table: pa.Table, here: Levels, new: Corrected, change: Change, where: Mask | None
) -> tuple[pa.Table, Change]:
    """Put corrected oxygen into a table, and summarise the changes.

    Parameters
    ----------
    table : pyarrow.Table
        Observations; not edited.
    here : Levels
        Their arrays, oxygen among them.
    new : Corrected
        Corrected oxygen of each level.
    change : Change
        The step, its parameters and its source.
    where : mask, shape (level,), or None
        Levels that get the new value; those of floats when None.

    Returns
    -------
    table : pyarrow.Table
        The same rows in the same order; a value that could not be corrected is missing, its original kept.
    change : Change
        What was done.

    Raises
    ------
    InputError
        If the step was applied to one of these levels before.
    """
    old, flag = here.values["oxygen"], here.flags["oxygen"]
    selected = np.isfinite(old) & (here.measured_with(["float"]) if where is None else where)
    use = selected & (flag != FAIL)
    unit = table["oxygen_original_unit"].cast(pa.string())
    _refuse_again(unit, use, change.step)
    value = np.where(use, new.oxygen, old)
    lost = use & ~np.isfinite(value)
    moved = use & ~lost & (value != old)
    original = table["oxygen_original"].to_numpy()
    unkept = use & ~np.isfinite(original)  # a table without originals: its first value is the original
    before = table["oxygen_uncertainty"].to_numpy()
    columns = {
        "oxygen": np.where(lost, np.nan, value),
        "oxygen_flag": np.where(lost, MISSING, flag).astype(np.int8),
        "oxygen_original": np.where(unkept, old, original),
        "oxygen_original_unit": _noted(pc.if_else(unkept, "umol/kg", unit), moved | lost, change.step),
        "oxygen_uncertainty": np.where(use, np.hypot(new.growth * before, new.error), before),
    }
    columns["oxygen_uncertainty"][lost] = np.nan
    for name, column in columns.items():
        table = schema.replaced(table, name, column)
    schema.check(table, change.step)
    median = float(np.median((value - old)[moved])) if moved.any() else np.nan
    left = int((selected & ~use).sum())
    return table, replace(change, levels=int(moved.sum()), median=median, lost=int(lost.sum()), left=left)


def _refuse_again(unit: pa.ChunkedArray, use: Mask, step: str) -> None:
    """Refuse levels that were corrected by the step already."""
    found = pc.match_substring_regex(unit, f"; {step}(;|$)").fill_null(False)
    again = int((found.to_numpy() & use).sum())
    if again:
        raise InputError(f"{again} of these levels had this step before", step, "start from the table as it was read")


def _noted(unit: pa.ChunkedArray, where: Mask, step: str) -> NDArray[np.object_]:
    """Write the name of a step behind the unit of the levels it changed."""
    noted = pc.binary_join_element_wise(unit.fill_null(""), step, "; ")
    return np.asarray(pc.if_else(where, noted, unit).to_numpy(zero_copy_only=False))
