"""Oxygen as concentration, saturation and partial pressure, by the formulas of SCOR Working Group 142.

The solubility is that of Garcia and Gordon (1992), fit to the data of Benson and Krause, in ml/l; the effect of
pressure on the partial pressure that of Taylor (1978). Recommended by Bittig et al. (2016), doi 10.13155/45915.
"""

import numpy as np
from numpy.polynomial.polynomial import polyval
from numpy.typing import ArrayLike

from qc.physics.seawater import ML_PER_L
from qc.types import Floats

X_O2 = 0.20946  # mole fraction of O2 in dry air (SCOR WG142)
ATMOSPHERE = 1013.25  # mbar
_TEMPERATURE = (2.00907, 3.22014, 4.05010, 4.94457, -0.256847, 3.88767)
_SALINITY = (-6.24523e-3, -7.37614e-3, -1.03410e-2, -8.17083e-3)
_SALINITY_SQUARED = -4.88682e-7
_MOLAR_VOLUME, _GAS_CONSTANT = 0.317, 8.314  # m3 Pa / (mol dbar), J / (mol K)


def pH2O(SP: ArrayLike, t: ArrayLike) -> Floats:
    """Saturated vapour pressure over seawater (Weiss and Price 1980).

    Parameters
    ----------
    SP, t : array
        PSS-78; degC.

    Returns
    -------
    array
        mbar.
    """
    kelvin, S = np.asarray(t, np.float64) + 273.15, np.asarray(SP, np.float64)
    return ATMOSPHERE * np.exp(24.4543 - 67.4509 * (100 / kelvin) - 4.8489 * np.log(kelvin / 100) - 0.000544 * S)


def solubility(SP: ArrayLike, t: ArrayLike) -> Floats:
    """Oxygen in equilibrium with moist air at 1013.25 mbar (Garcia and Gordon 1992).

    Parameters
    ----------
    SP, t : array
        PSS-78; degC.

    Returns
    -------
    array
        umol/L.

    Examples
    --------
    >>> float(solubility(35.0, 10.0).round(3))
    282.015
    """
    S, celsius = np.asarray(SP, np.float64), np.asarray(t, np.float64)
    with np.errstate(invalid="ignore", divide="ignore"):
        Ts = np.log((298.15 - celsius) / (celsius + 273.15))
    return ML_PER_L * np.exp(polyval(Ts, _TEMPERATURE) + S * polyval(Ts, _SALINITY) + _SALINITY_SQUARED * S**2)


def _per_concentration(SP: ArrayLike, t: ArrayLike, p: ArrayLike) -> Floats:
    """Partial pressure of 1 umol/L, mbar."""
    kelvin = np.asarray(t, np.float64) + 273.15
    squeezed = np.exp(_MOLAR_VOLUME * np.asarray(p, np.float64) / (_GAS_CONSTANT * kelvin))
    return X_O2 * (ATMOSPHERE - pH2O(SP, t)) / solubility(SP, t) * squeezed


def pO2(c: ArrayLike, SP: ArrayLike, t: ArrayLike, p: ArrayLike) -> Floats:
    """Partial pressure of oxygen.

    Parameters
    ----------
    c : array
        Oxygen, umol/L.
    SP, t, p : array
        PSS-78; in-situ degC; dbar.

    Returns
    -------
    array
        mbar.

    Examples
    --------
    >>> float(pO2(200.0, 35.0, 10.0, 1000.0).round(3))
    170.164
    """
    return np.asarray(c, np.float64) * _per_concentration(SP, t, p)


def concentration(pO2: ArrayLike, SP: ArrayLike, t: ArrayLike, p: ArrayLike) -> Floats:
    """Oxygen at a partial pressure: the inverse of `pO2`.

    Parameters
    ----------
    pO2 : array
        Partial pressure, mbar.
    SP, t, p : array
        PSS-78; in-situ degC; dbar.

    Returns
    -------
    array
        umol/L.
    """
    return np.asarray(pO2, np.float64) / _per_concentration(SP, t, p)


def saturation(c: ArrayLike, SP: ArrayLike, t: ArrayLike, p: ArrayLike, p_atm: ArrayLike = ATMOSPHERE) -> Floats:
    """Oxygen in percent of equilibrium with moist air.

    Parameters
    ----------
    c : array
        Oxygen, umol/L.
    SP, t, p : array
        PSS-78; in-situ degC; dbar.
    p_atm : array
        Pressure of the air, mbar.

    Returns
    -------
    array
        Percent.
    """
    return 100 * pO2(c, SP, t, p) / in_air(SP, t, p_atm)


def in_air(SP: ArrayLike, t: ArrayLike, p_atm: ArrayLike = ATMOSPHERE) -> Floats:
    """Partial pressure of oxygen in air that is saturated with vapour.

    Parameters
    ----------
    SP, t : array
        PSS-78 and degC of the water below the air.
    p_atm : array
        Pressure of the air, mbar.

    Returns
    -------
    array
        mbar.
    """
    return X_O2 * (np.asarray(p_atm, np.float64) - pH2O(SP, t))
