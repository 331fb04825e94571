"""Corrections of oxygen sensors on floats: gain, offset and drift; pressure effect of optodes.

Each step takes an observation table and returns a new one with a `Change`; `qc.corrections.float_gains` estimates the
gains. Values as delivered stay in `oxygen_original`, and the name of the step stands behind the unit in
`oxygen_original_unit` ("umol/kg; adjust"), so that no level is corrected twice by the same step. Values flagged bad are
neither used nor changed. Values that their operator has adjusted (`qc.table.schema.ADJUSTED_NOTE`) need no gain: gains
are for raw ones, which are low by about 7 % on average.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import ArrayLike

from qc.corrections.changes import Change, Corrected, Given, changed
from qc.errors import InputError
from qc.physics import seawater
from qc.physics.oxygen import concentration, pO2
from qc.table import schema
from qc.table.flags import SUSPECT
from qc.table.profiles import Levels, from_table
from qc.types import Floats, Mask


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
    grows by the same factor, and by `slope_error`, which is the uncertainty of a value that had none. Argo flags all
    raw oxygen suspect; a level that no check has flagged is not evaluated (flag 2) once it is adjusted, as Argo has it.

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
        Levels to adjust; those of `raw_levels` when left out. Pass one float at a time: its gain is its own.
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
    corrected = Corrected(new, factor, slope_error * course * old, _suspect_as_raw(table, here))
    return changed(table, here, corrected, change, raw_levels(table, here) if where is None else where)


def raw_levels(table: pa.Table, here: Levels) -> Mask:
    """Find the levels of floats whose oxygen has not been adjusted by the operator.

    Parameters
    ----------
    table : pyarrow.Table
        Observations.
    here : Levels
        Their arrays.

    Returns
    -------
    mask, shape (level,)
    """
    adjusted = pc.match_substring(table["oxygen_original_unit"].cast(pa.string()), schema.ADJUSTED_NOTE)
    return np.asarray(here.measured_with(["float"]) & ~adjusted.fill_null(False).to_numpy())


def _suspect_as_raw(table: pa.Table, here: Levels) -> Mask:
    """Find the levels that are suspect though neither a check nor the originator's own flag (4) says more than raw."""
    raw = pc.match_substring_regex(table["oxygen_original_flag"].cast(pa.string()), "^argo:[0-3]$").fill_null(False)
    unflagged = table["oxygen_checks"].to_numpy() == 0
    return np.asarray(raw.to_numpy() & unflagged & (here.flags["oxygen"] == SUSPECT) & raw_levels(table, here))


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
