"""Factors of standard errors by class of place: what a smooth calibration leaves in a layer, distance and basin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphs.basins import BASINS
from graphs.types import Floats, Ints
from oxygen_recon.dataset.domain import LAYERS
from oxygen_recon.models.nearness import DISTANCES

_SHAPE = (len(LAYERS), len(DISTANCES) + 2)  # the last class of distance has no observation within reach
# Proposals: groups and points that a class needs for a factor of its own, and by how many groups it is drawn to 1.
# Measured at held-out points, factors from other groups: of the classes of basin, layer and distance with over 200
# points the range of 68 % holds within 8 points, without and with factors: 92 and 98 % of 62 (twin), 67 and 92 % of 12,
# 62 and 77 % of 13 (global, two runs), 93 % of 14 (California by years), 62 % of 8 (East Sea by years); the worst is 14
# and 9, 24 and 12, 25 and 15, 9 and 9, 18 and 18 points off. Over all points nothing changes. With factors from as few
# as four groups left-out basins were worse.
_GROUPS, _POINTS, _DRAWN = 10, 100, 10.0


@dataclass(frozen=True)
class ClassFactors:
    """Logarithms of factors of standard errors; 0 where a class has too few groups.

    Parameters
    ----------
    near : array, shape (layer, distance)
        Of each layer of `oxygen_recon.dataset.domain.LAYERS` and class of distance (`DISTANCES`).
    place : array, shape (basin, layer, distance)
        Beside it of each basin of `graphs.basins.BASINS`.
    """

    near: Floats
    place: Floats

    @classmethod
    def none(cls) -> ClassFactors:
        """Make factors that change nothing."""
        return cls(np.zeros(_SHAPE), np.zeros((len(BASINS), *_SHAPE)))

    def of(self, layer: Ints, distance: Floats, basin: Ints | None) -> Floats:
        """Return the logarithm of the factor of points.

        Parameters
        ----------
        layer : int array, shape (point,)
            Layer.
        distance : array, shape (point,)
            To the nearest observation, km; infinite where there is none within reach.
        basin : int array, shape (point,), or None
            Basin, where it is known.

        Returns
        -------
        array, shape (point,)
        """
        number = distance_class(distance)
        found = self.near[layer, number]
        return found if basin is None else found + self.place[basin, layer, number]


def distance_class(distance: Floats) -> Ints:
    """Return the class of distances, km: how many of `DISTANCES` they reach; one more where it is infinite."""
    return np.asarray(np.digitize(distance, [*DISTANCES, np.inf]), np.int64)


def fit_class_factors(ratio: Floats, layer: Ints, distance: Floats, basin: Ints | None, group: Ints) -> ClassFactors:
    """Find what standard errors must be multiplied by in each class, so that their ranges hold what they state.

    Grouped (Mondrian) conformal prediction: the ranges of 68 and 90 % of a class are those of its own held-out errors
    (Vovk, Lindsay, Nouretdinov and Gammerman 2003). One factor serves both, the geometric mean of the two; it is drawn
    to 1 the more, the fewer groups a class has, for the errors of a cruise or year are alike.

    Parameters
    ----------
    ratio : array, shape (point,)
        Absolute error over the standard error.
    layer, distance, basin : array, shape (point,)
        As for `ClassFactors.of`.
    group : int array, shape (point,)
        What is held out as a whole.

    Returns
    -------
    ClassFactors

    Examples
    --------
    >>> number, zero = np.arange(4000), np.zeros(4000, int)
    >>> ratio = 2.0 * np.abs(np.random.default_rng(0).normal(size=4000))
    >>> found = fit_class_factors(ratio, zero, zero + 20.0, None, number % 1000)
    >>> np.exp(found.of(zero[:1], zero[:1] + 20.0, None)).round(1)
    array([2.])
    """
    number, found = distance_class(distance), ClassFactors.none()
    _fill(found.near, ratio, layer * _SHAPE[1] + number, group)
    if basin is not None:
        rest = ratio / np.exp(found.of(layer, distance, None))
        _fill(found.place, rest, (basin * _SHAPE[0] + layer) * _SHAPE[1] + number, group)
    return found


def _fill(factors: Floats, ratio: Floats, label: Ints, group: Ints) -> None:
    """Put the factor of each class that has enough groups and points in its place."""
    for one in np.unique(label):
        inside = label == one
        groups = np.unique(group[inside]).size
        if groups >= _GROUPS and inside.sum() >= _POINTS:
            ends = np.maximum(np.quantile(ratio[inside], [0.6827, 0.9]), 1e-6) / [1.0, 1.644854]
            factors.flat[one] = np.log(ends).mean() * groups / (groups + _DRAWN)
