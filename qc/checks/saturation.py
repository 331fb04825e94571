"""Checks of oxygen against its solubility at the surface and below."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from pydantic import Field

from qc.checks.base import Check, CheckInput, Pair
from qc.checks.values import outside
from qc.types import Floats, Integers, Mask


class Saturation(Check):
    """See `qc.checks.saturation.saturation_outside`: `percent` allowed within `layer`, dbar."""

    kind: Literal["saturation"]
    percent: Pair
    layer: Pair

    def _failures(self, data: CheckInput) -> Iterator[tuple[str, Mask]]:
        levels = data.levels
        oxygen = np.where(data.usable["oxygen"], levels.values["oxygen"], np.nan)
        yield "oxygen", saturation_outside(oxygen, data.solubility, levels.pressure, self.percent, self.layer)


class LowSaturation(Check):
    """See `qc.checks.saturation.low_saturation`."""

    kind: Literal["low_saturation"]
    percent: float = Field(gt=0, lt=100)
    layer: float = Field(gt=0)
    below: float = Field(gt=0)
    rise: float = Field(ge=0)

    def _failures(self, data: CheckInput) -> Iterator[tuple[str, Mask]]:
        levels = data.levels
        oxygen = np.where(data.usable["oxygen"], levels.values["oxygen"], np.nan)
        rules = (self.percent, self.layer, self.below, self.rise)
        yield "oxygen", low_saturation(oxygen, data.solubility, levels.pressure, levels.cast, *rules)


def saturation_outside(
    oxygen: Floats, solubility: Floats, pressure: Floats, percent: tuple[float, float], layer: tuple[float, float]
) -> Mask:
    """Find oxygen too far from saturation inside a layer; passes where anything is missing.

    Parameters
    ----------
    oxygen, solubility : floats, shape (level,)
        umol/kg; solubility of Garcia and Gordon (1992) at salinity and potential temperature.
    pressure : floats, shape (level,)
        dbar.
    percent : (low, high)
        Allowed percentage of saturation.
    layer : (low, high)
        Pressures, dbar, at which the check applies; bounds included.

    Returns
    -------
    mask, shape (level,)
        True where oxygen is outside `percent` inside the layer.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        saturation = 100 * oxygen / solubility
    return outside(saturation, *percent) & (pressure >= layer[0]) & (pressure <= layer[1])


def low_saturation(
    oxygen: Floats, solubility: Floats, pressure: Floats, cast: Integers,
    percent: float, layer: float, below: float, rise: float,
) -> Mask:  # fmt: skip
    """Find oxygen too low for water at the air, but for upwelled water, which is no lower than the water it comes from.

    Parameters
    ----------
    oxygen, solubility : floats, shape (level,)
        umol/kg; NaN where missing or not to be used.
    pressure : floats, shape (level,)
        dbar.
    cast : integers, shape (level,)
        Number of the cast.
    percent : float
        Least percentage of saturation.
    layer, below : float
        dbar: it holds down to `layer`; the water below lies between both.
    rise : float
        Percent by which saturation there may exceed that of upwelled water.

    Returns
    -------
    mask, shape (level,)
        True where saturation is below `percent`, and higher below or unknown there; False where anything is missing.

    Examples
    --------
    >>> pressure, cast = np.array([0.0, 20, 50] * 2), np.array([0, 0, 0, 1, 1, 1])
    >>> oxygen = np.array([120.0, 238, 235, 150, 148, 90])  # a faulty value; upwelling
    >>> low_saturation(oxygen, np.full(6, 240.0), pressure, cast, 70, 10, 60, 5).tolist()
    [True, False, False, False, False, False]
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        saturation = 100 * oxygen / solubility
    low = (saturation < percent) & (pressure <= layer)
    deeper = np.flatnonzero(np.isfinite(saturation) & (pressure > layer) & (pressure <= below))
    highest = np.full(int(cast.max(initial=-1)) + 1, -np.inf)
    np.maximum.at(highest, cast[deeper], saturation[deeper])
    upwelled = np.isfinite(highest[cast]) & (highest[cast] <= saturation + rise)
    found: Mask = low & ~upwelled
    return found
