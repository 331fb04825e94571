"""Check of the stability of the water column: density inversions."""

from collections.abc import Iterator
from typing import Annotated, Literal

import gsw
import numpy as np
from pydantic import Field

from qc.checks.base import Check, CheckInput, Variable
from qc.table.profiles import same_cast
from qc.types import Floats, Integers, Mask


class DensityInversion(Check):
    """See `qc.checks.density.density_inversion`; a failure is one of the `variables` named."""

    kind: Literal["density_inversion"]
    variables: Annotated[tuple[Variable, ...], Field(strict=False, min_length=1)]
    threshold: float = Field(gt=0)

    def _failures(self, data: CheckInput) -> Iterator[tuple[str, Mask]]:
        levels = data.levels
        known, SA, pt = levels.water
        place = np.full(len(levels.cast), -1)
        place[known] = np.arange(len(known))
        usable = data.usable["temperature"] & data.usable["salinity"] & levels.measured_with(self.instruments)
        place[~usable] = -1
        rows = levels.by_pressure[place[levels.by_pressure] >= 0]
        result, at = np.zeros(len(levels.cast), bool), place[rows]
        result[rows] = density_inversion(SA[at], pt[at], levels.pressure[rows], levels.cast[rows], self.threshold)
        for variable in self.variables:
            yield variable, result


def density_inversion(SA: Floats, pt: Floats, pressure: Floats, cast: Integers, threshold: float) -> Mask:
    """Argo test 14: find neighbouring levels of which the upper is denser than the lower.

    Parameters
    ----------
    SA, pt : floats, shape (level,)
        Absolute salinity, g/kg; potential temperature at 0 dbar, degC.
    pressure : floats, shape (level,)
        dbar.
    cast : integers, shape (level,)
        Number of the cast.
    threshold : float
        Largest inversion allowed, kg/m3, of densities that both levels would have midway between their pressures.

    Returns
    -------
    mask, shape (level,)
        Both levels of a pair.
    """
    result = np.zeros(len(cast), bool)
    if len(cast) < 2:
        return result
    CT = np.asarray(gsw.CT_from_pt(SA, pt))
    middle = np.maximum((pressure[1:] + pressure[:-1]) / 2, 0.0)
    upper, lower = gsw.rho(SA[:-1], CT[:-1], middle), gsw.rho(SA[1:], CT[1:], middle)
    unstable = same_cast(cast) & (upper - lower > threshold)
    result[:-1] |= unstable
    result[1:] |= unstable
    return result
