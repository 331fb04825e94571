"""Oxygen at saturation as a covariate: the formula of `gsw.O2sol_SP_pt`, in the precision of its inputs.

The seawater library differs from it by one unit in the last place, and computes in double precision only; networks and
trees were trained on these values.
"""

import numpy as np

from graphs.types import Floats

_A = (5.80871, 3.20291, 4.17887, 5.10006, -9.86643e-2, 3.80369)
_B = (-7.01577e-3, -7.70028e-3, -1.13864e-2, -9.51519e-3)
_C0 = -2.75915e-7


def saturation(salinity: Floats, temperature: Floats) -> Floats:
    """Compute the oxygen concentration in equilibrium with moist air at one atmosphere.

    Garcia & Gordon (1992, Limnol. Oceanogr. 37, 1307-1312), fit to the data of Benson & Krause; the
    temperature is moved from ITS-90 to IPTS-68 by 1.00024, as TEOS-10 software does.

    Parameters
    ----------
    salinity : array
        Practical salinity, 1.
    temperature : array, same shape
        Potential temperature referred to the surface, degC (ITS-90); in-situ temperature is nearly right.

    Returns
    -------
    array, same shape
        umol kg-1; NaN where an input is missing.
    """
    t68 = np.asarray(temperature) * 1.00024
    scaled = np.log((298.15 - t68) / (273.15 + t68))
    a = np.polynomial.polynomial.polyval(scaled, _A)
    b = np.polynomial.polynomial.polyval(scaled, _B)
    return np.exp(a + salinity * (b + _C0 * np.asarray(salinity)))
