"""Checks of bottle oxygen within its cruise: against sensor, neighbours, nutrients and adjacent stations.

They need the casts of a cruise together. A bottle file holds a whole cruise, and a part of a table holds whole files,
so that the checks run part by part like profile tests. A cruise is compared within one archive file; one of fewer than
50 samples with temperature and salinity is not compared.
"""

from collections.abc import Iterator
from typing import Literal

import numpy as np
from pydantic import Field

from qc.checks.base import Check, CheckInput
from qc.checks.bottles.residuals import Residuals, compared
from qc.types import Integers, Mask


class WinklerSensor(Check):
    """Winkler samples against the sensor at the same bottle stop, calibrated by cast and by cruise.

    A difference of more than `multiple` times its usual size means that one of the two is wrong: the one that is
    farther from the neighbours of the bottle, if that is more than `outlier` times the usual distance. Where
    neighbours are unknown, twice the multiple flags both.
    """

    kind: Literal["winkler_sensor"]
    multiple: float = Field(gt=0)
    outlier: float = Field(gt=0)

    def _failures(self, data: CheckInput) -> Iterator[tuple[str, Mask]]:
        found = Residuals.of(data)
        rows, score = found.samples.rows, found.difference_score
        differs = score > self.multiple
        sensor = np.abs(found.residual - found.difference)  # distance of the calibrated sensor from the same estimate
        bottle, far = np.abs(found.residual), self.outlier * found.scatter
        undecided = ~np.isfinite(found.residual) & (score > 2 * self.multiple)
        failed = np.zeros(len(data.levels.cast), bool)
        failed[rows[differs & (bottle >= sensor) & (bottle > far) | undecided]] = True
        failed[data.levels.partner[rows[differs & (sensor > bottle) & (sensor > far) | undecided]]] = True
        yield "oxygen", failed


class Bottles(Check):
    """A check of bottle samples whose sensor, where there is one, does not confirm them.

    A sample that differs from its sensor by less than `confirmed` times the usual difference passes.
    """

    multiple: float = Field(gt=0)
    confirmed: float = Field(ge=0)

    def _failures(self, data: CheckInput) -> Iterator[tuple[str, Mask]]:
        found = Residuals.of(data)
        failed = np.zeros(len(data.levels.cast), bool)
        failed[found.samples.rows[self._far(found, data) & ~(found.difference_score < self.confirmed)]] = True
        yield "oxygen", failed

    def _far(self, found: Residuals, data: CheckInput) -> Mask:
        """Tell which samples are far from what they are compared with, shape (sample,)."""
        raise NotImplementedError


class BottleNeighbours(Bottles):
    """Samples against those around them, at the same density above, below and at adjacent stations."""

    kind: Literal["bottle_neighbours"]

    def _far(self, found: Residuals, data: CheckInput) -> Mask:
        return np.asarray(found.score > self.multiple)


class BottleNutrients(Bottles):
    """Samples that are far from their neighbours also where nitrate, and where phosphate, is taken into account.

    What uses up oxygen sets nutrients free, `ratios` umol O2 a umol: the sum is more alike among neighbours than
    oxygen, and a smaller distance is needed.
    """

    kind: Literal["bottle_nutrients"]
    ratios: dict[Literal["nitrate", "phosphate"], float] = Field(min_length=1)

    def _far(self, found: Residuals, data: CheckInput) -> Mask:
        at, samples = np.flatnonzero(found.score > self.multiple), found.samples
        smallest = np.full(len(at), np.inf)
        for nutrient, ratio in self.ratios.items():
            amount = np.where(data.usable[nutrient], data.levels.values[nutrient], np.nan)[samples.rows]
            estimate, spread = samples.estimate(at, replaced=ratio * amount)
            distance = np.abs(samples.oxygen[at] - estimate) / np.maximum(found.scatter[at], spread)
            smallest = np.fmin(smallest, distance)
        far = np.zeros(len(found.score), bool)
        far[at[np.isfinite(smallest) & (smallest > self.multiple)]] = True
        return far


class BottleStation(Bottles):
    """Casts that differ from the adjacent stations as a whole.

    In a cast of `levels` or more compared samples, more than `share` of them differ by more than `multiple` times the
    usual difference between stations. All its samples fail.
    """

    kind: Literal["bottle_station"]
    share: float = Field(gt=0, lt=1)
    levels: int = Field(gt=1)

    def _far(self, found: Residuals, data: CheckInput) -> Mask:
        cast = found.samples.cast
        count, differing = self._counts(found, found.reference)
        likely = (differing > self.share / 2 * count)[cast]  # the other casts need no more than every n-th sample
        count, differing = self._counts(found, found.reference | likely)
        return np.asarray(((count >= self.levels) & (differing > self.share * count))[cast] & likely)

    def _counts(self, found: Residuals, some: Mask) -> tuple[Integers, Integers]:
        """Count the compared samples of each cast, and those that differ from the adjacent stations."""
        samples = found.samples
        residual, scatter = compared(samples, np.flatnonzero(some), found.reference, 0)
        far = np.abs(residual) > self.multiple * scatter
        casts = len(samples.place)
        return np.bincount(samples.cast[np.isfinite(scatter)], minlength=casts), np.bincount(
            samples.cast[far], minlength=casts
        )
