"""Properties of seawater by TEOS-10 and conversion of oxygen units; symbols of GSW (SP, SA, t, pt, p), kg/L."""

import re
from typing import Literal

import gsw
import numpy as np
from numpy.typing import ArrayLike

from qc.errors import InputError
from qc.types import Floats

Policy = Literal["sample", "constant_1025", "refuse"]

ML_PER_L = 44.6596  # umol/L in 1 ml(STP)/L: molar volume 22.3916 L/mol (Argo DOXY processing; SCOR WG142)
ML_PER_L_WOD = 43.570  # umol/kg in 1 ml/l as the World Ocean Database converts it, at a constant 1025 kg m-3
MG_PER_L = 1000.0 / 31.998  # umol/L in 1 mg/L: molar mass of O2
RHO_CONSTANT = 1.025  # kg/L, the density of World Ocean Atlas and Database conversions
CONSTANT_NOTE = "; density 1025"  # behind the original unit of a level that has no density of its own
_FROM_ML = "umol/kg from ml/l"

# unit -> (factor, whether the result is per litre and still needs a density)
UNITS: dict[str, tuple[float, bool]] = {
    "umol/kg": (1.0, False),
    "mmol/kg": (1.0e3, False),
    "mol/kg": (1.0e6, False),
    "mg-at/kg": (500.0, False),
    "ml/l": (ML_PER_L, True),
    "umol/l": (1.0, True),
    "mmol/m3": (1.0, True),
    "mol/m3": (1.0e3, True),
    "mg/l": (MG_PER_L, True),
    "mg-at/l": (500.0, True),
    # delivered in umol/kg, but made from ml/l with the constant density: taken back and redone
    _FROM_ML: (ML_PER_L / ML_PER_L_WOD, True),
}

# how archives spell units, rewritten in this order until a key of UNITS is left
_SPELLING = [
    (r"\s+no2\+no3$", ""),  # what was measured, behind its unit
    (r"\((?!stp\)).*?\)|\(stp\)", ""),  # "ml/l (milli-iter per liter)"
    (r"âµ|î¼|[µμ?\ufffd]", "u"),  # micro signs, broken ones too
    (r"micro[\s-]*", "u"),
    (r"milli[\s-]*", "m"),
    (r"mol(?:es?|s)(?![a-z])", "mol"),
    (r"lit(?:er|re)s?", "l"),
    (r"kilogram(?:me)?s?", "kg"),
    (r"m(?:g)?[\s-]*at(?:oms?|\.)?(?=[\s/])", "mg-at"),
    (r"\s+per\s+", "/"),
    (r"dm(?:\^|\*\*)?3", "l"),
    (r"dm\s*\^?\s*-3", " l-1"),
    (r"m(?:\^|\*\*)3", "m3"),
    (r"[\s.]*m\s*\^?\s*-3$", "/m3"),
    (r"[\s.]+(kg|l)\s*\^?\s*-1$", r"/\1"),
    (r"\s", ""),
    (r"^g/m3$", "mg/l"),
]


def normalise_unit(text: str, column: str = "oxygen", file: str = "unit") -> str:
    """Name in `UNITS` of a unit as an archive writes it.

    Parameters
    ----------
    text : str
        For instance "UMOL/KG", "micromole/kg", "?mol/kg" (a lost micro sign), "ml/l (milli-iter per liter)".
    column, file : str
        What to name in an error.

    Returns
    -------
    str
        A key of `UNITS`.

    Raises
    ------
    InputError
        If the unit is none of them.
    """
    plain = text.strip().lower()
    for pattern, replacement in _SPELLING if plain not in UNITS else ():
        plain = re.sub(pattern, replacement, plain)
    if plain in UNITS:
        return plain
    known = ", ".join(UNITS)
    raise InputError(f"unknown oxygen unit {text!r} in column {column}", file, f"known units: {known}")


def is_volumetric(unit: str) -> bool:
    """Tell whether a unit is an amount by volume, so that its conversion to umol/kg needs a density.

    Parameters
    ----------
    unit : str
        A key of `UNITS`.

    Returns
    -------
    bool

    Examples
    --------
    >>> is_volumetric("ml/l"), is_volumetric("umol/kg")
    (True, False)
    """
    return UNITS.get(unit, (1.0, False))[1]


def to_umol_kg(
    value: ArrayLike, unit: str, policy: Policy, SP: ArrayLike, t: ArrayLike, p: ArrayLike, lon: ArrayLike,
    lat: ArrayLike, density: Floats | None = None,
) -> Floats:  # fmt: skip
    """Convert oxygen to umol/kg; amounts per volume are divided by a density chosen by name.

    Parameters
    ----------
    value : array
        Oxygen in `unit`.
    unit : str
        A key of `UNITS` (see `normalise_unit`).
    policy : {"sample", "constant_1025", "refuse"}
        "sample": potential density at 0 dbar of the sample itself, and 1.025 kg/L where salinity, temperature or
        pressure is missing. This is 0.19 % off at SP 35, 10 degC, 0.27 % in deep water
        (1.02777 kg/L at SP 34.7, 2 degC, 4000 dbar), 0.3 % at most in the open ocean; more where water is fresher.
        "constant_1025": 1.025 kg/L everywhere. "refuse": no conversion by density at all.
    SP, t, p, lon, lat : array
        PSS-78; degC in situ; dbar; degrees east; degrees north. Used by "sample" only.
    density : array, optional
        `potential_density` of the sample, kg/L, NaN where unknown; computed when left out.

    Returns
    -------
    array
        umol/kg, NaN where `value` is missing.

    Raises
    ------
    InputError
        If the unit or policy is unknown, or the policy refuses the unit.
    """
    if unit not in UNITS:
        raise InputError(f"unknown oxygen unit {unit!r}", "to_umol_kg", f"known units: {', '.join(UNITS)}")
    factor, volumetric = UNITS[unit]
    amount = np.asarray(value, np.float64) * factor
    if not volumetric:
        return amount
    # what was made with the constant density is that already, to the last digit
    constant = np.asarray(value, np.float64) if unit == _FROM_ML else amount / RHO_CONSTANT
    if policy == "constant_1025":
        return constant
    if policy == "sample":
        own = potential_density(SP, t, p, lon, lat) if density is None else density
        return np.where(np.isfinite(own), amount / own, constant)
    if policy == "refuse":
        raise InputError(f"oxygen in {unit} needs a density", "to_umol_kg", "choose sample or constant_1025")
    raise InputError(f"unknown density policy {policy!r}", "to_umol_kg", "use sample, constant_1025 or refuse")


def SA(SP: ArrayLike, p: ArrayLike, lon: ArrayLike, lat: ArrayLike) -> Floats:
    """Absolute salinity of practical salinity.

    Where the atlas of composition anomalies has no value (inland, or no position) reference salinity is given,
    which differs by at most about 0.03 g/kg, 2e-5 in density.

    Parameters
    ----------
    SP, p, lon, lat : array
        PSS-78; dbar; degrees east; degrees north.

    Returns
    -------
    array
        g/kg; NaN where salinity or pressure is.
    """
    with np.errstate(invalid="ignore"):
        absolute = np.asarray(gsw.SA_from_SP(SP, p, lon, lat))
        return np.where(np.isfinite(absolute), absolute, gsw.SR_from_SP(np.asarray(SP, np.float64)))


def potential_density(SP: ArrayLike, t: ArrayLike, p: ArrayLike, lon: ArrayLike, lat: ArrayLike) -> Floats:
    """Potential density referenced to 0 dbar, which converts umol/L to umol/kg.

    Parameters
    ----------
    SP, t, p, lon, lat : array
        PSS-78; in-situ degC ITS-90; dbar; degrees east; degrees north.

    Returns
    -------
    array
        kg/L.

    Examples
    --------
    >>> float(potential_density(34.7, 2.0, 4000.0, -150.0, 0.0).round(5))
    1.02777
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(gsw.pot_rho_t_exact(SA(SP, p, lon, lat), t, p, 0.0)) / 1000.0


def in_situ_density(SP: ArrayLike, t: ArrayLike, p: ArrayLike, lon: ArrayLike, lat: ArrayLike) -> Floats:
    """In-situ density.

    Parameters
    ----------
    SP, t, p, lon, lat : array
        PSS-78; in-situ degC ITS-90; dbar; degrees east; degrees north.

    Returns
    -------
    array
        kg/L.
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(gsw.rho_t_exact(SA(SP, p, lon, lat), t, p)) / 1000.0


def pressure(depth: ArrayLike, lat: ArrayLike) -> Floats:
    """Pressure at a depth.

    Parameters
    ----------
    depth, lat : array
        m, positive down; degrees north.

    Returns
    -------
    array
        dbar; NaN over 5 m above the sea.

    Examples
    --------
    >>> pressure([10.0, 1000.0], 45.0).round(2).tolist()
    [10.08, 1010.64]
    """
    z = -np.asarray(depth, np.float64)
    with np.errstate(invalid="ignore"):
        return np.asarray(gsw.p_from_z(np.where(z > 5, np.nan, z), lat))  # where GSW refuses the whole array


def depth(p: ArrayLike, lat: ArrayLike) -> Floats:
    """Depth at a pressure.

    Parameters
    ----------
    p, lat : array
        dbar; degrees north.

    Returns
    -------
    array
        m, positive down.
    """
    with np.errstate(invalid="ignore"):
        return -np.asarray(gsw.z_from_p(p, lat))


def t90_from_t68(t68: ArrayLike) -> Floats:
    """Convert temperature from IPTS-68 to ITS-90: t68 / 1.00024.

    Parameters
    ----------
    t68 : array
        degC, IPTS-68.

    Returns
    -------
    array
        degC, ITS-90.
    """
    return np.asarray(t68, np.float64) / 1.00024


def O2sol(SP: ArrayLike, pt: ArrayLike) -> Floats:
    """Oxygen at saturation with the air at 1 atm, umol/kg.

    Garcia and Gordon (1992), fit to the data of Benson and Krause (1984), in the form of GSW, which puts the
    potential temperature on the IPTS-68 scale first.

    Parameters
    ----------
    SP : array
        Practical salinity, PSS-78.
    pt : array
        Potential temperature at 0 dbar, degC ITS-90.

    Returns
    -------
    array
        umol/kg.

    Examples
    --------
    >>> float(O2sol(35.0, 10.0).round(2))
    274.6
    """
    with np.errstate(invalid="ignore"):
        return np.asarray(gsw.O2sol_SP_pt(SP, pt))
