"""Checks along the vertical: spikes, gradients, stuck values, zeros that stand for missing values."""

from collections.abc import Iterator
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from qc.checks.base import Check, CheckInput, Pair, Variable
from qc.physics.statistics import rounded_pairs
from qc.table.profiles import same_cast
from qc.types import Floats, Integers, Mask


class Vertical(Check):
    """A check along the vertical of usable values, each variable for itself."""

    variables: Annotated[tuple[Variable, ...], Field(strict=False, min_length=1)]

    def _failures(self, data: CheckInput) -> Iterator[tuple[str, Mask]]:
        levels = data.levels
        for variable in self.variables:
            usable = data.usable[variable] & np.isfinite(levels.pressure)
            rows = levels.by_pressure[usable[levels.by_pressure]]
            result = np.zeros(len(levels.cast), bool)
            result[rows] = self._failed(data, variable, rows)
            yield variable, result

    def _failed(self, data: CheckInput, variable: str, rows: Integers) -> Mask:
        """Tell which of the usable levels, given by their rows, by cast and pressure, fail."""
        raise NotImplementedError


class SpikeOrGradient(Vertical):
    """See `qc.checks.vertical.exceeds`."""

    kind: Literal["spike", "gradient"]
    limits: Pair
    split: float
    max_gap: float = Field(gt=0)
    gap_share: float = Field(ge=0, default=0.0)

    def _failed(self, data: CheckInput, variable: str, rows: Integers) -> Mask:
        levels, value = data.levels, data.levels.values[variable][rows]
        size = spike_size(value) if self.kind == "spike" else gradient_size(value)
        rules = (self.limits, self.split, self.max_gap, self.gap_share)
        return exceeds(size, levels.pressure[rows], levels.cast[rows], *rules)


class Stuck(Vertical):
    """See `qc.checks.vertical.stuck` and `rounded_pairs`, for values that differ by their last digit.

    Parameters
    ----------
    levels, span, floor, change
        For identical values.
    step : float
        Largest step of rounding, umol/kg.
    step_levels, step_change
        As `levels` and `change`, for values that differ by one step.
    """

    kind: Literal["stuck"]
    levels: int = Field(gt=1)
    span: float
    floor: float
    change: float = Field(ge=0)
    step: float = Field(ge=0, default=0.0)
    step_levels: int = Field(gt=1, default=6)
    step_change: float = Field(ge=0, default=2.0)

    def _failed(self, data: CheckInput, variable: str, rows: Integers) -> Mask:
        levels = data.levels
        value, delivered = levels.values[variable][rows], levels.originals[variable][rows]
        place = (data.solubility[rows], levels.pressure[rows], levels.cast[rows])
        result = stuck(value, delivered, *place, self.levels, self.span, self.floor, self.change)
        for pairs in rounded_pairs(value, delivered, levels.cast[rows], self.step):
            result |= stuck(value, pairs, *place, self.step_levels, self.span, self.floor, self.step_change)
        return result


class ZeroAsMissing(Vertical):
    """See `qc.checks.vertical.zero_as_missing`."""

    kind: Literal["zero_as_missing"]
    neighbour: float = Field(gt=0)
    above_last: float = Field(gt=0)

    def _failed(self, data: CheckInput, variable: str, rows: Integers) -> Mask:
        value = data.levels.values[variable][rows]
        return zero_as_missing(value, data.levels.cast[rows], self.neighbour, self.above_last)


class FewLevels(Check):
    """Casts with fewer usable values of a variable than `least`: too few for the checks along the vertical."""

    kind: Literal["few_levels"]
    variables: Annotated[tuple[Variable, ...], Field(strict=False, min_length=1)]
    least: int = Field(gt=1)

    def _failures(self, data: CheckInput) -> Iterator[tuple[str, Mask]]:
        cast = data.levels.cast
        for variable in self.variables:
            count = np.bincount(cast[data.usable[variable]], minlength=len(data.levels.first))
            yield variable, (count < self.least)[cast] & data.usable[variable]


def spike_size(value: Floats) -> Floats:
    """Argo test 9: ``|V2 - (V1 + V3)/2| - |V3 - V1|/2`` of each level and its neighbours.

    Parameters
    ----------
    value : floats, shape (level,)
        Any unit.

    Returns
    -------
    floats, shape (level,)
        Unit of `value`; NaN at both ends.

    Examples
    --------
    >>> spike_size(np.array([220.0, 280, 221])).tolist(), spike_size(np.array([220.0, 170, 100])).tolist()
    ([nan, 59.0, nan], [nan, -50.0, nan])
    """
    result = gradient_size(value)
    result[1:-1] -= np.abs(value[2:] - value[:-2]) / 2
    return result


def gradient_size(value: Floats) -> Floats:
    """Argo test 11: ``|V2 - (V1 + V3)/2|`` of each level and its neighbours.

    Parameters
    ----------
    value : floats, shape (level,)
        Any unit.

    Returns
    -------
    floats, shape (level,)
        Unit of `value`; NaN at both ends.

    Examples
    --------
    >>> gradient_size(np.array([220.0, 280, 221])).tolist(), gradient_size(np.array([220.0, 170, 100])).tolist()
    ([nan, 59.5, nan], [nan, 10.0, nan])
    """
    result = np.full(len(value), np.nan)
    result[1:-1] = np.abs(value[1:-1] - (value[:-2] + value[2:]) / 2)
    return result


def exceeds(
    size: Floats,
    pressure: Floats,
    cast: Integers,
    limits: tuple[float, float],
    split: float,
    max_gap: float,
    gap_share: float = 0.0,
) -> Mask:
    """Find levels whose spike or gradient is above the limit of their layer.

    Parameters
    ----------
    size : floats, shape (level,)
        Result of `spike_size` or `gradient_size`.
    pressure : floats, shape (level,)
        dbar.
    cast : integers, shape (level,)
        Number of the cast.
    limits : (shallow, deep)
        Largest size allowed above and from `split` down, unit of `size`.
    split : float
        dbar.
    max_gap, gap_share : float
        Neighbours farther apart than `max_gap`, dbar, and than this share of the lower one's pressure are not
        compared: a run ends there. Water changes over longer distances the deeper it lies.

    Returns
    -------
    mask, shape (level,)
        Never the first or last level of a run.
    """
    joined = same_cast(cast) & (np.diff(pressure) <= np.maximum(max_gap, gap_share * pressure[1:]))
    middle = np.zeros(len(cast), bool)
    middle[1:-1] = joined[1:] & joined[:-1]
    return middle & (size > np.where(pressure < split, *limits))


def stuck(
    value: Floats,
    delivered: Floats,
    solubility: Floats,
    pressure: Floats,
    cast: Integers,
    levels: int,
    span: float,
    floor: float,
    change: float,
) -> Mask:
    """Find runs of identical values through water that changes.

    Parameters
    ----------
    value : floats, shape (level,)
        Oxygen, umol/kg.
    delivered : floats, shape (level,)
        The same as delivered by the archive: a conversion by density makes equal values differ.
    solubility : floats, shape (level,)
        Oxygen at saturation, umol/kg; NaN where unknown.
    pressure : floats, shape (level,)
        dbar.
    cast : integers, shape (level,)
        Number of the cast.
    levels : int
        A run of more levels than this ...
    span : float
        ... over more than this many dbar ...
    floor : float
        ... of values above this, umol/kg: water without oxygen is reported as so many zeros ...
    change : float
        ... is stuck where solubility differs by more than this many percent over the run, or is unknown: mixed
        layers and the bottom waters of basins hold uniform oxygen at uniform temperature.

    Returns
    -------
    mask, shape (level,)
        Every level of the run.
    """
    if len(value) == 0:
        return np.zeros(0, bool)
    starts = np.flatnonzero(np.r_[True, ~(same_cast(cast) & (delivered[1:] == delivered[:-1]))])
    length = np.diff(np.r_[starts, len(value)])
    extent = pressure[starts + length - 1] - pressure[starts]
    least, most = np.fmin.reduceat(solubility, starts), np.fmax.reduceat(solubility, starts)
    uniform = most <= (1 + change / 100) * least  # false where unknown
    failed = (length > levels) & (extent > span) & (value[starts] > floor) & ~uniform
    return np.repeat(failed, length)


def zero_as_missing(value: Floats, cast: Integers, neighbour: float, above_last: float) -> Mask:
    """Find runs of exact zeros next to rich levels: empty fields, not empty water.

    Parameters
    ----------
    value : floats, shape (level,)
        Any unit.
    cast : integers, shape (level,)
        Number of the cast.
    neighbour : float
        The level above the run, where there is one, and the level below it must both hold at least this, unit of
        `value` ...
    above_last : float
        ... or, where the run goes on to the deepest level, the level above must hold at least this: basins may be
        anoxic at the bottom, but not at one stroke.

    Returns
    -------
    mask, shape (level,)
        Never a cast of zeros only.
    """
    n = len(value)
    if n == 0:
        return np.zeros(0, bool)
    zero = value == 0
    starts = np.flatnonzero(np.r_[True, ~(same_cast(cast) & (zero[1:] == zero[:-1]))])
    length = np.diff(np.r_[starts, n])
    before, after = starts - 1, np.minimum(starts + length, n - 1)
    begins = (starts == 0) | (cast[before] != cast[starts])
    ends = (starts + length == n) | (cast[after] != cast[starts])
    between = (begins | (value[before] >= neighbour)) & ~ends & (value[after] >= neighbour)
    last = ~begins & ends & (value[before] >= above_last)
    return np.repeat(zero[starts] & (between | last), length)
