"""Area of low oxygen, and the twin ocean whose area below 30 umol/kg grew threefold since the 1920s."""

from functools import lru_cache

import numpy as np
from scipy.optimize import brentq

from graphs.types import Floats
from oxygen_recon.sources.twin.ocean.geography import water_depth
from oxygen_recon.sources.twin.ocean.state import Ocean, OceanParameters

EXPANSION = 3.0  # OMZ30 area of the 2010s over that of the 1920s, prescribed
_LEVELS = np.array([200.0, 300, 400, 500, 650, 800, 1000, 1250])  # m, the depth range of oxygen minima


def low_oxygen_fraction(ocean: Ocean, years: Floats, threshold: float = 30.0, step: float = 4.0) -> Floats:
    """Measure the projected area of low oxygen.

    Parameters
    ----------
    ocean : Ocean
        The ocean to measure.
    years : array, shape (year,)
        Calendar years.
    threshold : float
        Oxygen below which a column counts, umol kg-1; 30 gives OMZ30.
    step : float
        Spacing of the columns, degrees.

    Returns
    -------
    array, shape (year,)
        Area of columns whose yearly mean falls below the threshold at any level of 200-1250 m, over all sea area.
    """
    latitude, longitude = np.arange(-90 + step / 2, 90, step), np.arange(-180 + step / 2, 180, step)
    z, phi, lam = np.meshgrid(_LEVELS, latitude, longitude, indexing="ij")
    wet = water_depth(phi, lam) > z
    low = np.zeros((len(years), *z.shape), bool)
    low[:, wet] = ocean.annual(phi[wet], lam[wet], z[wet], years)["oxygen"] < threshold
    area = np.cos(np.radians(latitude))[:, None] * (water_depth(phi[0], lam[0]) > 0)
    return np.asarray((low.any(1) * area).sum((1, 2)) / area.sum())


@lru_cache(maxsize=8)
def twin_ocean(seed: int) -> Ocean:
    """Return the twin ocean of a seed, its low-oxygen zones scaled so that OMZ30 grew by `EXPANSION`.

    Parameters
    ----------
    seed : int
        Decides every random field.

    Returns
    -------
    Ocean
    """
    early, late = np.arange(1920, 1930, 3), np.arange(2010, 2020, 3)

    def excess(growth: float) -> float:
        ocean = Ocean(seed, OceanParameters(growth=growth))
        share = low_oxygen_fraction(ocean, np.concatenate([early, late]), step=5.0)
        return float(np.log(share[early.size :].mean() / max(share[: early.size].mean(), 1e-3) / EXPANSION))

    return Ocean(seed, OceanParameters(growth=brentq(excess, 0.3, 2.5, xtol=0.03)))
