"""Units of temperature as archives write them, for every reader; those of amounts are in `qc.physics.seawater`."""

import re
from dataclasses import replace

import numpy as np

from qc.errors import InputError
from qc.physics import seawater
from qc.readers.columns.variables import Values

_CELSIUS = "(DEG(REES?)?|CELSIUS|C|[ITPS]*(90|68))*"  # DEG C, ITS-90, IPTS-68, DEGC (ITS-90); blank


def letters(unit: str) -> str:
    """Return the letters and digits of a unit, in capitals: "?C (ITS-90)" has lost its degree sign.

    Parameters
    ----------
    unit : str
        As an archive writes it.

    Examples
    --------
    >>> letters("?C (ITS-90)")
    'CITS90'
    """
    return re.sub("[^A-Z0-9]", "", unit.upper())


def in_celsius(values: Values, column: str, file: str) -> Values:
    """Convert a temperature from the unit as delivered.

    Parameters
    ----------
    values : Values
        Temperature.
    column, file : str
        Names for the message of an error.

    Returns
    -------
    Values
        In degC of ITS-90; numbers and unit as delivered are kept.

    Raises
    ------
    InputError
        If there are values and their unit is none of degC, ITS-90, IPTS-68, K and degrees Fahrenheit.

    Examples
    --------
    >>> in_celsius(Values.of([50.0, 32.0], "degree_F"), "T", "a.nc").value.tolist()
    [10.0, 0.0]
    """
    unit = letters(values.unit)
    if re.fullmatch("(DEG(REES?)?)?K(ELVIN)?", unit):
        return replace(values, value=values.delivered - 273.15)
    if re.fullmatch("(DEG(REES?)?)?F(AHRENHEIT)?", unit):
        return replace(values, value=(values.delivered - 32) / 1.8)
    if np.isfinite(values.value).any() and not re.fullmatch(_CELSIUS, unit):
        what = f"{column} in {values.unit.strip()!r}, which is no scale of temperature"
        raise InputError(what, file, "convert it to ITS-90")
    return replace(values, value=seawater.t90_from_t68(values.delivered)) if "68" in unit else values
