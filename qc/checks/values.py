"""Checks of values: ranges, saturation, units, and the temperature and salinity that oxygen was computed with."""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from qc.checks.base import Check, CheckInput, Pair, Severity, Variable
from qc.physics import seawater
from qc.physics.statistics import median_by_group
from qc.table.flags import FAIL
from qc.types import Floats, Integers, Mask


class Range(Check):
    """Values outside their limits; see `qc.checks.values.outside`. Passing it makes a value evaluated."""

    kind: Literal["range"]
    limits: dict[Variable, Pair]

    @property
    def evaluates(self) -> tuple[str, ...]:
        """Variables that have limits."""
        return tuple(self.limits)

    def _failures(self, data: CheckInput) -> Iterator[tuple[str, Mask]]:
        for variable, limits in self.limits.items():
            yield variable, outside(data.levels.values[variable], *limits)


class EqualsSolubility(Check):
    """See `qc.checks.values.equals_solubility`."""

    kind: Literal["equals_solubility"]
    levels: int = Field(gt=1)
    share: float = Field(gt=0.5, le=1)
    tolerance: float = Field(gt=0)
    change: float = Field(gt=0)

    def _failures(self, data: CheckInput) -> Iterator[tuple[str, Mask]]:
        levels = data.levels
        oxygen = np.where(data.usable["oxygen"], levels.values["oxygen"], np.nan)
        rules = (self.levels, self.share, self.tolerance, self.change)
        yield "oxygen", equals_solubility(oxygen, data.solubility, levels.cast, *rules)


class UnitMisreport(Check):
    """See `qc.checks.values.unit_misreport`; where T or S is unknown, solubility at 15 degC and 35 is the reference."""

    kind: Literal["unit_misreport"]
    ratios: Annotated[tuple[float, ...], Field(strict=False, min_length=1)]
    factor: float = Field(gt=1)
    surface: float = Field(gt=0)

    def _failures(self, data: CheckInput) -> Iterator[tuple[str, Mask]]:
        levels = data.levels
        oxygen = np.where(data.usable["oxygen"], levels.values["oxygen"], np.nan)
        known = data.solubility
        reference = np.where(np.isfinite(known), known, seawater.O2sol(35.0, 15.0))
        fits = (self.ratios, self.factor, self.surface)
        yield "oxygen", unit_misreport(oxygen, reference, levels.pressure, levels.cast, *fits)


class BadTemperatureSalinity(Check):
    """Oxygen computed with a temperature or salinity that its archive flags bad; `spoils`: severity by variable."""

    kind: Literal["bad_temperature_salinity"]
    spoils: dict[Variable, Severity]

    @property
    def effect(self) -> str:
        """One for each variable of `spoils`; they share a bit."""
        return ", ".join(f"{severity} by {variable}" for variable, severity in self.spoils.items())

    def failures(self, data: CheckInput) -> Iterator[tuple[str, Mask, Severity]]:
        """Find oxygen whose temperature or salinity is flagged bad.

        Parameters
        ----------
        data : CheckInput
            The table and its surroundings.

        Yields
        ------
        tuple of (str, mask of shape (level,), str)
            "oxygen", the levels at which it fails, and the severity, for each variable of `spoils`.
        """
        levels = data.levels
        applies = levels.measured_with(self.instruments)
        for variable, severity in self.spoils.items():
            yield "oxygen", (levels.flags[variable] == FAIL) & applies, severity


def outside(value: Floats, low: float, high: float) -> Mask:
    """Find values outside closed bounds; NaN passes.

    Parameters
    ----------
    value : floats, any shape
        Any unit.
    low, high : float
        Bounds in the unit of `value`.

    Returns
    -------
    mask of the shape of `value`
        True outside the bounds.

    Examples
    --------
    >>> outside(np.array([-5.1, -5, 600, 600.1, np.nan]), -5, 600).tolist()
    [True, False, False, True, False]
    """
    return (value < low) | (value > high)


def unit_misreport(
    oxygen: Floats,
    reference: Floats,
    pressure: Floats,
    cast: Integers,
    ratios: tuple[float, ...],
    factor: float,
    surface: float,
) -> Mask:
    """Find casts that hold another unit under the name umol/kg: their surface is a known fraction of saturation.

    Only the surface is evaluated, because deep water may be truly anoxic while the surface, in contact with the air, is
    not: a cast without oxygen near the surface passes.

    Parameters
    ----------
    oxygen : floats, shape (level,)
        Values as delivered, thought to be umol/kg; NaN where missing or not to be used.
    reference : floats, shape (level,)
        Oxygen to expect at the surface, umol/kg.
    pressure : floats, shape (level,)
        dbar.
    cast : integers, shape (level,)
        Number of the cast.
    ratios : tuple of float
        1 umol/kg in the units suspected: 0.0230 ml/l, 0.0328 mg/l, 0.0020 mg-at/kg.
    factor : float
        How far, as a factor, the cast's median ratio may be from one of `ratios`.
    surface : float
        Deepest pressure, dbar, that counts as surface.

    Returns
    -------
    mask, shape (level,)
        All levels of a cast whose surface fits one of the units.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = oxygen / reference
        usable = np.isfinite(ratio) & (pressure <= surface)
    middle = median_by_group(ratio[usable], cast[usable], int(cast.max(initial=-1)) + 1)
    target = np.asarray(ratios)
    low, high = middle[:, None] >= target / factor, middle[:, None] <= target * factor
    fits: Mask = np.any(low & high, axis=1)
    return fits[cast]


def equals_solubility(
    oxygen: Floats, solubility: Floats, cast: Integers, levels: int, share: float, tolerance: float, change: float
) -> Mask:
    """Find casts that hold solubility under the name of oxygen: calculated, not measured.

    Parameters
    ----------
    oxygen, solubility : floats, shape (level,)
        umol/kg; NaN where missing or not to be used.
    cast : integers, shape (level,)
        Number of the cast.
    levels : int
        Casts of fewer levels with both pass.
    share : float
        Of the levels, so many must be within `tolerance`.
    tolerance : float
        Percent of saturation, about the cast's median, which must itself be so close to 100.
    change : float
        Percent by which solubility must differ over those levels: a mixed layer is truly at saturation.

    Returns
    -------
    mask, shape (level,)
        All levels of such a cast.
    """
    groups = int(cast.max(initial=-1)) + 1
    with np.errstate(invalid="ignore", divide="ignore"):
        percent = 100 * oxygen / solubility
    rows = np.flatnonzero(np.isfinite(percent))
    count = np.bincount(cast[rows], minlength=groups)
    # a value beyond twice the tolerance of 100 cannot be within it of a median so near: spares most medians
    close = np.bincount(cast[rows[np.abs(percent[rows] - 100) <= 2 * tolerance]], minlength=groups)
    rows = rows[(close >= np.maximum(levels, share * count))[cast[rows]]]
    middle = median_by_group(percent[rows], cast[rows], groups)
    near = rows[
        (np.abs(percent[rows] - middle[cast[rows]]) <= tolerance) & (np.abs(middle[cast[rows]] - 100) <= tolerance)
    ]
    low, high = np.full(groups, np.inf), np.full(groups, -np.inf)
    np.minimum.at(low, cast[near], solubility[near])
    np.maximum.at(high, cast[near], solubility[near])
    most = np.bincount(cast[near], minlength=groups) >= np.maximum(levels, share * count)
    found: Mask = most & (high > (1 + change / 100) * low)
    return found[cast]
