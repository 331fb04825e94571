"""What bottle oxygen is compared with: its neighbours in the cruise, its nutrients, its station, its sensor."""

from dataclasses import dataclass

import numpy as np

from qc.checks.base import CheckInput
from qc.checks.bottles.neighbours import FEWEST, OWN, Samples
from qc.physics.statistics import MAD_TO_SIGMA, blocks, median_by_group
from qc.table.profiles import same_cast
from qc.types import Floats, Integers, Mask

_REFERENCE, _SPARSEST = 150, 4  # samples of a cruise, and every n-th, that tell how much it scatters
_SCREEN = 3.0  # times the usual size: the same samples fail on P02 and A03 as without a screen
_BLOCK = 30  # samples of similar depth, or in similar surroundings, whose scatter is one number
_FLOOR = 1.0  # umol/kg, smallest scatter: GO-SHIP's requirement is 0.5 % of oxygen
_PAIRS = 5  # pairs of a cast that make a calibration of its own
_NEAREST = 5.0  # dbar, smallest distance of a gradient: bottle and sensor are that far apart


@dataclass(frozen=True)
class Residuals:
    """Bottle oxygen less what its surroundings suggest.

    Arrays have the shape (sample,) and the order of `samples`; NaN where there is no comparison.

    Parameters
    ----------
    samples : Samples
        The samples compared.
    reference : mask
        Samples that tell how much their cruise scatters: every n-th.
    residual : floats
        Oxygen less the estimate from its neighbours, umol/kg.
    scatter : floats
        Usual size of that residual in this cruise, at this depth and in such surroundings, umol/kg.
    difference : floats
        Oxygen less that of the sensor, calibrated by the pairs of the cast and the cruise, umol/kg.
    difference_scatter : floats
        Usual size of that difference at this depth and in such a gradient, umol/kg.
    """

    samples: Samples
    reference: Mask
    residual: Floats
    scatter: Floats
    difference: Floats
    difference_scatter: Floats

    @classmethod
    def of(cls, data: CheckInput) -> "Residuals":
        """Compare the bottle samples of a table, or return the comparison if a check of the same run has made it.

        Parameters
        ----------
        data : CheckInput
            The table and its surroundings.

        Returns
        -------
        Residuals
        """
        found = data.shared.get(cls.__name__)
        if not isinstance(found, cls):
            samples = Samples.of(data.levels, data.usable)
            reference = every_nth(samples)
            difference, size = _with_sensor(data, samples)
            at = np.flatnonzero(reference | _screened(samples) | (np.abs(difference) > _SCREEN * size))
            found = cls(samples, reference, *compared(samples, at, reference, OWN), difference, size)
            data.shared[cls.__name__] = found
        return found

    @property
    def score(self) -> Floats:
        """Size of the residual in units of its scatter."""
        return np.abs(self.residual) / self.scatter

    @property
    def difference_score(self) -> Floats:
        """Size of the difference from the sensor in units of its scatter."""
        return np.abs(self.difference) / self.difference_scatter


def every_nth(samples: Samples) -> Mask:
    """Select every n-th sample of each cruise, n up to 4, of which 150 or more remain: they tell how much it scatters.

    Parameters
    ----------
    samples : Samples
        All samples.

    Returns
    -------
    mask, shape (sample,)
    """
    if len(samples.rows) == 0:
        return np.zeros(0, bool)
    step = np.clip(np.bincount(samples.group) // _REFERENCE, 1, _SPARSEST)
    return np.asarray(np.arange(len(samples.rows)) % step[samples.group] == 0)


def _screened(samples: Samples) -> Mask:
    """Tell which samples a simpler estimate does not pass; the others need no plane, which costs ten times as much."""
    residual = samples.oxygen - samples.interpolate()
    return ~(np.abs(residual) <= _SCREEN * usual(residual, np.isfinite(residual), samples.group, samples.pressure))


def compared(samples: Samples, at: Integers, reference: Mask, own: int) -> tuple[Floats, Floats]:
    """Compare some samples with their neighbours.

    Parameters
    ----------
    samples : Samples
        All samples.
    at : integers, shape (n,)
        Those to compare.
    reference : mask, shape (sample,)
        Those among them that tell how much the cruise scatters.
    own : int
        Number of neighbours above, and below, in the same cast.

    Returns
    -------
    residual, scatter : floats, shape (sample,)
        umol/kg, NaN where not compared. The scatter is the largest of three: that of the neighbours about their own
        plane, of the cruise at this depth, and of the cruise in surroundings that scatter as much.
    """
    residual, spread = np.full(len(samples.rows), np.nan), np.full(len(samples.rows), np.nan)
    estimate, spread[at] = samples.estimate(at, own)
    residual[at] = samples.oxygen[at] - estimate
    scatter = usual(residual, reference, samples.group, samples.pressure, spread)
    return residual, np.maximum(scatter, spread)


def usual(residual: Floats, reference: Mask, group: Integers, *alike: Floats) -> Floats:
    """Find the usual size of residuals: the largest of those among the values that are alike in one respect.

    Parameters
    ----------
    residual : floats, shape (n,)
        umol/kg, NaN where unknown.
    reference : mask, shape (n,)
        Residuals that count.
    group : integers, shape (n,)
        Cruise.
    *alike : floats, shape (n,)
        Properties by which values are alike; finite where the residual is.

    Returns
    -------
    floats, shape (n,)
        1.4826 times the median of the sizes, umol/kg, at least 1; NaN where the cruise has fewer than 50.
    """
    result = np.full(len(residual), np.nan)
    there = np.flatnonzero(np.isfinite(residual))
    if len(there) == 0:
        return result
    size, member = np.abs(residual[there]), reference[there]
    group = np.unique(group[there], return_inverse=True)[1]
    largest = np.full(len(there), _FLOOR)
    for by in alike:
        block = blocks(by[there], group, member, _BLOCK)
        median = median_by_group(size[member], block[member], int(block.max()) + 1)
        largest = np.maximum(largest, MAD_TO_SIGMA * median[block])
    enough = np.bincount(group, weights=member) >= FEWEST
    result[there] = np.where(enough[group], largest, np.nan)
    return result


def _with_sensor(data: CheckInput, samples: Samples) -> tuple[Floats, Floats]:
    """Compare samples with the sensor at the same bottle stop: calibrated difference, and its usual size, umol/kg."""
    levels, n = data.levels, len(samples.rows)
    sensor = np.full(n, np.nan)
    partner = levels.partner[samples.rows]
    paired = np.flatnonzero((partner >= 0) & data.usable["oxygen"][partner])
    if len(paired) == 0:
        return sensor, sensor.copy()
    sensor[paired] = levels.values["oxygen"][partner[paired]]
    place = (samples.group[paired], samples.cast[paired], samples.pressure[paired])
    difference = np.full(n, np.nan)
    difference[paired] = _calibrated(samples.oxygen[paired] - sensor[paired], *place)
    gradient = np.zeros(n)
    gradient[paired] = _steepest(sensor[paired], samples.pressure[paired], samples.cast[paired])
    return difference, usual(difference, np.isfinite(difference), samples.group, samples.pressure, gradient)


def _calibrated(difference: Floats, group: Integers, cast: Integers, pressure: Floats) -> Floats:
    """Remove from differences the median of their depth in the cruise, and that of their cast."""
    result = difference.copy()
    group, cast = (np.unique(of, return_inverse=True)[1] for of in (group, cast))
    block = blocks(pressure, group, np.ones(len(group), bool), _BLOCK)
    own = np.bincount(cast) >= _PAIRS
    for _ in range(3):
        result -= median_by_group(result, block, int(block.max()) + 1)[block]
        result -= np.where(own, median_by_group(result, cast, len(own)), 0.0)[cast]
    return result


def _steepest(value: Floats, pressure: Floats, cast: Integers) -> Floats:
    """Steepest gradient to the level above or below, umol/kg per dbar; 0 for a cast of one level."""
    slope = np.abs(np.diff(value)) / np.maximum(np.diff(pressure), _NEAREST)
    slope = np.where(same_cast(cast), slope, 0.0)
    return np.asarray(np.maximum(np.r_[0.0, slope], np.r_[slope, 0.0]))
