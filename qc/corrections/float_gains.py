"""Gains of oxygen sensors on floats, a row a cast or surfacing: from the saturation of the surface, or from air.

`qc.corrections.float_gain_fit` makes one gain a float of them, and `qc.corrections.float_oxygen.adjust` applies it.
"""

from collections.abc import Callable

import gsw
import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from qc.corrections.float_oxygen import per_litre, raw_levels
from qc.errors import InputError
from qc.physics import seawater
from qc.physics.oxygen import in_air, saturation
from qc.table.profiles import Levels, from_table
from qc.types import Floats, Mask

Reference = Callable[[Floats, Floats, NDArray[np.datetime64]], Floats]
"""Saturation of the surface, percent, by degrees north and east and time, each of shape (cast,)."""

SURFACE = 25.0  # dbar: the layer whose saturation is compared (bgcArgoDMQC, SOCCOM)
MIXED = 0.03  # kg m-3: denser water is below the mixed layer (de Boyer Montegut et al. 2004)
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


def carry_over(pO2_air: ArrayLike, pO2_water: ArrayLike, pO2_reference: ArrayLike) -> float:
    """Share of the water's signal in the reading of a sensor that is wet in the air (Bittig et al. 2018).

    Least squares of pO2_air = a pO2_reference + c pO2_water over the surfacings, for
    m pO2_air - pO2_reference = c (m pO2_water - pO2_reference) with the gain m = (1 - c) / a.

    Parameters
    ----------
    pO2_air, pO2_water, pO2_reference : arrays, shape (surfacing,)
        Read in air and in the water below, and the true one of the air, mbar; surfacings with one missing are left out.

    Returns
    -------
    float
        c.

    Raises
    ------
    InputError
        If there are not more than 20 surfacings, or air and water do not vary apart from each other.
    """
    rows = np.column_stack([np.asarray(x, np.float64) for x in (pO2_reference, pO2_water, pO2_air)])
    rows = rows[np.isfinite(rows).all(axis=1)]
    fix = "leave out the column pO2_water"
    if len(rows) <= SURFACINGS:
        raise InputError(f"{len(rows)} surfacings with pO2_water, more than {SURFACINGS} are needed", "carry-over", fix)
    (a, c), _, rank, _ = np.linalg.lstsq(rows[:, :2], rows[:, 2], rcond=1e-9)
    if rank < 2 or a <= 0:
        raise InputError("air and water do not vary apart from each other", "carry-over", fix)
    return float(c)


def gain_of_surfacings(surfacings: pd.DataFrame) -> pd.DataFrame:
    """Gain of each surfacing of floats whose sensor is read in air.

    Parameters
    ----------
    surfacings : pandas.DataFrame
        Columns `float`, `time`, `pO2_air` (mean reading in air, mbar), `p_atm` (pressure of the air, mbar),
        `temperature` (degC) and, optionally, `pO2_water` (reading in the water below, mbar): where a float has it,
        the water that a wet sensor carries into the air is allowed for.

    Returns
    -------
    pandas.DataFrame
        One row a surfacing: `cruise` (the float), `time`, `carried` (share of the water's signal, 0 where it is not
        known), `gain`.

    Raises
    ------
    InputError
        If the carry-over of a float with `pO2_water` cannot be determined.

    Examples
    --------
    >>> read = {"float": "1", "time": "2015-01-01", "pO2_air": [200.0], "p_atm": 1013.25, "temperature": 15.0}
    >>> gain_of_surfacings(pd.DataFrame(read))["gain"].round(4).tolist()
    [1.0433]
    """
    found = []
    for name, rows in surfacings.groupby("float", sort=True):
        air, p_atm, t = (rows[column].to_numpy(float) for column in ("pO2_air", "p_atm", "temperature"))
        gain, carried = gain_in_air(air, p_atm, t), 0.0
        if "pO2_water" in rows and rows["pO2_water"].notna().any():
            water, reference = rows["pO2_water"].to_numpy(float), in_air(0, t, p_atm)
            try:
                carried = carry_over(air, water, reference)
            except InputError as error:
                raise InputError(error.what, f"float {name}", error.fix) from error
            gain = (1 - carried) * reference / (air - carried * water)
        time = pd.to_datetime(rows["time"]).to_numpy("datetime64[ms]")
        found.append(pd.DataFrame({"cruise": str(name), "time": time, "carried": carried, "gain": gain}))
    columns = ["cruise", "time", "carried", "gain"]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=columns)


def gain_at_surface(table: pa.Table, reference: float | Reference = 100.0) -> pd.DataFrame:
    """Gain of each cast of a float by the saturation of its mixed layer, no deeper than 25 dbar (bgcArgoDMQC, SOCCOM).

    Parameters
    ----------
    table : pyarrow.Table
        Observations with temperature and salinity; left out are casts of other instruments, levels that their operator
        has adjusted, and levels at which one of the three is flagged bad. Suspect oxygen is used, for raw oxygen of
        floats is suspect at best.
    reference : float or callable
        True saturation, percent at 1013.25 mbar: that of a climatology, or 100, which takes the surface for saturated.

    Returns
    -------
    pandas.DataFrame
        One row a cast of a float: `cruise`, `cast` (name), `time`, `latitude`, `longitude`, `saturation` (percent, mean
        of the layer), `above_freezing` (degC, the layer's mean), `reference` (percent), `gain`; NaN where the layer
        has no value.

    Raises
    ------
    InputError
        If the schema is not that of observations.
    """
    here = from_table(table, ["oxygen", "temperature", "salinity"])
    c, state = per_litre(here)
    percent = saturation(c, *state)
    use = _in_mixed_layer(here, np.isfinite(percent) & raw_levels(table, here))
    names = {name: table[name].take(here.first).to_pandas().astype(object) for name in ("cruise", "cast")}
    north, east = here.latitude[here.first], here.longitude[here.first]  # missing where flagged bad, as is the time
    time = here.time[here.first]
    frame = pd.DataFrame(names | {"time": time, "latitude": north, "longitude": east})
    frame["saturation"] = _mean(percent, here.cast, use, len(frame))
    SP, t, p = state
    freezing = gsw.t_freezing(seawater.SA(SP, p, here.longitude, here.latitude), p, 0)
    frame["above_freezing"] = _mean(t - freezing, here.cast, use, len(frame))
    frame["reference"] = reference(north, east, time) if callable(reference) else reference
    frame["gain"] = frame["reference"] / frame["saturation"]
    return frame[here.measured_with(["float"])[here.first]].reset_index(drop=True)


def _in_mixed_layer(here: Levels, use: Mask) -> Mask:
    """Keep the levels of the upper 25 dbar that are not denser than the uppermost by more than the limit."""
    use = use & (here.pressure <= SURFACE)
    rows = here.by_pressure[use[here.by_pressure]]
    density = 1000 * seawater.potential_density(
        here.usable("salinity"), here.usable("temperature"), here.pressure, here.longitude, here.latitude
    )
    cast, first = np.unique(here.cast[rows], return_index=True)
    uppermost = np.full(len(here.first), np.nan)
    uppermost[cast] = density[rows[first]]
    return use & (density <= uppermost[here.cast] + MIXED)


def _mean(value: Floats, cast: NDArray[np.int64], use: Mask, casts: int) -> Floats:
    """Mean of the used levels of each cast, NaN where there is none."""
    number = np.bincount(cast[use], minlength=casts)
    total = np.bincount(cast[use], value[use], casts)
    return np.where(number > 0, total / np.maximum(number, 1), np.nan)
