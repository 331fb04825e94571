"""What follows from temperature and salinity as covariates: oxygen at saturation and potential density.

Saturation is the formula of `gsw.O2sol_SP_pt`, in the precision of its inputs: the seawater library differs from it by
one unit in the last place, and computes in double precision only; networks and trees were trained on these values.
Density is that of EOS-80, so that models run where there is no seawater library; it is an input of methods, no product.
"""

import numpy as np

from graphs.types import Floats

_A = (5.80871, 3.20291, 4.17887, 5.10006, -9.86643e-2, 3.80369)
_B = (-7.01577e-3, -7.70028e-3, -1.13864e-2, -9.51519e-3)
_C0 = -2.75915e-7
# Density at the surface, kg m-3, IPTS-68: of pure water less 1000, and what salt and its powers 3/2 and 2 add.
_PURE = (-0.157406, 6.793952e-2, -9.095290e-3, 1.001685e-4, -1.120083e-6, 6.536332e-9)
_SALT = (8.24493e-1, -4.0899e-3, 7.6438e-5, -8.2467e-7, 5.3875e-9)
_MORE_SALT = (-5.72466e-3, 1.0227e-4, -1.6546e-6)
_MOST_SALT = 4.8314e-4
# Cooling of water brought to the surface, degC: of its pressure (bar), square and cube, by powers of temperature.
_COOLING = (
    (3.6504e-4, 8.3198e-5, -5.4065e-7, 4.0274e-9), (8.9309e-7, -3.1628e-8, 2.1987e-10), (-1.6056e-10, 5.0484e-12),
)  # fmt: skip
_SALTY_COOLING = ((1.7439e-5, -2.9778e-7), (-4.1057e-9,))


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


def potential_density(salinity: Floats, temperature: Floats, depth: Floats, latitude: Floats) -> Floats:
    """Compute the potential density anomaly referred to the surface.

    Density of Millero & Poisson (1981, Deep-Sea Res. 28A, 625-629), potential temperature of Bryden (1973, Deep-Sea
    Res. 20, 401-408), pressure of Saunders (1981, J. Phys. Oceanogr. 11, 573-574): within 0.02 kg m-3 of `gsw.sigma0`
    without its anomaly of absolute salinity.

    Parameters
    ----------
    salinity : array
        Practical salinity, 1; below 0 counts as 0.
    temperature : array, same shape
        In situ, degC (ITS-90).
    depth, latitude : array, same shape
        Metres, positive down; degrees north.

    Returns
    -------
    array, same shape
        kg m-3 less 1000, double precision; NaN where an input is missing.

    Examples
    --------
    >>> place = np.array([0.0]), np.array([30.0])
    >>> potential_density(np.array([35.0]), np.array([10.0]), *place).round(3)
    array([26.952])
    """
    polynomial = np.polynomial.polynomial.polyval
    salt, t = np.maximum(np.asarray(salinity, np.float64), 0.0), np.asarray(temperature, np.float64)
    gravity = 1.0 - (5.92 + 5.25 * np.sin(np.radians(latitude)) ** 2) * 1e-3
    bar = 0.1 * (gravity - np.sqrt(gravity**2 - 8.84e-6 * np.asarray(depth))) / 4.42e-6
    for power, factors in enumerate(_COOLING, 1):
        t = t - bar**power * polynomial(temperature, factors)
    for power, factors in enumerate(_SALTY_COOLING, 1):
        t = t - bar**power * (salt - 35.0) * polynomial(temperature, factors)
    t = t * 1.00024
    salty = salt * polynomial(t, _SALT) + salt**1.5 * polynomial(t, _MORE_SALT) + salt**2 * _MOST_SALT
    return np.asarray(polynomial(t, _PURE) + salty)
